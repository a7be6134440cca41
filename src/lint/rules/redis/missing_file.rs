//! Files that redis.conf names and that the pod does not have.

use super::server::{Server, Source};
use super::{place, rule};
use crate::lint::{Findings, Rule};

pub(super) const RULE: Rule = rule(
    "redis-missing-file",
    "redis.conf names a file that is not in the container",
    "Redis does not start without an aclfile, an include, a module or a certificate that it is told to read.",
    "Mount the file there, or remove the line.",
);

/// Directives whose file must be there at the start.
const READ_AT_START: [&str; 7] =
    ["include", "aclfile", "loadmodule", "tls-cert-file", "tls-key-file", "tls-ca-cert-file", "tls-dh-params-file"];

/// Folders of images, which hold files of their own.
const OF_IMAGES: [&str; 4] = ["/usr/", "/opt/", "/etc/ssl/", "/lib/"];

pub(super) fn check(server: &Server<'_>, findings: &mut Findings) {
    // Only then is nothing written by a script first.
    if !server.is_direct {
        return;
    }
    for name in READ_AT_START {
        for line in server.conf.all(name) {
            let Some(path) = line.argument(0).filter(|path| path.starts_with('/') && !path.contains(['$', '*'])) else {
                continue;
            };
            let why = match server.source_of(path) {
                Source::Image if OF_IMAGES.iter().any(|folder| path.starts_with(folder)) => continue,
                Source::Image => "which no volume holds".to_owned(),
                Source::Missing(object) => format!("which {object} does not have"),
                Source::Unknown => continue,
            };
            let message = format!("`{name}` names `{path}`, {why}");
            place::on_line(findings, &RULE, server, line, message);
        }
    }
}
