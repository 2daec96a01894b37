//! Numbers and times for people. Forms that programs read hold bytes and milliseconds instead.

use indicatif::HumanBytes;
use jiff::tz::TimeZone;

use crate::clock::Timestamp;

/// `1.50 MiB`, or a dash.
pub fn size_text(bytes: Option<i64>) -> String {
    bytes.map_or_else(dash, |bytes| HumanBytes(u64::try_from(bytes).unwrap_or_default()).to_string())
}

/// The number, or a dash.
pub fn number_text(number: Option<i64>) -> String {
    number.map_or_else(dash, |number| number.to_string())
}

/// A time in the zone of whoever reads it, or a dash.
pub fn time_text(time: Option<Timestamp>) -> String {
    time.map_or_else(dash, |time| in_zone(time, TimeZone::system()))
}

fn in_zone(time: Timestamp, zone: TimeZone) -> String {
    let time = jiff::Timestamp::from_millisecond(time.millis());
    time.map_or_else(|_| dash(), |time| time.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S").to_string())
}

fn dash() -> String {
    "-".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_and_what_is_unknown_is_a_dash() {
        assert_eq!(size_text(Some(1_572_864)), "1.50 MiB");
        assert_eq!((size_text(Some(12)), size_text(None)), ("12 B".to_owned(), "-".to_owned()));
        assert_eq!((number_text(Some(7)), number_text(None)), ("7".to_owned(), "-".to_owned()));
    }

    #[test]
    fn times_are_written_in_a_zone() {
        assert_eq!(in_zone(Timestamp(1_767_225_600_999), TimeZone::UTC), "2026-01-01 00:00:00");
        assert_eq!(in_zone(Timestamp(i64::MAX), TimeZone::UTC), "-");
    }
}
