# shellcheck shell=sh
# What the other scripts share; read by them with `.`, never run. POSIX sh: it runs in busybox and in dash.
#
# Environment, all optional unless a script says so:
#   REDIS_PORT           port of Redis in every pod                                      6379
#   REDIS_PASSWORD_FILE  file with the password; unset or empty: Redis asks for none.    (none)
#                        A file that is named must be there: the chart mounts the Secret as `optional`, so that a
#                        wrong key ends in a message of start.sh and not in a pod that cannot be created
#   REDIS_SECRET         `<secret>/<key>`, for messages only                             the file's path
#   REDIS_RUN_DIR        emptyDir in memory, for what the pod writes about itself        /run/redis
#   REDIS_DATA_DIR       where the data volume is mounted                                /data
#   REDIS_MODE           standalone or replica                                           standalone
#   REDIS_ASK_SECONDS    longest wait for one reply of a server                          3
# In replica mode also:
#   POD_NAME             `<set>-<ordinal>`                                               (needed)
#   POD_IP               address of this pod; knows it again when a replica was pointed at an address  (none)
#   REDIS_DOMAIN         DNS name of the headless Service; a pod is `<pod>.<domain>`      (needed)
#   REDIS_PODS           how many pods there are; give it by configMapKeyRef, so that scaling restarts no pod  1
#   REDIS_MASTER_ORDINAL the pod that the values declare master                          0
#   REDIS_PEERS          `host[:port]` of every pod, by ordinal, separated by blanks. Replaces the names made of
#                        POD_NAME, REDIS_DOMAIN and REDIS_PODS: for tests, and for pods known by other names   (none)

: "${REDIS_PORT:=6379}" "${REDIS_RUN_DIR:=/run/redis}" "${REDIS_DATA_DIR:=/data}" "${REDIS_MODE:=standalone}"
: "${REDIS_PODS:=1}" "${REDIS_MASTER_ORDINAL:=0}" "${REDIS_ASK_SECONDS:=3}"

# Kubernetes sets it to `tcp://…` for a Service named `redis`.
case $REDIS_PORT in
  *[!0-9]*)
    echo "${0##*/}: REDIS_PORT must be a number, found '$REDIS_PORT': set enableServiceLinks to false in the pod" >&2
    exit 1
    ;;
esac

# A pod that took over, joined or was promoted remembers it here, on its volume. See `remember`.
state_file=$REDIS_DATA_DIR/replication.state
# There while settle.sh brings the declared master into its role (`take`), or hands over to it (`give`).
handing_over=$REDIS_RUN_DIR/handing-over

# The password as Redis has it. `$(…)` drops newlines at the end, which `kubectl create secret --from-file` leaves; here
# and nowhere else, so that server, probes, test and exporter agree.
#
# What start.sh has read counts for the life of the server: when the Secret is changed, kubelet changes the mounted file
# under a running pod, and probes that followed it would take every pod out of service at once.
password=
if [ -r "$REDIS_RUN_DIR/password" ]; then
  password=$(cat "$REDIS_RUN_DIR/password")
elif [ -n "${REDIS_PASSWORD_FILE:-}" ] && [ -r "$REDIS_PASSWORD_FILE" ]; then
  password=$(cat "$REDIS_PASSWORD_FILE")
fi

# say TEXT…: a line in the log of the container.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# ask HOST PORT COMMAND…, or ask PATH socket COMMAND…: the reply, or why there is none. redis-cli leaves with 0 on error
# replies too, so callers compare the text. The password travels in the environment of this one process, never on a
# command line.
ask() (
  host=$1
  port=$2
  shift 2
  if [ -n "$password" ]; then
    REDISCLI_AUTH=$password
    export REDISCLI_AUTH
  fi
  if [ "$port" = socket ]; then set -- -s "$host" "$@"; else set -- -h "$host" -p "$port" "$@"; fi
  timeout "$REDIS_ASK_SECONDS" redis-cli "$@" 2>&1 < /dev/null | tr -d '\r'
)

