//! Paths into the values, each with what templates do with it.
//!
//! In: paths as they are met. Out: [`Paths`], a tree in which every path has a number, the first
//! place of each [`Use`], and what lies below it.

use rustc_hash::FxHashMap;

/// The number of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::lint) struct PathId(u32);

/// A place in a template: the index of its file in the survey, the byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::lint) struct Site {
    pub file: u32,
    pub offset: u32,
}

/// What templates do with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lint) enum Use {
    /// Looks whether it is there, or true.
    Test,
    /// Takes it, whatever lies below it included, and something else where it is not there.
    Soft,
    /// Takes it as it is.
    Hard,
    /// Reads a field of it that fails where it is not there.
    Hazard,
    /// Puts something there.
    Set,
    /// Ranges over it.
    Range,
    /// Asks for its type.
    Kind,
}

const USES: usize = 7;

#[derive(Debug, Default)]
struct Entry {
    parent: u32,
    depth: u32,
    key: String,
    /// The first place of each use.
    first: [Option<Site>; USES],
    below: Vec<u32>,
}

/// All paths that were met.
#[derive(Debug)]
pub(in crate::lint) struct Paths {
    entries: Vec<Entry>,
    /// The number of each key, so that none is copied to be looked for.
    keys: FxHashMap<String, u32>,
    known: FxHashMap<(u32, u32), u32>,
}

impl Default for Paths {
    fn default() -> Self {
        Paths { entries: vec![Entry::default()], keys: FxHashMap::default(), known: FxHashMap::default() }
    }
}

impl PathId {
    /// The values as a whole.
    pub const ROOT: PathId = PathId(0);
}

impl Paths {
    fn entry(&self, path: PathId) -> Option<&Entry> {
        self.entries.get(path.0 as usize)
    }

    /// The path of a key below another, made where it is not known.
    pub fn child(&mut self, path: PathId, key: &str) -> PathId {
        if let Some(found) = self.find(path, key) {
            return found;
        }
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let depth = self.depth(path) + 1;
        self.entries.push(Entry { parent: path.0, depth, key: key.to_owned(), ..Entry::default() });
        let key = match self.keys.get(key) {
            Some(known) => *known,
            None => {
                let new = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
                self.keys.insert(key.to_owned(), new);
                new
            }
        };
        self.known.insert((path.0, key), number);
        if let Some(entry) = self.entries.get_mut(path.0 as usize) {
            entry.below.push(number);
        }
        PathId(number)
    }

    /// The path of a key below another, where it was met.
    pub fn find(&self, path: PathId, key: &str) -> Option<PathId> {
        let key = *self.keys.get(key)?;
        self.known.get(&(path.0, key)).copied().map(PathId)
    }

    /// How many keys it has.
    pub fn depth(&self, path: PathId) -> u32 {
        self.entry(path).map_or(0, |entry| entry.depth)
    }

    /// Its first `depth` keys; itself where it has no more.
    pub fn ancestor(&self, path: PathId, depth: u32) -> PathId {
        let mut at = path;
        while let Some(entry) = self.entry(at).filter(|entry| entry.depth > depth) {
            at = PathId(entry.parent);
        }
        at
    }

    /// Its keys.
    pub fn keys(&self, path: PathId) -> Vec<&str> {
        let mut keys = Vec::new();
        let mut at = path;
        while let Some(entry) = self.entry(at).filter(|entry| entry.depth > 0) {
            keys.push(entry.key.as_str());
            at = PathId(entry.parent);
        }
        keys.reverse();
        keys
    }

    /// Notes a use.
    pub fn note(&mut self, path: PathId, used: Use, site: Site) {
        if let Some(first) = self.entries.get_mut(path.0 as usize).and_then(|entry| entry.first.get_mut(used as usize))
        {
            *first = Some(first.map_or(site, |first| first.min(site)));
        }
    }

    /// The first place of a use.
    pub fn first(&self, path: PathId, used: Use) -> Option<Site> {
        *self.entry(path)?.first.get(used as usize)?
    }

    /// The paths one key longer.
    pub fn below(&self, path: PathId) -> impl Iterator<Item = PathId> {
        self.entry(path).into_iter().flat_map(|entry| entry.below.iter().copied().map(PathId))
    }

    /// Whether a template takes the value at this path as a whole.
    pub fn is_taken(&self, path: PathId) -> bool {
        self.first(path, Use::Hard).or(self.first(path, Use::Soft)).is_some()
    }

    /// Every path that was met, shorter ones before those below them.
    pub fn all(&self) -> impl Iterator<Item = PathId> {
        (0..self.entries.len()).map(|number| PathId(u32::try_from(number).unwrap_or(u32::MAX)))
    }
}
