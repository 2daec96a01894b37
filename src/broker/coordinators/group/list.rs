//! ListGroups: the groups of this partition that match the filters.

use super::{Group, GroupCoordinator};

/// Which groups are asked for: no state and no type means every state and every type. Names that do not exist match
/// nothing, and case does not count.
#[derive(Debug, Clone, Default)]
pub struct ListGroups {
    pub states: Vec<String>,
    pub types: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedGroup {
    pub group: String,
    pub protocol_type: String,
    pub state: &'static str,
    pub kind: &'static str,
}

impl GroupCoordinator {
    pub(super) fn list(&self, wanted: &ListGroups) -> Vec<ListedGroup> {
        let listed = self.groups.iter().map(|(id, group)| listed(id, group));
        listed.filter(|group| any_of(&wanted.states, group.state) && any_of(&wanted.types, group.kind)).collect()
    }
}

fn listed(id: &str, group: &Group) -> ListedGroup {
    ListedGroup {
        group: id.to_owned(),
        protocol_type: group.protocol_type().to_owned(),
        state: group.state_name(),
        kind: group.kind_name(),
    }
}

fn any_of(filter: &[String], name: &str) -> bool {
    filter.is_empty() || filter.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
}
