//! What the API server says of an object, without the server.
//!
//! In: an object and a minor. Out: its [`Problem`]s: first those of its fields, then those of its rules.

use super::at::At;
use super::kinds::{KindId, known_kind};
use super::problem::{Minor, Problem};
use super::schema::Walk;
use super::{rules, types};
use crate::path::Step;
use crate::value::Node;
use rustc_hash::FxHashSet;

/// Everything that an API server of this minor refuses in an object; `None` when it does not serve the kind.
///
/// Minors beyond the known ones count as the nearest known one. The server stops after the first stage that fails; here
/// all stages run, so one mistake does not hide another.
pub fn check(minor: Minor, object: &Node) -> Option<Vec<Problem>> {
    let minor = minor.known();
    let id = KindId::of(object)?;
    if id.api_version == "v1" && id.kind == "List" {
        return Some(items(minor, object));
    }
    let kind = known_kind(minor, id.api_version, id.kind)?;
    let shape = types::named(kind.type_name)?;
    let secret = id.api_version == "v1" && id.kind == "Secret";
    let mut walk = Walk::new(minor, kind.custom, secret);
    walk.object(kind.type_name, shape, object);
    let mut problems = walk.problems;
    rules::check(id, minor, &At::object(object), &mut problems);
    // A word that is wrong by the schema of one minor is wrong by a rule in all.
    let mut told: FxHashSet<(&'static str, Vec<Step>)> = FxHashSet::default();
    problems.retain(|problem| told.insert((problem.rule, problem.path.clone())));
    Some(problems)
}

/// The objects of a `List`, each with the way to it. Kinds that are not served are passed over.
fn items(minor: Minor, list: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    for item in At::object(list).list("items") {
        let found = stacker::maybe_grow(64 * 1024, 1024 * 1024, || check(minor, item.node()));
        for mut problem in found.unwrap_or_default() {
            problem.path.splice(0..0, item.path());
            problems.push(problem);
        }
    }
    problems
}
