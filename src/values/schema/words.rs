//! Why values break a schema, in the words and the shape Helm prints.
//!
//! In: a schema and values that were found to break it. Out: the report, one line per failure,
//! causes indented below. Properties are visited in name order, where Helm's order is random.
//! Keywords it does not know are passed over: the verdict is made elsewhere.

use super::formats;
use super::pattern::{self, quote};
use super::refs::References;
use crate::value::format;
use serde_json::{Map, Value as Json};

/// How deep schemas may refer to each other before we stop explaining.
const MAX_DEPTH: usize = 128;

/// Explains with one schema.
pub(super) struct Explain<'s> {
    references: &'s References<'s>,
    draft: u16,
    /// Whether the schema refers to itself without end, so that keywords are to be told.
    cyclic: bool,
}

struct Failure {
    at: String,
    kind: Kind,
    causes: Vec<Failure>,
}

enum Kind {
    /// Several failures of one schema.
    Group,
    /// A `$ref`; not printed when it has one cause.
    Reference,
    /// One keyword.
    Keyword(String),
}

/// A place in the values and in the schema, and how deep we are.
struct Place<'p> {
    path: &'p str,
    /// The keywords that led to the schema, where they are to be told.
    keywords: String,
    schema: &'p Json,
    /// Who applied this schema to the same value.
    outer: Option<&'p Place<'p>>,
    depth: usize,
}

impl<'s> Explain<'s> {
    /// Takes the schema; `$schema` decides the dialect.
    pub(super) fn new(references: &'s References<'s>, cyclic: bool) -> Self {
        let dialect = references.root().get("$schema").and_then(Json::as_str).unwrap_or_default();
        let known = [("draft-04", 4), ("draft-06", 6), ("draft-07", 7), ("2019-09", 2019)];
        let draft = known.into_iter().find(|(name, _)| dialect.contains(name)).map_or(2020, |(_, draft)| draft);
        Explain { references, draft, cyclic }
    }

    /// The report; `None` when no failure was understood.
    pub(super) fn report(&self, values: &Json) -> Option<String> {
        let root = self.references.root();
        let failure = self.check(root, values, &Place::top("", root, 0))?;
        let mut out = String::new();
        let top = if let Kind::Group = failure.kind { &failure.causes } else { &vec![failure] };
        for failure in top {
            failure.print(0, &mut out);
        }
        Some(out)
    }

    fn check(&self, schema: &Json, value: &Json, place: &Place<'_>) -> Option<Failure> {
        let fail =
            |text: String| Some(Failure { at: place.path.to_owned(), kind: Kind::Keyword(text), causes: Vec::new() });
        if schema == &Json::Bool(false) {
            return fail("false schema".to_owned());
        }
        if let Some(outer) = place.cycle() {
            let address = self.references.address(schema);
            let (this, outer) = (&place.keywords, &outer.keywords);
            return fail(format!("both {this} and {outer} resolve to {} causing reference cycle", go_quoted(&address)));
        }
        let keywords = schema.as_object().filter(|_| place.depth < MAX_DEPTH)?;
        if self.draft < 2019 && keywords.contains_key("$ref") {
            return self.reference(keywords, value, place);
        }
        if let Some(text) = first_failure(keywords, value).or_else(|| self.format(keywords, value)) {
            return fail(text);
        }
        let mut failures: Vec<Failure> = self.reference(keywords, value, place).into_iter().collect();
        match value {
            Json::Object(map) => self.object(keywords, map, place, &mut failures),
            Json::Array(items) => self.array(keywords, items, place, &mut failures),
            Json::String(text) => string(keywords, text, place, &mut failures),
            Json::Number(number) => numeric(keywords, number.as_f64().unwrap_or(0.0), place, &mut failures),
            _ => {}
        }
        self.conditions(keywords, value, place, &mut failures);
        match failures.len() {
            0 | 1 => failures.pop(),
            _ => Some(Failure { at: place.path.to_owned(), kind: Kind::Group, causes: failures }),
        }
    }

