{{/* The name of every object: that of the release. */}}
{{- define "tested-chart.name" -}}
{{ .Release.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{/* The labels that select the pods: they never change. */}}
{{- define "tested-chart.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
