#!/bin/sh
# preStop hook: what must be done before SIGTERM. SIGTERM itself saves and ends the server; no SHUTDOWN is needed.
#   - keeps the role for the next start, as ready.sh does;
#   - waits for an append-only log that is being written for the first time (after a full copy from the master, or when
#     it was just switched on): until it is done Redis ignores SIGTERM ("Writing initial AOF, can't exit"), and kubelet
#     sends only one, so the pod would hang until it is killed. Once written, there is nothing to wait for.
# Never fails: a hook that fails only adds an event to the pod.
#
# Environment: what common.sh lists, and
#   REDIS_STOP_SECONDS  longest wait; must be less than terminationGracePeriodSeconds, so that SIGTERM has its time   30
set -eu
umask 077

# shellcheck source=chart/files/common.sh
. "${0%/*}/common.sh"

remember "$(here info replication)" || true

until=$(($(date +%s) + ${REDIS_STOP_SECONDS:-30}))
while [ "$(date +%s)" -lt "$until" ]; do
  info=$(here info persistence) || break
  case $info in
    *aof_rewrite_in_progress:1* | *aof_rewrite_scheduled:1*) sleep 1 ;;
    *) break ;;
  esac
done
exit 0
