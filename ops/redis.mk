# What people do with a release of the Redis chart: `make -f redis.mk help` lists it.
# Written by `chartwright ops makefile`; change the procedures, not this file.

# The release. Of a chart with other values: `chartwright ops makefile -f values.yaml --release … > redis.mk`.
NAMESPACE ?= default
RELEASE_NAME ?= redis
RELEASE ?= $(RELEASE_NAME)
# The StatefulSet's name, where it is not made of the release's: fullnameOverride, or more than 52 characters.
FULLNAME ?=
BACKUP_DIR ?= tmp/redis-backups
KUBECTL ?= kubectl
HELM ?= helm
KIND ?= kind
KIND_CLUSTER_NAME ?= redis
CHART_DIR ?= chart
export NAMESPACE RELEASE FULLNAME BACKUP_DIR KUBECTL
# ARGS=--dry-run prints the calls of kubectl and does nothing; ARGS=--yes does not ask.
ARGS ?=

ops_arguments = --namespace "$$NAMESPACE" --release "$$RELEASE" $${FULLNAME:+--fullname "$$FULLNAME"}

.PHONY: help
help:
	@printf '%s\n' 'Release $(RELEASE) in namespace $(NAMESPACE): make TARGET [NAMESPACE=…] [RELEASE=…] [ARGS=--dry-run]' ''
	@printf '  %-34s %s\n' 'redis-health' 'Whether the release works, pod by pod, with what is wrong'
	@printf '  %-34s %s\n' 'redis-info' 'What a server says of itself'
	@printf '  %-34s %s\n' 'redis-stats' 'What a server says of itself'
	@printf '  %-34s %s\n' 'redis-master-info' 'What a server says of itself'
	@printf '  %-34s %s\n' 'redis-version' 'The versions of Redis that run'
	@printf '  %-34s %s\n' 'redis-role' 'The role of each pod'
	@printf '  %-34s %s\n' 'redis-replication-info' 'Who follows whom, and how far'
	@printf '  %-34s %s\n' 'redis-check-replication' 'Who follows whom, and how far'
	@printf '  %-34s %s\n' 'redis-replication-status' 'Who follows whom, and how far'
	@printf '  %-34s %s\n' 'redis-replica-lag' 'How far each replica is behind its master, in bytes and seconds'
	@printf '  %-34s %s\n' 'redis-replication-lag' 'How far each replica is behind its master, in bytes and seconds'
	@printf '  %-34s %s\n' 'redis-lastsave' 'When the last snapshot was taken'
	@printf '  %-34s %s\n' 'redis-memory' 'What fills the memory'
	@printf '  %-34s %s\n' 'redis-memory-stats' 'What fills the memory'
	@printf '  %-34s %s\n' 'redis-clients' 'Who is connected, and how near the limit that is'
	@printf '  %-34s %s\n' 'redis-slowlog' 'The slowest commands since the log was last cleared'
	@printf '  %-34s %s\n' 'redis-bigkeys' 'The largest keys of each type'
	@printf '  %-34s %s\n' 'redis-latency' 'How long the server takes to answer, and its own view of what was slow'
	@printf '  %-34s %s\n' 'redis-keys' 'Names of keys'
	@printf '  %-34s %s\n' 'redis-config' 'What the running server is set to'
	@printf '  %-34s %s\n' 'redis-config-get' 'What the running server is set to'
	@printf '  %-34s %s\n' 'redis-cli' 'A command of redis-cli in the pod'
	@printf '  %-34s %s\n' 'redis-ping' 'A command of redis-cli in the pod'
	@printf '  %-34s %s\n' 'redis-dbsize' 'A command of redis-cli in the pod'
	@printf '  %-34s %s\n' 'redis-monitor' 'Every command that arrives, for some seconds'
	@printf '  %-34s %s\n' 'redis-logs' 'The last lines of the logs'
	@printf '  %-34s %s\n' 'redis-describe' 'What Kubernetes says of the pods'
	@printf '  %-34s %s\n' 'redis-events' 'What happened to the pods lately'
	@printf '  %-34s %s\n' 'redis-top' 'CPU and memory of the pods, as the node counts them'
	@printf '  %-34s %s\n' 'redis-metrics' 'What the exporter says'
	@printf '  %-34s %s\n' 'redis-port-forward' 'The Service for writes on a port of this machine'
	@printf '  %-34s %s\n' 'redis-shell' 'A shell in the pod'
	@printf '  %-34s %s\n' 'redis-bash' 'A shell in the pod'
	@printf '  %-34s %s\n' 'redis-bgsave' 'A snapshot on the volume of the pod, waited for'
	@printf '  %-34s %s\n' 'redis-save' 'A snapshot on the volume of the pod, waited for'
	@printf '  %-34s %s\n' 'redis-aof-rewrite' 'The append-only log written anew, waited for'
	@printf '  %-34s %s\n' 'redis-full-backup' 'Snapshot, log, settings and objects of the release, verified, on this machine'
	@printf '  %-34s %s\n' 'redis-backup-all' 'Snapshot, log, settings and objects of the release, verified, on this machine'
	@printf '  %-34s %s\n' 'redis-backup-rdb' 'A snapshot of the data, verified, on this machine'
	@printf '  %-34s %s\n' 'redis-backup' 'A snapshot of the data, verified, on this machine'
	@printf '  %-34s %s\n' 'redis-backup-rdb-download' 'A snapshot of the data, verified, on this machine'
	@printf '  %-34s %s\n' 'redis-backup-aof' 'The append-only log, verified, on this machine'
	@printf '  %-34s %s\n' 'redis-backup-config' 'What the running server is set to, on this machine'
	@printf '  %-34s %s\n' 'redis-backup-k8s-resources' 'The Kubernetes objects of the release, on this machine'
	@printf '  %-34s %s\n' 'redis-backup-all-namespaces' 'A full backup of every release of Redis in the cluster'
	@printf '  %-34s %s\n' 'redis-list-backups' 'The backups of this release on this machine'
	@printf '  %-34s %s\n' 'redis-backup-verify' 'Read a backup once more, in a pod of the image that will have to'
	@printf '  %-34s %s\n' 'redis-create-pvc-snapshot' 'A VolumeSnapshot of every claim of the release'
	@printf '  %-34s %s\n' 'redis-backup-pvc-snapshot' 'A VolumeSnapshot of every claim of the release'
	@printf '  %-34s %s\n' 'redis-restore' 'Put a snapshot or a log back, so that it stays'
	@printf '  %-34s %s\n' 'redis-restore-rdb' 'Put a snapshot or a log back, so that it stays'
	@printf '  %-34s %s\n' 'redis-restore-aof' 'Put a snapshot or a log back, so that it stays'
	@printf '  %-34s %s\n' 'redis-restore-config' 'What a backup of the settings has otherwise than the running server'
	@printf '  %-34s %s\n' 'redis-restore-from-pvc-snapshot' 'A claim made anew from a VolumeSnapshot'
	@printf '  %-34s %s\n' 'redis-disaster-recovery' 'What is left, and what to do next'
	@printf '  %-34s %s\n' 'redis-flushdb' 'Delete all keys of one database'
	@printf '  %-34s %s\n' 'redis-flushall' 'Delete all keys of every database'
	@printf '  %-34s %s\n' 'all' 'Lint the chart and render it'
	@printf '  %-34s %s\n' 'lint' 'helm lint'
	@printf '  %-34s %s\n' 'build' 'helm package'
	@printf '  %-34s %s\n' 'template' 'helm template'
	@printf '  %-34s %s\n' 'install' 'helm install; HELM_ARGS='\''-f values.yaml'\'' gives values'
	@printf '  %-34s %s\n' 'upgrade' 'helm upgrade; take a backup first'
	@printf '  %-34s %s\n' 'uninstall' 'helm uninstall; needs CONFIRM=<release>'
	@printf '  %-34s %s\n' 'dependency-update' 'helm dependency update'
	@printf '  %-34s %s\n' 'dependency-build' 'helm dependency build'
	@printf '  %-34s %s\n' 'kind-create' 'A cluster to try on'
	@printf '  %-34s %s\n' 'kind-delete' 'Delete that cluster'

.PHONY: all
all:
	$(MAKE) -f $(firstword $(MAKEFILE_LIST)) lint template

.PHONY: lint
lint:
	$(HELM) lint $(CHART_DIR) $(HELM_ARGS)

.PHONY: build
build:
	$(HELM) package $(CHART_DIR)

.PHONY: template
template:
	$(HELM) template $(RELEASE) $(CHART_DIR) -n $(NAMESPACE) $(HELM_ARGS)

.PHONY: install
install:
	$(HELM) install $(RELEASE) $(CHART_DIR) -n $(NAMESPACE) --wait --timeout 15m $(HELM_ARGS)

.PHONY: upgrade
upgrade:
	$(HELM) upgrade $(RELEASE) $(CHART_DIR) -n $(NAMESPACE) --reset-then-reuse-values --wait --timeout 15m $(HELM_ARGS)

.PHONY: uninstall
uninstall:
	@if [ "$(CONFIRM)" != "$(RELEASE)" ]; then echo 'say CONFIRM=$(RELEASE) to uninstall it; its claims stay' >&2; exit 2; fi
	$(HELM) uninstall $(RELEASE) -n $(NAMESPACE)

.PHONY: dependency-update
dependency-update:
	$(HELM) dependency update $(CHART_DIR)

.PHONY: dependency-build
dependency-build:
	$(HELM) dependency build $(CHART_DIR)

.PHONY: kind-create
kind-create:
	$(KIND) create cluster --name $(KIND_CLUSTER_NAME) $(if $(KIND_CONFIG),--config $(KIND_CONFIG))

.PHONY: kind-delete
kind-delete:
	$(KIND) delete cluster --name $(KIND_CLUSTER_NAME)

define ops_prelude
# What every procedure stands on: steps that say what state things are in when they fail, kubectl with the release's
# namespace, redis-cli in a pod with the password that the container has. POSIX sh.
#
# A word of the language of steps:
#   kube WORD…              kubectl in the release's namespace
#   in_pod POD COMMAND…     a command in the container of Redis; feed_pod: the same, with standard input
#   redis POD COMMAND…      the reply of that pod's server; an error reply ends the step
#   redis_for SECONDS POD COMMAND…  what would not end by itself
#   try_redis POD COMMAND…  the same, but an error or no reply gives nothing
#   field NAME TEXT         the value of `NAME:value` in a reply of INFO
#   pod_names, find_master  the pods that there are now; sets master_pod to the one that is master now
#   note, good, finding     what is worth knowing, what is well, what is not (then the script leaves with 1)
#   die TEXT                ends the step, and the script with 2
#   wait_until SECONDS WHAT COMMAND…
#   dry                     whether nothing may be done: with --dry-run, kubectl's words are printed and nothing runs

# Results go to standard output, progress to standard error; with --dry-run standard output has the calls only.
exec 3>&1

say() { printf '%s\n' "$$*" >&2; }
note() { dry || printf '%s\n' "$$*"; }
good() { note "ok: $$*"; }
finding() { dry || { findings=$$((findings + 1)); printf 'BAD: %s\n' "$$*"; }; }
dry() { [ "$$dry_run" = yes ]; }

# die TEXT…: with --dry-run there are no answers to be unhappy with.
die() {
  dry && return 0
  say "$$*"
  exit 2
}

misused() {
  say "$$*"
  exit 2
}

# number TEXT: the text where it is a whole number, else 0.
number() { case $${1:-} in '' | *[!0-9]*) echo 0 ;; *) echo "$$1" ;; esac; }

# quoted WORD: as a shell would have to read it.
quoted() {
  case $$1 in
    *\'*) printf "'%s'" "$$(printf '%s' "$$1" | sed "s/'/'\\\\''/g")" ;;
    '' | *[!A-Za-z0-9@%+=:,./_-]*) printf "'%s'" "$$1" ;;
    *) printf '%s' "$$1" ;;
  esac
}

shown() (
  {
    quoted "$$1"
    shift
    for word; do
      printf ' '
      quoted "$$word"
    done
    echo
  } >&3
)

# call COMMAND…: runs it, or with --dry-run prints it.
call() {
  if dry; then shown "$$@"; else "$$@" 3>&-; fi
}

kube() { call "$$kubectl" $${context:+--context "$$context"} -n "$$namespace" "$$@"; }

# kube_apply < MANIFEST
kube_apply() {
  if dry; then
    kube apply -f -
    sed 's/^/  | /' >&3
  else
    kube apply -f -
  fi
}

in_pod() {
  in_pod_name=$$1
  shift
  kube exec "$$in_pod_name" -c "$$container" -- "$$@" < /dev/null
}

feed_pod() {
  in_pod_name=$$1
  shift
  if dry; then cat > /dev/null; fi
  kube exec -i "$$in_pod_name" -c "$$container" -- "$$@"
}

# What runs redis-cli in the pod. The password comes from where the container has it (what the running server was started
# with comes first) and travels in the environment of that one process: it is on no command line, in no output.
# shellcheck disable=SC2016 # for the shell in the pod
redis_cli='for file in "$${REDIS_RUN_DIR:-/run/redis}/password" "$${REDIS_PASSWORD_FILE:-}"; do
  if [ -z "$${REDISCLI_AUTH:-}" ] && [ -r "$$file" ]; then REDISCLI_AUTH=$$(cat "$$file"); fi
done
REDISCLI_AUTH=$${REDISCLI_AUTH:-$${REDIS_PASSWORD:-}}
if [ -n "$$REDISCLI_AUTH" ]; then export REDISCLI_AUTH; else unset REDISCLI_AUTH; fi
exec redis-cli -p "$${REDIS_PORT:-6379}" "$$@"'

