//! What Kafka's own deserializers make of bytes, as text.
//!
//! Source: `org.apache.kafka.common.serialization`, with the text of each Java type. Classes of other people cannot be
//! loaded here.

use crate::cli::failure::Failure;

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
}

const PACKAGE: &str = "org.apache.kafka.common.serialization.";

impl Deserializer {
    pub fn of_class(class: &str) -> Result<Deserializer, Failure> {
        let class = class.trim();
        match class.strip_prefix(PACKAGE).unwrap_or(class) {
            "StringDeserializer" => Ok(Deserializer::String),
            "IntegerDeserializer" => Ok(Deserializer::Integer),
            "LongDeserializer" => Ok(Deserializer::Long),
            "ShortDeserializer" => Ok(Deserializer::Short),
            "FloatDeserializer" => Ok(Deserializer::Float),
            "DoubleDeserializer" => Ok(Deserializer::Double),
            "BooleanDeserializer" => Ok(Deserializer::Boolean),
            "UUIDDeserializer" => Ok(Deserializer::Uuid),
            "BytesDeserializer" => Ok(Deserializer::Bytes),
            "ByteArrayDeserializer" => Ok(Deserializer::ByteArray),
            _ => Err(Failure::usage(format!("the deserializer {class} does not exist here"))
                .hint(format!("those of {PACKAGE}* do, such as {PACKAGE}LongDeserializer"))),
        }
    }

    pub fn text(self, bytes: &[u8]) -> Result<String, String> {
        match self {
            Deserializer::String | Deserializer::ByteArray => Ok(String::from_utf8_lossy(bytes).into_owned()),
            Deserializer::Integer => Ok(i32::from_be_bytes(exactly(bytes, "IntegerDeserializer")?).to_string()),
            Deserializer::Long => Ok(i64::from_be_bytes(exactly(bytes, "LongDeserializer")?).to_string()),
            Deserializer::Short => Ok(i16::from_be_bytes(exactly(bytes, "ShortDeserializer")?).to_string()),
            Deserializer::Float => {
                let number = f32::from_be_bytes(exactly(bytes, "Deserializer")?);
                Ok(java_decimal(f64::from(number), format!("{number:?}"), format!("{number:E}")))
            }
            Deserializer::Double => {
                let number = f64::from_be_bytes(exactly(bytes, "Deserializer")?);
                Ok(java_decimal(number, format!("{number:?}"), format!("{number:E}")))
            }
            Deserializer::Boolean => boolean(bytes),
            Deserializer::Uuid => uuid(bytes),
            Deserializer::Bytes => Ok(bytes.iter().map(|byte| printable(*byte)).collect()),
        }
    }
}

fn exactly<const N: usize>(bytes: &[u8], class: &str) -> Result<[u8; N], String> {
    bytes.try_into().map_err(|_| format!("Size of data received by {class} is not {N}"))
}

fn boolean(bytes: &[u8]) -> Result<String, String> {
    match exactly(bytes, "BooleanDeserializer")? {
        [0] => Ok("false".to_owned()),
        [1] => Ok("true".to_owned()),
        [other] => Err(format!("Unexpected byte received by BooleanDeserializer: {other}")),
    }
}

/// `UUID.fromString` pads short groups; only the usual form of 36 characters is taken here.
fn uuid(bytes: &[u8]) -> Result<String, String> {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    let is_uuid = groups == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    if is_uuid { Ok(text) } else { Err("Error parsing data into UUID".to_owned()) }
}

/// `Bytes.toString`: printable ASCII, others as `\xHH`.
fn printable(byte: u8) -> String {
    match byte {
        b'\\' => "\\\\".to_owned(),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02X}"),
    }
}

/// Java writes numbers below 10^-3 and from 10^7 on with an exponent, and always with a digit behind the point.
fn java_decimal(number: f64, plain: String, scientific: String) -> String {
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
    match scientific.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        _ => scientific,
    }
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
        assert_eq!([f64::NAN, f64::INFINITY].map(double), ["NaN", "Infinity"]);
    }

    #[test]
    fn other_types() {
        assert_eq!(Deserializer::Boolean.text(&[1]).unwrap(), "true");
        assert!(Deserializer::Boolean.text(&[7]).is_err());
        assert_eq!(Deserializer::Bytes.text(b"a\\\x00\xff").unwrap(), "a\\\\\\x00\\xFF");
        let id = "123E4567-e89b-12d3-a456-426614174000";
        assert_eq!(Deserializer::Uuid.text(id.as_bytes()).unwrap(), id.to_ascii_lowercase());
        assert!(Deserializer::Uuid.text(b"x").is_err());
        assert_eq!(Deserializer::of_class("com.acme.X").unwrap_err().kind.code(), 2);
    }
}
