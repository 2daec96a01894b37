//! What Apache's tool says when a call fails: what it was at, the exception's message, and a remark about logging.

use crate::cli::failure::{ApacheForm, Failure, of_rejection};
use crate::client::ClientError;
use crate::protocol::Rejection;

/// A call that failed as a whole.
pub fn call(tried: &str, apache: &str, error: ClientError) -> Failure {
    question(tried, apache, Failure::from(anyhow::Error::from(error)))
}

/// A call that failed and whose failure says why.
pub fn question(tried: &str, apache: &str, failure: Failure) -> Failure {
    in_apache(failure.about(tried), apache)
}

/// One item that the cluster refused; Java's client has `message` for it, or passes on the broker's.
pub fn item(tried: &str, apache: &str, rejection: &Rejection, message: Option<String>) -> Failure {
    let failure = of_rejection(rejection).about(tried);
    match message {
        Some(message) => failure.in_apache(line(apache, &message)),
        None => in_apache(failure, apache),
    }
}

/// Adds Apache's line to a failure that knows which exception it would be.
fn in_apache(failure: Failure, apache: &str) -> Failure {
    let message = match &failure.apache {
        Some(ApacheForm::Answer { message, .. } | ApacheForm::Exception { message, .. }) => message.clone(),
        Some(_) => return failure,
        None => failure.to_string(),
    };
    failure.in_apache(line(apache, &message))
}

fn line(tried: &str, message: &str) -> ApacheForm {
    ApacheForm::Line(format!("{tried}: {message}. Enable debug logging for additional detail."))
}

/// A rule that Apache's tool checks by itself.
pub fn rule(message: impl Into<String>, apache: impl Into<String>) -> Failure {
    Failure::usage(message).in_apache(ApacheForm::Line(apache.into()))
}
