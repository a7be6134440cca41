//! From rendered files to manifests and hooks in Helm's order.
//!
//! In: rendered texts by path. Out: [`Manifests`]: documents with kind, name and the byte range
//! they had in their file, so that a finding inside one can be traced to its template.

pub mod change;
mod head;
mod object;
mod order;
mod place;
mod split;

pub use self::head::Head;
pub use self::object::{Object, ObjectId, objects};
pub use self::order::{INSTALL_ORDER, compare};
pub use self::place::path_at;
pub(crate) use self::place::value_column;
pub use self::split::split;

use crate::diag::Diagnostic;
use crate::parallel;
use crate::value::Node;
use crate::yaml;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// One document that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The path of the template, as in `# Source:`.
    pub path: Arc<str>,
    /// The whole rendered file.
    pub text: Arc<str>,
    /// Version, kind, name and annotations.
    pub head: Head,
    /// Where the document stands in `text`.
    pub range: Range<usize>,
}

impl Manifest {
    /// The document: from its first character that is not white space to the next separator.
    pub fn content(&self) -> &str {
        self.text.get(self.range.clone()).unwrap_or_default()
    }
}

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookEvent {
    /// `pre-install`.
    PreInstall,
    /// `post-install`.
    PostInstall,
    /// `pre-delete`.
    PreDelete,
    /// `post-delete`.
    PostDelete,
    /// `pre-upgrade`.
    PreUpgrade,
    /// `post-upgrade`.
    PostUpgrade,
    /// `pre-rollback`.
    PreRollback,
    /// `post-rollback`.
    PostRollback,
    /// `test`, once `test-success`.
    Test,
}

impl HookEvent {
    /// The event of that name, in any case and with blanks around.
    pub fn parse(text: &str) -> Option<HookEvent> {
        Some(match text.trim().to_lowercase().as_str() {
            "pre-install" => HookEvent::PreInstall,
            "post-install" => HookEvent::PostInstall,
            "pre-delete" => HookEvent::PreDelete,
            "post-delete" => HookEvent::PostDelete,
            "pre-upgrade" => HookEvent::PreUpgrade,
            "post-upgrade" => HookEvent::PostUpgrade,
            "pre-rollback" => HookEvent::PreRollback,
            "post-rollback" => HookEvent::PostRollback,
            "test" | "test-success" => HookEvent::Test,
            _ => return None,
        })
    }
}

/// A document that runs at an event instead of being installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The document.
    pub manifest: Manifest,
    /// When it runs; never empty.
    pub events: Vec<HookEvent>,
    /// `helm.sh/hook-weight`; 0 when it is no number.
    pub weight: i64,
    /// `helm.sh/hook-delete-policy`, in lower case.
    pub delete_policies: Vec<String>,
    /// `helm.sh/hook-output-log-policy`, in lower case.
    pub output_log_policies: Vec<String>,
}

impl Hook {
    /// Whether it is a test (`--skip-tests` leaves these out).
    pub fn is_test(&self) -> bool {
        self.events.contains(&HookEvent::Test)
    }
}

/// What a chart renders to, in the order of installation.
#[derive(Debug, Clone, Default)]
pub struct Manifests {
    /// What is installed.
    pub manifests: Vec<Manifest>,
    /// What runs at events.
    pub hooks: Vec<Hook>,
    /// What Helm logs: hooks that were dropped.
    pub warnings: Vec<Diagnostic>,
}

/// A rendered document that is no manifest. Helm adds
/// "\n\nUse --debug flag to render out invalid YAML".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("YAML parse error on {path}: {reason}")]
pub struct ManifestError {
    /// The path of the template.
    pub path: Arc<str>,
    /// Why, in Helm's words.
    pub reason: String,
    /// Where the document stands in the rendered file.
    pub range: Range<usize>,
    /// The line of the document, from 1; 0 when it is not known.
    pub line: u32,
}

/// A document as it was read, good or bad.
#[derive(Debug, Clone)]
pub struct Document {
    /// The path of the template, as in `# Source:`.
    pub path: Arc<str>,
    /// The whole rendered file.
    pub text: Arc<str>,
    /// Where the document stands in `text`.
    pub range: Range<usize>,
    /// What it says; `None` when it is no YAML. Places count from the document's first line.
    pub node: Option<Node>,
    /// What Helm reads of it.
    pub head: Result<Head, ManifestError>,
    /// What is suspicious in its keys.
    pub troubles: Vec<yaml::KeyTrouble>,
    /// Lines of the file above it.
    above: usize,
}

impl Document {
    /// How many lines of the file stand above the document.
    pub fn lines_before(&self) -> usize {
        self.above
    }

    /// How many lines it has.
    pub(crate) fn lines(&self) -> usize {
        let text = self.content().as_bytes();
        memchr::memchr_iter(b'\n', text).count() + usize::from(!text.ends_with(b"\n"))
    }

