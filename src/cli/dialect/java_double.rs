//! Numbers with a point as Java reads and prints them.

/// What `Double.parseDouble` takes, hexadecimal numbers excepted.
pub fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    match text.trim_start_matches(['+', '-']) {
        "NaN" => return Some(f64::NAN),
        "Infinity" => return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        _ => {}
    }
    let digits = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    digits.parse().ok().filter(|_| is_number)
}

/// `Double.toString`: always with a point; very large and very small numbers with an exponent.
pub fn text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number < 0.0 { "-Infinity".to_owned() } else { "Infinity".to_owned() };
    }
    if number == 0.0 || (1e-3..1e7).contains(&number.abs()) {
        let text = number.to_string();
        return if text.contains('.') { text } else { text + ".0" };
    }
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((digits, _)) if digits.contains('.') => text,
        Some((digits, exponent)) => format!("{digits}.0E{exponent}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from JDK 17.
    #[test]
    fn numbers_are_printed_as_by_java() {
        let expected = [
            (1024.0, "1024.0"),
            (1.5, "1.5"),
            (1e10, "1.0E10"),
            (12_345_678.0, "1.2345678E7"),
            (9_999_999.0, "9999999.0"),
            (0.001, "0.001"),
            (0.000_25, "2.5E-4"),
            (0.0, "0.0"),
            (-3.0, "-3.0"),
        ];
        for (number, printed) in expected {
            assert_eq!(text(number), printed);
        }
    }

    #[test]
    fn words_are_no_numbers_but_for_javas_own() {
        assert_eq!(parse(" 1E10 "), Some(1e10));
        assert_eq!(parse("2.5d"), Some(2.5));
        assert_eq!(parse("-Infinity"), Some(f64::NEG_INFINITY));
        for bad in ["many", "", "inf", "nan", "1,5"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
