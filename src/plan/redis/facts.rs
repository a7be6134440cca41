//! The Redis of a side, as its manifests describe it.
//!
//! In: the objects of a [`Side`], of any chart. Out: [`Redis`]: which workloads run the server, of which version, with
//! which redis.conf, where its data lie, and how a command gets to it. What manifests do not say stays unknown.

use crate::manifest::Object;
use crate::plan::redis::auth::{self, Auth};
use crate::plan::{RedisFacts, Side, Topology};
use crate::redis_server::{Conf, Version};
use crate::source::lossy;
use crate::value::{Data, Node};
use base64::Engine;

/// The Redis of both sides.
pub(in crate::plan) struct Servers<'s> {
    /// Of the old side.
    pub old: Option<Redis<'s>>,
    /// Of the new side.
    pub new: Option<Redis<'s>>,
}

impl<'s> Servers<'s> {
    /// Looks for Redis on both sides.
    pub(in crate::plan) fn of(old: &'s Side, new: &'s Side) -> Self {
        Servers { old: Redis::of(old), new: Redis::of(new) }
    }

    /// Both, where both sides have one.
    pub(in crate::plan) fn both(&self) -> Option<(&Redis<'s>, &Redis<'s>)> {
        Some((self.old.as_ref()?, self.new.as_ref()?))
    }
}

/// The Redis of a side.
#[derive(Clone)]
pub(in crate::plan) struct Redis<'s> {
    /// What everybody may know.
    pub facts: RedisFacts,
    /// The release line, where the image's tag names one.
    pub line: Option<Version>,
    /// Its redis.conf with the program's arguments; `None` where no manifest holds it.
    pub conf: Option<Settings>,
    /// The namespace in which it runs.
    pub namespace: String,
    /// The workload of the master: of several the first.
    pub workload: &'s Object,
    /// Workloads of pods that only follow.
    pub followers: Vec<&'s Object>,
    /// How a command proves that it may.
    pub auth: Auth,
    /// Options that every redis-cli needs: port and TLS.
    pub cli: String,
    /// Where its data lie.
    pub data: DataFolder,
    /// Whether its own scripts keep a master without data from wiping its replicas.
    pub keeps_replicas: bool,
    /// How many other Redis the side has, which the plan says nothing of.
    pub others: usize,
}

/// A redis.conf of the manifests.
#[derive(Clone)]
pub(in crate::plan) struct Settings {
    /// What the file and the arguments say together.
    pub conf: Conf,
    /// The object with the file, and its key; `None` where arguments are all there is.
    pub file: Option<(crate::manifest::ObjectId, String)>,
}

/// Where a server keeps its data.
#[derive(Debug, Clone, Default)]
pub(in crate::plan) struct DataFolder {
    /// `dir`.
    pub path: String,
    /// `dbfilename`.
    pub dump: String,
    /// `appendfilename`.
    pub log: String,
    /// `appenddirname`.
    pub log_folder: String,
    /// The volume claims: one for each pod, or one for all.
    pub claims: Claims,
    /// The volume, or what makes the claims: what must stay the same for the data to be found again.
    pub template: String,
    /// Its folder on the volume.
    pub sub_path: String,
}

/// The volume claims of a workload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::plan) enum Claims {
    /// None.
    #[default]
    None,
    /// One for each pod, by the name of the template.
    EachPod(String),
    /// One for all.
    One(String),
}

impl DataFolder {
    /// The claim of a pod.
    pub(in crate::plan) fn claim(&self, pod: &str) -> Option<String> {
        match &self.claims {
            Claims::None => None,
            Claims::EachPod(name) => Some(format!("{name}-{pod}")),
            Claims::One(name) => Some(name.clone()),
        }
    }
}

/// Images whose server is Redis, or takes its redis.conf.
const IMAGES: [&str; 7] =
    ["redis", "valkey", "redis-stack", "redis-stack-server", "redis-cluster", "valkey-cluster", "redislabs"];

