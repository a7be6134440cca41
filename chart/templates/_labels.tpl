{{/*
redis.selectorLabels: what Services and the StatefulSet select pods by; never changes. Takes the root context.
*/}}
{{- define "redis.selectorLabels" -}}
{{- dict "app.kubernetes.io/name" (include "redis.name" .) "app.kubernetes.io/instance" .Release.Name | toYaml -}}
{{- end -}}

{{/*
redis.masterSelector: selects the pod that takes writes, which in standalone mode is the only one. Takes the root
context.
*/}}
{{- define "redis.masterSelector" -}}
{{- $labels := include "redis.selectorLabels" . | fromYaml -}}
{{- if eq (include "redis.mode" .) "replica" -}}
{{- $_ := set $labels "statefulset.kubernetes.io/pod-name" (include "redis.masterPod" .) -}}
{{- end -}}
{{- toYaml $labels -}}
{{- end -}}

{{/*
redis.replicaSelector: selects a replica by its number among the replicas, which begins at 1: that pod, or pod 0 in place
of the master. Takes a list: the root context, and the number.
*/}}
{{- define "redis.replicaSelector" -}}
{{- $root := index . 0 -}}
{{- $number := index . 1 -}}
{{- $ordinal := eq $number (int $root.Values.replication.masterOrdinal) | ternary 0 $number -}}
{{- $labels := include "redis.selectorLabels" $root | fromYaml -}}
{{- $_ := set $labels "statefulset.kubernetes.io/pod-name" (printf "%s-%d" (include "redis.fullname" $root) $ordinal) -}}
{{- toYaml $labels -}}
{{- end -}}

{{/*
redis.testLabels: what tells the test pod from Redis's own, so that no Service and no budget counts it. Takes the root
context.
*/}}
{{- define "redis.testLabels" -}}
{{- $name := printf "%s-test" (include "redis.name" . | trunc 58 | trimAll "-.") -}}
{{- dict "app.kubernetes.io/name" $name "app.kubernetes.io/instance" .Release.Name | toYaml -}}
{{- end -}}

{{/*
redis.backupLabels: what tells the pods of the backup from Redis's own, as testLabels does. Takes the root context.
*/}}
{{- define "redis.backupLabels" -}}
{{- $name := printf "%s-backup" (include "redis.name" . | trunc 56 | trimAll "-.") -}}
{{- dict "app.kubernetes.io/name" $name "app.kubernetes.io/instance" .Release.Name | toYaml -}}
{{- end -}}

{{/*
redis.labels: the labels of every object, but not of pods and claims: the versions in them would restart the pods with
every release of the chart, and a StatefulSet refuses to change its claims' labels at all.
Takes a list: the root context, the component, and labels of this object's own.
*/}}
{{- define "redis.labels" -}}
{{- $root := index . 0 -}}
{{- $labels := dict -}}
{{- range $key, $value := $root.Values.commonLabels -}}
{{- $_ := set $labels $key $value -}}
{{- end -}}
{{- range $key, $value := index . 2 -}}
{{- $_ := set $labels $key $value -}}
{{- end -}}
{{- $chart := printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimAll "-_." -}}
{{- $_ := set $labels "helm.sh/chart" $chart -}}
{{- $_ := set $labels "app.kubernetes.io/name" (include "redis.name" $root) -}}
{{- $_ := set $labels "app.kubernetes.io/instance" $root.Release.Name -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" $root.Release.Service -}}
{{- with $root.Chart.AppVersion -}}
{{- /* chartwright:unreachable-else Chart.yaml has an appVersion, and no values change that */ -}}
{{- $_ := set $labels "app.kubernetes.io/version" (replace "+" "_" .) -}}
{{- end -}}
{{- $_ := set $labels "app.kubernetes.io/component" (index . 1) -}}
{{- toYaml $labels -}}
{{- end -}}

{{/*
redis.metadata: name, namespace, labels and annotations of an object. Takes a dict: `root`, the root context; `component`;
and if there are any, `suffix` for the name, with its dash, `namespace`, `labels`, `annotations`.
*/}}
{{- define "redis.metadata" -}}
name: {{ printf "%s%s" (include "redis.fullname" .root) (default "" .suffix) }}
namespace: {{ default .root.Release.Namespace .namespace | quote }}
labels:
  {{- include "redis.labels" (list .root .component (default dict .labels)) | nindent 2 }}
{{- $annotations := dict }}
{{- range $key, $value := .root.Values.commonAnnotations }}
{{- $_ := set $annotations $key $value }}
{{- end }}
{{- range $key, $value := .annotations }}
{{- $_ := set $annotations $key $value }}
{{- end }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
