//! Shell scripts in commands and ConfigMaps.

use super::words::secret_variables;
use crate::diag::Severity;
use crate::lint::rules::objects::{self, Container, Workload};
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::path::Step;
use std::io::Write;
use std::process::{Command, Stdio};

pub(super) const RULES: &[Rule] = &[IGNORES, READABLE, UNQUOTED, SHELLCHECK];

const IGNORES: Rule = Rule {
    id: "script-ignores-errors",
    severity: Severity::Note,
    summary: "the script goes on after a command that failed",
    why: "A shell ends with the status of its last command. When an earlier one fails, an init container, a hook or a test still succeeds.",
    fix: "Begin the script with `set -e`, or join the commands with `&&`.",
    on: On::Default,
    check: Check::Case(ignores),
};

const READABLE: Rule = Rule {
    id: "readable-secret-file",
    severity: Severity::Warning,
    summary: "the script writes a secret to a file and lets everybody read it",
    why: "Every other user and every container that mounts the volume can read the password.",
    fix: "Set `umask 077` before the file is written, or `chmod 600` it.",
    on: On::Default,
    check: Check::Case(readable),
};

const UNQUOTED: Rule = Rule {
    id: "unquoted-secret-variable",
    severity: Severity::Warning,
    summary: "the script uses a variable with a secret without quotes",
    why: "A password with a blank becomes two words, one with `*` becomes names of files: such passwords do not work, and parts end up where they do not belong.",
    fix: "Write `\"$NAME\"`.",
    on: On::Default,
    check: Check::Case(unquoted),
};

const SHELLCHECK: Rule = Rule {
    id: "shellcheck",
    severity: Severity::Warning,
    summary: "shellcheck finds fault with a script",
    why: "Scripts in manifests are seen by no tool, because they are text in YAML. This runs an external program, so only on request.",
    fix: "Look up the number that begins with SC in shellcheck's documentation.",
    on: On::Profiles(&["shellcheck"]),
    check: Check::Case(shellcheck),
};

/// A script in a command, and how its shell was called.
struct Script<'w> {
    text: &'w str,
    /// The options that came before it, such as `-ec`.
    options: Vec<&'w str>,
    shell: &'w str,
    /// Where it stands, from the object on.
    path: Vec<Step>,
}

const SHELLS: [&str; 5] = ["sh", "bash", "ash", "dash", "ksh"];

/// The script that a container's command runs.
fn script(container: &Container) -> Option<Script<'_>> {
    let fields = ["command", "args"].into_iter();
    let mut words = fields.flat_map(|field| {
        let listed = objects::items(&container.node, field).iter().enumerate();
        listed.filter_map(move |(number, word)| Some((objects::plain(word)?, field, number)))
    });
    let shell = words.next().map(|(word, ..)| word.rsplit('/').next().unwrap_or(word))?;
    if !SHELLS.contains(&shell) {
        return None;
    }
    let mut options = Vec::new();
    for (word, field, number) in words {
        if word.starts_with(['-', '+']) || matches!(word, "pipefail" | "errexit") {
            options.push(word);
            continue;
        }
        let takes_text = options.iter().any(|option: &&str| !option.starts_with("--") && option.contains('c'));
        let path = container.way(&format!("{field}.{number}"));
        return takes_text.then_some(Script { text: word, options, shell, path });
    }
    None
}

fn each(case: &Case) -> impl Iterator<Item = (&Workload, &Container, Script<'_>)> {
    case.facts().workloads.iter().flat_map(|workload| {
        let scripts = workload.containers.iter();
        scripts.filter_map(move |container| Some((workload, container, script(container)?)))
    })
}

/// The lines of a script that run something, with continued lines joined.
fn commands(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        let is_glue = line.is_empty() || line.starts_with('#');
        if !is_glue {
            let continues = open;
            open = line.ends_with(['\\', '|']) || line.ends_with("&&");
            match found.last_mut().filter(|_| continues) {
                Some(last) => *last = format!("{} {line}", last.trim_end_matches('\\')),
                None => found.push(line.to_owned()),
            }
        }
    }
    found
}

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
fn stops(script: &Script<'_>) -> bool {
    let by_option = script.options.iter().any(|option| {
        *option == "errexit" || option.starts_with('-') && !option.starts_with("--") && option.contains('e')
    });
    by_option
        || commands(script.text).iter().take(5).any(|line| {
            let mut words = line.split(|c: char| c.is_whitespace() || c == ';');
            words.next() == Some("set")
                && words.any(|word| word == "errexit" || word.starts_with('-') && word.contains('e'))
        })
}

