# shellcheck shell=sh disable=SC2154,SC2034 # facts and parameters are set by the script
# A pod that does nothing by itself: the image and the rights of the servers, with a volume of theirs or an empty one.

# of_pods PATH: a part of what the StatefulSet makes its pods from, as JSON; `null` where it says nothing.
of_pods() {
  part=$(kube get statefulset "$fullname" -o "jsonpath={.spec.template.spec.$1}")
  printf '%s\n' "${part:-null}"
}

# helper_pod NAME CLAIM: starts it and waits until it is there. An empty CLAIM is a folder that goes with the pod. Ends
# with the script.
helper_pod() {
  helper=$1
  own="containers[?(@.name==\"$container\")]"
  helper_image=$(kube get statefulset "$fullname" -o "jsonpath={.spec.template.spec.$own.image}")
  rights=$(of_pods securityContext)
  own_rights=$(of_pods "$own.securityContext")
  nodes=$(of_pods nodeSelector)
  tolerations=$(of_pods tolerations)
  pull=$(of_pods imagePullSecrets)
  if [ -n "$2" ]; then volume="\"persistentVolumeClaim\": {\"claimName\": \"$2\"}"; else volume='"emptyDir": {}'; fi
  at_end "kube delete pod $(quoted "$helper") --ignore-not-found --wait=false > /dev/null"
  # One of an earlier try may be there, with another volume.
  kube delete pod "$helper" --ignore-not-found --wait
  kube_apply << MANIFEST
{"apiVersion": "v1", "kind": "Pod",
 "metadata": {"name": "$helper", "labels": {"app.kubernetes.io/component": "restore"}},
 "spec": {"restartPolicy": "Never", "automountServiceAccountToken": false, "securityContext": $rights,
  "nodeSelector": $nodes, "tolerations": $tolerations, "imagePullSecrets": $pull,
  "containers": [{"name": "$container", "image": "${helper_image:-$image}", "command": ["sh", "-c", "sleep 86400"],
    "securityContext": $own_rights, "volumeMounts": [{"name": "data", "mountPath": "$data_dir"}]}],
  "volumes": [{"name": "data", $volume}]}}
MANIFEST
  kube wait --for=condition=Ready "pod/$helper" --timeout=300s
}

# put POD FILE TO: copies a file into the pod, and sees to it that what arrived is what was sent.
put() {
  feed_pod "$1" sh -c "umask 077; cat > $(quoted "$3")" < "$2" || die "copying $2 to $3 in $1 failed"
  arrived=$(in_pod "$1" sha256sum "$3")
  dry || [ "${arrived%% *}" = "$(sha256 "$2")" ] || die "$3 in $1 is not $2: the connection was cut off"
}

# look_at PATH: what a file or folder of this machine is. Sets source_kind (rdb, aof-folder or aof-file) and source: a
# backup's folder, a snapshot, the folder of a log with its manifest, or a log of one file. WANTED (rdb, aof or auto)
# says which of a backup that has both.
look_at() {
  source=$1
  source_kind=
  dry && { source_kind=rdb; return 0; }
  [ -e "$source" ] || die "there is no $source on this machine"
  if [ -f "$source/BACKUP" ]; then
    case $source in *.unverified) die "$source was never verified, so it is no backup; what it has may be half of it" ;; esac
    check_sums "$source"
    manifest=$(find "$source" -mindepth 2 -name '*.manifest' | head -n 1)
    file=$(find "$source" -mindepth 1 -maxdepth 1 -name '*.aof' | head -n 1)
    case $2 in
      rdb) [ -f "$source/dump.rdb" ] || die "$source has no dump.rdb" ;;
      aof) [ -n "$manifest$file" ] || die "$source has no append-only log" ;;
    esac
    if [ "$2" != rdb ] && [ -n "$manifest" ]; then
      source=${manifest%/*}
    elif [ "$2" != rdb ] && [ -n "$file" ]; then
      source=$file
    else
      source=$source/dump.rdb
    fi
  fi
  if [ -d "$source" ]; then
    [ -n "$(find "$source" -maxdepth 1 -name '*.manifest')" ] || die "$source is a folder without a manifest: no backup, and no log"
    source_kind=aof-folder
  elif [ ! -f "$source" ]; then
    die "$source is no file: expected a backup's folder, a snapshot or a log"
  else
    # A log of one file may begin with a snapshot, so its name counts first.
    case $source,$(head -c 5 "$source" | tr -d '\000') in
      *.aof,* | *,'*'*) source_kind=aof-file ;;
      *,REDIS) source_kind=rdb ;;
      *) die "$source is neither a snapshot (it does not begin with REDIS) nor a log" ;;
    esac
  fi
}

# check_sums BACKUP: its files are those that were verified.
check_sums() {
  [ -f "$1/SHA256SUMS" ] || die "$1 has no SHA256SUMS: it was not finished, so it is no backup"
  while read -r sum file; do
    [ -f "$1/$file" ] || die "$1 has lost $file"
    [ "$sum" = "$(sha256 "$1/$file")" ] || die "$1/$file has changed since it was verified"
  done < "$1/SHA256SUMS"
}

# into_helper FOLDER: copies the source there, and has the checker of the helper's image read it; sets checked.
into_helper() {
  in_pod "$helper" mkdir -p "$1"
  needed=0
  dry || needed=$(du -sk "$source" | cut -f 1)
  need_remote "$helper" "$1" "$needed" "the copy"
  case $source_kind in
    rdb)
      put "$helper" "$source" "$1/dump.rdb"
      checked=$(in_pod "$helper" redis-check-rdb "$1/dump.rdb") || die "redis-check-rdb does not pass $source: $checked"
      ;;
    aof-file)
      put "$helper" "$source" "$1/$log"
      checked=$(in_pod "$helper" redis-check-aof "$1/$log") || die "redis-check-aof does not pass $source: $checked"
      ;;
    aof-folder)
      in_pod "$helper" mkdir -p "$1/$log_dir"
      for file in "$source"/*; do
        # What appendfilename is called is the manifest's name only.
        case $file in *.manifest) to=$log.manifest ;; *) to=${file##*/} ;; esac
        put "$helper" "$file" "$1/$log_dir/$to"
      done
      # shellcheck disable=SC2016 # for the shell in the pod
      checked=$(in_pod "$helper" sh -c 'cd "$1" && redis-check-aof "$2"' check "$1/$log_dir" "$log.manifest") ||
        die "redis-check-aof does not pass $source: $checked"
      ;;
  esac
}