    /// A text that is not of its format; the newer drafts take the format for a remark.
    fn format(&self, keywords: &Map<String, Json>, value: &Json) -> Option<String> {
        let format = keywords.get("format").filter(|_| self.draft < 2019)?.as_str()?;
        let text = value.as_str()?;
        let reason = formats::check(format, text).err()?;
        Some(format!("{} is not valid {format}: {reason}", quote(text)))
    }

    /// A schema applied to the same value.
    fn same(&self, keyword: &str, schema: &Json, value: &Json, place: &Place<'_>) -> Option<Failure> {
        let keywords = self.keywords(place, &[keyword]);
        let inner = Place { path: place.path, keywords, schema, outer: Some(place), depth: place.depth + 1 };
        self.check(schema, value, &inner)
    }

    /// The keywords of a place and some more.
    fn keywords(&self, place: &Place<'_>, more: &[&str]) -> String {
        if self.cyclic { format!("{}/{}", place.keywords, more.join("/")) } else { String::new() }
    }

    /// A schema applied to a part of the value.
    fn part(&self, keyword: &[&str], schema: &Json, value: &Json, place: &Place<'_>, name: &str) -> Option<Failure> {
        let path = format!("{}/{}", place.path, name.replace('~', "~0").replace('/', "~1"));
        let keywords = self.keywords(place, keyword);
        self.check(schema, value, &Place { keywords, ..Place::top(&path, schema, place.depth + 1) })
    }

    fn reference(&self, keywords: &Map<String, Json>, value: &Json, place: &Place<'_>) -> Option<Failure> {
        let keyword = ["$ref", "$dynamicRef", "$recursiveRef"].into_iter().find(|key| keywords.contains_key(*key))?;
        let target = self.references.target(keywords, keywords.get(keyword)?.as_str()?)?;
        let failure = self.same(keyword, target, value, place)?;
        let causes = if let Kind::Group = failure.kind { failure.causes } else { vec![failure] };
        Some(Failure { at: place.path.to_owned(), kind: Kind::Reference, causes })
    }

