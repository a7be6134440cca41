# shellcheck shell=sh disable=SC2154,SC2034 # facts and parameters are set by the script
# Copies of data that can be put back. A folder is called a backup only when its files are complete, the server's own
# checkers have passed them, and what arrived is what they have seen; until then its name ends in `.unverified`.

: "${backup_dir:=.}" "${save_seconds:=3600}" "${timestamp:=}" "${with_secrets:=no}"

# sha256 FILE
sha256() {
  if command -v sha256sum > /dev/null; then sha256sum < "$1"; else shasum -a 256 < "$1"; fi | cut -d ' ' -f 1
}

# free_kib: of the output of `df -Pk FOLDER`, what is free.
free_kib() { number "$(printf '%s\n' "$1" | awk 'NR == 2 { print $4 }')"; }

# backup_begin KIND: makes the folder, and sets backup.
backup_begin() {
  stamp=${timestamp:-$(date -u +%Y%m%dT%H%M%SZ)}
  finished=$backup_dir/$namespace/$release/$stamp-$1
  backup=$finished.unverified
  dry && return 0
  if [ -e "$finished" ] || [ -e "$backup" ]; then die "$finished or its .unverified is there already: give another --timestamp"; fi
  mkdir -p "$backup"
  chmod 700 "$backup"
  {
    echo "kind=$1"
    echo "release=$release"
    echo "namespace=$namespace"
    echo "taken=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  } > "$backup/BACKUP"
}

# backup_fact NAME VALUE: a line about the backup.
backup_fact() { dry || grep -q "^$1=" "$backup/BACKUP" || echo "$1=$2" >> "$backup/BACKUP"; }

# backup_end: all files are verified, so this is a backup now.
backup_end() {
  dry && return 0
  (
    cd "$backup" || exit 2
    files=$(find . -type f | LC_ALL=C sort)
    for file in $files; do
      printf '%s  %s\n' "$(sha256 "$file")" "$file"
    done > SHA256SUMS
  )
  chmod -R go-rwx "$backup"
  mv "$backup" "$finished"
  backup=$finished
  note "backup: $finished"
}

# need_local KIB: this machine has room for a file of that size, and a little more.
need_local() {
  dry && return 0
  room=$(free_kib "$(df -Pk "$backup")")
  [ "$room" -gt $(($1 + 1024)) ] || die "the disk of $backup_dir has $room KiB free, the copy needs $1 KiB"
}

# need_remote POD FOLDER KIB WHAT: the volume of the pod has room.
need_remote() {
  room=$(in_pod "$1" df -Pk "$2")
  dry && return 0
  room=$(free_kib "$room")
  [ "$room" -gt "$3" ] || die "the volume of $1 has $room KiB free at $2, $4 needs about $3 KiB: make room or enlarge the claim"
}

# size_kib POD FILE: the size of a file or folder there; 0 when it is not there.
size_kib() {
  # shellcheck disable=SC2016 # for the shell in the pod
  size=$(in_pod "$1" sh -c 'if [ -e "$1" ]; then du -sk "$1"; else echo 0; fi' du "$2")
  number "${size%%[!0-9]*}"
}

# fetch POD FILE TO: copies a file, and sees to it that what arrived is what was sent.
fetch() {
  if dry; then
    in_pod "$1" cat "$2"
  else
    in_pod "$1" cat "$2" > "$3" || die "copying $2 from $1 to $3 failed"
  fi
  sent=$(in_pod "$1" sha256sum "$2")
  dry || [ "${sent%% *}" = "$(sha256 "$3")" ] || die "$3 is not what $1 sent: the connection was cut off"
}

# scratch POD FOLDER: a folder on the pod's volume that is deleted when the script ends; sets held. The same volume, so
# that files can be held by a second name, which needs no room.
scratch() {
  held=$2/.backup-$$-$(date +%s)
  held_by=$1
  at_end "in_pod $(quoted "$1") rm -rf $(quoted "$held")"
}

# bgsave POD: takes a snapshot and waits for its end, however long that is.
bgsave() {
  saving=$1
  wait_until "$save_seconds" "the snapshot that $saving was taking already" is_not_saving
  before=$(redis "$saving" lastsave)
  # The time of the last snapshot is in seconds: the next one must differ.
  dry || sleep 1
  redis "$saving" bgsave schedule >&2
  failures=0
  wait_until "$save_seconds" "the snapshot of $saving" is_saved
}

is_not_saving() {
  info=$(try_redis "$saving" info persistence)
  [ "$(field rdb_bgsave_in_progress "$info")" = 0 ]
}

is_saved() {
  info=$(try_redis "$saving" info persistence)
  [ -n "$info" ] || return 1
  [ "$(field rdb_last_save_time "$info")" = "$before" ] || return 0
  # Scheduled behind a rewrite of the log it may not have begun: one look is not enough to call it failed.
  if [ "$(field rdb_bgsave_in_progress "$info")$(field aof_rewrite_in_progress "$info")" = 00 ] &&
    [ "$(field rdb_last_bgsave_status "$info")" != ok ]; then
    failures=$((failures + 1))
    [ "$failures" -lt 3 ] || die "$saving could not take a snapshot (rdb_last_bgsave_status: err). Its log says why; a" \
      "full disk and a fork without memory are the usual reasons"
  fi
  return 1
}

is_not_rewriting() {
  info=$(try_redis "$saving" info persistence)
  [ "$(field aof_rewrite_in_progress "$info")$(field aof_rewrite_scheduled "$info")" = 00 ]
}

# What runs in the pod: holds a file or the log so that it stays as it is, and has the server's checker read it.
# shellcheck disable=SC2016 # for the shell in the pod
hold_rdb='set -eu
mkdir -p "$2"
ln "$1" "$2/dump.rdb" 2> /dev/null || cp "$1" "$2/dump.rdb"
redis-check-rdb "$2/dump.rdb"'

# A log grows while it is copied: a copy that ends within a command is taken again.
# shellcheck disable=SC2016
hold_aof='set -eu
folder=$1 name=$2 held=$3 tries=0
copy() {
  if [ ! -d "$folder" ]; then cp "${folder%/*}/$name" "$held/$name"; return; fi
  sed "/ type h$/d" "$folder/$name.manifest" > "$held/$name.manifest"
  while read -r _ file _ _ _ kind; do
    case $file in *[!A-Za-z0-9._-]*) echo "found file $file in the manifest, expected a plain name" >&2; return 1 ;; esac
    if [ "$kind" = b ] && ln "$folder/$file" "$held/$file" 2> /dev/null; then continue; fi
    cp "$folder/$file" "$held/$file" || return 1
  done < "$held/$name.manifest"
}
while :; do
  rm -rf "$held"
  mkdir -p "$held"
  if copy; then
    cd "$held"
    if [ -e "$name.manifest" ]; then file=$name.manifest; else file=$name; fi
    if redis-check-aof "$file" > .check 2>&1; then rm .check; exit 0; fi
    cat .check >&2
    cd /
  fi
  tries=$((tries + 1))
  [ "$tries" -lt 5 ] || { echo "five copies of the log, and none that redis-check-aof passes" >&2; exit 1; }
  sleep 1
