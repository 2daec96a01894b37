//! From a line to a record, as Kafka's `LineMessageReader` does it.
//!
//! `[headers delimiter] [key separator] value`, split from the left at the first occurrence of each; the value is the
//! rest. Fields stay bytes, so what is not UTF-8 arrives as it is. A field that equals the null marker is null.

use std::borrow::Cow;

use regex::bytes::Regex;

use super::lines::position;
use super::record::{Header, Record};
use crate::cli::dialect::java_pattern;
use crate::cli::failure::Failure;
use crate::properties::Properties;

/// How lines are laid out.
#[derive(Debug, Clone)]
pub struct LineFormat {
    parse_key: bool,
    key_separator: String,
    parse_headers: bool,
    headers_delimiter: String,
    headers_separator: Regex,
    headers_key_separator: String,
    ignore_errors: bool,
    null_marker: Option<String>,
}

impl LineFormat {
    /// Reads the reader properties `parse.key`, `key.separator`, `parse.headers` and so on; unknown ones are ignored.
    pub fn new(properties: &Properties) -> Result<LineFormat, Failure> {
        let text = |key: &str, default: &str| properties.get(key).unwrap_or(default).to_owned();
        let flag = |key: &str| properties.get(key).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        let headers_separator = text("headers.separator", ",");
        let null_marker = properties.get("null.marker").map(str::to_owned);
        let format = LineFormat {
            parse_key: flag("parse.key"),
            key_separator: text("key.separator", "\t"),
            parse_headers: flag("parse.headers"),
            headers_delimiter: text("headers.delimiter", "\t"),
            headers_separator: Regex::new(&headers_separator)
                .map_err(|error| java_pattern::failure("headers.separator", &headers_separator, &error))?,
            headers_key_separator: text("headers.key.separator", ":"),
            ignore_errors: flag("ignore.error"),
            null_marker,
        };
        match format.clash(&headers_separator) {
            Some((one, other)) => Err(Failure::usage(format!("{one} and {other} may not be equal"))),
            None => Ok(format),
        }
    }

    /// Two separators that are the same, in Kafka's order of checks.
    fn clash(&self, headers_separator: &str) -> Option<(&'static str, &'static str)> {
        let delimiter = ("headers.delimiter", self.headers_delimiter.as_str());
        let separator = ("headers.separator", headers_separator);
        let key_of_header = ("headers.key.separator", self.headers_key_separator.as_str());
        let key = ("key.separator", self.key_separator.as_str());
        let marker = self.null_marker.as_deref().map(|marker| ("null.marker", marker));
        let pairs = [(delimiter, separator), (delimiter, key_of_header), (separator, key_of_header)].into_iter();
        let with_marker = marker.into_iter().flat_map(|marker| {
            [key, separator, delimiter, key_of_header].into_iter().map(move |other| (marker, other))
        });
        pairs.chain(with_marker).find(|(one, other)| one.1 == other.1).map(|(one, other)| (one.0, other.0))
    }

