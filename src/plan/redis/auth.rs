//! How a command inside a pod proves to Redis that it may, without a password on any command line.
//!
//! In: the container of a server. Out: [`Auth`], the Secret behind it, and the options of redis-cli.

use crate::plan::Side;
use crate::plan::redis::facts::{items, text};
use crate::redis_server::Conf;
use crate::shell;
use crate::value::Node;

/// Where a shell in the container finds the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) enum Auth {
    /// There is none.
    Open,
    /// In a variable of the container.
    Variable(String),
    /// In the file that a variable of the container names.
    File(String),
    /// Nowhere; the Secret is known.
    Secret,
    /// Nowhere, and no Secret is known.
    Unknown,
}

/// What a variable of a container is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::plan) enum Source {
    /// A text.
    Value(String),
    /// A key of a Secret.
    Secret(String, String),
    /// Something of the cluster.
    Other,
}

impl Source {
    /// The text, where it is one.
    pub(in crate::plan) fn value(&self) -> Option<&str> {
        if let Source::Value(text) = self { Some(text) } else { None }
    }
}

/// The variables of a container.
pub(in crate::plan) fn env_of(container: &Node) -> Vec<(String, Source)> {
    let read = |entry: &Node| {
        let name = text(entry, "name")?;
        let secret = text(entry, "valueFrom.secretKeyRef.name").zip(text(entry, "valueFrom.secretKeyRef.key"));
        let source = match (secret, text(entry, "value")) {
            (Some((secret, key)), _) => Source::Secret(secret, key),
            (None, Some(value)) => Source::Value(value),
            (None, None) => Source::Other,
        };
        Some((name, source))
    };
    items(container, "env").iter().filter_map(read).collect()
}

/// Variables that hold the password of the server, the surest first.
const VARIABLES: [&str; 6] =
    ["REDIS_PASSWORD", "REDISCLI_AUTH", "REDIS_AUTH", "REDIS_PASS", "REQUIREPASS", "REDIS_REQUIREPASS"];

/// How to get at the password, and the Secret with it.
pub(in crate::plan) fn find(
    side: &Side,
    spec: &Node,
    container: &Node,
    conf: Option<&Conf>,
) -> (Auth, Option<(String, String)>) {
    let env = env_of(container);
    let named = |name: &str| env.iter().find(|(own, _)| own == name).map(|(_, source)| source);
    if let Some(path) = named("REDIS_PASSWORD_FILE").and_then(Source::value).filter(|path| !path.is_empty()) {
        return (Auth::File("REDIS_PASSWORD_FILE".to_owned()), mounted_key(spec, container, path));
    }
    let of_secret = |(name, source): &(String, Source)| match source {
        Source::Secret(secret, key) => Some((Auth::Variable(name.clone()), Some((secret.clone(), key.clone())))),
        Source::Value(text) if !text.is_empty() => Some((Auth::Variable(name.clone()), None)),
        _ => None,
    };
    let known = VARIABLES.iter().find_map(|name| env.iter().find(|(own, _)| own == name));
    let like = || {
        let is_like = |name: &str| name.contains("PASSWORD") && !name.contains("MASTER") && !name.contains("SENTINEL");
        env.iter().find(|(name, source)| is_like(name) && matches!(source, Source::Secret(..)))
    };
    let is_name = |(name, _): &&(String, Source)| {
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    if let Some(found) = known.or_else(like).filter(is_name).and_then(of_secret) {
        return found;
    }
    for from in items(container, "envFrom") {
        let Some(secret) = text(from, "secretRef.name") else { continue };
        let prefix = text(from, "prefix").unwrap_or_default();
        let keys = side.find("Secret", &secret).and_then(|object| object.node.get("data")?.as_map());
        let key = VARIABLES.iter().find(|name| {
            keys.is_some_and(|keys| {
                name.strip_prefix(prefix.as_str()).is_some_and(|key| keys.contains_key(key.as_bytes()))
            })
        });
        if let Some(name) = key {
            let key = name.strip_prefix(prefix.as_str()).unwrap_or(name).to_owned();
            return (Auth::Variable((*name).to_owned()), Some((secret, key)));
        }
    }
    // Another container of the pod may hand it over in a file.
    for other in items(spec, "initContainers").iter().chain(items(spec, "containers")) {
        for (name, source) in env_of(other) {
            if let Source::Secret(secret, key) = source
                && VARIABLES.contains(&name.as_str())
            {
                return (Auth::Secret, Some((secret, key)));
            }
        }
    }
    let asks = conf.is_some_and(|conf| {
        let is_set = |name: &str| conf.value(name).is_some_and(|value| !value.is_empty());
        is_set("requirepass") || is_set("aclfile")
    });
    (if asks { Auth::Unknown } else { Auth::Open }, None)
}

/// The Secret and the key that a path in a container comes from.
fn mounted_key(spec: &Node, container: &Node, path: &str) -> Option<(String, String)> {
    let (rest, volume) = items(container, "volumeMounts").iter().find_map(|mount| {
        let at = text(mount, "mountPath")?;
        let rest = path.strip_prefix(at.trim_end_matches('/'))?;
        let file = text(mount, "subPath").filter(|_| rest.is_empty());
        let file = file.or_else(|| Some(rest.strip_prefix('/')?.to_owned()))?;
        Some((file, text(mount, "name")?))
    })?;
    let volume = items(spec, "volumes").iter().find(|one| text(one, "name").as_deref() == Some(volume.as_str()))?;
    let sources = std::iter::once(volume).chain(items(volume, "projected.sources"));
    let mut found = sources.filter_map(|source| {
        let secret = source.get("secret")?;
        let name = text(secret, "secretName").or_else(|| text(secret, "name"))?;
        let named = items(secret, "items").iter().find(|item| text(item, "path").as_deref() == Some(rest.as_str()));
        Some((name, named.and_then(|item| text(item, "key")).unwrap_or_else(|| rest.clone())))
    });
    found.next()
}

/// Options that every redis-cli of a container needs.
pub(in crate::plan) fn options(port: u16, tls: bool, named: impl Fn(&str) -> Option<String>) -> String {
    if !tls {
        return format!("-p {port}");
    }
    // The certificate is made out to names, `localhost` among them.
    let mut options = format!("-h localhost -p {port} --tls");
    for (option, variable) in
        [("--cacert", "REDIS_TLS_CA_FILE"), ("--cert", "REDIS_TLS_CERT_FILE"), ("--key", "REDIS_TLS_KEY_FILE")]
    {
        if let Some(path) = named(variable).filter(|path| !path.is_empty()) {
            options.push_str(&format!(" {option} {}", shell::in_double_quotes(&path)));
        }
    }
    options
}
