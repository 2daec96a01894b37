//! One grammar for places in a partition, by offset or by time, wherever kavka's own commands ask for one.
//!
//! ```text
//! place  earliest | latest | N | -N | +N | @time
//! time   2026-01-31 | 2026-01-31T12:00[:00[.000]][Z|+02:00] | milliseconds since 1970 | now | -1h30m | +5m
//! span   place | place..place | place.. | ..place
//! ```
//!
//! A place stands before a record: reading starts with it, and a span ends in front of it. A time without a zone is in
//! UTC, as in Kafka's tools. Apache's dialect has grammars of its own and knows nothing of this one.

mod lookup;
mod times;

use crate::cli::failure::Failure;
use crate::clock::Timestamp;
pub use lookup::{ends_of_logs, offsets};

/// The grammar, for help texts.
pub const HELP: &str = "\
Places in a partition, each in front of a record:
  earliest, latest    the beginning, the end
  123                 the record at offset 123
  -10, +5             ten before the end; five after the beginning
  @2026-01-31T12:00   the first record of that time or later, in UTC unless a
                      zone follows: Z, +02:00
  @2026-01-31         midnight
  @1767225600000      milliseconds since 1970
  @-1h30m, @+5m       from now, in w d h m s ms; @now
Spans, up to a place without the record there:
  A..B, A.., ..B      such as @-1h..@-30m, -100.., ..latest";

/// A place in a partition, in front of a record that may or may not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Earliest,
    Latest,
    Offset(i64),
    /// So many offsets before the end.
    BeforeEnd(i64),
    /// So many offsets behind the beginning.
    AfterBeginning(i64),
    /// The first record of this time or later.
    Time(Timestamp),
}

/// From a place to another, whose record is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: Option<Place>,
    pub to: Option<Place>,
}

impl Place {
    /// Reads a place. `now` is what relative times are relative to.
    pub fn parse(text: &str, now: Timestamp) -> Result<Place, Failure> {
        let text = text.trim();
        if let Some(time) = text.strip_prefix('@') {
            return times::parse(time, now).map(Place::Time);
        }
        match text.to_ascii_lowercase().as_str() {
            "earliest" | "beginning" => return Ok(Place::Earliest),
            "latest" | "end" => return Ok(Place::Latest),
            _ => {}
        }
        let (place, digits): (fn(i64) -> Place, &str) = match text.as_bytes().first() {
            Some(b'-') => (Place::BeforeEnd, &text[1..]),
            Some(b'+') => (Place::AfterBeginning, &text[1..]),
            _ => (Place::Offset, text),
        };
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse().ok().filter(|_| is_number);
        number.map(place).ok_or_else(|| no_place(text))
    }
}

/// A time alone, for which the `@` may be left out.
pub fn time(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let text = text.trim();
    times::parse(text.strip_prefix('@').unwrap_or(text), now)
}

fn no_place(text: &str) -> Failure {
    let failure = Failure::usage(format!("'{text}' is no offset and no time"));
    let looks_like_time = text.len() > 7 && text.contains(['-', ':']) && text.contains(|c: char| c.is_ascii_digit());
    match looks_like_time {
        true => failure.hint(format!("a time begins with @, as in @{text}")),
        false => failure.hint(
            "write earliest, latest, an offset such as 123, -10 (before the end), +5 (behind the beginning), or a time \
             such as @2026-01-31T12:00 or @-1h",
        ),
    }
}

impl Span {
    pub fn parse(text: &str, now: Timestamp) -> Result<Span, Failure> {
        let Some((from, to)) = text.split_once("..") else {
            return Ok(Span { from: Some(Place::parse(text, now)?), to: None });
        };
        let side = |side: &str| match side.trim() {
            "" => Ok(None),
            side => Place::parse(side, now).map(Some),
        };
        let span = Span { from: side(from)?, to: side(to)? };
        match span {
            Span { from: None, to: None } => {
                Err(Failure::usage("'..' needs a place on one side at least").hint("such as -100.. or ..latest"))
            }
            _ if span.is_backwards() => {
                Err(Failure::usage(format!("nothing can be in '{text}': it ends where it begins, or before")))
            }
            span => Ok(span),
        }
    }

