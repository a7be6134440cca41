//! What is wrong with a Redis, read from what people have at hand.
//!
//! In: texts as they were copied: `kubectl describe`, logs, events, INFO, what helm said, several in one file. Out: a
//! [`Diagnosis`]: the known causes, the worst first, each with the lines that show it and with what mends it. Nothing is
//! asked of any cluster. The causes are data, in `causes/`.

mod facts;
mod info;
mod kind;
mod shown;
mod table;
mod text;

pub use self::kind::{Kind, Section};
pub use self::text::print;

use self::facts::Facts;
use self::info::Info;
use self::table::{Across, CAUSES, Cause, Sign, plain};
use crate::diag::Severity;
use std::collections::{BTreeMap, BTreeSet};

/// Lines of one cause that are kept as its evidence; all are counted.
const MOST_EVIDENCE: usize = 4;

/// A text to look at.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// The file as its user knows it.
    pub name: String,
    /// What is in it. What is no UTF-8 was replaced.
    pub text: String,
}

/// What commands are about, where the texts do not say it.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The release.
    pub release: Option<String>,
    /// Its namespace.
    pub namespace: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// What was looked at.
    pub inputs: Vec<Looked>,
    /// The causes, the worst first; those that are over last.
    pub causes: Vec<Found>,
}

/// A text that was looked at.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Looked {
    /// The file.
    pub name: String,
    /// What its lines are.
    pub sections: Vec<Section>,
    /// Whether any of it was of a known kind.
    pub is_known: bool,
}

/// A cause that was found.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// Its name, stable.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub cause: String,
    /// Why that is so.
    pub why: String,
    /// Whether something else is behind it.
    pub is_symptom: bool,
    /// Whether a later line says that it is over.
    pub is_over: bool,
    /// The lines that show it, the first ones.
    pub evidence: Vec<Evidence>,
    /// How many lines show it.
    pub lines: usize,
    /// What helps, the best first.
    pub mends: Vec<Remedy>,
}

/// A line that shows a cause. Secrets in it are replaced by `***`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Evidence {
    /// The file.
    pub file: String,
    /// The number of the line, from 1.
    pub line: u32,
    /// The line.
    pub text: String,
}

/// What helps against a cause.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Remedy {
    /// What to do.
    pub to: String,
    /// The procedure of `chartwright ops` that does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<String>,
    /// Commands. What the texts did not tell stands in capitals: `POD`, `NAMESPACE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

impl Diagnosis {
    /// The program's exit code: 1 when something is wrong, 2 when nothing was of a known kind, else 0. What is only
    /// worth knowing, and what is over, is nothing wrong.
    pub fn exit_code(&self) -> u8 {
        if self.causes.iter().any(|cause| cause.severity > Severity::Note && !cause.is_over) {
            return 1;
        }
        if self.causes.is_empty() && self.inputs.iter().all(|input| !input.is_known) { 2 } else { 0 }
    }
}

/// One text, cut into lines.
struct Read<'i> {
    input: &'i Input,
    lines: Vec<&'i str>,
    plain: Vec<String>,
    kinds: Vec<Kind>,
    infos: Vec<Info>,
    facts: Vec<Facts>,
}

impl<'i> Read<'i> {
    fn new(input: &'i Input) -> Self {
        let lines: Vec<&str> = input.text.lines().collect();
        let kinds = kind::kinds(&lines);
        Read {
            input,
            plain: lines.iter().map(|line| plain(line)).collect(),
            infos: info::read(&lines, &kinds),
            facts: facts::read(&lines, &kinds),
            kinds,
            lines,
        }
    }

    fn evidence(&self, line: u32) -> Evidence {
        let text = (line as usize).checked_sub(1).and_then(|at| self.lines.get(at)).copied().unwrap_or_default();
        Evidence { file: self.input.name.clone(), line, text: shown::shown(text) }
    }
}

/// Where a cause shows: which text, and which line.
type Spot = (usize, u32);

