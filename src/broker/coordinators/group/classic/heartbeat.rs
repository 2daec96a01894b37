//! Heartbeat: a sign of life, and how a member learns of a rebalance.

use super::group::Phase;
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator, GroupReply};
use crate::broker::machine::{Context, Outcome, Ticket};
use crate::protocol::errors::ErrorCode;

#[derive(Debug, Clone, Default)]
pub struct Heartbeat {
    pub group: String,
    pub generation: i32,
    pub member: String,
    pub instance: Option<String>,
}

pub type HeartbeatReply = Result<(), ErrorCode>;

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn heartbeat(
        &mut self,
        context: &mut Context<'_>,
        ticket: Ticket,
        request: &Heartbeat,
    ) -> Decision {
        if matches!(self.groups.get(&request.group), Some(Group::Consumer(_))) {
            return self.heartbeat_consumer_group(context, ticket, request);
        }
        let mut out = Outcome::none();
        let answer = self.answer_heartbeat(request);
        if matches!(answer, Ok(()) | Err(ErrorCode::RebalanceInProgress))
            && let Some(group) = self.classic(&request.group)
        {
            group.restart_session(&request.member, context.now, &mut out);
        }
        out.replies.push((ticket, GroupReply::Heartbeat(answer)));
        out
    }

    fn answer_heartbeat(&self, request: &Heartbeat) -> HeartbeatReply {
        if request.group.is_empty() {
            return Err(ErrorCode::InvalidGroupId);
        }
        let group = self.classic(&request.group).ok_or(ErrorCode::UnknownMemberId)?;
        group.check_member(&request.member, request.instance.as_deref())?;
        if request.generation != group.generation() {
            return Err(ErrorCode::IllegalGeneration);
        }
        match group.phase {
            Phase::Empty => Err(ErrorCode::UnknownMemberId),
            Phase::Preparing { .. } => Err(ErrorCode::RebalanceInProgress),
            // Clients may send heartbeats as soon as they know their generation.
            Phase::Completing { .. } | Phase::Stable { .. } => Ok(()),
        }
    }
}
