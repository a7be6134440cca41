//! Scripts run on real servers of this machine.

use super::script;
use super::world::{PASSWORD, World, told};
use std::os::unix::fs::PermissionsExt;

const LOG: &str = "mode=replica,redis.existingSecret=auth,redis.secretKeyName=key";
const NO_LOG: &str = "mode=replica,redis.existingSecret=auth,redis.secretKeyName=key,redis.settings.appendonly=false";

/// Backup, loss, restore: by which procedure, with which values, from servers with which settings.
fn survives(backup: &str, values: &str, settings: &str, kind: &str) {
    let world = World::new();
    world.start("redis-0", settings);
    world.fill("redis-0", 1000);
    let told = world.runs(&script(backup, values), &["--backup-dir", "backups"]);
    assert!(told.contains("backup: "), "{told}");
    let folder = world.backup();
    for file in walk(&folder) {
        let mode = std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.display());
    }
    let folder = folder.display().to_string();
    assert!(
        !world
            .path("vol/redis-0")
            .read_dir()
            .expect("a folder")
            .flatten()
            .any(|file| file.file_name().to_string_lossy().starts_with(".backup"))
    );
    world.ask("redis-0", &["FLUSHALL"]);
    world.ask("redis-0", &["SET", "later", "1"]);
    let told = world.runs(&script("restore", values), &["--file", &folder, "--kind", kind, "--yes"]);
    assert_eq!(world.ask("redis-0", &["DBSIZE"]), "1000", "{told}");
    assert_eq!(world.ask("redis-0", &["GET", "key:77"]), "77".repeat(10));
    // It stays through the next end and start, and takes writes.
    world.ask("redis-0", &["SET", "more", "1"]);
    world.runs(
        "kubectl -n prod scale statefulset redis --replicas=0; kubectl -n prod scale statefulset redis --replicas=1",
        &[],
    );
    world.wait(|| world.ask("redis-0", &["DBSIZE"]) == "1001");
    assert!(!world.path("state/helper").exists(), "the helper is still there");
    assert!(!world.calls().contains(PASSWORD) && !told.contains(PASSWORD), "{told}");
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = folder.read_dir().expect("a folder").flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
#[ignore = "needs redis-server"]
fn a_snapshot_is_back_where_only_snapshots_are_kept() {
    survives("backup-rdb", NO_LOG, "--appendonly no", "auto");
}

#[test]
#[ignore = "needs redis-server"]
fn a_snapshot_is_back_where_the_log_is_on() {
    survives("backup-rdb", LOG, "--appendonly yes", "auto");
}

#[test]
#[ignore = "needs redis-server"]
fn a_log_is_back_where_the_log_is_on() {
    survives("backup-aof", LOG, "--appendonly yes --save ''", "auto");
}

#[test]
#[ignore = "needs redis-server"]
fn both_are_in_a_full_backup_and_either_is_back() {
    survives("backup", LOG, "--appendonly yes", "aof");
    survives("backup", LOG, "--appendonly yes", "rdb");
}

#[test]
#[ignore = "needs redis-server"]
fn a_replica_copies_what_was_restored() {
    let world = World::new();
    world.start("redis-0", "--appendonly yes");
    let port = std::fs::read_to_string(world.path("pods/redis-0/port")).expect("a port");
    world.start("redis-1", &format!("--appendonly yes --replicaof 127.0.0.1 {port}"));
    world.fill("redis-0", 500);
    world.wait(|| world.ask("redis-1", &["DBSIZE"]) == "500");
    world.runs(&script("backup-rdb", LOG), &["--backup-dir", "backups"]);
    world.ask("redis-0", &["FLUSHALL"]);
    let folder = world.backup().display().to_string();
    let told = world.runs(&script("restore", LOG), &["--file", &folder, "--yes"]);
    assert_eq!(world.ask("redis-1", &["DBSIZE"]), "500", "{told}");
    let told = world.runs(&script("lag", LOG), &[]);
    assert!(told.contains("redis-1: 0 bytes and"), "{told}");
}

