//! The Go program beside us: built once, started once, asked per render.
//!
//! In: the sources in this folder. Out: [`Go`], which answers how long a load and a render took.

use crate::Case;
use serde::Deserialize;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The running program. It ends when its input does, which is when this is dropped.
pub struct Go {
    _child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// The program that says how much memory another one held.
    pub peak: PathBuf,
}

/// Nanoseconds per stage of one render.
#[derive(Deserialize)]
pub struct Answer {
    pub load: u64,
    values: u64,
    engine: u64,
    sort: u64,
    /// Lines of all manifests.
    pub lines: usize,
    #[serde(default)]
    error: Option<String>,
}

impl Answer {
    /// From a loaded chart to printed manifests.
    pub fn render(&self) -> u64 {
        self.values + self.engine + self.sort
    }

    /// Without the documents, which an embedder of helm's engine alone does not read.
    pub fn until_text(&self) -> u64 {
        self.values + self.engine
    }
}

impl Go {
    /// Builds and starts it.
    ///
    /// # Errors
    /// Why there is none: Go is missing, or its modules cannot be had.
    pub fn start() -> Result<Go, String> {
        let go = env::var("GO").unwrap_or_else(|_| "go".into());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("versus-helm");
        let built = Command::new(&go)
            .args(["build", "-o"])
            .arg(format!("{}/", folder.display()))
            .args([".", "./peak"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/versus-helm"))
            .status()
            .map_err(|_| format!("`{go}` is not installed (set GO to its path)"))?;
        if !built.success() {
            return Err(format!("`{go} build` failed"));
        }
        let mut child = Command::new(folder.join("versus-helm"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the Go program does not start: {error}"))?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the Go program cannot be asked".into());
        };
        Ok(Go { _child: child, requests, answers: BufReader::new(answers), peak: folder.join("peak") })
    }

    /// Loads and renders a chart once.
    ///
    /// # Errors
    /// What helm says.
    pub fn run(&mut self, case: &Case) -> Result<Answer, String> {
        let values = case.values.as_deref().unwrap_or(Path::new(""));
        let request = serde_json::json!({ "chart": case.chart, "values": values });
        let mut line = String::new();
        writeln!(self.requests, "{request}")
            .and_then(|()| self.answers.read_line(&mut line))
            .map_err(|error| format!("the Go program has ended: {error}"))?;
        let answer: Answer =
            serde_json::from_str(&line).map_err(|error| format!("the Go program has ended: {error}"))?;
        match &answer.error {
            Some(error) => Err(format!("helm: {}", error.lines().next().unwrap_or_default())),
            None => Ok(answer),
        }
    }
}