fn ignores(case: &Case, findings: &mut Findings) {
    for (workload, container, script) in each(case) {
        // Of what runs on, nobody asks the status.
        if !(container.is_init || workload.is_short_lived()) || stops(&script) {
            continue;
        }
        let lines = commands(script.text);
        // A script that ends with a status of its own has thought of failures.
        let fails = |line: &String| {
            line.match_indices("exit ")
                .any(|(at, word)| !line.get(at + word.len()..).unwrap_or_default().starts_with('0'))
        };
        if lines.iter().any(fails) {
            continue;
        }
        let Some((last, before)) = lines.split_last() else { continue };
        let Some(lost) = before.iter().find(|line| can_fail(line)) else { continue };
        let always = ["echo", "printf", "true", "exit 0", ":"].iter().any(|word| last.starts_with(word));
        let program = lost.split_whitespace().next().unwrap_or_default();
        let what = if always { "succeeds whatever happens" } else { "goes on when a command fails" };
        let text = format!(
            "the script of container `{}` of {} {what}: nothing looks at the status of `{program}`",
            container.name,
            workload.object.id(),
        );
        let finding = findings.on(&IGNORES, case, &workload.object, &script.path, text);
        if always {
            finding.diagnostic.severity = Severity::Warning;
        }
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

fn readable(case: &Case, findings: &mut Findings) {
    for (workload, container, script) in each(case) {
        let lines = commands(script.text);
        let written: Vec<&str> = lines
            .iter()
            .filter(|line| secret_variables(line).next().is_some())
            .filter_map(|line| target(line))
            .collect();
        for line in &lines {
            let mut words = line.split_whitespace().skip_while(|word| *word != "chmod").skip(1);
            let Some(mode) = words.find(|word| !word.starts_with('-')) else { continue };
            let same = |file: &&str| written.iter().any(|own| own.trim_matches('"') == file.trim_matches(['"', ';']));
            if let Some(file) = words.find(same).filter(|_| for_all(mode)) {
                let text = format!(
                    "container `{}` of {} writes a secret to `{file}` and sets mode {mode}",
                    container.name,
                    workload.object.id(),
                );
                findings.on(&READABLE, case, &workload.object, &script.path, text);
            }
        }
    }
}

fn unquoted(case: &Case, findings: &mut Findings) {
    for (workload, container, script) in each(case) {
        for line in commands(script.text) {
            let Some(name) = bare_secret(&line) else { continue };
            let text = format!(
                "the script of container `{}` of {} uses `${name}` without quotes",
                container.name,
                workload.object.id(),
            );
            findings.on(&UNQUOTED, case, &workload.object, &script.path, text);
        }
    }
}

/// A variable with a secret that stands outside of quotes, where the shell splits it.
fn bare_secret(line: &str) -> Option<String> {
    // Quotes begin anew in `$(…)`, so each level has its own.
    let mut outer: Vec<bool> = Vec::new();
    let (mut single, mut double) = (false, false);
    let mut before = ' ';
    let mut word = String::new();
    for (at, c) in line.char_indices() {
        let rest = line.get(at..).unwrap_or_default();
        match c {
            _ if before == '\\' => {}
            '\'' if !double => single = !single,
            '"' if !single => double = !double,
            '(' if before == '$' && !single => outer.push(std::mem::take(&mut double)),
            ')' if !single && !double => double = outer.pop().unwrap_or(false),
            '$' if !single && !double => {
                // `NAME=$VALUE` is not split, and neither is what stands in `[[ … ]]`, after `<<<` or after `case`.
                let is_value = word.contains('=') && !word.starts_with('-') || word.ends_with("<<<");
                let safe = is_value || line.starts_with("case ") || line.contains("[[");
                let end = rest.get(1..).and_then(|rest| rest.find('$')).map_or(rest.len(), |end| end + 1);
                let own = rest.get(..end).unwrap_or(rest);
                if let Some(name) = secret_variables(own).next().filter(|_| !safe && !rest.starts_with("$(")) {
                    return Some(name.to_owned());
                }
            }
            _ => {}
        }
        if c.is_whitespace() && !single && !double {
            word.clear()
        } else {
            word.push(c)
        }
        before = if before == '\\' { ' ' } else { c };
    }
    None
}

/// What an installed shellcheck says of the scripts of a case; that there is none, where it cannot be run.
fn shellcheck(case: &Case, findings: &mut Findings) {
    for (workload, container, script) in each(case) {
        let mut tell = |severity, text: String| {
            findings.on(&SHELLCHECK, case, &workload.object, &script.path, text).diagnostic.severity = severity;
        };
        let Some(told) = run_shellcheck(script.shell, script.text) else {
            return tell(Severity::Note, "shellcheck cannot be run, so no script is checked".to_owned());
        };
        for (line, code, level, message) in told {
            let severity = if level == "error" { Severity::Error } else { Severity::Warning };
            let message = message.trim_end_matches('.');
            tell(
                severity,
                format!("line {line} of the script of container `{}`: {message} (SC{code})", container.name),
            );
        }
    }
}

/// Line, code, level and message of each remark; `None` where the program cannot be run.
fn run_shellcheck(shell: &str, text: &str) -> Option<Vec<(u64, u64, String, String)>> {
    let shell = if shell == "ash" { "dash" } else { shell };
    let mut child = Command::new("shellcheck")
        .args(["--norc", "--severity=warning", "--format=json", "--shell", shell, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    let told: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).ok()?;
    let read = |remark: &serde_json::Value| {
        let text = |key: &str| remark.get(key)?.as_str().map(str::to_owned);
        let number = |key: &str| remark.get(key)?.as_u64();
        Some((number("line")?, number("code")?, text("level")?, text("message")?))
    };
    Some(told.iter().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secrets_outside_of_quotes_are_bare() {
        assert_eq!(bare_secret("redis-cli -a $REDIS_PASSWORD ping").as_deref(), Some("REDIS_PASSWORD"));
        for line in [
            "redis-cli -a \"$REDIS_PASSWORD\"",
            "export REDISCLI_AUTH=$REDIS_PASSWORD",
            "echo '$REDIS_PASSWORD'",
            "if [[ -n $REDIS_PASSWORD ]]; then",
            "echo $HOME",
            "read -a all <<< \"$(tr ',' ' ' <<<\"${CLIENT_PASSWORD:-}\")\"",
        ] {
            assert_eq!(bare_secret(line), None, "{line}");
        }
    }

    #[test]
    fn modes_for_everybody_are_known() {
        assert!(["644", "0755", "a+r", "+r", "u=rw,o=r"].iter().all(|mode| for_all(mode)));
        assert!(!["600", "0640", "u+r", "go-rwx"].iter().any(|mode| for_all(mode)));
    }

    #[test]
    fn continued_lines_are_one_command_and_comments_none() {
        assert_eq!(commands("# a\nx \\\n  y\n\nz |\nw\n"), ["x  y", "z | w"]);
    }
}