#[test]
#[ignore = "needs redis-server"]
fn a_slow_snapshot_is_waited_for() {
    let world = World::new();
    world.start("redis-0", "--appendonly no --save '' --rdb-key-save-delay 4000");
    world.fill("redis-0", 1000);
    // An older snapshot lies there, which must not be taken for the new one.
    std::fs::write(world.path("vol/redis-0/dump.rdb"), b"REDIS0009 of yesterday").expect("a file");
    let told = world.runs(&script("backup-rdb", NO_LOG), &["--backup-dir", "backups"]);
    assert!(told.contains("1000 keys"), "{told}");
    assert!(world.calls().matches("info persistence").count() > 3, "it did not wait");
}

#[test]
#[ignore = "needs redis-server"]
fn a_snapshot_that_fails_makes_no_backup() {
    let world = World::new();
    world.start("redis-0", "--appendonly no --save ''");
    world.fill("redis-0", 10);
    // The server cannot write there.
    world.ask("redis-0", &["CONFIG", "SET", "dbfilename", "dump.rdb"]);
    std::fs::create_dir(world.path("vol/redis-0/dump.rdb")).expect("a folder in its way");
    let output = world.run(&script("backup-rdb", NO_LOG), &["--backup-dir", "backups"]);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("could not take a snapshot") && told.contains("failed: take it and verify it"), "{told}");
    assert!(told.contains("is no backup") && !told.contains("backup: "), "{told}");
    assert!(world.backup().display().to_string().ends_with(".unverified"));
}

/// A script that must leave with this code, and say these words.
fn leaves(world: &World, procedure: &str, arguments: &[&str], code: i32, words: &[&str]) -> String {
    let output = world.run(&script(procedure, LOG), arguments);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
    said
}

/// A master and a replica that follows in step.
fn pair(settings: &str) -> World {
    let world = World::new();
    world.start("redis-0", settings);
    let port = std::fs::read_to_string(world.path("pods/redis-0/port")).expect("a port");
    world.start("redis-1", &format!("{settings} --replicaof 127.0.0.1 {port}"));
    world.wait(|| world.ask("redis-1", &["INFO", "replication"]).contains("master_link_status:up"));
    world
}

#[test]
#[ignore = "needs redis-server"]
fn health_and_lag_say_with_1_what_is_wrong() {
    let world = pair("--appendonly yes");
    leaves(
        &world,
        "health",
        &[],
        0,
        &["ok: redis-0 is master, Redis", "ok: redis-1 is slave", "the master is redis-0"],
    );
    leaves(&world, "lag", &[], 0, &["redis-1: 0 bytes and"]);
    leaves(&world, "role", &[], 0, &["master", "slave"]);
    leaves(
        &world,
        "replication-info",
        &[],
        0,
        &["redis-0: master, 1 replicas", "redis-1: replica of 127.0.0.1, link up"],
    );
    // Nobody is there.
    world.ask("redis-1", &["REPLICAOF", "127.0.0.1", "1"]);
    leaves(&world, "health", &[], 1, &["BAD: redis-1 has no link to its master 127.0.0.1"]);
    leaves(&world, "lag", &[], 1, &["BAD: redis-1 has no link to its master"]);
    leaves(&world, "replication-info", &[], 1, &["BAD: redis-1 has no link to its master"]);
    // Promoted by hand, while the old master lives.
    world.ask("redis-1", &["REPLICAOF", "NO", "ONE"]);
    leaves(&world, "health", &[], 1, &["BAD: more than one pod is master: redis-0 redis-1"]);
    leaves(&world, "lag", &[], 2, &["more than one pod says that it is master: redis-0 redis-1. Say which with --pod"]);
    let port = std::fs::read_to_string(world.path("pods/redis-1/port")).expect("a port");
    world.ask("redis-0", &["REPLICAOF", "127.0.0.1", &port]);
    world.wait(|| world.ask("redis-0", &["INFO", "replication"]).contains("master_link_status:up"));
    leaves(&world, "health", &[], 1, &["BAD: the master is redis-1, but the values declare redis-0"]);
    // Procedures follow it.
    leaves(&world, "info", &["--section", "replication"], 0, &["role:master"]);
    assert!(!world.calls().contains(PASSWORD));
}

