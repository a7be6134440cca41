{{/*
redis.problems: a line for each thing that is wrong in the values; empty when all is well. Takes the root context, its
values completed by redis.fill.
*/}}
{{- define "redis.problems" -}}
{{- $types := include "redis.typeProblems" . -}}
{{- if or .Values.tls.enabled .Values.acl.enabled .Values.backup.enabled -}}
{{- $types = printf "%s%s" $types (include "redis.optionalProblems" .) -}}
{{- end -}}
{{- $mode := include "redis.modeProblems" . -}}
{{- $_ := set . "redisLive" dict -}}
{{- if not (or $types $mode) -}}
{{- include "redis.lookUp" . -}}
{{- end -}}
{{- $mode -}}
{{- $types -}}
{{- if not $mode -}}
{{- include "redis.podProblems" . -}}
{{- include "redis.availabilityProblems" . -}}
{{- end -}}
{{- include "redis.nameProblems" . -}}
{{- include "redis.serverProblems" . -}}
{{- include "redis.serviceProblems" . -}}
{{- include "redis.metricsProblems" . -}}
{{- include "redis.rolloutProblems" . -}}
{{- include "redis.reservedProblems" . -}}
{{- include "redis.liveProblems" . -}}
{{- end -}}

{{/*
redis.podProblems: how many pods there are, which one is the master, and where their data is. Takes the root context.
*/}}
{{- define "redis.podProblems" -}}
{{- $replication := .Values.replication -}}
{{- $ordinal := int $replication.masterOrdinal -}}
{{- $persistence := .Values.persistence -}}
{{- if eq (include "redis.mode" .) "replica" -}}
{{- if lt (int $replication.replicas) 0 -}}
{{- println "replication.replicas must be >= 0 when mode=replica (0 = master only, keeps replica-ready wiring)" -}}
{{- else if gt (int $replication.replicas) 999 -}}
{{- include "redis.problem" (list "replication.replicas" $replication.replicas "a whole number from 0 to 999") -}}
{{- else if ge $ordinal (include "redis.fewestPods" . | int) -}}
{{- printf "replication.masterOrdinal: found %d, allowed is less than the number of pods, %s" $ordinal (include "redis.fewestPods" .) | println -}}
{{- end -}}
{{- if and $ordinal (ne (include "redis.podManagementPolicy" .) "Parallel") -}}
{{- printf "replication.masterOrdinal: found %d, allowed is 0 unless podManagementPolicy is Parallel: pod 0 would wait for its master, and the master for pod 0" $ordinal | println -}}
{{- end -}}
{{- if not $persistence.enabled -}}
{{- println "mode=replica needs persistence.enabled=true: a master that restarts without its data empties every replica" -}}
{{- end -}}
{{- if and $persistence.existingClaim (gt (include "redis.pods" . | int) 1) -}}
{{- println "persistence.existingClaim works with one pod only: in replica mode every pod needs a claim of its own" -}}
{{- end -}}
{{- else -}}
{{- if not (has (int .Values.replicaCount) (list 0 1)) -}}
{{- printf "replicaCount must be 0 or 1 when mode=standalone, found %v: more pods would be separate databases behind one Service. Set mode=replica for copies." .Values.replicaCount | println -}}
{{- end -}}
{{- if $ordinal -}}
{{- printf "replication.masterOrdinal: found %d, allowed is 0 when mode=standalone, which keeps pod 0 only: make pod 0 the master first" $ordinal | println -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.availabilityProblems: a disruption budget that no drain could satisfy, and an autoscaler that has nothing to scale.
Takes the root context.
*/}}
{{- define "redis.availabilityProblems" -}}
{{- $replica := eq (include "redis.mode" .) "replica" -}}
{{- $pods := include "redis.fewestPods" . | int -}}
{{- $budget := .Values.podDisruptionBudget -}}
{{- $least := toString $budget.minAvailable -}}
{{- $most := toString $budget.maxUnavailable -}}
{{- if $budget.enabled -}}
{{- if and $least $most -}}
{{- printf "podDisruptionBudget: found minAvailable %s and maxUnavailable %s, allowed is one of them" $least $most | println -}}
{{- end -}}
{{- if gt $pods 1 -}}
{{- if or (eq $least "100%") (and (kindIs "string" $budget.minAvailable | not) (ge (int $budget.minAvailable) $pods)) -}}
{{- include "redis.problem" (list "podDisruptionBudget.minAvailable" $budget.minAvailable (printf "less than the %d pods: no node could be drained" $pods)) -}}
{{- end -}}
{{- if has $most (list "0" "0%") -}}
{{- include "redis.problem" (list "podDisruptionBudget.maxUnavailable" $budget.maxUnavailable "more than 0: no node could be drained") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $scaler := .Values.autoscaling -}}
{{- if $scaler.enabled -}}
{{- if not $replica -}}
{{- println "autoscaling.enabled: found true, allowed is false when mode=standalone: more pods would be separate databases behind one Service" -}}
{{- end -}}
{{- if gt (int $scaler.minReplicas) (int $scaler.maxReplicas) -}}
{{- include "redis.problem" (list "autoscaling.minReplicas" $scaler.minReplicas (printf "at most maxReplicas, %v" $scaler.maxReplicas)) -}}
{{- end -}}
{{- if not (or $scaler.targetCPUUtilizationPercentage $scaler.targetMemoryUtilizationPercentage) -}}
{{- println "autoscaling: found no target, allowed is targetCPUUtilizationPercentage, targetMemoryUtilizationPercentage or both above 0" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.nameProblems: names that objects of this release cannot have, and rights for an account that is not its own. Takes
the root context.
*/}}
{{- define "redis.nameProblems" -}}
{{- if and (not .Values.fullnameOverride) (not (regexMatch "^[a-z]" (include "redis.fullname" .))) -}}
{{- printf "fullnameOverride: needed, because Services must begin with a letter and this release's begin with %q" (include "redis.fullname" .) | println -}}
{{- end -}}
{{- if and .Values.rbac.create (eq (include "redis.serviceAccountName" .) "default") -}}
{{- println "rbac.create: found true, allowed is false for the ServiceAccount `default`: every pod of the namespace would get the rights. Set serviceAccount.create or serviceAccount.name." -}}
{{- end -}}
{{- range $index, $secret := .Values.imagePullSecrets -}}
{{- if not (and (kindIs "string" $secret.name) $secret.name) -}}
{{- include "redis.problem" (list (printf "imagePullSecrets[%d].name" $index) $secret.name "the name of a Secret") -}}
{{- end -}}
{{- end -}}
{{- if and .Values.test.enabled .Values.test.image.repository (not .Values.test.image.tag) (not .Values.test.image.digest) -}}
{{- println "test.image: found a repository without a tag, allowed is one with a tag or a digest" -}}
{{- end -}}
{{- end -}}

