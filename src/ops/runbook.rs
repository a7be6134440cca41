//! All commands of a plan in the order in which they are run: as Markdown to read, and as a script.
//!
//! In: a [`Plan`]. Out: text, laid out by the templates beside this file. The script does one part at a time
//! (`before`, `upgrade`, `after`, `rollback`) and waits before each step.

use crate::plan::Plan;
use crate::tamed;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

const MARKDOWN: &str = include_str!("runbook.md.j2");
const SCRIPT: &str = include_str!("runbook.sh.j2");

/// Steps of the template engine: thousands of commands.
const FUEL: u64 = 5_000_000;

/// A runbook that could not be laid out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the runbook cannot be laid out: {0}")]
pub struct RunbookError(String);

/// The runbook to read.
///
/// # Errors
/// A plan that is too large to lay out.
pub fn markdown(plan: &Plan) -> Result<String, RunbookError> {
    render(plan, "runbook.md", MARKDOWN)
}

/// The runbook to run: a script for a POSIX shell. Each step says what it is for and waits.
///
/// # Errors
/// A plan that is too large to lay out.
pub fn script(plan: &Plan) -> Result<String, RunbookError> {
    render(plan, "runbook.sh", SCRIPT)
}

fn render(plan: &Plan, name: &str, template: &str) -> Result<String, RunbookError> {
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
    engine.add_filter("word", |text: &str| format!("'{}'", one_line(text).replace('\'', "'\\''")));
    engine.add_filter("fence", fence);
    let failed = |error: minijinja::Error| RunbookError(error.to_string());
    engine.add_template(name, template).map_err(failed)?;
    engine.get_template(name).and_then(|template| template.render(plan)).map_err(failed)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::RunStep;

    fn plan() -> Plan {
        let step = RunStep {
            title: "look\n$(reboot)".into(),
            reason: "it's `fine`".into(),
            commands: vec!["kubectl get pods".into(), "echo '```'".into()],
        };
        Plan { release: "r\nreboot".into(), namespace: "n".into(), before: vec![step], ..Plan::default() }
    }

    #[test]
    fn a_name_with_a_line_break_ends_no_comment_and_no_word() {
        let script = script(&plan()).unwrap();
        assert!(script.contains("# Release r reboot"), "{script}");
        assert!(script.contains(r"step 'look $(reboot)' 'it'\''s `fine`'"), "{script}");
        assert!(!script.lines().any(|line| line.starts_with("reboot") || line.starts_with("$(reboot)")), "{script}");
    }

    #[test]
    fn a_block_of_code_is_fenced_by_more_than_it_holds() {
        let markdown = markdown(&plan()).unwrap();
        assert!(markdown.contains("````sh\nkubectl get pods\necho '```'\n````\n"), "{markdown}");
    }
}
