//! Subscriptions by regular expression: which topics one matches is found out apart from the heartbeat, and remembered.
//!
//! A new expression, or new metadata, makes the group look at all topics; at once, but at most every ten seconds. What a
//! member gets by a new expression it learns at its next heartbeat. In contrast to Kafka, what was found again is not
//! written again, and topics that were deleted count as new metadata too, so there is no interval after which
//! everything is looked at in any case.

use std::collections::BTreeSet;
use std::time::Duration;

use super::draft::Draft;
use super::group::ConsumerGroup;
use super::member::Member;
use crate::broker::coordinators::group::{Decision, Group, GroupCoordinator};
use crate::broker::machine::{Context, Outcome, TimerChange};
use crate::clock::Timestamp;
use crate::metadata::ClusterImage;
use crate::protocol::{ErrorCode, Rejection};
use crate::re2::WholeMatch;
use crate::records::consumer_group::{ConsumerGroupChange, ConsumerGroupRegularExpressionValue};

/// How long expressions are not resolved again.
const LEAST_INTERVAL: Duration = Duration::from_secs(10);

/// What a heartbeat did to the expression of its member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RegexChange {
    None,
    /// What the new one matches is not known yet.
    Unresolved,
    AndResolved,
}

impl Draft<'_> {
    /// Follows the change of a member's expression, and lets the group's be resolved if they have to be. The draft has
    /// the member as it is after the change.
    pub(super) fn change_regex(
        &mut self,
        context: &Context<'_>,
        before: &Member,
        after: &Member,
        out: &mut Decision,
    ) -> Result<RegexChange, Rejection> {
        let change = if before.regex == after.regex { RegexChange::None } else { self.take_over_regex(before, after)? };
        if self.must_resolve(context.now, context.image) {
            out.timers.push(TimerChange::Arm(self.regexes_timer(), context.now));
        }
        Ok(change)
    }

    fn take_over_regex(&mut self, before: &Member, after: &Member) -> Result<RegexChange, Rejection> {
        if let Some(old) = before.regex().filter(|old| self.subscribers_of_regex(old) == 0) {
            self.put(ConsumerGroupChange::Regex { regex: old.to_owned(), value: None });
        }
        let Some(new) = after.regex() else {
            let is_change = before.regex().is_some();
            return Ok(if is_change { RegexChange::AndResolved } else { RegexChange::Unresolved });
        };
        let is_known = self.settled().regexes.contains_key(new);
        if self.subscribers_of_regex(new) == 1 {
            let fault = |fault| format!("SubscribedTopicRegex `{new}` is not a valid regular expression: {fault}.");
            WholeMatch::new(new).map_err(|words| Rejection::new(ErrorCode::InvalidRegularExpression, fault(words)))?;
        }
        Ok(if is_known { RegexChange::AndResolved } else { RegexChange::Unresolved })
    }

    fn resolve_regexes(&mut self, now: Timestamp, image: &ClusterImage) {
        let mut has_changed = false;
        for regex in self.subscribed_regexes().into_iter().map(str::to_owned).collect::<Vec<_>>() {
            let topics = topics_matched(&regex, image);
            let known = self.settled().regexes.get(&regex).map(|resolved| &resolved.topics);
            if known == Some(&topics) {
                continue;
            }
            has_changed |= known.map_or(!topics.is_empty(), |known| *known != topics);
            let topics = topics.into_iter().collect();
            let (version, timestamp) = (image.end_offset, now.millis());
            let value = Some(ConsumerGroupRegularExpressionValue { topics, version, timestamp });
            self.put(ConsumerGroupChange::Regex { regex, value });
        }
        self.bump_epoch_if(has_changed, image);
    }
}

fn topics_matched(regex: &str, image: &ClusterImage) -> BTreeSet<String> {
    // One that another coordinator accepted and this one does not matches nothing.
    let Ok(whole) = WholeMatch::new(regex) else { return BTreeSet::new() };
    image.topics.keys().filter(|name| whole.matches(name)).cloned().collect()
}

impl ConsumerGroup {
    fn subscribed_regexes(&self) -> BTreeSet<&str> {
        self.members().filter_map(Member::regex).collect()
    }

    fn must_resolve(&self, now: Timestamp, image: &ClusterImage) -> bool {
        let subscribed = self.subscribed_regexes();
        if subscribed.is_empty() {
            return false;
        }
        let regexes = &self.settled().regexes;
        let in_log = regexes.values().map(|resolved| (resolved.at, resolved.version)).max();
        let last = if regexes.is_empty() { None } else { self.noted.regexes_resolved.or(in_log) };
        let Some((at, version)) = last else { return true };
        now > at + LEAST_INTERVAL
            && (version != image.end_offset || subscribed.iter().any(|regex| !regexes.contains_key(*regex)))
    }
}

impl GroupCoordinator {
    pub(in crate::broker::coordinators::group) fn regexes_are_due(
        &mut self,
        context: &mut Context<'_>,
        group: &str,
    ) -> Decision {
        let Some(Group::Consumer(group)) = self.groups.get_mut(group) else { return Outcome::none() };
        let mut draft = Draft::of(group);
        draft.resolve_regexes(context.now, context.image);
        let out = Outcome { records: draft.into_records(), ..Outcome::none() };
        group.noted.regexes_resolved = Some((context.now, context.image.end_offset));
        out
    }
}
