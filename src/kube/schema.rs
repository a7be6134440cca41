//! Checks an object against the fields of its kind, as strictly as the API server does.
//!
//! In: the type of a kind, and an object. Out: unknown and missing fields, wrong types and words, items that stand
//! twice. What the server makes of an object beyond its fields is in `rules`.

use super::problem::{Minor, Problem, show_path};
use super::quantity::Quantity;
use super::types::{self, Field, Limits, List, More, Schema, Shape, Type};
use crate::nearest::nearest;
use crate::path::Step;
use crate::value::{Data, Node, Origin};
use rustc_hash::{FxHashMap, FxHashSet};

/// Fields that the OpenAPI documents call required and that the server does without: tried by leaving each out.
const OPTIONAL: &[(&str, &str)] = &[
    ("apiextensions.v1.CustomResourceDefinitionVersion", "served"),
    ("core.v1.LimitRangeSpec", "limits"),
    ("core.v1.PreferredSchedulingTerm", "preference"),
    ("core.v1.ScaleIOVolumeSource", "secretRef"),
    ("core.v1.Sysctl", "value"),
    ("core.v1.HTTPHeader", "value"),
    ("networking.v1.NetworkPolicySpec", "podSelector"),
    ("apps.v1.StatefulSetSpec", "serviceName"),
    ("rbac.v1.RoleRef", "apiGroup"),
    ("scheduling.v1.PriorityClass", "value"),
];

/// Words that are left out or said: empty is neither. In other fields the server reads an empty word as none.
const NEVER_EMPTY: &[&str] = &[
    "completionMode",
    "failurePolicy",
    "fsGroupChangePolicy",
    "internalTrafficPolicy",
    "ipFamilyPolicy",
    "matchPolicy",
    "mountPropagation",
];

/// Runs one level deeper, with stack enough: documents nest as deep as they like.
fn deep<T>(run: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, run)
}

#[derive(Clone, Copy)]
enum Short<'a> {
    Key(&'a str),
    Index(usize),
}

/// A walk over one object.
pub(super) struct Walk<'a> {
    pub minor: Minor,
    /// Custom resources: null and empty words are no absence there.
    pub custom: bool,
    /// Whether texts are kept out of messages.
    pub secret: bool,
    pub problems: Vec<Problem>,
    path: Vec<Short<'a>>,
}

