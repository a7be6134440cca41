//! The words of a plan: what verdicts, causes and concerns are called.
//!
//! In: parts of a plan. Out: short texts without layout, the same in every format.

use crate::plan::*;
use serde_json::Value as Json;

/// `2 pods`, `1 pod`.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What it is about: release, namespace, and what becomes of the chart.
pub(super) fn title(plan: &Plan) -> String {
    let (old, new) = (&plan.old, &plan.new);
    let release = match (plan.release.as_str(), plan.namespace.as_str()) {
        ("", "") => String::new(),
        ("", namespace) => format!("in {namespace}: "),
        (release, "") => format!("{release}: "),
        (release, namespace) => format!("{release} in {namespace}: "),
    };
    let named = |side: &SideFacts| {
        let parts = [side.chart.as_str(), side.version.as_str()];
        let name = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ");
        if name.is_empty() { side.source.clone() } else { name }
    };
    let app = match (old.app_version.as_str(), new.app_version.as_str()) {
        ("", _) | (_, "") => String::new(),
        (old, new) if old == new => format!(" (app {new})"),
        (old, new) => format!(" (app {old} -> {new})"),
    };
    let is_same_chart = !old.chart.is_empty() && old.chart == new.chart;
    let change = match () {
        () if is_same_chart && old.version == new.version => named(new),
        () if is_same_chart => format!("{} {} -> {}", new.chart, old.version, new.version),
        () if old.source.is_empty() && old.chart.is_empty() => named(new),
        () => format!("{} -> {}", named(old), named(new)),
    };
    format!("{release}{change}{app}")
}

/// The whole in a word or two.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Nothing => "nothing changes",
        Outcome::Safe => "safe",
        Outcome::Attention => "needs attention",
        Outcome::DataAtRisk => "data at risk",
        Outcome::Refused => "refused",
        Outcome::Unknown => "no plan",
    }
}

/// The verdict line: the whole, and what makes it so.
pub(super) fn headline(plan: &Plan) -> String {
    let word = outcome(plan.outcome);
    let mut told: Vec<String> = Vec::new();
    let mut codes: Vec<ConcernCode> = plan.concerns.iter().map(|concern| concern.code).collect();
    codes.retain(|code| code.counts());
    let all = codes.clone();
    codes.sort_unstable();
    codes.dedup();
    told.extend(codes.iter().map(|code| concerns(*code, all.iter().filter(|one| *one == code).count())));
    let is_told = codes.contains(&ConcernCode::CannotRender);
    let broken = [(&plan.old, "old"), (&plan.new, "new")].into_iter().filter(|_| !is_told);
    for (_, name) in broken.filter(|(side, _)| !side.problems.is_empty()) {
        told.push(format!("the {name} side cannot be read or rendered as a whole"));
    }
    if plan.outcome == Outcome::Safe {
        let pods: usize = plan.restarts.iter().map(|restart| restart.pods.len()).sum();
        told.push(match (pods, plan.restarts.len()) {
            (_, 0) => "no pod restarts".to_owned(),
            (pods, workloads) => {
                let verb = if pods == 1 { "restarts" } else { "restart" };
                format!("{} of {} {verb}", count(pods, "pod", "pods"), count(workloads, "workload", "workloads"))
            }
        });
    }
    if told.is_empty() { word.to_owned() } else { format!("{word}: {}", told.join(", ")) }
}

/// So many concerns of a code.
fn concerns(code: ConcernCode, number: usize) -> String {
    let (one, many) = match code {
        ConcernCode::CannotRender => ("error on the way to a side", "errors on the way to the sides"),
        ConcernCode::Refused => ("change is refused", "changes are refused"),
        ConcernCode::DataLoss => ("loss of data", "losses of data"),
        ConcernCode::RollbackUnsafe => ("unsafe way back", "unsafe ways back"),
        ConcernCode::OrphanedVolume => ("volume stays behind", "volumes stay behind"),
        ConcernCode::OrphanedObject => ("object stays behind", "objects stay behind"),
        ConcernCode::WriteOutage => ("write outage", "write outages"),
        ConcernCode::Outage => ("outage", "outages"),
        ConcernCode::ManualStep => ("step by hand", "steps by hand"),
        ConcernCode::Scheduling => ("pod may find no node", "pods may find no node"),
        ConcernCode::Availability => ("risk for availability", "risks for availability"),
        ConcernCode::NotApplied => ("change reaches no pod", "changes reach no pod"),
        ConcernCode::NewSecret => ("new secret", "new secrets"),
        ConcernCode::LostValue => ("value is lost", "values are lost"),
        ConcernCode::Unknown => ("unknown", "unknowns"),
        ConcernCode::NoiseRestart => ("restart for nothing", "restarts for nothing"),
        ConcernCode::Note => ("note", "notes"),
    };
    count(number, one, many)
}

