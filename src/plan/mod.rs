//! What an upgrade will do: two sides in, a [`Plan`] out.
//!
//! In: two [`Side`]s (charts with values, or manifests). Out: [`Plan`], which says what happens to each object, its pods
//! and its data, why, and what to run. Nothing here prints, and nothing here asks a cluster.

mod compare;
mod model;
mod operator;
mod pods;
mod redis;
mod shown;
mod side;
mod stored;
#[cfg(test)]
mod testing;
mod volumes;

use self::compare::pair::duplicates;
pub use self::compare::pair::{Identity, Pair, pairs};
pub use self::model::*;
pub use self::shown::{config, diff, ignore, mask};
pub use self::side::{ChartSide, Side};
pub use self::stored::{Stored, StoredError, sourced};
pub use crate::manifest::change::{Change, ChangeKind, Part, Path, changes};

use crate::kube::Minor;
use crate::parallel;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What a plan takes as given.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The version of Kubernetes.
    pub kube: Minor,
    /// What the user accepts.
    pub ignores: shown::ignore::Ignores,
    /// Lines around a change that diffs show.
    pub context: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { kube: Minor::NEWEST, ignores: shown::ignore::Ignores::default(), context: shown::diff::CONTEXT }
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
    hashes: [OnceLock<pods::noise::Hashes>; 2],
}

impl<'s> Both<'s> {
    /// Pairs and compares the objects of two sides.
    pub fn new(old: &'s Side, new: &'s Side, settings: &'s Settings) -> Self {
        let pairs = pairs((&old.objects, &old.namespace), (&new.objects, &new.namespace));
        // What a side lacks that could not be rendered as a whole may well be in it.
        let is_known =
            |pair: &Pair<'_>| (pair.old.is_some() || old.is_whole()) && (pair.new.is_some() || new.is_whole());
        let pairs = pairs.into_iter().filter(is_known);
        let compare = |pair| compare::verdict::compare(pair, (old, new), settings);
        let mut pairs: Vec<Compared<'s>> = pairs.map(compare).collect();
        operator::judge::judge((old, new), &mut pairs);
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
    let (both, beside) = parallel::both(|| Both::new(old, new, settings), || Beside::of(old, new));
    let diff = |pair: &Compared<'_>| diff::unified(&pair.pair, &beside.secrets, &[], settings.context);
    let (mut plan, diffs) = parallel::both(|| sections(&both), || both.pairs.iter().map(diff).collect());
    finish(&mut plan, &both, beside, diffs);
    plan
}

/// What the sections do without: it is worked out beside them.
struct Beside {
    secrets: mask::Secrets,
    values: Vec<ValueChange>,
    concerns: Vec<Concern>,
}

impl Beside {
    fn of(old: &Side, new: &Side) -> Self {
        let mut concerns = Vec::new();
        let values = compare::value_changes::value_changes((old, new), &mut concerns);
        Beside { secrets: mask::Secrets::of(old, new), values, concerns }
    }
}

/// The sections of a plan, but for what is worked out beside them.
fn sections(both: &Both<'_>) -> Plan {
    let Both { old, new, .. } = *both;
    let mut concerns: Vec<Concern> = Vec::new();
    duplicates(both, &mut concerns);
    compare::verdict::refused(both, &mut concerns);
    compare::crds::crds(both, &mut concerns);
    let mut restarts = pods::restart::restarts(both, &mut concerns);
    pods::outage::outages(both, &mut concerns);
    pods::availability::availability(both, &mut concerns);
    pods::scheduling::scheduling(both, &mut concerns);
    let mut claims = volumes::storage::storage(both, &mut concerns);
    let hooks = pods::hooks::hooks(both, &mut concerns);
    let servers = redis::facts::Servers::of(old, new);
    let redis = redis::data::redis(both, &servers, &mut concerns);
    let strategy = redis::strategy::strategy(both, &servers);
    unrendered(both, &mut concerns);
    let objects = compare::objects::objects(both, &mut concerns);
    restarts.extend(operator::judge::operator(both, &mut concerns));
    claims.extend(operator::judge::claims(both));
    Plan {
        release: new.release.clone(),
        namespace: new.namespace.clone(),
        old: old.facts(),
        new: new.facts(),
        concerns,
        objects,
        restarts,
        hooks,
        claims,
        redis,
        notices: redis::notices::notices(both),
        before: redis::checks::before(both, &servers),
        steps: redis::strategy::steps(both, &servers, strategy.as_ref()),
        after: redis::checks::after(both, &servers, strategy.as_ref()),
        // What is installed for the first time has no way back.
        rollback: old.kept().next().and_then(|_| redis::rollback::rollback(both, &servers, strategy.as_ref())),
        strategy,
        ..Plan::default()
    }
}

/// What keeps a side from being known as a whole.
fn unrendered(both: &Both<'_>, concerns: &mut Vec<Concern>) {
    for (side, which) in [(both.old, "old"), (both.new, "new")] {
        concerns.extend(side.problems.iter().map(|problem| {
            let text = format!("the {which} side, {}: {}", side.source, problem.message);
            let concern = Concern::new(ConcernCode::CannotRender, text);
            let place = problem.place.clone().map(|place| compare::cause::on_disk(side, place));
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
/// differ (`diffs`, pair by pair), and no secret in anything.
fn finish(plan: &mut Plan, both: &Both<'_>, beside: Beside, diffs: Vec<String>) {
    let Beside { secrets, values, concerns } = beside;
    plan.values = values;
    plan.concerns.extend(concerns);
    shown::ignore::apply(plan, &both.settings.ignores);
    plan.concerns.sort_by_key(|concern| concern.code);
    let pairs = both.pairs.iter().zip(diffs).map(|(pair, diff)| (pair.id(), (pair, diff)));
    let mut pairs: BTreeMap<_, _> = pairs.collect();
    for object in &mut plan.objects {
        let Some((pair, diff)) = pairs.remove(&object.id).filter(|_| object.verdict != Verdict::Unchanged) else {
            continue;
        };
        let is_ignored =
            |path: &str| plan.ignored.iter().any(|ignored| ignored.object == object.id && ignored.change.path == path);
        let changes = pair.changes.iter().map(|change| &change.path);
        let ignored: Vec<&Path> = changes.filter(|path| is_ignored(&path.to_string())).collect();
        object.diff = match ignored.as_slice() {
            [] => diff,
            ignored => diff::unified(&pair.pair, &secrets, ignored, both.settings.context),
        };
    }
    mask::mask(plan, &secrets);
    plan.outcome = plan.judged();
}
