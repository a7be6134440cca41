//! A snapshot as it lies in its file.
//!
//! In: the text of a file, which anybody may have edited. Out: [`Snapshot`], or what is wrong with it, each with its line;
//! and back again. It is one YAML stream:
//!
//! ```yaml
//! # A snapshot of the chart as it renders; `chartwright snapshot CHART --update` writes it again
//! case: ci/small-values.yaml
//! release: release-name
//! namespace: default
//! kubeVersion: v1.37.0
//! ---
//! # ConfigMap/web
//! # from: templates/config.yaml
//! # masked: data.token, by randAlphaNum at templates/config.yaml:7:10
//! kind: ConfigMap
//! ```
//!
//! Comments below an address say where a document is from; the lines and columns in them are of the day when the file was
//! written, and are not compared: a template may grow a line without any of its snapshots being wrong.

use crate::diag::{Diagnostic, Place};
use crate::manifest::Head as ObjectHead;
use crate::nearest::nearest;
use crate::value::{Data, Node, Str};
use crate::yaml;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The address of the text with which a case fails.
pub const ERROR: &str = "error";

/// The address of the chart's NOTES.txt.
pub const NOTES: &str = "NOTES.txt";

/// What a file begins with.
const TITLE: &str = "# A snapshot of the chart as it renders; `chartwright snapshot CHART --update` writes it again\n";

/// What begins the comments below an address.
const REMARKS: [&str; 3] = ["# from: ", "# masked: ", "# asks: "];

const HELP: &str = "`--update` writes the file again; version control has it as it was";

/// How a case was rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The case.
    pub case: String,
    /// The name of the release.
    pub release: String,
    /// Its namespace.
    pub namespace: String,
    /// The version of Kubernetes.
    pub kube_version: String,
    /// Whether it is rendered as an upgrade.
    pub is_upgrade: bool,
    /// Further API versions.
    pub api_versions: Vec<String>,
    /// Values files of the user by their names, and what flags set, without the values.
    pub given: Vec<String>,
    /// The seed of random numbers, where one was asked for.
    pub seed: Option<u64>,
    /// What `now` gives, where that was asked for.
    pub now: Option<i64>,
}

/// A document of a snapshot, an error, or the notes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// `KIND/NAME`, `KIND/NAMESPACE/NAME`, [`NOTES`] or [`ERROR`]; ` (2)` behind it when something before has the same.
    pub address: String,
    /// The template file that wrote it.
    pub from: String,
    /// Which lines are masked and why, and which functions asked a cluster: whole comments without `# `.
    pub remarks: Vec<String>,
    /// The text.
    pub text: String,
}

/// What a case renders to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// How.
    pub head: Head,
    /// What, in the order of the addresses; notes and errors come last.
    pub parts: Vec<Part>,
}

impl Head {
    fn rows(&self) -> Vec<(&'static str, Data)> {
        let text = |text: &str| Data::Str(Str::from(text));
        let list = |items: &[String]| Data::list(items.iter().map(|item| Node::new(text(item))).collect());
        let mut rows = vec![
            ("case", text(&self.case)),
            ("release", text(&self.release)),
            ("namespace", text(&self.namespace)),
            ("kubeVersion", text(&self.kube_version)),
        ];
        if self.is_upgrade {
            rows.push(("upgrade", Data::Bool(true)));
        }
        if !self.api_versions.is_empty() {
            rows.push(("apiVersions", list(&self.api_versions)));
        }
        if !self.given.is_empty() {
            rows.push(("given", list(&self.given)));
        }
        // A number of YAML is a float here, and a seed may have more digits than that.
        rows.extend(self.seed.map(|seed| ("seed", text(&seed.to_string()))));
        rows.extend(self.now.map(|now| ("now", text(&now.to_string()))));
        rows
    }

