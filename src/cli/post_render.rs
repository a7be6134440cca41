//! `--post-renderer`: a program of the user's between the templates and the output.
//!
//! In: the program's name, its arguments, the manifests as they would be printed. Out: what it
//! wrote to its stdout. As in Helm 3, hooks do not pass through it, and manifests reach it with
//! their `# Source:` lines and comments. (Helm 4 sends hooks too, writes every document anew
//! before and after, and runs plugins only, not programs.) No shell is involved.

use super::failed::Failed;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

/// The most that a program may answer: more than any API server takes, and an end for a
/// program that has none.
const MAX_ANSWER_BYTES: u64 = 256 << 20;

/// How much of its complaints is shown.
const MAX_COMPLAINT_BYTES: u64 = 64 << 10;

/// A program that was found.
#[derive(Debug)]
pub(super) struct PostRenderer {
    /// As the user named it.
    name: String,
    path: PathBuf,
    args: Vec<String>,
}

impl PostRenderer {
    /// Finds the program: a path where the name has a separator, else a file in `PATH`. Of an
    /// empty name there is none, as in Helm.
    ///
    /// # Errors
    /// More than one program, or none of that name.
    pub fn find(names: &[String], args: &[String]) -> Result<Option<PostRenderer>, String> {
        let mut names = names.iter().filter(|name| !name.is_empty());
        let Some(name) = names.next() else { return Ok(None) };
        let refused =
            |name: &str, why: String| Err(format!("invalid argument {name:?} for \"--post-renderer\" flag: {why}"));
        if let Some(second) = names.next() {
            return refused(second, "cannot specify --post-renderer flag more than once".into());
        }
        let found = |path: PathBuf| {
            Ok(Some(PostRenderer {
                name: name.clone(),
                path: std::path::absolute(&path).unwrap_or(path),
                args: args.to_vec(),
            }))
        };
        if name.contains(std::path::is_separator) {
            let path = Path::new(name);
            return match path.metadata() {
                Err(error) => refused(name, format!("unable to find program at {name}: {}", reason(&error))),
                Ok(data) if data.is_dir() => refused(name, format!("{name} is a directory")),
                Ok(data) if !is_executable(&data) => refused(name, format!("{name} is not executable")),
                Ok(_) => found(path.to_owned()),
            };
        }
        let folders = std::env::var_os("PATH").unwrap_or_default();
        // An empty entry would be the current folder, from which nothing is run unasked.
        let paths =
            std::env::split_paths(&folders).filter(|folder| folder.is_absolute()).map(|folder| folder.join(name));
        let is_program = |path: &PathBuf| path.metadata().is_ok_and(|data| data.is_file() && is_executable(&data));
        match paths.into_iter().find(is_program) {
            Some(path) => found(path),
            None => refused(
                name,
                "no program of that name is in PATH; a plugin of Helm 4 cannot be run here: name an executable, as in Helm 3".into(),
            ),
        }
    }

    /// Runs the program once.
    ///
    /// # Errors
    /// It cannot be started, fails, or answers nothing, or too much, or what is no text.
    pub fn run(&self, manifests: Vec<u8>) -> Result<String, Failed> {
        let failed = |why: String| {
            format!("error while running post render on files: {} ({}): {why}", self.name, self.path.display())
        };
        let mut command = Command::new(&self.path);
        command.args(&self.args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(format!("cannot be started: {}", reason(&error))))?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (answer, complaint) = thread::scope(|scope| {
            // A program need not read what it is given, so a pipe that breaks is no failure.
            scope.spawn(|| stdin.map(|mut stdin| stdin.write_all(&manifests)));
            let complaint = scope.spawn(|| stderr.map(|pipe| some(pipe, MAX_COMPLAINT_BYTES)).unwrap_or_default());
            let mut answer = Vec::new();
            let read = stdout.map(|pipe| pipe.take(MAX_ANSWER_BYTES + 1).read_to_end(&mut answer));
            let is_too_long = answer.len() as u64 > MAX_ANSWER_BYTES;
            if is_too_long {
                // Or it would wait for a reader, and this program for its end.
                let _ = child.kill();
            }
            let answer = match read {
                Some(Err(error)) => Err(reason(&error)),
                _ if is_too_long => Err(format!("more than {MAX_ANSWER_BYTES} bytes of output")),
                _ => Ok(answer),
            };
            (answer, complaint.join().unwrap_or_default())
        });
        let status = child.wait().map_err(|error| failed(reason(&error)))?;
        let answer = answer.map_err(failed)?;
        if !status.success() {
            let complaint = String::from_utf8_lossy(&complaint);
            let said = if complaint.trim().is_empty() { "; it wrote no error output" } else { "; error output:" };
            let mut failed = Failed::from(failed(format!("{}{said}", how(status))));
            if !complaint.trim().is_empty() {
                failed.details = format!("{}\n", complaint.trim_end());
            }
            return Err(failed);
        }
        if answer.trim_ascii().is_empty() && !manifests.trim_ascii().is_empty() {
            return Err(format!(
                "error while running post render on files: post-renderer {:?} produced empty output",
                self.name
            )
            .into());
        }
        String::from_utf8(answer).map_err(|_| failed("its output is not UTF-8".into()).into())
    }
}

/// The beginning of what a pipe gives; the rest is read and dropped, so that nobody waits.
fn some(mut pipe: impl Read, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = pipe.by_ref().take(limit).read_to_end(&mut bytes);
    let _ = io::copy(&mut pipe, &mut io::sink());
    bytes
}

fn how(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("ended by signal {signal}");
    }
    status.code().map_or_else(|| "did not end well".to_owned(), |code| format!("exit code {code}"))
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(unix)]
fn is_executable(data: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&data.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    true
}
