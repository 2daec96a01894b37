//! `--format`: the letters of kcat, with what may stand in braces behind them.
//!
//! `%t` topic, `%p` partition, `%o` offset, `%k` key, `%s` value, `%h` headers as `name=value,…`, `%T` timestamp in
//! milliseconds, `%K` and `%S` the length of key and value or -1, `%R` that of the value in four bytes, big end first, `%%` a
//! percent sign; `\n`, `\r`, `\t`, `\0`, `\xHH` as usual. As in kcat, nothing is added at the end of a record. In braces,
//! which kcat does not have: `hex`, `base64` and `json` behind `%k` and `%s`, `json` behind `%h`, `iso`, `local`, `s` or a
//! format of strftime behind `%T`. Braces with anything that is no single word stand for themselves.

use std::io::Write;

use jiff::tz::TimeZone;

use super::deserializer::Fault;
use super::text_format::Shown;
use crate::cli::commands::escapes::escape;
use crate::cli::commands::field_encoding::FieldEncoding;
use crate::cli::commands::record_json::{HeaderLine, KeyField};
use crate::cli::failure::Failure;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterFormat {
    pieces: Vec<Piece>,
    /// What stands for null.
    null: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    Topic,
    Partition,
    Offset,
    Key(As),
    KeyLength,
    Value(As),
    ValueLength,
    ValueLengthBinary,
    Headers,
    HeadersJson,
    Time(TimeAs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum As {
    Encoded(FieldEncoding),
    Json,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum TimeAs {
    Milliseconds,
    Seconds,
    Iso,
    Local,
    Pattern(String),
}

/// What keys and values are written as where nothing stands in braces, and what stands for null.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    pub key: FieldEncoding,
    pub value: FieldEncoding,
    pub null: Option<String>,
}

const LETTERS: &str = "%t topic, %p partition, %o offset, %k key, %s value, %h headers, %T timestamp, %K and %S length of \
                       key and value, %R that of the value in four bytes, %% a percent sign";

impl LetterFormat {
    pub fn parse(text: &str, defaults: Defaults) -> Result<LetterFormat, Failure> {
        let mut pieces = Vec::new();
        let mut literal = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            rest = &rest[first.len_utf8()..];
            match first {
                '\\' => rest = escape(rest, &mut literal),
                '%' => {
                    let letter = rest.chars().next();
                    rest = letter.map_or(rest, |letter| &rest[letter.len_utf8()..]);
                    if letter == Some('%') {
                        literal.push(b'%');
                        continue;
                    }
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    }
                    let (modifier, behind) = modifier(letter, rest);
                    rest = behind;
                    pieces.push(piece(letter, modifier, &defaults)?);
                }
                other => literal.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        Ok(LetterFormat { pieces, null: defaults.null.unwrap_or_default().into_bytes() })
    }

    pub fn shows_headers(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Headers | Piece::HeadersJson))
    }

    pub fn write(&self, record: &Shown<'_>, to: &mut Vec<u8>) -> Result<(), Fault> {
        self.pieces.iter().try_for_each(|piece| self.write_piece(piece, record, to))
    }

    fn write_piece(&self, piece: &Piece, record: &Shown<'_>, to: &mut Vec<u8>) -> Result<(), Fault> {
        let length = |bytes: Option<&[u8]>| bytes.map_or(-1, |bytes| i32::try_from(bytes.len()).unwrap_or(i32::MAX));
        let written = match piece {
            Piece::Text(text) => to.write_all(text),
            Piece::Topic => to.write_all(record.topic.as_bytes()),
            Piece::Partition => write!(to, "{}", record.partition),
            Piece::Offset => write!(to, "{}", record.offset),
            Piece::Key(form) => return self.write_field(*form, record.key, to),
            Piece::Value(form) => return self.write_field(*form, record.value, to),
            Piece::KeyLength => write!(to, "{}", length(record.key)),
            Piece::ValueLength => write!(to, "{}", length(record.value)),
            Piece::ValueLengthBinary => to.write_all(&length(record.value).to_be_bytes()),
            Piece::Headers => {
                write_headers(record, to);
                Ok(())
            }
            Piece::HeadersJson => {
                let headers: Vec<HeaderLine<'_>> = record.header_lines().collect();
                serde_json::to_writer(to, &headers).map_err(std::io::Error::from)
            }
            Piece::Time(form) => form.write(record.time.millis(), to),
        };
        written.map_err(|error| Fault::new(error.to_string()))
    }

    fn write_field(&self, form: As, bytes: Option<&[u8]>, to: &mut Vec<u8>) -> Result<(), Fault> {
        match (form, bytes) {
            (As::Encoded(_), None) => to.extend_from_slice(&self.null),
            (As::Encoded(encoding), Some(bytes)) => encoding.write(bytes, to),
            (As::Json, bytes) => {
                let written = match KeyField::from(bytes) {
                    KeyField::Text(text) => serde_json::to_writer(to, &text),
                    KeyField::Bytes(base64) => serde_json::to_writer(to, &serde_json::json!({ "base64": base64 })),
                };
                written.map_err(|error| Fault::new(error.to_string()))?;
            }
        }
        Ok(())
    }
}

