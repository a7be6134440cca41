//! Shell scripts in commands of containers, in ConfigMaps and in Secrets.
//!
//! In: a case. Out: findings at the lines of the scripts. `found` says which texts are scripts, `read` makes commands of
//! a text, and `shellcheck` asks the program of that name. Of a script in a Secret nothing is told but the line.

mod found;
mod read;
pub(super) mod shellcheck;

use self::found::{Script, scripts};
use self::read::{Bare, Command, bare_secrets, commands};
use super::words::secret_variables;
use crate::diag::Severity;
use crate::lint::{Case, Check, Findings, On, Rule, Subject};
use rustc_hash::FxHashMap;
use std::rc::Rc;

pub(super) const RULES: &[Rule] = &[IGNORES, READABLE, UNQUOTED];

const IGNORES: Rule = Rule {
    id: "script-ignores-errors",
    severity: Severity::Note,
    summary: "the script goes on after a command that failed",
    why: "A shell ends with the status of its last command. When an earlier one fails, an init container, a hook or a test still succeeds.",
    fix: "Begin the script with `set -e`, or join the commands with `&&`.",
    on: On::Default,
    check: Check::Subject(check),
};

const READABLE: Rule = Rule {
    id: "readable-secret-file",
    severity: Severity::Warning,
    summary: "the script writes a secret to a file and lets everybody read it",
    why: "Every other user and every container that mounts the volume can read the password.",
    fix: "Set `umask 077` before the file is written, or `chmod 600` it.",
    on: On::Default,
    check: Check::Elsewhere,
};

const UNQUOTED: Rule = Rule {
    id: "unquoted-secret-variable",
    severity: Severity::Warning,
    summary: "the script uses a variable with a secret without quotes",
    why: "A password with a blank becomes two words, one with `*` becomes names of files: such passwords do not work, and parts end up where they do not belong.",
    fix: "Write `\"$NAME\"`.",
    on: On::Default,
    check: Check::Elsewhere,
};

/// Whether a line can fail in a way that anybody cares about.
fn can_fail(line: &str) -> bool {
    let first = line.split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or_default();
    const SAFE: [&str; 27] = [
        "echo", "printf", "true", ":", "set", "export", "local", "readonly", "umask", "sleep", "exit", "trap", "shift",
        "then", "else", "fi", "do", "done", "esac", "{", "}", "if", "while", "until", "for", "case", "elif",
    ];
    let is_value = first.split_once('=').is_some_and(|(name, value)| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && (!value.contains("$(") || value.starts_with("$(("))
    });
    // What is asked for, or has an answer for its failure.
    !SAFE.contains(&first) && !is_value && !line.contains("||") && !line.ends_with("()") && !line.ends_with("() {")
}

/// Whether errors end the script.
fn stops(script: &Script<'_>, lines: &[Command]) -> bool {
    let sets = |option: &str| option == "errexit" || is_short(option) && option.contains('e');
    let first = script.text.lines().next().and_then(|line| line.strip_prefix("#!")).unwrap_or_default();
    let by_call = script.options.iter().copied().chain(first.split_whitespace().skip(1)).any(sets);
    by_call
        || lines.iter().take(MOST_BEFORE_SET).any(|line| {
            let mut words = line.text.split(|c: char| c.is_whitespace() || c == ';');
            words.next() == Some("set") && words.any(sets)
        })
}

/// Whether a word is options of one letter, such as `-ec`.
fn is_short(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--")
}

/// Commands among which `set -e` is looked for: what stands further down comes too late.
const MOST_BEFORE_SET: usize = 5;

/// What is in a text, however many scripts hold it.
struct Content {
    commands: Vec<Command>,
    bare: Vec<Bare>,
}