    /// The document's own text.
    pub fn content(&self) -> &str {
        self.text.get(self.range.clone()).unwrap_or_default()
    }
}

/// Every document of these files, by path and place, those too that Helm would refuse. Partials
/// and blank files have none.
pub fn read(files: &[(Arc<str>, Arc<str>)]) -> Vec<Document> {
    let documents: Vec<_> = files
        .iter()
        .filter(|(path, _)| !is_partial(path))
        .flat_map(|(path, text)| {
            let mut above = 0;
            let mut end = 0;
            split(text).into_iter().map(move |range| {
                let between = text.get(end..range.start).unwrap_or_default();
                above += memchr::memchr_iter(b'\n', between.as_bytes()).count();
                end = range.start;
                (path, text, range, above)
            })
        })
        .collect();
    let bytes = documents.iter().map(|(_, _, range, _)| range.len()).sum();
    parallel::map(&documents, bytes, |(path, text, range, above)| {
        let content = text.get(range.clone()).unwrap_or_default();
        let failed = |error: yaml::Error| {
            let yaml::Error { message: reason, line } = error;
            ManifestError { path: Arc::clone(path), reason, range: range.clone(), line }
        };
        let (node, head, troubles) = match yaml::decode_with_troubles(content.as_bytes()) {
            Ok((node, troubles)) => {
                let head = Head::from_node(content.as_bytes(), &node).map_err(failed);
                (Some(node), head, troubles)
            }
            Err(error) => (None, Err(failed(error)), Vec::new()),
        };
        Document {
            path: Arc::clone(path),
            text: Arc::clone(text),
            range: range.clone(),
            above: *above,
            node,
            head,
            troubles,
        }
    })
}

/// Lines that a document stands for: an object that is looked at takes some twenty kilobytes with what is found in it.
const DOCUMENT_PARTS: usize = 50;

/// About how much there is to read in these files: lines, items and entries, and fifty for each document.
pub fn parts(files: &[(Arc<str>, Arc<str>)]) -> u64 {
    let of = |text: &str| {
        let small = text.bytes().filter(|byte| matches!(byte, b'\n' | b',' | b'{' | b'[')).count();
        small + DOCUMENT_PARTS * memchr::memmem::find_iter(text.as_bytes(), "\n---").count()
    };
    files.iter().map(|(_, text)| of(text) as u64).sum()
}

fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|base| base.starts_with('_'))
}

/// Troubles with keys that are told of one document.
const MOST_TOLD: usize = 20;

/// Splits, reads and sorts rendered files. Partials (`_x.tpl`) and blank files are left out;
/// take NOTES.txt out before.
///
/// # Errors
/// The documents, by path and place, that are not maps of the right shape. The first is the one
/// that Helm reports.
pub fn sort(files: &BTreeMap<Arc<str>, Arc<str>>) -> Result<Manifests, Vec<ManifestError>> {
    let documents: Vec<_> = files
        .iter()
        .filter(|(path, _)| !is_partial(path))
        .flat_map(|(path, text)| split(text).into_iter().map(move |range| (path, text, range)))
        .collect();
    let bytes = documents.iter().map(|(_, _, range)| range.len()).sum();
    let heads = parallel::map(&documents, bytes, |(_, text, range)| {
        Head::read_with_troubles(text.get(range.clone()).unwrap_or_default())
    });
    let mut sorted = Manifests::default();
    let mut failed = Vec::new();
    for ((path, text, range), head) in documents.into_iter().zip(heads) {
        match head {
            Ok((head, troubles)) => {
                sorted.warnings.extend(troubles.iter().take(MOST_TOLD).map(|found| key_trouble(path, found)));
                sorted.add(Manifest { path: Arc::clone(path), text: Arc::clone(text), head, range });
            }
            Err(error) => {
                let yaml::Error { message: reason, line } = error;
                failed.push(ManifestError { path: Arc::clone(path), reason, range, line });
            }
        }
    }
    if !failed.is_empty() {
        return Err(failed);
    }
    sorted.manifests.sort_by(|a, b| compare(&a.head.kind, &b.head.kind));
    sorted.hooks.sort_by(|a, b| compare(&a.manifest.head.kind, &b.manifest.head.kind));
    let twice = sorted.same_objects();
    sorted.warnings.extend(twice);
    Ok(sorted)
}

/// Helm says nothing of keys written twice, which the API server and other tools refuse, nor of
/// keys that become others.
fn key_trouble(path: &Arc<str>, trouble: &yaml::KeyTrouble) -> Diagnostic {
    let (code, text) = match trouble {
        yaml::KeyTrouble::Duplicate(yaml::Duplicate { path: key, first_line, line, .. }) => {
            let lines = format!("lines {first_line} and {line} of one document");
            ("duplicate-key", format!("rendered key `{key}` is set in {lines}; the last counts"))
        }
        yaml::KeyTrouble::Respelled(yaml::Respelled { written, key, line }) => {
            let text = format!("rendered key `{written}` in line {line} of a document is the key `{key}` to YAML 1.1");
            ("respelled-key", text)
        }
    };
    Diagnostic::warning(code, text).at(crate::diag::Place::file(Arc::clone(path)))
}

