//! Which values values.schema.json allows at a path.
//!
//! In: the schema of the root chart. Out: [`Domains`], which say of a path whether it can be true, or equal a literal.
//! Only what each word of the schema says by itself is used; others can but narrow it.

use super::facts::Literal;
use serde_json::Value as Json;

/// How many references are followed for one step of a path.
const MOST_REFERENCES: usize = 16;

/// What a schema allows.
#[derive(Debug, Default)]
pub(super) struct Domains(Option<Json>);

/// What it allows at one path.
#[derive(Debug)]
pub(super) struct Domain<'d> {
    schema: &'d Json,
    /// Whether there always is a value.
    is_there: bool,
}

impl Domains {
    pub fn new(schema: &Json) -> Domains {
        Domains(Some(schema.clone()))
    }

    fn resolved<'d>(&'d self, mut schema: &'d Json) -> Option<&'d Json> {
        for _ in 0..MOST_REFERENCES {
            let Some(reference) = schema.get("$ref") else { return Some(schema) };
            schema = self.0.as_ref()?.pointer(reference.as_str()?.strip_prefix('#')?)?;
        }
        None
    }

    /// What is allowed at a path; `None` where the schema has no row for it.
    pub fn at<'k>(&self, keys: impl Iterator<Item = &'k str>) -> Option<Domain<'_>> {
        let mut schema = self.resolved(self.0.as_ref()?)?;
        let (mut is_there, mut is_root) = (true, true);
        for key in keys {
            let required = schema.get("required").and_then(Json::as_array);
            let is_object = is_root || schema.get("type").and_then(Json::as_str) == Some("object");
            is_there &= is_object && required.is_some_and(|names| names.iter().any(|name| name == key));
            schema = self.resolved(schema.get("properties")?.get(key)?)?;
            is_root = false;
        }
        Some(Domain { schema, is_there })
    }
}

fn is_true(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(truth) => *truth,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(entries) => !entries.is_empty(),
    }
}

impl Domain<'_> {
    /// The only values that are allowed, where they are listed.
    fn listed(&self) -> Option<Vec<&Json>> {
        match (self.schema.get("const"), self.schema.get("enum")) {
            (Some(one), _) => Some(vec![one]),
            (None, Some(several)) => Some(several.as_array()?.iter().collect()),
            (None, None) => None,
        }
    }

    fn number(&self, word: &str) -> Option<f64> {
        self.schema.get(word)?.as_f64()
    }

    fn types(&self) -> Option<Vec<&str>> {
        match self.schema.get("type")? {
            Json::String(one) => Some(vec![one]),
            Json::Array(several) => several.iter().map(Json::as_str).collect(),
            _ => None,
        }
    }

    /// Whether the value is always true or always false as a condition.
    pub fn truth(&self) -> Option<bool> {
        let (can_be_true, can_be_false) = match (self.listed(), self.types()) {
            (Some(listed), _) => (listed.iter().any(|one| is_true(one)), !listed.iter().all(|one| is_true(one))),
            (None, Some(types)) => {
                let each = types.iter().map(|name| self.of_type(name));
                each.fold((false, false), |all, one| (all.0 || one.0, all.1 || one.1))
            }
            (None, None) => (true, true),
        };
        match (can_be_true, can_be_false || !self.is_there) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    /// Whether a value of a type can be true, and whether it can be false.
    fn of_type(&self, name: &str) -> (bool, bool) {
        let least = |word: &str| self.number(word).is_some_and(|least| least >= 1.0);
        let none = |word: &str| self.number(word) == Some(0.0);
        match name {
            "null" => (false, true),
            "integer" | "number" => {
                let (from, to) = (self.number("minimum"), self.number("maximum"));
                let has_zero = from.is_none_or(|from| from <= 0.0) && to.is_none_or(|to| to >= 0.0);
                ((from, to) != (Some(0.0), Some(0.0)), has_zero)
            }
            "string" => (!none("maxLength"), !least("minLength")),
            "array" => (!none("maxItems"), !least("minItems")),
            "object" => {
                let has_keys = self.schema.get("required").and_then(Json::as_array).is_some_and(|all| !all.is_empty());
                (!none("maxProperties"), !least("minProperties") && !has_keys)
            }
            _ => (true, true),
        }
    }

    /// Whether the value always or never equals a literal.
    pub fn equals(&self, literal: &Literal) -> Option<bool> {
        let listed = self.listed()?;
        let is_equal = |one: &&Json| match (one, literal) {
            (Json::String(one), Literal::Text(text)) => one.as_bytes() == text.as_slice(),
            (Json::Bool(one), Literal::Bool(truth)) => one == truth,
            // Numbers of other types do not compare, in one way or the other.
            (Json::Number(_), _) | (_, Literal::Int(_)) => true,
            _ => false,
        };
        match listed.iter().filter(|one| is_equal(one)).count() {
            0 => Some(false),
            count if count == listed.len() && self.is_there && !matches!(literal, Literal::Int(_)) => {
                listed.iter().all(|one| !one.is_number()).then_some(true)
            }
            _ => None,
        }
    }

    /// The least and the greatest value, of a whole number; 0 stands for a value that is not there.
    pub fn bounds(&self) -> Option<(f64, f64)> {
        if self.types()?.as_slice() != ["integer"] {
            return None;
        }
        let from = self.number("minimum").unwrap_or(f64::NEG_INFINITY);
        let to = self.number("maximum").unwrap_or(f64::INFINITY);
        Some(if self.is_there { (from, to) } else { (from.min(0.0), to.max(0.0)) })
    }
}
