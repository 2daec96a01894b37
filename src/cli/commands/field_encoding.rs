//! How the bytes of a key or a value stand in text: as they are, as hex digits, or in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum FieldEncoding {
    /// The bytes themselves.
    #[default]
    Text,
    /// Two hex digits for a byte.
    Hex,
    /// Base64 with padding.
    Base64,
}

impl FieldEncoding {
    /// Appends the text that stands for these bytes.
    pub fn write(self, bytes: &[u8], to: &mut Vec<u8>) {
        match self {
            FieldEncoding::Text => to.extend_from_slice(bytes),
            FieldEncoding::Hex => write_hex(bytes, to),
            FieldEncoding::Base64 => to.extend_from_slice(STANDARD.encode(bytes).as_bytes()),
        }
    }

    /// The bytes that a text stands for; blanks around hex and base64, and within hex, mean nothing. The error says what is
    /// wrong with the text.
    pub fn read(self, text: &[u8]) -> Result<Vec<u8>, String> {
        match self {
            FieldEncoding::Text => Ok(text.to_vec()),
            FieldEncoding::Hex => read_hex(text),
            FieldEncoding::Base64 => STANDARD.decode(text.trim_ascii()).map_err(|error| format!("not base64: {error}")),
        }
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

pub fn write_hex(bytes: &[u8], to: &mut Vec<u8>) {
    let digit = |four_bits: u8| DIGITS.get(usize::from(four_bits)).copied().unwrap_or_default();
    to.reserve(bytes.len() * 2);
    for byte in bytes {
        to.extend([digit(byte >> 4), digit(byte & 15)]);
    }
}

fn read_hex(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut half: Option<u8> = None;
    for character in text.iter().filter(|character| !character.is_ascii_whitespace()) {
        let digit = char::from(*character).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let digit = digit.ok_or_else(|| format!("not hex: '{}' is no digit", character.escape_ascii()))?;
        half = match half {
            None => Some(digit),
            Some(high) => {
                bytes.push(high << 4 | digit);
                None
            }
        };
    }
    match half {
        None => Ok(bytes),
        Some(_) => Err("not hex: the number of digits is odd".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blanks_in_hex_mean_nothing_and_what_is_no_digit_is_named() {
        assert_eq!(FieldEncoding::Hex.read(b"00 fF\t7e").unwrap(), [0, 255, 126]);
        assert_eq!(FieldEncoding::Hex.read(b"").unwrap(), Vec::<u8>::new());
        assert_eq!(FieldEncoding::Hex.read(b"abc").unwrap_err(), "not hex: the number of digits is odd");
        assert_eq!(FieldEncoding::Hex.read(b"0x").unwrap_err(), "not hex: 'x' is no digit");
        assert_eq!(FieldEncoding::Base64.read(b" /w== ").unwrap(), [255]);
        assert!(FieldEncoding::Base64.read(b"/w").unwrap_err().starts_with("not base64"));
    }

    proptest! {
        #[test]
        fn every_encoding_is_read_back(bytes in any::<Vec<u8>>()) {
            for encoding in [FieldEncoding::Text, FieldEncoding::Hex, FieldEncoding::Base64] {
                let mut text = Vec::new();
                encoding.write(&bytes, &mut text);
                prop_assert_eq!(encoding.read(&text).unwrap(), bytes.clone());
            }
        }
    }
}