/// Kinds that run servers.
const WORKLOADS: [&str; 5] = ["StatefulSet", "Deployment", "DaemonSet", "ReplicaSet", "Pod"];

/// More pods than this are not spelled.
const MOST_PODS: usize = 100;

/// A workload with a container that runs the server.
struct Server<'s> {
    object: &'s Object,
    spec: &'s Node,
    container: &'s Node,
}

impl<'s> Redis<'s> {
    /// The Redis of a side; of several the first.
    pub(in crate::plan) fn of(side: &'s Side) -> Option<Self> {
        let mut servers: Vec<Server<'s>> = side.kept().filter_map(server).collect();
        let first = servers.first()?;
        let own = family(first.object);
        let all: std::collections::BTreeSet<_> = servers.iter().map(|server| family(server.object)).collect();
        servers.retain(|server| family(server.object) == own);
        let (followers, leaders): (Vec<_>, Vec<_>) = servers.iter().partition(|server| server.follows());
        let master = leaders.first().or(followers.first())?;
        let mut redis = master.read(side);
        redis.others = all.len().saturating_sub(1);
        redis.followers =
            followers.iter().filter(|one| one.object.id() != master.object.id()).map(|one| one.object).collect();
        redis.facts.replica_pods.extend(redis.followers.iter().flat_map(|object| pods(side, object)));
        let has_sentinel = |object: &Object| containers(object).iter().any(is_sentinel);
        if side.kept().any(|object| family(object) == own && has_sentinel(object)) {
            redis.facts.topology = Topology::Sentinel;
            redis.facts.master_pods.append(&mut redis.facts.replica_pods);
        } else if !redis.followers.is_empty() || master.follows() {
            redis.facts.topology = Topology::Replication;
        }
        redis.facts.service = service(side, &redis, master).unwrap_or_default();
        Some(redis)
    }

    /// A pod to ask, the master where that is known. Of a Deployment kubectl takes any pod.
    pub(in crate::plan) fn pod(&self) -> String {
        let first = self.facts.master_pods.first().or(self.facts.replica_pods.first());
        first.cloned().unwrap_or_else(|| format!("{}-0", self.workload.name()))
    }

    /// Every pod that runs the server.
    pub(in crate::plan) fn pods(&self) -> impl Iterator<Item = &str> {
        self.facts.master_pods.iter().chain(&self.facts.replica_pods).map(String::as_str)
    }

    /// Whether one pod is the master until somebody changes that.
    pub(in crate::plan) fn has_fixed_master(&self) -> bool {
        matches!(self.facts.topology, Topology::Standalone | Topology::Replication)
    }

    /// The workloads of all its pods.
    pub(in crate::plan) fn workloads(&self) -> impl Iterator<Item = &'s Object> {
        std::iter::once(self.workload).chain(self.followers.iter().copied())
    }

    /// What a command is called on this server; `None` where redis.conf takes it away.
    pub(in crate::plan) fn command(&self, name: &str) -> Option<String> {
        let conf = self.conf.as_ref().map(|settings| &settings.conf);
        let mut renamed = conf.into_iter().flat_map(|conf| conf.all("rename-command"));
        let line = renamed.find(|line| line.argument(0).is_some_and(|word| word.eq_ignore_ascii_case(name)));
        match line.map(|line| line.argument(1).unwrap_or_default()) {
            None => Some(name.to_owned()),
            Some("") => None,
            Some(other) => Some(crate::shell::in_double_quotes(other)),
        }
    }
}

