//! One case, rendered and made ready to be compared.
//!
//! In: a compiled chart and a case. Out: [`Shot`]: the [`Snapshot`] that the case is now, with what another render would
//! not print again masked, where each part came from, and what is wrong with the case.

use super::file::{ERROR, Head, NOTES, Part, Snapshot, address, one_line};
use super::mask::{Masked, Spot, mask, varies};
use super::{Case, Snapshots};
use crate::cluster;
use crate::diag::{Diagnostic, Place};
use crate::eval::call::Purity;
use crate::manifest::{Document, Head as ObjectHead, HookEvent, Manifest};
use crate::matrix;
use crate::release::Outside;
use crate::render::determinism::Line;
use crate::render::{Attempt, Options, Rendered, secret_texts};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What templates are told when no seed and no time are asked for; what is made of it is masked.
const SEED: u64 = 1;
const NOW: i64 = 1_767_225_600;

/// What takes the place of secrets that the user gave: a text that is good wherever a value stands in YAML.
const SECRET: &str = "(secret)";

/// A case as it is now.
pub(super) struct Shot {
    /// `None` when the case does something else than render or fail as it should.
    pub snapshot: Option<Snapshot>,
    /// Where the parts came from, in their order.
    pub origins: Vec<Option<Origin>>,
    pub attempt: Attempt,
    pub problems: Vec<Diagnostic>,
}

/// Where the lines of a part were rendered.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The template file, as in `# Source:`.
    pub file: Arc<str>,
    /// For each line of the part the line of the rendered file.
    pub lines: Vec<u32>,
}

impl Shot {
    /// Renders a case.
    pub fn take(all: &Snapshots, case: &Case) -> Shot {
        let options = all.options(case, true);
        let attempt = all.chart.attempt(&case.input.values, &options);
        all.collector.iter().for_each(|collector| collector.add_attempt(&attempt));
        let mut shot = Shot { snapshot: None, origins: Vec::new(), attempt, problems: Vec::new() };
        let failed = !shot.attempt.errors.is_empty();
        match (failed, &case.input.expect_error) {
            (false, None) => match shot.documents(all, case) {
                Ok(parts) => shot.put(case.head.clone(), parts),
                Err(errors) => shot.broken(all, errors),
            },
            (false, Some(_)) => shot.unexpected(case, "unexpected-render", "renders, and is expected to fail"),
            (true, Some(wanted)) if !says(&shot.attempt.helm_error, wanted) => {
                shot.unexpected(case, "unexpected-error-text", "fails, but not with the text that is expected");
                let note = format!("it says: {}", shot.attempt.helm_error);
                shot.problems.iter_mut().for_each(|found| found.notes.push(note.clone()));
            }
            (true, None) if !case.input.may_refuse => {
                let errors = shot.attempt.errors.clone();
                shot.broken(all, errors);
            }
            (true, _) => {
                let text = all.without_secrets(&shot.attempt.helm_error);
                shot.put(case.head.clone(), vec![(Part::of_text(ERROR, "error", &text), None)]);
            }
        }
        shot
    }

    fn put(&mut self, head: Head, parts: Vec<(Part, Option<Origin>)>) {
        let (snapshot, origins) = Snapshot::new(head, parts);
        (self.snapshot, self.origins) = (Some(snapshot), origins);
    }

    fn broken(&mut self, all: &Snapshots, mut errors: Vec<Diagnostic>) {
        errors.iter_mut().for_each(|error| matrix::name_on_disk(all.chart.chart().name(), &all.path, error));
        self.problems = errors;
    }

    fn unexpected(&mut self, case: &Case, code: &'static str, what: &str) {
        let place = case.input.expect_place.clone().unwrap_or_else(|| Place::file(Arc::clone(&case.input.name)));
        let help = "`cases` in chartwright.yaml says what a case is expected to do";
        self.problems.push(Diagnostic::error(code, format!("`{}` {what}", case.input.name)).at(place).help(help));
    }