fn check(subject: &Subject<'_>, findings: &mut Findings) {
    // Most cases render the same scripts: each text is read once.
    let mut known: FxHashMap<String, Rc<Content>> = FxHashMap::default();
    for case in &subject.cases {
        findings.enter(case);
        for script in scripts(case) {
            let content = match known.get(&*script.text) {
                Some(content) => Rc::clone(content),
                None => {
                    let new = Rc::new(Content { commands: commands(&script.text), bare: bare_secrets(&script.text) });
                    known.insert(script.text.clone().into_owned(), Rc::clone(&new));
                    new
                }
            };
            ignores(case, &script, &content.commands, findings);
            readable(case, &script, &content.commands, findings);
            unquoted(case, &script, &content.bare, findings);
        }
        findings.leave();
    }
}

fn ignores(case: &Case, script: &Script<'_>, lines: &[Command], findings: &mut Findings) {
    // Of what runs on, nobody asks the status.
    if !script.ends || script.is_part {
        return;
    }
    // A script that ends with a status of its own has thought of failures.
    let fails = |line: &Command| {
        let text = line.text.as_str();
        text.match_indices("exit ").any(|(at, word)| !text.get(at + word.len()..).unwrap_or_default().starts_with('0'))
    };
    if stops(script, lines) || lines.iter().any(fails) {
        return;
    }
    let Some((last, before)) = lines.split_last() else { return };
    let Some(lost) = before.iter().find(|line| can_fail(&line.text)) else { return };
    let always = ["echo", "printf", "true", "exit 0", ":"].iter().any(|word| last.text.starts_with(word));
    let program = if script.is_secret() { "a command" } else { &format!("`{}`", lost.program()) };
    let what = if always { "succeeds whatever happens" } else { "goes on when a command fails" };
    let text = format!("{} {what}: nothing looks at the status of {program}", script.name);
    let finding = script.tell(findings, &IGNORES, case, lost.spot(), text);
    if always {
        finding.diagnostic.severity = Severity::Warning;
    }
}

/// The file that a line writes or appends to.
fn target(line: &str) -> Option<&str> {
    line.rsplit_once('>').map(|(_, file)| file.trim()).and_then(|file| file.split_whitespace().next())
}

/// Whether a mode lets everybody read: `644`, `0755`, `a+r`, `o=r`.
fn for_all(mode: &str) -> bool {
    match mode.chars().all(|c| c.is_ascii_digit()) {
        true => mode.chars().next_back().and_then(|c| c.to_digit(8)).is_some_and(|others| others & 4 != 0),
        false => mode.split(',').any(|part| {
            part.split_once(['+', '='])
                .is_some_and(|(who, what)| (who.is_empty() || who.contains(['a', 'o'])) && what.contains('r'))
        }),
    }
}

fn readable(case: &Case, script: &Script<'_>, lines: &[Command], findings: &mut Findings) {
    let written: Vec<&str> = lines
        .iter()
        .filter(|line| secret_variables(&line.text).next().is_some())
        .filter_map(|line| target(&line.text))
        .collect();
    if written.is_empty() {
        return;
    }
    for line in lines {
        let mut words = line.text.split_whitespace().skip_while(|word| *word != "chmod").skip(1);
        let Some(mode) = words.find(|word| !word.starts_with('-')) else { continue };
        let same = |file: &&str| written.iter().any(|own| own.trim_matches('"') == file.trim_matches(['"', ';']));
        if let Some(file) = words.find(same).filter(|_| for_all(mode)) {
            let what = match script.is_secret() {
                true => "a file and lets everybody read it".to_owned(),
                false => format!("`{}` and sets mode {mode}", file.trim_matches(['"', ';'])),
            };
            let text = format!("{} writes a secret to {what}", script.name);
            script.tell(findings, &READABLE, case, line.spot(), text);
        }
    }
}

fn unquoted(case: &Case, script: &Script<'_>, all: &[Bare], findings: &mut Findings) {
    for bare in all {
        let name = if script.is_secret() { "a variable" } else { &format!("`${}`", bare.name) };
        let text = format!("{} uses {name} without quotes", script.name);
        script.tell(findings, &UNQUOTED, case, bare.spot, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_for_everybody_are_known() {
        assert!(["644", "0755", "a+r", "+r", "u=rw,o=r"].iter().all(|mode| for_all(mode)));
        assert!(!["600", "0640", "u+r", "go-rwx"].iter().any(|mode| for_all(mode)));
    }
}
