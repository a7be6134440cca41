//! Where a line of a text inside of a manifest stands: of a script, of a configuration file.
//!
//! In: an object, the way to a text in it, a line of that text. Out: the finding at the template line that wrote it. A
//! text that is not written line by line (in quotes, folded, base64) has one place, that of its begin.

use super::objects::at;
use crate::diag::{Place, Related};
use crate::lint::{Case, Finding, Object};
use crate::path::Step;
use std::sync::Arc;

/// A line of a text in a rendered manifest.
pub(super) struct Line<'c> {
    /// The rendered file.
    pub file: &'c Arc<str>,
    /// The line in it, from 1.
    pub number: u32,
    /// The line as it is there.
    pub text: &'c str,
    /// By how many bytes the text is indented.
    pub indent: u32,
}

/// A part of a line of a text: line and column from 1, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub line: usize,
    pub column: usize,
    /// How many bytes; 0 when only the begin is known.
    pub length: usize,
}

/// A line, from 1, of the text at a path of an object; `None` where the text is not written line by line.
pub(super) fn rendered<'c>(
    case: &'c Case,
    object: &Object,
    path: &[Step],
    text: &str,
    line: usize,
) -> Option<Line<'c>> {
    let node = at(&object.node, path)?;
    let document = case.attempt.documents.get(object.document)?;
    let content = document.content();
    let first = (node.origin.line as usize).checked_sub(1)?;
    let head = content.lines().nth(first)?;
    let head = head.split(" #").next().unwrap_or(head).trim_end();
    let is_literal = head.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+')).ends_with('|');
    let wanted = text.split('\n').nth(line.checked_sub(1)?)?;
    let found = content.lines().nth(first + line)?;
    if !is_literal || found.trim() != wanted.trim() {
        return None;
    }
    let indent = found.len().saturating_sub(wanted.trim_end_matches('\r').len());
    let number = document.lines_before() + first + line + 1;
    Some(Line { file: &document.path, number: narrow(number), text: found, indent: narrow(indent) })
}

/// Puts a finding at a part of a line, where that line can be told; `hides` keeps the line itself out of it.
pub(super) fn put(finding: &mut Finding, case: &Case, line: &Line<'_>, spot: Spot, hides: bool) {
    let column = line.indent.saturating_add(narrow(spot.column));
    let diagnostic = &mut finding.diagnostic;
    if !case.is_chart {
        let excerpt = (!hides).then(|| line.text.to_owned());
        let mut place = Place::new(Arc::clone(line.file), line.number, column, excerpt);
        place.length = narrow(spot.length);
        diagnostic.place = Some(place);
    } else if let Some(written) = case.attempt.written_by(line.file, line.number, column) {
        let mut place = written.place;
        // A template's own text is as long as what it writes.
        let part = |text: &str, from: u32| Some(text.as_bytes().get(from as usize - 1..)?.get(..spot.length)?.to_vec());
        let shown = place.excerpt.as_deref().and_then(|text| part(text, place.column.max(1)));
        if spot.length > 0 && shown.is_some() && shown == part(line.text, column.max(1)) {
            place.length = narrow(spot.length);
        }
        if hides {
            place.excerpt = None;
        }
        diagnostic.place = Some(place);
        diagnostic.calls = written.calls;
        let related = written.values.iter().filter_map(|path| who_set(case, path, line.text));
        diagnostic.related = related.collect();
        if hides {
            let all = diagnostic.calls.iter_mut().chain(&mut diagnostic.related);
            all.for_each(|related| related.place.excerpt = None);
        }
    }
}

/// Who set a value; of a text of many lines the line that is meant. Such a text is written with `|`, line by line, as
/// far as anybody writes one into a values file.
fn who_set(case: &Case, path: &[Step], line: &str) -> Option<Related> {
    let attempt = &case.attempt;
    let mut set = attempt.who_set(path)?;
    let text = attempt.value(path).and_then(|node| node.as_text()).unwrap_or_default();
    let below = text.lines().position(|other| other.trim() == line.trim());
    if let Some(below) = below.filter(|_| text.lines().count() > 1 && set.place.line > 0) {
        set.place.line = set.place.line.saturating_add(narrow(below + 1));
        set.place.column = 0;
        set.place.length = 0;
    }
    Some(set)
}

pub(super) fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
