//! Command lines, a word to a line, and the small languages that flags are written in.

use super::Target;
use crate::answer::Answer;
use crate::corpus;
use chartwright::funcs::semver;
use chartwright::kube::Quantity;
use chartwright::value::Node;
use chartwright::{KubeVersion, cli, path};

pub const TARGET: Target = Target {
    name: "words",
    about: "command lines, a word to a line; each word also as a path, a version, a quantity",
    fixtures,
    draw: None,
    run,
    weight: 3,
};

fn fixtures() -> Vec<Vec<u8>> {
    let words = |case: &Node| {
        let words = case.get("args").map(Node::items).unwrap_or_default().iter();
        let words: Vec<_> = words.filter_map(|word| word.as_text().map(|text| text.into_owned())).collect();
        format!("template\nrelease\n./chart\n{}", words.join("\n")).into_bytes()
    };
    let mut inputs: Vec<_> = corpus::cases("").iter().filter(|case| case.get("args").is_some()).map(words).collect();
    inputs.extend(corpus::texts("tests/cases", &["flags.txt"]));
    for line in [
        "lint\n.\n--format\nsarif\n--baseline=b.json\n-f\nv.yaml",
        "explain\nService/a.spec.ports[0].\"a.b/c\"\n./c",
        "values\n./c\na.b[0]",
        "completion\nbash",
    ] {
        inputs.push(line.into());
    }
    super::with_kept(TARGET.name, inputs)
}

fn run(input: &[u8], answer: &mut Answer) {
    let text = String::from_utf8_lossy(input);
    let words: Vec<String> = text.split('\n').map(str::to_owned).collect();
    match cli::check_words(&words) {
        Ok(words) => answer.note(words.len().min(9)),
        Err(error) => answer.say(&error),
    }
    for word in words.iter().take(40) {
        match path::parse(word) {
            Ok(steps) => {
                let shown = path::show(&steps);
                if path::parse(&shown).as_ref() != Ok(&steps) {
                    answer.broke(format!("a path that was shown is read as the same: {steps:?}\n{shown}"));
                }
            }
            Err(error) => answer.say(&error),
        }
        for read in [semver::parse, semver::parse_strict] {
            match read(word) {
                Ok(version) => answer.note(version.precedence(&version)),
                Err(error) => answer.say(&error),
            }
        }
        if let Err(error) = semver::satisfies(word, "1.2.3-rc.1+b") {
            answer.say(&error);
        }
        if let Err(error) = KubeVersion::parse(word) {
            answer.say(&error);
        }
        if let Some(quantity) = Quantity::parse(word) {
            answer.note((quantity.ceil().is_some(), quantity.thousandths().is_some(), quantity.is_whole()));
        }
    }
}