/// Looks for every known cause in these texts.
///
/// Lines that a worse or a more particular cause accounts for count for no other. What a log says is over is told as
/// over; symptoms come after what may be behind them.
///
/// ```
/// use chartwright::ops::diagnose::{About, Input, diagnose};
///
/// let text = "1:M 22 Nov 2026 03:00:00.000 # Can't handle RDB format version 12\n".to_owned();
/// let found = diagnose(&[Input { name: "redis.log".into(), text }], &About::default());
/// assert_eq!(found.causes[0].id, "rdb-too-new");
/// assert_eq!(found.causes[0].evidence[0].line, 1);
/// ```
pub fn diagnose(inputs: &[Input], about: &About) -> Diagnosis {
    let reads: Vec<Read<'_>> = inputs.iter().map(Read::new).collect();
    let looked = reads.iter().map(|read| Looked {
        name: read.input.name.clone(),
        sections: kind::sections(&read.kinds),
        is_known: read.kinds.iter().any(|kind| *kind != Kind::Text),
    });
    let looked = looked.collect();
    let mut found: Vec<(&Cause, BTreeSet<Spot>, bool)> = Vec::new();
    for cause in CAUSES.iter() {
        let spots = spots(cause, &reads);
        if !spots.is_empty() {
            let is_over = reads.iter().enumerate().all(|(at, read)| is_over(cause, at, read, &spots));
            found.push((cause, spots, is_over));
        }
    }
    // A stable sort: of equals, the more particular stands first in the table.
    let is_aside = |cause: &Cause| cause.severity == Severity::Note;
    found.sort_by_key(|(cause, ..)| (is_aside(cause), cause.is_symptom, std::cmp::Reverse(cause.severity)));
    let mut taken: BTreeSet<Spot> = BTreeSet::new();
    found.retain(|(_, spots, _)| {
        let is_accounted_for = spots.iter().all(|spot| taken.contains(spot));
        taken.extend(spots.iter().copied());
        !is_accounted_for
    });
    found.sort_by_key(|(_, _, is_over)| *is_over);
    let causes = found.into_iter().map(|(cause, spots, is_over)| told(cause, &spots, is_over, &reads, about));
    Diagnosis { inputs: looked, causes: causes.collect() }
}

