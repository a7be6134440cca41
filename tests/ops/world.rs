//! A namespace without a cluster: servers of this machine, and a `kubectl` that knows them.
//!
//! In: scripts as they are generated. Out: what they did to real servers. `exec` runs what stands behind `--` with the
//! environment of the pod, `scale` stops and starts servers, `apply` makes the helper pod, `get` answers what it is asked
//! for. Every word that it was called with is written down, so that no password can be among them.

use super::found;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A password that no shell and no redis.conf leaves as it is.
pub const PASSWORD: &str = "it's a $(pass) \"word\"";

/// Scripts here are for this release.
pub const NAMESPACE: &str = "prod";

/// A folder with pods in it: `pods/NAME/{port,password,start,pid}`, and their volumes: `vol/NAME`.
pub struct World {
    folder: tempfile::TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        for pod in std::fs::read_dir(self.path("pods")).into_iter().flatten().flatten() {
            if let Ok(pid) = std::fs::read_to_string(pod.path().join("pid")) {
                // Pods without a server have no number there.
                if pid.trim().parse::<u32>().is_ok() {
                    let _ = Command::new("kill").arg("-9").arg(pid.trim()).status();
                }
            }
        }
    }
}

impl World {
    pub fn new() -> World {
        let world = World { folder: tempfile::tempdir().expect("a folder") };
        for folder in ["bin", "pods", "vol", "state"] {
            std::fs::create_dir(world.path(folder)).expect("a folder");
        }
        for (name, text) in [("kubectl", include_str!("kubectl")), ("timeout", TIMEOUT)] {
            world.program(&format!("bin/{name}"), text);
        }
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn program(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o755)).expect("rights");
    }

    /// Starts the server of a pod, of the `redis-server` in this folder; from now on `scale` does.
    pub fn start(&self, pod: &str, arguments: &str) {
        self.start_of(&found("redis-server"), pod, arguments);
    }

    pub fn start_of(&self, server: &Path, pod: &str, arguments: &str) {
        let data = self.path("vol").join(pod);
        std::fs::create_dir_all(&data).expect("a folder");
        let own = self.path("pods").join(pod);
        std::fs::create_dir_all(&own).expect("a folder");
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = free.expect("a port").port();
        std::fs::write(own.join("port"), port.to_string()).expect("a file");
        std::fs::write(own.join("password"), PASSWORD).expect("a file");
        let quoted = PASSWORD.replace('\'', "'\\''");
        self.program(
            &format!("pods/{pod}/start"),
            &format!(
                "#!/bin/sh\nexec {} --port {port} --dir {} --pidfile {}/pid --daemonize yes --requirepass '{quoted}' --masterauth '{quoted}' {arguments} > {}/log\n",
                server.display(),
                data.display(),
                own.display(),
                own.display()
            ),
        );
        std::fs::write(self.path("state/replicas"), self.count().to_string()).expect("a file");
        assert!(Command::new(own.join("start")).status().expect("a server").success());
        self.wait(|| self.ask(pod, &["PING"]) == "PONG");
    }

    /// A pod without a server.
    pub fn pod(&self, name: &str, port: &str) {
        std::fs::create_dir_all(self.path("pods").join(name)).expect("a folder");
        for (file, text) in [("pid", ""), ("port", port), ("password", "x")] {
            std::fs::write(self.path("pods").join(name).join(file), text).expect("a file");
        }
        std::fs::write(self.path("state/replicas"), self.count().to_string()).expect("a file");
    }

    fn count(&self) -> usize {
        std::fs::read_dir(self.path("pods")).expect("a folder").count()
    }

    /// What the server of a pod says.
    pub fn ask(&self, pod: &str, words: &[&str]) -> String {
        let port = std::fs::read_to_string(self.path("pods").join(pod).join("port")).expect("a port");
        let mut command = Command::new(found("redis-cli"));
        command.args(["-p", port.trim()]).args(words).env("REDISCLI_AUTH", PASSWORD);
        String::from_utf8_lossy(&command.output().expect("an answer").stdout).trim().to_owned()
    }

    /// Fills a pod with keys.
    pub fn fill(&self, pod: &str, count: usize) {
        let script = format!("for i=1,{count} do redis.call('set','key:'..i,string.rep(tostring(i),10)) end return 1");
        assert_eq!(self.ask(pod, &["EVAL", &script, "0"]), "1");
    }

    /// Runs a script with arguments.
    pub fn run(&self, script: &str, arguments: &[&str]) -> Output {
        self.run_with(script, arguments, &[])
    }

    pub fn run_with(&self, script: &str, arguments: &[&str], env: &[(&str, &str)]) -> Output {
        let file = self.path("script.sh");
        std::fs::write(&file, script).expect("a file");
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").expect("a path"));
        let mut command = Command::new("sh");
        command.arg(&file).args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("PATH", path).env("WORLD", self.folder.path()).envs(env.iter().copied());
        command.output().expect("a shell")
    }

    /// Runs it, and it must be well.
    pub fn runs(&self, script: &str, arguments: &[&str]) -> String {
        let output = self.run(script, arguments);
        assert!(output.status.success(), "{}", told(&output));
        told(&output)
    }

    /// What kubectl was called with.
    pub fn calls(&self) -> String {
        std::fs::read_to_string(self.path("calls")).unwrap_or_default()
    }

    pub fn wait(&self, is_so: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(60);
        while !is_so() {
            assert!(Instant::now() < end, "it did not come to pass in 60 s");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The only backup of the release.
    pub fn backup(&self) -> PathBuf {
        let folder = self.path("backups").join(NAMESPACE).join("redis");
        let found: Vec<PathBuf> =
            std::fs::read_dir(folder).expect("backups").map(|one| one.expect("one").path()).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }
}

/// What a script said, on both ways, and how it left.
pub fn told(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}[{}]", text(&output.stdout), text(&output.stderr), output.status.code().unwrap_or(-1))
}

/// Containers have the program of busybox or coreutils; this one is that of this machine.
const TIMEOUT: &str = "#!/bin/sh\nPATH=${PATH#*:} exec timeout \"$@\"\n";
