//! Ingresses and their classes.

use super::value::{address, named, port_number, port_or_name, present, reference};
use crate::kube::at::At;
use crate::kube::names;
use crate::kube::problem::{Minor, Problem};

const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// What no path of an Ingress may hold, and what none may end in.
const BAD_PARTS: &[&str] = &["//", "/./", "/../", "%2f", "%2F"];
const BAD_ENDS: &[&str] = &["/..", "/."];

pub(super) fn ingress(object: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else {
        let message = "found neither `rules` nor `defaultBackend`, expected one of them";
        out.push(object.problem_at("spec", "ingress-without-rules", message));
        return;
    };
    class(object, &spec, out);
    if spec.lacks("rules") && !spec.has("defaultBackend") {
        let message = "found neither `rules` nor `defaultBackend`, expected one of them";
        out.push(spec.problem("ingress-without-rules", message));
    }
    if let Some(backend) = spec.get("defaultBackend") {
        self::backend(&backend, minor, out);
    }
    for tls in spec.list("tls") {
        for host in tls.list("hosts") {
            if let Some(text) = host.text() {
                host_name(&host, text, out);
            }
        }
        reference(&tls, "secretName", out);
    }
    for rule in spec.list("rules") {
        if let Some(host) = rule.get("host")
            && let Some(text) = host.text().filter(|text| !text.is_empty())
        {
            if address(text).is_some() {
                out.push(host.problem("invalid-host", format!("found `{text}`, expected a name and not an address")));
            } else {
                host_name(&host, text, out);
            }
        }
        let Some(http) = rule.get("http") else { continue };
        if http.get("paths").is_some_and(|paths| paths.is_empty()) {
            out.push(http.problem_at("paths", "missing-field", "found no path, expected at least one"));
        }
        http.list("paths").for_each(|path| ingress_path(&path, minor, out));
    }
}

fn class(object: &At<'_>, spec: &At<'_>, out: &mut Vec<Problem>) {
    reference(spec, "ingressClassName", out);
    if spec.text_of("ingressClassName") == Some("") {
        let message = "found nothing, expected a name";
        out.push(spec.problem_at("ingressClassName", "invalid-name", message).fix("leave `ingressClassName` out"));
    }
    let annotation = object.find(&["metadata", "annotations", CLASS_ANNOTATION]);
    let (Some(annotation), Some(name)) = (annotation, spec.text_of("ingressClassName")) else { return };
    if annotation.text().is_some_and(|text| text != name) {
        let message = format!("found another class than `ingressClassName: {name}`");
        let problem = annotation.problem("ingress-class-conflict", message);
        out.push(problem.fix(format!("leave the annotation `{CLASS_ANNOTATION}` out")));
    }
}

fn host_name(host: &At<'_>, text: &str, out: &mut Vec<Problem>) {
    if text == "*" {
        let problem = host.problem("invalid-host", "found `*`, expected a name, or `*.` and a name");
        out.push(problem.fix("leave `host` out to match every host"));
    } else if let Err(message) = names::subdomain(text.strip_prefix("*.").unwrap_or(text)) {
        out.push(host.problem("invalid-host", message));
    }
}

fn ingress_path(path: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    let text = path.text_of("path").unwrap_or_default();
    let exact = matches!(path.text_of("pathType"), Some("Exact" | "Prefix"));
    if (exact || !text.is_empty()) && !text.starts_with('/') && path.has("pathType") {
        let found = if text.is_empty() { "nothing".to_owned() } else { format!("`{text}`") };
        out.push(path.problem_at(
            "path",
            "invalid-path",
            format!("found {found}, expected a path that begins with `/`"),
        ));
    }
    if exact {
        let inside = BAD_PARTS.iter().find(|bad| text.contains(**bad));
        let bad = inside.or_else(|| BAD_ENDS.iter().find(|bad| text.ends_with(**bad)));
        if let Some(bad) = bad {
            out.push(path.problem_at(
                "path",
                "invalid-path",
                format!("found `{text}`, expected a path without `{bad}`"),
            ));
        }
    }
    if let Some(found) = path.get("backend") {
        backend(&found, minor, out);
    }
}

fn backend(backend: &At<'_>, minor: Minor, out: &mut Vec<Problem>) {
    let found = present(backend, &["service", "resource"]);
    if found.len() > 1 {
        out.push(backend.problem("conflicting-fields", format!("found {}, allowed is one of them", named(&found))));
    }
    if found.is_empty() {
        let message = "found neither `service` nor `resource`, expected one of them";
        out.push(backend.problem("missing-field", message));
    }
    let Some(service) = backend.get("service") else { return };
    let fits = if minor < names::SERVICE_DIGITS { names::label_1035 } else { names::label };
    if let Some(Err(message)) = service.text_of("name").filter(|name| !name.is_empty()).map(fits) {
        out.push(service.problem_at("name", "invalid-name", message));
    }
    let port = service.get("port");
    let number = port.as_ref().and_then(|port| port.integer_of("number")).unwrap_or(0);
    let name = port.as_ref().is_some_and(|port| !port.lacks("name"));
    // A number in quotes is a question of its type.
    let quoted = port.as_ref().is_some_and(|port| port.text_of("number").is_some());
    if name && number != 0 {
        out.push(backend.problem("conflicting-fields", "found the port's `name` and `number`, allowed is one of them"));
    } else if !name && number == 0 && !quoted {
        out.push(backend.problem("missing-field", "found no port, expected its `name` or `number`"));
    } else if let Some(port) = &port {
        if number != 0 {
            port_number(port, "number", out);
        }
        port_or_name(port, "name", out);
    }
}

pub(super) fn ingress_class(object: &At<'_>, out: &mut Vec<Problem>) {
    let Some(spec) = object.get("spec") else { return };
    match spec.text_of("controller").unwrap_or_default() {
        "" => out.push(spec.problem_at("controller", "missing-field", "`controller` is missing, which is required")),
        text => {
            let fits =
                text.split_once('/').is_some_and(|(domain, path)| names::subdomain(domain).is_ok() && !path.is_empty());
            if !fits {
                let message = format!("found `{text}`, expected a domain and a path such as `example.com/{text}`");
                out.push(spec.problem_at("controller", "invalid-name", message));
            }
        }
    }
}
