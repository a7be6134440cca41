//! What a text is: which of its lines are a server's log, which kubectl wrote, which are INFO.
//!
//! In: lines, as people put them into a file, one after the other and often several kinds in one. Out: [`Section`]s.

use std::fmt;

/// What lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The log of a Redis server or a sentinel.
    Log,
    /// What INFO or CLUSTER INFO answers.
    Info,
    /// `kubectl describe`.
    Describe,
    /// `kubectl get events`.
    Events,
    /// `kubectl get` of pods and other objects, as a table.
    Table,
    /// Objects as YAML or JSON.
    Object,
    /// What kubectl or helm say of their own work.
    Client,
    /// Answers in redis-cli, or errors of an application.
    Answers,
    /// The log of an operator: JSON, a line each.
    Json,
    /// None of these.
    Text,
}

impl Kind {
    /// The name that causes know it by.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Log => "log",
            Kind::Info => "info",
            Kind::Describe => "describe",
            Kind::Events => "events",
            Kind::Table => "table",
            Kind::Object => "object",
            Kind::Client => "client",
            Kind::Answers => "answers",
            Kind::Json => "json",
            Kind::Text => "text",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Log => "log of a Redis server",
            Kind::Info => "INFO of a Redis server",
            Kind::Describe => "kubectl describe",
            Kind::Events => "kubectl get events",
            Kind::Table => "kubectl get",
            Kind::Object => "an object of the cluster",
            Kind::Client => "words of kubectl or helm",
            Kind::Answers => "answers of a Redis server",
            Kind::Json => "log in JSON",
            Kind::Text => "text of no known kind",
        })
    }
}

/// Lines of one kind that follow each other.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Section {
    /// What they are.
    pub kind: Kind,
    /// Number of the first line, from 1.
    pub first: u32,
    /// Number of the last line.
    pub last: u32,
}

/// A line without what `kubectl logs` puts before it: `[pod/redis-0/redis] ` and a time.
pub(super) fn bare(line: &str) -> &str {
    let line = match line.strip_prefix("[pod/") {
        Some(rest) => rest.split_once("] ").map_or(line, |(_, rest)| rest),
        None => line,
    };
    let is_time = |word: &str| {
        word.len() >= 20 && word.ends_with('Z') && word.get(4..5) == Some("-") && word.get(10..11) == Some("T")
    };
    match line.split_once(' ') {
        Some((word, rest)) if is_time(word) => rest,
        _ => line,
    }
}

/// The pod that `kubectl logs --prefix` names.
pub(super) fn pod_of(line: &str) -> Option<&str> {
    line.strip_prefix("[pod/")?.split(['/', ']']).next()
}

/// The kind that a line begins or belongs to by itself; `None` for one that goes on with what was before.
fn begins(line: &str, now: Kind) -> Option<Kind> {
    if is_log(line) {
        return Some(Kind::Log);
    }
    let starts = |words: &[&str]| words.iter().any(|word| line.starts_with(word));
    if starts(&["Name: "]) && line.get(5..8).is_some_and(|gap| gap.trim().is_empty()) {
        return Some(Kind::Describe);
    }
    if line.starts_with("LAST SEEN ") || line.starts_with("NAMESPACE ") && line.contains("LAST SEEN") {
        return Some(Kind::Events);
    }
    if (starts(&["NAME ", "NAMESPACE ", "REVISION"])) && line.trim_end().bytes().all(|b| !b.is_ascii_lowercase()) {
        return Some(Kind::Table);
    }
    if now != Kind::Describe && is_info(line) {
        return Some(Kind::Info);
    }
    if starts(&["apiVersion:", "kind:", "{\"apiVersion\"", "{\"kind\""]) {
        return Some(Kind::Object);
    }
    if line.starts_with('{') && line.contains(":") && line.trim_end().ends_with('}') {
        return Some(Kind::Json);
    }
    const CLIENT: [&str; 14] = [
        "Error: ",
        "Error from server",
        "error: ",
        "The connection to the server",
        "Unable to connect to the server",
        "level=",
        "Waiting for ",
        "waiting for ",
        "partitioned roll out",
        "statefulset rolling update",
        "E1",
        "W1",
        "The StatefulSet \"",
        "UPGRADE FAILED",
    ];
    if starts(&CLIENT) && (!starts(&["E1", "W1"]) || line.contains(".go:")) {
        return Some(Kind::Client);
    }
    const ANSWERS: [&str; 8] = [
        "(error) ",
        "Could not connect to Redis at",
        "AUTH failed",
        "NOAUTH ",
        "MISCONF ",
        "WRONGPASS ",
        "DENIED Redis",
        "Traceback ",
    ];
    let is_prompt = || line.split_once("> ").is_some_and(|(before, _)| !before.contains(' ') && before.contains(':'));
    (starts(&ANSWERS) || is_prompt()).then_some(Kind::Answers)
}

