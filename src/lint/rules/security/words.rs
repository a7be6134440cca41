//! Which names stand for secrets, which values may be one, and which lines of a file set one.

use crate::secrets::sounds_secret;

/// Parts of names that sound secret and mean something about a secret, or nothing of the kind.
const HARMLESS: [&str; 26] = [
    "file",
    "path",
    "dir",
    "name",
    "ref",
    "enable",
    "disable",
    "allow",
    "require",
    "policy",
    "length",
    "ttl",
    "expir",
    "rotat",
    "url",
    "uri",
    "header",
    "field",
    "type",
    "issuer",
    "interval",
    "timeout",
    "algorithm",
    "public",
    "cmd",
    "command",
];

/// Whether the value under this name would be a secret: `REDIS_PASSWORD`, and not `REDIS_PASSWORD_FILE`.
pub(in crate::lint) fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    if plain == "pass" {
        return true;
    }
    // Most names are none of these, and the words of that are looked for at once.
    if !sounds_secret(&plain) {
        return false;
    }
    let core = plain.replace("requirepass", "password").replace("masterauth", "password");
    let words = [
        "password",
        "passwd",
        "passphrase",
        "secretkey",
        "apikey",
        "accesstoken",
        "authtoken",
        "privatekey",
        "clientsecret",
    ];
    words.iter().any(|word| core.contains(word)) && !HARMLESS.iter().any(|word| core.contains(word))
        || matches!(plain.as_str(), "token" | "secret" | "pwd")
}

/// Whether a value can be a secret: not empty, no switch, no reference, no path.
pub(in crate::lint) fn may_be_secret(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let is_switch = ["true", "false", "yes", "no", "on", "off", "null", "none", "~", "|", "|-", ">"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word));
    // etcd's choice of tokens: `simple`, `jwt,pub-key=…`.
    let is_kind = value == "simple" || value.starts_with("jwt,");
    // `$(NAME)`, `${NAME}`, `<name>`, `%name%`, `{{ name }}` stand for what is put in later.
    let is_reference =
        value.starts_with(['$', '<', '%', '{', '*', '/', '@', '&']) || value.contains("${") || value.contains("$(");
    !value.is_empty() && !is_switch && !is_kind && !is_reference
}

/// The first setting in a file that is a secret in plain text: `requirepass x`, `password: x`, a private key.
pub(in crate::lint) fn secret_setting(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let line = line.trim();
        if line.starts_with("-----BEGIN") && line.ends_with("PRIVATE KEY-----") {
            return Some("a private key".to_owned());
        }
        if line.starts_with(['#', ';', '/']) {
            return None;
        }
        let (name, value) = line.split_once([':', '=', ' '])?;
        let name = name.trim().trim_matches('"');
        // Only words that mean nothing else in any kind of file; with a blank between, only Redis' own.
        let last = name.rsplit(['.', '_', '-']).next().unwrap_or(name);
        let means = matches!(name, "requirepass" | "masterauth")
            || ["password", "passwd"].iter().any(|word| last.eq_ignore_ascii_case(word))
                && !line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '));
        let value = value.trim().trim_start_matches(['=', ':']).trim_start().trim_end_matches(',');
        (means && may_be_secret(value)).then(|| format!("`{name}`"))
    })
}

/// The variables of a shell text whose names sound secret: `$REDIS_PASSWORD`, `${TOKEN:-}`.
pub(in crate::lint) fn secret_variables(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices('$').filter_map(move |(at, _)| {
        let rest = line.get(at + 1..)?;
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.get(..end).filter(|name| is_secret_name(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_about_a_secret_is_no_secret() {
        for name in ["REDIS_PASSWORD", "redis-password", "requirepass", "AWS_SECRET_KEY", "token", "apiKey"] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "REDIS_PASSWORD_FILE",
            "ALLOW_EMPTY_PASSWORD",
            "secretName",
            "TOKEN_TTL",
            "passwordPolicy",
            "path",
            "SECRET_KEY_CMD",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn what_stands_for_something_else_is_no_secret() {
        for value in ["hunter2", "\"abc\"", "12345"] {
            assert!(may_be_secret(value), "{value}");
        }
        for value in ["", "\"\"", "yes", "$PASSWORD", "$(PASSWORD)", "<your password>", "/run/secrets/x", "{{ . }}"] {
            assert!(!may_be_secret(value), "{value}");
        }
    }

    #[test]
    fn variables_are_found_in_both_spellings() {
        let found: Vec<_> = secret_variables("x $A_PASSWORD \"${TOKEN:-}\" $HOME $").collect();
        assert_eq!(found, ["A_PASSWORD", "TOKEN"]);
    }

    #[test]
    fn settings_are_told_from_comments_and_references() {
        assert_eq!(secret_setting("port 1\nrequirepass hunter2\n").as_deref(), Some("`requirepass`"));
        assert_eq!(secret_setting("db:\n  password: hunter2\n").as_deref(), Some("`password`"));
        assert_eq!(
            secret_setting("# requirepass hunter2\npassword: $DB\npassword: \"\"\na password is asked for"),
            None
        );
    }
}
