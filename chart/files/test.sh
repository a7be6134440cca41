#!/bin/sh
# Test hook (`helm test`): writes a key to the master through its Service, reads it from every replica by its pod's name,
# and deletes it. Says what it does; leaves with 1 and the reason at the first thing that is wrong.
#
# Environment: what common.sh lists (POD_NAME is the test's own pod here; the set's name is REDIS_SET), and
#   REDIS_HOST           the Service that clients write to                       (needed)
#   REDIS_SERVICE_PORT   its port                                                6379
#   REDIS_SET            the StatefulSet's name; needed in replica mode          (none)
#   REDIS_TEST_SECONDS   longest wait for the master, and for each replica       60
set -eu
umask 077

# The names of the pods are made of the set's.
POD_NAME=${REDIS_SET:-redis}-test
# shellcheck source=chart/files/common.sh
. "${0%/*}/common.sh"

port=${REDIS_SERVICE_PORT:-6379}
seconds=${REDIS_TEST_SECONDS:-60}
key=helm-test:$(hostname):$$:$(date +%s)
value=$key:$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
written=no

fail() {
  echo "FAILED: $*"
  [ "$written" = no ] || master del "$key" > /dev/null || true
  exit 1
}

master() { ask "$REDIS_HOST" "$port" "$@"; }

# retry EXPECTED COMMAND…: runs the command until it gives that; reply has what it gave last.
retry() {
  expected=$1
  shift
  until=$(($(date +%s) + seconds))
  while :; do
    reply=$("$@") || true
    [ "$reply" != "$expected" ] || return 0
    [ "$(date +%s)" -lt "$until" ] || return 1
    sleep 1
  done
}

[ -n "${REDIS_HOST:-}" ] || fail "REDIS_HOST is not set"
if [ -n "${REDIS_PASSWORD_FILE:-}" ] && [ -z "$password" ]; then
  secret=${REDIS_SECRET:-$REDIS_PASSWORD_FILE}
  fail "there is no password: the Secret or its key ($secret) does not exist, or it is empty"
fi

retry PONG master ping || fail "$REDIS_HOST:$port does not answer PONG: ${reply:-nothing}"
if [ -n "$password" ]; then
  reply=$(password='' && master ping)
  case $reply in
    NOAUTH*) echo "ok: refuses clients without the password" ;;
    *) fail "$REDIS_HOST:$port answers without the password: $reply" ;;
  esac
fi

retry OK master set "$key" "$value" ex 300 || fail "cannot write to $REDIS_HOST:$port: ${reply:-nothing}"
written=yes
reply=$(master get "$key")
[ "$reply" = "$value" ] || fail "wrote to $REDIS_HOST:$port and read something else: $reply"
echo "ok: $REDIS_HOST:$port takes writes"

if [ "$REDIS_MODE" = replica ]; then
  [ -n "${REDIS_PEERS:-}" ] || [ -n "${REDIS_SET:-}" ] || fail "REDIS_SET is not set"
  ordinal=0
  while [ "$ordinal" -lt "$(pods)" ]; do
    address=$(pod "$ordinal")
    # shellcheck disable=SC2086 # host and port
    retry "$value" ask $address get "$key" || fail "pod $ordinal ($address) does not have the key: ${reply:-nothing}"
    # shellcheck disable=SC2086
    role=$(ask $address info replication | field role)
    if [ "$ordinal" -eq "$REDIS_MASTER_ORDINAL" ]; then
      [ "$role" = master ] || fail "pod $ordinal is the declared master, but its role is $role"
    else
      [ "$role" = slave ] || fail "pod $ordinal should be a replica, but its role is $role"
      # shellcheck disable=SC2086
      reply=$(ask $address set "$key" x)
      case $reply in
        READONLY*) ;;
        *) fail "pod $ordinal is a replica and took a write: $reply" ;;
      esac
    fi
    echo "ok: pod $ordinal ($role) has the key"
    ordinal=$((ordinal + 1))
  done
fi

reply=$(master del "$key")
written=no
[ "$reply" = 1 ] || fail "cannot delete the key: $reply"
echo "ok: all passed"
