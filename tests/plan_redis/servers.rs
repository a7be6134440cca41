//! The commands of plans, run on real servers.
//!
//! In: a plan's script. Out: what it did to servers of this machine. `kubectl` is a script here: `exec` runs what stands
//! behind `--` as the pod would, `scale` stops and starts servers, all else does nothing. It writes down every word that
//! it was called with, so that no password can be among them.

use super::{Shape, planned};
use chartwright::ops::runbook;
use chartwright::plan::{Plan, StrategyKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PASSWORD: &str = "it's a $(pass) \"word\"";

const KUBECTL: &str = r#"#!/bin/sh
set -eu
printf '%s\n' "$*" >> "$WORLD/calls"
verb=$1
shift
case $verb in
  exec)
    while [ "$1" != -- ]; do
      case $1 in
        -i) ;;
        -n) namespace=$2; shift ;;
        -c) shift ;;
        *) pod=$1 ;;
      esac
      shift
    done
    shift
    [ "$pod" != redis-restore ] || exec "$@"
    FAKE_PORT=$(cat "$WORLD/$namespace/$pod/port")
    export FAKE_PORT
    exec "$@"
    ;;
  scale)
    for word; do
      case $word in
        statefulset/*) set=${word#*/} ;;
        --replicas=*) count=${word#*=} ;;
      esac
    done
    for pod in "$WORLD/prod/$set"-*; do
      if [ "$count" = 0 ]; then kill "$(cat "$pod/pid")"; while [ -e "$pod/pid" ]; do sleep 0.1; done; else "$pod/start"; fi
    done
    ;;
  apply) [ -t 0 ] || cat > "$WORLD/applied" ;;
  *) ;;
esac
"#;

const REDIS_CLI: &str = r#"#!/bin/sh
before=
for word; do
  shift
  case $before,$word in
    -p,6379) word=$FAKE_PORT ;;
    127.0.0.1,6379) word=$(cat "$WORLD/prod/r-redis-0/port") ;;
  esac
  case $word in *.svc) word=127.0.0.1 ;; esac
  before=$word
  set -- "$@" "$word"
done
exec "$REAL_CLI" "$@"
"#;

/// A folder with servers in it.
struct World {
    folder: tempfile::TempDir,
    servers: Vec<Child>,
    ports: u16,
}

impl Drop for World {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
        // Those that the script has started again.
        for pod in ["prod/r-redis-0", "prod/r-replicas-0", "prod-green/r-redis-0"] {
            if let Ok(pid) = std::fs::read_to_string(self.path(pod).join("pid")) {
                let _ = Command::new("kill").arg("-9").arg(pid.trim()).status();
            }
        }
    }
}

fn found(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("a path");
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.exists())
        .expect("redis-server is installed")
}

