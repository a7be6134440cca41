{{/*
redis.selectorLabels: what Services and the StatefulSet select pods by; never changes. Takes the root context.
*/}}
{{- define "redis.selectorLabels" -}}
app.kubernetes.io/name: {{ include "redis.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/*
redis.labels: the labels of every object. Not of pods and claims: the versions in them would restart the pods with
every release of the chart, and a StatefulSet refuses to change its claims' labels at all. Takes the root context.
*/}}
{{- define "redis.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "redis.selectorLabels" . }}
{{- with .Chart.AppVersion }}
app.kubernetes.io/version: {{ . | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/*
redis.masterSelector: selects the pod that takes writes. In replica mode that is pod 0. Takes the root context.
*/}}
{{- define "redis.masterSelector" -}}
{{ include "redis.selectorLabels" . }}
{{- if eq (include "redis.mode" .) "replica" }}
statefulset.kubernetes.io/pod-name: {{ include "redis.fullname" . }}-0
{{- end }}
{{- end -}}
