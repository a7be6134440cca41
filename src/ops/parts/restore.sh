# shellcheck shell=sh disable=SC2154,SC2034 # facts and parameters are set by the script
# Putting data back so that they stay. A server that ends writes what it holds over the files, so none runs while they
# are placed; and one that keeps a log looks at no snapshot, so there the data become the base of its log.

# Sets target (the pod whose volume gets the data), claim, count (how many pods are to run again) and keeps_log.
look_at_release() {
  need_release
  need_secret
  count=$(number "$(kube get statefulset "$fullname" -o 'jsonpath={.spec.replicas}')")
  keeps_log=$is_log_on
  target=${pod:-$declared_master}
  if [ "$count" -gt 0 ]; then
    # Without a server that answers, what the values say has to do.
    answering=
    for name in $(pod_names); do
      found=$(try_redis "$name" info replication)
      if [ "$(field role "$found")" = master ]; then answering="$answering $name"; fi
    done
    case $answering in
      ' '*' '*) [ -n "$pod" ] || die "more than one pod is master:$answering. Say with --pod whose volume gets the data" ;;
      ?*) [ -n "$pod" ] || target=${answering# } ;;
    esac
    keeps_log=$(config_get "$target" appendonly "$is_log_on")
  else
    # Stopped by a try before this one.
    for name in $pods; do count=$((count + 1)); done
  fi
  template=$(kube get statefulset "$fullname" -o 'jsonpath={.spec.volumeClaimTemplates[?(@.metadata.name=="data")].metadata.name}')
  claim=$(kube get statefulset "$fullname" -o 'jsonpath={.spec.template.spec.volumes[?(@.name=="data")].persistentVolumeClaim.claimName}')
  [ -z "$template" ] || claim=data-$target
  if dry; then claim=data-$target; fi
  [ -n "$claim" ] || die "the data of $fullname live in the pod and go with it (persistence.enabled is false): there is" \
    "no volume to put them on. Load them from a server that has them: REPLICAOF, then REPLICAOF NO ONE"
  kube get persistentvolumeclaim "$claim" -o name > /dev/null
}

# Stops every pod, which is the only way to be sure that nothing writes.
stop_servers() {
  names=$(pod_names)
  kube scale statefulset "$fullname" --replicas=0
  for name in $names; do
    kube wait --for=delete "pod/$name" --timeout="$((grace_seconds + 300))s"
  done
}

start_servers() {
  kube scale statefulset "$fullname" --replicas="$count"
  wait_until "$ready_seconds" "the pods to answer with their data and their links" are_up
}

are_up() {
  ordinal=0
  while [ "$ordinal" -lt "$count" ]; do
    found=$(try_redis "$fullname-$ordinal" info)
    [ "$(field loading "$found")" = 0 ] || return 1
    case $(field role "$found")$(field master_link_status "$found") in master | slaveup) ;; *) return 1 ;; esac
    ordinal=$((ordinal + 1))
  done
}

# What runs in the helper: puts the checked files from $3 where the server will look, and what lay there into $4.
# shellcheck disable=SC2016 # for the shell in the pod
place='set -eu
umask 077
kind=$1 keeps_log=$2 from=$3 aside=$4 dump=$5 log=$6 log_dir=$7
cd "$from"
version=$(redis-server --version | sed -n "s/.* v=\([0-9]*\)\..*/\1/p")
if [ "$keeps_log" != yes ] && [ "$kind" != rdb ]; then
  # The server will look at a snapshot only: one that reads the log writes it.
  set -- --port 0 --unixsocket "$from/s" --dir "$from" --appendonly yes --appendfilename "$log" --save "" --daemonize no
  [ "$version" -lt 7 ] || set -- "$@" --appenddirname "$log_dir"
  redis-server "$@" > server.log 2>&1 &
  server=$!
  until redis-cli -s s info persistence 2> /dev/null | grep -q "^loading:0"; do
    kill -0 "$server" 2> /dev/null || { cat server.log >&2; exit 1; }
    sleep 1
  done
  redis-cli -s s config set dbfilename dump.rdb > /dev/null
  [ "$(redis-cli -s s save)" = OK ] || { cat server.log >&2; kill -9 "$server"; exit 1; }
  kill -9 "$server"
  kind=rdb
fi
if [ "$kind" = aof-folder ] && [ "$version" -lt 7 ]; then
  echo "a Redis $version cannot read the log of Redis 7: restore the snapshot of the same backup (--kind rdb)" >&2
  exit 1
fi
cd ..
mkdir -p "$aside"
for old in "$dump" "$log" "$log_dir"; do
  [ ! -e "$old" ] || mv "$old" "$aside/"
done
case $kind,$keeps_log in
  rdb,yes)
    if [ "$version" -ge 7 ]; then
      mkdir "$log_dir"
      mv "$from/dump.rdb" "$log_dir/$log.1.base.rdb"
      echo "file $log.1.base.rdb seq 1 type b" > "$log_dir/$log.manifest"
    else
      mv "$from/dump.rdb" "$log"
    fi
    ;;
  rdb,*) mv "$from/dump.rdb" "$dump" ;;
  aof-folder,*) mv "$from/$log_dir" "$log_dir" ;;
  aof-file,*) mv "$from/$log" "$log" ;;
esac
sync'
