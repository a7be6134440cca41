//! The causes that are known, as data: what each looks like, why it is so, and what mends it.
//!
//! In: the files of `causes/`, part of the program. Out: [`Cause`]s in their order, the more particular before the more
//! general: of two that are equally bad the first is told first.

use crate::diag::Severity;
use crate::value::from_node;
use crate::yaml;
use std::sync::LazyLock;

/// One way in which things go wrong.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cause {
    /// Its name, stable.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether something else is behind it: told after what may be that.
    #[serde(default)]
    pub is_symptom: bool,
    /// What is wrong, in a sentence.
    pub cause: String,
    /// Why that is so.
    pub why: String,
    /// How it shows.
    pub signs: Vec<Sign>,
    /// Lines around a sign that say more.
    #[serde(default)]
    pub shows: Vec<Words>,
    /// What a log says once it is over.
    #[serde(default)]
    pub over: Vec<Words>,
    /// What helps, the best first.
    pub mends: Vec<Mend>,
}

/// One way in which a cause shows: a line, what INFO says, or what servers say together.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Sign {
    /// Words that a line has.
    pub text: Option<Words>,
    /// Words that it must not have besides.
    pub unless: Vec<Words>,
    /// Kinds of input in which it counts; empty for all.
    pub r#in: Vec<String>,
    /// An expression over the fields of INFO.
    pub info: Option<String>,
    /// Fields of INFO that are the evidence.
    pub shows: Vec<String>,
    /// What several servers say together.
    pub across: Option<Across>,
}

/// What can be told from the INFO of several servers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Across {
    /// Two of one origin are masters.
    Masters,
    /// The master has no keys while a replica has.
    EmptyMaster,
}

/// Something that helps.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mend {
    /// What to do.
    pub to: String,
    /// The procedure that does it.
    pub procedure: Option<String>,
    /// Commands, with `{release}`, `{namespace}`, `{pod}`, `{claim}`.
    #[serde(default)]
    pub run: Vec<String>,
}

/// Words in their order, with anything between them: `a*b`. Large and small letters are alike, and so is the number of
/// spaces.
#[derive(Debug, serde::Deserialize)]
#[serde(from = "String")]
pub(super) struct Words(Vec<String>);

impl From<String> for Words {
    fn from(text: String) -> Self {
        Words(text.to_ascii_lowercase().split('*').map(str::to_owned).filter(|part| !part.is_empty()).collect())
    }
}

impl Words {
    /// Whether a line, as [`plain`] gives it, has them.
    pub(super) fn are_in(&self, line: &str) -> bool {
        let mut rest = line;
        self.0.iter().all(|part| {
            let found = rest.find(part.as_str()).and_then(|at| rest.get(at + part.len()..));
            rest = found.unwrap_or_default();
            found.is_some()
        })
    }
}

/// A line as [`Words`] are looked for in it: in small letters, one space for many.
pub(super) fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 1);
    for c in line.chars() {
        let c = if c.is_whitespace() { ' ' } else { c.to_ascii_lowercase() };
        if c != ' ' || !out.ends_with(' ') {
            out.push(c);
        }
    }
    // So that a word at the end of a column is one between spaces too.
    out.push(' ');
    out
}

const FILES: [&str; 5] = [
    include_str!("causes/start.yaml"),
    include_str!("causes/memory.yaml"),
    include_str!("causes/access.yaml"),
    include_str!("causes/replication.yaml"),
    include_str!("causes/kubernetes.yaml"),
];

/// All causes. A file that cannot be read has none, which a test notices.
pub(super) static CAUSES: LazyLock<Vec<Cause>> = LazyLock::new(|| {
    let read = |text: &str| {
        let node = yaml::decode(text.as_bytes()).ok()?;
        from_node::<Vec<Cause>>(&node).ok()
    };
    FILES.iter().filter_map(|text| read(text)).flatten().collect()
});

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_file_is_read_and_every_name_is_one() {
        let mut names = HashSet::new();
        for text in FILES {
            let node = yaml::decode(text.as_bytes()).expect("good YAML");
            let causes = from_node::<Vec<Cause>>(&node).expect("causes");
            for cause in causes {
                assert!(names.insert(cause.id.clone()), "{} twice", cause.id);
                assert!(!cause.signs.is_empty() && !cause.mends.is_empty() && !cause.why.is_empty(), "{}", cause.id);
                for sign in &cause.signs {
                    let ways = [sign.text.is_some(), sign.info.is_some(), sign.across.is_some()];
                    assert_eq!(ways.iter().filter(|is| **is).count(), 1, "{}: {sign:?}", cause.id);
                }
            }
        }
        assert_eq!(names.len(), CAUSES.len());
    }

    #[test]
    fn words_stand_in_their_order_with_anything_between() {
        let words = Words::from("Can't handle * version *".to_owned());
        assert!(words.are_in(&plain("# can't   handle RDB format VERSION 12")));
        assert!(!words.are_in(&plain("version: can't handle it")));
        assert!(Words::from(" Evicted ".to_owned()).are_in(&plain("redis-0\t0/1\tEvicted")));
    }
}
