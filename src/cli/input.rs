//! Reads the files that flags name.
//!
//! In: a name, `-` for standard input. Out: bytes, no more than a file may have.

use crate::limits::FILE_BYTES;
use std::io::Read;

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
    // A device may never end.
    let most = FILE_BYTES.get();
    let mut bytes = Vec::new();
    let read = if name.trim() == "-" {
        std::io::stdin().take(most.saturating_add(1)).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(name).and_then(|file| file.take(most.saturating_add(1)).read_to_end(&mut bytes))
    };
    match read {
        Ok(read) if read as u64 > most => Err(format!("read {name}: {}", FILE_BYTES.exceeded("bytes"))),
        Ok(_) => Ok(bytes),
        Err(error) => Err(match error.kind() {
            std::io::ErrorKind::NotFound => format!("open {name}: no such file or directory"),
            std::io::ErrorKind::IsADirectory => format!("read {name}: is a directory"),
            std::io::ErrorKind::PermissionDenied => format!("open {name}: permission denied"),
            _ => format!("open {name}: {error}"),
        }),
    }
}
