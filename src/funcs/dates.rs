//! Times: Go's `time.Time`, and the functions that make, change and print it.
//!
//! In: times, seconds since 1970, texts with Go layouts (`2006-01-02`), zone names. Out:
//! times and texts. The clock and the local zone come from the run.

use super::duration::{self, Duration, SECOND};
use super::layout;
use crate::eval::call::{Call, Func, FuncResult, Host, Purity, Type};
use crate::value::{Object, Value};
use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::{OffsetName as _, Tz};
use std::any::Any;
use std::rc::Rc;

const TIME: Type = Type::Object("time.Time");

/// The family's rows.
pub(crate) const DATES: &[Func] = &[
    Func::fixed("now", &[], now).with(Purity::Clock),
    Func::fixed("ago", &[Type::Any], ago).with(Purity::Clock),
    Func::fixed("date", &[Type::Str, Type::Any], date).with(Purity::Clock),
    Func::fixed("dateInZone", &[Type::Str, Type::Any, Type::Str], date_in_zone).with(Purity::Clock),
    Func::fixed("date_in_zone", &[Type::Str, Type::Any, Type::Str], date_in_zone).with(Purity::Clock),
    Func::fixed("htmlDate", &[Type::Any], html_date).with(Purity::Clock),
    Func::fixed("htmlDateInZone", &[Type::Any, Type::Str], html_date_in_zone).with(Purity::Clock),
    Func::fixed("dateModify", &[Type::Str, TIME], date_modify),
    Func::fixed("date_modify", &[Type::Str, TIME], date_modify),
    Func::fixed("mustDateModify", &[Type::Str, TIME], must_date_modify),
    Func::fixed("must_date_modify", &[Type::Str, TIME], must_date_modify),
    Func::fixed("toDate", &[Type::Str, Type::Str], to_date),
    Func::fixed("mustToDate", &[Type::Str, Type::Str], must_to_date),
    Func::fixed("unixEpoch", &[TIME], unix_epoch),
];

/// Go's `time.RFC3339Nano`, which JSON and TOML use.
pub(crate) const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";
/// Seconds from year 1, which Go's zero time is at, to 1970.
const ZERO_SECONDS: i64 = -62_135_596_800;
const DAY: i64 = 86_400;

/// Where a time is shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Zone {
    /// UTC.
    Utc,
    /// A zone of the time zone database; `local` when it came from the run.
    Named { zone: Tz, local: bool },
    /// An offset read from text, with the name it had, if any.
    Fixed { name: Rc<str>, offset: i64 },
}

impl Zone {
    /// The zone of that name as Go loads it.
    fn load(name: &str, host: &dyn Host) -> Option<Zone> {
        match name {
            "" | "UTC" => Some(Zone::Utc),
            "Local" => Some(Zone::local(host)),
            name => name.parse().ok().map(|zone| Zone::Named { zone, local: false }),
        }
    }

    /// The run's own zone; UTC when its name is unknown.
    fn local(host: &dyn Host) -> Zone {
        Zone::Named { zone: host.zone().parse().unwrap_or(Tz::UTC), local: true }
    }

    /// Offset east of UTC in seconds, and the abbreviation, in effect at a moment.
    pub(crate) fn at(&self, unix: i64) -> (i64, String) {
        match self {
            Zone::Utc => (0, "UTC".into()),
            Zone::Fixed { name, offset } => (*offset, name.to_string()),
            Zone::Named { zone, .. } => {
                // Beyond the calendar of the database, the rule of its last year holds.
                let moment = DateTime::from_timestamp(unix.clamp(-8_000_000_000_000, 8_000_000_000_000), 0);
                let offset = zone.offset_from_utc_datetime(&moment.unwrap_or_default().naive_utc());
                let east = i64::from(offset.fix().local_minus_utc());
                // Zones without letters go by their offset: `-03`, `+0530`.
                let number = || {
                    let (sign, minutes) = (if east < 0 { '-' } else { '+' }, east.abs() / 60);
                    let rest = if minutes % 60 == 0 { String::new() } else { format!("{:02}", minutes % 60) };
                    format!("{sign}{:02}{rest}", minutes / 60)
                };
                (east, offset.abbreviation().map_or_else(number, str::to_owned))
            }
        }
    }

