# shellcheck shell=sh disable=SC2154,SC2034 # facts and parameters are set by the script
# Looking before and after a change of what runs, and whether the data survive the way there and back.

# rdb_format VERSION: the format of the snapshots that it writes; empty where that is not known.
rdb_format() {
  case $1 in
    5.* | 6.*) echo 9 ;;
    7.0 | 7.0.* | 7.1 | 7.1.*) echo 10 ;;
    7.2 | 7.2.* | 7.3 | 7.3.*) echo 11 ;;
    7.4 | 7.4.* | 8.0 | 8.0.*) echo 12 ;;
  esac
}

# version_of IMAGE: the version in its tag; empty for one that names none.
version_of() { printf '%s\n' "$1" | sed -n 's/@.*//; s/.*:\([0-9][0-9]*\.[0-9][0-9.]*\).*/\1/p'; }

# reading FROM TO LOG: what a server of version TO makes of the files of FROM: complete, empty, refused or unknown.
reading() (
  wrote=$(rdb_format "$1")
  reads=$(rdb_format "$2")
  if [ -z "$wrote" ] || [ -z "$reads" ]; then
    if [ -n "$1" ] && [ "$1" = "$2" ]; then echo complete; else echo unknown; fi
  elif [ "$3" = yes ] && is_at_least 7 0 "$1" && ! is_at_least 7 0 "$2"; then
    echo empty
  elif [ "$wrote" -gt "$reads" ]; then
    echo refused
  else
    echo complete
  fi
)

# say_reading FROM TO LOG: the same as a sentence.
say_reading() {
  case $(reading "$@") in
    complete) echo "Redis $2 reads what Redis $1 wrote: the data survive" ;;
    empty) echo "Redis $2 finds no log of Redis $1, which keeps it in a folder: it starts empty, without an error" ;;
    refused) echo "Redis $2 does not start on what Redis $1 wrote (Can't handle RDB format version $(rdb_format "$1"))" ;;
    *) echo "whether Redis ${2:-of an unknown version} reads what Redis $1 wrote is not known" ;;
  esac
}

# keys_of POD: the keys of all databases.
keys_of() { try_redis "$1" info keyspace | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }'; }

# running POD: the version that runs there.
running() { field redis_version "$(try_redis "$1" info server)"; }

# check_state: findings where the release is not well: pods, roles, links, lag, saves, memory, disk.
check_state() {
  survey
  for name in $silent; do finding "$name does not answer"; done
  for name in $broken; do finding "$name has no link to its master"; done
  case $masters in
    '') finding "no pod is master" ;;
    *' '*) finding "more than one pod is master: $masters" ;;
    "$declared_master") ;;
    *) finding "the master is $masters, but the values declare $declared_master: the next restart decides; see $(helm_line "$masters")" ;;
  esac
  master_pod=${masters%% *}
  for name in $names; do
    case " $silent " in *" $name "*) continue ;; esac
    info=$(try_redis "$name" info)
    lag=$(number "$(field master_last_io_seconds_ago "$info")")
    [ "$lag" -le "$most_lag_seconds" ] || finding "$name has heard nothing from its master for $lag s"
    [ "$(field loading "$info")" != 1 ] || finding "$name is still loading its data"
    [ "$(field rdb_last_bgsave_status "$info")" != err ] || finding "$name: the last snapshot failed"
    [ "$(field aof_last_write_status "$info")" != err ] || finding "$name: the last write to the log failed"
    [ "$(field aof_last_bgrewrite_status "$info")" != err ] || finding "$name: the last rewrite of the log failed"
    used=$(bytes used_memory "$info")
    most=$(bytes maxmemory "$info")
    if [ "$most" -gt 0 ] && [ $((used * 100 / most)) -gt 95 ]; then
      finding "$name uses $((used * 100 / most)) % of maxmemory: writes fail or keys go while it restarts"
    fi
  done
}

# check_disk POD: room for one more snapshot, and the log once more.
check_disk() {
  folder=$(config_get "$1" dir "$data_dir")
  room=$(in_pod "$1" df -Pk "$folder" | awk 'NR == 2 { print $4 }')
  taken=$(in_pod "$1" du -sk "$folder" | awk 'NR == 1 { print $1 }')
  dry && return 0
  if [ -z "$room" ] || [ -z "$taken" ]; then
    finding "how full the volume of $1 is cannot be told"
  elif [ "$(number "$room")" -lt "$(number "$taken")" ]; then
    finding "the volume of $1 has $room KiB free and $taken KiB in use: a snapshot and a new log need as much again"
  else
    good "the volume of $1 has $room KiB free for $taken KiB of data"
  fi
}

