//! `--dns FILE`: addresses of hosts, so that `getHostByName` needs no network.
//!
//! In: a YAML map `HOST: ADDRESS` or `HOST: [ADDRESS, …]`. Out: the addresses by host.

use crate::value::{Data, Node};
use crate::yaml;
use std::net::IpAddr;

/// Reads a file of hosts.
///
/// # Errors
/// The file is no such map, or an address is no address; told with the host.
pub(super) fn read(name: &str) -> Result<Vec<(String, Vec<String>)>, String> {
    let bytes = super::input::read(name)?;
    let node = yaml::decode(&bytes).map_err(|error| format!("failed to parse {name}: {}", error.message))?;
    hosts(&node).map_err(|why| format!("failed to read {name}: {why}"))
}

fn hosts(node: &Node) -> Result<Vec<(String, Vec<String>)>, String> {
    if node.is_null() {
        return Ok(Vec::new());
    }
    let Some(map) = node.as_map() else { return Err("expected a map of hosts to addresses".into()) };
    let mut hosts = Vec::with_capacity(map.len());
    for (host, value) in map {
        let host = host.to_text().into_owned();
        let addresses = match &value.data {
            Data::List(items) => items.iter().map(|item| address(&host, item)).collect::<Result<_, _>>()?,
            _ => vec![address(&host, value)?],
        };
        if addresses.is_empty() {
            return Err(format!("{host:?} has no address"));
        }
        hosts.push((host, addresses));
    }
    Ok(hosts)
}

fn address(host: &str, node: &Node) -> Result<String, String> {
    let Data::Str(text) = &node.data else {
        return Err(format!("line {}: {host:?} has no text for an address", node.origin.line));
    };
    let text = text.to_text();
    match text.parse::<IpAddr>() {
        Ok(_) => Ok(text.into_owned()),
        Err(_) => Err(format!("line {}: {text:?} of {host:?} is no IP address", node.origin.line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<(String, Vec<String>)>, String> {
        hosts(&yaml::decode(text.as_bytes()).expect("it is YAML"))
    }

    #[test]
    fn a_host_has_one_address_or_a_list() {
        let want = [("a", vec!["10.0.0.1"]), ("b", vec!["::1", "127.0.0.1"])];
        let want = want.map(|(host, all)| (host.to_owned(), all.into_iter().map(str::to_owned).collect::<Vec<_>>()));
        assert_eq!(of("a: 10.0.0.1\nb: ['::1', 127.0.0.1]\n"), Ok(want.to_vec()));
        assert_eq!(of(""), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_address_is_named_with_its_host_and_line() {
        assert_eq!(of("a: 10.0.0.1\nb: [c]\n").unwrap_err(), "line 2: \"c\" of \"b\" is no IP address");
        assert_eq!(of("a: 1\n").unwrap_err(), "line 1: \"a\" has no text for an address");
        assert_eq!(of("a: []\n").unwrap_err(), "\"a\" has no address");
        assert_eq!(of("[a]\n").unwrap_err(), "expected a map of hosts to addresses");
    }
}
