{{/*
redis.types: what each value may be, one row per value, as `path: kind arguments`. The kinds are those of redis.check.
Takes nothing.
*/}}
{{- define "redis.types" -}}
replicaCount: whole
replication.enabled: bool
replication.replicas: whole
replication.masterOrdinal: whole 0 999
replication.readServices: bool
redis.password: secret
redis.existingSecret: name
redis.secretKeyName: key
redis.requirePassword: bool
redis.port: whole 1 65535
redis.config: string
redis.settings: map
redis.existingConfigMap: name
redis.revision: scalar
redis.args: strings
image.repository: repository
image.tag: tag
image.digest: digest
image.pullPolicy: one IfNotPresent Always Never
imagePullSecrets: maps
nameOverride: label
fullnameOverride: service
clusterDomain: name
commonLabels: labels
commonAnnotations: annotations
serviceAccount.create: bool
serviceAccount.name: name
serviceAccount.annotations: annotations
serviceAccount.automount: bool
rbac.create: bool
rbac.rules: maps
rbac.annotations: annotations
service.type: one ClusterIP NodePort LoadBalancer
service.port: whole 1 65535
service.nodePort: whole 0 65535
service.loadBalancerIP: string
service.loadBalancerClass: string
service.loadBalancerSourceRanges: strings
service.externalTrafficPolicy: one Cluster Local or-empty
service.annotations: annotations
persistence.enabled: bool
persistence.size: size
persistence.accessMode: one ReadWriteOnce ReadWriteOncePod ReadWriteMany ReadOnlyMany
persistence.storageClass: class
persistence.existingClaim: name
resources: resources
podSecurityContext: map
securityContext: map
startupProbe: probe
livenessProbe: probe
readinessProbe: probe
terminationGracePeriodSeconds: whole 0 86400
lifecycle: map
updateStrategy: map
podManagementPolicy: one Parallel OrderedReady or-empty
minReadySeconds: whole 0 86400
revisionHistoryLimit: whole 0 1000
persistentVolumeClaimRetentionPolicy: map
podAnnotations: annotations
podLabels: labels
nodeSelector: labels
tolerations: maps
affinity: map
topologySpreadConstraints: maps
priorityClassName: name
dnsPolicy: one ClusterFirst ClusterFirstWithHostNet Default None or-empty
dnsConfig: map
extraEnv: env
extraEnvFrom: maps
extraVolumes: maps
extraVolumeMounts: maps
initContainers: maps
extraContainers: maps
metrics.enabled: bool
metrics.image.repository: repository
metrics.image.tag: tag
metrics.image.digest: digest
metrics.image.pullPolicy: one IfNotPresent Always Never
metrics.port: whole 1 65535
metrics.extraArgs: strings
metrics.resources: resources
metrics.securityContext: map
metrics.service.annotations: annotations
monitoring.enabled: bool
monitoring.serviceMonitor.enabled: bool
monitoring.serviceMonitor.namespace: name
monitoring.serviceMonitor.labels: labels
monitoring.serviceMonitor.interval: duration
monitoring.serviceMonitor.scrapeTimeout: duration or-empty
monitoring.serviceMonitor.path: path
monitoring.serviceMonitor.relabelings: maps
monitoring.serviceMonitor.metricRelabelings: maps
monitoring.prometheusRule.enabled: bool
monitoring.prometheusRule.namespace: name
monitoring.prometheusRule.labels: labels
monitoring.prometheusRule.memoryPercent: whole 1 100
monitoring.prometheusRule.replicaLagSeconds: whole 1 86400
monitoring.prometheusRule.snapshotSeconds: whole 0 31536000
monitoring.prometheusRule.extraRules: maps
networkPolicy.enabled: bool
networkPolicy.ingress: maps
networkPolicy.metricsFrom: maps
networkPolicy.restrictEgress: bool
networkPolicy.egress: maps
podDisruptionBudget.enabled: bool
podDisruptionBudget.minAvailable: share
podDisruptionBudget.maxUnavailable: share
autoscaling.enabled: bool
autoscaling.minReplicas: whole 1 1000
autoscaling.maxReplicas: whole 1 1000
autoscaling.targetCPUUtilizationPercentage: whole 0 1000
autoscaling.targetMemoryUtilizationPercentage: whole 0 1000
test.enabled: bool
test.image.repository: repository or-empty
test.image.tag: tag
test.image.digest: digest
test.resources: resources
test.securityContext: map
{{- end -}}

{{/*
redis.typeProblems: a line for each value that is not what its row of redis.types says. Takes the root context, in which
redis.prepare left the defaults.
*/}}
{{- define "redis.typeProblems" -}}
{{- include "redis.rowProblems" (list .Values .redisDefaults "redis.types" "redis.patterns") -}}
{{- end -}}

{{/*
redis.rowProblems: a line for each value that is not what its row says, and not its default either, which most are. One
of a wrong kind (a text where a number belongs) is put back to its default, so that what reads it later cannot stumble.
Takes a list: the values, their defaults, and the names of the tables of rows and of patterns.
*/}}
{{- define "redis.rowProblems" -}}
{{- $values := index . 0 -}}
{{- $defaults := index . 1 -}}
{{- $patterns := include (index . 3) . | fromYaml -}}
{{- /* Most releases change few sections: what is as it was needs no look at its rows. */ -}}
{{- $same := dict -}}
{{- range $key, $default := $defaults -}}
{{- /* chartwright:unreachable-else there are always defaults */ -}}
{{- if deepEqual (index $values $key) $default -}}
{{- $_ := set $same $key true -}}
{{- end -}}
{{- end -}}
{{- range $path, $type := include (index . 2) . | fromYaml -}}
{{- /* chartwright:unreachable-else there are always rows */ -}}
{{- $steps := splitList "." $path -}}
{{- if not (hasKey $same (first $steps)) -}}
{{- $parent := $values -}}
{{- $defaultParent := $defaults -}}
{{- range initial $steps -}}
{{- $parent = index $parent . -}}
{{- $defaultParent = index $defaultParent . -}}
{{- end -}}
{{- $key := last $steps -}}
{{- $value := index $parent $key -}}
{{- if not (or (kindIs "invalid" $value) (deepEqual $value (index $defaultParent $key))) -}}
{{- $words := splitList " " $type -}}
{{- $wrongKind := include "redis.wrongKind" (list $path $value (first $words)) -}}
{{- if $wrongKind -}}
{{- $wrongKind -}}
{{- $_ := unset $parent $key -}}
{{- if hasKey $defaultParent $key -}}
{{- $_ := set $parent $key (index $defaultParent $key) -}}
{{- end -}}
{{- else -}}
{{- include "redis.check" (list $path $value (first $words) (rest $words) $patterns) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
