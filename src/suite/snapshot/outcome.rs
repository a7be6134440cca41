//! What became of the snapshots of a chart, and what to do about it.
//!
//! In: every case as it is now, and the files. Out: [`Outcome`], which can be shown, and with which files are written:
//! all of them, or one object.

use super::compare::{Difference, DifferenceKind, differences, whole};
use super::file::Snapshot;
use super::shot::Shot;
use super::store::{self, Kept, Stored};
use super::{Case, Snapshots};
use crate::diag::{Diagnostic, Place};
use crate::nearest::nearest;
use crate::pattern;
use serde::Serialize;
use std::path::PathBuf;

/// What became of all cases.
#[derive(Debug)]
pub struct Outcome {
    /// The cases, defaults first; then files that are of no case.
    pub cases: Vec<CaseOutcome>,
    /// What is wrong besides.
    pub problems: Vec<Diagnostic>,
    /// Something could not be read or rendered.
    pub is_broken: bool,
    /// The folder of the files.
    pub folder: PathBuf,
    /// The chart as the user named it.
    pub chart: String,
}

/// What became of a case.
#[derive(Debug)]
pub struct CaseOutcome {
    /// The case.
    pub case: String,
    /// Its file in the folder.
    pub file: String,
    /// In a word.
    pub status: Status,
    /// What differs.
    pub differences: Vec<Difference>,
    /// What is wrong with the case, or with its file.
    pub problems: Vec<Diagnostic>,
    old: Option<Snapshot>,
    new: Option<Snapshot>,
    /// The file says the same in other bytes: places in its comments have moved.
    is_stale: bool,
}

/// What became of a case, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The snapshot is what the chart renders.
    Same,
    /// There is no snapshot.
    Missing,
    /// The snapshot is not what the chart renders.
    Changed,
    /// The snapshot is of no case.
    Obsolete,
    /// The case renders though it should fail, or fails otherwise.
    Failed,
    /// The case does not render, or its file is no snapshot.
    Broken,
    /// The snapshot was written.
    Written,
    /// The snapshot was removed.
    Removed,
}

impl Status {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Status::Same => "same",
            Status::Missing => "missing",
            Status::Changed => "changed",
            Status::Obsolete => "obsolete",
            Status::Failed => "failed",
            Status::Broken => "broken",
            Status::Written => "written",
            Status::Removed => "removed",
        }
    }
}

impl CaseOutcome {
    pub(super) fn of(all: &Snapshots, case: &Case, kept: Option<&Kept>) -> CaseOutcome {
        let mut shot = Shot::take(all, case);
        let mut outcome = CaseOutcome {
            case: case.input.name.to_string(),
            file: case.file.clone(),
            status: Status::Same,
            differences: Vec::new(),
            problems: std::mem::take(&mut shot.problems),
            old: None,
            new: None,
            is_stale: false,
        };
        let is_unexpected = outcome.problems.iter().any(|found| found.code.starts_with("unexpected-"));
        if shot.snapshot.is_none() {
            outcome.status = if is_unexpected { Status::Failed } else { Status::Broken };
            return outcome;
        }
        outcome.old = match kept.map(|kept| &kept.snapshot) {
            Some(Ok(snapshot)) => Some(snapshot.clone()),
            Some(Err(problems)) => {
                outcome.problems.extend(problems.iter().cloned());
                outcome.status = Status::Broken;
                None
            }
            None => None,
        };
        if outcome.status != Status::Broken {
            outcome.differences = differences(all, outcome.old.as_ref(), &shot);
            outcome.status = match (&outcome.old, outcome.differences.is_empty()) {
                (None, _) => Status::Missing,
                (_, true) => Status::Same,
                _ => Status::Changed,
            };
        }
        let printed = shot.snapshot.as_ref().map(Snapshot::print).unwrap_or_default();
        outcome.is_stale = kept.is_none_or(|kept| kept.bytes != printed.as_bytes());
        outcome.new = shot.snapshot;
        outcome
    }

    /// What the case renders to now, if it does what it should.
    pub fn rendered(&self) -> Option<&Snapshot> {
        self.new.as_ref()
    }

