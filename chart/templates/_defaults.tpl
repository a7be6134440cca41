{{/*
redis.defaults: the values as YAML that a release may lack: one upgraded with --reuse-values from an older chart, or one
whose values set a whole section to null. A test holds them against values.yaml. Left out on purpose: what null removes
(resources, security contexts, probes). Takes nothing.
*/}}
{{- define "redis.defaults" -}}
mode: ""
replicaCount: 1
replication:
  enabled: false
  replicas: 2
  masterOrdinal: 0
  readServices: true
redis:
  password: ""
  existingSecret: ""
  secretKeyName: redis-password
  requirePassword: false
  port: 6379
  config: ""
  settings: {}
  existingConfigMap: ""
  revision: ""
  args: []
image:
  repository: redis
  tag: 8.2.8-alpine
  digest: ""
  pullPolicy: IfNotPresent
clusterDomain: cluster.local
serviceAccount:
  create: true
  name: ""
  annotations: {}
  automount: false
rbac:
  create: false
  rules: []
  annotations: {}
service:
  type: ClusterIP
  port: 6379
  nodePort: 0
  loadBalancerIP: ""
  loadBalancerClass: ""
  loadBalancerSourceRanges: []
  externalTrafficPolicy: ""
  annotations: {}
persistence:
  enabled: true
  size: 8Gi
  accessMode: ReadWriteOnce
  storageClass: ""
  existingClaim: ""
terminationGracePeriodSeconds: 60
podManagementPolicy: ""
minReadySeconds: 0
revisionHistoryLimit: 10
metrics:
  enabled: false
  image:
    repository: oliver006/redis_exporter
    tag: v1.90.0-alpine
    digest: ""
    pullPolicy: IfNotPresent
  port: 9121
  extraArgs: []
  service:
    annotations: {}
monitoring:
  enabled: true
  serviceMonitor:
    enabled: false
    namespace: ""
    labels: {}
    interval: 30s
    scrapeTimeout: ""
    path: /metrics
    relabelings: []
    metricRelabelings: []
  prometheusRule:
    enabled: false
    namespace: ""
    labels: {}
    memoryPercent: 90
    replicaLagSeconds: 30
    snapshotSeconds: 86400
    extraRules: []
networkPolicy:
  enabled: false
  ingress:
    - from:
        - podSelector: {}
      ports:
        - port: redis
          protocol: TCP
  metricsFrom: []
  restrictEgress: true
  egress: []
podDisruptionBudget:
  enabled: true
  minAvailable: ""
  maxUnavailable: ""
autoscaling:
  enabled: false
  minReplicas: 2
  maxReplicas: 5
  targetCPUUtilizationPercentage: 80
  targetMemoryUtilizationPercentage: 0
test:
  enabled: true
  image:
    repository: ""
    tag: ""
    digest: ""
# What is left out of these, _optional.tpl has.
tls:
  enabled: false
acl:
  enabled: false
backup:
  enabled: false
{{- end -}}

{{/*
redis.fill: writes into a map what it lacks of another, in all depths. Gives a line for each section that is no map,
and puts the default there, so that the other checks can go on. Takes a list: the map, the defaults, the path so far.
*/}}
{{- define "redis.fill" -}}
{{- $values := index . 0 -}}
{{- $path := index . 2 -}}
{{- range $key, $default := index . 1 -}}
{{- $found := index $values $key -}}
{{- if kindIs "invalid" $found -}}
{{- $_ := set $values $key $default -}}
{{- else if kindIs "map" $default -}}
{{- if kindIs "map" $found -}}
{{- include "redis.fill" (list $found $default (printf "%s%s." $path $key)) -}}
{{- else -}}
{{- include "redis.problem" (list (printf "%s%s" $path $key) $found "a map") -}}
{{- $_ := set $values $key $default -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.prepare: the first line of every template. Gives nothing: completes the values and fails with all that is wrong
in them, in one message. Takes the root context, and does its work once per render.
*/}}
{{- define "redis.prepare" -}}
{{- if not (hasKey . "redisPrepared") -}}
{{- $_ := set . "redisPrepared" true -}}
{{- $defaults := include "redis.defaults" . | fromYaml -}}
{{- $_ := set . "redisDefaults" $defaults -}}
{{- $problems := include "redis.fill" (list .Values $defaults "") -}}
{{- $problems = printf "%s%s" $problems (include "redis.problems" .) | trim | splitList "\n" | uniq | compact -}}
{{- if eq (len $problems) 1 -}}
{{- fail (first $problems) -}}
{{- else if $problems -}}
{{- fail (printf "%d problems in the values:\n- %s" (len $problems) (join "\n- " $problems)) -}}
{{- end -}}
{{- /* The port by which the pods, scripts and the test find each other. */ -}}
{{- $tls := .Values.tls -}}
{{- $_ := set . "redisPort" (and $tls.enabled $tls.replication | ternary $tls.port .Values.redis.port) -}}
{{- end -}}
{{- end -}}
