{{/*
redis.optionalDefaults: what redis.defaults leaves out of the sections that most releases leave off, so that those pay
nothing for them. Takes nothing.
*/}}
{{- define "redis.optionalDefaults" -}}
tls:
  enabled: false
  existingSecret: ""
  certKey: tls.crt
  keyKey: tls.key
  caKey: ca.crt
  authClients: required
  port: 6380
  plain: false
  replication: true
acl:
  enabled: false
  existingSecret: ""
  key: users.acl
  user: default
  replicationUser: ""
  replicationKey: replication-password
backup:
  enabled: false
  schedule: "0 3 * * *"
  timeZone: ""
  suspend: false
  keep: 7
  timeoutSeconds: 3600
  image:
    repository: ""
    tag: ""
    digest: ""
  persistence:
    size: 8Gi
    accessMode: ReadWriteOnce
    storageClass: ""
    existingClaim: ""
  alertSeconds: 93600
{{- end -}}

{{/*
redis.optionalTypes: the rows of those sections, as in redis.types. Takes nothing.
*/}}
{{- define "redis.optionalTypes" -}}
tls.enabled: bool
tls.existingSecret: name
tls.certKey: key
tls.keyKey: key
tls.caKey: key
tls.authClients: one required optional none
tls.port: whole 1 65535
tls.plain: bool
tls.replication: bool
acl.enabled: bool
acl.existingSecret: name
acl.key: key
acl.user: user
acl.replicationUser: user
acl.replicationKey: key
backup.enabled: bool
backup.schedule: cron
backup.timeZone: zone
backup.suspend: bool
backup.keep: whole 1 1000
backup.timeoutSeconds: whole 1 86400
backup.image.repository: repository or-empty
backup.image.tag: tag
backup.image.digest: digest
backup.persistence.size: size
backup.persistence.accessMode: one ReadWriteOnce ReadWriteOncePod ReadWriteMany
backup.persistence.storageClass: class
backup.persistence.existingClaim: name
backup.alertSeconds: whole 0 31536000
backup.resources: resources
backup.securityContext: map
{{- end -}}

{{/*
redis.optionalPatterns: redis.patterns, and the types of text that only those sections have. Takes nothing.
*/}}
{{- define "redis.optionalPatterns" -}}
{{ include "redis.patterns" . }}
user:
  match: ^[A-Za-z0-9_][-.@A-Za-z0-9_]*$
  most: 128
  says: the name of a user of letters, digits, `-`, `_`, `.` and `@`
cron:
  match: ^(@[a-z]+|[-0-9A-Za-z*/,?]+( [-0-9A-Za-z*/,?]+){4})$
  most: 100
  needed: true
  says: a cron expression of five fields such as 0 3 * * *
zone:
  match: ^[A-Za-z][-+_/A-Za-z0-9]*$
  most: 64
  says: a time zone such as Europe/Berlin
{{- end -}}

{{/*
redis.optionalProblems: a line for each thing that is wrong in the sections tls, acl and backup, once one of them is on.
Completes them first. Takes the root context.
*/}}
{{- define "redis.optionalProblems" -}}
{{- $defaults := include "redis.optionalDefaults" . | fromYaml -}}
{{- include "redis.fill" (list .Values $defaults "") -}}
{{- include "redis.rowProblems" (list .Values $defaults "redis.optionalTypes" "redis.optionalPatterns") -}}
{{- if .Values.tls.enabled -}}
{{- include "redis.tlsProblems" . -}}
{{- end -}}
{{- if .Values.acl.enabled -}}
{{- include "redis.aclProblems" . -}}
{{- end -}}
{{- if or .Values.tls.enabled .Values.acl.enabled -}}
{{- include "redis.secureProblems" . -}}
{{- end -}}
{{- if .Values.backup.enabled -}}
{{- include "redis.backupProblems" . -}}
{{- end -}}
{{- end -}}

{{/*
redis.tlsProblems: a certificate that comes from nowhere, and ports that are taken. Takes the root context.
*/}}
{{- define "redis.tlsProblems" -}}
{{- $tls := .Values.tls -}}
{{- if not $tls.existingSecret -}}
{{- println "tls.enabled: found no certificate, allowed is tls.existingSecret with one" -}}
{{- end -}}
{{- if not (or $tls.replication $tls.plain) -}}
{{- println "tls.replication: found false, allowed is true unless tls.plain is true: there would be no port for it" -}}
{{- end -}}
{{- range $name := list "redis" "service" -}}
{{- if and $tls.plain (eq (int $tls.port) (int (index $.Values $name).port)) -}}
{{- include "redis.problem" (list "tls.port" $tls.port (printf "another port than %s.port while tls.plain is true" $name)) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.metrics.enabled (eq (int $tls.port) (int .Values.metrics.port)) -}}
{{- include "redis.problem" (list "tls.port" $tls.port "another port than metrics.port: both are in one pod") -}}
{{- end -}}
{{- end -}}

