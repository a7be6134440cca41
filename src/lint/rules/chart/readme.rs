//! Commands that documentation tells people to run.

use super::files::is_stand_in;
use crate::diag::{Place, Severity};
use crate::lint::{Check, Findings, On, Rule, Subject, around};
use crate::nearest::nearest;
use crate::source::lossy;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "missing-make-target",
    severity: Severity::Warning,
    summary: "documentation names a target that the makefile does not have",
    why: "Who follows it, often in an emergency, gets an error from make.",
    fix: "Correct the name, or add the target.",
    on: On::Default,
    check: Check::Subject(check),
};

/// How far above the chart its makefile is looked for.
const LEVELS: usize = 4;

/// How many makefiles are read with what they include, and how large one may be.
const MOST_FILES: usize = 50;
const MOST_BYTES: u64 = 4 << 20;

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let root = Path::new(&subject.input.chart_path);
    let mut known = Vec::new();
    for (name, text) in documents(subject) {
        look(root, &name, &text, &mut known, findings);
    }
}

/// What the chart's users read: its own texts for people, and the guides above it. Names and texts.
pub(super) fn documents<'s>(subject: &'s Subject<'_>) -> Vec<(String, Cow<'s, str>)> {
    let Some(chart) = subject.chart().filter(|chart| !is_stand_in(chart)) else { return Vec::new() };
    let prose = |name: &str| (name.ends_with(".md") && !name.starts_with("charts/")) || name == "templates/NOTES.txt";
    let own = chart.raw().iter().filter(|file| prose(&file.name) && &*file.name != "CHANGELOG.md");
    let mut all: Vec<_> = own.map(|file| (format!("{}/{}", chart.name(), file.name), lossy(&file.data))).collect();
    let root = Path::new(&subject.input.chart_path);
    if root.is_dir() {
        all.extend(guides(root, chart.name()).into_iter().map(|(name, text)| (name, Cow::Owned(text))));
    }
    all
}

/// Makefiles by their names, and what each has for targets, where that can be told.
type Known = Vec<(String, Option<BTreeSet<String>>)>;

fn look(root: &Path, name: &str, text: &str, known: &mut Known, findings: &mut Findings) {
    if memchr::memmem::find(text.as_bytes(), MAKE.as_bytes()).is_none() {
        return;
    }
    for (number, line) in (1u32..).zip(text.lines()) {
        for (makefile, target, column) in commands(line) {
            if !known.iter().any(|(name, _)| name == makefile) {
                known.push((makefile.to_owned(), targets(root, makefile)));
            }
            let of_file = known.iter().find(|(name, _)| name == makefile).and_then(|(_, targets)| targets.as_ref());
            let Some(targets) = of_file.filter(|targets| !targets.contains(target)) else { continue };
            let column = u32::try_from(column + 1).unwrap_or(u32::MAX);
            let mut place = Place::new(Arc::<str>::from(name), number, column, Some(line.to_owned()));
            place.length = u32::try_from(target.len()).unwrap_or(0);
            let finding = findings.at(&RULE, place, format!("`{makefile}` has no target `{target}`"));
            if let Some(near) = nearest(target, targets.iter().map(String::as_str)) {
                finding.diagnostic.help = Some(format!("did you mean `{near}`?"));
            }
        }
    }
}

/// The guides in a `docs` folder above the chart that are about it by their names: names and texts.
fn guides(root: &Path, chart: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let folders = around::folders(root, LEVELS + 1);
    for folder in folders.iter().skip(1) {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(folder.join("docs")).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.sort();
        for path in files {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let is_about = found.len() < MOST_FILES && name.ends_with(".md") && name.contains(chart);
            if let Some(text) = is_about.then(|| around::read(&folders, &path, MOST_BYTES)).flatten() {
                found.push((path.to_string_lossy().into_owned(), lossy(&text).into_owned()));
            }
        }
    }
    found
}

/// What a command that names its makefile begins with.
const MAKE: &str = "make -f ";

/// The makefile and targets of each `make -f FILE TARGET…` in a line, with their columns.
fn commands(line: &str) -> Vec<(&str, &str, usize)> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices(MAKE) {
        let is_begin =
            line.get(..at).is_some_and(|head| !head.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-'));
        let rest = line.get(at + MAKE.len()..).unwrap_or_default();
        let Some((makefile, after)) = rest.split_once(' ').filter(|_| is_begin) else { continue };
        let mut column = line.len() - after.len();
        for word in after.split(' ') {
            let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            let name = word.trim_end_matches(['`', ')', ',', ';', '.', '"', '\'', '*']);
            // An action of a template may print any name.
            if word.contains("{{") {
                break;
            }
            if word.is_empty() || word.contains('=') {
                column += word.len() + 1;
                continue;
            }
            if name.is_empty() || !name.chars().all(is_name) || name.starts_with('-') {
                break;
            }
            found.push((makefile, name, column));
            // After the end of a command or a word in quotes there is prose.
            if name.len() < word.len() {
                break;
            }
            column += word.len() + 1;
        }
    }
    found
}

/// The targets of a makefile, and of those that it includes; `None` where it is not found, or includes or makes
/// what cannot be followed.
fn targets(root: &Path, makefile: &str) -> Option<BTreeSet<String>> {
    let is_below = |path: &str| !path.starts_with('/') && !path.split('/').any(|part| part == "..");
    if !is_below(makefile) {
        return None;
    }
    let folders = around::folders(root, LEVELS);
    let first = folders.iter().map(|folder| folder.join(makefile)).find(|file| file.is_file())?;
    let mut waiting: Vec<PathBuf> = vec![first];
    let mut read = BTreeSet::new();
    let mut targets = BTreeSet::new();
    while let Some(file) = waiting.pop() {
        if read.len() >= MOST_FILES {
            return None;
        }
        if !read.insert(file.clone()) {
            continue;
        }
        let text = around::read(&folders, &file, MOST_BYTES)?;
        let folder = file.parent()?;
        for line in lossy(&text).lines() {
            if let Some(names) = line.strip_prefix("include ").or_else(|| line.strip_prefix("-include ")) {
                let here = format!("{}/", folder.display());
                let names = names.replace("$(dir $(lastword $(MAKEFILE_LIST)))", &here);
                for name in names.split_whitespace() {
                    if name.contains('$') {
                        return None;
                    }
                    let path = folder.join(name);
                    if path.is_file() || line.starts_with("include") {
                        waiting.push(path);
                    }
                }
                continue;
            }
            let Some((names, rest)) = line.split_once(':').filter(|_| !line.starts_with(['\t', ' ', '#', '.'])) else {
                continue;
            };
            if rest.starts_with('=') || names.contains('=') {
                continue;
            }
            if names.contains(['%', '$']) {
                return None;
            }
            targets.extend(names.split_whitespace().map(str::to_owned));
        }
    }
    Some(targets)
}