    /// Go's name of the zone (`Location`'s `String`).
    fn name(&self) -> String {
        match self {
            Zone::Utc => "UTC".into(),
            Zone::Named { local: true, .. } => "Local".into(),
            Zone::Named { zone, .. } => zone.name().into(),
            Zone::Fixed { name, .. } => name.to_string(),
        }
    }
}

/// A calendar date and a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
}

/// Days from 1970 to a date; months and days past their ends run over.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let months = year.saturating_mul(12).saturating_add(month.saturating_sub(1));
    let (year, month) = (months.div_euclid(12).clamp(-290_000_000_000, 290_000_000_000), months.rem_euclid(12) + 1);
    // Years counted from March, so that the leap day is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    days.saturating_add(day.saturating_sub(1))
}

/// Year, month and day of a number of days from 1970.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Whether a year has a 29 February.
pub(crate) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// A moment, shown in a zone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Time {
    pub unix: i64,
    pub nanos: i64,
    pub zone: Zone,
    /// Nanoseconds since the run began, on times that come from the clock.
    monotonic: Option<i64>,
}

impl Time {
    /// The call of `time.Date` that Go prints for `%#v`.
    fn go_string(&self) -> String {
        let Civil { year, month, day, hour, minute, second } = self.civil();
        let month = usize::try_from(month - 1).ok().and_then(|n| layout::MONTHS.get(n)).copied().unwrap_or_default();
        let zone = match &self.zone {
            Zone::Utc => "time.UTC".to_owned(),
            Zone::Named { local: true, .. } => "time.Local".to_owned(),
            zone => format!("time.Location(\"{}\")", zone.name()),
        };
        format!("time.Date({year}, time.{month}, {day}, {hour}, {minute}, {second}, {}, {zone})", self.nanos)
    }

    /// Go's zero time: year 1, UTC.
    pub(crate) fn zero() -> Time {
        Time::at(ZERO_SECONDS, 0, Zone::Utc)
    }

    pub(crate) fn at(unix: i64, nanos: i64, zone: Zone) -> Time {
        Time { unix, nanos, zone, monotonic: None }
    }

    /// The clock's time in the local zone.
    pub(crate) fn now(host: &dyn Host) -> Time {
        let (unix, nanos) = host.now();
        Time { monotonic: Some(0), ..Time::at(unix, i64::from(nanos), Zone::local(host)) }
    }

    /// What stands on a calendar and a clock in `zone`; parts past their ends run over. Where
    /// the zone skips or repeats an hour, Go's choice.
    pub(crate) fn from_civil(civil: Civil, nanos: i64, zone: Zone) -> Time {
        let days = days_from_civil(civil.year, civil.month, civil.day);
        let carry = nanos.div_euclid(SECOND);
        let seconds = civil.hour.saturating_mul(3600).saturating_add(civil.minute.saturating_mul(60));
        let seconds = seconds.saturating_add(civil.second).saturating_add(carry);
        let mut unix = days.saturating_mul(DAY).saturating_add(seconds);
        let (guess, _) = zone.at(unix);
        if guess != 0 {
            unix = unix.saturating_sub(zone.at(unix.saturating_sub(guess)).0);
        }
        Time::at(unix, nanos.rem_euclid(SECOND), zone)
    }

    /// A TOML date or time; one without offset is taken as UTC.
    pub(crate) fn from_toml(text: &str) -> Value {
        const LAYOUTS: [&str; 4] = [RFC3339_NANO, "2006-01-02T15:04:05.999999999", "2006-01-02", "15:04:05.999999999"];
        let time = LAYOUTS.iter().find_map(|layout| layout::parse(layout.as_bytes(), text.as_bytes(), &Zone::Utc).ok());
        Value::object(time.unwrap_or_else(Time::zero))
    }

