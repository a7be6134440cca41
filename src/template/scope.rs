//! Which slot a variable name means at this point of a template.

use crate::value::Str;

/// The variables in reach, innermost last. Slots are used again after a block ends.
pub(super) struct Scope {
    visible: Vec<Str>,
    /// Names that Go's parser lets pass here although they are never declared:
    /// an assignment to an unknown variable fails only when it runs.
    assigned: Vec<Str>,
    most: usize,
}

impl Scope {
    pub fn new() -> Self {
        Scope { visible: vec![Str::from("$")], assigned: Vec::new(), most: 1 }
    }

    pub fn slots(&self) -> usize {
        self.most
    }

    pub fn mark(&self) -> (usize, usize) {
        (self.visible.len(), self.assigned.len())
    }

    pub fn reset(&mut self, mark: (usize, usize)) {
        self.visible.truncate(mark.0);
        self.assigned.truncate(mark.1);
    }

    pub fn declare(&mut self, name: &Str) -> usize {
        self.visible.push(name.clone());
        self.most = self.most.max(self.visible.len());
        self.visible.len() - 1
    }

    /// Lets a name pass the parser from here on.
    pub fn mention(&mut self, name: &Str) {
        self.assigned.push(name.clone());
    }

    pub fn slot(&self, name: &Str) -> Option<usize> {
        self.visible.iter().rposition(|n| n == name)
    }

    pub fn is_mentioned(&self, name: &Str) -> bool {
        self.assigned.iter().any(|n| n == name)
    }
}
