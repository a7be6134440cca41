# shellcheck shell=sh disable=SC2034 # what is set here is for the script that reads this
# What this pod holds: which files, how many keys, whether they count; and how they are kept. Read by role.sh with `.`.
# Sets base, conf, dump, log, log_dir, log_name, wants_log and empty.

# shellcheck source=chart/files/common.sh
. "${0%/*}/common.sh"

base=${REDIS_BASE_CONF:-/usr/local/etc/redis/redis.conf}
conf=${REDIS_CONF:-$REDIS_RUN_DIR/redis.conf}
own_keys= # counted once, and only when it matters

# setting NAME DEFAULT [ARGUMENT…]: a directive as Redis will see it: the mounted file's, unless an argument says other.
setting() {
  wanted=$1
  default=$2
  shift 2
  {
    [ ! -r "$base" ] || cat "$base"
    echo
    for argument; do
      case $argument in
        --*) printf '\n%s' "${argument#--}" ;;
        *) printf ' %s' "$argument" ;;
      esac
    done
    echo
  } | awk -v name="$wanted" -v value="$default" '
    { sub(/\r$/, "") }
    tolower($1) == name { value = $2; gsub(/["\047]/, "", value) }
    END { print value }'
}

# The files that hold data, as Redis will look for them.
find_files() {
  dump=$REDIS_DATA_DIR/$(setting dbfilename dump.rdb "$@")
  log_name=$(setting appendfilename appendonly.aof "$@")
  log_dir=$REDIS_DATA_DIR/$(setting appenddirname appendonlydir "$@")
  log=no # Redis 7 keeps the log in a folder, with a manifest; before it was one file, which Redis 7 takes over
  if [ -e "$log_dir/$log_name.manifest" ] || [ -e "$REDIS_DATA_DIR/$log_name" ]; then log=yes; fi
  wants_log=$(setting appendonly no "$@" | tr '[:upper:]' '[:lower:]')
}

# Gives how many keys the files of this pod hold, by loading them into a server that nobody can reach and that writes
# nothing. Only called where it decides over data.
count_own_keys() {
  if [ "$log" = no ] && [ ! -e "$dump" ]; then echo 0; return 0; fi
  socket=$REDIS_RUN_DIR/count.sock
  # A replica of nothing does not expire keys.
  redis-server "$conf" "$@" --port 0 --unixsocket "$socket" --appendonly "$log" --save '' --daemonize no \
    --replicaof 127.0.0.1 1 --loglevel warning > /dev/null 2>&1 &
  server=$!
  keys=
  while kill -0 "$server" 2> /dev/null; do
    info=$(ask "$socket" socket info)
    if [ "$(printf '%s\n' "$info" | field loading)" = 0 ]; then
      keys=$(printf '%s\n' "$info" | count_keys)
      break
    fi
    sleep 1
  done
  kill -9 "$server" 2> /dev/null || true
  wait "$server" 2> /dev/null || true
  rm -f "$socket"
  # Files that cannot be loaded are data all the same.
  echo "${keys:-unknown}"
}

# count_keys < INFO: the keys of all databases.
count_keys() { sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }'; }

# keep FILE…: moves files to a folder of their own on the volume; those that are not there do not matter.
keep() {
  kept=$REDIS_DATA_DIR/kept-$(date -u +%Y%m%dT%H%M%SZ)
  mkdir -p "$kept"
  for file; do
    [ ! -e "$file" ] || mv "$file" "$kept/"
  done
}

# Takes own data out of the way of a full copy, without losing it.
keep_aside() {
  if [ "$log" = no ] && [ ! -e "$dump" ]; then return 0; fi
  keep "$dump" "$log_dir" "$REDIS_DATA_DIR/$log_name"
  log=no
  say "this pod was a master and may hold writes that the other never saw: its files are kept in $kept." \
    "Delete them when nothing is missing."
}

# Sets empty: `yes` when this pod has no data that are worth more than those of another. Without persistence a snapshot
# may lie there all the same, of the moment when a replica copied it (Redis before 7 does that on disk): it is old.
judge_own_data() {
  empty=no
  if [ "$log" = no ] && [ ! -e "$dump" ]; then
    empty=yes
  elif [ -n "$holder" ]; then
    if [ "$log$wants_log" = nono ] && [ -z "$(setting save default "$@")" ]; then
      empty=yes
    elif [ -z "$(find "$dump" "$log_dir" "$REDIS_DATA_DIR/$log_name" -type f -size +2048 2> /dev/null)" ]; then
      # A snapshot or a log may hold no keys. Only small files (2048 blocks are 1 MB) can, and they load at once.
      [ -n "$own_keys" ] || own_keys=$(count_own_keys "$@")
      [ "$own_keys" != 0 ] || empty=yes
    fi
  fi
}

# choose_files [ARGUMENT…]: sets switch_log, `yes` or `no` when settle.sh has to, else empty.
#
# Redis reads either the log or the snapshot, by what `appendonly` says now, not by which of them has the data. So when
# that was just changed (or a backup was put back), it starts as before, and settle.sh makes the change.
choose_files() {
  switch_log=
  if [ "$wants_log" = yes ] && [ "$log" = no ] && [ -e "$dump" ]; then
    say "appendonly is on but there is only a snapshot: reads that, and begins the log after it"
    switch_log=yes
  elif [ "$wants_log" = no ] && [ "$log" = yes ]; then
    newer=
    if [ -e "$dump" ]; then
      newer=$(find "$log_dir" "$REDIS_DATA_DIR/$log_name" -type f -newer "$dump" 2> /dev/null | head -n 1)
    fi
    if { [ -e "$dump" ] && [ -z "$newer" ]; } || [ -z "$(setting save default "$@")" ]; then
      # Left in place, it would be read when appendonly is switched on again, however old it is by then.
      keep "$log_dir" "$REDIS_DATA_DIR/$log_name"
      say "appendonly is off: the log of before is kept in $kept, delete it when nothing is missing"
    else
      say "appendonly is off but the log has the newest data: reads that, and takes a snapshot after it"
      switch_log=no
    fi
  fi
}
