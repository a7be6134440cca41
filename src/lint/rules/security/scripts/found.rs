//! The shell scripts that a case renders.
//!
//! In: a [`Case`]. Out: its [`Script`]s: those in commands of containers, and those in ConfigMaps and Secrets: keys that
//! end in `.sh`, texts that begin with `#!` and a shell, and files that a container gives to a shell.

use crate::lint::rules::lines::{self, Spot};
use crate::lint::rules::objects::{self, Container, Workload};
use crate::lint::{Case, Finding, Findings, Object, Rule};
use crate::path::Step;
use crate::value::{Data, Node};
use base64::Engine;
use std::borrow::Cow;
use std::collections::HashMap;

/// A shell script.
pub(super) struct Script<'c> {
    /// The object that holds it, and the way to its text.
    pub object: &'c Object,
    pub path: Vec<Step>,
    pub text: Cow<'c, str>,
    pub shell: &'static str,
    /// The options of its shell, such as `-ec`.
    pub options: Vec<&'c str>,
    /// What messages call it.
    pub name: String,
    /// Whether somebody acts on its status: it is all that an init container, a job or a hook does.
    pub ends: bool,
    /// Whether others read it, and take over its functions and variables.
    pub is_part: bool,
}

/// Whether a line reads another script: `. /scripts/common.sh`.
fn reads_another(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with(". ") || line.starts_with("source ") || line.contains("&& . ")
}

impl Script<'_> {
    /// Whether nothing of its text may be told.
    pub fn is_secret(&self) -> bool {
        self.object.kind() == "Secret"
    }

    /// Whether some of its variables are set or used in another script.
    pub fn shares_variables(&self) -> bool {
        self.is_part || self.text.lines().any(reads_another)
    }

    /// A finding at a part of one of its lines; at its begin where its lines cannot be told apart.
    pub fn tell<'f>(
        &self,
        findings: &'f mut Findings,
        rule: &Rule,
        case: &Case,
        spot: Spot,
        message: String,
    ) -> &'f mut Finding {
        let finding = findings.on(rule, case, self.object, &self.path, message);
        if let Some(line) = lines::rendered(case, self.object, &self.path, &self.text, spot.line) {
            lines::put(finding, case, &line, spot, self.is_secret());
        }
        finding
    }
}

const SHELLS: [&str; 5] = ["sh", "bash", "ash", "dash", "ksh"];

/// Longer texts are no scripts that anybody wrote.
const MOST_BYTES: usize = 512 * 1024;

fn shell(word: &str) -> Option<&'static str> {
    let name = word.rsplit('/').next().unwrap_or(word);
    SHELLS.into_iter().find(|shell| *shell == name)
}

/// All of them: those of containers first.
pub(super) fn scripts(case: &Case) -> Vec<Script<'_>> {
    let workloads = &case.facts().workloads;
    let each = workloads.iter().flat_map(|workload| workload.containers.iter().map(move |one| (workload, one)));
    let mut found: Vec<Script<'_>> = each.flat_map(|(workload, container)| inline(workload, container)).collect();
    let kept = ["ConfigMap", "Secret"].into_iter().flat_map(|kind| case.facts().kind(case, kind));
    let kept: Vec<(&Object, &str, &str, &Node)> = kept.flat_map(entries).collect();
    if kept.is_empty() {
        return found;
    }
    let uses = uses(case);
    for (object, field, name, node) in kept {
        let used = uses.get(&(object.document, object.base.as_slice(), name));
        let Some(text) = text(object, field, name, node, used.is_some()) else { continue };
        let Some((shell, options)) = language(&text, name, used) else { continue };
        found.push(Script {
            object,
            path: objects::key(&objects::way(field), name),
            shell,
            options,
            name: format!("`{name}` of {}", object.id()),
            ends: used.is_some_and(|used| used.ends),
            is_part: false,
            text,
        });
    }
    let read: Vec<(usize, &str)> =
        found.iter().enumerate().flat_map(|(at, script)| reads(&script.text).map(move |name| (at, name))).collect();
    let is_part = |(own, script): (usize, &Script<'_>)| {
        let Some(Step::Key(name)) = script.path.last().filter(|_| script.path.len() == 2) else { return false };
        read.iter().any(|(at, read)| *at != own && read == name)
    };
    let parts: Vec<bool> = found.iter().enumerate().map(is_part).collect();
    found.iter_mut().zip(parts).for_each(|(script, is_part)| script.is_part = is_part);
    found
}

/// The words of a container's command, with the way to each.
fn command(container: &Container) -> impl Iterator<Item = (&str, &'static str, usize)> {
    ["command", "args"].into_iter().flat_map(|field| {
        let listed = objects::items(&container.node, field).iter().enumerate();
        listed.filter_map(move |(number, word)| Some((objects::plain(word)?, field, number)))
    })
}

