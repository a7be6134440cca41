//! Rendered files on their way through a program of the user's.
//!
//! In: texts by path. Out: what the program made of them, by path where it kept the comments that name the files, else
//! as one file.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The comment that names a file; programs that keep comments bring it back.
const MARK: &str = "#### file:";

/// The file that all of it is where no comment came back.
pub(super) const WHOLE: &str = "manifest.yaml";

/// Sends all files through `program`.
///
/// # Errors
/// Those of the program.
pub(super) fn run(
    texts: &BTreeMap<String, Arc<str>>,
    program: impl FnOnce(Vec<u8>) -> Result<String, String>,
) -> Result<BTreeMap<String, Arc<str>>, String> {
    let input: String = texts.iter().map(|(path, text)| format!("---\n{MARK} {path}\n{}\n", text.trim())).collect();
    let answer = program(input.into_bytes())?;
    let separator = format!("---\n{MARK}");
    let mut starts: Vec<usize> = answer.match_indices(&separator).map(|(at, _)| at).collect();
    if starts.first() != Some(&0) {
        starts.insert(0, 0);
    }
    starts.push(answer.len());
    let mut files = BTreeMap::new();
    for range in starts.windows(2) {
        let (Some(start), Some(end)) = (range.first(), range.last()) else { continue };
        let block = answer.get(*start..*end).unwrap_or_default();
        let Some(at) = block.find(&format!("{MARK} ")) else { continue };
        let named = block.get(at + MARK.len() + 1..).unwrap_or_default();
        let path = named.lines().next().unwrap_or_default().to_owned();
        let text = block.strip_prefix(&format!("---\n{MARK} {path}\n")).unwrap_or(block);
        files.insert(path, Arc::from(text));
    }
    if files.is_empty() {
        files.insert(WHOLE.to_owned(), Arc::from(answer));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_back_by_their_comments_and_as_one_without_them() {
        let texts = BTreeMap::from([
            ("c/a.yaml".to_owned(), Arc::from("a: 1\n")),
            ("c/b.yaml".to_owned(), Arc::from("b: 1\n")),
        ]);
        let same = run(&texts, |input| Ok(String::from_utf8_lossy(&input).into_owned()));
        assert_eq!(same.as_ref(), Ok(&texts));
        let bare = run(&texts, |_| Ok("x: 1\n".into()));
        assert_eq!(bare, Ok(BTreeMap::from([(WHOLE.to_owned(), Arc::from("x: 1\n"))])));
    }
}