    fn object(&self, keywords: &Map<String, Json>, map: &Map<String, Json>, place: &Place<'_>, out: &mut Vec<Failure>) {
        bound(keywords, "minProperties", map.len(), |got, want| got < want, place, out);
        bound(keywords, "maxProperties", map.len(), |got, want| got > want, place, out);
        let missing = missing(keywords.get("required"), map);
        match missing.as_slice() {
            [] => {}
            [one] => out.push(place.fail(format!("missing property {}", quote(one)))),
            _ => out.push(place.fail(format!("missing properties {}", join(&missing)))),
        }
        self.dependencies("dependencies", keywords, map, place, out);
        let properties = keywords.get("properties").and_then(Json::as_object);
        let patterns = keywords.get("patternProperties").and_then(Json::as_object);
        let mut additional = Vec::new();
        for (name, value) in map {
            let mut known = false;
            if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
                known = true;
                out.extend(self.part(&["properties", name], schema, value, place, name));
            }
            for (pattern, schema) in patterns.into_iter().flatten() {
                if pattern::matches(pattern, name) {
                    known = true;
                    out.extend(self.part(&["patternProperties", pattern], schema, value, place, name));
                }
            }
            match keywords.get("additionalProperties").filter(|_| !known) {
                Some(Json::Bool(false)) => additional.push(name.as_str()),
                Some(schema @ Json::Object(_)) => {
                    out.extend(self.part(&["additionalProperties"], schema, value, place, name));
                }
                _ => {}
            }
        }
        if !additional.is_empty() {
            out.push(place.fail(format!("additional properties {} not allowed", join(&additional))));
        }
        if let Some(schema) = keywords.get("propertyNames") {
            for name in map.keys() {
                let inside = self.check(schema, &Json::String(name.clone()), &Place::top("", schema, place.depth + 1));
                if let Some(failure) = inside {
                    let causes = if let Kind::Group = failure.kind { failure.causes } else { vec![failure] };
                    let kind = Kind::Keyword(format!("invalid propertyName {}", quote(name)));
                    out.push(Failure { at: place.path.to_owned(), kind, causes });
                }
            }
        }
        self.dependencies("dependentSchemas", keywords, map, place, out);
        self.dependencies("dependentRequired", keywords, map, place, out);
    }

    fn dependencies(
        &self,
        keyword: &str,
        keywords: &Map<String, Json>,
        map: &Map<String, Json>,
        place: &Place<'_>,
        out: &mut Vec<Failure>,
    ) {
        for (name, wanted) in keywords.get(keyword).and_then(Json::as_object).into_iter().flatten() {
            if map.contains_key(name) {
                self.dependency([keyword, name], wanted, map, place, out);
            }
        }
    }

    fn dependency(
        &self,
        [keyword, name]: [&str; 2],
        wanted: &Json,
        map: &Map<String, Json>,
        place: &Place<'_>,
        out: &mut Vec<Failure>,
    ) {
        if wanted.is_array() {
            let missing = missing(Some(wanted), map);
            if !missing.is_empty() {
                out.push(place.fail(format!("properties {} required, if {} exists", join(&missing), quote(name))));
            }
        } else {
            out.extend(self.same(&format!("{keyword}/{name}"), wanted, &Json::Object(map.clone()), place));
        }
    }

    fn array(&self, keywords: &Map<String, Json>, items: &[Json], place: &Place<'_>, out: &mut Vec<Failure>) {
        bound(keywords, "minItems", items.len(), |got, want| got < want, place, out);
        bound(keywords, "maxItems", items.len(), |got, want| got > want, place, out);
        if keywords.get("uniqueItems") == Some(&Json::Bool(true)) {
            let twice =
                |(j, item): (usize, &Json)| items.iter().take(j).position(|other| other == item).map(|i| (i, j));
            if let Some((i, j)) = items.iter().enumerate().find_map(twice) {
                out.push(place.fail(format!("items at {i} and {j} are equal")));
            }
        }
        let prefix = keywords.get("prefixItems").or_else(|| keywords.get("items")).and_then(Json::as_array);
        let each = keywords.get("items").filter(|schema| !schema.is_array());
        let rest = if self.draft < 2020 && prefix.is_some() { keywords.get("additionalItems") } else { each };
        let listed = prefix.map_or(0, Vec::len);
        for (index, item) in items.iter().enumerate() {
            if let Some(schema) = prefix.and_then(|prefix| prefix.get(index)).or(rest) {
                if self.draft < 2020 && index >= listed && prefix.is_some() && schema == &Json::Bool(false) {
                    out.push(place.fail(format!("last {} additionalItem(s) not allowed", items.len() - listed)));
                    break;
                }
                out.extend(self.part(&["items"], schema, item, place, &index.to_string()));
            }
        }
        if let Some(schema) = keywords.get("contains") {
            let one = |(i, item)| self.part(&["contains"], schema, item, place, &usize::to_string(&i));
            let found: Vec<Option<Failure>> = items.iter().enumerate().map(one).collect();
            let matched: Vec<String> =
                found.iter().enumerate().filter(|(_, f)| f.is_none()).map(|(i, _)| i.to_string()).collect();
            let limit = |name: &str| keywords.get(name).and_then(Json::as_u64).and_then(|n| usize::try_from(n).ok());
            let told = |which: &str, want: usize| {
                let (count, places) = (matched.len(), matched.join(" "));
                format!("{which} {want} items required to match contains schema, but matched {count} items at {places}")
            };
            let too_few = match limit("minContains") {
                Some(want) if matched.len() >= want => None,
                Some(want) if matched.is_empty() => {
                    Some(format!("min {want} items required to match contains schema, but none matched"))
                }
                Some(want) => Some(told("min", want)),
                None => matched.is_empty().then(|| "no items match contains schema".to_owned()),
            };
            if let Some(text) = too_few {
                let causes = found.into_iter().flatten().collect();
                out.push(Failure { at: place.path.to_owned(), kind: Kind::Keyword(text), causes });
            }
            if let Some(want) = limit("maxContains").filter(|want| matched.len() > *want) {
                out.push(place.fail(told("max", want)));
            }
        }
    }

    fn conditions(&self, keywords: &Map<String, Json>, value: &Json, place: &Place<'_>, out: &mut Vec<Failure>) {
        if keywords.get("not").is_some_and(|schema| self.same("not", schema, value, place).is_none()) {
            out.push(place.fail("'not' failed".to_owned()));
        }
        let all = |name: &str| -> Option<Vec<Option<Failure>>> {
            let schemas = keywords.get(name)?.as_array()?;
            let one = |(i, schema)| self.same(&format!("{name}/{i}"), schema, value, place);
            Some(schemas.iter().enumerate().map(one).collect())
        };
        let mut failed = |text: &str, causes: Vec<Option<Failure>>| {
            let causes = causes.into_iter().flatten().collect();
            out.push(Failure { at: place.path.to_owned(), kind: Kind::Keyword(text.to_owned()), causes });
        };
        if let Some(results) = all("allOf").filter(|results| results.iter().any(Option::is_some)) {
            failed("'allOf' failed", results);
        }
        if let Some(results) = all("anyOf").filter(|results| results.iter().all(Option::is_some)) {
            failed("'anyOf' failed", results);
        }
        if let Some(results) = all("oneOf") {
            let mut matched = results.iter().enumerate().filter(|(_, result)| result.is_none()).map(|(i, _)| i);
            match (matched.next(), matched.next()) {
                (None, _) => failed("'oneOf' failed, none matched", results),
                (Some(i), Some(j)) => failed(&format!("'oneOf' failed, subschemas {i}, {j} matched"), Vec::new()),
                _ => {}
            }
        }
        if let Some(condition) = keywords.get("if") {
            let branch = if self.same("if", condition, value, place).is_none() { "then" } else { "else" };
            out.extend(keywords.get(branch).and_then(|schema| self.same(branch, schema, value, place)));
        }
    }
}

