//! What Kafka's own deserializers make of bytes, as text.
//!
//! Source: `org.apache.kafka.common.serialization`, with the text of each Java type. Classes of other people cannot be
//! loaded here.

use std::fmt;

use crate::cli::failure::{Failure, ILLEGAL_ARGUMENT};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deserializer {
    String,
    Integer,
    Long,
    Short,
    Float,
    Double,
    Boolean,
    Uuid,
    Bytes,
    /// Java prints an address; the bytes themselves are of more use.
    ByteArray,
    ByteBuffer,
    Void,
}

/// What a deserializer of Java's throws for bytes that it cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub class: &'static str,
    pub message: String,
}

impl Fault {
    pub fn new(message: impl Into<String>) -> Fault {
        Fault { class: "org.apache.kafka.common.errors.SerializationException", message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

const PACKAGE: &str = "org.apache.kafka.common.serialization.";

impl Deserializer {
    /// The deserializer of a class, whose package may be left out.
    pub fn of_class(class: &str) -> Result<Deserializer, Failure> {
        let class = class.trim();
        Deserializer::named(class.strip_prefix(PACKAGE).unwrap_or(class)).ok_or_else(|| {
            Failure::usage(format!("the deserializer {class} does not exist here"))
                .hint(format!("those of {PACKAGE}* do, such as {PACKAGE}LongDeserializer"))
        })
    }

    /// The deserializer that Java would load.
    pub fn of_java(class: &str) -> Option<Deserializer> {
        Deserializer::named(class.strip_prefix(PACKAGE)?)
    }

    fn named(name: &str) -> Option<Deserializer> {
        Some(match name {
            "StringDeserializer" => Deserializer::String,
            "IntegerDeserializer" => Deserializer::Integer,
            "LongDeserializer" => Deserializer::Long,
            "ShortDeserializer" => Deserializer::Short,
            "FloatDeserializer" => Deserializer::Float,
            "DoubleDeserializer" => Deserializer::Double,
            "BooleanDeserializer" => Deserializer::Boolean,
            "UUIDDeserializer" => Deserializer::Uuid,
            "BytesDeserializer" => Deserializer::Bytes,
            "ByteArrayDeserializer" => Deserializer::ByteArray,
            "ByteBufferDeserializer" => Deserializer::ByteBuffer,
            "VoidDeserializer" => Deserializer::Void,
            _ => return None,
        })
    }

    pub fn text(self, bytes: &[u8]) -> Result<String, Fault> {
        match self {
            Deserializer::String | Deserializer::ByteArray => Ok(String::from_utf8_lossy(bytes).into_owned()),
            Deserializer::Integer => Ok(i32::from_be_bytes(exactly(bytes, "IntegerDeserializer")?).to_string()),
            Deserializer::Long => Ok(i64::from_be_bytes(exactly(bytes, "LongDeserializer")?).to_string()),
            Deserializer::Short => Ok(i16::from_be_bytes(exactly(bytes, "ShortDeserializer")?).to_string()),
            Deserializer::Float => {
                let number = f32::from_be_bytes(exactly(bytes, "Deserializer")?);
                Ok(java_decimal(
                    f64::from(number),
                    format!("{number:?}"),
                    [format!("{number:E}"), format!("{number:.1E}")],
                ))
            }
            Deserializer::Double => {
                let number = f64::from_be_bytes(exactly(bytes, "Deserializer")?);
                Ok(java_decimal(number, format!("{number:?}"), [format!("{number:E}"), format!("{number:.1E}")]))
            }
            Deserializer::Boolean => boolean(bytes),
            Deserializer::Uuid => uuid(bytes),
            Deserializer::ByteBuffer => {
                let length = bytes.len();
                Ok(format!("java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]"))
            }
            Deserializer::Void => Err(Fault {
                class: ILLEGAL_ARGUMENT,
                message: "Data should be null for a VoidDeserializer.".to_owned(),
            }),
            Deserializer::Bytes => Ok(bytes.iter().map(|byte| printable(*byte)).collect()),
        }
    }
}

fn exactly<const N: usize>(bytes: &[u8], class: &str) -> Result<[u8; N], Fault> {
    bytes.try_into().map_err(|_| Fault::new(format!("Size of data received by {class} is not {N}")))
}

fn boolean(bytes: &[u8]) -> Result<String, Fault> {
    match exactly(bytes, "BooleanDeserializer")? {
        [0] => Ok("false".to_owned()),
        [1] => Ok("true".to_owned()),
        [other] => Err(Fault::new(format!("Unexpected byte received by BooleanDeserializer: {other}"))),
    }
}

/// As `UUID.fromString`, which pads groups that are short and cuts those that are long.
fn uuid(bytes: &[u8]) -> Result<String, Fault> {
    let text = String::from_utf8_lossy(bytes);
    let number = |group: &str| i64::from_str_radix(group, 16).ok().filter(|number| *number >= 0);
    let groups: Option<Vec<i64>> = text.split('-').map(number).collect();
    match groups.as_deref() {
        Some(&[a, b, c, d, e]) if text.len() <= 36 => {
            let (a, b, c, d) = (a & 0xffff_ffff, b & 0xffff, c & 0xffff, d & 0xffff);
            Ok(format!("{a:08x}-{b:04x}-{c:04x}-{d:04x}-{:012x}", e & 0xffff_ffff_ffff))
        }
        _ => Err(Fault::new("Error parsing data into UUID")),
    }
}

/// `Bytes.toString`: printable ASCII, others as `\xHH`.
fn printable(byte: u8) -> String {
    match byte {
        b'\\' => "\\\\".to_owned(),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02X}"),
    }
}

/// Java writes numbers below 10^-3 and from 10^7 on with an exponent, and always with a digit behind the point: the one
/// that comes nearest, if the number could do without.
fn java_decimal(number: f64, plain: String, [shortest, two_digits]: [String; 2]) -> String {
    let size = number.abs();
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() };
    }
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return plain;
    }
    if shortest.contains('.') { shortest } else { two_digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(number: f64) -> String {
        Deserializer::Double.text(&number.to_be_bytes()).unwrap()
    }

    #[test]
    fn numbers_read_as_java_writes_them() {
        assert_eq!(Deserializer::Long.text(&(-5i64).to_be_bytes()).unwrap(), "-5");
        assert_eq!([1.0, 0.1, 1e7, 1.5e-4, -1e21].map(double), ["1.0", "0.1", "1.0E7", "1.5E-4", "-1.0E21"]);
        assert_eq!(Deserializer::Float.text(&0.1f32.to_be_bytes()).unwrap(), "0.1");
        assert_eq!(double(f64::from_bits(1)), "4.9E-324");
        assert_eq!([f64::NAN, f64::INFINITY].map(double), ["NaN", "Infinity"]);
    }

    #[test]
    fn other_types() {
        assert_eq!(Deserializer::Boolean.text(&[1]).unwrap(), "true");
        assert!(Deserializer::Boolean.text(&[7]).is_err());
        assert_eq!(Deserializer::Bytes.text(b"a\\\x00\xff").unwrap(), "a\\\\\\x00\\xFF");
        let id = "123E4567-e89b-12d3-a456-426614174000";
        assert_eq!(Deserializer::Uuid.text(id.as_bytes()).unwrap(), id.to_ascii_lowercase());
        assert_eq!(Deserializer::Uuid.text(b"1-2-3-4-5").unwrap(), "00000001-0002-0003-0004-000000000005");
        assert!(Deserializer::Uuid.text(b"x").is_err());
        assert_eq!(Deserializer::ByteBuffer.text(b"ab").unwrap(), "java.nio.HeapByteBuffer[pos=0 lim=2 cap=2]");
        assert_eq!(Deserializer::Void.text(b"").unwrap_err().class, ILLEGAL_ARGUMENT);
        assert_eq!(Deserializer::of_java("LongDeserializer"), None);
        assert_eq!(Deserializer::of_class("com.acme.X").unwrap_err().kind.code(), 2);
    }
}
