//! One chart, rendered by both in turns.
//!
//! In: a [`Case`]. Out: what each side took, in process ([`in_process`]) and as processes ([`as_processes`]).

use crate::go::Go;
use crate::table::{Processes, Row};
use crate::{Case, PER_TURN};
use chartwright::{Compiled, Layer, Options, Values};
use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Turns before those that count.
const WARM_UP: usize = 2;

/// Times both on a chart that both render.
pub fn in_process(case: &Case, go: &mut Go, runs: usize) -> Result<Row, String> {
    let compiled = Compiled::load(&case.chart).map_err(|error| format!("ours: {error}"))?;
    let untraced = Options { skip_trace: true, ..Options::default() };
    let traced = Options::default();
    let mut row = Row { name: case.name.clone(), ..Row::default() };
    for turn in 0..WARM_UP + runs {
        let (mut load_render, mut render, mut until_text) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..PER_TURN {
            let answer = go.run(case)?;
            load_render.push(answer.load + answer.render());
            render.push(answer.render());
            until_text.push(answer.until_text());
            row.lines_of_helm = answer.lines;
        }
        let of_render = ours(|| lines(&compiled, case, &untraced), &mut row.lines)?;
        let of_traced = ours(|| lines(&compiled, case, &traced), &mut row.lines)?;
        let load = || Compiled::load(&case.chart).map_err(|error| error.to_string());
        let of_load_render = ours(|| lines(&load()?, case, &untraced), &mut row.lines)?;
        if turn >= WARM_UP {
            let render = median(render);
            row.render.push(render, of_render);
            row.traced.push(render, of_traced);
            row.until_text.push(median(until_text), of_render);
            row.load_render.push(median(load_render), of_load_render);
        }
    }
    Ok(row)
}

/// Renders a chart from its values to its text, and counts the lines.
fn lines(compiled: &Compiled, case: &Case, options: &Options) -> Result<usize, String> {
    let layers = match &case.values {
        Some(file) => vec![Layer::File {
            name: file.display().to_string(),
            bytes: std::fs::read(file).map_err(|error| error.to_string())?,
        }],
        None => Vec::new(),
    };
    let values = Values::build(&layers).map_err(|error| error.to_string())?;
    let rendered = compiled.render(&values, options).map_err(|error| error.to_string())?;
    Ok(rendered.text().bytes().filter(|byte| *byte == b'\n').count())
}

/// The middle of a turn's runs, in nanoseconds.
fn ours(run: impl Fn() -> Result<usize, String>, lines: &mut usize) -> Result<u64, String> {
    let mut times = Vec::with_capacity(PER_TURN);
    for _ in 0..PER_TURN {
        let start = Instant::now();
        *lines = run().map_err(|error| format!("ours: {}", error.lines().next().unwrap_or_default()))?;
        times.push(nanos(start.elapsed()));
    }
    Ok(median(times))
}

/// The helm to run, when it runs at all.
pub fn helm() -> Result<String, String> {
    let helm = env::var("HELM").unwrap_or_else(|_| "helm".into());
    let runs = Command::new(&helm).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    runs.map_err(|_| format!("`{helm}` is not installed (set HELM to its path)"))?;
    Ok(helm)
}

/// Times `template` of both from start to exit, and asks for the most memory that each held; nothing where one fails.
pub fn as_processes(case: &Case, helm: &str, peak: &Path, runs: usize) -> Option<Processes> {
    let mut both = Processes::default();
    let binary = &env::var("CHARTWRIGHT").unwrap_or_else(|_| env!("CARGO_BIN_EXE_chartwright").into());
    for turn in 0..=runs {
        let (of_helm, of_ours) = (time(helm, case)?, time(binary, case)?);
        if turn > 0 {
            both.time.push(of_helm, of_ours);
            both.peak.push(peak_kib(peak, helm, case)?, peak_kib(peak, binary, case)?);
        }
    }
    Some(both)
}

/// A process that renders, from its start to its exit, in nanoseconds.
fn time(program: &str, case: &Case) -> Option<u64> {
    let mut command = Command::new(program);
    command.args(arguments(case)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().ok()?;
    status.success().then(|| nanos(start.elapsed()))
}

/// The most memory a process that renders held, in KiB.
fn peak_kib(peak: &Path, program: &str, case: &Case) -> Option<u64> {
    let program = if program.contains('/') { program.into() } else { on_path(program)? };
    let output = Command::new(peak).arg(program).args(arguments(case)).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.strip_prefix("peak ")?.trim().parse().ok().filter(|_| output.status.success())
}

/// Where a program of this name is, which the small program that counts memory does not look up.
fn on_path(name: &str) -> Option<String> {
    let folders = env::var_os("PATH")?;
    let found = env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())?;
    Some(found.display().to_string())
}

fn arguments(case: &Case) -> Vec<String> {
    let mut all = vec!["template".into(), "release-name".into(), case.chart.display().to_string()];
    if let Some(values) = &case.values {
        all.extend(["--values".into(), values.display().to_string()]);
    }
    all
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The middle one; 0 of none.
fn median(mut all: Vec<u64>) -> u64 {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}
