#!/bin/sh
# Ready means: answers PING with PONG (not LOADING, not NOAUTH), and a replica has the link to its master.
# redis-cli leaves with 0 on error replies too, so the replies are compared. Silent when ready, else says why.
set -eu

password_file=${REDIS_PASSWORD_FILE:-/etc/redis-auth/password}
if [ -e "$password_file" ]; then
  REDISCLI_AUTH=$(cat "$password_file")
  export REDISCLI_AUTH
fi

ask() { redis-cli -h "${REDIS_HOST:-127.0.0.1}" -p 6379 "$@" 2>&1; }

reply=$(ask ping) || { echo "no answer: $reply"; exit 1; }
[ "$reply" = PONG ] || { echo "not ready: $reply"; exit 1; }

replication=$(ask info replication)
case $replication in
  *role:slave*)
    case $replication in
      *master_link_status:up*) ;;
      *) echo "not ready: no link to the master"; exit 1 ;;
    esac ;;
esac