# here COMMAND…: the same, of the server in this pod.
here() { ask 127.0.0.1 "$REDIS_PORT" "$@"; }

# field NAME < INFO: the value of one line of an INFO reply.
field() { sed -n "s/^$1://p"; }

# pods: how many pods there are.
pods() {
  if [ -n "${REDIS_PEERS:-}" ]; then
    # shellcheck disable=SC2086 # split on purpose
    set -- $REDIS_PEERS
    echo $#
  else
    echo "$REDIS_PODS"
  fi
}

# pod ORDINAL: `host port` of a pod.
pod() (
  ordinal=$1
  if [ -n "${REDIS_PEERS:-}" ]; then
    # shellcheck disable=SC2086 # split on purpose
    set -- $REDIS_PEERS
    [ "$ordinal" -lt $# ] || return 0
    shift "$ordinal"
    case $1 in
      *:*) echo "${1%:*} ${1##*:}" ;;
      *) echo "$1 $REDIS_PORT" ;;
    esac
  else
    echo "${POD_NAME%-*}-$ordinal.$REDIS_DOMAIN $REDIS_PORT"
  fi
)

# remembered KEY: a line of the state file, empty when there is none.
remembered() { sed -n "s/^$1=//p" "$state_file" 2> /dev/null || true; }

# remember INFO: keeps the role of the running server for the next start. `settled` is the declared master under which
# this role stands; while it is being handed over the old one stays, but not a moment longer: settle.sh looks once a
# second, and a pod that is stopped in that second must not come back as if it had been promoted by hand. Written when something changed only, and whole or
# not at all. Quiet when the disk is full: a probe must not fail for it.
remember() (
  [ "$REDIS_MODE" = replica ] || return 0
  settled=$REDIS_MASTER_ORDINAL
  role=$(printf '%s\n' "$1" | field role)
  [ -n "$role" ] || return 0
  case "$(cat "$handing_over" 2> /dev/null) $role" in
    'take slave' | 'give master') settled=$(remembered settled) ;;
  esac
  master=
  followers=
  if [ "$role" = slave ]; then
    master="$(printf '%s\n' "$1" | field master_host):$(printf '%s\n' "$1" | field master_port)"
  else
    followers=$(printf '%s\n' "$1" | sed -n 's/^slave[0-9]*:ip=\([^,]*\),port=\([0-9]*\),.*/\1:\2/p' | sort | tr '\n' ' ')
  fi
  now=$(printf 'settled=%s\nrole=%s\nfollowing=%s\nfollowers=%s' "$settled" "$role" "$master" "$followers")
  [ "$now" != "$(cat "$state_file" 2> /dev/null)" ] || return 0
  { printf '%s\n' "$now" > "$state_file.new" && mv "$state_file.new" "$state_file"; } 2> /dev/null || true
)

# Lets the running server accept the password that the mounted Secret has now, besides the one it was started with, until
# its next start: without that, the first pod to restart with the new one could not reach the master, never be ready, and
# the rolling restart would stop there. By standard input, so not on a command line.
take_new_password() (
  if [ -z "$password" ] || [ -z "${REDIS_PASSWORD_FILE:-}" ] || [ ! -r "$REDIS_PASSWORD_FILE" ]; then return 0; fi
  new=$(cat "$REDIS_PASSWORD_FILE")
  known=$(cat "$REDIS_RUN_DIR/password.new" 2> /dev/null) || known=$password
  if [ -z "$new" ] || [ "$new" = "$known" ]; then return 0; fi
  REDISCLI_AUTH=$password
  export REDISCLI_AUTH
  set -- -h 127.0.0.1 -p "$REDIS_PORT" -x acl setuser default
  reply=$(printf '>%s' "$new" | timeout "$REDIS_ASK_SECONDS" redis-cli "$@" 2>&1) || true
  [ "$reply" != OK ] || printf '%s' "$new" > "$REDIS_RUN_DIR/password.new"
)