/// The lines that show a cause.
fn spots(cause: &Cause, reads: &[Read<'_>]) -> BTreeSet<Spot> {
    let mut spots = BTreeSet::new();
    for sign in &cause.signs {
        for (at, read) in reads.iter().enumerate() {
            if let Some(words) = &sign.text {
                let lines = (1..).zip(&read.plain).zip(&read.kinds);
                let fits = |line: &str, kind: Kind| {
                    let is_there = sign.r#in.is_empty() || sign.r#in.iter().any(|name| name == kind.name());
                    is_there && words.are_in(line) && !sign.unless.iter().any(|not| not.are_in(line))
                };
                spots.extend(lines.filter(|((_, line), kind)| fits(line, **kind)).map(|((number, _), _)| (at, number)));
            }
            if let Some(expression) = &sign.info {
                for info in read.infos.iter().filter(|info| info.holds(expression)) {
                    let shows = sign.shows.iter().filter_map(|name| info.line(name));
                    spots.extend(shows.map(|line| (at, line)));
                }
            }
        }
        spots.extend(across(sign, reads));
    }
    if !cause.shows.is_empty() {
        spots = around(cause, &spots, reads);
    }
    spots
}

/// Lines beside a sign that say what it is about: a server names the line of redis.conf behind its complaint.
const NEAR: u32 = 4;

fn around(cause: &Cause, spots: &BTreeSet<Spot>, reads: &[Read<'_>]) -> BTreeSet<Spot> {
    let near = spots.iter().flat_map(|(at, line)| (line.saturating_sub(NEAR)..=line + NEAR).map(|line| (*at, line)));
    let says_more = |(at, line): &Spot| {
        let text = (*line as usize).checked_sub(1).and_then(|line| reads.get(*at)?.plain.get(line));
        text.is_some_and(|text| cause.shows.iter().any(|words| words.are_in(text)))
    };
    spots.iter().copied().chain(near.filter(says_more)).collect()
}

/// What several servers say together.
fn across(sign: &Sign, reads: &[Read<'_>]) -> Vec<Spot> {
    let all: Vec<(usize, &Info)> =
        reads.iter().enumerate().flat_map(|(at, read)| read.infos.iter().map(move |info| (at, info))).collect();
    let of_role = |role: &'static str| all.iter().filter(move |(_, info)| info.get("role") == Some(role));
    let line = |(at, info): &(usize, &Info), name: &str| info.line(name).map(|line| (*at, line));
    match sign.across {
        None => Vec::new(),
        Some(Across::Masters) => {
            // Histories of masters: who of them once was a replica of the same data.
            let mut of_history: BTreeMap<&str, BTreeSet<Spot>> = BTreeMap::new();
            for one in of_role("master").filter(|(_, info)| info.get("cluster_enabled") != Some("1")) {
                let ids = ["master_replid", "master_replid2"].into_iter().filter_map(|name| one.1.get(name));
                for id in ids.filter(|id| id.bytes().any(|b| b != b'0')) {
                    of_history.entry(id).or_default().extend(line(one, "role"));
                }
            }
            of_history.into_values().filter(|spots| spots.len() > 1).flatten().collect()
        }
        Some(Across::EmptyMaster) => {
            let is_whole = |info: &Info| info.get("used_memory").is_some();
            let empty = of_role("master").filter(|(_, info)| is_whole(info) && !info.has_keys());
            let full: Vec<Spot> =
                of_role("slave").filter(|(_, info)| info.has_keys()).filter_map(|one| line(one, "role")).collect();
            let mut spots: Vec<Spot> = empty.filter_map(|one| line(one, "role")).collect();
            if spots.is_empty() || full.is_empty() {
                return Vec::new();
            }
            spots.extend(full);
            spots
        }
    }
}

/// Whether a text says, behind the last sign of a cause, that it is over. A text without a sign says nothing against.
fn is_over(cause: &Cause, at: usize, read: &Read<'_>, spots: &BTreeSet<Spot>) -> bool {
    let Some((_, last)) = spots.range((at, 0)..=(at, u32::MAX)).next_back() else { return true };
    let is_log = |at: usize| matches!(read.kinds.get(at), Some(Kind::Log | Kind::Answers));
    let later = read.plain.iter().enumerate().skip(*last as usize).filter(|(at, _)| is_log(*at));
    let mut later = later.map(|(_, line)| line);
    let is_logged = is_log((*last as usize).saturating_sub(1));
    is_logged && later.any(|line| cause.over.iter().any(|words| words.are_in(line)))
}

/// A cause with its evidence and what mends it, for this pod of this release.
fn told(cause: &Cause, spots: &BTreeSet<Spot>, is_over: bool, reads: &[Read<'_>], about: &About) -> Found {
    let facts = facts::of(spots, reads.iter().map(|read| read.facts.as_slice()), about);
    let mends = cause.mends.iter().map(|mend| Remedy {
        to: mend.to.clone(),
        procedure: mend.procedure.clone(),
        commands: mend.run.iter().map(|line| facts.fill(line)).collect(),
    });
    let evidence = spots.iter().take(MOST_EVIDENCE).filter_map(|(at, line)| Some(reads.get(*at)?.evidence(*line)));
    Found {
        id: cause.id.clone(),
        severity: cause.severity,
        cause: cause.cause.clone(),
        why: cause.why.clone(),
        is_symptom: cause.is_symptom,
        is_over,
        evidence: evidence.collect(),
        lines: spots.len(),
        mends: mends.collect(),
    }
}

/// The procedures that mend something.
#[doc(hidden)]
pub fn procedures() -> BTreeSet<&'static str> {
    CAUSES.iter().flat_map(|cause| &cause.mends).filter_map(|mend| mend.procedure.as_deref()).collect()
}

/// The names of all known causes.
#[doc(hidden)]
pub fn known() -> Vec<&'static str> {
    CAUSES.iter().map(|cause| cause.id.as_str()).collect()
}
