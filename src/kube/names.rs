//! What names, labels, keys and paths may look like.
//!
//! In: a text. Out: nothing, or what is wrong with it: messages that say what is allowed. [`helm_lint_name`] has
//! Helm's words for the names of objects; the API server checks some kinds more closely than Helm does.

use super::kinds::KindId;
use super::problem::Minor;

/// From here on names of Services may begin with a digit.
pub const SERVICE_DIGITS: Minor = Minor(36);

/// Longest DNS label.
pub const LABEL_LENGTH: usize = 63;
/// Longest DNS subdomain.
pub const SUBDOMAIN_LENGTH: usize = 253;

/// What kind of name an object's name must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameRule {
    /// Parts of lower case letters, digits and `-`, joined by dots: most kinds.
    Subdomain,
    /// One such part: namespaces, and what pods take their host names from.
    Label,
    /// One such part that begins with a letter: Services.
    Label1035,
    /// Anything that can stand in a URL's path: RBAC.
    PathSegment,
    /// Nothing is checked.
    Any,
}

fn is_lower_or_digit(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Lower case letters, digits and `-`, with a letter or digit at both ends.
fn is_label_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|b| is_lower_or_digit(*b))
        && bytes.last().is_some_and(|b| is_lower_or_digit(*b))
        && bytes.iter().all(|b| is_lower_or_digit(*b) || *b == b'-')
}

fn is_subdomain_text(text: &str) -> bool {
    text.split('.').all(is_label_text)
}

/// Letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
fn is_qualified_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

const SUBDOMAIN: &str =
    "lower case letters, digits, `-` and `.`, each part beginning and ending with a letter or digit";
const LABEL: &str = "lower case letters, digits and `-`, beginning and ending with a letter or digit";
const LABEL_1035: &str =
    "lower case letters, digits and `-`, beginning with a letter and ending with a letter or digit";
const QUALIFIED: &str = "letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit";

/// `found … characters, allowed are at most …`, or what the text may be made of.
fn within(text: &str, longest: usize, fits: bool, allowed: &str) -> Result<(), String> {
    if text.is_empty() {
        Err("found nothing, expected a name".to_owned())
    } else if text.len() > longest {
        Err(format!("found {} characters, allowed are at most {longest}", text.len()))
    } else if fits {
        Ok(())
    } else {
        Err(format!("found `{text}`, allowed are {allowed}"))
    }
}

/// Whether a text is a DNS subdomain: `redis-0.example.com`.
///
/// # Errors
/// What was found and what is allowed.
pub fn subdomain(text: &str) -> Result<(), String> {
    within(text, SUBDOMAIN_LENGTH, is_subdomain_text(text), SUBDOMAIN)
}

/// Whether a text is a DNS label: `redis-0`.
///
/// # Errors
/// What was found and what is allowed.
pub fn label(text: &str) -> Result<(), String> {
    within(text, LABEL_LENGTH, is_label_text(text), LABEL)
}

/// Whether a text is a DNS label that begins with a letter, as names of Services must.
///
/// # Errors
/// What was found and what is allowed.
pub fn label_1035(text: &str) -> Result<(), String> {
    let fits = is_label_text(text) && !text.starts_with(|c: char| c.is_ascii_digit());
    within(text, LABEL_LENGTH, fits, LABEL_1035)
}

/// Whether a text can be one step of a URL's path, as names of Roles must.
///
/// # Errors
/// What was found and what is not allowed.
pub fn path_segment(text: &str) -> Result<(), String> {
    if text.is_empty() {
        Err("found nothing, expected a name".to_owned())
    } else if text == "." || text == ".." {
        Err(format!("found `{text}`, which is no name"))
    } else if let Some(bad) = text.chars().find(|c| matches!(c, '/' | '%')) {
        Err(format!("found `{text}`, allowed is anything without `{bad}`"))
    } else {
        Ok(())
    }
}

/// Whether a text can be the key of a label or an annotation: `team`, `example.com/team`.
///
/// # Errors
/// What was found and what is allowed.
pub fn label_key(text: &str) -> Result<(), String> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    if let Some(prefix) = prefix {
        within(prefix, SUBDOMAIN_LENGTH, is_subdomain_text(prefix), SUBDOMAIN)
            .map_err(|error| format!("the part before `/`: {error}"))?;
    }
    within(name, LABEL_LENGTH, is_qualified_text(name), QUALIFIED)
}

/// Whether a text can be the value of a label; empty is fine.
///
/// # Errors
/// What was found and what is allowed.
pub fn label_value(text: &str) -> Result<(), String> {
    if text.is_empty() { Ok(()) } else { within(text, LABEL_LENGTH, is_qualified_text(text), QUALIFIED) }
}

/// Whether a text can be a key of a ConfigMap or Secret.
///
/// # Errors
/// What was found and what is allowed.
pub fn data_key(text: &str) -> Result<(), String> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let fits = plain && text != "." && !text.starts_with("..");
    within(text, SUBDOMAIN_LENGTH, fits, "letters, digits, `-`, `_` and `.`, not beginning with `..`")
}

