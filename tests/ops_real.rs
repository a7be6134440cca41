//! Procedures that change who is master, the password, or the version: run as they are generated, on real servers.
//!
//! In: each procedure's script. Out: what it did, with clients that write all the while. The checks are
//! `ops_real/checks.py`, `kubectl` and `helm` are `ops_real/standin.py`. `cargo test --test ops_real -- --ignored` needs
//! redis-server 7.0 and python3; folders of other versions come from the variable `REDIS_BUILDS` (`VERSION/redis-server`),
//! and what needs one that is not there says so and is left out.
#![cfg(feature = "redis")]

use chartwright::Layer;
use chartwright::ops::{self, ReleaseFacts, diagnose};
use chartwright::redis_server::Version;
use chartwright::redis_server::formats::rdb_version;
use std::path::Path;
use std::process::Command;

const VALUES: &str = "mode=replica,redis.existingSecret=auth";

/// What this file is about.
const OURS: [&str; 12] = [
    "promote",
    "failover",
    "resync",
    "rotate-password",
    "pre-upgrade-check",
    "post-upgrade-check",
    "upgrade-rolling",
    "upgrade-in-place",
    "upgrade-blue-green",
    "upgrade-blue-green-back",
    "upgrade-dump-restore",
    "rollback",
];

fn script(name: &str, values: &str) -> String {
    let facts = ReleaseFacts::read(&[Layer::Set(values.into())], "redis", "prod").expect("right values");
    ops::script(ops::named(name).expect("a procedure"), &facts).expect("a script")
}

/// Runs a check of checks.py.
fn holds(check: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    for name in OURS {
        std::fs::write(folder.path().join(format!("{name}.sh")), script(name, VALUES)).expect("a file");
    }
    let checks = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ops_real/checks.py");
    let builds = std::env::var("REDIS_BUILDS").unwrap_or_default();
    let mut command = Command::new("python3");
    command.arg("-B").arg(checks).arg(folder.path()).arg(check).arg(builds);
    let output = command.output().expect("python3 is installed");
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    // 3: a version of Redis that is not at hand.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{told}");
    println!("{check}: {told}");
}

macro_rules! holds {
    ($($name:ident)*) => {$(
        #[test]
        #[ignore = "needs redis-server and python3"]
        fn $name() {
            holds(stringify!($name));
        }
    )*};
}

holds! {
    planned_failover_loses_nothing
    failover_by_offset_loses_nothing
    failover_declares_the_master_where_a_chart_is_given
    promotion_with_a_master_that_answers_loses_nothing
    promotion_after_the_master_died_says_what_may_be_lost
    a_replica_without_all_data_is_not_promoted_by_itself
    resync_follows_and_never_an_empty_master
    rotation_refuses_nobody_beyond_the_restart
    a_step_that_fails_says_what_state_things_are_in
    checks_before_and_after_give_a_verdict
    a_rolling_upgrade_keeps_every_key_and_the_way_back_is_refused
    a_rollback_that_keeps_the_data_says_so_and_does
    blue_green_cuts_over_and_comes_back
    blue_green_to_a_newer_version_says_what_the_way_back_loses
}

#[test]
fn a_script_knows_the_formats_of_snapshots_as_the_tables_do() {
    let text = script("rollback", VALUES);
    let begin = text.find("rdb_format() {").expect("the function");
    let end = text[begin..].find("\n}\n").expect("its end") + begin + 3;
    for version in Version::KNOWN {
        let asked = format!("{}rdb_format {version}\nrdb_format {version}.1\n", &text[begin..end]);
        let output = Command::new("sh").args(["-c", &asked]).output().expect("a shell");
        let format = rdb_version(version);
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{format}\n{format}\n"), "{version}");
    }
}

#[test]
fn what_mends_a_cause_is_a_procedure() {
    let unknown: Vec<&str> = diagnose::procedures().into_iter().filter(|name| ops::named(name).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn what_may_be_lost_is_said_before_anything_is_done() {
    for (name, words) in [
        ("promote", "MAY BE LOST"),
        ("upgrade-blue-green-back", "WILL BE LOST"),
        ("rollback", "the way back does not keep the data"),
    ] {
        let text = script(name, VALUES);
        let (said, asked) = (text.find(words), text.find("\n  confirm \""));
        assert!(said.is_some() && said < asked.or(text.find("confirm \"this")), "{name}");
    }
}

#[test]
fn every_dry_run_changes_nothing_and_comes_to_its_end() {
    for name in OURS {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("script.sh");
        std::fs::write(&file, script(name, VALUES)).expect("a file");
        let mut command = Command::new("sh");
        // A kubectl that is none: with --dry-run nobody calls it.
        command.arg(&file).arg("--dry-run").env("KUBECTL", "no-such-program").env("HELM", "no-such-program");
        let output = command.current_dir(folder.path()).output().expect("a shell");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{name}: {told}");
        let calls = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(calls.contains("no-such-program"), "{name} calls nothing");
        assert!(!calls.contains(" -a ") && !calls.contains("--pass "), "{name}: {calls}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "{name} has written a file");
    }
}

#[test]
#[ignore = "needs shellcheck"]
fn every_script_is_clean() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in OURS {
        let file = folder.path().join(format!("{name}.sh"));
        std::fs::write(&file, script(name, VALUES)).expect("a file");
        let output = Command::new("shellcheck").arg(&file).output().expect("shellcheck is installed");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stdout));
    }
}