    /// The parts of a case that renders.
    fn documents(&self, all: &Snapshots, case: &Case) -> Result<Vec<(Part, Option<Origin>)>, Vec<Diagnostic>> {
        let again = self.again(all, case)?;
        let is_whole = all.seed.is_none();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let file = |path: &str| all.file(path);
        let mut parts = Vec::new();
        for document in self.attempt.documents.iter().filter(|document| is_printed(document)) {
            let count = counts.entry(&document.path).or_insert(0);
            let twin = again.as_ref().and_then(|again| again.documents.get(&(Arc::clone(&document.path), *count)));
            *count += 1;
            let own = document.content().trim_end();
            let masked = match twin {
                None => whole(own),
                Some(twin) => {
                    let spots: Vec<Spot<'_>> =
                        twin.lines.iter().map(|(line, behind)| Spot { line: *line, behind }).collect();
                    let other = twin.text.trim_end();
                    if own.split('\n').count() == other.split('\n').count() {
                        mask(own, Some(other), is_whole, &spots, &file)
                    } else {
                        // The spots are those of the other render.
                        Masked { lines: Vec::new(), ..mask(other, None, is_whole, &spots, &file) }
                    }
                }
            };
            parts.push(self.part(all, document, masked, *count));
        }
        if let Some(notes) = self.attempt.notes.as_ref().filter(|_| all.notes) {
            let other = again.as_ref().and_then(|again| again.notes.as_deref()).filter(|_| is_whole);
            parts.push((all.of_notes(notes, other), None));
        }
        Ok(parts)
    }

    fn part(&self, all: &Snapshots, document: &Document, masked: Masked, count: usize) -> (Part, Option<Origin>) {
        let from = all.file(&document.path);
        let text = all.without_secrets(&masked.text);
        let mut remarks = masked.remarks;
        if text != masked.text {
            remarks.push("masked: secret values of -f and --set".to_owned());
        }
        remarks.extend(self.asks(all, &document.path));
        let head = ObjectHead::of(&crate::yaml::decode(text.as_bytes()).unwrap_or_default());
        let address = address(&head).unwrap_or_else(|| one_line(&format!("{from} document {count}")));
        let above = document.lines_before();
        let lines = masked.lines.iter().map(|line| u32::try_from(above).unwrap_or(u32::MAX).saturating_add(*line));
        let origin = Origin { file: Arc::clone(&document.path), lines: lines.collect() };
        let origin = (!origin.lines.is_empty()).then_some(origin);
        (Part { address, from: one_line(&from), remarks, text }, origin)
    }

    /// The calls of a file that would have asked a cluster or the network: where there is one, it may answer otherwise.
    fn asks(&self, all: &Snapshots, path: &str) -> Vec<String> {
        let file = self.attempt.files.iter().find(|file| *file.path == *path);
        let calls = file.into_iter().flat_map(|file| &file.trace.impure).filter(|call| call.purity == Purity::Cluster);
        let told = calls.map(|call| {
            let (source, offset) = &call.place;
            let (line, column) = source.line_column(*offset as usize);
            one_line(&format!("asks: {} at {}:{line}:{column}", call.function, all.file(&source.name)))
        });
        let mut told: Vec<String> = told.collect();
        told.dedup();
        told
    }

    /// Another render of the case, with the lines that vary; `None` where nothing can.
    fn again(&self, all: &Snapshots, case: &Case) -> Result<Option<Again>, Vec<Diagnostic>> {
        let calls = self.attempt.files.iter().flat_map(|file| &file.trace.impure);
        let is_open = |purity: Purity| match purity {
            Purity::Random => all.seed.is_none() || all.now.is_none(),
            Purity::Clock => all.now.is_none(),
            _ => false,
        };
        // What NOTES.txt calls is not known, only what it says.
        let notes = all.notes && self.attempt.notes.is_some() && (all.seed.is_none() || all.now.is_none());
        if !notes && !calls.into_iter().any(|call| is_open(call.purity)) {
            return Ok(None);
        }
        let varied = all.chart.vary(&case.input.values, &all.options(case, false));
        let (rendered, varying) = varied.map_err(|error| error.diagnostics)?;
        let mut again = Again { notes: rendered.notes.clone(), ..Again::default() };
        let mut lines_of: BTreeMap<usize, Vec<(usize, Line)>> = BTreeMap::new();
        for (document, line, behind) in varying.lines.into_iter().filter(|(.., behind)| varies(behind)) {
            lines_of.entry(document).or_default().push((line, behind));
        }
        for (index, (manifest, count)) in in_files(&rendered).into_iter().enumerate() {
            let lines = lines_of.remove(&index).unwrap_or_default();
            let twin = Twin { text: manifest.content().to_owned(), lines };
            again.documents.insert((Arc::clone(&manifest.path), count), twin);
        }
        Ok(Some(again))
    }
}

