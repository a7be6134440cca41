//! Objects that documentation names in commands, and the chart does not make.

use super::readme::documents;
use crate::diag::{Place, Severity};
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::nearest::nearest;
use crate::release::Release;
use crate::render::Options;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "unknown-object-in-docs",
    severity: Severity::Warning,
    summary: "a command of the documentation names an object that the chart does not make",
    why: "Who follows it gets `not found`, or changes something else.",
    fix: "Write the name that the chart gives it.",
    // The chart is rendered once more for each name of a release. And what is named may be made by the program at run
    // time, as the first password of Argo CD, or with values that no case has: on bitnami's redis, traefik,
    // kube-prometheus-stack and argo-cd none of six findings was right, three of which sections on upgrades made.
    on: On::Profiles(&["strict"]),
    check: Check::Subject(check),
};

/// How many names of releases, and cases for each, are rendered.
const MOST_RELEASES: usize = 8;
const MOST_CASES: usize = 8;

/// A word of a command line and the kind that it means.
const KINDS: &[(&[&str], &str)] = &[
    (&["svc", "service", "services"], "Service"),
    (&["secret", "secrets"], "Secret"),
    (&["configmap", "configmaps", "cm"], "ConfigMap"),
    (&["statefulset", "statefulsets", "sts"], "StatefulSet"),
    (&["deployment", "deployments", "deploy"], "Deployment"),
    (&["daemonset", "daemonsets", "ds"], "DaemonSet"),
    (&["ingress", "ingresses", "ing"], "Ingress"),
    (&["networkpolicy", "networkpolicies", "netpol"], "NetworkPolicy"),
    (&["servicemonitor", "servicemonitors"], "ServiceMonitor"),
    (&["poddisruptionbudget", "pdb"], "PodDisruptionBudget"),
    (&["horizontalpodautoscaler", "hpa"], "HorizontalPodAutoscaler"),
];

/// What a document says of an object.
struct Mention<'t> {
    kind: &'static str,
    name: &'t str,
    line: u32,
    column: usize,
    text: &'t str,
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(chart) = subject.chart() else { return };
    let documents = documents(subject);
    let mut releases = BTreeSet::from([chart.name()]);
    for (_, text) in &documents {
        releases.extend(text.lines().filter_map(|line| release_of(line, chart.name())));
    }
    let mut made: BTreeMap<&str, BTreeSet<(String, String)>> = BTreeMap::new();
    for (file, text) in &documents {
        for mention in mentions(text) {
            // The longest that the name begins with is the release that is meant; others are no business of the chart.
            let is_of = |release: &&&str| {
                mention.name.strip_prefix(**release).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            };
            let Some(release) = releases.iter().filter(is_of).max_by_key(|release| release.len()).copied() else {
                continue;
            };
            if !made.contains_key(release) && made.len() >= MOST_RELEASES {
                continue;
            }
            let objects = made.entry(release).or_insert_with(|| objects(subject, release));
            if objects.is_empty() || objects.contains(&(mention.kind.to_owned(), mention.name.to_owned())) {
                continue;
            }
            let column = u32::try_from(mention.column + 1).unwrap_or(u32::MAX);
            let mut place = Place::new(Arc::<str>::from(&**file), mention.line, column, Some(mention.text.to_owned()));
            place.length = u32::try_from(mention.name.len()).unwrap_or(0);
            let (kind, name) = (mention.kind, mention.name);
            let text = format!("the release `{release}` has no {kind} `{name}`");
            let finding = findings.at(&RULE, place, text);
            let of_kind = objects.iter().filter(|(of, _)| of == kind).map(|(_, name)| name.as_str());
            let names: Vec<&str> = of_kind.collect();
            finding.diagnostic.help = match nearest(name, names.iter().copied()) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None if names.is_empty() => None,
                None => Some(format!("it has {}", names.join(", "))),
            };
        }
    }
}

/// The release's name in a line that installs this chart.
fn release_of<'l>(line: &'l str, chart: &str) -> Option<&'l str> {
    let rest = line.split_once("helm install ").or_else(|| line.split_once("helm upgrade ")).map(|(_, rest)| rest)?;
    let mut words = rest.split_whitespace().filter(|word| !word.starts_with('-'));
    let name = words.next().filter(|name| is_name(name))?;
    let is_chart =
        |word: &str| word.trim_end_matches('/').rsplit('/').next().is_some_and(|last| last == chart || last == ".");
    words.next().is_some_and(is_chart).then_some(name)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The objects of a release in all cases: kinds and names.
fn objects(subject: &Subject<'_>, release: &str) -> BTreeSet<(String, String)> {
    let mut objects = BTreeSet::new();
    let Some(chart) = &subject.input.chart else { return objects };
    for case in subject.input.cases.iter().filter(|case| case.expect_error.is_none()).take(MOST_CASES) {
        let release = Release { name: release.to_owned(), ..case.options.release.clone() };
        let options = Options {
            release,
            capabilities: case.options.capabilities.clone(),
            limits: case.options.limits,
            skip_schema: true,
            skip_trace: true,
            ..Options::default()
        };
        let attempt = chart.attempt(&case.values, &options);
        let heads = attempt.documents.into_iter().filter_map(|document| document.head.ok());
        objects.extend(heads.map(|head| (head.kind, head.name)));
    }
    objects
}

/// Whether a heading is about other versions of the chart: `## Upgrading`, `### To 11.0.0`, `### From 8.x to 9.x`.
fn is_history(heading: &str) -> bool {
    let heading = heading.to_ascii_lowercase();
    let is_version = |word: &str| {
        let word = word.trim_start_matches('v');
        word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.')
    };
    ["upgrad", "migrat", "uninstall", "breaking"].iter().any(|word| heading.contains(word))
        || heading.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').any(is_version)
}

/// What `kubectl` commands name that look at or change what is there.
fn mentions(text: &str) -> Vec<Mention<'_>> {
    let mut found = Vec::new();
    let mut is_code = false;
    // The level of a heading under which objects of other versions are named.
    let mut history: Option<usize> = None;
    for (number, line) in (1u32..).zip(text.lines()) {
        is_code ^= line.trim_start().starts_with("```");
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        if !is_code && level > 0 && history.is_none_or(|above| level <= above) {
            history = is_history(line).then_some(level);
        }
        let Some((_, command)) = line.split_once("kubectl ").filter(|_| history.is_none()) else { continue };
        let command = command.split(['|', ';', '#']).next().unwrap_or_default();
        if command.split_whitespace().any(|word| matches!(word, "create" | "apply" | "run" | "--selector" | "-l")) {
            continue;
        }
        let kind_of = |word: &str| KINDS.iter().find(|(words, _)| words.contains(&word)).map(|(_, kind)| *kind);
        let mut words = command.split(' ').filter(|word| !word.is_empty()).peekable();
        while let Some(word) = words.next() {
            let word = word.trim_matches(['`', '"', '\'', ')', ',']);
            let (kind, name) = match word.split_once('/') {
                Some((kind, name)) => (kind_of(kind), name),
                None => (kind_of(word), words.peek().copied().unwrap_or_default()),
            };
            let name = name.trim_matches(['`', '"', '\'', ')', ',']);
            let (Some(kind), true) = (kind, is_name(name)) else { continue };
            let start = line.rfind(name).unwrap_or_default();
            found.push(Mention { kind, name, line: number, column: start, text: line });
        }
    }
    found
}
