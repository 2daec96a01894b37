//! `AlterUserScramCredentials` (API key 51), version 0, flexible.

use bytes::Bytes;

use crate::message;

message! {
    /// The request of `AlterUserScramCredentials`.
    AlterUserScramCredentialsRequest (key 51, versions 0..=0, flexible 0) {
        [0..] deletions: Vec<ScramCredentialDeletion>,
        [0..] upsertions: Vec<ScramCredentialUpsertion>,
    }
    ScramCredentialDeletion {
        [0..] name: String,
        [0..] mechanism: i8,
    }
    ScramCredentialUpsertion {
        [0..] name: String,
        [0..] mechanism: i8,
        [0..] iterations: i32,
        [0..] salt: Bytes,
        [0..] salted_password: Bytes,
    }

    /// The response of `AlterUserScramCredentials`.
    AlterUserScramCredentialsResponse (key 51, versions 0..=0, flexible 0) {
        [0..] throttle_time_ms: i32,
        [0..] results: Vec<AlterUserScramCredentialsResult>,
    }
    AlterUserScramCredentialsResult {
        [0..] user: String,
        [0..] error_code: i16,
        [0..] error_message: Option<String> = Some(Default::default()),
    }
}
