# shellcheck shell=sh disable=SC2034 # what is set here is for the script that reads this
# Whether this pod is the master, or whom it follows. Read by start.sh with `.`; `find_role` sets verdict, master_host and
# master_port (empty: this pod is the master), self_host, self and hand_over.
#
# How it is decided:
#   1. A pod that is master now, with data, stays it: this pod joins it. If this pod is the declared master and was not
#      replaced by hand since, settle.sh then takes over without losing a write.
#   2. No master, but a pod follows this one: it goes on as master. So a promotion survives every restart. If the values
#      declare another one since, settle.sh then hands over to that.
#   3. Otherwise the declared master is master, and the others follow it.
#   An empty master never starts beside replicas with data, and a replica with data never follows an empty master:
#   either would wipe the data. They wait, and say how to go on.
#   Whoever was master and has to follow another keeps its own files aside, in kept-<time>/ on its volume.

# shellcheck source=chart/files/data.sh
. "${0%/*}/data.sh"

wait_seconds=${REDIS_WAIT_SECONDS:-30}
survey=$REDIS_RUN_DIR/survey

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
  awk -v declared="$declared" -v self="$self" -v address="${POD_IP:-none}:$REDIS_PORT" -v name="$POD_NAME" \
    -v port="$REDIS_PORT" -v following="$following" "
    $1 { if (\$1 == declared) { best = \$0; exit } if (best == \"\") best = \$0 }
    END { print best }" "$survey"
}

# word NUMBER LINE
word() { printf '%s\n' "$2" | cut -d ' ' -f "$1"; }

# every SECONDS TEXT: says something again and again while waiting, but not with every look.
last_said=0
every() {
  now=$(date +%s)
  [ $((now - last_said)) -ge "$1" ] || return 0
  last_said=$now
  shift
  say "$@"
}

# follow LINE WHY…, lead WHY…: the two verdicts.
follow() {
  master_host=$(word 2 "$1")
  master_port=$(word 3 "$1")
  verdict="pod $me follows pod $(word 1 "$1") ($master_host):"
  shift
  verdict="$verdict $*"
}

lead() { verdict="pod $me starts as master: $*"; }

# Decides: sets verdict, master_host and master_port (empty: this pod is the master), and hand_over: `take` or `give`
# the role of the master, or empty. Comes back with 1 when it has to look again.
decide() {
  master_host=
  master_port=
  hand_over=
  settled=$(remembered settled)
  role=$(remembered role)
  following=$(remembered following)
  # shellcheck disable=SC2016 # awk's $, here and below
  holder=$(found '($4 == "slave" || $4 == "master") && $5 > 0')
  judge_own_data "$@"

  # 1. A master with data.
  # shellcheck disable=SC2016
  line=$(found '$4 == "master" && $5 > 0')
  # Of two masters the one it was pointed to, unless the values changed since.
  if [ "$role" = slave ] && [ "$settled" = "$declared" ]; then
    # shellcheck disable=SC2016
    former=$(found '$4 == "master" && $5 > 0 && $2 ":" $3 == following')
    line=${former:-$line}
  fi
  if [ -n "$line" ]; then
    there=$(word 1 "$line")
    if [ "$me" -ne "$declared" ] && [ "$there" -eq "$declared" ] && [ "$role" = master ] &&
      [ "$settled" = "$declared" ] && [ "$empty" = no ]; then
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
      follow "$line" "it was promoted by hand and is master with $(word 5 "$line") keys." \
        "Services still lead to this pod: set replication.masterOrdinal=$there"
    elif [ "$me" -eq "$declared" ]; then
      follow "$line" "it is master with $(word 5 "$line") keys;" \
        "this pod, the declared master, takes over when it has them."
      hand_over=take
    else
      follow "$line" "it is master with $(word 5 "$line") keys"
    fi
    return 0
  fi

  # 2. Nobody is master, but somebody follows this pod.
  # shellcheck disable=SC2016
  follower=$(found '$4 == "slave" && ($6 == self || $6 == address || index($6, name ".") == 1 || $6 == name ":" port)')
  # A replica may have replicas of its own, and is no master for that; unless the declared master is one of them.
  if [ "$role" = slave ] && [ "$(word 1 "$follower")" != "$declared" ] && [ "$me" -ne "$declared" ]; then follower=; fi
  if [ "$me" -eq "$declared" ] || [ -n "$follower" ]; then
    if [ "$empty" = yes ] && [ "${REDIS_ALLOW_EMPTY_MASTER:-no}" != yes ] && ! nothing_to_lose; then return 1; fi
    if [ "$me" -ne "$declared" ] && [ -n "$settled" ] && [ "$settled" != "$declared" ]; then
      lead "pod $(word 1 "$follower") follows it and no other pod is master;" \
        "it hands over to pod $declared, the declared master"
      hand_over=give
      return 0
    elif [ -n "$follower" ]; then
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
  if [ -n "$(found '$1 == declared && $4 == "master"')" ] && [ "$empty" = no ] &&
    [ "${REDIS_ALLOW_EMPTY_MASTER:-no}" != yes ]; then
    # Once: loading a big file takes long, and it does not change while this pod waits.
    [ -n "$own_keys" ] || own_keys=$(count_own_keys "$@")
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

# Whether an empty master may start: nobody holds data, or may hold some.
nothing_to_lose() {
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