impl Manifests {
    /// Objects that two documents make. Helm prints both, and the cluster takes one.
    fn same_objects(&self) -> Vec<Diagnostic> {
        let mut seen: HashMap<[&str; 4], &Manifest> = HashMap::new();
        let mut found = Vec::new();
        for manifest in self.manifests.iter().filter(|manifest| !manifest.head.name.is_empty()) {
            let Head { api_version, kind, name, namespace, .. } = &manifest.head;
            if let Some(first) = seen.insert([api_version, kind, namespace, name], manifest) {
                let text = format!("{kind} `{name}` is rendered twice, before by {}", first.path);
                let place = crate::diag::Place::file(Arc::clone(&manifest.path));
                found.push(Diagnostic::warning("same-object", text).at(place));
            }
        }
        found
    }

    fn add(&mut self, manifest: Manifest) {
        let Some(names) = manifest.head.annotations.get("helm.sh/hook") else {
            self.manifests.push(manifest);
            return;
        };
        let events: Option<Vec<HookEvent>> = names.split(',').map(HookEvent::parse).collect();
        let Some(events) = events else {
            let mut note = Diagnostic::warning("unknown-hook", "skipping unknown hooks");
            note.severity = crate::diag::Severity::Note; // Helm logs it as INFO
            note.notes.push(format!("hookTypes={names}"));
            note.place = Some(crate::diag::Place::file(Arc::clone(&manifest.path)));
            self.warnings.push(note);
            return;
        };
        let annotation = |name: &str| manifest.head.annotations.get(name).map(String::as_str);
        let weight = annotation("helm.sh/hook-weight");
        if let Some(text) = weight.filter(|text| text.parse::<i64>().is_err()) {
            let text = format!("helm.sh/hook-weight {text:?} is no whole number; 0 counts");
            let place = crate::diag::Place::file(Arc::clone(&manifest.path));
            self.warnings.push(Diagnostic::warning("bad-hook-weight", text).at(place));
        }
        let policies = |name| -> Vec<String> {
            annotation(name).into_iter().flat_map(|text| text.split(',')).map(|p| p.trim().to_lowercase()).collect()
        };
        self.hooks.push(Hook {
            weight: weight.and_then(|text| text.parse().ok()).unwrap_or(0),
            delete_policies: policies("helm.sh/hook-delete-policy"),
            output_log_policies: policies("helm.sh/hook-output-log-policy"),
            events,
            manifest,
        });
    }

    /// What `helm template` prints: CRDs (path and text) if they were asked for, manifests, hooks.
    pub fn print(&self, crds: &[(String, Vec<u8>)], hooks: bool, tests: bool) -> Vec<u8> {
        self.print_through(crds, hooks, tests, Ok::<_, std::convert::Infallible>).unwrap_or_else(|never| match never {})
    }

    /// The same, with CRDs and manifests changed by `change` on the way; hooks stay as they are.
    ///
    /// # Errors
    /// Those of `change`.
    pub fn print_through<E>(
        &self,
        crds: &[(String, Vec<u8>)],
        hooks: bool,
        tests: bool,
        change: impl FnOnce(Vec<u8>) -> Result<Vec<u8>, E>,
    ) -> Result<Vec<u8>, E> {
        let size: usize = self.manifests.iter().map(|manifest| manifest.range.len() + manifest.path.len() + 20).sum();
        let mut out = Vec::with_capacity(size);
        let document = |out: &mut Vec<u8>, path: &str, text: &[u8]| {
            out.extend_from_slice(b"---\n# Source: ");
            out.extend_from_slice(path.as_bytes());
            out.push(b'\n');
            out.extend_from_slice(text);
            out.push(b'\n');
        };
        for (path, text) in crds {
            document(&mut out, path, text);
        }
        for manifest in &self.manifests {
            document(&mut out, &manifest.path, manifest.content().as_bytes());
        }
        let mut out = change(out)?;
        // Go's `strings.TrimSpace`. In front there is none to trim, unless `change` wrote it.
        out.truncate(trim_end(&out).len());
        let white = out.len() - out.trim_ascii_start().len();
        out.drain(..white);
        out.push(b'\n');
        if hooks {
            for hook in self.hooks.iter().filter(|hook| tests || !hook.is_test()) {
                document(&mut out, &hook.manifest.path, hook.manifest.content().as_bytes());
            }
        }
        Ok(out)
    }
}

fn trim_end(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_end().as_bytes(),
        Err(_) => bytes.trim_ascii_end(),
    }
}
