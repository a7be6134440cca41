//! Snapshots in helm-unittest's own files: `__snapshot__/NAME_test.yaml.snap` beside the suite.
//!
//! In: what is kept, and what is rendered now. Out: whether they are the same, and the new content of the file.

use crate::diag::{Diagnostic, Place};
use crate::funcs::Matcher;
use crate::value::{Data, Map, Str, Value};
use crate::yaml;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The folder that snapshots of a suite are in.
const FOLDER: &str = "__snapshot__";

/// Snapshots by test and number.
pub(super) type Kept = BTreeMap<String, BTreeMap<u32, String>>;

/// What becomes of a snapshot that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is written.
    Written,
    /// The test fails.
    Fails,
}

/// The file of a suite's snapshots.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub path: PathBuf,
    pub shown: Arc<str>,
    pub kept: Kept,
}

impl File {
    /// Reads the snapshots that belong to a suite; where there is no file, there are none.
    ///
    /// # Errors
    /// A file that cannot be read or is no file of snapshots.
    pub fn read(suite: &Path, shown: &str) -> Result<File, Box<Diagnostic>> {
        let beside = |path: &Path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            path.with_file_name(FOLDER).join(format!("{name}.snap"))
        };
        let path = beside(suite);
        let shown_path = beside(&Path::new(shown).with_file_name(suite.file_name().unwrap_or_default()));
        let shown: Arc<str> = shown_path.to_string_lossy().into();
        let bad = |message: String, line: u32| {
            let place = Place { line, column: u32::from(line > 0), ..Place::file(Arc::clone(&shown)) };
            let help = "take the file back from version control, or delete it and write it anew with `-u`";
            Err(Box::new(Diagnostic::error("bad-snapshot", message).at(place).help(help)))
        };
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return bad(format!("the snapshots cannot be read: {error}"), 0),
        };
        let node = match yaml::decode_v3(&text) {
            Ok(node) => node,
            Err(error) => return bad(format!("the snapshots are no YAML: {}", error.message), error.line),
        };
        let mut kept = Kept::new();
        if !matches!(node.data, Data::Map(_) | Data::Null) {
            return bad("the snapshots are no map of tests".into(), node.origin.line);
        }
        for (test, node) in node.as_map().into_iter().flatten() {
            let test = test.to_text();
            if !matches!(node.data, Data::Map(_) | Data::Null) {
                return bad(
                    format!("the snapshots of `{test}` are no map: numbers with texts were expected"),
                    node.origin.line,
                );
            }
            for (number, node) in node.as_map().into_iter().flatten() {
                let number_text = number.to_text();
                let (Ok(number), Some(text)) = (number_text.parse::<u32>(), node.as_text()) else {
                    let wanted = "a number and the text of a snapshot were expected";
                    return bad(format!("`{number_text}` of `{test}` is no snapshot: {wanted}"), node.origin.line);
                };
                kept.entry(test.clone().into_owned()).or_default().insert(number, text.into_owned());
            }
        }
        Ok(File { path, shown, kept })
    }

    /// Writes the snapshots of a run.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, current: &Kept) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("cannot write {}: {error}", self.shown);
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(&self.path, print(current)).map_err(failed)
    }
}

/// The text of a file of snapshots.
pub(super) fn print(kept: &Kept) -> String {
    let number = |(number, text): (&u32, &String)| (Str::from(number.to_string()), Value::from(text.as_str()));
    let test = |(test, snapshots): (&String, &BTreeMap<u32, String>)| {
        (Str::from(test.as_str()), Value::Map(snapshots.iter().map(number).collect::<Map>()))
    };
    let all = Value::Map(kept.iter().map(test).collect());
    let text = yaml::to_yaml_pretty(&all).unwrap_or_default();
    // Numbers are keys as they are; as texts they came in quotes.
    let plain = |line: &str| {
        let inner = line.strip_prefix("  \"")?;
        let (number, rest) = inner.split_once("\":")?;
        number.bytes().all(|b| b.is_ascii_digit()).then(|| format!("  {number}:{rest}"))
    };
    String::from_utf8_lossy(&text)
        .split_inclusive('\n')
        .map(|line| plain(line).unwrap_or_else(|| line.to_owned()))
        .collect()
}

/// The snapshots of one test, as it runs.
#[derive(Debug)]
pub(super) struct Snapshots<'f> {
    kept: Option<&'f BTreeMap<u32, String>>,
    is_updating: bool,
    missing: Missing,
    index: u32,
    /// What is to be kept.
    pub current: BTreeMap<u32, String>,
    pub counts: Counts,
}

/// How many snapshots a run has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// All that were compared.
    pub total: usize,
    /// Those that differ.
    pub failed: usize,
    /// Those that were not there.
    pub created: usize,
    /// Those that no assertion asked for.
    pub obsolete: usize,
}

/// What came of a comparison.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub passed: bool,
    pub index: u32,
    /// What was kept.
    pub kept: String,
    /// What is wrong besides a difference.
    pub why: Option<String>,
}

impl<'f> Snapshots<'f> {
    pub fn new(file: Option<&'f File>, test: &str, is_updating: bool, missing: Missing) -> Self {
        let kept = file.and_then(|file| file.kept.get(test));
        Snapshots { kept, is_updating, missing, index: 0, current: BTreeMap::new(), counts: Counts::default() }
    }

    /// Compares the next snapshot of the test.
    pub fn compare(&mut self, text: &str, matches: &str, excludes: &str) -> Comparison {
        self.index += 1;
        self.counts.total += 1;
        let index = self.index;
        let kept = self.kept.and_then(|kept| kept.get(&index));
        let is_missing = kept.is_none() && !self.is_updating && self.missing == Missing::Fails;
        if kept.is_none() {
            self.counts.created += 1;
        }
        let mut why = None;
        let mut passed = true;
        if matches.is_empty() && excludes.is_empty() {
            passed = kept.is_none_or(|kept| kept == text);
            if !passed && !self.is_updating {
                self.counts.failed += 1;
            }
        } else {
            for (pattern, wanted) in
                [(matches, true), (excludes, false)].into_iter().filter(|(pattern, _)| !pattern.is_empty())
            {
                match Matcher::new(pattern) {
                    Err(error) => why = Some(error),
                    Ok(matcher) if matcher.is_match(text) != wanted => {
                        let not = if wanted { "not found" } else { "found" };
                        why = Some(format!("`{pattern}` is {not} in snapshot {index}"));
                    }
                    Ok(_) => continue,
                }
                passed = false;
                break;
            }
        }
        if is_missing {
            passed = false;
            why = Some(format!(
                "there is no snapshot {index} of this test; run once with `-u` where no CI is set, and commit the file"
            ));
        }
        let keep = match kept {
            Some(kept) if !self.is_updating => kept.as_str(),
            _ => text,
        };
        if !is_missing {
            self.current.insert(index, keep.to_owned());
        }
        Comparison {
            passed: passed || self.is_updating,
            index,
            kept: kept.cloned().unwrap_or_default(),
            why: why.filter(|_| !self.is_updating),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_as_helm_unittest_writes_it() {
        let one =
            BTreeMap::from([(1, "a: 1\nb:\n  - x\n".to_owned()), (10, "x\n".to_owned()), (2, "\"1\": y\n".to_owned())]);
        let kept = Kept::from([("manifest should match snapshot".to_owned(), one)]);
        let want = "manifest should match snapshot:\n  1: |\n    a: 1\n    b:\n      - x\n  2: |\n    \"1\": y\n  10: |\n    x\n";
        assert_eq!(print(&kept), want);
    }
}
