//! Secrets that stand where everybody can read them.

use super::strict;
use super::words::{is_secret_name, may_be_secret};
use crate::diag::Severity;
use crate::lint::rules::objects;
use crate::lint::{Case, Check, Findings, On, Rule};

pub(super) const RULES: &[Rule] = &[ENV, FROM_ENV, CONFIG_MAP, ARGUMENT];

const ENV: Rule = Rule {
    id: "secret-in-env",
    severity: Severity::Warning,
    summary: "an environment variable holds a secret in plain text",
    why: "Everybody who may read the workload, its history or the release's manifest reads the secret.",
    fix: "Put it into a Secret, and use `valueFrom.secretKeyRef`.",
    on: On::Default,
    check: Check::Case(env),
};

const FROM_ENV: Rule = strict(
    "secret-read-from-env",
    [
        "an environment variable takes its value from a Secret",
        "Environment is inherited by every child, printed by crash reports, and not renewed when the Secret changes.",
        "Mount the Secret as a file, if the program can read one.",
    ],
    from_env,
);

const CONFIG_MAP: Rule = Rule {
    id: "secret-in-config-map",
    severity: Severity::Warning,
    summary: "a ConfigMap holds a secret",
    why: "ConfigMaps are not kept as Secrets are: roles that may read configuration are many, and they are not encrypted at rest.",
    fix: "Move it into a Secret; where a program wants one file, mount that file from a Secret.",
    on: On::Default,
    check: Check::Case(config_map),
};

const ARGUMENT: Rule = Rule {
    id: "secret-in-arguments",
    severity: Severity::Warning,
    summary: "a password is given as an argument",
    why: "Arguments of a process can be read by every process beside it, and show up in logs and error reports.",
    fix: "Use what the program offers instead: an environment variable such as REDISCLI_AUTH, or a file.",
    on: On::Default,
    check: Check::Case(arguments),
};

fn env(case: &Case, findings: &mut Findings) {
    for workload in &case.facts().workloads {
        for container in &workload.containers {
            for (number, entry) in objects::items(&container.node, "env").iter().enumerate() {
                let (Some(name), Some(value)) = (objects::text(entry, "name"), objects::text(entry, "value")) else {
                    continue;
                };
                if is_secret_name(name) && may_be_secret(value) {
                    let text = format!("`{name}` of container `{}` has its value in plain text", container.name);
                    let path = container.way(&format!("env.{number}.value"));
                    findings.on(&ENV, case, &workload.object, &path, text);
                }
            }
        }
    }
}

fn from_env(case: &Case, findings: &mut Findings) {
    for workload in &case.facts().workloads {
        for container in &workload.containers {
            for (number, entry) in objects::items(&container.node, "env").iter().enumerate() {
                if entry.find("valueFrom.secretKeyRef").is_some() {
                    let name = objects::text(entry, "name").unwrap_or_default();
                    let text = format!("`{name}` of container `{}` comes from a Secret", container.name);
                    let path = container.way(&format!("env.{number}.valueFrom"));
                    findings.on(&FROM_ENV, case, &workload.object, &path, text);
                }
            }
        }
    }
}

fn config_map(case: &Case, findings: &mut Findings) {
    for map in case.facts().kind(case, "ConfigMap") {
        let data = map.node.get("data").and_then(crate::value::Node::as_map);
        for (key, value) in data.into_iter().flatten() {
            let (Some(key), Some(text)) = (key.to_utf8(), objects::plain(value)) else { continue };
            let path = objects::key(&objects::way("data"), key);
            let one_line = !text.trim_end().contains('\n');
            if one_line && is_secret_name(key) && may_be_secret(text) {
                let text = format!("`{key}` of ConfigMap `{}` holds a secret", map.name());
                findings.on(&CONFIG_MAP, case, map, &path, text);
            } else if let Some(what) = setting(text) {
                let text = format!("`{key}` of ConfigMap `{}` sets {what}", map.name());
                findings.on(&CONFIG_MAP, case, map, &path, text);
            }
        }
    }
}

/// The first setting in a file that is a secret in plain text: `requirepass x`, `password: x`, a private key.
fn setting(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let line = line.trim();
        if line.starts_with("-----BEGIN") && line.ends_with("PRIVATE KEY-----") {
            return Some("a private key".to_owned());
        }
        if line.starts_with(['#', ';', '/']) {
            return None;
        }
        let (name, value) = line.split_once([':', '=', ' '])?;
        let name = name.trim().trim_matches('"');
        // Only words that mean nothing else in any kind of file; with a blank between, only Redis' own.
        let last = name.rsplit(['.', '_', '-']).next().unwrap_or(name);
        let has_blank = line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '));
        let means = matches!(name, "requirepass" | "masterauth")
            || !has_blank && ["password", "passwd"].iter().any(|word| last.eq_ignore_ascii_case(word));
        let value = value.trim().trim_start_matches(['=', ':']).trim_start().trim_end_matches(',');
        (means && may_be_secret(value)).then(|| format!("`{name}`"))
    })
}

/// Options of well-known programs that take a password.
const OPTIONS: [&str; 6] = ["--requirepass", "--masterauth", "--password", "--pass", "--auth-token", "--root-password"];

fn arguments(case: &Case, findings: &mut Findings) {
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
                    let finding = findings.on(&ARGUMENT, case, &workload.object, &path, message);
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

    #[test]
    fn settings_are_told_from_comments_and_references() {
        assert_eq!(setting("port 1\nrequirepass hunter2\n").as_deref(), Some("`requirepass`"));
        assert_eq!(setting("db:\n  password: hunter2\n").as_deref(), Some("`password`"));
        assert_eq!(setting("# requirepass hunter2\npassword: $DB\npassword: \"\"\na password is asked for"), None);
    }
}
