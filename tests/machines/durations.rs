//! Times as people write them: `3s`, `1m30s`, `7d`, `250ms`.

use std::fmt::Write;
use std::time::Duration;

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

pub fn show(millis: i64) -> String {
    let mut left = millis.unsigned_abs();
    let mut text = if millis < 0 { "-".to_owned() } else { String::new() };
    for (unit, size) in UNITS {
        if left >= size {
            write!(text, "{}{unit}", left / size).unwrap();
            left %= size;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

pub fn parse(text: &str) -> Duration {
    let mut millis = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let size = UNITS.iter().find(|(name, _)| *name == unit).unwrap_or_else(|| panic!("'{text}' is no duration")).1;
        millis += number.parse::<u64>().unwrap_or_else(|_| panic!("'{text}' is no duration")) * size;
        rest = after;
    }
    Duration::from_millis(millis)
}
