//! Who may commit and fetch offsets of a consumer group: its members, at the epoch that they have.

use super::group::ConsumerGroup;
use super::member::Member;
use crate::broker::coordinators::group::offsets::Committer;
use crate::protocol::ErrorCode;

impl ConsumerGroup {
    /// `in_transaction` may say nothing of who commits. Outside of one, members must know of epochs.
    pub fn check_commit(&self, by: Committer<'_>, in_transaction: bool) -> Result<(), ErrorCode> {
        if by.epoch < 0 && self.is_empty() {
            return Ok(());
        }
        if in_transaction && by.is_nobody() {
            return Ok(());
        }
        let member = self.member(by.member).ok_or(ErrorCode::UnknownMemberId)?;
        if !in_transaction && !member.is_classic() && !by.knows_epochs {
            return Err(ErrorCode::UnsupportedVersion);
        }
        check_epoch_of_offsets(member, by.epoch)
    }

    /// Who says nothing may fetch, as administrators do.
    pub fn check_fetch(&self, member: Option<&str>, epoch: i32) -> Result<(), ErrorCode> {
        if member.is_none() && epoch < 0 {
            return Ok(());
        }
        let member = self.member(member.unwrap_or_default()).ok_or(ErrorCode::UnknownMemberId)?;
        check_epoch_of_offsets(member, epoch)
    }
}

fn check_epoch_of_offsets(member: &Member, epoch: i32) -> Result<(), ErrorCode> {
    match member.is_classic() {
        _ if member.epoch == epoch => Ok(()),
        true => Err(ErrorCode::IllegalGeneration),
        false => Err(ErrorCode::StaleMemberEpoch),
    }
}
