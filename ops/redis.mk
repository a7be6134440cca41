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
	@printf '  %-34s %s\n' 'redis-promote-replica' 'Make a replica the master, when the master is gone or must go'
	@printf '  %-34s %s\n' 'redis-force-failover' 'Hand the role of the master over to a replica, without losing a write'
	@printf '  %-34s %s\n' 'redis-resync-replica' 'Let a replica follow the master anew'
	@printf '  %-34s %s\n' 'redis-rotate-password' 'Change the password so that no client is refused before its pod restarts'
	@printf '  %-34s %s\n' 'redis-pre-upgrade-check' 'Whether the release is fit to be upgraded now, with a verdict'
	@printf '  %-34s %s\n' 'redis-post-upgrade-check' 'Whether the release works after an upgrade, with a verdict'
	@printf '  %-34s %s\n' 'redis-validate-upgrade' 'Whether the release works after an upgrade, with a verdict'
	@printf '  %-34s %s\n' 'redis-upgrade-rolling' 'Upgrade a release with replicas, pod by pod'
	@printf '  %-34s %s\n' 'redis-upgrade-in-place' 'Upgrade a release with one server, which stops and starts again'
	@printf '  %-34s %s\n' 'redis-upgrade-blue-green' 'Let a second release copy the first, then move the clients there'
	@printf '  %-34s %s\n' 'redis-upgrade-blue-green-back' 'Send the clients back to the release that a blue-green upgrade came from'
	@printf '  %-34s %s\n' 'redis-upgrade-dump-restore' 'Upgrade by a backup that is put back, where servers cannot read each other'\''s files'
	@printf '  %-34s %s\n' 'redis-upgrade-rollback' 'Go back to an earlier revision, after saying whether the data survive it'
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

define ops_replication
# Who is master, who follows whom, and how the role goes from one pod to another without a write that is lost after it was
# acknowledged by the new master.

# host_of POD: the name by which other pods know it.
host_of() { echo "$$1.$$headless.$$namespace.svc.$$cluster_domain"; }

# pod_of HOST: the pod of such a name; empty for an address that is none of ours.
pod_of() {
  for own in $$names; do
    case $$1 in "$$own" | "$$own".*) echo "$$own" ;; esac
  done
}

# bytes NAME INFO: a number of INFO, 0 where it is not there.
bytes() { number "$$(field "$$1" "$$2")"; }

# survey: asks every pod. Sets names, masters, replicas (with a link), silent (pods that do not answer), and a line for
# each to read.
survey() {
  names=$$(pod_names)
  masters=
  replicas=
  broken=
  silent=
  for name in $$names; do
    info=$$(try_redis "$$name" info replication)
    if dry; then
      if [ "$$name" = "$$declared_master" ]; then info=role:master; else info=$$(printf 'role:slave\nmaster_link_status:up'); fi
    fi
    case $$(field role "$$info") in
      master)
        masters="$${masters:+$$masters }$$name"
        note "$$name: master, offset $$(bytes master_repl_offset "$$info"), $$(bytes connected_slaves "$$info") replicas"
        ;;
      slave)
        if [ "$$(field master_link_status "$$info")" = up ]; then
          replicas="$${replicas:+$$replicas }$$name"
        else
          broken="$${broken:+$$broken }$$name"
        fi
        note "$$name: replica of $$(field master_host "$$info"), link $$(field master_link_status "$$info"), offset" \
          "$$(bytes slave_repl_offset "$$info"), heard $$(field master_last_io_seconds_ago "$$info") s ago"
        ;;
      *)
        silent="$${silent:+$$silent }$$name"
        note "$$name: does not answer"
        ;;
    esac
  done
}

# offset_of POD: how much of the history of writes it has; empty when it does not answer.
offset_of() (
  info=$$(try_redis "$$1" info replication)
  case $$(field role "$$info") in
    master) field master_repl_offset "$$info" ;;
    slave) field slave_repl_offset "$$info" ;;
  esac
)

# furthest POD…: the pod with most of the history.
furthest() (
  best=
  most=-1
  for candidate; do
    has=$$(number "$$(offset_of "$$candidate")")
    if [ "$$has" -gt "$$most" ]; then
      most=$$has
      best=$$candidate
    fi
  done
  echo "$$best"
)

# ordinal_of POD
ordinal_of() { echo "$${1##*-}"; }

# is_at_least MAJOR MINOR VERSION
is_at_least() (
  major=$$(number "$${3%%.*}")
  rest=$${3#*.}
  minor=$$(number "$${rest%%.*}")
  [ "$$major" -gt "$$1" ] || { [ "$$major" -eq "$$1" ] && [ "$$minor" -ge "$$2" ]; }
)

# stop_writes POD: its clients are refused from now on (NOREPLICAS), reads go on; no time limit runs out. Undone by
# allow_writes, or by the next start.
stop_writes() {
  stopped_before=$$(config_get "$$1" min-replicas-to-write 0)
  # Left behind by a try before this one.
  [ "$$stopped_before" != 1000 ] || stopped_before=0
  reply=$$(redis "$$1" config set min-replicas-to-write 1000)
  dry || [ "$$reply" = OK ] || die "$$1 does not let its writes be stopped: $$reply"
}

allow_writes() { redis "$$1" config set min-replicas-to-write "$$(number "$${stopped_before:-0}")" > /dev/null; }

# caught_up FROM TO: TO has all that FROM wrote. A master sends a sign of life into the history now and then, so both are
# asked until they say the same.
caught_up() {
  sent=$$(offset_of "$$1")
  got=$$(offset_of "$$2")
  [ -n "$$sent" ] && [ "$$sent" = "$$got" ]
}

# is_role POD ROLE
is_role() { [ "$$(field role "$$(try_redis "$$1" info replication)")" = "$$2" ]; }

# follows POD MASTER: it is a replica of that pod, with a link.
follows() {
  info=$$(try_redis "$$1" info replication)
  [ "$$(field role "$$info")" = slave ] && [ "$$(field master_link_status "$$info")" = up ] &&
    [ "$$(pod_of "$$(field master_host "$$info")")" = "$$2" ]
}

# point POD MASTER: lets it follow.
point() {
  reply=$$(redis "$$1" replicaof "$$(host_of "$$2")" "$$port")
  case $$reply in OK*) ;; *) dry || die "$$1 does not follow $$2: $$reply" ;; esac
}

# point_others MASTER: every other pod that answers follows it, with a link.
point_others() {
  for name in $$names; do
    case " $$silent $$1 " in *" $$name "*) continue ;; esac
    if ! dry && follows "$$name" "$$1"; then continue; fi
    point "$$name" "$$1"
  done
  for name in $$names; do
    case " $$silent $$1 " in *" $$name "*) continue ;; esac
    wait_until "$${link_seconds:-600}" "the link of $$name to $$1" follows "$$name" "$$1"
    good "$$name follows $$1"
  done
  for name in $$silent; do
    finding "$$name did not answer: when it is back it must follow $$1; it does by itself once the values name $$1"
  done
}

# select_pod SERVICE POD: the Service leads to that pod from now on. In helm's name: another's field would refuse the next
# upgrade.
select_pod() {
  kube patch service "$$1" --field-manager=helm --type=merge \
    -p "{\"spec\":{\"selector\":{\"statefulset.kubernetes.io/pod-name\":\"$$2\"}}}" > /dev/null
}

# lead_services POD: the Services for writes lead to it, and those of single replicas not.
lead_services() {
  services=$$(kube get service -l "app.kubernetes.io/instance=$$release" -o 'jsonpath={.items[*].metadata.name}')
  if dry; then services="$$service $$fullname-master"; fi
  for one in $$services; do
    case $$one in
      "$$service" | "$$fullname-master") select_pod "$$one" "$$1" ;;
      # The chart gives the number that became master to pod 0.
      "$$fullname-read-$$(ordinal_of "$$1")") select_pod "$$one" "$$fullname-0" ;;
      "$$fullname-read-"*[0-9]) select_pod "$$one" "$$fullname-$${one##*-}" ;;
    esac
  done
  good "the Services for writes lead to $$1"
}

# helm_line POD: what makes the values say so too.
helm_line() {
  echo "helm upgrade $$release $${chart:-CHART} -n $$namespace --reset-then-reuse-values --set replication.masterOrdinal=$$(ordinal_of "$$1") --wait --timeout 15m"
}

# declare_master POD: with --chart the release is upgraded; else the command is told, as what is left to do.
declare_master() {
  if [ "$$1" = "$$declared_master" ]; then
    good "the values declare $$1 already"
  elif [ -n "$$chart" ]; then
    run_helm upgrade "$$release" "$$chart" -n "$$namespace" --reset-then-reuse-values \
      --set "replication.masterOrdinal=$$(ordinal_of "$$1")" --wait --timeout 15m
    good "the values declare $$1"
  else
    note "left to do, so that it stays when pods restart, and before the next upgrade of the release:"
    note "  $$(helm_line "$$1")"
  fi
}

# run_helm WORD…
run_helm() { call "$${HELM:-helm}" "$$@"; }

# check_writes MASTER: a key of our own, written there and read from every pod that answers.
check_writes() {
  check_value=$$$$
  if dry; then check_value=1; fi
  reply=$$(redis "$$1" set chartwright:check "$$check_value" ex 60)
  case $$reply in OK*) ;; *) dry || die "$$1 cannot be written to: $$reply" ;; esac
  for name in $$names; do
    case " $$silent " in *" $$name "*) continue ;; esac
    wait_until 30 "the key on $$name" has_check "$$name"
  done
  good "what is written to $$1 arrives at every pod that answers"
}

has_check() { [ "$$(try_redis "$$1" get chartwright:check)" = "$$check_value" ]; }

