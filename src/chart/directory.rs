//! A chart's folder into its files.
//!
//! In: a path. Out: files in name order, links followed, `.helmignore` obeyed.

use super::archive::{Entry, MAX_CHART_BYTES};
use super::error::LoadError;
use super::ignore::Rules;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How deep folders may nest, so that a link to a folder above itself ends in an error.
const MAX_DEPTH: usize = 100;

struct Walk {
    rules: Rules,
    remaining: u64,
    files: Vec<Entry>,
}

/// Reads the folder.
pub(super) fn read(folder: &Path) -> Result<Vec<Entry>, LoadError> {
    let ignore = folder.join(".helmignore");
    let rules = match fs::read(&ignore) {
        Ok(text) => Rules::parse(&text).map_err(LoadError::Ignore)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Rules::default(),
        Err(error) => return Err(io_error("open", &ignore, &error)),
    };
    let mut walk = Walk { rules: rules.with_defaults(), remaining: MAX_CHART_BYTES, files: Vec::new() };
    walk.folder(folder, "", 0)?;
    Ok(walk.files)
}

impl Walk {
    fn folder(&mut self, path: &Path, name: &str, depth: usize) -> Result<(), LoadError> {
        if depth > MAX_DEPTH {
            return Err(LoadError::Io(format!("{}: folders nest deeper than {MAX_DEPTH}", path.display())));
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| io_error("open", path, &error))? {
            names.push(entry.map_err(|error| io_error("readdirent", path, &error))?.file_name());
        }
        names.sort_unstable();
        for file in names {
            let below = file.to_string_lossy();
            let name = if name.is_empty() { below.into_owned() } else { format!("{name}/{below}") };
            let path = path.join(&file);
            let metadata = follow(&path)?;
            if self.rules.ignore(&name, metadata.is_dir()) {
                continue;
            }
            if metadata.is_dir() {
                self.folder(&path, &name, depth + 1)?;
            } else {
                let data = self.file(&path, &name, &metadata)?;
                self.files.push((name, data));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: &str, metadata: &Metadata) -> Result<Vec<u8>, LoadError> {
        if !metadata.is_file() {
            let text = format!("cannot load irregular file {} as it has file mode type bits set", path.display());
            return Err(LoadError::Io(text));
        }
        let failed = |error: &str| LoadError::Io(format!("error reading {name}: {error}"));
        let too_large = || failed(&format!("chart exceeds maximum decompressed size of {MAX_CHART_BYTES} bytes"));
        if metadata.len() > self.remaining {
            return Err(too_large());
        }
        let file = File::open(path).map_err(|error| failed(&io_error("open", path, &error).to_string()))?;
        let mut data = Vec::new();
        let read = file.take(self.remaining + 1).read_to_end(&mut data);
        let read = read.map_err(|error| failed(&io_error("read", path, &error).to_string()))?;
        self.remaining = self.remaining.checked_sub(read.try_into().unwrap_or(u64::MAX)).ok_or_else(too_large)?;
        Ok(data)
    }
}

/// What is at the end of the links.
fn follow(path: &Path) -> Result<Metadata, LoadError> {
    fs::metadata(path).map_err(|error| {
        let target: PathBuf = fs::read_link(path).map_or_else(
            |_| path.to_path_buf(),
            |target| path.parent().map_or_else(|| target.clone(), |folder| folder.join(&target)),
        );
        let text = io_error("lstat", &target, &error);
        LoadError::Io(format!("error evaluating symlink {}: {text}", path.display()))
    })
}

/// An error of the operating system as Go words it: `open PATH: no such file or directory`.
pub(super) fn io_error(verb: &str, path: &Path, error: &io::Error) -> LoadError {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default().to_lowercase();
    LoadError::Io(format!("{verb} {}: {text}", path.display()))
}
