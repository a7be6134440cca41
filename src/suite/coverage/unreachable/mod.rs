//! Branches that no given values can reach, and why.
//!
//! In: the templates of a chart and its schema. Out: [`Analysis`]: reasons by counter, and the branches that only release
//! and cluster decide. Nothing is run: what follows from the text alone, whatever the values are. In doubt a branch counts
//! as reachable.
//!
//! A text that is given to `tpl` may come out of the values. It is taken to leave Helm's own objects alone, and may do
//! everything else.

mod facts;
mod flow;
mod schema;
mod truth;
mod walk;
mod world;

use self::schema::Domains;
use self::walk::Walk;
use self::world::World;
use super::listing::{Counter, Listing};
use super::{Because, Unreachable};
use crate::render::Compiled;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// A file to look at.
pub(super) struct Outlook<'o> {
    pub path: &'o str,
    pub listing: &'o Listing,
}

/// What is known of a chart without values.
#[derive(Debug, Default)]
pub(super) struct Analysis {
    files: Vec<OfFile>,
}

#[derive(Debug, Default)]
struct OfFile {
    reasons: FxHashMap<Counter, Unreachable>,
    /// What decides a branch besides values, by its first counter.
    closed: BTreeMap<u32, String>,
}

impl Analysis {
    /// Looks at the files of a chart; the results go by their order.
    pub fn of(compiled: &Compiled, files: &[Outlook<'_>]) -> Analysis {
        let mut world = World::of(files);
        // Its templates are there for other charts.
        world.is_open |= compiled.chart().metadata().is_library();
        let domains = match world.changes_maps {
            true => Domains::default(),
            false => compiled.own_schema(Domains::new).unwrap_or_default(),
        };
        let mut analysis = Analysis::default();
        for (at, file) in files.iter().enumerate() {
            let mut found = OfFile::default();
            for (number, template) in file.listing.templates.iter().enumerate() {
                if let Some(reason) = world.never_called(at, number, files) {
                    let because = Because::NeverCalled;
                    found.reasons.insert(Counter::Called(number), Unreachable { because, reason });
                }
                let root = world.root(at, number);
                let own = root.is_some_and(|root| root == compiled.chart().name());
                Walk::new(&world, template, root, own.then_some(&domains), &mut found).run();
            }
            analysis.files.push(found);
        }
        analysis
    }

    /// Why a way cannot be gone.
    pub fn reason(&self, file: usize, counter: Counter) -> Option<&Unreachable> {
        self.files.get(file)?.reasons.get(&counter)
    }

    /// The first counters of branches that only release and cluster decide.
    pub fn closed(&self, file: usize) -> impl Iterator<Item = u32> + '_ {
        self.files.get(file).into_iter().flat_map(|file| file.closed.keys().copied())
    }

    /// What decides a branch besides values.
    pub fn closed_by(&self, file: usize, first: u32) -> Option<&str> {
        self.files.get(file)?.closed.get(&first).map(String::as_str)
    }
}
