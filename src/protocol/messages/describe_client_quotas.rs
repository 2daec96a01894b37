//! `DescribeClientQuotas` (API key 48), versions 0-1, flexible from 1.

use crate::message;

message! {
    /// The request of `DescribeClientQuotas`.
    DescribeClientQuotasRequest (key 48, versions 0..=1, flexible 1) {
        [0..] components: Vec<Component>,
        [0..] strict: bool,
    }
    Component {
        [0..] entity_type: String,
        [0..] match_type: i8,
        [0..] match_name: Option<String> = Some(Default::default()),
    }

    /// The response of `DescribeClientQuotas`.
    DescribeClientQuotasResponse (key 48, versions 0..=1, flexible 1) {
        [0..] throttle_time_ms: i32,
        [0..] error_code: i16,
        [0..] error_message: Option<String> = Some(Default::default()),
        [0..] entries: Option<Vec<Entry>> = Some(Default::default()),
    }
    Entry {
        [0..] entity: Vec<Entity>,
        [0..] values: Vec<Value>,
    }
    Entity {
        [0..] entity_type: String,
        [0..] entity_name: Option<String> = Some(Default::default()),
    }
    Value {
        [0..] key: String,
        [0..] value: f64,
    }
}
