//! Files for a test, in a folder that goes when the test ends.

use std::fs;
use tempfile::TempDir;

/// A folder of its own with these files; names may have folders in them.
pub fn folder<'f, D: AsRef<[u8]> + 'f>(files: impl IntoIterator<Item = (&'f str, D)>) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, data) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("its folder");
        fs::write(path, data).expect("the file");
    }
    dir
}
