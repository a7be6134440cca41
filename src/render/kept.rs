//! What a compiled chart keeps of the values it was rendered with.
//!
//! In: the user's values. Out: [`Ready`], what follows from chart and values alone, whatever release or cluster they
//! are rendered for. Nothing in it changes: a run copies what its templates change.

use super::Compiled;
use super::compile::Planned;
use crate::value::Node;
use crate::values::{LayerInfo, PrepareError, Prepared, Schemas, Values, prepare};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// How many are kept. A fleet has a few sets of values: one for each stage, say. Values that never come again cost a
/// comparison that ends where they first differ, and the memory of this many trees.
const MOST_KEPT: usize = 4;

/// What was used last.
#[derive(Debug)]
pub(super) struct Recent<T>(Mutex<Vec<Arc<T>>>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Recent(Mutex::default())
    }
}

impl<T> Recent<T> {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that `is_it` says yes to, used now.
    pub fn find(&self, is_it: impl Fn(&T) -> bool) -> Option<Arc<T>> {
        // Other threads need not wait while large trees are compared.
        let all = self.lock().clone();
        let found = all.into_iter().rev().find(|one| is_it(one))?;
        let mut all = self.lock();
        if let Some(at) = all.iter().position(|one| Arc::ptr_eq(one, &found)) {
            all.get_mut(at..).into_iter().for_each(|later| later.rotate_left(1));
        }
        Some(found)
    }

    /// Keeps one more, and forgets the one that was not used for longest.
    pub fn keep(&self, one: T) -> Arc<T> {
        let one = Arc::new(one);
        let mut all = self.lock();
        let forgotten = (all.len() >= MOST_KEPT).then(|| all.remove(0));
        all.push(Arc::clone(&one));
        // A large tree takes a while to go.
        drop(all);
        drop(forgotten);
        one
    }
}

/// What a compiled chart keeps.
#[derive(Debug, Default)]
pub(super) struct Kept {
    ready: Recent<Ready>,
    plans: Recent<Planned>,
}

/// A chart that is ready to render with some values.
#[derive(Debug)]
pub(super) struct Ready {
    root: Node,
    layers: Vec<LayerInfo>,
    /// The charts that take part, and the values that their templates see.
    pub prepared: Prepared,
    schema: OnceLock<Result<(), PrepareError>>,
}

impl Ready {
    fn is_for(&self, values: &Values) -> bool {
        self.layers == values.layers && self.root.is_same(&values.root)
    }

    /// [`Prepared::check_schema`], done once.
    pub fn check_schema(&self, schemas: &Schemas) -> Result<(), PrepareError> {
        self.schema.get_or_init(|| self.prepared.check_schema(schemas)).clone()
    }
}

impl Compiled {
    /// [`prepare`], unless that was done with the same values lately.
    ///
    /// # Errors
    /// As [`prepare`].
    pub(super) fn ready(&self, values: &Values) -> Result<Arc<Ready>, PrepareError> {
        if let Some(ready) = self.kept.ready.find(|ready| ready.is_for(values)) {
            return Ok(ready);
        }
        Ok(self.kept.ready.keep(Ready {
            root: values.root.clone(),
            layers: values.layers.clone(),
            prepared: prepare(self.chart(), values)?,
            schema: OnceLock::new(),
        }))
    }

    /// The templates of the charts that take part, in order, unless that was done for the same charts lately.
    pub(super) fn planned(&self, prepared: &Prepared) -> Arc<Planned> {
        let parts = Planned::parts(prepared);
        if let Some(planned) = self.kept.plans.find(|planned| planned.is_of(&parts)) {
            return planned;
        }
        let planned = self.order(parts);
        self.kept.plans.keep(planned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_is_forgotten_first() {
        let recent = Recent::default();
        (0..4).for_each(|number| drop(recent.keep(number)));
        assert_eq!(recent.find(|number| *number == 0).as_deref(), Some(&0));
        recent.keep(4);
        let left: Vec<i32> = (0..5).filter(|wanted| recent.find(|number| number == wanted).is_some()).collect();
        assert_eq!(left, [0, 2, 3, 4]);
    }
}
