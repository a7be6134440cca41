#!/bin/sh
# Readiness probe: may clients be sent here? A master when it answers PONG (not LOADING, not NOAUTH); a replica when it
# also has all data and the link to its master. Silent when ready, else says why.
#
# Runs in every pod all the time, so it also keeps what the next start must know (`remember` in common.sh): a promotion by
# hand is known at most one period later, whatever happens to the pod then. And it lets the server take the new password
# besides its own when the Secret has changed: pods that restart with it can follow a master that did not yet.
#
# Environment: what common.sh lists, and
#   REDIS_MAX_LAG_SECONDS  a replica that has heard nothing from its master for longer is not ready; 0: no limit    0
set -eu
umask 077

# shellcheck source=chart/files/common.sh
. "${0%/*}/common.sh"

no() {
  echo "not ready: $*"
  exit 1
}

reply=$(here ping)
[ "$reply" = PONG ] || no "${reply:-no answer within $REDIS_ASK_SECONDS s}"
info=$(here info replication)
remember "$info"
take_new_password
case $info in
  *role:master*) exit 0 ;;
  *role:slave*) ;;
  *) no "$info" ;;
esac

[ "$(cat "$handing_over" 2> /dev/null)" != take ] || no "is about to take over from the pod that is master now"
host=$(printf '%s\n' "$info" | field master_host)
[ "$(printf '%s\n' "$info" | field master_sync_in_progress)" != 1 ] || no "copies the data of its master $host"
if [ "$(printf '%s\n' "$info" | field master_link_status)" = up ]; then
  lag=$(printf '%s\n' "$info" | field master_last_io_seconds_ago)
  if [ "${REDIS_MAX_LAG_SECONDS:-0}" -gt 0 ] && [ "$lag" -gt "$REDIS_MAX_LAG_SECONDS" ]; then
    no "has heard nothing from its master $host for $lag s"
  fi
  exit 0
fi

# A StatefulSet creates pods in order, each when the one before is ready. With a declared master of a higher ordinal that
# has no pod yet, waiting for it would be waiting for ever: this pod is ready, so that the master can come.
if [ "$REDIS_MODE" = replica ] && [ "${POD_NAME##*-}" -lt "$REDIS_MASTER_ORDINAL" ]; then
  case $(ask "$host" "$(printf '%s\n' "$info" | field master_port)" ping) in
    *[Nn]ame*not*known* | *Name*does*not*resolve* | *No*address*associated* | *no*usable*address*) exit 0 ;;
  esac
fi
no "no link to its master $host"
