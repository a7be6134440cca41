{{/*
redis.config: the text of redis.conf: that of the values, else the chart's file. Takes the root context.
*/}}
{{- define "redis.config" -}}
{{- default (.Files.Get "files/redis.conf") (.Values.redis).config -}}
{{- end -}}