# feed_redis POD WORD…: as `redis`, with standard input for redis-cli.
feed_redis() {
  fed=$$1
  shift
  feed_pod "$$fed" sh -c "$$redis_cli" redis-cli "$$@" | tr -d '\r'
}

# takes POD PASSWORD: whether its server does. The password travels by standard input.
takes() {
  # shellcheck disable=SC2016 # for the shell in the pod
  reply=$$(printf %s "$$2" | feed_pod "$$1" sh -c 'REDISCLI_AUTH=$$(cat); export REDISCLI_AUTH; exec redis-cli -p "$${REDIS_PORT:-6379}" --no-auth-warning ping' 2>&1) || true
  case $$reply in *PONG*) ! printf '%s' "$$reply" | grep -q -e WRONGPASS -e 'AUTH failed' ;; *) false ;; esac
}

# patch_secret < PATCH: by standard input, so that it is on no command line.
patch_secret() {
  if dry; then cat > /dev/null; fi
  kube patch secret "$$secret" --type=merge --patch-file=/dev/stdin > /dev/null
}

# secret_value: the password in the Secret, for a pipe or a variable; with --dry-run there is none.
secret_value() { kube get secret "$$secret" -o "go-template={{index .data \"$$secret_key\" | base64decode}}"; }
endef

define ops_upgrade
# Looking before and after a change of what runs, and whether the data survive the way there and back.

# rdb_format VERSION: the format of the snapshots that it writes; empty where that is not known.
rdb_format() {
  case $$1 in
    5.* | 6.*) echo 9 ;;
    7.0 | 7.0.* | 7.1 | 7.1.*) echo 10 ;;
    7.2 | 7.2.* | 7.3 | 7.3.*) echo 11 ;;
    7.4 | 7.4.* | 8.0 | 8.0.*) echo 12 ;;
  esac
}

# version_of IMAGE: the version in its tag; empty for one that names none.
version_of() { printf '%s\n' "$$1" | sed -n 's/@.*//; s/.*:\([0-9][0-9]*\.[0-9][0-9.]*\).*/\1/p'; }

# reading FROM TO LOG: what a server of version TO makes of the files of FROM: complete, empty, refused or unknown.
reading() (
  wrote=$$(rdb_format "$$1")
  reads=$$(rdb_format "$$2")
  if [ -z "$$wrote" ] || [ -z "$$reads" ]; then
    if [ -n "$$1" ] && [ "$$1" = "$$2" ]; then echo complete; else echo unknown; fi
  elif [ "$$3" = yes ] && is_at_least 7 0 "$$1" && ! is_at_least 7 0 "$$2"; then
    echo empty
  elif [ "$$wrote" -gt "$$reads" ]; then
    echo refused
  else
    echo complete
  fi
)

# say_reading FROM TO LOG: the same as a sentence.
say_reading() {
  case $$(reading "$$@") in
    complete) echo "Redis $$2 reads what Redis $$1 wrote: the data survive" ;;
    empty) echo "Redis $$2 finds no log of Redis $$1, which keeps it in a folder: it starts empty, without an error" ;;
    refused) echo "Redis $$2 does not start on what Redis $$1 wrote (Can't handle RDB format version $$(rdb_format "$$1"))" ;;
    *) echo "whether Redis $${2:-of an unknown version} reads what Redis $$1 wrote is not known" ;;
  esac
}

# keys_of POD: the keys of all databases.
keys_of() { try_redis "$$1" info keyspace | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' | awk '{ sum += $$1 } END { print sum + 0 }'; }

# running POD: the version that runs there.
running() { field redis_version "$$(try_redis "$$1" info server)"; }

# check_state: findings where the release is not well: pods, roles, links, lag, saves, memory, disk.
check_state() {
  survey
  for name in $$silent; do finding "$$name does not answer"; done
  for name in $$broken; do finding "$$name has no link to its master"; done
  case $$masters in
    '') finding "no pod is master" ;;
    *' '*) finding "more than one pod is master: $$masters" ;;
    "$$declared_master") ;;
    *) finding "the master is $$masters, but the values declare $$declared_master: the next restart decides; see $$(helm_line "$$masters")" ;;
  esac
  master_pod=$${masters%% *}
  for name in $$names; do
    case " $$silent " in *" $$name "*) continue ;; esac
    info=$$(try_redis "$$name" info)
    lag=$$(number "$$(field master_last_io_seconds_ago "$$info")")
    [ "$$lag" -le "$$most_lag_seconds" ] || finding "$$name has heard nothing from its master for $$lag s"
    [ "$$(field loading "$$info")" != 1 ] || finding "$$name is still loading its data"
    [ "$$(field rdb_last_bgsave_status "$$info")" != err ] || finding "$$name: the last snapshot failed"
    [ "$$(field aof_last_write_status "$$info")" != err ] || finding "$$name: the last write to the log failed"
    [ "$$(field aof_last_bgrewrite_status "$$info")" != err ] || finding "$$name: the last rewrite of the log failed"
    used=$$(bytes used_memory "$$info")
    most=$$(bytes maxmemory "$$info")
    if [ "$$most" -gt 0 ] && [ $$((used * 100 / most)) -gt 95 ]; then
      finding "$$name uses $$((used * 100 / most)) % of maxmemory: writes fail or keys go while it restarts"
    fi
  done
}

# check_disk POD: room for one more snapshot, and the log once more.
check_disk() {
  folder=$$(config_get "$$1" dir "$$data_dir")
  room=$$(in_pod "$$1" df -Pk "$$folder" | awk 'NR == 2 { print $$4 }')
  taken=$$(in_pod "$$1" du -sk "$$folder" | awk 'NR == 1 { print $$1 }')
  dry && return 0
  if [ -z "$$room" ] || [ -z "$$taken" ]; then
    finding "how full the volume of $$1 is cannot be told"
  elif [ "$$(number "$$room")" -lt "$$(number "$$taken")" ]; then
    finding "the volume of $$1 has $$room KiB free and $$taken KiB in use: a snapshot and a new log need as much again"
  else
    good "the volume of $$1 has $$room KiB free for $$taken KiB of data"
  fi
}

# check_release: helm is not in the middle of something.
check_release() {
  status=$$(run_helm status "$$release" -n "$$namespace") || die "helm knows no release $$release in $$namespace: $$status"
  dry && return 0
  status=$$(printf '%s\n' "$$status" | sed -n 's/^STATUS: *//p')
  case $$status in
    deployed) good "helm: $$status" ;;
    pending*) finding "helm: $$status. An upgrade was interrupted; go back to the last revision that was deployed first" ;;
    *) finding "helm: $${status:-no status}" ;;
  esac
}

# keep FILE LINE: a line that the look afterwards compares with.
keep() { dry || printf '%s\n' "$$2" > "$$1"; }

# verdict: GO or NO-GO, which is also how the script leaves.
verdict() {
  dry && return 0
  if [ "$$findings" = 0 ]; then note "verdict: GO"; else note "verdict: NO-GO, $$findings findings"; fi
}

# go: no later step runs with findings, unless the person who knows better has said so.
go() {
  verdict
  if dry || [ "$$findings" = 0 ]; then return 0; fi
  [ "$${despite_findings:-no}" = yes ] || die "the release is not well: mend the findings, or say --despite-findings yes"
  findings=0
}

# upgrade_with WORD…: helm upgrade, with what was said of the new side.
upgrade_with() {
  [ -n "$$chart" ] || dry || die "say with --chart which chart to upgrade with"
  set -- upgrade "$$release" "$$chart" -n "$$namespace" --reset-then-reuse-values "$$@"
  [ -z "$$chart_version" ] || set -- "$$@" --version "$$chart_version"
  [ -z "$$values" ] || set -- "$$@" -f "$$values"
  [ -z "$$image_tag" ] || set -- "$$@" --set-string "image.tag=$$image_tag"
  run_helm "$$@"
}

# is_well: every pod answers, has its data, and one is master.
is_well() {
  found_masters=0
  for name in $$(pod_names); do
    info=$$(try_redis "$$name" info)
    [ "$$(field loading "$$info")" = 0 ] || return 1
    case $$(field role "$$info")$$(field master_link_status "$$info") in
      master) found_masters=$$((found_masters + 1)) ;;
      slaveup) ;;
      *) return 1 ;;
    esac
  done
  [ "$$found_masters" = 1 ]
}

# check_after: what must be so when it is done.
check_after() {
  wait_until "$${ready_seconds:-900}" "every pod to answer with its data" is_well
  check_state
  for name in $$names; do
    case " $$silent " in *" $$name "*) continue ;; esac
    now=$$(running "$$name")
    if [ -n "$$expect" ] && [ "$$now" != "$$expect" ]; then
      case $$now in "$$expect".*) good "$$name runs Redis $$now" ;; *) finding "$$name runs Redis $$now, expected $$expect" ;; esac
    else
      good "$$name runs Redis $$now"
    fi
  done
  [ -z "$$master_pod" ] || dry || check_writes "$$master_pod"
  if [ -n "$$master_pod" ]; then
    keys=$$(keys_of "$$master_pod")
    if [ -n "$$keys_before" ]; then
      # The key of the check may be there too.
      if [ $$((keys + 1 + keys_before / 100)) -lt "$$keys_before" ]; then
        finding "$$master_pod has $$keys keys, before it were $$keys_before"
      else
        good "$$master_pod has $$keys keys, before it were $$keys_before"
      fi
    else
      note "$$master_pod has $$keys keys"
    fi
  fi
}

