//! redis.conf.

use super::Target;
use crate::answer::Answer;
use crate::corpus;
use chartwright::redis_server::{self, Conf, Version, sizes};

pub const TARGET: Target = Target {
    name: "redis-conf",
    about: "redis.conf: read, and held against several versions of Redis",
    fixtures,
    draw: None,
    run,
    weight: 1,
};

const VERSIONS: [&str; 4] = ["5.0", "6.2", "7.2", "8.2"];

fn fixtures() -> Vec<Vec<u8>> {
    let mut texts = corpus::texts("tests/redis_conf", &[".conf"]);
    texts.extend(corpus::texts("chart/files", &[".conf"]));
    super::with_kept(TARGET.name, texts)
}

fn run(input: &[u8], answer: &mut Answer) {
    let text = String::from_utf8_lossy(input);
    let mut conf = Conf::read(&text);
    for directive in &conf.directives {
        let words = std::iter::once(&directive.word).chain(&directive.arguments);
        for word in words {
            if text.get(word.offset..word.offset + word.length).is_none() {
                answer.broke(format!("a word stands where it is said to stand: {word:?}"));
            }
        }
        if let Some(first) = directive.argument(0) {
            answer.note(sizes::bytes(first).is_ok());
        }
    }
    for version in VERSIONS.iter().filter_map(|version| Version::parse(version)) {
        for problem in redis_server::check(&text, version) {
            answer.note(problem.rule);
            answer.say(&problem.message);
        }
    }
    conf.add_arguments(text.split_ascii_whitespace().take(6));
    if let Some(version) = Version::parse("7.0") {
        redis_server::check_conf(&conf, version);
    }
}
