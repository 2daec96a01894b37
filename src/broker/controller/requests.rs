//! What the controller is asked and what it answers, and how one belongs to the other.

use super::directories::{AssignDirectory, DirectoriesLeft};
use super::producer_ids::{AllocateProducerIds, ProducerIdBlock};
use super::topics::EnsureTopic;
use super::{Controller, Decision};
use crate::broker::machine::{Context, Outcome, Ticket, calls};
use crate::protocol::Rejection;
use crate::protocol::messages::{
    AlterConfigsRequest, AlterConfigsResponse, CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest,
    CreateTopicsResponse, DeleteTopicsRequest, DeleteTopicsResponse, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
};

macro_rules! decisions {
    ($($name:ident $request:ty => $reply:ty, $decide:ident;)*) => {
        calls! { Controller, ControllerRequest ControllerReply { $($name $request => $reply,)* } }

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

decisions! {
    CreateTopics CreateTopicsRequest => CreateTopicsResponse, create_topics;
    DeleteTopics DeleteTopicsRequest => DeleteTopicsResponse, delete_topics;
    CreatePartitions CreatePartitionsRequest => CreatePartitionsResponse, create_partitions;
    IncrementalAlterConfigs IncrementalAlterConfigsRequest => IncrementalAlterConfigsResponse, change_configs;
    AlterConfigs AlterConfigsRequest => AlterConfigsResponse, replace_configs;
    AllocateProducerIds AllocateProducerIds => Result<ProducerIdBlock, Rejection>, allocate_producer_ids;
    EnsureTopic EnsureTopic => Result<(), Rejection>, ensure_topic;
    DirectoriesLeft DirectoriesLeft => (), directories_left;
    AssignDirectory AssignDirectory => Result<(), Rejection>, assign_directory;
}