    /// Whether `--update` has something to write.
    fn is_writable(&self) -> bool {
        self.new.is_some() && (self.status != Status::Same || self.is_stale)
    }
}

impl Outcome {
    pub(super) fn new(all: &Snapshots, stored: Stored, mut cases: Vec<CaseOutcome>) -> Outcome {
        let mut problems = all.problems.clone();
        problems.extend(stored.problems);
        let others = stored.files.into_iter().filter(|(name, _)| !cases.iter().any(|case| case.file == *name));
        // Where cases are left out, their files are of no concern.
        let others: Vec<(String, Kept)> = others.filter(|_| !all.is_partial).collect();
        for (file, kept) in others {
            let mut outcome = CaseOutcome {
                case: String::new(),
                file,
                status: Status::Obsolete,
                differences: Vec::new(),
                problems: Vec::new(),
                old: None,
                new: None,
                is_stale: false,
            };
            match kept.snapshot {
                Ok(snapshot) => {
                    outcome.case.clone_from(&snapshot.head.case);
                    outcome.differences = snapshot.parts.iter().map(|part| whole(part, DifferenceKind::Gone)).collect();
                    outcome.old = Some(snapshot);
                }
                Err(problems) => (outcome.status, outcome.problems) = (Status::Broken, problems),
            }
            cases.push(outcome);
        }
        let (folder, chart) = (stored.folder, all.path.clone());
        Outcome { cases, problems, is_broken: all.is_broken, folder, chart }
    }

    /// Whether every snapshot is what the chart renders, and nothing is wrong.
    pub fn is_same(&self) -> bool {
        self.exit_code() == 0
    }

    /// 0 when every snapshot is what the chart renders, 1 when one is not, 2 when something could not be read or rendered.
    pub fn exit_code(&self) -> u8 {
        let is = |status: Status| self.cases.iter().any(|case| case.status == status);
        if self.is_broken || is(Status::Broken) {
            2
        } else if [Status::Missing, Status::Changed, Status::Obsolete, Status::Failed].into_iter().any(is) {
            1
        } else {
            0
        }
    }

    /// How many cases there are of a status.
    pub fn count(&self, status: Status) -> usize {
        self.cases.iter().filter(|case| case.status == status).count()
    }

    /// Writes what the chart renders now, and removes snapshots of no case. A case that does not do what it should
    /// leaves its snapshot as it is.
    ///
    /// # Errors
    /// What the system says of a file; those before it are written.
    pub fn update(&mut self) -> Result<(), String> {
        self.check_folder()?;
        for case in &mut self.cases {
            if case.status == Status::Obsolete {
                store::remove(&self.folder, &case.file)?;
                case.status = Status::Removed;
            } else if case.is_writable()
                && let Some(new) = &case.new
            {
                store::write(&self.folder, &case.file, &new.print())?;
                case.status = Status::Written;
                case.problems.clear();
            }
        }
        Ok(())
    }

    /// Takes over one object in every case, or in those that fit a pattern, and says in how many.
    ///
    /// # Errors
    /// No part that differs is called so, with what is called nearly so; or what the system says of a file.
    pub fn accept(&mut self, address: &str, case: Option<&str>) -> Result<usize, Box<Diagnostic>> {
        let fits = |name: &str| case.is_none_or(|wanted| pattern::matches(wanted, name, false));
        let unwritable = |why: String| Box::new(Diagnostic::error("unwritable", why));
        self.check_folder().map_err(unwritable)?;
        if !self.cases.iter().any(|own| fits(&own.case)) {
            let wanted = case.unwrap_or_default();
            let near = nearest(wanted, self.cases.iter().map(|own| own.case.as_str()));
            let found = Diagnostic::error("unknown-case", format!("`--accept {address},{wanted}` names no case"));
            return Err(Box::new(Diagnostic { help: near.map(|near| format!("did you mean `{near}`?")), ..found }));
        }
        let count = self.take_over(address, &fits).map_err(unwritable)?;
        if count > 0 { Ok(count) } else { Err(Box::new(self.unknown(address, &fits))) }
    }

