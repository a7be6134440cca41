#!/bin/sh
# Starts Redis: writes the part of its configuration that only the pod knows, decides in replica mode whether this pod
# is the master or whom it follows, says so in one line, and becomes redis-server, so that SIGTERM reaches it.
# Arguments go on to redis-server and win over everything.
#
# Environment: what common.sh lists, and
#   REDIS_BASE_CONF           the mounted redis.conf                                       /usr/local/etc/redis/redis.conf
#   REDIS_CONF                the one that is written and used, mode 0600                  $REDIS_RUN_DIR/redis.conf
#   REDIS_WAIT_SECONDS        how long to wait for pods that may know better               30
#   REDIS_ALLOW_EMPTY_MASTER  `yes`: start as an empty master beside pods that hold data, or follow one: wipes them   (no)
#
# How the role is decided (replica mode):
#   1. A pod that is master now, with data, stays it: this pod joins it. If this pod is the declared master and was not
#      replaced by hand since, settle.sh then takes over without losing a write.
#   2. No master, but a pod follows this one: it goes on as master. So a promotion survives every restart.
#   3. Otherwise the declared master is master, and the others follow it.
#   An empty master never starts beside replicas with data, and a replica with data never follows an empty master:
#   either would wipe the data. They wait, and say how to go on.
#   Whoever was master and has to follow another keeps its own files aside, in kept-<time>/ on its volume.
set -eu
umask 077

