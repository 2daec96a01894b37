//! What the coordinator is asked and what it answers, and how one belongs to the other.

use super::classic::{Heartbeat, HeartbeatReply, JoinGroup, JoinReply, LeaveGroup, LeaveReply, SyncGroup, SyncReply};
use super::delete::{DeleteGroups, DeleteReply};
use super::describe::{DescribeGroups, DescribedGroup};
use super::list::{ListGroups, ListedGroup};
use super::offsets::{
    CommitOffsets, CommitReply, CommitTransactionOffsets, DeleteOffsets, DeleteOffsetsReply, EndTransactionOffsets,
    FetchOffsets, FetchReply, TopicsDeleted, TransactionGuard, WatchTransactions,
};
use crate::protocol::ErrorCode;

macro_rules! group_calls {
    ($($name:ident $request:ty => $reply:ty,)*) => {
        /// A request to the coordinator of one partition.
        #[derive(Debug)]
        pub enum GroupRequest {
            $($name($request),)*
        }

        /// The answer to the request of the same name.
        #[derive(Debug)]
        pub enum GroupReply {
            $($name($reply),)*
        }

        $(
            impl GroupCall for $request {
                type Reply = $reply;

                fn request(self) -> GroupRequest {
                    GroupRequest::$name(self)
                }

                fn reply(reply: GroupReply) -> Option<$reply> {
                    match reply {
                        GroupReply::$name(reply) => Some(reply),
                        _ => None,
                    }
                }
            }
        )*
    };
}

/// A request whose reply has a type of its own.
pub trait GroupCall: Sized {
    type Reply;

    fn request(self) -> GroupRequest;

    /// The reply to this kind of request; `None` if the coordinator answered something else.
    fn reply(reply: GroupReply) -> Option<Self::Reply>;
}

group_calls! {
    Join JoinGroup => JoinReply,
    Sync SyncGroup => SyncReply,
    Heartbeat Heartbeat => HeartbeatReply,
    Leave LeaveGroup => LeaveReply,
    Commit CommitOffsets => CommitReply,
    WatchTransactions WatchTransactions => TransactionGuard,
    CommitInTransaction CommitTransactionOffsets => CommitReply,
    EndTransaction EndTransactionOffsets => Result<(), ErrorCode>,
    Fetch FetchOffsets => FetchReply,
    DeleteOffsets DeleteOffsets => DeleteOffsetsReply,
    TopicsDeleted TopicsDeleted => (),
    List ListGroups => Vec<ListedGroup>,
    Describe DescribeGroups => Vec<DescribedGroup>,
    Delete DeleteGroups => DeleteReply,
}
