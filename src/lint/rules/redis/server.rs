//! The Redis servers that a case runs: which containers they are, and the redis.conf that each reads.
//!
//! In: a [`Case`]. Out: its [`Server`]s. Any chart counts: a container is a server by its image and by what it starts;
//! its redis.conf comes from ConfigMaps and Secrets that the pod mounts (an init container may copy them first), and
//! from the words behind `redis-server`. What a script sets at run time is not known: [`Server::is_left_open`] says
//! of a directive whether some script of the pod names it.

use super::shell;
use crate::lint::rules::objects::{Container, Workload, items, key, text};
use crate::lint::{Case, Object};
use crate::path::Step;
use crate::redis_server::{Conf, Version};
use crate::source::lossy;
use crate::value::{Data, Node};
use base64::Engine;
use std::cell::OnceCell;

/// A container that runs a Redis server.
pub(super) struct Server<'c> {
    pub(super) case: &'c Case,
    pub(super) workload: &'c Workload,
    pub(super) container: &'c Container,
    /// The release line, where the tag names one of Redis.
    pub(super) version: Option<Version>,
    /// The files that it may read, the main one first.
    pub(super) files: Vec<File<'c>>,
    /// What stands behind `redis-server` and the file, and the way to each.
    pub(super) arguments: Vec<(String, Vec<Step>)>,
    /// The main file and the arguments together.
    pub(super) conf: Conf,
    /// Whether it is started with this file, by words of the manifest: no script of the image rewrites it first.
    pub(super) is_direct: bool,
    /// Commands, arguments, hooks, probes and variables of the pod, and the scripts that it mounts.
    pub(super) scripts: Vec<String>,
    /// What they hold outside of comments, in lower case, once that was asked for.
    code: OnceCell<String>,
}

/// A redis.conf in a ConfigMap or a Secret.
pub(super) struct File<'c> {
    pub(super) object: &'c Object,
    /// The way to its text.
    pub(super) path: Vec<Step>,
    pub(super) text: String,
    pub(super) conf: Conf,
    /// Whether it is the file that the server is started with.
    pub(super) is_main: bool,
}

/// The servers of a case.
pub(super) fn servers(case: &Case) -> Vec<Server<'_>> {
    let workloads = case.facts().workloads.iter().filter(|workload| !workload.is_short_lived());
    workloads.flat_map(|workload| workload.mains().filter_map(move |main| server(case, workload, main))).collect()
}

/// Images whose server is Redis, or takes its redis.conf.
const IMAGES: [&str; 7] =
    ["redis", "valkey", "redis-stack", "redis-stack-server", "redis-cluster", "valkey-cluster", "redislabs"];

/// The name of an image without registry and folder, and its tag.
pub(super) fn image_name(image: &str) -> (&str, Option<&str>) {
    let image = image.split('@').next().unwrap_or_default();
    let last = image.rsplit('/').next().unwrap_or_default();
    match last.split_once(':') {
        Some((name, tag)) => (name, Some(tag)),
        None => (last, None),
    }
}

fn server<'c>(case: &'c Case, workload: &'c Workload, container: &'c Container) -> Option<Server<'c>> {
    let (image, tag) = image_name(text(&container.node, "image")?);
    if !IMAGES.contains(&image) {
        return None;
    }
    let words = started_with(container);
    let starts = words.iter().find_map(|(word, _)| program(word));
    let is_sentinel = words.iter().any(|(word, _)| word.contains("sentinel")) || container.name.contains("sentinel");
    let declares =
        container.ports().any(|port| port.number == 6379.0 || port.name == "redis" || port.name == "tcp-redis");
    let is_client = words.iter().any(|(word, _)| word.contains("redis-cli") && !word.contains("redis-server"));
    if starts != Some(true)
        && (is_sentinel || (is_client && !declares) || !(declares || words.is_empty() || is_plain(&words)))
    {
        return None;
    }
    if is_sentinel && starts == Some(true) && words.iter().any(|(word, _)| word == "--sentinel") {
        return None;
    }
    let (path, arguments) = arguments(&words);
    // Words of a list are read as they are; a script may set what it likes.
    let is_listed = is_plain(&words) || words.iter().any(|(word, _)| is_program(word));
    let mut files = files(case, workload, path.as_deref());
    files.sort_by_key(|file| !file.is_main);
    let mut conf = Conf { ends_in_newline: true, ..Conf::default() };
    for file in files.iter().filter(|file| file.is_main) {
        conf.directives.extend(file.conf.directives.iter().cloned());
    }
    conf.add_arguments(arguments.iter().map(|(word, _)| word.as_str()));
    Some(Server {
        case,
        workload,
        container,
        version: tag.filter(|_| image.starts_with("redis") && image != "redis-stack").and_then(Version::parse),
        files,
        arguments,
        conf,
        is_direct: path.is_some_and(|path| !path.contains('$'))
            && words
                .iter()
                .any(|(word, _)| word.ends_with("redis-server") || word.ends_with("valkey-server") || is_plain(&words)),
        scripts: scripts(case, workload, is_listed.then_some(container)),
        code: OnceCell::new(),
    })
}

