#!/bin/sh
# Brings a started server to where it belongs; start.sh runs it in the background. Ends by itself.
#
#     settle.sh PID TAKE_OVER SWITCH_LOG_ON
#
# PID is the server's: when it is gone, so is the reason to go on. TAKE_OVER `yes`: this pod is the declared master and
# follows the pod that is master now; when it has all data, that pod is asked to hand over (FAILOVER: it holds writes back
# until this pod has every one of them, so none is lost), and the other pods are pointed here. SWITCH_LOG_ON `yes`: the
# server was started without its append-only log, because there was none to read; from here on it writes one.
#
# Environment: what common.sh lists.
set -eu

scripts=${0%/*}
# shellcheck source=chart/files/common.sh
. "$scripts/common.sh"

server=$1
take_over=$2
switch_log_on=$3

# The next look, or the end when the server is gone.
again() {
  sleep 1
  kill -0 "$server" 2> /dev/null || exit 0
}

while [ "$(here ping)" != PONG ]; do again; done

if [ "$switch_log_on" = yes ]; then
  while [ "$(here config set appendonly yes)" != OK ]; do again; done
  say "the append-only log is switched on"
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
