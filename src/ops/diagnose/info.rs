//! What INFO says: its fields, and expressions over them.
//!
//! In: lines of INFO, of one server after the other. Out: [`Info`]s, each with the line of every field, and whether an
//! expression of a cause holds for one.

use super::kind::{Kind, bare, field};
use minijinja::{Environment, UndefinedBehavior};
use std::collections::BTreeMap;

/// Steps of one expression: they are of a line, and ours.
const FUEL: u64 = 10_000;

/// Fields of one INFO that are kept; a server with many databases has some hundred.
const MOST_FIELDS: usize = 5_000;

/// Seconds since a replica was last heard of that are too many.
const MOST_LAG_SECONDS: f64 = 30.0;

/// One answer of INFO.
#[derive(Debug, Default)]
pub(super) struct Info {
    /// The value of each field, and the number of its line.
    pub fields: BTreeMap<String, (String, u32)>,
}

impl Info {
    /// A field.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(|(value, _)| value.as_str())
    }

    /// Whether it holds keys.
    pub(super) fn has_keys(&self) -> bool {
        self.fields.iter().any(|(name, (value, _))| name.starts_with("db") && value.starts_with("keys="))
    }

    /// The line of a field; of the first one, where there is none.
    pub(super) fn line(&self, name: &str) -> Option<u32> {
        self.fields.get(name).map(|(_, line)| *line)
    }

    /// Whether a replica has not been heard of for long.
    fn lags(&self) -> bool {
        self.fields.iter().any(|(name, (value, _))| {
            let lag = value.rsplit_once("lag=").and_then(|(_, lag)| lag.parse::<f64>().ok());
            name.starts_with("slave") && lag.is_some_and(|lag| lag > MOST_LAG_SECONDS)
        })
    }

    /// Whether an expression holds. What is not there is false.
    pub(super) fn holds(&self, expression: &str) -> bool {
        // The version at hand has serde always, and warns of a later one that will have it on request only.
        #[allow(deprecated)]
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Lenient);
        engine.set_fuel(Some(FUEL));
        let number = |value: &str| value.parse::<f64>().ok().filter(|number| number.is_finite());
        let value = |text: &str| match (text.parse::<i64>(), number(text)) {
            (Ok(whole), _) => minijinja::Value::from(whole),
            (_, Some(number)) => minijinja::Value::from(number),
            _ => minijinja::Value::from(text),
        };
        let mut scope: BTreeMap<&str, minijinja::Value> =
            self.fields.iter().map(|(name, (text, _))| (name.as_str(), value(text))).collect();
        scope.insert("lags", self.lags().into());
        let asked = engine.compile_expression(expression).and_then(|expression| expression.eval(scope));
        asked.is_ok_and(|answer| answer.is_true())
    }
}

/// The INFO of each server in a text: a field that comes again begins another.
pub(super) fn read(lines: &[&str], kinds: &[Kind]) -> Vec<Info> {
    let mut all: Vec<Info> = Vec::new();
    let mut was_info = false;
    for ((number, line), kind) in (1..).zip(lines).zip(kinds) {
        let is_info = *kind == Kind::Info;
        if let Some((name, value)) = field(bare(line)).filter(|_| is_info) {
            let is_again = all.last().is_none_or(|last| !was_info || last.fields.contains_key(name));
            if is_again {
                all.push(Info::default());
            }
            if let Some(last) = all.last_mut().filter(|last| last.fields.len() < MOST_FIELDS) {
                last.fields.insert(name.to_owned(), (value.to_owned(), number));
            }
        }
        was_info = is_info;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::kind;
    use super::super::table::CAUSES;
    use super::*;

    #[test]
    fn two_servers_are_told_apart_and_numbers_are_numbers() {
        let text = "# Memory\nused_memory:90\nmaxmemory:100\nrole:master\n# Memory\nused_memory:10\nmaxmemory:100\n";
        let lines: Vec<&str> = text.lines().collect();
        let all = read(&lines, &kind::kinds(&lines));
        let full: Vec<bool> = all.iter().map(|info| info.holds("used_memory >= 0.9 * maxmemory")).collect();
        assert_eq!(full, [true, false]);
        assert_eq!(all[1].line("used_memory"), Some(6));
    }

    #[test]
    fn every_expression_of_a_cause_is_one() {
        #[allow(deprecated)]
        let engine = Environment::new();
        let signs = CAUSES.iter().flat_map(|cause| &cause.signs);
        let expressions: Vec<&str> = signs.filter_map(|sign| sign.info.as_deref()).collect();
        assert!(expressions.len() > 10);
        for expression in expressions {
            assert!(engine.compile_expression(expression).is_ok(), "{expression}");
            assert!(!Info::default().holds(expression), "{expression} holds of nothing");
        }
    }
}