    /// Offset and abbreviation in effect.
    pub(crate) fn offset(&self) -> (i64, String) {
        self.zone.at(self.unix)
    }

    pub(crate) fn civil(&self) -> Civil {
        let local = self.unix.saturating_add(self.offset().0);
        let (year, month, day) = civil_from_days(local.div_euclid(DAY));
        let seconds = local.rem_euclid(DAY);
        Civil { year, month, day, hour: seconds / 3600, minute: seconds / 60 % 60, second: seconds % 60 }
    }

    /// 0 is Sunday.
    pub(crate) fn weekday(&self) -> usize {
        let local = self.unix.saturating_add(self.offset().0);
        usize::try_from((local.div_euclid(DAY).rem_euclid(7) + 4) % 7).unwrap_or(0)
    }

    /// From 1.
    pub(crate) fn year_day(&self) -> i64 {
        let civil = self.civil();
        days_from_civil(civil.year, civil.month, civil.day) - days_from_civil(civil.year, 1, 1) + 1
    }

    /// ISO 8601 year and week.
    fn iso_week(&self) -> (i64, i64) {
        let civil = self.civil();
        let days = days_from_civil(civil.year, civil.month, civil.day);
        // The week belongs to the year of its Thursday.
        let thursday = days - (days + 3).rem_euclid(7) + 3;
        let (year, _, _) = civil_from_days(thursday);
        (year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1)
    }

    /// Printed by a Go layout that is text.
    pub(crate) fn text_by(&self, layout: &str) -> String {
        String::from_utf8_lossy(&layout::format(self, layout.as_bytes())).into_owned()
    }

    fn shown_in(&self, zone: Zone) -> Time {
        Time::at(self.unix, self.nanos, zone)
    }

    pub(crate) fn add(&self, span: Duration) -> Time {
        let nanos = self.nanos + span.0 % SECOND;
        Time {
            unix: self.unix.wrapping_add(span.0 / SECOND).wrapping_add(nanos.div_euclid(SECOND)),
            nanos: nanos.rem_euclid(SECOND),
            zone: self.zone.clone(),
            monotonic: self.monotonic.and_then(|at| at.checked_add(span.0)),
        }
    }

    fn add_date(&self, years: i64, months: i64, days: i64) -> Time {
        let mut civil = self.civil();
        civil.year = civil.year.saturating_add(years);
        civil.month = civil.month.saturating_add(months);
        civil.day = civil.day.saturating_add(days);
        Time::from_civil(civil, self.nanos, self.zone.clone())
    }

    /// The span from `earlier` to this; stops at the ends of what a duration holds.
    pub(crate) fn since(&self, earlier: &Time) -> Duration {
        let span = i128::from(self.unix) - i128::from(earlier.unix);
        let span = span * i128::from(SECOND) + i128::from(self.nanos) - i128::from(earlier.nanos);
        Duration(span.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }

    /// Rounds down, or to the nearest, multiple of `unit` since the zero time.
    fn to_multiple(&self, unit: i64, nearest: bool) -> Time {
        let plain = Time { monotonic: None, ..self.clone() };
        if unit <= 0 {
            return plain;
        }
        let since_zero =
            (i128::from(self.unix) - i128::from(ZERO_SECONDS)) * i128::from(SECOND) + i128::from(self.nanos);
        let rest = since_zero.rem_euclid(i128::from(unit)) as i64;
        let up = nearest && rest.unsigned_abs() * 2 >= unit.unsigned_abs();
        plain.add(Duration(if up { unit - rest } else { -rest }))
    }

    fn text(&self) -> String {
        let mut text = self.text_by("2006-01-02 15:04:05.999999999 -0700 MST");
        if let Some(at) = self.monotonic {
            let sign = if at < 0 { '-' } else { '+' };
            let at = at.unsigned_abs();
            text.push_str(&format!(" m={sign}{}.{:09}", at / 1_000_000_000, at % 1_000_000_000));
        }
        text
    }

    fn rfc3339(&self) -> Result<String, String> {
        if (0..=9999).contains(&self.civil().year) {
            Ok(self.text_by(RFC3339_NANO))
        } else {
            Err("Time.MarshalJSON: year outside of range [0,9999]".into())
        }
    }
}

/// A month or a weekday: an integer that prints as a name.
#[derive(Debug, Clone, Copy)]
struct Named {
    type_name: &'static str,
    number: i64,
    text: &'static str,
}

impl Object for Named {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn kind(&self) -> &'static str {
        "int"
    }