{{/*
redis.ownDirectives: what the chart itself writes into redis.conf, each with the value to use instead. Takes nothing.
*/}}
{{- define "redis.ownDirectives" -}}
requirepass: redis.existingSecret
masterauth: redis.existingSecret
replicaof: replication
slaveof: replication
port: redis.port
dir: none, it is /data
daemonize: none, the container is Redis
{{- end -}}

{{/*
redis.serverProblems: what in redis.conf, its settings and the arguments works against the chart. Takes the root context.
*/}}
{{- define "redis.serverProblems" -}}
{{- $redis := .Values.redis -}}
{{- $own := include "redis.ownDirectives" . | fromYaml -}}
{{- if and $redis.requirePassword (not (include "redis.secretName" .)) -}}
{{- println "redis.requirePassword: found no password, allowed is redis.existingSecret (or redis.password) with one" -}}
{{- end -}}
{{- range $name, $value := $redis.settings -}}
{{- $place := printf "redis.settings.%s" $name -}}
{{- if not (regexMatch "^[a-z][-a-z0-9.]*$" $name) -}}
{{- printf "%s: found %q, allowed is the name of a directive of redis.conf in lower case" $place $name | println -}}
{{- else if hasKey $own $name -}}
{{- printf "%s: the chart writes this directive; instead use %s" $place (index $own $name) | println -}}
{{- end -}}
{{- range $item := kindIs "slice" $value | ternary $value (list $value) -}}
{{- if or (kindIs "map" $item) (kindIs "slice" $item) (kindIs "invalid" $item) -}}
{{- include "redis.problem" (list $place $item "a text, a number, true, false, or a list of them") -}}
{{- else if contains "\n" (toString $item) -}}
{{- include "redis.problem" (list $place $item "one line; for more lines give a list") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $redis.settings $redis.existingConfigMap -}}
{{- println "redis.settings: found settings beside redis.existingConfigMap, allowed is one of them: the ConfigMap is not the chart's to write" -}}
{{- end -}}
{{- range $line := splitList "\n" $redis.config -}}
{{- /* chartwright:unreachable-else a text has at least one line, be it empty */ -}}
{{- $words := $line | replace "\t" " " | trim | splitList " " | compact -}}
{{- if $words -}}
{{- $name := first $words | lower -}}
{{- $value := rest $words | join " " | trimAll "\"'" -}}
{{- $same := or (and (eq $name "port") (eq $value (toString $redis.port))) (and (eq $name "dir") (has $value (list "/data" "/data/"))) (and (eq $name "daemonize") (eq (lower $value) "no")) -}}
{{- if and (hasKey $own $name) (not $same) -}}
{{- printf "redis.config: found the directive %q, which the chart writes; instead use %s" $name (index $own $name) | println -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $index, $argument := $redis.args -}}
{{- $name := splitList " " $argument | first | trimPrefix "--" | lower -}}
{{- if and (hasPrefix "--" $argument) (hasKey $own $name) -}}
{{- printf "redis.args[%d]: found \"--%s\", which the chart says; instead use %s" $index $name (index $own $name) | println -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.serviceProblems: settings that the type of the Service does not have. Takes the root context.
*/}}
{{- define "redis.serviceProblems" -}}
{{- $service := .Values.service -}}
{{- if and (eq $service.type "ClusterIP") $service.nodePort -}}
{{- include "redis.problem" (list "service.nodePort" $service.nodePort "0 when service.type is ClusterIP") -}}
{{- end -}}
{{- if and (eq $service.type "ClusterIP") $service.externalTrafficPolicy -}}
{{- include "redis.problem" (list "service.externalTrafficPolicy" $service.externalTrafficPolicy "nothing when service.type is ClusterIP") -}}
{{- end -}}
{{- if ne $service.type "LoadBalancer" -}}
{{- range $name := list "loadBalancerIP" "loadBalancerClass" "loadBalancerSourceRanges" -}}
{{- with index $service $name -}}
{{- include "redis.problem" (list (printf "service.%s" $name) . "nothing unless service.type is LoadBalancer") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.metricsProblems: metrics that nobody serves. Takes the root context.
*/}}
{{- define "redis.metricsProblems" -}}
{{- $metrics := .Values.metrics -}}
{{- if $metrics.enabled -}}
{{- if eq (int $metrics.port) (int .Values.redis.port) -}}
{{- include "redis.problem" (list "metrics.port" $metrics.port "another port than redis.port: both are in one pod") -}}
{{- end -}}
{{- if not (or $metrics.image.tag $metrics.image.digest) -}}
{{- include "redis.problem" (list "metrics.image.tag" $metrics.image.tag "a tag, or a digest in metrics.image.digest") -}}
{{- end -}}
{{- else if .Values.monitoring.enabled -}}
{{- range $name := list "serviceMonitor" "prometheusRule" -}}
{{- if (index $.Values.monitoring $name).enabled -}}
{{- printf "monitoring.%s.enabled: found true, allowed is false while metrics.enabled is false: there would be no metrics" $name | println -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.rolloutProblems: words that Kubernetes does not know in the settings of the StatefulSet. Takes the root context.
*/}}
{{- define "redis.rolloutProblems" -}}
{{- with .Values.updateStrategy -}}
{{- if not (has .type (list "RollingUpdate" "OnDelete")) -}}
{{- include "redis.problem" (list "updateStrategy.type" .type "one of RollingUpdate, OnDelete") -}}
{{- else if and .rollingUpdate (eq .type "OnDelete") -}}
{{- include "redis.problem" (list "updateStrategy.rollingUpdate" .rollingUpdate "nothing with type OnDelete") -}}
{{- end -}}
{{- end -}}
{{- range $when, $what := .Values.persistentVolumeClaimRetentionPolicy -}}
{{- if not (has $when (list "whenDeleted" "whenScaled")) -}}
{{- printf "persistentVolumeClaimRetentionPolicy: found the key %q, allowed are whenDeleted and whenScaled" $when | println -}}
{{- else if not (has $what (list "Retain" "Delete")) -}}
{{- include "redis.problem" (list (printf "persistentVolumeClaimRetentionPolicy.%s" $when) $what "one of Retain, Delete") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.reservedProblems: labels, annotations, variables, containers and volumes that the chart sets itself. Takes the root
context.
*/}}
{{- define "redis.reservedProblems" -}}
{{- range $key, $_ := .Values.podLabels -}}
{{- if has $key (list "app.kubernetes.io/name" "app.kubernetes.io/instance") -}}
{{- printf "podLabels must not set %s: the Services find the pods by it" $key | println -}}
{{- end -}}
{{- end -}}
{{- range $key, $_ := .Values.podAnnotations -}}
{{- if hasPrefix "checksum/" $key -}}
{{- printf "podAnnotations must not set %s: the chart does" $key | println -}}
{{- end -}}
{{- end -}}
{{- range $key, $_ := .Values.commonLabels -}}
{{- if has $key (list "helm.sh/chart" "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/version" "app.kubernetes.io/component" "app.kubernetes.io/managed-by") -}}
{{- printf "commonLabels must not set %s: the chart does" $key | println -}}
{{- end -}}
{{- end -}}
{{- range $key, $_ := .Values.commonAnnotations -}}
{{- if or (hasPrefix "helm.sh/hook" $key) (hasPrefix "meta.helm.sh/" $key) -}}
{{- printf "commonAnnotations must not set %s: Helm would no longer treat the objects as this release's" $key | println -}}
{{- end -}}
{{- end -}}
{{- $own := dict "initContainers" (list "redis" "metrics") "extraContainers" (list "redis" "metrics") -}}
{{- $_ := set $own "extraVolumes" (list "auth" "config" "data" "run" "scripts") -}}
{{- $_ := set $own "extraEnv" (list "POD_IP" "POD_NAME" "REDISCLI_AUTH" "REDIS_DOMAIN" "REDIS_MASTER_ORDINAL" "REDIS_MODE" "REDIS_PASSWORD_FILE" "REDIS_PODS" "REDIS_PORT" "REDIS_SECRET" "REDIS_STOP_SECONDS") -}}
{{- range $path, $names := $own -}}
{{- /* chartwright:unreachable-else it has just been filled */ -}}
{{- range $index, $item := index $.Values $path -}}
{{- $name := toString $item.name -}}
{{- if has $name $names -}}
{{- printf "%s[%d].name: found %q, allowed is another one: the chart has its own" $path $index $name | println -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