impl<'a> Walk<'a> {
    pub fn new(minor: Minor, custom: bool, secret: bool) -> Walk<'a> {
        Walk { minor, custom, secret, problems: Vec::new(), path: Vec::new() }
    }

    /// Checks an object of a type, but for its status, which the server writes.
    pub fn object(&mut self, name: &str, shape: &'a Type, object: &'a Node) {
        self.fields(name, shape, object, true);
        // Required where something in it is, though no document says so.
        let spec = shape.rows("spec").iter().find(|row| !row.required && !self.custom && row.minors.hold(self.minor));
        if let Some(row) = spec.filter(|row| !self.is_there(row, object))
            && struct_of(&row.schema).is_some_and(|inner| !self.required_in(&row.schema, inner).is_empty())
        {
            self.missing(object, row);
        }
    }

    fn steps(&self) -> Vec<Step> {
        let step = |short: &Short<'_>| match *short {
            Short::Key(key) => Step::Key(key.to_owned()),
            Short::Index(index) => Step::Index(index),
        };
        self.path.iter().map(step).collect()
    }

    fn tell(&mut self, rule: &'static str, origin: Origin, message: String) -> &mut Problem {
        let problem = Problem { rule, path: self.steps(), origin, message, fix: None };
        self.problems.push(problem);
        self.problems.last_mut().expect("one was just pushed")
    }

    fn below(&mut self, step: Short<'a>, run: impl FnOnce(&mut Self)) {
        self.path.push(step);
        deep(|| run(self));
        self.path.pop();
    }

    fn fields(&mut self, name: &str, shape: &'a Type, node: &'a Node, top: bool) {
        let Some(map) = node.as_map() else {
            self.wrong_type(node, "a map");
            return;
        };
        for (key, value) in map {
            let Some(key) = key.to_utf8() else { continue };
            let rows = shape.rows(key);
            match rows.iter().find(|row| row.minors.hold(self.minor)) {
                Some(_) if top && key == "status" => {}
                Some(row) => self.below(Short::Key(key), |walk| walk.check(&row.schema, value)),
                None if shape.open => {}
                None => self.below(Short::Key(key), |walk| walk.unknown(shape, key, value, rows)),
            }
        }
        for row in &shape.fields {
            if row.required && row.minors.hold(self.minor) && !self.is_there(row, node) && !is_optional(name, &row.name)
            {
                self.missing(node, row);
            }
        }
    }

    /// Whether a required field has something in it.
    fn is_there(&self, row: &Field, node: &Node) -> bool {
        match node.get(&row.name).map(|node| &node.data) {
            // What a CRD has a default for is filled in.
            None if self.custom && row.schema.limits.as_ref().is_some_and(|limits| limits.default.is_some()) => true,
            None | Some(Data::Null) => false,
            Some(Data::Str(text)) => self.custom || !text.is_empty(),
            Some(_) => true,
        }
    }

    /// A required field without anything in it. Where it would hold required fields itself, the server tells of those.
    fn missing(&mut self, node: &Node, row: &Field) {
        let field = &row.name;
        let empty = node.get(field);
        let origin = empty.map_or(node.origin, |node| node.origin);
        let found = if empty.is_some_and(|node| !node.is_null()) { "is empty" } else { "is missing" };
        let inner = struct_of(&row.schema).map(|shape| self.required_in(&row.schema, shape)).unwrap_or_default();
        if inner.is_empty() {
            let problem = self.tell("missing-field", origin, format!("`{field}` {found}, which is required"));
            problem.path.push(Step::Key(field.to_string()));
            return;
        }
        for name in inner {
            let message = format!("`{field}` {found}, which is required with a `{name}`");
            let problem = self.tell("missing-field", origin, message);
            problem.path.extend([field.to_string(), name].map(Step::Key));
        }
    }

    fn required_in(&self, schema: &Schema, shape: &Type) -> Vec<String> {
        let name = if let Shape::Named(name) = &schema.shape { name } else { "" };
        let rows = shape.fields.iter().filter(|row| row.required && row.minors.hold(self.minor));
        rows.filter(|row| !is_optional(name, &row.name)).map(|row| row.name.to_string()).collect()
    }

    fn unknown(&mut self, shape: &Type, key: &str, node: &Node, rows: &[Field]) {
        let minor = self.minor;
        if !rows.is_empty() {
            self.tell("unknown-field", node.origin, format!("`{key}` is no field here in Kubernetes {minor}"));
            return;
        }
        let known = || shape.fields.iter().filter(|field| field.minors.hold(minor)).map(|field| &*field.name);
        let fix = nearest(key, known()).map(|near| format!("write `{near}`"));
        self.tell("unknown-field", node.origin, format!("`{key}` is no field here")).fix = fix;
    }

    fn wrong_type(&mut self, node: &Node, expected: &str) -> &mut Problem {
        let found = match &node.data {
            Data::Null => "nothing".to_owned(),
            Data::Bool(value) => format!("the boolean `{value}`"),
            // What should be a text may be a password that was not quoted.
            Data::Int(_) | Data::Float(_) if self.secret || expected == "a text" => "a number".to_owned(),
            Data::Int(number) => format!("the number {number}"),
            Data::Float(number) => format!("the number {number}"),
            Data::Str(text) if self.secret || text.len() > 40 => "a text".to_owned(),
            Data::Str(text) => format!("the text `{}`", text.to_text()),
            Data::List(_) => "a list".to_owned(),
            Data::Map(_) => "a map".to_owned(),
        };
        self.tell("wrong-type", node.origin, format!("found {found}, expected {expected}"))
    }

    fn check(&mut self, schema: &'a Schema, node: &'a Node) {
        if node.is_null() {
            // For the server, null in an object of its own kinds is a field left out.
            if self.custom && !schema.limits.as_ref().is_some_and(|limits| limits.nullable) && has_type(&schema.shape) {
                self.wrong_type(node, "a value").fix = Some("leave the field out".to_owned());
            }
            return;
        }
        let fits = match &schema.shape {
            Shape::Any => true,
            Shape::Object => node.as_map().is_some() || self.mismatch(node, "a map"),
            Shape::Text => matches!(node.data, Data::Str(_)) || self.mismatch(node, "a text"),
            Shape::Bool => matches!(node.data, Data::Bool(_)) || self.mismatch(node, "`true` or `false`"),
            Shape::Number => matches!(node.data, Data::Int(_) | Data::Float(_)) || self.mismatch(node, "a number"),
            Shape::Int32 => self.whole(node, 2_147_483_648.0),
            Shape::Int64 => self.whole(node, 9_223_372_036_854_775_808.0),
            Shape::IntOrString => matches!(node.data, Data::Str(_)) || self.int_or_string(node),
            Shape::Quantity => self.quantity(node),
            Shape::Bytes => self.bytes(node),
            Shape::Time => self.time(node),
            Shape::Named(name) => {
                if let Some(shape) = types::named(name) {
                    self.fields(name, shape, node, false);
                }
                false
            }
            Shape::Struct(shape) => {
                self.fields("", shape, node, false);
                node.as_map().is_some()
            }
            Shape::List(list) => self.list(list, node),
            Shape::Map(item) => self.map(item, node),
        };
        if let Some(limits) = schema.limits.as_ref().filter(|_| fits) {
            self.limits(limits, node);
        }
    }

    /// Tells of a wrong type, and how to write the right one. Always false.
    fn mismatch(&mut self, node: &Node, expected: &str) -> bool {
        let fix = match (&node.data, expected) {
            (Data::Float(_) | Data::Int(_) | Data::Bool(_), "a text") => Some("put it in quotes"),
            (Data::Str(text), "`true` or `false`") if matches!(&**text, b"true" | b"false") => {
                Some("write it without quotes")
            }
            (Data::Str(text), expected) if expected.contains("number") => {
                text.to_utf8().filter(|text| text.parse::<f64>().is_ok()).map(|_| "write it without quotes")
            }
            _ => None,
        };
        self.wrong_type(node, expected).fix = fix.map(str::to_owned);
        false
    }

    fn whole(&mut self, node: &Node, limit: f64) -> bool {
        let number = match node.data {
            Data::Float(number) => number,
            Data::Int(number) => number as f64,
            _ => return self.mismatch(node, "a whole number"),
        };
        let fits = number.fract() == 0.0 && (-limit..limit).contains(&number);
        fits || self.mismatch(node, if number.fract() == 0.0 { "a smaller number" } else { "a whole number" })
    }

    fn int_or_string(&mut self, node: &Node) -> bool {
        let limit = if self.custom { 9_223_372_036_854_775_808.0 } else { 2_147_483_648.0 };
        match node.data {
            Data::Float(_) | Data::Int(_) => self.whole(node, limit),
            _ => self.mismatch(node, "a whole number or a text"),
        }
    }

    fn quantity(&mut self, node: &Node) -> bool {
        if !matches!(node.data, Data::Str(_) | Data::Float(_) | Data::Int(_)) {
            return self.mismatch(node, "an amount");
        }
        if Quantity::of(node).is_none() {
            let found = if let Data::Str(text) = &node.data { text.to_text().into_owned() } else { String::new() };
            let message = format!(
                "found `{found}`, expected an amount: a number and at most one of n u m k M G T P E Ki Mi Gi Ti Pi Ei"
            );
            self.tell("invalid-quantity", node.origin, message).fix = nearest_amount(&found);
        }
        true
    }

    fn bytes(&mut self, node: &Node) -> bool {
        let Data::Str(text) = &node.data else { return self.mismatch(node, "a text") };
        if !is_base64(text) {
            let problem = self.tell("invalid-base64", node.origin, "found a text that is not base64".to_owned());
            problem.fix = Some("encode it (`b64enc`), or use `stringData` where there is one".to_owned());
        }
        true
    }

    fn time(&mut self, node: &Node) -> bool {
        let Data::Str(text) = &node.data else { return self.mismatch(node, "a text") };
        if chrono::DateTime::parse_from_rfc3339(&text.to_text()).is_err() {
            let message = "found a text that is no time, expected one such as `2024-01-31T12:00:00Z`".to_owned();
            self.tell("invalid-time", node.origin, message);
        }
        true
    }

    fn map(&mut self, item: &'a Schema, node: &'a Node) -> bool {
        let Some(map) = node.as_map() else { return self.mismatch(node, "a map") };
        for (key, value) in map {
            if let Some(key) = key.to_utf8() {
                self.below(Short::Key(key), |walk| walk.check(item, value));
            }
        }
        true
    }

    fn list(&mut self, list: &'a List, node: &'a Node) -> bool {
        let Data::List(items) = &node.data else { return self.mismatch(node, "a list") };
        for (index, value) in items.iter().enumerate() {
            self.below(Short::Index(index), |walk| {
                if value.is_null() && !walk.custom {
                    walk.null_item(list, value);
                }
                walk.check(&list.item, value);
            });
        }
        if list.set || !list.keys.is_empty() {
            self.twice(list, items);
        }
        true
    }

    /// Null in a list is an item with nothing in it; among items that are told apart by keys, there is none such.
    fn null_item(&mut self, list: &'a List, node: &'a Node) {
        if !list.keys.is_empty() {
            self.wrong_type(node, "a map");
            return;
        }
        let name = if let Shape::Named(name) = &list.item.shape { name } else { "" };
        for row in struct_of(&list.item).iter().flat_map(|shape| &shape.fields) {
            if row.required && row.minors.hold(self.minor) && !is_optional(name, &row.name) {
                self.missing(node, row);
            }
        }
        if list.item.limits.as_ref().is_some_and(|limits| !limits.words.is_empty()) {
            self.wrong_type(node, "a word");
        }
    }

    /// Items with the keys of one before them.
    fn twice(&mut self, list: &'a List, items: &'a [Node]) {
        let item = struct_of(&list.item).filter(|_| !list.keys.is_empty());
        if list.set && item.is_none() && items.len() <= MOST_COMPARED {
            self.equal(items);
        }
        let Some(item) = item else {
            let mut seen = FxHashSet::default();
            let scalars =
                items.iter().enumerate().filter_map(|(index, node)| Some((index, node, identity(&node.data)?)));
            for (index, node, key) in scalars.filter(|_| list.set) {
                if !seen.insert(key) {
                    let message = "found an item that stands in this list before".to_owned();
                    self.below(Short::Index(index), |walk| {
                        walk.tell("duplicate-item", node.origin, message);
                    });
                }
            }
            return;
        };
        let minor = self.minor;
        let default = |key: &str| {
            let row = item.rows(key).iter().find(|row| row.minors.hold(minor))?;
            row.schema.limits.as_ref()?.default.as_ref()
        };
        let mut seen: FxHashMap<Vec<Option<String>>, usize> = FxHashMap::default();
        for (index, node) in items.iter().enumerate() {
            let data = |key| node.get(key).map(|node| &node.data).filter(|data| **data != Data::Null).or(default(key));
            let keys: Vec<Option<&Data>> = list.keys.iter().map(|key| data(key)).collect();
            // Without the first key it is no item yet; lists and maps as keys are told of by their types.
            if keys.first().is_none_or(Option::is_none) || keys.iter().flatten().any(|data| identity(data).is_none()) {
                continue;
            }
            let first = *seen.entry(keys.iter().map(|data| identity((*data)?)).collect()).or_insert(index);
            if first == index {
                continue;
            }
            let shown: Vec<String> =
                list.keys.iter().zip(&keys).map(|(key, data)| format!("`{key}: {}`", plain(*data))).collect();
            let field = self.path.last().copied();
            let rule = match field {
                Some(Short::Key("env")) => "duplicate-env",
                Some(Short::Key("ports")) => "duplicate-port",
                Some(Short::Key("volumeMounts")) => "duplicate-mount-path",
                Some(Short::Key("containers" | "initContainers" | "volumes")) => "duplicate-name",
                _ => "duplicate-item",
            };
            let message = format!("found {} as in item {first} before it", shown.join(" and "));
            let origin = node.origin;
            let only = if let [only] = list.keys.as_slice() { Some(only.clone()) } else { None };
            self.below(Short::Index(index), |walk| {
                let problem = walk.tell(rule, origin, message);
                if let Some(key) = only {
                    problem.path.push(Step::Key(key.into_owned()));
                }
            });
        }
    }

    /// Lists and maps of a set that stand in it before.
    fn equal(&mut self, items: &'a [Node]) {
        let is_deep = |node: &Node| matches!(node.data, Data::List(_) | Data::Map(_));
        for (index, node) in items.iter().enumerate().filter(|(_, node)| is_deep(node)) {
            if items.iter().take(index).any(|before| before == node) {
                let message = "found an item that stands in this list before".to_owned();
                self.below(Short::Index(index), |walk| {
                    walk.tell("duplicate-item", node.origin, message);
                });
            }
        }
    }

    /// What holds for a value of the right type.
    pub fn limits(&mut self, limits: &'a Limits, node: &'a Node) {
        let custom = self.custom;
        // A field that is empty is left out; an item of a list stands there.
        let says_empty = match self.path.last() {
            Some(Short::Key(field)) => NEVER_EMPTY.contains(field),
            Some(Short::Index(_)) => true,
            None => false,
        };
        if !limits.words.is_empty()
            && !limits.words.contains(&node.data)
            && (custom || says_empty || !is_empty_text(node))
        {
            let words: Vec<String> = limits.words.iter().map(|word| plain(Some(word))).collect();
            let found = if self.secret { "another word".to_owned() } else { format!("`{}`", plain(Some(&node.data))) };
            let fix = nearest(&plain(Some(&node.data)), words.iter().map(String::as_str))
                .map(|near| format!("write `{near}`"));
            let allowed: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            let message = format!("found {found}, allowed are {}", allowed.join(", "));
            self.tell("unknown-value", node.origin, message).fix = fix;
        }
        let number = match &node.data {
            Data::Float(number) => Some(*number),
            Data::Int(number) => Some(*number as f64),
            _ => None,
        };
        if let Some(number) = number {
            self.range(node, number, limits.least, limits.most, "");
            limits.more.iter().for_each(|more| self.beyond(more, limits, node, number));
        }
        let size = match &node.data {
            Data::Str(text) => Some((text.to_text().chars().count(), " characters")),
            Data::List(items) => Some((items.len(), " items")),
            Data::Map(map) => Some((map.len(), " keys")),
            _ => None,
        };
        if let Some((size, unit)) = size {
            self.range(node, size as f64, limits.fewest, limits.longest, unit);
        }
        if let (Some(pattern), Data::Str(text)) = (&limits.pattern, &node.data)
            && !pattern.fits(&text.to_text())
        {
            let found = if self.secret { "a text".to_owned() } else { format!("`{}`", text.to_text()) };
            self.tell(
                "pattern-mismatch",
                node.origin,
                format!("found {found}, expected a text like `{}`", pattern.text),
            );
        }
        if let Some(more) = &limits.more {
            self.more(more, node);
        }
    }

    /// Limits that are not allowed themselves, and steps.
    fn beyond(&mut self, more: &More, limits: &Limits, node: &Node, found: f64) {
        for (limit, is_open, word) in [(limits.least, more.above, "more"), (limits.most, more.below, "less")] {
            if let Some(limit) = limit.filter(|limit| is_open && found == *limit) {
                self.tell("out-of-range", node.origin, format!("found {found}, allowed is {word} than {limit}"));
            }
        }
        if let Some(step) = more.multiple_of.filter(|step| *step > 0.0 && (found / step).fract() != 0.0) {
            self.tell("out-of-range", node.origin, format!("found {found}, allowed are multiples of {step}"));
        }
    }

    /// Format and forms.
    fn more(&mut self, more: &'a More, node: &'a Node) {
        if let (Some(format), Data::Str(text)) = (&more.format, &node.data)
            && !format.fits(&text.to_text())
        {
            let found = if self.secret { "a text".to_owned() } else { format!("`{}`", text.to_text()) };
            self.tell("invalid-format", node.origin, format!("found {found}, expected {}", format.expected));
        }
        more.all.iter().for_each(|form| deep(|| self.check(form, node)));
        // Once for each form: forms nest, and to ask twice at each level takes for ever.
        let against = |forms: &'a [Schema]| forms.iter().map(|form| self.against(form, node)).collect::<Vec<_>>();
        let (any, one) = (against(&more.any), against(&more.one));
        let is_forbidden = more.not.as_ref().is_some_and(|form| self.against(form, node).is_empty());
        let fits = |forms: &[Vec<Problem>]| forms.iter().filter(|problems| problems.is_empty()).count();
        for (forms, is_bad) in [(&any, fits(&any) == 0), (&one, fits(&one) != 1)] {
            if forms.is_empty() || !is_bad {
                continue;
            }
            let message = match fits(forms) {
                0 => format!("fits none of the {} forms allowed here{}", forms.len(), nearest_form(forms)),
                many => format!("fits {many} of the {} forms allowed here, expected exactly one", forms.len()),
            };
            self.tell("no-allowed-form", node.origin, message);
        }
        if is_forbidden {
            self.tell("no-allowed-form", node.origin, "found the form that is not allowed here".to_owned());
        }
    }

    /// What stands against a form.
    fn against(&self, form: &'a Schema, node: &'a Node) -> Vec<Problem> {
        let mut walk = Walk::new(self.minor, self.custom, self.secret);
        deep(|| walk.check(form, node));
        walk.problems
    }

    fn range(&mut self, node: &Node, found: f64, least: Option<f64>, most: Option<f64>, unit: &str) {
        if let Some(least) = least.filter(|least| found < *least) {
            self.tell("out-of-range", node.origin, format!("found {found}{unit}, allowed are at least {least}"));
        }
        if let Some(most) = most.filter(|most| found > *most) {
            self.tell("out-of-range", node.origin, format!("found {found}{unit}, allowed are at most {most}"));
        }
    }
}