impl<'s> Server<'s> {
    fn read(&self, side: &Side) -> Redis<'s> {
        let image = text(self.container, "image").unwrap_or_default();
        let (name, tag) = image_name(&image);
        let is_redis = name.starts_with("redis") && name != "redis-stack";
        let line = tag.filter(|_| is_redis).and_then(Version::parse);
        let conf = self.conf(side);
        let env = auth::env_of(self.container);
        let value =
            |name: &str| conf.as_ref().and_then(|settings| settings.conf.value(name)).filter(|v| !v.contains('$'));
        let named = |name: &str| env.iter().find(|(own, _)| own == name).and_then(|(_, source)| source.value());
        let tls = named("REDIS_TLS_ENABLED").is_some_and(|on| on == "yes")
            || value("tls-port").is_some_and(|port| port != "0" && value("port") == Some("0"));
        let port = self.port(&[
            named(if tls { "REDIS_TLS_PORT" } else { "REDIS_PORT" }),
            value(if tls { "tls-port" } else { "port" }),
        ]);
        let (auth, secret) = auth::find(side, self.spec, self.container, conf.as_ref().map(|c| &c.conf));
        let data = self.data(conf.as_ref().map(|c| &c.conf));
        let is_bitnami = image.contains("bitnami");
        // Without a file and with the plain image, the server's own defaults count: snapshots and no log. A file that
        // is not at hand may say anything.
        let is_open = match &conf {
            None => true,
            Some(settings) => settings.file.is_none() && (is_bitnami || self.mounts_unknown_files(side)),
        };
        let known = |value: Option<bool>, default: bool| value.or(if is_open { None } else { Some(default) });
        let rdb = known(conf.as_ref().and_then(|c| c.conf.saves()), true);
        let aof = known(conf.as_ref().and_then(|c| c.conf.is_on("appendonly")), false);
        let pods = pods(side, self.object);
        let is_replicated = self.replicates(side, &env, pods.len());
        let is_cluster =
            name.ends_with("-cluster") || conf.as_ref().is_some_and(|c| c.conf.is_on("cluster-enabled") == Some(true));
        let topology = match () {
            () if is_cluster => Topology::Cluster,
            () if is_replicated => Topology::Replication,
            () => Topology::Standalone,
        };
        let mut master_pods = pods;
        let mut replica_pods = Vec::new();
        if is_replicated && !is_cluster && master_pods.len() > 1 {
            let ordinal = named("REDIS_MASTER_ORDINAL").and_then(|ordinal| ordinal.parse::<usize>().ok()).unwrap_or(0);
            let chosen = master_pods.iter().position(|pod| *pod == format!("{}-{ordinal}", self.object.name()));
            let master = master_pods.remove(chosen.unwrap_or(0));
            replica_pods = std::mem::replace(&mut master_pods, vec![master]);
        }
        let container = text(self.container, "name").unwrap_or_default();
        let facts = RedisFacts {
            version: tag.filter(|_| line.is_some()).map(number).unwrap_or_default(),
            topology,
            rdb,
            aof,
            is_persistent: !data.template.is_empty(),
            master: Some(self.object.id()),
            master_pods,
            replica_pods,
            container,
            port,
            service: String::new(),
            auth: secret,
            tls,
        };
        let scripts = self.mounted(side).into_iter().filter(|file| file.kind == "ConfigMap");
        Redis {
            cli: auth::options(port, tls, |name| named(name).map(ToOwned::to_owned)),
            facts,
            line,
            conf,
            namespace: self.object.namespace_in(&side.namespace).to_owned(),
            workload: self.object,
            followers: Vec::new(),
            auth,
            data,
            keeps_replicas: scripts.into_iter().any(|file| file.text.contains("REDIS_ALLOW_EMPTY_MASTER")),
            others: 0,
        }
    }

    /// Whether its pods follow a master of another workload.
    fn follows(&self) -> bool {
        let env = auth::env_of(self.container);
        let mode = env.iter().find(|(name, _)| name == "REDIS_REPLICATION_MODE").and_then(|(_, source)| source.value());
        if let Some(mode) = mode {
            return mode == "slave" || mode == "replica";
        }
        let component = self.label("app.kubernetes.io/component").unwrap_or_default();
        ["replica", "replicas", "slave", "secondary", "read"].contains(&component.as_str())
    }

    fn label(&self, name: &str) -> Option<String> {
        Some(template(self.object).get("metadata")?.get("labels")?.get(name)?.as_text()?.into_owned())
    }

    /// Whether pods of this one workload follow each other.
    fn replicates(&self, side: &Side, env: &[(String, auth::Source)], pods: usize) -> bool {
        let mode = env.iter().find(|(name, _)| name == "REDIS_MODE").and_then(|(_, source)| source.value());
        if let Some(mode) = mode {
            return mode == "replica";
        }
        let says = |text: &str| {
            let code = text.lines().filter(|line| !line.trim_start().starts_with('#'));
            code.into_iter().any(|line| line.contains("replicaof") || line.contains("slaveof"))
        };
        let words = containers(self.object).iter().flat_map(|container| words(container)).any(|word| says(&word));
        words || pods > 1 && self.mounted(side).iter().any(|file| !file.is_conf() && says(&file.text))
    }

    fn port(&self, told: &[Option<&str>]) -> u16 {
        let told = told.iter().flatten().find_map(|text| text.parse::<u16>().ok().filter(|port| *port > 0));
        let ports = items(self.container, "ports").iter().filter_map(|port| {
            let number = port.get("containerPort")?.as_number()?;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within the bounds of a port
            let number = (1.0..65536.0).contains(&number).then_some(number as u16)?;
            Some((text(port, "name").unwrap_or_default(), number))
        });
        let mut ports = ports.filter(|(name, _)| name.is_empty() || name.contains("redis") || name.contains("tcp"));
        told.or_else(|| ports.next().map(|(_, number)| number)).unwrap_or(6379)
    }

    /// Files of ConfigMaps and Secrets that the pod mounts and that manifests hold.
    fn mounted<'o>(&self, side: &'o Side) -> Vec<File<'o>> {
        let mut found: Vec<File<'o>> = Vec::new();
        for (kind, name) in volume_sources(self.spec) {
            let Some(object) = side.find(kind, &name) else { continue };
            if found.iter().any(|file| file.object.id() == object.id()) {
                continue;
            }
            for field in ["data", "stringData"] {
                for (key, node) in object.node.get(field).and_then(Node::as_map).into_iter().flatten() {
                    let Data::Str(text) = &node.data else { continue };
                    let text = text.to_text().into_owned();
                    let text = match (kind, field) {
                        ("Secret", "data") => match base64::engine::general_purpose::STANDARD.decode(text.trim()) {
                            Ok(bytes) => lossy(&bytes).into_owned(),
                            Err(_) => continue,
                        },
                        _ => text,
                    };
                    found.push(File { object, kind, name: key.to_text().into_owned(), text });
                }
            }
        }
        found
    }

    /// Whether it mounts a ConfigMap that no manifest holds.
    fn mounts_unknown_files(&self, side: &Side) -> bool {
        volume_sources(self.spec).iter().any(|(kind, name)| *kind == "ConfigMap" && side.find(kind, name).is_none())
    }

    /// The file that the server is started with, the file of its part after it, then the arguments.
    fn conf(&self, side: &Side) -> Option<Settings> {
        let words = words(self.container);
        let started = words.iter().rev().find_map(|word| word.split_whitespace().find(|part| part.ends_with(".conf")));
        let started = started.and_then(|path| path.rsplit('/').next()).unwrap_or("redis.conf");
        let mounted = self.mounted(side);
        let mut files: Vec<&File<'_>> = mounted.iter().filter(|file| file.is_conf()).collect();
        files.retain(|file| {
            file.name == started || ["redis.conf", "valkey.conf", "redis-default.conf"].contains(&file.name.as_str())
        });
        if files.is_empty() {
            files.extend(mounted.iter().filter(|file| file.is_conf()).take(1));
        }
        let part = if self.follows() { "replica.conf" } else { "master.conf" };
        let main = files.first().map(|file| (file.object.id(), file.name.clone()));
        files.extend(mounted.iter().filter(|file| file.name == part));
        let mut conf = Conf { ends_in_newline: true, ..Conf::default() };
        for file in &files {
            let read = Conf::read(&file.text);
            conf.directives.extend(read.directives);
            conf.unbalanced.extend(read.unbalanced);
        }
        let arguments: Vec<String> = words.iter().flat_map(|word| arguments(word)).collect();
        conf.add_arguments(arguments.iter().map(String::as_str));
        // A script of the image or of a ConfigMap that is not there may read any file.
        let is_known = main.is_some() || !self.mounts_unknown_files(side);
        is_known.then_some(Settings { conf, file: main })
    }

    fn data(&self, conf: Option<&Conf>) -> DataFolder {
        let said = |name: &str, default: &str| {
            let value =
                conf.and_then(|conf| conf.value(name)).filter(|value| !value.contains('$') && !value.is_empty());
            value.unwrap_or(default).to_owned()
        };
        let mounts = || {
            items(self.container, "volumeMounts").iter().filter_map(|mount| {
                let at = text(mount, "mountPath")?;
                Some((
                    at.trim_end_matches('/').to_owned(),
                    text(mount, "name")?,
                    text(mount, "subPath").unwrap_or_default(),
                ))
            })
        };
        let mut path = said("dir", "/data");
        if path == "." || path == "./" {
            path = "/data".to_owned();
        }
        let covers = |at: &str| path.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let mount = mounts().filter(|(at, ..)| covers(at)).max_by_key(|(at, ..)| at.len());
        // Images have folders of their own where no redis.conf says any.
        let has_said = conf.is_some_and(|conf| conf.value("dir").is_some());
        let own = || mounts().find(|(_, name, _)| self.volume(name).is_some());
        let mount = mount.or_else(|| own().filter(|_| !has_said));
        let Some((at, name, sub_path)) = mount else {
            return DataFolder { path, ..self.files(said, DataFolder::default()) };
        };
        if !has_said && !covers(&at) {
            path = at;
        }
        let volume = self.volume(&name);
        let claims = match &volume {
            Some(Volume::Template) => Claims::EachPod(name.clone()),
            Some(Volume::Claim(claim)) => Claims::One(claim.clone()),
            _ => Claims::None,
        };
        let template = match &volume {
            Some(Volume::Template) => format!("{name}-{}", self.object.name()),
            Some(Volume::Claim(claim)) => claim.clone(),
            Some(Volume::Node) => name.clone(),
            None => String::new(),
        };
        self.files(said, DataFolder { path, claims, template, sub_path, ..DataFolder::default() })
    }

    fn files(&self, said: impl Fn(&str, &str) -> String, folder: DataFolder) -> DataFolder {
        DataFolder {
            dump: said("dbfilename", "dump.rdb"),
            log: said("appendfilename", "appendonly.aof"),
            log_folder: said("appenddirname", "appendonlydir"),
            ..folder
        }
    }

    /// A volume that outlives the pod.
    fn volume(&self, name: &str) -> Option<Volume> {
        let templates = items(&self.object.node, "spec.volumeClaimTemplates");
        if templates.iter().any(|claim| text(claim, "metadata.name").as_deref() == Some(name)) {
            return Some(Volume::Template);
        }
        let volume = items(self.spec, "volumes").iter().find(|volume| text(volume, "name").as_deref() == Some(name))?;
        match text(volume, "persistentVolumeClaim.claimName") {
            Some(claim) => Some(Volume::Claim(claim)),
            None => volume.get("hostPath").map(|_| Volume::Node),
        }
    }
}

