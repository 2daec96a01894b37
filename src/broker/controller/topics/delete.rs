//! DeleteTopics, by name or by id. The records are one RemoveTopic each.

use std::collections::BTreeSet;

use crate::broker::controller::{Controller, Decision};
use crate::broker::machine::Context;
use crate::protocol::messages::delete_topics::DeletableTopicResult;
use crate::protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse};
use crate::protocol::{ErrorCode, Rejection};
use crate::records::metadata::RemoveTopicRecord;
use crate::vocabulary::Uuid;

/// What one entry of the request means.
enum Wanted {
    Name(String),
    Id(Uuid),
}

impl Controller {
    pub(in crate::broker::controller) fn delete_topics(
        &mut self,
        context: &mut Context<'_>,
        request: DeleteTopicsRequest,
    ) -> Decision<DeleteTopicsResponse> {
        let mut decision = Decision::reply(DeleteTopicsResponse::default());
        let mut wanted = Vec::new();
        for name in request.topic_names {
            wanted.push(Wanted::Name(name));
        }
        for topic in request.topics {
            match (topic.name, topic.topic_id) {
                (Some(name), Uuid::ZERO) => wanted.push(Wanted::Name(name)),
                (None, Uuid::ZERO) => {
                    let message = "Neither topic name nor id were specified.";
                    decision.refuse(None, Uuid::ZERO, Rejection::new(ErrorCode::InvalidRequest, message));
                }
                (None, id) => wanted.push(Wanted::Id(id)),
                (name, id) => {
                    let message = "You may not specify both topic name and topic id.";
                    decision.refuse(name, id, Rejection::new(ErrorCode::InvalidRequest, message));
                }
            }
        }
        self.delete_each(context, wanted, &mut decision);
        decision
    }

    fn delete_each(&self, context: &Context<'_>, wanted: Vec<Wanted>, decision: &mut Decision<DeleteTopicsResponse>) {
        let mut names = BTreeSet::new();
        let mut ids = BTreeSet::new();
        let repeated_names: BTreeSet<String> =
            wanted.iter().filter_map(|w| w.name()).filter(|n| !names.insert(*n)).map(str::to_owned).collect();
        let repeated_ids: BTreeSet<Uuid> = wanted.iter().filter_map(Wanted::id).filter(|id| !ids.insert(*id)).collect();
        let duplicate = |what| Rejection::new(ErrorCode::InvalidRequest, format!("Duplicate topic {what}."));
        for name in &repeated_names {
            decision.refuse(Some(name.clone()), Uuid::ZERO, duplicate("name"));
        }
        for id in &repeated_ids {
            decision.refuse(None, *id, duplicate("id"));
        }
        let mut deleted = BTreeSet::new();
        for wanted in wanted {
            let repeated = wanted.name().is_some_and(|name| repeated_names.contains(name))
                || wanted.id().is_some_and(|id| repeated_ids.contains(&id));
            if !repeated {
                self.delete_one(context, wanted, &mut deleted, decision);
            }
        }
    }

    fn delete_one(
        &self,
        context: &Context<'_>,
        wanted: Wanted,
        deleted: &mut BTreeSet<Uuid>,
        decision: &mut Decision<DeleteTopicsResponse>,
    ) {
        if !self.settings.delete_topic_enable {
            let rejection = Rejection::new(ErrorCode::TopicDeletionDisabled, "Topic deletion is disabled.");
            return decision.refuse(wanted.name().map(str::to_owned), wanted.id().unwrap_or_default(), rejection);
        }
        let topic = match &wanted {
            Wanted::Name(name) => context.image.topic(name),
            Wanted::Id(id) => context.image.topic_by_id(*id),
        };
        let Some(topic) = topic else {
            let rejection = match wanted {
                Wanted::Name(_) => Rejection::new(
                    ErrorCode::UnknownTopicOrPartition,
                    "This server does not host this topic-partition.",
                ),
                Wanted::Id(_) => Rejection::new(ErrorCode::UnknownTopicId, "This server does not host this topic ID."),
            };
            return decision.refuse(wanted.name().map(str::to_owned), wanted.id().unwrap_or_default(), rejection);
        };
        if !deleted.insert(topic.id) {
            let message = "The provided topic name maps to an ID that was already supplied.";
            return decision.refuse(
                Some(topic.name.clone()),
                topic.id,
                Rejection::new(ErrorCode::InvalidRequest, message),
            );
        }
        decision.records.push(RemoveTopicRecord { topic_id: topic.id }.into());
        decision.reply.responses.push(DeletableTopicResult {
            name: Some(topic.name.clone()),
            topic_id: topic.id,
            ..Default::default()
        });
    }
}

impl Wanted {
    fn name(&self) -> Option<&str> {
        match self {
            Wanted::Name(name) => Some(name),
            Wanted::Id(_) => None,
        }
    }

    fn id(&self) -> Option<Uuid> {
        match self {
            Wanted::Name(_) => None,
            Wanted::Id(id) => Some(*id),
        }
    }
}

impl Decision<DeleteTopicsResponse> {
    fn refuse(&mut self, name: Option<String>, topic_id: Uuid, rejection: Rejection) {
        self.reply.responses.push(DeletableTopicResult {
            name,
            topic_id,
            error_code: rejection.code.code(),
            error_message: rejection.message,
        });
    }
}
