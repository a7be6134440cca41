//! The template engine of this room: texts with names in them that anybody may have written.
//!
//! In: a template of ours and data. Out: text. Filters see to it that a name ends no comment and no word.

use crate::{shell, tamed};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

/// Steps of the template engine: thousands of commands.
const FUEL: u64 = 5_000_000;

/// What could not be laid out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {what} cannot be laid out: {why}")]
pub struct LayoutError {
    /// What it was.
    pub what: &'static str,
    /// The engine's words.
    pub why: String,
}

/// Lays out data by a template.
///
/// # Errors
/// Data that are too large to lay out.
pub(super) fn lay_out(what: &'static str, template: &str, data: impl Serialize) -> Result<String, LayoutError> {
    // The version at hand has serde always, and warns of a later one that will have it on request only.
    #[allow(deprecated)]
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    engine.set_fuel(Some(FUEL));
    tamed::tame(&mut engine);
    engine.set_keep_trailing_newline(true);
    engine.set_trim_blocks(true);
    engine.set_lstrip_blocks(true);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.add_filter("one_line", |text: &str| one_line(text));
    // A title may begin with a dash, so not as a name of an object is quoted.
    engine.add_filter("word", |text: &str| shell::quoted(&one_line(text)));
    engine.add_filter("make_word", |text: &str| shell::quoted(&one_line(text)).replace('$', "$$"));
    engine.add_filter("cell", |text: &str| one_line(text).replace('|', "\\|"));
    engine.add_filter("fence", fence);
    let failed = |error: minijinja::Error| LayoutError { what, why: error.to_string() };
    engine.add_template(what, template).map_err(failed)?;
    engine.get_template(what).and_then(|template| template.render(data)).map_err(failed)
}

/// Names come from manifests: no line of theirs may end a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Signs around a block of code: more of them than stand anywhere in it.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}