    /// What this head says otherwise than another one: the key, and both values as they are written.
    pub fn differing(&self, other: &Head) -> Vec<(&'static str, String, String)> {
        let shown = |data: &Data| match data {
            Data::Str(text) => text.to_text().into_owned(),
            Data::List(items) => items.iter().filter_map(Node::as_text).collect::<Vec<_>>().join(" "),
            Data::Bool(value) => value.to_string(),
            _ => String::new(),
        };
        let (ours, theirs): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (self.rows().into_iter().collect(), other.rows().into_iter().collect());
        let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).copied().collect();
        let text = |rows: &BTreeMap<&str, Data>, key| rows.get(key).map(shown).unwrap_or_default();
        let rows = keys.into_iter().map(|key| (key, text(&ours, key), text(&theirs, key)));
        rows.filter(|(_, ours, theirs)| ours != theirs).collect()
    }
}

impl Part {
    /// Whether both say the same; places in remarks may have moved.
    pub fn is_same(&self, other: &Part) -> bool {
        let remarks = |part: &Part| -> Vec<String> { part.remarks.iter().map(|text| without_lines(text)).collect() };
        self.text == other.text && (self.remarks == other.remarks || remarks(self) == remarks(other))
    }

    /// Documents come in the order of their addresses, and what is no document after them.
    fn rank(&self) -> (u8, &str) {
        let class = match self.address.as_str() {
            NOTES => 1,
            ERROR => 2,
            _ => 0,
        };
        (class, &self.address)
    }

    /// A text that is no document, as one.
    pub(super) fn of_text(address: &str, key: &str, text: &str) -> Part {
        let text = text.trim_end();
        let tree = Node::new(Data::map([(Str::from(key), Node::new(Data::Str(Str::from(text))))].into()));
        let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("\n  {line}") };
        // As it is told, where YAML gives it back so; else with all that YAML needs.
        let mut plain = format!("{key}: |-");
        plain.extend(text.split('\n').map(line));
        let text = match yaml::decode(plain.as_bytes()) {
            Ok(read) if read == tree && !text.contains('\r') => plain,
            _ => String::from_utf8_lossy(&yaml::node_to_yaml(&tree).unwrap_or_default()).trim_end().to_owned(),
        };
        Part { address: address.to_owned(), text, ..Part::default() }
    }

    fn print(&self, out: &mut String) {
        let mut line = |text: &str| out.extend([text, "\n"]);
        line("---");
        line(&format!("# {}", self.address));
        if !self.from.is_empty() {
            line(&format!("# from: {}", self.from));
        }
        self.remarks.iter().for_each(|remark| line(&format!("# {remark}")));
        if is_remark(self.text.lines().next().unwrap_or_default()) {
            // The comment is the document's own.
            line("#");
        }
        line(&self.text);
    }
}

fn is_remark(line: &str) -> bool {
    line == "#" || REMARKS.iter().any(|begin| line.starts_with(begin))
}