done'

# backup_rdb POD: a snapshot, complete and checked, in $backup/dump.rdb.
backup_rdb() {
  need_server "$1"
  info=$(redis "$1" info server)
  backup_fact pod "$1"
  backup_fact redis_version "$(field redis_version "$info")"
  folder=$(config_get "$1" dir "$data_dir")
  file=$folder/$(config_get "$1" dbfilename "$dump")
  need_remote "$1" "$folder" "$(size_kib "$1" "$file")" "a snapshot"
  bgsave "$1"
  need_local "$(size_kib "$1" "$file")"
  scratch "$1" "$folder"
  checked=$(in_pod "$1" sh -c "$hold_rdb" hold "$file" "$held") || die "redis-check-rdb does not pass the snapshot of $1: $checked"
  dry || case $checked in *'RDB looks OK'*) ;; *) die "redis-check-rdb does not say that the snapshot is well: $checked" ;; esac
  fetch "$1" "$held/dump.rdb" "$backup/dump.rdb"
  keys=$(printf '%s\n' "$checked" | sed -n 's/^\[info\] \([0-9]*\) keys read/\1/p')
  backup_fact keys "$keys"
  good "redis-check-rdb passes the snapshot of $1: $keys keys"
}

# log_is_on POD
log_is_on() {
  info=$(redis "$1" info persistence)
  dry || [ "$(field aof_enabled "$info")" = 1 ]
}

