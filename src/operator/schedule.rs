//! Schedules of backups, as the operator's reader of cron lines takes them.
//!
//! In: `0 3 * * *`, `@daily`, `@every 6h`, `CRON_TZ=Asia/Tokyo 0 2 * * *`. Out: a [`Schedule`], which knows whether it ever
//! comes; or what is wrong, in that reader's words. Unlike a CronJob's, such a line may name its time zone.

use chrono_tz::Tz;

use crate::kube::is_duration;

/// Least and most of a field, and the words that stand for its numbers.
struct Field {
    least: u32,
    most: u32,
    words: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { least: 0, most: 59, words: &[] },
    Field { least: 0, most: 23, words: &[] },
    Field { least: 1, most: 31, words: &[] },
    Field {
        least: 1,
        most: 12,
        words: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field { least: 0, most: 6, words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/// Days of each month, of February in the leap year that comes within five.
const DAYS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const WORDS: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// The numbers of one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Numbers {
    of: Vec<u32>,
    /// Whether it says `*`: then only the other of day and weekday counts.
    is_any: bool,
}

/// When a backup is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schedule {
    /// Minute, hour, day, month, weekday; none for `@` words, which always come.
    fields: Option<[Numbers; 5]>,
}

impl Schedule {
    /// Reads a schedule.
    pub(super) fn parse(text: &str) -> Result<Schedule, String> {
        if text.is_empty() {
            return Err("empty spec string".to_owned());
        }
        let zone = text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ="));
        let line = match zone {
            // With a zone and nothing behind it the operator's reader falls over, which refuses as well.
            Some(rest) => {
                let (zone, line) = rest.split_once(' ').ok_or("slice bounds out of range [:-1]")?;
                time_zone(zone).map_err(|error| format!("provided bad location {zone}: {error}"))?;
                line.trim()
            }
            None => text,
        };
        if line.starts_with('@') {
            return word(line).map(|()| Schedule { fields: None });
        }
        let parts: Vec<&str> = line.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = parts.as_slice() else {
            return Err(format!("expected exactly 5 fields, found {}: [{}]", parts.len(), parts.join(" ")));
        };
        let [of_minute, of_hour, of_day, of_month, of_weekday] = &FIELDS;
        let fields = [
            numbers(minute, of_minute)?,
            numbers(hour, of_hour)?,
            numbers(day, of_day)?,
            numbers(month, of_month)?,
            numbers(weekday, of_weekday)?,
        ];
        Ok(Schedule { fields: Some(fields) })
    }

    /// Whether it comes within five years.
    pub(super) fn ever_comes(&self) -> bool {
        let Some([minute, hour, day, month, weekday]) = &self.fields else { return true };
        if [minute, hour, month].iter().any(|numbers| numbers.of.is_empty()) {
            return false;
        }
        let length = |month: &u32| DAYS.get(usize::try_from(*month).unwrap_or_default().wrapping_sub(1));
        let has_day =
            month.of.iter().any(|month| length(month).is_some_and(|length| day.of.iter().any(|day| day <= length)));
        let has_weekday = !weekday.of.is_empty();
        if day.is_any || weekday.is_any { has_day && has_weekday } else { has_day || has_weekday }
    }
}

/// `1-30/2,45`.
fn numbers(text: &str, field: &Field) -> Result<Numbers, String> {
    let mut numbers = Numbers::default();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let slices: Vec<&str> = part.split('/').collect();
        let (range, step) = match slices.as_slice() {
            [range] => (*range, None),
            [range, step] => (*range, Some(*step)),
            [range, ..] => (*range, None),
            [] => continue,
        };
        let ends: Vec<&str> = range.split('-').collect();
        let (mut start, mut end, mut is_any) = (field.least, field.most, true);
        let first = ends.first().copied().unwrap_or_default();
        if !matches!(first, "*" | "?") {
            is_any = false;
            start = number(first, field.words, field.least)?;
            end = match ends.as_slice() {
                [_] => start,
                [_, last] => number(last, field.words, field.least)?,
                _ => return Err(format!("too many hyphens: {part}")),
            };
        }
        if slices.len() > 2 {
            return Err(format!("too many slashes: {part}"));
        }
        let mut width = 1;
        if let Some(step) = step {
            width = number(step, &[], 0)?;
            if ends.len() == 1 {
                end = field.most;
            }
            is_any &= width <= 1;
        }
        let (least, most) = (field.least, field.most);
        if start < least {
            return Err(format!("beginning of range ({start}) below minimum ({least}): {part}"));
        }
        if end > most {
            return Err(format!("end of range ({end}) above maximum ({most}): {part}"));
        }
        if start > end {
            return Err(format!("beginning of range ({start}) beyond end of range ({end}): {part}"));
        }
        if width == 0 {
            return Err(format!("step of range should be a positive number: {part}"));
        }
        numbers.of.extend((start..=end).step_by(usize::try_from(width).unwrap_or(usize::MAX)));
        numbers.is_any |= is_any;
    }
    Ok(numbers)
}

/// A number or a word for one.
fn number(text: &str, words: &[&str], least: u32) -> Result<u32, String> {
    let lower = text.to_lowercase();
    if let Some(at) = words.iter().position(|word| *word == lower) {
        return Ok(least.saturating_add(u32::try_from(at).unwrap_or_default()));
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let wrong = |what: &str| format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: {what}");
    if !is_number {
        return Err(wrong("invalid syntax"));
    }
    let number: i64 = text.parse().map_err(|_| wrong("value out of range"))?;
    if number < 0 {
        return Err(format!("negative number ({number}) not allowed: {text}"));
    }
    Ok(u32::try_from(number).unwrap_or(u32::MAX))
}

/// `@daily`, `@every 6h`.
fn word(line: &str) -> Result<(), String> {
    match line.strip_prefix("@every ") {
        Some(time) if is_duration(time) => Ok(()),
        Some(time) => Err(format!("failed to parse duration {line}: time: invalid duration {time:?}")),
        None if WORDS.contains(&line) => Ok(()),
        None => Err(format!("unrecognized descriptor: {line}")),
    }
}

/// Whether there is such a time zone: its name counts to the letter; `Local` is that of the operator.
pub(super) fn time_zone(name: &str) -> Result<(), String> {
    if name.is_empty() || name == "Local" || name.parse::<Tz>().is_ok() {
        return Ok(());
    }
    if name.contains("..") || name.starts_with(['/', '\\']) {
        return Err("time: invalid location name".to_owned());
    }
    Err(format!("unknown time zone {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_commas_never_comes() {
        assert!(!Schedule::parse(", * * * *").expect("it reads").ever_comes());
        assert!(Schedule::parse("*/5,3 */2 */2 * ?").expect("it reads").ever_comes());
    }

    #[test]
    fn a_zone_without_a_schedule_is_refused() {
        assert!(Schedule::parse("TZ=UTC").is_err());
    }
}
