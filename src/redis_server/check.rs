//! What a server of one version makes of a redis.conf.
//!
//! In: the text, or a [`Conf`], and a [`Version`]. Out: every [`Problem`], in file order; those of severity `Error` keep
//! the server from starting, where a real one stops at the first.

use super::conf::{Conf, Directive};
use super::directives::{self, Kind};
use super::problem::{Problem, Spot};
use super::rules;
use super::structured;
use super::together;
use super::version::Version;
use crate::diag::Severity;
use crate::nearest::nearest;

/// Reads a redis.conf and checks it.
///
/// A directive that only a later Redis than the tables know may have is a warning, for versions that are later too.
///
/// ```
/// use chartwright::redis_server::{Version, check};
/// let problems = check("maxmemory 512Mi\n", Version::V7_4);
/// assert_eq!(problems[0].rule, "redis-kubernetes-unit");
/// assert_eq!((problems[0].spot.line, problems[0].spot.column), (1, 11));
/// assert_eq!(problems[0].fix, "write `512mb`, the same amount");
/// ```
pub fn check(text: &str, version: Version) -> Vec<Problem> {
    check_conf(&Conf::read(text), version)
}

/// Checks what has been read, with the program's arguments where they were added.
pub fn check_conf(conf: &Conf, version: Version) -> Vec<Problem> {
    let mut problems = Vec::new();
    for line in &conf.unbalanced {
        let spot =
            Spot { argument: None, line: line.line, column: line.column, length: line.length, offset: line.offset };
        let message = match &line.name {
            Some(name) => format!("quotes in the value of `{name}` do not close at the end of a word"),
            None => "quotes do not close at the end of a word".to_owned(),
        };
        problems.push(Problem::new(&rules::UNBALANCED_QUOTES, spot, message));
    }
    for line in &conf.directives {
        check_line(line, version, &mut problems);
    }
    together::check(conf, version, &mut problems);
    if !conf.ends_in_newline {
        let spot = conf.directives.iter().rfind(|line| line.program_argument.is_none()).map(Spot::line);
        let message = "the last line has no line break";
        problems.push(Problem::new(&rules::NO_FINAL_NEWLINE, spot.unwrap_or_default(), message));
    }
    problems.sort_by_key(|problem| (problem.spot.argument, problem.spot.line, problem.spot.column));
    problems
}

fn check_line(line: &Directive, version: Version, problems: &mut Vec<Problem>) {
    let written = line.word.text.to_ascii_lowercase();
    let at_name = Spot::word(line, &line.word);
    let Some(row) = directives::find(&written) else {
        problems.extend(unknown(&written, line, version));
        return;
    };
    if row.kind == Kind::Sentinel {
        let message = "`sentinel` belongs to a process started as Sentinel";
        problems.push(Problem::new(&rules::SENTINEL_DIRECTIVE, at_name, message));
        return;
    }
    if let Some(until) = row.until.filter(|until| *until < version) {
        let message = format!("Redis {version} has no `{written}`; {until} was the last that had it");
        problems.push(Problem::new(&rules::DIRECTIVE_GONE, at_name, message));
        return;
    }
    if !row.is_known(&written, version) {
        let problem = Problem::new(
            &rules::DIRECTIVE_TOO_NEW,
            at_name,
            format!("Redis {version} has no `{written}`; it came with {}", row.since),
        );
        problems.push(match row.name_in(version) {
            name if name != written => problem.fix(format!("write `{name}`, its name in Redis {version}")),
            _ => problem,
        });
        return;
    }
    if row.name_in(version) != written {
        let message = format!("`{written}` is the old name of `{}`", row.name);
        problems.push(Problem::new(&rules::OLD_NAME, at_name, message).fix(format!("write `{}`", row.name)));
    }
    if let Some(problem) = count(row, line, &written, version) {
        problems.push(problem);
        return;
    }
    if let Err((word, wrong)) = structured::check(row, line, version) {
        let spot = word.map_or_else(|| Spot::line(line), |word| Spot::word(line, word));
        let rule = if wrong.starts { &rules::SILENT_ZERO } else { wrong.rule };
        let problem = Problem::new(rule, spot, wrong.message);
        problems.push(match wrong.fix {
            Some(fix) => problem.fix(fix),
            None => problem.fix(wrong.rule.fix),
        });
    }
}

/// A line with too few or too many words.
fn count(row: &directives::Directive, line: &Directive, name: &str, version: Version) -> Option<Problem> {
    let (least, most) = row.arguments(version);
    let found = line.arguments.len();
    if found >= least && most.is_none_or(|most| found <= most) {
        return None;
    }
    let hash = line.arguments.iter().skip(least).find(|word| word.text.starts_with('#'));
    if let Some(word) = hash {
        let last = line.arguments.last().unwrap_or(word);
        let length = (last.offset + last.length).saturating_sub(word.offset);
        let spot = Spot { length, ..Spot::word(line, word) };
        let message = format!("a comment follows the value of `{name}`, and Redis takes it for arguments");
        return Some(Problem::new(&rules::COMMENT_BEHIND_VALUE, spot, message));
    }
    let expected = match (least, most) {
        (least, Some(most)) if least == most => format!("{least}"),
        _ => format!("at least {least}"),
    };
    let message = format!("`{name}` has {found} arguments, expected {expected}");
    let problem = Problem::new(&rules::ARGUMENT_COUNT, Spot::line(line), message);
    Some(match row.kind {
        Kind::Master => problem.fix("write `replicaof HOST PORT`"),
        Kind::Text if found > 1 => problem.fix("put the value between double quotes"),
        Kind::Memory { .. } if found == 2 => problem.fix("write number and unit together"),
        _ => problem,
    })
}

/// A name that no row has.
fn unknown(written: &str, line: &Directive, version: Version) -> Option<Problem> {
    let names = directives::all()
        .iter()
        .filter(|row| !row.hidden && row.is_known(row.name_in(version), version))
        .map(|row| row.name_in(version));
    let spot = Spot::word(line, &line.word);
    let newest = Version::KNOWN.last().copied().unwrap_or(Version::V8_0);
    // 8.0 and later have modules built in, whose settings all begin alike.
    let of_module = ["search-", "bf-", "cf-", "ts-"].iter().any(|prefix| written.starts_with(prefix));
    if version >= newest && (of_module || written.contains('.')) {
        return None;
    }
    let trimmed = written.trim_end_matches(':');
    let (bare, value) = written.split_once('=').unwrap_or((trimmed, ""));
    let near = if directives::find(bare).is_some() { Some(bare) } else { nearest(bare, names) };
    let message = format!("Redis {version} has no directive `{bare}`");
    let problem = Problem::new(&rules::UNKNOWN_DIRECTIVE, spot, message);
    let problem = match near {
        Some(near) if near == bare && written != bare => {
            problem.fix(format!("write `{near} VALUE`, without `{}`", if value.is_empty() { ':' } else { '=' }))
        }
        Some(near) => problem.fix(format!("write `{near}`, or remove the line")),
        None => problem,
    };
    Some(if version >= newest { problem.only(Severity::Warning) } else { problem })
}