    /// Reads the line of a number, counted from 1.
    pub fn parse<'a>(&self, line: &'a [u8], number: u64) -> Result<Record<'a>, String> {
        let mut record = Record::default();
        let mut rest = line;
        if self.parse_headers {
            let missing = || format!("No headers delimiter found on line number {number}: '{}'", shown(line));
            if let Some(headers) = self.take(&mut rest, &self.headers_delimiter, missing)? {
                record.headers = self.headers(headers, number)?.into();
            }
        }
        if self.parse_key {
            let missing = || format!("No key separator found on line number {number}: '{}'", shown(line));
            let key = self.take(&mut rest, &self.key_separator, missing)?;
            record.key = key.and_then(|key| self.field(key));
        }
        record.value = self.field(rest);
        Ok(record)
    }

    /// Cuts the field in front of a separator off. Without the separator there is no field, or an error.
    fn take<'a>(
        &self,
        rest: &mut &'a [u8],
        separator: &str,
        missing: impl FnOnce() -> String,
    ) -> Result<Option<&'a [u8]>, String> {
        match split_at(rest, separator) {
            Some((field, after)) => {
                *rest = after;
                Ok(Some(field))
            }
            None if self.ignore_errors => Ok(None),
            None => Err(missing()),
        }
    }

    fn headers(&self, field: &[u8], number: u64) -> Result<Vec<Header>, String> {
        if self.is_null(field) {
            return Ok(Vec::new());
        }
        let mut pairs: Vec<&[u8]> = self.headers_separator.split(field).collect();
        if pairs.len() > 1 {
            while pairs.last().is_some_and(|pair| pair.is_empty()) {
                pairs.pop();
            }
        }
        pairs.into_iter().map(|pair| self.header(pair, number)).collect()
    }

    fn header(&self, pair: &[u8], number: u64) -> Result<Header, String> {
        let (name, value) = match split_at(pair, &self.headers_key_separator) {
            Some((name, value)) => (name, self.field(value).map(Cow::into_owned)),
            None if self.ignore_errors => (pair, None),
            None => {
                let pair = shown(pair);
                return Err(format!("No header key separator found in pair '{pair}' on line number {number}"));
            }
        };
        if let Some(marker) = self.null_marker.as_deref().filter(|_| self.is_null(name)) {
            let reason = "as they can't be null";
            return Err(format!("Header keys should not be equal to the null marker '{marker}' {reason}"));
        }
        Ok((shown(name), value))
    }

    fn field<'a>(&self, bytes: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        (!self.is_null(bytes)).then_some(Cow::Borrowed(bytes))
    }

    fn is_null(&self, bytes: &[u8]) -> bool {
        self.null_marker.as_ref().is_some_and(|marker| marker.as_bytes() == bytes)
    }
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Splits at the first occurrence. An empty separator is found at once.
fn split_at<'a>(text: &'a [u8], separator: &str) -> Option<(&'a [u8], &'a [u8])> {
    let separator = separator.as_bytes();
    if separator.is_empty() {
        return Some((&[], text));
    }
    let at = position(text, separator)?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(pairs: &[&str]) -> LineFormat {
        LineFormat::new(&Properties::from_pairs(pairs)).unwrap()
    }

    fn record<'a>(pairs: &[&str], line: &'a str) -> Record<'a> {
        format(pairs).parse(line.as_bytes(), 1).unwrap()
    }

    fn of<'a>(key: Option<&'a str>, value: Option<&'a str>, headers: &[(&str, Option<&str>)]) -> Record<'a> {
        let bytes = |text: &str| text.as_bytes().to_vec();
        Record {
            key: key.map(|text| text.as_bytes().into()),
            value: value.map(|text| text.as_bytes().into()),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.map(bytes))).collect(),
            ..Record::default()
        }
    }

    const KEY: &str = "parse.key=true";
    const HEADERS: &str = "parse.headers=TRUE";
    const MARKER: &str = "null.marker=<N>";

    #[test]
    fn lines_become_records_as_in_kafka() {
        assert_eq!(record(&[], "value"), of(None, Some("value"), &[]));
        assert_eq!(record(&[], ""), of(None, Some(""), &[]));
        assert_eq!(record(&[KEY], "k\tv\tw"), of(Some("k"), Some("v\tw"), &[]));
        assert_eq!(record(&[KEY], "k\t"), of(Some("k"), Some(""), &[]));
        assert_eq!(record(&[KEY], "\tv"), of(Some(""), Some("v"), &[]));
        let two = [("h1", Some("v1")), ("h2", Some("v2"))];
        assert_eq!(record(&[HEADERS], "h1:v1,h2:v2\tv"), of(None, Some("v"), &two));
        assert_eq!(record(&[HEADERS, KEY], "h1:v1\tk\tv"), of(Some("k"), Some("v"), &two[..1]));
        assert_eq!(record(&[HEADERS, KEY], ":\t\t"), of(Some(""), Some(""), &[("", Some(""))]));
        assert_eq!(record(&[HEADERS], "a:1,,\tv"), of(None, Some("v"), &[("a", Some("1"))]));
    }

    #[test]
    fn a_whole_field_that_equals_the_marker_is_null() {
        assert_eq!(record(&[KEY, MARKER], "k\t<N>"), of(Some("k"), None, &[]));
        assert_eq!(record(&[KEY, MARKER], "<N>\tv"), of(None, Some("v"), &[]));
        assert_eq!(record(&[HEADERS, KEY, MARKER], "<N>\tk\tv"), of(Some("k"), Some("v"), &[]));
        assert_eq!(record(&[HEADERS, KEY, MARKER], "h:<N>\tk\tv"), of(Some("k"), Some("v"), &[("h", None)]));
        assert_eq!(record(&[HEADERS, MARKER], "h:<N>x\tv"), of(None, Some("v"), &[("h", Some("<N>x"))]));
    }

    #[test]
    fn separators_may_be_long_and_the_one_between_headers_is_a_regular_expression() {
        let pairs = [KEY, HEADERS, "key.separator==>", "headers.delimiter=||", "headers.separator=[;,]"];
        let expected = of(Some("k"), Some("v=>"), &[("a", Some("1")), ("b", Some("2"))]);
        assert_eq!(record(&pairs, "a:1;b:2||k=>v=>"), expected);
    }

    #[test]
    fn what_is_missing_is_named_with_its_line() {
        let fault = |pairs: &[&str], line: &str| format(pairs).parse(line.as_bytes(), 2).unwrap_err();
        assert_eq!(fault(&[KEY], "abc"), "No key separator found on line number 2: 'abc'");
        assert_eq!(fault(&[HEADERS], "abc"), "No headers delimiter found on line number 2: 'abc'");
        assert_eq!(fault(&[HEADERS], "a:1,,b:2\tv"), "No header key separator found in pair '' on line number 2");
        assert!(
            fault(&[HEADERS, MARKER], "<N>:1\tv").starts_with("Header keys should not be equal to the null marker")
        );
    }

    #[test]
    fn errors_can_be_ignored() {
        let tolerant = "ignore.error=true";
        assert_eq!(record(&[KEY, tolerant], "abc"), of(None, Some("abc"), &[]));
        assert_eq!(record(&[HEADERS, KEY, tolerant], "k=abc"), of(None, Some("k=abc"), &[]));
        assert_eq!(record(&[HEADERS, tolerant], "abc\tv"), of(None, Some("v"), &[("abc", None)]));
        assert!(format(&[HEADERS, MARKER, tolerant]).parse(b"<N>\t", 1).is_ok());
        assert!(format(&[HEADERS, MARKER, tolerant]).parse(b"<N>:x\tv", 1).is_err());
    }

    #[test]
    fn separators_that_are_the_same_are_refused() {
        let fault = |pairs: &[&str]| LineFormat::new(&Properties::from_pairs(pairs)).unwrap_err().messages;
        assert_eq!(fault(&["headers.delimiter=,"]), ["headers.delimiter and headers.separator may not be equal"]);
        assert_eq!(fault(&["null.marker=\t"]), ["null.marker and key.separator may not be equal"]);
    }
}
