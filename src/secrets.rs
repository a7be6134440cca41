//! Keeps secrets out of what is shown of YAML texts.
//!
//! In: lines of a manifest or a values file, which need not be good YAML. Out: the same lines, with
//! `***` for the values of keys that sound secret, and for all that a `Secret` carries.

use crate::value::{Data, Node};
use crate::yaml;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use smallvec::SmallVec;

/// What takes the place of a value.
pub(crate) const MASK: &str = "***";

/// Parts of names, in lower case and without `-` and `_`, that make a name sound secret.
const WORDS: [&str; 14] = [
    "passw",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "credential",
    "apikey",
    "accesskey",
    "privatekey",
    "encryptionkey",
    "requirepass",
    "masterauth",
    "dockerconfig",
    "connectionstring",
];

/// Which two bytes begin one of them: for each first one, a bit for each second letter.
static BEGINS: [u32; 256] = {
    let mut table = [0; 256];
    let mut word = 0;
    while word < WORDS.len() {
        let text = WORDS[word].as_bytes();
        table[text[0] as usize] |= 1 << (text[1] & 31);
        word += 1;
    }
    table
};

/// Whether a name, or a text with names in it, sounds secret.
pub(crate) fn sounds_secret(text: &str) -> bool {
    let letters = text.bytes().filter(|byte| !matches!(byte, b'-' | b'_')).map(|byte| byte.to_ascii_lowercase());
    let plain: SmallVec<[u8; 64]> = letters.collect();
    // Asked of every key of the values: to look for one word after the other takes ten times as long.
    (0..plain.len()).any(|at| {
        let rest = plain.get(at..).unwrap_or_default();
        matches!(rest, [first, second, ..] if BEGINS[usize::from(*first)] & 1 << (second & 31) != 0)
            && WORDS.iter().any(|word| rest.starts_with(word.as_bytes()))
    })
}

/// Texts that are looked for in what is shown, and the shortest of them: `ab` stands in anything.
const MOST_TEXTS: usize = 200;
const SHORTEST_TEXT: usize = 4;
/// The same of one line among several.
const SHORTEST_LINE: usize = 8;

/// Words that stand under such names and are no secrets: without them, errors could not be read.
const COMMON: [&str; 24] = [
    "admin", "auto", "base64", "changeme", "default", "disabled", "enabled", "existing", "false", "file", "generate",
    "name", "none", "null", "opaque", "password", "random", "redis", "root", "secret", "test", "token", "true", "user",
];

/// The texts of a tree of values that stand under keys that sound secret.
pub(crate) fn texts(values: &Node) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![(values, false)];
    while let Some((node, is_secret)) = waiting.pop() {
        match &node.data {
            Data::Map(entries) => waiting.extend(entries.iter().map(|(key, node)| {
                let key = key.to_text();
                // The name of a Secret is none.
                let is_name = || {
                    let lower = key.to_lowercase();
                    ["name", "existing", "ref", "pullsecret"].iter().any(|word| lower.contains(word))
                };
                (node, (is_secret || sounds_secret(&key)) && !is_name())
            })),
            Data::List(items) => waiting.extend(items.iter().map(|item| (item, is_secret))),
            Data::Str(text) if is_secret && is_telling(&text.to_text()) => found.push(text.to_text().into_owned()),
            _ => {}
        }
        if found.len() >= MOST_TEXTS {
            break;
        }
    }
    found
}

/// Whether a text may be a secret, rather than a word that anybody writes.
pub(crate) fn is_telling(text: &str) -> bool {
    text.len() >= SHORTEST_TEXT && !COMMON.contains(&text.to_lowercase().as_str())
}

/// Texts, and what they become in a Secret and in a checksum: base64, and sha256 in hexadecimal. A text may be part of
/// another: the longest goes first.
pub(crate) fn forms(texts: Vec<String>) -> Vec<String> {
    let mut all = Vec::with_capacity(3 * texts.len());
    for text in texts {
        let hash = Sha256::digest(text.as_bytes());
        // Of a key that has many lines, one may be shown.
        let lines = text.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE && *line != text);
        all.extend(lines.take(MOST_TEXTS).map(str::to_owned));
        all.push(STANDARD.encode(&text));
        all.push(hash.iter().map(|byte| format!("{byte:02x}")).collect());
        all.push(text);
    }
    all.sort_by_key(|text: &String| std::cmp::Reverse(text.len()));
    all.dedup();
    all
}

/// A line without these texts.
pub(crate) fn without(line: String, texts: &[String]) -> String {
    texts.iter().fold(line, |line, text| if line.contains(text) { line.replace(text, MASK) } else { line })
}

/// The lines of one document.
pub(crate) fn masked(text: &str) -> Vec<String> {
    let is_secret = text.lines().any(|line| {
        let kind = line.trim_start().strip_prefix("kind:").unwrap_or_default();
        kind.trim_start_matches([' ', '"', '\'']).starts_with("Secret")
    });
    let mut mask = Mask { is_secret, hidden: None, is_open: !is_secret, after_name: false };
    text.lines().map(|line| mask.line(line)).collect()
}