# revision_now: the number of helm's revision that is deployed.
revision_now() {
  history=$$(run_helm history "$$release" -n "$$namespace" --max 20)
  if dry; then echo 1; return 0; fi
  printf '%s\n' "$$history" | awk '/^[0-9]/ && /deployed/ { last = $$1 } END { print last }'
}

# in_green WORD…: kubectl in the namespace of the second release.
in_green() { call "$$kubectl" $${context:+--context "$$context"} -n "$${green:-}" "$$@"; }

# is_follower_of REPLICA MASTER: whether a server of the one version can copy from one of the other.
is_follower_of() {
  own=$$(rdb_format "$$1")
  theirs=$$(rdb_format "$$2")
  [ -n "$$own" ] && [ -n "$$theirs" ] && [ "$$theirs" -le "$$own" ]
}
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

define OPS_promote
#!/bin/sh
# Make a replica the master, when the master is gone or must go
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='promote'

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
parameters='pod chart link_seconds'
pod=''
chart=''
link_seconds='600'

usage() {
  cat << 'USAGE'
Make a replica the master, when the master is gone or must go

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod that becomes master; the replica that has most of the data when empty
  --chart: the chart to upgrade the release with, so that the values declare the new master; without it the command is told
  --link-seconds: longest time until a pod follows the new master with all its data [600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_replication)
# look at every pod: who is master, who follows, and how much of the history of writes each has
step_1() {
need_release
survey
old=$$masters
case $$old in *' '*) die "more than one pod is master: $$old. Stop the one without the data first, or make it follow: procedure resync" ;; esac
target=$$pod
if [ -z "$$target" ]; then
  # shellcheck disable=SC2086 # names
  target=$$(furthest $$replicas $$broken)
fi
if dry && [ -z "$$target" ]; then target=$$fullname-1; fi
[ -n "$$target" ] || die "no replica answers: there is none to promote"
case " $$silent " in *" $$target "*) die "$$target does not answer" ;; esac
[ "$$target" != "$$old" ] || die "$$target is master already"
case " $$names " in *"$$target"*) ;; *) die "$$target is no pod of $$fullname" ;; esac
}

# say what may be lost: what the master acknowledged and had not sent yet is nowhere else
step_2() {
target_offset=$$(number "$$(offset_of "$$target")")
for name in $$replicas $$broken; do
  has=$$(number "$$(offset_of "$$name")")
  [ "$$has" -le "$$target_offset" ] || finding "$$name has $$((has - target_offset)) bytes of writes more than $$target: promote that one to keep them"
done
if [ -n "$$old" ]; then
  sent=$$(number "$$(offset_of "$$old")")
  behind=$$((sent - target_offset))
  case " $$replicas " in
    *" $$target "*) note "nothing will be lost: $$old answers, its writes are stopped first, and $$target (now $$behind bytes behind) gets the rest" ;;
    *) note "WILL BE LOST: the $$behind bytes of writes that $$old has and $$target, which has no link to it, has not" ;;
  esac
else
  info=$$(try_redis "$$target" info replication)
  note "MAY BE LOST: what the old master acknowledged after it was last heard, $$(field master_link_down_since_seconds "$$info") s ago by $$target; how much that is only its own files can tell"
fi
[ "$$findings" = 0 ] || dry || [ -n "$$pod" ] || die "the pod to promote is not clear: say with --pod"
findings=0
}

# confirm: the master changes, and clients of the old one are cut off
step_3() {
confirm "this makes $$target the master of $$release in $$namespace$${old:+ instead of $$old}"
}

# stop writes on the old master: what it acknowledged before reaches the new one; what comes now is refused (NOREPLICAS), so nothing is acknowledged twice
step_4() {
if [ -n "$$old" ]; then
  stop_writes "$$old"
  case " $$replicas " in
    *" $$target "*)
      wait_until 60 "$$target to have all writes of $$old" caught_up "$$old" "$$target"
      good "$$target has every write of $$old"
      ;;
  esac
else
  note "no master answers"
fi
}

# make it the master: from here on it is the one that is written to
step_5() {
reply=$$(redis "$$target" replicaof no one)
wait_until 30 "$$target to be master" is_role "$$target" master
good "$$target is master"
}

# let the Services lead to it: they select the pod that the values declare
step_6() {
lead_services "$$target"
}

# let the others follow: the old master too, so that it is a replica from now on; it throws away what only it had
step_7() {
point_others "$$target"
# What stopped its writes must not stay for the day when it is master again.
[ -z "$$old" ] || allow_writes "$$old"
}

# see that it works: one master, and what is written there arrives everywhere
step_8() {
check_writes "$$target"
survey
[ "$$masters" = "$$target" ] || dry || finding "master: $${masters:-none}, expected $$target"
}

# let the values say so: pods ask the values who is master when they start
step_9() {
declare_master "$$target"
}

start "$$@"
step 1 'look at every pod' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'say what may be lost' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 4 'stop writes on the old master' \
  'the old master answers reads and refuses writes; nothing else was changed' \
  'to go back: redis-cli config set min-replicas-to-write 0 in the old master. To go on: run the script again'
step 5 'make it the master' \
  'the old master refuses writes; the new one may not be master yet' \
  'run the script again with --pod; it goes on from what it finds'
step 6 'let the Services lead to it' \
  'the new master is master, but Services may lead to the old one, which refuses writes' \
  'upgrade the release with replication.masterOrdinal, which sets them too'
step 7 'let the others follow' \
  'the new master takes writes; a pod that is named above does not follow it yet' \
  'procedure resync --pod for that pod; its log says why the link does not come up'
step 8 'see that it works' \
  'the roles have changed; only the check failed' \
  'mend what the message says and run the script again'
step 9 'let the values say so' \
  'the new master works; the values still declare the old one' \
  'run the helm command that was told: without it the old one is master again after a restart of both'

endef

.PHONY: redis-promote-replica
redis-promote-replica: export OPS_SCRIPT = $(OPS_promote)
redis-promote-replica:
	@sh -c "$$OPS_SCRIPT" promote $(ops_arguments) $${POD:+--pod "$$POD"} $${CHART:+--chart "$$CHART"} $(ARGS)

define OPS_failover
#!/bin/sh
# Hand the role of the master over to a replica, without losing a write
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='failover'

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
parameters='pod chart by pause_seconds link_seconds'
pod=''
chart=''
by='auto'
pause_seconds='10'
link_seconds='600'

usage() {
  cat << 'USAGE'
Hand the role of the master over to a replica, without losing a write

Release redis, namespace default. Parameters, each with a value:
  --pod: the pod that becomes master; the replica that has most of the data when empty
  --chart: the chart to upgrade the release with, so that the values declare the new master; without it the command is told
  --by: failover (the servers' own command) or offset (refuse writes until both have the same); auto asks for the version [auto]
  --pause-seconds: longest time that writers wait; after it the old master goes on [10]
  --link-seconds: longest time until a pod follows the new master with all its data [600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_replication)
# look at every pod: one master, and a replica with a link to it; else this is a promotion
step_1() {
need_release
survey
old=$$masters
[ -n "$$old" ] || die "no master answers: that is what procedure promote is for"
case $$old in *' '*) die "more than one pod is master: $$old" ;; esac
target=$$pod
if [ -z "$$target" ]; then
  # shellcheck disable=SC2086 # names
  target=$$(furthest $$replicas)
fi
if dry && [ -z "$$target" ]; then target=$$fullname-1; fi
[ -n "$$target" ] || die "no replica has a link to $$old"
case " $$replicas " in *" $$target "*) ;; *) dry || die "$$target is no replica with a link to $$old" ;; esac
if [ "$$by" = auto ]; then
  by=offset
  if is_at_least 6 2 "$$(field redis_version "$$(redis "$$old" info server)")"; then by=failover; fi
fi
note "$$old hands over to $$target, by $$by; nothing that was acknowledged is lost"
}

# confirm: clients are interrupted for a moment
step_2() {
confirm "this makes $$target the master of $$release in $$namespace instead of $$old"
}

# hand over: the old master becomes a replica in the same moment, so there is no time in which two take writes
step_3() {
case $$by in
  failover)
    reply=$$(redis "$$old" failover to "$$(host_of "$$target")" "$$port" timeout $$((pause_seconds * 1000)))
    has_ended() { [ "$$(field master_failover_state "$$(try_redis "$$old" info replication)")" = no-failover ]; }
    wait_until $$((pause_seconds + 30)) "the end of the handover" has_ended
    if ! dry && ! is_role "$$target" master; then
      die "$$old did not hand over within $$pause_seconds s and goes on as master: $$target did not get all writes in that time"
    fi
    ;;
  offset)
    stop_writes "$$old"
    at_end "dry || [ -n \"\$${handed_over:-}\" ] || allow_writes $$old"
    wait_until "$$pause_seconds" "$$target to have all writes of $$old" caught_up "$$old" "$$target"
    reply=$$(redis "$$target" replicaof no one)
    wait_until 30 "$$target to be master" is_role "$$target" master
    handed_over=yes
    ;;
  *) die "found --by $$by, expected auto, failover or offset" ;;
esac
good "$$target is master"
}

# let the Services lead to it: they select the pod that the values declare
step_4() {
lead_services "$$target"
}

# let the others follow: they follow the old master, which is a replica now
step_5() {
point_others "$$target"
[ "$$by" != offset ] || allow_writes "$$old"
}

# see that it works: what is written there arrives everywhere
step_6() {
check_writes "$$target"
}

# let the values say so: pods ask the values who is master when they start
step_7() {
declare_master "$$target"
}

start "$$@"
step 1 'look at every pod' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'hand over' \
  'the old master is master still and takes writes, unless a line above says that the new one is master' \
  'look at the roles (procedure role); run the script again when the replica follows closely'
