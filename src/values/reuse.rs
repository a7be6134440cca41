//! What an upgrade takes over of the values of the release before it.
//!
//! In: the values given now, and those of the old release. Out: [`Values`] as `helm upgrade` would use them.

use super::coalesce::Coalesce;
use super::layer::Values;
use super::table::Table;

/// Which values an upgrade takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reuse {
    /// As without a flag: the old release's, where none are given.
    #[default]
    WhereNoneAreGiven,
    /// `--reuse-values`: the old release's under those given, and its defaults in place of the new chart's.
    Old,
    /// `--reset-then-reuse-values`: the old release's under those given, over the new chart's defaults.
    OverNewDefaults,
    /// `--reset-values`: only those given.
    Nothing,
}

impl Values {
    /// These values over those of an old release; its layers come first.
    ///
    /// ```
    /// use chartwright::{Layer, Values};
    /// let old = Values::build(&[Layer::Set("a=1,b=1".into())])?;
    /// let new = Values::build(&[Layer::Set("b=2".into())])?;
    /// let both = new.over(&old);
    /// assert_eq!(both.root.find("a"), old.root.find("a"));
    /// assert_eq!(both.root.find("b"), new.root.find("b"));
    /// # Ok::<(), chartwright::ValuesError>(())
    /// ```
    #[must_use]
    pub fn over(&self, old: &Values) -> Values {
        let by = u32::try_from(old.layers.len()).unwrap_or(u32::MAX);
        let mut root = self.root.clone();
        root.each_origin(&|origin| origin.layer = origin.layer.saturating_add(by));
        let (above, below) = (Table::from_node(&root), Table::from_node(&old.root));
        let mut warnings = [&*old.warnings, &self.warnings].concat();
        Coalesce { merge: false, warnings: &mut warnings }.tables(&above, &below, "", false);
        Values { root: above.to_node(), layers: [&*old.layers, &self.layers].concat(), warnings }
    }

    /// The values of an upgrade, with those of the release before it as asked for.
    #[must_use]
    pub fn reusing(self, old: &Values, reuse: Reuse) -> Values {
        let is_empty = |values: &Values| values.root.as_map().is_none_or(|map| map.is_empty());
        match reuse {
            Reuse::Old | Reuse::OverNewDefaults => self.over(old),
            Reuse::WhereNoneAreGiven if is_empty(&self) && !is_empty(old) => old.clone(),
            Reuse::WhereNoneAreGiven | Reuse::Nothing => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Layer;

    fn values(text: &str) -> Values {
        let file = Layer::File { name: "v.yaml".into(), bytes: text.into() };
        Values::build(&[file]).unwrap_or_default()
    }

    fn shown(values: &Values) -> String {
        let text = crate::yaml::node_to_yaml(&values.root).unwrap_or_default();
        String::from_utf8_lossy(&text).trim().replace('\n', "; ")
    }

    #[test]
    fn what_is_given_wins_and_null_takes_away() {
        let old = values("{a: {x: 1, y: 2}, b: 3, c: 4}");
        let new = values("{a: {x: 9, y: null}, c: {d: 5}}");
        assert_eq!(shown(&new.over(&old)), "a:;   x: 9; b: 3; c:;   d: 5");
    }

    #[test]
    fn without_a_flag_old_values_are_taken_where_none_are_given() {
        let old = values("{a: 1}");
        assert_eq!(shown(&values("{}").reusing(&old, Reuse::WhereNoneAreGiven)), "a: 1");
        assert_eq!(shown(&values("{b: 1}").reusing(&old, Reuse::WhereNoneAreGiven)), "b: 1");
        assert_eq!(shown(&values("{}").reusing(&old, Reuse::Nothing)), "{}");
    }

    #[test]
    fn layers_of_both_are_told_apart() {
        let both = values("{b: 2}").over(&values("{a: 1}"));
        let layer = |key| both.root.find(key).map(|node| node.origin.layer);
        assert_eq!((layer("a"), layer("b"), both.layers.len()), (Some(0), Some(1), 2));
    }
}
