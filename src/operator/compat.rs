//! Whether a new CustomResourceDefinition still takes what the old one took.
//!
//! In: definitions, those that are in the cluster and those that shall be. Out: [`Break`]s: what the API server will drop
//! or refuse of objects that it holds, each with its place in the schema. Fields that are new and optional, words that are
//! more, bounds that are wider break nothing: that is the operator's own policy for one version of its API.

use crate::value::{Data, Node};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a definition no longer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreakKind {
    /// The definition is gone, and all its objects with it.
    DefinitionGone,
    /// Objects live in namespaces, or no longer.
    ScopeChanged,
    /// Group, kind or plural are others.
    NamesChanged,
    /// A version is gone, or not served any more.
    VersionGone,
    /// Another version is stored.
    StorageChanged,
    /// A field is gone: what stands in it is dropped.
    FieldGone,
    /// Fields that nobody named were kept, and are dropped now.
    UnknownDropped,
    /// A field has another type.
    TypeChanged,
    /// A word is no longer allowed.
    WordsNarrowed,
    /// A bound is tighter.
    BoundsNarrowed,
    /// Another pattern.
    PatternChanged,
    /// Another format.
    FormatChanged,
    /// A field must be there that need not be before.
    NewRequired,
    /// Null is no longer allowed.
    NullRefused,
    /// What stands in for nothing is another.
    DefaultChanged,
    /// A rule that was not there.
    NewRule,
    /// Forms (`anyOf`, `oneOf`, `not`) that differ.
    FormsChanged,
}

impl BreakKind {
    /// Its name in kebab-case, as JSON has it.
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(ToOwned::to_owned)).unwrap_or_default()
    }

    /// Whether it is only a matter of what objects hold: what is stored stays as it is.
    pub fn depends(self) -> bool {
        use BreakKind::{DefaultChanged, FormatChanged, FormsChanged, NewRule, PatternChanged, StorageChanged};
        matches!(self, PatternChanged | FormatChanged | FormsChanged | NewRule | DefaultChanged | StorageChanged)
    }

    /// What to do.
    pub fn help(self) -> &'static str {
        use BreakKind as K;
        match self {
            K::DefinitionGone => "keep the definition: deleting it deletes every object of its kind, and their pods",
            K::ScopeChanged | K::NamesChanged => {
                "the API server refuses this change: another scope, group or kind needs another definition, and objects moved by hand"
            }
            K::VersionGone => {
                "keep serving the version until nobody asks for it and `status.storedVersions` does not name it"
            }
            K::StorageChanged => {
                "serve both versions with a conversion webhook, then write every object again so that it is stored anew"
            }
            K::FieldGone | K::UnknownDropped => {
                "keep the field for at least one release, marked as deprecated; look first which objects use it"
            }
            K::NewRequired => "give the field a default, or make it optional",
            K::DefaultChanged => "write the old value into objects that shall keep it",
            _ => "look which objects hold what is refused, and change them before the definition",
        }
    }
}

/// One thing that the new definition takes no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Break {
    /// What kind of thing.
    pub kind: BreakKind,
    /// The definition: `redisclusters.redis.io`.
    pub definition: String,
    /// The version of the API; empty where all are meant.
    pub version: String,
    /// The field of the object: `spec.redis`; empty for the whole.
    pub path: String,
    /// What was and what is.
    pub message: String,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place: Vec<&str> =
            [self.version.as_str(), self.path.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
        match place.is_empty() {
            true => write!(f, "{}: {}", self.definition, self.message),
            false => write!(f, "{} {}: {}", self.definition, place.join(" "), self.message),
        }
    }
}

/// Whether an object is a definition.
pub fn is_definition(object: &Node) -> bool {
    object.get("kind").and_then(Node::as_text).is_some_and(|kind| kind == "CustomResourceDefinition")
}

