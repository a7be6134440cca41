//! Go's time layouts: an example time (`Mon Jan 2 15:04:05 MST 2006`) as the format.
//!
//! In: a layout with a time to print, or with a text to read. Out: the text, or the time.

use super::dates::{Civil, Time, Zone, is_leap};
use super::duration::quote;

/// English month names in order.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// English weekday names from Sunday.
pub(crate) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A part of a time that a layout can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    LongYear,
    Month,
    LongMonth,
    NumMonth,
    ZeroMonth,
    WeekDay,
    LongWeekDay,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    UpperPm,
    LowerPm,
    ZoneName,
    /// A numeric offset: `Z` for UTC or not, with colons or not, down to hours, minutes or seconds.
    Offset {
        z: bool,
        colon: bool,
        fields: u8,
    },
    /// A fraction of a second after `.` or `,`, with a number of digits; `exact` keeps zeros.
    Fraction {
        comma: bool,
        count: usize,
        exact: bool,
    },
}

/// Offset texts without their first character, longest first.
const OFFSETS: [(&str, bool, u8); 5] =
    [("070000", false, 3), ("07:00:00", true, 3), ("0700", false, 2), ("07:00", true, 2), ("07", false, 1)];

/// The part at the start of a layout and its length, if there is one.
fn part_at(layout: &[u8]) -> Option<(Part, usize)> {
    let starts = |text: &str| layout.starts_with(text.as_bytes());
    // `Jan` in `January` and `Mon` in `Month` are no parts.
    let ends_word = |at: usize| !layout.get(at).is_some_and(u8::is_ascii_lowercase);
    Some(match layout.first()? {
        b'J' if starts("January") => (Part::LongMonth, 7),
        b'J' if starts("Jan") && ends_word(3) => (Part::Month, 3),
        b'M' if starts("Monday") => (Part::LongWeekDay, 6),
        b'M' if starts("Mon") && ends_word(3) => (Part::WeekDay, 3),
        b'M' if starts("MST") => (Part::ZoneName, 3),
        b'0' => match layout.get(1)? {
            b'1' => (Part::ZeroMonth, 2),
            b'2' => (Part::ZeroDay, 2),
            b'3' => (Part::ZeroHour12, 2),
            b'4' => (Part::ZeroMinute, 2),
            b'5' => (Part::ZeroSecond, 2),
            b'6' => (Part::Year, 2),
            b'0' if starts("002") => (Part::ZeroYearDay, 3),
            _ => return None,
        },
        b'1' if starts("15") => (Part::Hour, 2),
        b'1' => (Part::NumMonth, 1),
        b'2' if starts("2006") => (Part::LongYear, 4),
        b'2' => (Part::Day, 1),
        // In `_2006` the underscore is text.
        b'_' if starts("_2") && !starts("_2006") => (Part::UnderDay, 2),
        b'_' if starts("__2") => (Part::UnderYearDay, 3),
        b'3' => (Part::Hour12, 1),
        b'4' => (Part::Minute, 1),
        b'5' => (Part::Second, 1),
        b'P' if starts("PM") => (Part::UpperPm, 2),
        b'p' if starts("pm") => (Part::LowerPm, 2),
        first @ (b'-' | b'Z') => {
            let rest = layout.get(1..)?;
            let (text, colon, fields) = OFFSETS.iter().find(|(text, _, _)| rest.starts_with(text.as_bytes()))?;
            (Part::Offset { z: *first == b'Z', colon: *colon, fields: *fields }, text.len() + 1)
        }
        first @ (b'.' | b',') => {
            let digit = layout.get(1).filter(|byte| matches!(byte, b'0' | b'9'))?;
            let count = layout.iter().skip(1).take_while(|byte| *byte == digit).count();
            if layout.get(1 + count).is_some_and(u8::is_ascii_digit) {
                return None;
            }
            (Part::Fraction { comma: *first == b',', count, exact: *digit == b'0' }, 1 + count)
        }
        _ => return None,
    })
}

/// Text up to the next part, the part, its own text, and what follows.
#[allow(clippy::type_complexity)] // three slices of one text, named where they are taken apart
fn next_part(layout: &[u8]) -> (&[u8], Option<(Part, &[u8])>, &[u8]) {
    for at in 0..layout.len() {
        let (before, here) = layout.split_at(at);
        if let Some((part, length)) = part_at(here) {
            let (own, after) = here.split_at(length);
            return (before, Some((part, own)), after);
        }
    }
    (layout, None, b"")
}

/// A number with at least `width` digits.
fn padded(n: i64, width: usize) -> String {
    let sign = if n < 0 { "-" } else { "" };
    format!("{sign}{:0width$}", n.unsigned_abs())
}

