//! Two snapshots of RedisClusters and their pods, held against each other: what an upgrade did.
//!
//! In: what people wrote into files before and after (`kubectl get redisclusters -A -o wide`, `get pods -A -l
//! redis.io/cluster -o wide`, the list of primaries, events; or the same as JSON or YAML). Out: [`Change`]s.
//!
//! Tables are read by the columns of their heading, because a cell may be empty. Ages are rounded, so a pod counts as made
//! anew only where its age cannot be that of the old one: it grew by less than another object's did for certain.

use crate::value::Node;
use crate::yaml;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

/// Namespace and name.
type Key = (String, String);

/// What somebody saw.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Snapshot {
    clusters: BTreeMap<Key, Cluster>,
    pods: BTreeMap<Key, Pod>,
    /// From the list of primaries.
    primaries: BTreeMap<Key, String>,
    /// Warnings: object, reason, message.
    warnings: BTreeSet<(String, String, String)>,
    has_pods: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Cluster {
    /// None in cluster mode.
    instances: Option<u32>,
    ready: Option<u32>,
    phase: String,
    primary: String,
    age: Option<Age>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Pod {
    ready: (u32, u32),
    status: String,
    restarts: u32,
    age: Option<Age>,
    address: String,
    uid: String,
    hash: String,
}

/// Seconds, at least and less than.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Age {
    least: i64,
    below: i64,
}

/// What has changed, or is not well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Whether somebody should look at it.
    #[serde(rename = "isBad")]
    pub is_bad: bool,
    /// `NAMESPACE/NAME` of the cluster or pod.
    pub object: String,
    /// What was and what is.
    pub message: String,
    /// What to do; empty where there is nothing.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub help: &'static str,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_bad { "BAD" } else { "ok " };
        write!(f, "{mark} {}: {}", self.object, self.message)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "\n      {}", self.help) }
    }
}

/// What was meant to happen to the pods of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expected {
    /// They may have been made anew, or not.
    #[default]
    Either,
    /// All of them are made anew: the operator's image, that of Redis, or another field of the hash has changed.
    Rolled,
    /// None is touched.
    Untouched,
}

/// A file that is none of those that are known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: found {found}, expected clusters, pods, primaries or events as kubectl prints them")]
pub struct Unknown {
    /// The file.
    pub name: String,
    /// What its first line is.
    pub found: String,
}

/// Bytes of a heading: every cell of a table is looked for by its columns.
const MOST_HEADING: usize = 2000;

const STUCK: &str = "kubectl describe the RedisCluster: a pod that finds no node, a supervised primary that waits for the annotation \
     redis.io/approve-primary-update: \"true\", or a replica that does not connect";
const CRASHED: &str = "kubectl logs --previous of that pod: a rolling update makes pods anew and leaves RESTARTS at 0, so its container ended by itself";

