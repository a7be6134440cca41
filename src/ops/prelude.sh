# shellcheck shell=sh disable=SC2154,SC2034 # the head of the script says what is known of the release
# What every procedure stands on: steps that say what state things are in when they fail, kubectl with the release's
# namespace, redis-cli in a pod with the password that the container has. POSIX sh.
#
# A word of the language of steps:
#   kube WORD…              kubectl in the release's namespace
#   in_pod POD COMMAND…     a command in the container of Redis; feed_pod: the same, with standard input
#   redis POD COMMAND…      the reply of that pod's server; an error reply ends the step
#   redis_for SECONDS POD COMMAND…  what would not end by itself
#   try_redis POD COMMAND…  the same, but an error or no reply gives nothing
#   field NAME TEXT         the value of `NAME:value` in a reply of INFO
#   pod_names, find_master  the pods that there are now; sets master_pod to the one that is master now
#   note, good, finding     what is worth knowing, what is well, what is not (then the script leaves with 1)
#   die TEXT                ends the step, and the script with 2
#   wait_until SECONDS WHAT COMMAND…
#   dry                     whether nothing may be done: with --dry-run, kubectl's words are printed and nothing runs

# Results go to standard output, progress to standard error; with --dry-run standard output has the calls only.
exec 3>&1

say() { printf '%s\n' "$*" >&2; }
note() { dry || printf '%s\n' "$*"; }
good() { note "ok: $*"; }
finding() { dry || { findings=$((findings + 1)); printf 'BAD: %s\n' "$*"; }; }
dry() { [ "$dry_run" = yes ]; }

# die TEXT…: with --dry-run there are no answers to be unhappy with.
die() {
  dry && return 0
  say "$*"
  exit 2
}

misused() {
  say "$*"
  exit 2
}

# number TEXT: the text where it is a whole number, else 0.
number() { case ${1:-} in '' | *[!0-9]*) echo 0 ;; *) echo "$1" ;; esac; }

# quoted WORD: as a shell would have to read it.
quoted() {
  case $1 in
    *\'*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    '' | *[!A-Za-z0-9@%+=:,./_-]*) printf "'%s'" "$1" ;;
    *) printf '%s' "$1" ;;
  esac
}

shown() (
  {
    quoted "$1"
    shift
    for word; do
      printf ' '
      quoted "$word"
    done
    echo
  } >&3
)

# call COMMAND…: runs it, or with --dry-run prints it.
call() {
  if dry; then shown "$@"; else "$@" 3>&-; fi
}

kube() { call "$kubectl" ${context:+--context "$context"} -n "$namespace" "$@"; }

# kube_apply < MANIFEST
kube_apply() {
  if dry; then
    kube apply -f -
    sed 's/^/  | /' >&3
  else
    kube apply -f -
  fi
}

in_pod() {
  in_pod_name=$1
  shift
  kube exec "$in_pod_name" -c "$container" -- "$@" < /dev/null
}

feed_pod() {
  in_pod_name=$1
  shift
  if dry; then cat > /dev/null; fi
  kube exec -i "$in_pod_name" -c "$container" -- "$@"
}

# What runs redis-cli in the pod. The password comes from where the container has it (what the running server was started
# with comes first) and travels in the environment of that one process: it is on no command line, in no output.
# shellcheck disable=SC2016 # for the shell in the pod
redis_cli='for file in "${REDIS_RUN_DIR:-/run/redis}/password" "${REDIS_PASSWORD_FILE:-}"; do
  if [ -z "${REDISCLI_AUTH:-}" ] && [ -r "$file" ]; then REDISCLI_AUTH=$(cat "$file"); fi
done
REDISCLI_AUTH=${REDISCLI_AUTH:-${REDIS_PASSWORD:-}}
if [ -n "$REDISCLI_AUTH" ]; then export REDISCLI_AUTH; else unset REDISCLI_AUTH; fi
exec redis-cli -p "${REDIS_PORT:-6379}" "$@"'

