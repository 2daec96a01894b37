//! Classic groups: members join, one of them assigns, everybody fetches the assignment and sends heartbeats.
//!
//! ```text
//!           join                 all joined, or time is over          leader's assignment
//! Empty ──────────▶ Preparing ───────────────────────────▶ Completing ───────────────────▶ Stable
//!   ▲               │  ▲ ▲                                     │                            │
//!   └───────────────┘  │ └─────────────────────────────────────┘ join, leave, expiry        │
//!     nobody is left   └────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! A group that was removed is Dead; no such group is kept. The step into Stable and the step into Empty are records,
//! everything between is soft: after a restart a group is in its last settled generation.
//!
//! Source: protocol reference 7.1 to 7.5; KIP-62, KIP-345, KIP-394, KIP-814; `ClassicGroup` of Kafka 4.2.1.

mod converted;
mod group;
mod heartbeat;
mod join;
mod leave;
mod member;
mod protocols;
mod rebalance;
mod sessions;
mod settled;
mod static_members;
mod subscription;
mod sync;

pub use group::{CONSUMER_PROTOCOL_TYPE, ClassicGroup};
pub use heartbeat::{Heartbeat, HeartbeatReply};
pub use join::{JoinGroup, JoinRefused, JoinReply, Joined, JoinedMember};
pub use leave::{LeaveGroup, LeaveReply, Leaver, Left};
pub use member::{Member, Protocol, as_millis, millis};
pub use settled::Settled;
pub use sync::{SyncGroup, SyncReply, Synced};