step 4 'let the Services lead to it' \
  'the new master is master, but Services may lead to the old one, which refuses writes' \
  'upgrade the release with replication.masterOrdinal, which sets them too'
step 5 'let the others follow' \
  'the new master takes writes; a pod that is named above does not follow it yet' \
  'procedure resync --pod for that pod'
step 6 'see that it works' \
  'the roles have changed; only the check failed' \
  'mend what the message says and run the script again'
step 7 'let the values say so' \
  'the new master works; the values still declare the old one' \
  'run the helm command that was told'

endef

.PHONY: redis-force-failover
redis-force-failover: export OPS_SCRIPT = $(OPS_failover)
redis-force-failover:
	@sh -c "$$OPS_SCRIPT" failover $(ops_arguments) $${POD:+--pod "$$POD"} $${CHART:+--chart "$$CHART"} $(ARGS)

define OPS_resync
#!/bin/sh
# Let a replica follow the master anew
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='resync'

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
parameters='pod full link_seconds'
pod=''
full='no'
link_seconds='3600'

usage() {
  cat << 'USAGE'
Let a replica follow the master anew

Release redis, namespace default. Parameters, each with a value:
  --pod: the replica
  --full: yes: copy everything, whatever it has [no]
  --link-seconds: longest time until it has all data [3600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_replication)
# look at every pod: there must be one master, with the data, and it must not be the pod that is to follow
step_1() {
need_release
[ -n "$$pod" ] || dry || die "say with --pod which replica"
pod=$${pod:-$$fullname-1}
survey
case " $$silent " in *" $$pod "*) die "$$pod does not answer" ;; esac
others=
for name in $$masters; do [ "$$name" = "$$pod" ] || others="$${others:+$$others }$$name"; done
case $$others in
  '') die "$$pod is the only master: it has nobody to follow. procedure failover makes another pod master first" ;;
  *' '*) die "more than one other pod is master: $$others" ;;
esac
of=$$others
theirs=$$(redis "$$of" dbsize)
own=$$(redis "$$pod" dbsize)
note "$$pod has $$own keys, its master $$of has $$theirs"
if ! dry && [ "$$(number "$$theirs")" = 0 ] && [ "$$(number "$$own")" -gt 0 ]; then
  die "$$of is empty and $$pod is not: following it would throw the data away. procedure promote --pod $$pod keeps them"
fi
}

# confirm: what only this pod has is thrown away
step_2() {
confirm "this throws away what only $$pod has, and copies the data of $$of"
}

# let it follow: a pod that was its own master for a moment has a history of its own, so it copies everything
step_3() {
if [ "$$full" = yes ]; then
  reply=$$(redis "$$pod" replicaof no one)
fi
point "$$pod" "$$of"
wait_until "$$link_seconds" "the link of $$pod to $$of" follows "$$pod" "$$of"
wait_until 60 "$$pod to have the offset of $$of" caught_up "$$of" "$$pod"
good "$$pod follows $$of and has $$(redis "$$pod" dbsize) keys"
}

start "$$@"
step 1 'look at every pod' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'let it follow' \
  'the master is as it was; the pod may be copying, or may have no data yet' \
  'its log says why the link does not come up; run the script again'

endef

.PHONY: redis-resync-replica
redis-resync-replica: export OPS_SCRIPT = $(OPS_resync)
redis-resync-replica:
	@sh -c "$$OPS_SCRIPT" resync $(ops_arguments) $${POD:+--pod "$$POD"} $${FULL:+--full "$$FULL"} $(ARGS)

define OPS_rotate_password
#!/bin/sh
# Change the password so that no client is refused before its pod restarts
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='rotate-password'

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
parameters='restart ready_seconds link_seconds'
restart='yes'
ready_seconds='900'
link_seconds='600'

usage() {
  cat << 'USAGE'
Change the password so that no client is refused before its pod restarts

Release redis, namespace default. Parameters, each with a value:
  --restart: no: stop when both passwords are taken, to let clients move; the next restart of the pods ends the old one [yes]
  --ready-seconds: longest time until a pod is back with its data [900]
  --link-seconds: longest time until a replica has its link again [600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_replication)
# look at the release: every pod must answer to the password of today, or it would be left behind
step_1() {
need_release
need_secret
[ -n "$$secret" ] || dry || die "the release asks for no password: set redis.existingSecret first"
survey
[ -z "$$silent" ] || die "does not answer, so it cannot learn the new password: $$silent"
[ "$$secret" != "$$fullname" ] || note "the Secret $$secret is of the release: give the new password as redis.password to its next upgrade too, or it comes back"
}

# read the new password: from standard input, a line; the Secret's own is what the servers still take
step_2() {
new=
old_password=
if ! dry; then
  if [ -t 0 ]; then printf 'new password: ' >&2; fi
  IFS= read -r new || true
  [ "$${#new}" -ge 12 ] || die "found a password of $${#new} characters, expected 12 or more, on standard input"
  case $$new in *[![:print:]]*) die "the password has signs that are not printed" ;; esac
  old_password=$$(secret_value)
  if [ "$$new" = "$$old_password" ]; then
    note "the Secret has this password already, from a run before this one: what is left is done"
    old_password=
  fi
fi
}

# confirm: pods restart one after the other at the end
step_3() {
# The terminal, not standard input, has the name: the password came there.
if dry || [ "$$yes" = yes ]; then :; else
  [ -r /dev/tty ] || die "there is no terminal to confirm it at: say --yes if it is meant"
  confirm "this changes the password of $$release in $$namespace" < /dev/tty
fi
}

# let every server take it besides the old one: replicas first, the master last, so that each finds its master open whichever it uses
step_4() {
for name in $$replicas $$broken $$masters; do
  reply=$$(printf '>%s' "$$new" | feed_redis "$$name" -x acl setuser default)
  case $$reply in OK*) ;; *) dry || die "$$name does not take a second password: $$reply" ;; esac
done
for name in $$names; do
  takes "$$name" "$$new" || dry || die "$$name does not take the new password"
  good "$$name takes the old password and the new one"
done
}

# put it into the Secret: from here on whoever reads the Secret has the new one, and pods that start do too
step_5() {
printf '{"data":{"%s":"%s"}}' "$$secret_key" "$$(printf %s "$$new" | base64 | tr -d '\n')" | patch_secret
good "secret $$secret has the new password; clients that read it now have it"
}

# let clients move: the old password is good until the next step
step_6() {
if [ "$$restart" != yes ]; then
  note "both passwords are taken. When every client has the new one: kubectl -n $$namespace rollout restart statefulset $$fullname"
elif dry || [ "$$yes" = yes ]; then
  note "both passwords are taken; the restart ends the old one"
else
  printf 'Enter when every client has the new password: ' >&2
  read -r typed < /dev/tty
fi
}

# restart the pods: one after the other, each when the one before is ready; each takes the new password alone then
step_7() {
if [ "$$restart" = yes ]; then
  kube rollout restart "statefulset/$$fullname"
  kube rollout status "statefulset/$$fullname" "--timeout=$${ready_seconds}s"
fi
}

# see that it works: everybody answers to the new one, nobody to the old one, and the links are up
step_8() {
for name in $$names; do
  has_new() { takes "$$name" "$$new"; }
  wait_until "$$ready_seconds" "$$name to answer to the new password" has_new
  if [ "$$restart" = yes ] && ! dry && [ -n "$$old_password" ] && takes "$$name" "$$old_password"; then
    finding "$$name still takes the old password"
  fi
done
[ "$$restart" != yes ] || for name in $$replicas; do
  is_linked() { [ "$$(field master_link_status "$$(try_redis "$$name" info replication)")" = up ]; }
  wait_until "$$link_seconds" "the link of $$name" is_linked
done
good "the new password is in use"
}

start "$$@"
step 1 'look at the release' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'read the new password' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 4 'let every server take it besides the old one' \
  'some servers take the new password besides the old one, which all of them still take; the Secret has the old one' \
  'run the script again with the same password: what a server takes already does not matter'
step 5 'put it into the Secret' \
  'every server takes both passwords; the Secret may have the old one' \
  'run the script again with the same password'
step 6 'let clients move' \
  'every server takes both passwords, and the Secret has the new one' \
  'kubectl -n default rollout restart statefulset redis ends the old one'
step 7 'restart the pods' \
  'pods that have restarted take the new password only, the others both' \
  'kubectl -n default rollout status statefulset redis; the log of the pod that is not ready says why'
step 8 'see that it works' \
  'the Secret has the new password; only the check failed' \
  'procedure health tells pod by pod'

endef

.PHONY: redis-rotate-password
redis-rotate-password: export OPS_SCRIPT = $(OPS_rotate_password)
redis-rotate-password:
	@sh -c "$$OPS_SCRIPT" rotate-password $(ops_arguments) $${RESTART:+--restart "$$RESTART"} $(ARGS)

define OPS_pre_upgrade_check
#!/bin/sh
# Whether the release is fit to be upgraded now, with a verdict
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='pre-upgrade-check'

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
parameters='to chart most_lag_seconds'
to=''
chart=''
most_lag_seconds='30'

usage() {
  cat << 'USAGE'
Whether the release is fit to be upgraded now, with a verdict

Release redis, namespace default. Parameters, each with a value:
  --to: the version of Redis that shall run, such as 7.4.1
  --chart: the chart, for the commands that are told
  --most-lag-seconds: seconds since a replica heard from its master that are a finding [30]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_replication)
$(ops_upgrade)
# look at the release: helm's own state, the Secret, the StatefulSet
step_1() {
need_release
need_secret
check_release
}

# look at every pod: roles, links, lag, saves, memory
step_2() {
check_state
expect=
[ -z "$$master_pod" ] || check_disk "$$master_pod"
}

