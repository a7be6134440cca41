//! Charts and values files, each read once and kept no longer than needed.
//!
//! In: the rows of a run. Out: a compiled chart or a file's bytes to any thread that asks; the first one reads, others
//! wait for it. With the last row that needs it, it is let go: what a run holds does not grow with the rows.

use super::{Row, RowLayer};
use crate::limits::read_whole;
use crate::render::Compiled;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What came of reading something; the error is a text, because many rows may have to tell it.
type Found<T> = Arc<OnceLock<Result<Arc<T>, String>>>;

/// Things by their paths, each with how many rows still need it.
struct Shelf<T>(Mutex<HashMap<PathBuf, (usize, Found<T>)>>);

impl<T> Shelf<T> {
    fn new<'p>(paths: impl Iterator<Item = &'p Path>) -> Self {
        let mut things: HashMap<PathBuf, (usize, Found<T>)> = HashMap::new();
        for path in paths {
            match things.get_mut(path) {
                Some((needed, _)) => *needed += 1,
                None => drop(things.insert(path.to_owned(), (1, Found::default()))),
            }
        }
        Shelf(Mutex::new(things))
    }

    fn get(&self, path: &Path, read: impl FnOnce() -> Result<T, String>) -> Result<Arc<T>, String> {
        let found = {
            let things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            things.get(path).map(|(_, found)| Arc::clone(found)).unwrap_or_default()
        };
        // Not under the lock: other charts are loaded meanwhile.
        found.get_or_init(|| read().map(Arc::new)).clone()
    }

    fn let_go(&self, path: &Path) {
        let mut things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = match things.get_mut(path) {
            Some((needed, _)) if *needed > 1 => {
                *needed -= 1;
                None
            }
            _ => things.remove(path),
        };
        drop(things);
        // A chart takes a while to fall apart; nobody waits for that.
        drop(gone);
    }
}

/// What the rows of a run share.
pub(super) struct Store {
    charts: Shelf<Compiled>,
    files: Shelf<Vec<u8>>,
}

impl Store {
    pub fn new(rows: &[Row]) -> Self {
        Store { charts: Shelf::new(rows.iter().map(|row| &*row.chart)), files: Shelf::new(rows.iter().flat_map(files)) }
    }

    /// The compiled chart. `Err` is the error's text.
    pub fn chart(&self, path: &Path) -> Result<Arc<Compiled>, String> {
        self.charts.get(path, || {
            // Messages name a chart's files by the whole path, as Helm's do.
            let whole = std::path::absolute(path).map_err(|error| error.to_string())?;
            if !whole.exists() {
                return Err(format!("path {:?} not found", path.display().to_string()));
            }
            Compiled::load(whole).map_err(|error| error.to_string())
        })
    }

    /// The bytes of a values file. `Err` is the error's text.
    pub fn file(&self, path: &Path) -> Result<Arc<Vec<u8>>, String> {
        self.files.get(path, || read(path))
    }

    /// A row is done with all that it needed.
    pub fn done(&self, row: &Row) {
        self.charts.let_go(&row.chart);
        files(row).for_each(|path| self.files.let_go(path));
    }
}

/// The values files of a row.
fn files(row: &Row) -> impl Iterator<Item = &Path> {
    row.layers.iter().filter_map(|layer| if let RowLayer::File(path) = layer { Some(&**path) } else { None })
}

/// The bytes of a file; the error is worded as Helm's.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    read_whole(path.display(), std::fs::File::open(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_thing_is_read_once_and_let_go_with_the_last_row_that_needs_it() {
        let (a, b) = (Path::new("a"), Path::new("b"));
        let shelf: Shelf<u32> = Shelf::new([a, b, a].into_iter());
        let reads = Cell::new(0);
        let read = || {
            reads.set(reads.get() + 1);
            Ok(reads.get())
        };
        let got = [shelf.get(a, read), shelf.get(b, read), shelf.get(a, read)];
        assert_eq!(got.map(|found| found.map(|number| *number)), [Ok(1), Ok(2), Ok(1)]);
        let held = |path: &Path| shelf.0.lock().is_ok_and(|things| things.contains_key(path));
        shelf.let_go(a);
        assert!(held(a) && held(b));
        shelf.let_go(a);
        assert!(!held(a) && held(b));
    }

    #[test]
    fn a_failure_is_told_to_every_row_and_met_once() {
        let path = Path::new("a");
        let shelf: Shelf<u32> = Shelf::new([path, path].into_iter());
        assert_eq!(shelf.get(path, || Err("gone".into())), Err("gone".to_owned()));
        assert_eq!(shelf.get(path, || Ok(1)), Err("gone".to_owned()));
    }
}
