#!/bin/sh
# Brings a started server to where it belongs; start.sh runs it in the background. Ends by itself.
#
#     settle.sh PID TAKE_OVER SWITCH_LOG
#
# PID is the server's: when it is gone, so is the reason to go on. TAKE_OVER `yes`: this pod is the declared master and
# follows the pod that is master now; when it has all data, that pod is asked to hand over (FAILOVER: it holds writes back
# until this pod has every one of them, so none is lost), and the other pods are pointed here. SWITCH_LOG `yes` or `no`: the
# append-only log is wanted or not, but the server was started the other way, to read the data that there are.
#
# Environment: what common.sh lists.
set -eu

scripts=${0%/*}
# shellcheck source=chart/files/common.sh
. "$scripts/common.sh"

server=$1
take_over=$2
switch_log=$3

# The next look, or the end when the server is gone.
again() {
  sleep 1
  kill -0 "$server" 2> /dev/null || exit 0
}

while [ "$(here ping)" != PONG ]; do again; done

if [ -n "$switch_log" ]; then
  tries=0
  while reply=$(here config set appendonly "$switch_log") && [ "$reply" != OK ]; do
    [ $((tries % 60)) -ne 0 ] || say "cannot set appendonly $switch_log: $reply"
    tries=$((tries + 1))
    again
  done
  # The next start looks for the data in the snapshot then, so there must be one that has them.
  if [ "$switch_log" = no ]; then
    while reply=$(here bgsave) && [ "$reply" != "Background saving started" ]; do again; done
  fi
  say "appendonly is $switch_log now"
fi

[ "$take_over" = yes ] || exit 0

self=$(pod "${POD_NAME##*-}")
tries=0
while :; do
  info=$(here info replication) || true
  case $info in
    *role:master*) break ;;
    *master_link_status:up*)
      host=$(printf '%s\n' "$info" | field master_host)
      port=$(printf '%s\n' "$info" | field master_port)
      # shellcheck disable=SC2086 # host and port
      reply=$(ask "$host" "$port" failover to $self timeout 10000) || true
      [ $((tries % 60)) -ne 0 ] || say "asks $host to hand over: $reply"
      ;;
    *) [ $((tries % 60)) -ne 0 ] || say "waits for the data of the master before it takes over" ;;
  esac
  tries=$((tries + 1))
  again
done

say "took over: this pod is the master"
rm -f "$taking_over"
remember "$(here info replication)"

# The others follow the pod that was master, which follows this one: straighten the chain.
ordinal=0
while [ "$ordinal" -lt "$(pods)" ]; do
  address=$(pod "$ordinal")
  ordinal=$((ordinal + 1))
  [ "$address" != "$self" ] || continue
  # shellcheck disable=SC2086 # host and port
  info=$(ask $address info replication) || true
  following="$(printf '%s\n' "$info" | field master_host) $(printf '%s\n' "$info" | field master_port)"
  case $info in
    *role:slave*)
      [ "$following" = "$self" ] || {
        # shellcheck disable=SC2086
        reply=$(ask $address replicaof $self) || true
        say "points ${address% *} here: $reply"
      }
      ;;
  esac
done