#[test]
#[ignore = "needs redis-server"]
fn what_looks_at_a_server_ends_and_shows_no_password() {
    let world = pair("--appendonly yes");
    world.fill("redis-0", 50);
    for (procedure, arguments, words) in [
        ("memory", &[][..], "used_memory_human:"),
        ("clients", &[], "redis-0: "),
        ("slowlog", &["--count", "2"], "redis-1:"),
        ("bigkeys", &["--seconds", "20"], "Biggest string found"),
        ("latency", &["--seconds", "1"], "mean"),
        ("keys", &["--pattern", "key:7", "--count", "5"], "key:7"),
        ("config", &[], "requirepass (set)"),
        ("command", &["--command", "dbsize"], "50"),
        ("monitor", &["--seconds", "1"], "OK"),
        ("lastsave", &[], "s ago"),
        ("version", &[], "redis-1: Redis "),
        ("bgsave", &[], "ok: redis-0 has a new snapshot"),
        ("aof-rewrite", &[], "ok: the log of redis-0 has"),
    ] {
        let said = leaves(&world, procedure, arguments, 0, &[words]);
        assert!(!said.contains(PASSWORD), "{procedure}: {said}");
    }
    assert!(!world.calls().contains(PASSWORD));
}

#[test]
#[ignore = "needs redis-server"]
fn settings_are_kept_without_passwords_and_what_differs_is_values() {
    let world = World::new();
    world.start("redis-0", "--maxmemory 64mb");
    leaves(&world, "backup-config", &["--backup-dir", "backups"], 0, &["ok: ", "backup: "]);
    let file = world.backup().join("redis.conf");
    let text = std::fs::read_to_string(&file).expect("a file");
    assert!(text.contains("maxmemory 67108864\n") && !text.contains("requirepass") && !text.contains("pass"), "{text}");
    world.ask("redis-0", &["CONFIG", "SET", "maxmemory", "32mb"]);
    let said = leaves(&world, "restore-config", &["--file", &file.display().to_string()], 0, &[]);
    assert!(said.contains("redis:\n  settings:\n    maxmemory: '67108864'\n"), "{said}");
    assert_eq!(said.matches("    ").count(), 1, "{said}");
}

#[test]
#[ignore = "needs redis-server"]
fn a_full_disk_is_told_before_anything_is_copied() {
    let world = World::new();
    world.start("redis-0", "--appendonly yes");
    world.fill("redis-0", 10);
    world.program("bin/df", "#!/bin/sh\necho Filesystem\necho '/dev/x 100 100 0 100% /'\n");
    let words = ["the volume of redis-0 has 0 KiB free", "a snapshot needs about", "is no backup"];
    leaves(&world, "backup-rdb", &["--backup-dir", "backups"], 2, &words);
    assert!(!world.calls().contains("bgsave"), "{}", world.calls());
    std::fs::write(world.path("dump.rdb"), "REDIS0009").expect("a file");
    let words =
        ["KiB free at", "failed: copy the files onto the volume", "now: no pod runs; the data of before are untouched"];
    leaves(&world, "restore", &["--file", "dump.rdb", "--yes"], 2, &words);
}

