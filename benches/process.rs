//! Renders charts as a user would, once with `helm template` and once with our binary, each as a process of its own.
//!
//! In: chart folders named in `CHARTS` (separated by spaces; default `chart`), `RUNS` per chart (default 15) and `HELM`
//! (default `helm` on the path). Out: a line per chart with the median of each and how many times faster ours is.
//! The two take turns, so that a slow moment of the machine meets both.

use std::env;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    let helm = env::var("HELM").unwrap_or_else(|_| "helm".into());
    let ours = env!("CARGO_BIN_EXE_chartwright");
    let charts = env::var("CHARTS").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/chart").into());
    let runs = env::var("RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(15).max(1);

    if Command::new(&helm).arg("version").stdout(Stdio::null()).status().is_err() {
        println!("process: `{helm}` is not installed; nothing to compare with (set HELM to its path)");
        return ExitCode::SUCCESS;
    }
    let (mut total_helm, mut total_ours) = (Duration::ZERO, Duration::ZERO);
    for chart in charts.split_whitespace() {
        let (mut of_helm, mut of_ours) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            of_helm.extend(time(&helm, chart));
            of_ours.extend(time(ours, chart));
        }
        match (median(of_helm, runs), median(of_ours, runs)) {
            (Some(helm), Some(ours)) => {
                total_helm += helm;
                total_ours += ours;
                println!("{chart}: helm {}, ours {}, {}", ms(helm), ms(ours), ratio(helm, ours));
            }
            (None, _) => println!("{chart}: left out, helm does not render it"),
            (_, None) => println!("{chart}: left out, ours does not render it"),
        }
    }
    if total_helm.is_zero() {
        println!("process: no chart that both render");
        return ExitCode::SUCCESS;
    }
    println!("process: helm {}, ours {}, {}", ms(total_helm), ms(total_ours), ratio(total_helm, total_ours));
    ExitCode::SUCCESS
}

/// How long one render takes from start to exit; nothing when it fails.
fn time(program: &str, chart: &str) -> Option<Duration> {
    let mut command = Command::new(program);
    command.args(["template", "release-name", chart]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().ok()?;
    status.success().then(|| start.elapsed())
}

/// The middle one, when all runs went well.
fn median(mut times: Vec<Duration>, runs: usize) -> Option<Duration> {
    times.sort_unstable();
    if times.len() == runs { times.get(runs / 2).copied() } else { None }
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn ratio(helm: Duration, ours: Duration) -> String {
    format!("{:.1} times as fast", helm.as_secs_f64() / ours.as_secs_f64().max(1e-9))
}
