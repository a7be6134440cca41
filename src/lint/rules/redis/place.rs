//! Where a line of a redis.conf stands: in the template that wrote its ConfigMap.
//!
//! In: a file of a server and a place in its text. Out: the finding there, or at the text as a whole where its lines
//! are not those of the manifest (a quoted text, a Secret).

use super::server::{File, Server};
use crate::lint::rules::lines;
use crate::lint::{Finding, Findings, Rule};
use crate::path::Step;
use crate::redis_server::{Spot, conf::Directive, directives};

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
    if let Some(line) = lines::rendered(case, file.object, &file.path, &file.text, spot.line) {
        let spot = lines::Spot { line: spot.line, column: spot.column, length: spot.length };
        lines::put(finding, case, &line, spot, hides);
    }
}

/// The values behind a line of a redis.conf.
pub(super) fn values(server: &Server<'_>, file: &File<'_>, line: usize) -> Vec<Vec<Step>> {
    let line = lines::rendered(server.case, file.object, &file.path, &file.text, line);
    let written = line.and_then(|line| server.case.attempt.written_by(line.file, line.number, line.indent + 1));
    written.map(|written| written.values).unwrap_or_default()
}

/// Whether a line may hold a password.
fn is_secret(line: &str) -> bool {
    let name = line.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let bare = name.split(['=', ':']).next().unwrap_or_default();
    directives::find(bare).is_some_and(directives::Directive::is_secret) || crate::secrets::sounds_secret(&name)
}
