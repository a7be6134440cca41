# shellcheck shell=sh disable=SC2154,SC2034 # facts and parameters are set by the script
# Who is master, who follows whom, and how the role goes from one pod to another without a write that is lost after it was
# acknowledged by the new master.

# host_of POD: the name by which other pods know it.
host_of() { echo "$1.$headless.$namespace.svc.$cluster_domain"; }

# pod_of HOST: the pod of such a name; empty for an address that is none of ours.
pod_of() {
  for own in $names; do
    case $1 in "$own" | "$own".*) echo "$own" ;; esac
  done
}

# bytes NAME INFO: a number of INFO, 0 where it is not there.
bytes() { number "$(field "$1" "$2")"; }

# survey: asks every pod. Sets names, masters, replicas (with a link), silent (pods that do not answer), and a line for
# each to read.
survey() {
  names=$(pod_names)
  masters=
  replicas=
  broken=
  silent=
  for name in $names; do
    info=$(try_redis "$name" info replication)
    if dry; then
      if [ "$name" = "$declared_master" ]; then info=role:master; else info=$(printf 'role:slave\nmaster_link_status:up'); fi
    fi
    case $(field role "$info") in
      master)
        masters="${masters:+$masters }$name"
        note "$name: master, offset $(bytes master_repl_offset "$info"), $(bytes connected_slaves "$info") replicas"
        ;;
      slave)
        if [ "$(field master_link_status "$info")" = up ]; then
          replicas="${replicas:+$replicas }$name"
        else
          broken="${broken:+$broken }$name"
        fi
        note "$name: replica of $(field master_host "$info"), link $(field master_link_status "$info"), offset" \
          "$(bytes slave_repl_offset "$info"), heard $(field master_last_io_seconds_ago "$info") s ago"
        ;;
      *)
        silent="${silent:+$silent }$name"
        note "$name: does not answer"
        ;;
    esac
  done
}

# offset_of POD: how much of the history of writes it has; empty when it does not answer.
offset_of() (
  info=$(try_redis "$1" info replication)
  case $(field role "$info") in
    master) field master_repl_offset "$info" ;;
    slave) field slave_repl_offset "$info" ;;
  esac
)

# furthest POD…: the pod with most of the history.
furthest() (
  best=
  most=-1
  for candidate; do
    has=$(number "$(offset_of "$candidate")")
    if [ "$has" -gt "$most" ]; then
      most=$has
      best=$candidate
    fi
  done
  echo "$best"
)

# ordinal_of POD
ordinal_of() { echo "${1##*-}"; }

# is_at_least MAJOR MINOR VERSION
is_at_least() (
  major=$(number "${3%%.*}")
  rest=${3#*.}
  minor=$(number "${rest%%.*}")
  [ "$major" -gt "$1" ] || { [ "$major" -eq "$1" ] && [ "$minor" -ge "$2" ]; }
)

# stop_writes POD: its clients are refused from now on (NOREPLICAS), reads go on; no time limit runs out. Undone by
# allow_writes, or by the next start.
stop_writes() {
  stopped_before=$(config_get "$1" min-replicas-to-write 0)
  # Left behind by a try before this one.
  [ "$stopped_before" != 1000 ] || stopped_before=0
  reply=$(redis "$1" config set min-replicas-to-write 1000)
  dry || [ "$reply" = OK ] || die "$1 does not let its writes be stopped: $reply"
}

allow_writes() { redis "$1" config set min-replicas-to-write "$(number "${stopped_before:-0}")" > /dev/null; }

# caught_up FROM TO: TO has all that FROM wrote. A master sends a sign of life into the history now and then, so both are
# asked until they say the same.
caught_up() {
  sent=$(offset_of "$1")
  got=$(offset_of "$2")
  [ -n "$sent" ] && [ "$sent" = "$got" ]
}

# is_role POD ROLE
is_role() { [ "$(field role "$(try_redis "$1" info replication)")" = "$2" ]; }

# follows POD MASTER: it is a replica of that pod, with a link.
follows() {
  info=$(try_redis "$1" info replication)
  [ "$(field role "$info")" = slave ] && [ "$(field master_link_status "$info")" = up ] &&
    [ "$(pod_of "$(field master_host "$info")")" = "$2" ]
}

# point POD MASTER: lets it follow.
point() {
  reply=$(redis "$1" replicaof "$(host_of "$2")" "$port")
  case $reply in OK*) ;; *) dry || die "$1 does not follow $2: $reply" ;; esac
}

