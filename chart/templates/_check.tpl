{{/*
redis.found: a value as a message shows it: short, on one line, and telling "5" from 5. Takes the value.
*/}}
{{- define "redis.found" -}}
{{- if or (kindIs "map" .) (kindIs "slice" .) -}}
{{- printf "%s (%s)" (toRawJson . | trunc 60) (kindIs "map" . | ternary "a map" "a list") -}}
{{- else -}}
{{- toRawJson . | trunc 60 -}}
{{- end -}}
{{- end -}}

{{/*
redis.problem: one line about one value. Takes a list: its path, what was found, and what is allowed.
*/}}
{{- define "redis.problem" -}}
{{- printf "%s: found %s, allowed is %s" (index . 0) (include "redis.found" (index . 1)) (index . 2) | println -}}
{{- end -}}

{{/*
redis.isWhole: `true` for a number without a fraction. Takes the value.
*/}}
{{- define "redis.isWhole" -}}
{{- if has (kindOf .) (list "int" "int64" "float64") -}}
{{- if eq (float64 .) (floor .) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.wrongKind: a line when a value is of another YAML kind than its type needs. Takes a list: path, value, type.
*/}}
{{- define "redis.wrongKind" -}}
{{- $path := index . 0 -}}
{{- $value := index . 1 -}}
{{- $type := index . 2 -}}
{{- if eq $type "secret" -}}
{{- if not (kindIs "string" $value) -}}
{{- printf "%s: found a %s, allowed is a string: write it in quotes, or use --set-string" $path (has (kindOf $value) (list "int" "int64" "float64") | ternary "number" (kindOf $value)) | println -}}
{{- end -}}
{{- else if eq $type "bool" -}}
{{- if not (kindIs "bool" $value) -}}
{{- include "redis.problem" (list $path $value "true or false") -}}
{{- end -}}
{{- else if eq $type "whole" -}}
{{- if not (include "redis.isWhole" $value) -}}
{{- include "redis.problem" (list $path $value "a whole number") -}}
{{- end -}}
{{- else if has $type (list "map" "labels" "annotations" "resources" "probe") -}}
{{- if not (kindIs "map" $value) -}}
{{- include "redis.problem" (list $path $value "a map") -}}
{{- end -}}
{{- else if has $type (list "maps" "env") -}}
{{- if not (kindIs "slice" $value) -}}
{{- include "redis.problem" (list $path $value "a list of maps") -}}
{{- else -}}
{{- range $index, $item := $value -}}
{{- if not (kindIs "map" $item) -}}
{{- include "redis.problem" (list (printf "%s[%d]" $path $index) $item "a map") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- else if eq $type "strings" -}}
{{- if not (kindIs "slice" $value) -}}
{{- include "redis.problem" (list $path $value "a list of strings") -}}
{{- else -}}
{{- range $index, $item := $value -}}
{{- /* chartwright:unreachable-else an empty list is the default of each of these values, which is not looked at */ -}}
{{- if not (kindIs "string" $item) -}}
{{- include "redis.problem" (list (printf "%s[%d]" $path $index) $item "a string: write it in quotes") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- else if eq $type "scalar" -}}
{{- if or (kindIs "map" $value) (kindIs "slice" $value) -}}
{{- include "redis.problem" (list $path $value "a text or a number") -}}
{{- end -}}
{{- else if eq $type "share" -}}
{{- if not (or (kindIs "string" $value) (include "redis.isWhole" $value)) -}}
{{- include "redis.problem" (list $path $value "a whole number, or a percentage such as \"50%\"") -}}
{{- end -}}
{{- else if eq $type "size" -}}
{{- if not (kindIs "string" $value) -}}
{{- include "redis.problem" (list $path $value "a quantity with its unit, such as 8Gi") -}}
{{- end -}}
{{- else if not (kindIs "string" $value) -}}
{{- include "redis.problem" (list $path $value "a string: write it in quotes, or use --set-string") -}}
{{- end -}}
{{- end -}}

{{/*
redis.patterns: the types that are texts of a form: what the text must match, and how a message calls it. All but the
ones marked `needed` may be empty. Takes nothing.
*/}}
{{- define "redis.patterns" -}}
name:
  match: ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$
  most: 253
  says: a DNS name of lower-case letters, digits, `-` and `.`
class:
  match: ^(-|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)$
  most: 253
  says: "the name of a StorageClass, `-` for none, or empty for the cluster's default"
service:
  match: ^[a-z]([-a-z0-9]*[a-z0-9])?$
  most: 63
  says: a name of lower-case letters, digits and `-` that begins with a letter, because Services are called by it
