{{/*
redis.config: the text of redis.conf: that of the values, else the chart's file, and after it what redis.settings says,
which therefore wins. Takes the root context.
*/}}
{{- define "redis.config" -}}
{{- default (.Files.Get "files/redis.conf") .Values.redis.config | trimSuffix "\n" }}
{{- with .Values.redis.settings }}

# From redis.settings.
{{- range $name, $value := . }}
{{- range $item := kindIs "slice" $value | ternary $value (list $value) }}
{{ $name }} {{ include "redis.directiveValue" $item }}
{{- end }}
{{- end }}
{{- end }}
{{ end -}}

{{/*
redis.directiveValue: a value of redis.settings as redis.conf has it. Takes the value.
*/}}
{{- define "redis.directiveValue" -}}
{{- if kindIs "bool" . -}}
{{- ternary "yes" "no" . -}}
{{- else if include "redis.isWhole" . -}}
{{- /* Not as it is: a large number would become 1e+09. */ -}}
{{- printf "%.0f" (float64 .) -}}
{{- else -}}
{{- toString . | default "\"\"" -}}
{{- end -}}
{{- end -}}
