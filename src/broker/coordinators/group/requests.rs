//! What the coordinator is asked and what it answers, and how one belongs to the other.

use super::GroupCoordinator;
use super::classic::{Heartbeat, HeartbeatReply, JoinGroup, JoinReply, LeaveGroup, LeaveReply, SyncGroup, SyncReply};
use super::consumer::{ConsumerHeartbeat, ConsumerHeartbeatReply, DescribeConsumerGroups, DescribedConsumerGroup};
use super::delete::{DeleteGroups, DeleteReply};
use super::describe::{DescribeGroups, DescribedGroup};
use super::list::{ListGroups, ListedGroup};
use super::offsets::{
    CommitOffsets, CommitReply, CommitTransactionOffsets, DeleteOffsets, DeleteOffsetsReply, EndTransactionOffsets,
    FetchOffsets, FetchReply, TopicsDeleted, TransactionGuard, WatchTransactions,
};
use crate::broker::machine::calls;
use crate::protocol::ErrorCode;

calls! { GroupCoordinator, GroupRequest GroupReply {
    Join JoinGroup => JoinReply,
    Sync SyncGroup => SyncReply,
    Heartbeat Heartbeat => HeartbeatReply,
    Leave LeaveGroup => LeaveReply,
    ConsumerHeartbeat ConsumerHeartbeat => ConsumerHeartbeatReply,
    Commit CommitOffsets => CommitReply,
    WatchTransactions WatchTransactions => TransactionGuard,
    CommitInTransaction CommitTransactionOffsets => CommitReply,
    EndTransaction EndTransactionOffsets => Result<(), ErrorCode>,
    Fetch FetchOffsets => FetchReply,
    DeleteOffsets DeleteOffsets => DeleteOffsetsReply,
    TopicsDeleted TopicsDeleted => (),
    List ListGroups => Vec<ListedGroup>,
    Describe DescribeGroups => Vec<DescribedGroup>,
    DescribeConsumer DescribeConsumerGroups => Vec<DescribedConsumerGroup>,
    Delete DeleteGroups => DeleteReply,
}}