    fn signature(&self, name: &str) -> Option<(&'static [Type], bool)> {
        let params: &'static [Type] = match name {
            "String" => &[],
            _ => return None,
        };
        Some((params, false))
    }

    fn call(&self, name: &str, _args: &[Value]) -> Option<Result<Value, String>> {
        (name == "String").then(|| Ok(Value::from(self.text)))
    }

    fn underlying(&self) -> crate::value::Go {
        crate::value::Go::Int64(self.number)
    }

    fn numbered(&self, number: i64) -> Option<Value> {
        let text = match (usize::try_from(number).ok()?, self.type_name) {
            // Months count from one, and a loop over one begins with none at all.
            (0, "time.Month") => "%!Month(0)",
            (month, "time.Month") => layout::MONTHS.get(month - 1).copied()?,
            (day, _) => layout::WEEKDAYS.get(day).copied()?,
        };
        Some(Value::object(Named { number, text, ..*self }))
    }

    fn own_text(&self) -> Option<Vec<u8>> {
        Some(self.text.into())
    }

    fn to_plain(&self) -> Result<Value, String> {
        Ok(Value::Int64(self.number))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for Time {
    fn type_name(&self) -> &str {
        "time.Time"
    }

    fn signature(&self, name: &str) -> Option<(&'static [Type], bool)> {
        let params: &'static [Type] = match name {
            "Year" | "Month" | "Day" | "Hour" | "Minute" | "Second" | "Nanosecond" | "YearDay" | "Weekday" | "Unix"
            | "UnixMilli" | "UnixMicro" | "UnixNano" | "UTC" | "Local" | "Location" | "IsZero" | "String"
            | "GoString" | "IsDST" | "ISOWeek" => &[],
            "Format" => &[Type::Str],
            "Add" | "Round" | "Truncate" => &[Type::Duration],
            "Sub" | "Before" | "After" | "Equal" | "Compare" => &[Type::Object("time.Time")],
            "AddDate" => &[Type::Int, Type::Int, Type::Int],
            _ => return None,
        };
        Some((params, false))
    }

    fn call(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>> {
        let int = |index: usize| match args.get(index) {
            Some(Value::Int(n) | Value::Int64(n)) => Ok(*n),
            other => Err(wrong_type("int", other)),
        };
        let text = |index: usize| match args.get(index) {
            Some(Value::Str(text)) => Ok(text),
            other => Err(wrong_type("string", other)),
        };
        let time =
            || args.first().and_then(Value::as_object::<Time>).ok_or_else(|| wrong_type("time.Time", args.first()));
        let span = || Duration::of(args.first()).ok_or_else(|| wrong_type("time.Duration", args.first()));
        let moment = |time: &Time| (time.unix, time.nanos);
        let civil = self.civil();
        Some(match name {
            "Year" => Ok(Value::Int(civil.year)),
            "Month" => {
                let month = usize::try_from(civil.month - 1).unwrap_or(0);
                let text = layout::MONTHS.get(month).copied().unwrap_or_default();
                Ok(Value::object(Named { type_name: "time.Month", number: civil.month, text }))
            }
            "Day" => Ok(Value::Int(civil.day)),
            "Hour" => Ok(Value::Int(civil.hour)),
            "Minute" => Ok(Value::Int(civil.minute)),
            "Second" => Ok(Value::Int(civil.second)),
            "Nanosecond" => Ok(Value::Int(self.nanos)),
            "YearDay" => Ok(Value::Int(self.year_day())),
            "Weekday" => {
                let day = self.weekday();
                let text = layout::WEEKDAYS.get(day).copied().unwrap_or_default();
                Ok(Value::object(Named { type_name: "time.Weekday", number: day as i64, text }))
            }
            "Unix" => Ok(Value::Int64(self.unix)),
            "UnixMilli" => Ok(Value::Int64(self.unix.wrapping_mul(1_000).wrapping_add(self.nanos / 1_000_000))),
            "UnixMicro" => Ok(Value::Int64(self.unix.wrapping_mul(1_000_000).wrapping_add(self.nanos / 1_000))),
            "UnixNano" => Ok(Value::Int64(self.unix.wrapping_mul(SECOND).wrapping_add(self.nanos))),
            "UTC" => Ok(Value::object(self.shown_in(Zone::Utc))),
            "Local" => Ok(Value::object(self.shown_in(match &self.zone {
                zone @ Zone::Named { local: true, .. } => zone.clone(),
                _ => Zone::Named { zone: Tz::UTC, local: true },
            }))),
            "Location" => Ok(Value::from(self.zone.name())),
            "IsZero" => Ok(Value::Bool((self.unix, self.nanos) == (ZERO_SECONDS, 0))),
            "String" => Ok(Value::from(self.text())),
            "GoString" => Ok(Value::str(self.go_string())),
            "Format" => text(0).map(|layout| Value::from(layout::format(self, layout))),
            "Add" => span().map(|span| Value::object(self.add(span))),
            "Sub" => time().map(|other| Value::object(self.since(other))),
            "Round" => span().map(|unit| Value::object(self.to_multiple(unit.0, true))),
            "Truncate" => span().map(|unit| Value::object(self.to_multiple(unit.0, false))),
            "AddDate" => int(0).and_then(|years| {
                let (months, days) = (int(1)?, int(2)?);
                Ok(Value::object(self.add_date(years, months, days)))
            }),
            "Before" => time().map(|other| Value::Bool(moment(self) < moment(other))),
            "After" => time().map(|other| Value::Bool(moment(self) > moment(other))),
            "Equal" => time().map(|other| Value::Bool(moment(self) == moment(other))),
            "Compare" => time().map(|other| Value::Int(moment(self).cmp(&moment(other)) as i64)),
            "IsDST" => {
                let winter = Time::from_civil(Civil { month: 1, day: 1, ..civil }, 0, self.zone.clone()).offset().0;
                let summer = Time::from_civil(Civil { month: 7, day: 1, ..civil }, 0, self.zone.clone()).offset().0;
                Ok(Value::Bool(self.offset().0 > winter.min(summer)))
            }
            // Go returns two values; a template may only use it in Go if the second is an error.
            "ISOWeek" => Err(format!("ISOWeek gives two values: {:?}", self.iso_week())),
            _ => return None,
        })
    }

    fn own_text(&self) -> Option<Vec<u8>> {
        Some(self.text().into_bytes())
    }

    fn go_syntax(&self) -> Option<Vec<u8>> {
        Some(self.go_string().into_bytes())
    }

    fn to_plain(&self) -> Result<Value, String> {
        self.rfc3339().map(Value::from)
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other.as_any().downcast_ref::<Time>().is_some_and(|other| self == other)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn wrong_type(wanted: &str, found: Option<&Value>) -> String {
    format!("wrong type for value; expected {wanted}; got {}", found.map_or("<nil>", Value::type_name))
}

/// `now`: the clock's time.
fn now(call: &Call<'_>) -> FuncResult {
    Ok(Value::object(Time::now(call.host)))
}

/// A time, or seconds since 1970; anything else, also a float, means now.
fn moment(call: &Call<'_>, value: &Value) -> Time {
    match value {
        Value::Int(n) | Value::Int64(n) => Time::at(*n, 0, Zone::local(call.host)),
        value => value.as_object::<Time>().cloned().unwrap_or_else(|| Time::now(call.host)),
    }
}

/// Prints `value` by `layout` in a zone; an unknown zone is UTC.
fn print(call: &Call<'_>, layout: &[u8], value: &Value, zone: &str) -> FuncResult {
    let zone = Zone::load(zone, call.host).unwrap_or(Zone::Utc);
    Ok(Value::from(layout::format(&moment(call, value).shown_in(zone), layout)))
}

/// `date LAYOUT TIME`: in the local zone.
fn date(call: &Call<'_>) -> FuncResult {
    print(call, &call.str(0), call.any(1), "Local")
}

/// `dateInZone LAYOUT TIME ZONE`.
fn date_in_zone(call: &Call<'_>) -> FuncResult {
    print(call, &call.str(0), call.any(1), &call.text(2))
}

/// `htmlDate TIME`: `2006-01-02` in the local zone.
fn html_date(call: &Call<'_>) -> FuncResult {
    print(call, b"2006-01-02", call.any(0), "Local")
}

/// `htmlDateInZone TIME ZONE`.
fn html_date_in_zone(call: &Call<'_>) -> FuncResult {
    print(call, b"2006-01-02", call.any(0), &call.text(1))
}

/// The time at `index`, which the row declares as one.
fn time_at(call: &Call<'_>, index: usize) -> Time {
    call.any(index).as_object::<Time>().cloned().unwrap_or_else(Time::zero)
}

/// `dateModify SPAN TIME`: TIME unchanged when SPAN is no duration.
fn date_modify(call: &Call<'_>) -> FuncResult {
    let time = time_at(call, 1);
    Ok(Value::object(match duration::parse(&call.str(0)) {
        Ok(span) => time.add(span),
        Err(_) => time,
    }))
}

/// `mustDateModify SPAN TIME`: fails when SPAN is no duration.
fn must_date_modify(call: &Call<'_>) -> FuncResult {
    Ok(Value::object(time_at(call, 1).add(duration::parse(&call.str(0))?)))
}

/// `toDate LAYOUT TEXT`: the zero time when TEXT does not fit.
fn to_date(call: &Call<'_>) -> FuncResult {
    let time = layout::parse(&call.str(0), &call.str(1), &Zone::local(call.host));
    Ok(Value::object(time.unwrap_or_else(|_| Time::zero())))
}

/// `mustToDate LAYOUT TEXT`: fails when TEXT does not fit.
fn must_to_date(call: &Call<'_>) -> FuncResult {
    Ok(Value::object(layout::parse(&call.str(0), &call.str(1), &Zone::local(call.host))?))
}

/// `unixEpoch TIME`: seconds since 1970, as text.
fn unix_epoch(call: &Call<'_>) -> FuncResult {
    Ok(Value::from(time_at(call, 0).unix.to_string()))
}

/// `ago TIME`: how long ago, to the second.
fn ago(call: &Call<'_>) -> FuncResult {
    let span = Time::now(call.host).since(&moment(call, call.any(0)));
    Ok(Value::from(span.round(Duration(SECOND)).text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_turn_into_each_other() {
        for days in [-719_162, -1, 0, 59, 60, 11_016, 19_782, 2_932_896] {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
        assert_eq!(civil_from_days(19_782), (2024, 2, 29));
    }

    #[test]
    fn a_time_prints_in_its_zone() {
        let berlin = Zone::Named { zone: Tz::Europe__Berlin, local: false };
        let time = Time::at(1_720_000_000, 5_000_000, berlin);
        assert_eq!(time.text(), "2024-07-03 11:46:40.005 +0200 CEST");
        assert_eq!(Time::zero().text(), "0001-01-01 00:00:00 +0000 UTC");
    }
}