redis() {
  redis_pod=$1
  shift
  redis_reply=$(in_pod "$redis_pod" sh -c "$redis_cli" redis-cli "$@") || die "$redis_pod: redis-cli could not be run"
  # redis-cli leaves with 0 on error replies.
  case $redis_reply in
    NOAUTH* | WRONGPASS*)
      die "$redis_pod refuses \`$1\`: $redis_reply (the password in the container is not the server's: was the Secret" \
        "changed after the pod was started?)"
      ;;
    ERR* | NOPERM* | LOADING* | MISCONF* | READONLY* | OOM* | MASTERDOWN* | NOREPLICAS* | BUSY* | UNKILLABLE* | WRONGTYPE* | EXECABORT* | 'Could not connect'*)
      die "$redis_pod: \`$1\` was answered with: $redis_reply"
      ;;
  esac
  dry || printf '%s\n' "$redis_reply" | tr -d '\r'
}

try_redis() {
  if dry; then redis "$@"; return 0; fi
  (redis "$@") 2> /dev/null || true
}

# redis_for SECONDS POD WORD…: what would not end by itself, for so long.
redis_for() {
  redis_seconds=$1
  redis_pod=$2
  shift 2
  redis_status=0
  in_pod "$redis_pod" timeout "$redis_seconds" sh -c "$redis_cli" redis-cli "$@" || redis_status=$?
  # What `timeout` leaves with in Debian and in Alpine when the time is over.
  case $redis_status in
    0 | 124 | 143) ;;
    *) die "$redis_pod: redis-cli left with $redis_status" ;;
  esac
}

field() { printf '%s\n' "$2" | sed -n "s/^$1://p" | head -n 1; }

# config_get POD NAME DEFAULT: a directive of the running server; the default where CONFIG may not be asked.
config_get() (
  reply=$(try_redis "$1" config get "$2" | sed -n 2p)
  printf '%s\n' "${reply:-$3}"
)

# The release is there, and is one of Redis.
need_release() {
  found=$(kube get statefulset "$fullname" -o 'jsonpath={.spec.template.spec.containers[*].name}')
  case " $found " in
    *" $container "*) ;;
    *) die "statefulset $fullname has no container \`$container\`: found $found. Is it of the Redis chart?" ;;
  esac
}

# need_server POD: what answers there is Redis.
need_server() {
  found=$(redis "$1" info server)
  case $found in
    *redis_version:*) ;;
    *) die "what answers in pod $1 is no Redis: \`INFO server\` gave: $(printf '%s' "$found" | head -n 1)" ;;
  esac
}

# The Secret that the pods read has the key. What it holds stays in the cluster.
need_secret() {
  if [ -z "$secret" ]; then
    found=$(kube get statefulset "$fullname" -o "jsonpath={.spec.template.spec.containers[?(@.name==\"$container\")].env[?(@.name==\"REDIS_SECRET\")].value}")
    secret=${found%/*}
    secret_key=${found#*/}
  fi
  [ -n "$secret" ] || return 0
  found=$(kube get secret "$secret" -o "go-template={{with .data}}{{if index . \"$secret_key\"}}there{{end}}{{end}}")
  [ "$found" = there ] || die "secret $secret has no key \`$secret_key\`, or it is empty: pods that start now find no" \
    "password and stay down. \`$kubectl -n $namespace describe secret $secret\` lists its keys"
}

# pod_names: the pods that the StatefulSet is to have now, else those of the values.
pod_names() (
  total=$(kube get statefulset "$fullname" -o 'jsonpath={.spec.replicas}')
  case $total in
    '' | *[!0-9]*) printf '%s\n' "$pods" | tr ' ' '\n' ;;
    *)
      ordinal=0
      while [ "$ordinal" -lt "$total" ]; do
        echo "$fullname-$ordinal"
        ordinal=$((ordinal + 1))
      done
      ;;
  esac
)