    /// As far as that can be said without the log.
    fn is_backwards(&self) -> bool {
        match (self.from, self.to) {
            (Some(Place::Offset(from)), Some(Place::Offset(to)))
            | (Some(Place::AfterBeginning(from)), Some(Place::AfterBeginning(to)))
            | (Some(Place::BeforeEnd(to)), Some(Place::BeforeEnd(from))) => from >= to,
            (Some(Place::Time(from)), Some(Place::Time(to))) => from >= to,
            (Some(Place::Latest), Some(Place::Earliest)) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01T00:00:00Z.
    const NOW: Timestamp = Timestamp(1_767_225_600_000);

    fn place(text: &str) -> Place {
        Place::parse(text, NOW).unwrap_or_else(|failure| panic!("{text}: {failure}"))
    }

    fn span(text: &str) -> (Option<Place>, Option<Place>) {
        let span = Span::parse(text, NOW).unwrap_or_else(|failure| panic!("{text}: {failure}"));
        (span.from, span.to)
    }

    #[test]
    fn places_by_offset() {
        assert_eq!(
            ["earliest", "LATEST", "beginning", "end"].map(place),
            [Place::Earliest, Place::Latest, Place::Earliest, Place::Latest]
        );
        assert_eq!(place("123"), Place::Offset(123));
        assert_eq!(place("0"), Place::Offset(0));
        assert_eq!(place(" -10 "), Place::BeforeEnd(10));
        assert_eq!(place("-0"), Place::BeforeEnd(0));
        assert_eq!(place("+5"), Place::AfterBeginning(5));
        assert_eq!(place("9223372036854775807"), Place::Offset(i64::MAX));
    }

    #[test]
    fn places_by_time() {
        assert_eq!(place("@2026-01-01"), Place::Time(NOW));
        assert_eq!(place("@-1h"), Place::Time(Timestamp(NOW.0 - 3_600_000)));
        assert_eq!(place("@1767225600000"), Place::Time(NOW));
    }

    #[test]
    fn spans_are_open_where_nothing_stands() {
        assert_eq!(span("7"), (Some(Place::Offset(7)), None));
        assert_eq!(span("-100.."), (Some(Place::BeforeEnd(100)), None));
        assert_eq!(span("..latest"), (None, Some(Place::Latest)));
        assert_eq!(span("10..20"), (Some(Place::Offset(10)), Some(Place::Offset(20))));
        assert_eq!(span("-20..-10"), (Some(Place::BeforeEnd(20)), Some(Place::BeforeEnd(10))));
        let (hour, half) = (Timestamp(NOW.0 - 3_600_000), Timestamp(NOW.0 - 1_800_000));
        assert_eq!(span("@-1h..@-30m"), (Some(Place::Time(hour)), Some(Place::Time(half))));
        assert_eq!(span("earliest .. +5"), (Some(Place::Earliest), Some(Place::AfterBeginning(5))));
        assert_eq!(span("@2025-12-31T23:59:59.5..@now").1, Some(Place::Time(NOW)));
    }

    #[test]
    fn what_is_no_place_is_a_usage_error_that_says_what_would_be_one() {
        for bad in
            ["", "soon", "-", "+", "--1", "+-1", "-1h", "1.5", "12a", "99999999999999999999", "@", "@soon", "1 2"]
        {
            let failure = Place::parse(bad, NOW).unwrap_err();
            assert_eq!((failure.kind.code(), failure.hints.len()), (2, 1), "{bad}");
        }
        assert!(Place::parse("2026-01-01T00:00", NOW).unwrap_err().hints[0].contains("@2026-01-01T00:00"));
        assert!(Place::parse("-1h", NOW).is_err());
    }

    #[test]
    fn spans_that_hold_nothing_are_refused() {
        for bad in ["..", "...", "5..5", "9..2", "-10..-20", "+5..+5", "@-1h..@-2h", "latest..earliest", "1..x", "x..1"]
        {
            assert_eq!(Span::parse(bad, NOW).unwrap_err().kind.code(), 2, "{bad}");
        }
    }
}
