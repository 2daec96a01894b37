//! Times and durations as Apache's tools read them.
//!
//! A time is `yyyy-MM-ddTHH:mm:ss.SSS` with an optional zone, UTC without one. Apache's tool takes the fraction for a
//! number of milliseconds (`.6` is 6 ms) and insists on it; under kavka's own name it is a fraction of a second and may be
//! left out. A duration is ISO-8601's, of days, hours, minutes and seconds.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use regex::{Captures, Regex};

use crate::cli::failure::Failure;
use crate::cli::tools::Dialect;
use crate::clock::Timestamp;

/// A pattern that is known to be right.
macro_rules! pattern {
    ($text:literal) => {
        LazyLock::new(|| Regex::new($text).ok())
    };
}

static TIME: LazyLock<Option<Regex>> = pattern!(
    r"^(\d{4}-\d{1,2}-\d{1,2})T(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?)?$"
);

static DURATION: LazyLock<Option<Regex>> =
    pattern!(r"(?i)^([+-])?P(?:([+-]?\d+)D)?(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?\d+)(?:[.,](\d{0,9}))?S)?)?$");

pub fn datetime(text: &str, dialect: Dialect) -> Result<Timestamp, Failure> {
    if !text.contains('T') {
        let message =
            "java.text.ParseException: Error parsing timestamp. It does not contain a 'T' according to ISO8601 format";
        return Err(bad_time(text).thrown("java.lang.RuntimeException", message));
    }
    let parts = TIME.as_ref().and_then(|pattern| pattern.captures(text)).ok_or_else(|| bad_time(text))?;
    if dialect.is_apache() && parts.get(5).is_none() {
        return Err(bad_time(text));
    }
    read_time(&parts, dialect).ok_or_else(|| bad_time(text))
}

fn bad_time(text: &str) -> Failure {
    Failure::usage(format!("'{text}' is not a time"))
        .hint("write it like 2026-01-31T12:00:00.000, with Z or +02:00 for another zone than UTC")
        .thrown(
            "java.lang.RuntimeException",
            format!("java.text.ParseException: Unparseable date: \"{}\"", with_zone(text)),
        )
}

/// Apache's tool adds the zone before it parses.
fn with_zone(text: &str) -> String {
    let time = text.split_once('T').map_or("", |(_, time)| time);
    if time.contains(['Z', '+', '-']) { text.to_owned() } else { format!("{text}Z") }
}

fn read_time(parts: &Captures<'_>, dialect: Dialect) -> Option<Timestamp> {
    let number = |group: usize| parts.get(group).map_or(Some(0), |digits| digits.as_str().parse::<i64>().ok());
    let date: Vec<i16> = parts.get(1)?.as_str().split('-').filter_map(|part| part.parse().ok()).collect();
    let [year, month, day] = date.as_slice() else { return None };
    let (month, day) = (i8::try_from(*month).ok()?, i8::try_from(*day).ok()?);
    let small = |group: usize| number(group).and_then(|number| i8::try_from(number).ok());
    let time = DateTime::new(*year, month, day, small(2)?, small(3)?, small(4)?, 0).ok()?;
    let sign = if parts.get(7).is_some_and(|sign| sign.as_str() == "-") { -1 } else { 1 };
    let zone = i32::try_from(sign * (number(8)? * 3600 + number(9)? * 60)).ok()?;
    let zone = TimeZone::fixed(Offset::from_seconds(zone).ok()?);
    let fraction = parts.get(5).map_or("", |digits| digits.as_str());
    let milliseconds = if dialect.is_apache() { number(5)? } else { thousandths(fraction)? };
    Some(Timestamp(time.to_zoned(zone).ok()?.timestamp().as_millisecond() + milliseconds))
}

/// The first three digits behind a decimal point.
fn thousandths(digits: &str) -> Option<i64> {
    format!("{digits:0<3}").get(..3)?.parse().ok()
}

/// `now` less a duration.
pub fn before(now: Timestamp, duration: &str) -> Result<Timestamp, Failure> {
    let bad = || {
        Failure::usage(format!("'{duration}' is not a duration"))
            .hint("write it like P1DT2H or PT30M: days before the T, hours, minutes and seconds after it")
            .thrown("java.time.format.DateTimeParseException", "Text cannot be parsed to a Duration")
    };
    let length = milliseconds(duration).ok_or_else(bad)?;
    now.millis().checked_sub(length).map(Timestamp).ok_or_else(bad)
}

fn milliseconds(duration: &str) -> Option<i64> {
    let parts = DURATION.as_ref()?.captures(duration)?;
    let counted = [(2, 86_400_000), (3, 3_600_000), (4, 60_000), (5, 1000)];
    if counted.iter().all(|(group, _)| parts.get(*group).is_none()) || duration.ends_with(['T', 't']) {
        return None;
    }
    let mut total: i64 = 0;
    for (group, unit) in counted {
        let Some(number) = parts.get(group) else { continue };
        total = total.checked_add(number.as_str().parse::<i64>().ok()?.checked_mul(unit)?)?;
    }
    let fraction = thousandths(parts.get(6).map_or("", |digits| digits.as_str()))?;
    let is_negative = parts.get(5).is_some_and(|seconds| seconds.as_str().starts_with('-'));
    total = total.checked_add(if is_negative { -fraction } else { fraction })?;
    Some(if parts.get(1).is_some_and(|sign| sign.as_str() == "-") { -total } else { total })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tools::TOOLS;

    const APACHE: Dialect = Dialect::Apache(&TOOLS[0]);

    #[test]
    fn a_time_without_a_zone_is_in_utc() {
        let at = |text| datetime(text, APACHE).unwrap().millis();
        assert_eq!(at("1970-01-01T00:00:01.000"), 1000);
        assert_eq!(at("1970-01-01T02:00:00.000+02:00"), 0);
        assert_eq!(at("1970-01-01T02:00:00.000+0200"), 0);
        assert_eq!(at("1970-01-01T00:00:00.000-01"), 3_600_000);
        assert_eq!(at("1970-01-01T00:00:00.6Z"), 6);
    }

    #[test]
    fn the_fraction_is_one_of_a_second_and_optional_under_kavkas_name_only() {
        assert_eq!(datetime("1970-01-01T00:00:00.6", Dialect::Kavka).unwrap().millis(), 600);
        assert_eq!(datetime("1970-01-01T00:00:01", Dialect::Kavka).unwrap().millis(), 1000);
        assert!(datetime("1970-01-01T00:00:01", APACHE).is_err());
        for bad in ["1970-01-01", "1970-13-01T00:00:00.000", "soon", "1970-01-01T25:00:00.000"] {
            assert!(datetime(bad, Dialect::Kavka).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_are_of_days_and_times() {
        let hour = 3_600_000;
        for (text, length) in
            [("P1D", 24 * hour), ("PT1H30M", hour + hour / 2), ("pt0.1s", 100), ("P1DT2H", 26 * hour), ("-PT1H", -hour)]
        {
            assert_eq!(milliseconds(text), Some(length), "{text}");
        }
        for bad in ["", "P", "PT", "P1W", "P1M", "1h", "P1DT", "PT99999999999999999999S"] {
            assert_eq!(milliseconds(bad), None, "{bad}");
        }
    }
}
