//! `--show-only`: picks documents by the path of their template.

use crate::manifest;
use std::collections::HashSet;

/// The documents whose template's path, without the chart's name, matches a pattern; in the
/// order of the patterns, twice where two patterns match. `Err` is Helm's text.
pub(super) fn only(text: &str, patterns: &[String]) -> Result<String, String> {
    let documents: Vec<(&str, &str)> = manifest::split(text)
        .into_iter()
        .filter_map(|range| text.get(range))
        .filter_map(|document| Some((source(document)?, document)))
        .collect();
    let mut out = String::new();
    for pattern in patterns {
        let mut missing = true;
        for (path, document) in &documents {
            if matches(pattern.as_bytes(), path.as_bytes(), &mut HashSet::new()) {
                out.push_str(&format!("---\n{document}\n"));
                missing = false;
            }
        }
        if missing {
            return Err(format!("could not find template {pattern} in chart"));
        }
    }
    Ok(out)
}

/// The path after `# Source: CHART/`.
fn source(document: &str) -> Option<&str> {
    document.lines().find_map(|line| {
        let (_, path) = line.split_once("# Source: ")?;
        let (chart, rest) = path.split_once('/')?;
        (!chart.is_empty() && !rest.is_empty()).then_some(rest)
    })
}

/// Go's `filepath.Match`: `*` and `?` stop at `/`, `[a-z]` and `[^a]` are classes, `\` escapes.
/// A malformed pattern matches nothing. `failed` keeps the ends of both that do not match, so
/// that many stars do not try the same again and again.
fn matches(pattern: &[u8], name: &[u8], failed: &mut HashSet<(usize, usize)>) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return name.is_empty() };
    match first {
        b'*' => {
            let reach = name.iter().position(|b| *b == b'/').unwrap_or(name.len());
            let seen = (pattern.len(), name.len());
            let hit = !failed.contains(&seen) && (0..=reach).any(|skip| matches(rest, &name[skip..], failed));
            if !hit {
                failed.insert(seen);
            }
            hit
        }
        b'?' => name.first().is_some_and(|b| *b != b'/') && matches(rest, &name[1..], failed),
        b'[' => class(rest, name).is_some_and(|(hit, rest)| hit && matches(rest, &name[1..], failed)),
        b'\\' => match rest.split_first() {
            Some((escaped, rest)) => name.first() == Some(escaped) && matches(rest, &name[1..], failed),
            None => false,
        },
        literal => name.first() == Some(literal) && matches(rest, &name[1..], failed),
    }
}

/// Whether the first byte of the name is in the class, and the pattern after it.
fn class<'p>(mut pattern: &'p [u8], name: &[u8]) -> Option<(bool, &'p [u8])> {
    let byte = *name.first()?;
    let negated = pattern.first() == Some(&b'^');
    pattern = &pattern[usize::from(negated)..];
    let mut hit = false;
    let mut empty = true;
    while pattern.first()? != &b']' || empty {
        let (low, rest) = class_byte(pattern)?;
        let (high, rest) = match rest.split_first() {
            Some((b'-', rest)) => class_byte(rest)?,
            _ => (low, rest),
        };
        hit |= (low..=high).contains(&byte);
        pattern = rest;
        empty = false;
    }
    Some((hit != negated && byte != b'/', &pattern[1..]))
}

fn class_byte(pattern: &[u8]) -> Option<(u8, &[u8])> {
    match pattern.split_first()? {
        (b'-' | b']', _) => None,
        (b'\\', rest) => rest.split_first().map(|(byte, rest)| (*byte, rest)),
        (byte, rest) => Some((*byte, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &[u8], name: &[u8]) -> bool {
        super::matches(pattern, name, &mut HashSet::new())
    }

    #[test]
    fn many_stars_end_soon() {
        assert!(!matches(&[b'*'; 60], &[&[b'a'; 200][..], b"/"].concat()));
        assert!(matches(&b"*a".repeat(60), &[b'a'; 200]));
    }

    #[test]
    fn a_star_stays_within_a_folder() {
        assert!(matches(b"templates/*.yaml", b"templates/a.yaml"));
        assert!(!matches(b"templates/*.yaml", b"templates/sub/a.yaml"));
        assert!(!matches(b"**", b"templates/a.yaml"));
        assert!(matches(b"templates/[a-c]?.yaml", b"templates/b1.yaml"));
        assert!(!matches(b"templates/[^b]1.yaml", b"templates/b1.yaml"));
        assert!(!matches(b"templates/[", b"templates/["));
    }
}