/// A remark without lines and columns: `:7:10` behind a file.
pub(super) fn without_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(':') {
        let (before, after) = rest.split_at(at);
        let digits = after.get(1..).map_or(0, |after| after.bytes().take_while(u8::is_ascii_digit).count());
        out.push_str(before);
        if digits == 0 {
            out.push(':');
        }
        rest = after.get(1 + digits..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// What an object is called; `None` for a document without a kind or a name.
pub(super) fn address(head: &ObjectHead) -> Option<String> {
    if head.kind.is_empty() || head.name.is_empty() {
        return None;
    }
    let parts = [&head.kind, &head.namespace, &head.name];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    Some(one_line(&parts.map(String::as_str).collect::<Vec<_>>().join("/")))
}

/// A text in which no sign ends the line of a comment.
pub(super) fn one_line(text: &str) -> String {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    text.chars().map(|c| if is_plain(c) { c.to_string() } else { c.escape_unicode().to_string() }).collect()
}

impl Snapshot {
    /// A snapshot with its parts in order, and what belongs to each; parts that share an address are numbered.
    pub(super) fn new<T>(head: Head, mut parts: Vec<(Part, T)>) -> (Snapshot, Vec<T>) {
        // The order of rendering stays among those of one address.
        parts.sort_by(|(a, _), (b, _)| a.rank().cmp(&b.rank()));
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (part, _) in &mut parts {
            let count = seen.entry(part.address.clone()).or_insert(0);
            *count += 1;
            if *count > 1 {
                part.address = format!("{} ({count})", part.address);
            }
        }
        let (parts, others) = parts.into_iter().unzip();
        (Snapshot { head, parts }, others)
    }

    /// The part of an address.
    pub fn part(&self, address: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.address == address)
    }

    /// The text of its file.
    pub fn print(&self) -> String {
        let mut out = TITLE.to_owned();
        for (key, data) in self.head.rows() {
            let row = Node::new(Data::map([(Str::from(key), Node::new(data))].into()));
            out.push_str(&String::from_utf8_lossy(&yaml::node_to_yaml(&row).unwrap_or_default()));
        }
        self.parts.iter().for_each(|part| part.print(&mut out));
        out
    }

    /// Puts a part in its place, or takes away what has its address.
    pub(super) fn set(&mut self, address: &str, part: Option<&Part>) {
        self.parts.retain(|own| own.address != address);
        self.parts.extend(part.cloned());
        self.parts.sort_by(|a, b| a.rank().cmp(&b.rank()));
    }

    /// Reads a file, called `name` in messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its line.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Snapshot, Vec<Diagnostic>> {
        let mut reader = Reader { file: Arc::from(name), problems: Vec::new() };
        let Ok(text) = std::str::from_utf8(bytes) else {
            let good = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to());
            let line = bytes.iter().take(good).filter(|byte| **byte == b'\n').count();
            reader.bad(line, "the file is no text in UTF-8");
            return Err(reader.problems);
        };
        // Every file is written with plain ends of lines, so somebody's tool has put others in.
        let is_converted =
            text.lines().next().is_some_and(|_| text.split('\n').next().is_some_and(|l| l.ends_with('\r')));
        let converted = if is_converted { text.replace("\r\n", "\n") } else { text.to_owned() };
        let snapshot = reader.snapshot(&converted);
        if reader.problems.is_empty() { Ok(snapshot) } else { Err(reader.problems) }
    }
}

struct Reader {
    file: Arc<str>,
    problems: Vec<Diagnostic>,
}

impl Reader {
    /// `line` counts from 0.
    fn bad(&mut self, line: usize, text: impl Into<String>) {
        let line = u32::try_from(line + 1).unwrap_or(u32::MAX);
        let place = Place::new(Arc::clone(&self.file), line, 0, None);
        self.problems.push(Diagnostic::error("bad-snapshot", text).at(place).help(HELP));
    }

    fn snapshot(&mut self, text: &str) -> Snapshot {
        let lines: Vec<&str> = text.split('\n').collect();
        let begins: Vec<usize> =
            lines.iter().enumerate().filter(|(_, line)| line.starts_with("---")).map(|(at, _)| at).collect();
        let ends = begins.iter().copied().skip(1).chain([lines.len()]);
        let head = lines.get(..begins.first().copied().unwrap_or(lines.len())).unwrap_or_default();
        let head = self.head(&head.join("\n"));
        let mut snapshot = Snapshot { head, parts: Vec::new() };
        let mut seen = BTreeSet::new();
        for (begin, end) in begins.iter().zip(ends) {
            let own = lines.get(begin + 1..end).unwrap_or_default();
            let part = self.part(*begin, lines.get(*begin).copied().unwrap_or_default(), own);
            let Some(part) = part else { continue };
            if !seen.insert(part.address.clone()) {
                self.bad(begin + 1, format!("`{}` stands here for the second time, expected once", part.address));
            }
            snapshot.parts.push(part);
        }
        snapshot
    }

