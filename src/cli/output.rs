//! Where the result goes: stdout, or files below `--output-dir`.

use crate::render::Rendered;
use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writes to stdout. A reader that has gone away is no failure.
pub(super) fn print(bytes: &[u8]) -> Result<(), String> {
    match write(bytes) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}

/// Writes to stdout, for whom it matters that the reader has gone.
pub(super) fn write(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush())
}

/// What goes into files, and where.
pub(super) struct Files<'a> {
    pub dir: &'a str,
    /// Set when the release's name is a folder between.
    pub release: Option<&'a str>,
    pub crds: bool,
    pub hooks: bool,
    pub tests: bool,
    /// Hooks are written behind what a file holds already, also where an earlier run has written it, as in Helm.
    pub adds_hooks: bool,
}

impl Files<'_> {
    /// Writes each document to the file of its template; documents of one file follow each other. `tell` is told of each.
    pub fn write(&self, rendered: &Rendered, tell: &mut dyn FnMut(String) -> Result<(), String>) -> Result<(), String> {
        let mut written = HashSet::new();
        let below = match self.release {
            Some(name) => format!("{}/{name}", self.dir),
            None => self.dir.to_owned(),
        };
        if self.crds {
            for (path, file) in &rendered.crds {
                let again = !written.insert(path.clone());
                // CRDs stay outside of the release's folder, as in Helm.
                tell(append(self.dir, path, &file.data, again)?)?;
            }
        }
        for manifest in &rendered.manifests.manifests {
            let again = !written.insert(manifest.path.to_string());
            tell(append(&below, &manifest.path, manifest.content().as_bytes(), again)?)?;
        }
        if self.hooks {
            for hook in rendered.manifests.hooks.iter().filter(|hook| self.tests || !hook.is_test()) {
                let path = &hook.manifest.path;
                let again = match self.adds_hooks {
                    true => Path::new(&below).join(&**path).exists(),
                    false => !written.insert(path.to_string()),
                };
                tell(append(&below, path, hook.manifest.content().as_bytes(), again)?)?;
            }
        }
        Ok(())
    }
}

/// Writes one document, and says so.
fn append(dir: &str, path: &str, text: &[u8], again: bool) -> Result<String, String> {
    let target = format!("{dir}/{path}");
    let failed = |error: io::Error| format!("cannot write {target}: {error}");
    if let Some(parent) = Path::new(&target).parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    if again {
        options.append(true)
    } else {
        options.write(true).create(true).truncate(true)
    };
    let mut file = options.open(&target).map_err(failed)?;
    file.write_all(format!("---\n# Source: {path}\n").as_bytes()).map_err(failed)?;
    file.write_all(text).and_then(|()| file.write_all(b"\n")).map_err(failed)?;
    Ok(format!("wrote {target}\n"))
}