scripts=${0%/*}
# shellcheck source=chart/files/common.sh
. "$scripts/common.sh"

base=${REDIS_BASE_CONF:-/usr/local/etc/redis/redis.conf}
conf=${REDIS_CONF:-$REDIS_RUN_DIR/redis.conf}
wait_seconds=${REDIS_WAIT_SECONDS:-30}
survey=$REDIS_RUN_DIR/survey

# What an earlier run of this container left.
rm -f "$REDIS_RUN_DIR/password" "$REDIS_RUN_DIR/password.new" "$taking_over" "$survey"

# quote: standard input as one word of redis.conf, every byte as \xNN: there is nothing left to get wrong.
quote() { printf '"%s"' "$(od -An -v -tx1 | tr -d '\n' | sed 's/ *\([0-9a-f][0-9a-f]\)/\\x\1/g')"; }

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

read_password() {
  [ -n "${REDIS_PASSWORD_FILE:-}" ] || { password=; return 0; }
  secret=${REDIS_SECRET:-$REDIS_PASSWORD_FILE}
  if [ ! -r "$REDIS_PASSWORD_FILE" ]; then
    say "there is no password: the Secret or its key ($secret) does not exist. Redis does not start without it."
    say "set redis.existingSecret to a Secret that exists and redis.secretKeyName to one of its keys;" \
      "\`kubectl describe secret ${secret%%/*}\` lists them"
    exit 1
  fi
  if [ "$(tr -cd '\000' < "$REDIS_PASSWORD_FILE" | wc -c)" -ne 0 ]; then
    say "the password in $secret has a NUL byte: no client can send it"
    exit 1
  fi
  password=$(cat "$REDIS_PASSWORD_FILE")
  if [ -z "$password" ]; then
    say "the password in $secret is empty"
    exit 1
  fi
  printf '%s' "$password" > "$REDIS_RUN_DIR/password"
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

# look HOST PORT: one line about a pod: `absent` (no such name), `refused` (nobody listens), `silent`, `denied`,
# `loading`, `master KEYS FOLLOWERS` or `slave KEYS MASTER_HOST:PORT`.
look() (
  info=$(ask "$1" "$2" info) || true
  case $info in
    *role:*) ;;
    *[Nn]ame*not*known* | *Name*does*not*resolve* | *No*address*associated* | *no*usable*address*) echo absent; return ;;
    *refused*) echo refused; return ;;
    *NOAUTH* | *WRONGPASS* | *NOPERM*) echo denied; return ;;
    *) echo silent; return ;;
  esac
  keys=$(printf '%s\n' "$info" | count_keys)
  if [ "$(printf '%s\n' "$info" | field loading)" = 1 ]; then
    echo loading
  elif [ "$(printf '%s\n' "$info" | field role)" = master ]; then
    echo "master $keys $(printf '%s\n' "$info" | field connected_slaves)"
  else
    echo "slave $keys $(printf '%s\n' "$info" | field master_host):$(printf '%s\n' "$info" | field master_port)"
  fi
)

# Asks every other pod; one line each in $survey: `ORDINAL HOST PORT` and what `look` says.
look_around() {
  : > "$survey"
  ordinal=0
  while [ "$ordinal" -lt "$count" ]; do
    if [ "$ordinal" -ne "$me" ]; then
      address=$(pod "$ordinal")
      # shellcheck disable=SC2086 # host and port
      echo "$ordinal $address $(look $address)" >> "$survey"
    fi
    ordinal=$((ordinal + 1))
  done
}

# found CONDITION: the first line of the survey that an awk condition holds for; the declared master's before others.
# $1 ordinal, $2 host, $3 port, $4 what, $5 keys, $6 followers or master.
found() {
  awk -v declared="$declared" -v self="$self" -v address="${POD_IP:-none}:$REDIS_PORT" -v name="$POD_NAME" -v port="$REDIS_PORT" "
    $1 { if (\$1 == declared) { best = \$0; exit } if (best == \"\") best = \$0 }
    END { print best }" "$survey"
}

# word NUMBER LINE
word() { printf '%s\n' "$2" | cut -d ' ' -f "$1"; }

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

# every SECONDS TEXT: says something again and again while waiting, but not with every look.
last_said=0
every() {
  now=$(date +%s)
  [ $((now - last_said)) -ge "$1" ] || return 0
  last_said=$now
  shift
  say "$@"
}

follow() { # follow LINE WHY
  master_host=$(word 2 "$1")
  master_port=$(word 3 "$1")
  verdict="pod $me follows pod $(word 1 "$1") ($master_host): $2"
}

lead() { verdict="pod $me starts as master: $1"; }

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
      [ -n "${own_keys:-}" ] || own_keys=$(count_own_keys "$@")
      [ "$own_keys" != 0 ] || empty=yes
    fi
  fi
}

# Decides: sets verdict, master_host and master_port (empty: this pod is the master), and whether to take over. Comes
# back with 1 when it has to look again.
decide() {
  master_host=
  master_port=
  take_over=no
  settled=$(remembered settled)
  role=$(remembered role)
  following=$(remembered following)
  # shellcheck disable=SC2016 # awk's $, here and below
  holder=$(found '($4 == "slave" || $4 == "master") && $5 > 0')
  judge_own_data "$@"

  # 1. A master with data.
  # shellcheck disable=SC2016
  line=$(found '$4 == "master" && $5 > 0')
  if [ -n "$line" ]; then
    there=$(word 1 "$line")
    if [ "$me" -ne "$declared" ] && [ "$there" -eq "$declared" ] && [ "$role" = master ] && [ "$settled" = "$declared" ] &&
      [ "$empty" = no ]; then
      case " $(remembered followers)" in
        *" $(word 2 "$line"):$(word 3 "$line") "*) ;;
        *)
          lead "it was promoted by hand, but pod $there is a master too, with other data. Nothing is thrown away: decide."
          say "TWO MASTERS. To keep this pod's data: set replication.masterOrdinal=$me. To keep pod $there's:" \
            "\`redis-cli replicaof $(word 2 "$line") $(word 3 "$line")\` in this pod."
          return 0
          ;;
      esac
    fi
    # The values confirm a promotion by hand.
    if [ "$me" -eq "$declared" ] && [ "$role" = master ] && [ -n "$settled" ] && [ "$settled" != "$declared" ] &&
      [ "$empty" = no ]; then
      lead "it was promoted by hand and is the declared master now; pod $there joins it when it restarts"
      return 0
    fi
    [ "$role" != master ] || keep_aside
    if [ "$me" -eq "$declared" ] && [ "$settled" = "$declared" ] && [ "$empty" = no ]; then
      follow "$line" "it was promoted by hand and is master with $(word 5 "$line") keys. Services still lead to this pod: set replication.masterOrdinal=$there"
    elif [ "$me" -eq "$declared" ]; then
      follow "$line" "it is master with $(word 5 "$line") keys; this pod, the declared master, takes over when it has them."
      take_over=yes
    else
      follow "$line" "it is master with $(word 5 "$line") keys"
    fi
    return 0
  fi

  # 2. Nobody is master, but somebody follows this pod.
  # shellcheck disable=SC2016
  follower=$(found '$4 == "slave" && ($6 == self || $6 == address || index($6, name ".") == 1 || $6 == name ":" port)')
  if [ "$me" -eq "$declared" ] || [ -n "$follower" ]; then
    if [ "$empty" = yes ] && [ "${REDIS_ALLOW_EMPTY_MASTER:-no}" != yes ]; then
      refuse_to_be_empty && return 0
      return 1
    fi
    if [ -n "$follower" ]; then
      lead "pod $(word 1 "$follower") follows it and no other pod is master"
      return 0
    fi
    # It followed another, or became the declared one just now: that other may be about to come back.
    if [ "$role" = slave ] && [ "$following" != "$self" ] && wait_for_former; then return 1; fi
    if [ "$empty" = yes ]; then
      lead "it is the declared master, there are no data yet"
    else
      lead "it is the declared master and no other pod is one"
    fi
    return 0
  fi

  # 3. A promotion by hand, and the values still say what they said then.
  if [ "$role" = master ] && [ "$settled" = "$declared" ] && [ "$empty" = no ]; then
    lead "it was promoted by hand; no other pod is master. Set replication.masterOrdinal=$me, so that Services lead here."
    return 0
  fi

  # A promotion by hand of another pod, which is not up yet.
  if [ "$role" = slave ] && [ "$settled" = "$declared" ] && [ "$following" != "$(pod "$declared" | tr ' ' :)" ] &&
    wait_for_former; then
    return 1
  fi

  # shellcheck disable=SC2016
  if [ -n "$(found '$1 == declared && $4 == "master"')" ] && [ "$empty" = no ] && [ "${REDIS_ALLOW_EMPTY_MASTER:-no}" != yes ]; then
    # Once: loading a big file takes long, and it does not change while this pod waits.
    [ -n "${own_keys:-}" ] || own_keys=$(count_own_keys "$@")
    if [ "$own_keys" != 0 ]; then
      every 60 "WAITING: pod $declared, the declared master, has no data, and this pod has ($own_keys keys): following it" \
        "would wipe them. To make this pod the master: set replication.masterOrdinal=$me. If the data may go:" \
        "set REDIS_ALLOW_EMPTY_MASTER=yes for one start."
      return 1
    fi
  fi
  [ "$role" != master ] || keep_aside
  follow "$declared $(pod "$declared")" "it is the declared master"
}

# Waits for the pod that was master, but not for ever: comes back with 1 when that was long enough.
wait_for_former() {
  longest=$wait_seconds
  # A pod with another password takes the new one when kubelet has brought it, which may be minutes.
  # shellcheck disable=SC2016
  [ -z "$(found '$4 == "denied"')" ] || longest=$((wait_seconds * 6))
  [ "$waited" -lt "$longest" ] || return 1
  every 60 "pod $me was a replica of $following, which does not answer as master; waiting up to $longest s for it"
}

# An empty master beside pods that hold data, or may. Comes back with 0 when there is nothing to lose.
refuse_to_be_empty() {
  if [ -n "$holder" ]; then
    every 60 "WAITING: this pod would be master but has no data, and pod $(word 1 "$holder") holds $(word 5 "$holder") keys: its" \
      "replicas would copy the emptiness. If the volume is lost, promote that pod:" \
      "\`redis-cli replicaof no one\` in pod $(word 1 "$holder"); this pod then joins it, copies the data and takes over." \
      "If the data may go: set REDIS_ALLOW_EMPTY_MASTER=yes for one start."
    return 1
  fi
  # shellcheck disable=SC2016
  line=$(found '$4 == "loading" || $4 == "denied" || $4 == "silent"')
  if [ -n "$line" ]; then
    every 60 "WAITING: this pod would be master but has no data, and pod $(word 1 "$line") does not say whether it has" \
      "($(word 4 "$line")). denied: it has another password; silent: its node or a NetworkPolicy keeps it from answering." \
      "If there is nothing to lose: set REDIS_ALLOW_EMPTY_MASTER=yes for one start."
    return 1
  fi
  # shellcheck disable=SC2016
  if [ -n "$(found '$4 == "refused"')" ] && [ "$waited" -lt "$wait_seconds" ]; then
    every 60 "this pod has no data; waiting up to $wait_seconds s for pods that are starting and may have some"
    return 1
  fi
  lead "it is the declared master, there are no data yet"
}

find_role() {
  me=${POD_NAME##*-}
  declared=$REDIS_MASTER_ORDINAL
  count=$(pods)
  case $me$declared$count in
    *[!0-9]* | '')
      say "POD_NAME must end in -<ordinal>, REDIS_MASTER_ORDINAL and REDIS_PODS be numbers:" \
        "found '$POD_NAME', '$REDIS_MASTER_ORDINAL', '$REDIS_PODS'"
      exit 1
      ;;
  esac
  # A pod that was just added knows better than the count it was started with.
  [ "$count" -gt "$me" ] || count=$((me + 1))
  if [ "$declared" -ge "$count" ]; then
    say "replication.masterOrdinal is $declared, but the pods are 0 to $((count - 1))"
    exit 1
  fi
  address=$(pod "$me")
  self_host=${address% *}
  self=$self_host:${address#* }
  started=$(date +%s)
  while :; do
    waited=$(($(date +%s) - started))
    look_around
    decide "$@" && break
    sleep 2
  done
}

if [ ! -r "$base" ]; then
  say "there is no redis.conf at $base: does the ConfigMap have the key redis.conf?"
  exit 1
fi
read_password
find_files "$@"

# The mounted file comes by `include`: a file that does not end in a newline does no harm. What follows wins over it.
{
  printf 'include %s\n' "$base"
  printf 'daemonize no\nport %s\ndir %s\n' "$REDIS_PORT" "$REDIS_DATA_DIR"
  if [ -n "$password" ]; then
    quoted=$(printf '%s' "$password" | quote)
    printf 'requirepass %s\nmasterauth %s\n' "$quoted" "$quoted"
  fi
} > "$conf"

take_over=no
if [ "$REDIS_MODE" = replica ]; then
  find_role "$@"
  # Announced by name: the address changes with every restart, and FAILOVER finds this pod by what it announced.
  printf 'replica-announce-ip %s\nreplica-announce-port %s\n' "$self_host" "${self##*:}" >> "$conf"
  [ -z "$master_host" ] || printf 'replicaof %s %s\n' "$master_host" "$master_port" >> "$conf"
  say "$verdict"
else
  say "starts as the only pod"
fi

# Redis reads either the log or the snapshot, by what `appendonly` says now, not by which of them has the data. So when
# that was just changed (or a backup was put back), it starts as before, and settle.sh makes the change.
switch_log=
if [ "$wants_log" = yes ] && [ "$log" = no ] && [ -e "$dump" ]; then
  say "appendonly is on but there is only a snapshot: reads that, and begins the log after it"
  switch_log=yes
  set -- "$@" --appendonly no
elif [ "$wants_log" = no ] && [ "$log" = yes ]; then
  newer=
  [ ! -e "$dump" ] || newer=$(find "$log_dir" "$REDIS_DATA_DIR/$log_name" -type f -newer "$dump" 2> /dev/null | head -n 1)
  if { [ -e "$dump" ] && [ -z "$newer" ]; } || [ -z "$(setting save default "$@")" ]; then
    # Left in place, it would be read when appendonly is switched on again, however old it is by then.
    keep "$log_dir" "$REDIS_DATA_DIR/$log_name"
    say "appendonly is off: the log of before is kept in $kept, delete it when nothing is missing"
  else
    say "appendonly is off but the log has the newest data: reads that, and takes a snapshot after it"
    switch_log=no
    set -- "$@" --appendonly yes
  fi
fi

if [ "$take_over" = yes ]; then : > "$taking_over"; fi
if [ "$take_over" = yes ] || [ -n "$switch_log" ]; then
  sh "$scripts/settle.sh" "$$" "$take_over" "$switch_log" &
fi
unset password
exec redis-server "$conf" "$@"
