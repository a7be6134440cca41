//! A chart's folder into its files.
//!
//! In: a path. Out: files in name order, links followed, `.helmignore` obeyed.

use super::Watch;
use super::archive::{Budget, Entry};
use super::error::LoadError;
use super::ignore::Rules;
use crate::diag::{Diagnostic, Severity};
use crate::limits::{CHART_BYTES, FILE_BYTES, LINKS_OUTSIDE};
use bytes::{Bytes, BytesMut};
use std::fs::{self, File, FileType, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// How much is asked of the memory at once: files that lie together take fewer pages, and each
/// page costs as much as reading what it holds.
const CHUNK_BYTES: usize = 1 << 20;

/// How deep folders may nest, so that a link to a folder above itself ends in an error.
const MAX_DEPTH: usize = 1_000;

/// How often names of files may be held against patterns of `.helmignore`: a hundred patterns for each of as many
/// files as a chart may have.
const MAX_MATCHED: usize = 2_000_000;

/// Bytes of `.helmignore`: some thousand patterns.
const MAX_IGNORE_BYTES: usize = 64 << 10;

struct Walk<'w> {
    rules: Rules,
    remaining: u64,
    files: Vec<Entry>,
    notes: Vec<Diagnostic>,
    watch: Watch<'w>,
    buffer: BytesMut,
    budget: Budget,
    /// Where links may lead, and how many led elsewhere.
    bounds: Bounds,
    outside: u64,
    /// Names that were held against patterns.
    matched: usize,
}

/// Reads the folder; also tells of the links that it followed.
pub(super) fn read(folder: &Path, watch: Watch<'_>) -> Result<(Vec<Entry>, Vec<Diagnostic>), LoadError> {
    let bounds = Bounds::of(folder)?;
    let ignore = folder.join(".helmignore");
    let rules = match bounds.hold(&ignore).and_then(|()| read_regular(&ignore)) {
        Ok(text) if text.len() > MAX_IGNORE_BYTES => {
            return Err(LoadError::Ignore(format!(".helmignore has more than {MAX_IGNORE_BYTES} bytes")));
        }
        Ok(text) => Rules::parse(&text).map_err(LoadError::Ignore)?,
        Err(ReadError::Missing(_)) => Rules::default(),
        Err(ReadError::Refused(error)) => return Err(error),
    };
    let rules = rules.with_defaults();
    let mut walk = Walk {
        rules,
        remaining: CHART_BYTES.get(),
        files: Vec::new(),
        notes: Vec::new(),
        watch,
        buffer: BytesMut::new(),
        bounds,
        outside: 0,
        budget: Budget::default(),
        matched: 0,
    };
    walk.folder(folder, "", 0)?;
    Ok((walk.files, walk.notes))
}

/// Why a file could not be read.
pub(super) enum ReadError {
    /// It is not there.
    Missing(LoadError),
    /// The system refused, or it is a pipe or device: reading those may never end.
    Refused(LoadError),
}

impl From<ReadError> for LoadError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Missing(error) | ReadError::Refused(error) => error,
        }
    }
}

/// Reads a file that ends: no pipe, no device.
pub(super) fn read_regular(path: &Path) -> Result<Bytes, ReadError> {
    let failed = |verb, error: &io::Error| match error.kind() {
        io::ErrorKind::NotFound => ReadError::Missing(io_error(verb, path, error)),
        _ => ReadError::Refused(io_error(verb, path, error)),
    };
    let metadata = fs::metadata(path).map_err(|error| failed("open", &error))?;
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(ReadError::Refused(irregular(path)));
    }
    read_file(path, CHART_BYTES.get(), &mut BytesMut::new()).map_err(|(verb, error)| failed(verb, &error))
}

fn irregular(path: &Path) -> LoadError {
    LoadError::Io(format!("cannot load irregular file {} as it has file mode type bits set", path.display()))
}

