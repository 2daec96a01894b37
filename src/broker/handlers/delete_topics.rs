//! DeleteTopics, from version 6 also by id (KIP-516). The controller decides (`controller/topics/delete.rs`).
//!
//! The topic is out of the image before the answer leaves: its name is free, waiting fetches are answered, its logs are
//! set aside by who follows the image. Committed offsets go here. Missing: authorisation, mutation quotas.

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::delete_topics::DeletableTopicResult;
use crate::protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse};
use crate::vocabulary::Uuid;

pub async fn handle(
    broker: &BrokerState,
    context: &RequestContext,
    request: DeleteTopicsRequest,
) -> DeleteTopicsResponse {
    let wanted = wanted(&request);
    let mut response = broker.controller.ask(request).await.unwrap_or_else(|rejection| DeleteTopicsResponse {
        throttle_time_ms: 0,
        responses: wanted
            .into_iter()
            .map(|(name, topic_id)| DeletableTopicResult {
                name,
                topic_id,
                error_code: rejection.code.code(),
                error_message: rejection.message.clone(),
            })
            .collect(),
    });
    if context.api_version < 3 {
        // Clients of these versions do not know the code.
        for result in &mut response.responses {
            if result.error_code == ErrorCode::TopicDeletionDisabled.code() {
                result.error_code = ErrorCode::InvalidRequest.code();
            }
        }
    }
    let deleted = response.responses.iter().filter(|result| result.error_code == 0);
    let deleted: Vec<String> = deleted.filter_map(|result| result.name.clone()).collect();
    if !deleted.is_empty() {
        // To the end, even if the client does not wait for it.
        let (transactions, groups) = (broker.transactions.clone(), broker.groups.clone());
        let told = tokio::spawn(async move {
            transactions.topics_deleted().await;
            groups.topics_deleted(deleted).await;
        });
        if let Err(e) = told.await {
            tracing::error!("the coordinators were not told of deleted topics: {e}");
        }
    }
    response
}

fn wanted(request: &DeleteTopicsRequest) -> Vec<(Option<String>, Uuid)> {
    let by_name = request.topic_names.iter().map(|name| (Some(name.clone()), Uuid::ZERO));
    by_name.chain(request.topics.iter().map(|topic| (topic.name.clone(), topic.topic_id))).collect()
}
