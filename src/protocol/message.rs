//! The notation for messages: one [`message!`](crate::message) table per struct, read like Kafka's documentation.
//!
//! ```text
//! message! {
//!     /// Doc comment.
//!     FetchRequest (key 1, versions 4..=18, flexible 12..) {
//!         [0..=14] replica_id: i32 = -1,
//!         [0..]    topics: Vec<FetchTopic>,
//!     } @tagged {
//!         0 [12..] cluster_id: Option<String> = None,
//!     }
//!     FetchTopic { … }
//! }
//! ```
//!
//! The range before a field says in which versions it is on the wire. A field outside its versions is not written and
//! has its default when read. Tagged fields are written when they differ from their default (KIP-482).

use std::ops::RangeInclusive;

use bytes::Bytes;

use super::primitives::{Malformed, Reader, Wire, Writer};

/// A request, a response, or a record value: a struct with a range of versions of its own.
pub trait Message: Wire {
    /// The API key of a request or response, or the type of a record; −1 where the schema has none.
    const KEY: i16;
    const VERSIONS: RangeInclusive<i16>;
    /// The first flexible version; `i16::MAX` if there is none.
    const FLEXIBLE_FROM: i16;

    fn flexible(version: i16) -> bool {
        version >= Self::FLEXIBLE_FROM
    }

    fn encode_to(&self, to: &mut Writer, version: i16) {
        debug_assert!(Self::VERSIONS.contains(&version), "version {version} is not one of {:?}", Self::VERSIONS);
        self.write(to, version, Self::flexible(version));
    }

    fn encode(&self, version: i16) -> Bytes {
        let mut writer = Writer::new();
        self.encode_to(&mut writer, version);
        writer.into_bytes()
    }

    /// Decodes from a cursor. Bytes behind the message are left alone, as Kafka does.
    fn decode_from(from: &mut Reader, version: i16) -> Result<Self, Malformed> {
        if !Self::VERSIONS.contains(&version) {
            return Err(Malformed::Version(version));
        }
        Self::read(from, version, Self::flexible(version))
    }

    fn decode(bytes: Bytes, version: i16) -> Result<Self, Malformed> {
        Self::decode_from(&mut Reader::new(bytes), version)
    }
}

/// Defines messages and the structs within them; see the module's documentation.
#[macro_export]
macro_rules! message {
    ($(
        $(#[$meta:meta])*
        $name:ident $((key $key:literal, versions $versions:expr, flexible $flexible:expr))? {
            $( $(#[$field_meta:meta])* [$range:expr] $field:ident: $type:ty $(= $default:expr)? ),* $(,)?
        } $(@tagged {
            $( $tag:literal [$tag_range:expr] $tag_field:ident: $tag_type:ty $(= $tag_default:expr)? ),* $(,)?
        })?
    )*) => { $(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
            $( $( pub $tag_field: $tag_type, )* )?
        }

        impl Default for $name {
            fn default() -> Self {
                $name {
                    $( $field: $crate::message!(@default $($default)?), )*
                    $( $( $tag_field: $crate::message!(@default $($tag_default)?), )* )?
                }
            }
        }

        impl $crate::protocol::primitives::Wire for $name {
            fn write(&self, to: &mut $crate::protocol::primitives::Writer, version: i16, flexible: bool) {
                let _ = version;
                $( if std::ops::RangeBounds::contains(&($range), &version) { self.$field.write(to, version, flexible); } )*
                if flexible {
                    #[allow(unused_mut)]
                    let mut fields: Vec<(u32, $crate::protocol::primitives::Writer)> = Vec::new();
                    $( $(
                        let unchanged: $tag_type = $crate::message!(@default $($tag_default)?);
                        if std::ops::RangeBounds::contains(&($tag_range), &version) && self.$tag_field != unchanged {
                            let mut value = $crate::protocol::primitives::Writer::new();
                            self.$tag_field.write(&mut value, version, flexible);
                            fields.push(($tag, value));
                        }
                    )* )?
                    to.put_tagged_fields(fields);
                }
            }

            fn read(
                from: &mut $crate::protocol::primitives::Reader,
                version: i16,
                flexible: bool,
            ) -> Result<Self, $crate::protocol::primitives::Malformed> {
                let _ = version;
                #[allow(unused_mut)]
                let mut message = $name {
                    $( $field: if std::ops::RangeBounds::contains(&($range), &version) {
                        <$type as $crate::protocol::primitives::Wire>::read(from, version, flexible)?
                    } else {
                        $crate::message!(@default $($default)?)
                    }, )*
                    $( $( $tag_field: $crate::message!(@default $($tag_default)?), )* )?
                };
                if flexible {
                    from.tagged_fields(|_tag, _value| {
                        $( $(
                            if _tag == $tag && std::ops::RangeBounds::contains(&($tag_range), &version) {
                                message.$tag_field = <$tag_type as $crate::protocol::primitives::Wire>::read(_value, version, flexible)?;
                            }
                        )* )?
                        Ok(())
                    })?;
                }
                Ok(message)
            }
        }

        #[cfg(test)]
        impl $crate::protocol::oracle::Sample for $name {
            fn sample(random: &mut $crate::protocol::oracle::Random, version: i16) -> Self {
                let _ = (&random, version);
                $name {
                    $( $field: if std::ops::RangeBounds::contains(&($range), &version) {
                        $crate::protocol::oracle::Sample::sample(random, version)
                    } else {
                        $crate::message!(@default $($default)?)
                    }, )*
                    $( $( $tag_field: if std::ops::RangeBounds::contains(&($tag_range), &version) {
                        $crate::protocol::oracle::Sample::sample(random, version)
                    } else {
                        $crate::message!(@default $($tag_default)?)
                    }, )* )?
                }
            }
        }

        $(
            impl $crate::protocol::message::Message for $name {
                const KEY: i16 = $key;
                const VERSIONS: std::ops::RangeInclusive<i16> = $versions;
                const FLEXIBLE_FROM: i16 = $flexible;
            }
        )?
    )* };
    (@default) => { Default::default() };
    (@default $default:expr) => { $default };
}