fn write_headers(record: &Shown<'_>, to: &mut Vec<u8>) {
    for (index, (name, value)) in record.headers.iter().enumerate() {
        if index > 0 {
            to.push(b',');
        }
        to.extend_from_slice(name.as_bytes());
        to.push(b'=');
        to.extend_from_slice(value.unwrap_or(b"NULL"));
    }
}

impl TimeAs {
    fn write(&self, millis: Option<i64>, to: &mut Vec<u8>) -> std::io::Result<()> {
        let Some(millis) = millis else { return write!(to, "-1") };
        let time = || jiff::Timestamp::from_millisecond(millis);
        let shown = match self {
            TimeAs::Milliseconds => return write!(to, "{millis}"),
            TimeAs::Seconds => return write!(to, "{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000)),
            TimeAs::Iso => time().map(|time| format!("{time:.3}")),
            TimeAs::Local => {
                time().map(|time| time.to_zoned(TimeZone::system()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string())
            }
            TimeAs::Pattern(pattern) => {
                time().and_then(|time| jiff::fmt::strtime::format(pattern, &time.to_zoned(TimeZone::UTC)))
            }
        };
        to.write_all(shown.unwrap_or_else(|_| millis.to_string()).as_bytes())
    }
}

/// What stands in braces, if it is a word or, behind `%T`, begins with a percent sign; and what follows.
fn modifier(letter: Option<char>, rest: &str) -> (Option<&str>, &str) {
    let inside = rest.strip_prefix('{').and_then(|inside| inside.split_once('}'));
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match inside {
        Some((text, behind)) if is_word(text) || letter == Some('T') && text.starts_with('%') => (Some(text), behind),
        _ => (None, rest),
    }
}

fn piece(letter: Option<char>, modifier: Option<&str>, defaults: &Defaults) -> Result<Piece, Failure> {
    let plain = match letter {
        Some('t') => Piece::Topic,
        Some('p') => Piece::Partition,
        Some('o') => Piece::Offset,
        Some('k') => return field(modifier, defaults.key, "%k").map(Piece::Key),
        Some('s') => return field(modifier, defaults.value, "%s").map(Piece::Value),
        Some('K') => Piece::KeyLength,
        Some('S') => Piece::ValueLength,
        Some('R') => Piece::ValueLengthBinary,
        Some('T') => return time(modifier).map(Piece::Time),
        Some('h') if modifier == Some("json") => return Ok(Piece::HeadersJson),
        Some('h') => Piece::Headers,
        Some(other) => return Err(Failure::usage(format!("--format has no letter '%{other}'")).hint(LETTERS)),
        None => return Err(Failure::usage("--format ends with a percent sign; %% stands for one").hint(LETTERS)),
    };
    match (modifier, letter) {
        (Some(word), Some(letter)) => Err(unknown(word, &format!("%{letter}"), "nothing")),
        _ => Ok(plain),
    }
}

fn unknown(word: &str, letter: &str, known: &str) -> Failure {
    Failure::usage(format!("'{{{word}}}' is not known behind {letter}")).hint(format!("{known} may stand there"))
}

fn field(modifier: Option<&str>, default: FieldEncoding, letter: &str) -> Result<As, Failure> {
    Ok(match modifier {
        None => As::Encoded(default),
        Some("text") => As::Encoded(FieldEncoding::Text),
        Some("hex") => As::Encoded(FieldEncoding::Hex),
        Some("base64") => As::Encoded(FieldEncoding::Base64),
        Some("json") => As::Json,
        Some(other) => return Err(unknown(other, letter, "text, hex, base64 or json")),
    })
}

fn time(modifier: Option<&str>) -> Result<TimeAs, Failure> {
    Ok(match modifier {
        None | Some("ms") => TimeAs::Milliseconds,
        Some("s") => TimeAs::Seconds,
        Some("iso") => TimeAs::Iso,
        Some("local") => TimeAs::Local,
        Some(pattern) if pattern.starts_with('%') => {
            let epoch = jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
            jiff::fmt::strtime::format(pattern, &epoch).map_err(|error| {
                Failure::usage(format!("'{{{pattern}}}' behind %T is no format of a time: {error}"))
                    .hint("such as %T{%Y-%m-%d %H:%M:%S}")
            })?;
            TimeAs::Pattern(pattern.to_owned())
        }
        Some(other) => return Err(unknown(other, "%T", "ms, s, iso, local or a format such as %Y-%m-%d")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::consumer::RecordTime;
    use crate::clock::Timestamp;

    fn shown() -> Shown<'static> {
        Shown {
            topic: "orders",
            time: RecordTime::Created(Timestamp(1_767_225_600_123)),
            partition: 3,
            offset: 42,
            headers: vec![("a", Some(b"1")), ("b", None), ("a", Some(b""))],
            key: Some(b"k\"1"),
            value: Some(b"v\xff"),
        }
    }

    fn text(format: &str) -> Vec<u8> {
        let mut text = Vec::new();
        let parsed =
            LetterFormat::parse(format, Defaults::default()).unwrap_or_else(|fault| panic!("{format}: {fault}"));
        parsed.write(&shown(), &mut text).unwrap();
        text
    }

    #[test]
    fn letters_mean_what_they_mean_in_kcat() {
        assert_eq!(text("%t [%p] at %o: key %k (%K): "), b"orders [3] at 42: key k\"1 (3): ");
        assert_eq!(text("%s|%S|%T|%h"), b"v\xff|2|1767225600123|a=1,b=NULL,a=");
        assert_eq!(text("%R"), [0, 0, 0, 2]);
        assert_eq!(text("100%%\\n\\t\\r\\x41\\\\"), b"100%\n\t\rA\\");
    }

    #[test]
    fn nulls_are_empty_unless_a_text_stands_for_them_and_their_length_is_below_zero() {
        let null = Shown { key: None, value: None, time: RecordTime::None, ..shown() };
        let write = |format: &str, null_text: Option<&str>| {
            let defaults = Defaults { null: null_text.map(str::to_owned), ..Defaults::default() };
            let mut text = Vec::new();
            LetterFormat::parse(format, defaults).unwrap().write(&null, &mut text).unwrap();
            text
        };
        assert_eq!(write("%k,%s,%K,%S,%T,%T{iso}", None), b",,-1,-1,-1,-1");
        assert_eq!(write("%k,%s{hex},%s{json}", Some("NULL")), b"NULL,NULL,null");
        assert_eq!(write("%R", None), [0xff; 4]);
    }

    #[test]
    fn braces_say_how_a_field_is_written() {
        assert_eq!(
            text("%k{hex} %s{hex} %s{base64} %k{json} %s{json}"),
            b"6b2231 76ff dv8= \"k\\\"1\" {\"base64\":\"dv8=\"}"
        );
        assert_eq!(text("%T{iso} %T{s}"), b"2026-01-01T00:00:00.123Z 1767225600.123");
        assert_eq!(text("%T{%Y/%m/%d %H:%M}"), b"2026/01/01 00:00");
        let headers =
            b"[{\"key\":\"a\",\"value\":\"1\"},{\"key\":\"b\",\"value\":null},{\"key\":\"a\",\"value\":\"\"}]";
        assert_eq!(text("%h{json}"), headers);
        let defaults = Defaults { key: FieldEncoding::Hex, ..Defaults::default() };
        let mut coded = Vec::new();
        LetterFormat::parse("%k %k{text}", defaults).unwrap().write(&shown(), &mut coded).unwrap();
        assert_eq!(coded, b"6b2231 k\"1");
    }

    #[test]
    fn braces_that_hold_no_word_stand_for_themselves() {
        assert_eq!(text("{\"t\":\"%t\"}"), b"{\"t\":\"orders\"}");
        assert_eq!(text("%t{%p}{}"), b"orders{3}{}");
        assert_eq!(text("%p{ x }%o{"), b"3{ x }42{");
    }

    #[test]
    fn what_is_not_known_is_a_usage_error_that_tells_what_is() {
        for bad in ["%z", "%", "a%", "%k{hexx}", "%t{hex}", "%T{hours}", "%é", "%T{%!}"] {
            let failure = LetterFormat::parse(bad, Defaults::default()).unwrap_err();
            assert_eq!((failure.kind.code(), failure.hints.len()), (2, 1), "{bad}");
        }
    }
}
