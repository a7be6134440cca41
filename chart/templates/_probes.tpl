{{/*
redis.probe: a probe with exactly one handler: that of the values, else the given one.
Takes a dict of probe (from the values) and handler (a dict).
*/}}
{{- define "redis.probe" -}}
{{- if or (hasKey .probe "exec") (hasKey .probe "tcpSocket") (hasKey .probe "httpGet") (hasKey .probe "grpc") -}}
{{- toYaml .probe -}}
{{- else -}}
{{- toYaml (merge (dict) .probe .handler) -}}
{{- end -}}
{{- end -}}