redis() {
  redis_pod=$$1
  shift
  redis_reply=$$(in_pod "$$redis_pod" sh -c "$$redis_cli" redis-cli "$$@") || die "$$redis_pod: redis-cli could not be run"
  # redis-cli leaves with 0 on error replies.
  case $$redis_reply in
    NOAUTH* | WRONGPASS*)
      die "$$redis_pod refuses \`$$1\`: $$redis_reply (the password in the container is not the server's: was the Secret" \
        "changed after the pod was started?)"
      ;;
    ERR* | NOPERM* | LOADING* | MISCONF* | READONLY* | OOM* | MASTERDOWN* | NOREPLICAS* | BUSY* | UNKILLABLE* | WRONGTYPE* | EXECABORT* | 'Could not connect'*)
      die "$$redis_pod: \`$$1\` was answered with: $$redis_reply"
      ;;
  esac
  dry || printf '%s\n' "$$redis_reply" | tr -d '\r'
}

try_redis() {
  if dry; then redis "$$@"; return 0; fi
  (redis "$$@") 2> /dev/null || true
}

# redis_for SECONDS POD WORD…: what would not end by itself, for so long.
redis_for() {
  redis_seconds=$$1
  redis_pod=$$2
  shift 2
  redis_status=0
  in_pod "$$redis_pod" timeout "$$redis_seconds" sh -c "$$redis_cli" redis-cli "$$@" || redis_status=$$?
  # What `timeout` leaves with in Debian and in Alpine when the time is over.
  case $$redis_status in
    0 | 124 | 143) ;;
    *) die "$$redis_pod: redis-cli left with $$redis_status" ;;
  esac
}

field() { printf '%s\n' "$$2" | sed -n "s/^$$1://p" | head -n 1; }

# config_get POD NAME DEFAULT: a directive of the running server; the default where CONFIG may not be asked.
config_get() (
  reply=$$(try_redis "$$1" config get "$$2" | sed -n 2p)
  printf '%s\n' "$${reply:-$$3}"
)

# The release is there, and is one of Redis.
need_release() {
  found=$$(kube get statefulset "$$fullname" -o 'jsonpath={.spec.template.spec.containers[*].name}')
  case " $$found " in
    *" $$container "*) ;;
    *) die "statefulset $$fullname has no container \`$$container\`: found $$found. Is it of the Redis chart?" ;;
  esac
}

# need_server POD: what answers there is Redis.
need_server() {
  found=$$(redis "$$1" info server)
  case $$found in
    *redis_version:*) ;;
    *) die "what answers in pod $$1 is no Redis: \`INFO server\` gave: $$(printf '%s' "$$found" | head -n 1)" ;;
  esac
}

# The Secret that the pods read has the key. What it holds stays in the cluster.
need_secret() {
  if [ -z "$$secret" ]; then
    found=$$(kube get statefulset "$$fullname" -o "jsonpath={.spec.template.spec.containers[?(@.name==\"$$container\")].env[?(@.name==\"REDIS_SECRET\")].value}")
    secret=$${found%/*}
    secret_key=$${found#*/}
  fi
  [ -n "$$secret" ] || return 0
  found=$$(kube get secret "$$secret" -o "go-template={{with .data}}{{if index . \"$$secret_key\"}}there{{end}}{{end}}")
  [ "$$found" = there ] || die "secret $$secret has no key \`$$secret_key\`, or it is empty: pods that start now find no" \
    "password and stay down. \`$$kubectl -n $$namespace describe secret $$secret\` lists its keys"
}

# pod_names: the pods that the StatefulSet is to have now, else those of the values.
pod_names() (
  total=$$(kube get statefulset "$$fullname" -o 'jsonpath={.spec.replicas}')
  case $$total in
    '' | *[!0-9]*) printf '%s\n' "$$pods" | tr ' ' '\n' ;;
    *)
      ordinal=0
      while [ "$$ordinal" -lt "$$total" ]; do
        echo "$$fullname-$$ordinal"
        ordinal=$$((ordinal + 1))
      done
      ;;
  esac
)

# Sets master_pod: the pod that was named with --pod, else the one that says that it is master. After a promotion that is
# not the one that the values declare.
find_master() {
  if [ -n "$${pod:-}" ]; then
    master_pod=$$pod
    return 0
  fi
  master_pod=
  masters=
  names=$$(pod_names)
  for name in $$names; do
    info=$$(try_redis "$$name" info replication)
    if [ "$$(field role "$$info")" = master ]; then
      masters="$$masters $$name"
      master_pod=$$name
    fi
  done
  case $$masters in
    ' '*' '*) die "more than one pod says that it is master:$$masters. Say which with --pod" ;;
    '')
      # The words of the first one that cannot answer say more than ours.
      for name in $$names; do dry || redis "$$name" info replication > /dev/null; done
      die "none of these pods says that it is master: $$(printf '%s ' "$$names" | tr '\n' ' '). Are they running? --pod names one"
      ;;
  esac
  if dry; then master_pod=$$declared_master; fi
}

# wait_until SECONDS WHAT COMMAND…: asks once a second.
wait_until() {
  wait_end=$$(($$(date +%s) + $$1))
  wait_what=$$2
  shift 2
  until "$$@"; do
    if dry; then return 0; fi
    [ "$$(date +%s)" -lt "$$wait_end" ] || die "waited too long for $$wait_what"
    sleep 1
  done
}

# confirm WHAT: destructive procedures have the release's name typed; without a terminal there is --yes.
confirm() {
  if dry || [ "$$yes" = yes ]; then return 0; fi
  say "$$1"
  [ -t 0 ] || die "there is no terminal to confirm it at: say --yes if it is meant"
  printf 'type the name of the release (%s) to go on: ' "$$release" >&2
  read -r typed || typed=
  [ "$$typed" = "$$release" ] || die "found \`$$typed\`, expected \`$$release\`: nothing was done"
}

# at_end COMMAND: run when the script ends, however it ends; the last one first.
at_end() { dry || ending="$$1
$$ending"; }

# step NUMBER TITLE STATE NEXT: runs step_NUMBER. What fails in it ends the script (set -e), and `ended` tells the rest.
step() {
  step_title=$$2
  step_state=$$3
  step_next=$$4
  say "== $$1. $$2"
  "step_$$1"
  step_title=
}

ended() {
  status=$$?
  trap - EXIT INT TERM
  set +e
  eval "$$ending"
  if [ -n "$$step_title" ]; then
    # 1 is for findings: a step that did not come to its end is not one.
    [ "$$status" -gt 1 ] || status=2
    say "failed: $$step_title"
    say "now: $$step_state"
    say "next: $$step_next"
  elif [ "$$status" = 0 ] && [ "$$findings" -gt 0 ]; then
    status=1
  fi
  exit "$$status"
}

# start ARGUMENT…: reads the script's arguments.
start() {
  dry_run=no
  yes=no
  context=
  kubectl=$${KUBECTL:-kubectl}
  findings=0
  ending=
  step_title=
  given_release=$$release
  while [ $$# -gt 0 ]; do
    case $$1 in
      --help | -h)
        usage
        exit 0
        ;;
      --dry-run) dry_run=yes ;;
      --yes) yes=yes ;;
      --*=*) take "$${1%%=*}" "$${1#*=}" ;;
      --*)
        [ $$# -gt 1 ] || misused "$$1 needs a value; --help lists the parameters"
        take "$$1" "$$2"
        shift
        ;;
      *) misused "found \`$$1\`, expected a parameter such as --namespace; --help lists them" ;;
    esac
    shift
  done
  # As the chart makes it. Longer names are cut there; say --fullname then.
  if [ "$$release" != "$$given_release" ] && [ "$$fullname" = "$$given_fullname" ]; then
    case $$release in *redis*) fullname=$$release ;; *) fullname=$$release-redis ;; esac
    fullname=$$(printf '%s' "$$fullname" | tr . -)
  fi
  declared_master=$$fullname-$$master_ordinal
  if [ "$$fullname" != "$$given_fullname" ]; then
    pods=$$declared_master
    service=$$fullname
    headless=$$fullname-headless
    config_map=$$fullname-config
  fi
  trap ended EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# take --NAME VALUE: a parameter becomes the variable of its name.
take() {
  taken=$$(printf '%s' "$${1#--}" | tr - _)
  case " release namespace fullname container secret secret_key context $$parameters " in
    *" $$taken "*) eval "$$taken=\$$2" ;;
    *) misused "found \`$$1\`, which is no parameter of $$procedure; --help lists them" ;;
  esac
}
endef

define ops_backup
# Copies of data that can be put back. A folder is called a backup only when its files are complete, the server's own
# checkers have passed them, and what arrived is what they have seen; until then its name ends in `.unverified`.

: "$${backup_dir:=.}" "$${save_seconds:=3600}" "$${timestamp:=}" "$${with_secrets:=no}"

# sha256 FILE
sha256() {
  if command -v sha256sum > /dev/null; then sha256sum < "$$1"; else shasum -a 256 < "$$1"; fi | cut -d ' ' -f 1
}

# free_kib: of the output of `df -Pk FOLDER`, what is free.
free_kib() { number "$$(printf '%s\n' "$$1" | awk 'NR == 2 { print $$4 }')"; }

# backup_begin KIND: makes the folder, and sets backup.
backup_begin() {
  stamp=$${timestamp:-$$(date -u +%Y%m%dT%H%M%SZ)}
  finished=$$backup_dir/$$namespace/$$release/$$stamp-$$1
  backup=$$finished.unverified
  dry && return 0
  if [ -e "$$finished" ] || [ -e "$$backup" ]; then die "$$finished or its .unverified is there already: give another --timestamp"; fi
  mkdir -p "$$backup"
  chmod 700 "$$backup"
  {
    echo "kind=$$1"
    echo "release=$$release"
    echo "namespace=$$namespace"
    echo "taken=$$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  } > "$$backup/BACKUP"
}

# backup_fact NAME VALUE: a line about the backup.
backup_fact() { dry || grep -q "^$$1=" "$$backup/BACKUP" || echo "$$1=$$2" >> "$$backup/BACKUP"; }

# backup_end: all files are verified, so this is a backup now.
backup_end() {
  dry && return 0
  (
    cd "$$backup" || exit 2
    files=$$(find . -type f | LC_ALL=C sort)
    for file in $$files; do
      printf '%s  %s\n' "$$(sha256 "$$file")" "$$file"
    done > SHA256SUMS
  )
  chmod -R go-rwx "$$backup"
  mv "$$backup" "$$finished"
  backup=$$finished
  note "backup: $$finished"
}

# need_local KIB: this machine has room for a file of that size, and a little more.
need_local() {
  dry && return 0
  room=$$(free_kib "$$(df -Pk "$$backup")")
  [ "$$room" -gt $$(($$1 + 1024)) ] || die "the disk of $$backup_dir has $$room KiB free, the copy needs $$1 KiB"
}

# need_remote POD FOLDER KIB WHAT: the volume of the pod has room.
need_remote() {
  room=$$(in_pod "$$1" df -Pk "$$2")
  dry && return 0
  room=$$(free_kib "$$room")
  [ "$$room" -gt "$$3" ] || die "the volume of $$1 has $$room KiB free at $$2, $$4 needs about $$3 KiB: make room or enlarge the claim"
}

# size_kib POD FILE: the size of a file or folder there; 0 when it is not there.
size_kib() {
  # shellcheck disable=SC2016 # for the shell in the pod
  size=$$(in_pod "$$1" sh -c 'if [ -e "$$1" ]; then du -sk "$$1"; else echo 0; fi' du "$$2")
  number "$${size%%[!0-9]*}"
}

# fetch POD FILE TO: copies a file, and sees to it that what arrived is what was sent.
fetch() {
  if dry; then
    in_pod "$$1" cat "$$2"
  else
    in_pod "$$1" cat "$$2" > "$$3" || die "copying $$2 from $$1 to $$3 failed"
  fi
  sent=$$(in_pod "$$1" sha256sum "$$2")
  dry || [ "$${sent%% *}" = "$$(sha256 "$$3")" ] || die "$$3 is not what $$1 sent: the connection was cut off"
}

# scratch POD FOLDER: a folder on the pod's volume that is deleted when the script ends; sets held. The same volume, so
# that files can be held by a second name, which needs no room.
scratch() {
  held=$$2/.backup-$$$$-$$(date +%s)
  held_by=$$1
  at_end "in_pod $$(quoted "$$1") rm -rf $$(quoted "$$held")"
}

# bgsave POD: takes a snapshot and waits for its end, however long that is.
bgsave() {
  saving=$$1
  wait_until "$$save_seconds" "the snapshot that $$saving was taking already" is_not_saving
  before=$$(redis "$$saving" lastsave)
  # The time of the last snapshot is in seconds: the next one must differ.
  dry || sleep 1
  redis "$$saving" bgsave schedule >&2
  failures=0
  wait_until "$$save_seconds" "the snapshot of $$saving" is_saved
}

is_not_saving() {
  info=$$(try_redis "$$saving" info persistence)
  [ "$$(field rdb_bgsave_in_progress "$$info")" = 0 ]
}

is_saved() {
  info=$$(try_redis "$$saving" info persistence)
  [ -n "$$info" ] || return 1
  [ "$$(field rdb_last_save_time "$$info")" = "$$before" ] || return 0
  # Scheduled behind a rewrite of the log it may not have begun: one look is not enough to call it failed.
  if [ "$$(field rdb_bgsave_in_progress "$$info")$$(field aof_rewrite_in_progress "$$info")" = 00 ] &&
    [ "$$(field rdb_last_bgsave_status "$$info")" != ok ]; then
    failures=$$((failures + 1))
    [ "$$failures" -lt 3 ] || die "$$saving could not take a snapshot (rdb_last_bgsave_status: err). Its log says why; a" \
      "full disk and a fork without memory are the usual reasons"
  fi
  return 1
}

is_not_rewriting() {
  info=$$(try_redis "$$saving" info persistence)
  [ "$$(field aof_rewrite_in_progress "$$info")$$(field aof_rewrite_scheduled "$$info")" = 00 ]
}

# What runs in the pod: holds a file or the log so that it stays as it is, and has the server's checker read it.
# shellcheck disable=SC2016 # for the shell in the pod
hold_rdb='set -eu
mkdir -p "$$2"
ln "$$1" "$$2/dump.rdb" 2> /dev/null || cp "$$1" "$$2/dump.rdb"
redis-check-rdb "$$2/dump.rdb"'

# A log grows while it is copied: a copy that ends within a command is taken again.
# shellcheck disable=SC2016
hold_aof='set -eu
folder=$$1 name=$$2 held=$$3 tries=0
copy() {
  if [ ! -d "$$folder" ]; then cp "$${folder%/*}/$$name" "$$held/$$name"; return; fi
  sed "/ type h$$/d" "$$folder/$$name.manifest" > "$$held/$$name.manifest"
  while read -r _ file _ _ _ kind; do
    case $$file in *[!A-Za-z0-9._-]*) echo "found file $$file in the manifest, expected a plain name" >&2; return 1 ;; esac
    if [ "$$kind" = b ] && ln "$$folder/$$file" "$$held/$$file" 2> /dev/null; then continue; fi
    cp "$$folder/$$file" "$$held/$$file" || return 1
  done < "$$held/$$name.manifest"
}
while :; do
  rm -rf "$$held"
  mkdir -p "$$held"
  if copy; then
    cd "$$held"
    if [ -e "$$name.manifest" ]; then file=$$name.manifest; else file=$$name; fi
    if redis-check-aof "$$file" > .check 2>&1; then rm .check; exit 0; fi
    cat .check >&2
    cd /
  fi
  tries=$$((tries + 1))
  [ "$$tries" -lt 5 ] || { echo "five copies of the log, and none that redis-check-aof passes" >&2; exit 1; }
  sleep 1
