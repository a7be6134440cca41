//! What a plan says, section by section, without layout.
//!
//! In: a [`Plan`]. Out: [`Section`]s with [`Row`]s, in the order in which people read: what needs attention, what restarts,
//! what happens to data, what to do. Objects are laid out by the formats.

use super::Detail;
use super::words;
use crate::manifest::ObjectId;
use crate::plan::*;

/// A part of the page.
#[derive(Debug, Default, serde::Serialize)]
pub(super) struct Section {
    /// A word for links.
    pub id: &'static str,
    pub title: String,
    pub rows: Vec<Row>,
    /// What shows all of it, where the summary leaves out details.
    #[serde(skip)]
    pub detail: Option<Detail>,
}

/// One thing that is said.
#[derive(Debug, Default, serde::Serialize)]
pub(super) struct Row {
    /// `error`, `warning`, `note`; empty for plain facts.
    pub level: &'static str,
    /// The code of a concern.
    pub code: String,
    /// What is said.
    pub head: String,
    /// What else there is to say, each with a label.
    pub facts: Vec<(&'static str, String)>,
    /// For a shell.
    pub commands: Vec<String>,
    /// Left out of the summary.
    #[serde(skip)]
    pub is_detail: bool,
}

impl Row {
    fn new(head: impl Into<String>) -> Row {
        Row { head: head.into(), ..Row::default() }
    }

    fn facts(mut self, label: &'static str, texts: &[String]) -> Row {
        self.facts.extend(texts.iter().map(|text| (label, text.clone())));
        self
    }