# look at the way there and back: which server reads whose files decides whether a rollback keeps the data
step_3() {
now=$$(running "$${master_pod:-$$declared_master}")
log_is_on=$$(config_get "$${master_pod:-$$declared_master}" appendonly no)
note "Redis $$now runs, appendonly $$log_is_on"
if [ -n "$$to" ]; then
  note "there: $$(say_reading "$$now" "$$to" "$$log_is_on")"
  [ "$$(reading "$$now" "$$to" "$$log_is_on")" = complete ] || finding "the way there: $$(say_reading "$$now" "$$to" "$$log_is_on")"
  note "back: $$(say_reading "$$to" "$$now" "$$log_is_on")"
  if [ "$$(reading "$$to" "$$now" "$$log_is_on")" = complete ]; then
    good "helm rollback keeps the data"
  else
    note "helm rollback would not keep the data: take a backup now (procedure backup-rdb), or go blue-green"
  fi
else
  note "say with --to which version shall run, to learn whether there is a way back"
fi
note "keys: $$(keys_of "$${master_pod:-$$declared_master}")"
}

# the verdict: GO leaves with 0, NO-GO with 1
step_4() {
verdict
}

start "$$@"
step 1 'look at the release' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'look at every pod' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'look at the way there and back' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 4 'the verdict' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-pre-upgrade-check
redis-pre-upgrade-check: export OPS_SCRIPT = $(OPS_pre_upgrade_check)
redis-pre-upgrade-check:
	@sh -c "$$OPS_SCRIPT" pre-upgrade-check $(ops_arguments) $${TO:+--to "$$TO"} $${CHART:+--chart "$$CHART"} $${MAX_LAG_SECONDS:+--most-lag-seconds "$$MAX_LAG_SECONDS"} $(ARGS)

define OPS_post_upgrade_check
#!/bin/sh
# Whether the release works after an upgrade, with a verdict
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='post-upgrade-check'

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
parameters='expect keys_before chart most_lag_seconds ready_seconds link_seconds'
expect=''
keys_before=''
chart=''
most_lag_seconds='30'
ready_seconds='900'
link_seconds='600'

