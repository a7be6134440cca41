//! The folder of snapshots.
//!
//! In: a folder that anybody may have put anything into. Out: [`Stored`]: the files with the snapshots in them, or what is
//! wrong with each; and back again. Files are written beside and moved into place: an interrupted run leaves whole files,
//! and nothing is written through a link.

use super::FOLDER;
use super::file::Snapshot;
use super::names::END;
use crate::chart::leaves_out;
use crate::diag::{Diagnostic, Place};
use crate::limits::read_whole;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The line of `.helmignore` that keeps snapshots out of the chart's package.
pub const IGNORE_LINE: &str = "tests/__snapshots__/";

/// Files of a folder that are looked at.
const MOST_FILES: usize = 10_000;

/// What lies in a folder.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub folder: PathBuf,
    /// By name; of cases, and whatever else ends as snapshots do.
    pub files: BTreeMap<String, Kept>,
    pub problems: Vec<Diagnostic>,
}

/// A file.
#[derive(Debug)]
pub(super) struct Kept {
    pub bytes: Vec<u8>,
    /// The snapshot, or what is wrong with it.
    pub snapshot: Result<Snapshot, Vec<Diagnostic>>,
}

/// Reads a folder, `wanted` names first; one that is not there is empty.
pub(super) fn read(folder: PathBuf, wanted: BTreeSet<&str>) -> Stored {
    let mut stored = Stored { folder, ..Stored::default() };
    let mut names: BTreeSet<String> = wanted.into_iter().map(str::to_owned).collect();
    if let Ok(entries) = fs::read_dir(&stored.folder) {
        let found = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.extend(found.filter(|name| name.ends_with(END) && !name.starts_with('.')).take(MOST_FILES));
    }
    for name in names {
        let path = stored.folder.join(&name);
        let shown = path.to_string_lossy().into_owned();
        let Ok(kind) = fs::symlink_metadata(&path) else { continue };
        let read = if kind.is_file() {
            read_whole(&shown, File::open(&path))
        } else {
            Err("this is no plain file, and snapshots are".to_owned())
        };
        let kept = match read {
            Ok(bytes) => Kept { snapshot: Snapshot::read(&shown, &bytes), bytes },
            Err(why) => {
                let found = Diagnostic::error("unreadable-input", why).at(Place::file(shown));
                Kept { bytes: Vec::new(), snapshot: Err(vec![found]) }
            }
        };
        stored.files.insert(name, kept);
    }
    stored
}

/// Writes a file of the folder, whole or not at all.
///
/// # Errors
/// What the system says, with the name of the file.
pub(super) fn write(folder: &Path, name: &str, text: &str) -> Result<(), String> {
    let path = folder.join(name);
    let failed = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    fs::create_dir_all(folder).map_err(failed)?;
    let beside = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = File::create(&beside).and_then(|mut file| file.write_all(text.as_bytes()));
    let moved = written.and_then(|()| fs::rename(&beside, &path));
    if moved.is_err() {
        // What is half written is of no use; that it cannot be removed either says no more than the error.
        let _ = fs::remove_file(&beside);
    }
    moved.map_err(failed)
}

/// Removes a file of the folder.
///
/// # Errors
/// What the system says, with the name of the file.
pub(super) fn remove(folder: &Path, name: &str) -> Result<(), String> {
    let path = folder.join(name);
    fs::remove_file(&path).map_err(|error| format!("cannot remove {}: {error}", path.display()))
}

/// Whether packages of a chart are free of its snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// They are left out.
    Yes,
    /// They would be packed, and read by `.Files`.
    No,
    /// The `.helmignore` cannot be read.
    Unknown,
}

/// Whether a chart's `.helmignore` leaves the snapshots in its folder out.
pub fn is_ignored(chart: &Path) -> Ignored {
    let text = fs::read(chart.join(".helmignore")).unwrap_or_default();
    match leaves_out(&text, &format!("{FOLDER}/x{END}")) {
        Some(true) => Ignored::Yes,
        Some(false) => Ignored::No,
        None => Ignored::Unknown,
    }
}

/// Adds [`IGNORE_LINE`] to a chart's `.helmignore`, and makes one where there is none.
///
/// # Errors
/// What the system says, with the name of the file.
pub fn add_ignore(chart: &Path) -> Result<(), String> {
    let path = chart.join(".helmignore");
    // It may lead anywhere.
    if path.is_symlink() {
        return Err(format!("{} is a link: add the line `{IGNORE_LINE}` where it leads", path.display()));
    }
    let mut text = fs::read(&path).unwrap_or_default();
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.extend_from_slice(IGNORE_LINE.as_bytes());
    text.push(b'\n');
    fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Whether the snapshots of a chart lie where a link of the chart leads, out of its folder: there nothing is written.
///
/// # Errors
/// Says so.
pub(super) fn stays_inside(chart: &Path) -> Result<(), String> {
    let Ok(top) = fs::canonicalize(chart) else { return Ok(()) };
    let mut inner = chart.to_path_buf();
    for name in FOLDER.split('/') {
        inner.push(name);
        if fs::canonicalize(&inner).is_ok_and(|real| !real.starts_with(&top)) {
            return Err(format!("{} leads out of the chart; name the folder with `--dir`", inner.display()));
        }
    }
    Ok(())
}