/// A volume that outlives pods.
enum Volume {
    /// A claim of each pod's own.
    Template,
    /// A claim that others make.
    Claim(String),
    /// A folder of the node.
    Node,
}

/// A file of a ConfigMap or Secret.
struct File<'o> {
    object: &'o Object,
    kind: &'static str,
    name: String,
    text: String,
}

impl File<'_> {
    fn is_conf(&self) -> bool {
        let known = ["redis", "valkey", "master", "replica", "slave", "primary"];
        self.name.ends_with(".conf")
            && known.iter().any(|part| self.name.contains(part))
            && !self.name.contains("sentinel")
    }
}

/// The ConfigMaps and Secrets that a pod mounts.
fn volume_sources(spec: &Node) -> Vec<(&'static str, String)> {
    let volumes = items(spec, "volumes").iter();
    let sources = volumes.flat_map(|volume| std::iter::once(volume).chain(items(volume, "projected.sources")));
    let named = sources.flat_map(|source| {
        let secret = text(source, "secret.secretName").or_else(|| text(source, "secret.name"));
        [("ConfigMap", text(source, "configMap.name")), ("Secret", secret)]
    });
    named.filter_map(|(kind, name)| Some((kind, name?))).collect()
}

/// What an object's pods are made from; a Pod is that itself.
fn template(object: &Object) -> &Node {
    if object.kind() == "Pod" { &object.node } else { object.node.find("spec.template").unwrap_or(&object.node) }
}

