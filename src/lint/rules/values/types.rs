//! What is documented of the type of a value, against its default and its use.

use super::defaults::Defaults;
use super::documented::{self, Documented, Kind, Schema};
use crate::diag::{Related, Severity};
use crate::lint::survey::{PathId, Paths, Site, Survey, Use};
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::value::{Data, Node};
use rustc_hash::FxHashMap;
use std::cell::OnceCell;

pub(super) const RULES: &[Rule] = &[DOCUMENTED, NO_MAP, NO_LIST];

const DOCUMENTED: Rule = Rule {
    id: "documented-type-differs",
    severity: Severity::Warning,
    summary: "a comment gives a value another type than its default, or the schema",
    why: "Tables and schemas are generated from the comment, and users set what it says.",
    fix: "Correct the comment, or the default.",
    on: On::Default,
    check: Check::Subject(documented),
};

const NO_MAP: Rule = Rule {
    id: "field-of-plain-value",
    severity: Severity::Error,
    summary: "a template reads a field of a value that is no map, by its default or by what is documented",
    why: "The render fails where the template comes to it.",
    fix: "Make the default a map and document one, or read the value itself.",
    on: On::Default,
    check: Check::Subject(uses),
};

const NO_LIST: Rule = Rule {
    id: "range-over-plain-value",
    severity: Severity::Error,
    summary: "a template ranges over a value that is no list or map, by its default or by what is documented",
    why: "`range` fails over a text, even an empty one, over a truth value and over a number of a values file.",
    fix: "Document a list and make the default one, or make a list of the value first, as `splitList \",\"` does.",
    on: On::Default,
    check: Check::Elsewhere,
};

fn documented(subject: &Subject<'_>, findings: &mut Findings) {
    let Some(compiled) = &subject.input.chart else { return };
    let defaults = Defaults::of(compiled.chart());
    let schema = Schema::new(compiled);
    for told in documented::comments(&defaults) {
        let keys: Vec<&str> = told.keys.iter().map(String::as_str).collect();
        let path = keys.join(".");
        let Some(node) = keys.iter().try_fold(defaults.root, |node, key| node.get(key)) else { continue };
        let says = format!("the comment says that `{path}` is of type {}", told.word);
        let found = Kind::of(node).filter(|kind| !is_empty(node) && !told.kinds.contains(kind));
        if let Some(found) = found {
            let text = format!("{says}, its default is a {}", found.word());
            let finding = findings.value(&DOCUMENTED, &path, Some(defaults.place(&keys)), text);
            finding.diagnostic.related.push(told.related(&defaults, &schema));
            continue;
        }
        let other = schema.documented(&keys);
        if let Some(other) = other.filter(|other| !other.kinds.iter().any(|kind| told.kinds.contains(kind))) {
            let text = format!("{says}, {} says {}", other.by, other.word);
            let finding = findings.value(&DOCUMENTED, &path, Some(defaults.place(&keys)), text);
            finding.diagnostic.related.extend([told.related(&defaults, &schema), other.related(&defaults, &schema)]);
        }
    }
}

