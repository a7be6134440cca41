{{- define "shop.labels" -}}
app: {{ .Chart.Name }}
release: {{ .Release.Name }}
{{- range $key, $value := .Values.labels }}
{{ $key }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "shop.image" -}}
{{ .Values.global.registry }}/{{ .Values.image.name }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "shop.probe" -}}
{{- $probe := .probe -}}
httpGet:
  path: {{ $probe.path }}
  port: {{ .port }}
periodSeconds: {{ $probe.period }}
{{- end -}}

{{- define "shop.port" -}}
- name: {{ .name }}
  port: {{ .of.port }}
  targetPort: {{ .of.target }}
{{- end -}}
