//! A member of a classic group, as the coordinator knows it while it takes part.

use std::time::Duration;

use bytes::Bytes;

use crate::broker::machine::Ticket;
use crate::vocabulary::Uuid;

/// One way of assigning that a member knows, with what it asks for in that way's own bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protocol {
    pub name: String,
    pub metadata: Bytes,
}

#[derive(Debug, Clone)]
pub struct Member {
    pub id: String,
    /// The name under which a static member comes back (KIP-345).
    pub instance: Option<String>,
    pub client_id: String,
    pub client_host: String,
    pub session_timeout: Duration,
    pub rebalance_timeout: Duration,
    /// In the member's order of preference.
    pub protocols: Vec<Protocol>,
    /// Has not seen the end of a rebalance yet, so it may not know its own id.
    pub is_new: bool,
    /// The parked JoinGroup.
    pub joining: Option<Ticket>,
    /// The parked SyncGroup.
    pub syncing: Option<Ticket>,
}

impl Member {
    pub fn metadata(&self, protocol: &str) -> Option<&Bytes> {
        self.protocols.iter().find(|known| known.name == protocol).map(|known| &known.metadata)
    }

    pub fn knows(&self, protocol: &str) -> bool {
        self.metadata(protocol).is_some()
    }

    /// Whoever waits for the group is alive; only a new member that nobody completes is given up.
    pub fn is_waiting(&self) -> bool {
        !self.is_new && (self.joining.is_some() || self.syncing.is_some())
    }
}

/// Milliseconds as requests carry them; negative ones count as none.
pub fn millis(value: i32) -> Duration {
    Duration::from_millis(u64::try_from(value).unwrap_or(0))
}

/// Back into a request's or record's width.
pub fn as_millis(value: Duration) -> i32 {
    i32::try_from(value.as_millis()).unwrap_or(i32::MAX)
}

/// The id of a new member: what it is known by, and a random part in the form of `java.util.UUID`.
pub fn new_member_id(known_by: &str, random: Uuid) -> String {
    const RANDOM_PART: usize = 37;
    let mut room = known_by.len().min(i16::MAX as usize - RANDOM_PART);
    while !known_by.is_char_boundary(room) {
        room -= 1;
    }
    let hex = format!("{:032x}", random.0);
    format!("{}-{}-{}-{}-{}-{}", &known_by[..room], &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_id_fits_a_string_of_the_wire_however_long_the_client_id_is() {
        let id = new_member_id("consumer-g-1", Uuid(0x1f));
        assert_eq!(id, "consumer-g-1-00000000-0000-0000-0000-00000000001f");
        assert_eq!(new_member_id(&"é".repeat(40_000), Uuid(1)).len(), i16::MAX as usize);
    }
}
