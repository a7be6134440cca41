//! What an upgrade will do: two sides in, a [`Plan`] out.
//!
//! In: two [`Side`]s (charts with values, or manifests). Out: [`Plan`], which says what happens to each object, its pods
//! and its data, why, and what to run. Nothing here prints, and nothing here asks a cluster.

mod change;
pub mod config;
pub mod diff;
mod exit;
pub mod ignore;
pub mod mask;
mod model;
mod pair;
mod side;
mod verdict;

pub use self::change::{Change, ChangeKind, Part, Path, changes};
pub use self::model::*;
pub use self::pair::{Identity, Pair, pairs};
pub use self::side::{ChartSide, Side};

use crate::kube::Minor;

/// What a plan takes as given.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The version of Kubernetes.
    pub kube: Minor,
    /// What the user accepts.
    pub ignores: ignore::Ignores,
    /// Lines around a change that diffs show.
    pub context: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { kube: Minor::NEWEST, ignores: ignore::Ignores::default(), context: diff::CONTEXT }
    }
}

/// Both sides, paired and compared: what every part of a plan looks at.
#[derive(Debug)]
pub struct Both<'s> {
    /// What is there.
    pub old: &'s Side,
    /// What shall be there.
    pub new: &'s Side,
    /// Every object of either side.
    pub pairs: Vec<Compared<'s>>,
    /// What is taken as given.
    pub settings: &'s Settings,
}

impl<'s> Both<'s> {
    /// Pairs and compares the objects of two sides.
    pub fn new(old: &'s Side, new: &'s Side, settings: &'s Settings) -> Self {
        let pairs = pairs((&old.objects, &old.namespace), (&new.objects, &new.namespace));
        let pairs = pairs.into_iter().map(|pair| verdict::compare(pair, settings)).collect();
        Both { old, new, pairs, settings }
    }
}

/// A pair, compared.
#[derive(Debug)]
pub struct Compared<'s> {
    /// The objects.
    pub pair: Pair<'s>,
    /// What differs once both say what they mean: with defaults filled in, amounts in one unit.
    pub changes: Vec<Change>,
    /// What becomes of it, as far as it goes by itself.
    pub verdict: Verdict,
    /// Why the API server refuses it.
    pub rejections: Vec<Rejection>,
}

impl Compared<'_> {
    /// What it is called: of both sides the new one's name.
    pub fn id(&self) -> crate::manifest::ObjectId {
        self.pair.new.or(self.pair.old).map(crate::manifest::Object::id).unwrap_or_default()
    }
}

/// What an upgrade from one side to the other will do.
pub fn plan(old: &Side, new: &Side, settings: &Settings) -> Plan {
    let both = Both::new(old, new, settings);
    let concerns: Vec<Concern> = Vec::new();
    let mut plan = Plan {
        release: new.release.clone(),
        namespace: new.namespace.clone(),
        old: old.facts(),
        new: new.facts(),
        concerns,
        ..Plan::default()
    };
    finish(&mut plan, &both);
    plan
}

/// What comes last, when all parts have told what they know: the worst first, what the user accepts aside, the lines that
/// differ, and no secret in anything.
fn finish(plan: &mut Plan, both: &Both<'_>) {
    ignore::apply(plan, &both.settings.ignores);
    plan.concerns.sort_by_key(|concern| concern.code);
    let secrets = mask::Secrets::of(both.old, both.new);
    let lines = both.pairs.iter().map(|pair| (pair.id(), pair));
    let lines: std::collections::BTreeMap<_, _> = lines.collect();
    for object in &mut plan.objects {
        let Some(pair) = lines.get(&object.id) else { continue };
        let is_ignored =
            |path: &str| plan.ignored.iter().any(|ignored| ignored.object == object.id && ignored.change.path == path);
        let changes = pair.changes.iter().map(|change| &change.path);
        let ignored: Vec<&Path> = changes.filter(|path| is_ignored(&path.to_string())).collect();
        if object.verdict != Verdict::Unchanged {
            object.diff = diff::unified(&pair.pair, &secrets, &ignored, both.settings.context);
        }
    }
    mask::mask(plan, &secrets);
    plan.outcome = plan.judged();
}
