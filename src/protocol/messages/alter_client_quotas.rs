//! `AlterClientQuotas` (API key 49), versions 0-1, flexible from 1.

use crate::message;

message! {
    /// The request of `AlterClientQuotas`.
    AlterClientQuotasRequest (key 49, versions 0..=1, flexible 1) {
        [0..] entries: Vec<Entry>,
        [0..] validate_only: bool,
    }
    Entry {
        [0..] entity: Vec<Entity>,
        [0..] ops: Vec<Op>,
    }
    Entity {
        [0..] entity_type: String,
        [0..] entity_name: Option<String> = Some(Default::default()),
    }
    Op {
        [0..] key: String,
        [0..] value: f64,
        [0..] remove: bool,
    }

    /// The response of `AlterClientQuotas`.
    AlterClientQuotasResponse (key 49, versions 0..=1, flexible 1) {
        [0..] throttle_time_ms: i32,
        [0..] entries: Vec<EntryResult>,
    }
    EntryResult {
        [0..] error_code: i16,
        [0..] error_message: Option<String> = Some(Default::default()),
        [0..] entity: Vec<Entity>,
    }
}