/// Another render.
#[derive(Default)]
struct Again {
    /// By file, and place among the documents of that.
    documents: BTreeMap<(Arc<str>, usize), Twin>,
    notes: Option<String>,
}

struct Twin {
    text: String,
    lines: Vec<(usize, Line)>,
}

/// The documents as Helm prints them, each with its place among those of its file.
fn in_files(rendered: &Rendered) -> Vec<(&Manifest, usize)> {
    let manifests = &rendered.manifests;
    let all: Vec<&Manifest> =
        manifests.manifests.iter().chain(manifests.hooks.iter().map(|hook| &hook.manifest)).collect();
    let mut starts: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for manifest in &all {
        starts.entry(&manifest.path).or_default().push(manifest.range.start);
    }
    starts.values_mut().for_each(|starts| starts.sort_unstable());
    let place = |manifest: &Manifest| {
        let starts = starts.get(&*manifest.path);
        starts.map_or(0, |starts| starts.partition_point(|start| *start < manifest.range.start))
    };
    all.into_iter().map(|manifest| (manifest, place(manifest))).collect()
}

/// Whether Helm prints a document: one with an unknown hook it drops.
fn is_printed(document: &Document) -> bool {
    let hooks = document.head.as_ref().ok().and_then(|head| head.annotations.get("helm.sh/hook"));
    hooks.is_none_or(|names| names.split(',').all(|name| HookEvent::parse(name).is_some()))
}

fn whole(text: &str) -> Masked {
    let lines = (1..).take(text.split('\n').count()).collect();
    Masked { text: text.to_owned(), lines, remarks: Vec::new() }
}

/// Whether an error says what is expected; line breaks do not count.
fn says(error: &str, wanted: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    plain(error).contains(&plain(wanted))
}

impl Snapshots {
    /// What a case is rendered with: pinned, so that two renders are equal, or with everything open that no seed and no
    /// time is asked for.
    fn options(&self, case: &Case, is_pinned: bool) -> Options {
        let seed = self.seed.or(is_pinned.then_some(SEED));
        let now = self.now.or(is_pinned.then_some(NOW));
        let mut outside = seed.map_or_else(Outside::system, Outside::seeded).in_zone("UTC");
        if let Some(now) = now {
            outside = outside.at(now, 0);
        }
        let own = &case.input.options;
        Options {
            release: own.release.clone(),
            capabilities: own.capabilities.clone(),
            outside: cluster::with_objects(outside, &self.objects),
            limits: own.limits,
            skip_schema: own.skip_schema,
            skip_trace: false,
            count: is_pinned && self.collector.is_some(),
            ..Options::default()
        }
    }

    /// A file of the engine by its name below the chart.
    pub(super) fn file(&self, path: &str) -> String {
        matrix::on_disk(self.chart.chart().name(), ".", path).unwrap_or_else(|| path.to_owned())
    }

    /// A text without the secrets that the user gave beside the chart.
    fn without_secrets(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| match text.contains(secret.as_str()) {
            true => text.replace(secret.as_str(), SECRET),
            false => text,
        })
    }

    /// The notes, with lines masked that another render has otherwise.
    fn of_notes(&self, notes: &str, other: Option<&str>) -> Part {
        let mark = "*** (random numbers or the clock)";
        let text = match other {
            None => notes.to_owned(),
            Some(other) if other.split('\n').count() != notes.split('\n').count() => mark.to_owned(),
            Some(other) => {
                let pairs = notes.split('\n').zip(other.split('\n'));
                let lines: Vec<&str> = pairs.map(|(own, other)| if own == other { own } else { mark }).collect();
                lines.join("\n")
            }
        };
        let mut part = Part::of_text(NOTES, "notes", &self.without_secrets(&text));
        if text != notes {
            part.remarks.push("masked: lines of the notes, by random numbers or the clock".to_owned());
        }
        part
    }
}

/// The secrets in values that a user gives beside those of the chart, in all their forms.
pub(super) fn given_secrets(given: &crate::values::Values) -> Vec<String> {
    secret_texts(&given.root, &given.layers)
}