    /// Takes over one part in the cases with exactly these names.
    ///
    /// # Errors
    /// What the system says of a file.
    pub(crate) fn accept_in(&mut self, address: &str, cases: &[String]) -> Result<usize, String> {
        self.check_folder()?;
        self.take_over(address, &|name| cases.iter().any(|case| case == name))
    }

    fn take_over(&mut self, address: &str, fits: &dyn Fn(&str) -> bool) -> Result<usize, String> {
        let mut count = 0;
        for case in self.cases.iter_mut().filter(|own| fits(&own.case)) {
            if case.take_over(address) {
                match case.old.as_ref().filter(|_| case.status != Status::Removed) {
                    Some(old) => store::write(&self.folder, &case.file, &old.print())?,
                    None => store::remove(&self.folder, &case.file)?,
                }
                count += 1;
            }
        }
        Ok(count)
    }

    fn unknown(&self, address: &str, fits: &dyn Fn(&str) -> bool) -> Diagnostic {
        let cases = || self.cases.iter().filter(|case| fits(&case.case));
        let differing: Vec<&str> =
            cases().flat_map(|case| &case.differences).map(|difference| difference.address.as_str()).collect();
        let all = cases().flat_map(|case| case.old.iter().chain(&case.new)).flat_map(|snapshot| &snapshot.parts);
        let all: Vec<&str> = all.map(|part| part.address.as_str()).collect();
        let found = Diagnostic::error("nothing-to-accept", format!("`--accept {address}` names nothing that differs"));
        let help = match nearest(address, differing.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if all.iter().any(|own| is_meant(own, address)) => "it is the same as in its snapshots".to_owned(),
            None => match nearest(address, all.into_iter()) {
                Some(near) => format!("`{near}` is the same as in its snapshots"),
                None if differing.is_empty() => "every snapshot is what the chart renders".to_owned(),
                None => {
                    let mut names: Vec<String> = differing.iter().map(|name| format!("`{name}`")).collect();
                    names.sort();
                    names.dedup();
                    names.truncate(MOST_NAMES);
                    format!("what differs is {}", names.join(", "))
                }
            },
        };
        found.at(Place::file(self.folder.to_string_lossy().into_owned())).help(help)
    }

    /// The snapshots of a chart lie in its folder, wherever its links lead.
    fn check_folder(&self) -> Result<(), String> {
        let chart = std::path::Path::new(&self.chart);
        if self.folder == chart.join(super::FOLDER) { store::stays_inside(chart) } else { Ok(()) }
    }
}

/// Names that a message lists.
const MOST_NAMES: usize = 12;

/// Whether an address is meant: the namespace may be left out.
fn is_meant(address: &str, wanted: &str) -> bool {
    let plain = || match address.split('/').collect::<Vec<_>>().as_slice() {
        [kind, _, name] => format!("{kind}/{name}") == wanted,
        _ => false,
    };
    address == wanted || plain()
}

impl CaseOutcome {
    /// Takes a part over into the snapshot as it was kept; false where it does not differ.
    fn take_over(&mut self, address: &str) -> bool {
        let Some(at) = self.differences.iter().position(|difference| is_meant(&difference.address, address)) else {
            return false;
        };
        let address = &self.differences.get(at).map(|difference| difference.address.clone()).unwrap_or_default();
        let new_head = self.new.as_ref().map(|new| new.head.clone());
        let old = self
            .old
            .get_or_insert_with(|| Snapshot { head: new_head.clone().unwrap_or_default(), ..Snapshot::default() });
        match self.differences.get(at).map(|difference| difference.kind) {
            Some(DifferenceKind::Gone) => old.set(address, None),
            _ if *address == "head" => old.head = new_head.unwrap_or_default(),
            _ => old.set(address, self.new.as_ref().and_then(|new| new.part(address))),
        }
        self.differences.remove(at);
        self.status = match self.status {
            Status::Obsolete if self.differences.is_empty() => Status::Removed,
            Status::Obsolete => Status::Obsolete,
            _ if self.differences.is_empty() => Status::Written,
            _ => Status::Changed,
        };
        true
    }
}
