//! redis.conf of the chart as `spec.redis` and `spec.memory` of a RedisCluster.
//!
//! In: the text that the chart renders, and arguments of the server. Out: settings, memory, and a [`Row`] for each
//! directive that does not come along as it is. The operator writes each entry of `spec.redis` as one line behind its own.

use super::migration::{Fate, Row};
use crate::kube::Quantity;
use crate::operator::Memory;
use crate::redis_server::{Conf, directives};
use std::collections::BTreeMap;

/// What comes of a redis.conf.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// `spec.redis`.
    pub(super) redis: BTreeMap<String, String>,
    /// `spec.memory`.
    pub(super) memory: Option<Memory>,
    /// What is told of it.
    pub(super) rows: Vec<Row>,
}

/// What the operator writes itself, with what it writes.
const OWN: [(&str, &str); 10] = [
    ("bind", "0.0.0.0"),
    ("dir", "/data"),
    ("appendonly", "yes"),
    ("aof-use-rdb-preamble", "yes"),
    ("appenddirname", "appendonlydir"),
    ("port", "6379"),
    ("daemonize", "no"),
    ("dbfilename", "dump.rdb"),
    ("protected-mode", ""),
    ("pidfile", ""),
];

/// Save points that the operator writes always: those of `spec.redis` come on top.
const OWN_SAVES: [&str; 3] = ["900 1", "300 10", "60 10000"];

/// What belongs into Secrets that the operator reads.
const SECRET: [(&str, &str); 4] = [
    ("requirepass", "spec.authSecret"),
    ("masterauth", "spec.authSecret"),
    ("user", "spec.aclConfigSecret"),
    ("aclfile", "spec.aclConfigSecret"),
];

/// Reads redis.conf. `place` is the value it comes from.
pub(super) fn settings(text: &str, arguments: &[String], place: &str) -> Settings {
    let mut conf = Conf::read(text);
    conf.add_arguments(arguments.iter().map(String::as_str));
    let mut settings = Settings::default();
    let mut names: Vec<&str> = Vec::new();
    for directive in &conf.directives {
        if !names.contains(&directive.name.as_str()) {
            names.push(&directive.name);
        }
    }
    for line in &conf.unbalanced {
        let why = "the line has quotes that do not close".to_owned();
        let value = format!("{place}, line {}", line.line);
        settings.rows.push(Row { why, ..Row::of(&value, "", Fate::Lost) });
    }
    for name in names {
        settings.directive(&conf, name, place);
    }
    settings
}

impl Settings {
    fn directive(&mut self, conf: &Conf, name: &str, place: &str) {
        let lines: Vec<String> = conf
            .all(name)
            .map(|line| line.arguments.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "))
            .collect();
        let Some(last) = lines.last() else { return };
        let row = |fate: Fate, field: &str, why: &str| Row {
            field: field.to_owned(),
            why: why.to_owned(),
            ..Row::of(&format!("{place}: {name}"), last, fate)
        };
        let is_secret = directives::find(name).is_some_and(directives::Directive::is_secret) || name == "user";
        if let Some((_, field)) = SECRET.iter().find(|(own, _)| *own == name) {
            let why = format!("the operator reads it from the Secret that {field} names");
            return self.rows.push(Row { found: "(not shown)".to_owned(), ..row(Fate::ByHand, field, &why) });
        }
        if is_secret {
            let why = "a secret does not belong into spec.redis, which anybody may read".to_owned();
            return self.rows.push(Row { found: "(not shown)".to_owned(), why, ..row(Fate::Lost, "", "") });
        }
        match name {
            "maxmemory" | "maxmemory-policy" => return self.memory(name, last, &row),
            "save" => return self.saves(&lines, &row),
            "replicaof" | "cluster-enabled" | "cluster-config-file" => {
                return self.rows.push(row(Fate::Lost, "", "the operator decides who follows whom, by spec.mode"));
            }
            "rename-command" | "loadmodule" | "include" if lines.len() > 1 => {
                let why = "spec.redis holds one value for a name: only the last of these lines comes along";
                self.rows.push(row(Fate::Changed, &format!("spec.redis.{name}"), why));
            }
            "loadmodule" | "include" => {
                self.rows.push(row(Fate::Changed, &format!("spec.redis.{name}"), "the image must hold that file"));
            }
            _ => {}
        }
        if name.starts_with("tls-") {
            let why = "the operator writes the directives of TLS itself, from the Secrets of spec.tlsSecret and spec.caSecret";
            return self.rows.push(row(Fate::ByHand, "spec.tlsSecret", why));
        }
        if let Some((_, own)) = OWN.iter().find(|(own, _)| *own == name) {
            let is_same = own.is_empty() || last == own || name == "bind";
            if !is_same {
                let why = format!("the operator writes `{name} {own}` and counts on it");
                self.rows.push(row(Fate::Lost, "", &why));
            }
            return;
        }
        // Lines that add up go behind each other where Redis reads them so.
        let value = match name {
            "client-output-buffer-limit" => lines.join(" "),
            _ => last.clone(),
        };
        self.redis.insert(name.to_owned(), quoted(&value));
    }

    fn memory(&mut self, name: &str, value: &str, row: &dyn Fn(Fate, &str, &str) -> Row) {
        let memory = self.memory.get_or_insert_with(Memory::default);
        if name == "maxmemory-policy" {
            memory.max_memory_policy = value.to_lowercase();
            return self.rows.push(row(Fate::Carried, "spec.memory.maxMemoryPolicy", ""));
        }
        match crate::redis_server::sizes::bytes(value) {
            Ok(0) => self.rows.push(row(Fate::Carried, "", "no limit: spec.memory has no maxMemory then")),
            Ok(bytes) => {
                memory.max_memory = Quantity::parse(&amount(bytes));
                self.rows.push(row(Fate::Carried, "spec.memory.maxMemory", ""));
            }
            Err(_) => self.rows.push(row(Fate::Lost, "", "Redis reads no size in it")),
        }
    }

    fn saves(&mut self, lines: &[String], row: &dyn Fn(Fate, &str, &str) -> Row) {
        // A line of its own for each point, or all in one; `""` takes away what stood before.
        let mut points: Vec<String> = Vec::new();
        for line in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.is_empty() {
                points.clear();
            }
            points.extend(words.chunks(2).map(|pair| pair.join(" ")));
        }
        let more: Vec<String> = points.iter().filter(|point| !OWN_SAVES.contains(&point.as_str())).cloned().collect();
        let fewer = OWN_SAVES.iter().any(|own| !points.iter().any(|point| point == own));
        if !more.is_empty() {
            self.redis.insert("save".to_owned(), more.join(" "));
        }
        if points.is_empty() {
            let why = "the operator writes `save 900 1`, `300 10` and `60 10000` always: snapshots are on";
            self.rows.push(row(Fate::Changed, "", why));
        } else if fewer {
            let why = "the operator writes `save 900 1`, `300 10` and `60 10000` always, and these on top";
            self.rows.push(row(Fate::Changed, "spec.redis.save", why));
        }
    }
}

