//! What procedures call, and what becomes of a call that fails: with a `kubectl` that knows no server.
//!
//! In: scripts as they are generated. Out: their calls, as snapshots, and their last words.

use super::script;
use super::world::{World, told};
use chartwright::ops::{self, ReleaseFacts};
use regex::Regex;

const VALUES: &str = "mode=replica,redis.existingSecret=auth,redis.secretKeyName=key,metrics.enabled=true";

/// What has no default and is needed.
fn needed(procedure: &str) -> &'static [&'static str] {
    match procedure {
        "restore" | "restore-config" | "verify-backup" => &["--file", "dump.rdb"],
        "restore-snapshot" => &["--snapshot", "monday"],
        "snapshot" => &["--timestamp", "monday"],
        _ => &[],
    }
}

/// The calls with what runs in the pod by its name, and without what differs from run to run.
fn plain(text: &str) -> String {
    let cut = |text: &str, pattern: &str, name: &str| {
        Regex::new(pattern).expect("a pattern").replace_all(text, name).into_owned()
    };
    let text = cut(text, r"(?s)'for file in .*?' redis-cli ", "<redis_cli> redis-cli ");
    let text = cut(&text, r"(?s)'set -eu\n.*?' (hold|place|aside) ", "<$1> $1 ");
    let text = cut(&text, r"\.backup-\d+-\d+", ".backup-<time>");
    cut(&text, r"before-restore-\w+", "before-restore-<time>")
}

#[test]
fn every_procedure_says_what_it_would_call() {
    let world = World::new();
    let mut all = String::new();
    for procedure in ops::all() {
        let output = world.run(&script(&procedure.name, VALUES), &[&["--dry-run"], needed(&procedure.name)].concat());
        assert!(output.status.success(), "{}: {}", procedure.name, told(&output));
        let calls = plain(&String::from_utf8_lossy(&output.stdout));
        all.push_str(&format!("## {}\n{calls}", procedure.name));
    }
    // A dry run calls nothing.
    assert_eq!(world.calls(), "");
    insta::assert_snapshot!("calls", all);
}

#[test]
fn another_namespace_release_container_and_context_are_in_every_call() {
    let world = World::new();
    let is_old = Regex::new(r"\b(redis-\d|statefulset redis)\b").expect("a pattern");
    let given = ["--dry-run", "--namespace", "other", "--release", "shop", "--container", "cache", "--context", "east"];
    for procedure in ops::all() {
        let output = world.run(&script(&procedure.name, VALUES), &[&given, needed(&procedure.name)].concat());
        let calls = plain(&String::from_utf8_lossy(&output.stdout));
        for line in calls.lines().filter(|line| line.starts_with("kubectl ")) {
            assert!(line.starts_with("kubectl --context east "), "{}: {line}", procedure.name);
            let is_of_cluster = line.contains(" patch persistentvolume ");
            assert!(
                is_of_cluster || line.starts_with("kubectl --context east -n other "),
                "{}: {line}",
                procedure.name
            );
            assert!(!line.contains(" exec ") || line.contains(" -c cache "), "{}: {line}", procedure.name);
        }
        for found in is_old.find_iter(&calls) {
            let before = calls.get(..found.start()).unwrap_or_default();
            assert!(before.ends_with("shop-"), "{}: {calls}", procedure.name);
        }
    }
}

/// Targets that the source of the chart has or documents.
const TARGETS: &str = "all lint build template install upgrade uninstall dependency-update dependency-build kind-create kind-delete \
    help redis-cli redis-ping redis-info redis-monitor redis-memory redis-stats redis-clients redis-bgsave redis-save \
    redis-lastsave redis-aof-rewrite redis-dbsize redis-keys redis-slowlog redis-bigkeys redis-latency redis-memory-stats \
    redis-config redis-config-get redis-flushdb redis-flushall redis-backup redis-restore redis-full-backup redis-backup-rdb \
    redis-backup-aof redis-backup-config redis-backup-k8s-resources redis-create-pvc-snapshot redis-restore-from-pvc-snapshot \
    redis-restore-rdb redis-restore-aof redis-restore-config redis-disaster-recovery redis-replication-info \
    redis-check-replication redis-master-info redis-replica-lag redis-role redis-version redis-health redis-shell redis-bash \
    redis-logs redis-describe redis-events redis-top redis-port-forward redis-metrics redis-backup-all-namespaces \
    redis-backup-all redis-backup-rdb-download redis-backup-verify redis-backup-pvc-snapshot redis-replication-status \
    redis-replication-lag redis-promote-replica redis-resync-replica redis-force-failover redis-pre-upgrade-check \
    redis-post-upgrade-check redis-validate-upgrade redis-upgrade-rollback";

