//! The end of a membership: by the member's own will, by an administrator's, or because a deadline has passed.

use super::draft::Draft;
use super::group::ConsumerGroup;
use super::heartbeat::{ConsumerHeartbeat, HeartbeatAnswer, not_found};
use super::member::{LEAVING_FOR_A_WHILE, Member};
use crate::broker::coordinators::group::classic::{Leaver, Left};
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator, GroupEntry};
use crate::broker::machine::{Context, Outcome, TimerChange};
use crate::metadata::ClusterImage;
use crate::protocol::{ErrorCode, Rejection};
use crate::records::consumer_group::ConsumerGroupChange;

impl GroupCoordinator {
    fn consumer_group(&self, id: &str) -> Result<&ConsumerGroup, Rejection> {
        match self.groups.get(id) {
            Some(Group::Consumer(group)) => Ok(group),
            Some(_) => Err(not_found(format!("Group {id} is not a consumer group."))),
            None => Err(not_found(format!("Group {id} not found."))),
        }
    }

    pub(super) fn leave_consumer_group(
        &mut self,
        context: &mut Context<'_>,
        request: &ConsumerHeartbeat,
    ) -> Result<(HeartbeatAnswer, Decision), Rejection> {
        let group = self.consumer_group(&request.group)?;
        let member = match request.instance.as_deref() {
            None => group.known_member(&request.member)?,
            Some(instance) => group.known_static_member(instance, &request.member)?,
        };
        let is_for_a_while = request.instance.is_some() && request.epoch == LEAVING_FOR_A_WHILE;
        let answer = HeartbeatAnswer {
            member: request.member.clone(),
            epoch: request.epoch,
            interval: std::time::Duration::ZERO,
            assignment: None,
        };
        let out = match is_for_a_while {
            true => group.let_go_for_a_while(member),
            false => {
                let member = member.id.clone();
                self.fence_in_consumer_group(context, &request.group, &[member])
            }
        };
        Ok((answer, out))
    }

    /// Takes members out of a consumer group. If only members of the classic protocol are left, it becomes a classic one.
    pub(in crate::broker::coordinators::group) fn fence_in_consumer_group(
        &mut self,
        context: &Context<'_>,
        id: &str,
        members: &[String],
    ) -> Decision {
        let mut out = Outcome::none();
        let Some(Group::Consumer(group)) = self.groups.get_mut(id) else { return out };
        let gone: Vec<String> = members.iter().filter(|member| group.member(member).is_some()).cloned().collect();
        group.noted.rejoining.retain(|member| !gone.contains(member));
        let turns = !gone.is_empty() && group.turns_classic_without(&gone, &self.settings);
        let downgraded = if turns { group.downgraded(&gone, context) } else { None };
        let Some((mut classic, record)) = downgraded else { return group.fence(&gone, context.image) };
        out.records.extend(group.tombstones().map(GroupEntry::from));
        out.records.push(record);
        group.disarm_all(&mut out);
        classic.take_over(context.now, true, &self.settings, &mut out);
        self.turning_classic.insert(id.to_owned(), classic);
        out
    }

    /// LeaveGroup, which members of the classic protocol send, and administrators.
    pub(in crate::broker::coordinators::group) fn leave_by_classic(
        &mut self,
        context: &Context<'_>,
        id: &str,
        leavers: Vec<Leaver>,
    ) -> (Vec<Left>, Decision) {
        let Some(Group::Consumer(group)) = self.groups.get(id) else { return (Vec::new(), Outcome::none()) };
        let mut gone: Vec<String> = Vec::new();
        let mut left = Vec::new();
        for leaver in leavers {
            let found = group.leaving_member(&leaver);
            let code = found.as_ref().err().map_or(ErrorCode::None, |rejection| rejection.code);
            gone.extend(found.ok().map(|member| member.id.clone()));
            left.push(Left { leaver, code });
        }
        gone.sort();
        gone.dedup();
        (left, self.fence_in_consumer_group(context, id, &gone))
    }
}

impl ConsumerGroup {
    /// A static member keeps what it has, for when it comes back before its session ends.
    fn let_go_for_a_while(&self, member: &Member) -> Decision {
        let away = Member { epoch: LEAVING_FOR_A_WHILE, revoking: Default::default(), ..member.clone() };
        let mut draft = Draft::of(self);
        draft.put(away.current_record());
        let timers = vec![TimerChange::Disarm(self.revocation_timer(&member.id))];
        Outcome { records: draft.into_records(), timers, ..Outcome::none() }
    }

    /// Takes members out; the others get what they had in the next epoch.
    pub(super) fn fence(&self, members: &[String], image: &ClusterImage) -> Decision {
        let mut out = Outcome::none();
        if members.is_empty() {
            return out;
        }
        let mut draft = Draft::of(self);
        for member in members {
            draft.remove_member(member);
            draft.disarm_timers(member, &mut out);
        }
        let unused = |regex: &&String| draft.subscribers_of_regex(regex) == 0;
        let unused: Vec<String> = draft.settled().regexes.keys().filter(unused).cloned().collect();
        for regex in unused {
            draft.put(ConsumerGroupChange::Regex { regex, value: None });
        }
        draft.bump_epoch_if(true, image);
        out.records = draft.into_records();
        out
    }

    pub(super) fn disarm_timers(&self, member: &str, out: &mut Decision) {
        out.timers.push(TimerChange::Disarm(self.session_timer(member)));
        out.timers.push(TimerChange::Disarm(self.revocation_timer(member)));
        out.timers.push(TimerChange::Disarm(self.rejoin_timer(member)));
        out.timers.push(TimerChange::Disarm(self.collection_timer(member)));
    }

    fn leaving_member(&self, leaver: &Leaver) -> Result<&Member, Rejection> {
        match leaver.instance.as_deref() {
            None => self.known_member(&leaver.member),
            Some(instance) if leaver.member.is_empty() => {
                self.static_member(instance).ok_or_else(|| ErrorCode::UnknownMemberId.into())
            }
            Some(instance) => self.known_static_member(instance, &leaver.member),
        }
    }
}