impl Snapshot {
    /// Adds a file, whatever it holds of those that are known. An empty file is what kubectl leaves where there is nothing.
    ///
    /// # Errors
    /// A file that holds something else.
    ///
    /// ```
    /// use chartwright::ops::operator::snapshot::{Expected, Snapshot, compare};
    /// let table = |phase: &str| format!(
    ///     "NAMESPACE   NAME    INSTANCES   READY   PHASE      PRIMARY   AGE\ndata        cache   1           1       {phase:8}   cache-0   5d\n");
    /// let (mut before, mut after) = (Snapshot::default(), Snapshot::default());
    /// before.add("clusters-before.txt", table("Healthy").as_bytes())?;
    /// after.add("clusters-after.txt", table("Degraded").as_bytes())?;
    /// let found = compare(&before, &after, Expected::Either);
    /// assert_eq!(found[0].message, "the phase is `Degraded`, expected `Healthy`");
    /// # Ok::<(), chartwright::ops::operator::snapshot::Unknown>(())
    /// ```
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), Unknown> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_start_matches('\u{feff}');
        let Some(first) = text.lines().find(|line| !line.trim().is_empty()) else { return Ok(()) };
        if first.starts_with("No resources found") {
            return Ok(());
        }
        let unknown = || Unknown { name: name.to_owned(), found: format!("`{}`", cut(first)) };
        if first.starts_with(['{', '[']) || first.starts_with("apiVersion:") || first.starts_with("---") {
            let node = yaml::decode(text.as_bytes()).map_err(|_| unknown())?;
            return self.objects(&node).then_some(()).ok_or_else(unknown);
        }
        if first.starts_with("NAME") || first.starts_with("LAST SEEN") {
            return self.table(first, text).then_some(()).ok_or_else(unknown);
        }
        if first.matches('\t').count() == 2 {
            for line in text.lines() {
                if let [namespace, name, primary] = line.split('\t').collect::<Vec<_>>().as_slice() {
                    let key = ((*namespace).to_owned(), (*name).to_owned());
                    self.primaries.insert(key, primary.trim().to_owned());
                }
            }
            return Ok(());
        }
        // `tail` has cut the heading off.
        let rows: Vec<Vec<&str>> = text.lines().map(cells).collect();
        let is_event = |row: &Vec<&str>| row.get(2).is_some_and(|kind| ["Normal", "Warning"].contains(kind));
        if !rows.iter().any(is_event) {
            return Err(unknown());
        }
        for row in rows.into_iter().filter(is_event) {
            if let [namespace, _, kind, reason, object, message @ ..] = row.as_slice() {
                self.event(&format!("{namespace}/{object}"), kind, reason, &message.join(" "));
            }
        }
        Ok(())
    }

    fn event(&mut self, object: &str, kind: &str, reason: &str, message: &str) {
        if kind == "Warning" {
            self.warnings.insert((object.to_owned(), reason.to_owned(), message.to_owned()));
        }
    }

    fn table(&mut self, heading: &str, text: &str) -> bool {
        if heading.len() > MOST_HEADING {
            return false;
        }
        let columns = columns(heading);
        let has = |name: &str| columns.iter().any(|(column, ..)| column == name);
        let (is_pods, is_clusters) = (has("RESTARTS"), has("PHASE"));
        if is_pods {
            self.has_pods = true;
        }
        if !(is_pods || is_clusters || has("REASON")) {
            return false;
        }
        for line in text.lines().filter(|line| !line.trim().is_empty() && *line != heading) {
            let cell = |name: &str| -> String {
                let column = columns.iter().find(|(column, ..)| column == name);
                let cell = column.map(|(_, start, end)| slice(line, *start, *end)).unwrap_or_default();
                if cell == "<none>" || cell == "<unset>" { String::new() } else { cell }
            };
            let key = (cell("NAMESPACE"), cell("NAME"));
            if is_clusters {
                let number = |name: &str| cell(name).parse().ok();
                let cluster = Cluster {
                    instances: number("INSTANCES"),
                    ready: number("READY"),
                    phase: cell("PHASE"),
                    primary: cell("PRIMARY"),
                    age: Age::read(&cell("AGE")),
                };
                self.clusters.insert(key, cluster);
            } else if is_pods {
                let ready = cell("READY");
                let (is, of) = ready.split_once('/').unwrap_or_default();
                let restarts = cell("RESTARTS");
                let pod = Pod {
                    ready: (is.parse().unwrap_or_default(), of.parse().unwrap_or_default()),
                    status: cell("STATUS"),
                    // `3 (5m ago)`.
                    restarts: restarts.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default(),
                    age: Age::read(&cell("AGE")),
                    address: cell("IP"),
                    ..Pod::default()
                };
                self.pods.insert(key, pod);
            } else {
                let object = format!("{}/{}", cell("NAMESPACE"), cell("OBJECT"));
                self.event(&object, &cell("TYPE"), &cell("REASON"), &cell("MESSAGE"));
            }
        }
        true
    }

    /// A list of objects, or one; whether it holds any that is known.
    fn objects(&mut self, node: &Node) -> bool {
        let list = node.get("items").map(Node::items);
        let is_empty = list.is_some_and(<[Node]>::is_empty);
        let mut is_known = is_empty;
        for object in list.unwrap_or(std::slice::from_ref(node)) {
            let text = |path: &str| object.find(path).and_then(Node::as_text).unwrap_or_default().into_owned();
            let number = |path: &str| object.find(path).and_then(Node::as_number).map(|number| number as u32);
            let key = (text("metadata.namespace"), text("metadata.name"));
            match text("kind").as_str() {
                "RedisCluster" => {
                    let cluster = Cluster {
                        instances: number("spec.instances").filter(|instances| *instances > 0),
                        ready: number("status.readyInstances"),
                        phase: text("status.phase"),
                        primary: text("status.currentPrimary"),
                        age: None,
                    };
                    self.clusters.insert(key, cluster);
                }
                "Pod" => {
                    self.has_pods = true;
                    let states = object.find("status.containerStatuses").map(Node::items).unwrap_or_default();
                    let ready = states.iter().filter(|state| state.get("ready").and_then(Node::as_bool) == Some(true));
                    let restarts = states.iter().filter_map(|state| state.get("restartCount")?.as_number());
                    let annotations = object.find("metadata.annotations");
                    let hash = annotations.and_then(|all| all.get("redis.io/spec-hash")).and_then(Node::as_text);
                    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
                    let pod = Pod {
                        ready: (count(ready.count()), count(states.len())),
                        status: text("status.phase"),
                        restarts: restarts.sum::<f64>() as u32,
                        age: None,
                        address: text("status.podIP"),
                        uid: text("metadata.uid"),
                        hash: hash.unwrap_or_default().into_owned(),
                    };
                    self.pods.insert(key, pod);
                }
                "Event" => {
                    let kind = text("involvedObject.kind").to_lowercase();
                    let object = format!("{}/{kind}/{}", key.0, text("involvedObject.name"));
                    self.event(&object, &text("type"), &text("reason"), &text("message"));
                }
                _ => continue,
            }
            is_known = true;
        }
        is_known
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.clusters.is_empty() && self.pods.is_empty() && self.primaries.is_empty()
    }

    fn primary(&self, key: &Key) -> String {
        let own = self.clusters.get(key).map(|cluster| cluster.primary.clone()).filter(|name| !name.is_empty());
        own.or_else(|| self.primaries.get(key).cloned()).unwrap_or_default()
    }

    /// Pods of data by their cluster; sentinels are in no cluster's list.
    fn of_cluster(&self, cluster: &Key) -> impl Iterator<Item = (&Key, &Pod)> {
        let (namespace, prefix) = (cluster.0.clone(), format!("{}-", cluster.1));
        self.pods.iter().filter(move |((own, name), _)| {
            let number = name.strip_prefix(&prefix).unwrap_or_default();
            *own == namespace && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    }
}

impl Age {
    /// As kubectl prints it: `45s`, `5m30s`, `3h10m`, `2d3h`, `100d`, `2y10d`.
    fn read(text: &str) -> Option<Age> {
        let mut rest = text;
        let mut age = Age { least: 0, below: 0 };
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let (digits, unit) = rest.split_at_checked(end)?;
            let each = match unit.chars().next()? {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                'y' => 31_536_000,
                _ => return None,
            };
            age.least = age.least.checked_add(digits.parse::<i64>().ok()?.checked_mul(each)?)?;
            age.below = age.least.checked_add(each)?;
            rest = unit.get(1..)?;
        }
        (age.below > 0).then_some(age)
    }
}