impl<'p> Place<'p> {
    /// The first place of a value.
    fn top(path: &'p str, schema: &'p Json, depth: usize) -> Self {
        Place { path, keywords: String::new(), schema, outer: None, depth }
    }

    /// Where the same schema is already under way for the same value.
    fn cycle(&self) -> Option<&Place<'p>> {
        std::iter::successors(self.outer, |place| place.outer).find(|place| std::ptr::eq(place.schema, self.schema))
    }

    fn fail(&self, text: String) -> Failure {
        Failure { at: self.path.to_owned(), kind: Kind::Keyword(text), causes: Vec::new() }
    }
}

impl Failure {
    fn print(&self, indent: usize, out: &mut String) {
        let skipped = matches!(self.kind, Kind::Reference) && self.causes.len() == 1;
        if !skipped {
            let text = if let Kind::Keyword(text) = &self.kind { text } else { "validation failed" };
            out.push_str(&format!("{}- at {}: {text}\n", "  ".repeat(indent), quote(&self.at)));
        }
        for cause in &self.causes {
            cause.print(if skipped { indent } else { indent + 1 }, out);
        }
    }
}

/// The keywords after which Helm looks no further: type, const, enum.
fn first_failure(keywords: &Map<String, Json>, value: &Json) -> Option<String> {
    if let Some(wanted) = keywords.get("type") {
        let wanted: Vec<&str> = match wanted {
            Json::Array(names) => names.iter().filter_map(Json::as_str).collect(),
            other => other.as_str().into_iter().collect(),
        };
        let found = type_name(value);
        let whole = value.as_f64().is_some_and(|n| n.fract() == 0.0);
        let fits = wanted.contains(&found) || (whole && wanted.contains(&"integer"));
        if !wanted.is_empty() && !fits {
            let order = ["null", "boolean", "number", "integer", "string", "array", "object"];
            let wanted: Vec<&str> = order.into_iter().filter(|name| wanted.contains(name)).collect();
            return Some(format!("got {found}, want {}", wanted.join(" or ")));
        }
    }
    if let Some(wanted) = keywords.get("const").filter(|wanted| !equal(wanted, value)) {
        let complex = wanted.is_array() || wanted.is_object();
        return Some(if complex { "'const' failed".to_owned() } else { format!("value must be {}", display(wanted)) });
    }
    let wanted = keywords.get("enum")?.as_array()?;
    if wanted.iter().any(|wanted| equal(wanted, value)) {
        return None;
    }
    if wanted.iter().any(|wanted| wanted.is_array() || wanted.is_object()) {
        return Some("'enum' failed".to_owned());
    }
    let texts: Vec<String> = wanted.iter().map(display).collect();
    let among = if texts.len() == 1 { "" } else { "one of " };
    Some(format!("value must be {among}{}", texts.join(", ")))
}