# backup_aof POD: the append-only log: the folder of Redis 7, or the one file of before.
backup_aof() {
  need_server "$1"
  log_is_on "$1" || die "$1 keeps no append-only log (appendonly no): backup-rdb is the way there"
  info=$(redis "$1" info server)
  backup_fact pod "$1"
  backup_fact redis_version "$(field redis_version "$info")"
  saving=$1
  wait_until "$save_seconds" "the rewrite of the log of $1" is_not_rewriting
  folder=$(config_get "$1" dir "$data_dir")
  name=$(config_get "$1" appendfilename "$log")
  own=$folder/$(config_get "$1" appenddirname "$log_dir")
  amount=$(size_kib "$1" "$own")
  [ "$amount" -gt 0 ] || amount=$(size_kib "$1" "$folder/$name")
  need_remote "$1" "$folder" "$amount" "a copy of the log"
  need_local "$amount"
  scratch "$1" "$folder"
  in_pod "$1" sh -c "$hold_aof" hold "$own" "$name" "$held" || die "no copy of the log of $1 passes redis-check-aof"
  files=$(in_pod "$1" ls "$held")
  if dry; then files="$name.manifest"; fi
  case $files in
    *.manifest*) into=$backup/${own##*/} ;;
    *) into=$backup ;;
  esac
  dry || mkdir -p "$into"
  for file in $files; do
    fetch "$1" "$held/$file" "$into/$file"
  done
  info=$(redis "$1" info keyspace)
  backup_fact keys_about "$(printf '%s\n' "$info" | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }')"
  good "redis-check-aof passes the log of $1: $(printf '%s\n' "$files" | wc -l | tr -d ' ') files"
}

# backup_config POD: what the running server is set to, without what is secret.
backup_config() {
  need_server "$1"
  reply=$(redis "$1" config get '*')
  dry && return 0
  printf '%s\n' "$reply" | awk '
    NR % 2 == 1 { name = $0; next }
    name ~ /^(requirepass|masterauth|masteruser|tls-key-file-pass|tls-client-key-file-pass|primaryauth|primaryuser)$/ { next }
    { print name " " ($0 == "" ? "\"\"" : $0) }' > "$backup/redis.conf"
  grep -q '^maxmemory ' "$backup/redis.conf" || die "what CONFIG GET gave is no configuration: it has no maxmemory"
  good "$(wc -l < "$backup/redis.conf" | tr -d ' ') settings of $1; passwords are left out"
}

# backup_resources: the objects of the release; its Secrets only where --with-secrets says yes.
backup_resources() {
  kinds=statefulset,service,configmap,serviceaccount,role,rolebinding,poddisruptionbudget,horizontalpodautoscaler,networkpolicy
  if dry; then
    kube get "$kinds" -l "app.kubernetes.io/instance=$release" -o yaml
    kube get persistentvolumeclaim -l "app.kubernetes.io/instance=$release" -o yaml
  else
    kube get "$kinds" -l "app.kubernetes.io/instance=$release" -o yaml > "$backup/resources.yaml" || die "the objects could not be read"
    kube get persistentvolumeclaim -l "app.kubernetes.io/instance=$release" -o yaml > "$backup/claims.yaml" || die "the claims could not be read"
    grep -q "name: $fullname\$" "$backup/resources.yaml" || die "$backup/resources.yaml has no object named $fullname"
  fi
  if [ "${with_secrets:-no}" = yes ]; then
    if dry; then
      kube get secret -l "app.kubernetes.io/instance=$release" -o yaml
    else
      kube get secret -l "app.kubernetes.io/instance=$release" -o yaml > "$backup/secrets.yaml" || die "the Secrets could not be read"
    fi
  fi
  good "the objects of the release"
}

# backup_all: everything of a release, as one backup.
backup_all() {
  find_master
  backup_begin full
  backup_rdb "$master_pod"
  if log_is_on "$master_pod"; then backup_aof "$master_pod"; else note "no append-only log: appendonly is off"; fi
  backup_config "$master_pod"
  backup_resources
  backup_end
}