impl Walk<'_> {
    fn folder(&mut self, path: &Path, name: &str, depth: usize) -> Result<(), LoadError> {
        if depth > MAX_DEPTH {
            return Err(LoadError::Io(format!("{}: folders nest deeper than {MAX_DEPTH}", path.display())));
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| io_error("open", path, &error))? {
            let entry = entry.map_err(|error| io_error("readdirent", path, &error))?;
            let kind = entry.file_type().map_err(|error| io_error("lstat", &entry.path(), &error))?;
            names.push((entry.file_name(), kind));
        }
        names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (file, mut kind) in names {
            let below = file.to_string_lossy();
            let name = if name.is_empty() { below.into_owned() } else { format!("{name}/{below}") };
            let path = path.join(&file);
            let is_link = kind.is_symlink();
            if is_link {
                kind = follow(&path)?.file_type();
                self.notes.push(followed(&path));
            }
            // Behind a link, the folder of git is found without another link.
            if (is_link || file == GIT) && self.bounds.are_left_by(&path) {
                self.outside += 1;
                if self.outside > LINKS_OUTSIDE.get() {
                    return Err(outside(&path));
                }
            }
            self.matched += self.rules.len();
            if self.matched > MAX_MATCHED {
                return Err(LoadError::Ignore(format!(
                    ".helmignore holds names against more than {MAX_MATCHED} patterns"
                )));
            }
            if self.rules.ignore(&name, kind.is_dir()) {
                continue;
            }
            if kind.is_dir() {
                self.folder(&path, &name, depth + 1)?;
            } else {
                self.budget.file()?;
                let data = self.file(&path, &name, kind)?;
                (self.watch)(&name, &data);
                self.files.push((name, data));
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: &str, kind: FileType) -> Result<Bytes, LoadError> {
        if !kind.is_file() {
            return Err(irregular(path));
        }
        let failed = |error: &str| LoadError::Io(format!("error reading {name}: {error}"));
        let too_large = || failed(&format!("chart exceeds maximum decompressed size of {} bytes", CHART_BYTES.get()));
        let length = fs::metadata(path).map_or(0, |metadata| metadata.len());
        if length > self.remaining {
            return Err(too_large());
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if self.buffer.capacity() < length {
            self.buffer = BytesMut::with_capacity(length.max(CHUNK_BYTES));
        }
        let data = read_file(path, self.remaining, &mut self.buffer)
            .map_err(|(verb, error)| failed(&io_error(verb, path, &error).to_string()))?;
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        self.remaining = self.remaining.checked_sub(length).ok_or_else(too_large)?;
        Ok(data)
    }
}

/// A file's bytes, at most one more than `limit`; an error names what the system was asked for.
/// They go behind those of other files while there is room in the buffer.
fn read_file(path: &Path, limit: u64, buffer: &mut BytesMut) -> Result<Bytes, (&'static str, io::Error)> {
    let mut file = File::open(path).map_err(|error| ("open", error))?;
    let length = file.metadata().map_err(|error| ("fstat", error))?.len().min(limit.saturating_add(1));
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    // Straight to where the bytes stay: charts hold megabytes, and each copy costs its pages.
    buffer.resize(length, 0);
    let mut read = 0;
    while let Some(rest @ [_, ..]) = buffer.get_mut(read..) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(("read", error)),
        }
    }
    buffer.truncate(read);
    let data = buffer.split().freeze();
    if read == length && length > 0 {
        return Ok(data);
    }
    // Shorter than it said, or one of the files that say 0.
    let mut all = data.to_vec();
    file.take(limit.saturating_add(1)).read_to_end(&mut all).map_err(|error| ("read", error))?;
    Ok(all.into())
}

/// What is at the end of the links.
fn follow(path: &Path) -> Result<Metadata, LoadError> {
    fs::metadata(path).map_err(|error| {
        if error.to_string().contains("symbolic links") {
            return LoadError::Io(format!("error evaluating symlink {}: EvalSymlinks: too many links", path.display()));
        }
        let target: PathBuf = fs::read_link(path).map_or_else(
            |_| path.to_path_buf(),
            |target| path.parent().map_or_else(|| target.clone(), |folder| folder.join(&target)),
        );
        let text = io_error("lstat", &target, &error);
        LoadError::Io(format!("error evaluating symlink {}: {text}", path.display()))
    })
}

