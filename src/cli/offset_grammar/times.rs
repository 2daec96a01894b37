//! What stands behind `@`: a date, a date with a time, milliseconds since 1970, or a distance from now.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Zoned};

use crate::cli::failure::Failure;
use crate::clock::Timestamp;

/// As milliseconds these numbers lie in the first months of 1970, as seconds between 2001 and 2286.
const SURELY_SECONDS: std::ops::Range<i64> = 1_000_000_000..10_000_000_000;

pub fn parse(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let bad = || {
        Failure::usage(format!("'@{text}' is no time"))
            .hint("write @2026-01-31, @2026-01-31T12:00, with Z or +02:00 for a zone, @-1h30m, @now, or milliseconds")
    };
    if text.eq_ignore_ascii_case("now") {
        return Ok(now);
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return milliseconds(text.parse().map_err(|_| bad())?);
    }
    match text.as_bytes().first() {
        Some(b'-' | b'+') => distance(text, now).ok_or_else(bad),
        _ => date(text).ok_or_else(bad),
    }
}

fn milliseconds(number: i64) -> Result<Timestamp, Failure> {
    if SURELY_SECONDS.contains(&number) {
        let message = format!("'@{number}' would be in 1970: numbers count milliseconds");
        return Err(Failure::usage(message).hint(format!("for seconds add three digits: @{number}000")));
    }
    Ok(Timestamp(number))
}

/// `-1h30m`, `+2d`: days, weeks, months and years as the calendar has them in UTC.
fn distance(text: &str, now: Timestamp) -> Option<Timestamp> {
    let (sign, length) = text.split_at_checked(1)?;
    if !length.starts_with(|first: char| first.is_ascii_digit() || first == 'P') {
        return None;
    }
    let length: Span = length.parse().ok()?;
    let length = if sign == "-" { length.negate() } else { length };
    let now = jiff::Timestamp::from_millisecond(now.millis()).ok()?;
    let then: Zoned = now.to_zoned(TimeZone::UTC).checked_add(length).ok()?;
    Some(Timestamp(then.timestamp().as_millisecond()))
}

fn date(text: &str) -> Option<Timestamp> {
    let time = match text.parse::<jiff::Timestamp>() {
        Ok(time) => time,
        Err(_) if has_zone(text) => return None,
        Err(_) => text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp(),
    };
    Some(Timestamp(time.as_millisecond()))
}

/// A date alone holds dashes, too, but nothing behind a time of day does.
fn has_zone(text: &str) -> bool {
    let time = text.split_once(['T', 't', ' ']).map_or("", |(_, time)| time);
    time.contains(['Z', 'z', '+', '-', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01T00:00:00Z.
    const NOW: Timestamp = Timestamp(1_767_225_600_000);
    const HOUR: i64 = 3_600_000;

    fn at(text: &str) -> i64 {
        parse(text, NOW).unwrap_or_else(|failure| panic!("{text}: {failure}")).millis()
    }

    #[test]
    fn dates_are_in_utc_unless_they_name_a_zone() {
        for same in [
            "2026-01-01",
            "2026-01-01T00:00",
            "2026-01-01 00:00:00",
            "2026-01-01T00:00:00.000",
            "2026-01-01T00:00Z",
            "2026-01-01T02:00+02:00",
            "2025-12-31T19:00:00-05:00",
            "1767225600000",
            "now",
            "NOW",
        ] {
            assert_eq!(at(same), NOW.0, "{same}");
        }
        assert_eq!(at("2025-12-31T23:59:59.5"), NOW.0 - 500);
        assert_eq!(at("0"), 0);
        assert_eq!(at("1969-12-31T23:59:59"), -1000);
    }

    #[test]
    fn distances_from_now() {
        assert_eq!(at("-1h"), NOW.0 - HOUR);
        assert_eq!(at("-1h30m"), NOW.0 - HOUR * 3 / 2);
        assert_eq!(at("+5m"), NOW.0 + 300_000);
        assert_eq!(at("-250ms"), NOW.0 - 250);
        assert_eq!(at("-90s"), NOW.0 - 90_000);
        assert_eq!(at("-2d"), NOW.0 - 48 * HOUR);
        assert_eq!(at("-1w"), NOW.0 - 7 * 24 * HOUR);
        assert_eq!(at("-PT1H"), NOW.0 - HOUR);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in [
            "",
            "-",
            "+",
            "-1",
            "--1h",
            "-1x",
            "1h",
            "2026-13-01",
            "2026-02-30",
            "2026-01-01T25:00",
            "2026-01-01T00:00+99:00",
            "99999999999999999999",
            "-9999999999y",
            "tomorrow",
            "12:00",
        ] {
            assert!(parse(bad, NOW).is_err(), "{bad}");
        }
    }

    #[test]
    fn seconds_are_not_taken_for_milliseconds() {
        let failure = parse("1767225600", NOW).unwrap_err();
        assert!(failure.hints[0].contains("@1767225600000"), "{failure:?}");
    }
}
