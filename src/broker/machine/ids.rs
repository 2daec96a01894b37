//! Where the broker's machines get new ids from.

use super::IdSource;
use crate::vocabulary::Uuid;

/// Random ids, as Kafka makes them.
pub struct RandomIds;

impl IdSource for RandomIds {
    fn uuid(&mut self) -> Uuid {
        Uuid::random()
    }
}
