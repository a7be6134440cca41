{{/*
redis.lookUp: notes in the root context, as redisLive, the spec of the StatefulSet that an upgrade changes. Empty for an
install, and wherever templates render without a cluster (`helm template`, GitOps). Takes the root context.
*/}}
{{- define "redis.lookUp" -}}
{{- $live := dict -}}
{{- if .Release.IsUpgrade -}}
{{- $live = lookup "apps/v1" "StatefulSet" .Release.Namespace (include "redis.fullname" .) | dig "spec" dict -}}
{{- end -}}
{{- $_ := set . "redisLive" $live -}}
{{- end -}}

{{/*
redis.podManagementPolicy: what the values say, else what the StatefulSet in the cluster has, because that cannot change,
else Parallel. Takes the root context.
*/}}
{{- define "redis.podManagementPolicy" -}}
{{- .Values.podManagementPolicy | default .redisLive.podManagementPolicy | default "Parallel" -}}
{{- end -}}

{{/*
redis.scaledPods: under the autoscaler, the pods that it left in the cluster, within its bounds; empty without a cluster.
A StatefulSet whose manifest loses its number of pods would start again at one. Takes the root context.
*/}}
{{- define "redis.scaledPods" -}}
{{- if .redisLive -}}
{{- max (int .Values.autoscaling.minReplicas) (min (int .redisLive.replicas) (int .Values.autoscaling.maxReplicas)) -}}
{{- end -}}
{{- end -}}

{{/*
redis.claim: the spec of the claims that the StatefulSet makes; empty when it makes none. Takes the root context.
*/}}
{{- define "redis.claim" -}}
{{- $persistence := .Values.persistence -}}
{{- if and $persistence.enabled (not $persistence.existingClaim) -}}
accessModes:
  - {{ $persistence.accessMode }}
{{- with $persistence.storageClass }}
storageClassName: {{ eq . "-" | ternary "" . | quote }}
{{- end }}
resources:
  requests:
    storage: {{ $persistence.size }}
{{- end -}}
{{- end -}}

{{/*
redis.liveProblems: a line with what Kubernetes lets no StatefulSet change and these values would, and the way out. Only
where there is a cluster to ask. Takes the root context.
*/}}
{{- define "redis.liveProblems" -}}
{{- $live := .redisLive -}}
{{- if $live -}}
{{- $name := include "redis.fullname" . -}}
{{- $labels := include "redis.selectorLabels" . | fromYaml | toJson -}}
{{- $changes := list -}}
{{- $policy := include "redis.podManagementPolicy" . -}}
{{- if ne $policy $live.podManagementPolicy -}}
{{- $changes = append $changes (printf "podManagementPolicy (from %s to %s)" $live.podManagementPolicy $policy) -}}
{{- end -}}
{{- if ne (printf "%s-headless" $name) (default "" $live.serviceName) -}}
{{- $changes = append $changes (printf "serviceName (from %q to \"%s-headless\")" (default "" $live.serviceName) $name) -}}
{{- end -}}
{{- if ne $labels (toJson $live.selector.matchLabels) -}}
{{- $changes = append $changes "selector" -}}
{{- end -}}
{{- $claim := include "redis.claim" . | fromYaml -}}
{{- $found := default list $live.volumeClaimTemplates -}}
{{- if ne (len $found) (empty $claim | ternary 0 1) -}}
{{- $changes = append $changes "persistence.enabled or persistence.existingClaim" -}}
{{- else if $claim -}}
{{- $old := first $found -}}
{{- $size := toString $old.spec.resources.requests.storage -}}
{{- if ne (include "redis.quantity" $size) (include "redis.quantity" $claim.resources.requests.storage) -}}
{{- $changes = append $changes (printf "persistence.size (from %s to %s)" $size $claim.resources.requests.storage) -}}
{{- end -}}
{{- if ne (toJson $old.spec.accessModes) (toJson $claim.accessModes) -}}
{{- $changes = append $changes (printf "persistence.accessMode (from %s to %s)" (first $old.spec.accessModes) (first $claim.accessModes)) -}}
{{- end -}}
{{- if ne (get $old.spec "storageClassName" | toJson) (get $claim "storageClassName" | toJson) -}}
{{- $changes = append $changes "persistence.storageClass" -}}
{{- end -}}
{{- if ne $labels (dig "metadata" "labels" dict $old | toJson) -}}
{{- $changes = append $changes "the labels of its claims" -}}
{{- end -}}
{{- end -}}
{{- if $changes -}}
{{- printf "StatefulSet %s: Kubernetes lets it not change %s. Keep the old value, or take the StatefulSet away and leave its pods and claims (`kubectl -n %s delete statefulset %s --cascade=orphan`), then upgrade again; the chart's README says how a claim grows." $name (join ", " $changes) .Release.Namespace $name | println -}}
{{- end -}}
{{- end -}}
{{- end -}}