# Sets master_pod: the pod that was named with --pod, else the one that says that it is master. After a promotion that is
# not the one that the values declare.
find_master() {
  if [ -n "${pod:-}" ]; then
    master_pod=$pod
    return 0
  fi
  master_pod=
  masters=
  names=$(pod_names)
  for name in $names; do
    info=$(try_redis "$name" info replication)
    if [ "$(field role "$info")" = master ]; then
      masters="$masters $name"
      master_pod=$name
    fi
  done
  case $masters in
    ' '*' '*) die "more than one pod says that it is master:$masters. Say which with --pod" ;;
    '')
      # The words of the first one that cannot answer say more than ours.
      for name in $names; do dry || redis "$name" info replication > /dev/null; done
      die "none of these pods says that it is master: $(printf '%s ' "$names" | tr '\n' ' '). Are they running? --pod names one"
      ;;
  esac
  if dry; then master_pod=$declared_master; fi
}

# wait_until SECONDS WHAT COMMAND…: asks once a second.
wait_until() {
  wait_end=$(($(date +%s) + $1))
  wait_what=$2
  shift 2
  until "$@"; do
    if dry; then return 0; fi
    [ "$(date +%s)" -lt "$wait_end" ] || die "waited too long for $wait_what"
    sleep 1
  done
}

# confirm WHAT: destructive procedures have the release's name typed; without a terminal there is --yes.
confirm() {
  if dry || [ "$yes" = yes ]; then return 0; fi
  say "$1"
  [ -t 0 ] || die "there is no terminal to confirm it at: say --yes if it is meant"
  printf 'type the name of the release (%s) to go on: ' "$release" >&2
  read -r typed || typed=
  [ "$typed" = "$release" ] || die "found \`$typed\`, expected \`$release\`: nothing was done"
}

# at_end COMMAND: run when the script ends, however it ends; the last one first.
at_end() { dry || ending="$1
$ending"; }

# step NUMBER TITLE STATE NEXT: runs step_NUMBER. What fails in it ends the script (set -e), and `ended` tells the rest.
step() {
  step_title=$2
  step_state=$3
  step_next=$4
  say "== $1. $2"
  "step_$1"
  step_title=
}

ended() {
  status=$?
  trap - EXIT INT TERM
  set +e
  eval "$ending"
  if [ -n "$step_title" ]; then
    # 1 is for findings: a step that did not come to its end is not one.
    [ "$status" -gt 1 ] || status=2
    say "failed: $step_title"
    say "now: $step_state"
    say "next: $step_next"
  elif [ "$status" = 0 ] && [ "$findings" -gt 0 ]; then
    status=1
  fi
  exit "$status"
}

# start ARGUMENT…: reads the script's arguments.
start() {
  dry_run=no
  yes=no
  context=
  kubectl=${KUBECTL:-kubectl}
  findings=0
  ending=
  step_title=
  given_release=$release
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h)
        usage
        exit 0
        ;;
      --dry-run) dry_run=yes ;;
      --yes) yes=yes ;;
      --*=*) take "${1%%=*}" "${1#*=}" ;;
      --*)
        [ $# -gt 1 ] || misused "$1 needs a value; --help lists the parameters"
        take "$1" "$2"
        shift
        ;;
      *) misused "found \`$1\`, expected a parameter such as --namespace; --help lists them" ;;
    esac
    shift
  done
  # As the chart makes it. Longer names are cut there; say --fullname then.
  if [ "$release" != "$given_release" ] && [ "$fullname" = "$given_fullname" ]; then
    case $release in *redis*) fullname=$release ;; *) fullname=$release-redis ;; esac
    fullname=$(printf '%s' "$fullname" | tr . -)
  fi
  declared_master=$fullname-$master_ordinal
  if [ "$fullname" != "$given_fullname" ]; then
    pods=$declared_master
    service=$fullname
    headless=$fullname-headless
    config_map=$fullname-config
  fi
  trap ended EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# take --NAME VALUE: a parameter becomes the variable of its name.
take() {
  taken=$(printf '%s' "${1#--}" | tr - _)
  case " release namespace fullname container secret secret_key context $parameters " in
    *" $taken "*) eval "$taken=\$2" ;;
    *) misused "found \`$1\`, which is no parameter of $procedure; --help lists them" ;;
  esac
}
