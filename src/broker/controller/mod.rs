//! The controller: decides what becomes of topics, configurations and producer ids. A pure machine over the metadata log.
//!
//! Its hard state is the cluster image itself, which the log keeps and hands to every call; so there is nothing to apply
//! here. A decision checks the request against the image and emits the records that change it, all in one atomic batch.
//!
//! Source: protocol reference 5; `ReplicationControlManager`, `ConfigurationControlManager`, `ProducerIdControlManager` of
//! Kafka 4.2.1, whose messages are kept word for word, since tools print them.

mod configs;
mod directories;
mod producer_ids;
mod requests;
mod settings;
mod topics;

pub use directories::{AssignDirectory, DirectoriesLeft};
pub use producer_ids::{AllocateProducerIds, ProducerIdBlock};
pub use requests::{ControllerReply, ControllerRequest};
pub use settings::ControllerSettings;
pub use topics::EnsureTopic;

use std::convert::Infallible;

use crate::broker::machine::{Call, Context, Machine, Outcome, Ticket};
use crate::records::metadata::MetadataRecord;

/// Records that one request may lead to, as in Kafka.
const MAX_RECORDS: usize = 10_000;

pub struct Controller {
    settings: ControllerSettings,
}

/// What a request leads to, before it is known who asked.
#[derive(Debug, Default)]
struct Decision<R> {
    records: Vec<MetadataRecord>,
    reply: R,
}

impl<R> Decision<R> {
    fn reply(reply: R) -> Decision<R> {
        Decision { records: Vec::new(), reply }
    }
}

impl Controller {
    pub fn new(settings: ControllerSettings) -> Controller {
        Controller { settings }
    }

    fn outcome<C: Call<Controller>>(ticket: Ticket, decision: Decision<C::Reply>) -> Outcome<Controller> {
        Outcome { records: decision.records, ..Outcome::reply(ticket, C::into_reply(decision.reply)) }
    }
}

impl Machine for Controller {
    type Request = ControllerRequest;
    type Reply = ControllerReply;
    type Record = MetadataRecord;
    /// It waits for nothing, and whoever must do anything follows the image.
    type Timer = Infallible;
    type Task = Infallible;

    fn handle(&mut self, context: &mut Context<'_>, ticket: Ticket, request: ControllerRequest) -> Outcome<Controller> {
        self.decide(context, ticket, request)
    }

    fn expire(&mut self, _context: &mut Context<'_>, timer: Infallible) -> Outcome<Controller> {
        match timer {}
    }

    fn apply(&mut self, _record: &MetadataRecord) {}

    fn loaded(&mut self, _context: &mut Context<'_>) -> Outcome<Controller> {
        Outcome::none()
    }

    fn abandon(&mut self, _ticket: Ticket) {}
}

#[cfg(test)]
mod tests;
