//! `DescribeUserScramCredentials` (API key 50), version 0, flexible.

use crate::message;

message! {
    /// The request of `DescribeUserScramCredentials`.
    DescribeUserScramCredentialsRequest (key 50, versions 0..=0, flexible 0) {
        [0..] users: Option<Vec<UserName>> = Some(Default::default()),
    }
    UserName {
        [0..] name: String,
    }

    /// The response of `DescribeUserScramCredentials`.
    DescribeUserScramCredentialsResponse (key 50, versions 0..=0, flexible 0) {
        [0..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [0..] error_message: Option<String> = Some(Default::default()),
        [0..] results: Vec<DescribeUserScramCredentialsResult>,
    }
    DescribeUserScramCredentialsResult {
        [0..] user: String,
        [0..] error_code: i16,
        [0..] error_message: Option<String> = Some(Default::default()),
        [0..] credential_infos: Vec<CredentialInfo>,
    }
    CredentialInfo {
        [0..] mechanism: i8,
        [0..] iterations: i32,
    }
}
