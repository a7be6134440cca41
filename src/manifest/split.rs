//! Cuts one rendered file into its YAML documents.
//!
//! In: the text a template produced. Out: byte ranges in file order. A line that begins with
//! `---` separates, whatever follows: `---kind: Secret` starts a document in Helm, so it does
//! here. Indented, it is text. Documents lose the white space before them; blank ones are gone.

use std::ops::Range;

/// The ranges of the documents of `text`.
pub fn split(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = text.len() - text.trim_start().len();
    let mut line = start;
    while line < text.len() {
        let rest = text.get(line..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix("---") {
            push(text, start..line, &mut ranges);
            start = text.len() - after.trim_start_matches([' ', '\t']).len();
        }
        line = memchr::memchr(b'\n', rest.as_bytes()).map_or(text.len(), |end| line + end + 1);
    }
    push(text, start..text.len(), &mut ranges);
    ranges
}

fn push(text: &str, range: Range<usize>, ranges: &mut Vec<Range<usize>>) {
    let document = text.get(range.clone()).unwrap_or_default();
    let trimmed = document.trim_start();
    if !trimmed.is_empty() {
        ranges.push(range.end - trimmed.len()..range.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        split(text).into_iter().map(|range| text.get(range).unwrap_or_default()).collect()
    }

    #[test]
    fn a_separator_inside_a_block_scalar_is_text() {
        let rendered = "data: |\n  ---\n  x\n---\nkind: Secret\n";
        assert_eq!(texts(rendered), ["data: |\n  ---\n  x\n", "kind: Secret\n"]);
    }

    #[test]
    fn text_on_the_line_of_the_separator_belongs_to_the_document() {
        assert_eq!(texts("\n --- \n---  kind: A\n--- # c\n---\n \n"), ["kind: A\n", "# c\n"]);
        assert_eq!(texts("----x\n"), ["-x\n"]);
        assert!(texts(" \n").is_empty());
    }
}
