{{/*
redis.givenMode: the mode as the values say it, trimmed and in lower case; empty when they leave it open or it is no
string. Takes the root context.
*/}}
{{- define "redis.givenMode" -}}
{{- if kindIs "string" .Values.mode -}}
{{- .Values.mode | trim | lower -}}
{{- end -}}
{{- end -}}

{{/*
redis.mode: `standalone` or `replica`, for values that redis.modeProblems finds nothing wrong in. Takes the root context.
*/}}
{{- define "redis.mode" -}}
{{- include "redis.givenMode" . | default (and .Values.replication.enabled "replica" | default "standalone") -}}
{{- end -}}

{{/*
redis.modeProblems: a line when the mode is none that this chart has, or contradicts replication.enabled. Takes the root
context.
*/}}
{{- define "redis.modeProblems" -}}
{{- $mode := include "redis.givenMode" . -}}
{{- if not (kindIs "string" .Values.mode) -}}
{{- include "redis.problem" (list "mode" .Values.mode "a string: standalone or replica") -}}
{{- else if has $mode (list "sentinel" "cluster") -}}
{{- $chart := eq $mode "cluster" | ternary "redis-cluster" "redis" -}}
{{- printf "redis.mode=%s is not implemented in this chart. Supported modes: standalone, replica. See values-prod-sentinel.yaml / values-prod-cluster.yaml for alternatives. Use an operator (https://github.com/howl-cloud/redis-operator) or Bitnami's chart %s (https://github.com/bitnami/charts/tree/main/bitnami/%s)." $mode $chart $chart | println -}}
{{- else if not (has $mode (list "" "standalone" "replica")) -}}
{{- printf "Unsupported redis.mode=%s. Valid modes: standalone, replica." (replace "\n" " " $mode) | println -}}
{{- else if and (eq $mode "standalone") .Values.replication.enabled -}}
{{- println "mode=standalone conflicts with replication.enabled=true. Remove replication.enabled or set mode=replica." -}}
{{- end -}}
{{- end -}}

{{/*
redis.pods: how many pods the StatefulSet has; under the autoscaler, how many it may have. Takes the root context.
*/}}
{{- define "redis.pods" -}}
{{- if ne (include "redis.mode" .) "replica" -}}
{{- int .Values.replicaCount -}}
{{- else if .Values.autoscaling.enabled -}}
{{- int .Values.autoscaling.maxReplicas -}}
{{- else -}}
{{- add1 (int .Values.replication.replicas) -}}
{{- end -}}
{{- end -}}

{{/*
redis.fewestPods: how many pods there are at least: the same, but under the autoscaler its minimum. Takes the root
context.
*/}}
{{- define "redis.fewestPods" -}}
{{- if and (eq (include "redis.mode" .) "replica") .Values.autoscaling.enabled -}}
{{- int .Values.autoscaling.minReplicas -}}
{{- else -}}
{{- include "redis.pods" . -}}
{{- end -}}
{{- end -}}
