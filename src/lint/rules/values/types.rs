//! What values.yaml says of the type of a value, against its default and its use.

use super::defaults::Defaults;
use crate::diag::{Related, Severity};
use crate::lint::survey::{PathId, Use};
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::value::{Data, Node};

pub(super) const RULES: &[Rule] = &[DOCUMENTED, NO_MAP];

const DOCUMENTED: Rule = Rule {
    id: "documented-type-differs",
    severity: Severity::Warning,
    summary: "a comment gives a value another type than its default has",
    why: "Tables and schemas are generated from the comment, and users set what it says.",
    fix: "Correct the comment, or the default.",
    on: On::Default,
    check: Check::Subject(documented),
};

const NO_MAP: Rule = Rule {
    id: "field-of-plain-value",
    severity: Severity::Error,
    summary: "a template reads a field of a value that is no map by default",
    why: "The render fails where the template comes to it.",
    fix: "Make the default a map, or read the value itself.",
    on: On::Default,
    check: Check::Subject(fields),
};

fn documented(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(chart) = subject.chart() else { return };
    let defaults = Defaults::of(chart);
    for (path, kind) in defaults.documented() {
        let keys: Vec<&str> = path.split('.').collect();
        let node = keys.iter().try_fold(defaults.root, |node, key| node.get(key));
        let Some(node) = node.filter(|node| !fits(kind, node)) else { continue };
        let found = word(node);
        let text = format!("the comment says that `{path}` is of type {kind}, its default is a {found}");
        findings.value(&DOCUMENTED, path, Some(defaults.place(&keys)), text);
    }
}

/// Whether a default may stand for a value of a documented type. What is empty may stand for all, and of
/// a type with another name nothing is said.
fn fits(kind: &str, node: &Node) -> bool {
    let is_empty = match &node.data {
        Data::Null => true,
        Data::Str(text) => text.is_empty(),
        Data::List(list) => list.is_empty(),
        Data::Map(map) => map.is_empty(),
        _ => false,
    };
    let wanted = match kind.to_ascii_lowercase().as_str() {
        "string" | "str" => "text",
        "int" | "integer" | "number" | "float" => "number",
        "bool" | "boolean" => "truth value",
        "list" | "array" => "list",
        "object" | "map" | "dict" => "map",
        _ => return true,
    };
    is_empty || word(node) == wanted
}

fn word(node: &Node) -> &'static str {
    match node.data {
        Data::Null => "null",
        Data::Bool(_) => "truth value",
        Data::Int(_) | Data::Float(_) => "number",
        Data::Str(_) => "text",
        Data::List(_) => "list",
        Data::Map(_) => "map",
    }
}

fn fields(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(survey), Some(chart)) = (subject.survey(), subject.chart()) else { return };
    let paths = &survey.found.paths;
    let defaults = Defaults::of(chart);
    for path in paths.all().filter(|path| *path != PathId::ROOT) {
        let keys = paths.keys(path);
        let node = keys.iter().try_fold(defaults.root, |node, key| node.get(key));
        // What is false may be what switches the place off.
        let is_plain = |node: &&Node| match &node.data {
            Data::Str(text) => !text.is_empty(),
            Data::Float(number) => *number != 0.0,
            Data::Bool(truth) => *truth,
            _ => false,
        };
        let Some(node) = node.filter(is_plain) else { continue };
        // A template that tests the type, or takes the whole where it is no map, copes.
        if paths.first(path, Use::Test).is_some() || paths.is_taken(path) {
            continue;
        }
        let of_field = |field: PathId| paths.first(field, Use::Hard).map(|site| (field, site));
        let Some((field, site)) = paths.below(path).find_map(of_field).filter(|(_, site)| survey.is_own(*site)) else {
            continue;
        };
        let (path, field) = (keys.join("."), paths.keys(field).join("."));
        let text = format!("`{field}` is read here, and `{path}` is a {}", word(node));
        let finding = findings.value(&NO_MAP, &path, Some(survey.place(site)), text);
        finding.diagnostic.related.push(Related { message: "its default".into(), place: defaults.place(&keys) });
    }
}