/// The words that a container starts with, and the way to each.
fn started_with(container: &Container) -> Vec<(String, Vec<Step>)> {
    let words = ["command", "args"].into_iter().flat_map(|field| {
        let nodes = items(&container.node, field).iter().enumerate();
        nodes.filter_map(move |(index, node)| {
            // An empty word is one: `--save ''`.
            Some((node.as_text()?.into_owned(), container.way(&format!("{field}.{index}"))))
        })
    });
    words.collect()
}

/// Whether a word is the server's program.
fn is_program(word: &str) -> bool {
    word.rsplit('/').next().is_some_and(|last| last == "redis-server" || last == "valkey-server")
}

/// Whether a word starts a server, by itself or in a script.
fn program(word: &str) -> Option<bool> {
    let names = ["redis-server", "valkey-server"];
    names.iter().any(|name| word.contains(name)).then_some(true)
}

/// Without a command the image's own entry point starts the server with these arguments.
fn is_plain(words: &[(String, Vec<Step>)]) -> bool {
    words.first().is_some_and(|(word, _)| word.starts_with("--") || word.ends_with(".conf"))
}

/// The file and the arguments of the server.
fn arguments(words: &[(String, Vec<Step>)]) -> (Option<String>, Vec<(String, Vec<Step>)>) {
    let mut rest: Vec<(String, Vec<Step>)> = match words.iter().position(|(word, _)| is_program(word)) {
        Some(index) => words.iter().skip(index + 1).cloned().collect(),
        None if is_plain(words) => words.to_vec(),
        None => {
            let script = words.iter().find(|(word, _)| program(word).is_some());
            let words = script.map(|(text, way)| {
                shell::words_behind(text, &["redis-server", "valkey-server"])
                    .into_iter()
                    .map(|word| (word, way.clone()))
                    .collect()
            });
            words.unwrap_or_default()
        }
    };
    let has_file = rest.first().is_some_and(|(word, _)| !word.starts_with("--") && !word.starts_with('$'));
    let path = has_file.then(|| rest.remove(0).0);
    (path, rest)
}

/// The ConfigMaps and Secrets of the case that a pod mounts.
fn mounted<'c>(case: &'c Case, workload: &'c Workload) -> Vec<&'c Object> {
    let namespace = case.namespace_of(&workload.object);
    let mut found: Vec<&Object> = Vec::new();
    for volume in items(&workload.spec, "volumes") {
        let projected = items(volume, "projected.sources").iter();
        for source in std::iter::once(volume).chain(projected) {
            let names = [
                ("ConfigMap", text(source, "configMap.name")),
                ("Secret", text(source, "secret.secretName").or_else(|| text(source, "secret.name"))),
            ];
            for (kind, name) in names {
                let Some(name) = name else { continue };
                found.extend(case.facts().named(case, kind, namespace, name));
            }
        }
    }
    found.dedup_by_key(|object| object.document);
    found
}

/// The texts of a ConfigMap or Secret, with the way to each.
fn texts(object: &Object) -> Vec<(&str, String, Vec<Step>)> {
    let mut found = Vec::new();
    for field in ["data", "stringData"] {
        let entries = object.node.get(field).and_then(Node::as_map).into_iter().flatten();
        for (name, node) in entries {
            let (Some(name), Data::Str(text)) = (name.to_utf8(), &node.data) else { continue };
            let text = text.to_text().into_owned();
            let text = match (object.kind(), field) {
                ("Secret", "data") => match base64::engine::general_purpose::STANDARD.decode(text.trim()) {
                    Ok(bytes) => lossy(&bytes).into_owned(),
                    Err(_) => continue,
                },
                _ => text,
            };
            found.push((name, text, key(&[Step::Key(field.to_owned())], name)));
        }
    }
    found
}