fn makefile() -> String {
    let facts = ReleaseFacts::read(&[], "redis", "default").expect("the chart's own values");
    ops::makefile(&facts).expect("a Makefile")
}

#[test]
fn the_makefile_has_every_target_that_is_documented_and_help_lists_all() {
    let text = makefile();
    let is_target = |name: &str| text.lines().any(|line| line == format!("{name}:"));
    for name in TARGETS.split_whitespace() {
        assert!(is_target(name), "{name}");
        let is_listed = text.contains(&format!("@printf '  %-34s %s\\n' '{name}' "));
        assert_eq!(is_listed, name != "help", "{name}");
    }
    for target in ops::all().iter().flat_map(|procedure| procedure.targets()) {
        assert!(is_target(target.0), "{}", target.0);
    }
}

#[test]
#[ignore = "needs make"]
fn a_target_calls_what_its_script_calls_for_any_release() {
    let world = World::new();
    std::fs::write(world.path("redis.mk"), makefile()).expect("a file");
    let make = |words: &str| world.run(&format!("make --no-print-directory -f redis.mk {words}"), &[]);
    let help = make("help");
    assert!(help.status.success() && told(&help).contains("redis-backup-all-namespaces"), "{}", told(&help));
    for procedure in ops::all() {
        for (target, own) in procedure.targets() {
            let given = "NAMESPACE='it'\"'\"'s' RELEASE=shop FILE=dump.rdb SNAPSHOT_NAME=monday BACKUP_TIMESTAMP=monday BACKUP_DIR=b CMD=ping";
            let output = make(&format!("{target} {given} ARGS=--dry-run"));
            assert!(output.status.success(), "{target}: {}", told(&output));
            let mut words = vec!["--namespace", "it's", "--release", "shop", "--dry-run"];
            words.extend(own.split_whitespace());
            words.extend(needed(&procedure.name));
            let facts = ReleaseFacts::read(&[], "redis", "default").expect("the chart's own values");
            let direct = world.run(&ops::script(procedure, &facts).expect("a script"), &words);
            let calls = |output: &std::process::Output| plain(&String::from_utf8_lossy(&output.stdout));
            assert_eq!(calls(&output), calls(&direct), "{target}");
        }
    }
}