/// Lists and maps of a set that are compared with each other: the time grows with the square.
const MOST_COMPARED: usize = 500;

/// What stands against the form that fits best.
fn nearest_form(forms: &[Vec<Problem>]) -> String {
    let told = forms.iter().min_by_key(|problems| problems.len()).and_then(|problems| problems.first());
    match told.map(|problem| (show_path(&problem.path), &problem.message)) {
        None => String::new(),
        Some((path, message)) if path.is_empty() => format!("; the nearest: {message}"),
        Some((path, message)) => format!("; the nearest at `{path}`: {message}"),
    }
}

/// Whether there is something that null is not.
fn has_type(shape: &Shape) -> bool {
    !matches!(shape, Shape::Any)
}

fn is_optional(name: &str, field: &str) -> bool {
    OPTIONAL.contains(&(name, field))
}

fn struct_of(schema: &Schema) -> Option<&Type> {
    match &schema.shape {
        Shape::Named(name) => types::named(name),
        Shape::Struct(shape) => Some(shape),
        _ => None,
    }
}

fn is_empty_text(node: &Node) -> bool {
    matches!(&node.data, Data::Str(text) if text.is_empty())
}

/// A scalar as a key: equal for equal ones, and unlike for a text and a number.
fn identity(data: &Data) -> Option<String> {
    match data {
        Data::Null | Data::List(_) | Data::Map(_) => None,
        _ => Some(format!("{}:{}", data.type_name(), plain(Some(data)))),
    }
}

