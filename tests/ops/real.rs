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
