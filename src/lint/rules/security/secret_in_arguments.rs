//! Passwords that a command line shows to everybody.

use super::words::may_be_secret;
use crate::diag::Severity;
use crate::lint::rules::objects;
use crate::lint::{Case, Check, Findings, On, Rule};

pub(super) const RULES: &[Rule] = &[RULE];

const RULE: Rule = Rule {
    id: "secret-in-arguments",
    severity: Severity::Warning,
    summary: "a password is given as an argument",
    why: "Arguments of a process can be read by every process beside it, and show up in logs and error reports.",
    fix: "Use what the program offers instead: an environment variable such as REDISCLI_AUTH, or a file.",
    on: On::Default,
    check: Check::Case(check),
};

/// Options of well-known programs that take a password.
const OPTIONS: [&str; 6] = ["--requirepass", "--masterauth", "--password", "--pass", "--auth-token", "--root-password"];

fn check(case: &Case, findings: &mut Findings) {
    for workload in &case.facts().workloads {
        for container in &workload.containers {
            for field in ["command", "args"] {
                let words = objects::items(&container.node, field);
                for (number, word) in words.iter().enumerate() {
                    let Some(text) = objects::plain(word) else { continue };
                    let next = words.get(number + 1).and_then(objects::plain);
                    let Some((option, literal)) = given(text, next) else { continue };
                    let message = format!(
                        "container `{}` of {} gives a password with `{option}`",
                        container.name,
                        workload.object.id()
                    );
                    let path = container.way(&format!("{field}.{number}"));
                    let finding = findings.on(&RULE, case, &workload.object, &path, message);
                    if !literal {
                        finding.diagnostic.severity = Severity::Note;
                    }
                }
            }
        }
    }
}

/// The option with which a word, or a line of a script, gives a password; and whether the password itself stands there.
fn given<'w>(word: &'w str, next: Option<&str>) -> Option<(&'w str, bool)> {
    if !word.contains(char::is_whitespace) {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, value),
            None => (word, next?),
        };
        let value = value.trim_matches(['"', '\'']);
        let is_variable = value.starts_with('$') && value.len() > 1;
        return (OPTIONS.contains(&option) && (is_variable || may_be_secret(value) && !value.starts_with('-')))
            .then_some((option, !is_variable));
    }
    word.lines().filter(|line| !line.trim_start().starts_with('#')).find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_cli = words.iter().any(|word| word.rsplit('/').next() == Some("redis-cli"));
        words.windows(2).find_map(|pair| {
            let [option, value] = pair else { return None };
            let value = value.trim_matches(['"', '\'']);
            let takes = OPTIONS.contains(option) || is_cli && matches!(*option, "-a" | "--pass");
            // In a script a plain word may be anything: only variables with telling names are sure.
            let is_variable = super::words::secret_variables(value).next().is_some();
            (takes && is_variable).then_some((*option, false))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_found_in_lists_and_in_scripts() {
        assert_eq!(given("--requirepass", Some("hunter2")), Some(("--requirepass", true)));
        assert_eq!(given("--password=$(PASSWORD)", None), Some(("--password", false)));
        assert_eq!(given("redis-cli -h x -a \"$REDIS_PASSWORD\" ping", None), Some(("-a", false)));
        assert_eq!(given("--requirepass", Some("--save")), None);
        assert_eq!(given("ls -a $HOME", None), None);
        assert_eq!(given("# redis-cli -a $REDIS_PASSWORD\ntrue", None), None);
    }
}
