//! The configuration keys that the transaction coordinator obeys.

use std::time::Duration;

/// Values of broker configuration keys, with Kafka's defaults.
#[derive(Debug, Clone)]
pub struct TransactionSettings {
    /// `transaction.max.timeout.ms`
    pub max_timeout_ms: i32,
    /// `transactional.id.expiration.ms`
    pub id_expiration: Duration,
    /// `transaction.remove.expired.transaction.cleanup.interval.ms`
    pub id_expiration_check_interval: Duration,
}

impl Default for TransactionSettings {
    fn default() -> TransactionSettings {
        TransactionSettings {
            max_timeout_ms: 900_000,
            id_expiration: Duration::from_secs(7 * 24 * 3600),
            id_expiration_check_interval: Duration::from_secs(3600),
        }
    }
}
