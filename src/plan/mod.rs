//! What an upgrade will do: two sides in, a [`Plan`] out.
//!
//! In: two [`Side`]s (charts with values, or manifests). Out: [`Plan`], which says what happens to each object, its pods
//! and its data, why, and what to run. Nothing here prints, and nothing here asks a cluster.

mod change;
mod crds;
mod model;
mod pair;
mod remedy;
mod side;
mod verdict;

pub use self::change::{Change, ChangeKind, Part, Path, changes};
pub use self::model::*;
use self::pair::duplicates;
pub use self::pair::{Identity, Pair, pairs};
pub use self::side::{ChartSide, Side};

use crate::kube::Minor;

/// What a plan takes as given.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The version of Kubernetes.
    pub kube: Minor,
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
        let pairs = pairs.into_iter().map(|pair| verdict::compare(pair, (old, new), settings)).collect();
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
    let mut concerns: Vec<Concern> = Vec::new();
    duplicates(&both, &mut concerns);
    verdict::refused(&both, &mut concerns);
    crds::crds(&both, &mut concerns);
    let outcome = concerns.iter().map(|concern| concern.code.outcome()).max().unwrap_or_default();
    let any = both.pairs.iter().any(|pair| pair.verdict != Verdict::Unchanged);
    Plan {
        release: new.release.clone(),
        namespace: new.namespace.clone(),
        old: old.facts(),
        new: new.facts(),
        outcome: if any { outcome.max(Outcome::Safe) } else { outcome },
        concerns,
        ..Plan::default()
    }
}