/// Names of files that are a redis.conf, or a part of one.
fn is_conf(name: &str) -> bool {
    let known = ["redis", "valkey", "master", "replica", "slave", "primary"];
    name.ends_with(".conf") && known.iter().any(|part| name.contains(part)) && !name.contains("sentinel")
}

fn files<'c>(case: &'c Case, workload: &'c Workload, started: Option<&str>) -> Vec<File<'c>> {
    let started = started.and_then(|path| path.rsplit('/').next()).unwrap_or("redis.conf");
    let mut found = Vec::new();
    for object in mounted(case, workload) {
        for (name, text, path) in texts(object) {
            if is_conf(name) || name == started {
                let conf = Conf::read(&text);
                let is_main = name == started || matches!(name, "redis.conf" | "valkey.conf");
                found.push(File { object, path, text, conf, is_main });
            }
        }
    }
    if let [only] = found.as_mut_slice() {
        only.is_main = true;
    }
    found
}

/// Every text of the pod in which a script may set something, and the names of its variables.
fn scripts(case: &Case, workload: &Workload, listed: Option<&Container>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for container in &workload.containers {
        found.extend(items(&container.node, "env").iter().filter_map(|entry| Some(text(entry, "name")?.to_owned())));
        for field in ["command", "args", "lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
            if matches!(field, "command" | "args") && listed.is_some_and(|listed| std::ptr::eq(listed, container)) {
                continue;
            }
            let mut waiting: Vec<&Node> = container.node.get(field).into_iter().collect();
            while let Some(node) = waiting.pop() {
                match &node.data {
                    Data::Str(text) => found.push(text.to_text().into_owned()),
                    Data::List(nodes) => waiting.extend(nodes.iter()),
                    Data::Map(entries) => waiting.extend(entries.values()),
                    _ => {}
                }
            }
        }
    }
    for object in mounted(case, workload).into_iter().filter(|object| object.kind() == "ConfigMap") {
        found.extend(texts(object).into_iter().filter(|(name, ..)| !is_conf(name)).map(|(_, text, _)| text));
    }
    found
}

/// What lies under a path of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Volume {
    /// A claim of each pod's own.
    OwnClaim,
    /// One claim for every pod of the workload.
    SharedClaim,
    /// Gone with the pod.
    EmptyDir,
    /// Something else that is mounted.
    Other,
}

/// Where a file of the container comes from.
pub(super) enum Source {
    /// No volume covers its path.
    Image,
    /// A ConfigMap or Secret of the case is mounted there, and has no such key.
    Missing(String),
    /// It is there, or something may put it there.
    Unknown,
}

