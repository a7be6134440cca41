//! A packed chart (`.tgz`) into its files.
//!
//! In: the bytes of a gzipped tar, trusted in nothing. Out: files in archive order, named
//! relative to the chart's folder. Sizes are limited and names checked as Helm does.

use super::error::LoadError;
use crate::limits::{ARCHIVE_RATIO, CHART_BYTES, CHART_FILES, CHARTS};
use bytes::Bytes;
use flate2::bufread;
use std::cell::Cell;
use std::io::{self, Read};

/// How much an archive may unpack to whatever its size.
const FREE_BYTES: u64 = 1 << 20;

/// Members of one gzip file. Each takes a few microseconds to begin, however empty it is.
const MAX_MEMBERS: u32 = 10_000;

/// What is left for a chart and all the archives in it. Helm starts anew for each archive, so
/// that thirty small archives in one can take gigabytes.
pub(super) struct Budget {
    bytes: u64,
    files: u64,
    /// Charts so far.
    charts: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { bytes: CHART_BYTES.get(), files: CHART_FILES.get(), charts: 0 }
    }
}

impl Budget {
    /// Counts a chart; gives the number of those before it.
    pub fn chart(&mut self) -> Result<u32, LoadError> {
        let before = self.charts;
        if u64::from(before) >= CHARTS.get() {
            return Err(LoadError::Archive(CHARTS.exceeded("charts in one")));
        }
        self.charts += 1;
        Ok(before)
    }

    /// Counts a file.
    pub fn file(&mut self) -> Result<(), LoadError> {
        let left = self.files.checked_sub(1);
        self.files = left.ok_or_else(|| LoadError::Archive(CHART_FILES.exceeded("files in one chart")))?;
        Ok(())
    }
}

/// The bytes in a gzip file, no more than `most`.
///
/// # Errors
/// It is damaged, ends early, or holds more.
pub(crate) fn gunzip(bytes: &[u8], most: u64) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    match bufread::GzDecoder::new(bytes).take(most.saturating_add(1)).read_to_end(&mut out) {
        Ok(_) if out.len() as u64 > most => Err(format!("it unpacks to more than {most} bytes")),
        Ok(_) => Ok(out),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err("it ends in the middle".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A file of an archive or folder, named relative to the chart.
pub(super) type Entry = (String, Bytes);

/// Whether the bytes begin as gzip does.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1F\x8B\x08")
}

/// Unpacks.
pub(super) fn unpack(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Entry>, LoadError> {
    let fail = |text: &str| LoadError::Archive(text.to_owned());
    if !is_gzip(bytes) {
        // Go reads a header of ten bytes before it looks at it.
        return Err(fail(match bytes.len() {
            0 => "EOF",
            1..10 => "unexpected EOF",
            _ => "gzip: invalid header",
        }));
    }
    // Headers and padding come on top of the files.
    let packed = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let left = FREE_BYTES.saturating_add(packed.saturating_mul(ARCHIVE_RATIO.get())).min(2 * CHART_BYTES.get());
    let is_bomb = Cell::new(false);
    let unzipped = Unzipped { inner: Members::new(bytes), left, is_bomb: &is_bomb };
    unpack_tar(unzipped, budget).map_err(|error| match is_bomb.get() {
        true => LoadError::Archive(ARCHIVE_RATIO.exceeded("bytes from one byte of the archive")),
        false => error,
    })
}

/// The members of a gzip file, one after the other: almost always one.
struct Members<'a> {
    member: bufread::GzDecoder<&'a [u8]>,
    begun: u32,
}

impl<'a> Members<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Members { member: bufread::GzDecoder::new(bytes), begun: 1 }
    }
}

impl Read for Members<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.member.read(buffer)?;
            let rest = *self.member.get_ref();
            if read > 0 || buffer.is_empty() || rest.is_empty() {
                return Ok(read);
            }
            if self.begun >= MAX_MEMBERS {
                return Err(io::Error::other("gzip: too many members"));
            }
            self.begun += 1;
            self.member = bufread::GzDecoder::new(rest);
        }
    }
}

