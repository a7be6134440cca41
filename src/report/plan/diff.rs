//! Diffs in two columns.
//!
//! In: a unified diff. Out: rows with the old line and the new one beside each other. Lines that go and lines that come in
//! one place stand in one row, as far as there are as many.

use super::{Detail, Look};
use crate::plan::Plan;
use crate::report::human::visible;

/// A row of two columns.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Row {
    /// `same`, `changed`, `gone`, `new`, or `skip` for lines that are left out.
    pub kind: &'static str,
    /// The line as it was.
    pub old: String,
    /// The line as it shall be.
    pub new: String,
}

/// The rows of a unified diff.
///
/// ```
/// use chartwright::report::plan::diff::rows;
/// let rows = rows("@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n");
/// let told: Vec<_> = rows.iter().map(|row| (row.kind, row.old.as_str(), row.new.as_str())).collect();
/// assert_eq!(told[1..], [("same", "a: 1", "a: 1"), ("changed", "b: 2", "b: 3")]);
/// ```
pub fn rows(diff: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let (mut gone, mut come): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for line in diff.lines() {
        if let Some(rest) = line.strip_prefix('-') {
            // Lines that go after lines that came are another place.
            if !come.is_empty() {
                flush(&mut rows, &mut gone, &mut come);
            }
            gone.push(rest);
        } else if let Some(rest) = line.strip_prefix('+') {
            come.push(rest);
        } else {
            flush(&mut rows, &mut gone, &mut come);
            let kind = if line.starts_with("@@") { "skip" } else { "same" };
            let text = line.strip_prefix(' ').unwrap_or(line);
            rows.push(Row { kind, old: text.to_owned(), new: text.to_owned() });
        }
    }
    flush(&mut rows, &mut gone, &mut come);
    rows
}

fn flush(rows: &mut Vec<Row>, gone: &mut Vec<&str>, come: &mut Vec<&str>) {
    for at in 0..gone.len().max(come.len()) {
        let (old, new) = (gone.get(at), come.get(at));
        let kind = match (old, new) {
            (Some(_), Some(_)) => "changed",
            (Some(_), None) => "gone",
            _ => "new",
        };
        let text = |line: Option<&&str>| line.map(|line| (*line).to_owned()).unwrap_or_default();
        rows.push(Row { kind, old: text(old), new: text(new) });
    }
    gone.clear();
    come.clear();
}

/// The narrowest column that can be read.
const NARROWEST: usize = 20;

/// A unified diff in two columns of a terminal of this width. Lines that are too long go on in the next row.
pub fn side_by_side(diff: &str, width: usize) -> String {
    let column = (width.saturating_sub(3) / 2).max(NARROWEST);
    let mut out = String::new();
    for row in rows(diff) {
        if row.kind == "skip" {
            out.push_str(&row.old);
            out.push('\n');
            continue;
        }
        let mark = match row.kind {
            "changed" => '|',
            "gone" => '<',
            "new" => '>',
            _ => ' ',
        };
        let (old, new) = (pieces(&row.old, column), pieces(&row.new, column));
        for at in 0..old.len().max(new.len()) {
            let text = |pieces: &[String]| pieces.get(at).cloned().unwrap_or_default();
            let (old, new) = (text(&old), text(&new));
            let pad = " ".repeat(column.saturating_sub(old.chars().count()));
            out.push_str(format!("{old}{pad} {mark} {new}").trim_end());
            out.push('\n');
        }
    }
    out
}

/// A line in pieces of at most so many characters.
fn pieces(line: &str, column: usize) -> Vec<String> {
    let line = visible(line).replace('\t', "    ");
    let signs: Vec<char> = line.chars().collect();
    if signs.is_empty() {
        vec![String::new()]
    } else {
        signs.chunks(column).map(|part| part.iter().collect()).collect()
    }
}

/// Nothing but the lines that differ, object by object: unified, or in two columns where the look asks for that.
pub fn print(plan: &Plan, look: &Look) -> String {
    let mut out = String::new();
    for object in plan.objects.iter().filter(|object| !object.diff.is_empty() && look.opens(object)) {
        if look.details.contains(&Detail::SideBySide) {
            out.push_str(&format!("{}\n", object.id));
            out.push_str(&side_by_side(&object.diff, look.width));
        } else {
            out.push_str(&object.diff);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_go_and_come_in_one_place_stand_beside_each_other() {
        let told = side_by_side("@@ -1,4 +1,4 @@\n a: 1\n-b: 2\n-c: 3\n+b: 4\n d: 5\n+e: 6\n", 43);
        let want = "@@ -1,4 +1,4 @@\na: 1                   a: 1\nb: 2                 | b: 4\nc: 3                 <\n\
                    d: 5                   d: 5\n                     > e: 6\n";
        assert_eq!(told, want);
    }

    #[test]
    fn a_long_line_goes_on_below() {
        let told = side_by_side(&format!("-{}\n+b\n", "a".repeat(25)), 43);
        assert_eq!(told, format!("{} | b\n{}                |\n", "a".repeat(20), "a".repeat(5)));
    }
}
