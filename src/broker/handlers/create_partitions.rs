//! CreatePartitions: a topic grows. The controller decides (`controller/topics/partitions.rs`).
//!
//! Every topic of the request has its result in the answer. Missing: authorisation, mutation quotas.

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::protocol::messages::create_partitions::CreatePartitionsTopicResult;
use crate::protocol::messages::{CreatePartitionsRequest, CreatePartitionsResponse};

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    request: CreatePartitionsRequest,
) -> CreatePartitionsResponse {
    let names: Vec<String> = request.topics.iter().map(|topic| topic.name.clone()).collect();
    broker.controller.ask(request).await.unwrap_or_else(|rejection| CreatePartitionsResponse {
        throttle_time_ms: 0,
        results: names
            .into_iter()
            .map(|name| CreatePartitionsTopicResult {
                name,
                error_code: rejection.code.code(),
                error_message: rejection.message.clone(),
            })
            .collect(),
    })
}
