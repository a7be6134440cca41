{{/*
redis.name: the name of the application, for labels. Takes the root context.
*/}}
{{- define "redis.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimAll "-." -}}
{{- end -}}

{{/*
redis.fullname: the name that all objects begin with. Takes the root context.
At most 52 characters: the StatefulSet's revision label adds 11, `-headless` adds 9, and a label holds 63. A longer
name is cut and gets a hash of the whole, so that two long releases stay apart. A release's name may have dots, which
the name of a Service may not.
*/}}
{{- define "redis.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := .Values.fullnameOverride -}}
{{- if not $full -}}
{{- $full = contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- end -}}
{{- $full = $full | replace "." "-" -}}
{{- if gt (len $full) 52 -}}
{{- printf "%s-%s" ($full | trunc 43 | trimAll "-") ($full | sha256sum | trunc 8) -}}
{{- else -}}
{{- $full | trimAll "-" -}}
{{- end -}}
{{- end -}}

{{/*
redis.serviceAccountName: the ServiceAccount that the pods run as. Takes the root context.
*/}}
{{- define "redis.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "redis.fullname" .) "default") -}}
{{- end -}}

{{/*
redis.secretName: the Secret with the password; empty when Redis asks for none. Takes the root context.
*/}}
{{- define "redis.secretName" -}}
{{- if .Values.redis.existingSecret -}}
{{- .Values.redis.existingSecret -}}
{{- else if .Values.redis.password -}}
{{- include "redis.fullname" . -}}
{{- end -}}
{{- end -}}

{{/*
redis.secretKey: the key of the password in that Secret. Takes the root context.
*/}}
{{- define "redis.secretKey" -}}
{{- default "redis-password" .Values.redis.secretKeyName -}}
{{- end -}}

{{/*
redis.configName: the ConfigMap with redis.conf. Takes the root context.
*/}}
{{- define "redis.configName" -}}
{{- .Values.redis.existingConfigMap | default (printf "%s-config" (include "redis.fullname" .)) -}}
{{- end -}}

{{/*
redis.masterPod: the name of the pod that takes writes. Takes the root context.
*/}}
{{- define "redis.masterPod" -}}
{{- printf "%s-%d" (include "redis.fullname" .) (int .Values.replication.masterOrdinal) -}}
{{- end -}}

{{/*
redis.domain: the DNS name of a namespace's Services. Takes the root context.
*/}}
{{- define "redis.domain" -}}
{{- printf "%s.svc.%s" .Release.Namespace .Values.clusterDomain -}}
{{- end -}}

{{/*
redis.headlessDomain: the DNS name of the headless Service; a pod is found at `<pod>.<this>`. Takes the root context.
*/}}
{{- define "redis.headlessDomain" -}}
{{- printf "%s-headless.%s" (include "redis.fullname" .) (include "redis.domain" .) -}}
{{- end -}}

{{/*
redis.image: a reference from repository and digest, or repository and tag. Takes a list: the image from the values, and
the tag when it has none.
*/}}
{{- define "redis.image" -}}
{{- $image := index . 0 -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default (index . 1) $image.tag) -}}
{{- end -}}
{{- end -}}