# point_others MASTER: every other pod that answers follows it, with a link.
point_others() {
  for name in $names; do
    case " $silent $1 " in *" $name "*) continue ;; esac
    if ! dry && follows "$name" "$1"; then continue; fi
    point "$name" "$1"
  done
  for name in $names; do
    case " $silent $1 " in *" $name "*) continue ;; esac
    wait_until "${link_seconds:-600}" "the link of $name to $1" follows "$name" "$1"
    good "$name follows $1"
  done
  for name in $silent; do
    finding "$name did not answer: when it is back it must follow $1; it does by itself once the values name $1"
  done
}

# select_pod SERVICE POD: the Service leads to that pod from now on. In helm's name: another's field would refuse the next
# upgrade.
select_pod() {
  kube patch service "$1" --field-manager=helm --type=merge \
    -p "{\"spec\":{\"selector\":{\"statefulset.kubernetes.io/pod-name\":\"$2\"}}}" > /dev/null
}

# lead_services POD: the Services for writes lead to it, and those of single replicas not.
lead_services() {
  services=$(kube get service -l "app.kubernetes.io/instance=$release" -o 'jsonpath={.items[*].metadata.name}')
  if dry; then services="$service $fullname-master"; fi
  for one in $services; do
    case $one in
      "$service" | "$fullname-master") select_pod "$one" "$1" ;;
      # The chart gives the number that became master to pod 0.
      "$fullname-read-$(ordinal_of "$1")") select_pod "$one" "$fullname-0" ;;
      "$fullname-read-"*[0-9]) select_pod "$one" "$fullname-${one##*-}" ;;
    esac
  done
  good "the Services for writes lead to $1"
}

# helm_line POD: what makes the values say so too.
helm_line() {
  echo "helm upgrade $release ${chart:-CHART} -n $namespace --reset-then-reuse-values --set replication.masterOrdinal=$(ordinal_of "$1") --wait --timeout 15m"
}

# declare_master POD: with --chart the release is upgraded; else the command is told, as what is left to do.
declare_master() {
  if [ "$1" = "$declared_master" ]; then
    good "the values declare $1 already"
  elif [ -n "$chart" ]; then
    run_helm upgrade "$release" "$chart" -n "$namespace" --reset-then-reuse-values \
      --set "replication.masterOrdinal=$(ordinal_of "$1")" --wait --timeout 15m
    good "the values declare $1"
  else
    note "left to do, so that it stays when pods restart, and before the next upgrade of the release:"
    note "  $(helm_line "$1")"
  fi
}

# run_helm WORD…
run_helm() { call "${HELM:-helm}" "$@"; }

# check_writes MASTER: a key of our own, written there and read from every pod that answers.
check_writes() {
  check_value=$$
  if dry; then check_value=1; fi
  reply=$(redis "$1" set chartwright:check "$check_value" ex 60)
  case $reply in OK*) ;; *) dry || die "$1 cannot be written to: $reply" ;; esac
  for name in $names; do
    case " $silent " in *" $name "*) continue ;; esac
    wait_until 30 "the key on $name" has_check "$name"
  done
  good "what is written to $1 arrives at every pod that answers"
}

has_check() { [ "$(try_redis "$1" get chartwright:check)" = "$check_value" ]; }

# feed_redis POD WORD…: as `redis`, with standard input for redis-cli.
feed_redis() {
  fed=$1
  shift
  feed_pod "$fed" sh -c "$redis_cli" redis-cli "$@" | tr -d '\r'
}

# takes POD PASSWORD: whether its server does. The password travels by standard input.
takes() {
  # shellcheck disable=SC2016 # for the shell in the pod
  reply=$(printf %s "$2" | feed_pod "$1" sh -c 'REDISCLI_AUTH=$(cat); export REDISCLI_AUTH; exec redis-cli -p "${REDIS_PORT:-6379}" --no-auth-warning ping' 2>&1) || true
  case $reply in *PONG*) ! printf '%s' "$reply" | grep -q -e WRONGPASS -e 'AUTH failed' ;; *) false ;; esac
}

# patch_secret < PATCH: by standard input, so that it is on no command line.
patch_secret() {
  if dry; then cat > /dev/null; fi
  kube patch secret "$secret" --type=merge --patch-file=/dev/stdin > /dev/null
}

# secret_value: the password in the Secret, for a pipe or a variable; with --dry-run there is none.
secret_value() { kube get secret "$secret" -o "go-template={{index .data \"$secret_key\" | base64decode}}"; }
