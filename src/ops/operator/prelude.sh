# shellcheck shell=sh disable=SC2154,SC2034 # the head of the script says what is known of the cluster
# What the operator's procedures stand on. POSIX sh.
#   kube WORD…          kubectl; ours WORD…: in the RedisCluster's namespace; theirs WORD…: in the operator's
#   rc JSONPATH         a field of the RedisCluster
#   redis POD WORD…     the reply of that pod's server, asked with the password that the pod has
#   save_state WHEN     clusters, pods, primaries and events into files of $dir that end in -WHEN
#   wait_healthy        until the cluster is Healthy with all instances, or says why not
#   note, good, finding what is worth knowing, what is well, what is not (then the script leaves with 1)
#   die TEXT…           ends the script with 2
#   dry                 whether nothing may be done: with --dry-run, words are printed and nothing runs

# Results go to standard output, progress to standard error.
exec 3>&1
kubectl=${KUBECTL:-kubectl}
helm=${HELM:-helm}
dry_run=no
findings=0
context=

say() { printf '%s\n' "$*" >&2; }
note() { dry || printf '%s\n' "$*"; }
good() { note "ok: $*"; }
finding() { dry || { findings=$((findings + 1)); printf 'BAD: %s\n' "$*"; }; }
dry() { [ "$dry_run" = yes ]; }
die() {
  dry && return 0
  say "$*"
  exit 2
}

quoted() {
  case $1 in
    '' | *[!A-Za-z0-9@%+=:,./_-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$1" ;;
  esac
}

call() {
  if dry; then
    (
      line=$(quoted "$1")
      shift
      for word; do line="$line $(quoted "$word")"; done
      printf '%s\n' "$line" >&3
    )
  else
    "$@"
  fi
}

kube() { call "$kubectl" ${context:+--context "$context"} "$@"; }
ours() { kube -n "$namespace" "$@"; }
theirs() { kube -n "$operator_namespace" "$@"; }
rc() { ours get redisclusters.redis.io "$cluster" -o "jsonpath={$1}"; }

# What runs redis-cli in a pod of the operator: the password is a file there, and reaches redis-cli in its environment. On
# a command line everybody could read it, and without it the server answers NOAUTH.
# shellcheck disable=SC2016 # for the shell in the pod
redis_cli='secret=$1
shift
REDISCLI_AUTH=$(cat "/projected/$secret/password") && export REDISCLI_AUTH
if [ -r /tls/ca.crt ]; then
  exec redis-cli --tls --cacert /tls/ca.crt --cert /tls/tls.crt --key /tls/tls.key "$@"
fi
exec redis-cli "$@"'

redis() {
  redis_pod=$1
  shift
  redis_reply=$(ours exec "$redis_pod" -c redis -- sh -c "$redis_cli" redis-cli "$auth_secret" "$@" < /dev/null) ||
    die "$redis_pod: redis-cli could not be run"
  case $redis_reply in
    NOAUTH* | WRONGPASS* | NOPERM* | ERR* | LOADING* | 'Could not connect'*) die "$redis_pod: \`$1\` was answered with: $redis_reply" ;;
  esac
  dry || printf '%s\n' "$redis_reply" | tr -d '\r'
}

# The Secret with the password: the operator writes its name into the object.
find_secret() {
  found=$(rc .spec.authSecret.name)
  auth_secret=${found:-$cluster-auth}
}

# write FILE COMMAND…: what the command prints. A command that fails leaves no file.
write() {
  write_to=$1
  shift
  if dry; then
    "$@"
    return 0
  fi
  "$@" > "$write_to.part" || {
    rm -f "$write_to.part"
    die "$write_to was not written"
  }
  mv "$write_to.part" "$write_to"
}

save_state() {
  dry || mkdir -p "$dir"
  write "$dir/clusters-$1.txt" kube get redisclusters.redis.io -A -o wide
  write "$dir/pods-$1.txt" kube get pods -A -l redis.io/cluster -o wide
  write "$dir/primaries-$1.txt" kube get redisclusters.redis.io -A -o \
    'jsonpath={range .items[*]}{.metadata.namespace}{"\t"}{.metadata.name}{"\t"}{.status.currentPrimary}{"\n"}{end}'
  write "$dir/events-$1.txt" kube get events -A --field-selector involvedObject.kind=RedisCluster \
    --sort-by=.lastTimestamp
  note "$dir: clusters, pods, primaries and events, $1"
}

# is_healthy: the phase, and all instances; in cluster mode the phase alone tells.
is_healthy() {
  phase=$(rc .status.phase)
  wanted=$(rc .spec.instances)
  ready=$(rc .status.readyInstances)
  [ "$phase" = Healthy ] && [ "${ready:-0}" -ge "${wanted:-0}" ]
}

