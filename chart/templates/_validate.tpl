{{/*
redis.validate: gives nothing; fails on values that would render but not work. Takes the root context.
*/}}
{{- define "redis.validate" -}}
{{- $mode := include "redis.mode" . -}}
{{- $persistence := default dict .Values.persistence -}}
{{- if eq $mode "replica" -}}
{{- include "redis.validate.count" (dict "name" "replication.replicas" "value" (.Values.replication).replicas) -}}
{{- if lt (int .Values.replication.replicas) 0 -}}
{{- fail "replication.replicas must be >= 0 when mode=replica (0 = master only, keeps replica-ready wiring)" -}}
{{- end -}}
{{- if not $persistence.enabled -}}
{{- fail "mode=replica needs persistence.enabled=true: a master that restarts without its data empties every replica" -}}
{{- end -}}
{{- if and $persistence.existingClaim (gt (int .Values.replication.replicas) 0) -}}
{{- fail "persistence.existingClaim works with one pod only: in replica mode every pod needs a claim of its own" -}}
{{- end -}}
{{- else -}}
{{- include "redis.validate.count" (dict "name" "replicaCount" "value" .Values.replicaCount) -}}
{{- if not (has (int .Values.replicaCount) (list 0 1)) -}}
{{- fail (printf "replicaCount must be 0 or 1 when mode=standalone, found %v: more pods would be separate databases behind one Service. Set mode=replica for copies." .Values.replicaCount) -}}
{{- end -}}
{{- end -}}
{{- with (.Values.redis).password -}}
{{- if not (kindIs "string" .) -}}
{{- fail (printf "redis.password must be a string, found a %s: write it in quotes" (kindOf .)) -}}
{{- end -}}
{{- end -}}
{{- range $key, $_ := .Values.podLabels -}}
{{- if has $key (list "app.kubernetes.io/name" "app.kubernetes.io/instance") -}}
{{- fail (printf "podLabels must not set %s: the Services find the pods by it" $key) -}}
{{- end -}}
{{- end -}}
{{- range $key, $_ := .Values.podAnnotations -}}
{{- if hasPrefix "checksum/" $key -}}
{{- fail (printf "podAnnotations must not set %s: the chart does" $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.validate.count: gives nothing; fails unless `value` is a whole number. Takes a dict of name and value.
*/}}
{{- define "redis.validate.count" -}}
{{- $number := has (kindOf .value) (list "int" "int64" "float64") -}}
{{- if not $number -}}
{{- fail (printf "%s must be a whole number, found %v (%s)" .name .value (kindOf .value)) -}}
{{- else if ne (float64 .value) (floor .value) -}}
{{- fail (printf "%s must be a whole number, found %v" .name .value) -}}
{{- end -}}
{{- end -}}
