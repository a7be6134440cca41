//! Reads the files that flags name.
//!
//! In: a name, `-` for standard input. Out: bytes, no more than a file may have.

use crate::limits::read_whole;

/// Whether Helm would fetch a file from there.
pub(super) fn is_remote(name: &str) -> bool {
    let scheme = name.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https" | "oci"))
}

/// The bytes of a file, or of standard input.
pub(super) fn read(name: &str) -> Result<Vec<u8>, String> {
    if is_remote(name) {
        return Err(format!("{name} is not supported: this program uses no network; fetch the file first"));
    }
    if name.trim() == "-" {
        return read_whole(name, Ok(std::io::stdin()));
    }
    read_whole(name, std::fs::File::open(name))
}
