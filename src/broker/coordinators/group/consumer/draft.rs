//! A group while a decision about it is made: each record that is decided changes the draft at once.

use std::ops::Deref;

use super::group::ConsumerGroup;
use crate::broker::coordinators::group::GroupEntry;
use crate::records::consumer_group::ConsumerGroupChange;
use crate::records::group::GroupRecord;

pub(super) struct Draft<'a> {
    before: &'a ConsumerGroup,
    /// Most heartbeats change nothing, so nothing is copied until something does.
    after: Option<ConsumerGroup>,
    records: Vec<GroupEntry>,
}

impl<'a> Draft<'a> {
    pub fn of(group: &'a ConsumerGroup) -> Draft<'a> {
        Draft { before: group, after: None, records: Vec::new() }
    }

    pub fn put(&mut self, change: ConsumerGroupChange) {
        let group = self.after.get_or_insert_with(|| self.before.clone());
        group.apply(&change);
        self.records.push(GroupRecord::Consumer { group: group.id().to_owned(), change }.into());
    }

    /// What was decided.
    pub fn into_records(self) -> Vec<GroupEntry> {
        self.records
    }
}

impl Deref for Draft<'_> {
    type Target = ConsumerGroup;

    fn deref(&self) -> &ConsumerGroup {
        self.after.as_ref().unwrap_or(self.before)
    }
}