usage() {
  cat << 'USAGE'
Whether the release works after an upgrade, with a verdict

Release redis, namespace default. Parameters, each with a value:
  --expect: the version that every pod must run
  --keys-before: how many keys there were before
  --chart: the chart, for the commands that are told
  --most-lag-seconds: seconds since a replica heard from its master that are a finding [30]
  --ready-seconds: longest time until every pod answers with its data [900]
  --link-seconds: longest time until a replica has its link [600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_replication)
$(ops_upgrade)
# look at the release: helm's own state
step_1() {
need_release
need_secret
check_release
}

# look at every pod: version, roles, links, saves, keys, and a key of our own written and read
step_2() {
check_after
}

# look at restarts and at the logs: a pod that restarts again and again is ready in between
step_3() {
kube get pods -l "app.kubernetes.io/instance=$$release" -o 'custom-columns=POD:.metadata.name,RESTARTS:.status.containerStatuses[*].restartCount'
for name in $$names; do
  bad=$$(kube logs "$$name" -c "$$container" --tail=300 | grep -E ' # ' | grep -vE 'oO0|WARNING|Warning|version=|Configuration loaded|Server initialized|User requested|bye bye|Connection with (master|replica)' | tail -n 3) || bad=
  [ -z "$$bad" ] || note "$$name says: $$bad"
done
}

# the verdict: GO leaves with 0, NO-GO with 1
step_4() {
verdict
}

start "$$@"
step 1 'look at the release' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'look at every pod' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'look at restarts and at the logs' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 4 'the verdict' \
  'nothing was changed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-post-upgrade-check
redis-post-upgrade-check: export OPS_SCRIPT = $(OPS_post_upgrade_check)
redis-post-upgrade-check:
	@sh -c "$$OPS_SCRIPT" post-upgrade-check $(ops_arguments) $${EXPECT:+--expect "$$EXPECT"} $${IMAGE_TAG:+--expect "$$IMAGE_TAG"} $${KEYS_BEFORE:+--keys-before "$$KEYS_BEFORE"} $${CHART:+--chart "$$CHART"} $${MAX_LAG_SECONDS:+--most-lag-seconds "$$MAX_LAG_SECONDS"} $(ARGS)

.PHONY: redis-validate-upgrade
redis-validate-upgrade: export OPS_SCRIPT = $(OPS_post_upgrade_check)
redis-validate-upgrade:
	@sh -c "$$OPS_SCRIPT" post-upgrade-check $(ops_arguments) $${EXPECT:+--expect "$$EXPECT"} $${IMAGE_TAG:+--expect "$$IMAGE_TAG"} $${KEYS_BEFORE:+--keys-before "$$KEYS_BEFORE"} $${CHART:+--chart "$$CHART"} $${MAX_LAG_SECONDS:+--most-lag-seconds "$$MAX_LAG_SECONDS"} $(ARGS)

define OPS_upgrade_rolling
#!/bin/sh
# Upgrade a release with replicas, pod by pod
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='upgrade-rolling'

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
parameters='chart chart_version values image_tag despite_findings most_lag_seconds ready_seconds link_seconds backup_dir save_seconds'
chart=''
chart_version=''
values=''
image_tag=''
despite_findings='no'
most_lag_seconds='30'
ready_seconds='900'
link_seconds='600'
backup_dir='tmp/redis-backups'
save_seconds='3600'

usage() {
  cat << 'USAGE'
Upgrade a release with replicas, pod by pod

Release redis, namespace default. Parameters, each with a value:
  --chart: the chart to upgrade with, a folder, an archive or a reference
  --chart-version: its version, where it is a reference
  --values: a file with further values
  --image-tag: the tag of the new image, which is also the version to expect
  --despite-findings: yes: go on although the check found something [no]
  --most-lag-seconds: seconds since a replica heard from its master that are a finding [30]
  --ready-seconds: longest time until every pod answers with its data [900]
  --link-seconds: longest time until a replica has its link [600]
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --save-seconds: longest time that a snapshot may take [3600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
$(ops_replication)
$(ops_upgrade)
# look at the release: nothing is begun on a release that is not well
step_1() {
need_release
need_secret
check_release
check_state
expect=$$image_tag
case $$expect in *[!0-9.]*) expect=$${expect%[!0-9.]*} ;; esac
before=$$(running "$${master_pod:-$$declared_master}")
keys_before=$$(keys_of "$${master_pod:-$$declared_master}")
log_is_on=$$(config_get "$${master_pod:-$$declared_master}" appendonly no)
if ! dry && [ -n "$$expect" ]; then
  note "there: $$(say_reading "$$before" "$$expect" "$$log_is_on")"
  note "back: $$(say_reading "$$expect" "$$before" "$$log_is_on")"
  [ "$$(reading "$$before" "$$expect" "$$log_is_on")" = complete ] || finding "the new servers would not have the data: procedure upgrade-dump-restore"
fi
[ -z "$$master_pod" ] || check_disk "$$master_pod"
revision=$$(revision_now)
note "revision $$revision is what the way back leads to"
case $$names in *"
"*) ;; *) dry || die "there is one pod: procedure upgrade-in-place" ;; esac
go
}

# confirm: pods restart, the master last
step_2() {
confirm "this upgrades $$release in $$namespace, pod by pod"
}

# take a backup: verified, before anything changes; it is the only way back where the old version does not read the new files
step_3() {
backup_all
}

# upgrade: helm waits until every pod is ready; the StatefulSet goes from the highest number down
step_4() {
upgrade_with --wait --timeout 30m
kube rollout status "statefulset/$$fullname" "--timeout=$${ready_seconds}s"
}

# see that it works: helm's success says nothing of the data
step_5() {
check_after
verdict
note "way back: sh rollback script --revision $$revision, which says first whether the data survive it"
}

start "$$@"
step 1 'look at the release' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'take a backup' \
  'nothing was changed; there is no verified backup' \
  'mend what the message says and run the script again'
step 4 'upgrade' \
  'some pods may run the new version, the rest the old one; the backup is verified' \
  'procedure diagnose with the log of the pod that is not ready; procedure rollback goes back'
step 5 'see that it works' \
  'the new revision is installed; a check failed' \
  'procedure rollback goes back to the revision that was told above'

endef

.PHONY: redis-upgrade-rolling
redis-upgrade-rolling: export OPS_SCRIPT = $(OPS_upgrade_rolling)
redis-upgrade-rolling:
	@sh -c "$$OPS_SCRIPT" upgrade-rolling $(ops_arguments) $${CHART:+--chart "$$CHART"} $${CHART_VERSION:+--chart-version "$$CHART_VERSION"} $${VALUES:+--values "$$VALUES"} $${IMAGE_TAG:+--image-tag "$$IMAGE_TAG"} $${MAX_LAG_SECONDS:+--most-lag-seconds "$$MAX_LAG_SECONDS"} $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $(ARGS)

define OPS_upgrade_in_place
#!/bin/sh
# Upgrade a release with one server, which stops and starts again
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='upgrade-in-place'

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
parameters='chart chart_version values image_tag despite_findings most_lag_seconds ready_seconds link_seconds backup_dir save_seconds'
chart=''
chart_version=''
values=''
image_tag=''
despite_findings='no'
most_lag_seconds='30'
ready_seconds='900'
link_seconds='600'
backup_dir='tmp/redis-backups'
save_seconds='3600'

usage() {
  cat << 'USAGE'
Upgrade a release with one server, which stops and starts again

Release redis, namespace default. Parameters, each with a value:
  --chart: the chart to upgrade with, a folder, an archive or a reference
  --chart-version: its version, where it is a reference
  --values: a file with further values
  --image-tag: the tag of the new image, which is also the version to expect
  --despite-findings: yes: go on although the check found something [no]
  --most-lag-seconds: seconds since a replica heard from its master that are a finding [30]
  --ready-seconds: longest time until every pod answers with its data [900]
  --link-seconds: longest time until a replica has its link [600]
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --save-seconds: longest time that a snapshot may take [3600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
$(ops_replication)
$(ops_upgrade)
# look at the release: nothing is begun on a release that is not well
step_1() {
need_release
need_secret
check_release
check_state
expect=$$image_tag
case $$expect in *[!0-9.]*) expect=$${expect%[!0-9.]*} ;; esac
before=$$(running "$${master_pod:-$$declared_master}")
keys_before=$$(keys_of "$${master_pod:-$$declared_master}")
log_is_on=$$(config_get "$${master_pod:-$$declared_master}" appendonly no)
if ! dry && [ -n "$$expect" ]; then
  note "there: $$(say_reading "$$before" "$$expect" "$$log_is_on")"
  note "back: $$(say_reading "$$expect" "$$before" "$$log_is_on")"
  [ "$$(reading "$$before" "$$expect" "$$log_is_on")" = complete ] || finding "the new servers would not have the data: procedure upgrade-dump-restore"
fi
[ -z "$$master_pod" ] || check_disk "$$master_pod"
revision=$$(revision_now)
note "revision $$revision is what the way back leads to"
go
}

# confirm: the server is away for as long as its data take to load
step_2() {
confirm "this upgrades $$release in $$namespace and restarts its server"
}

# take a backup: verified, before anything changes; it is the only way back where the old version does not read the new files
step_3() {
backup_all
}

# upgrade: the server saves when it is asked to end, and starts again on its volume
step_4() {
upgrade_with --wait --timeout 30m
kube rollout status "statefulset/$$fullname" "--timeout=$${ready_seconds}s"
}

# see that it works: helm's success says nothing of the data
step_5() {
check_after
verdict
note "way back: sh rollback script --revision $$revision, which says first whether the data survive it"
}

start "$$@"
step 1 'look at the release' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'take a backup' \
  'nothing was changed; there is no verified backup' \
  'mend what the message says and run the script again'
step 4 'upgrade' \
  'the server may be starting with the new version; the backup is verified' \
  'procedure diagnose with the log of the pod; procedure rollback goes back'
step 5 'see that it works' \
  'the new revision is installed; a check failed' \
  'procedure rollback goes back to the revision that was told above'

endef

.PHONY: redis-upgrade-in-place
redis-upgrade-in-place: export OPS_SCRIPT = $(OPS_upgrade_in_place)
redis-upgrade-in-place:
	@sh -c "$$OPS_SCRIPT" upgrade-in-place $(ops_arguments) $${CHART:+--chart "$$CHART"} $${CHART_VERSION:+--chart-version "$$CHART_VERSION"} $${VALUES:+--values "$$VALUES"} $${IMAGE_TAG:+--image-tag "$$IMAGE_TAG"} $${MAX_LAG_SECONDS:+--most-lag-seconds "$$MAX_LAG_SECONDS"} $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $(ARGS)

define OPS_upgrade_blue_green
#!/bin/sh
# Let a second release copy the first, then move the clients there
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='upgrade-blue-green'

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
parameters='chart chart_version values image_tag green set alias despite_findings most_lag_seconds ready_seconds link_seconds'
chart=''
chart_version=''
values=''
image_tag=''
green=''
set=''
alias='yes'
despite_findings='no'
most_lag_seconds='30'
ready_seconds='900'
link_seconds='600'

usage() {
  cat << 'USAGE'
Let a second release copy the first, then move the clients there

Release redis, namespace default. Parameters, each with a value:
  --chart: the chart to upgrade with, a folder, an archive or a reference
  --chart-version: its version, where it is a reference
  --values: a file with further values
  --image-tag: the tag of the new image, which is also the version to expect
  --green: the namespace of the new release; that of the old one with -green when empty
  --set: a further --set of helm for the new release
  --alias: no: the old name stays with the old release, and clients are given the new one [yes]
  --despite-findings: yes: go on although the check found something [no]
  --most-lag-seconds: seconds since a replica heard from its master that are a finding [30]
  --ready-seconds: longest time until every pod answers with its data [900]
  --link-seconds: longest time until a replica has its link [600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_replication)
$(ops_upgrade)
# look at the release: nothing is begun on a release that is not well
step_1() {
green=$${green:-$$namespace-green}
need_release
need_secret
check_release
check_state
expect=$$image_tag
case $$expect in *[!0-9.]*) expect=$${expect%[!0-9.]*} ;; esac
before=$$(running "$${master_pod:-$$declared_master}")
keys_before=$$(keys_of "$${master_pod:-$$declared_master}")
log_is_on=$$(config_get "$${master_pod:-$$declared_master}" appendonly no)
if ! dry && [ -n "$$expect" ]; then
  note "there: $$(say_reading "$$before" "$$expect" "$$log_is_on")"
  note "back: $$(say_reading "$$expect" "$$before" "$$log_is_on")"
  [ "$$(reading "$$before" "$$expect" "$$log_is_on")" = complete ] || finding "the new servers would not have the data: procedure upgrade-dump-restore"
fi
[ -z "$$master_pod" ] || check_disk "$$master_pod"
revision=$$(revision_now)
note "revision $$revision is what the way back leads to"
go
}

# confirm: clients move at the end
step_2() {
[ -n "$$chart" ] || dry || die "say with --chart which chart to install"
blue=$$namespace
blue_master=$${master_pod:-$$declared_master}
confirm "this installs $$release in $$green, lets it copy $$release in $$namespace, and moves the clients there"
}

# make the namespace and its Secret: both releases need the same password, or the new one cannot follow
step_3() {
in_green get namespace "$$green" -o name > /dev/null 2>&1 || kube create namespace "$$green"
if [ -n "$$secret" ] && [ "$$secret" != "$$fullname" ]; then
  # One after the other, and by standard input: on no command line.
  value=$$(secret_value)
  made=$$(printf %s "$$value" | in_green create secret generic "$$secret" "--from-file=$$secret_key=/dev/stdin" --dry-run=client -o yaml)
  printf '%s\n' "$$made" | in_green apply -f -
fi
}

# install the new release: with the values of the old one, and what was said of the new one
step_4() {
if dry; then
  given=values-of-$$release.yaml
  run_helm get values "$$release" -n "$$namespace" -o yaml
else
  given=$$(mktemp)
  at_end "rm -f $$(quoted "$$given")"
  run_helm get values "$$release" -n "$$namespace" -o yaml > "$$given"
fi
set -- upgrade --install "$$release" "$$chart" -n "$$green" -f "$$given"
[ -z "$$chart_version" ] || set -- "$$@" --version "$$chart_version"
[ -z "$$values" ] || set -- "$$@" -f "$$values"
[ -z "$$image_tag" ] || set -- "$$@" --set-string "image.tag=$$image_tag"
[ -z "$${set:-}" ] || set -- "$$@" --set "$$set"
run_helm "$$@" --wait --timeout 30m
}

# let it follow the old one: the new master empties itself and copies the old one; its own replicas follow it
step_5() {
namespace=$$green
need_server "$$declared_master"
green_version=$$(running "$$declared_master")
dry || is_follower_of "$$green_version" "$$before" || die "Redis $$green_version cannot copy from Redis $$before: procedure upgrade-dump-restore"
if [ -n "$$secret" ]; then
  # The password goes from the one container to the other, and is in no command.
  namespace=$$blue
  value=$$(secret_value)
  namespace=$$green
  reply=$$(printf %s "$$value" | feed_redis "$$declared_master" -x config set masterauth)
fi
reply=$$(redis "$$declared_master" replicaof "$$service.$$blue.svc.$$cluster_domain" "$$service_port")
has_link() { [ "$$(field master_link_status "$$(try_redis "$$declared_master" info replication)")" = up ]; }
wait_until "$$link_seconds" "the copy of all data" has_link
good "$$declared_master in $$green has a copy and follows: $$(keys_of "$$declared_master") keys"
namespace=$$blue
}

# stop writes on the old release, and let the new one take over: it does so once it has read all that the old one sent; from here to the last step nothing can be written, seconds
step_6() {
stop_writes "$$blue_master"
same_offset() {
  sent=$$(offset_of "$$blue_master")
  namespace=$$green
  got=$$(offset_of "$$declared_master")
  namespace=$$blue
  [ -n "$$sent" ] && [ "$$sent" = "$$got" ]
}
wait_until 120 "the new release to have all writes" same_offset
keys_before=$$(keys_of "$$blue_master")
namespace=$$green
reply=$$(redis "$$declared_master" replicaof no one)
wait_until 30 "$$declared_master in $$green to be master" is_role "$$declared_master" master
good "$$declared_master in $$green is master and has every write"
namespace=$$blue
}

# send clients to the new release: the old name becomes an alias in helm's name, and clients connect anew when they are cut off
step_7() {
if [ "$$alias" = yes ]; then
  kube patch service "$$service" --field-manager=helm --type=merge -p "{\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"$$service.$$green.svc.$$cluster_domain\",\"clusterIP\":null,\"clusterIPs\":null,\"ipFamilies\":null,\"ipFamilyPolicy\":null,\"internalTrafficPolicy\":null,\"selector\":null}}" > /dev/null
fi
reply=$$(redis "$$blue_master" client kill type normal)
note "clients: $$service.$$green.svc.$$cluster_domain:$$service_port"
}

# see that it works: helm's success says nothing of the data
step_8() {
namespace=$$green
check_after
verdict
note "way back: procedure upgrade-blue-green-back, as long as the old release is not uninstalled"
}

start "$$@"
step 1 'look at the release' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'make the namespace and its Secret' \
  'the old release is as it was; a namespace may be there' \
  'mend what the message says and run the script again'
step 4 'install the new release' \
  'the old release is as it was; the new one may be half there' \
  'run the script again, or remove the new one: helm uninstall redis -n default-green'
step 5 'let it follow the old one' \
  'the old release is as it was and takes writes; the new one copies or follows it' \
  'the log of the new master says why it does not follow; a NetworkPolicy must let it reach the old namespace. helm uninstall redis -n default-green gives up'
step 6 'stop writes on the old release, and let the new one take over' \
  'the old release refuses writes (NOREPLICAS) and has all its data; the new one may be master already' \
  'procedure upgrade-blue-green-back lets the old one take writes again at once; or run the script again'
step 7 'send clients to the new release' \
  'the new release is master; clients of the old name may still reach the old release, which refuses writes' \
  'give clients the new name, or run procedure upgrade-blue-green-back'
step 8 'see that it works' \
  'the new release is master; a check failed' \
  'procedure upgrade-blue-green-back, as long as the old release is there'

endef

.PHONY: redis-upgrade-blue-green
redis-upgrade-blue-green: export OPS_SCRIPT = $(OPS_upgrade_blue_green)
redis-upgrade-blue-green:
	@sh -c "$$OPS_SCRIPT" upgrade-blue-green $(ops_arguments) $${CHART:+--chart "$$CHART"} $${CHART_VERSION:+--chart-version "$$CHART_VERSION"} $${VALUES:+--values "$$VALUES"} $${IMAGE_TAG:+--image-tag "$$IMAGE_TAG"} $${GREEN:+--green "$$GREEN"} $${MAX_LAG_SECONDS:+--most-lag-seconds "$$MAX_LAG_SECONDS"} $(ARGS)

define OPS_upgrade_blue_green_back
#!/bin/sh
# Send the clients back to the release that a blue-green upgrade came from
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='upgrade-blue-green-back'

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
parameters='green lose_writes chart most_lag_seconds ready_seconds link_seconds'
green=''
lose_writes='no'
chart=''
most_lag_seconds='30'
ready_seconds='900'
link_seconds='600'

usage() {
  cat << 'USAGE'
Send the clients back to the release that a blue-green upgrade came from

Release redis, namespace default. Parameters, each with a value:
  --green: the namespace of the new release; that of the old one with -green when empty
  --lose-writes: yes: go back although what was written to the new release cannot be taken along [no]
  --chart: the chart, for the commands that are told
  --most-lag-seconds: seconds since a replica heard from its master that are a finding [30]
  --ready-seconds: longest time until every pod answers with its data [900]
  --link-seconds: longest time until a replica has its link [600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_replication)
$(ops_upgrade)
# look at both releases: the old one must be there and refuse writes; the new one may have writes of its own
step_1() {
green=$${green:-$$namespace-green}
need_release
survey
blue=$$namespace
blue_master=$${masters%% *}
blue_master=$${blue_master:-$$declared_master}
old_version=$$(running "$$blue_master")
old_keys=$$(keys_of "$$blue_master")
namespace=$$green
new_version=$$(running "$$declared_master")
new_keys=$$(keys_of "$$declared_master")
namespace=$$blue
note "Redis $$old_version in $$blue has $$old_keys keys, Redis $$new_version in $$green has $$new_keys"
takes_along=no
if dry || is_follower_of "$$old_version" "$$new_version"; then
  takes_along=yes
  note "nothing will be lost: Redis $$old_version can copy from Redis $$new_version, and does so first"
else
  note "WILL BE LOST: what was written to $$green since clients moved there. Redis $$old_version cannot copy from Redis $${new_version:-that does not answer}"
  [ "$$lose_writes" = yes ] || die "say --lose-writes yes if that is meant; else stay, or move the keys with a client"
fi
}

# confirm: clients move
step_2() {
confirm "this sends the clients of $$release back from $$green to $$namespace"
}

# let the old release have the writes of the new one: as when the new one was made, the other way round
step_3() {
if [ "$$takes_along" = yes ]; then
  namespace=$$green
  stop_writes "$$declared_master"
  namespace=$$blue
  reply=$$(redis "$$blue_master" replicaof "$$service.$$green.svc.$$cluster_domain" "$$service_port")
  has_link() { [ "$$(field master_link_status "$$(try_redis "$$blue_master" info replication)")" = up ]; }
  wait_until "$$link_seconds" "the copy of all data" has_link
  same_offset() {
    got=$$(offset_of "$$blue_master")
    namespace=$$green
    sent=$$(offset_of "$$declared_master")
    namespace=$$blue
    [ -n "$$sent" ] && [ "$$sent" = "$$got" ]
  }
  wait_until 120 "the old release to have all writes" same_offset
  reply=$$(redis "$$blue_master" replicaof no one)
  wait_until 30 "$$blue_master to be master" is_role "$$blue_master" master
  good "$$blue_master in $$blue is master and has every write"
fi
}

# let the old release take writes: blue-green stopped them
step_4() {
stopped_before=0
allow_writes "$$blue_master"
good "$$blue_master in $$blue takes writes"
}

# send clients back: the Service is what the release says again
step_5() {
rolled_to=$$(revision_now)
run_helm rollback "$$release" "$$rolled_to" -n "$$namespace" --wait --timeout 10m
namespace=$$green
reply=$$(redis "$$declared_master" client kill type normal)
namespace=$$blue
}

# see that it works: what is written arrives
step_6() {
survey
[ "$$takes_along" != yes ] || dry || { wait_until "$$link_seconds" "every replica to follow" is_well; }
check_writes "$$blue_master"
note "when nothing is missing: helm uninstall $$release -n $$green"
}

start "$$@"
step 1 'look at both releases' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'let the old release have the writes of the new one' \
  'the new release refuses writes; the old one may follow it' \
  'run the script again; redis-cli config set min-replicas-to-write 0 in the new master lets it take writes again'
step 4 'let the old release take writes' \
  'the old release may refuse writes still' \
  'mend what the message says and run the script again'
step 5 'send clients back' \
  'the old release takes writes; its Service may still be an alias for the new one' \
  'helm rollback redis -n default, which makes the Service what it was'
step 6 'see that it works' \
  'clients are back; only the check failed' \
  'mend what the message says and run the script again'

endef

.PHONY: redis-upgrade-blue-green-back
redis-upgrade-blue-green-back: export OPS_SCRIPT = $(OPS_upgrade_blue_green_back)
redis-upgrade-blue-green-back:
	@sh -c "$$OPS_SCRIPT" upgrade-blue-green-back $(ops_arguments) $${GREEN:+--green "$$GREEN"} $${MAX_LAG_SECONDS:+--most-lag-seconds "$$MAX_LAG_SECONDS"} $(ARGS)

define OPS_upgrade_dump_restore
#!/bin/sh
# Upgrade by a backup that is put back, where servers cannot read each other's files
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='upgrade-dump-restore'

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
parameters='chart chart_version values image_tag file pod despite_findings most_lag_seconds ready_seconds link_seconds backup_dir save_seconds'
chart=''
chart_version=''
values=''
image_tag=''
file=''
pod=''
despite_findings='no'
most_lag_seconds='30'
ready_seconds='900'
link_seconds='600'
backup_dir='tmp/redis-backups'
save_seconds='3600'

usage() {
  cat << 'USAGE'
Upgrade by a backup that is put back, where servers cannot read each other's files

Release redis, namespace default. Parameters, each with a value:
  --chart: the chart to upgrade with, a folder, an archive or a reference
  --chart-version: its version, where it is a reference
  --values: a file with further values
  --image-tag: the tag of the new image, which is also the version to expect
  --file: the backup to put back; one that is taken now when empty
  --pod: the pod whose volume gets the data; the master when empty
  --despite-findings: yes: go on although the check found something [no]
  --most-lag-seconds: seconds since a replica heard from its master that are a finding [30]
  --ready-seconds: longest time until every pod answers with its data [900]
  --link-seconds: longest time until a replica has its link [600]
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --save-seconds: longest time that a snapshot may take [3600]
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
$(ops_replication)
$(ops_upgrade)
# look at the release: nothing is begun on a release that is not well
step_1() {
need_release
need_secret
check_release
# Parts have variables of these names.
wanted=$$file
given_pod=$$pod
pod=
check_state
pod=$$given_pod
expect=$$image_tag
case $$expect in *[!0-9.]*) expect=$${expect%%[!0-9.]*} ;; esac
before=$$(running "$${master_pod:-$$declared_master}")
keys_before=$$(keys_of "$${master_pod:-$$declared_master}")
[ -n "$$chart" ] || dry || die "say with --chart which chart to upgrade with"
[ -z "$$wanted" ] || keys_before=
if [ -z "$$wanted" ] && [ -n "$$expect" ] && [ "$$(reading "$$before" "$$expect" no)" != complete ]; then
  finding "$$(say_reading "$$before" "$$expect" no): say with --file which older backup to put back"
fi
go
revision=$$(revision_now)
note "revision $$revision is what the way back leads to"
}

# confirm: nobody can write until the end
step_2() {
confirm "this stops writes to $$release in $$namespace, upgrades it and puts $${wanted:-a backup that is taken now} back"
}

# stop writes: what is written after the backup would be lost
step_3() {
stop_writes "$${master_pod:-$$declared_master}"
}

# take a backup: also where an older one is put back, as the way back
step_4() {
backup_all
[ -n "$$wanted" ] || wanted=$$backup
}

# upgrade, and stop the new servers: they may not even start on the files that lie there; none may run while others are placed
step_5() {
look_at "$$wanted" auto
look_at_release
stop_servers
upgrade_with
stop_servers
}

# put the data on the volume: read there by the checkers of the image that will run; what lay there goes into a folder beside it
step_6() {
helper_pod "$$fullname-restore" "$$claim"
scratch "$$helper" "$$data_dir"
into_helper "$$held"
aside=$$data_dir/before-restore-$$(date -u +%Y%m%dT%H%M%SZ)
in_pod "$$helper" sh -c "$$place" place "$$source_kind" "$$keeps_log" "$$held" "$$aside" "$$dump" "$$log" "$$log_dir"
in_pod "$$helper" rm -rf "$$held"
kube delete pod "$$helper" --ignore-not-found --wait
note "what lay there is in $$aside on claim $$claim"
}

# take the files of replicas out of the way: an older server does not start on what a newer replica wrote; a replica copies everything from the master anyway
step_7() {
set_aside='set -eu
cd "$$1"
aside=$$2
shift 2
mkdir -p "$$aside"
for old; do [ ! -e "$$old" ] || mv "$$old" "$$aside/"; done'
ordinal=0
while [ -n "$$template" ] && [ "$$ordinal" -lt "$$count" ]; do
  other=$$fullname-$$ordinal
  ordinal=$$((ordinal + 1))
  [ "$$other" != "$$target" ] || continue
  helper_pod "$$fullname-restore" "data-$$other"
  in_pod "$$helper" sh -c "$$set_aside" aside "$$data_dir" "$$aside" "$$dump" "$$log" "$$log_dir"
  kube delete pod "$$helper" --ignore-not-found --wait
  note "what $$other had is in $$aside on claim data-$$other"
done
}

# start the servers: replicas copy from the master by themselves
step_8() {
start_servers
}

# see that it works: helm's success says nothing of the data
step_9() {
check_after
verdict
note "way back: sh rollback script --revision $$revision, which says first whether the data survive it"
}

start "$$@"
step 1 'look at the release' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'stop writes' \
  'the master refuses writes (NOREPLICAS); nothing else was changed' \
  'redis-cli config set min-replicas-to-write 0 in the master lets it take writes again'
step 4 'take a backup' \
  'the master refuses writes (NOREPLICAS); there is no verified backup' \
  'redis-cli config set min-replicas-to-write 0 in the master lets it take writes again'
step 5 'upgrade, and stop the new servers' \
  'no pod runs, or pods are starting; the data of before are on the volume, and in the backup' \
  'procedure restore puts the backup back; procedure rollback goes back to the old revision'
step 6 'put the data on the volume' \
  'no pod runs; the data of before are on the volume, in before-restore-… or still in their place, and in the backup' \
  'procedure restore with the backup begins anew'
step 7 'take the files of replicas out of the way' \
  'no pod runs; the data are on the volume of the master, and what replicas had is in before-restore-… on theirs or still in its place' \
  'run procedure restore with the backup, or this script again with --file'
step 8 'start the servers' \
  'the data are on the volume; pods are starting, or one cannot' \
  'procedure diagnose with the log of the pod that is not ready'
step 9 'see that it works' \
  'the new revision is installed; a check failed' \
  'procedure rollback goes back to the revision that was told above'

endef

.PHONY: redis-upgrade-dump-restore
redis-upgrade-dump-restore: export OPS_SCRIPT = $(OPS_upgrade_dump_restore)
redis-upgrade-dump-restore:
	@sh -c "$$OPS_SCRIPT" upgrade-dump-restore $(ops_arguments) $${CHART:+--chart "$$CHART"} $${CHART_VERSION:+--chart-version "$$CHART_VERSION"} $${VALUES:+--values "$$VALUES"} $${IMAGE_TAG:+--image-tag "$$IMAGE_TAG"} $${FILE:+--file "$$FILE"} $${BACKUP_FILE:+--file "$$BACKUP_FILE"} $${POD:+--pod "$$POD"} $${MAX_LAG_SECONDS:+--most-lag-seconds "$$MAX_LAG_SECONDS"} $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $(ARGS)

define OPS_rollback
#!/bin/sh
# Go back to an earlier revision, after saying whether the data survive it
# For the release redis in the namespace default. `--help` lists the parameters.
# shellcheck disable=SC2034,SC2317,SC2086,SC2016 # facts and helpers that this one does not use; lists of names; advice in quotes
set -eu
umask 077

procedure='rollback'

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
parameters='revision lose_data take_backup chart most_lag_seconds ready_seconds link_seconds backup_dir save_seconds'
revision=''
lose_data='no'
take_backup='yes'
chart=''
most_lag_seconds='30'
ready_seconds='900'
link_seconds='600'
backup_dir='tmp/redis-backups'
save_seconds='3600'

usage() {
  cat << 'USAGE'
Go back to an earlier revision, after saying whether the data survive it

Release redis, namespace default. Parameters, each with a value:
  --revision: the revision to go back to; the last one before this that was deployed when empty
  --lose-data: yes: go back although the old server does not read the data [no]
  --take-backup: no: take none before [yes]
  --chart: the chart, for the commands that are told
  --most-lag-seconds: seconds since a replica heard from its master that are a finding [30]
  --ready-seconds: longest time until every pod answers with its data [900]
  --link-seconds: longest time until a replica has its link [600]
  --backup-dir: folder for backups on this machine [tmp/redis-backups]
  --save-seconds: longest time that a snapshot may take [3600]
  --release, --namespace, --fullname, --container, --secret, --secret-key, --context: another release than this

  --dry-run: print the calls of kubectl and do nothing
  --yes: do not ask for the release's name

Leaves with 0 when all is well, 1 when something was found, 2 when a step failed.
USAGE
}

$(ops_prelude)
$(ops_backup)
$(ops_replication)
$(ops_upgrade)
# look at both sides: which version runs, and which one the revision has
step_1() {
need_release
history=$$(run_helm history "$$release" -n "$$namespace" --max 20)
note "$$history"
if [ -z "$$revision" ]; then
  revision=$$(printf '%s\n' "$$history" | awk '/^[0-9]/ { all[++n] = $$1; if (/superseded/) last = $$1 } END { print last }')
fi
if dry; then revision=$${revision:-1}; fi
[ -n "$$revision" ] || die "there is no earlier revision to go back to"
manifest=$$(run_helm get manifest "$$release" -n "$$namespace" --revision "$$revision")
to_image=$$(printf '%s\n' "$$manifest" | sed -n 's/^ *image: *"\{0,1\}\([^"]*redis[^"]*\)"\{0,1\} *$$/\1/p' | grep -v exporter | head -n 1)
to=$$(version_of "$$to_image")
survey
master_pod=$${masters%% *}
now=
if [ -n "$$master_pod" ]; then
  now=$$(running "$$master_pod")
  keys_before=$$(keys_of "$$master_pod")
  log_is_on=$$(config_get "$$master_pod" appendonly no)
else
  keys_before=
  log_is_on=$$is_log_on
  # Nobody answers: what is installed is what has written, unless it never came up.
  now=$$(version_of "$$(kube get statefulset "$$fullname" -o "jsonpath={.spec.template.spec.containers[?(@.name==\"$$container\")].image}")")
fi
expect=$$to
}

# say whether the data survive: before anything is done
step_2() {
answer=$$(reading "$$now" "$$to" "$$log_is_on")
note "revision $$revision runs Redis $${to:-of an unknown version} ($$to_image), now it is Redis $${now:-unknown}"
note "$$(say_reading "$$now" "$$to" "$$log_is_on")"
if [ "$$answer" != complete ] && [ -z "$$master_pod" ]; then
  note "no server answers: if the new one never started, the files are still those of the old one, and going back is right"
fi
if [ "$$answer" = complete ] || dry; then
  note "the way back keeps the data"
else
  note "the way back does not keep the data"
  [ "$$lose_data" = yes ] || die "nothing was done. To keep the data: stay, or restore a backup of the old version after going back (procedure upgrade-dump-restore --file). To go back all the same: --lose-data yes"
fi
}

# confirm: pods restart
step_3() {
confirm "this rolls $$release in $$namespace back to revision $$revision"
}

# take a backup: what was written since is in it, even where the old version cannot read it
step_4() {
if [ "$$take_backup" = yes ] && [ -n "$$master_pod" ]; then backup_all; else note "no backup"; fi
}

# roll back: helm's `Rollback was a success` is about manifests
step_5() {
run_helm rollback "$$release" "$$revision" -n "$$namespace"
kube rollout status "statefulset/$$fullname" "--timeout=$${ready_seconds}s"
}

# see that it works: the data are what counts
step_6() {
check_after
verdict
}

start "$$@"
step 1 'look at both sides' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 2 'say whether the data survive' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 3 'confirm' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 4 'take a backup' \
  'nothing was changed' \
  'mend what the message says and run the script again'
step 5 'roll back' \
  'some pods may run the old version, the rest the new one' \
  'procedure diagnose with the log of the pod that is not ready'
step 6 'see that it works' \
  'the old revision is installed; a check failed' \
  'procedure restore puts a backup of the old version back'

endef

.PHONY: redis-upgrade-rollback
redis-upgrade-rollback: export OPS_SCRIPT = $(OPS_rollback)
redis-upgrade-rollback:
	@sh -c "$$OPS_SCRIPT" rollback $(ops_arguments) $${REVISION:+--revision "$$REVISION"} $${MAX_LAG_SECONDS:+--most-lag-seconds "$$MAX_LAG_SECONDS"} $${BACKUP_DIR:+--backup-dir "$$BACKUP_DIR"} $(ARGS)
