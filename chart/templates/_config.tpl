{{/*
redis.config: the text of redis.conf: that of the values, else the chart's file, and after it what redis.settings says,
which therefore wins. Takes the root context.
*/}}
{{- define "redis.config" -}}
{{- $text := default (.Files.Get "files/redis.conf") .Values.redis.config -}}
{{- /* Blank lines at the end of a YAML text count or not as the next document begins; so there are none. */ -}}
{{- regexReplaceAll "\n+$" $text "" }}
{{- with .Values.redis.settings }}

# From redis.settings.
{{- range $name, $value := . }}
{{- /* chartwright:unreachable-else `with` lets no empty map in */}}
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
