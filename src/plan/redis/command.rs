//! Commands that reach a Redis in its pod.
//!
//! In: a [`Redis`] and what to ask it. Out: a line for a shell. The password comes from where the container has it, and
//! is in no word of any command.

use crate::plan::redis::auth::Auth;
use crate::plan::redis::facts::Redis;
use crate::shell::{script, word};

impl Redis<'_> {
    /// A line that runs a script in a pod; `redis-cli` in it knows port, TLS and password.
    pub(in crate::plan) fn run(&self, pod: &str, text: &str) -> String {
        self.run_in(&self.namespace, pod, text)
    }

    /// A line that runs a script in each of these pods, and says in which.
    pub(in crate::plan) fn run_each<'p>(&self, pods: impl IntoIterator<Item = &'p str>, text: &str) -> Vec<String> {
        let pods: Vec<&str> = pods.into_iter().collect();
        match pods.as_slice() {
            [] => Vec::new(),
            [only] => vec![self.run(only, text)],
            all => {
                let names: Vec<String> = all.iter().map(|pod| word(pod)).collect();
                let line = self.exec(&self.namespace, "\"$pod\"", text);
                vec![format!("for pod in {}; do\n  echo \"$pod:\"\n  {line}\ndone", names.join(" "))]
            }
        }
    }

    /// The same in another namespace.
    pub(in crate::plan) fn run_in(&self, namespace: &str, pod: &str, text: &str) -> String {
        self.exec(namespace, &word(pod), text)
    }

    /// What leads into the container of a pod, given as a word.
    pub(in crate::plan) fn inside(&self, flags: &str, namespace: &str, pod: &str) -> String {
        let container = match self.facts.container.as_str() {
            "" => String::new(),
            name => format!(" -c {}", word(name)),
        };
        format!("kubectl exec{flags} -n {} {pod}{container} --", word(namespace))
    }

    fn exec(&self, namespace: &str, pod: &str, text: &str) -> String {
        let text = text.replace("redis-cli ", &format!("redis-cli {} ", self.cli));
        let exec = |flags: &str| self.inside(flags, namespace, pod);
        let shell = |before: &str| script(&format!("{before}{text}"));
        match &self.auth {
            Auth::Open if is_simple(&text) => format!("{} {text}", exec("")),
            Auth::Open => format!("{} sh -c {}", exec(""), shell("")),
            Auth::Variable(name) => {
                format!("{} sh -c {}", exec(""), shell(&format!("export REDISCLI_AUTH=\"${name}\"; ")))
            }
            Auth::File(name) => {
                let read = format!("REDISCLI_AUTH=\"$(cat \"${name}\")\"; export REDISCLI_AUTH; ");
                format!("{} sh -c {}", exec(""), shell(&read))
            }
            Auth::Secret | Auth::Unknown => {
                let (from, to) = self.password_input(namespace);
                let read = "REDISCLI_AUTH=\"$(cat)\"; export REDISCLI_AUTH; ";
                format!("{from}{} sh -c {}{to}", exec(" -i"), shell(read))
            }
        }
    }

    /// What brings the password to the standard input of a command: what stands before it, and what behind.
    fn password_input(&self, namespace: &str) -> (String, String) {
        match &self.facts.auth {
            Some((secret, key)) => (format!("{} | ", read_secret(namespace, secret, key)), String::new()),
            None => (String::new(), " < redis-password".to_owned()),
        }
    }
}

/// A line that prints a key of a Secret, for a pipe.
pub(in crate::plan) fn read_secret(namespace: &str, secret: &str, key: &str) -> String {
    let path = format!("{{.data.{}}}", key.replace('.', "\\."));
    format!("kubectl get secret -n {} {} -o jsonpath={} | base64 -d", word(namespace), word(secret), script(&path))
}

/// Whether a text is one command of plain words.
fn is_simple(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || " @%+=:,./_-".contains(c))
}
