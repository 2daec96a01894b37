//! Topics that come into being because somebody uses them: by Metadata, or as the log of a coordinator.

use std::sync::Arc;

use super::controller::EnsureTopic;
use super::controller_handle::ControllerHandle;
use super::coordinators::{InternalTopic, MakeTopic};
use crate::protocol::{ErrorCode, Rejection};

/// Makes a topic as a client that uses it would have it. When this is done the image has it.
pub async fn create_automatically(controller: &ControllerHandle, name: &str) -> Result<(), Rejection> {
    let configs = Default::default();
    let wanted = EnsureTopic { name: name.to_owned(), partitions: -1, replication_factor: -1, configs };
    controller.ask(wanted).await?
}

/// For the coordinators. Whatever `*.replication.factor` asks for, there is one broker.
pub fn make_internal(controller: ControllerHandle) -> MakeTopic {
    Arc::new(move |topic: InternalTopic| {
        let controller = controller.clone();
        Box::pin(async move {
            let InternalTopic { name, partitions, configs } = topic;
            let wanted = EnsureTopic { name: name.to_owned(), partitions, replication_factor: 1, configs };
            let made = controller.ask(wanted).await.and_then(|made| made);
            made.map_err(|rejection| {
                tracing::error!(topic = name, "cannot create: {rejection}");
                ErrorCode::CoordinatorNotAvailable
            })
        })
    })
}