done'

# backup_rdb POD: a snapshot, complete and checked, in $$backup/dump.rdb.
backup_rdb() {
  need_server "$$1"
  info=$$(redis "$$1" info server)
  backup_fact pod "$$1"
  backup_fact redis_version "$$(field redis_version "$$info")"
  folder=$$(config_get "$$1" dir "$$data_dir")
  file=$$folder/$$(config_get "$$1" dbfilename "$$dump")
  need_remote "$$1" "$$folder" "$$(size_kib "$$1" "$$file")" "a snapshot"
  bgsave "$$1"
  need_local "$$(size_kib "$$1" "$$file")"
  scratch "$$1" "$$folder"
  checked=$$(in_pod "$$1" sh -c "$$hold_rdb" hold "$$file" "$$held") || die "redis-check-rdb does not pass the snapshot of $$1: $$checked"
  dry || case $$checked in *'RDB looks OK'*) ;; *) die "redis-check-rdb does not say that the snapshot is well: $$checked" ;; esac
  fetch "$$1" "$$held/dump.rdb" "$$backup/dump.rdb"
  keys=$$(printf '%s\n' "$$checked" | sed -n 's/^\[info\] \([0-9]*\) keys read/\1/p')
  backup_fact keys "$$keys"
  good "redis-check-rdb passes the snapshot of $$1: $$keys keys"
}

# log_is_on POD
log_is_on() {
  info=$$(redis "$$1" info persistence)
  dry || [ "$$(field aof_enabled "$$info")" = 1 ]
}

# backup_aof POD: the append-only log: the folder of Redis 7, or the one file of before.
backup_aof() {
  need_server "$$1"
  log_is_on "$$1" || die "$$1 keeps no append-only log (appendonly no): backup-rdb is the way there"
  info=$$(redis "$$1" info server)
  backup_fact pod "$$1"
  backup_fact redis_version "$$(field redis_version "$$info")"
  saving=$$1
  wait_until "$$save_seconds" "the rewrite of the log of $$1" is_not_rewriting
  folder=$$(config_get "$$1" dir "$$data_dir")
  name=$$(config_get "$$1" appendfilename "$$log")
  own=$$folder/$$(config_get "$$1" appenddirname "$$log_dir")
  amount=$$(size_kib "$$1" "$$own")
  [ "$$amount" -gt 0 ] || amount=$$(size_kib "$$1" "$$folder/$$name")
  need_remote "$$1" "$$folder" "$$amount" "a copy of the log"
  need_local "$$amount"
  scratch "$$1" "$$folder"
  in_pod "$$1" sh -c "$$hold_aof" hold "$$own" "$$name" "$$held" || die "no copy of the log of $$1 passes redis-check-aof"
  files=$$(in_pod "$$1" ls "$$held")
  if dry; then files="$$name.manifest"; fi
  case $$files in
    *.manifest*) into=$$backup/$${own##*/} ;;
    *) into=$$backup ;;
  esac
  dry || mkdir -p "$$into"
  for file in $$files; do
    fetch "$$1" "$$held/$$file" "$$into/$$file"
  done
  info=$$(redis "$$1" info keyspace)
  backup_fact keys_about "$$(printf '%s\n' "$$info" | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' | awk '{ sum += $$1 } END { print sum + 0 }')"
  good "redis-check-aof passes the log of $$1: $$(printf '%s\n' "$$files" | wc -l | tr -d ' ') files"
}

# backup_config POD: what the running server is set to, without what is secret.
backup_config() {
  need_server "$$1"
  reply=$$(redis "$$1" config get '*')
  dry && return 0
  printf '%s\n' "$$reply" | awk '
    NR % 2 == 1 { name = $$0; next }
    name ~ /^(requirepass|masterauth|masteruser|tls-key-file-pass|tls-client-key-file-pass|primaryauth|primaryuser)$$/ { next }
    { print name " " ($$0 == "" ? "\"\"" : $$0) }' > "$$backup/redis.conf"
  grep -q '^maxmemory ' "$$backup/redis.conf" || die "what CONFIG GET gave is no configuration: it has no maxmemory"
  good "$$(wc -l < "$$backup/redis.conf" | tr -d ' ') settings of $$1; passwords are left out"
}

# backup_resources: the objects of the release; its Secrets only where --with-secrets says yes.
backup_resources() {
  kinds=statefulset,service,configmap,serviceaccount,role,rolebinding,poddisruptionbudget,horizontalpodautoscaler,networkpolicy
  if dry; then
    kube get "$$kinds" -l "app.kubernetes.io/instance=$$release" -o yaml
    kube get persistentvolumeclaim -l "app.kubernetes.io/instance=$$release" -o yaml
  else
    kube get "$$kinds" -l "app.kubernetes.io/instance=$$release" -o yaml > "$$backup/resources.yaml" || die "the objects could not be read"
    kube get persistentvolumeclaim -l "app.kubernetes.io/instance=$$release" -o yaml > "$$backup/claims.yaml" || die "the claims could not be read"
    grep -q "name: $$fullname\$$" "$$backup/resources.yaml" || die "$$backup/resources.yaml has no object named $$fullname"
  fi
  if [ "$${with_secrets:-no}" = yes ]; then
    if dry; then
      kube get secret -l "app.kubernetes.io/instance=$$release" -o yaml
    else
      kube get secret -l "app.kubernetes.io/instance=$$release" -o yaml > "$$backup/secrets.yaml" || die "the Secrets could not be read"
    fi
  fi
  good "the objects of the release"
}

# backup_all: everything of a release, as one backup.
backup_all() {
  find_master
  backup_begin full
  backup_rdb "$$master_pod"
  if log_is_on "$$master_pod"; then backup_aof "$$master_pod"; else note "no append-only log: appendonly is off"; fi
  backup_config "$$master_pod"
  backup_resources
  backup_end
}
endef

define ops_helper
# A pod that does nothing by itself: the image and the rights of the servers, with a volume of theirs or an empty one.

# of_pods PATH: a part of what the StatefulSet makes its pods from, as JSON; `null` where it says nothing.
of_pods() {
  part=$$(kube get statefulset "$$fullname" -o "jsonpath={.spec.template.spec.$$1}")
  printf '%s\n' "$${part:-null}"
}

# helper_pod NAME CLAIM: starts it and waits until it is there. An empty CLAIM is a folder that goes with the pod. Ends
# with the script.
helper_pod() {
  helper=$$1
  own="containers[?(@.name==\"$$container\")]"
  helper_image=$$(kube get statefulset "$$fullname" -o "jsonpath={.spec.template.spec.$$own.image}")
  rights=$$(of_pods securityContext)
  own_rights=$$(of_pods "$$own.securityContext")
  nodes=$$(of_pods nodeSelector)
  tolerations=$$(of_pods tolerations)
  pull=$$(of_pods imagePullSecrets)
  if [ -n "$$2" ]; then volume="\"persistentVolumeClaim\": {\"claimName\": \"$$2\"}"; else volume='"emptyDir": {}'; fi
  at_end "kube delete pod $$(quoted "$$helper") --ignore-not-found --wait=false > /dev/null"
  # One of an earlier try may be there, with another volume.
  kube delete pod "$$helper" --ignore-not-found --wait
  kube_apply << MANIFEST
{"apiVersion": "v1", "kind": "Pod",
 "metadata": {"name": "$$helper", "labels": {"app.kubernetes.io/component": "restore"}},
 "spec": {"restartPolicy": "Never", "automountServiceAccountToken": false, "securityContext": $$rights,
  "nodeSelector": $$nodes, "tolerations": $$tolerations, "imagePullSecrets": $$pull,
  "containers": [{"name": "$$container", "image": "$${helper_image:-$$image}", "command": ["sh", "-c", "sleep 86400"],
    "securityContext": $$own_rights, "volumeMounts": [{"name": "data", "mountPath": "$$data_dir"}]}],
  "volumes": [{"name": "data", $$volume}]}}
MANIFEST
  kube wait --for=condition=Ready "pod/$$helper" --timeout=300s
}

# put POD FILE TO: copies a file into the pod, and sees to it that what arrived is what was sent.
put() {
  feed_pod "$$1" sh -c "umask 077; cat > $$(quoted "$$3")" < "$$2" || die "copying $$2 to $$3 in $$1 failed"
  arrived=$$(in_pod "$$1" sha256sum "$$3")
  dry || [ "$${arrived%% *}" = "$$(sha256 "$$2")" ] || die "$$3 in $$1 is not $$2: the connection was cut off"
}

# look_at PATH: what a file or folder of this machine is. Sets source_kind (rdb, aof-folder or aof-file) and source: a
# backup's folder, a snapshot, the folder of a log with its manifest, or a log of one file. WANTED (rdb, aof or auto)
# says which of a backup that has both.
look_at() {
  source=$$1
  source_kind=
  dry && { source_kind=rdb; return 0; }
  [ -e "$$source" ] || die "there is no $$source on this machine"
  if [ -f "$$source/BACKUP" ]; then
    case $$source in *.unverified) die "$$source was never verified, so it is no backup; what it has may be half of it" ;; esac
    check_sums "$$source"
    manifest=$$(find "$$source" -mindepth 2 -name '*.manifest' | head -n 1)
    file=$$(find "$$source" -mindepth 1 -maxdepth 1 -name '*.aof' | head -n 1)
    case $$2 in
      rdb) [ -f "$$source/dump.rdb" ] || die "$$source has no dump.rdb" ;;
      aof) [ -n "$$manifest$$file" ] || die "$$source has no append-only log" ;;
    esac
    if [ "$$2" != rdb ] && [ -n "$$manifest" ]; then
      source=$${manifest%/*}
    elif [ "$$2" != rdb ] && [ -n "$$file" ]; then
      source=$$file
    else
      source=$$source/dump.rdb
    fi
  fi
  if [ -d "$$source" ]; then
    [ -n "$$(find "$$source" -maxdepth 1 -name '*.manifest')" ] || die "$$source is a folder without a manifest: no backup, and no log"
    source_kind=aof-folder
  elif [ ! -f "$$source" ]; then
    die "$$source is no file: expected a backup's folder, a snapshot or a log"
  else
    # A log of one file may begin with a snapshot, so its name counts first.
    case $$source,$$(head -c 5 "$$source" | tr -d '\000') in
      *.aof,* | *,'*'*) source_kind=aof-file ;;
      *,REDIS) source_kind=rdb ;;
      *) die "$$source is neither a snapshot (it does not begin with REDIS) nor a log" ;;
    esac
  fi
}

# check_sums BACKUP: its files are those that were verified.
check_sums() {
  [ -f "$$1/SHA256SUMS" ] || die "$$1 has no SHA256SUMS: it was not finished, so it is no backup"
  while read -r sum file; do
    [ -f "$$1/$$file" ] || die "$$1 has lost $$file"
    [ "$$sum" = "$$(sha256 "$$1/$$file")" ] || die "$$1/$$file has changed since it was verified"
  done < "$$1/SHA256SUMS"
}

# into_helper FOLDER: copies the source there, and has the checker of the helper's image read it; sets checked.
into_helper() {
  in_pod "$$helper" mkdir -p "$$1"
  needed=0
  dry || needed=$$(du -sk "$$source" | cut -f 1)
  need_remote "$$helper" "$$1" "$$needed" "the copy"
  case $$source_kind in
    rdb)
      put "$$helper" "$$source" "$$1/dump.rdb"
      checked=$$(in_pod "$$helper" redis-check-rdb "$$1/dump.rdb") || die "redis-check-rdb does not pass $$source: $$checked"
      ;;
    aof-file)
      put "$$helper" "$$source" "$$1/$$log"
      checked=$$(in_pod "$$helper" redis-check-aof "$$1/$$log") || die "redis-check-aof does not pass $$source: $$checked"
      ;;
    aof-folder)
      in_pod "$$helper" mkdir -p "$$1/$$log_dir"
      for file in "$$source"/*; do
        # What appendfilename is called is the manifest's name only.
        case $$file in *.manifest) to=$$log.manifest ;; *) to=$${file##*/} ;; esac
        put "$$helper" "$$file" "$$1/$$log_dir/$$to"
      done
      # shellcheck disable=SC2016 # for the shell in the pod
      checked=$$(in_pod "$$helper" sh -c 'cd "$$1" && redis-check-aof "$$2"' check "$$1/$$log_dir" "$$log.manifest") ||
        die "redis-check-aof does not pass $$source: $$checked"
      ;;
  esac
}
endef