/// Names of columns, where each begins and where the next one does.
fn columns(heading: &str) -> Vec<(String, usize, usize)> {
    let signs: Vec<char> = heading.chars().collect();
    let is_blank = |at: usize| signs.get(at).is_none_or(|c| *c == ' ');
    // Two blanks at least stand between columns; one may stand in a name.
    let begins =
        |at: &usize| !is_blank(*at) && (*at == 0 || is_blank(at - 1) && (*at == 1 || is_blank(at.saturating_sub(2))));
    let starts: Vec<usize> = (0..signs.len()).filter(begins).collect();
    let ends = starts.iter().skip(1).copied().chain([usize::MAX]);
    starts.iter().zip(ends).map(|(start, end)| (slice(heading, *start, end), *start, end)).collect()
}

fn slice(line: &str, start: usize, end: usize) -> String {
    let text: String = line.chars().skip(start).take(end.saturating_sub(start)).collect();
    text.trim().to_owned()
}

/// What stands between two blanks or more.
fn cells(line: &str) -> Vec<&str> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

fn cut(text: &str) -> String {
    text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What has changed between two snapshots, clusters first, and what is not well after it.
pub fn compare(before: &Snapshot, after: &Snapshot, expected: Expected) -> Vec<Change> {
    let mut found = Found(Vec::new());
    for (key, was) in &before.clusters {
        match after.clusters.get(key) {
            Some(is) => found.cluster(key, was, is, (before, after)),
            None => found.bad(key, "the RedisCluster is gone", "kubectl get it again; its claims are still there"),
        }
    }
    for (key, is) in after.clusters.iter().filter(|(key, _)| !before.clusters.contains_key(*key)) {
        found.good(key, "the RedisCluster is new");
        found.health(key, is, after);
    }
    // Only the list of primaries.
    for (key, was) in before.primaries.iter().filter(|(key, _)| !before.clusters.contains_key(*key)) {
        if let Some(is) = after.primaries.get(key) {
            found.primary(key, was, is);
        }
    }
    if before.has_pods && after.has_pods {
        pods(before, after, expected, &mut found);
    }
    for (object, reason, message) in after.warnings.difference(&before.warnings) {
        let help = "kubectl describe that object";
        found.0.push(Change {
            is_bad: true,
            object: object.clone(),
            message: format!("warning {reason}: {message}"),
            help,
        });
    }
    found.0
}

fn pods(before: &Snapshot, after: &Snapshot, expected: Expected, found: &mut Found) {
    let elapsed = elapsed(before, after);
    let mut anew: BTreeSet<&Key> = BTreeSet::new();
    for (key, was) in &before.pods {
        let Some(is) = after.pods.get(key) else {
            found.bad(key, "the pod is gone", "kubectl get events in its namespace; was the cluster made smaller?");
            continue;
        };
        match made_anew(was, is, elapsed) {
            Some(why) => {
                anew.insert(key);
                found.good(key, &format!("made anew: {why}"));
                if is.restarts > 0 {
                    found.bad(key, &format!("its container restarted {} times since", is.restarts), CRASHED);
                }
            }
            None if is.restarts > was.restarts => {
                let message = format!("its container restarted: {} times before, {} now", was.restarts, is.restarts);
                found.bad(key, &message, CRASHED);
            }
            None => {}
        }
    }
    for key in after.pods.keys().filter(|key| !before.pods.contains_key(*key)) {
        found.good(key, "the pod is new");
    }
    for (key, is) in &after.pods {
        if is.status != "Running" || is.ready.0 < is.ready.1 {
            let message = format!("{} with {} of {} containers ready", is.status, is.ready.0, is.ready.1);
            found.bad(key, &message, "kubectl describe that pod");
        }
    }
    for key in before.clusters.keys() {
        let all: Vec<&Key> =
            before.of_cluster(key).map(|(pod, _)| pod).filter(|pod| after.pods.contains_key(*pod)).collect();
        let count = all.iter().filter(|pod| anew.contains(**pod)).count();
        match (count, expected) {
            _ if all.is_empty() => {}
            (0, Expected::Rolled) => {
                let help = "the annotation redis.io/spec-hash of its pods tells what they were made of; is the new operator the leader?";
                found.bad(key, "no pod was made anew, and all were to be", help);
            }
            (0, _) => {}
            (_, Expected::Untouched) => {
                let message = format!("{count} of {} pods were made anew, and none was to be", all.len());
                let help =
                    "another image of the operator or of Redis, resources, Secrets and spec.redis all make pods anew";
                found.bad(key, &message, help);
            }
            (count, _) if count < all.len() => {
                found.bad(
                    key,
                    &format!("{count} of {} pods were made anew: the update has not come to its end", all.len()),
                    STUCK,
                );
            }
            _ => {}
        }
        let hashes: BTreeSet<&str> =
            after.of_cluster(key).map(|(_, pod)| pod.hash.as_str()).filter(|hash| !hash.is_empty()).collect();
        if hashes.len() > 1 {
            found.bad(key, &format!("its pods carry {} different hashes", hashes.len()), STUCK);
        }
    }
}

/// Seconds that certainly lie between the snapshots: nothing can grow older by more.
fn elapsed(before: &Snapshot, after: &Snapshot) -> i64 {
    let of_clusters = before.clusters.iter().map(|(key, was)| (was.age, after.clusters.get(key).and_then(|is| is.age)));
    let of_pods = before.pods.iter().map(|(key, was)| (was.age, after.pods.get(key).and_then(|is| is.age)));
    let grown =
        of_clusters.chain(of_pods).filter_map(|(was, is)| Some(is?.least.saturating_sub(was?.below).saturating_add(1)));
    grown.max().unwrap_or_default().max(0)
}

/// Why a pod of the same name is another one.
fn made_anew(was: &Pod, is: &Pod, elapsed: i64) -> Option<String> {
    if !was.uid.is_empty() && !is.uid.is_empty() {
        return (was.uid != is.uid).then(|| "it has another uid".to_owned());
    }
    if let (Some(old), Some(new)) = (was.age, is.age)
        && new.below.saturating_sub(1).saturating_sub(old.least) < elapsed
    {
        return Some("it is younger than the one before would be".to_owned());
    }
    if is.restarts < was.restarts {
        return Some(format!("RESTARTS went from {} to {}", was.restarts, is.restarts));
    }
    let has_moved = !was.address.is_empty() && !is.address.is_empty() && was.address != is.address;
    has_moved.then(|| format!("its address was {} and is {}", was.address, is.address))
}

struct Found(Vec<Change>);

impl Found {
    fn add(&mut self, is_bad: bool, key: &Key, message: &str, help: &'static str) {
        let object = if key.0.is_empty() { key.1.clone() } else { format!("{}/{}", key.0, key.1) };
        self.0.push(Change { is_bad, object, message: message.to_owned(), help });
    }

    fn bad(&mut self, key: &Key, message: &str, help: &'static str) {
        self.add(true, key, message, help);
    }

    fn good(&mut self, key: &Key, message: &str) {
        self.add(false, key, message, "");
    }

    fn cluster(&mut self, key: &Key, was: &Cluster, is: &Cluster, (before, after): (&Snapshot, &Snapshot)) {
        self.health(key, is, after);
        if was.instances != is.instances {
            let shown = |number: Option<u32>| number.map_or("none".to_owned(), |number| number.to_string());
            self.good(key, &format!("instances: {} before, {} now", shown(was.instances), shown(is.instances)));
        }
        if was.phase != "Healthy" && is.phase == "Healthy" {
            self.good(key, &format!("the phase was `{}` and is `Healthy`", was.phase));
        }
        self.primary(key, &before.primary(key), &after.primary(key));
    }

    fn health(&mut self, key: &Key, is: &Cluster, after: &Snapshot) {
        if is.phase != "Healthy" {
            let help = match is.phase.as_str() {
                "WaitingForUser" => {
                    "look at the replicas, then annotate it with redis.io/approve-primary-update=true: no other value is taken"
                }
                _ => STUCK,
            };
            self.bad(key, &format!("the phase is `{}`, expected `Healthy`", cut(&is.phase)), help);
        }
        if let Some(instances) = is.instances.filter(|instances| is.ready.unwrap_or_default() < *instances) {
            self.bad(key, &format!("{} of {instances} instances are ready", is.ready.unwrap_or_default()), STUCK);
        }
        let primary = after.primary(key);
        if is.instances.is_some() && primary.is_empty() {
            self.bad(key, "no primary is named", "nothing can be written: look at the operator's log");
        }
        let pod = (key.0.clone(), primary.clone());
        if after.has_pods && !primary.is_empty() && !after.pods.contains_key(&pod) {
            self.bad(key, &format!("the primary is `{}`, and no such pod is listed", cut(&primary)), STUCK);
        }
    }

    fn primary(&mut self, key: &Key, was: &str, is: &str) {
        if !was.is_empty() && !is.is_empty() && was != is {
            self.good(key, &format!("the primary was `{}` and is `{}`", cut(was), cut(is)));
        }
    }
}

/// For a terminal: what is bad first.
pub fn text(changes: &[Change]) -> String {
    let bad = changes.iter().filter(|change| change.is_bad).count();
    let mut out = format!("{bad} bad, {} to know\n", changes.len() - bad);
    let (worst, rest): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| change.is_bad);
    for change in worst.into_iter().chain(rest) {
        let line: String =
            change.to_string().chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
        let _ = writeln!(out, "{line}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTERS: &str = "\
NAMESPACE   NAME    INSTANCES   READY   PHASE     PRIMARY   AGE
data        cache   3           3       Healthy   cache-0   40d
data        one     1           1       Healthy   one-0     3h12m
";
    const PODS: &str = "\
NAMESPACE   NAME      READY   STATUS    RESTARTS     AGE     IP            NODE   NOMINATED NODE   READINESS GATES
data        cache-0   1/1     Running   0            40d     10.0.0.10     n1     <none>           <none>
data        cache-1   1/1     Running   2 (9d ago)   40d     10.0.0.11     n2     <none>           <none>
data        cache-2   1/1     Running   0            40d     10.0.0.12     n3     <none>           <none>
data        one-0     1/1     Running   0            3h12m   10.0.0.13     n1     <none>           <none>
";
    const LATER: &str = "\
NAMESPACE   NAME      READY   STATUS    RESTARTS      AGE     IP            NODE   NOMINATED NODE   READINESS GATES
data        cache-0   1/1     Running   0             2m      10.0.0.20     n1     <none>           <none>
data        cache-1   1/1     Running   0             6m      10.0.0.21     n2     <none>           <none>
data        cache-2   1/1     Running   0             9m      10.0.0.22     n3     <none>           <none>
data        one-0     1/1     Running   0             3h30m   10.0.0.13     n1     <none>           <none>
";

    fn of(files: &[(&str, &str)]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (name, text) in files {
            snapshot.add(name, text.as_bytes()).expect("a file that is known");
        }
        snapshot
    }

    fn told(before: &[(&str, &str)], after: &[(&str, &str)], expected: Expected) -> Vec<String> {
        let found = compare(&of(before), &of(after), expected);
        found
            .iter()
            .map(|one| format!("{}{}: {}", if one.is_bad { "! " } else { "" }, one.object, one.message))
            .collect()
    }

    #[test]
    fn k08_a_rolling_update_that_came_to_its_end_has_nothing_bad() {
        let before = [("clusters-before.txt", CLUSTERS), ("pods-before.txt", PODS)];
        let clusters = CLUSTERS.replace("cache-0", "cache-2").replace("3h12m", "3h30m");
        let after = [("clusters-after.txt", clusters.as_str()), ("pods-after.txt", LATER)];
        assert_eq!(
            told(&before, &after, Expected::Either),
            [
                "data/cache: the primary was `cache-0` and is `cache-2`",
                "data/cache-0: made anew: it is younger than the one before would be",
                "data/cache-1: made anew: it is younger than the one before would be",
                "data/cache-2: made anew: it is younger than the one before would be",
            ]
        );
        assert_eq!(told(&before, &before, Expected::Untouched), [] as [&str; 0]);
        let bad = |expected| -> Vec<String> {
            told(&before, &after, expected).into_iter().filter(|one| one.starts_with('!')).collect()
        };
        assert_eq!(bad(Expected::Rolled), ["! data/one: no pod was made anew, and all were to be"]);
        assert_eq!(bad(Expected::Untouched), ["! data/cache: 3 of 3 pods were made anew, and none was to be"]);
    }

    #[test]
    fn k08_an_update_that_is_stuck_says_where() {
        let clusters = CLUSTERS.replacen("3       Healthy", "2       WaitingForUser", 1);
        let clusters = clusters
            .replace("PHASE     PRIMARY", "PHASE            PRIMARY")
            .replace("Healthy   one", "Healthy          one");
        let pods = PODS.replace(
            "1/1     Running   0            40d     10.0.0.12",
            "0/1     Pending   0            5s      <none>   ",
        );
        let found = told(&[("c", CLUSTERS), ("p", PODS)], &[("c", &clusters), ("p", &pods)], Expected::Either);
        assert_eq!(
            found,
            [
                "! data/cache: the phase is `WaitingForUser`, expected `Healthy`",
                "! data/cache: 2 of 3 instances are ready",
                "data/cache-2: made anew: it is younger than the one before would be",
                "! data/cache-2: Pending with 0 of 1 containers ready",
                "! data/cache: 1 of 3 pods were made anew: the update has not come to its end",
            ]
        );
    }

    #[test]
    fn k08_a_container_that_restarted_is_no_rolling_update() {
        let pods = PODS.replace("2 (9d ago)", "5 (1m ago)");
        assert_eq!(
            told(&[("c", CLUSTERS), ("p", PODS)], &[("c", CLUSTERS), ("p", &pods)], Expected::Either),
            ["! data/cache-1: its container restarted: 2 times before, 5 now"]
        );
    }

    #[test]
    fn k08_no_primary_gone_clusters_and_new_warnings_are_bad() {
        let clusters = "\
NAMESPACE   NAME    INSTANCES   READY   PHASE         PRIMARY   AGE
data        cache   3           3       FailingOver             40d
";
        let events = |more: &str| {
            format!("data        5m          Normal    PhaseChanged   rediscluster/cache   phase is Healthy\n{more}")
        };
        let warning =
            "data        1m          Warning   FailoverFailed   rediscluster/cache   no suitable replica found\n";
        let found =
            told(&[("c", CLUSTERS), ("e", &events(""))], &[("c", clusters), ("e", &events(warning))], Expected::Either);
        assert_eq!(
            found,
            [
                "! data/cache: the phase is `FailingOver`, expected `Healthy`",
                "! data/cache: no primary is named",
                "! data/one: the RedisCluster is gone",
                "! data/rediscluster/cache: warning FailoverFailed: no suitable replica found",
            ]
        );
        let primaries = |pod: &str| format!("data\tcache\t{pod}\nother\tring\t\n");
        assert_eq!(
            told(&[("p", &primaries("cache-0"))], &[("p", &primaries("cache-1"))], Expected::Either),
            ["data/cache: the primary was `cache-0` and is `cache-1`"]
        );
    }

    #[test]
    fn k08_lists_of_objects_tell_by_uid_and_hash() {
        let pods = |uid: &str, hash: &str| {
            let pod = |number: u32, uid: &str, hash: &str| {
                format!(
                    "{{kind: Pod, metadata: {{namespace: data, name: cache-{number}, uid: {uid}{number}, annotations: \
                     {{redis.io/spec-hash: {hash}}}}}, status: {{phase: Running, containerStatuses: [{{ready: true, restartCount: 0}}]}}}}"
                )
            };
            format!("{{kind: List, items: [{}, {}]}}", pod(0, "a", "hash1"), pod(1, uid, hash))
        };
        let clusters = "{kind: List, items: [{kind: RedisCluster, metadata: {namespace: data, name: cache}, spec: {instances: 2}, \
                        status: {phase: Healthy, readyInstances: 2, currentPrimary: cache-0}}]}";
        assert_eq!(
            told(
                &[("c", clusters), ("p", &pods("a", "hash1"))],
                &[("c", clusters), ("p", &pods("b", "hash2"))],
                Expected::Either
            ),
            [
                "data/cache-1: made anew: it has another uid",
                "! data/cache: 1 of 2 pods were made anew: the update has not come to its end",
                "! data/cache: its pods carry 2 different hashes",
            ]
        );
    }

    #[test]
    fn what_is_no_snapshot_is_refused_and_nothing_is_fine() {
        let mut snapshot = Snapshot::default();
        let error = snapshot.add("a.txt", b"hello\n").expect_err("no table");
        assert!(error.to_string().starts_with("a.txt: found `hello`, expected clusters"), "{error}");
        assert!(snapshot.add("b.txt", b"NAME   AGE\na      5d\n").is_err());
        for text in ["", "\n", "No resources found\n", "{kind: List, items: []}"] {
            assert_eq!(snapshot.add("c.txt", text.as_bytes()), Ok(()), "{text}");
        }
        assert!(snapshot.is_empty());
        for hostile in [
            "NAMESPACE  NAME  PHASE\n\u{e9}\n",
            "NAME  RESTARTS  READY\na  99999999999999  /\n",
            "NAME   RESTARTS   AGE\na      0          99999999999999999999y\n",
        ] {
            let _ = snapshot.add("d.txt", hostile.as_bytes());
        }
        assert_eq!(Age::read("99999999999999999999y"), None);
        assert_eq!(Age::read("3h10m").map(|age| (age.least, age.below)), Some((11_400, 11_460)));
    }
}
