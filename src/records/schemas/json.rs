//! JSON text as Java's Jackson writes it: no blanks, upper-case hexadecimal escapes, doubles in Java's form.

use std::fmt::Write;

/// A string with its quotes.
pub fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\u{8}' => json.push_str("\\b"),
            '\t' => json.push_str("\\t"),
            '\n' => json.push_str("\\n"),
            '\u{c}' => json.push_str("\\f"),
            '\r' => json.push_str("\\r"),
            control if control < ' ' => drop(write!(json, "\\u{:04X}", control as u32)),
            other => json.push(other),
        }
    }
    json.push('"');
    json
}

/// A double as `Double.toString` writes it, which shows at least one digit behind the point, and a power of ten for what
/// is small or large. What is no number is a string.
pub(super) fn double(number: f64) -> String {
    if number.is_nan() {
        return "\"NaN\"".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" }.to_owned();
    }
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{number:?}");
    }
    let text = format!("{number:e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{power}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_as_jackson_does() {
        assert_eq!(quoted("a\"\\\n\t\u{1f}\u{7f}ü/"), "\"a\\\"\\\\\\n\\t\\u001F\u{7f}ü/\"");
    }

    #[test]
    fn doubles_look_like_javas() {
        for (number, text) in [
            (0.0, "0.0"),
            (2048.0, "2048.0"),
            (0.001, "0.001"),
            (1e7, "1.0E7"),
            (12_345_678.5, "1.23456785E7"),
            (1e-4, "1.0E-4"),
            (-9_999_999.0, "-9999999.0"),
            (f64::NAN, "\"NaN\""),
        ] {
            assert_eq!(double(number), text);
        }
    }
}
