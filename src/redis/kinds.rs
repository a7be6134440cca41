//! What a piece of text in the values may be: quantity, port, DNS name, image tag, duration, …
//!
//! In: nothing. Out: [`Kind`]s, each a name, a pattern that Go's and Rust's regular expressions read alike, and the
//! words for a message; and the functions by which a field's type asks for one (`schema_with`). The pattern stands
//! in values.schema.json too, so Helm refuses the same texts.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value as Json;

/// A kind of text.
#[derive(Debug)]
pub struct Kind {
    /// The `format` in the schema.
    pub name: &'static str,
    /// The whole text must match it.
    pub pattern: &'static str,
    /// Longest text in characters; 0 when there is no limit.
    pub max_length: u32,
    /// What a message says is allowed.
    pub allowed: &'static str,
}

macro_rules! kinds {
    ($($id:ident $name:literal $pattern:literal $max:literal $allowed:literal;)*) => {
        /// Every kind.
        pub const KINDS: &[Kind] = &[
            $(Kind { name: $name, pattern: $pattern, max_length: $max, allowed: $allowed },)*
        ];

        $(#[allow(dead_code)] // some are only asked for by name, or only where they may be empty
        pub(super) fn $id(_: &mut SchemaGenerator) -> Schema {
            schema_of($name, false)
        })*

        /// The same kinds, or an empty text.
        pub(super) mod or_empty {
            use super::{Schema, SchemaGenerator, schema_of};
            $(#[allow(dead_code)] // not every kind may be left empty somewhere
            pub(in super::super) fn $id(_: &mut SchemaGenerator) -> Schema {
                schema_of($name, true)
            })*
        }
    };
}

kinds! {
    any_text "text" r"^[^\x00]*$" 0 "text without NUL";
    dns_label "dns-label" r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" 63
        "lower case letters, digits and `-`, beginning and ending with a letter or digit, at most 63 characters";
    dns_subdomain "dns-subdomain" r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$" 253
        "lower case letters, digits, `-` and `.`, each part beginning and ending with a letter or digit";
    object_name "object-name" r"^[a-z]([-a-z0-9]*[a-z0-9])?$" 253
        "lower case letters, digits and `-`, beginning with a letter and ending with a letter or digit";
    storage_class "storage-class" r"^(-|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)$" 253
        "the name of a StorageClass, or `-` for none";
    secret_key "secret-key" r"^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$" 253 "letters, digits, `-`, `_` and `.`";
    label_key "label-key"
        r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
        317 "a name such as `team` or `example.com/team`";
    label_value "label-value" r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$" 63
        "letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit, at most 63 characters";
    env_name "env-name" r"^[ -<>-~]+$" 0 "printable ASCII characters other than `=`";
    quantity "quantity"
        r"^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][-+]?[0-9]+)?$" 0
        "a number, with a suffix such as `m`, `M`, `Mi` or `Gi` if need be";
    storage_size "storage-size" r"^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)(M|G|T|P|E|Mi|Gi|Ti|Pi|Ei)$" 0
        "a number with a suffix of its size, such as `500Mi` or `8Gi`";
    duration "prometheus-duration"
        r"^([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$" 0
        "a time such as `30s` or `1m30s`";
    url_path "url-path" r"^/[^\s?#]*$" 0 "a path that begins with `/`";
    mount_path "mount-path" r"^[^:\x00]+$" 0 "a path without `:`";
    image_repository "image-repository"
        r"^([A-Za-z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*$" 255
        "the name of an image without tag or digest, such as `redis` or `registry.example.com:5000/team/redis`";
    image_tag "image-tag" r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$" 128
        "letters, digits, `_`, `.` and `-`, at most 128 characters";
    image_digest "image-digest" r"^(sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$" 0
        "`sha256:` and 64 hexadecimal digits";
    cidr "cidr" r"^([0-9]{1,3}(\.[0-9]{1,3}){3}/([0-9]|[12][0-9]|3[0-2])|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*/[0-9]{1,3})$" 0
        "a range of addresses such as `10.0.0.0/8`";
    ip_address "ip-address" r"^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$" 45 "an IP address";
    percent_or_count "count-or-percentage" r"^([0-9]|[1-9][0-9]|100)%$" 0 "a number of pods, or a percentage such as `50%`";
    port_name "port" r"^[a-z0-9-]*[a-z][a-z0-9-]*$" 15 "a port between 1 and 65535, or the name of one";
    redis_user "redis-user" r"^[A-Za-z0-9_][-.@A-Za-z0-9_]*$" 128
        "letters, digits, `-`, `_`, `.` and `@`, beginning with a letter, a digit or `_`";
    cron "cron" r"^(@[a-z]+|[-0-9A-Za-z*/,?]+( [-0-9A-Za-z*/,?]+){4})$" 100
        "a cron expression of five fields such as `0 3 * * *`, or a word such as `@daily`";
    time_zone "time-zone" r"^[A-Za-z][-+_/A-Za-z0-9]*$" 64 "a time zone such as `Europe/Berlin`";
    directive "redis-directive" r"^[a-zA-Z][-a-zA-Z0-9]*$" 0 "the name of a directive of redis.conf";
}

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