#[test]
#[ignore = "needs shellcheck"]
fn every_script_is_clean() {
    let folder = tempfile::tempdir().expect("a folder");
    for procedure in ops::all() {
        let file = folder.path().join(format!("{}.sh", procedure.name));
        std::fs::write(&file, script(&procedure.name, VALUES)).expect("a file");
        let output = std::process::Command::new("shellcheck").arg(&file).output().expect("shellcheck is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    for file in [
        "src/ops/prelude.sh",
        "src/ops/parts/backup.sh",
        "src/ops/parts/helper.sh",
        "src/ops/parts/restore.sh",
        "tests/ops/kubectl",
    ] {
        let output = std::process::Command::new("shellcheck").arg(file).output().expect("shellcheck is installed");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn no_script_and_no_page_holds_the_password() {
    let values = "redis.password=correct-horse-battery";
    let facts = ReleaseFacts::read(&[chartwright::Layer::Set(values.into())], "redis", "prod").expect("right values");
    for procedure in ops::all() {
        let texts =
            [ops::script(procedure, &facts).expect("a script"), ops::markdown(procedure, &facts).expect("a page")];
        assert!(texts.iter().all(|text| !text.contains("correct-horse")), "{}", procedure.name);
        let script = &texts[0];
        assert!(!script.contains("redis-cli -a") && !script.contains("--pass"), "{}", procedure.name);
    }
    assert!(!ops::makefile(&facts).expect("a Makefile").contains("correct-horse"));
}

/// A server that says what a master says.
const CLI: &str = "#!/bin/sh\nfor word; do case $word in info|replication|server) ;; -p) shift ;; esac; done\ncase \"$*\" in *replication*) echo role:master ;; *info*) echo redis_version:7.0.15; echo loading:0 ;; *) echo OK ;; esac\n";

fn with_server(text: &str) -> World {
    let world = World::new();
    world.program("bin/redis-cli", text);
    world.pod("redis-0", "6379");
    world
}

/// Runs a script that must fail in this step, with these words; gives the calls of kubectl.
fn fails(world: &World, procedure: &str, arguments: &[&str], step: &str, words: &str) -> String {
    let output = world.run(&script(procedure, VALUES), arguments);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(words), "{said}");
    let last: Vec<&str> = said.lines().rev().skip(1).take(3).collect();
    assert!(last[2] == format!("failed: {step}"), "{said}");
    assert!(last[1].starts_with("now: ") && last[0].starts_with("next: "), "{said}");
    world.calls()
}

#[test]
fn a_release_that_is_not_there_is_told_in_the_words_of_kubectl() {
    let world = with_server(CLI);
    let calls = fails(
        &world,
        "backup-rdb",
        &["--release", "gone"],
        "find the release and its master",
        "statefulsets.apps \"gone-redis\" not found",
    );
    assert_eq!(calls.lines().count(), 1, "{calls}");
}

#[test]
fn a_replica_that_is_too_far_behind_is_found_by_bytes_and_by_seconds() {
    let world = with_server(
        "#!/bin/sh\nif [ \"$REDIS_PORT\" = 6379 ]; then printf 'role:master\\r\\nmaster_repl_offset:5000\\r\\n'; else\n\
         printf 'role:slave\\r\\nmaster_link_status:up\\r\\nslave_repl_offset:1000\\r\\nmaster_last_io_seconds_ago:7\\r\\n'; fi\n",
    );
    world.pod("redis-1", "6380");
    let lag = |words: &[&str]| world.run(&script("lag", VALUES), words);
    let far = lag(&["--max-bytes", "3999", "--max-seconds", "6"]);
    assert_eq!(far.status.code(), Some(1), "{}", told(&far));
    for words in [
        "redis-1: 4000 bytes and 7 s behind",
        "BAD: redis-1 is 4000 bytes behind, which is more than 3999",
        "BAD: redis-1 has heard nothing for 7 s, which is more than 6",
    ] {
        assert!(told(&far).contains(words), "{}", told(&far));
    }
    let near = lag(&["--max-bytes", "4000", "--max-seconds", "7"]);
    assert_eq!(near.status.code(), Some(0), "{}", told(&near));
}

#[test]
fn a_pod_that_is_no_redis_is_told_apart() {
    let world = with_server("#!/bin/sh\necho hello\n");
    let words = "what answers in pod redis-0 is no Redis: `INFO server` gave: hello";
    fails(&world, "backup-rdb", &["--pod", "redis-0"], "find the release and its master", words);
}

#[test]
fn a_password_that_the_server_refuses_is_told_and_ends_the_step() {
    let world = with_server("#!/bin/sh\necho 'NOAUTH Authentication required.'\n");
    let words = "redis-0 refuses `info`: NOAUTH Authentication required.";
    fails(&world, "info", &["--pod", "redis-0"], "ask the pod", words);
    // While the master is looked for, too.
    fails(&world, "info", &[], "ask the pod", words);
}

#[test]
fn a_restore_looks_for_the_key_of_the_secret_before_it_stops_anything() {
    let world = with_server(CLI);
    std::fs::write(world.path("state/no-key"), "").expect("a file");
    std::fs::write(world.path("dump.rdb"), "REDIS0009").expect("a file");
    let calls = fails(
        &world,
        "restore",
        &["--file", "dump.rdb", "--yes"],
        "look at the release",
        "secret auth has no key `key`",
    );
    assert!(!calls.contains(" scale "), "{calls}");
}

#[test]
fn what_is_no_backup_is_not_restored() {
    let world = with_server(CLI);
    let refused = |file: &str, words: &str| {
        let calls = fails(&world, "restore", &["--file", file, "--yes"], "look at the files", words);
        assert_eq!(calls, "");
    };
    refused("nowhere", "there is no nowhere on this machine");
    std::fs::create_dir(world.path("half.unverified")).expect("a folder");
    refused("half.unverified", "is a folder without a manifest");
    std::fs::write(world.path("half.unverified/BACKUP"), "kind=rdb\n").expect("a file");
    refused("half.unverified", "half.unverified was never verified, so it is no backup");
    std::fs::write(world.path("text"), "hello").expect("a file");
    refused("text", "text is neither a snapshot");
    std::fs::create_dir(world.path("changed")).expect("a folder");
    std::fs::write(world.path("changed/BACKUP"), "kind=rdb\n").expect("a file");
    refused("changed", "changed has no SHA256SUMS");
    std::fs::write(world.path("changed/SHA256SUMS"), "0000  ./BACKUP\n").expect("a file");
    refused("changed", "./BACKUP has changed since it was verified");
}

#[test]
fn what_destroys_does_nothing_without_a_terminal_unless_told_yes() {
    for procedure in ops::all().iter().filter(|procedure| procedure.is_destructive) {
        let world = with_server(CLI);
        std::fs::write(world.path("dump.rdb"), "REDIS0009").expect("a file");
        std::fs::write(world.path("state/snapshot"), "true").expect("a file");
        let output = world.run(&script(&procedure.name, VALUES), needed(&procedure.name));
        let said = told(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("there is no terminal to confirm it at"), "{}: {said}", procedure.name);
        for harm in [" scale ", " delete ", " apply ", " patch ", " flushall", " flushdb"] {
            assert!(!world.calls().contains(harm), "{}: {}", procedure.name, world.calls());
        }
    }
    let world = with_server(CLI);
    let said = world.runs(&script("flushall", VALUES), &["--yes"]);
    assert!(said.contains("ok: deleted") && world.calls().contains("redis-cli flushall"), "{said}");
}

#[test]
#[ignore = "needs a terminal from `script`"]
fn the_name_of_the_release_is_typed_at_a_terminal() {
    let world = with_server(CLI);
    std::fs::write(world.path("flushall.sh"), script("flushall", VALUES)).expect("a file");
    let typed = |name: &str| world.run(&format!("echo {name} | script -qec 'sh flushall.sh' /dev/null"), &[]);
    let wrong = typed("prod");
    assert_eq!(wrong.status.code(), Some(2), "{}", told(&wrong));
    assert!(told(&wrong).contains("found `prod`, expected `redis`: nothing was done"), "{}", told(&wrong));
    assert!(!world.calls().contains("flushall"), "{}", world.calls());
    let right = typed("redis");
    assert!(right.status.success() && told(&right).contains("ok: deleted"), "{}", told(&right));
}

#[test]
fn words_that_are_no_parameters_are_refused_before_anything_is_called() {
    let world = World::new();
    for (words, said) in [
        (&["--nmespace", "x"][..], "found `--nmespace`, which is no parameter of info"),
        (&["--pod"], "--pod needs a value"),
        (&["redis-0"], "found `redis-0`, expected a parameter"),
        (&["--path=/x"], "found `--path`, which is no parameter of info"),
    ] {
        let output = world.run(&script("info", VALUES), words);
        assert_eq!(output.status.code(), Some(2));
        assert!(told(&output).contains(said), "{}", told(&output));
    }
    assert_eq!(world.calls(), "");
    let help = world.runs(&script("info", VALUES), &["--help"]);
    assert!(help.contains("--section") && help.contains("--dry-run"), "{help}");
}

#[test]
fn names_of_a_release_are_words_and_nothing_else() {
    let mut facts = ReleaseFacts::read(&[], "redis", "prod").expect("the chart's own values");
    facts.namespace = "a'; touch harm; '".to_owned();
    facts.backup_dir = "$(touch harm)\ntouch harm".to_owned();
    let world = World::new();
    for procedure in ops::all() {
        let text = ops::script(procedure, &facts).expect("a script");
        world.run(&text, &[&["--dry-run"], needed(&procedure.name)].concat());
        world.run(&text, &["--help"]);
    }
    assert!(!world.path("harm").exists());
}

#[test]
fn a_volume_snapshot_is_a_manifest_of_its_kind() {
    let world = World::new();
    let output = world.run(&script("snapshot", VALUES), &["--dry-run", "--timestamp", "monday"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  | ")).collect();
    let one: Vec<&str> = lines.iter().copied().take(lines.len() / 3).collect();
    let manifest: serde_yaml::Value = serde_yaml::from_str(&one.join("\n")).expect("YAML");
    assert_eq!(manifest["apiVersion"], "snapshot.storage.k8s.io/v1");
    assert_eq!(manifest["kind"], "VolumeSnapshot");
    assert_eq!(manifest["metadata"]["name"], "data-redis-0-monday");
    assert_eq!(manifest["spec"]["volumeSnapshotClassName"], "csi-snapclass");
    assert_eq!(manifest["spec"]["source"]["persistentVolumeClaimName"], "data-redis-0");
}
