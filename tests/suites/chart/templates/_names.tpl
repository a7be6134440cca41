{{- define "shop.name" -}}
{{ .Release.Name }}-{{ .Chart.Name }}
{{- end -}}
{{- define "shop.host" -}}
{{ required "a host is needed" .Values.host }}
{{- end -}}
