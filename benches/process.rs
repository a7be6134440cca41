//! Renders, lints or plans charts as a user would, once with helm and once with our binary, each as a process of its own.
//!
//! In: chart folders named in `CHARTS` (separated by spaces; default `chart`), `COMMAND` (`template`, `lint` or `plan`; default
//! `template`), `RUNS` per chart (default 15) and `HELM` (default `helm` on the path). Out: per chart `NAME ours X ms helm
//! Y ms ratio Z`, medians both, Z saying how many times as fast ours is; at the end the geometric mean of the ratios, so
//! that no chart counts more for being large. The two take turns, so that a slow moment of the machine meets both.
//! What `helm lint` looks at is one case for one version of Kubernetes, and so does ours beside it; how long all cases
//! of the chart take stands at the end of the line.

use std::env;
use std::path::Path;
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
    let command = env::var("COMMAND").unwrap_or_default();
    let is_lint = command == "lint";
    let (for_helm, for_ours): (&[&str], &[&str]) = match &*command {
        "lint" => (&["lint"], &["lint", "--no-matrix", "--is-install", "--kube-version", "1.35"]),
        "plan" => (&["template", "release-name"], &["plan"]),
        _ => (&["template", "release-name"], &["template", "release-name"]),
    };
    let mut ratios = Vec::new();
    for chart in charts.split_whitespace() {
        let (mut of_helm, mut of_ours, mut of_all) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..runs {
            let each = if command == "plan" { chart.split(':').collect() } else { vec![chart] };
            let rendered: Option<Vec<Duration>> = each.iter().map(|chart| time(&helm, for_helm, &[chart])).collect();
            of_helm.extend(rendered.map(|times| times.iter().sum::<Duration>()));
            of_ours.extend(time(ours, for_ours, &each));
            of_all.extend(is_lint.then(|| time(ours, &["lint"], &[chart])).flatten());
        }
        let name = Path::new(chart).file_name().map_or(chart.into(), |name| name.to_string_lossy());
        match (median_ms(of_helm, runs), median_ms(of_ours, runs)) {
            (Some(helm), Some(ours)) => {
                let ratio = helm / ours;
                ratios.push(ratio);
                let all = median_ms(of_all, runs).map(|all| format!(", all cases {all:.1} ms")).unwrap_or_default();
                println!("{name} ours {ours:.1} ms helm {helm:.1} ms ratio {ratio:.1}{all}");
            }
            (None, _) => println!("{name} left out: helm fails"),
            (_, None) => println!("{name} left out: ours fails"),
        }
    }
    if ratios.is_empty() {
        println!("process: no chart with which both go well");
        return ExitCode::SUCCESS;
    }
    #[allow(clippy::cast_precision_loss)] // nobody names that many charts
    let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
    println!("geometric mean of {} ratios {mean:.1}", ratios.len());
    ExitCode::SUCCESS
}

/// How long one run takes from start to exit; nothing when it fails. To find something is no failure.
fn time(program: &str, args: &[&str], charts: &[&str]) -> Option<Duration> {
    let mut command = Command::new(program);
    command.args(args).args(charts).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().ok()?;
    let went_well = status.success() || matches!(args.first(), Some(&"lint" | &"plan")) && status.code() == Some(1);
    went_well.then(|| start.elapsed())
}

/// The middle one in milliseconds, when all runs went well.
fn median_ms(mut times: Vec<Duration>, runs: usize) -> Option<f64> {
    times.sort_unstable();
    let middle = times.get(runs / 2).filter(|_| times.len() == runs)?;
    Some((middle.as_secs_f64() * 1e3).max(1e-3))
}
