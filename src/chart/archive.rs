//! A packed chart (`.tgz`) into its files.
//!
//! In: the bytes of a gzipped tar, trusted in nothing. Out: files in archive order, named
//! relative to the chart's folder. Sizes are limited and names checked as Helm does.

use super::error::LoadError;
use std::io::Read;
use std::sync::Arc;

/// How many bytes all files of a chart may have together; Helm's own limit.
pub const MAX_CHART_BYTES: u64 = 100 * 1024 * 1024;

/// How many bytes of tar may follow from one archive: headers and padding come on top of the files.
const MAX_TAR_BYTES: u64 = 2 * MAX_CHART_BYTES;

/// A file of an archive or folder, named relative to the chart.
pub(super) type Entry = (String, Arc<[u8]>);

/// Whether the bytes begin as gzip does.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x1F\x8B\x08")
}

/// Unpacks.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<Entry>, LoadError> {
    let fail = |text: &str| LoadError::Archive(text.to_owned());
    if !is_gzip(bytes) {
        return Err(fail("gzip: invalid header"));
    }
    let unzipped = flate2::read::MultiGzDecoder::new(bytes).take(MAX_TAR_BYTES);
    let mut archive = tar::Archive::new(unzipped);
    let mut files = Vec::new();
    let mut remaining = MAX_CHART_BYTES;
    let too_large =
        || LoadError::Archive(format!("decompressed chart is larger than the maximum size {MAX_CHART_BYTES}"));
    for entry in archive.entries().map_err(|error| LoadError::Archive(error.to_string()))? {
        let entry = entry.map_err(|error| LoadError::Archive(error.to_string()))?;
        let kind = entry.header().entry_type();
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if kind.is_dir() || path.ends_with('/') || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let name = relative_name(&path)?;
        let size = entry.size();
        if size > remaining {
            return Err(too_large());
        }
        let mut data = Vec::new();
        let read = entry.take(remaining).read_to_end(&mut data).map_err(|e| LoadError::Archive(e.to_string()))?;
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        remaining = remaining.saturating_sub(read);
        if read < size || remaining == 0 {
            return Err(too_large());
        }
        files.push((name, data.into()));
    }
    if files.is_empty() {
        return Err(fail("no files in chart archive"));
    }
    Ok(files)
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
        assert!(unpack(b"apiVersion: v2").is_err());
        assert!(unpack(b"\x1F\x8B\x08\x00broken").is_err());
    }
}