#[test]
#[ignore = "needs redis-server"]
fn a_kubectl_that_fails_half_way_leaves_no_backup_and_says_where_things_are() {
    let world = World::new();
    world.start("redis-0", "--appendonly yes");
    world.fill("redis-0", 10);
    let lost = "error: unable to upgrade connection: connection reset by peer";
    std::fs::write(world.path("state/fail"), format!("* -- cat *\n{lost}\n")).expect("a file");
    leaves(&world, "backup-rdb", &["--backup-dir", "backups"], 2, &[lost, "copying", "failed: take it and verify it"]);
    assert!(world.backup().display().to_string().ends_with(".unverified"));
    std::fs::remove_file(world.path("state/fail")).expect("a file");
    std::fs::remove_dir_all(world.path("backups")).expect("a folder");
    leaves(&world, "backup-rdb", &["--backup-dir", "backups"], 0, &["backup: "]);
    // The servers are stopped, and the helper cannot be made.
    let denied = "Error from server (Forbidden): pods is forbidden";
    std::fs::write(world.path("state/fail"), format!("* apply *\n{denied}\n")).expect("a file");
    let folder = world.backup().display().to_string();
    let words = [denied, "now: no pod runs; the data of before are untouched", "scale statefulset redis --replicas=3"];
    leaves(&world, "restore", &["--file", &folder, "--yes"], 2, &words);
    // The same script again goes on from there.
    std::fs::remove_file(world.path("state/fail")).expect("a file");
    let output = world
        .run(&script("restore", "redis.existingSecret=auth,redis.secretKeyName=key"), &["--file", &folder, "--yes"]);
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(world.ask("redis-0", &["DBSIZE"]), "10");
}

#[test]
#[ignore = "needs redis-server"]
fn a_snapshot_that_the_image_cannot_read_is_refused_before_the_old_data_are_touched() {
    let world = World::new();
    world.start("redis-0", "--appendonly yes");
    world.fill("redis-0", 10);
    // Redis 7.0 reads version 10.
    std::fs::write(world.path("newer.rdb"), b"REDIS0099\xfa\x09redis-ver\x059.9.9\xff").expect("a file");
    let words = ["redis-check-rdb does not pass newer.rdb", "the data of before are untouched"];
    leaves(&world, "restore", &["--file", "newer.rdb", "--yes"], 2, &words);
    world.runs("kubectl -n prod scale statefulset redis --replicas=1", &[]);
    world.wait(|| world.ask("redis-0", &["DBSIZE"]) == "10");
}

#[test]
#[ignore = "needs redis-server"]
fn a_stored_backup_is_verified_again_and_one_that_has_rotted_is_found() {
    let world = World::new();
    world.start("redis-0", "--appendonly yes");
    world.fill("redis-0", 10);
    leaves(
        &world,
        "backup",
        &["--backup-dir", "backups"],
        0,
        &["ok: redis-check-rdb passes", "ok: redis-check-aof passes"],
    );
    let folder = world.backup();
    let name = folder.display().to_string();
    for kind in ["rdb", "aof"] {
        leaves(&world, "verify-backup", &["--file", &name, "--kind", kind], 0, &["is well"]);
    }
    leaves(&world, "list-backups", &["--backup-dir", "backups"], 0, &["kind=full"]);
    leaves(&world, "disaster-recovery", &["--backup-dir", "backups"], 0, &["--file backups/prod/redis/"]);
    let file = folder.join("dump.rdb");
    let mut bytes = std::fs::read(&file).expect("a file");
    bytes[20] ^= 1;
    std::fs::write(&file, &bytes).expect("a file");
    leaves(&world, "verify-backup", &["--file", &name], 2, &["dump.rdb has changed since it was verified"]);
    leaves(&world, "list-backups", &["--backup-dir", "backups"], 1, &["is not what was verified"]);
    let file = file.display().to_string();
    leaves(&world, "verify-backup", &["--file", &file], 2, &["redis-check-rdb does not pass"]);
}

#[test]
#[ignore = "needs redis-server"]
fn one_release_that_cannot_be_backed_up_keeps_no_other_from_it() {
    let world = World::new();
    world.start("redis-0", "--appendonly yes");
    world.fill("redis-0", 10);
    let words = ["backup: backups/prod/redis/", "BAD: other/gone was not backed up"];
    leaves(&world, "backup-all-namespaces", &["--backup-dir", "backups"], 1, &words);
}
