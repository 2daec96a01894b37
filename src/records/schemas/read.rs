//! Bytes to JSON by a schema.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::cursor::{Cursor, Misread};
use super::{Default, Field, Kind, Schema, json};
use crate::vocabulary::Uuid;

/// What stands for the bytes of a field instead of their base64, if anything does.
pub type Within<'w> = &'w dyn Fn(&'static str, &[u8]) -> Option<String>;

impl Schema {
    /// One object, in the order of the schema. Bytes behind the message are left in the cursor. Versions that do not exist
    /// are read as the nearest that does, as Kafka reads them; who minds asks before.
    pub fn json(&self, from: &mut Cursor<'_>, version: i16) -> Result<String, Misread> {
        self.json_with(from, version, &|_, _| None)
    }

    pub fn json_with(&self, from: &mut Cursor<'_>, version: i16, within: Within<'_>) -> Result<String, Misread> {
        // Versions below the first are read as the first.
        let reading = Reading { version: version.max(0), is_flexible: version >= self.flexible_from, within };
        reading.object(self.fields, from)
    }
}

struct Reading<'w> {
    version: i16,
    is_flexible: bool,
    within: Within<'w>,
}

impl Reading<'_> {
    fn object(&self, fields: &'static [Field], from: &mut Cursor<'_>) -> Result<String, Misread> {
        let mut shown: Vec<Option<String>> = vec![None; fields.len()];
        for (field, text) in fields.iter().zip(&mut shown) {
            if self.has(field) && !(field.tag.is_some() && self.is_flexible) {
                *text = Some(self.field(field, from)?.0);
            }
        }
        if self.is_flexible {
            self.tagged(fields, from, &mut shown)?;
        }
        let members = fields.iter().zip(shown).filter_map(|(field, text)| Some((field.name, text?)));
        let members: Vec<String> = members.map(|(name, text)| format!("\"{name}\":{text}")).collect();
        Ok(format!("{{{}}}", members.join(",")))
    }

    fn has(&self, field: &Field) -> bool {
        field.since <= self.version && self.version <= field.until
    }

    fn tagged(
        &self,
        fields: &'static [Field],
        from: &mut Cursor<'_>,
        shown: &mut [Option<String>],
    ) -> Result<(), Misread> {
        for _ in 0..from.varint()? {
            let tag = from.varint()?;
            let size = from.varint()? as usize;
            let known = fields.iter().position(|field| field.tag == Some(tag) && self.has(field));
            match known {
                // The size is not needed for what is known, and Kafka does not look at it.
                Some(index) => {
                    let (text, is_default) = self.field(&fields[index], from)?;
                    shown[index] = (!is_default).then_some(text);
                }
                None => drop(from.bytes(size)?),
            }
        }
        Ok(())
    }

    /// The text of a field, and whether that is its default.
    fn field(&self, field: &'static Field, from: &mut Cursor<'_>) -> Result<(String, bool), Misread> {
        let text = match field.kind {
            // Before one that may be null: a byte below 0 for null, or if it is tagged, a number of variable length, 0 for null.
            Kind::Struct(fields) if field.nullable_since <= self.version => {
                let is_null = match field.tag {
                    Some(_) => from.varint()? as i32 <= 0,
                    None => (from.array::<1>()?[0] as i8) < 0,
                };
                if is_null { None } else { Some(self.object(fields, from)?) }
            }
            kind => self.value(kind, field.name, from)?,
        };
        let is_default = match (&text, field.default) {
            (None, Default::Null) => true,
            (Some(text), Default::Number(number)) => *text == number.to_string(),
            (Some(text), Default::Nothing) => text == nothing(field.kind),
            _ => false,
        };
        match text {
            Some(text) => Ok((text, is_default)),
            None if field.nullable_since <= self.version => Ok(("null".to_owned(), is_default)),
            None => Err(Misread::Null { field: field.name }),
        }
    }

    fn value(&self, kind: Kind, name: &'static str, from: &mut Cursor<'_>) -> Result<Option<String>, Misread> {
        Ok(Some(match kind {
            Kind::Bool => (from.array::<1>()?[0] != 0).to_string(),
            Kind::Int8 => (from.array::<1>()?[0] as i8).to_string(),
            Kind::Int16 => from.int16()?.to_string(),
            Kind::Uint16 => u16::from_be_bytes(from.array()?).to_string(),
            Kind::Int32 => i32::from_be_bytes(from.array()?).to_string(),
            Kind::Int64 => i64::from_be_bytes(from.array()?).to_string(),
            Kind::Float64 => json::double(f64::from_be_bytes(from.array()?)),
            Kind::Uuid => format!("\"{}\"", Uuid(u128::from_be_bytes(from.array()?))),
            Kind::Struct(fields) => self.object(fields, from)?,
            Kind::String => match from.length(self.is_flexible, true)? {
                None => return Ok(None),
                Some(length) if length > i16::MAX as usize => {
                    return Err(Misread::LongString { field: name, length });
                }
                Some(length) => json::quoted(&from.text(length)?),
            },
            Kind::Bytes => match from.length(self.is_flexible, false)? {
                None => return Ok(None),
                Some(length) => {
                    let bytes = from.bytes(length)?;
                    (self.within)(name, bytes).unwrap_or_else(|| format!("\"{}\"", STANDARD.encode(bytes)))
                }
            },
            Kind::Array(element) => match from.length(self.is_flexible, false)? {
                None => return Ok(None),
                Some(length) => self.array(*element, length, name, from)?,
            },
        }))
    }

    fn array(
        &self,
        element: Kind,
        length: usize,
        name: &'static str,
        from: &mut Cursor<'_>,
    ) -> Result<String, Misread> {
        let left = from.remaining();
        if length > left {
            return Err(Misread::Elements { claimed: length, left });
        }
        let mut text = String::from("[");
        for index in 0..length {
            if index > 0 {
                text.push(',');
            }
            let value = self.value(element, name, from)?;
            text.push_str(&value.ok_or(Misread::Null { field: name })?);
        }
        text.push(']');
        Ok(text)
    }
}

fn nothing(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "false",
        Kind::Float64 => "0.0",
        Kind::Uuid => "\"AAAAAAAAAAAAAAAAAAAAAA\"",
        Kind::String | Kind::Bytes => "\"\"",
        Kind::Array(_) => "[]",
        Kind::Struct(_) => "{}",
        _ => "0",
    }
}