impl Server<'_> {
    /// Where a file comes from.
    pub(super) fn source_of(&self, path: &str) -> Source {
        let mounts = items(&self.container.node, "volumeMounts").iter().filter_map(|mount| {
            let at = text(mount, "mountPath")?.trim_end_matches('/');
            let rest = path.strip_prefix(at).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
            Some((at.len(), rest.trim_start_matches('/'), mount))
        });
        let Some((_, rest, mount)) = mounts.max_by_key(|(length, ..)| *length) else { return Source::Image };
        if mount.get("subPath").is_some() || mount.get("subPathExpr").is_some() || rest.contains('/') {
            return Source::Unknown;
        }
        let name = text(mount, "name");
        let volume = items(&self.workload.spec, "volumes").iter().find(|volume| text(volume, "name") == name);
        let Some(volume) = volume else { return Source::Unknown };
        let named = [
            ("ConfigMap", text(volume, "configMap.name"), "configMap.items"),
            ("Secret", text(volume, "secret.secretName"), "secret.items"),
        ];
        let namespace = self.case.namespace_of(&self.workload.object);
        for (kind, name, list) in named {
            let object = name.and_then(|name| self.case.facts().named(self.case, kind, namespace, name));
            let Some(object) = object.filter(|_| items(volume, list).is_empty()) else { continue };
            let has = ["data", "stringData", "binaryData"]
                .iter()
                .any(|field| object.node.get(field).is_some_and(|entries| entries.get(rest).is_some()));
            return if has { Source::Unknown } else { Source::Missing(format!("{kind} `{}`", object.name())) };
        }
        Source::Unknown
    }

    /// What a directive is set to in the file or the arguments; a value with a shell's variable in it is unknown.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.conf.value(name).filter(|value| !value.contains('$'))
    }

    /// Whether a script of the pod names a directive, so that its value is not known.
    pub(super) fn is_left_open(&self, name: &str) -> bool {
        let in_value = self.conf.value(name).is_some_and(|value| value.contains('$'));
        in_value || self.scripts.iter().any(|script| shell::names(script, name))
    }

    /// Whether a script of the pod holds this text outside of comments, in any case.
    pub(super) fn mentions(&self, text: &str) -> bool {
        let code = self.code.get_or_init(|| {
            let code = |line: &'_ str| line.split(" #").next().unwrap_or_default().trim_start().to_ascii_lowercase();
            let lines = self.scripts.iter().flat_map(|script| script.lines()).map(code);
            lines.filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")
        });
        memchr::memmem::find(code.as_bytes(), text.to_ascii_lowercase().as_bytes()).is_some()
    }

    /// Whether all that the server reads is known: there is a file, or there are arguments, or it starts with nothing.
    /// A file that is mounted from outside of the chart is not.
    pub(super) fn is_known(&self) -> bool {
        let known: Vec<&str> = self.files.iter().map(|file| file.object.name()).collect();
        let outside = items(&self.workload.spec, "volumes").iter().any(|volume| {
            let name = text(volume, "configMap.name");
            name.is_some_and(|name| {
                !known.contains(&name)
                    && self
                        .case
                        .facts()
                        .named(self.case, "ConfigMap", self.case.namespace_of(&self.workload.object), name)
                        .is_none()
            })
        });
        !outside
    }

    /// Snapshots or an append-only file: whether data are written to disk. `None` when a script may decide.
    pub(super) fn persists(&self) -> Option<bool> {
        let appends = self.value("appendonly").is_some_and(|value| value.eq_ignore_ascii_case("yes"));
        let saves = self.conf.saves().unwrap_or(true);
        let open = ["save", "appendonly"].iter().any(|name| self.is_left_open(name)) || !self.is_known();
        match appends || saves {
            true => Some(true),
            false if open || self.mentions("aof_enabled") => None,
            false => Some(false),
        }
    }

    /// Whether the environment tells the container to be a master, or a replica, as some images are told.
    pub(super) fn told_role(&self) -> Option<&str> {
        let mut env = items(&self.container.node, "env").iter();
        env.find(|entry| text(entry, "name").is_some_and(|name| name.ends_with("_REPLICATION_MODE")))
            .and_then(|entry| text(entry, "value"))
    }

    /// The folder that data are written to; `None` when it is not known.
    pub(super) fn data_folder(&self) -> Option<String> {
        let elsewhere = || self.files.iter().find_map(|file| file.conf.value("dir"));
        match self.value("dir").or_else(elsewhere) {
            Some(dir) if dir.starts_with('/') => Some(dir.trim_end_matches('/').to_owned()),
            Some(_) => None,
            None if self.is_left_open("dir") || !self.is_known() => None,
            None => self.is_official().then(|| "/data".to_owned()),
        }
    }

    /// Whether it is an image whose working folder is `/data`: those of the projects themselves.
    pub(super) fn is_official(&self) -> bool {
        let image = text(&self.container.node, "image").unwrap_or_default();
        let known = [
            "redis",
            "valkey",
            "docker.io/redis",
            "docker.io/library/redis",
            "library/redis",
            "valkey/valkey",
            "docker.io/valkey/valkey",
        ];
        let name = image.split('@').next().unwrap_or_default();
        let end =
            name.rfind(':').filter(|colon| name.rfind('/').is_none_or(|slash| slash < *colon)).unwrap_or(name.len());
        known.contains(&name.get(..end).unwrap_or_default())
    }

    /// What is mounted at a folder of the container, and the way to the mount.
    pub(super) fn volume_at(&self, folder: &str) -> Option<(Volume, Vec<Step>)> {
        let folder = format!("{}/", folder.trim_end_matches('/'));
        let mounts = items(&self.container.node, "volumeMounts").iter().enumerate();
        let (index, mount) = mounts
            .filter(|(_, mount)| {
                let path = text(mount, "mountPath").map(|path| format!("{}/", path.trim_end_matches('/')));
                path.is_some_and(|path| folder.starts_with(&path))
            })
            .max_by_key(|(_, mount)| text(mount, "mountPath").map_or(0, str::len))?;
        let way = self.container.way(&format!("volumeMounts.{index}"));
        Some((self.volume(text(mount, "name")?), way))
    }

    fn volume(&self, name: &str) -> Volume {
        let object = &self.workload.object.node;
        if items(object, "spec.volumeClaimTemplates").iter().any(|claim| text(claim, "metadata.name") == Some(name)) {
            return Volume::OwnClaim;
        }
        let volume = items(&self.workload.spec, "volumes").iter().find(|volume| text(volume, "name") == Some(name));
        match volume {
            Some(volume) if volume.get("persistentVolumeClaim").is_some() => Volume::SharedClaim,
            Some(volume) if volume.get("emptyDir").is_some() => Volume::EmptyDir,
            Some(volume) if volume.get("ephemeral").is_some() => Volume::EmptyDir,
            _ => Volume::Other,
        }
    }

    /// How many pods run at most: as many as an autoscaler may ask for.
    pub(super) fn most_pods(&self) -> f64 {
        let own = self.workload.replicas().unwrap_or(1.0);
        let scaler = self.case.facts().kind(self.case, "HorizontalPodAutoscaler").find(|scaler| {
            text(&scaler.node, "spec.scaleTargetRef.name") == Some(self.workload.object.name())
                && text(&scaler.node, "spec.scaleTargetRef.kind") == Some(self.workload.object.kind())
        });
        let most = scaler.and_then(|scaler| scaler.node.find("spec.maxReplicas")?.as_number());
        own.max(most.unwrap_or(0.0))
    }

    /// Whether the pods replicate from each other, form a cluster, or are watched by Sentinel.
    pub(super) fn is_joined(&self) -> bool {
        let words =
            ["replicaof", "slaveof", "sentinel", "cluster-enabled", "cluster_", "replication_mode", "--cluster"];
        let in_files = self
            .files
            .iter()
            .any(|file| file.conf.last("replicaof").is_some() || file.conf.is_on("cluster-enabled") == Some(true));
        in_files
            || self.conf.last("replicaof").is_some()
            || self.conf.is_on("cluster-enabled") == Some(true)
            || words.iter().any(|word| self.mentions(word))
    }

    /// Whether the pod runs Sentinel beside the server: which pod is the master is then decided at run time.
    pub(super) fn is_watched(&self) -> bool {
        self.workload.mains().any(|container| {
            let image = text(&container.node, "image").map_or("", |image| image_name(image).0);
            let words = started_with(container);
            image.contains("sentinel") || words.iter().any(|(word, _)| word.contains("sentinel"))
        })
    }

    /// Whether the container is given something that may be a password: a script that sets one has it from there.
    fn is_given_secrets(&self) -> bool {
        let named = items(&self.container.node, "env").iter().filter_map(|entry| text(entry, "name")).any(|name| {
            let name = name.to_ascii_lowercase();
            (name.contains("pass") || name.contains("auth")) && !name.contains("allow_empty")
        });
        let mounted = items(&self.workload.spec, "volumes").iter().any(|volume| {
            volume.get("secret").is_some() || volume.get("projected").is_some() || volume.get("csi").is_some()
        });
        named || mounted || !items(&self.container.node, "envFrom").is_empty()
    }

    /// Whether a password is asked for; `None` when that is decided at run time.
    pub(super) fn has_password(&self) -> Option<bool> {
        let set = self.files.iter().any(|file| has_password(&file.conf)) || has_password(&self.conf);
        let open = ["requirepass", "aclfile"].iter().any(|name| self.is_left_open(name)) && self.is_given_secrets();
        match (set, open) {
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) if self.is_given_secrets() && !self.is_official() => None,
            (false, false) if !self.is_known() => None,
            (false, false) => Some(false),
        }
    }

    /// Whether a password is asked for, or a script sets one from a variable.
    pub(super) fn may_ask_password(&self) -> bool {
        self.has_password() != Some(false) && (self.has_password() == Some(true) || self.is_left_open("requirepass"))
    }
}

fn has_password(conf: &Conf) -> bool {
    let users = conf.all("user").any(|user| user.arguments.iter().any(|word| word.text.starts_with(['>', '#'])));
    users || conf.value("requirepass").is_some_and(|value| !value.is_empty()) || conf.value("aclfile").is_some()
}
