{{/*
redis.name: the name of the application, for labels. Takes the root context.
*/}}
{{- define "redis.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
redis.fullname: the name that all objects begin with. Takes the root context.
At most 52 characters: the StatefulSet's revision label adds 11, `-headless` adds 9, and a label holds 63. A longer
name is cut and gets a hash of the whole, so that two long releases stay apart.
*/}}
{{- define "redis.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := .Values.fullnameOverride -}}
{{- if not $full -}}
{{- $full = contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- end -}}
{{- if gt (len $full) 52 -}}
{{- printf "%s-%s" ($full | trunc 43 | trimSuffix "-") ($full | sha256sum | trunc 8) -}}
{{- else -}}
{{- $full | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/*
redis.serviceAccountName: the ServiceAccount that the pods run as. Takes the root context.
*/}}
{{- define "redis.serviceAccountName" -}}
{{- if (.Values.serviceAccount).create -}}
{{- default (include "redis.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" (.Values.serviceAccount).name -}}
{{- end -}}
{{- end -}}

{{/*
redis.image: repository and digest, or repository and tag. Takes the root context.
*/}}
{{- define "redis.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag | toString) -}}
{{- end -}}
{{- end -}}

{{/*
redis.secretName: the Secret with the password; empty when Redis asks for none. Takes the root context.
*/}}
{{- define "redis.secretName" -}}
{{- if (.Values.redis).existingSecret -}}
{{- .Values.redis.existingSecret -}}
{{- else if (.Values.redis).password -}}
{{- include "redis.fullname" . -}}
{{- end -}}
{{- end -}}

{{/*
redis.secretKey: the key of the password in that Secret. Takes the root context.
*/}}
{{- define "redis.secretKey" -}}
{{- default "redis-password" (.Values.redis).secretKeyName -}}
{{- end -}}

{{/*
redis.headlessDomain: the DNS name of the headless Service; a pod is found at `<pod>.<this>`. Takes the root context.
*/}}
{{- define "redis.headlessDomain" -}}
{{- printf "%s-headless.%s.svc.%s" (include "redis.fullname" .) .Release.Namespace (default "cluster.local" .Values.clusterDomain) -}}
{{- end -}}