    fn head(&mut self, text: &str) -> Head {
        let mut head = Head::default();
        let node = match yaml::decode(text.as_bytes()) {
            Ok(node) => node,
            Err(error) => {
                let line = (error.line as usize).saturating_sub(1);
                self.bad(line, format!("the head of the snapshot is no YAML: {}", error.message));
                return head;
            }
        };
        let Some(map) = node.as_map() else {
            self.bad(0, "this is no snapshot: expected a head with `case: NAME` before the first `---`");
            return head;
        };
        const KNOWN: [&str; 9] =
            ["case", "release", "namespace", "kubeVersion", "upgrade", "apiVersions", "given", "seed", "now"];
        for (key, node) in map {
            let key = key.to_text();
            let line = (node.origin.line as usize).saturating_sub(1);
            let text = node.as_text().map(|text| text.into_owned());
            let texts = || -> Option<Vec<String>> {
                let is_list = matches!(node.data, Data::List(_));
                let items = node.items().iter().map(|item| Some(item.as_text()?.into_owned()));
                items.collect::<Option<Vec<String>>>().filter(|_| is_list)
            };
            let read = match &*key {
                "case" => text.map(|text| head.case = text),
                "release" => text.map(|text| head.release = text),
                "namespace" => text.map(|text| head.namespace = text),
                "kubeVersion" => text.map(|text| head.kube_version = text),
                "upgrade" => node.as_bool().map(|value| head.is_upgrade = value),
                "apiVersions" => texts().map(|texts| head.api_versions = texts),
                "given" => texts().map(|texts| head.given = texts),
                "seed" => text.and_then(|text| text.parse().ok()).map(|seed| head.seed = Some(seed)),
                "now" => text.and_then(|text| text.parse().ok()).map(|now| head.now = Some(now)),
                other => {
                    let near = nearest(other, KNOWN.into_iter()).map(|near| format!("; did you mean `{near}`?"));
                    let near = near.unwrap_or_default();
                    self.bad(line, format!("there is no `{other}` in the head of a snapshot{near}"));
                    Some(())
                }
            };
            if read.is_none() {
                let expected = match &*key {
                    "upgrade" => "true or false",
                    "apiVersions" | "given" => "a list of texts",
                    "seed" | "now" => "a whole number in quotes",
                    _ => "a text",
                };
                self.bad(line, format!("`{key}` is not {expected}"));
            }
        }
        if head.case.is_empty() && self.problems.is_empty() {
            self.bad(0, "the head of the snapshot says no case, expected `case: NAME`");
        }
        head
    }

    /// `begin` is the line of the separator, from 0.
    fn part(&mut self, begin: usize, separator: &str, lines: &[&str]) -> Option<Part> {
        if separator != "---" {
            self.bad(begin, format!("expected `---` alone, found `{}`", shortened(separator)));
            return None;
        }
        let first = lines.first().copied().unwrap_or_default();
        let Some(address) = first.strip_prefix("# ").filter(|address| !address.trim().is_empty()) else {
            let text = format!("expected `# KIND/NAME` behind `---`, found `{}`", shortened(first));
            self.bad(begin + 1, text);
            return None;
        };
        let mut part = Part { address: address.to_owned(), ..Part::default() };
        let mut above = 1;
        while let Some(line) = lines.get(above).filter(|line| is_remark(line)) {
            above += 1;
            match (line.strip_prefix("# from: "), line.strip_prefix("# ")) {
                (Some(from), _) => part.from = from.to_owned(),
                (None, Some(remark)) => part.remarks.push(remark.to_owned()),
                (None, None) => break,
            }
        }
        part.text = lines.get(above..).unwrap_or_default().join("\n").trim_end().to_owned();
        let start = begin + 1 + above;
        match yaml::decode(part.text.as_bytes()) {
            Ok(node) => self.check_address(&part, &node, begin + 1),
            Err(error) => {
                // What ends too early is told of the line behind the last.
                let line = (error.line as usize).min(part.text.lines().count()).saturating_sub(1);
                self.bad(start + line, format!("`{}` is no YAML: {}", part.address, error.message));
            }
        }
        Some(part)
    }

    fn check_address(&mut self, part: &Part, node: &Node, line: usize) {
        let is_text = [(NOTES, "notes"), (ERROR, "error")].into_iter().find(|(address, _)| *address == part.address);
        if let Some((address, key)) = is_text {
            if node.get(key).and_then(Node::as_text).is_none() {
                self.bad(line, format!("expected `{key}: TEXT` below `# {address}`"));
            }
            return;
        }
        let Some(own) = address(&ObjectHead::of(node)) else { return };
        let numbered = part.address.strip_prefix(own.as_str()).is_some_and(|rest| rest.starts_with(" ("));
        if part.address != own && !numbered {
            self.bad(line, format!("the comment says `{}`, and the document below is `{own}`", part.address));
        }
    }
}

/// Characters of a line that messages show.
const SHOWN: usize = 60;