fn string(keywords: &Map<String, Json>, text: &str, place: &Place<'_>, out: &mut Vec<Failure>) {
    let length = text.chars().count();
    bound(keywords, "minLength", length, |got, want| got < want, place, out);
    bound(keywords, "maxLength", length, |got, want| got > want, place, out);
    let pattern = keywords.get("pattern").and_then(Json::as_str);
    if let Some(pattern) = pattern.filter(|pattern| !pattern::matches(pattern, text)) {
        out.push(place.fail(format!("{} does not match pattern {}", quote(text), quote(pattern))));
    }
}

fn numeric(keywords: &Map<String, Json>, got: f64, place: &Place<'_>, out: &mut Vec<Failure>) {
    type Breaks = fn(f64, f64) -> bool;
    let rules: [(&str, Breaks); 5] = [
        ("minimum", |got, want| got < want),
        ("maximum", |got, want| got > want),
        ("exclusiveMinimum", |got, want| got <= want),
        ("exclusiveMaximum", |got, want| got >= want),
        ("multipleOf", |got, want| want != 0.0 && (got / want).fract() != 0.0),
    ];
    for (name, breaks) in rules {
        if let Some(want) = keywords.get(name).and_then(Json::as_f64).filter(|want| breaks(got, *want)) {
            out.push(place.fail(format!("{name}: got {}, want {}", grouped(got), grouped(want))));
        }
    }
}

fn bound(
    keywords: &Map<String, Json>,
    name: &str,
    got: usize,
    breaks: fn(f64, f64) -> bool,
    place: &Place<'_>,
    out: &mut Vec<Failure>,
) {
    #[allow(clippy::cast_precision_loss)] // no list is that long
    let got = got as f64;
    if let Some(want) = keywords.get(name).and_then(Json::as_f64).filter(|want| breaks(got, *want)) {
        out.push(place.fail(format!("{name}: got {}, want {}", grouped(got), grouped(want))));
    }
}

fn missing<'k>(wanted: Option<&'k Json>, map: &Map<String, Json>) -> Vec<&'k str> {
    let wanted = wanted.and_then(Json::as_array).into_iter().flatten();
    wanted.filter_map(Json::as_str).filter(|name| !map.contains_key(*name)).collect()
}

fn equal(a: &Json, b: &Json) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn type_name(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "boolean",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    }
}

fn display(value: &Json) -> String {
    match value {
        Json::String(text) => quote(text),
        Json::Null => "<nil>".to_owned(),
        other => other.to_string(),
    }
}

fn join(names: &[&str]) -> String {
    names.iter().map(|name| quote(name)).collect::<Vec<_>>().join(", ")
}

/// A text in Go's double quotes.
fn go_quoted(text: &str) -> String {
    format::quoted(text.as_bytes())
}

/// A number with commas between thousands.
fn grouped(number: f64) -> String {
    let text = number.abs().to_string();
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), ""), |(whole, fraction)| (whole, fraction));
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    if number < 0.0 { format!("-{out}") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_report_has_helms_words_and_indentation() {
        let schema = json!({
            "required": ["a", "b"],
            "properties": {
                "n": {"type": ["string", "null"]},
                "port": {"maximum": 65535},
                "o": {"oneOf": [{"const": 1}, {"$ref": "#/definitions/d"}]}
            },
            "definitions": {"d": {"enum": ["x", "y"]}}
        });
        let values = json!({"n": 1, "port": 99999, "o": "it's"});
        let report = Explain::new(&References::new(&schema), false).report(&values).unwrap_or_default();
        let want = "- at '': missing properties 'a', 'b'\n- at '/n': got number, want null or string\n\
            - at '/o': 'oneOf' failed, none matched\n  - at '/o': value must be 1\n  \
            - at '/o': value must be one of 'x', 'y'\n- at '/port': maximum: got 99,999, want 65,535\n";
        assert_eq!(report, want);
    }
}
