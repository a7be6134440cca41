//! Values that nothing reads.

use super::defaults::Defaults;
use crate::chart::Chart;
use crate::diag::{Diagnostic, Severity};
use crate::lint::survey::{PathId, Paths, Survey, Use};
use crate::lint::{Case, Check, Findings, On, Rule, Subject};
use crate::path::Step;
use crate::value::{Data, Node};
use std::collections::BTreeSet;
use std::sync::Arc;

pub(super) const RULES: &[Rule] = &[DEFAULT, SETTING];

const DEFAULT: Rule = Rule {
    id: "unread-value",
    severity: Severity::Warning,
    summary: "no template reads a value of values.yaml",
    why: "Who sets it changes nothing and is not told.",
    fix: "Read it in a template, or remove it from values.yaml.",
    on: On::Default,
    check: Check::Subject(defaults),
};

const SETTING: Rule = Rule {
    id: "unread-setting",
    severity: Severity::Warning,
    summary: "a values file or flag sets what no template reads",
    why: "Helm takes any key; what nothing reads changes nothing.",
    fix: "Correct the name, or remove it.",
    on: On::Default,
    check: Check::Subject(settings),
};

/// What is read although no template of the chart names it.
struct Read<'s> {
    paths: &'s Paths,
    /// Keys at the top that belong to subcharts, or to all charts.
    others: BTreeSet<&'s str>,
    /// Paths that switch dependencies on.
    switches: Vec<Vec<&'s str>>,
}

impl<'s> Read<'s> {
    /// `None` where too little is known to say that something is not read.
    fn new(survey: &'s Survey, chart: &'s Chart) -> Option<Self> {
        let found = &survey.found;
        if !survey.is_whole || found.is_vague || chart.metadata().is_library() || found.paths.is_taken(PathId::ROOT) {
            return None;
        }
        // Charts above this one switch it on by `enabled`.
        let mut others = BTreeSet::from(["global", "tags", "enabled"]);
        others.extend(chart.dependencies().iter().map(Chart::name));
        let mut switches = Vec::new();
        for dependency in chart.metadata().dependencies.iter().flatten() {
            others.extend([dependency.name.as_str(), dependency.alias.as_str()]);
            switches.extend(dependency.condition.split(',').map(|path| path.trim().split('.').collect()));
            // What is copied up from a subchart is a default of it.
            let parents = dependency.import_values.iter().filter_map(|item| item.get("parent"));
            others.extend(parents.filter_map(|parent| match &parent.data {
                Data::Str(text) => text.to_utf8().and_then(|text| text.split('.').next()),
                _ => None,
            }));
        }
        Some(Read { paths: &found.paths, others, switches })
    }

    /// Reports each key below `node` of which nothing is read: the topmost only.
    fn unread<'n>(
        &self,
        at: PathId,
        keys: &mut Vec<&'n str>,
        node: &'n Node,
        tell: &mut dyn FnMut(&[&'n str], &'n Node),
    ) {
        let Data::Map(map) = &node.data else { return };
        for (key, below) in &**map {
            let Some(key) = key.to_utf8() else { continue };
            if keys.is_empty() && self.others.contains(key) {
                continue;
            }
            keys.push(key);
            match self.paths.find(at, key) {
                // Nothing is known to read it as a whole, but some of it is read.
                Some(path) if !self.paths.is_taken(path) => {
                    let is_used = self.paths.below(path).next().is_some()
                        || self.paths.first(path, Use::Test).or(self.paths.first(path, Use::Set)).is_some();
                    if is_used || self.is_switch(keys) {
                        self.unread(path, keys, below, tell);
                    } else {
                        tell(keys, below);
                    }
                }
                Some(_) => {}
                None if self.is_switch(keys) => {}
                None => tell(keys, below),
            }
            keys.pop();
        }
    }

    fn is_switch(&self, keys: &[&str]) -> bool {
        self.switches.iter().any(|switch| switch.starts_with(keys))
    }
}

fn defaults(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(survey), Some(chart)) = (subject.survey(), subject.chart()) else { return };
    let Some(read) = Read::new(survey, chart) else { return };
    let defaults = Defaults::of(chart);
    let mut unread: Vec<Vec<&str>> = Vec::new();
    read.unread(PathId::ROOT, &mut Vec::new(), defaults.root, &mut |keys, _| unread.push(keys.to_vec()));
    let runs = if unread.is_empty() { Vec::new() } else { what_ran_read(&subject.cases) };
    for keys in unread.iter().filter(|keys| !runs.iter().any(|run| run.reads(keys))) {
        let place = defaults.place(keys);
        if !defaults.is_anchor(&place) {
            let path = keys.join(".");
            findings.value(&DEFAULT, &path, Some(place), format!("no template reads `{path}`"));
        }
    }
}

/// A value that a run read: texts that `tpl` renders are seen only there.
struct Ran {
    keys: Vec<String>,
    is_whole: bool,
}

impl Ran {
    fn reads(&self, keys: &[&str]) -> bool {
        let same = self.keys.iter().zip(keys).all(|(a, b)| a == b);
        same && (self.keys.len() >= keys.len() || self.is_whole)
    }
}

fn what_ran_read(cases: &[Case]) -> Vec<Ran> {
    let values = cases.iter().flat_map(|case| case.attempt.reads.values());
    values
        .filter(|usage| usage.asked || usage.whole)
        .map(|usage| {
            let keys = usage.path.iter().map_while(|step| match step {
                Step::Key(key) => Some(key.clone()),
                Step::Index(_) => None,
            });
            Ran { keys: keys.collect(), is_whole: usage.whole }
        })
        .collect()
}

fn settings(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(survey), Some(chart)) = (subject.survey(), subject.chart()) else { return };
    let Some(read) = Read::new(survey, chart) else { return };
    let defaults = Defaults::of(chart);
    for case in &subject.cases {
        let Some(prepared) = &case.attempt.prepared else { continue };
        read.unread(PathId::ROOT, &mut Vec::new(), prepared.user(), &mut |keys, node| {
            // What the defaults hold is told of there, and what looks like another key by the engine.
            let path = keys.join(".");
            let is_misspelt = |warning: &Diagnostic| {
                warning.code == "misspelt-value" && warning.message.starts_with(&format!("`{path}`"))
            };
            if defaults.has(keys) != Some(true) && !case.attempt.warnings.iter().any(is_misspelt) {
                let place = prepared.who_set(&path, node).map(|set| set.place);
                let finding =
                    findings.value(&SETTING, &path, place, format!("`{path}` is set and no template reads it"));
                finding.cases = vec![Arc::clone(&case.name)];
            }
        });
    }
}