fn containers(object: &Object) -> Vec<&Node> {
    let Some(spec) = template(object).get("spec") else { return Vec::new() };
    items(spec, "initContainers").iter().chain(items(spec, "containers")).collect()
}

fn server(object: &Object) -> Option<Server<'_>> {
    if !WORKLOADS.contains(&object.kind()) {
        return None;
    }
    let spec = template(object).get("spec")?;
    let container = items(spec, "containers").iter().find(|container| is_server(container))?;
    Some(Server { object, spec, container })
}

fn is_sentinel(container: &&Node) -> bool {
    let image = text(container, "image").unwrap_or_default();
    let words = words(container);
    image_name(&image).0.contains("sentinel")
        || words.iter().any(|w| w == "--sentinel" || w.ends_with("redis-sentinel"))
}

fn is_server(container: &Node) -> bool {
    let image = text(container, "image").unwrap_or_default();
    let words = words(container);
    let is_started = words.iter().any(|word| word.contains("redis-server") || word.contains("valkey-server"));
    if is_sentinel(&container) || !is_started && !IMAGES.contains(&image_name(&image).0) {
        return false;
    }
    let declares = items(container, "ports").iter().any(|port| {
        let name = text(port, "name").unwrap_or_default();
        name == "redis" || name == "tcp-redis" || port.get("containerPort").and_then(Node::as_number) == Some(6379.0)
    });
    let is_plain = words.first().is_none_or(|word| word.starts_with("--") || word.ends_with(".conf"));
    is_started || declares || is_plain
}

