//! A plan for browsers: one page that needs no network.
//!
//! In: a [`Plan`]. Out: HTML with its styles and a small script inside. Everything that comes from a chart is escaped, and
//! the page forbids itself to load anything. Without the script all objects are shown; with it, those of chosen verdicts.

use super::diff::{self, Row};
use super::sections::{Section, sections};
use super::{Look, words};
use crate::plan::{FieldChange, ObjectPlan, Plan, Rejection};
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

const TEMPLATE: &str = include_str!("page.html.jinja");

#[derive(Serialize)]
struct View {
    title: String,
    headline: String,
    /// A word for the style.
    outcome: &'static str,
    counts: String,
    verdicts: Vec<Filter>,
    sections: Vec<Section>,
    objects: Vec<Object>,
}

/// A box to tick.
#[derive(Serialize)]
struct Filter {
    id: String,
    word: &'static str,
    number: usize,
    /// Whether its objects are shown at first.
    is_on: bool,
}

#[derive(Serialize)]
struct Object {
    name: String,
    verdict: String,
    word: &'static str,
    is_hook: bool,
    renamed: Option<String>,
    is_ignored: bool,
    /// Whether it is open at first.
    is_open: bool,
    rejections: Vec<Rejection>,
    changes: Vec<Change>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Change {
    text: String,
    restarts: bool,
    causes: Vec<String>,
}

/// The plan as a page.
///
/// ```
/// use chartwright::plan::Plan;
/// use chartwright::report::plan::{Look, html};
/// let plan = Plan { release: "<b>".into(), ..Plan::default() };
/// let page = html::print(&plan, &Look::default());
/// assert!(page.starts_with("<!doctype html>") && page.contains("&lt;b&gt;") && !page.contains("<b>"));
/// ```
pub fn print(plan: &Plan, look: &Look) -> String {
    let name = |verdict| serde_json::to_value(verdict).ok().and_then(|word| word.as_str().map(ToOwned::to_owned));
    let objects = plan
        .objects
        .iter()
        .map(|object| Object { verdict: name(object.verdict).unwrap_or_default(), ..self::object(plan, object, look) });
    let mut objects: Vec<Object> = objects.collect();
    objects.sort_by_key(|object| words::VERDICTS.iter().position(|verdict| words::verdict(*verdict) == object.word));
    let verdicts = words::VERDICTS.iter().filter_map(|verdict| {
        let word = words::verdict(*verdict);
        let number = objects.iter().filter(|object| object.word == word).count();
        let is_on = !matches!(word, "unchanged" | "label only");
        (number > 0).then(|| Filter { id: name(*verdict).unwrap_or_default(), word, number, is_on })
    });
    let view = View {
        title: words::title(plan),
        headline: words::headline(plan),
        outcome: match words::outcome(plan.outcome) {
            "safe" | "nothing changes" => "good",
            "needs attention" => "look",
            _ => "bad",
        },
        counts: words::counts(plan),
        verdicts: verdicts.collect(),
        sections: sections(plan),
        objects,
    };
    rendered(&view).unwrap_or_else(|error| format!("<!doctype html><title>plan</title><p>{}", error.kind()))
}

fn object(plan: &Plan, object: &ObjectPlan, look: &Look) -> Object {
    let is_suppressed = look.suppresses(object);
    let changes: &[FieldChange] = if is_suppressed { &[] } else { &object.changes };
    let changes = changes.iter().map(|change| Change {
        text: words::change(change),
        restarts: change.restarts,
        causes: change.causes.iter().map(words::cause).collect(),
    });
    Object {
        name: object.id.to_string(),
        verdict: String::new(),
        word: words::verdict(object.verdict),
        is_hook: object.is_hook,
        renamed: object.renamed.as_ref().map(ToString::to_string),
        is_ignored: plan.is_ignored(object),
        is_open: !object.rejections.is_empty(),
        rejections: object.rejections.clone(),
        changes: changes.collect(),
        rows: if is_suppressed { Vec::new() } else { diff::rows(&object.diff) },
    }
}

fn rendered(view: &View) -> Result<String, minijinja::Error> {
    // The version at hand has serde always, and warns of a later one that will have it on request only.
    #[allow(deprecated)]
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.set_trim_blocks(true);
    engine.set_lstrip_blocks(true);
    engine.set_keep_trailing_newline(true);
    engine.add_filter("code", ticks);
    engine.add_template("page.html", TEMPLATE)?;
    engine.get_template("page.html")?.render(view)
}

/// A text whose names in backquotes are code.
fn ticks(text: &str) -> Value {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let parts: Vec<&str> = escaped.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return Value::from_safe_string(escaped);
    }
    let parts = parts.iter().enumerate().map(|(number, part)| match number % 2 {
        1 => format!("<code>{part}</code>"),
        _ => (*part).to_owned(),
    });
    Value::from_safe_string(parts.collect())
}