/// Where git keeps what belongs to a checkout, or where a file says where that is.
const GIT: &str = ".git";

/// The checkout of git that a folder stands in: the nearest folder above it, or itself, that git knows.
pub(crate) fn checkout(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|above| above.join(GIT).exists())
}

/// Where links of a chart's folder may lead: into the folder, and to its neighbours in the same checkout of git, which
/// whoever renders the chart has fetched with it. Charts of one repository share files that way.
struct Bounds {
    /// The folder, without links.
    folder: PathBuf,
    /// The nearest folder around it that git knows, or the same.
    checkout: PathBuf,
}

impl Bounds {
    fn of(folder: &Path) -> Result<Self, LoadError> {
        let folder = fs::canonicalize(folder).map_err(|error| io_error("open", folder, &error))?;
        let checkout = checkout(&folder).unwrap_or(&folder).to_owned();
        Ok(Bounds { folder, checkout })
    }

    /// Whether a path ends outside, by way of links. What is nowhere is not outside; what git keeps for itself is, as
    /// addresses with passwords may stand there.
    fn are_left_by(&self, path: &Path) -> bool {
        let Ok(target) = fs::canonicalize(path) else { return false };
        let beside = target.strip_prefix(&self.checkout);
        let is_beside = beside.is_ok_and(|path| path.components().all(|part| part.as_os_str() != GIT));
        !is_beside && !target.starts_with(&self.folder)
    }

    /// An error for a path that leaves them, where no link may.
    fn hold(&self, path: &Path) -> Result<(), ReadError> {
        if LINKS_OUTSIDE.get() == 0 && self.are_left_by(path) {
            return Err(ReadError::Refused(outside(path)));
        }
        Ok(())
    }
}

fn outside(path: &Path) -> LoadError {
    let path = path.display();
    let name = LINKS_OUTSIDE.name;
    LoadError::Io(format!(
        "{path}: the link leads out of the chart and its repository; --limit {name}=1 allows one such link (limit {name})"
    ))
}

/// Reads a file of a chart's folder, by its name in there: one that ends, is not too large to be parsed, and lies inside.
///
/// # Errors
/// A file that is not there, is a pipe or a device, too large, or that a link or `..` leads out of the folder and its
/// checkout of git for.
pub(crate) fn read_inside(folder: &Path, name: &str) -> Result<Bytes, LoadError> {
    let path = folder.join(name);
    Bounds::of(folder)?.hold(&path)?;
    let length = fs::metadata(&path).map_or(0, |metadata| metadata.len());
    if length > FILE_BYTES.get() {
        return Err(LoadError::Io(format!("read {}: {}", path.display(), FILE_BYTES.exceeded("bytes"))));
    }
    Ok(read_regular(&path)?)
}

/// What Helm says of a link: nobody sees from its name that a file comes from elsewhere.
fn followed(path: &Path) -> Diagnostic {
    let text = "found symbolic link in path. Contents of linked file included and used";
    let target = fs::canonicalize(path).unwrap_or_default();
    let notes = vec![format!("path={}", path.display()), format!("resolved={}", target.display())];
    Diagnostic { severity: Severity::Note, notes, ..Diagnostic::warning("symbolic-link", text) }
}

/// An error of the operating system as Go words it: `open PATH: no such file or directory`.
/// A folder can be opened, and only then not be read.
pub(super) fn io_error(verb: &str, path: &Path, error: &io::Error) -> LoadError {
    let verb = if error.kind() == io::ErrorKind::IsADirectory { "read" } else { verb };
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default().to_lowercase();
    LoadError::Io(format!("{verb} {}: {text}", path.display()))
}
