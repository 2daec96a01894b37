//! DescribeGroups: state and members of classic groups.
//!
//! What members asked for, and the protocol, are shown only while the group is stable; what they were given last is
//! shown always.

use bytes::Bytes;

use super::GroupCoordinator;
use super::classic::{ClassicGroup, Member};

/// The groups asked for.
#[derive(Debug, Clone, Default)]
pub struct DescribeGroups {
    pub groups: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DescribedGroup {
    Known {
        group: String,
        state: &'static str,
        protocol_type: String,
        /// The chosen assignor, empty unless the group is stable.
        protocol: String,
        members: Vec<DescribedMember>,
    },
    /// No group, or none of the classic kind.
    Unknown { group: String, message: String },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedMember {
    pub id: String,
    pub instance: Option<String>,
    pub client_id: String,
    pub client_host: String,
    pub metadata: Bytes,
    pub assignment: Bytes,
}

impl GroupCoordinator {
    pub(super) fn describe(&self, wanted: DescribeGroups) -> Vec<DescribedGroup> {
        wanted.groups.into_iter().map(|group| self.describe_one(group)).collect()
    }

    fn describe_one(&self, id: String) -> DescribedGroup {
        let Some(group) = self.classic(&id) else {
            let message = match self.groups.contains_key(&id) {
                true => format!("Group {id} is not a classic group."),
                false => format!("Group {id} not found."),
            };
            return DescribedGroup::Unknown { group: id, message };
        };
        let protocol = group.protocol().filter(|_| group.is_stable());
        DescribedGroup::Known {
            group: id,
            state: group.state_name(),
            protocol_type: group.protocol_type().unwrap_or_default().to_owned(),
            protocol: protocol.unwrap_or_default().to_owned(),
            members: group.members().map(|member| describe_member(group, member, protocol)).collect(),
        }
    }
}

fn describe_member(group: &ClassicGroup, member: &Member, protocol: Option<&str>) -> DescribedMember {
    DescribedMember {
        id: member.id.clone(),
        instance: member.instance.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        metadata: protocol.and_then(|name| member.metadata(name)).cloned().unwrap_or_default(),
        assignment: group.settled_assignment(&member.id),
    }
}
