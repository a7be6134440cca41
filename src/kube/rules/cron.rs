//! Schedules of CronJobs.
//!
//! In: `0 3 * * *`, `@daily`, `@every 1h`. Out: what is wrong with it. Day of week 7 is wrong, a day that never comes is not.

/// Name, least and most of each field, and the words that stand for its numbers.
const FIELDS: &[(&str, u32, u32, &[&str])] = &[
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of month", 1, 31, &[]),
    ("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    ("day of week", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

const WORDS: &[&str] = &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Whether a schedule is one.
///
/// # Errors
/// What was found and what is allowed.
pub(crate) fn check(schedule: &str) -> Result<(), String> {
    if schedule.starts_with("TZ=") || schedule.starts_with("CRON_TZ=") || schedule.contains("TZ") {
        return Err("found a time zone in the schedule, which belongs into `timeZone`".to_owned());
    }
    if let Some(duration) = schedule.strip_prefix("@every ") {
        return if is_duration(duration) {
            Ok(())
        } else {
            Err(format!("found `@every {duration}`, expected a time such as `@every 1h30m`"))
        };
    }
    if schedule.starts_with('@') {
        let known = WORDS.contains(&schedule);
        return if known { Ok(()) } else { Err(format!("found `{schedule}`, allowed are {}", WORDS.join(", "))) };
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!(
            "found {} fields, expected 5: minute, hour, day of month, month, day of week",
            fields.len()
        ));
    }
    for (text, (name, least, most, words)) in fields.iter().zip(FIELDS) {
        for part in text.split(',') {
            check_part(part, *least, *most, words).map_err(|error| format!("{name}: {error}"))?;
        }
    }
    Ok(())
}

/// `*`, `5`, `1-5`, `*/15`, `1-30/2`, `5/15`.
fn check_part(part: &str, least: u32, most: u32, words: &[&str]) -> Result<(), String> {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (part, None),
    };
    if let Some(step) = step
        && !step.parse::<u32>().is_ok_and(|step| step > 0)
    {
        return Err(format!("found the step `{step}`, expected a number from 1"));
    }
    let number = |text: &str| {
        let lower = text.to_lowercase();
        let word = words.iter().position(|word| *word == lower).and_then(|at| u32::try_from(at).ok());
        let number = word.map(|at| at + least).or_else(|| text.parse().ok());
        number.ok_or_else(|| format!("found `{text}`, expected a number from {least} to {most}"))
    };
    if matches!(range, "*" | "?") {
        return Ok(());
    }
    let (start, end) = match range.split_once('-') {
        Some((start, end)) => (number(start)?, number(end)?),
        None => (number(range)?, number(range)?),
    };
    if start < least || end > most {
        let hint = if most == 6 && end == 7 { ": Sunday is 0" } else { "" };
        Err(format!("found `{part}`, allowed are {least} to {most}{hint}"))
    } else if start > end {
        Err(format!("found `{part}`, which ends before it begins"))
    } else {
        Ok(())
    }
}

/// Go's durations: numbers with units, `1h30m`.
pub(crate) fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut parts = 0;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at_checked(unit_at).unwrap_or((rest, ""));
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(end).unwrap_or((after, ""));
        if number.parse::<f64>().is_err() || !matches!(unit, "ns" | "us" | "µs" | "μs" | "ms" | "s" | "m" | "h") {
            return false;
        }
        parts += 1;
        rest = next;
    }
    parts > 0
}