define ops_restore
# Putting data back so that they stay. A server that ends writes what it holds over the files, so none runs while they
# are placed; and one that keeps a log looks at no snapshot, so there the data become the base of its log.

# Sets target (the pod whose volume gets the data), claim, count (how many pods are to run again) and keeps_log.
look_at_release() {
  need_release
  need_secret
  count=$$(number "$$(kube get statefulset "$$fullname" -o 'jsonpath={.spec.replicas}')")
  keeps_log=$$is_log_on
  target=$${pod:-$$declared_master}
  if [ "$$count" -gt 0 ]; then
    # Without a server that answers, what the values say has to do.
    answering=
    for name in $$(pod_names); do
      found=$$(try_redis "$$name" info replication)
      if [ "$$(field role "$$found")" = master ]; then answering="$$answering $$name"; fi
    done
    case $$answering in
      ' '*' '*) [ -n "$$pod" ] || die "more than one pod is master:$$answering. Say with --pod whose volume gets the data" ;;
      ?*) [ -n "$$pod" ] || target=$${answering# } ;;
    esac
    keeps_log=$$(config_get "$$target" appendonly "$$is_log_on")
  else
    # Stopped by a try before this one.
    for name in $$pods; do count=$$((count + 1)); done
  fi
  template=$$(kube get statefulset "$$fullname" -o 'jsonpath={.spec.volumeClaimTemplates[?(@.metadata.name=="data")].metadata.name}')
  claim=$$(kube get statefulset "$$fullname" -o 'jsonpath={.spec.template.spec.volumes[?(@.name=="data")].persistentVolumeClaim.claimName}')
  [ -z "$$template" ] || claim=data-$$target
  if dry; then claim=data-$$target; fi
  [ -n "$$claim" ] || die "the data of $$fullname live in the pod and go with it (persistence.enabled is false): there is" \
    "no volume to put them on. Load them from a server that has them: REPLICAOF, then REPLICAOF NO ONE"
  kube get persistentvolumeclaim "$$claim" -o name > /dev/null
}

# Stops every pod, which is the only way to be sure that nothing writes.
stop_servers() {
  names=$$(pod_names)
  kube scale statefulset "$$fullname" --replicas=0
  for name in $$names; do
    kube wait --for=delete "pod/$$name" --timeout="$$((grace_seconds + 300))s"
  done
}

start_servers() {
  kube scale statefulset "$$fullname" --replicas="$$count"
  wait_until "$$ready_seconds" "the pods to answer with their data and their links" are_up
}

are_up() {
  ordinal=0
  while [ "$$ordinal" -lt "$$count" ]; do
    found=$$(try_redis "$$fullname-$$ordinal" info)
    [ "$$(field loading "$$found")" = 0 ] || return 1
    case $$(field role "$$found")$$(field master_link_status "$$found") in master | slaveup) ;; *) return 1 ;; esac
    ordinal=$$((ordinal + 1))
  done
}

# What runs in the helper: puts the checked files from $$3 where the server will look, and what lay there into $$4.
# shellcheck disable=SC2016 # for the shell in the pod
place='set -eu
umask 077
kind=$$1 keeps_log=$$2 from=$$3 aside=$$4 dump=$$5 log=$$6 log_dir=$$7
cd "$$from"
version=$$(redis-server --version | sed -n "s/.* v=\([0-9]*\)\..*/\1/p")
if [ "$$keeps_log" != yes ] && [ "$$kind" != rdb ]; then
  # The server will look at a snapshot only: one that reads the log writes it.
  set -- --port 0 --unixsocket "$$from/s" --dir "$$from" --appendonly yes --appendfilename "$$log" --save "" --daemonize no
  [ "$$version" -lt 7 ] || set -- "$$@" --appenddirname "$$log_dir"
  redis-server "$$@" > server.log 2>&1 &
  server=$$!
  until redis-cli -s s info persistence 2> /dev/null | grep -q "^loading:0"; do
    kill -0 "$$server" 2> /dev/null || { cat server.log >&2; exit 1; }
    sleep 1
  done
  redis-cli -s s config set dbfilename dump.rdb > /dev/null
  [ "$$(redis-cli -s s save)" = OK ] || { cat server.log >&2; kill -9 "$$server"; exit 1; }
  kill -9 "$$server"
  kind=rdb
fi
if [ "$$kind" = aof-folder ] && [ "$$version" -lt 7 ]; then
  echo "a Redis $$version cannot read the log of Redis 7: restore the snapshot of the same backup (--kind rdb)" >&2
  exit 1
fi
cd ..
mkdir -p "$$aside"
for old in "$$dump" "$$log" "$$log_dir"; do
  [ ! -e "$$old" ] || mv "$$old" "$$aside/"
done
case $$kind,$$keeps_log in
  rdb,yes)
    if [ "$$version" -ge 7 ]; then
      mkdir "$$log_dir"
      mv "$$from/dump.rdb" "$$log_dir/$$log.1.base.rdb"
      echo "file $$log.1.base.rdb seq 1 type b" > "$$log_dir/$$log.manifest"
    else
      mv "$$from/dump.rdb" "$$log"
    fi
    ;;
  rdb,*) mv "$$from/dump.rdb" "$$dump" ;;
  aof-folder,*) mv "$$from/$$log_dir" "$$log_dir" ;;
  aof-file,*) mv "$$from/$$log" "$$log" ;;
esac
sync'
endef

define OPS_health
#!/bin/sh
# Whether the release works, pod by pod, with what is wrong
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='health'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='max_memory_percent'
max_memory_percent='90'

usage() {
  cat << 'USAGE'
Whether the release works, pod by pod, with what is wrong

Release redis, namespace default. Parameters, each with a value:
  --max-memory-percent: share of maxmemory in use that is a finding [90]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# find the release: the StatefulSet is there, its container is Redis, and the Secret has the password's key
step_1() {
need_release
need_secret
good "statefulset $$fullname in namespace $$namespace"
}

# ask each pod: PING through the container's own password; then role, memory, link to the master, and the last saves
step_2() {
names=$$(pod_names)
for name in $$names; do
  info=$$(try_redis "$$name" info)
  if [ -z "$$info" ]; then
    finding "$$name does not answer; why: $$kubectl -n $$namespace exec $$name -c $$container -- redis-cli ping, and its log"
    continue
  fi
  role=$$(field role "$$info")
  used=$$(number "$$(field used_memory "$$info")")
  most=$$(number "$$(field maxmemory "$$info")")
  good "$$name is $$role, Redis $$(field redis_version "$$info"), $$(field used_memory_human "$$info") in use, $$(field connected_clients "$$info") clients"
  if [ "$$most" -gt 0 ] && [ $$((used * 100 / most)) -gt "$$max_memory_percent" ]; then
    finding "$$name uses $$((used * 100 / most)) % of maxmemory, which is more than $$max_memory_percent %"
  fi
  [ "$$(field loading "$$info")" != 1 ] || finding "$$name is loading its data"
  [ "$$(field rdb_last_bgsave_status "$$info")" != err ] || finding "$$name: the last snapshot failed; its log says why"
  [ "$$(field aof_last_write_status "$$info")" != err ] || finding "$$name: the last write to the log failed: is the disk full?"
  [ "$$(field aof_last_bgrewrite_status "$$info")" != err ] || finding "$$name: the last rewrite of the log failed"
  case $$role$$(field master_link_status "$$info") in
    slavedown) finding "$$name has no link to its master $$(field master_host "$$info")" ;;
  esac
done
}

# look for the master: exactly one pod is master; the Service for writes leads to the one that the values declare
step_3() {
masters=
for name in $$names; do
  info=$$(try_redis "$$name" info replication)
  [ "$$(field role "$$info")" != master ] || masters="$$masters $$name"
done
case $$masters in
  " $$declared_master") good "the master is $$declared_master, as the values say" ;;
  '') finding "no pod is master" ;;
  ' '*' '*) finding "more than one pod is master:$$masters" ;;
  *) finding "the master is$$masters, but the values declare $$declared_master, which the Services follow: set replication.masterOrdinal" ;;
esac
}

start "$$@"
step 1 'find the release' \
  'nothing was changed' \
  '`helm list -n default` lists the releases, `helm get values redis -n default` what this one was given'
step 2 'ask each pod' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'look for the master' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-health
redis-health: export OPS_SCRIPT = $(OPS_health)
redis-health:
	@sh -c "$$OPS_SCRIPT" health $(ops_arguments) $${MAX_MEMORY_PERCENT:+--max-memory-percent "$$MAX_MEMORY_PERCENT"} $(ARGS)

define OPS_info
#!/bin/sh
# What a server says of itself
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='info'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod section'
pod=''
section=''

usage() {
  cat << 'USAGE'
What a server says of itself

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --section: server, clients, memory, persistence, stats, replication, cpu, keyspace, …; all when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the pod: nothing is changed
step_1() {
find_master
redis "$$master_pod" info $$section
}

start "$$@"
step 1 'ask the pod' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-info
redis-info: export OPS_SCRIPT = $(OPS_info)
redis-info:
	@sh -c "$$OPS_SCRIPT" info $(ops_arguments) $${POD:+--pod "$$POD"} $${SECTION:+--section "$$SECTION"} $(ARGS)

.PHONY: redis-stats
redis-stats: export OPS_SCRIPT = $(OPS_info)
redis-stats:
	@sh -c "$$OPS_SCRIPT" info $(ops_arguments) $${POD:+--pod "$$POD"} $${SECTION:+--section "$$SECTION"} --section stats $(ARGS)

.PHONY: redis-master-info
redis-master-info: export OPS_SCRIPT = $(OPS_info)
redis-master-info:
	@sh -c "$$OPS_SCRIPT" info $(ops_arguments) $${POD:+--pod "$$POD"} $${SECTION:+--section "$$SECTION"} --section replication $(ARGS)

define OPS_version
#!/bin/sh
# The versions of Redis that run
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='version'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod'
pod=''

usage() {
  cat << 'USAGE'
The versions of Redis that run

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; every pod when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the pods: INFO server of each; different versions are a finding
step_1() {
versions=
for name in $${pod:-$$(pod_names)}; do
  info=$$(redis "$$name" info server)
  version=$$(field redis_version "$$info")
  note "$$name: Redis $$version, up for $$(field uptime_in_seconds "$$info") s"
  case " $$versions " in *" $$version "*) ;; *) versions="$$versions $$version" ;; esac
done
case $$versions in ' '*' '*) finding "the pods run different versions:$$versions" ;; esac
}

start "$$@"
step 1 'ask the pods' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-version
redis-version: export OPS_SCRIPT = $(OPS_version)
redis-version:
	@sh -c "$$OPS_SCRIPT" version $(ops_arguments) $${POD:+--pod "$$POD"} $(ARGS)

define OPS_role
#!/bin/sh
# The role of each pod
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='role'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod'
pod=''

usage() {
  cat << 'USAGE'
The role of each pod

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; every pod when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the pods: master with its replicas, or slave with its master and the state of the link
step_1() {
for name in $${pod:-$$(pod_names)}; do
  note "$$name:"
  redis "$$name" role
done
}

start "$$@"
step 1 'ask the pods' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-role
redis-role: export OPS_SCRIPT = $(OPS_role)
redis-role:
	@sh -c "$$OPS_SCRIPT" role $(ops_arguments) $${POD:+--pod "$$POD"} $(ARGS)

define OPS_replication_info
#!/bin/sh
# Who follows whom, and how far
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='replication-info'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod'
pod=''

usage() {
  cat << 'USAGE'
Who follows whom, and how far

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; every pod when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the pods: role, link, master and offset of each; a link that is down is a finding
step_1() {
for name in $${pod:-$$(pod_names)}; do
  info=$$(redis "$$name" info replication)
  if [ "$$(field role "$$info")" = master ]; then
    note "$$name: master, $$(field connected_slaves "$$info") replicas, offset $$(field master_repl_offset "$$info")"
    printf '%s\n' "$$info" | grep '^slave[0-9]*:' || true
  else
    note "$$name: replica of $$(field master_host "$$info"), link $$(field master_link_status "$$info"), offset $$(field slave_repl_offset "$$info")"
    case $$(field role "$$info")$$(field master_link_status "$$info") in
      slaveup) ;;
      *) finding "$$name has no link to its master" ;;
    esac
  fi
done
}

start "$$@"
step 1 'ask the pods' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-replication-info
redis-replication-info: export OPS_SCRIPT = $(OPS_replication_info)
redis-replication-info:
	@sh -c "$$OPS_SCRIPT" replication-info $(ops_arguments) $${POD:+--pod "$$POD"} $(ARGS)

