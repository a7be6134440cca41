#!/bin/sh
# Backup (a CronJob): takes a copy of the data from a replica, or from the master where no replica is in step, checks it
# with redis-check-rdb, and only then gives it its name, `<set>-<time>.rdb`. Whatever goes wrong, it says what, leaves with
# 1, and the copies of before are as they were. A file of another name in the folder is no backup.
#
# Environment: what common.sh lists, and
#   REDIS_SET             the StatefulSet's name; copies begin with it                       (needed)
#   REDIS_BACKUP_DIR      where the copies are kept                                         /backup
#   REDIS_BACKUP_KEEP     how many; older ones go once the new one is there                 7
#   REDIS_BACKUP_SECONDS  longest time for the server to save and send its data             3600
set -eu
umask 077

# The names of the pods are made of the set's.
POD_NAME=${REDIS_SET:-redis}-backup
# shellcheck source=chart/files/common.sh
. "${0%/*}/common.sh"

dir=${REDIS_BACKUP_DIR:-/backup}
keep=${REDIS_BACKUP_KEEP:-7}
seconds=${REDIS_BACKUP_SECONDS:-3600}
part=
copier=

# Nothing unverified stays behind, however this ends.
tidy() { [ -z "$part" ] || rm -f "$part"; }

fail() {
  tidy
  say "FAILED: $*. No backup was taken; earlier ones are as they were"
  exit 1
}

interrupted() {
  [ -z "$copier" ] || kill "$copier" 2> /dev/null || true
  fail "interrupted by a signal"
}
trap interrupted TERM INT HUP

# choose: sets from (`host port`) and whence: a replica that has its master's data, else a master.
choose() {
  from=
  answers=
  ordinal=0
  while [ "$ordinal" -lt "$(pods)" ]; do
    address=$(pod "$ordinal")
    # shellcheck disable=SC2086 # host and port
    info=$(ask $address info replication) || true
    case $info in
      *role:slave*master_link_status:up*)
        from=$address
        whence="pod $ordinal, a replica"
        return 0
        ;;
      *role:master*)
        # Of several the first: after a failover the old one may still say that it is one.
        if [ -z "$from" ]; then
          from=$address
          whence="pod $ordinal, the master"
        fi
        ;;
      *role:slave*) answers="$answers; pod $ordinal is a replica without its master" ;;
      *) answers="$answers; pod $ordinal: $(printf '%s\n' "$info" | head -n 1)" ;;
    esac
    ordinal=$((ordinal + 1))
  done
  [ -n "$from" ]
}

# copy HOST PORT FILE: what a replica would get. redis-cli waits while the server saves, and ends when the file is whole.
copy() {
  if [ -n "$password" ]; then
    REDISCLI_AUTH=$password
    export REDISCLI_AUTH
  fi
  exec timeout "$seconds" redis-cli -h "$1" -p "$2" --rdb "$3"
}

case $keep$seconds in
  *[!0-9]*) fail "REDIS_BACKUP_KEEP and REDIS_BACKUP_SECONDS must be numbers, found '$keep' and '$seconds'" ;;
esac
[ "$keep" -gt 0 ] || fail "REDIS_BACKUP_KEEP must be above 0"
[ -n "${REDIS_SET:-}" ] || fail "REDIS_SET is not set"
if [ -n "${REDIS_PASSWORD_FILE:-}" ] && [ -z "$password" ]; then
  secret=${REDIS_SECRET:-$REDIS_PASSWORD_FILE}
  fail "there is no password: the Secret or its key ($secret) does not exist, or it is empty"
fi
if [ ! -d "$dir" ] || [ ! -w "$dir" ]; then fail "$dir is no folder that can be written to"; fi

# What a run left that was killed. One that may still be at work is younger.
find "$dir" -maxdepth 1 -name ".$REDIS_SET-*.partial" -mmin "+$((seconds / 60 + 1))" -exec rm -f {} +

choose || fail "no Redis to copy from${answers:-; there are no pods}"
name=$REDIS_SET-$(date -u +%Y%m%dT%H%M%SZ).rdb
part=$dir/.$name.$$.partial
say "copies from $whence (${from% *})"
# shellcheck disable=SC2086 # host and port
copy $from "$part" < /dev/null &
copier=$!
code=0
wait "$copier" || code=$?
copier=
case $code in
  0) ;;
  124 | 143) fail "the copy was not there after $seconds s" ;;
  *) fail "the copy broke off: redis-cli left with $code" ;;
esac
[ -s "$part" ] || fail "the copy is empty"

checked=$(redis-check-rdb "$part" 2>&1) ||
  fail "redis-check-rdb finds the copy damaged: $(printf '%s\n' "$checked" | tail -n 3 | tr '\n' ' ')"
keys=$(printf '%s\n' "$checked" | sed -n 's/.*\] \([0-9]*\) keys read.*/\1/p')

# On the disk before it has its name: after a crash of the node the name would stand for half a file.
sync "$part" 2> /dev/null || sync || fail "the copy could not be written to the disk"
[ ! -e "$dir/$name" ] || fail "$name is there already"
# From here on a signal comes too late to undo anything.
trap '' TERM INT HUP
mv "$part" "$dir/$name" || fail "$name could not be given its name"
part=
bytes=$(wc -c < "$dir/$name" | tr -d ' ')
say "ok: $name has ${keys:-some} keys in $bytes bytes, checked"

# The oldest go; names sort by time.
set -- "$dir/$REDIS_SET"-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z.rdb
while [ $# -gt "$keep" ]; do
  if rm -f "$1"; then say "removes ${1##*/}, older than the $keep to keep"; fi
  shift
done
