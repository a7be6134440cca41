//! Which values a run read, and where, and which way its branches went.
//!
//! In: steps along chains of fields, as the evaluator takes them. Out: [`Reads`]: every path that
//! was looked at, the places that did, and for each branch how often it was taken. Paths are
//! numbered, so that a piece of output can name what it was made of by a range of numbers.

use crate::path::Step;
use crate::source::{Source, Span};
use crate::value::Str;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// A step of a path that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stone {
    /// The root object of the chart at this path (`redis/charts/common`).
    Root(Arc<str>),
    Key(Str),
    Index(u32),
}

/// A step as the index knows it: the number of a key, or an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Key(u32),
    Index(u32),
}

/// A path that was read.
#[derive(Debug, Clone)]
struct Path {
    parent: Option<u32>,
    stone: Stone,
    /// Whether there ever was something there, and whether there once was nothing.
    found: bool,
    missed: bool,
    /// Whether it was used as it is: printed, or given to a function that looks at all of it.
    whole: bool,
    /// Whether it is what somebody asked for, not only on the way there.
    asked: bool,
}

/// A place that read a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAt {
    /// The path, as [`Reads::value`] knows it.
    pub path: u32,
    /// The template file.
    pub source: Arc<Source>,
    /// Where the chain of fields stands in it, as Go tells its position: at the last dot.
    pub offset: u32,
}

/// A branch (`if`, `with`, `range`) that was come to.
#[derive(Debug, Clone)]
pub struct BranchSeen {
    /// The template file.
    pub source: Arc<Source>,
    /// The opening action.
    pub span: Span,
    /// How often its body ran at all.
    pub taken: u32,
    /// How often it did not.
    pub skipped: u32,
}

/// What one run read.
#[derive(Debug, Clone, Default)]
pub struct Reads {
    paths: Vec<Path>,
    roots: Vec<u32>,
    /// The numbers of keys, so that none is copied to be looked for; and of paths, by parent and key or element.
    keys: FxHashMap<Str, u32>,
    index: FxHashMap<(u32, Part), u32>,
    places: Vec<ReadAt>,
    seen: FxHashSet<(u32, usize)>,
    branches: Vec<BranchSeen>,
    branch_index: FxHashMap<usize, usize>,
}

/// How a value was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The path below the values of the root chart.
    pub path: Vec<Step>,
    /// Whether there ever was a value other than null.
    pub found: bool,
    /// Whether there once was none, or null.
    pub missed: bool,
    /// Whether all that is in it was used.
    pub whole: bool,
    /// Whether it was asked for, not only passed on the way to something in it.
    pub asked: bool,
    /// The number that [`ReadAt::path`] has for it.
    pub id: u32,
}

