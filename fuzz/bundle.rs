//! Several files in one text, so that a chart is as easily changed and shrunk as any other input.
//!
//! In: a text in which a line `-- NAME --` begins a file. Out: the files, and back. What stands before the
//! first such line is left out; a file of a name that came before stands twice, as in an archive.

/// The files of a text.
pub fn files(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let name = line.trim_ascii_end().strip_prefix(b"-- ").and_then(|rest| rest.strip_suffix(b" --"));
        match (name, files.last_mut()) {
            (Some(name), _) => files.push((String::from_utf8_lossy(name).into_owned(), Vec::new())),
            (None, Some((_, data))) => data.extend_from_slice(line),
            (None, None) => {}
        }
    }
    files
}

/// The text of files.
pub fn text<N: AsRef<str>, D: AsRef<[u8]>>(files: impl IntoIterator<Item = (N, D)>) -> Vec<u8> {
    let mut text = Vec::new();
    for (name, data) in files {
        text.extend_from_slice(format!("-- {} --\n", name.as_ref()).as_bytes());
        text.extend_from_slice(data.as_ref());
        if !text.ends_with(b"\n") {
            text.push(b'\n');
        }
    }
    text
}