{{/*
redis.aclProblems: users without a file, a name or a password. Takes the root context.
*/}}
{{- define "redis.aclProblems" -}}
{{- $acl := .Values.acl -}}
{{- if not $acl.existingSecret -}}
{{- println "acl.enabled: found no users, allowed is acl.existingSecret with an ACL file" -}}
{{- end -}}
{{- if not $acl.user -}}
{{- println "acl.user: found none, allowed is the name of the user that probes, scripts and replication are" -}}
{{- end -}}
{{- if not (include "redis.secretName" .) -}}
{{- println "acl.enabled: found no password for acl.user, allowed is redis.existingSecret (or redis.password) with one" -}}
{{- end -}}
{{- if and $acl.user (eq $acl.user $acl.replicationUser) -}}
{{- include "redis.problem" (list "acl.replicationUser" $acl.replicationUser "another user than acl.user, or none: it has a password of its own") -}}
{{- end -}}
{{- end -}}

{{/*
redis.secureDirectives: what files/secure/ writes into redis.conf besides redis.ownDirectives, each with the value to use
instead; and what a file of users rules out. Takes the root context.
*/}}
{{- define "redis.secureDirectives" -}}
{{- if .Values.tls.enabled }}
tls-port: tls.port
tls-cert-file: tls.existingSecret
tls-key-file: tls.existingSecret
tls-ca-cert-file: tls.existingSecret
tls-auth-clients: tls.authClients
tls-replication: tls.replication
{{- end }}
{{- if .Values.acl.enabled }}
aclfile: acl.existingSecret
masteruser: acl.replicationUser
user: a line of the file in acl.existingSecret
{{- end }}
{{- end -}}

{{/*
redis.secureProblems: directives, variables and volumes that TLS and users need for themselves. Takes the root context.
*/}}
{{- define "redis.secureProblems" -}}
{{- $redis := .Values.redis -}}
{{- $own := include "redis.secureDirectives" . | fromYaml -}}
{{- range $name, $_ := $redis.settings -}}
{{- if hasKey $own $name -}}
{{- printf "redis.settings.%s: the chart writes this directive; instead use %s" $name (index $own $name) | println -}}
{{- end -}}
{{- end -}}
{{- range $line := splitList "\n" $redis.config -}}
{{- /* chartwright:unreachable-else a text has at least one line, be it empty */ -}}
{{- $name := $line | replace "\t" " " | trim | splitList " " | first | lower -}}
{{- if hasKey $own $name -}}
{{- printf "redis.config: found the directive %q, which the chart writes; instead use %s" $name (index $own $name) | println -}}
{{- end -}}
{{- end -}}
{{- range $index, $argument := $redis.args -}}
{{- $name := splitList " " $argument | first | trimPrefix "--" | lower -}}
{{- if and (hasPrefix "--" $argument) (hasKey $own $name) -}}
{{- printf "redis.args[%d]: found \"--%s\", which the chart says; instead use %s" $index $name (index $own $name) | println -}}
{{- end -}}
{{- end -}}
{{- $taken := dict "extraVolumes" (list "acl" "secure" "tls") -}}
{{- $_ := set $taken "extraEnv" (list "PATH" "REDIS_ACL_FILE" "REDIS_ACL_SECRET" "REDIS_PLAIN_PORT" "REDIS_REPLICATION_PASSWORD_FILE" "REDIS_REPLICATION_USER" "REDIS_TLS" "REDIS_TLS_AUTH_CLIENTS" "REDIS_TLS_PORT" "REDIS_TLS_SECRET" "REDIS_USER") -}}
{{- range $path, $names := $taken -}}
{{- /* chartwright:unreachable-else it has just been filled */ -}}
{{- range $index, $item := index $.Values $path -}}
{{- $name := toString $item.name -}}
{{- if has $name $names -}}
{{- printf "%s[%d].name: found %q, allowed is another one: the chart has its own" $path $index $name | println -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.backupProblems: copies that would be lost with the data, and an image without a tag. Takes the root context.
*/}}
{{- define "redis.backupProblems" -}}
{{- $backup := .Values.backup -}}
{{- if and $backup.persistence.existingClaim (eq $backup.persistence.existingClaim .Values.persistence.existingClaim) -}}
{{- include "redis.problem" (list "backup.persistence.existingClaim" $backup.persistence.existingClaim "another claim than persistence.existingClaim: copies beside the data are lost with it") -}}
{{- end -}}
{{- if and $backup.image.repository (not $backup.image.tag) (not $backup.image.digest) -}}
{{- println "backup.image: found a repository without a tag, allowed is one with a tag or a digest" -}}
{{- end -}}
{{- end -}}
