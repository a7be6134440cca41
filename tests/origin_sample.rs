//! For at least 95 of 100 rendered lines the right template line is named, for at least 90 the right values.
//!
//! tests/origin_sample/sample.txt says what is right; people wrote that, from reading the templates. It names lines by
//! their text, so that it stays true when lines are put in front of them.

use chartwright::path::show;
use chartwright::render::{Attempt, Written};
use chartwright::{Compiled, Layer, Options, Values};
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// A line of the sample.
struct Row {
    file: String,
    line: String,
    /// The template and its line; of two one is as right as the other.
    places: Vec<(String, String)>,
    values: Vec<String>,
    may: Vec<String>,
}

impl Row {
    fn read(text: &str) -> Row {
        let (text, other) = text.split_once(" ;; or ").map_or((text, None), |(text, other)| (text, Some(other)));
        let parts: Vec<&str> = text.split(" ;; ").collect();
        let [file, line, template, template_line, values] = parts[..] else { panic!("not five parts: {text}") };
        let (values, may) = values.split_once('(').unwrap_or((values, ""));
        let words = |text: &str| text.trim_end_matches(')').split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let places = [Some((template, template_line)), other.and_then(|other| other.split_once(" ;; "))];
        let places = places.into_iter().flatten().map(|(file, line)| (file.to_owned(), line.to_owned())).collect();
        let values = words(values).into_iter().filter(|word| word != "-").collect();
        Row { file: file.to_owned(), line: line.to_owned(), places, values, may: words(may) }
    }
}

/// The number of the line with this text; `text#2` is the second such line.
#[track_caller]
fn number(text: &str, wanted: &str) -> u32 {
    let (line, which) = match wanted.rsplit_once('#') {
        Some((line, which)) if which.parse::<usize>().is_ok() => (line, which.parse().expect("a number")),
        _ => (wanted, 1),
    };
    let same = (1..).zip(text.lines()).filter(|(_, own)| own.trim() == line);
    let mut numbers = same.map(|(number, _)| number);
    numbers.nth(which - 1).unwrap_or_else(|| panic!("no line `{wanted}`"))
}

/// Whether a value is one of these, or a part of one.
fn is_among(value: &str, all: &[String]) -> bool {
    all.iter()
        .any(|own| value.strip_prefix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])))
}

/// A chart of the sample, rendered with its settings.
fn attempt(settings: &str) -> (PathBuf, Attempt) {
    let mut words = settings.split_whitespace();
    let folder = Path::new(ROOT).join(words.next().expect("a chart"));
    let mut layers = Vec::new();
    while let Some(word) = words.next() {
        layers.push(match word {
            "-f" => {
                let name = words.next().expect("a file after -f").to_owned();
                let bytes = std::fs::read(folder.join(&name)).expect("the values file is there");
                Layer::File { name, bytes }
            }
            set => Layer::Set(set.to_owned()),
        });
    }
    let values = Values::build(&layers).expect("good values");
    let attempt = Compiled::load(&folder).expect("a good chart").attempt(&values, &Options::new());
    assert!(attempt.errors.is_empty(), "{settings}: {:?}", attempt.errors);
    (folder, attempt)
}

/// What is wrong in what is said of a line: in the place, and in the values.
fn judge(folder: &Path, row: &Row, written: &Written) -> (Option<String>, Option<String>) {
    let said = &written.place;
    let is_there = row.places.iter().any(|(name, line)| {
        let line = number(&template(folder, name), line);
        said.file.ends_with(&format!("/templates/{name}")) && said.line == line
    });
    let place = (!is_there).then(|| format!("{} {}: {said}, not {:?}", row.file, row.line, row.places));
    let said: Vec<String> = written.values.iter().map(|path| show(path)).collect();
    let lacks = row.values.iter().any(|value| !said.iter().any(|own| is_among(own, std::slice::from_ref(value))));
    let more = said.iter().any(|own| !is_among(own, &row.values) && !is_among(own, &row.may));
    let values = (lacks || more).then(|| format!("{} {}: made of {said:?}, not {:?}", row.file, row.line, row.values));
    (place, values)
}

/// The text of a template of a chart, or of its subchart.
fn template(folder: &Path, name: &str) -> String {
    let places = [folder.join("templates"), folder.join("charts/cache/templates")];
    let mut texts = places.iter().filter_map(|place| std::fs::read_to_string(place.join(name)).ok());
    texts.next().unwrap_or_else(|| panic!("no template {name}"))
}

#[test]
fn lines_judged_by_hand_have_the_template_line_and_the_values_that_are_said() {
    let sample = std::fs::read_to_string(Path::new(ROOT).join("tests/origin_sample/sample.txt")).expect("the sample");
    let (mut rows, mut places, mut values) = (0, Vec::new(), Vec::new());
    for case in sample.split("\n== ").skip(1) {
        let (settings, lines) = case.split_once('\n').expect("lines below a case");
        let (folder, attempt) = attempt(settings);
        for row in lines.lines().filter(|line| !line.is_empty()).map(Row::read) {
            let is_it = |path: &str| path.ends_with(&format!("/templates/{}", row.file));
            let file = attempt.files.iter().find(|file| is_it(&file.path)).expect("the file is rendered");
            let line = number(&file.text, &row.line);
            rows += 1;
            match attempt.written(&file.path, line, 1) {
                Some(written) => {
                    let (place, made_of) = judge(&folder, &row, &written);
                    places.extend(place);
                    values.extend(made_of);
                }
                None => places.push(format!("{} {}: nobody wrote it", row.file, row.line)),
            }
        }
    }
    for miss in places.iter().chain(&values) {
        println!("{miss}");
    }
    let share = |misses: usize| 100 * (rows - misses) / rows;
    println!("{rows} lines, {} wrong places, {} with wrong values", places.len(), values.len());
    assert!(rows >= 100, "{rows} lines");
    assert!(share(places.len()) >= 95, "{} of {rows} places are wrong: {places:#?}", places.len());
    assert!(share(values.len()) >= 90, "values of {} of {rows} lines are wrong: {values:#?}", values.len());
}