    fn fact(self, label: &'static str, text: Option<impl Into<String>>) -> Row {
        let text: Vec<String> = text.map(Into::into).into_iter().collect();
        self.facts(label, &text)
    }
}

/// All sections that have something to say.
pub(super) fn sections(plan: &Plan) -> Vec<Section> {
    let needs = plan.concerns.iter().any(|concern| concern.code.counts());
    let all = [
        Section { id: "problems", title: "What could not be read".into(), rows: problems(plan), detail: None },
        Section {
            id: "attention",
            title: if needs { "Needs attention" } else { "Worth knowing" }.into(),
            rows: plan.concerns.iter().map(concern).collect(),
            detail: None,
        },
        Section { id: "accepted", title: "Accepted".into(), rows: accepted(plan), detail: None },
        Section {
            id: "restarts",
            title: "Restarts".into(),
            rows: plan.restarts.iter().map(restart).collect(),
            detail: None,
        },
        Section {
            id: "hooks",
            title: "Hooks, in the order in which Helm runs them".into(),
            rows: plan.hooks.iter().map(hook).collect(),
            detail: None,
        },
        Section { id: "volumes", title: "Volumes".into(), rows: volumes(plan), detail: None },
        Section {
            id: "redis",
            title: "Redis".into(),
            rows: plan.redis.as_ref().map(redis).unwrap_or_default(),
            detail: None,
        },
        Section { id: "values", title: "Values".into(), rows: values(plan), detail: Some(Detail::Values) },
        Section {
            id: "notices",
            title: "What the chart says of upgrades".into(),
            rows: plan.notices.iter().map(notice).collect(),
            detail: Some(Detail::Notices),
        },
        Section {
            id: "strategy",
            title: "How to go about it".into(),
            rows: plan.strategy.as_ref().map(strategy).into_iter().collect(),
            detail: None,
        },
        steps("before", "Before", &plan.before),
        steps("steps", "Steps", &plan.steps),
        steps("after", "After", &plan.after),
        Section {
            id: "rollback",
            title: "The way back".into(),
            rows: plan.rollback.as_ref().map(rollback).unwrap_or_default(),
            detail: Some(Detail::Commands),
        },
    ];
    all.into_iter().filter(|section| !section.rows.is_empty()).collect()
}

fn problems(plan: &Plan) -> Vec<Row> {
    let sides = [("old", &plan.old), ("new", &plan.new)];
    // What is among the concerns is said there.
    let is_told = |problem: &Problem| {
        let mut told = plan.concerns.iter().filter(|concern| concern.code == ConcernCode::CannotRender);
        told.any(|concern| concern.message.ends_with(&problem.message))
    };
    let rows = sides.iter().flat_map(|(name, side)| {
        side.problems.iter().filter(|problem| !is_told(problem)).map(move |problem| {
            let row = Row { level: "error", code: format!("{name}-side"), ..Row::new(&problem.message) };
            row.fact("-->", problem.place.as_ref().map(ToString::to_string)).fact("help", problem.help.clone())
        })
    });
    rows.collect()
}

fn concern(concern: &Concern) -> Row {
    let row = Row {
        level: words::level(concern.code),
        code: concern.code.name(),
        commands: concern.commands.clone(),
        ..Row::new(&concern.message)
    };
    row.fact("in", about(concern.object.as_ref(), &concern.path))
        .fact("-->", concern.place.as_ref().map(ToString::to_string))
        .fact("help", concern.help.clone())
}

fn about(object: Option<&ObjectId>, path: &str) -> Option<String> {
    match (object, path) {
        (None, "") => None,
        (None, path) => Some(path.to_owned()),
        (Some(object), "") => Some(object.to_string()),
        (Some(object), path) => Some(format!("{object} {path}")),
    }
}

fn accepted(plan: &Plan) -> Vec<Row> {
    let concerns = plan.accepted.iter().map(|accepted| {
        let row = Row::new(format!("{}: {}", accepted.concern.code.name(), accepted.concern.message));
        row.fact("in", about(accepted.concern.object.as_ref(), &accepted.concern.path))
            .fact("reason", Some(accepted.reason.clone()))
    });
    let mut reasons: Vec<&str> = plan.ignored.iter().map(|ignored| ignored.reason.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let changes = reasons.into_iter().map(|reason| {
        let of = plan.ignored.iter().filter(|ignored| ignored.reason == reason);
        let fields: Vec<String> = of.map(|ignored| format!("{} {}", ignored.object, ignored.change.path)).collect();
        let head = format!("{} ignored: {reason}", words::count(fields.len(), "change", "changes"));
        Row::new(head).facts("in", &[words::names(&fields)])
    });
    concerns.chain(changes).collect()
}

fn restart(restart: &Restart) -> Row {
    let pods = words::names(&restart.pods);
    let head = match (pods.as_str(), restart.pods.len()) {
        ("", _) => format!("{}: {}", restart.workload, words::order(restart.order)),
        // Of one pod there is no order.
        (pods, 1) if restart.order == RestartOrder::OneByOne => format!("{}: {pods}", restart.workload),
        (pods, _) => format!("{}: {pods}; {}", restart.workload, words::order(restart.order)),
    };
    Row::new(head).facts("because", &restart.reasons).facts("noise", &restart.noise).facts("note", &restart.notes)
}

fn hook(hook: &HookRun) -> Row {
    let new = if hook.is_new { ", new" } else { "" };
    let row = Row::new(format!("{}: {}, weight {}{new}", hook.event, hook.object, hook.weight));
    let policies = (!hook.policies.is_empty()).then(|| hook.policies.join(", "));
    row.fact("deleted", policies)
}

/// Claims with one fate and one note are told together.
fn volumes(plan: &Plan) -> Vec<Row> {
    let mut groups: Vec<(String, ClaimFate, &str, Vec<String>)> = Vec::new();
    for claim in &plan.claims {
        let size = match (&claim.old_size, &claim.new_size) {
            (Some(old), Some(new)) if old != new => format!(", {old} -> {new}"),
            (_, Some(size)) | (Some(size), None) => format!(", {size}"),
            (None, None) => String::new(),
        };
        let key = format!("{}{size}", words::fate(claim.fate));
        match groups
            .iter_mut()
            .find(|(known, fate, note, _)| *known == key && *fate == claim.fate && *note == claim.note)
        {
            Some((.., names)) => names.push(claim.name.clone()),
            None => groups.push((key, claim.fate, &claim.note, vec![claim.name.clone()])),
        }
    }
    groups.sort_by_key(|(_, fate, ..)| std::cmp::Reverse(*fate));
    let rows = groups.into_iter().map(|(key, fate, note, names)| {
        // Of what goes or stays behind each name matters; of what is kept the first few.
        let names = if fate == ClaimFate::Kept { words::names(&names) } else { names.join(", ") };
        Row::new(format!("{key}: {names}")).fact("note", (!note.is_empty()).then_some(note))
    });
    rows.collect()
}

fn redis(redis: &RedisPlan) -> Vec<Row> {
    let version =
        |facts: &RedisFacts| if facts.version.is_empty() { "unknown".to_owned() } else { facts.version.clone() };
    let topology = |facts: &RedisFacts| {
        let name = serde_json::to_value(facts.topology).ok();
        name.and_then(|name| name.as_str().map(ToOwned::to_owned)).unwrap_or_default()
    };
    let arrow = |old: String, new: String| if old == new { new } else { format!("{old} -> {new}") };
    let yes = |known: Option<bool>| match known {
        Some(true) => "on",
        Some(false) => "off",
        None => "unknown",
    };
    let (old, new) = (&redis.old, &redis.new);
    let stored = |facts: &RedisFacts| if facts.is_persistent { "volumes" } else { "no volumes" }.to_owned();
    let head = format!(
        "version {}, {}, snapshots {}, append-only file {}, {}",
        arrow(version(old), version(new)),
        arrow(topology(old), topology(new)),
        arrow(yes(old.rdb).to_owned(), yes(new.rdb).to_owned()),
        arrow(yes(old.aof).to_owned(), yes(new.aof).to_owned()),
        arrow(stored(old), stored(new)),
    );
    let row = Row::new(head)
        .facts("forward", &redis.forward)
        .facts("back", &redis.backward)
        .facts("meanwhile", &redis.replication);
    [row].into_iter().chain(redis.version_notes.iter().map(Row::new)).collect()
}

fn values(plan: &Plan) -> Vec<Row> {
    let mut sorted: Vec<&ValueChange> = plan.values.iter().collect();
    sorted.sort_by_key(|change| change.kind);
    let rows = sorted.into_iter().map(|change| {
        let of = |side: &Option<serde_json::Value>| side.as_ref().map(words::value);
        let what = match (of(&change.old), of(&change.new)) {
            (Some(old), Some(new)) => format!(": {old} -> {new}"),
            (None, Some(only)) | (Some(only), None) => format!(": {only}"),
            (None, None) => String::new(),
        };
        let unread = if change.is_read { "" } else { "; no template reads it" };
        let head = format!("{}{what} ({}{unread})", change.path, words::value_change(change.kind));
        let is_lost = matches!(change.kind, ValueChangeKind::UserKeyGone | ValueChangeKind::UserKeyUnknown);
        let row = Row { level: if is_lost { "warning" } else { "" }, is_detail: !is_lost, ..Row::new(head) };
        row.fact("-->", change.place.as_ref().map(ToString::to_string))
    });
    rows.collect()
}

fn notice(notice: &Notice) -> Row {
    Row::new(format!("{}: {}", notice.file, notice.heading)).facts("says", std::slice::from_ref(&notice.text))
}

fn strategy(strategy: &Strategy) -> Row {
    let rejected = strategy.rejected.iter().map(|(kind, why)| format!("{}: {why}", words::strategy(*kind)));
    let rejected: Vec<String> = rejected.collect();
    Row::new(words::strategy(strategy.kind)).facts("because", &strategy.reasons).facts("not", &rejected)
}

fn steps(id: &'static str, title: &str, steps: &[RunStep]) -> Section {
    let rows = steps.iter().map(step).collect();
    Section { id, title: title.to_owned(), rows, detail: Some(Detail::Commands) }
}

fn step(step: &RunStep) -> Row {
    let reason = (!step.reason.is_empty()).then_some(step.reason.as_str());
    Row { commands: step.commands.clone(), ..Row::new(&step.title) }.fact("why", reason)
}

fn rollback(rollback: &Rollback) -> Vec<Row> {
    let safe = match rollback.is_safe {
        true => Row::new("`helm rollback` keeps the data"),
        false => Row { level: "warning", ..Row::new("`helm rollback` is not safe for the data") },
    };
    let row = safe.facts("because", &rollback.reasons).facts("when", &rollback.triggers);
    [row].into_iter().chain(rollback.steps.iter().map(step)).collect()
}