.PHONY: redis-check-replication
redis-check-replication: export OPS_SCRIPT = $(OPS_replication_info)
redis-check-replication:
	@sh -c "$$OPS_SCRIPT" replication-info $(ops_arguments) $${POD:+--pod "$$POD"} $(ARGS)

.PHONY: redis-replication-status
redis-replication-status: export OPS_SCRIPT = $(OPS_replication_info)
redis-replication-status:
	@sh -c "$$OPS_SCRIPT" replication-info $(ops_arguments) $${POD:+--pod "$$POD"} $(ARGS)

define OPS_lag
#!/bin/sh
# How far each replica is behind its master, in bytes and seconds
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='lag'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='max_bytes max_seconds pod'
max_bytes='1048576'
max_seconds='10'
pod=''

usage() {
  cat << 'USAGE'
How far each replica is behind its master, in bytes and seconds

Release redis, namespace default. Parameters, each with a value:
  --max-bytes: bytes behind the master that are a finding [1048576]
  --max-seconds: seconds without a word from the master that are a finding [10]
  --pod: the master; the pod that says so when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# compare the offsets: the master is asked first: what a replica has then is at least what it had at that moment
step_1() {
find_master
info=$$(redis "$$master_pod" info replication)
offset=$$(number "$$(field master_repl_offset "$$info")")
note "$$master_pod: master, offset $$offset"
for name in $$(pod_names); do
  if [ "$$name" = "$$master_pod" ]; then continue; fi
  info=$$(try_redis "$$name" info replication)
  if [ "$$(field master_link_status "$$info")" != up ]; then
    finding "$$name has no link to its master"
    continue
  fi
  behind=$$((offset - $$(number "$$(field slave_repl_offset "$$info")")))
  if [ "$$behind" -lt 0 ]; then behind=0; fi
  seconds=$$(number "$$(field master_last_io_seconds_ago "$$info")")
  note "$$name: $$behind bytes and $$seconds s behind"
  if [ "$$behind" -gt "$$max_bytes" ]; then finding "$$name is $$behind bytes behind, which is more than $$max_bytes"; fi
  if [ "$$seconds" -gt "$$max_seconds" ]; then finding "$$name has heard nothing for $$seconds s, which is more than $$max_seconds"; fi
done
}

start "$$@"
step 1 'compare the offsets' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-replica-lag
redis-replica-lag: export OPS_SCRIPT = $(OPS_lag)
redis-replica-lag:
	@sh -c "$$OPS_SCRIPT" lag $(ops_arguments) $${MAX_BYTES:+--max-bytes "$$MAX_BYTES"} $${MAX_SECONDS:+--max-seconds "$$MAX_SECONDS"} $${POD:+--pod "$$POD"} $(ARGS)

.PHONY: redis-replication-lag
redis-replication-lag: export OPS_SCRIPT = $(OPS_lag)
redis-replication-lag:
	@sh -c "$$OPS_SCRIPT" lag $(ops_arguments) $${MAX_BYTES:+--max-bytes "$$MAX_BYTES"} $${MAX_SECONDS:+--max-seconds "$$MAX_SECONDS"} $${POD:+--pod "$$POD"} $(ARGS)

define OPS_lastsave
#!/bin/sh
# When the last snapshot was taken
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='lastsave'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod max_seconds'
pod=''
max_seconds='86400'

usage() {
  cat << 'USAGE'
When the last snapshot was taken

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; every pod when empty
  --max-seconds: age of the last snapshot that is a finding [86400]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the pods: seconds since then, and changes since then
step_1() {
for name in $${pod:-$$(pod_names)}; do
  info=$$(redis "$$name" info persistence)
  age=$$(($$(date +%s) - $$(number "$$(field rdb_last_save_time "$$info")")))
  note "$$name: $$age s ago, $$(field rdb_changes_since_last_save "$$info") changes since, $$(field rdb_last_bgsave_status "$$info")"
  if [ "$$age" -gt "$$max_seconds" ] && [ "$$(number "$$(field rdb_changes_since_last_save "$$info")")" -gt 0 ]; then
    finding "$$name: the last snapshot is $$age s old, which is more than $$max_seconds, and does not have all"
  fi
done
}

start "$$@"
step 1 'ask the pods' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-lastsave
redis-lastsave: export OPS_SCRIPT = $(OPS_lastsave)
redis-lastsave:
	@sh -c "$$OPS_SCRIPT" lastsave $(ops_arguments) $${POD:+--pod "$$POD"} $${MAX_SECONDS:+--max-seconds "$$MAX_SECONDS"} $(ARGS)

define OPS_memory
#!/bin/sh
# What fills the memory
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='memory'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod'
pod=''

usage() {
  cat << 'USAGE'
What fills the memory

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the pod: a ratio of rss to used memory far above 1.5 is fragmentation
step_1() {
find_master
redis "$$master_pod" info memory
redis "$$master_pod" memory stats
}

start "$$@"
step 1 'ask the pod' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-memory
redis-memory: export OPS_SCRIPT = $(OPS_memory)
redis-memory:
	@sh -c "$$OPS_SCRIPT" memory $(ops_arguments) $${POD:+--pod "$$POD"} $(ARGS)

.PHONY: redis-memory-stats
redis-memory-stats: export OPS_SCRIPT = $(OPS_memory)
redis-memory-stats:
	@sh -c "$$OPS_SCRIPT" memory $(ops_arguments) $${POD:+--pod "$$POD"} $(ARGS)

define OPS_clients
#!/bin/sh
# Who is connected, and how near the limit that is
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='clients'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod max_percent count'
pod=''
max_percent='80'
count='50'

usage() {
  cat << 'USAGE'
Who is connected, and how near the limit that is

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --max-percent: share of maxclients in use that is a finding [80]
  --count: connections to list at most [50]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the pod: the limit first, then a line for each connection
step_1() {
find_master
info=$$(redis "$$master_pod" info clients)
now=$$(number "$$(field connected_clients "$$info")")
most=$$(number "$$(field maxclients "$$info")")
note "$$master_pod: $$now of $$most clients, $$(field blocked_clients "$$info") blocked"
if [ "$$most" -gt 0 ] && [ $$((now * 100 / most)) -gt "$$max_percent" ]; then
  finding "$$master_pod has $$((now * 100 / most)) % of its clients, which is more than $$max_percent %"
fi
clients=$$(redis "$$master_pod" client list)
dry || printf '%s\n' "$$clients" | head -n "$$count"
}

start "$$@"
step 1 'ask the pod' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-clients
redis-clients: export OPS_SCRIPT = $(OPS_clients)
redis-clients:
	@sh -c "$$OPS_SCRIPT" clients $(ops_arguments) $${POD:+--pod "$$POD"} $${MAX_PERCENT:+--max-percent "$$MAX_PERCENT"} $${COUNT:+--count "$$COUNT"} $(ARGS)

define OPS_slowlog
#!/bin/sh
# The slowest commands since the log was last cleared
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='slowlog'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod count'
pod=''
count='10'

usage() {
  cat << 'USAGE'
The slowest commands since the log was last cleared

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; every pod when empty
  --count: entries of each pod [10]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the pods: number, time, microseconds and words of each entry; arguments are data of your application
step_1() {
for name in $${pod:-$$(pod_names)}; do
  note "$$name:"
  redis "$$name" slowlog get "$$count"
done
}

start "$$@"
step 1 'ask the pods' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-slowlog
redis-slowlog: export OPS_SCRIPT = $(OPS_slowlog)
redis-slowlog:
	@sh -c "$$OPS_SCRIPT" slowlog $(ops_arguments) $${POD:+--pod "$$POD"} $${COUNT:+--count "$$COUNT"} $(ARGS)

define OPS_bigkeys
#!/bin/sh
# The largest keys of each type
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='bigkeys'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod seconds'
pod=''
seconds='300'

usage() {
  cat << 'USAGE'
The largest keys of each type

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --seconds: longest time that it may take [300]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# scan the keys: a replica can be named with --pod, so that the master is spared
step_1() {
find_master
redis_for "$$seconds" "$$master_pod" -i 0.01 --bigkeys
}

start "$$@"
step 1 'scan the keys' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-bigkeys
redis-bigkeys: export OPS_SCRIPT = $(OPS_bigkeys)
redis-bigkeys:
	@sh -c "$$OPS_SCRIPT" bigkeys $(ops_arguments) $${POD:+--pod "$$POD"} $${SECONDS:+--seconds "$$SECONDS"} $(ARGS)

define OPS_latency
#!/bin/sh
# How long the server takes to answer, and its own view of what was slow
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='latency'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod seconds max_milliseconds'
pod=''
seconds='10'
max_milliseconds='10'

usage() {
  cat << 'USAGE'
How long the server takes to answer, and its own view of what was slow

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --seconds: how long to measure [10]
  --max-milliseconds: mean that is a finding [10]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# measure: least, most and mean in milliseconds, and how many times it was asked
step_1() {
find_master
measured=$$(redis "$$master_pod" --raw -i "$$seconds" --latency)
set -- $$measured
note "$$master_pod: least $${1:-?} ms, most $${2:-?} ms, mean $${3:-?} ms of $${4:-?} times"
mean=$${3:-0}
mean=$$(number "$${mean%%.*}")
if [ "$$mean" -ge "$$max_milliseconds" ]; then finding "the mean is $$mean ms, which is not below $$max_milliseconds ms"; fi
redis "$$master_pod" latency latest
redis "$$master_pod" latency doctor
}

start "$$@"
step 1 'measure' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-latency
redis-latency: export OPS_SCRIPT = $(OPS_latency)
redis-latency:
	@sh -c "$$OPS_SCRIPT" latency $(ops_arguments) $${POD:+--pod "$$POD"} $${SECONDS:+--seconds "$$SECONDS"} $${MAX_MILLISECONDS:+--max-milliseconds "$$MAX_MILLISECONDS"} $(ARGS)

define OPS_keys
#!/bin/sh
# Names of keys
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='keys'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod pattern count database'
pod=''
pattern='*'
count='100'
database='0'

usage() {
  cat << 'USAGE'
Names of keys

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --pattern: which keys, with stars [*]
  --count: names to print at most [100]
  --database: number of the database [0]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# scan the keys: names are data of your application
step_1() {
find_master
found=$$(redis "$$master_pod" -n "$$database" --scan --pattern "$$pattern")
dry || printf '%s\n' "$$found" | head -n "$$count"
}

start "$$@"
step 1 'scan the keys' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-keys
redis-keys: export OPS_SCRIPT = $(OPS_keys)
redis-keys:
	@sh -c "$$OPS_SCRIPT" keys $(ops_arguments) $${POD:+--pod "$$POD"} $${PATTERN:+--pattern "$$PATTERN"} $${COUNT:+--count "$$COUNT"} $${DATABASE:+--database "$$DATABASE"} $(ARGS)

define OPS_config
#!/bin/sh
# What the running server is set to
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='config'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod parameter'
pod=''
parameter='*'

usage() {
  cat << 'USAGE'
What the running server is set to

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --parameter: which directives, with stars [*]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the pod: a name and its value on a line
step_1() {
find_master
found=$$(redis "$$master_pod" config get "$$parameter")
dry || printf '%s\n' "$$found" | awk '
  NR % 2 == 1 { name = $$0; next }
  name ~ /^(requirepass|masterauth|tls-key-file-pass|tls-client-key-file-pass|primaryauth)$$/ { $$0 = ($$0 == "" ? "" : "(set)") }
  { print name " " $$0 }'
}

start "$$@"
step 1 'ask the pod' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-config
redis-config: export OPS_SCRIPT = $(OPS_config)
redis-config:
	@sh -c "$$OPS_SCRIPT" config $(ops_arguments) $${POD:+--pod "$$POD"} $${PARAM:+--parameter "$$PARAM"} $(ARGS)

.PHONY: redis-config-get
redis-config-get: export OPS_SCRIPT = $(OPS_config)
redis-config-get:
	@sh -c "$$OPS_SCRIPT" config $(ops_arguments) $${POD:+--pod "$$POD"} $${PARAM:+--parameter "$$PARAM"} $(ARGS)

define OPS_command
#!/bin/sh
# A command of redis-cli in the pod
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='command'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod command'
pod=''
command='ping'

usage() {
  cat << 'USAGE'
A command of redis-cli in the pod

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --command: the command with its words, separated by blanks [ping]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# run it: what it changes is up to the command
step_1() {
find_master
set -f
redis "$$master_pod" $$command
}

start "$$@"
step 1 'run it' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-cli
redis-cli: export OPS_SCRIPT = $(OPS_command)
redis-cli:
	@sh -c "$$OPS_SCRIPT" command $(ops_arguments) $${POD:+--pod "$$POD"} $${CMD:+--command "$$CMD"} $(ARGS)

.PHONY: redis-ping
redis-ping: export OPS_SCRIPT = $(OPS_command)
redis-ping:
	@sh -c "$$OPS_SCRIPT" command $(ops_arguments) $${POD:+--pod "$$POD"} $${CMD:+--command "$$CMD"} --command ping $(ARGS)

.PHONY: redis-dbsize
redis-dbsize: export OPS_SCRIPT = $(OPS_command)
redis-dbsize:
	@sh -c "$$OPS_SCRIPT" command $(ops_arguments) $${POD:+--pod "$$POD"} $${CMD:+--command "$$CMD"} --command dbsize $(ARGS)

define OPS_monitor
#!/bin/sh
# Every command that arrives, for some seconds
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='monitor'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod seconds'
pod=''
seconds='10'

usage() {
  cat << 'USAGE'
Every command that arrives, for some seconds

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --seconds: how long [10]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# watch: nothing is changed
step_1() {
find_master
redis_for "$$seconds" "$$master_pod" monitor
}

start "$$@"
step 1 'watch' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-monitor
redis-monitor: export OPS_SCRIPT = $(OPS_monitor)
redis-monitor:
	@sh -c "$$OPS_SCRIPT" monitor $(ops_arguments) $${POD:+--pod "$$POD"} $${SECONDS:+--seconds "$$SECONDS"} $(ARGS)

define OPS_logs
#!/bin/sh
# The last lines of the logs
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='logs'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod lines'
pod=''
lines='200'

usage() {
  cat << 'USAGE'
The last lines of the logs

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; every pod when empty
  --lines: lines of each [200]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# read the logs: it ends; `kubectl logs -f` does not
step_1() {
for name in $${pod:-$$(pod_names)}; do
  note "$$name:"
  kube logs "$$name" -c "$$container" --tail "$$lines"
  kube logs "$$name" -c "$$container" --tail "$$lines" --previous 2> /dev/null || true
done
}

start "$$@"
step 1 'read the logs' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-logs
redis-logs: export OPS_SCRIPT = $(OPS_logs)
redis-logs:
	@sh -c "$$OPS_SCRIPT" logs $(ops_arguments) $${POD:+--pod "$$POD"} $${LINES:+--lines "$$LINES"} $(ARGS)

define OPS_describe
#!/bin/sh
# What Kubernetes says of the pods
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='describe'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod'
pod=''

usage() {
  cat << 'USAGE'
What Kubernetes says of the pods

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; every pod when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the API server: the StatefulSet too: an update that is stuck is seen there
step_1() {
kube describe statefulset "$$fullname"
for name in $${pod:-$$(pod_names)}; do kube describe pod "$$name"; done
}

start "$$@"
step 1 'ask the API server' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-describe
redis-describe: export OPS_SCRIPT = $(OPS_describe)
redis-describe:
	@sh -c "$$OPS_SCRIPT" describe $(ops_arguments) $${POD:+--pod "$$POD"} $(ARGS)

define OPS_events
#!/bin/sh
# What happened to the pods lately
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='events'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod'
pod=''

usage() {
  cat << 'USAGE'
What happened to the pods lately

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; every pod when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the API server: those of each pod and of the StatefulSet, in order of time
step_1() {
for name in "$$fullname" $${pod:-$$(pod_names)}; do
  kube get events --field-selector "involvedObject.name=$$name" --sort-by .lastTimestamp
done
}

start "$$@"
step 1 'ask the API server' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-events
redis-events: export OPS_SCRIPT = $(OPS_events)
redis-events:
	@sh -c "$$OPS_SCRIPT" events $(ops_arguments) $${POD:+--pod "$$POD"} $(ARGS)

define OPS_top
#!/bin/sh
# CPU and memory of the pods, as the node counts them
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='top'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters=''

usage() {
  cat << 'USAGE'
CPU and memory of the pods, as the node counts them

Release redis, namespace default. Parameters, each with a value:
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# ask the metrics server: it needs one in the cluster
step_1() {
for name in $$(pod_names); do kube top pod "$$name" --containers --no-headers; done
}

start "$$@"
step 1 'ask the metrics server' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-top
redis-top: export OPS_SCRIPT = $(OPS_top)
redis-top:
	@sh -c "$$OPS_SCRIPT" top $(ops_arguments) $(ARGS)

define OPS_metrics
#!/bin/sh
# What the exporter says
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='metrics'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod pattern'
pod=''
pattern='^redis_(up|connected_clients|memory_used_bytes|commands_processed_total|keyspace_(hits|misses)_total)'

usage() {
  cat << 'USAGE'
What the exporter says

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --pattern: which lines, as a regular expression [^redis_(up|connected_clients|memory_used_bytes|commands_processed_total|keyspace_(hits|misses)_total)]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# read the metrics: needs metrics.enabled
step_1() {
find_master
found=$$(kube get --raw "/api/v1/namespaces/$$namespace/pods/$$master_pod:$$metrics_port/proxy/metrics")
dry || printf '%s\n' "$$found" | grep -E "$$pattern" || finding "the exporter says nothing of $$pattern"
}

start "$$@"
step 1 'read the metrics' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-metrics
redis-metrics: export OPS_SCRIPT = $(OPS_metrics)
redis-metrics:
	@sh -c "$$OPS_SCRIPT" metrics $(ops_arguments) $${POD:+--pod "$$POD"} $${PATTERN:+--pattern "$$PATTERN"} $(ARGS)

define OPS_port_forward
#!/bin/sh
# The Service for writes on a port of this machine
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='port-forward'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='local_port'
local_port='6379'

usage() {
  cat << 'USAGE'
The Service for writes on a port of this machine

Release redis, namespace default. Parameters, each with a value:
  --local-port: port on this machine [6379]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# forward the port: connect with redis-cli to 127.0.0.1; the password is asked for there
step_1() {
kube port-forward "service/$$service" "$$local_port:$$service_port"
}

start "$$@"
step 1 'forward the port' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-port-forward
redis-port-forward: export OPS_SCRIPT = $(OPS_port_forward)
redis-port-forward:
	@sh -c "$$OPS_SCRIPT" port-forward $(ops_arguments) $${LOCAL_PORT:+--local-port "$$LOCAL_PORT"} $(ARGS)

define OPS_shell
#!/bin/sh
# A shell in the pod
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='shell'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod shell'
pod=''
shell='sh'

usage() {
  cat << 'USAGE'
A shell in the pod

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --shell: sh, or bash where the image has it [sh]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# open it: the alpine image has no bash
step_1() {
find_master
kube exec -it "$$master_pod" -c "$$container" -- "$$shell"
}

start "$$@"
step 1 'open it' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-shell
redis-shell: export OPS_SCRIPT = $(OPS_shell)
redis-shell:
	@sh -c "$$OPS_SCRIPT" shell $(ops_arguments) $${POD:+--pod "$$POD"} $(ARGS)

.PHONY: redis-bash
redis-bash: export OPS_SCRIPT = $(OPS_shell)
redis-bash:
	@sh -c "$$OPS_SCRIPT" shell $(ops_arguments) $${POD:+--pod "$$POD"} --shell bash $(ARGS)

define OPS_bgsave
#!/bin/sh
# A snapshot on the volume of the pod, waited for
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='bgsave'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod save_seconds'
pod=''
save_seconds='3600'

usage() {
  cat << 'USAGE'
A snapshot on the volume of the pod, waited for

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --save-seconds: longest time that a snapshot or a rewrite of the log may take [3600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
# take the snapshot: SAVE would hold up every client as long as it takes, so redis-save does this too
step_1() {
find_master
need_server "$$master_pod"
bgsave "$$master_pod"
good "$$master_pod has a new snapshot"
}

start "$$@"
step 1 'take the snapshot' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-bgsave
redis-bgsave: export OPS_SCRIPT = $(OPS_bgsave)
redis-bgsave:
	@sh -c "$$OPS_SCRIPT" bgsave $(ops_arguments) $${POD:+--pod "$$POD"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $(ARGS)

.PHONY: redis-save
redis-save: export OPS_SCRIPT = $(OPS_bgsave)
redis-save:
	@sh -c "$$OPS_SCRIPT" bgsave $(ops_arguments) $${POD:+--pod "$$POD"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $(ARGS)

define OPS_aof_rewrite
#!/bin/sh
# The append-only log written anew, waited for
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='aof-rewrite'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod save_seconds'
pod=''
save_seconds='3600'

usage() {
  cat << 'USAGE'
The append-only log written anew, waited for

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --save-seconds: longest time that a snapshot or a rewrite of the log may take [3600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
# write it anew: it needs room for the new log beside the old one
step_1() {
find_master
saving=$$master_pod
log_is_on "$$master_pod" || die "$$master_pod keeps no append-only log (appendonly no)"
wait_until "$$save_seconds" "the rewrite before this one" is_not_rewriting
redis "$$master_pod" bgrewriteaof
wait_until "$$save_seconds" "the rewrite" is_not_rewriting
info=$$(redis "$$master_pod" info persistence)
dry || [ "$$(field aof_last_bgrewrite_status "$$info")" = ok ] || die "the rewrite failed; the log of $$master_pod says why"
good "the log of $$master_pod has $$(field aof_current_size "$$info") bytes"
}

start "$$@"
step 1 'write it anew' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-aof-rewrite
redis-aof-rewrite: export OPS_SCRIPT = $(OPS_aof_rewrite)
redis-aof-rewrite:
	@sh -c "$$OPS_SCRIPT" aof-rewrite $(ops_arguments) $${POD:+--pod "$$POD"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $(ARGS)

define OPS_backup
#!/bin/sh
# Snapshot, log, settings and objects of the release, verified, on this machine
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='backup'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='backup_dir timestamp pod save_seconds with_secrets'
backup_dir='tmp/redis-backups'
timestamp=''
pod=''
save_seconds='3600'
with_secrets='no'

usage() {
  cat << 'USAGE'
Snapshot, log, settings and objects of the release, verified, on this machine

Release redis, namespace default. Parameters, each with a value:
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --timestamp: name of this one; the time when empty
  --pod: the pod to ask; the master when empty
  --save-seconds: longest time that a snapshot or a rewrite of the log may take [3600]
  --with-secrets: yes: the Secrets too, in a file that only you can read [no]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
# find the release and its master: a replica may lack the last writes, so the master is asked unless another pod is named
step_1() {
need_release
find_master
need_server "$$master_pod"
}

# take it and verify it: it is called a backup when the server's own checkers have passed it and what arrived is what they have read
step_2() {
backup_all
}

start "$$@"
step 1 'find the release and its master' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'take it and verify it' \
  'what was copied lies in a folder whose name ends in .unverified and is no backup; the server goes on as before' \
  'mend what the message says, delete that folder, and run the script again'

endef

.PHONY: redis-full-backup
redis-full-backup: export OPS_SCRIPT = $(OPS_backup)
redis-full-backup:
	@sh -c "$$OPS_SCRIPT" backup $(ops_arguments) $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $${BACKUP_TIMESTAMP:+--timestamp "$$BACKUP_TIMESTAMP"} $${POD:+--pod "$$POD"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $${WITH_SECRETS:+--with-secrets "$$WITH_SECRETS"} $(ARGS)

.PHONY: redis-backup-all
redis-backup-all: export OPS_SCRIPT = $(OPS_backup)
redis-backup-all:
	@sh -c "$$OPS_SCRIPT" backup $(ops_arguments) $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $${BACKUP_TIMESTAMP:+--timestamp "$$BACKUP_TIMESTAMP"} $${POD:+--pod "$$POD"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $${WITH_SECRETS:+--with-secrets "$$WITH_SECRETS"} $(ARGS)

define OPS_backup_rdb
#!/bin/sh
# A snapshot of the data, verified, on this machine
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='backup-rdb'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='backup_dir timestamp pod save_seconds'
backup_dir='tmp/redis-backups'
timestamp=''
pod=''
save_seconds='3600'

usage() {
  cat << 'USAGE'
A snapshot of the data, verified, on this machine

Release redis, namespace default. Parameters, each with a value:
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --timestamp: name of this one; the time when empty
  --pod: the pod to ask; the master when empty
  --save-seconds: longest time that a snapshot or a rewrite of the log may take [3600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
# find the release and its master: a replica may lack the last writes, so the master is asked unless another pod is named
step_1() {
need_release
find_master
need_server "$$master_pod"
}

# take it and verify it: it is called a backup when the server's own checkers have passed it and what arrived is what they have read
step_2() {
backup_begin rdb
backup_rdb "$$master_pod"
backup_end
}

start "$$@"
step 1 'find the release and its master' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'take it and verify it' \
  'what was copied lies in a folder whose name ends in .unverified and is no backup; the server goes on as before' \
  'mend what the message says, delete that folder, and run the script again'

endef

.PHONY: redis-backup-rdb
redis-backup-rdb: export OPS_SCRIPT = $(OPS_backup_rdb)
redis-backup-rdb:
	@sh -c "$$OPS_SCRIPT" backup-rdb $(ops_arguments) $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $${BACKUP_TIMESTAMP:+--timestamp "$$BACKUP_TIMESTAMP"} $${POD:+--pod "$$POD"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $(ARGS)

.PHONY: redis-backup
redis-backup: export OPS_SCRIPT = $(OPS_backup_rdb)
redis-backup:
	@sh -c "$$OPS_SCRIPT" backup-rdb $(ops_arguments) $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $${BACKUP_TIMESTAMP:+--timestamp "$$BACKUP_TIMESTAMP"} $${POD:+--pod "$$POD"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $(ARGS)

.PHONY: redis-backup-rdb-download
redis-backup-rdb-download: export OPS_SCRIPT = $(OPS_backup_rdb)
redis-backup-rdb-download:
	@sh -c "$$OPS_SCRIPT" backup-rdb $(ops_arguments) $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $${BACKUP_TIMESTAMP:+--timestamp "$$BACKUP_TIMESTAMP"} $${POD:+--pod "$$POD"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $(ARGS)

define OPS_backup_aof
#!/bin/sh
# The append-only log, verified, on this machine
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='backup-aof'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='backup_dir timestamp pod save_seconds'
backup_dir='tmp/redis-backups'
timestamp=''
pod=''
save_seconds='3600'

usage() {
  cat << 'USAGE'
The append-only log, verified, on this machine

Release redis, namespace default. Parameters, each with a value:
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --timestamp: name of this one; the time when empty
  --pod: the pod to ask; the master when empty
  --save-seconds: longest time that a snapshot or a rewrite of the log may take [3600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
# find the release and its master: a replica may lack the last writes, so the master is asked unless another pod is named
step_1() {
need_release
find_master
need_server "$$master_pod"
}

# take it and verify it: it is called a backup when the server's own checkers have passed it and what arrived is what they have read
step_2() {
backup_begin aof
backup_aof "$$master_pod"
backup_end
}

start "$$@"
step 1 'find the release and its master' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'take it and verify it' \
  'what was copied lies in a folder whose name ends in .unverified and is no backup; the server goes on as before' \
  'mend what the message says, delete that folder, and run the script again'

endef

.PHONY: redis-backup-aof
redis-backup-aof: export OPS_SCRIPT = $(OPS_backup_aof)
redis-backup-aof:
	@sh -c "$$OPS_SCRIPT" backup-aof $(ops_arguments) $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $${BACKUP_TIMESTAMP:+--timestamp "$$BACKUP_TIMESTAMP"} $${POD:+--pod "$$POD"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $(ARGS)

define OPS_backup_config
#!/bin/sh
# What the running server is set to, on this machine
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='backup-config'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='backup_dir timestamp pod'
backup_dir='tmp/redis-backups'
timestamp=''
pod=''

usage() {
  cat << 'USAGE'
What the running server is set to, on this machine

Release redis, namespace default. Parameters, each with a value:
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --timestamp: name of this one; the time when empty
  --pod: the pod to ask; the master when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
# find the release and its master: a replica may lack the last writes, so the master is asked unless another pod is named
step_1() {
need_release
find_master
need_server "$$master_pod"
}

# take it and verify it: it is called a backup when the server's own checkers have passed it and what arrived is what they have read
step_2() {
backup_begin config
backup_config "$$master_pod"
backup_end
}

start "$$@"
step 1 'find the release and its master' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'take it and verify it' \
  'what was copied lies in a folder whose name ends in .unverified and is no backup; the server goes on as before' \
  'mend what the message says, delete that folder, and run the script again'

endef

.PHONY: redis-backup-config
redis-backup-config: export OPS_SCRIPT = $(OPS_backup_config)
redis-backup-config:
	@sh -c "$$OPS_SCRIPT" backup-config $(ops_arguments) $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $${BACKUP_TIMESTAMP:+--timestamp "$$BACKUP_TIMESTAMP"} $${POD:+--pod "$$POD"} $(ARGS)

define OPS_backup_resources
#!/bin/sh
# The Kubernetes objects of the release, on this machine
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='backup-resources'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='backup_dir timestamp with_secrets'
backup_dir='tmp/redis-backups'
timestamp=''
with_secrets='no'

usage() {
  cat << 'USAGE'
The Kubernetes objects of the release, on this machine

Release redis, namespace default. Parameters, each with a value:
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --timestamp: name of this one; the time when empty
  --with-secrets: yes: the Secrets too, in a file that only you can read [no]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
# read the objects: everything that carries the release's label; Secrets only on request, because they hold the password
step_1() {
need_release
backup_begin resources
backup_resources
backup_end
}

start "$$@"
step 1 'read the objects' \
  'what was copied lies in a folder whose name ends in .unverified and is no backup; the server goes on as before' \
  'mend what the message says, delete that folder, and run the script again'

endef

.PHONY: redis-backup-k8s-resources
redis-backup-k8s-resources: export OPS_SCRIPT = $(OPS_backup_resources)
redis-backup-k8s-resources:
	@sh -c "$$OPS_SCRIPT" backup-resources $(ops_arguments) $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $${BACKUP_TIMESTAMP:+--timestamp "$$BACKUP_TIMESTAMP"} $${WITH_SECRETS:+--with-secrets "$$WITH_SECRETS"} $(ARGS)

define OPS_backup_all_namespaces
#!/bin/sh
# A full backup of every release of Redis in the cluster
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='backup-all-namespaces'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='backup_dir timestamp save_seconds selector with_secrets'
backup_dir='tmp/redis-backups'
timestamp=''
save_seconds='3600'
selector='app.kubernetes.io/name=redis'
with_secrets='no'

usage() {
  cat << 'USAGE'
A full backup of every release of Redis in the cluster

Release redis, namespace default. Parameters, each with a value:
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --timestamp: name of this one; the time when empty
  --save-seconds: longest time that a snapshot or a rewrite of the log may take [3600]
  --selector: labels of the StatefulSets [app.kubernetes.io/name=redis]
  --with-secrets: yes: the Secrets too, in files that only you can read [no]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
# find the releases: by the label that the chart gives its StatefulSets
step_1() {
releases=$$(kube get statefulset --all-namespaces -l "$$selector" -o 'jsonpath={range .items[*]}{.metadata.namespace}{","}{.metadata.name}{","}{.metadata.labels.app\.kubernetes\.io/instance}{"\n"}{end}')
dry || [ -n "$$releases" ] || die "no StatefulSet of the cluster has the labels $$selector"
}

# back up each: as the procedure backup does it
step_2() {
pod=
for found in $$releases; do
  namespace=$${found%%,*}
  fullname=$${found#*,}
  release=$${fullname#*,}
  fullname=$${fullname%%,*}
  say "$$namespace/$$release"
  # In a shell of its own, outside of any condition: there a step that fails would go on.
  set +e
  (
    trap ended EXIT
    ending=
    set -e
    backup_all
  )
  status=$$?
  set -e
  [ "$$status" = 0 ] || finding "$$namespace/$$release was not backed up"
done
}

start "$$@"
step 1 'find the releases' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'back up each' \
  'what was copied lies in a folder whose name ends in .unverified and is no backup; the server goes on as before' \
  'mend what the message says, delete that folder, and run the script again'

endef

.PHONY: redis-backup-all-namespaces
redis-backup-all-namespaces: export OPS_SCRIPT = $(OPS_backup_all_namespaces)
redis-backup-all-namespaces:
	@sh -c "$$OPS_SCRIPT" backup-all-namespaces $(ops_arguments) $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $${BACKUP_TIMESTAMP:+--timestamp "$$BACKUP_TIMESTAMP"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $${SELECTOR:+--selector "$$SELECTOR"} $${WITH_SECRETS:+--with-secrets "$$WITH_SECRETS"} $(ARGS)

define OPS_list_backups
#!/bin/sh
# The backups of this release on this machine
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='list-backups'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='backup_dir'
backup_dir='tmp/redis-backups'

usage() {
  cat << 'USAGE'
The backups of this release on this machine

Release redis, namespace default. Parameters, each with a value:
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
$(ops_helper)
# list them: each is held against the sums that were written when it was verified
step_1() {
for one in "$$backup_dir/$$namespace/$$release"/*; do
  case $$one in
    *'/*') finding "there is no backup of $$release in $$backup_dir/$$namespace/$$release" ;;
    *.unverified) finding "$$one was never verified: it is no backup" ;;
    *)
      if (check_sums "$$one"); then
        good "$$one: $$(tr '\n' ' ' < "$$one/BACKUP")"
      else
        finding "$$one is not what was verified"
      fi
      ;;
  esac
done
}

start "$$@"
step 1 'list them' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-list-backups
redis-list-backups: export OPS_SCRIPT = $(OPS_list_backups)
redis-list-backups:
	@sh -c "$$OPS_SCRIPT" list-backups $(ops_arguments) $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $(ARGS)

define OPS_verify_backup
#!/bin/sh
# Read a backup once more, in a pod of the image that will have to
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='verify-backup'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='file kind'
file=''
kind='auto'

usage() {
  cat << 'USAGE'
Read a backup once more, in a pod of the image that will have to

Release redis, namespace default. Parameters, each with a value:
  --file: a backup's folder, a snapshot, or a log
  --kind: rdb or aof, of a backup that has both [auto]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
$(ops_helper)
# look at the files: those of a backup must be the ones that were verified
step_1() {
[ -n "$$file" ] || dry || die "say with --file which backup"
look_at "$$file" "$$kind"
}

# read them in a pod: with redis-check-rdb or redis-check-aof of the image of the release
step_2() {
need_release
helper_pod "$$fullname-verify" ""
into_helper "$$data_dir/verify"
dry || printf '%s\n' "$$checked" | grep -E 'looks OK|are valid|is valid|keys read' || true
good "$$source is well"
}

start "$$@"
step 1 'look at the files' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'read them in a pod' \
  'nothing was changed but for the pod redis-verify, which is being deleted' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-backup-verify
redis-backup-verify: export OPS_SCRIPT = $(OPS_verify_backup)
redis-backup-verify:
	@sh -c "$$OPS_SCRIPT" verify-backup $(ops_arguments) $${FILE:+--file "$$FILE"} $${BACKUP_FILE:+--file "$$BACKUP_FILE"} $${KIND:+--kind "$$KIND"} $(ARGS)

define OPS_snapshot
#!/bin/sh
# A VolumeSnapshot of every claim of the release
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='snapshot'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='class timestamp save_seconds pod'
class='csi-snapclass'
timestamp=''
save_seconds='3600'
pod=''

usage() {
  cat << 'USAGE'
A VolumeSnapshot of every claim of the release

Release redis, namespace default. Parameters, each with a value:
  --class: VolumeSnapshotClass; the default one of the cluster when empty [csi-snapclass]
  --timestamp: end of the snapshots' names; the time when empty
  --save-seconds: longest time that a snapshot may take [3600]
  --pod: the pod whose volume is taken; every pod when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
# find the claims: a release without volumes has nothing to take
step_1() {
need_release
stamp=$$(printf '%s' "$${timestamp:-$$(date -u +%Y%m%dt%H%M%Sz)}" | tr '[:upper:]' '[:lower:]')
shared=$$(kube get statefulset "$$fullname" -o 'jsonpath={.spec.template.spec.volumes[?(@.name=="data")].persistentVolumeClaim.claimName}')
claims=
for name in $${pod:-$$(pod_names)}; do
  claim=$${shared:-data-$$name}
  kube get persistentvolumeclaim "$$claim" -o name > /dev/null
  case " $$claims " in *" $$claim "*) ;; *) claims="$$claims $$claim" ;; esac
done
}

# have Redis write what it holds: the volume then has a whole snapshot of Redis's own, whatever the log is doing
step_2() {
for name in $${pod:-$$(pod_names)}; do bgsave "$$name"; done
}

# take the snapshots, and wait until they can be used: one that is not ready is no copy
step_3() {
for claim in $$claims; do
  snapshot=$$claim-$$stamp
  kube_apply << MANIFEST
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata:
  name: $$snapshot
  labels:
    app.kubernetes.io/instance: $$release
spec:
  $${class:+volumeSnapshotClassName: $$class}
  source:
    persistentVolumeClaimName: $$claim
MANIFEST
  kube wait --for=jsonpath='{.status.readyToUse}'=true "volumesnapshot/$$snapshot" --timeout="$${save_seconds}s"
  good "volumesnapshot $$snapshot"
done
}

start "$$@"
step 1 'find the claims' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'have Redis write what it holds' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'take the snapshots, and wait until they can be used' \
  'Redis goes on as before; a VolumeSnapshot may be there that is not ready and is no copy' \
  '`kubectl -n default describe volumesnapshot` says why; the CRDs and a snapshot controller must be in the cluster'

endef

.PHONY: redis-create-pvc-snapshot
redis-create-pvc-snapshot: export OPS_SCRIPT = $(OPS_snapshot)
redis-create-pvc-snapshot:
	@sh -c "$$OPS_SCRIPT" snapshot $(ops_arguments) $${SNAPSHOT_CLASS:+--class "$$SNAPSHOT_CLASS"} $${BACKUP_TIMESTAMP:+--timestamp "$$BACKUP_TIMESTAMP"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $${POD:+--pod "$$POD"} $(ARGS)

.PHONY: redis-backup-pvc-snapshot
redis-backup-pvc-snapshot: export OPS_SCRIPT = $(OPS_snapshot)
redis-backup-pvc-snapshot:
	@sh -c "$$OPS_SCRIPT" snapshot $(ops_arguments) $${SNAPSHOT_CLASS:+--class "$$SNAPSHOT_CLASS"} $${BACKUP_TIMESTAMP:+--timestamp "$$BACKUP_TIMESTAMP"} $${SAVE_SECONDS:+--save-seconds "$$SAVE_SECONDS"} $${POD:+--pod "$$POD"} $(ARGS)

define OPS_restore
#!/bin/sh
# Put a snapshot or a log back, so that it stays
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='restore'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='file kind pod ready_seconds'
file=''
kind='auto'
pod=''
ready_seconds='900'

usage() {
  cat << 'USAGE'
Put a snapshot or a log back, so that it stays

Release redis, namespace default. Parameters, each with a value:
  --file: a backup's folder, a dump.rdb, a folder of a log with its manifest, or an appendonly.aof
  --kind: rdb or aof, of a backup that has both; auto takes the log, which has the later writes [auto]
  --pod: the pod whose volume gets the data; the master when empty
  --ready-seconds: longest time until all pods answer with their data [900]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
$(ops_helper)
$(ops_restore)
# look at the files: those of a backup must be the ones that were verified; what never was is refused
step_1() {
[ -n "$$file" ] || dry || die "say with --file what to restore"
look_at "$$file" "$$kind"
note "$$source ($$source_kind)"
}

# look at the release: the pods must find their password and their claims when they start again
step_2() {
look_at_release
note "onto claim $$claim of $$target; $$count pods will run again; appendonly is $$keeps_log"
}

# confirm: writes since the backup are lost to clients, and nobody is served until the end
step_3() {
confirm "this stops all pods of $$release in $$namespace and replaces their data by $$source"
}

# stop the servers: none may run while files are placed; scaled to 0 they end in order
step_4() {
stop_servers
}

# copy the files onto the volume, and read them there: the checkers of the image that will run read them, so a format that is too new is found now
step_5() {
helper_pod "$$fullname-restore" "$$claim"
scratch "$$helper" "$$data_dir"
into_helper "$$held"
good "the image of the release reads it"
}

# put them in their place: what lay there goes into a folder beside it, for you to delete later
step_6() {
aside=$$data_dir/before-restore-$$(date -u +%Y%m%dT%H%M%SZ)
in_pod "$$helper" sh -c "$$place" place "$$source_kind" "$$keeps_log" "$$held" "$$aside" "$$dump" "$$log" "$$log_dir"
note "what lay there is in $$aside on claim $$claim"
in_pod "$$helper" rm -rf "$$held"
kube delete pod "$$helper" --ignore-not-found --wait
}

# start the servers: replicas copy from the master by themselves. Good is when each answers with its data and has its link
step_7() {
start_servers
}

# count the keys: as many as the checker has read, but for those that have expired since
step_8() {
find_master
[ "$$master_pod" = "$$target" ] || dry || finding "the master is $$master_pod, but the data were put on the volume of $$target"
found=$$(redis "$$target" info keyspace)
now=$$(printf '%s\n' "$$found" | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' | awk '{ sum += $$1 } END { print sum + 0 }')
note "$$target has $$now keys"
if [ "$$source_kind" = rdb ]; then
  read=$$(number "$$(printf '%s\n' "$$checked" | sed -n 's/^\[info\] \([0-9]*\) keys read/\1/p')")
  expire=$$(number "$$(printf '%s\n' "$$checked" | sed -n 's/^\[info\] \([0-9]*\) expires/\1/p')")
  if [ "$$now" -lt $$((read - expire)) ]; then finding "the snapshot has $$read keys, $$expire of which expire; the server has $$now"; fi
fi
}

start "$$@"
step 1 'look at the files' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'look at the release' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 4 'stop the servers' \
  'some pods may be stopped; the data are as they were' \
  'run the script again, or go on as before: kubectl -n default scale statefulset redis --replicas=1'
step 5 'copy the files onto the volume, and read them there' \
  'no pod runs; the data of before are untouched on the volume' \
  'run the script again with another backup, or go on as before: kubectl -n default scale statefulset redis --replicas=1'
step 6 'put them in their place' \
  'no pod runs; the data of before are on the volume, in before-restore-… or still in their place' \
  'run the script again: it begins anew and keeps what it finds'
step 7 'start the servers' \
  'the restored data are on the volume of the master; pods are starting, or one cannot' \
  'look at the log of the pod that is not ready (procedure logs); what lay there before is in before-restore-… on the volume'
step 8 'count the keys' \
  'the data are restored and the pods run; only the count failed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-restore
redis-restore: export OPS_SCRIPT = $(OPS_restore)
redis-restore:
	@sh -c "$$OPS_SCRIPT" restore $(ops_arguments) $${FILE:+--file "$$FILE"} $${BACKUP_FILE:+--file "$$BACKUP_FILE"} $${KIND:+--kind "$$KIND"} $${POD:+--pod "$$POD"} $${READY_SECONDS:+--ready-seconds "$$READY_SECONDS"} $(ARGS)

.PHONY: redis-restore-rdb
redis-restore-rdb: export OPS_SCRIPT = $(OPS_restore)
redis-restore-rdb:
	@sh -c "$$OPS_SCRIPT" restore $(ops_arguments) $${FILE:+--file "$$FILE"} $${BACKUP_FILE:+--file "$$BACKUP_FILE"} $${KIND:+--kind "$$KIND"} $${POD:+--pod "$$POD"} $${READY_SECONDS:+--ready-seconds "$$READY_SECONDS"} --kind rdb $(ARGS)

.PHONY: redis-restore-aof
redis-restore-aof: export OPS_SCRIPT = $(OPS_restore)
redis-restore-aof:
	@sh -c "$$OPS_SCRIPT" restore $(ops_arguments) $${FILE:+--file "$$FILE"} $${BACKUP_FILE:+--file "$$BACKUP_FILE"} $${KIND:+--kind "$$KIND"} $${POD:+--pod "$$POD"} $${READY_SECONDS:+--ready-seconds "$$READY_SECONDS"} --kind aof $(ARGS)

define OPS_restore_config
#!/bin/sh
# What a backup of the settings has otherwise than the running server
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='restore-config'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='file pod'
file=''
pod=''

usage() {
  cat << 'USAGE'
What a backup of the settings has otherwise than the running server

Release redis, namespace default. Parameters, each with a value:
  --file: redis.conf of a backup
  --pod: the pod to compare with; the master when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
# compare: ports, folders and addresses are the chart's own and are passed over
step_1() {
dry || [ -f "$$file" ] || die "say with --file where the redis.conf of a backup is: found \`$$file\`"
find_master
reply=$$(redis "$$master_pod" config get '*')
if dry; then return 0; fi
note "redis:"
note "  settings:"
printf '%s\n' "$$reply" | awk '
  FNR == NR { if (FNR % 2) name = $$0; else now[name] = ($$0 == "" ? "\"\"" : $$0); next }
  $$1 ~ /^(port|dir|bind|replicaof|slaveof|logfile|pidfile|unixsocket|replica-announce-(ip|port)|daemonize)$$/ { next }
  { name = $$1; $$1 = ""; sub(/^ /, ""); if ((name in now) && now[name] != $$0) { value = $$0; gsub(/\047/, "\047\047", value); print "    " name ": \047" value "\047" } }
' - "$$file"
}

start "$$@"
step 1 'compare' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-restore-config
redis-restore-config: export OPS_SCRIPT = $(OPS_restore_config)
redis-restore-config:
	@sh -c "$$OPS_SCRIPT" restore-config $(ops_arguments) $${FILE:+--file "$$FILE"} $${BACKUP_FILE:+--file "$$BACKUP_FILE"} $${POD:+--pod "$$POD"} $(ARGS)

define OPS_restore_snapshot
#!/bin/sh
# A claim made anew from a VolumeSnapshot
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='restore-snapshot'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='snapshot pod ready_seconds'
snapshot=''
pod=''
ready_seconds='900'

usage() {
  cat << 'USAGE'
A claim made anew from a VolumeSnapshot

Release redis, namespace default. Parameters, each with a value:
  --snapshot: name of the VolumeSnapshot
  --pod: the pod whose claim is made anew; the master when empty
  --ready-seconds: longest time until all pods answer with their data [900]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
$(ops_helper)
$(ops_restore)
# look at the snapshot and the release: a snapshot that is not ready holds nothing
step_1() {
[ -n "$$snapshot" ] || dry || die "say with --snapshot which one"
found=$$(kube get volumesnapshot "$$snapshot" -o 'jsonpath={.status.readyToUse}')
[ "$$found" = true ] || die "volumesnapshot $$snapshot is not ready to use: readyToUse is \`$$found\`"
look_at_release
volume=$$(kube get persistentvolumeclaim "$$claim" -o 'jsonpath={.spec.volumeName}')
class=$$(kube get persistentvolumeclaim "$$claim" -o 'jsonpath={.spec.storageClassName}')
mode=$$(kube get persistentvolumeclaim "$$claim" -o 'jsonpath={.spec.accessModes[0]}')
size=$$(kube get persistentvolumeclaim "$$claim" -o 'jsonpath={.spec.resources.requests.storage}')
}

# confirm: writes since the snapshot are lost to clients, and nobody is served until the end
step_2() {
confirm "this stops all pods of $$release in $$namespace and makes claim $$claim anew from $$snapshot"
}

# stop the servers: a claim that is in use is not deleted
step_3() {
stop_servers
}

# make the claim anew: with the size and class of the old one, under the name by which the pod looks for it
step_4() {
call "$$kubectl" $${context:+--context "$$context"} patch persistentvolume "$$volume" -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
note "the data of before stay on persistentvolume $$volume"
kube delete persistentvolumeclaim "$$claim" --wait
kube_apply << MANIFEST
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: $$claim
  labels:
    app.kubernetes.io/name: redis
    app.kubernetes.io/instance: $$release
spec:
  accessModes: ["$$mode"]
  storageClassName: "$$class"
  resources:
    requests:
      storage: $$size
  dataSource:
    apiGroup: snapshot.storage.k8s.io
    kind: VolumeSnapshot
    name: $$snapshot
MANIFEST
}

# start the servers: a storage class that binds late makes the volume when the pod comes
step_5() {
start_servers
}

start "$$@"
step 1 'look at the snapshot and the release' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'stop the servers' \
  'some pods may be stopped; the data are as they were' \
  'run the script again, or go on as before: kubectl -n default scale statefulset redis --replicas=1'
step 4 'make the claim anew' \
  'no pod runs; the volume of before is kept (Retain), the claim may be missing' \
  'kubectl get persistentvolume shows the volume of before; a claim with its volumeName brings it back'
step 5 'start the servers' \
  'the claim is made from the snapshot; pods are starting, or one cannot' \
  'kubectl -n default describe persistentvolumeclaim says what the claim waits for'

endef

.PHONY: redis-restore-from-pvc-snapshot
redis-restore-from-pvc-snapshot: export OPS_SCRIPT = $(OPS_restore_snapshot)
redis-restore-from-pvc-snapshot:
	@sh -c "$$OPS_SCRIPT" restore-snapshot $(ops_arguments) $${SNAPSHOT_NAME:+--snapshot "$$SNAPSHOT_NAME"} $${POD:+--pod "$$POD"} $${READY_SECONDS:+--ready-seconds "$$READY_SECONDS"} $(ARGS)

define OPS_disaster_recovery
#!/bin/sh
# What is left, and what to do next
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='disaster-recovery'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='backup_dir'
backup_dir='tmp/redis-backups'

usage() {
  cat << 'USAGE'
What is left, and what to do next

Release redis, namespace default. Parameters, each with a value:
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
$(ops_helper)
# list the backups: the newest one that is still what was verified is the one to use
step_1() {
newest=
for one in "$$backup_dir/$$namespace/$$release"/*; do
  case $$one in *'/*' | *.unverified) continue ;; esac
  if (check_sums "$$one") 2> /dev/null; then
    newest=$$one
    note "$$one"
  fi
done
[ -n "$$newest" ] || finding "no verified backup of $$release in $$backup_dir/$$namespace/$$release"
}

# look at the cluster: a claim that is still there holds more than any backup
step_2() {
kube get statefulset,pod,persistentvolumeclaim -l "app.kubernetes.io/instance=$$release" || finding "the cluster does not answer"
kube get volumesnapshot 2> /dev/null || true
}

# say what to do: in this order
step_3() {
note "1. Where the objects are gone: install the release again with the values that it had. Claims that are left are found again by their names."
note "2. Look at the pods: procedure health, then logs. Data that are still on a volume need no restore."
note "3. Restore: chartwright ops script restore … > restore.sh; sh restore.sh --file $${newest:-BACKUP} --dry-run; then without --dry-run"
note "4. Look again: procedures health, lag, and the keys that you know."
}

start "$$@"
step 1 'list the backups' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'look at the cluster' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'say what to do' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-disaster-recovery
redis-disaster-recovery: export OPS_SCRIPT = $(OPS_disaster_recovery)
redis-disaster-recovery:
	@sh -c "$$OPS_SCRIPT" disaster-recovery $(ops_arguments) $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $(ARGS)

define OPS_flushdb
#!/bin/sh
# Delete all keys of one database
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='flushdb'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod database'
pod=''
database='0'

usage() {
  cat << 'USAGE'
Delete all keys of one database

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --database: number of the database [0]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# delete the keys: take a backup before
step_1() {
find_master
need_server "$$master_pod"
confirm "this deletes all keys of one database of $$release in $$namespace"
redis "$$master_pod" -n "$$database" flushdb
good "deleted"
}

start "$$@"
step 1 'delete the keys' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-flushdb
redis-flushdb: export OPS_SCRIPT = $(OPS_flushdb)
redis-flushdb:
	@sh -c "$$OPS_SCRIPT" flushdb $(ops_arguments) $${POD:+--pod "$$POD"} $${DATABASE:+--database "$$DATABASE"} $(ARGS)

define OPS_flushall
#!/bin/sh
# Delete all keys of every database
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='flushall'

# The release.
release='redis'
namespace='default'
fullname='redis'
given_fullname=$$fullname
container='redis'
pods='redis-0'
master_ordinal=0
service='redis'
headless='redis-headless'
cluster_domain='cluster.local'
port=6379
service_port=6379
secret=''
secret_key='redis-password'
config_map='redis-config'
data_dir='/data'
dump='dump.rdb'
log='appendonly.aof'
log_dir='appendonlydir'
is_log_on=yes
image='redis:8.2.8-alpine'
metrics_port=9121
grace_seconds=60

# The parameters.
parameters='pod'
pod=''

usage() {
  cat << 'USAGE'
Delete all keys of every database

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod to ask; the master when empty
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
# delete the keys: take a backup before
step_1() {
find_master
need_server "$$master_pod"
confirm "this deletes all keys of every database of $$release in $$namespace"
redis "$$master_pod" flushall
good "deleted"
}

start "$$@"
step 1 'delete the keys' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-flushall
redis-flushall: export OPS_SCRIPT = $(OPS_flushall)
redis-flushall:
	@sh -c "$$OPS_SCRIPT" flushall $(ops_arguments) $${POD:+--pod "$$POD"} $(ARGS)
