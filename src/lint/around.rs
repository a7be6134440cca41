//! The files around a chart that are about it: makefiles and guides of the repository that it stands in.
//!
//! In: a chart's folder. Out: the folders above it, up to the top of the repository, and texts of files in there. A
//! chart that stands in no repository has nothing around it: what lies beside an uploaded chart is not its own.

use crate::chart::checkout;
use std::fs;
use std::path::{Path, PathBuf};

/// The chart's folder and those above it up to the repository's own, nearest first, at most so many.
pub(super) fn folders(root: &Path, most: usize) -> Vec<PathBuf> {
    let Ok(root) = std::path::absolute(root) else { return Vec::new() };
    let top = checkout(&root).unwrap_or(&root);
    root.ancestors().take_while(|folder| folder.starts_with(top)).take(most).map(Path::to_path_buf).collect()
}

/// The bytes of a file in the last of these folders or below, wherever links lead; `None` for all else, and for pipes,
/// devices and files that are larger.
pub(super) fn read(folders: &[PathBuf], path: &Path, most_bytes: u64) -> Option<Vec<u8>> {
    let top = fs::canonicalize(folders.last()?).ok()?;
    let real = fs::canonicalize(path).ok().filter(|real| real.starts_with(top))?;
    let is_small = fs::metadata(&real).is_ok_and(|file| file.is_file() && file.len() <= most_bytes);
    is_small.then(|| fs::read(real).ok()).flatten()
}
