//! `UnregisterBroker` (API key 64), version 0, flexible.

use crate::message;

message! {
    /// The request of `UnregisterBroker`.
    UnregisterBrokerRequest (key 64, versions 0..=0, flexible 0) {
        [0..] broker_id: i32,
    }

    /// The response of `UnregisterBroker`.
    UnregisterBrokerResponse (key 64, versions 0..=0, flexible 0) {
        [0..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [0..] error_message: Option<String> = Some(Default::default()),
    }
}
