//! Patterns in schemas: Helm reads them as Go's regular expressions, not as JavaScript's.
//!
//! In: the text after `pattern`. Out: a keyword for the schema library, or Helm's words for a
//! pattern that is none. A pattern is compiled when the first text meets it: most schemas have
//! many, and most values are empty.

use crate::funcs::Matcher;
use crate::value::format;
use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError};
use serde_json::{Map, Value as Json};
use std::sync::OnceLock;

/// Whether `pattern` matches anywhere in a text; a broken pattern matches nothing.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    Matcher::new(pattern).is_ok_and(|matcher| matcher.is_match(text))
}

/// A `pattern` of a schema.
struct Pattern {
    text: Box<str>,
    compiled: OnceLock<Option<Matcher>>,
}

/// The keyword, for `ValidationOptions::with_keyword`.
pub(super) fn keyword<'a>(
    _parent: &'a Map<String, Json>,
    value: &'a Json,
    _path: Location,
) -> Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>> {
    let text = value.as_str().ok_or_else(|| ValidationError::custom("a pattern is a string"))?;
    Matcher::check(text).map_err(ValidationError::custom)?;
    Ok(Box::new(Pattern { text: text.into(), compiled: OnceLock::new() }))
}

impl<'i> Keyword<'i> for Pattern {
    fn validate(&self, instance: &'i Json) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) {
            return Ok(());
        }
        Err(ValidationError::custom(format!("does not match pattern {}", quote(&self.text))))
    }

    fn is_valid(&self, instance: &Json) -> bool {
        let Json::String(text) = instance else { return true };
        let compiled = self.compiled.get_or_init(|| Matcher::new(&self.text).ok());
        compiled.as_ref().is_some_and(|matcher| matcher.is_match(text))
    }
}

/// A text in single quotes, as the schema library prints it.
pub(super) fn quote(text: &str) -> String {
    let literal = format::quoted(text.as_bytes()).replace("\\\"", "\"").replace('\'', "\\'");
    let inner = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    format!("'{inner}'")
}

/// Keywords that hold one schema.
const HOLDERS: [&str; 10] = [
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Helm's words for a schema with a broken pattern; `error` is what the library says of the
/// schema. `None` where it is something else, or where Helm says more.
pub(super) fn broken(schema: &Json, error: &ValidationError<'_>) -> Option<String> {
    let paths = [error.instance_path().as_str(), error.schema_path().as_str()];
    let (pointer, pattern, reason) = paths.into_iter().find_map(|path| {
        let pattern = schema.pointer(path).filter(|_| path.ends_with("/pattern"))?.as_str()?;
        Some((path, pattern, Matcher::check(pattern).err()?))
    })?;
    let dialect = schema.get("$schema").and_then(Json::as_str);
    let dialect = dialect.unwrap_or("https://json-schema.org/draft/2020-12/schema").trim_end_matches('#');
    let is_old = dialect.starts_with("http:");
    // In the old drafts a list of schemas may stand there too, and Helm tells why this is none.
    let named = schema.get("$id").or(schema.get("id")).is_some();
    if named || pointer.contains("/definitions/") || (is_old && pointer.contains("/items/")) {
        return None;
    }
    let mut text = format!(
        "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with '{dialect}#'\n"
    );
    let levels = if is_old { Vec::new() } else { levels(pointer) };
    for (depth, level) in levels.iter().enumerate() {
        text.push_str(&format!("{}- at '{level}': 'allOf' failed\n", "  ".repeat(depth)));
    }
    let indent = "  ".repeat(levels.len());
    Some(format!("{text}{indent}- at '{pointer}': {} is not valid regex: {reason}", quote(pattern)))
}

/// The schemas around a keyword, outermost first: `/properties/a/type` is in `` and `/properties/a`.
fn levels(pointer: &str) -> Vec<&str> {
    let mut levels = vec![""];
    let mut end = 0;
    let mut tokens = pointer.split('/').skip(1);
    while let Some(keyword) = tokens.next() {
        end += 1 + keyword.len();
        if !HOLDERS.contains(&keyword) {
            let Some(name) = tokens.next() else { break };
            end += 1 + name.len();
        }
        levels.extend(pointer.get(..end));
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_knows_the_schemas_around_it() {
        assert_eq!(levels("/pattern"), [""]);
        assert_eq!(
            levels("/properties/a/items/allOf/0/pattern"),
            ["", "/properties/a", "/properties/a/items", "/properties/a/items/allOf/0"]
        );
    }
}