/// How bad a concern is: `error`, `warning` or `note`.
pub(super) fn level(code: ConcernCode) -> &'static str {
    match code.outcome() {
        Outcome::Unknown | Outcome::Refused | Outcome::DataAtRisk => "error",
        Outcome::Attention => "warning",
        Outcome::Safe | Outcome::Nothing => "note",
    }
}

/// What happens to an object.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Unchanged => "unchanged",
        Verdict::LabelOnly => "label only",
        Verdict::InPlace => "in place",
        Verdict::RollsPods => "rolls pods",
        Verdict::Rejected => "refused",
        Verdict::Recreated => "recreated",
        Verdict::Added => "added",
        Verdict::Removed => "removed",
        Verdict::Orphaned => "orphaned",
    }
}

/// Verdicts in the order in which people want to know.
pub(super) const VERDICTS: [Verdict; 9] = [
    Verdict::Rejected,
    Verdict::Recreated,
    Verdict::RollsPods,
    Verdict::InPlace,
    Verdict::Added,
    Verdict::Removed,
    Verdict::Orphaned,
    Verdict::LabelOnly,
    Verdict::Unchanged,
];

/// How many objects there are of each verdict.
pub(super) fn counts(plan: &Plan) -> String {
    let objects: Vec<&ObjectPlan> = plan.objects.iter().filter(|object| !object.is_hook).collect();
    let (ignored, counted): (Vec<_>, Vec<_>) = objects.into_iter().partition(|object| plan.is_ignored(object));
    let parts = VERDICTS.iter().filter_map(|wanted| {
        let number = counted.iter().filter(|object| object.verdict == *wanted).count();
        let word = match wanted {
            Verdict::RollsPods if number != 1 => "roll pods",
            wanted => verdict(*wanted),
        };
        (number > 0).then(|| format!("{number} {word}"))
    });
    let ignored = (!ignored.is_empty()).then(|| format!("{} ignored", ignored.len()));
    let parts: Vec<String> = parts.chain(ignored).collect();
    if parts.is_empty() { "no objects".to_owned() } else { parts.join(", ") }
}

/// Characters of a value that are shown.
const SHOWN: usize = 70;

/// A value in one line.
pub(super) fn value(value: &Json) -> String {
    let text = match value {
        Json::String(text) if text.lines().count() > 1 => return format!("({} lines)", text.lines().count()),
        Json::String(text) if !text.is_empty() && !text.contains(char::is_whitespace) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// `path: old -> new`.
pub(super) fn change(change: &FieldChange) -> String {
    let of = |side: &Option<Json>| side.as_ref().map(value).unwrap_or_default();
    let path = &change.path;
    match change.kind {
        FieldChangeKind::Added if path.is_empty() => "the object is new".to_owned(),
        FieldChangeKind::Removed if path.is_empty() => "the object is gone".to_owned(),
        FieldChangeKind::Added => format!("{path}: added {}", of(&change.new)),
        FieldChangeKind::Removed => format!("{path}: removed {}", of(&change.old)),
        FieldChangeKind::Reordered => format!("{path}: in another order"),
        FieldChangeKind::Changed => {
            let (old, new) = (of(&change.old), of(&change.new));
            let is_text =
                |side: &Option<Json>| side.as_ref().and_then(Json::as_str).is_some_and(|text| text.contains('\n'));
            if is_text(&change.old) && is_text(&change.new) {
                format!("{path}: lines change")
            } else if old == new {
                format!("{path}: {new}, another value")
            } else {
                format!("{path}: {old} -> {new}")
            }
        }
    }
}

/// Why a field changes.
pub(super) fn cause(cause: &Cause) -> String {
    let at = |place: &Option<crate::diag::Place>| place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    match cause {
        Cause::Value { value, place, by_user } => {
            let what = if *by_user { "value" } else { "default of" };
            format!("{what} {value}{}", at(place))
        }
        Cause::Template { place } => format!("another template{}", at(place)),
        Cause::ChartVersion => "nothing but the chart's version".to_owned(),
        Cause::ChecksumNoise { of: Some(of) } => format!("checksum of {of}, of which only labels change"),
        Cause::ChecksumNoise { of: None } => "checksum of what changes only in labels".to_owned(),
        Cause::Checksum { of } => format!("checksum of {of}, which changes"),
        Cause::Random { place } => format!("random: another one in each render{}", at(place)),
        Cause::Lookup { place } => format!("looked up in the cluster, so not known here{}", at(place)),
    }
}

/// How pods follow each other.
pub(super) fn order(order: RestartOrder) -> &'static str {
    match order {
        RestartOrder::OneByOne => "one by one, each when the one before is ready",
        RestartOrder::Surge => "new pods first, then the old ones go",
        RestartOrder::AllAtOnce => "all stop before the first new one starts",
        RestartOrder::PerNode => "node by node",
        RestartOrder::ByHand => "only when somebody deletes them",
        RestartOrder::Never => "none restarts by itself",
        RestartOrder::Replaced => "old pods go, others come elsewhere",
    }
}

/// What happens to volumes.
pub(super) fn fate(fate: ClaimFate) -> &'static str {
    match fate {
        ClaimFate::Kept => "kept",
        ClaimFate::Orphaned => "stays behind, unused",
        ClaimFate::Created => "new and empty",
        ClaimFate::Resized => "resized",
        ClaimFate::Removed => "deleted with its data",
    }
}