# check_release: helm is not in the middle of something.
check_release() {
  status=$(run_helm status "$release" -n "$namespace") || die "helm knows no release $release in $namespace: $status"
  dry && return 0
  status=$(printf '%s\n' "$status" | sed -n 's/^STATUS: *//p')
  case $status in
    deployed) good "helm: $status" ;;
    pending*) finding "helm: $status. An upgrade was interrupted; go back to the last revision that was deployed first" ;;
    *) finding "helm: ${status:-no status}" ;;
  esac
}

# keep FILE LINE: a line that the look afterwards compares with.
keep() { dry || printf '%s\n' "$2" > "$1"; }

# verdict: GO or NO-GO, which is also how the script leaves.
verdict() {
  dry && return 0
  if [ "$findings" = 0 ]; then note "verdict: GO"; else note "verdict: NO-GO, $findings findings"; fi
}

# go: no later step runs with findings, unless the person who knows better has said so.
go() {
  verdict
  if dry || [ "$findings" = 0 ]; then return 0; fi
  [ "${despite_findings:-no}" = yes ] || die "the release is not well: mend the findings, or say --despite-findings yes"
  findings=0
}

# upgrade_with WORD…: helm upgrade, with what was said of the new side.
upgrade_with() {
  [ -n "$chart" ] || dry || die "say with --chart which chart to upgrade with"
  set -- upgrade "$release" "$chart" -n "$namespace" --reset-then-reuse-values "$@"
  [ -z "$chart_version" ] || set -- "$@" --version "$chart_version"
  [ -z "$values" ] || set -- "$@" -f "$values"
  [ -z "$image_tag" ] || set -- "$@" --set-string "image.tag=$image_tag"
  run_helm "$@"
}

# is_well: every pod answers, has its data, and one is master.
is_well() {
  found_masters=0
  for name in $(pod_names); do
    info=$(try_redis "$name" info)
    [ "$(field loading "$info")" = 0 ] || return 1
    case $(field role "$info")$(field master_link_status "$info") in
      master) found_masters=$((found_masters + 1)) ;;
      slaveup) ;;
      *) return 1 ;;
    esac
  done
  [ "$found_masters" = 1 ]
}

# check_after: what must be so when it is done.
check_after() {
  wait_until "${ready_seconds:-900}" "every pod to answer with its data" is_well
  check_state
  for name in $names; do
    case " $silent " in *" $name "*) continue ;; esac
    now=$(running "$name")
    if [ -n "$expect" ] && [ "$now" != "$expect" ]; then
      case $now in "$expect".*) good "$name runs Redis $now" ;; *) finding "$name runs Redis $now, expected $expect" ;; esac
    else
      good "$name runs Redis $now"
    fi
  done
  [ -z "$master_pod" ] || dry || check_writes "$master_pod"
  if [ -n "$master_pod" ]; then
    keys=$(keys_of "$master_pod")
    if [ -n "$keys_before" ]; then
      # The key of the check may be there too.
      if [ $((keys + 1 + keys_before / 100)) -lt "$keys_before" ]; then
        finding "$master_pod has $keys keys, before it were $keys_before"
      else
        good "$master_pod has $keys keys, before it were $keys_before"
      fi
    else
      note "$master_pod has $keys keys"
    fi
  fi
}

# revision_now: the number of helm's revision that is deployed.
revision_now() {
  history=$(run_helm history "$release" -n "$namespace" --max 20)
  if dry; then echo 1; return 0; fi
  printf '%s\n' "$history" | awk '/^[0-9]/ && /deployed/ { last = $1 } END { print last }'
}

# in_green WORD…: kubectl in the namespace of the second release.
in_green() { call "$kubectl" ${context:+--context "$context"} -n "${green:-}" "$@"; }

# is_follower_of REPLICA MASTER: whether a server of the one version can copy from one of the other.
is_follower_of() {
  own=$(rdb_format "$1")
  theirs=$(rdb_format "$2")
  [ -n "$own" ] && [ -n "$theirs" ] && [ "$theirs" -le "$own" ]
}