/// The name of an image without registry and folder, and its tag.
fn image_name(image: &str) -> (&str, Option<&str>) {
    let image = image.split('@').next().unwrap_or_default();
    let last = image.rsplit('/').next().unwrap_or_default();
    match last.split_once(':') {
        Some((name, tag)) => (name, Some(tag)),
        None => (last, None),
    }
}

/// The numbers at the start of a tag: `7.0.5` of `7.0.5-debian-11-r15`.
fn number(tag: &str) -> String {
    let text = tag.strip_prefix('v').unwrap_or(tag);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim_end_matches('.').to_owned()
}

/// `command` and `args`.
fn words(container: &Node) -> Vec<String> {
    let lists = ["command", "args"].into_iter().flat_map(|field| items(container, field));
    lists.filter_map(|word| Some(word.as_text()?.into_owned())).collect()
}

/// Of a word of the command the arguments of the server: itself, or in a script what stands behind the server.
fn arguments(word: &str) -> Vec<String> {
    let Some((_, rest)) = word.rsplit_once("redis-server").filter(|_| word.contains(char::is_whitespace)) else {
        return vec![word.to_owned()];
    };
    let line = rest.replace("\\\n", " ");
    let line = line.split(['\n', ';', '|', '&', '>', '<']).next().unwrap_or_default();
    line.split_whitespace().map(|part| part.trim_matches(['"', '\'']).to_owned()).collect()
}

/// What makes objects parts of the same Redis: release and name.
fn family(object: &Object) -> (String, String) {
    let label = |name: &str| {
        let labels = object.node.get("metadata").and_then(|metadata| metadata.get("labels"));
        let label = labels.and_then(|labels| labels.get(name)).and_then(Node::as_text);
        label.map(std::borrow::Cow::into_owned).unwrap_or_default()
    };
    (label("app.kubernetes.io/instance"), label("app.kubernetes.io/name"))
}