/// What breaks between two sets of definitions, paired by name. New ones break nothing.
///
/// ```
/// use chartwright::operator::compat::{BreakKind, definitions};
/// let crd = |fields: &str| chartwright::yaml::decode(format!("
/// kind: CustomResourceDefinition
/// metadata: {{name: widgets.example.com}}
/// spec:
///   group: example.com
///   names: {{kind: Widget, plural: widgets}}
///   versions:
///   - name: v1
///     schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {{type: object, properties: {fields}}}}}}}}}
/// ").as_bytes()).unwrap();
/// let old = crd("{size: {type: integer, maximum: 9}, color: {type: string}}");
/// let found = definitions(&[old], &[crd("{size: {type: integer, maximum: 5}}")]);
/// let told: Vec<String> = found.iter().map(ToString::to_string).collect();
/// assert_eq!(told, [
///     "widgets.example.com v1 spec.color: the field is gone",
///     "widgets.example.com v1 spec.size: `maximum` was 9 and is 5",
/// ]);
/// assert_eq!(found[0].kind, BreakKind::FieldGone);
/// ```
pub fn definitions(old: &[Node], new: &[Node]) -> Vec<Break> {
    let by_name = |nodes: &[Node]| -> BTreeMap<String, Node> {
        nodes.iter().filter(|node| is_definition(node)).map(|node| (name(node), node.clone())).collect()
    };
    let (old, new) = (by_name(old), by_name(new));
    let mut found = Vec::new();
    for (name, before) in &old {
        match new.get(name) {
            Some(after) => found.extend(definition(before, after)),
            None => found.push(Break {
                kind: BreakKind::DefinitionGone,
                definition: name.clone(),
                version: String::new(),
                path: String::new(),
                message: "the definition is gone".to_owned(),
            }),
        }
    }
    found
}

/// What breaks between two states of one definition.
pub fn definition(old: &Node, new: &Node) -> Vec<Break> {
    let mut search = Search { definition: name(new), version: String::new(), found: Vec::new() };
    let text = |node: &Node, path: &str| node.find(path).and_then(Node::as_text).unwrap_or_default().into_owned();
    let scope =
        |node: &Node| Some(text(node, "spec.scope")).filter(|text| !text.is_empty()).unwrap_or("Namespaced".into());
    if scope(old) != scope(new) {
        search.tell(BreakKind::ScopeChanged, "", format!("the scope was {} and is {}", scope(old), scope(new)));
    }
    for path in ["spec.group", "spec.names.kind", "spec.names.plural", "spec.names.singular", "spec.names.listKind"] {
        let (was, is) = (text(old, path), text(new, path));
        // The server fills the last two in.
        if was != is && !(was.is_empty() || is.is_empty()) {
            search.tell(BreakKind::NamesChanged, "", format!("`{path}` was `{was}` and is `{is}`"));
        }
    }
    let list = |node: &Node, path: &str| -> BTreeSet<String> {
        let items = node.find(path).map(Node::items).unwrap_or_default();
        items.iter().filter_map(|item| item.as_text().map(std::borrow::Cow::into_owned)).collect()
    };
    for gone in list(old, "spec.names.shortNames").difference(&list(new, "spec.names.shortNames")) {
        search.tell(BreakKind::NamesChanged, "", format!("the short name `{gone}` is gone"));
    }
    search.versions(old, new);
    search.found
}

fn name(node: &Node) -> String {
    node.find("metadata.name").and_then(Node::as_text).unwrap_or_default().into_owned()
}

