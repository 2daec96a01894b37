//! Consumer groups (KIP-848): members say what they want in heartbeats, the coordinator assigns.
//!
//! ```text
//!        a subscription, a member, a topic changes       computed at the next heartbeat
//! group epoch ─────────────────────────────▶ +1 ─────────────────────────────▶ target assignment of that epoch
//!
//! member:  Stable ──▶ Unrevoked ──▶ (Unreleased ──▶) Stable, at the epoch of the target
//!                     gives back     waits for what
//!                     what it must   others still hold
//! ```
//!
//! Everything but the timers is hard state, and every step of a member is a record before it is told. A decision is made
//! on a [`draft`] of the group: each record changes the draft as it will change the group.
//!
//! Source: protocol reference 8; KIP-848; `GroupMetadataManager`, `ConsumerGroup`, `CurrentAssignmentBuilder`,
//! `TargetAssignmentBuilder` of Kafka 4.2.1.

mod assignment;
mod assignors;
mod checks;
mod classic_members;
mod describe;
mod downgrade;
mod draft;
mod group;
mod heartbeat;
mod leave;
mod member;
mod metadata_hash;
mod offsets;
mod reconciliation;
mod regexes;
mod replay;
mod sessions;
mod settings;
mod static_members;
mod target;
mod upgrade;

pub use assignment::Assignment;
pub use assignors::Assignor;
pub use describe::{DescribeConsumerGroups, DescribedConsumerGroup, DescribedConsumerMember};
pub use group::ConsumerGroup;
pub use heartbeat::{ConsumerHeartbeat, ConsumerHeartbeatReply, HeartbeatAnswer};
pub use member::{Member, MemberState};
pub use settings::{ConsumerGroupSettings, MigrationPolicy};
