//! Which slot a variable name means at this point of a template.

use super::ast::Slot;

/// The variables in reach, innermost last. Slots are used again after a block ends.
pub(super) struct Scope<'a> {
    visible: Vec<&'a [u8]>,
    /// Names that Go's parser lets pass here although they are never declared:
    /// an assignment to an unknown variable fails only when it runs.
    assigned: Vec<&'a [u8]>,
    most: usize,
}

impl<'a> Scope<'a> {
    pub fn new() -> Self {
        Scope { visible: vec![b"$"], assigned: Vec::new(), most: 1 }
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

    pub fn declare(&mut self, name: &'a [u8]) -> Slot {
        self.visible.push(name);
        self.most = self.most.max(self.visible.len());
        Slot::new(self.visible.len() - 1)
    }

    /// Lets a name pass the parser from here on.
    pub fn mention(&mut self, name: &'a [u8]) {
        self.assigned.push(name);
    }

    pub fn slot(&self, name: &[u8]) -> Option<Slot> {
        self.visible.iter().rposition(|known| *known == name).map(Slot::new)
    }

    pub fn is_mentioned(&self, name: &[u8]) -> bool {
        self.assigned.contains(&name)
    }
}