/// Prints a time by a layout.
pub(crate) fn format(time: &Time, layout: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = layout;
    while !rest.is_empty() {
        let (before, part, after) = next_part(rest);
        out.extend_from_slice(before);
        if let Some((part, _)) = part {
            out.extend(print(time, part).bytes());
        }
        rest = after;
    }
    out
}

fn print(time: &Time, part: Part) -> String {
    let civil = time.civil();
    let month = || MONTHS.get(usize::try_from(civil.month - 1).unwrap_or(0)).copied().unwrap_or_default();
    let weekday = || WEEKDAYS.get(time.weekday()).copied().unwrap_or_default();
    let short = |name: &'static str| name.get(..3).unwrap_or(name).to_owned();
    let hour12 = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    match part {
        Part::Year => padded(civil.year.max(0) % 100, 2),
        Part::LongYear => padded(civil.year, 4),
        Part::Month => short(month()),
        Part::LongMonth => month().into(),
        Part::NumMonth => civil.month.to_string(),
        Part::ZeroMonth => padded(civil.month, 2),
        Part::WeekDay => short(weekday()),
        Part::LongWeekDay => weekday().into(),
        Part::Day => civil.day.to_string(),
        Part::UnderDay => format!("{:2}", civil.day),
        Part::ZeroDay => padded(civil.day, 2),
        Part::UnderYearDay => format!("{:3}", time.year_day()),
        Part::ZeroYearDay => padded(time.year_day(), 3),
        Part::Hour => padded(civil.hour, 2),
        Part::Hour12 => hour12.to_string(),
        Part::ZeroHour12 => padded(hour12, 2),
        Part::Minute => civil.minute.to_string(),
        Part::ZeroMinute => padded(civil.minute, 2),
        Part::Second => civil.second.to_string(),
        Part::ZeroSecond => padded(civil.second, 2),
        Part::UpperPm => if civil.hour >= 12 { "PM" } else { "AM" }.into(),
        Part::LowerPm => if civil.hour >= 12 { "pm" } else { "am" }.into(),
        Part::ZoneName => match time.offset() {
            (offset, name) if name.is_empty() => offset_text(offset, false, 2),
            (_, name) => name,
        },
        Part::Offset { z, colon, fields } => match time.offset() {
            (0, _) if z => "Z".into(),
            (offset, _) => offset_text(offset, colon, fields),
        },
        Part::Fraction { comma, count, exact } => {
            let digits = format!("{:09}", time.nanos);
            let digits = format!("{digits:0<count$}");
            let digits = digits.get(..count).unwrap_or(&digits);
            let digits = if exact { digits } else { digits.trim_end_matches('0') };
            if digits.is_empty() { String::new() } else { format!("{}{digits}", if comma { ',' } else { '.' }) }
        }
    }
}

fn offset_text(offset: i64, colon: bool, fields: u8) -> String {
    let colon = if colon { ":" } else { "" };
    // Go cuts the offset to minutes before it takes the sign.
    let minutes = (offset / 60).abs();
    let mut text = format!("{}{:02}", if offset / 60 < 0 { '-' } else { '+' }, minutes / 60);
    if fields >= 2 {
        text.push_str(&format!("{colon}{:02}", minutes % 60));
    }
    if fields >= 3 {
        text.push_str(&format!("{colon}{:02}", offset.abs() % 60));
    }
    text
}

/// Why a text does not fit at some part.
enum Misfit {
    Bad,
    Range(&'static str),
}

/// A text that is read from the front.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn is_digit(&self, at: usize) -> bool {
        self.rest.get(at).is_some_and(u8::is_ascii_digit)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Misfit> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Misfit::Bad)?;
        self.rest = rest;
        Ok(taken)
    }

    /// One or two digits; two when `fixed`.
    fn number(&mut self, fixed: bool) -> Result<i64, Misfit> {
        if !self.is_digit(0) || (fixed && !self.is_digit(1)) {
            return Err(Misfit::Bad);
        }
        let count = if self.is_digit(1) { 2 } else { 1 };
        self.take(count).map(number)
    }

    /// The index of the name that stands here, in any case.
    fn name(&mut self, names: &[&str], length: Option<usize>) -> Result<i64, Misfit> {
        for (index, name) in names.iter().enumerate() {
            let length = length.unwrap_or(name.len());
            let here = self.rest.get(..length);
            if here.zip(name.as_bytes().get(..length)).is_some_and(|(here, name)| here.eq_ignore_ascii_case(name)) {
                self.take(length)?;
                return Ok(index as i64);
            }
        }
        Err(Misfit::Bad)
    }

    /// A fraction: its separator and digits in `count` bytes.
    fn fraction(&mut self, count: usize) -> Result<i64, Misfit> {
        let taken = self.take(count)?;
        let Some((b'.' | b',', digits)) = taken.split_first() else {
            return Err(Misfit::Bad);
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(Misfit::Bad);
        }
        let digits = digits.get(..9).unwrap_or(digits);
        Ok(number(digits) * 10i64.pow(9 - digits.len().min(9) as u32))
    }

    /// The literal text of a layout; any run of spaces fits any other.
    fn literal(&mut self, mut text: &[u8]) -> bool {
        while let Some((first, after)) = text.split_first() {
            if *first == b' ' {
                if self.rest.first().is_some_and(|byte| *byte != b' ') {
                    return false;
                }
                text = spaces_cut(text);
                self.rest = spaces_cut(self.rest);
                continue;
            }
            match self.rest.split_first() {
                Some((byte, rest)) if byte == first => self.rest = rest,
                _ => return false,
            }
            text = after;
        }
        true
    }
}