/// What is empty may stand for all.
fn is_empty(node: &Node) -> bool {
    match &node.data {
        Data::Null => true,
        Data::Str(text) => text.is_empty(),
        Data::List(list) => list.is_empty(),
        Data::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// What a template does with a value that not every type allows.
struct Needs<'s> {
    rule: &'static Rule,
    kinds: &'static [Kind],
    site: Site,
    /// What is read there: `image.tag`, or the value itself.
    read: String,
    what: &'s str,
}

/// What needs a map or a list.
fn needs<'s>(survey: &Survey, path: PathId) -> Vec<Needs<'s>> {
    let paths = &survey.found.paths;
    let shown = |path| paths.keys(path).join(".");
    let mut needs = Vec::new();
    let of_field = |field: PathId| paths.first(field, Use::Hard).map(|site| (site, field));
    if let Some((site, field)) = paths.below(path).find_map(of_field).filter(|(site, _)| survey.is_own(*site)) {
        needs.push(Needs { rule: &NO_MAP, kinds: &[Kind::Map], site, read: shown(field), what: "read" });
    }
    if let Some(site) = paths.first(path, Use::Range).filter(|site| survey.is_own(*site)) {
        let kinds = &[Kind::List, Kind::Map];
        needs.push(Needs { rule: &NO_LIST, kinds, site, read: shown(path), what: "ranged over" });
    }
    needs
}

fn uses(subject: &Subject<'_>, findings: &mut Findings) {
    let (Some(survey), Some(compiled)) = (subject.survey(), &subject.input.chart) else { return };
    let paths = &survey.found.paths;
    let defaults = Defaults::of(compiled.chart());
    let comments = OnceCell::new();
    let schema = Schema::new(compiled);
    for path in paths.all().filter(|path| *path != PathId::ROOT) {
        // A template that asks for the type, or puts another value there, copes.
        if paths.first(path, Use::Kind).or(paths.first(path, Use::Set)).is_some() {
            continue;
        }
        let needs = needs(survey, path);
        if needs.is_empty() {
            continue;
        }
        let keys = paths.keys(path);
        let name = keys.join(".");
        let node = keys.iter().try_fold(defaults.root, |node, key| node.get(key));
        for need in needs {
            // A default that allows the use is what the template was written for.
            let kind = node.and_then(Kind::of);
            if kind.is_some_and(|kind| need.kinds.contains(&kind)) {
                continue;
            }
            let comments: &FxHashMap<String, Documented> = comments.get_or_init(|| {
                let all = documented::comments(&defaults).into_iter();
                all.map(|told| (told.keys.join("."), told)).collect()
            });
            let of_schema = schema.documented(&keys);
            let documented: Vec<&Documented> = comments.get(&name).into_iter().chain(&of_schema).collect();
            if documented.iter().any(|told| told.kinds.iter().any(|kind| need.kinds.contains(kind))) {
                continue;
            }
            let is_by_default = node.is_some_and(|node| fails(node, paths, path, &need));
            let is_list = kind == Some(Kind::List) && !paths.is_taken(path);
            let why = match (documented.first(), kind) {
                (_, Some(kind)) if is_by_default || is_list => format!("`{name}` is a {} by default", kind.word()),
                (Some(told), _) => format!("{} says that `{name}` is of type {}", told.by, told.word),
                _ => continue,
            };
            let text = format!("`{}` is {} here, and {why}", need.read, need.what);
            let finding = findings.value(need.rule, &name, Some(survey.place(need.site)), text);
            finding.diagnostic.related.extend(documented.iter().map(|told| told.related(&defaults, &schema)));
            if is_by_default {
                finding
                    .diagnostic
                    .related
                    .push(Related { message: "its default".into(), place: defaults.place(&keys) });
            } else {
                // The defaults render: it fails for who sets what is documented.
                finding.diagnostic.severity = Severity::Warning;
            }
        }
    }
}

/// Whether a default that does not allow a use makes it fail, as far as can be known.
fn fails(node: &Node, paths: &Paths, path: PathId, need: &Needs<'_>) -> bool {
    // What is empty or false may be what switches the place off.
    let is_full = match &node.data {
        Data::Str(text) => !text.is_empty(),
        Data::Float(number) => *number != 0.0,
        Data::Int(number) => *number != 0,
        Data::Bool(truth) => *truth,
        Data::List(list) => !list.is_empty(),
        Data::Null | Data::Map(_) => false,
    };
    // A template that looks at it, or takes the whole where it is no map, copes with no map. What is full passes every
    // look, and comes to the range.
    let copes = paths.first(path, Use::Test).is_some() || paths.is_taken(path);
    is_full && (need.rule.id == NO_LIST.id || !copes)
}
