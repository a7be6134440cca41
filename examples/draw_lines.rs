//! Draws rendered lines of a chart at random, each with the template line and the values that are said to be behind it,
//! to be judged by hand.
//!
//! In: `cargo run --example draw_lines -- CHART [-f FILE]… [--set KEY=VALUE]… [--seed N] [--lines N] [--blind]`. Out: for
//! each line its file and number, its text, the template's file, line and text, and each value with the layer that set
//! it. The same seed draws the same lines. `--blind` shows the rendered lines alone: judge first, look then.

use chartwright::path::show;
use chartwright::render::Attempt;
use chartwright::{Compiled, Layer, Options, Values};
use std::path::PathBuf;

type Failure = Box<dyn std::error::Error>;

/// What the arguments say.
struct Wanted {
    chart: PathBuf,
    layers: Vec<Layer>,
    seed: u64,
    lines: usize,
    is_blind: bool,
}

impl Wanted {
    fn read(mut args: impl Iterator<Item = String>) -> Result<Wanted, Failure> {
        let mut wanted = Wanted { chart: "chart".into(), layers: Vec::new(), seed: 1, lines: 100, is_blind: false };
        while let Some(arg) = args.next() {
            let mut next = || args.next().ok_or_else(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "-f" => {
                    let name = next()?;
                    let bytes = std::fs::read(&name).map_err(|error| format!("{name}: {error}"))?;
                    wanted.layers.push(Layer::File { name, bytes });
                }
                "--set" => wanted.layers.push(Layer::Set(next()?)),
                "--seed" => wanted.seed = next()?.parse()?,
                "--lines" => wanted.lines = next()?.parse()?,
                "--blind" => wanted.is_blind = true,
                chart => wanted.chart = chart.into(),
            }
        }
        Ok(wanted)
    }
}

/// The next number of a splitmix64 sequence: it differs well for seeds that are close.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The lines of each file that say something, with their numbers.
fn lines(attempt: &Attempt) -> Vec<(&str, Vec<(u32, &str)>)> {
    let says = |line: &str| !matches!(line.trim(), "" | "---") && !line.trim_start().starts_with('#');
    let of_files = attempt.files.iter().map(|file| {
        let numbered = (1..).zip(file.text.lines());
        (&*file.path, numbered.filter(|(_, line)| says(line)).collect::<Vec<_>>())
    });
    of_files.filter(|(_, lines)| !lines.is_empty()).collect()
}

/// Takes out one of them.
fn draw<T>(all: &mut Vec<T>, state: &mut u64) -> Option<T> {
    let number = random(state).checked_rem(all.len() as u64)?;
    Some(all.swap_remove(usize::try_from(number).ok()?))
}

fn main() -> Result<(), Failure> {
    let wanted = Wanted::read(std::env::args().skip(1))?;
    let attempt = Compiled::load(&wanted.chart)?.attempt(&Values::build(&wanted.layers)?, &Options::new());
    for error in &attempt.errors {
        eprintln!("{}", error.message);
    }
    let mut left = lines(&attempt);
    let mut state = wanted.seed;
    for number in 1..=wanted.lines {
        // First a file, so that one with a thousand lines does not push out the others.
        let Some((file, mut of_file)) = draw(&mut left, &mut state) else { break };
        let Some((line, text)) = draw(&mut of_file, &mut state) else { continue };
        if !of_file.is_empty() {
            left.push((file, of_file));
        }
        println!("{number}. {file}:{line}\n    {text}");
        if wanted.is_blind {
            continue;
        }
        let Some(written) = attempt.written(file, line, 1) else {
            println!("  written by nobody that is known");
            continue;
        };
        let place = &written.place;
        let template = place.excerpt.as_deref().unwrap_or_default().trim();
        println!("  {}:{} | {template}", place.file, place.line);
        for path in &written.values {
            let set = attempt.who_set(path).map_or_else(|| "nobody".to_owned(), |set| set.place.to_string());
            println!("    {} ({set})", show(path));
        }
        for object in &written.objects {
            println!("    {object}");
        }
    }
    Ok(())
}