impl Reads {
    /// Every value that was looked at. Values that a template only came by on the way are there too.
    pub fn values(&self) -> impl Iterator<Item = Usage> + '_ {
        (0..self.paths.len()).filter_map(|id| {
            let id = u32::try_from(id).ok()?;
            let path = self.value(id).filter(|path| !path.is_empty())?;
            let Path { found, missed, whole, asked, .. } = *self.paths.get(id as usize)?;
            Some(Usage { path, found, missed, whole, asked, id })
        })
    }

    /// The path of a value below the values of the root chart; `None` where it is no value but, say,
    /// the release's name.
    pub fn value(&self, id: u32) -> Option<Vec<Step>> {
        let steps = self.steps(id)?;
        let mut steps = steps.into_iter();
        let Stone::Root(chart) = steps.next()? else { return None };
        let key = |name: &str| Step::Key(name.to_owned());
        let mut path: Vec<Step> = chart.split("/charts/").skip(1).map(key).collect();
        loop {
            match steps.next()? {
                Stone::Key(name) if *name == *b"Values" => break,
                Stone::Key(name) if *name == *b"Subcharts" => match steps.next()? {
                    Stone::Key(name) => path.push(key(&name.to_text())),
                    _ => return None,
                },
                _ => return None,
            }
        }
        path.extend(steps.filter_map(|stone| match stone {
            Stone::Key(name) => Some(Step::Key(name.to_text().into_owned())),
            Stone::Index(index) => Some(Step::Index(index as usize)),
            Stone::Root(_) => None,
        }));
        Some(path)
    }

    /// Whether all that is at a path was used.
    pub fn is_whole(&self, id: u32) -> bool {
        self.paths.get(id as usize).is_some_and(|path| path.whole)
    }

    /// What a chain reads of Helm's own objects: `.Release.Name`; `None` for all else.
    pub fn object(&self, id: u32) -> Option<String> {
        let steps = self.steps(id)?;
        let names: Vec<String> = steps
            .iter()
            .skip(1)
            .map(|stone| match stone {
                Stone::Key(name) => name.to_text().into_owned(),
                Stone::Index(index) => index.to_string(),
                Stone::Root(_) => String::new(),
            })
            .collect();
        let first = names.first()?;
        // What templates put into the root object themselves is no outside.
        OBJECTS.contains(&first.as_str()).then(|| format!(".{}", names.join(".")))
    }

    fn steps(&self, id: u32) -> Option<Vec<Stone>> {
        let mut steps = Vec::new();
        let mut at = Some(id);
        while let Some(id) = at {
            let path = self.paths.get(id as usize)?;
            steps.push(path.stone.clone());
            at = path.parent;
        }
        steps.reverse();
        Some(steps)
    }

    /// The places that read values and other objects, each once, in the order in which they did.
    pub fn places(&self) -> &[ReadAt] {
        &self.places
    }

    /// The branches that were come to.
    pub fn branches(&self) -> &[BranchSeen] {
        &self.branches
    }

    pub(super) fn root(&mut self, chart: &str) -> u32 {
        let is_root = |path: &Path| matches!(&path.stone, Stone::Root(known) if **known == *chart);
        match self.roots.iter().copied().find(|id| self.paths.get(*id as usize).is_some_and(is_root)) {
            Some(known) => known,
            None => {
                let new = self.add(None, Stone::Root(Arc::from(chart)));
                self.roots.push(new);
                new
            }
        }
    }

    pub(super) fn key(&mut self, parent: u32, key: &[u8]) -> u32 {
        let number = match self.keys.get(key) {
            Some(known) => *known,
            None => {
                let new = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
                self.keys.insert(Str::from(key), new);
                new
            }
        };
        self.child(parent, Part::Key(number), || Stone::Key(Str::from(key)))
    }

    pub(super) fn element(&mut self, parent: u32, index: usize) -> u32 {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        self.child(parent, Part::Index(index), || Stone::Index(index))
    }

    /// The path of a part of another, made where it is not known.
    fn child(&mut self, parent: u32, part: Part, stone: impl FnOnce() -> Stone) -> u32 {
        if let Some(known) = self.index.get(&(parent, part)) {
            return *known;
        }
        let new = self.add(Some(parent), stone());
        self.index.insert((parent, part), new);
        new
    }

    fn add(&mut self, parent: Option<u32>, stone: Stone) -> u32 {
        self.paths.push(Path { parent, stone, found: false, missed: false, whole: false, asked: false });
        u32::try_from(self.paths.len() - 1).unwrap_or(u32::MAX)
    }

    /// Whether there is room for further paths: a loop can make new ones without end.
    pub(super) fn has_room(&self) -> bool {
        self.paths.len() < MOST_PATHS
    }

    pub(super) fn came_to(&mut self, path: u32, found: bool) {
        if let Some(path) = self.paths.get_mut(path as usize) {
            path.found |= found;
            path.missed |= !found;
        }
    }

    pub(super) fn asked(&mut self, path: u32) {
        if let Some(path) = self.paths.get_mut(path as usize) {
            path.asked = true;
        }
    }

    pub(super) fn whole(&mut self, path: u32) {
        if let Some(path) = self.paths.get_mut(path as usize) {
            path.whole = true;
        }
    }

    /// Notes a place that reads a path; `node` is the address of its chain of fields, which stays
    /// where it is for as long as the run.
    pub(super) fn read_at(&mut self, path: u32, source: &Arc<Source>, offset: u32, node: usize) {
        if self.seen.insert((path, node)) {
            self.places.push(ReadAt { path, source: Arc::clone(source), offset });
        }
    }

    /// Notes which way a branch went; `node` is its address.
    pub(super) fn branch(&mut self, node: usize, source: &Arc<Source>, span: Span, taken: bool) {
        let branches = &mut self.branches;
        let at = *self.branch_index.entry(node).or_insert_with(|| {
            branches.push(BranchSeen { source: Arc::clone(source), span, taken: 0, skipped: 0 });
            branches.len() - 1
        });
        if let Some(branch) = branches.get_mut(at) {
            let counter = if taken { &mut branch.taken } else { &mut branch.skipped };
            *counter = counter.saturating_add(1);
        }
    }
}

/// Helm's objects besides the values.
const OBJECTS: [&str; 5] = ["Release", "Chart", "Capabilities", "Files", "Template"];

/// Paths that are kept of one run.
const MOST_PATHS: usize = 500_000;
