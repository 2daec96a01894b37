//! A connection against a broker that is a script: what it reads is dropped, what it says is fixed.

use tokio::net::TcpListener;

use super::*;
use crate::protocol::messages::api_versions::ApiVersion;
use crate::protocol::messages::{MetadataRequest, MetadataResponse, SaslAuthenticateResponse, SaslHandshakeResponse};

fn versions_response(error_code: i16) -> ApiVersionsResponse {
    let api_keys = [Api::ApiVersions, Api::Metadata, Api::SaslHandshake, Api::SaslAuthenticate].map(|api| ApiVersion {
        api_key: api.key(),
        min_version: 0,
        max_version: 5,
    });
    ApiVersionsResponse { error_code, api_keys: api_keys.into(), ..Default::default() }
}

fn frame(correlation_id: i32, body: &[u8]) -> Vec<u8> {
    let mut frame = ((body.len() + 4) as i32).to_be_bytes().to_vec();
    frame.extend(correlation_id.to_be_bytes());
    frame.extend(body);
    frame
}

/// Answers each request of each connection with the next of its frames, then closes the connection.
async fn scripted_broker(connections: Vec<Vec<Vec<u8>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        for answers in connections {
            let (mut socket, _) = listener.accept().await.unwrap();
            for answer in answers {
                let length = socket.read_i32().await.unwrap();
                let mut request = vec![0; length as usize];
                socket.read_exact(&mut request).await.unwrap();
                socket.write_all(&answer).await.unwrap();
            }
        }
    });
    address
}

async fn open(connections: Vec<Vec<Vec<u8>>>) -> Result<Connection, ClientError> {
    let server = scripted_broker(connections).await;
    Connection::open(&server, &ClientSettings::plaintext(&server)).await
}

fn v0_list() -> Vec<u8> {
    frame(0, &versions_response(0).encode(0))
}

#[tokio::test]
async fn a_broker_that_knows_version_3_is_asked_once() {
    let connection = open(vec![vec![frame(0, &versions_response(0).encode(3))]]).await.unwrap();
    assert_eq!(connection.offered(Api::Metadata), Some(0..=5));
    assert_eq!(connection.negotiate(Api::Metadata, &(1..=13)), Some(5));
    assert_eq!(connection.negotiate(Api::Metadata, &(6..=13)), None);
    assert_eq!(connection.negotiate(Api::CreateTopics, &(0..=9)), None);
}

#[tokio::test]
async fn a_broker_that_refuses_version_3_is_asked_with_version_0() {
    let refusal = frame(0, &versions_response(35).encode(0));
    assert!(open(vec![vec![refusal], vec![v0_list()]]).await.is_ok());
}

#[tokio::test]
async fn a_broker_that_closes_on_version_3_is_asked_with_version_0() {
    assert!(open(vec![vec![], vec![v0_list()]]).await.is_ok());
}

#[tokio::test]
async fn a_broker_that_answers_version_3_with_garbage_is_asked_with_version_0() {
    assert!(open(vec![vec![frame(0, &[9, 9])], vec![v0_list()]]).await.is_ok());
}

#[tokio::test]
async fn what_is_not_kafka_is_a_protocol_error() {
    let garbage = frame(0, b"hello");
    let error = open(vec![vec![garbage.clone()], vec![garbage]]).await.unwrap_err();
    assert!(matches!(error, ClientError::Protocol { .. }), "{error}");
}

#[tokio::test]
async fn bytes_behind_a_response_are_ignored() {
    let mut metadata = MetadataResponse::default().encode(5).to_vec();
    metadata.push(0);
    let mut connection = open(vec![vec![v0_list(), frame(1, &metadata)]]).await.unwrap();
    assert!(connection.call(&MetadataRequest::default(), &(1..=13)).await.is_ok());
    assert!(connection.is_usable());
}

#[tokio::test]
async fn a_response_that_claims_two_gibibytes_is_refused_unread() {
    let claim = vec![0x7f, 0xff, 0xff, 0xff, 0, 0];
    let mut connection = open(vec![vec![v0_list(), claim]]).await.unwrap();
    let error = connection.call(&MetadataRequest::default(), &(1..=13)).await.unwrap_err();
    assert!(matches!(error, ClientError::Protocol { .. }), "{error}");
    assert!(!connection.is_usable());
}

#[tokio::test]
async fn an_answer_to_another_request_is_a_protocol_error() {
    let mut connection = open(vec![vec![v0_list(), frame(7, &[])]]).await.unwrap();
    let error = connection.call(&MetadataRequest::default(), &(1..=13)).await.unwrap_err();
    assert!(error.to_string().contains("request 1 was answered with number 7"), "{error}");
}

#[tokio::test]
async fn a_port_without_a_listener_is_unreachable_with_its_cause() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = Connection::open(&server, &ClientSettings::plaintext(&server)).await.unwrap_err();
    assert!(matches!(&error, ClientError::Unreachable { causes, .. } if causes.len() == 1), "{error}");
}

#[tokio::test]
async fn a_server_that_accepts_and_stays_silent_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = listener.local_addr().unwrap().to_string();
    let settings = ClientSettings { request_timeout: Duration::from_millis(1), ..ClientSettings::plaintext(&server) };
    let error = Connection::open(&server, &settings).await.unwrap_err();
    assert!(error.to_string().contains("does not answer within 1 ms"), "{error}");
    assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
}

/// The answers to one login, from the number of its first request on.
fn login(first: i32, session_lifetime_ms: i64) -> [Vec<u8>; 2] {
    let accepted = SaslAuthenticateResponse { session_lifetime_ms, error_message: None, ..Default::default() };
    let in_flexible_header = [&[0][..], &accepted.encode(2)].concat();
    [frame(first, &SaslHandshakeResponse::default().encode(1)), frame(first + 1, &in_flexible_header)]
}

#[tokio::test]
async fn a_session_that_is_over_is_begun_anew_before_the_next_request() {
    let mut answers = vec![frame(0, &versions_response(0).encode(3))];
    answers.extend(login(1, 60_000));
    answers.extend(login(3, 0));
    answers.push(frame(5, &MetadataResponse::default().encode(5)));
    let server = scripted_broker(vec![answers]).await;
    let mut connection = Connection::open(&server, &ClientSettings::sasl_plain(&server, "me", "secret")).await.unwrap();
    let left = connection.login_ends.unwrap() - Instant::now();
    assert!(left > Duration::from_secs(45) && left < Duration::from_secs(58), "{left:?}");
    connection.login_ends = Some(Instant::now());
    assert!(connection.call(&MetadataRequest::default(), &(1..=13)).await.is_ok());
    assert!(connection.login_ends.is_none(), "the second session has no end");
}

#[tokio::test]
async fn a_listener_with_tls_is_recognised_by_its_alert() {
    let alert = vec![0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x50];
    let error = open(vec![vec![alert.clone()], vec![alert]]).await.unwrap_err();
    assert!(matches!(error, ClientError::Mismatch { .. }), "{error}");
}

#[tokio::test]
async fn a_listener_that_closes_at_the_first_question_may_want_a_login() {
    let mut connection = open(vec![vec![frame(0, &versions_response(0).encode(3))]]).await.unwrap();
    let error = connection.call(&MetadataRequest::default(), &(1..=13)).await.unwrap_err();
    assert!(matches!(error, ClientError::Mismatch { advice, .. } if advice.contains("SASL_PLAINTEXT")), "{error}");
}
