//! Where a line of a redis.conf stands: in the template that wrote its ConfigMap.
//!
//! In: a file of a server and a place in its text. Out: the finding there, or at the text as a whole where its lines
//! are not those of the manifest (a quoted text, a Secret).

use super::server::{File, Server};
use crate::diag::{Place, Related};
use crate::lint::rules::objects::at;
use crate::lint::{Finding, Findings, Rule};
use crate::path::Step;
use crate::redis_server::{Spot, conf::Directive, directives};
use std::sync::Arc;

/// A finding about a word of a server's redis.conf or arguments.
pub(super) fn on_spot<'f>(
    findings: &'f mut Findings,
    rule: &Rule,
    server: &Server<'_>,
    file: Option<&File<'_>>,
    spot: Spot,
    message: String,
) -> &'f mut Finding {
    if let Some(way) = spot.argument.and_then(|index| Some(&server.arguments.get(index)?.1)) {
        return findings.on(rule, server.case, &server.workload.object, way, message);
    }
    let Some(file) = file.or(server.files.first()) else {
        let way = &server.container.path;
        return findings.on(rule, server.case, &server.workload.object, way, message);
    };
    let finding = findings.on(rule, server.case, file.object, &file.path, message);
    place(finding, server, file, spot);
    finding
}

/// A finding about a line, at the name or the first argument of its directive.
pub(super) fn on_line<'f>(
    findings: &'f mut Findings,
    rule: &Rule,
    server: &Server<'_>,
    directive: &Directive,
    message: String,
) -> &'f mut Finding {
    let word = directive.arguments.first().unwrap_or(&directive.word);
    let spot = Spot {
        argument: directive.program_argument,
        line: directive.line,
        column: word.column,
        length: word.length,
        offset: word.offset,
    };
    // The line is of the file that has it.
    let file = server.files.iter().find(|file| file.conf.directives.contains(directive));
    on_spot(findings, rule, server, file, spot, message)
}

/// A finding at a node of the container.
pub(super) fn on_container<'f>(
    findings: &'f mut Findings,
    rule: &Rule,
    server: &Server<'_>,
    rest: &str,
    message: String,
) -> &'f mut Finding {
    findings.on(rule, server.case, &server.workload.object, &server.container.way(rest), message)
}

fn place(finding: &mut Finding, server: &Server<'_>, file: &File<'_>, spot: Spot) {
    let hides = file.text.lines().nth(spot.line.saturating_sub(1)).is_some_and(is_secret);
    let case = server.case;
    if hides && let Some(place) = finding.diagnostic.place.as_mut().filter(|_| !case.is_chart) {
        place.excerpt = None;
    }
    let Some((path, number, line, indent)) = rendered_line(server, file, spot.line) else { return };
    let (number, column) = (narrow(number), narrow(indent + spot.column));
    if !case.is_chart {
        let excerpt = (!hides).then(|| line.to_owned());
        let mut place = Place::new(Arc::clone(path), number, column, excerpt);
        place.length = narrow(spot.length);
        finding.diagnostic.place = Some(place);
    } else if let Some(written) = case.attempt.written_by(path, number, column) {
        finding.diagnostic.place = Some(written.place);
        finding.diagnostic.calls = written.calls;
        let related = written.values.iter().filter_map(|path| who_set(server, path, line));
        finding.diagnostic.related = related.collect();
    }
}

/// Who set a value; of a text of many lines the line that is meant. Such a text is written with `|`, line by line, as
/// far as anybody writes a redis.conf into a values file.
fn who_set(server: &Server<'_>, path: &[Step], line: &str) -> Option<Related> {
    let attempt = &server.case.attempt;
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

/// A line of a redis.conf in the rendered manifest: file, line, its text, and by how much it is indented. `None` where
/// the text is not written line by line.
fn rendered_line<'c>(
    server: &Server<'c>,
    file: &File<'c>,
    line: usize,
) -> Option<(&'c Arc<str>, usize, &'c str, usize)> {
    let node = at(&file.object.node, &file.path)?;
    let document = server.case.attempt.documents.get(file.object.document)?;
    let content = document.content();
    let first = (node.origin.line as usize).checked_sub(1)?;
    let head = content.lines().nth(first)?.trim_end();
    let is_literal = head.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+')).ends_with('|');
    let wanted = file.text.split('\n').nth(line.checked_sub(1)?)?;
    let found = content.lines().nth(first + line)?;
    if !is_literal || found.trim() != wanted.trim() {
        return None;
    }
    let before = document.lines_before();
    let indent = found.len().saturating_sub(wanted.trim_end_matches('\r').len());
    Some((&document.path, before + first + line + 1, found, indent))
}

/// The values behind a line of a redis.conf.
pub(super) fn values(server: &Server<'_>, file: &File<'_>, line: usize) -> Vec<Vec<Step>> {
    let written = rendered_line(server, file, line)
        .and_then(|(path, number, _, indent)| server.case.attempt.written_by(path, narrow(number), narrow(indent + 1)));
    written.map(|written| written.values).unwrap_or_default()
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Whether a line may hold a password.
fn is_secret(line: &str) -> bool {
    let name = line.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let bare = name.split(['=', ':']).next().unwrap_or_default();
    directives::find(bare).is_some_and(directives::Directive::is_secret) || crate::secrets::sounds_secret(&name)
}
