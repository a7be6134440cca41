//! Feeds the library bytes that nobody would write, and watches it.
//!
//! In: a seed, and a [target](targets). Out: findings: inputs that made the library panic, break a
//! promise, take seconds or take much memory, shrunk and kept as files to be replayed. Inputs are drawn
//! from a grammar or are the project's own fixtures, changed; those that bring out an answer not seen
//! before are changed further. The same seed gives the same inputs, for the same build.
//! `cargo test` runs a short part of it, `scripts/fuzz-long` as long as one likes.

mod answer;
mod bundle;
mod corpus;
mod cost;
mod grammar;
mod mutate;
mod run;
mod shrink;
mod supervise;
mod targets;

use self::targets::Target;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

const USAGE: &str = "\
fuzz [--minutes N] [--seed S] [--target NAME]... [--found FOLDER]
fuzz --replay FILE [--target NAME]      a finding once more; the file's folder names the target
fuzz --list";

/// What the command line asks for.
struct Options {
    seconds: u64,
    seed: u64,
    targets: Vec<&'static Target>,
    found: PathBuf,
    replay: Option<PathBuf>,
    /// One run of one target in this very process; what `supervise` starts.
    is_worker: bool,
}

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
        let mut options = Options {
            seconds: 60,
            seed: clock,
            targets: Vec::new(),
            found: "target/fuzz-found".into(),
            replay: None,
            is_worker: false,
        };
        while let Some(word) = words.next() {
            if word == "--list" {
                targets::ALL.iter().for_each(|target| println!("{:10} {}", target.name, target.about));
                return Ok(None);
            }
            if word == "--worker" {
                options.is_worker = true;
                continue;
            }
            let value = words.next().ok_or_else(|| format!("`{word}` needs a value\n{USAGE}"))?;
            let number = || value.parse::<f64>().map_err(|_| format!("`{value}` behind `{word}` is no number"));
            match word.as_str() {
                "--minutes" => options.seconds = (number()? * 60.0) as u64,
                "--seed" => options.seed = number()? as u64,
                "--found" => options.found = value.into(),
                "--replay" => options.replay = Some(value.into()),
                "--target" => options.targets.push(targets::find(&value)?),
                _ => return Err(format!("`{word}` is no flag\n{USAGE}")),
            }
        }
        Ok(Some(options))
    }
}

fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    let result = match (&options.replay, options.is_worker) {
        (Some(file), _) => run::replay(file, options.targets.first().copied()),
        (None, true) => run::worker(&options),
        (None, false) => supervise::all(&options),
    };
    result.unwrap_or_else(|message| {
        eprintln!("{message}");
        ExitCode::from(2)
    })
}

#[cfg(test)]
mod tests {
    use super::{corpus, run, targets};

    /// A debug build runs these in seconds, all targets together.
    const CASES: u64 = 1_200;

    #[test]
    fn a_short_run_of_each_target_finds_nothing() {
        for target in targets::ALL {
            let found = run::short(target, 1, CASES / target.weight);
            assert!(found.is_empty(), "{}: {found:#?}", target.name);
        }
    }

    #[test]
    fn what_was_found_once_is_not_found_again() {
        for (target, name, input) in corpus::kept() {
            let answer = run::case(target, &input);
            assert!(answer.finding.is_none(), "{}/{name}: {:?}", target.name, answer.finding);
        }
    }
}
