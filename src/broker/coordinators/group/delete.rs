//! DeleteGroups: an empty group goes with everything it committed.

use super::{Decision, GroupCoordinator, GroupEntry, GroupReply};
use crate::broker::machine::{Outcome, Ticket};
use crate::protocol::errors::ErrorCode;
use crate::records::group::GroupRecord;

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
        let Some(group) = self.classic_mut(id) else { return ErrorCode::GroupIdNotFound };
        if !group.is_empty() {
            return ErrorCode::NonEmptyGroup;
        }
        group.forget_pending(out);
        let offsets = self.offsets.places_of_group(id).map(|key| GroupRecord::Offset { key, value: None });
        out.records.extend(offsets.map(GroupEntry::from));
        out.records.push(GroupRecord::Group { group: id.to_owned(), value: None }.into());
        ErrorCode::None
    }
}
