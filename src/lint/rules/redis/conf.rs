//! What the server itself says of its redis.conf and its arguments: every rule of
//! [`redis_server`](crate::redis_server::rules).

use super::place;
use super::server::{File, Server, servers};
use crate::diag::Severity;
use crate::lint::{Case, Check, Findings, On, Rule};
use crate::path::Step;
use crate::redis_server::{Conf, Problem, Version, check_conf, rules};

const COUNT: usize = rules::RULES.len();

/// The rules as the frame wants them; the first looks for all.
pub(super) const RULES: &[Rule] = &{
    let mut all = [of(&rules::RULES[0], Check::Case(check)); COUNT];
    let mut index = 1;
    while index < COUNT {
        all[index] = of(&rules::RULES[index], Check::Elsewhere);
        index += 1;
    }
    all
};

const fn of(rule: &rules::Rule, check: Check) -> Rule {
    Rule {
        id: rule.id,
        severity: rule.severity,
        summary: rule.summary,
        why: rule.why,
        fix: rule.fix,
        on: On::Default,
        check,
    }
}

/// What is asked of a server whose version is not known: the newest line of Redis before modules came in.
const ANY: Version = Version::V7_4;

fn check(case: &Case, findings: &mut Findings) {
    for server in servers(case) {
        let version = server.version.unwrap_or(ANY);
        for file in &server.files {
            let mut conf = file.conf.clone();
            if file.is_main {
                conf.add_arguments(server.arguments.iter().map(|(word, _)| word.as_str()));
            }
            for problem in check_conf(&conf, version).iter().filter(|problem| tells(problem, &conf, &server)) {
                if told_of_file(problem, &server, file) {
                    report(findings, &server, Some(file), problem);
                }
            }
        }
        if !server.files.iter().any(|file| file.is_main) {
            for problem in
                check_conf(&server.conf, version).iter().filter(|problem| tells(problem, &server.conf, &server))
            {
                report(findings, &server, None, problem);
            }
        }
    }
}

/// Whether a problem is one here: what only a shell or a later version knows is not told.
fn tells(problem: &Problem, conf: &Conf, server: &Server<'_>) -> bool {
    let by_version = ["redis-directive-too-new", "redis-directive-gone", "redis-unknown-directive"];
    if server.version.is_none() && by_version.contains(&problem.rule) {
        // A name that is nearly one of ours is a mistake in any version, and in Valkey.
        return problem.rule == "redis-unknown-directive" && problem.fix.starts_with("write");
    }
    if let Some(index) = problem.spot.argument {
        let line = conf.directives.iter().rfind(|line| line.program_argument == Some(index));
        let open =
            line.is_some_and(|line| line.arguments.iter().chain([&line.word]).any(|word| word.text.contains('$')));
        // One that a script ends by its own means has no value here.
        if open || line.is_some_and(|line| line.word.text.is_empty()) {
            return false;
        }
    }
    match problem.rule {
        "redis-policy-without-limit" => !server.is_left_open("maxmemory"),
        "redis-listens-nowhere" | "redis-tls-without-certificate" => {
            !["port", "tls-port", "unixsocket", "tls-cert-file"].iter().any(|name| server.is_left_open(name))
        }
        _ => true,
    }
}

/// What depends on how the file came about.
fn told_of_file(problem: &Problem, server: &Server<'_>, file: &File<'_>) -> bool {
    match problem.rule {
        "redis-no-final-newline" => {
            let name = file.path.last().map(|step| if let Step::Key(name) = step { name.as_str() } else { "" });
            let appends = |line: &str| line.contains(">>") && name.is_some_and(|name| line.contains(name));
            // `echo "" >> redis.conf` ends the line first.
            let ends = |line: &str| appends(line) && (line.contains("echo \"\"") || line.trim().starts_with("echo >>"));
            let lines = || server.scripts.iter().flat_map(|script| script.lines());
            lines().any(appends) && !lines().any(ends)
        }
        // A line from a value of its own is meant to override what the chart has.
        "redis-duplicate-directive" => {
            let line = file.conf.directives.iter().find(|line| line.line == problem.spot.line);
            let later = line.and_then(|line| file.conf.last(&line.name)).map(|last| last.line);
            let values = |line: usize| place::values(server, file, line);
            later.is_none_or(|later| values(problem.spot.line) == values(later))
        }
        _ => true,
    }
}

fn report(findings: &mut Findings, server: &Server<'_>, file: Option<&File<'_>>, problem: &Problem) {
    let Some(rule) = RULES.iter().find(|rule| rule.id == problem.rule) else { return };
    let finding = place::on_spot(findings, rule, server, file, problem.spot, problem.message.clone());
    // A server that takes an unknown name for one of a module starts; the rule's own severity is a refusal.
    finding.diagnostic.severity = problem.severity.max(Severity::Note);
    finding.diagnostic.help = Some(problem.fix.clone());
    if problem.severity == Severity::Error {
        finding.diagnostic.notes.push(match server.version {
            Some(version) => {
                format!("container `{}` runs Redis {version}, which does not start with it", server.container.name)
            }
            None => format!("container `{}` does not start with it", server.container.name),
        });
    }
}
