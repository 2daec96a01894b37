//! CreateTopics: translated for the controller, which decides (`controller/topics/create.rs`).
//!
//! Version 5 answers with partitions and effective configurations (KIP-525), version 7 with the topic's id. The topic is
//! in the image, and so in Metadata, before the answer leaves. Missing: authorisation, mutation quotas (KIP-599).

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::protocol::messages::create_topics::CreatableTopicResult;
use crate::protocol::messages::{CreateTopicsRequest, CreateTopicsResponse};

pub async fn handle(broker: &BrokerState, _: &RequestContext, request: CreateTopicsRequest) -> CreateTopicsResponse {
    let names: Vec<String> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    broker.controller.ask(request).await.unwrap_or_else(|rejection| CreateTopicsResponse {
        throttle_time_ms: 0,
        topics: names
            .into_iter()
            .map(|name| CreatableTopicResult {
                name,
                error_code: rejection.code.code(),
                error_message: rejection.message.clone(),
                ..Default::default()
            })
            .collect(),
    })
}
