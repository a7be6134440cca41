//! `ops diagnose`: what it says of faults that real servers and a real API server were run into.
//!
//! In: the texts of tests/diagnose, which `scripts/record-faults` and `scripts/record-kube-faults` recorded. Out: the cause
//! that each must be given first, and what else may be said.

use chartwright::ops::diagnose::{About, Diagnosis, Input, Kind, diagnose, known, print};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Of each recorded text, the causes in their order. `-` is a healthy text.
const WANTED: &str = include_str!("diagnose/wanted.txt");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnose")
}

fn input(name: &str) -> Input {
    let text = std::fs::read_to_string(folder().join(format!("{name}.txt"))).expect("a recorded text");
    Input { name: name.to_owned(), text }
}

fn told(text: &str) -> Diagnosis {
    diagnose(&[Input { name: "t".to_owned(), text: text.to_owned() }], &About::default())
}

fn causes(found: &Diagnosis) -> String {
    let words = found.causes.iter().map(|cause| match cause.is_over {
        true => format!("({})", cause.id),
        false => cause.id.clone(),
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { "-".to_owned() } else { words.join(" ") }
}

fn recorded() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for group in ["redis", "kube"] {
        for file in std::fs::read_dir(folder().join(group)).expect("a folder") {
            let file = file.expect("a file").file_name().into_string().expect("a name");
            names.insert(format!("{group}/{}", file.trim_end_matches(".txt")));
        }
    }
    names
}

#[test]
fn every_recorded_fault_is_given_its_causes_in_their_order() {
    let wanted: BTreeMap<&str, &str> = WANTED.lines().filter_map(|line| line.split_once(": ")).collect();
    let mut wrong = Vec::new();
    for name in recorded() {
        let found = causes(&diagnose(&[input(&name)], &About::default()));
        let want = wanted.get(name.as_str()).copied().unwrap_or("nothing in wanted.txt");
        if found != want {
            wrong.push(format!("{name}: {found}\n    expected {want}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(wanted.len(), recorded().len());
}

#[test]
fn evidence_names_the_line_that_has_it() {
    for name in recorded() {
        let input = input(&name);
        let lines: Vec<&str> = input.text.lines().collect();
        for cause in diagnose(std::slice::from_ref(&input), &About::default()).causes {
            assert!(!cause.evidence.is_empty(), "{name}: {}", cause.id);
            for evidence in cause.evidence {
                let line = lines[evidence.line as usize - 1].trim().replace('\t', " ");
                let begin: String = evidence.text.chars().take(20).collect();
                assert!(line.starts_with(&begin) || evidence.text.contains("***"), "{name}: {evidence:?} {line}");
            }
        }
    }
}

#[test]
fn no_secret_of_a_text_is_shown() {
    let all: Vec<Input> = recorded().iter().map(|name| input(name)).collect();
    let own = Input {
        name: "own".to_owned(),
        text: "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 1\n\
               >>> 'masterauth hunter2 and more'\nBad directive or wrong number of arguments\n\
               127.0.0.1:6379> AUTH hunter2\n(error) WRONGPASS invalid username-password pair or user is disabled.\n\
               1:M 22 Nov 2026 03:00:00.000 # Error in user declaration 'app on >hunter2': Can't handle RDB format version 12\n\
               Error: redis-cli -a hunter2 ping: NOAUTH Authentication required.\n\
               redis.exceptions.ConnectionError: redis://:hunter2@redis:6379\n"
            .to_owned(),
    };
    let alone = diagnose(std::slice::from_ref(&own), &About::default());
    let found = diagnose(&all, &About::default());
    let json = [&alone, &found].map(|found| serde_json::to_string(found).expect("JSON")).concat();
    let shown = format!("{}{}{json}", print(&alone), print(&found));
    assert!(shown.contains("masterauth ***"), "{shown}");
    for secret in ["hunter2", "secret-1", "secret-2"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn what_a_later_line_says_is_over_is_told_last_and_is_no_finding() {
    let text = "1:S 22 Nov 2026 03:00:00.000 # Unable to AUTH to MASTER: -WRONGPASS invalid username-password pair or user is disabled.\n\
                1:S 22 Nov 2026 03:00:01.000 * MASTER <-> REPLICA sync: Finished with success\n";
    let over = told(text);
    assert_eq!((causes(&over).as_str(), over.exit_code()), ("(replica-auth)", 0));
    // It began anew afterwards.
    let again = told(&format!("{text}{text}1:S 22 Nov 2026 03:00:02.000 # Unable to AUTH to MASTER: -WRONGPASS\n"));
    assert_eq!((causes(&again).as_str(), again.exit_code()), ("replica-auth", 1));
}

#[test]
fn two_masters_of_one_history_are_told_from_two_releases() {
    let info = |own: &str, before: &str| {
        format!("# Replication\nrole:master\nmaster_replid:{own}\nmaster_replid2:{before}\nrole_end_of:1\n")
    };
    let none = "0".repeat(40);
    let (a, b) = ("a".repeat(40), "b".repeat(40));
    assert_eq!(causes(&told(&(info(&a, &none) + &info(&b, &a)))), "two-masters");
    assert_eq!(causes(&told(&(info(&a, &none) + &info(&b, &none)))), "-");
}

#[test]
fn a_master_without_keys_beside_a_replica_with_some_is_told_before_the_replica_follows() {
    let master = "# Memory\nused_memory:900\nrole:master\nconnected_slaves:0\n";
    let replica = "# Memory\nused_memory:900\nrole:slave\nmaster_link_status:up\ndb0:keys=5,expires=0,avg_ttl=0\n";
    assert_eq!(causes(&told(&format!("{master}{replica}"))), "empty-master");
    assert_eq!(causes(&told(&format!("{master}db0:keys=5,expires=0,avg_ttl=0\n{replica}"))), "-");
}

#[test]
fn commands_name_the_pod_that_was_described() {
    let found = diagnose(&[input("kube/oom-killed")], &About::default());
    let commands = found.causes.iter().flat_map(|cause| &cause.mends).flat_map(|mend| &mend.commands);
    let commands: Vec<&String> = commands.collect();
    assert!(commands.iter().any(|line| line.contains("kubectl top pod redis-0 -n prod")), "{commands:?}");
    let about = About { release: Some("other".to_owned()), namespace: Some("there".to_owned()) };
    let found = diagnose(&[input("kube/helm-busy"), input("kube/update-stuck")], &about);
    let text = print(&found);
    assert!(text.contains("-n there") && text.contains("instance=other"), "{text}");
}

#[test]
fn texts_of_no_known_kind_are_said_to_be_none() {
    let none = told("the quick brown fox\n");
    assert_eq!(none.exit_code(), 2);
    assert!(print(&none).contains("nothing here was recognised"), "{}", print(&none));
    assert_eq!(told("").exit_code(), 2);
    let healthy = diagnose(&[input("kube/pods-healthy"), input("redis/healthy-info")], &About::default());
    assert_eq!(healthy.exit_code(), 0);
    assert!(print(&healthy).contains("no known cause"), "{}", print(&healthy));
    assert_eq!(healthy.inputs[0].sections[0].kind, Kind::Table);
}

#[test]
fn anything_may_be_in_a_text() {
    let mut random = fastrand::Rng::with_seed(7);
    let parts: Vec<String> = recorded().iter().map(|name| input(name).text).collect();
    for _ in 0..200 {
        let mut text = String::new();
        for _ in 0..random.usize(..6) {
            let part = &parts[random.usize(..parts.len())];
            let (from, to) = (random.usize(..part.len()), random.usize(..part.len()));
            let cut = part.get(from.min(to)..from.max(to)).unwrap_or("\u{1b}\0:\u{2028} *** >>> '");
            text.push_str(cut);
            text.push(['\n', '\r', '\t', ':', ' ', 'é', '\0'][random.usize(..7)]);
        }
        let found = told(&text);
        assert!(!print(&found).is_empty());
    }
}

#[test]
fn every_cause_is_shown_by_a_recorded_text_or_written_down_as_not_seen() {
    // Faults that one machine cannot be run into, or that take a cluster with nodes.
    const NOT_SEEN: [&str; 22] = [
        "auth-without-need",
        "backlog-small",
        "disk-slow",
        "disruption-budget",
        "empty-master",
        "evicting",
        "failover-refused",
        "files-limit",
        "fragmentation",
        "huge-pages",
        "memory-nearly-full",
        "no-switchover",
        "node-gone",
        "primary-waits",
        "replica-lags",
        "replica-syncing",
        "sandbox",
        "short-queue",
        "swapped",
        "tls-handshake",
        "two-masters",
        "webhook-refused",
    ];
    let seen: BTreeSet<&str> = WANTED.lines().flat_map(|line| line.split([' ', '(', ')'])).collect();
    let missing: Vec<&str> = known().into_iter().filter(|id| !seen.contains(id) && !NOT_SEEN.contains(id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
