//! Files of a commit, for `git:REV[:PATH]`.
//!
//! In: a revision and a path. Out: the files below it, read by the `git` program. Nothing is checked out, and no hook
//! or filter runs.

use crate::limits::{CHART_BYTES, CHART_FILES};
use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};

/// Files of a folder of a commit by their paths in it; of a file, that one by an empty path.
pub(super) type Tree = Vec<(String, Vec<u8>)>;

/// How many links may lead to links.
const MOST_LINKS: usize = 8;

/// An entry of a tree.
struct Entry {
    mode: String,
    id: String,
    path: String,
}

/// Reads `REV:PATH`; without a path, the folder that the program runs in.
pub(super) fn read(revision: &str, path: Option<&str>) -> Result<Tree, String> {
    if revision.is_empty() || revision.starts_with('-') {
        return Err(format!("{revision:?} is no revision of git: expected git:REV[:PATH]"));
    }
    let top = text(&git(&["rev-parse", "--show-prefix"], None)?);
    let inside = path.map_or_else(|| top.clone(), |path| joined(&top, path)).trim_end_matches('/').to_owned();
    let commit = text(
        &git(&["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")], None)
            .map_err(|_| format!("git knows no commit {revision:?}"))?,
    );
    let entries = list(&commit, &inside)?;
    if entries.is_empty() {
        return Err(format!("{revision} has nothing at {:?}", if inside.is_empty() { "." } else { &inside }));
    }
    if entries.len() as u64 > CHART_FILES.get() {
        return Err(CHART_FILES.exceeded("files in one chart"));
    }
    let blobs = blobs(entries.iter().filter(|entry| entry.mode != "160000").map(|entry| entry.id.as_str()))?;
    let mut tree = Vec::new();
    for entry in entries.iter().filter(|entry| entry.mode != "160000") {
        let bytes = blobs.get(&entry.id).cloned().unwrap_or_default();
        let name = entry.path.strip_prefix(&inside).unwrap_or(&entry.path).trim_start_matches('/').to_owned();
        if entry.mode == "120000" {
            follow(&commit, &entry.path, &bytes, &name, 0, &mut tree)?;
        } else {
            tree.push((name, bytes));
        }
    }
    Ok(tree)
}

/// A link: what it leads to, within the commit.
fn follow(commit: &str, link: &str, target: &[u8], name: &str, depth: usize, tree: &mut Tree) -> Result<(), String> {
    let target = String::from_utf8_lossy(target).into_owned();
    let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
    let goal = joined(folder, &target);
    let left = || format!("the link {link} leads to {target:?}, which is not in the commit");
    if target.starts_with('/') || goal.starts_with("..") || depth > MOST_LINKS {
        return Err(left());
    }
    let entries = list(commit, &goal)?;
    if entries.is_empty() {
        return Err(left());
    }
    let found = blobs(entries.iter().map(|entry| entry.id.as_str()))?;
    for entry in &entries {
        let below = entry.path.strip_prefix(&goal).unwrap_or_default();
        let bytes = found.get(&entry.id).cloned().unwrap_or_default();
        let name = format!("{name}{below}");
        if entry.mode == "120000" {
            follow(commit, &entry.path, &bytes, &name, depth + 1, tree)?;
        } else if entry.mode != "160000" {
            tree.push((name, bytes));
        }
    }
    Ok(())
}

/// A path below a folder, `.` and `..` worked out; it begins with `..` where it leaves the repository.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')).filter(|part| !part.is_empty() && *part != ".") {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Everything at a path of a commit and below it.
fn list(commit: &str, path: &str) -> Result<Vec<Entry>, String> {
    let mut arguments = vec!["--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit];
    if !path.is_empty() {
        arguments.extend(["--", path]);
    }
    let listed = git(&arguments, None)?;
    let entry = |line: &[u8]| {
        let line = String::from_utf8_lossy(line).into_owned();
        let (head, path) = line.split_once('\t')?;
        let mut words = head.split(' ');
        let (mode, _, id) = (words.next()?, words.next()?, words.next()?);
        Some(Entry { mode: mode.to_owned(), id: id.to_owned(), path: path.to_owned() })
    };
    Ok(listed.split(|byte| *byte == 0).filter(|line| !line.is_empty()).filter_map(entry).collect())
}

/// The contents of blobs.
fn blobs<'e>(ids: impl Iterator<Item = &'e str>) -> Result<HashMap<String, Vec<u8>>, String> {
    let wanted: String = ids.map(|id| format!("{id}\n")).collect();
    let sizes = text(&git(&["cat-file", "--batch-check=%(objectsize)"], Some(&wanted))?);
    let bytes: u64 = sizes.lines().filter_map(|line| line.parse::<u64>().ok()).sum();
    if bytes > CHART_BYTES.get() {
        return Err(CHART_BYTES.exceeded("bytes of one chart"));
    }
    let answer = git(&["cat-file", "--batch"], Some(&wanted))?;
    let mut found = HashMap::new();
    let mut rest = answer.as_slice();
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let (head, below) = rest.split_at(end);
        let head = String::from_utf8_lossy(head).into_owned();
        let mut words = head.split(' ');
        let (Some(id), Some(_), Some(Ok(size))) = (words.next(), words.next(), words.next().map(str::parse::<usize>))
        else {
            return Err(format!("git answered {head:?} where an object was expected"));
        };
        let content = below.get(1..=size).ok_or("git gave less than it announced")?;
        found.insert(id.to_owned(), content.to_vec());
        rest = below.get(size + 2..).unwrap_or_default();
    }
    Ok(found)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// Runs git, with these lines on its standard input.
fn git(arguments: &[&str], lines: Option<&str>) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("git cannot be run: {error}");
    let mut command = Command::new("git");
    command.args(["--no-pager", "--no-optional-locks"]).args(arguments).env("GIT_TERMINAL_PROMPT", "0");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(if lines.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.spawn().map_err(failed)?;
    let input = child.stdin.take();
    let output = std::thread::scope(|scope| {
        if let (Some(mut input), Some(lines)) = (input, lines) {
            // Git may stop reading: what it says of that is on stderr.
            scope.spawn(move || input.write_all(lines.as_bytes()));
        }
        child.wait_with_output().map_err(failed)
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let told = text(&output.stderr);
    Err(format!("git: {}", told.lines().next().unwrap_or("it failed").trim_start_matches("fatal: ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_worked_out_within_the_repository() {
        assert_eq!(joined("charts/", "../chart/./x"), "chart/x");
        assert_eq!(joined("", "."), "");
        assert_eq!(joined("a", "../../b"), "../b");
    }

    #[test]
    fn a_revision_is_no_flag() {
        assert!(read("--output=x", None).is_err_and(|told| told.contains("is no revision")));
    }
}
