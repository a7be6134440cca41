{{- define "store.fullname" -}}
{{- printf "%s-store" .Release.Name | trunc 63 -}}
{{- end }}
{{- define "store.selector" -}}
app.kubernetes.io/name: store
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "store.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "store.selector" . }}
{{- end }}
