//! Findings in the layout of a user's own template.
//!
//! In: a template of minijinja, and an [`Outcome`]. Out: text. The template sees what the JSON report holds:
//! `findings`, `ignored` and `summary`. In a file named `.html` or `.xml` what is inserted is escaped.

use super::json;
use crate::diag::Place;
use crate::lint::Outcome;
use crate::tamed::{self, Bounded};
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

/// Steps of the template engine: hundreds for each of thousands of findings.
const FUEL: u64 = 20_000_000;

/// Bytes of a report.
const MOST_BYTES: usize = 64 << 20;

/// Levels of calls in a template.
const RECURSION: usize = 100;

/// A template that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct TemplateError {
    /// The template's line.
    pub place: Place,
    /// What is wrong.
    pub message: String,
}

/// Renders the report.
///
/// # Errors
/// A template that is malformed, reads what is not there, or takes too long.
pub fn findings(outcome: &Outcome, name: &str, template: &str) -> Result<String, TemplateError> {
    let failed = |error: minijinja::Error| failed(name, template, &error);
    let layout = tamed::layout(template).map_err(failed)?;
    // The version at hand has serde always, and warns of a later one that will have it on request only.
    #[allow(deprecated)]
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(RECURSION);
    tamed::tame(&mut engine);
    engine.set_keep_trailing_newline(true);
    engine.set_trim_blocks(true);
    engine.set_lstrip_blocks(true);
    engine.set_auto_escape_callback(|name| {
        let name = name.trim_end_matches(".jinja").trim_end_matches(".j2");
        let escaped = [".html", ".htm", ".xml"].iter().any(|end| name.ends_with(end));
        if escaped { AutoEscape::Html } else { AutoEscape::None }
    });
    tamed::add_layout(&mut engine, name, &layout).map_err(failed)?;
    let compiled = engine.get_template(name).map_err(failed)?;
    let mut out = Bounded::new(MOST_BYTES);
    compiled.render_captured_to(json::view(outcome), &mut out).map_err(failed)?;
    Ok(out.text())
}

/// What the engine says is wrong, with the line of the user's own text.
fn failed(name: &str, template: &str, error: &minijinja::Error) -> TemplateError {
    let line = error.line().and_then(|line| u32::try_from(line).ok()).unwrap_or(0);
    let excerpt = template.lines().nth((line as usize).wrapping_sub(1)).map(str::to_owned);
    let message = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    TemplateError { place: Place { line, excerpt, ..Place::file(name) }, message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Diagnostic;
    use crate::lint::Finding;

    fn outcome() -> Outcome {
        let finding = Finding::from(Diagnostic::warning("a-b", "less < more"));
        Outcome { findings: vec![finding], ..Outcome::default() }
    }

    #[test]
    fn a_template_sees_the_json_report_and_html_is_escaped() {
        let template = "{% for f in findings %}{{ f.rule }}: {{ f.message }} ({{ summary.warnings }})\n{% endfor %}";
        assert_eq!(findings(&outcome(), "r.md", template).as_deref(), Ok("a-b: less < more (1)\n"));
        assert_eq!(findings(&outcome(), "r.html", template).as_deref(), Ok("a-b: less &lt; more (1)\n"));
    }

    #[test]
    fn what_doubles_ends_and_counters_and_joined_texts_do_not() {
        let said = |template: &str| findings(&outcome(), "r.md", template).map_err(|error| error.message);
        let bomb = |start, sign| {
            format!(
                "{{% set ns = namespace(s={start}) %}}{{% for a in range(60) %}}{{% set ns.s = ns.s {sign} ns.s %}}{{% endfor %}}"
            )
        };
        for (start, sign) in [("'xxxxxxxxxx'", "~"), ("'xxxxxxxxxx'", "+"), ("[1]", "+"), ("'xxxxxxxxxx'", "* 10 ~")] {
            let text = said(&bomb(start, sign)).unwrap_or_else(|error| error);
            assert!(text.contains("a text of more than a MiB") || text.contains("in one value"), "{sign}: {text}");
        }
        let shared = format!("{{% set a = ['x' * 1000] %}}{}{{{{ a }}}}", "{% set a = [a, a] %}".repeat(60));
        assert!(said(&shared).unwrap_or_else(|error| error).contains("a text of more than a MiB"));
        let texts = "{% set a = 'x' * 1000000 %}".repeat(300);
        assert!(said(&texts).unwrap_or_else(|error| error).contains("192 MiB in all"));
        let counted = "{% set ns = namespace(n=0, s='') %}{% for f in findings %}{% set ns.n = ns.n + 2 * 3 %}\
            {% set ns.s = ns.s ~ f.rule ~ '-' * 2 %}{% endfor %}{{ ns.n - 1 }} {{ ns.s }}";
        assert_eq!(said(counted).as_deref(), Ok("5 a-b--"));
    }

    #[test]
    fn a_template_that_is_wrong_is_told_with_its_line_and_one_without_end_stops() {
        let wrong = |template| findings(&outcome(), "r.md", template).map_err(|error| error.place.to_string());
        assert_eq!(wrong("a\n{{ findings | no_such }}"), Err("r.md:2".into()));
        assert_eq!(wrong("{% for f in findings %}"), Err("r.md:1".into()));
        let long = "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(99) %}{% endfor %}{% endfor %}{% endfor %}";
        assert!(wrong(long).is_err());
    }
}
