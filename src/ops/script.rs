//! A procedure as a script for a POSIX shell, and as a page to read.
//!
//! In: a [`Procedure`] and the [`ReleaseFacts`]. Out: text. A script needs kubectl and nothing of ours.

use super::ReleaseFacts;
use super::layout::{LayoutError, lay_out};
use super::procedure::Procedure;
use minijinja::context;

/// What all scripts stand on.
const PRELUDE: &str = include_str!("prelude.sh");

/// What several procedures share.
const PARTS: &[(&str, &str)] = &[
    ("backup", include_str!("parts/backup.sh")),
    ("helper", include_str!("parts/helper.sh")),
    ("restore", include_str!("parts/restore.sh")),
    ("replication", include_str!("parts/replication.sh")),
    ("upgrade", include_str!("parts/upgrade.sh")),
];

/// The procedure as a script.
///
/// ```
/// use chartwright::ops::{self, ReleaseFacts};
/// let facts = ReleaseFacts::read(&[], "redis", "prod").unwrap();
/// let text = ops::script(ops::named("health").unwrap(), &facts)?;
/// assert!(text.starts_with("#!/bin/sh\n") && text.contains("namespace='prod'\n"));
/// # Ok::<(), ops::LayoutError>(())
/// ```
///
/// # Errors
/// A text of the procedure that is no template; a test rules it out.
pub fn script(procedure: &Procedure, facts: &ReleaseFacts) -> Result<String, LayoutError> {
    with_parts(procedure, facts, |_, text| text.to_owned())
}

/// The script, in which stands for `prelude.sh` and for each part what `shared` makes of its name and its text.
pub(super) fn with_parts(
    procedure: &Procedure,
    facts: &ReleaseFacts,
    shared: impl Fn(&str, &str) -> String,
) -> Result<String, LayoutError> {
    let procedure = filled(procedure, facts)?;
    let is_used = |name: &str| procedure.uses.iter().any(|used| used == name);
    let used = PARTS.iter().filter(|(name, _)| is_used(name));
    let parts: Vec<String> = used.map(|(name, text)| shared(name, body(text))).collect();
    let prelude = shared("prelude", body(PRELUDE));
    lay_out("script", include_str!("script.sh.j2"), context! { procedure, facts, parts, prelude })
}

/// What scripts share: `prelude.sh` and the parts, by name, in an order in which none needs a later one.
pub(super) fn shared() -> impl Iterator<Item = (&'static str, &'static str)> {
    std::iter::once(("prelude", body(PRELUDE))).chain(PARTS.iter().map(|(name, text)| (*name, body(text))))
}

/// The procedure as a page, with the reason of each step.
///
/// # Errors
/// As [`script`].
pub fn markdown(procedure: &Procedure, facts: &ReleaseFacts) -> Result<String, LayoutError> {
    let procedure = filled(procedure, facts)?;
    lay_out("page", include_str!("procedure.md.j2"), context! { procedure, facts })
}

/// A shell file without the line that is for shellcheck: another one stands at the head of the script.
fn body(text: &'static str) -> &'static str {
    let text = text.trim_end();
    text.strip_prefix("# shellcheck").and_then(|rest| rest.split_once('\n')).map_or(text, |(_, rest)| rest)
}

/// The procedure with the facts in its texts.
fn filled(procedure: &Procedure, facts: &ReleaseFacts) -> Result<Procedure, LayoutError> {
    let fill = |text: &mut String| {
        // Most texts have nothing to fill in.
        if text.contains("{{") || text.contains("{%") {
            *text = lay_out("text of a procedure", text, facts)?;
        }
        *text = text.trim_end().to_owned();
        Ok(())
    };
    let mut procedure = procedure.clone();
    for parameter in &mut procedure.parameters {
        fill(&mut parameter.default)?;
        fill(&mut parameter.what)?;
    }
    for step in &mut procedure.steps {
        for text in [&mut step.title, &mut step.why, &mut step.run, &mut step.state, &mut step.next] {
            fill(text)?;
        }
    }
    Ok(procedure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::all;

    #[test]
    fn every_part_that_is_used_is_there() {
        for procedure in all() {
            for used in &procedure.uses {
                assert!(PARTS.iter().any(|(name, _)| name == used), "{}: {used}", procedure.name);
            }
        }
    }
}
