#!/bin/sh
# Starts Redis: writes the part of the configuration that only the pod knows (password, whom to follow), then becomes
# redis-server, so that SIGTERM reaches it. Arguments go on to redis-server.
#
# Environment: REDIS_MODE standalone or replica, POD_NAME <set>-<ordinal>, and in replica mode REDIS_DOMAIN (the
# headless Service's name) and REDIS_PODS (how many pods there are). Paths can be moved for tests.
set -eu
umask 077

base=${REDIS_BASE_CONF:-/usr/local/etc/redis/redis.conf}
conf=${REDIS_CONF:-/run/redis/redis.conf}
password_file=${REDIS_PASSWORD_FILE:-/etc/redis-auth/password}

# Gives text as one quoted word of redis.conf, whatever its characters.
quote() {
  printf '%s\n' "$1" | sed -e 's/[\\"]/\\&/g' -e ':a' -e '$!{N;ba' -e '}' -e 's/\n/\\n/g' -e 's/^/"/' -e 's/$/"/'
}

# Says how to start in replica mode: `master`, or the name of the pod to follow. A peer that is master now stays master,
# and a pod that others follow was one: a promoted replica survives restarts while one other pod is up. With no
# answer, pod 0 is the master.
find_master() {
  set_name=${POD_NAME%-*}
  me=$POD_NAME.$REDIS_DOMAIN
  ordinal=0
  while [ "$ordinal" -lt "$REDIS_PODS" ]; do
    peer=$set_name-$ordinal.$REDIS_DOMAIN
    ordinal=$((ordinal + 1))
    [ "$peer" != "$me" ] || continue
    role=$(timeout 2 redis-cli -h "$peer" -p 6379 role 2>/dev/null) || continue
    case $role in
      master*) echo "$peer"; return ;;
      slave*) [ "$(printf '%s\n' "$role" | sed -n 2p)" != "$me" ] || { echo master; return; } ;;
    esac
  done
  if [ "${POD_NAME##*-}" = 0 ]; then echo master; else echo "$set_name-0.$REDIS_DOMAIN"; fi
}

# `include` comes first: what follows wins, and a base that does not end in a newline does no harm.
printf 'include %s\n' "$base" > "$conf"

if [ -e "$password_file" ]; then
  # $(…) drops newlines at the end, which `kubectl create secret --from-file` leaves; ready.sh does the same.
  password=$(cat "$password_file")
  if [ -z "$password" ]; then
    echo "start.sh: the password in the Secret is empty" >&2
    exit 1
  fi
  quoted=$(quote "$password")
  printf 'requirepass %s\nmasterauth %s\n' "$quoted" "$quoted" >> "$conf"
  export REDISCLI_AUTH="$password"
fi

if [ "$REDIS_MODE" = replica ]; then
  master=$(find_master)
  if [ "$master" = master ]; then
    echo "start.sh: $POD_NAME starts as master"
  else
    echo "start.sh: $POD_NAME follows $master"
    printf 'replicaof %s 6379\n' "$master" >> "$conf"
  fi
fi

unset REDISCLI_AUTH
exec redis-server "$conf" "$@"
