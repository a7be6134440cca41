//! Whom a text is about: pod, namespace, release, claim.
//!
//! In: lines of `kubectl describe` and of logs. Out: [`Facts`] for the commands that mend a cause.

use super::kind::{Kind, pod_of};
use super::{About, Spot};
use std::collections::BTreeSet;

/// What is known of an object.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    first: u32,
    last: u32,
    pod: Option<String>,
    namespace: Option<String>,
    release: Option<String>,
    claim: Option<String>,
}

/// Whether a word is a name in a cluster, and so safe in a command.
fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    (1..=253).contains(&text.len()) && text.chars().all(is_letter) && !text.starts_with('-')
}

fn name(text: &str) -> Option<String> {
    is_name(text.trim()).then(|| text.trim().to_owned())
}

/// The objects that lines are about, each with its lines.
pub(super) fn read(lines: &[&str], kinds: &[Kind]) -> Vec<Facts> {
    let mut all: Vec<Facts> = Vec::new();
    let mut described = String::new();
    for ((number, line), kind) in (1..).zip(lines).zip(kinds) {
        let begins = match kind {
            Kind::Describe => line.strip_prefix("Name: ").map(str::trim).map(str::to_owned),
            Kind::Log => pod_of(line)
                .filter(|pod| all.last().and_then(|last| last.pod.as_deref()) != Some(pod))
                .map(str::to_owned),
            _ => None,
        };
        if let Some(text) = begins {
            let pod = (*kind == Kind::Log).then(|| name(&text)).flatten();
            all.push(Facts { first: number, last: number, pod, ..Facts::default() });
            described = text;
        }
        let Some(last) = all.last_mut() else { continue };
        last.last = number;
        if *kind != Kind::Describe {
            continue;
        }
        let trimmed = line.trim_start();
        if let Some(text) = line.strip_prefix("Namespace:") {
            last.namespace = name(text);
        }
        if let Some(at) = trimmed.find("app.kubernetes.io/instance=") {
            let text = trimmed.get(at..).and_then(|text| text.split_once('=')).map_or("", |(_, text)| text);
            last.release = last.release.take().or_else(|| name(text.split(',').next().unwrap_or_default()));
        }
        // Only pods have containers that run on a node, only claims an access mode.
        if line.starts_with("Node:") {
            last.pod = name(&described);
        }
        if line.starts_with("Access Modes:") {
            last.claim = name(&described);
        }
        if let Some(text) = trimmed.strip_prefix("ClaimName:") {
            last.claim = name(text);
        }
    }
    all
}

/// What is known of whom these lines are about; else of the only one there is.
pub(super) fn of<'f>(spots: &BTreeSet<Spot>, reads: impl Iterator<Item = &'f [Facts]>, about: &About) -> Facts {
    let all: Vec<(usize, &Facts)> =
        reads.enumerate().flat_map(|(at, facts)| facts.iter().map(move |one| (at, one))).collect();
    let is_of = |at: usize, one: &Facts| {
        spots.iter().next().is_some_and(|(text, line)| *text == at && (one.first..=one.last).contains(line))
    };
    let own = all.iter().find(|(at, one)| is_of(*at, one)).map(|(_, one)| (*one).clone()).unwrap_or_default();
    let only = |read: fn(&Facts) -> &Option<String>| {
        let names: BTreeSet<&String> = all.iter().filter_map(|(_, one)| read(one).as_ref()).collect();
        if let (1, Some(name)) = (names.len(), names.first()) { Some((*name).clone()) } else { None }
    };
    Facts {
        pod: own.pod.or_else(|| only(|one| &one.pod)),
        claim: own.claim.or_else(|| only(|one| &one.claim)),
        namespace: about.namespace.as_deref().and_then(name).or(own.namespace).or_else(|| only(|one| &one.namespace)),
        release: about.release.as_deref().and_then(name).or(own.release).or_else(|| only(|one| &one.release)),
        ..Facts::default()
    }
}

impl Facts {
    /// A command for this object.
    pub(super) fn fill(&self, line: &str) -> String {
        let word = |name: &Option<String>, unknown: &str| name.clone().unwrap_or_else(|| unknown.to_owned());
        line.replace("{pod}", &word(&self.pod, "POD"))
            .replace("{namespace}", &word(&self.namespace, "NAMESPACE"))
            .replace("{release}", &word(&self.release, "RELEASE"))
            .replace("{claim}", &word(&self.claim, "CLAIM"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::kind;
    use super::*;

    #[test]
    fn a_name_that_is_none_gets_into_no_command() {
        let text = "Name:             a;reboot\nNamespace:        $(reboot)\nLabels:           app.kubernetes.io/instance=`x`\nNode: <none>\n";
        let lines: Vec<&str> = text.lines().collect();
        let facts = read(&lines, &kind::kinds(&lines));
        let told = of(&BTreeSet::from([(0, 1)]), std::iter::once(facts.as_slice()), &About::default());
        assert_eq!(told.fill("{pod} {namespace} {release} {claim}"), "POD NAMESPACE RELEASE CLAIM");
    }
}