struct Mask {
    /// Whether the document is a `Secret`.
    is_secret: bool,
    /// Lines that stand further right than this are part of a value that is hidden.
    hidden: Option<usize>,
    /// Whether this part of the document may be shown.
    is_open: bool,
    /// Whether the line before was the `name:` of something that sounds secret.
    after_name: bool,
}

impl Mask {
    fn line(&mut self, line: &str) -> String {
        let body = line.trim_start_matches(|c: char| c.is_whitespace() || c == '-');
        if body.trim().is_empty() {
            return line.to_owned();
        }
        let before = line.get(..line.len() - body.len()).unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        if self.hidden.is_some_and(|key| indent > key || before.contains('-') && indent == key) {
            return format!("{before}{MASK}");
        }
        self.hidden = None;
        let after_name = std::mem::take(&mut self.after_name);
        let Some((key, value)) = key(body) else {
            let hide = !self.is_open || sounds_secret(body);
            return if hide { format!("{before}{MASK}") } else { line.to_owned() };
        };
        if self.is_secret && before.is_empty() {
            self.is_open = matches!(key, "apiVersion" | "kind" | "metadata" | "type" | "immutable");
        }
        let hides = !self.is_open
            || sounds_secret(key)
            || after_name && key == "value"
            || value.contains(['=', '{', '[', ':']) && sounds_secret(value);
        if !hides {
            self.after_name = key == "name" && sounds_secret(value);
            return line.to_owned();
        }
        // What belongs to this key stands right of it; of a `Secret` the keys below are shown.
        let is_section = !self.is_open && before.is_empty() && value.trim().is_empty();
        self.hidden = (!is_section).then_some(before.len());
        if value.trim().is_empty() { line.to_owned() } else { format!("{before}{key}: {MASK}") }
    }
}

/// A line's key, and what follows its colon.
fn key(body: &str) -> Option<(&str, &str)> {
    let (key, value) = body.split_once(':')?;
    let is_key = key.len() < 100 && !key.contains([' ', '{', '[', '=']) && (value.is_empty() || value.starts_with(' '));
    is_key.then_some((key, value))
}

/// Characters of a value that are shown.
const SHOWN: usize = 60;

/// A value in one line, as JSON; `***` where it is or may hold a secret.
pub(crate) fn shown(name: &str, node: &Node) -> String {
    if may_be_secret(node) && (sounds_secret(name) || holds_secret(node)) {
        return "***".into();
    }
    let text = yaml::to_json(&node.to_value(), false).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).trim_end().to_owned();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Whether there is something in it that can be hidden.
fn may_be_secret(node: &Node) -> bool {
    match &node.data {
        Data::Null | Data::Bool(_) => false,
        Data::Str(text) => !text.is_empty(),
        _ => true,
    }
}

fn holds_secret(node: &Node) -> bool {
    match &node.data {
        Data::Map(entries) => {
            entries.iter().any(|(key, node)| may_be_secret(node) && sounds_secret(&key.to_text()) || holds_secret(node))
        }
        Data::List(items) => items.iter().any(holds_secret),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_secret_only_the_head_and_the_keys_are_shown() {
        let text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  user: hunter2\n  file: |\n    hunter2\n  hunter2\nnot: hunter2\nhunter2";
        let want = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  user: ***\n  file: ***\n    ***\n  ***\nnot: ***\n***";
        assert_eq!(masked(text).join("\n"), want);
        assert_eq!(masked("kind: \"Secret\"\ndata: {a: hunter2}\n").join("\n"), "kind: \"Secret\"\ndata: ***");
    }

    #[test]
    fn common_words_and_short_ones_are_no_secrets() {
        let text = b"password: Redis\ntoken: abc\nsecret: {enabled: 'true', key: 'hunter2'}\nsecretName: hunter3\n";
        let values = crate::yaml::decode(text).expect("good YAML");
        assert_eq!(texts(&values), ["hunter2"]);
    }

    #[test]
    fn keys_that_sound_secret_lose_their_values_everywhere() {
        let text = "a:\n  rootPassword: hunter2\n  port: 1\n  api-key: >\n    hunter2\n  env:\n  - name: DB_TOKEN\n    value: hunter2\n  - name: PORT\n    value: 3\n  args: [\"--password=hunter2\"]\n  credentials:\n  - hunter2\n  size: 3\n";
        let shown = masked(text).join("\n");
        assert!(!shown.contains("hunter2"), "{shown}");
        for kept in ["port: 1", "rootPassword: ***", "name: DB_TOKEN", "value: 3", "size: 3"] {
            assert!(shown.contains(kept), "{kept}: {shown}");
        }
    }
}
