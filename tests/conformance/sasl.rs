//! SASL/PLAIN: both ways to carry tokens, and what happens to those who cannot prove who they are.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use kavka::broker::ListenerProtocol;
use kavka::protocol::ErrorCode;
use kavka::protocol::messages::{ApiVersionsRequest, MetadataRequest, SaslAuthenticateRequest, SaslHandshakeRequest};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::cluster::{Client, OwnBroker, Setup};

fn broker() -> (OwnBroker, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let users = BTreeMap::from([("kavka".to_owned(), "secret".to_owned())]);
    let setup = Setup { protocol: ListenerProtocol::SaslPlaintext { users }, ..Setup::default() };
    (OwnBroker::start(directory.path(), setup), directory)
}

fn plain() -> SaslHandshakeRequest {
    SaslHandshakeRequest { mechanism: "PLAIN".to_owned() }
}

fn token(secret: &str) -> SaslAuthenticateRequest {
    SaslAuthenticateRequest { auth_bytes: Bytes::from(format!("\0kavka\0{secret}")) }
}

fn software() -> ApiVersionsRequest {
    ApiVersionsRequest { client_software_name: "t".to_owned(), client_software_version: "1".to_owned() }
}

#[test]
fn a_client_that_proves_who_it_is_is_served() {
    let (broker, _directory) = broker();
    for version in 0..=2 {
        let mut client = Client::to(&broker.address.to_string());
        assert_eq!(client.call(&software(), 4).error_code, 0);
        let handshake = client.call(&plain(), 1);
        assert_eq!((handshake.error_code, handshake.mechanisms), (0, vec!["PLAIN".to_owned()]));
        let response = client.call(&token("secret"), version);
        assert_eq!((response.error_code, response.session_lifetime_ms), (0, 0));
        assert_eq!(client.call(&MetadataRequest::default(), 12).brokers.len(), 1);
        let again = client.call(&plain(), 1);
        assert_eq!(ErrorCode::from_code(again.error_code), ErrorCode::IllegalSaslState);
    }
}

#[test]
fn an_old_client_sends_its_token_raw() {
    let (broker, _directory) = broker();
    let mut client = Client::to(&broker.address.to_string());
    assert_eq!(client.call(&plain(), 0).error_code, 0);
    client.stream.write_all(b"\0\0\0\x0d\0kavka\0secret").unwrap();
    assert_eq!(client.receive_frame().unwrap().len(), 0);
    assert_eq!(client.call(&MetadataRequest::default(), 1).brokers.len(), 1);
}

#[test]
fn a_wrong_secret_is_answered_and_the_connection_closed() {
    let (broker, _directory) = broker();
    let mut client = Client::to(&broker.address.to_string());
    client.call(&plain(), 1);
    let response = client.call(&token("guess"), 1);
    assert_eq!(ErrorCode::from_code(response.error_code), ErrorCode::SaslAuthenticationFailed);
    assert!(client.receive_frame().is_none());
}

#[test]
fn a_mechanism_that_is_not_offered_is_answered_with_those_that_are() {
    let (broker, _directory) = broker();
    let mut client = Client::to(&broker.address.to_string());
    let handshake = client.call(&SaslHandshakeRequest { mechanism: "GSSAPI".to_owned() }, 1);
    assert_eq!(ErrorCode::from_code(handshake.error_code), ErrorCode::UnsupportedSaslMechanism);
    assert_eq!(handshake.mechanisms, ["PLAIN"]);
    assert!(client.receive_frame().is_none());
}

#[test]
fn nobody_is_served_before_authentication() {
    let (broker, _directory) = broker();
    let mut client = Client::to(&broker.address.to_string());
    client.send(&MetadataRequest::default(), 12);
    assert!(client.receive_frame().is_none());

    let mut large = Client::to(&broker.address.to_string());
    large.stream.write_all(&600_000i32.to_be_bytes()).unwrap();
    assert!(large.receive_frame().is_none(), "frames are small before authentication");
}

#[test]
fn librdkafka_is_let_in_with_the_right_secret_only() {
    let (broker, _directory) = broker();
    let metadata = |secret: &str| {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", broker.address.to_string())
            .set("security.protocol", "sasl_plaintext")
            .set("sasl.mechanism", "PLAIN")
            .set("sasl.username", "kavka")
            .set("sasl.password", secret)
            .create()
            .unwrap();
        consumer.fetch_metadata(None, Duration::from_secs(if secret == "secret" { 30 } else { 2 }))
    };
    assert_eq!(metadata("secret").unwrap().brokers().len(), 1);
    assert!(metadata("guess").is_err());
}
