{{/*
redis.securityContext: the security settings of a container. Takes a list: the root context, and the container's own or
nothing.
*/}}
{{- define "redis.securityContext" -}}
{{- with index . 1 | default (index . 0).Values.securityContext -}}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/*
redis.containers: containers from the values, each with the chart's securityContext unless it brings its own. Takes a
list: the root context, and the containers.
*/}}
{{- define "redis.containers" -}}
{{- $root := index . 0 -}}
{{- $containers := list -}}
{{- range index . 1 -}}
{{- /* chartwright:unreachable-else it is called with containers only */ -}}
{{- $container := deepCopy . -}}
{{- if and (not (hasKey $container "securityContext")) $root.Values.securityContext -}}
{{- $_ := set $container "securityContext" $root.Values.securityContext -}}
{{- end -}}
{{- $containers = append $containers $container -}}
{{- end -}}
{{- toYaml $containers -}}
{{- end -}}

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

{{/*
redis.affinity: where pods run: what the values say, else in replica mode preferably each on a node of its own. Takes the
root context.
*/}}
{{- define "redis.affinity" -}}
{{- if .Values.affinity -}}
{{- toYaml .Values.affinity -}}
{{- else if eq (include "redis.mode" .) "replica" -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "redis.selectorLabels" . | nindent 12 }}
{{- end -}}
{{- end -}}

{{/*
redis.spread: the spread constraints of the values, each with a selector that matches the pods. Takes the root context.
*/}}
{{- define "redis.spread" -}}
{{- $selector := dict "matchLabels" (include "redis.selectorLabels" . | fromYaml) -}}
{{- $constraints := list -}}
{{- range .Values.topologySpreadConstraints -}}
{{- /* chartwright:unreachable-else it is called where there are constraints only */ -}}
{{- $constraints = append $constraints (hasKey . "labelSelector" | ternary . (merge (dict "labelSelector" $selector) .)) -}}
{{- end -}}
{{- toYaml $constraints -}}
{{- end -}}

{{/*
redis.authEnv: where the scripts find the password; empty when Redis asks for none. Takes the root context.
*/}}
{{- define "redis.authEnv" -}}
{{- with include "redis.secretName" . -}}
- name: REDIS_PASSWORD_FILE
  value: /etc/redis-auth/password
- name: REDIS_SECRET
  value: {{ printf "%s/%s" . (include "redis.secretKey" $) | quote }}
{{- end -}}
{{- end -}}

{{/*
redis.env: what the scripts of the Redis container read from the environment; files/common.sh says what each means. Takes
the root context.
*/}}
{{- define "redis.env" -}}
- name: REDIS_MODE
  value: {{ include "redis.mode" . }}
- name: REDIS_PORT
  value: {{ .redisPort | quote }}
# Half of the time that the pod has to end; the other half is Redis's own.
- name: REDIS_STOP_SECONDS
  value: {{ div .Values.terminationGracePeriodSeconds 2 | quote }}
{{- with include "redis.authEnv" . }}
{{ . }}
{{- end }}
{{- if eq (include "redis.mode" .) "replica" }}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_IP
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
- name: REDIS_DOMAIN
  value: {{ include "redis.headlessDomain" . }}
- name: REDIS_PODS
  valueFrom:
    configMapKeyRef:
      name: {{ include "redis.fullname" . }}-topology
      key: pods
- name: REDIS_MASTER_ORDINAL
  value: {{ .Values.replication.masterOrdinal | quote }}
{{- end }}
{{- end -}}

{{/*
redis.authVolume: the Secret with the password as a volume; empty when Redis asks for none. Takes the root context.
*/}}
{{- define "redis.authVolume" -}}
{{- with include "redis.secretName" . -}}
- name: auth
  secret:
    secretName: {{ . | quote }}
    defaultMode: 288 # 0440, written so that YAML 1.1 and 1.2 agree
    # Without the key the scripts say what is missing; else the pod would wait for it without a word in its log.
    optional: true
    items:
      - key: {{ include "redis.secretKey" $ | quote }}
        path: password
{{- end -}}
{{- end -}}
