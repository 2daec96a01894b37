//! From a frame to a handler and back: version check, decoding, panic boundary, encoding.
//!
//! An unknown API or version, or a body that cannot be read, closes the connection, as Kafka does; only ApiVersions has
//! an answer for a version that it does not know (KIP-511).

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use super::BrokerState;
use super::handlers;
use super::request::{Answer, Disconnect, RequestContext};
use crate::protocol::apis::Request;
use crate::protocol::frames::encode_response;
use crate::protocol::{Malformed, Reader, Segment};

/// Answers one request. `None` means that the client expects no response.
pub async fn dispatch(
    broker: &BrokerState,
    context: &RequestContext,
    body: Reader,
) -> Result<Option<Vec<Segment>>, Disconnect> {
    if !handlers::accepts(context.listener.role, context.api, context.api_version) {
        return handlers::api_versions::refuse_version(context);
    }
    without_panic(handlers::call(broker, context, body)).await.unwrap_or_else(|Panicked| {
        tracing::error!(api = %context.api, version = context.api_version, "a request handler panicked");
        Err(Disconnect::Panicked)
    })
}

/// The request in `body`.
pub(super) fn decode<R: Request>(context: &RequestContext, mut body: Reader) -> Result<R, Disconnect> {
    R::decode_from(&mut body, context.api_version)
        .map_err(|e: Malformed| Disconnect::Malformed(format!("{} v{}: {e}", context.api, context.api_version)))
}

/// The response as segments of a frame.
pub(super) fn encode<R: Request>(
    context: &RequestContext,
    answer: Answer<R::Response>,
) -> Result<Option<Vec<Segment>>, Disconnect> {
    match answer {
        Answer::Respond(response) => {
            Ok(Some(encode_response(R::API, &response, context.api_version, context.correlation_id)))
        }
        Answer::Silent => Ok(None),
        Answer::Close(why) => Err(why),
    }
}

struct Panicked;

/// Runs a future so that a panic in it ends this request and nothing else.
async fn without_panic<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(polled) => polled.map(Ok),
        Err(_) => std::task::Poll::Ready(Err(Panicked)),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_one_request_only() {
        let panics = async {
            if std::hint::black_box(true) {
                panic!("a defect")
            }
        };
        assert!(without_panic(panics).await.is_err());
        assert!(without_panic(async { 1 }).await.is_ok());
    }
}
