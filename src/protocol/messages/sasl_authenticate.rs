//! `SaslAuthenticate` (API key 36), versions 0-2, flexible from 2.

use bytes::Bytes;

use crate::message;

message! {
    /// The request of `SaslAuthenticate`.
    SaslAuthenticateRequest (key 36, versions 0..=2, flexible 2) {
        [0..] auth_bytes: Bytes,
    }

    /// The response of `SaslAuthenticate`.
    SaslAuthenticateResponse (key 36, versions 0..=2, flexible 2) {
        [0..] error_code: i16,
        [0..] error_message: Option<String> = Some(Default::default()),
        [0..] auth_bytes: Bytes,
        [1..] session_lifetime_ms: i64,
    }
}