/// A scalar as a message shows it.
fn plain(data: Option<&Data>) -> String {
    match data {
        Some(Data::Str(text)) => text.to_text().into_owned(),
        Some(Data::Float(number)) => number.to_string(),
        Some(Data::Int(number)) => number.to_string(),
        Some(Data::Bool(value)) => value.to_string(),
        _ => String::new(),
    }
}

/// `500Mi` for `500MB`, `500k` for `500K`: what was probably meant.
fn nearest_amount(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, suffix) = text.split_at_checked(end)?;
    let suffix = match suffix.trim() {
        "K" => "k",
        "KB" | "KiB" | "kB" | "kb" | "ki" | "KI" => "Ki",
        "MB" | "MiB" | "mb" | "mi" | "MI" => "Mi",
        "GB" | "GiB" | "gb" | "gi" | "g" | "GI" => "Gi",
        "TB" | "TiB" | "tb" | "ti" | "t" | "TI" => "Ti",
        _ => return None,
    };
    Some(format!("write `{number}{suffix}`"))
}

/// Whether Go's decoder takes it: line ends anywhere, padding at the end.
fn is_base64(text: &[u8]) -> bool {
    let text: Vec<u8> = text.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let body = text.iter().position(|b| *b == b'=').unwrap_or(text.len());
    let padding = text.len() - body;
    text.len().is_multiple_of(4)
        && padding <= 2
        && text.iter().take(body).all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        && text.iter().skip(body).all(|b| *b == b'=')
}