/// What an archive unpacks to, up to what its size allows.
struct Unzipped<'a, R> {
    inner: R,
    left: u64,
    /// Whether there was more.
    is_bomb: &'a Cell<bool>,
}

impl<R: Read> Read for Unzipped<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            self.is_bomb.set(true);
            return Err(io::Error::other("a bomb"));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left -= u64::try_from(read).unwrap_or(self.left);
        Ok(read)
    }
}

fn unpack_tar(unzipped: impl Read, budget: &mut Budget) -> Result<Vec<Entry>, LoadError> {
    let fail = |text: &str| LoadError::Archive(text.to_owned());
    let mut archive = tar::Archive::new(unzipped);
    let mut files = Vec::new();
    let too_large =
        || LoadError::Archive(format!("decompressed chart is larger than the maximum size {}", CHART_BYTES.get()));
    for entry in archive.entries().map_err(|error| damaged(&error))? {
        let entry = entry.map_err(|error| damaged(&error))?;
        let kind = entry.header().entry_type();
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if kind.is_dir() || path.ends_with('/') || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let name = relative_name(&path)?;
        let size = entry.size();
        if size > budget.bytes {
            return Err(too_large());
        }
        budget.file()?;
        let mut data = Vec::new();
        let read = entry.take(budget.bytes).read_to_end(&mut data).map_err(|error| damaged(&error))?;
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        budget.bytes = budget.bytes.saturating_sub(read);
        if read < size || budget.bytes == 0 {
            return Err(too_large());
        }
        files.push((name, data.into()));
    }
    if files.is_empty() {
        return Err(fail("no files in chart archive"));
    }
    Ok(files)
}

/// What is wrong with an archive, without the archive's own bytes, which are not for a terminal.
fn damaged(error: &io::Error) -> LoadError {
    let text = error.to_string();
    let ends = ["incomplete deflate stream", "failed to read entire block", "unexpected end of file"];
    let text = if error.kind() == io::ErrorKind::UnexpectedEof || ends.iter().any(|end| text.contains(end)) {
        "unexpected EOF"
    } else if text.contains("deflate") {
        "flate: corrupt input"
    } else if text.contains("gzip") {
        "gzip: invalid header"
    } else {
        "archive/tar: invalid tar header"
    };
    LoadError::Archive(text.to_owned())
}

/// The name below the chart's folder; an error for a name that leads out of it.
fn relative_name(path: &str) -> Result<String, LoadError> {
    let fail = |text: String| Err(LoadError::Archive(text));
    let delimiter = if path.contains('\\') { '\\' } else { '/' };
    let (folder, rest) = path.split_once(delimiter).unwrap_or((path, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return fail("chart illegally contains absolute paths".to_owned());
    }
    let name = clean(&rest);
    let drive = matches!(name.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic());
    match name.as_str() {
        "." => fail(format!("chart illegally contains content outside the base directory: {path:?}")),
        _ if name.starts_with("..") => fail("chart illegally references parent directory".to_owned()),
        _ if drive => fail("chart contains illegally named files".to_owned()),
        _ if folder == "Chart.yaml" => fail("chart yaml not in base directory".to_owned()),
        _ => Ok(name),
    }
}

/// Go's `path.Clean` of a relative path.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." && parts.last().is_some_and(|last| *last != "..") {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_out_of_the_chart_is_refused() {
        let text = |path: &str| relative_name(path).map_err(|error| error.to_string());
        assert_eq!(text("redis/templates/./a.yaml"), Ok("templates/a.yaml".to_owned()));
        assert_eq!(text("redis/../../etc"), Err("chart illegally references parent directory".to_owned()));
        assert_eq!(text("redis//etc"), Err("chart illegally contains absolute paths".to_owned()));
        assert_eq!(text(r"redis\c:\x"), Err("chart contains illegally named files".to_owned()));
        assert_eq!(
            text("redis"),
            Err("chart illegally contains content outside the base directory: \"redis\"".to_owned())
        );
    }

    #[test]
    fn bytes_that_are_no_archive_are_an_error() {
        assert!(unpack(b"apiVersion: v2", &mut Budget::default()).is_err());
        assert!(unpack(b"\x1F\x8B\x08\x00broken", &mut Budget::default()).is_err());
    }
}