/// A value with nothing in it needs quotes: the operator writes it as it is.
fn quoted(value: &str) -> String {
    if value.is_empty() { "\"\"".to_owned() } else { value.to_owned() }
}

/// Bytes in the largest unit that leaves a whole number.
fn amount(bytes: u64) -> String {
    let units = [("Gi", 1_u64 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)];
    match units.into_iter().find(|(_, each)| bytes.is_multiple_of(*each)) {
        Some((unit, each)) => format!("{}{unit}", bytes / each),
        None => bytes.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(settings: &Settings) -> Vec<String> {
        settings.rows.iter().map(|row| format!("{:?} {}", row.fate, row.value)).collect()
    }

    #[test]
    fn directives_come_along_one_line_each_and_those_of_the_operator_stay_away() {
        let text = "bind * -::*\nport 6380\nappendonly no\nhz 20\nmaxmemory 512mb\nmaxmemory-policy allkeys-lru\n\
                    client-output-buffer-limit normal 0 0 0\nclient-output-buffer-limit pubsub 1mb 1mb 60\n";
        let settings = settings(text, &["--hz".to_owned(), "50".to_owned()], "redis.config");
        let lines: Vec<String> = settings.redis.iter().map(|(name, value)| format!("{name} {value}")).collect();
        assert_eq!(lines, ["client-output-buffer-limit normal 0 0 0 pubsub 1mb 1mb 60", "hz 50"]);
        let memory = settings.memory.as_ref().expect("memory");
        assert_eq!(memory.max_memory.as_ref().map(Quantity::text), Some("512Mi"));
        assert_eq!(memory.max_memory_policy, "allkeys-lru");
        let lost = ["Lost redis.config: port", "Lost redis.config: appendonly"];
        assert_eq!(told(&settings)[..2], lost);
    }

    #[test]
    fn no_secret_reaches_the_settings_or_the_report() {
        let text = "requirepass hunter2\nmasterauth hunter2\nuser a on >hunter2 ~* +@all\ntls-key-file-pass hunter2\n";
        let settings = settings(text, &[], "redis.config");
        assert_eq!(settings.redis, BTreeMap::new());
        assert!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
        assert_eq!(settings.rows.len(), 4);
    }

    #[test]
    fn save_points_come_on_top_of_the_operators() {
        let of = |text: &str| {
            let settings = settings(text, &[], "redis.config");
            (settings.redis.get("save").cloned(), told(&settings).len())
        };
        assert_eq!(of("save 900 1\nsave 300 10\nsave 60 10000\n"), (None, 0));
        assert_eq!(of("save 900 1 300 10 60 10000\n"), (None, 0));
        assert_eq!(of("save 3600 1\n"), (Some("3600 1".to_owned()), 1));
        assert_eq!(of("save \"\"\n"), (None, 1));
    }
}