/// `1:M 22 Nov 2026 03:00:00.000 * …`, and what comes before a server has its log.
fn is_log(line: &str) -> bool {
    let Some((number, rest)) = line.split_once(':') else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let mut words = rest.split(' ');
    let role = words.next().unwrap_or_default();
    let day = words.next().unwrap_or_default();
    let is_line = ["M", "S", "C", "X"].contains(&role) && !day.is_empty() && day.bytes().all(|b| b.is_ascii_digit());
    is_number && (is_line || role == "signal-handler") || line.starts_with("*** FATAL CONFIG FILE ERROR")
}

/// A heading or a field of INFO.
fn is_info(line: &str) -> bool {
    const HEADS: [&str; 14] = [
        "Server",
        "Clients",
        "Memory",
        "Persistence",
        "Stats",
        "Replication",
        "CPU",
        "Modules",
        "Errorstats",
        "Cluster",
        "Keyspace",
        "Commandstats",
        "Latencystats",
        "Sentinel",
    ];
    if let Some(head) = line.strip_prefix("# ") {
        return HEADS.contains(&head.trim());
    }
    field(line).is_some_and(|(name, _)| {
        name.contains('_') || name == "role" || name == "loading" || name.starts_with("db") || name.starts_with("slave")
    })
}

/// A field of INFO and its value.
pub(super) fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.trim_end().split_once(':')?;
    let is_name = name.len() < 64 && name.starts_with(|c: char| c.is_ascii_lowercase());
    let is_plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    (is_name && is_plain && !value.starts_with(' ')).then_some((name, value))
}

/// The kind of every line.
pub(super) fn kinds(lines: &[&str]) -> Vec<Kind> {
    let mut now = Kind::Text;
    let mut of_lines = Vec::with_capacity(lines.len());
    for line in lines {
        let line = bare(line);
        now = match begins(line, now) {
            Some(kind) => kind,
            // These are one line each; all others go on.
            None if matches!(now, Kind::Client | Kind::Json) && !line.trim().is_empty() => Kind::Text,
            None => now,
        };
        of_lines.push(now);
    }
    of_lines
}

/// Lines of one kind together.
pub(super) fn sections(kinds: &[Kind]) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for (number, kind) in (1..).zip(kinds) {
        match sections.last_mut() {
            Some(last) if last.kind == *kind => last.last = number,
            _ => sections.push(Section { kind: *kind, first: number, last: number }),
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_may_hold_several_kinds() {
        let text = "Name:             redis-0\nNamespace:        prod\nEvents:\n  Type  Reason\n\
                    [pod/redis-0/redis] 2026-11-22T03:00:00.000000000Z 1:M 22 Nov 2026 03:00:00.000 * Ready\nmore\n\
                    # Replication\r\nrole:master\r\nNAME      READY   STATUS\nredis-0   1/1     Running\n(error) NOAUTH x\n";
        let lines: Vec<&str> = text.lines().collect();
        let found: Vec<(Kind, u32, u32)> =
            sections(&kinds(&lines)).iter().map(|one| (one.kind, one.first, one.last)).collect();
        assert_eq!(
            found,
            [
                (Kind::Describe, 1, 4),
                (Kind::Log, 5, 6),
                (Kind::Info, 7, 8),
                (Kind::Table, 9, 10),
                (Kind::Answers, 11, 11)
            ]
        );
    }
}
