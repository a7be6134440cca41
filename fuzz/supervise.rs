//! Runs targets in processes of their own, one after the other, and counts.
//!
//! In: how long, which targets, a seed. Out: a line per target with cases, processor time and findings. A
//! process that ends before its time, by a stack that overflows or memory that is not there, is a finding
//! too: its input is made smaller by further processes.

use super::Options;
use super::cost;
use super::run::{self, Finding, HANGS};
use super::shrink::shrink;
use super::targets::{self, Target};
use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// How long a target has its turn; a new process begins with the fixtures alone.
const TURN: u64 = 150;
/// Processes that are started to make the input of a crash smaller.
const QUESTIONS: usize = 300;

#[derive(Default)]
struct Count {
    cases: u64,
    cpu: Duration,
    kinds: u64,
}

/// Runs until the time is over. Findings of earlier runs in the same folder count as well.
pub fn all(options: &Options) -> Result<ExitCode, String> {
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let every: Vec<&Target> = targets::ALL.iter().collect();
    let targets = if options.targets.is_empty() { &every } else { &options.targets };
    let share = (options.seconds / targets.len() as u64).clamp(1, TURN);
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    println!("seed {}", options.seed);
    for (turn, target) in (0..).zip(targets.iter().cycle()) {
        let left = end.saturating_duration_since(Instant::now()).as_secs();
        if left == 0 {
            break;
        }
        turn_of(
            target,
            options,
            options.seed.wrapping_add(turn),
            share.min(left),
            counts.entry(target.name).or_default(),
        )?;
    }
    let mut found = 0;
    for (name, count) in &counts {
        let kept = fs::read_dir(options.found.join(name))
            .map_or(0, |files| files.flatten().filter(|file| file.path().extension().is_none()).count());
        found += kept;
        let Count { cases, cpu, kinds } = count;
        println!("{name:10} {cases:>9} cases {:>6} s cpu {kinds:>6} kinds of answers {kept} findings", cpu.as_secs());
    }
    let cpu: Duration = counts.values().map(|count| count.cpu).sum();
    let cases: u64 = counts.values().map(|count| count.cases).sum();
    println!(
        "{:10} {cases:>9} cases {:>6} s cpu {found} findings in {}",
        "all",
        cpu.as_secs(),
        options.found.display()
    );
    Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One turn of a target, in as many processes as it takes.
fn turn_of(target: &Target, options: &Options, seed: u64, seconds: u64, count: &mut Count) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let begin = Instant::now();
    for seed in (0..).map(|round: u64| seed.wrapping_add(round << 32)) {
        let left = seconds.saturating_sub(begin.elapsed().as_secs());
        if left == 0 {
            break;
        }
        let before = cost::children();
        let output = Command::new(&program)
            .args(["--worker", "--target", target.name, "--seed", &seed.to_string()])
            .args(["--minutes", &(left as f64 / 60.0).to_string()])
            .arg("--found")
            .arg(&options.found)
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| error.to_string())?;
        count.cpu += cost::children().saturating_sub(before);
        if output.status.success() {
            let text = String::from_utf8_lossy(&output.stdout);
            let numbers: Vec<u64> = text.split_ascii_whitespace().flat_map(str::parse).collect();
            count.cases += numbers.first().copied().unwrap_or(0);
            count.kinds = count.kinds.max(numbers.get(2).copied().unwrap_or(0));
            continue;
        }
        let input = fs::read(options.found.join("current")).map_err(|error| error.to_string())?;
        let hangs = output.status.code() == Some(i32::from(HANGS));
        let kind = if hangs { "hang" } else { "crash" };
        let trial = options.found.join("trial");
        // Each question about something that hangs takes as long as it hung.
        let questions = if hangs { 0 } else { QUESTIONS };
        let small = shrink(&input, questions, |data| {
            let _ = fs::write(&trial, data);
            let mut again = Command::new(&program);
            again.args(["--target", target.name, "--replay"]).arg(&trial);
            let status = again.stdout(Stdio::null()).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.code().is_none())
        });
        let text = format!("the process ended: {}", output.status);
        let finding = Finding { kind, at: format!("{} {seed}", target.name), text };
        let path = run::keep(&options.found, target, &finding, &small).map_err(|error| error.to_string())?;
        eprintln!("found: {kind} of {}: {path}", target.name);
    }
    Ok(())
}
