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

ops_common = --namespace "$$NAMESPACE" --release "$$RELEASE" $${FULLNAME:+--fullname "$$FULLNAME"}

.PHONY: help
help:
	@printf '%s\n' 'Release $(RELEASE) in namespace $(NAMESPACE): make TARGET [NAMESPACE=…] [RELEASE=…] [ARGS=--dry-run]' ''
	@printf '  %-34s %s\n' 'redis-health' 'Whether the release works, pod by pod, with what is wrong'
	@printf '  %-34s %s\n' 'redis-info' 'What a server says of itself'
	@printf '  %-34s %s\n' 'redis-role' 'The role of each pod'
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

# What every procedure stands on: steps that say what state things are in when they fail, kubectl with the release's
# namespace, redis-cli in a pod with the password that the container has. POSIX sh.
#
# A word of the language of steps:
#   kube WORD…              kubectl in the release's namespace
#   in_pod POD COMMAND…     a command in the container of Redis; feed_pod: the same, with standard input
#   redis POD COMMAND…      the reply of that pod's server; an error reply ends the step
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

# number TEXT: the text where it is a whole number, else 0.
number() { case $${1:-} in '' | *[!0-9]*) echo 0 ;; *) echo "$$1" ;; esac; }

# quoted WORD: as a shell would have to read it.
quoted() {
  case $$1 in
    '' | *[!A-Za-z0-9@%+=:,./_-]*) printf "'%s'" "$$(printf '%s' "$$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$$1" ;;
  esac
}

shown() (
  line=$$(quoted "$$1")
  shift
  for word; do line="$$line $$(quoted "$$word")"; done
  printf '%s\n' "$$line" >&3
)

# call COMMAND…: runs it, or with --dry-run prints it.
call() {
  if dry; then shown "$$@"; else "$$@"; fi
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
  count=$$(kube get statefulset "$$fullname" -o 'jsonpath={.spec.replicas}')
  case $$count in
    '' | *[!0-9]*) printf '%s\n' "$$pods" | tr ' ' '\n' ;;
    *)
      ordinal=0
      while [ "$$ordinal" -lt "$$count" ]; do
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
    '') die "none of these pods says that it is master: $$(printf '%s ' $$names). Are they running? --pod names one" ;;
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
        [ $$# -gt 1 ] || die "$$1 needs a value; --help lists the parameters"
        take "$$1" "$$2"
        shift
        ;;
      *) die "found \`$$1\`, expected a parameter such as --namespace; --help lists them" ;;
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
    *) die "found \`$$1\`, which is no parameter of $$procedure; --help lists them" ;;
  esac
}
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
	@sh -c "$$OPS_SCRIPT" health $(ops_common) $${MAX_MEMORY_PERCENT:+--max-memory-percent "$$MAX_MEMORY_PERCENT"} $(ARGS)

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

# What every procedure stands on: steps that say what state things are in when they fail, kubectl with the release's
# namespace, redis-cli in a pod with the password that the container has. POSIX sh.
#
# A word of the language of steps:
#   kube WORD…              kubectl in the release's namespace
#   in_pod POD COMMAND…     a command in the container of Redis; feed_pod: the same, with standard input
#   redis POD COMMAND…      the reply of that pod's server; an error reply ends the step
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

# number TEXT: the text where it is a whole number, else 0.
number() { case $${1:-} in '' | *[!0-9]*) echo 0 ;; *) echo "$$1" ;; esac; }

# quoted WORD: as a shell would have to read it.
quoted() {
  case $$1 in
    '' | *[!A-Za-z0-9@%+=:,./_-]*) printf "'%s'" "$$(printf '%s' "$$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$$1" ;;
  esac
}

shown() (
  line=$$(quoted "$$1")
  shift
  for word; do line="$$line $$(quoted "$$word")"; done
  printf '%s\n' "$$line" >&3
)

# call COMMAND…: runs it, or with --dry-run prints it.
call() {
  if dry; then shown "$$@"; else "$$@"; fi
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
  count=$$(kube get statefulset "$$fullname" -o 'jsonpath={.spec.replicas}')
  case $$count in
    '' | *[!0-9]*) printf '%s\n' "$$pods" | tr ' ' '\n' ;;
    *)
      ordinal=0
      while [ "$$ordinal" -lt "$$count" ]; do
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
    '') die "none of these pods says that it is master: $$(printf '%s ' $$names). Are they running? --pod names one" ;;
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
        [ $$# -gt 1 ] || die "$$1 needs a value; --help lists the parameters"
        take "$$1" "$$2"
        shift
        ;;
      *) die "found \`$$1\`, expected a parameter such as --namespace; --help lists them" ;;
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
    *) die "found \`$$1\`, which is no parameter of $$procedure; --help lists them" ;;
  esac
}
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
	@sh -c "$$OPS_SCRIPT" info $(ops_common) $${POD:+--pod "$$POD"} $${SECTION:+--section "$$SECTION"} $(ARGS)

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

# What every procedure stands on: steps that say what state things are in when they fail, kubectl with the release's
# namespace, redis-cli in a pod with the password that the container has. POSIX sh.
#
# A word of the language of steps:
#   kube WORD…              kubectl in the release's namespace
#   in_pod POD COMMAND…     a command in the container of Redis; feed_pod: the same, with standard input
#   redis POD COMMAND…      the reply of that pod's server; an error reply ends the step
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

# number TEXT: the text where it is a whole number, else 0.
number() { case $${1:-} in '' | *[!0-9]*) echo 0 ;; *) echo "$$1" ;; esac; }

# quoted WORD: as a shell would have to read it.
quoted() {
  case $$1 in
    '' | *[!A-Za-z0-9@%+=:,./_-]*) printf "'%s'" "$$(printf '%s' "$$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s' "$$1" ;;
  esac
}

shown() (
  line=$$(quoted "$$1")
  shift
  for word; do line="$$line $$(quoted "$$word")"; done
  printf '%s\n' "$$line" >&3
)

# call COMMAND…: runs it, or with --dry-run prints it.
call() {
  if dry; then shown "$$@"; else "$$@"; fi
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
  count=$$(kube get statefulset "$$fullname" -o 'jsonpath={.spec.replicas}')
  case $$count in
    '' | *[!0-9]*) printf '%s\n' "$$pods" | tr ' ' '\n' ;;
    *)
      ordinal=0
      while [ "$$ordinal" -lt "$$count" ]; do
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
    '') die "none of these pods says that it is master: $$(printf '%s ' $$names). Are they running? --pod names one" ;;
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
        [ $$# -gt 1 ] || die "$$1 needs a value; --help lists the parameters"
        take "$$1" "$$2"
        shift
        ;;
      *) die "found \`$$1\`, expected a parameter such as --namespace; --help lists them" ;;
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
    *) die "found \`$$1\`, which is no parameter of $$procedure; --help lists them" ;;
  esac
}
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
	@sh -c "$$OPS_SCRIPT" role $(ops_common) $${POD:+--pod "$$POD"} $(ARGS)