/// A way to upgrade.
pub(super) fn strategy(kind: StrategyKind) -> &'static str {
    match kind {
        StrategyKind::Rolling => "rolling",
        StrategyKind::InPlace => "in place",
        StrategyKind::BlueGreen => "blue-green",
        StrategyKind::DumpAndRestore => "dump and restore",
    }
}

/// How a value differs.
pub(super) fn value_change(kind: ValueChangeKind) -> &'static str {
    match kind {
        ValueChangeKind::UserKeyGone => "set by you, and the new chart does not know it",
        ValueChangeKind::UserKeyUnknown => "set by you, and neither chart knows it",
        ValueChangeKind::DefaultChanged => "default changes",
        ValueChangeKind::DefaultAdded => "new default",
        ValueChangeKind::DefaultRemoved => "default is gone",
        ValueChangeKind::UserChanged => "set by you",
        ValueChangeKind::UserAdded => "set by you now",
        ValueChangeKind::UserRemoved => "set by you no more",
    }
}

/// Names that are told of many.
const MOST_NAMES: usize = 6;

/// Names in a row; of many the first and the last, and how many there are.
pub(super) fn names(names: &[String]) -> String {
    match names {
        [first @ .., last] if names.len() > MOST_NAMES => {
            let first = first.get(..MOST_NAMES - 2).unwrap_or_default().join(", ");
            format!("{first}, …, {last} ({} in all)", names.len())
        }
        names => names.join(", "),
    }
}

/// Fields of an object that are named in its line.
const MOST_FIELDS: usize = 5;

/// The fields that change, by the ends of their paths; those that restart pods first, and noise only where there is
/// nothing else.
pub(super) fn fields(object: &ObjectPlan) -> String {
    let is_noise = |change: &&FieldChange| {
        let is_noise = |cause: &Cause| matches!(cause, Cause::ChartVersion | Cause::ChecksumNoise { .. });
        !change.causes.is_empty() && change.causes.iter().all(is_noise)
    };
    let (noise, mut changes): (Vec<_>, Vec<_>) = object.changes.iter().partition(is_noise);
    let is_all = changes.is_empty();
    if is_all {
        changes.clone_from(&noise);
    }
    // That the object is there at all has a cause, and no field.
    if let [whole] = changes.as_slice()
        && whole.path.is_empty()
    {
        return whole.causes.iter().map(cause).collect::<Vec<_>>().join("; ");
    }
    changes.sort_by_key(|change| !change.restarts);
    let mut names: Vec<String> = Vec::new();
    for change in changes {
        let name = short(&change.path);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(MOST_FIELDS);
    names.truncate(MOST_FIELDS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let noise = if is_all || noise.is_empty() { String::new() } else { format!(" ({} noise)", noise.len()) };
    format!("{}{more}{noise}", names.join(", "))
}

/// The end of a path that says what it is: `image`, `env[A].value`, `"checksum/config"`.
fn short(path: &str) -> String {
    let mut starts = vec![0];
    let mut is_quoted = false;
    let mut is_item = false;
    for (at, sign) in path.char_indices() {
        match sign {
            '"' => is_quoted = !is_quoted,
            '[' if !is_quoted => is_item = true,
            ']' if !is_quoted => is_item = false,
            '.' if !is_quoted && !is_item => starts.push(at + 1),
            _ => {}
        }
    }
    let from = |number: usize| starts.len().checked_sub(number).and_then(|at| starts.get(at));
    let last = from(1).and_then(|at| path.get(*at..)).unwrap_or(path);
    let before = from(2).and_then(|at| path.get(*at..)).unwrap_or(path);
    // A value or a key in a list says little without whose it is.
    let is_plain = !before.contains('[') || ["image"].contains(&last);
    if is_plain { last.trim_matches('"').to_owned() } else { before.to_owned() }
}
