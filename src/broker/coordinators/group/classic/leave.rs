//! LeaveGroup: members go, by their own will or removed by an administrator who names their instance ids.

use super::group::{ClassicGroup, Phase};
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator, GroupReply};
use crate::broker::machine::{Context, Outcome, Ticket};
use crate::protocol::errors::ErrorCode;

#[derive(Debug, Clone, Default)]
pub struct LeaveGroup {
    pub group: String,
    pub members: Vec<Leaver>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leaver {
    /// Empty if only the instance id is known.
    pub member: String,
    pub instance: Option<String>,
}

/// How it went for one of those who were to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub leaver: Leaver,
    pub code: ErrorCode,
}

pub type LeaveReply = Result<Vec<Left>, ErrorCode>;

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn leave(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: LeaveGroup,
    ) -> Decision {
        if request.group.is_empty() {
            return Outcome::reply(ticket, GroupReply::Leave(Err(ErrorCode::InvalidGroupId)));
        }
        let mut out = Outcome::none();
        let settings = &self.settings;
        let mut left = Vec::new();
        match self.groups.get_mut(&request.group) {
            None => {
                let unknown = |leaver| Left { leaver, code: ErrorCode::UnknownMemberId };
                left.extend(request.members.into_iter().map(unknown));
            }
            Some(Group::Consumer(_)) => (left, out) = self.leave_by_classic(context, &request.group, request.members),
            Some(Group::Classic(group)) => {
                for leaver in request.members {
                    let code = group.leave_one(&leaver, &mut out).err().unwrap_or(ErrorCode::None);
                    left.push(Left { leaver, code });
                }
                if left.iter().any(|left| left.code.is_none()) && group.phase != Phase::Empty {
                    group.rebalance(context.now, settings, &mut out);
                }
            }
        }
        out.replies.push((ticket, GroupReply::Leave(Ok(left))));
        out
    }
}

impl ClassicGroup {
    fn leave_one(&mut self, leaver: &Leaver, out: &mut Decision) -> Result<(), ErrorCode> {
        let id = if leaver.member.is_empty() {
            let holder = leaver.instance.as_deref().and_then(|instance| self.static_member(instance));
            holder.ok_or(ErrorCode::UnknownMemberId)?.to_owned()
        } else {
            if !self.pending.contains(&leaver.member) {
                self.check_member(&leaver.member, leaver.instance.as_deref())?;
            }
            leaver.member.clone()
        };
        self.disarm_session(&id, out);
        self.remove_member(&id, out);
        Ok(())
    }
}