wait_healthy() {
  if dry; then
    is_healthy || true
    return 0
  fi
  waited=0
  until is_healthy; do
    if [ "$(rc '.status.conditions[?(@.type=="PrimaryUpdateWaiting")].status')" = True ]; then
      approve_primary
    fi
    if [ "$waited" -ge "$timeout" ]; then
      die "$cluster is \`$phase\` with ${ready:-0} of ${wanted:-0} instances after $timeout s: describe it, look for a pod that finds" \
        "no node and at the events of the namespace"
    fi
    sleep 5
    waited=$((waited + 5))
  done
  good "$cluster is Healthy with ${ready:-0} instances"
}

# The webhook takes "true" and nothing else. The operator takes the annotation away when it has seen it.
approve_primary() {
  if [ "$approve" = yes ]; then
    ours annotate redisclusters.redis.io "$cluster" redis.io/approve-primary-update=true --overwrite
  else
    die "$cluster waits for approval. When its replicas are well:" \
      "$kubectl -n $namespace annotate redisclusters.redis.io $cluster redis.io/approve-primary-update=true --overwrite"
  fi
}

# Waits until a pod has another uid, or all of them another hash than before: else the old state would pass for the new.
wait_started() {
  dry && return 0
  waited=0
  while [ "$(ours get pods -l "redis.io/cluster=$cluster,redis.io/workload=data" -o 'jsonpath={.items[*].metadata.uid}')" = "$1" ]; do
    if [ "$waited" -ge "$patience" ]; then
      note "no pod of $cluster was replaced within $patience s: nothing in its hash has changed"
      return 0
    fi
    sleep 5
    waited=$((waited + 5))
  done
}

data_pods() {
  if dry; then
    ours get pods -l "redis.io/cluster=$cluster,redis.io/workload=data" -o 'jsonpath={.items[*].metadata.name}' >&3
    printf '%s\n' "$cluster-0"
  else
    ours get pods -l "redis.io/cluster=$cluster,redis.io/workload=data" -o 'jsonpath={.items[*].metadata.name}' | tr ' ' '\n'
  fi
}

backup() {
  if [ -z "$bucket" ]; then
    note "no --bucket: no backup is made"
    return 0
  fi
  backup_name=$1-$(date -u +%Y%m%d%H%M%S)
  manifest="apiVersion: redis.io/v1
kind: RedisBackup
metadata: {name: \"$backup_name\"}
spec:
  clusterName: \"$cluster\"
  target: prefer-replica
  method: rdb
  destination:
    s3: {bucket: \"$bucket\", path: \"$path\", region: \"$region\"}"
  if dry; then
    ours apply -f -
    printf '%s\n' "$manifest" | sed 's/^/  | /' >&3
    return 0
  fi
  printf '%s\n' "$manifest" | ours apply -f -
  waited=0
  while :; do
    state=$(ours get redisbackups.redis.io "$backup_name" -o 'jsonpath={.status.phase}')
    case $state in
      Completed) break ;;
      Failed) die "backup $backup_name failed: $(ours get redisbackups.redis.io "$backup_name" -o 'jsonpath={.status.error}')" ;;
    esac
    [ "$waited" -lt "$timeout" ] || die "backup $backup_name is \`${state:-Pending}\` after $timeout s: it is no backup yet"
    sleep 5
    waited=$((waited + 5))
  done
  good "backup $backup_name is Completed: $(ours get redisbackups.redis.io "$backup_name" -o 'jsonpath={.status.backupPath}')"
}

compare_states() {
  if dry; then
    note "compare"
    return 0
  fi
  if command -v chartwright > /dev/null; then
    chartwright ops operator compare "$dir" "$dir" || findings=$((findings + 1))
  else
    note "what changed (\`chartwright ops operator compare $dir $dir\` would tell what of it is bad):"
    diff "$dir/pods-before.txt" "$dir/pods-after.txt" || true
  fi
}

start() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help) usage; exit 0 ;;
      --dry-run) dry_run=yes ;;
      --*)
        start_name=$(printf '%s' "${1#--}" | tr - _)
        case " $parameters dir timeout cluster namespace context operator_namespace operator_release " in
          *" $start_name "*) ;;
          *) die "found \`$1\`, expected one of the parameters that --help lists" ;;
        esac
        [ $# -gt 1 ] || die "expected a value behind \`$1\`"
        # The name is one of a list, so nothing else is evaluated.
        eval "$start_name=\$2"
        shift
        ;;
      *) die "found \`$1\`, expected parameters that begin with --" ;;
    esac
    shift
  done
}

# failed STATUS: what ended a step said why; where that was a command of kubectl, in its own words.
failed() {
  [ "$1" -ne 0 ] || return 0
  say "failed: $step_state. Next: $step_next"
  exit 2
}

# step NUMBER TITLE STATE NEXT: runs it; where it fails, says what state things are in and how to go on.
step() {
  say "step $1: $2"
  step_state=$3
  step_next=$4
  trap 'failed $?' EXIT
  "step_$1"
}

finish() {
  trap - EXIT
  [ "$findings" -eq 0 ] || exit 1
}