/// Commands that a container runs besides its own.
const BESIDE: [(&str, &str); 5] = [
    ("livenessProbe.exec.command", "the liveness probe"),
    ("readinessProbe.exec.command", "the readiness probe"),
    ("startupProbe.exec.command", "the startup probe"),
    ("lifecycle.postStart.exec.command", "the hook postStart"),
    ("lifecycle.preStop.exec.command", "the hook preStop"),
];

/// The scripts that a container's commands hold: its own, and those of its probes and hooks.
fn inline<'c>(workload: &'c Workload, container: &'c Container) -> impl Iterator<Item = Script<'c>> {
    let own =
        given(command(container)).map(|given| (given, "the script", container.is_init || workload.is_short_lived()));
    let beside = BESIDE.iter().filter_map(|(field, what)| {
        let words = objects::items(&container.node, field).iter().enumerate();
        let words = words.filter_map(|(number, word)| Some((objects::plain(word)?, *field, number)));
        // Nobody but the kubelet asks for their status, and it asks for that of the last command.
        Some((given(words)?, *what, false))
    });
    own.into_iter().chain(beside).map(move |(given, what, ends)| Script {
        object: &workload.object,
        path: container.way(&format!("{}.{}", given.field, given.number)),
        text: Cow::Borrowed(given.text),
        shell: given.shell,
        options: given.options,
        name: format!("{what} of container `{}` of {}", container.name, workload.object.id()),
        ends,
        is_part: false,
    })
}

/// A script among the words of a command.
struct Given<'c> {
    text: &'c str,
    shell: &'static str,
    options: Vec<&'c str>,
    field: &'static str,
    number: usize,
}

/// The script that a shell is given as a word.
fn given<'c>(mut words: impl Iterator<Item = (&'c str, &'static str, usize)>) -> Option<Given<'c>> {
    let shell = shell(words.next()?.0)?;
    let mut options = Vec::new();
    for (text, field, number) in words {
        if is_option(text) {
            options.push(text);
            continue;
        }
        let takes_text = options.iter().any(|option: &&str| !option.starts_with("--") && option.contains('c'));
        return takes_text.then_some(Given { text, shell, options, field, number });
    }
    None
}

fn is_option(word: &str) -> bool {
    word.starts_with(['-', '+']) || matches!(word, "pipefail" | "errexit")
}

/// The texts of a ConfigMap or Secret.
fn entries(object: &Object) -> impl Iterator<Item = (&Object, &'static str, &str, &Node)> {
    ["data", "stringData"].into_iter().flat_map(move |field| {
        let map = object.node.get(field).and_then(Node::as_map).into_iter().flatten();
        let texts = map.filter(|(_, node)| matches!(&node.data, Data::Str(text) if text.len() <= MOST_BYTES));
        texts.filter_map(move |(name, node)| Some((object, field, name.to_utf8()?, node)))
    })
}

/// The text under a key, if it may be a script; of a Secret it is decoded.
fn text<'c>(object: &Object, field: &str, name: &str, node: &'c Node, is_used: bool) -> Option<Cow<'c, str>> {
    let text = objects::plain(node)?;
    let may_be = is_used || by_name(name).is_some();
    if object.kind() == "Secret" && field == "data" {
        // `#!` in base64.
        if !may_be && !text.starts_with("IyE") {
            return None;
        }
        let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?;
        return String::from_utf8(bytes).ok().map(Cow::Owned);
    }
    (may_be || text.starts_with("#!")).then_some(Cow::Borrowed(text))
}

/// The shell that a file's name stands for.
fn by_name(name: &str) -> Option<&'static str> {
    name.rsplit_once('.').and_then(|(_, end)| SHELLS.into_iter().find(|shell| *shell == end))
}

/// The shell that runs a text, and its options; `None` where it is in another language.
fn language<'c>(text: &str, name: &str, used: Option<&Use<'c>>) -> Option<(&'static str, Vec<&'c str>)> {
    let first = text.lines().next().and_then(|line| line.strip_prefix("#!"));
    let mut words = first.unwrap_or_default().split_whitespace();
    let program = words.next().map(|word| match word.rsplit('/').next() {
        Some("env") => words.find(|word| !word.starts_with('-')).unwrap_or_default(),
        _ => word,
    });
    let own = match program {
        Some(program) => Some(shell(program)?),
        None => None,
    };
    if let Some((shell, options)) = used.and_then(|used| used.shell.clone()) {
        return Some((shell, options));
    }
    // What stands behind the shell of `#!` is an option, and is found in the text.
    own.or_else(|| by_name(name)).map(|shell| (shell, Vec::new()))
}

