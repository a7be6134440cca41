//! Checks of single values that many rules share.
//!
//! In: a field. Out: a [`Problem`] when its number, name, address or percentage is none.

use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::Problem;
use crate::value::Data;
use std::net::IpAddr;

/// Longest list of handlers or sources that a message names.
const MOST_NAMED: usize = 8;

/// Fields that hold a number of 0 or more.
pub(super) fn not_negative(at: &At<'_>, fields: &[&str], out: &mut Vec<Problem>) {
    for field in fields {
        if let Some(number) = at.integer_of(field).filter(|number| *number < 0) {
            out.push(at.problem_at(field, "negative-number", format!("found {number}, allowed are 0 and more")));
        }
    }
}

/// A field whose number lies between two.
pub(super) fn between(at: &At<'_>, field: &str, least: i64, most: i64, out: &mut Vec<Problem>) {
    if let Some(number) = at.integer_of(field).filter(|number| !(least..=most).contains(number)) {
        out.push(at.problem_at(field, "out-of-range", format!("found {number}, allowed are {least} to {most}")));
    }
}

/// A number of a port.
pub(super) fn port_number(at: &At<'_>, field: &str, out: &mut Vec<Problem>) {
    if let Some(number) = at.integer_of(field).filter(|number| !(1..=65535).contains(number)) {
        out.push(at.problem_at(field, "invalid-port", format!("found {number}, allowed are 1 to 65535")));
    }
}

/// A number or name of a port.
pub(super) fn port_or_name(at: &At<'_>, field: &str, out: &mut Vec<Problem>) {
    port_number(at, field, out);
    let Some(text) = at.text_of(field) else { return };
    if let Err(message) = names::port_name(text) {
        let problem = at.problem_at(field, "invalid-port-name", message);
        let number = text.parse::<u16>().is_ok();
        out.push(if number { problem.fix("write the number without quotes") } else { problem });
    }
}

/// What a number-or-percentage field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Count(i64),
    Percent(i64),
}

impl Amount {
    pub(super) fn is_zero(self) -> bool {
        matches!(self, Amount::Count(0) | Amount::Percent(0))
    }
}

/// A number of pods, or a percentage; at most 100 % where `capped`.
pub(super) fn count_or_percent(at: &At<'_>, field: &str, capped: bool, out: &mut Vec<Problem>) -> Option<Amount> {
    if let Some(number) = at.integer_of(field) {
        not_negative(at, &[field], out);
        return Some(Amount::Count(number));
    }
    let text = at.text_of(field)?;
    let digits =
        text.strip_suffix('%').filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
    let Some(digits) = digits else {
        let problem = at.problem_at(
            field,
            "invalid-percentage",
            format!("found the text `{text}`, expected a number or a percentage such as `50%`"),
        );
        let number = text.parse::<u32>().is_ok();
        out.push(if number { problem.fix("write the number without quotes") } else { problem });
        return None;
    };
    let percent = digits.parse().unwrap_or(i64::MAX);
    if capped && percent > 100 {
        out.push(at.problem_at(field, "invalid-percentage", format!("found {text}, allowed is at most 100%")));
    }
    Some(Amount::Percent(percent))
}