label:
  match: ^[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?$
  most: 63
  says: at most 63 letters, digits, `-`, `_` and `.`, because labels hold it
key:
  match: ^[-._A-Za-z0-9]+$
  most: 253
  says: a Secret's key of letters, digits, `-`, `_` and `.`
repository:
  match: ^([a-z0-9][-._a-z0-9]*(:[0-9]+)?/)?[a-z0-9][-._a-z0-9]*(/[a-z0-9][-._a-z0-9]*)*$
  most: 255
  needed: true
  says: the name of an image in lower case, without tag or digest
tag:
  match: ^[A-Za-z0-9_][-.A-Za-z0-9_]*$
  most: 128
  says: the tag of an image
digest:
  match: ^sha256:[0-9a-f]{64}$
  most: 71
  says: "`sha256:` and 64 hexadecimal digits"
duration:
  match: ^([0-9]+(ms|[ywdhms]))+$
  most: 30
  needed: true
  says: a duration such as 30s or 1m
path:
  match: ^/[-._~/A-Za-z0-9]*$
  most: 255
  needed: true
  says: a path that begins with `/`
{{- end -}}

{{/*
redis.check: a line for each thing that is wrong with a value of the right kind. Takes a list: path, value, type, the
type's arguments, and the patterns.
*/}}
{{- define "redis.check" -}}
{{- $path := index . 0 -}}
{{- $value := index . 1 -}}
{{- $type := index . 2 -}}
{{- $args := index . 3 -}}
{{- $pattern := index (index . 4) $type -}}
{{- if $pattern -}}
{{- if and (empty $value) (or (not $pattern.needed) (has "or-empty" $args)) -}}
{{- else if or (gt (len $value) (int $pattern.most)) (not (regexMatch $pattern.match $value)) -}}
{{- include "redis.problem" (list $path $value $pattern.says) -}}
{{- end -}}
{{- else if eq $type "one" -}}
{{- if not (or (has $value (without $args "or-empty")) (and (empty $value) (has "or-empty" $args))) -}}
{{- include "redis.problem" (list $path $value (printf "one of %s" (without $args "or-empty" | join ", "))) -}}
{{- end -}}
{{- else if and (eq $type "whole") $args -}}
{{- if or (lt (float64 $value) (float64 (first $args))) (gt (float64 $value) (float64 (last $args))) -}}
{{- include "redis.problem" (list $path $value (printf "a whole number from %s to %s" (first $args) (last $args))) -}}
{{- end -}}
{{- else if eq $type "secret" -}}
{{- if contains "\x00" $value -}}
{{- printf "%s: it has a NUL character, which redis.conf cannot hold" $path | println -}}
{{- else if not (trimAll "\r\n" $value) -}}
{{- printf "%s: it is nothing but line ends" $path | println -}}
{{- end -}}
{{- else if eq $type "size" -}}
{{- if not (include "redis.quantity" $value) -}}
{{- include "redis.problem" (list $path $value "a quantity such as 8Gi or 500M") -}}
{{- else if lt (include "redis.quantity" $value | float64) 1048576.0 -}}
{{- include "redis.problem" (list $path $value "a quantity with its unit, such as 8Gi: this is less than 1Mi") -}}
{{- end -}}
{{- else if eq $type "share" -}}
{{- if kindIs "string" $value -}}
{{- if not (regexMatch "^(([0-9]|[1-9][0-9]|100)%)?$" $value) -}}
{{- include "redis.problem" (list $path $value "a whole number, or a percentage such as \"50%\"") -}}
{{- end -}}
{{- else if lt (int $value) 0 -}}
{{- include "redis.problem" (list $path $value "a whole number from 0") -}}
{{- end -}}
{{- else if eq $type "resources" -}}
{{- include "redis.check.resources" (list $path $value) -}}
{{- else if eq $type "probe" -}}
{{- include "redis.check.probe" (list $path $value) -}}
{{- else if has $type (list "labels" "annotations") -}}
{{- include "redis.check.strings" (list $path $value $type) -}}
{{- else if eq $type "env" -}}
{{- include "redis.check.env" (list $path $value) -}}
{{- end -}}
{{- end -}}

{{/*
redis.quantity: the number that a quantity stands for, in units of one; empty when it is none. Takes the quantity as a
text.
*/}}
{{- define "redis.quantity" -}}
{{- if regexMatch "^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?[0-9]{1,2})?$" . -}}
{{- $number := regexFind "^[+-]?[0-9.]+([eE][+-]?[0-9]+)?" . -}}
{{- $unit := trimPrefix $number . -}}
{{- $factors := dict "" 1.0 "n" 0.000000001 "u" 0.000001 "m" 0.001 "k" 1000.0 "M" 1000000.0 "G" 1000000000.0 "T" 1000000000000.0 "P" 1000000000000000.0 "E" 1000000000000000000.0 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 "Pi" 1125899906842624.0 "Ei" 1152921504606846976.0 -}}
{{- mulf (float64 $number) (index $factors $unit) | printf "%.9f" -}}
{{- end -}}
{{- end -}}

{{/*
redis.check.resources: a line for each amount that is no quantity, and for each limit below its request. Takes a list:
path and value.
*/}}
{{- define "redis.check.resources" -}}
{{- $path := index . 0 -}}
{{- $value := index . 1 -}}
{{- range $part := list "requests" "limits" -}}
{{- $amounts := index $value $part -}}
{{- if and $amounts (not (kindIs "map" $amounts)) -}}
{{- include "redis.problem" (list (printf "%s.%s" $path $part) $amounts "a map") -}}
{{- else -}}
{{- range $name, $amount := $amounts -}}
{{- if not (include "redis.quantity" (toString $amount)) -}}
{{- include "redis.problem" (list (printf "%s.%s.%s" $path $part $name) $amount (eq $name "cpu" | ternary "a quantity such as 500m or 2" "a quantity such as 512Mi")) -}}
{{- else if and (eq $name "memory") (lt (include "redis.quantity" (toString $amount) | float64) 1048576.0) -}}
{{- include "redis.problem" (list (printf "%s.%s.%s" $path $part $name) $amount "a quantity with its unit, such as 512Mi: this is less than 1Mi") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (kindIs "map" $value.requests) (kindIs "map" $value.limits) -}}
{{- range $name, $request := $value.requests -}}
{{- $limit := index $value.limits $name -}}
{{- if not (kindIs "invalid" $limit) -}}
{{- $most := include "redis.quantity" (toString $limit) -}}
{{- $least := include "redis.quantity" (toString $request) -}}
{{- if and $most $least (lt (float64 $most) (float64 $least)) -}}
{{- include "redis.problem" (list (printf "%s.limits.%s" $path $name) $limit (printf "at least the request, %v" $request)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.check.probe: a line for two handlers in one probe, and for a successThreshold that Kubernetes refuses. Takes a
list: path and value.
*/}}
{{- define "redis.check.probe" -}}
{{- $path := index . 0 -}}
{{- $value := index . 1 -}}
{{- $handlers := list -}}
{{- range list "exec" "grpc" "httpGet" "tcpSocket" -}}
{{- if hasKey $value . -}}
{{- $handlers = append $handlers . -}}
{{- end -}}
{{- end -}}
{{- if gt (len $handlers) 1 -}}
{{- printf "%s: found %s, allowed is one handler" $path (join " and " $handlers) | println -}}
{{- end -}}
{{- if and (ne $path "readinessProbe") (hasKey $value "successThreshold") -}}
{{- if ne (toString $value.successThreshold) "1" -}}
{{- include "redis.problem" (list (printf "%s.successThreshold" $path) $value.successThreshold "1, except for readinessProbe") -}}
{{- end -}}
{{- end -}}
{{- range list "initialDelaySeconds" "periodSeconds" "timeoutSeconds" "failureThreshold" "successThreshold" "terminationGracePeriodSeconds" -}}
{{- if hasKey $value . -}}
{{- $number := index $value . -}}
{{- $least := eq . "initialDelaySeconds" | ternary 0 1 -}}
{{- if not (include "redis.isWhole" $number) -}}
{{- include "redis.problem" (list (printf "%s.%s" $path .) $number "a whole number") -}}
{{- else if lt (int $number) $least -}}
{{- include "redis.problem" (list (printf "%s.%s" $path .) $number (printf "a whole number from %d" $least)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.check.strings: a line for each label or annotation whose key or value Kubernetes refuses. Takes a list: path,
value, and `labels` or `annotations`.
*/}}
{{- define "redis.check.strings" -}}
{{- $path := index . 0 -}}
{{- $labels := eq (index . 2) "labels" -}}
{{- range $key, $text := index . 1 -}}
{{- $place := printf "%s.%s" $path $key -}}
{{- if not (regexMatch "^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$" $key) -}}
{{- printf "%s: allowed as a key are at most 63 letters, digits, `-`, `_` and `.`, after an optional domain and `/`" $place | println -}}
{{- end -}}
{{- if not (kindIs "string" $text) -}}
{{- include "redis.problem" (list $place $text "a string: write it in quotes") -}}
{{- else if and $labels (not (regexMatch "^([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$" $text)) -}}
{{- include "redis.problem" (list $place $text "at most 63 letters, digits, `-`, `_` and `.`") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
redis.check.env: a line for each environment variable without a name, with a value that is no string, or that is there
twice. Takes a list: path and value, a list of maps.
*/}}
{{- define "redis.check.env" -}}
{{- $path := index . 0 -}}
{{- $seen := dict -}}
{{- range $index, $variable := index . 1 -}}
{{- $place := printf "%s[%d]" $path $index -}}
{{- if not (and (kindIs "string" $variable.name) $variable.name) -}}
{{- include "redis.problem" (list (printf "%s.name" $place) $variable.name "the name of a variable") -}}
{{- else if hasKey $seen $variable.name -}}
{{- printf "%s.name: found %q twice, allowed is once" $place $variable.name | println -}}
{{- else -}}
{{- $_ := set $seen $variable.name true -}}
{{- end -}}
{{- if and (hasKey $variable "value") (not (kindIs "string" $variable.value)) -}}
{{- include "redis.problem" (list (printf "%s.value" $place) $variable.value "a string: write it in quotes") -}}
{{- end -}}
{{- end -}}
{{- end -}}
