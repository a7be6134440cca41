//! What is known at a place because of what was decided before.
//!
//! In: conditions that hold, or do not. Out: whether others can. Expressions are known by texts in which the same
//! expression is the same text: `v0.Values.a` is a field of the root, `v3` a variable.

/// A literal.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Bool(bool),
    Int(i64),
    Text(Vec<u8>),
}

impl Literal {
    /// Whether it is true as a condition.
    pub fn is_true(&self) -> bool {
        match self {
            Literal::Bool(truth) => *truth,
            Literal::Int(number) => *number != 0,
            Literal::Text(text) => !text.is_empty(),
        }
    }

    /// Whether it equals another; nothing is known of other types: comparing them fails.
    pub fn equals(&self, other: &Literal) -> Option<bool> {
        (std::mem::discriminant(self) == std::mem::discriminant(other)).then(|| self == other)
    }
}

/// One thing that is known.
#[derive(Debug, Clone)]
struct Fact {
    key: String,
    what: What,
    /// The line that decided it.
    line: usize,
}

#[derive(Debug, Clone)]
enum What {
    Truth(bool),
    /// It is one of these.
    In(Vec<Literal>),
    /// It is none of these.
    NotIn(Vec<Literal>),
}

/// All that is known at a place.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts(Vec<Fact>);

/// Facts that are kept; of more the oldest go.
const MOST_FACTS: usize = 64;

/// Something that follows, and the line that decided it.
pub(super) type Follows = Option<(bool, usize)>;

impl Facts {
    fn add(&mut self, key: &str, what: What, line: usize) {
        if self.0.len() >= MOST_FACTS {
            self.0.remove(0);
        }
        self.0.push(Fact { key: key.to_owned(), what, line });
    }

    /// An expression is true, or not.
    pub fn truth(&mut self, key: &str, holds: bool, line: usize) {
        self.add(key, What::Truth(holds), line);
    }

    /// An expression equals one of these, or none.
    pub fn equals(&mut self, key: &str, literals: Vec<Literal>, holds: bool, line: usize) {
        self.add(key, if holds { What::In(literals) } else { What::NotIn(literals) }, line);
    }

    /// Maps may have changed.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// A variable is set.
    pub fn forget(&mut self, slot: usize) {
        let name = format!("v{slot}");
        self.0.retain(|fact| !mentions(&fact.key, &name));
    }

    /// Whether an expression is true.
    pub fn is_true(&self, key: &str) -> Follows {
        self.0.iter().rev().find_map(|fact| {
            let holds = match &fact.what {
                What::Truth(holds) if fact.key == key => Some(*holds),
                What::Truth(true) if is_below(&fact.key, key) => Some(true),
                // The field of an empty map is nothing; of all else that is empty it is an error.
                What::Truth(false) if is_below(key, &fact.key) && fact.key.starts_with("v0.Values.") => Some(false),
                What::In(all) if fact.key == key => {
                    let first = all.first()?.is_true();
                    all.iter().all(|one| one.is_true() == first).then_some(first)
                }
                _ => None,
            };
            Some((holds?, fact.line))
        })
    }

    /// Whether an expression equals a literal.
    pub fn is_equal(&self, key: &str, literal: &Literal) -> Follows {
        self.0.iter().rev().filter(|fact| fact.key == key).find_map(|fact| {
            let holds = match &fact.what {
                What::Truth(holds) if *holds != literal.is_true() => Some(false),
                What::Truth(_) => None,
                What::In(all) => match all.as_slice() {
                    [one] => one.equals(literal),
                    all => all.iter().all(|one| one.equals(literal) == Some(false)).then_some(false),
                },
                What::NotIn(all) => all.iter().any(|one| one.equals(literal) == Some(true)).then_some(false),
            };
            Some((holds?, fact.line))
        })
    }
}

/// Whether a key is a field, or a field of a field, of another.
fn is_below(key: &str, other: &str) -> bool {
    let is_chain = |key: &str| !key.contains([' ', '(', '|', '"', '`']);
    key.strip_prefix(other).is_some_and(|rest| rest.starts_with('.')) && is_chain(key)
}

/// Whether a key holds a name as a word.
fn mentions(key: &str, name: &str) -> bool {
    key.match_indices(name).any(|(at, _)| {
        let before = key.get(..at).and_then(|text| text.chars().next_back());
        let after = key.get(at + name.len()..).and_then(|text| text.chars().next());
        before.is_none_or(|c| !c.is_alphanumeric()) && after.is_none_or(|c| !c.is_alphanumeric())
    })
}
