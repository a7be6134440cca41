#!/bin/sh
# Brings a started server to where it belongs; start.sh runs it in the background. Ends by itself.
#
#     settle.sh PID HAND_OVER SWITCH_LOG
#
# PID is the server's: when it is gone, so is the reason to go on.
# HAND_OVER `take`: this pod is the declared master and follows the pod that is master now; when it has all data, that pod is
# asked to hand over. `give`: this pod is master and the values declare another one; as soon as that follows in step, it gets
# the role. Either way by FAILOVER: the master holds writes back until the other has every one of them, so none is lost.
# Then the other pods are pointed to the new master. `no`: neither.
# SWITCH_LOG `yes` or `no`: the append-only log is wanted or not, but the server was started the other way, to read the data
# that there are. `as-it-is`: nothing to do.
#
# Environment: what common.sh lists.
set -eu
umask 077

scripts=${0%/*}
# shellcheck source=chart/files/common.sh
. "$scripts/common.sh"

server=$1
hand_over=$2
switch_log=$3
tries=0

# The next look, or the end when the server is gone.
again() {
  tries=$((tries + 1))
  sleep 1
  kill -0 "$server" 2> /dev/null || exit 0
}

# Says something with the first try and then once a minute.
now_and_then() { [ $((tries % 60)) -ne 0 ] || say "$@"; }

while [ "$(here ping)" != PONG ]; do again; done

if [ "$switch_log" != as-it-is ]; then
  tries=0
  while reply=$(here config set appendonly "$switch_log") && [ "$reply" != OK ]; do
    now_and_then "cannot set appendonly $switch_log: $reply"
    again
  done
  # The next start looks for the data in the snapshot then, so there must be one that has them.
  if [ "$switch_log" = no ]; then
    while reply=$(here bgsave) && [ "$reply" != "Background saving started" ]; do again; done
  fi
  say "appendonly is $switch_log now"
fi

[ "$hand_over" != no ] || exit 0

self=$(pod "${POD_NAME##*-}")
new=$(pod "$REDIS_MASTER_ORDINAL")
tries=0
while :; do
  info=$(here info replication) || true
  case $hand_over$info in
    take*role:master* | give*role:slave*) break ;;
    take*master_link_status:up*)
      host=$(printf '%s\n' "$info" | field master_host)
      port=$(printf '%s\n' "$info" | field master_port)
      # shellcheck disable=SC2086 # host and port
      reply=$(ask "$host" "$port" failover to $new timeout 10000) || true
      now_and_then "asks $host to hand over: $reply"
      ;;
    take*) now_and_then "waits for the data of the master before it takes over" ;;
    give*"ip=${new% *},port=${new#* },state=online"*)
      # shellcheck disable=SC2086 # host and port
      reply=$(here failover to $new timeout 10000) || true
      now_and_then "hands over to ${new% *}: $reply"
      ;;
    give*) now_and_then "waits for ${new% *} to follow in step before it hands over" ;;
  esac
  again
done

say "handed over: ${new% *} is the master"
rm -f "$handing_over"
remember "$info"

# The others follow the pod that was master, which follows the new one: straighten the chain.
ordinal=0
while [ "$ordinal" -lt "$(pods)" ]; do
  address=$(pod "$ordinal")
  ordinal=$((ordinal + 1))
  if [ "$address" = "$new" ] || [ "$address" = "$self" ]; then continue; fi
  # shellcheck disable=SC2086 # host and port
  info=$(ask $address info replication) || true
  following="$(printf '%s\n' "$info" | field master_host) $(printf '%s\n' "$info" | field master_port)"
  case $info in
    *role:slave*)
      if [ "$following" != "$new" ]; then
        # shellcheck disable=SC2086
        reply=$(ask $address replicaof $new) || true
        say "points ${address% *} to the new master: $reply"
      fi
      ;;
  esac
done
