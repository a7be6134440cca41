//! What an installed shellcheck says of the scripts of all cases.
//!
//! In: a [`Subject`]. Out: a finding for each remark, at its line; a note where the program cannot be run, or takes too
//! long. The program is run once for each text, however many cases and objects hold it.

use super::found::{Script, scripts};
use crate::diag::Severity;
use crate::lint::rules::lines::Spot;
use crate::lint::{Check, Findings, On, Rule, Subject};
use crate::parallel;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

pub(in super::super) const RULES: &[Rule] = &[SHELLCHECK];

const SHELLCHECK: Rule = Rule {
    id: "shellcheck",
    severity: Severity::Warning,
    summary: "shellcheck finds fault with a script",
    why: "Scripts in manifests are seen by no tool, because they are text in YAML. This runs an external program, so only on request.",
    fix: "Look up the number that begins with SC in shellcheck's documentation.",
    on: On::Profiles(&["shellcheck"]),
    check: Check::Subject(check),
};

/// A text, its language, and whether it shares variables with others: what is checked once.
type Key<'s> = (&'s str, &'s str, bool);

/// One remark.
struct Remark {
    spot: Spot,
    code: u64,
    is_error: bool,
    message: String,
}

/// What came of a run.
enum Said {
    Remarks(Vec<Remark>),
    /// It did not end in time.
    TooLong,
    /// It is not there, or answers otherwise than expected.
    Nothing,
}

/// How long the program may take for one script, and for all.
const MOST_TIME: Duration = Duration::from_secs(20);
const MOST_TIME_IN_ALL: Duration = Duration::from_secs(120);
/// Bytes of its answer that are read.
const MOST_ANSWER: u64 = 16 * 1024 * 1024;

/// Runs shellcheck over every script.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    let all: Vec<_> = subject.cases.iter().map(|case| (case, scripts(case))).collect();
    let mut keys: Vec<Key<'_>> = all.iter().flat_map(|(_, scripts)| scripts.iter().map(key)).collect();
    keys.sort_unstable();
    keys.dedup();
    let begin = Instant::now();
    let left = || MOST_TIME.min(MOST_TIME_IN_ALL.saturating_sub(begin.elapsed()));
    let said: Vec<Said> = parallel::map(&keys, keys.len() * parallel::BYTES_PER_THREAD, |key| run(key, left()));
    let said: HashMap<Key<'_>, Said> = keys.iter().copied().zip(said).collect();
    let mut is_missing_told = false;
    for (case, scripts) in &all {
        findings.enter(case);
        for script in scripts {
            let mut note = |text: String| {
                let begin = Spot { line: 1, column: 1, length: 0 };
                script.tell(findings, &SHELLCHECK, case, begin, text).diagnostic.severity = Severity::Note;
            };
            match said.get(&key(script)) {
                Some(Said::Remarks(remarks)) => remarks.iter().for_each(|remark| {
                    let finding = script.tell(findings, &SHELLCHECK, case, remark.spot, remark.text(script));
                    let severity = if remark.is_error { Severity::Error } else { Severity::Warning };
                    finding.diagnostic.severity = severity;
                    let page = format!("https://www.shellcheck.net/wiki/SC{}", remark.code);
                    finding.diagnostic.help = Some(format!("{page} says why, and what to write instead"));
                }),
                Some(Said::TooLong) => note(format!("shellcheck takes too long for {}", script.name)),
                // Once is enough: what cannot be run for one script cannot be run for others.
                _ if !std::mem::replace(&mut is_missing_told, true) => {
                    note("shellcheck cannot be run, so scripts are not checked by it".to_owned());
                }
                _ => {}
            }
        }
        findings.leave();
    }
}

fn key<'s>(script: &'s Script<'_>) -> Key<'s> {
    (&script.text, if script.shell == "ash" { "dash" } else { script.shell }, script.shares_variables())
}

impl Remark {
    /// The message; of a script in a Secret only its number, because messages quote what they are about.
    fn text(&self, script: &Script<'_>) -> String {
        let (line, name, code) = (self.spot.line, &script.name, self.code);
        match script.is_secret() {
            true => format!("line {line} of {name}: SC{code}"),
            false => format!("line {line} of {name}: {} (SC{code})", self.message.trim_end_matches('.')),
        }
    }
}

/// Runs the program over one text.
fn run((text, shell, shares): &Key<'_>, most: Duration) -> Said {
    let mut command = Command::new("shellcheck");
    command.args(["--norc", "--severity=warning", "--format=json1", "--shell", shell]);
    if *shares {
        // What seems to be set for nobody, or by nobody, may be used or set in another script.
        command.arg("--exclude=SC2034,SC2154");
    }
    command.arg("-").env_remove("SHELLCHECK_OPTS");
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    match spawned {
        Ok(mut child) => {
            let answer = answer(&mut child, text, most);
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
            match answer {
                Some(bytes) => remarks(&bytes, text).map_or(Said::Nothing, Said::Remarks),
                None => Said::TooLong,
            }
        }
        Err(_) => Said::Nothing,
    }
}

/// What the program writes, if it ends in time.
fn answer(child: &mut Child, text: &str, most: Duration) -> Option<Vec<u8>> {
    let (input, output) = (child.stdin.take()?, child.stdout.take()?);
    let (send, receive) = mpsc::channel();
    let text = text.to_owned();
    // Threads of their own: it may write before it has read all, and both ends of a pipe can wait for ever. When the
    // program is killed both end.
    std::thread::spawn(move || {
        let mut input = input;
        let _ = input.write_all(text.as_bytes());
    });
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if output.take(MOST_ANSWER).read_to_end(&mut bytes).is_ok() {
            let _ = send.send(bytes);
        }
    });
    receive.recv_timeout(most).ok()
}

/// The remarks of an answer.
fn remarks(answer: &[u8], text: &str) -> Option<Vec<Remark>> {
    let told: serde_json::Value = serde_json::from_slice(answer).ok()?;
    let lines: Vec<&str> = text.lines().collect();
    let read = |remark: &serde_json::Value| {
        let number = |key: &str| usize::try_from(remark.get(key)?.as_u64()?).ok();
        let word = |key: &str| remark.get(key)?.as_str();
        // What is missing at the end is missing behind the last line.
        let of_text = |line: usize| line.min(lines.len().max(1));
        let (line, end_line) = (of_text(number("line")?), of_text(number("endLine")?));
        let of_line = lines.get(line.checked_sub(1)?).copied().unwrap_or_default();
        // Columns are characters there, and bytes here.
        let bytes =
            |column: usize| of_line.char_indices().nth(column.saturating_sub(1)).map_or(of_line.len(), |(at, _)| at);
        let (from, to) = (bytes(number("column")?), bytes(number("endColumn")?));
        let length = if end_line == line { to.saturating_sub(from) } else { 0 };
        let spot = Spot { line, column: from + 1, length };
        let message = word("message")?.to_owned();
        Some(Remark { spot, code: remark.get("code")?.as_u64()?, is_error: word("level")? == "error", message })
    };
    Some(told.get("comments")?.as_array()?.iter().filter_map(read).collect())
}
