{{/*
redis.secureFiles: redis-cli and redis-server in place of those of the image, as the data of a ConfigMap: they know TLS and
users, so that the scripts need not. Takes the root context.
*/}}
{{- define "redis.secureFiles" -}}
{{- dict "redis-cli" (.Files.Get "files/secure/redis-cli.sh") "redis-server" (.Files.Get "files/secure/redis-server.sh") | toYaml -}}
{{- end -}}

{{/*
redis.secureEnv: what redis-cli needs, in every pod that has it; files/secure/ says what each means. Takes the root
context.
*/}}
{{- define "redis.secureEnv" -}}
# As in every image of Redis, with redis-cli and redis-server of the chart before the others.
- name: PATH
  value: /secure:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
{{- if .Values.tls.enabled }}
- name: REDIS_TLS
  value: {{ .Values.tls.replication | ternary "yes" "no" | quote }}
{{- end }}
{{- if .Values.acl.enabled }}
- name: REDIS_USER
  value: {{ .Values.acl.user | quote }}
{{- end }}
{{- end -}}

{{/*
redis.secureServerEnv: what redis-server needs besides. Takes the root context.
*/}}
{{- define "redis.secureServerEnv" -}}
{{- $tls := .Values.tls -}}
{{- if $tls.enabled -}}
- name: REDIS_TLS_PORT
  value: {{ $tls.port | quote }}
- name: REDIS_TLS_SECRET
  value: {{ $tls.existingSecret | quote }}
- name: REDIS_TLS_AUTH_CLIENTS
  value: {{ index (dict "required" "yes" "none" "no") $tls.authClients | default "optional" | quote }}
- name: REDIS_PLAIN_PORT
  value: {{ $tls.plain | ternary .Values.redis.port 0 | quote }}
{{- end }}
{{- $acl := .Values.acl }}
{{- if $acl.enabled }}
- name: REDIS_ACL_FILE
  value: /etc/redis-acl/users.acl
- name: REDIS_ACL_SECRET
  value: {{ printf "%s/%s" $acl.existingSecret $acl.key | quote }}
{{- if $acl.replicationUser }}
- name: REDIS_REPLICATION_USER
  value: {{ $acl.replicationUser | quote }}
- name: REDIS_REPLICATION_PASSWORD_FILE
  value: /etc/redis-acl/replication-password
{{- end }}
{{- end }}
{{- end -}}

{{/*
redis.exporterEnv: TLS and the user in the exporter's own words. Takes the root context.
*/}}
{{- define "redis.exporterEnv" -}}
{{- if .Values.acl.enabled -}}
- name: REDIS_USER
  value: {{ .Values.acl.user | quote }}
{{- end }}
{{- if .Values.tls.enabled }}
- name: REDIS_EXPORTER_TLS_CLIENT_CERT_FILE
  value: /etc/redis-tls/tls.crt
- name: REDIS_EXPORTER_TLS_CLIENT_KEY_FILE
  value: /etc/redis-tls/tls.key
- name: REDIS_EXPORTER_TLS_CA_CERT_FILE
  value: /etc/redis-tls/ca.crt
# It would look for 127.0.0.1 in the certificate. The connection does not leave the pod.
- name: REDIS_EXPORTER_SKIP_TLS_VERIFICATION
  value: "true"
{{- end }}
{{- end -}}

{{/*
redis.secureMounts: what redis-cli needs, as mounts. Takes the root context.
*/}}
{{- define "redis.secureMounts" -}}
- name: secure
  mountPath: /secure
  readOnly: true
{{- if .Values.tls.enabled }}
- name: tls
  mountPath: /etc/redis-tls
  readOnly: true
{{- end }}
{{- end -}}

{{/*
redis.secureVolumes: the volumes of those mounts. Takes the root context.
*/}}
{{- define "redis.secureVolumes" -}}
- name: secure
  configMap:
    name: {{ include "redis.fullname" . }}-secure
    defaultMode: 365 # 0555: they are run
{{- $tls := .Values.tls }}
{{- if $tls.enabled }}
- name: tls
  secret:
    secretName: {{ $tls.existingSecret | quote }}
    defaultMode: 288 # 0440
    # Without a key the scripts say what is missing, as for the password.
    optional: true
    items:
      - key: {{ $tls.certKey | quote }}
        path: tls.crt
      - key: {{ $tls.keyKey | quote }}
        path: tls.key
      - key: {{ $tls.caKey | quote }}
        path: ca.crt
{{- end }}
{{- end -}}

{{/*
redis.aclVolume: the Secret with the users, as a volume. Takes the root context.
*/}}
{{- define "redis.aclVolume" -}}
{{- $acl := .Values.acl -}}
- name: acl
  secret:
    secretName: {{ $acl.existingSecret | quote }}
    defaultMode: 288 # 0440
    optional: true
    items:
      - key: {{ $acl.key | quote }}
        path: users.acl
      {{- if $acl.replicationUser }}
      - key: {{ $acl.replicationKey | quote }}
        path: replication-password
      {{- end }}
{{- end -}}

{{/*
redis.tlsServicePort: the port of a Service that always leads to TLS; empty when the Service's own is the same. Takes a
list: the root context, and the Service's own port.
*/}}
{{- define "redis.tlsServicePort" -}}
{{- $tls := (index . 0).Values.tls -}}
{{- if ne (int $tls.port) (int (index . 1)) -}}
- name: redis-tls
  port: {{ $tls.port }}
  targetPort: {{ $tls.plain | ternary "redis-tls" "redis" }}
{{- end -}}
{{- end -}}

{{/*
redis.bothPorts: rules of a NetworkPolicy, each that names the port `redis` with `redis-tls` beside it. Takes the rules.
*/}}
{{- define "redis.bothPorts" -}}
{{- $rules := list -}}
{{- range . -}}
{{- /* chartwright:unreachable-else it is called with rules only */ -}}
{{- $rule := deepCopy . -}}
{{- range $port := .ports -}}
{{- if eq (toString $port.port) "redis" -}}
{{- $_ := set $rule "ports" (append $rule.ports (merge (dict "port" "redis-tls") $port)) -}}
{{- end -}}
{{- end -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}