/// How a value is shown: as JSON, cut where it is long.
fn shown(node: &Node) -> String {
    const MOST: usize = 80;
    let text = match crate::value::from_node::<serde_json::Value>(node) {
        Ok(serde_json::Value::Number(number)) => match number.as_f64() {
            // Numbers of YAML are floats here; most were written as integers.
            Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Ok(value) => value.to_string(),
        Err(_) => "something unreadable".to_owned(),
    };
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// A bound, and whether a larger number is the tighter one.
const BOUNDS: [(&str, bool); 8] = [
    ("minimum", true),
    ("maximum", false),
    ("minLength", true),
    ("maxLength", false),
    ("minItems", true),
    ("maxItems", false),
    ("minProperties", true),
    ("maxProperties", false),
];

struct Search {
    definition: String,
    version: String,
    found: Vec<Break>,
}

impl Search {
    fn tell(&mut self, kind: BreakKind, path: &str, message: String) {
        let (definition, version) = (self.definition.clone(), self.version.clone());
        self.found.push(Break { kind, definition, version, path: path.to_owned(), message });
    }

    fn versions(&mut self, old: &Node, new: &Node) {
        let all = |node: &Node| -> BTreeMap<String, Node> {
            let versions = node.find("spec.versions").map(Node::items).unwrap_or_default();
            let named = |one: &Node| Some((one.get("name")?.as_text()?.into_owned(), one.clone()));
            versions.iter().filter_map(named).collect()
        };
        let is_served = |version: &Node| version.get("served").and_then(Node::as_bool) != Some(false);
        let stored = |versions: &BTreeMap<String, Node>| {
            let is_stored = |version: &Node| version.get("storage").and_then(Node::as_bool) == Some(true);
            versions.iter().find(|(_, version)| is_stored(version)).map(|(name, _)| name.clone())
        };
        let (old, new) = (all(old), all(new));
        if let (Some(was), Some(is)) = (stored(&old), stored(&new))
            && was != is
        {
            self.tell(BreakKind::StorageChanged, "", format!("{was} was stored, and {is} is"));
        }
        for (name, before) in old.iter().filter(|(_, version)| is_served(version)) {
            self.version.clone_from(name);
            match new.get(name) {
                None => self.tell(BreakKind::VersionGone, "", "the version is gone".to_owned()),
                Some(after) if !is_served(after) => {
                    self.tell(BreakKind::VersionGone, "", "the version is not served any more".to_owned());
                }
                Some(after) => {
                    let path = "schema.openAPIV3Schema";
                    if let (Some(before), Some(after)) = (before.find(path), after.find(path)) {
                        self.schema(before, after, "");
                    }
                }
            }
        }
        self.version.clear();
    }

    /// Both have this field.
    fn schema(&mut self, old: &Node, new: &Node, path: &str) {
        if old == new {
            return;
        }
        stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
            self.kind(old, new, path);
            self.words(old, new, path);
            self.bounds(old, new, path);
            self.texts(old, new, path);
            self.forms(old, new, path);
            self.fields(old, new, path);
            if let (Some(before), Some(after)) = (old.get("items"), new.get("items")) {
                self.schema(before, after, &format!("{path}[]"));
            }
        });
    }

    fn kind(&mut self, old: &Node, new: &Node, path: &str) {
        let is = |node: &Node, key: &str| node.get(key).and_then(Node::as_bool) == Some(true);
        let either = "x-kubernetes-int-or-string";
        let kind = |node: &Node| match is(node, either) {
            true => "integer or string".to_owned(),
            false => node.get("type").and_then(Node::as_text).unwrap_or_default().into_owned(),
        };
        let (was, is_now) = (kind(old), kind(new));
        let takes_more = is(new, either) && ["integer", "string"].contains(&was.as_str())
            || was == "integer" && is_now == "number"
            || is_now.is_empty();
        if was != is_now && !takes_more {
            let was = if was.is_empty() { "anything".to_owned() } else { was };
            self.tell(BreakKind::TypeChanged, path, format!("the type was {was} and is {is_now}"));
        }
        if is(old, "nullable") && !is(new, "nullable") {
            self.tell(BreakKind::NullRefused, path, "null is no longer kept".to_owned());
        }
    }

    /// Words count in `allOf` too, where generators put them twice.
    fn words(&mut self, old: &Node, new: &Node, path: &str) {
        let words = |node: &Node| -> Option<Vec<Node>> {
            let lists = with_all_of(node).filter_map(|part| part.get("enum").map(|list| list.items().to_vec()));
            lists.reduce(|one, other| one.into_iter().filter(|word| other.contains(word)).collect())
        };
        let (Some(after), before) = (words(new), words(old)) else { return };
        let Some(before) = before else {
            let list: Vec<String> = after.iter().map(shown).collect();
            return self.tell(BreakKind::WordsNarrowed, path, format!("only {} are allowed now", list.join(", ")));
        };
        let gone: Vec<String> = before.iter().filter(|word| !after.contains(word)).map(shown).collect();
        if !gone.is_empty() {
            self.tell(BreakKind::WordsNarrowed, path, format!("no longer allowed: {}", gone.join(", ")));
        }
    }

    fn bounds(&mut self, old: &Node, new: &Node, path: &str) {
        for (key, is_least) in BOUNDS {
            let bound = |node: &Node| {
                let numbers = with_all_of(node).filter_map(|part| part.get(key).and_then(Node::as_number));
                numbers.reduce(if is_least { f64::max } else { f64::min })
            };
            let (before, Some(after)) = (bound(old), bound(new)) else { continue };
            let tighter = before.is_none_or(|before| if is_least { after > before } else { after < before });
            // No text is shorter, and no list smaller, than none.
            if tighter && !(before.is_none() && is_least && key != "minimum" && after <= 0.0) {
                let was = before.map_or("not there".to_owned(), |before| before.to_string());
                self.tell(BreakKind::BoundsNarrowed, path, format!("`{key}` was {was} and is {after}"));
            }
            let strict = if is_least { "exclusiveMinimum" } else { "exclusiveMaximum" };
            let is_strict = |node: &Node| node.get(strict).and_then(Node::as_bool) == Some(true);
            if key.ends_with("imum") && !tighter && before == Some(after) && is_strict(new) && !is_strict(old) {
                self.tell(BreakKind::BoundsNarrowed, path, format!("{after} itself is no longer allowed"));
            }
        }
        let factor = |node: &Node| node.get("multipleOf").and_then(Node::as_number);
        if let Some(after) = factor(new)
            && factor(old) != Some(after)
        {
            self.tell(BreakKind::BoundsNarrowed, path, format!("only multiples of {after} are allowed now"));
        }
    }

    fn texts(&mut self, old: &Node, new: &Node, path: &str) {
        let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_text).map(std::borrow::Cow::into_owned);
        for (key, kind) in [("pattern", BreakKind::PatternChanged), ("format", BreakKind::FormatChanged)] {
            let (was, is) = (text(old, key), text(new, key));
            // int32 fits into int64.
            let is_wider = was.as_deref() == Some("int32") && is.as_deref() == Some("int64");
            if let Some(is) = is.filter(|is| was.as_ref() != Some(is) && !is_wider) {
                let was = was.map_or("not there".to_owned(), |was| format!("`{was}`"));
                self.tell(kind, path, format!("the {key} was {was} and is `{is}`"));
            }
        }
        let (was, is) = (old.get("default"), new.get("default"));
        match (was, is) {
            (Some(was), Some(is)) if was == is => {}
            (Some(was), None) => {
                self.tell(BreakKind::DefaultChanged, path, format!("the default was {} and is gone", shown(was)));
            }
            (Some(was), Some(is)) => {
                self.tell(
                    BreakKind::DefaultChanged,
                    path,
                    format!("the default was {} and is {}", shown(was), shown(is)),
                );
            }
            (None, _) => {}
        }
    }

    fn forms(&mut self, old: &Node, new: &Node, path: &str) {
        for key in ["anyOf", "oneOf", "not"] {
            if let Some(is) = new.get(key)
                && old.get(key) != Some(is)
            {
                self.tell(BreakKind::FormsChanged, path, format!("`{key}` is another"));
            }
        }
        let rules = |node: &Node| -> Vec<String> {
            let rules = node.get("x-kubernetes-validations").map(Node::items).unwrap_or_default();
            let text = |rule: &Node| rule.get("rule").and_then(Node::as_text).map(std::borrow::Cow::into_owned);
            rules.iter().filter_map(text).collect()
        };
        let known = rules(old);
        for rule in rules(new).into_iter().filter(|rule| !known.contains(rule)) {
            self.tell(BreakKind::NewRule, path, format!("a rule is new: `{rule}`"));
        }
    }

    fn fields(&mut self, old: &Node, new: &Node, path: &str) {
        let is_true = |node: &Node, key: &str| node.get(key).and_then(Node::as_bool) == Some(true);
        let open = "x-kubernetes-preserve-unknown-fields";
        let entries = |node: &Node| match node.get("additionalProperties") {
            Some(Node { data: Data::Bool(false), .. }) | None => None,
            Some(entries) => Some(entries.clone()),
        };
        let keeps_all = is_true(new, open) || entries(new).is_some();
        let child = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let of = |node: &Node| node.get("properties").and_then(Node::as_map).cloned().unwrap_or_default();
        let (before, after) = (of(old), of(new));
        for (name, was) in &before {
            let path = child(&name.to_text());
            match after.get(name) {
                Some(is) => self.schema(was, is, &path),
                None if keeps_all => {}
                None => self.tell(BreakKind::FieldGone, &path, "the field is gone".to_owned()),
            }
        }
        if (is_true(old, open) || entries(old).is_some()) && !keeps_all {
            let what = "fields that the definition does not name were kept, and are dropped now";
            self.tell(BreakKind::UnknownDropped, path, what.to_owned());
        }
        if let (Some(was), Some(is)) = (entries(old), entries(new)) {
            self.schema(&was, &is, &format!("{path}[*]"));
        }
        let required = |node: &Node| -> BTreeSet<String> {
            let names = with_all_of(node).flat_map(|part| part.get("required").map(Node::items).unwrap_or_default());
            names.filter_map(|name| name.as_text().map(std::borrow::Cow::into_owned)).collect()
        };
        for name in required(new).difference(&required(old)) {
            // The server fills a default in before it looks.
            let has_default = after.get(name.as_bytes()).is_some_and(|field| field.get("default").is_some());
            if !has_default {
                self.tell(BreakKind::NewRequired, &child(name), "the field must be there now".to_owned());
            }
        }
    }
}

