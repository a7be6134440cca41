//! Values that templates read and nobody has heard of.

use super::defaults::Defaults;
use crate::chart::Chart;
use crate::diag::Severity;
use crate::lint::survey::{PathId, Use};
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::nearest::nearest;
use crate::path::{Step, show};
use serde_json::Value as Json;

pub(super) const RULES: &[Rule] = &[UNDEFINED, UNDOCUMENTED, UNGUARDED];

const UNDEFINED: Rule = Rule {
    id: "undefined-value",
    severity: Severity::Warning,
    summary: "a template reads a value that is defined nowhere",
    why: "Unless the user happens to set it, nothing is printed there, or the render fails.",
    fix: "Correct the name, or give the value a default in values.yaml.",
    on: On::Default,
    check: Check::Subject(undefined),
};

const UNDOCUMENTED: Rule = Rule {
    id: "undocumented-value",
    severity: Severity::Note,
    summary: "templates use a value, where it is set, that values.yaml does not mention",
    why: "Users learn from values.yaml what they can set.",
    fix: "Add it to values.yaml, commented out where it has no default.",
    on: On::Default,
    check: Check::Elsewhere,
};

const UNGUARDED: Rule = Rule {
    id: "unguarded-values-map",
    severity: Severity::Note,
    summary: "a template fails where a map at the top of the values is not there",
    why: "`helm upgrade --reuse-values` takes the old release's values instead of values.yaml: a map that is new in the chart is missing, and the upgrade fails with a nil pointer error.",
    fix: "Put parentheses around the map, `(.Values.map).key`, or use `default dict`.",
    on: On::Default,
    check: Check::Subject(unguarded),
};

fn undefined(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(survey), Some(chart)) = (subject.survey(), subject.chart()) else { return };
    if chart.metadata().is_library() {
        return;
    }
    let paths = &survey.found.paths;
    let defaults = Defaults::of(chart);
    let compiled = subject.input.chart.as_ref().filter(|_| chart.schema().is_some());
    // A schema that is none may mean anything.
    let in_schema = |keys: &[&str]| {
        compiled.is_some_and(|compiled| compiled.own_schema(|schema| in_schema(schema, keys)).unwrap_or(true))
    };
    for path in paths.all() {
        let keys = paths.keys(path);
        let Some(top) = keys.first() else { continue };
        // Most are defined: nothing else need be asked of them.
        if defaults.has(&keys) != Some(false) || matches!(*top, "global" | "tags") || is_subchart(chart, top) {
            continue;
        }
        let site = paths.first(path, Use::Hard).or(paths.first(path, Use::Hazard));
        let soft = [Use::Soft, Use::Test].into_iter().filter_map(|used| paths.first(path, used)).min();
        let is_set = (0..=paths.depth(path)).any(|depth| paths.first(paths.ancestor(path, depth), Use::Set).is_some());
        let Some(place) = site.or(soft).filter(|site| !is_set && survey.is_own(*site)) else { continue };
        // Of a map that is missing nothing more is told than that.
        let parent = keys.split_last().map_or(&[][..], |(_, parent)| parent);
        if defaults.has(parent) != Some(true) {
            continue;
        }
        if in_schema(&keys) || defaults.is_documented(&keys) {
            continue;
        }
        let shown = shown(&keys);
        // A test of the value anywhere says that it need not be there.
        if soft.is_none() && site.is_some() {
            let text = format!("`{shown}` is read here and defined nowhere");
            let finding = findings.value(&UNDEFINED, &shown, Some(survey.place(place)), text);
            if let Some(near) = near(&defaults, parent, keys.last().copied().unwrap_or_default()) {
                finding.diagnostic.help =
                    Some(format!("did you mean `{}`?", self::shown(&[parent, &[&near]].concat())));
            }
        } else {
            let text = format!("`{shown}` can be set, but values.yaml does not mention it");
            findings.value(&UNDOCUMENTED, &shown, Some(survey.place(place)), text);
        }
    }
}

fn unguarded(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(survey), Some(chart)) = (subject.survey(), subject.chart()) else { return };
    let paths = &survey.found.paths;
    let defaults = Defaults::of(chart);
    for path in paths.below(PathId::ROOT) {
        let Some(site) = paths.first(path, Use::Hazard) else { continue };
        let keys = paths.keys(path);
        // What is not in the defaults either fails at once, which is told of elsewhere.
        let Some(key) = keys.first().filter(|key| defaults.root.get(key).is_some()) else { continue };
        if *key == "global" || is_subchart(chart, key) {
            continue;
        }
        let text = format!("this fails where `{key}` is missing, as with values of a release that had none");
        findings.value(&UNGUARDED, key, Some(survey.place(site)), text);
    }
}

fn is_subchart(chart: &Chart, key: &str) -> bool {
    let declared = chart.metadata().dependencies.iter().flatten();
    chart.dependencies().iter().any(|dependency| dependency.name() == key)
        || declared.into_iter().any(|dependency| dependency.name == key || dependency.alias == key)
}

fn shown(keys: &[&str]) -> String {
    show(&keys.iter().map(|key| Step::Key((*key).to_owned())).collect::<Vec<_>>())
}

/// Keys that a misspelt one is compared with.
const MOST_NEIGHBOURS: usize = 500;

/// The key beside it that looks most like it.
fn near(defaults: &Defaults<'_>, parent: &[&str], key: &str) -> Option<String> {
    let map = parent.iter().try_fold(defaults.root, |node, key| node.get(key))?.as_map()?;
    // Of so many none is meant more than another, and to look for it among them takes time for each.
    if map.len() > MOST_NEIGHBOURS {
        return None;
    }
    let known: Vec<String> = map.keys().map(ToString::to_string).collect();
    nearest(key, known.iter().map(String::as_str)).map(str::to_owned)
}

/// Whether the schema knows the path, or may know it: not all of a schema is followed.
fn in_schema(schema: &Json, keys: &[&str]) -> bool {
    let mut at = schema;
    for key in keys {
        match at.get("properties").and_then(|properties| properties.get(key)) {
            Some(below) => at = below,
            None => {
                return ["$ref", "allOf", "anyOf", "oneOf", "patternProperties"]
                    .iter()
                    .any(|word| at.get(word).is_some());
            }
        }
    }
    true
}
