//! `SaslHandshake` (API key 17), versions 0-1.

use crate::message;

message! {
    /// The request of `SaslHandshake`.
    SaslHandshakeRequest (key 17, versions 0..=1, flexible i16::MAX) {
        [0..] mechanism: String,
    }

    /// The response of `SaslHandshake`.
    SaslHandshakeResponse (key 17, versions 0..=1, flexible i16::MAX) {
        [0..] error_code: i16,
        [0..] mechanisms: Vec<String>,
    }
}