fn shortened(line: &str) -> String {
    // A line may hold a secret.
    let line = crate::secrets::masked(line).concat();
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(address: &str, text: &str) -> Part {
        Part { address: address.into(), text: text.into(), ..Part::default() }
    }

    #[test]
    fn a_snapshot_is_read_as_it_was_written() {
        let own = "# from: nowhere\n# a comment of its own\nkind: A\nmetadata: {name: b}";
        let mut first = part("A/b", own);
        first.from = "templates/a.yaml".into();
        first.remarks = vec!["masked: data.x, by now at templates/a.yaml:3:4".into()];
        let text = "it failed: \"a\"\n  twice\t\n---\nand more";
        let parts = vec![Part::of_text(ERROR, "error", text), part("A/b", "kind: A\nmetadata: {name: b}"), first];
        let head = Head {
            case: "ci/a-values.yaml, kube 1.33".into(),
            release: "true".into(),
            namespace: "default".into(),
            kube_version: "v1.33.0".into(),
            is_upgrade: true,
            api_versions: vec!["a/v1".into()],
            given: vec!["-f x.yaml".into()],
            seed: Some(u64::MAX),
            now: Some(-1),
        };
        let (snapshot, _) = Snapshot::new(head, parts.into_iter().map(|part| (part, ())).collect());
        let addresses: Vec<&str> = snapshot.parts.iter().map(|part| part.address.as_str()).collect();
        assert_eq!(addresses, ["A/b", "A/b (2)", "error"]);
        let printed = snapshot.print();
        assert_eq!(Snapshot::read("s.yaml", printed.as_bytes()), Ok(snapshot.clone()), "{printed}");
        let converted = printed.replace('\n', "\r\n");
        assert_eq!(Snapshot::read("s.yaml", converted.as_bytes()), Ok(snapshot));
    }

    #[test]
    fn places_that_moved_are_no_difference() {
        let with = |remark: &str| Part { remarks: vec![remark.into()], ..part("A/b", "kind: A") };
        let (old, new) = (with("masked: a:b, by now at t/a.yaml:3:4"), with("masked: a:b, by now at t/a.yaml:13:1"));
        assert!(old.is_same(&new));
        assert!(!old.is_same(&with("masked: a:b, by randInt at t/a.yaml:3:4")));
    }

    #[test]
    fn each_line_that_makes_no_sense_is_told_with_what_was_expected() {
        let told = |text: &str| -> Vec<String> {
            let problems = Snapshot::read("s.yaml", text.as_bytes()).expect_err("it is bad");
            let place = |found: &Diagnostic| found.place.as_ref().map(ToString::to_string).unwrap_or_default();
            problems.iter().map(|found| format!("{} {}", place(found), found.message)).collect()
        };
        assert_eq!(
            told("just a text"),
            ["s.yaml:1 this is no snapshot: expected a head with `case: NAME` before the first `---`"]
        );
        assert_eq!(
            told("case: a\nrelaese: b\n"),
            ["s.yaml:2 there is no `relaese` in the head of a snapshot; did you mean `release`?"]
        );
        assert_eq!(told("case: [a]\n"), ["s.yaml:1 `case` is not a text",]);
        assert_eq!(told("case: a\nseed: 1\n"), ["s.yaml:2 `seed` is not a whole number in quotes"]);
        assert_eq!(
            told(
                "case: a\n---\nkind: B\n---\n# B/c\nkind: B\nmetadata: {name: d}\n---\n# B/d\nb: [\n---\n# B/d\n---x\n"
            ),
            [
                "s.yaml:3 expected `# KIND/NAME` behind `---`, found `kind: B`",
                "s.yaml:5 the comment says `B/c`, and the document below is `B/d`",
                "s.yaml:10 `B/d` is no YAML: error converting YAML to JSON: yaml: line 1: did not find expected node content",
                "s.yaml:12 `B/d` stands here for the second time, expected once",
                "s.yaml:13 expected `---` alone, found `---x`",
            ]
        );
        assert_eq!(told("case: a\n---\n# error\nerr: x\n"), ["s.yaml:3 expected `error: TEXT` below `# error`"]);
    }
}
