//! Helm's own packages and ours on the same charts in one run: in process, and as `helm template` beside ours.
//!
//! In: chart folders or archives as arguments or in `CHARTS` (separated by spaces; default `chart/`), each with a values
//! file after `@` where it needs one; `RUNS`, the turns that each side takes per chart (default 15); `GO` and `HELM`
//! (default: those on the path); `CHARTWRIGHT`, another build of the binary than the one beside this bench. Out: a table
//! of medians, a chart per line, and the geometric means of its ratios.
//!
//! What is fair: both read the same files and start from values.yaml and the values file alone; both check the schemas
//! in every render, cut and sort the documents and print them; both are warmed up, and take turns of [`PER_TURN`]
//! renders in a row, so that a slow moment of the machine meets both and neither finds its caches cold each time. Helm
//! parses templates and compiles schemas in each render, which its users cannot change. Freeing what a render held
//! counts on both sides. A ratio is the median of the turns' ratios, and not that of two medians.
//!
//! Memory is counted as in the shipped binary: by mimalloc.

mod beside;
mod go;
mod table;

use self::go::Go;
use self::table::{Row, Table};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Renders in a row on each side of a turn.
const PER_TURN: usize = 3;

/// A chart, and the values file that it is rendered with.
struct Case {
    name: String,
    chart: PathBuf,
    values: Option<PathBuf>,
}

fn main() -> ExitCode {
    let runs = env::var("RUNS").ok().and_then(|text| text.parse().ok()).unwrap_or(15).max(1);
    let mut go = match Go::start() {
        Ok(go) => go,
        Err(why) => {
            println!("versus-helm: {why}; nothing to compare with");
            return ExitCode::SUCCESS;
        }
    };
    let helm = beside::helm();
    if let Err(why) = &helm {
        println!("versus-helm: {why}; processes are left out");
    }
    let mut table = Table::default();
    for case in cases() {
        let case = match case {
            Ok(case) => case,
            Err(why) => {
                println!("{why}");
                continue;
            }
        };
        eprintln!("versus-helm: {} …", case.name);
        let row = beside::in_process(&case, &mut go, runs).map(|row| match &helm {
            Ok(helm) => Row { process: beside::as_processes(&case, helm, &go.peak, runs), ..row },
            Err(_) => row,
        });
        match row {
            Ok(row) => table.rows.push(row),
            Err(why) => println!("{} left out: {why}", case.name),
        }
    }
    print!("{table}");
    ExitCode::SUCCESS
}

/// What the arguments and `CHARTS` name. Flags are those that cargo passes to every bench.
fn cases() -> Vec<Result<Case, String>> {
    let named = env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let listed = env::var("CHARTS").unwrap_or_default();
    let mut all: Vec<String> = named.chain(listed.split_whitespace().map(str::to_owned)).collect();
    if all.is_empty() {
        all.push(concat!(env!("CARGO_MANIFEST_DIR"), "/chart").to_owned());
    }
    all.iter().map(|text| case(text)).collect()
}

fn case(text: &str) -> Result<Case, String> {
    let full = |path: &str| fs::canonicalize(path).map_err(|error| format!("{path} left out: {error}"));
    let (chart, values) = match text.split_once('@') {
        Some((chart, values)) => (chart, Some(full(values)?)),
        None => (text, None),
    };
    let chart = full(chart)?;
    let last = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = match &values {
        Some(values) => format!("{}@{}", last(&chart), last(values)),
        None => last(&chart),
    };
    Ok(Case { name, chart, values })
}
