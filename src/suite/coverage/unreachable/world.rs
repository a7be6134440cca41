//! What the templates of a chart are to each other.
//!
//! In: all files. Out: [`World`]: who may change maps, whose root is the root object of a chart, what nothing calls.

use super::Outlook;
use super::flow::Calls;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::Cell;

/// Expressions that are looked at in one chart, each as often as something depends on it; large charts need some ten
/// thousand. Of the rest nothing is concluded.
const MOST_LOOKS: usize = 2_000_000;

/// Whose root object a template is given.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Root {
    /// Nobody has called it yet.
    Unknown,
    /// The chart at this path.
    Of(String),
    /// Something else, or now this and now that.
    Other,
}

/// The templates of a chart and how they call each other.
#[derive(Debug, Default)]
pub(super) struct World {
    /// By file and place in it.
    templates: Vec<Vec<Known>>,
    changing: FxHashSet<String>,
    known: FxHashSet<String>,
    /// Any template may be called, with anything: by a name that is made, or by a text that is rendered.
    pub is_open: bool,
    /// Some template changes maps.
    pub changes_maps: bool,
    /// Expressions that may still be looked at.
    pub budget: Cell<usize>,
}

#[derive(Debug)]
struct Known {
    name: String,
    root: Root,
    is_called: bool,
    /// The file that defines the one that counts.
    replaced_by: Option<usize>,
}

/// The path of the chart that a file belongs to.
fn chart_of(path: &str) -> &str {
    path.split_once("/templates/").map_or(path, |(chart, _)| chart)
}

fn is_partial(path: &str) -> bool {
    path.rsplit('/').next().unwrap_or_default().starts_with('_')
}

impl World {
    /// Looks at all files.
    pub fn of(files: &[Outlook<'_>]) -> World {
        let calls: Vec<Vec<Calls>> =
            files.iter().map(|file| file.listing.templates.iter().map(|t| Calls::of(t)).collect()).collect();
        let all = || calls.iter().flatten();
        let mut world = World {
            is_open: all().any(|calls| calls.is_open),
            changes_maps: all().any(|calls| calls.changes_maps),
            budget: Cell::new(MOST_LOOKS),
            ..World::default()
        };
        for file in files {
            let known = file.listing.templates.iter().enumerate().map(|(number, template)| {
                let is_file = number == 0 && !is_partial(file.path);
                Known {
                    name: template.name.to_string(),
                    root: if is_file { Root::Of(chart_of(file.path).to_owned()) } else { Root::Unknown },
                    is_called: is_file,
                    replaced_by: None,
                }
            });
            world.templates.push(known.collect());
        }
        let mut by_name: FxHashMap<String, Vec<(usize, usize)>> = FxHashMap::default();
        for (at, file) in world.templates.iter().enumerate() {
            for (number, known) in file.iter().enumerate() {
                by_name.entry(known.name.clone()).or_default().push((at, number));
            }
        }
        world.known.extend(by_name.keys().cloned());
        world.find_changing(&calls);
        world.follow(&calls, &by_name);
        world.find_replaced(files, &by_name);
        world
    }

    /// Names of templates that may change maps, by themselves or through others.
    fn find_changing(&mut self, calls: &[Vec<Calls>]) {
        let all: Vec<(&str, &Calls)> = self
            .templates
            .iter()
            .zip(calls)
            .flat_map(|(known, calls)| known.iter().map(|known| known.name.as_str()).zip(calls))
            .collect();
        let mut callers: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        let mut waiting: Vec<&str> = Vec::new();
        for (name, calls) in &all {
            calls.named.iter().for_each(|(called, _)| callers.entry(called).or_default().push(name));
            if calls.changes {
                waiting.push(name);
            }
        }
        let mut changing: FxHashSet<String> = FxHashSet::default();
        while let Some(name) = waiting.pop() {
            if changing.insert(name.to_owned()) {
                waiting.extend(callers.get(name).into_iter().flatten());
            }
        }
        self.changing = changing;
    }

    /// Follows calls from the files that are rendered: what is called, and with whose root.
    fn follow(&mut self, calls: &[Vec<Calls>], by_name: &FxHashMap<String, Vec<(usize, usize)>>) {
        let mut waiting: Vec<(usize, usize)> = Vec::new();
        for (at, file) in self.templates.iter().enumerate() {
            waiting
                .extend(file.iter().enumerate().filter(|(_, known)| known.is_called).map(|(number, _)| (at, number)));
        }
        while let Some((at, number)) = waiting.pop() {
            let Some(root) = self.get(at, number).map(|known| known.root.clone()) else { continue };
            let named = calls.get(at).and_then(|calls| calls.get(number)).map(|calls| &calls.named);
            for (name, passes) in named.into_iter().flatten() {
                let given = if *passes { root.clone() } else { Root::Other };
                for (at, number) in by_name.get(name).into_iter().flatten() {
                    let Some(called) = self.templates.get_mut(*at).and_then(|file| file.get_mut(*number)) else {
                        continue;
                    };
                    let joined = match (&called.root, &given) {
                        (Root::Unknown, given) => given.clone(),
                        (known, given) if known == given => known.clone(),
                        _ => Root::Other,
                    };
                    if !called.is_called || called.root != joined {
                        (called.is_called, called.root) = (true, joined);
                        waiting.push((*at, *number));
                    }
                }
            }
        }
    }

    /// Of templates with one name in one chart the one counts that is in the shallowest, then the first file.
    fn find_replaced(&mut self, files: &[Outlook<'_>], by_name: &FxHashMap<String, Vec<(usize, usize)>>) {
        let path = |at: usize| files.get(at).map(|file| file.path).unwrap_or_default();
        let key = |at: usize| (path(at).matches('/').count(), path(at));
        for places in by_name.values().filter(|places| places.len() > 1) {
            let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
            for (at, number) in places {
                let template = files.get(*at).and_then(|file| file.listing.templates.get(*number));
                if template.is_some_and(|template| !template.is_empty()) {
                    let first = counts.entry(chart_of(path(*at))).or_insert(*at);
                    if key(*at) < key(*first) {
                        *first = *at;
                    }
                }
            }
            for (at, number) in places {
                let winner = counts.get(chart_of(path(*at))).copied().filter(|winner| key(*winner) < key(*at));
                if let Some(known) = self.templates.get_mut(*at).and_then(|file| file.get_mut(*number)) {
                    known.replaced_by = winner;
                }
            }
        }
    }

    fn get(&self, file: usize, number: usize) -> Option<&Known> {
        self.templates.get(file)?.get(number)
    }

    /// Whether a template of this name may change maps; one that nobody knows may do everything.
    pub fn changes(&self, name: &str) -> bool {
        self.changing.contains(name) || !self.known.contains(name)
    }

    /// The chart whose root object a template's root is.
    pub fn root(&self, file: usize, number: usize) -> Option<&str> {
        match &self.get(file, number)?.root {
            Root::Of(chart) if number == 0 || !self.is_open => Some(chart),
            _ => None,
        }
    }

    /// Why a template is never called.
    pub fn never_called(&self, file: usize, number: usize, files: &[Outlook<'_>]) -> Option<String> {
        let known = self.get(file, number)?;
        if let Some(winner) = known.replaced_by.and_then(|winner| files.get(winner)) {
            return Some(format!("`{}` is defined in {} too, and that one counts", known.name, winner.path));
        }
        if known.is_called || self.is_open {
            return None;
        }
        Some(match number {
            0 => "no file is rendered whose name begins with an underscore, and nothing includes it".to_owned(),
            _ => format!("nothing that is rendered includes `{}`", known.name),
        })
    }
}
