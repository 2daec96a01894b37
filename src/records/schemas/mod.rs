//! The schemas of what Kafka's internal topics hold, as data, and their values as JSON: the form in which Kafka's tools show
//! records, without a type of ours behind each.
//!
//! ```text
//! schemas! {
//!     PartitionRecord(3, 0..=2, flexible 0) {      name, type number, versions, the first flexible one
//!         partitionId: int32;                      fields in the order of Kafka's schema, which is that of the JSON
//!         directories: [uuid], since 1;
//!         leaderRecoveryState: int8, tag 0;        a tagged field is left out where it has its default
//!     }
//! }
//! ```
//!
//! Source: the message schemas of Kafka 4.2.1 and their `JsonConverter`s.

mod consumer_protocol;
mod control;
mod cursor;
mod group;
mod json;
mod metadata;
mod read;
mod remote;
mod share;
mod streams;
mod transaction;

pub use consumer_protocol::{CONSUMER_ASSIGNMENT, CONSUMER_SUBSCRIPTION};
pub use control::CONTROL_RECORDS;
pub use cursor::{Cursor, Misread};
pub use group::{GROUP_KEYS, GROUP_VALUES};
pub use json::quoted;
pub use metadata::METADATA_RECORDS;
pub use remote::REMOTE_RECORDS;
pub use share::{SHARE_KEYS, SHARE_VALUES};
pub use streams::{STREAMS_KEYS, STREAMS_VALUES};
pub use transaction::{TRANSACTION_KEYS, TRANSACTION_VALUES};

/// One message.
#[derive(Debug)]
pub struct Schema {
    pub name: &'static str,
    /// The number of its type; -1 where it has none.
    pub key: i16,
    pub first_version: i16,
    pub last_version: i16,
    pub flexible_from: i16,
    pub fields: &'static [Field],
}

impl Schema {
    pub fn has_version(&self, version: i16) -> bool {
        (self.first_version..=self.last_version).contains(&version)
    }
}

#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    kind: Kind,
    since: i16,
    until: i16,
    nullable_since: i16,
    tag: Option<u32>,
    /// What a tagged field has when it is not written.
    default: Default,
}

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Bool,
    Int8,
    Int16,
    Uint16,
    Int32,
    Int64,
    Float64,
    Uuid,
    String,
    Bytes,
    Array(&'static Kind),
    Struct(&'static [Field]),
}

#[derive(Debug, Clone, Copy)]
enum Default {
    /// Zero, false, empty.
    Nothing,
    Null,
    Number(i64),
}

impl Field {
    const fn new(name: &'static str, kind: Kind) -> Field {
        Field { name, kind, since: 0, until: i16::MAX, nullable_since: i16::MAX, tag: None, default: Default::Nothing }
    }

    const fn since(mut self, version: i16) -> Field {
        self.since = version;
        self
    }

    const fn until(mut self, version: i16) -> Field {
        self.until = version;
        self
    }

    const fn nullable(mut self) -> Field {
        self.nullable_since = 0;
        self
    }

    const fn tag(mut self, tag: u32) -> Field {
        self.tag = Some(tag);
        self
    }

    const fn default_null(mut self) -> Field {
        self.default = Default::Null;
        self
    }

    const fn default(mut self, number: i64) -> Field {
        self.default = Default::Number(number);
        self
    }
}

/// A table of schemas; the module's documentation shows one.
macro_rules! schemas {
    ($(#[$meta:meta])* $table:ident: $($name:ident($key:expr, $first:literal..=$last:literal, flexible $flexible:expr) $fields:tt)*) => {
        $(#[$meta])*
        pub static $table: &[$crate::records::schemas::Schema] = &[$(
            $crate::records::schemas::Schema {
                name: stringify!($name),
                key: $key,
                first_version: $first,
                last_version: $last,
                flexible_from: $flexible,
                fields: $crate::records::schemas::fields!($fields),
            },
        )*];
    };
}

/// The fields of a message or of a struct within one.
macro_rules! fields {
    ({ $($name:ident: $kind:tt $(, $attribute:ident $($value:literal)?)*;)* }) => {
        const { &[$(
            $crate::records::schemas::Field::new(stringify!($name), $crate::records::schemas::kind!($kind))
                $( .$attribute($($value)?) )*,
        )*] as &'static [$crate::records::schemas::Field] }
    };
}

/// A type: a name, `[element]`, `{ fields }`, or the name of a constant with fields.
macro_rules! kind {
    (bool) => { $crate::records::schemas::Kind::Bool };
    (int8) => { $crate::records::schemas::Kind::Int8 };
    (int16) => { $crate::records::schemas::Kind::Int16 };
    (uint16) => { $crate::records::schemas::Kind::Uint16 };
    (int32) => { $crate::records::schemas::Kind::Int32 };
    (int64) => { $crate::records::schemas::Kind::Int64 };
    (float64) => { $crate::records::schemas::Kind::Float64 };
    (uuid) => { $crate::records::schemas::Kind::Uuid };
    (string) => { $crate::records::schemas::Kind::String };
    (bytes) => { $crate::records::schemas::Kind::Bytes };
    ([$element:tt]) => { $crate::records::schemas::Kind::Array(const { &$crate::records::schemas::kind!($element) }) };
    ({ $($fields:tt)* }) => {
        $crate::records::schemas::Kind::Struct($crate::records::schemas::fields!({ $($fields)* }))
    };
    ($fields:ident) => { $crate::records::schemas::Kind::Struct($fields) };
}

pub(in crate::records) use {fields, kind, schemas};

#[cfg(test)]
mod tests;