/// Whether a text can be the name of a port: a word of at most 15 characters.
///
/// # Errors
/// What was found and what is allowed.
pub fn port_name(text: &str) -> Result<(), String> {
    let fits = is_label_text(text) && text.bytes().any(|b| b.is_ascii_lowercase()) && !text.contains("--");
    within(text, 15, fits, "lower case letters, digits and single `-`, with a letter among them")
}

/// Whether a text can be the name of an environment variable: printable ASCII without `=`.
///
/// # Errors
/// What was found and what is allowed.
pub fn env_name(text: &str) -> Result<(), String> {
    let fits = text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=');
    within(text, usize::MAX, fits, "printable ASCII characters other than `=`")
}

/// How Helm checks the name of an object: by its kind alone, whatever its group.
pub fn helm_name_rule(kind: &str) -> NameRule {
    match kind.to_lowercase().as_str() {
        "service" => NameRule::Label1035,
        "namespace" => NameRule::Label,
        "role" | "clusterrole" | "rolebinding" | "clusterrolebinding" => NameRule::PathSegment,
        "certificatesigningrequest" => NameRule::Any,
        _ => NameRule::Subdomain,
    }
}

/// How the API server of a minor checks the name of an object.
pub fn name_rule(minor: Minor, id: KindId<'_>) -> NameRule {
    match (id.group(), id.kind) {
        ("", "Service") if minor < SERVICE_DIGITS => NameRule::Label1035,
        ("", "Service") => NameRule::Label,
        ("", "Namespace") => NameRule::Label,
        ("rbac.authorization.k8s.io", _) => NameRule::PathSegment,
        _ => NameRule::Subdomain,
    }
}

/// Checks a text by a rule.
///
/// # Errors
/// What was found and what is allowed.
pub fn object_name(rule: NameRule, text: &str) -> Result<(), String> {
    match rule {
        NameRule::Subdomain => subdomain(text),
        NameRule::Label => label(text),
        NameRule::Label1035 => label_1035(text),
        NameRule::PathSegment => path_segment(text),
        NameRule::Any => Ok(()),
    }
}

/// What `helm lint` warns of for the name of an object of this kind, in its words; `None` when it says nothing.
///
/// ```
/// use chartwright::kube::names::helm_lint_name;
/// let warning = helm_lint_name("Role", "a/b").unwrap();
/// assert_eq!(warning, "object name does not conform to Kubernetes naming requirements: \"a/b\": \
///     metadata.name: Invalid value: \"a/b\": may not contain '/'");
/// assert_eq!(helm_lint_name("Role", "system:a"), None);
/// ```
pub fn helm_lint_name(kind: &str, name: &str) -> Option<String> {
    const CHARACTERS: &str = "must be no more than";
    let rule = helm_name_rule(kind);
    let mut wrong: Vec<String> = Vec::new();
    match rule {
        NameRule::Subdomain => {
            if name.len() > SUBDOMAIN_LENGTH {
                wrong.push(format!("{CHARACTERS} {SUBDOMAIN_LENGTH} characters"));
            }
            if !is_subdomain_text(name) {
                wrong.push(HELM_SUBDOMAIN.to_owned());
            }
        }
        NameRule::Label | NameRule::Label1035 => {
            if name.len() > LABEL_LENGTH {
                wrong.push(format!("{CHARACTERS} {LABEL_LENGTH} characters"));
            }
            let digit_first = name.starts_with(|c: char| c.is_ascii_digit());
            if rule == NameRule::Label1035 && (digit_first || !is_label_text(name)) {
                wrong.push(HELM_LABEL_1035.to_owned());
            } else if rule == NameRule::Label && !is_label_text(name) {
                let dotted = is_subdomain_text(name);
                wrong.push(if dotted { "must not contain dots" } else { HELM_LABEL }.to_owned());
            }
        }
        NameRule::PathSegment => match name {
            "." | ".." => wrong.push(format!("may not be '{name}'")),
            _ => wrong
                .extend(['/', '%'].into_iter().filter(|c| name.contains(*c)).map(|c| format!("may not contain '{c}'"))),
        },
        NameRule::Any => {}
    }
    // Go prints one error as it is, and several in brackets.
    let quoted = crate::value::format::quoted(name.as_bytes());
    let mut errors: Vec<String> =
        wrong.into_iter().map(|error| format!("metadata.name: Invalid value: {quoted}: {error}")).collect();
    let errors = if errors.len() > 1 { format!("[{}]", errors.join(", ")) } else { errors.pop()? };
    Some(format!("object name does not conform to Kubernetes naming requirements: {quoted}: {errors}"))
}

const HELM_SUBDOMAIN: &str = r"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const HELM_LABEL: &str = r"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const HELM_LABEL_1035: &str = r"a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
