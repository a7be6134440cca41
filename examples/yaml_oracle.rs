//! Says what this library makes of YAML files, for comparison with scripts/yaml-oracle.
//!
//! In: file names on standard input, one a line. Out: for each, one line per part: `json`, `yaml`,
//! `pretty`, `fromjson` or `error`, a tab, and the text in hex.

use chartwright::value::{Map, Value};
use chartwright::yaml;
use std::io::{BufRead, Write};

fn main() -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for name in std::io::stdin().lock().lines() {
        let name = name?;
        let text = std::fs::read(&name)?;
        writeln!(out, "file\t{name}")?;
        let mut line = |kind: &str, text: &[u8]| {
            let hex: String = text.iter().map(|b| format!("{b:02x}")).collect();
            writeln!(out, "{kind}\t{hex}")
        };
        match yaml::decode(&text) {
            Err(error) => line("error", error.message.as_bytes())?,
            Ok(node) => {
                let value = node.to_value();
                line("json", &yaml::to_json(&value, true).unwrap_or_else(String::into_bytes))?;
                line("yaml", &yaml::to_yaml(&value).unwrap_or_default())?;
                line("pretty", &yaml::to_yaml_pretty(&value).unwrap_or_default())?;
            }
        }
        let indented = yaml::from_json(&text).and_then(|node| yaml::to_json_indent(&node.to_value(), "", "  ", true));
        line("fromjson", &indented.unwrap_or_else(String::into_bytes))?;
        if text.len() <= 200 {
            let map = Map::new();
            map.insert("k", text.clone().into());
            map.insert(text.clone(), Value::list(vec![text.into()]));
            line("yaml", &yaml::to_yaml(&map.clone().into()).unwrap_or_default())?;
            line("pretty", &yaml::to_yaml_pretty(&map.into()).unwrap_or_default())?;
        }
    }
    Ok(())
}
