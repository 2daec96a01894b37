//! What the controller is asked and what it answers, and how one belongs to the other.

use super::producer_ids::{AllocateProducerIds, ProducerIdBlock};
use super::topics::EnsureTopic;
use super::{Controller, Decision};
use crate::broker::machine::{Context, Outcome, Ticket};
use crate::protocol::Rejection;
use crate::protocol::messages::{
    AlterConfigsRequest, AlterConfigsResponse, CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest,
    CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
};

/// A request whose reply has a type of its own.
pub trait ControllerCall: Sized {
    type Reply;

    fn request(self) -> ControllerRequest;

    /// The reply to this kind of request; `None` if the controller answered something else.
    fn reply(reply: ControllerReply) -> Option<Self::Reply>;

    fn into_reply(reply: Self::Reply) -> ControllerReply;
}

macro_rules! controller_calls {
    ($($name:ident $request:ty => $reply:ty, $decide:ident;)*) => {
        /// A request to the controller.
        #[derive(Debug)]
        pub enum ControllerRequest {
            $($name($request),)*
        }

        /// The answer to the request of the same name.
        #[derive(Debug)]
        pub enum ControllerReply {
            $($name($reply),)*
        }

        $(
            impl ControllerCall for $request {
                type Reply = $reply;

                fn request(self) -> ControllerRequest {
                    ControllerRequest::$name(self)
                }

                fn reply(reply: ControllerReply) -> Option<$reply> {
                    match reply {
                        ControllerReply::$name(reply) => Some(reply),
                        _ => None,
                    }
                }

                fn into_reply(reply: $reply) -> ControllerReply {
                    ControllerReply::$name(reply)
                }
            }
        )*

        impl Controller {
            pub(super) fn decide(
                &mut self,
                context: &mut Context<'_>,
                ticket: Ticket,
                request: ControllerRequest,
            ) -> Outcome<Controller> {
                match request {
                    $(ControllerRequest::$name(request) => {
                        let decision: Decision<$reply> = self.$decide(context, request);
                        Controller::outcome::<$request>(ticket, decision)
                    })*
                }
            }
        }
    };
}

controller_calls! {
    CreateTopics CreateTopicsRequest => CreateTopicsResponse, create_topics;
    DeleteTopics DeleteTopicsRequest => DeleteTopicsResponse, delete_topics;
    CreatePartitions CreatePartitionsRequest => CreatePartitionsResponse, create_partitions;
    IncrementalAlterConfigs IncrementalAlterConfigsRequest => IncrementalAlterConfigsResponse, change_configs;
    AlterConfigs AlterConfigsRequest => AlterConfigsResponse, replace_configs;
    AllocateProducerIds AllocateProducerIds => Result<ProducerIdBlock, Rejection>, allocate_producer_ids;
    EnsureTopic EnsureTopic => Result<(), Rejection>, ensure_topic;
}