impl World {
    fn new() -> World {
        let world = World { folder: tempfile::tempdir().expect("a folder"), servers: Vec::new(), ports: 0 };
        std::fs::create_dir(world.path("bin")).expect("a folder");
        for (name, text) in [("kubectl", KUBECTL), ("redis-cli", REDIS_CLI), ("helm", "#!/bin/sh\n")] {
            world.program(&format!("bin/{name}"), text);
        }
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o755)).expect("rights");
    }

    /// Starts the server of a pod.
    fn start(&mut self, pod: &str, arguments: &str) {
        let data = self.path(pod).join("data");
        std::fs::create_dir_all(&data).expect("a folder");
        self.ports += 1;
        let free =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        std::fs::write(self.path(pod).join("port"), free.to_string()).expect("a file");
        let quoted = PASSWORD.replace('\'', "'\\''");
        let line = format!(
            "#!/bin/sh\nexec {} --port {free} --dir {} --pidfile {} --daemonize yes --requirepass '{quoted}' --masterauth '{quoted}' {arguments} > {}\n",
            found("redis-server").display(),
            data.display(),
            self.path(pod).join("pid").display(),
            self.path(pod).join("log").display(),
        );
        self.program(&format!("{pod}/start"), &line);
        let status = Command::new(self.path(pod).join("start")).status().expect("a server");
        assert!(status.success());
        let end = Instant::now() + Duration::from_secs(20);
        while self.ask(pod, &["PING"]) != "PONG" {
            assert!(Instant::now() < end, "the server of {pod} does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What the server of a pod says.
    fn ask(&self, pod: &str, words: &[&str]) -> String {
        let port = std::fs::read_to_string(self.path(pod).join("port")).expect("a port");
        let mut command = Command::new(found("redis-cli"));
        command.args(["-p", port.trim()]).args(words).env("REDISCLI_AUTH", PASSWORD);
        let output = command.output().expect("an answer");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs a part of a plan's script in the folder.
    fn run(&self, plan: &Plan, part: &str) -> Output {
        let script = self.path("runbook.sh");
        std::fs::write(&script, runbook::script(plan).expect("a script")).expect("a file");
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").expect("a path"));
        let mut command = Command::new("sh");
        command.arg(&script).arg(part).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("PATH", path).env("WORLD", self.folder.path()).env("REAL_CLI", found("redis-cli"));
        command.env("YES", "1").env("REDIS_PASSWORD", PASSWORD);
        command.output().expect("a shell")
    }

    fn runs(&self, plan: &Plan, part: &str) -> String {
        let output = self.run(plan, part);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{part}:\n{}\n{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    fn calls(&self) -> String {
        std::fs::read_to_string(self.path("calls")).expect("calls")
    }
}

fn shape(world: &World, image: &'static str, replicas: u32) -> Shape {
    let data = world.path("prod/r-redis-0/data").display().to_string();
    Shape { image, conf: "appendonly yes\nsave \"\"\n", replicas, data, ..Shape::default() }
}

#[test]
#[ignore = "needs redis-server"]
fn checks_and_the_copy_work_on_a_real_master_and_its_replica() {
    let mut world = World::new();
    world.start("prod/r-redis-0", "--appendonly yes --save ''");
    let port = std::fs::read_to_string(world.path("prod/r-redis-0/port")).expect("a port");
    world.start("prod/r-replicas-0", &format!("--replicaof 127.0.0.1 {port}"));
    wait(|| world.ask("prod/r-replicas-0", &["INFO", "replication"]).contains("master_link_status:up"));
    world.ask("prod/r-redis-0", &["SET", "key", "value"]);
    let plan = planned(&shape(&world, "redis:7.0.5", 1), &shape(&world, "redis:7.0.15", 1));
    let told = world.runs(&plan, "before");
    assert!(told.contains("RDB looks OK!") && told.contains("db0:keys=1"), "{told}");
    let copy = std::fs::read(world.path("r-redis-0-before.rdb")).expect("a copy");
    assert!(copy.starts_with(b"REDIS00"));
    let told = world.runs(&plan, "after");
    assert!(told.contains("master_link_status:up") && told.contains("ok"), "{told}");
    assert!(!world.calls().contains(PASSWORD), "{}", world.calls());
    // A replica that lost its master is no good state.
    world.ask("prod/r-replicas-0", &["REPLICAOF", "127.0.0.1", "1"]);
    wait(|| world.ask("prod/r-replicas-0", &["INFO", "replication"]).contains("master_link_status:down"));
    assert!(!world.run(&plan, "before").status.success());
}

#[test]
#[ignore = "needs redis-server"]
fn a_copy_that_is_put_back_is_there_although_the_log_is_on() {
    let mut world = World::new();
    world.start("prod/r-redis-0", "--appendonly yes --save ''");
    world.ask("prod/r-redis-0", &["SET", "key", "value"]);
    let plan = planned(&shape(&world, "redis:7.4.1", 0), &shape(&world, "redis:7.0.15", 0));
    assert_eq!(plan.strategy.as_ref().map(|strategy| strategy.kind), Some(StrategyKind::DumpAndRestore));
    world.runs(&plan, "before");
    std::fs::rename(world.path("r-redis-0-before.rdb"), world.path("older.rdb")).expect("a copy");
    world.ask("prod/r-redis-0", &["FLUSHALL"]);
    world.ask("prod/r-redis-0", &["SET", "other", "1"]);
    world.runs(&plan, "upgrade");
    wait(|| world.ask("prod/r-redis-0", &["PING"]) == "PONG");
    assert_eq!(world.ask("prod/r-redis-0", &["KEYS", "*"]), "key");
    // It lives on, through the next start too.
    world.ask("prod/r-redis-0", &["SET", "more", "1"]);
    world.ask("prod/r-redis-0", &["SHUTDOWN", "NOSAVE"]);
    let start = world.path("prod/r-redis-0/start");
    wait(|| !world.path("prod/r-redis-0/pid").exists());
    assert!(Command::new(start).status().expect("a server").success());
    wait(|| world.ask("prod/r-redis-0", &["DBSIZE"]) == "2");
    assert!(!world.calls().contains(PASSWORD));
}

#[test]
#[ignore = "needs redis-server"]
fn a_second_release_takes_over_with_all_keys_and_the_first_can_be_gone_back_to() {
    let mut world = World::new();
    world.start("prod/r-redis-0", "--save ''");
    world.start("prod/r-replicas-0", "--save ''");
    world.start("prod-green/r-redis-0", "--save ''");
    for number in 0..100 {
        world.ask("prod/r-redis-0", &["SET", &format!("key:{number}"), "value"]);
    }
    let plan = planned(&shape(&world, "redis:6.2.7", 1), &shape(&world, "redis:7.0.15", 1));
    assert_eq!(plan.strategy.as_ref().map(|strategy| strategy.kind), Some(StrategyKind::BlueGreen));
    world.runs(&plan, "upgrade");
    assert_eq!(world.ask("prod-green/r-redis-0", &["DBSIZE"]), "100");
    assert_eq!(world.ask("prod-green/r-redis-0", &["SET", "new", "1"]), "OK");
    assert!(world.ask("prod/r-redis-0", &["SET", "late", "1"]).contains("NOREPLICAS"));
    world.runs(&plan, "rollback");
    assert_eq!(world.ask("prod/r-redis-0", &["SET", "late", "1"]), "OK");
    assert!(!world.calls().contains(PASSWORD));
}

#[test]
#[ignore = "needs shellcheck"]
fn every_script_is_clean() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("runbook.sh");
    let mut count = 0;
    for (old, new) in
        [("redis:6.2.7", "redis:7.0.15"), ("redis:7.4.1", "redis:7.0.15"), ("redis:7.0.5", "redis:7.0.15")]
    {
        for (replicas, secret, volume) in
            [(0, true, "claim"), (2, true, "claim"), (2, false, "claim"), (1, true, "empty")]
        {
            for conf in ["appendonly yes\n", "save \"\"\nrename-command CONFIG \"\"\nrequirepass x\n"] {
                let shape = |image| Shape { image, replicas, secret, volume, conf, ..Shape::default() };
                let plan = planned(&shape(old), &shape(new));
                std::fs::write(&file, runbook::script(&plan).expect("a script")).expect("a file");
                clean(&file);
                count += 1;
            }
        }
    }
    assert_eq!(count, 24);
}

fn clean(file: &Path) {
    let output = Command::new("shellcheck").arg(file).output().expect("shellcheck is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

fn wait(is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < end, "it did not come to pass in 30 s");
        std::thread::sleep(Duration::from_millis(100));
    }
}
