//! DeleteGroups: an empty group goes with everything it committed.

use super::{Decision, Group, GroupCoordinator, GroupReply};
use crate::broker::machine::{Outcome, Ticket};
use crate::protocol::errors::ErrorCode;

/// The groups to delete.
#[derive(Debug, Clone, Default)]
pub struct DeleteGroups {
    pub groups: Vec<String>,
}

/// For each group asked for, in that order, how it went.
pub type DeleteReply = Vec<(String, ErrorCode)>;

impl GroupCoordinator {
    pub(super) fn delete_groups(&mut self, ticket: Ticket, wanted: DeleteGroups) -> Decision {
        let mut out = Outcome::none();
        let mut results: DeleteReply = Vec::new();
        for id in wanted.groups {
            let seen = results.iter().any(|(earlier, code)| *earlier == id && code.is_none());
            let code = if seen { ErrorCode::GroupIdNotFound } else { self.delete_group(&id, &mut out) };
            results.push((id, code));
        }
        out.replies.push((ticket, GroupReply::Delete(results)));
        out
    }

    fn delete_group(&mut self, id: &str, out: &mut Decision) -> ErrorCode {
        let Some(group) = self.groups.get(id) else { return ErrorCode::GroupIdNotFound };
        if !group.is_empty() {
            return ErrorCode::NonEmptyGroup;
        }
        if let Group::Classic(group) = group {
            group.disarm_pending(out);
        }
        out.records.extend(self.removal_of(id, group));
        ErrorCode::None
    }
}