/// The pods of a StatefulSet, by name.
fn stateful_pods(object: &Object) -> impl Iterator<Item = String> {
    let start = object.node.find("spec.ordinals.start").and_then(Node::as_number).unwrap_or(0.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a count of pods
    let (start, count) = (start.clamp(0.0, 1e9) as usize, replicas(object).unwrap_or(1.0).clamp(0.0, 1e9) as usize);
    (start..).take(count.min(MOST_PODS)).map(|ordinal| format!("{}-{ordinal}", object.name()))
}

fn replicas(object: &Object) -> Option<f64> {
    object.node.find("spec.replicas").and_then(Node::as_number)
}

/// The pods of a workload as kubectl takes them: by name, or any pod of a Deployment.
fn pods(side: &Side, object: &Object) -> Vec<String> {
    match object.kind() {
        "Pod" => vec![object.name().to_owned()],
        "StatefulSet" if replicas(object).is_some() => stateful_pods(object).collect(),
        "StatefulSet" => {
            // An autoscaler says how many there are at least.
            let scales = |one: &&Object| {
                one.kind() == "HorizontalPodAutoscaler"
                    && text(&one.node, "spec.scaleTargetRef.name").as_deref() == Some(object.name())
            };
            let scaler = side.kept().find(scales).and_then(|one| one.node.find("spec.minReplicas")?.as_number());
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a count of pods
            let count = scaler.unwrap_or(1.0).clamp(0.0, 1e9) as usize;
            (0..count.min(MOST_PODS)).map(|ordinal| format!("{}-{ordinal}", object.name())).collect()
        }
        _ if replicas(object) == Some(0.0) => Vec::new(),
        kind => vec![format!("{}/{}", kind.to_lowercase(), object.name())],
    }
}

/// The Service that leads to the master and to nothing else, or to all pods where there is no such.
fn service(side: &Side, redis: &Redis<'_>, master: &Server<'_>) -> Option<String> {
    let labels = template(master.object).get("metadata")?.get("labels")?.as_map()?;
    let pod = redis.facts.master_pods.first();
    let mut best: Option<((u8, usize), String)> = None;
    for object in side.kept().filter(|object| object.kind() == "Service") {
        let Some(selector) = object.node.find("spec.selector").and_then(Node::as_map).filter(|map| !map.is_empty())
        else {
            continue;
        };
        let mut is_pod = false;
        let selects = selector.iter().all(|(key, value)| {
            if key.to_text() == "statefulset.kubernetes.io/pod-name" {
                is_pod = true;
                return value.as_text().is_some_and(|name| pod.is_some_and(|pod| *pod == name));
            }
            labels.get(key).is_some_and(|label| label == value)
        });
        let mut ports = items(&object.node, "spec.ports").iter();
        let leads = ports.any(|port| {
            let number = |field: &str| port.get(field).and_then(Node::as_number);
            let target = text(port, "targetPort");
            let own = f64::from(redis.facts.port);
            let is_named = target.as_deref().is_some_and(|name| ["redis", "tcp-redis"].contains(&name));
            number("targetPort") == Some(own) || is_named || target.is_none() && number("port") == Some(own)
        });
        if !selects || !leads {
            continue;
        }
        let is_headless = text(&object.node, "spec.clusterIP").as_deref() == Some("None");
        let only_master = is_pod || redis.followers.is_empty() || selector.len() > 2;
        let rank = (u8::from(is_headless) * 2 + u8::from(!only_master), object.name().len());
        if best.as_ref().is_none_or(|(found, _)| rank < *found) {
            best = Some((rank, object.name().to_owned()));
        }
    }
    best.map(|(_, name)| name)
}

/// The text at a path of keys.
pub(in crate::plan) fn text(node: &Node, path: &str) -> Option<String> {
    Some(node.find(path)?.as_text()?.into_owned())
}

/// The items at a path of keys.
pub(in crate::plan) fn items<'n>(node: &'n Node, path: &str) -> &'n [Node] {
    node.find(path).map(Node::items).unwrap_or_default()
}