/// How containers use a file.
#[derive(Default)]
struct Use<'c> {
    /// The shell that it is given to, and its options.
    shell: Option<(&'static str, Vec<&'c str>)>,
    ends: bool,
}

/// The document and place of an object, and a key of it.
type Place<'c> = (usize, &'c [Step], &'c str);

/// The keys that commands of containers name as files.
fn uses(case: &Case) -> HashMap<Place<'_>, Use<'_>> {
    let mut found: HashMap<Place<'_>, Use<'_>> = HashMap::new();
    for workload in &case.facts().workloads {
        let volumes: Vec<Volume<'_>> = objects::items(&workload.spec, "volumes")
            .iter()
            .flat_map(|volume| sources(case, workload, volume))
            .collect();
        if volumes.is_empty() {
            continue;
        }
        for container in &workload.containers {
            for (place, path) in files(container, &volumes) {
                let words: Vec<&str> = command(container).map(|(word, ..)| word).collect();
                let Some((first, rest)) = words.split_first() else { continue };
                let ends = container.is_init || workload.is_short_lived();
                let options: Vec<&str> = rest.iter().copied().take_while(|word| is_option(word)).collect();
                let given = rest.get(options.len()).copied();
                let used = match shell(first) {
                    None if *first == path => Use { shell: None, ends },
                    Some(shell) if given == Some(path.as_str()) => Use { shell: Some((shell, options)), ends },
                    Some(shell) if given.is_some_and(|text| runs(text, shell, &path)) => {
                        Use { shell: Some((shell, Vec::new())), ends: false }
                    }
                    _ => continue,
                };
                let entry = found.entry(place).or_default();
                entry.ends |= used.ends;
                entry.shell = entry.shell.take().or(used.shell);
            }
        }
    }
    found
}

/// Whether a script gives a file to a shell: `sh /scripts/a`.
fn runs(text: &str, shell: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default().trim_end_matches(['"', '\'']);
        let word = before.split_whitespace().next_back().unwrap_or_default();
        before.ends_with(' ') && word.rsplit('/').next() == Some(shell)
    })
}

/// A ConfigMap or Secret in a volume, and where its keys stand there.
struct Volume<'c> {
    name: &'c str,
    object: &'c Object,
    /// Keys and the files they become; empty where each key is a file of its own name.
    items: Vec<(&'c str, &'c str)>,
}

fn sources<'c>(case: &'c Case, workload: &'c Workload, volume: &'c Node) -> Vec<Volume<'c>> {
    let namespace = case.namespace_of(&workload.object);
    let parts = std::iter::once(volume).chain(objects::items(volume, "projected.sources"));
    let found = parts.flat_map(|part| {
        let kinds =
            [("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName"), ("Secret", "secret", "name")];
        kinds.into_iter().filter_map(move |(kind, field, key)| {
            let source = part.get(field)?;
            let object = case.facts().named(case, kind, namespace, objects::text(source, key)?)?;
            let items = objects::items(source, "items").iter();
            let items = items.filter_map(|item| Some((objects::text(item, "key")?, objects::text(item, "path")?)));
            Some(Volume { name: objects::text(volume, "name")?, object, items: items.collect() })
        })
    });
    found.collect()
}

/// The files that a container sees of these volumes.
fn files<'c>(container: &'c Container, volumes: &[Volume<'c>]) -> Vec<(Place<'c>, String)> {
    let mut found = Vec::new();
    for mount in objects::items(&container.node, "volumeMounts") {
        let (Some(name), Some(root)) = (objects::text(mount, "name"), objects::text(mount, "mountPath")) else {
            continue;
        };
        let sub = objects::text(mount, "subPath");
        for volume in volumes.iter().filter(|volume| volume.name == name) {
            let place = |key| (volume.object.document, volume.object.base.as_slice(), key);
            let own = ["data", "stringData"].into_iter().flat_map(|field| objects::keys(&volume.object.node, field));
            let all: Vec<(&str, &str)> = match volume.items.as_slice() {
                [] => own.map(|key| (key, key)).collect(),
                items => items.to_vec(),
            };
            for (key, file) in all {
                match sub {
                    None => found.push((place(key), format!("{}/{file}", root.trim_end_matches('/')))),
                    Some(sub) if sub == file => found.push((place(key), root.to_owned())),
                    Some(_) => {}
                }
            }
        }
    }
    found
}

/// The names of the files that a script reads: `. /scripts/common.sh`.
fn reads(text: &str) -> impl Iterator<Item = &str> {
    let words = text.lines().filter(|line| reads_another(line)).flat_map(str::split_whitespace);
    words.filter_map(|word| word.trim_matches(['"', '\'', ';']).rsplit('/').next())
}