fn spaces_cut(text: &[u8]) -> &[u8] {
    let count = text.iter().take_while(|byte| **byte == b' ').count();
    text.get(count..).unwrap_or_default()
}

/// Decimal digits, few enough to fit.
fn number(digits: &[u8]) -> i64 {
    digits.iter().fold(0i64, |n, digit| n.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0'))))
}

/// Length of a signed number of hours up to 23, as in `GMT-8`; 0 when there is none.
fn signed_hours(text: &[u8]) -> usize {
    let Some((b'+' | b'-', rest)) = text.split_first() else { return 0 };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hours = number(rest.get(..count).unwrap_or_default());
    if count == 0 || hours > 23 { 0 } else { count + 1 }
}

/// Length of the zone abbreviation at the front, if there is one.
fn zone_name_length(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(rest) = text.strip_prefix(b"GMT") {
        return Some(3 + signed_hours(rest));
    }
    if matches!(text.first(), Some(b'+' | b'-')) {
        return Some(signed_hours(text)).filter(|length| *length > 0);
    }
    match text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count() {
        3 => Some(3),
        4 if text.get(3) == Some(&b'T') || text.starts_with(b"WITA") => Some(4),
        5 if text.get(4) == Some(&b'T') => Some(5),
        _ => None,
    }
}

/// What was read so far.
#[derive(Default)]
struct Parts {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: i64,
    afternoon: Option<bool>,
    utc: bool,
    offset: Option<i64>,
    zone_name: Vec<u8>,
}

impl Parts {
    fn read(&mut self, part: Part, reader: &mut Reader<'_>, layout_after: &[u8]) -> Result<(), Misfit> {
        let within = |n: i64, range: std::ops::RangeInclusive<i64>, what| {
            if range.contains(&n) { Ok(n) } else { Err(Misfit::Range(what)) }
        };
        match part {
            Part::Year => {
                let digits = reader.take(2)?;
                if !digits.iter().all(u8::is_ascii_digit) {
                    return Err(Misfit::Bad);
                }
                // Unix time starts in 1969 in some zones.
                let year = number(digits);
                self.year = if year >= 69 { 1900 + year } else { 2000 + year };
            }
            Part::LongYear => {
                let digits = reader.take(4)?;
                if !digits.iter().all(u8::is_ascii_digit) {
                    return Err(Misfit::Bad);
                }
                self.year = number(digits);
            }
            Part::Month => self.month = Some(reader.name(&MONTHS, Some(3))? + 1),
            Part::LongMonth => self.month = Some(reader.name(&MONTHS, None)? + 1),
            Part::NumMonth | Part::ZeroMonth => {
                self.month = Some(within(reader.number(part == Part::ZeroMonth)?, 1..=12, "month")?);
            }
            Part::WeekDay => drop(reader.name(&WEEKDAYS, Some(3))?),
            Part::LongWeekDay => drop(reader.name(&WEEKDAYS, None)?),
            Part::Day | Part::UnderDay | Part::ZeroDay => {
                if part == Part::UnderDay && reader.rest.first() == Some(&b' ') {
                    reader.take(1)?;
                }
                self.day = Some(reader.number(part == Part::ZeroDay)?);
            }
            Part::UnderYearDay | Part::ZeroYearDay => {
                for _ in 0..2 {
                    if part == Part::UnderYearDay && reader.rest.first() == Some(&b' ') {
                        reader.take(1)?;
                    }
                }
                let count = reader.rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
                if count == 0 || (part == Part::ZeroYearDay && count != 3) {
                    return Err(Misfit::Bad);
                }
                self.year_day = Some(number(reader.take(count)?));
            }
            Part::Hour => self.hour = within(reader.number(false)?, 0..=23, "hour")?,
            Part::Hour12 | Part::ZeroHour12 => {
                self.hour = within(reader.number(part == Part::ZeroHour12)?, 0..=12, "hour")?;
            }
            Part::Minute | Part::ZeroMinute => {
                self.minute = within(reader.number(part == Part::ZeroMinute)?, 0..=59, "minute")?;
            }
            Part::Second | Part::ZeroSecond => {
                self.second = within(reader.number(part == Part::ZeroSecond)?, 0..=59, "second")?;
                // A fraction is read here even where the layout has none.
                let fraction_next = matches!(next_part(layout_after).1, Some((Part::Fraction { .. }, _)));
                if matches!(reader.rest.first(), Some(b'.' | b',')) && reader.is_digit(1) && !fraction_next {
                    let digits = reader.rest.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
                    self.nanos = reader.fraction(1 + digits)?;
                }
            }
            Part::UpperPm | Part::LowerPm => {
                self.afternoon = Some(match (part, reader.take(2)?) {
                    (Part::UpperPm, b"PM") | (Part::LowerPm, b"pm") => true,
                    (Part::UpperPm, b"AM") | (Part::LowerPm, b"am") => false,
                    _ => return Err(Misfit::Bad),
                });
            }
            Part::Offset { z, colon, fields } => self.read_offset(z, colon, fields, reader)?,
            Part::ZoneName if reader.rest.starts_with(b"UTC") => {
                reader.take(3)?;
                self.utc = true;
            }
            Part::ZoneName => {
                let length = zone_name_length(reader.rest).ok_or(Misfit::Bad)?;
                self.zone_name = reader.take(length)?.to_vec();
            }
            Part::Fraction { exact: true, count, .. } => self.nanos = reader.fraction(1 + count)?,
            Part::Fraction { .. } => {
                if matches!(reader.rest.first(), Some(b'.' | b',')) && reader.is_digit(1) {
                    let digits = reader.rest.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
                    self.nanos = reader.fraction(1 + digits)?;
                }
            }
        }
        Ok(())
    }

    fn read_offset(&mut self, z: bool, colon: bool, fields: u8, reader: &mut Reader<'_>) -> Result<(), Misfit> {
        if z && reader.rest.first() == Some(&b'Z') {
            reader.take(1)?;
            self.utc = true;
            return Ok(());
        }
        let gap = usize::from(colon);
        let taken = reader.take(1 + 2 * usize::from(fields) + gap * usize::from(fields.saturating_sub(1)))?;
        let mut values = [0i64; 3];
        for (index, value) in values.iter_mut().enumerate().take(usize::from(fields)) {
            let at = 1 + index * (2 + gap);
            if colon && index > 0 && taken.get(at - 1) != Some(&b':') {
                return Err(Misfit::Bad);
            }
            *value = Reader { rest: taken.get(at..at + 2).ok_or(Misfit::Bad)? }.number(true)?;
        }
        let [hours, minutes, seconds] = values;
        // Offsets of 24 hours or 60 minutes are written, so they are read.
        let limits = [
            (hours > 24, "time zone offset hour"),
            (minutes > 60, "time zone offset minute"),
            (seconds > 60, "time zone offset second"),
        ];
        if let Some((_, what)) = limits.into_iter().find(|(beyond, _)| *beyond) {
            return Err(Misfit::Range(what));
        }
        let offset = (hours * 60 + minutes) * 60 + seconds;
        self.offset = Some(match taken.first() {
            Some(b'+') => offset,
            Some(b'-') => -offset,
            _ => return Err(Misfit::Bad),
        });
        Ok(())
    }

    /// Month and day, from those or from the day of the year.
    fn month_and_day(&self) -> Result<(i64, i64), &'static str> {
        let lengths = [31, 28 + i64::from(is_leap(self.year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let (month, day) = match self.year_day {
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
            Some(year_day) => {
                if year_day < 1 || year_day > lengths.iter().sum() {
                    return Err(": day-of-year out of range");
                }
                let (mut month, mut day) = (1, year_day);
                for length in lengths {
                    if day <= length {
                        break;
                    }
                    day -= length;
                    month += 1;
                }
                if self.month.is_some_and(|given| given != month) {
                    return Err(": day-of-year does not match month");
                }
                if self.day.is_some_and(|given| given != day) {
                    return Err(": day-of-year does not match day");
                }
                (month, day)
            }
        };
        let length = usize::try_from(month - 1).ok().and_then(|index| lengths.get(index)).copied().unwrap_or(0);
        if day < 1 || day > length { Err(": day out of range") } else { Ok((month, day)) }
    }
}

/// Whether a text is a time in this layout, in UTC. `Err` is Go's `parsing time …`.
pub(crate) fn go_date(layout: &str, text: &str) -> Result<(), String> {
    parse(layout.as_bytes(), text.as_bytes(), &Zone::Utc).map(|_| ())
}

/// Reads a time by a layout; without a zone in the text it is in `local`.
///
/// # Errors
/// Go's words, with the part that did not fit.
pub(crate) fn parse(layout: &[u8], text: &[u8], local: &Zone) -> Result<Time, String> {
    let wrong = |reason: &str| format!("parsing time {}{reason}", quote(text));
    let cannot = |value: &[u8], part: &[u8]| {
        wrong(&format!(" as {}: cannot parse {} as {}", quote(layout), quote(value), quote(part)))
    };
    let mut parts = Parts::default();
    let mut reader = Reader { rest: text };
    let mut rest = layout;
    loop {
        let (before, part, after) = next_part(rest);
        if !reader.literal(before) {
            return Err(cannot(reader.rest, before));
        }
        let Some((part, own)) = part else {
            if !reader.rest.is_empty() {
                return Err(wrong(&format!(": extra text: {}", quote(reader.rest))));
            }
            break;
        };
        let here = reader.rest;
        match parts.read(part, &mut reader, after) {
            Ok(()) => {}
            Err(Misfit::Bad) => return Err(cannot(here, own)),
            Err(Misfit::Range(what)) => return Err(wrong(&format!(": {what} out of range"))),
        }
        rest = after;
    }
    match parts.afternoon {
        Some(true) if parts.hour < 12 => parts.hour += 12,
        Some(false) if parts.hour == 12 => parts.hour = 0,
        _ => {}
    }
    let (month, day) = parts.month_and_day().map_err(wrong)?;
    let civil = Civil { year: parts.year, month, day, hour: parts.hour, minute: parts.minute, second: parts.second };
    let in_zone = |zone: Zone| Time::from_civil(civil, parts.nanos, zone);
    if parts.utc {
        return Ok(in_zone(Zone::Utc));
    }
    let name = String::from_utf8_lossy(&parts.zone_name).into_owned();
    if let Some(offset) = parts.offset {
        let mut time = in_zone(Zone::Utc);
        time.unix -= offset;
        let (local_offset, local_name) = local.at(time.unix);
        let is_local = local_offset == offset && (name.is_empty() || name == local_name);
        time.zone = if is_local { local.clone() } else { Zone::Fixed { name: name.into(), offset } };
        return Ok(time);
    }
    if !name.is_empty() {
        let time = in_zone(local.clone());
        if time.offset().1 == name {
            return Ok(time);
        }
        // An abbreviation says nothing about the offset, but `GMT+3` does.
        let hours = name.strip_prefix("GMT").and_then(|hours| hours.parse::<i64>().ok()).unwrap_or(0);
        // Go takes the clock's time as UTC here and only shows it in the zone.
        let mut time = in_zone(Zone::Utc);
        time.zone = Zone::Fixed { name: name.into(), offset: hours * 3600 };
        return Ok(time);
    }
    Ok(in_zone(local.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(layout: &str, text: &str) -> Result<String, String> {
        parse(layout.as_bytes(), text.as_bytes(), &Zone::Utc)
            .map(|time| time.text_by("2006-01-02T15:04:05.999999999Z07:00"))
    }

    #[test]
    fn layouts_read_what_they_print() {
        assert_eq!(
            round("Mon, 02 Jan 2006 15:04:05 -0700", "Tue, 05 Mar 2024 01:02:03 +0130"),
            Ok("2024-03-05T01:02:03+01:30".into())
        );
        assert_eq!(round("3:04PM", "12:05AM"), Ok("0000-01-01T00:05:00Z".into()));
        assert_eq!(round("2006-01-02 15:04:05", "2024-03-05 01:02:03.25"), Ok("2024-03-05T01:02:03.25Z".into()));
    }

    #[test]
    fn misfits_are_worded_as_in_go() {
        assert_eq!(
            round("2006-01-02", "2024/03/05"),
            Err("parsing time \"2024/03/05\" as \"2006-01-02\": cannot parse \"/03/05\" as \"-\"".into())
        );
        assert_eq!(round("2006-01-02", "2024-13-05"), Err("parsing time \"2024-13-05\": month out of range".into()));
        assert_eq!(round("2006-01-02", "2023-02-29"), Err("parsing time \"2023-02-29\": day out of range".into()));
    }
}