fn schema_of(name: &str, or_empty: bool) -> Schema {
    let Some(kind) = kind(name) else { return json_schema!({"type": "string"}) };
    let inner = kind.pattern.trim_start_matches('^').trim_end_matches('$');
    let pattern = if or_empty { format!("^({inner})?$") } else { kind.pattern.to_owned() };
    let title = if or_empty { format!("{name}-or-empty") } else { name.to_owned() };
    let mut schema = json_schema!({"title": title, "type": "string", "format": kind.name, "pattern": pattern});
    if kind.max_length > 0 {
        schema.insert("maxLength".into(), kind.max_length.into());
    }
    if !or_empty && !matches!(name, "text" | "label-value") {
        schema.insert("minLength".into(), 1.into());
    }
    schema
}

/// Text of a kind, or a number in its place.
fn or_number(name: &str, or_empty: bool, minimum: u32, whole: bool) -> Schema {
    let mut schema = schema_of(name, or_empty);
    let number = if whole { "integer" } else { "number" };
    schema.insert("title".into(), format!("{name}-or-number").into());
    schema.insert("type".into(), Json::from(vec!["string", number]));
    schema.insert("minimum".into(), minimum.into());
    schema
}

/// Quantities of CPU and memory may be plain numbers.
pub(super) fn quantity_or_number(_: &mut SchemaGenerator) -> Schema {
    or_number("quantity", false, 0, false)
}

/// Pods as a number or percentage, or empty.
pub(super) fn pods_or_empty(_: &mut SchemaGenerator) -> Schema {
    or_number("count-or-percentage", true, 0, true)
}

/// A port's number or name.
pub(super) fn port_or_name(_: &mut SchemaGenerator) -> Schema {
    let mut schema = or_number("port", false, 1, true);
    schema.insert("maximum".into(), 65535.into());
    schema
}

fn map_of(title: &str, key: &str, value: Schema) -> Schema {
    let key = schema_of(key, false);
    json_schema!({"title": title, "type": "object", "propertyNames": key, "additionalProperties": value})
}

/// Labels, and what selects by them.
pub(super) fn labels(_: &mut SchemaGenerator) -> Schema {
    map_of("labels", "label-key", schema_of("label-value", false))
}

/// Annotations: any text under keys like those of labels.
pub(super) fn annotations(_: &mut SchemaGenerator) -> Schema {
    map_of("annotations", "label-key", json_schema!({"type": "string"}))
}

/// Amounts by the name of a resource.
pub(super) fn amounts(generator: &mut SchemaGenerator) -> Schema {
    map_of("amounts", "label-key", quantity_or_number(generator))
}

/// Directives of redis.conf: a value, or a list of them for a directive that may stand more than once.
pub(super) fn settings(_: &mut SchemaGenerator) -> Schema {
    let scalar = ["string", "number", "boolean"];
    let value = json_schema!({"type": ["string", "number", "boolean", "array"], "items": {"type": scalar}});
    map_of("settings", "redis-directive", value)
}

/// Any text, number or boolean.
pub(super) fn scalar(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["string", "number", "boolean"]})
}

/// A list of texts of a kind.
pub(super) fn cidrs(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": schema_of("cidr", false)})
}

/// A list of IP addresses.
pub(super) fn addresses(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": schema_of("ip-address", false)})
}
