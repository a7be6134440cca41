//! What an upgrade will do: two sides in, a [`Plan`] out.
//!
//! In: two [`Side`]s (charts with values, or manifests). Out: [`Plan`], which says what happens to each object, its pods
//! and its data, why, and what to run. Nothing here prints, and nothing here asks a cluster.

mod availability;
mod backup;
mod cause;
mod change;
mod checks;
mod claims;
mod command;
pub mod config;
mod crds;
mod data;
pub mod diff;
mod exit;
mod hooks;
pub mod ignore;
pub mod mask;
mod model;
mod noise;
mod notices;
mod objects;
mod operator;
mod operator_effects;
#[cfg(test)]
mod operator_tests;
mod outage;
mod pair;
mod reasons;
mod redis;
mod redis_auth;
mod references;
mod release;
mod remedy;
mod restart;
mod rollback;
mod rollout;
mod scheduling;
mod shell;
mod side;
mod storage;
mod stored;
mod strategy;
#[cfg(test)]
mod testing;
mod value_changes;
mod verdict;
mod versions;
mod words;
mod workload;

pub use self::change::{Change, ChangeKind, Part, Path, changes};
pub use self::model::*;
use self::pair::duplicates;
pub use self::pair::{Identity, Pair, pairs};
pub use self::side::{ChartSide, Side};
pub use self::stored::{Stored, StoredError, sourced};

use crate::kube::Minor;
use std::cell::OnceCell;

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
    /// What checksums of each side may be of, worked out once.
    hashes: [OnceCell<noise::Hashes>; 2],
}

impl<'s> Both<'s> {
    /// Pairs and compares the objects of two sides.
    pub fn new(old: &'s Side, new: &'s Side, settings: &'s Settings) -> Self {
        let pairs = pairs((&old.objects, &old.namespace), (&new.objects, &new.namespace));
        // What a side lacks that could not be rendered as a whole may well be in it.
        let is_known =
            |pair: &Pair<'_>| (pair.old.is_some() || old.is_whole()) && (pair.new.is_some() || new.is_whole());
        let pairs = pairs.into_iter().filter(is_known);
        let compare = |pair| verdict::compare(pair, (old, new), settings);
        let mut pairs: Vec<Compared<'s>> = pairs.map(compare).collect();
        operator::judge((old, new), &mut pairs);
        Both { old, new, pairs, settings, hashes: Default::default() }
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
    let mut restarts = restart::restarts(&both, &mut concerns);
    outage::outages(&both, &mut concerns);
    availability::availability(&both, &mut concerns);
    scheduling::scheduling(&both, &mut concerns);
    let mut claims = storage::storage(&both, &mut concerns);
    let hooks = hooks::hooks(&both, &mut concerns);
    let servers = redis::Servers::of(old, new);
    let redis = data::redis(&both, &servers, &mut concerns);
    let strategy = strategy::strategy(&both, &servers);
    let values = value_changes::value_changes(&both, &mut concerns);
    unrendered(&both, &mut concerns);
    let objects = objects::objects(&both, &mut concerns);
    restarts.extend(operator::operator(&both, &mut concerns));
    claims.extend(operator::claims(&both));
    let mut plan = Plan {
        release: new.release.clone(),
        namespace: new.namespace.clone(),
        old: old.facts(),
        new: new.facts(),
        concerns,
        objects,
        values,
        restarts,
        hooks,
        claims,
        redis,
        notices: notices::notices(&both),
        before: checks::before(&both, &servers),
        steps: strategy::steps(&both, &servers, strategy.as_ref()),
        after: checks::after(&both, &servers, strategy.as_ref()),
        // What is installed for the first time has no way back.
        rollback: old.kept().next().and_then(|_| rollback::rollback(&both, &servers, strategy.as_ref())),
        strategy,
        ..Plan::default()
    };
    finish(&mut plan, &both);
    plan
}

/// What keeps a side from being known as a whole.
fn unrendered(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    for (side, which) in [(both.old, "old"), (both.new, "new")] {
        concerns.extend(side.problems.iter().map(|problem| {
            let text = format!("the {which} side, {}: {}", side.source, problem.message);
            let concern = Concern::new(ConcernCode::CannotRender, text);
            let place = problem.place.clone().map(|place| cause::on_disk(side, place));
            Concern { place, help: problem.help.clone(), ..concern }
        }));
    }
    let is_any = |side: &Side| side.kept().next().is_some();
    let shares = both.pairs.iter().any(|pair| pair.pair.old.is_some() && pair.pair.new.is_some());
    if is_any(both.old) && is_any(both.new) && !shares {
        let text = "the two sides share no object: everything that is there goes, and all that comes is new";
        let help =
            "if they are one release, look at the release's name, namespace and overrides of names on both sides";
        concerns.push(Concern::new(ConcernCode::ManualStep, text).help(help));
    }
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