/// A schema, and what it says beside in `allOf`.
fn with_all_of(node: &Node) -> impl Iterator<Item = &Node> {
    std::iter::once(node).chain(node.get("allOf").map(Node::items).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crd(schema: &str) -> Node {
        of(&format!(
            "group: g, scope: Namespaced, names: {{kind: A, plural: as}}, versions: [{{name: v1, served: true, storage: true, \
             schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {schema}}}}}}}}}]"
        ))
    }

    fn of(spec: &str) -> Node {
        let text = format!("{{kind: CustomResourceDefinition, metadata: {{name: as.g}}, spec: {{{spec}}}}}");
        crate::yaml::decode(text.as_bytes()).expect("a definition")
    }

    fn told(old: &str, new: &str) -> Vec<String> {
        definition(&crd(old), &crd(new)).iter().map(|one| format!("{} {}", one.kind.name(), one.path)).collect()
    }

    /// A field `a` as it was and as it is.
    fn field(old: &str, new: &str) -> Vec<String> {
        let spec = |field: &str| format!("{{type: object, properties: {{a: {field}}}}}");
        told(&spec(old), &spec(new))
    }

    #[test]
    fn k09_each_way_to_break_objects_is_found_and_its_opposite_is_not() {
        for (old, new, kind) in [
            ("{type: string, enum: [x, y]}", "{type: string, enum: [x]}", "words-narrowed"),
            ("{type: string}", "{type: string, enum: [x]}", "words-narrowed"),
            ("{type: integer, minimum: 0}", "{type: integer, minimum: 1}", "bounds-narrowed"),
            ("{type: integer}", "{type: integer, maximum: 9}", "bounds-narrowed"),
            ("{type: integer, maximum: 9}", "{type: integer, maximum: 5}", "bounds-narrowed"),
            ("{type: string, maxLength: 9}", "{type: string, maxLength: 5}", "bounds-narrowed"),
            ("{type: string}", "{type: string, minLength: 1}", "bounds-narrowed"),
            ("{type: integer, maximum: 9}", "{type: integer, maximum: 9, exclusiveMaximum: true}", "bounds-narrowed"),
            ("{type: string}", "{type: string, pattern: '^a$'}", "pattern-changed"),
            ("{type: integer}", "{type: string}", "type-changed"),
            ("{x-kubernetes-int-or-string: true}", "{type: string}", "type-changed"),
            ("{type: string, nullable: true}", "{type: string}", "null-refused"),
            ("{type: string, default: x}", "{type: string, default: y}", "default-changed"),
            ("{type: integer, format: int64}", "{type: integer, format: int32}", "format-changed"),
            ("{type: integer}", "{type: integer, x-kubernetes-validations: [{rule: 'self > 1'}]}", "new-rule"),
            ("{type: string}", "{type: string, anyOf: [{pattern: a}]}", "forms-changed"),
            (
                "{type: object, x-kubernetes-preserve-unknown-fields: true}",
                "{type: object, properties: {b: {type: string}}}",
                "unknown-dropped",
            ),
        ] {
            assert_eq!(field(old, new), [format!("{kind} spec.a")], "{old} -> {new}");
            assert_eq!(field(old, old), [] as [&str; 0], "{old}");
        }
        for (old, new) in [
            ("{type: string, enum: [x]}", "{type: string, enum: [x, y]}"),
            ("{type: string, enum: [x, y]}", "{type: string}"),
            ("{type: string, enum: [x, y]}", "{type: string, allOf: [{enum: [x, y]}, {enum: [x, y]}]}"),
            ("{type: integer, minimum: 1}", "{type: integer, minimum: 0}"),
            ("{type: integer, maximum: 5}", "{type: integer}"),
            ("{type: string, pattern: a}", "{type: string}"),
            ("{type: string}", "{x-kubernetes-int-or-string: true}"),
            ("{type: integer}", "{type: number}"),
            ("{type: string}", "{type: string, nullable: true}"),
            ("{type: string}", "{type: string, default: x}"),
            ("{type: string}", "{type: string, description: other words}"),
        ] {
            assert_eq!(field(old, new), [] as [&str; 0], "{old} -> {new}");
        }
    }

    #[test]
    fn k09_fields_that_go_and_fields_that_must_come_are_found() {
        let with = |more: &str| format!("{{type: object, properties: {{a: {{type: string}}{more}}}}}");
        assert_eq!(told(&with(", b: {type: string}"), &with("")), ["field-gone spec.b"]);
        assert_eq!(told(&with(""), &with(", b: {type: string}")), [] as [&str; 0]);
        let must = "{type: object, required: [a], properties: {a: {type: string}}}";
        assert_eq!(told(&with(""), must), ["new-required spec.a"]);
        assert_eq!(told(must, &with("")), [] as [&str; 0]);
        let filled = "{type: object, required: [a], properties: {a: {type: string, default: x}}}";
        assert_eq!(told(&with(""), filled), [] as [&str; 0]);
        // An object that is new and optional may ask for what it likes.
        assert_eq!(told(&with(""), &with(", b: {type: object, required: [c]}")), [] as [&str; 0]);
        let list = |field: &str| format!("{{type: array, items: {{type: object, properties: {{{field}}}}}}}");
        assert_eq!(told(&list("a: {type: string}"), &list("b: {type: string}")), ["field-gone spec[].a"]);
        let map = |kind: &str| format!("{{type: object, additionalProperties: {{type: {kind}}}}}");
        assert_eq!(told(&map("string"), &map("integer")), ["type-changed spec[*]"]);
    }

    #[test]
    fn k09_versions_scope_and_names_are_held_against_each_other() {
        let kinds = |old: &str, new: &str| -> Vec<String> {
            definition(&of(old), &of(new)).iter().map(|one| one.kind.name()).collect()
        };
        let head = "group: g, names: {kind: A, plural: as, shortNames: [a]}";
        let one = format!("{head}, scope: Namespaced, versions: [{{name: v1, served: true, storage: true}}]");
        let wide = one.replace("Namespaced", "Cluster");
        assert_eq!(kinds(&one, &wide), ["scope-changed"]);
        assert_eq!(kinds(&one, &one.replace("kind: A", "kind: B")), ["names-changed"]);
        assert_eq!(kinds(&one, &one.replace("shortNames: [a]", "shortNames: []")), ["names-changed"]);
        assert_eq!(kinds(&one, &one.replace("served: true", "served: false")), ["version-gone"]);
        assert_eq!(kinds(&one, &one.replace("v1", "v2")), ["storage-changed", "version-gone"]);
        let both = one.replace("[{name", "[{name: v2, served: true, storage: false}, {name");
        assert_eq!(kinds(&one, &both), [] as [&str; 0]);
        assert_eq!(
            definitions(&[of(&one)], &[]).iter().map(|one| one.kind).collect::<Vec<_>>(),
            [BreakKind::DefinitionGone]
        );
        assert_eq!(definitions(&[], &[of(&one)]), []);
    }

    #[test]
    fn deep_schemas_end() {
        let mut schema = "{type: string}".to_owned();
        for _ in 0..200 {
            schema = format!("{{type: object, properties: {{a: {schema}}}}}");
        }
        let other = schema.replace("string", "integer");
        assert_eq!(told(&schema, &other).len(), 1);
    }
}
