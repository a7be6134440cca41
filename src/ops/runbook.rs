//! All commands of a plan in the order in which they are run: as Markdown to read, and as a script.
//!
//! In: a [`Plan`]. Out: text, laid out by the templates beside this file. The script does one part at a time
//! (`before`, `upgrade`, `after`, `rollback`) and waits before each step.

use super::layout::{LayoutError, lay_out};
use crate::plan::Plan;

const MARKDOWN: &str = include_str!("runbook.md.j2");
const SCRIPT: &str = include_str!("runbook.sh.j2");

/// A runbook that could not be laid out.
pub type RunbookError = LayoutError;

/// The runbook to read.
///
/// # Errors
/// A plan that is too large to lay out.
pub fn markdown(plan: &Plan) -> Result<String, RunbookError> {
    lay_out("runbook", MARKDOWN, plan)
}

/// The runbook to run: a script for a POSIX shell. Each step says what it is for and waits.
///
/// # Errors
/// A plan that is too large to lay out.
pub fn script(plan: &Plan) -> Result<String, RunbookError> {
    lay_out("runbook", SCRIPT, plan)
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
