//! `snapshot --review`: every change is shown, and somebody says what becomes of it.
//!
//! In: an [`Outcome`], and the lines that somebody types. Out: snapshots in which the accepted changes are written. To
//! reject a change and to skip it both leave the snapshot as it is: the first says that the chart is wrong, and what was
//! rejected is listed at the end.

use crate::report::snapshot::difference_of;
use crate::suite::snapshot::{Difference, Outcome, Status};
use std::io::{BufRead, Write};

/// What is asked behind each change.
const QUESTION: &str = "  a accept   r reject   s skip   q skip all that follows > ";

/// Asks for every change that is in some case; what changes alike in several is asked once.
pub(super) fn review(outcome: &mut Outcome, mut input: impl BufRead, out: &mut impl Write) -> Result<(), String> {
    let asked = changes(outcome);
    let mut rejected = Vec::new();
    let failed = |error: std::io::Error| error.to_string();
    for (number, (difference, cases)) in asked.iter().enumerate() {
        let names: Vec<&str> = cases.iter().map(String::as_str).collect();
        writeln!(out, "\n{} of {}", number + 1, asked.len()).map_err(failed)?;
        out.write_all(difference_of(difference, &names).as_bytes()).map_err(failed)?;
        match answer(&mut input, out)? {
            Answer::Accept => drop(outcome.accept_in(&difference.address, cases)?),
            Answer::Reject => rejected.push(format!("{} in {}", difference.address, names.join("; "))),
            Answer::Skip => {}
            Answer::Quit => break,
        }
    }
    if !rejected.is_empty() {
        writeln!(out, "\nrejected, so the chart is to be mended:").map_err(failed)?;
        rejected.iter().try_for_each(|line| writeln!(out, "  {line}")).map_err(failed)?;
    }
    writeln!(out).map_err(failed)
}

enum Answer {
    Accept,
    Reject,
    Skip,
    Quit,
}

fn answer(input: &mut impl BufRead, out: &mut impl Write) -> Result<Answer, String> {
    loop {
        write!(out, "{QUESTION}").and_then(|()| out.flush()).map_err(|error| error.to_string())?;
        let mut line = String::new();
        if input.read_line(&mut line).map_err(|error| error.to_string())? == 0 {
            return Ok(Answer::Quit);
        }
        match line.trim().to_lowercase().as_str() {
            "a" | "accept" => return Ok(Answer::Accept),
            "r" | "reject" => return Ok(Answer::Reject),
            "s" | "skip" => return Ok(Answer::Skip),
            "q" | "quit" => return Ok(Answer::Quit),
            _ => {}
        }
    }
}

/// What differs, each with the cases in which it does so alike.
fn changes(outcome: &Outcome) -> Vec<(Difference, Vec<String>)> {
    let mut found: Vec<(Difference, Vec<String>)> = Vec::new();
    let asks = |status: Status| matches!(status, Status::Missing | Status::Changed | Status::Obsolete);
    for case in outcome.cases.iter().filter(|case| asks(case.status)) {
        for difference in &case.differences {
            match found.iter_mut().find(|(known, _)| known == difference) {
                Some((_, cases)) => cases.push(case.case.clone()),
                None => found.push((difference.clone(), vec![case.case.clone()])),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::snapshot::{Settings, Snapshots};
    use std::fs;

    #[test]
    fn what_is_accepted_is_written_and_what_is_rejected_or_skipped_stays_a_failure() {
        let dir = tempfile::tempdir().expect("a folder");
        let chart = dir.path().join("c");
        let object = |name: &str, what: &str| format!("kind: A\nmetadata: {{name: {name}}}\nwhat: {what}\n");
        fs::create_dir_all(chart.join("templates")).expect("a folder");
        fs::write(chart.join("Chart.yaml"), "apiVersion: v2\nname: c\nversion: 0.1.0\n").expect("written");
        let put = |what: &str| {
            for name in ["a", "b", "c", "d"] {
                fs::write(chart.join(format!("templates/{name}.yaml")), object(name, what)).expect("written");
            }
        };
        let check = || Snapshots::load(&chart, Settings::default()).expect("it loads").check(dir.path().join("kept"));
        put("old");
        check().update().expect("written");
        put("new");
        let (mut outcome, mut shown) = (check(), Vec::new());
        review(&mut outcome, "what?\na\nR\ns\n".as_bytes(), &mut shown).expect("it is heard");
        let shown = String::from_utf8(shown).expect("text");
        assert_eq!(shown.matches(QUESTION).count(), 5, "asked again after `what?`, and the end is no answer: {shown}");
        assert!(shown.contains("1 of 4\nA/a changed in defaults\n  what: \"old\" -> \"new\"\n"), "{shown}");
        assert!(shown.contains("rejected, so the chart is to be mended:\n  A/b in defaults\n"), "{shown}");
        assert_eq!(outcome.exit_code(), 1);
        let kept = fs::read_to_string(dir.path().join("kept/defaults.yaml")).expect("it is there");
        assert_eq!((kept.matches("what: new").count(), kept.matches("what: old").count()), (1, 3), "{kept}");
    }
}
