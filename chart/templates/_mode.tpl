{{/*
redis.mode: `standalone` or `replica`. Takes the root context.
Fails on a mode that the chart does not have, and on `mode: standalone` together with replication.enabled.
*/}}
{{- define "redis.mode" -}}
{{- $given := default "" .Values.mode -}}
{{- if not (kindIs "string" $given) -}}
{{- fail (printf "mode must be a string, found %v (%s)" $given (kindOf $given)) -}}
{{- end -}}
{{- $mode := $given | trim | lower -}}
{{- $replication := (.Values.replication).enabled -}}
{{- if has $mode (list "sentinel" "cluster") -}}
{{- fail (printf "redis.mode=%s is not implemented in this chart. Supported modes: standalone, replica. See values-prod-sentinel.yaml / values-prod-cluster.yaml for alternatives." $mode) -}}
{{- else if not (has $mode (list "" "standalone" "replica")) -}}
{{- fail (printf "Unsupported redis.mode=%s. Valid modes: standalone, replica." $mode) -}}
{{- else if and (eq $mode "standalone") $replication -}}
{{- fail "mode=standalone conflicts with replication.enabled=true. Remove replication.enabled or set mode=replica." -}}
{{- else if $mode -}}
{{- $mode -}}
{{- else -}}
{{- ternary "replica" "standalone" (not (not $replication)) -}}
{{- end -}}
{{- end -}}

{{/*
redis.pods: how many pods the StatefulSet has. Takes the root context.
*/}}
{{- define "redis.pods" -}}
{{- if eq (include "redis.mode" .) "replica" -}}
{{- add 1 .Values.replication.replicas -}}
{{- else -}}
{{- int .Values.replicaCount -}}
{{- end -}}
{{- end -}}
