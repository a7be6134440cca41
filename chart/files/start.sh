#!/bin/sh
# Starts Redis: writes the part of its configuration that only the pod knows, decides in replica mode whether this pod
# is the master or whom it follows, says so in one line, and becomes redis-server, so that SIGTERM reaches it.
# Arguments go on to redis-server and win over everything.
#
# Environment: what common.sh lists, and
#   REDIS_BASE_CONF           the mounted redis.conf                                       /usr/local/etc/redis/redis.conf
#   REDIS_CONF                the one that is written and used, mode 0600                  $REDIS_RUN_DIR/redis.conf
#   REDIS_WAIT_SECONDS        how long to wait for pods that may know better               30
#   REDIS_ALLOW_EMPTY_MASTER  `yes`: start as an empty master beside pods that hold data, or follow one: wipes them   (no)
#
# role.sh says how the role is decided, data.sh how data are looked at and kept.
set -eu
umask 077

scripts=${0%/*}
# shellcheck source=chart/files/role.sh
. "$scripts/role.sh"

# What an earlier run of this container left.
rm -f "$REDIS_RUN_DIR/password" "$REDIS_RUN_DIR/password.new" "$handing_over" "$survey"

# quote: standard input as one word of redis.conf, every byte as \xNN: there is nothing left to get wrong.
quote() { printf '"%s"' "$(od -An -v -tx1 | tr -d '\n' | sed 's/ *\([0-9a-f][0-9a-f]\)/\\x\1/g')"; }

read_password() {
  [ -n "${REDIS_PASSWORD_FILE:-}" ] || { password=; return 0; }
  secret=${REDIS_SECRET:-$REDIS_PASSWORD_FILE}
  if [ ! -r "$REDIS_PASSWORD_FILE" ]; then
    say "there is no password: the Secret or its key ($secret) does not exist. Redis does not start without it."
    say "set redis.existingSecret to a Secret that exists and redis.secretKeyName to one of its keys;" \
      "\`kubectl describe secret ${secret%%/*}\` lists them"
    exit 1
  fi
  if [ "$(tr -cd '\000' < "$REDIS_PASSWORD_FILE" | wc -c)" -ne 0 ]; then
    say "the password in $secret has a NUL byte: no client can send it"
    exit 1
  fi
  password=$(cat "$REDIS_PASSWORD_FILE")
  if [ -z "$password" ]; then
    say "the password in $secret is empty"
    exit 1
  fi
  printf '%s' "$password" > "$REDIS_RUN_DIR/password"
}

if [ ! -r "$base" ]; then
  say "there is no redis.conf at $base: does the ConfigMap have the key redis.conf?"
  exit 1
fi
read_password
find_files "$@"

# The mounted file comes by `include`: a file that does not end in a newline does no harm. What follows wins over it.
{
  printf 'include %s\n' "$base"
  printf 'daemonize no\nport %s\ndir %s\n' "$REDIS_PORT" "$REDIS_DATA_DIR"
  if [ -n "$password" ]; then
    quoted=$(printf '%s' "$password" | quote)
    printf 'requirepass %s\nmasterauth %s\n' "$quoted" "$quoted"
  fi
} > "$conf"

hand_over=
if [ "$REDIS_MODE" = replica ]; then
  find_role "$@"
  # Announced by name: the address changes with every restart, and FAILOVER finds this pod by what it announced.
  printf 'replica-announce-ip %s\nreplica-announce-port %s\n' "$self_host" "${self##*:}" >> "$conf"
  [ -z "$master_host" ] || printf 'replicaof %s %s\n' "$master_host" "$master_port" >> "$conf"
  say "$verdict"
else
  say "starts as the only pod"
fi

choose_files "$@"
case $switch_log in
  yes) set -- "$@" --appendonly no ;;
  no) set -- "$@" --appendonly yes ;;
esac

if [ -n "$hand_over" ]; then echo "$hand_over" > "$handing_over"; fi
if [ -n "$hand_over$switch_log" ]; then
  sh "$scripts/settle.sh" "$$" "${hand_over:-no}" "${switch_log:-as-it-is}" &
fi
unset password
exec redis-server "$conf" "$@"