/// Which of these fields are there.
pub(super) fn present<'f>(at: &At<'_>, fields: &[&'f str]) -> Vec<&'f str> {
    fields.iter().copied().filter(|field| at.has(field)).collect()
}

/// `` `a`, `b` and `c` ``.
pub(super) fn named(fields: &[&str]) -> String {
    let quoted: Vec<String> = fields.iter().take(MOST_NAMED).map(|field| format!("`{field}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

/// Every field beyond the first of those that exclude each other.
pub(super) fn at_most_one(at: &At<'_>, fields: &[&str], rule: &'static str, out: &mut Vec<Problem>) {
    let found = present(at, fields);
    for extra in found.iter().skip(1) {
        let problem = at.problem_at(extra, rule, format!("found {}, allowed is one of them", named(&found)));
        out.push(problem.fix(format!("keep one and set the others to `null`: {}", named(&found))));
    }
}

/// A field that must not be empty.
pub(super) fn required(at: &At<'_>, field: &str, out: &mut Vec<Problem>) {
    let empty = at.node().get(field).is_none_or(|node| match &node.data {
        Data::Null => true,
        Data::Str(text) => text.is_empty(),
        Data::List(items) => items.is_empty(),
        Data::Map(map) => map.is_empty(),
        _ => false,
    });
    if empty {
        out.push(at.problem_at(field, "missing-field", format!("`{field}` is missing, which is required")));
    }
}

/// A field with one of some words; empty is absent.
pub(super) fn words(at: &At<'_>, field: &str, allowed: &[&str], out: &mut Vec<Problem>) {
    let Some(found) = at.text_of(field).filter(|text| !text.is_empty() && !allowed.contains(text)) else { return };
    let list: Vec<String> = allowed.iter().map(|word| format!("`{word}`")).collect();
    let list = if list.is_empty() { "is nothing".to_owned() } else { format!("are {}", list.join(", ")) };
    let problem = at.problem_at(field, "unknown-value", format!("found `{found}`, allowed {list}"));
    out.push(match crate::nearest::nearest(found, allowed.iter().copied()) {
        Some(near) => problem.fix(format!("write `{near}`")),
        None => problem,
    });
}

/// A field with the name of another object; empty is a question for other rules.
pub(super) fn reference(at: &At<'_>, field: &str, out: &mut Vec<Problem>) {
    name(at, field, names::subdomain, out);
}

/// A field with a name that a function checks.
pub(super) fn name(at: &At<'_>, field: &str, fits: fn(&str) -> Result<(), String>, out: &mut Vec<Problem>) {
    let text = at.text_of(field).filter(|text| !text.is_empty());
    if let Some(Err(message)) = text.map(fits) {
        out.push(at.problem_at(field, "invalid-name", message));
    }
}

/// An address as the server reads it: zeros in front of IPv4 numbers are passed over.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let plain: Vec<&str> = text
        .split('.')
        .map(|part| match part.trim_start_matches('0') {
            "" if !part.is_empty() => "0",
            short => short,
        })
        .collect();
    text.parse().ok().or_else(|| plain.join(".").parse::<std::net::Ipv4Addr>().ok().map(IpAddr::V4))
}

/// `found …, expected an IP address`, where a text is none.
pub(super) fn check_address(at: &At<'_>, out: &mut Vec<Problem>) -> Option<IpAddr> {
    let text = at.text()?;
    let found = address(text);
    if found.is_none() {
        out.push(at.problem("invalid-address", format!("found `{text}`, expected an IP address")));
    }
    found
}

/// A range of addresses: its first address and how many bits are fixed.
pub(super) fn range(text: &str) -> Option<(IpAddr, u8)> {
    let (start, bits) = text.split_once('/')?;
    let start = address(start)?;
    let bits: u8 = Some(bits).filter(|bits| bits.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    (bits <= if start.is_ipv4() { 32 } else { 128 }).then_some((start, bits))
}

/// `found …, expected a range`, where a text is none.
pub(super) fn check_range(at: &At<'_>, out: &mut Vec<Problem>) -> Option<(IpAddr, u8)> {
    let text = at.text()?;
    let found = range(text);
    if found.is_none() {
        let problem =
            at.problem("invalid-cidr", format!("found `{text}`, expected a range of addresses such as `10.0.0.0/8`"));
        out.push(if address(text).is_some() {
            problem.fix(format!("write `{text}/32` for the one address"))
        } else {
            problem
        });
    }
    found
}

/// Whether one range lies inside another and is smaller.
pub(super) fn is_inside(inner: (IpAddr, u8), outer: (IpAddr, u8)) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, true),
        IpAddr::V6(address) => (address.to_bits(), false),
    };
    let ((inner_bits, inner_is_4), (outer_bits, outer_is_4)) = (bits(inner.0), bits(outer.0));
    let mask = u128::MAX.checked_shl(128 - u32::from(outer.1)).unwrap_or(0);
    inner_is_4 == outer_is_4 && inner.1 > outer.1 && inner_bits & mask == outer_bits & mask
}

/// The first address of a range that was written with another one.
pub(super) fn host_bits((address, bits): (IpAddr, u8)) -> Option<IpAddr> {
    let first: IpAddr = match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            std::net::Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            std::net::Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    };
    (first != address).then_some(first)
}

/// A relative path that does not climb.
pub(super) fn relative_path(at: &At<'_>, field: &str, out: &mut Vec<Problem>) {
    let Some(text) = at.text_of(field) else { return };
    if text.starts_with('/') {
        out.push(at.problem_at(field, "invalid-path", format!("found `{text}`, expected a relative path")));
    }
    climbs(at, field, out);
}

/// `..` in a path.
pub(super) fn climbs(at: &At<'_>, field: &str, out: &mut Vec<Problem>) {
    let Some(text) = at.text_of(field) else { return };
    if text.split('/').any(|part| part == "..") {
        out.push(at.problem_at(field, "invalid-path", format!("found `{text}`, expected a path without `..`")));
    }
}
