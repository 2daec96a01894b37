//! Who is at the other end of a connection: SASL's exchange before the first request.
//!
//! A client may ask for ApiVersions once, then names a mechanism with SaslHandshake. Version 0 of the handshake means
//! that tokens follow as raw frames, version 1 that they come in SaslAuthenticate requests; old clients do the former
//! without asking for versions first. A failure is answered where the exchange has words for it, and the connection is
//! then closed after a delay that slows guessing. Source: protocol reference 12.2; KIP-43, KIP-152.

use bytes::Bytes;

use crate::broker::config::ListenerProtocol;
use crate::broker::request::{Disconnect, Principal};
use crate::broker::security::plain;
use crate::protocol::frames::{RequestHeader, encode_response};
use crate::protocol::messages::{
    SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse,
};
use crate::protocol::{Api, ErrorCode, Message, Reader, Segment};

const MECHANISM: &str = "PLAIN";

/// How far a connection has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authentication {
    Done(Principal),
    /// No mechanism is chosen yet.
    Started {
        versions_asked: bool,
    },
    /// A token is expected, in a SaslAuthenticate request or raw.
    Token {
        raw: bool,
    },
}

/// What a frame before the end of the exchange leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// ApiVersions, which is answered like any other time.
    AskVersions,
    Reply(Vec<Segment>),
    /// The reply, if there is one, then the delay, then the end.
    Fail(Option<Vec<Segment>>, String),
    Close(Disconnect),
}

impl Authentication {
    pub fn begin(protocol: &ListenerProtocol) -> Authentication {
        match protocol {
            ListenerProtocol::Plaintext => Authentication::Done(Principal::anonymous()),
            ListenerProtocol::SaslPlaintext { .. } => Authentication::Started { versions_asked: false },
        }
    }

    pub fn principal(&self) -> Option<&Principal> {
        match self {
            Authentication::Done(principal) => Some(principal),
            _ => None,
        }
    }

    /// Whether the next frame is a request, and not a bare token.
    pub fn expects_request(&self) -> bool {
        *self != Authentication::Token { raw: true }
    }

    /// Takes one frame of the exchange.
    pub fn receive(&mut self, frame: Bytes, protocol: &ListenerProtocol) -> Step {
        if *self == (Authentication::Token { raw: true }) {
            return match self.check(&frame, protocol) {
                Ok(()) => Step::Reply(vec![Segment::Memory(Bytes::from_static(&[0; 4]))]),
                Err(reason) => Step::Fail(None, reason),
            };
        }
        let mut reader = Reader::new(frame);
        let Ok(header) = RequestHeader::read(&mut reader) else {
            return Step::Close(Disconnect::Malformed("no request header".to_owned()));
        };
        match (&self, Api::from_key(header.api_key)) {
            (Authentication::Started { versions_asked: false }, Some(Api::ApiVersions)) => {
                let known = Api::ApiVersions.versions().contains(&header.api_version);
                *self = Authentication::Started { versions_asked: known };
                Step::AskVersions
            }
            (Authentication::Started { .. }, Some(Api::SaslHandshake)) => self.handshake(&header, &mut reader),
            (Authentication::Token { .. }, Some(Api::SaslAuthenticate)) => {
                self.authenticate(&header, &mut reader, protocol)
            }
            _ => Step::Close(Disconnect::NotAuthenticated(format!("API {} before authentication", header.api_key))),
        }
    }

    fn handshake(&mut self, header: &RequestHeader, body: &mut Reader) -> Step {
        let request = match SaslHandshakeRequest::decode_from(body, header.api_version) {
            Ok(request) => request,
            Err(e) => return Step::Close(Disconnect::Malformed(format!("SaslHandshake: {e}"))),
        };
        let known = request.mechanism == MECHANISM;
        let error = if known { ErrorCode::None } else { ErrorCode::UnsupportedSaslMechanism };
        let response = SaslHandshakeResponse { error_code: error.code(), mechanisms: vec![MECHANISM.to_owned()] };
        let reply = encode_response(Api::SaslHandshake, &response, header.api_version, header.correlation_id);
        if !known {
            return Step::Fail(Some(reply), "the client asked for a mechanism that is not offered".to_owned());
        }
        *self = Authentication::Token { raw: header.api_version == 0 };
        Step::Reply(reply)
    }

    fn authenticate(&mut self, header: &RequestHeader, body: &mut Reader, protocol: &ListenerProtocol) -> Step {
        let request = match SaslAuthenticateRequest::decode_from(body, header.api_version) {
            Ok(request) => request,
            Err(e) => return Step::Close(Disconnect::Malformed(format!("SaslAuthenticate: {e}"))),
        };
        let reply = |response: SaslAuthenticateResponse| {
            encode_response(Api::SaslAuthenticate, &response, header.api_version, header.correlation_id)
        };
        match self.check(&request.auth_bytes, protocol) {
            Ok(()) => Step::Reply(reply(SaslAuthenticateResponse { error_message: None, ..Default::default() })),
            Err(reason) => {
                let response = SaslAuthenticateResponse {
                    error_code: ErrorCode::SaslAuthenticationFailed.code(),
                    error_message: Some(reason.clone()),
                    ..Default::default()
                };
                Step::Fail(Some(reply(response)), reason)
            }
        }
    }

    fn check(&mut self, token: &[u8], protocol: &ListenerProtocol) -> Result<(), String> {
        let ListenerProtocol::SaslPlaintext { users } = protocol else {
            return Err("this listener does not authenticate".to_owned());
        };
        let user = plain::authenticate(token, users).map_err(|fault| fault.to_string())?;
        *self = Authentication::Done(Principal::user(user));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::protocol::frames::encode_request;
    use crate::protocol::messages::{ApiVersionsRequest, MetadataRequest};

    fn listener() -> ListenerProtocol {
        ListenerProtocol::SaslPlaintext { users: BTreeMap::from([("kavka".to_owned(), "secret".to_owned())]) }
    }

    fn frame<R: crate::protocol::apis::Request>(request: &R, version: i16) -> Bytes {
        encode_request(request, version, 1, "test").slice(4..)
    }

    fn handshake(mechanism: &str, version: i16) -> Bytes {
        frame(&SaslHandshakeRequest { mechanism: mechanism.to_owned() }, version)
    }

    #[test]
    fn a_raw_token_after_handshake_0_is_answered_with_an_empty_frame() {
        let mut state = Authentication::begin(&listener());
        assert!(matches!(state.receive(handshake("PLAIN", 0), &listener()), Step::Reply(_)));
        assert!(!state.expects_request());
        let step = state.receive(Bytes::from_static(b"\0kavka\0secret"), &listener());
        assert_eq!(step, Step::Reply(vec![Segment::Memory(Bytes::from_static(&[0; 4]))]));
        assert_eq!(state.principal(), Some(&Principal::user("kavka")));
    }

    #[test]
    fn a_wrong_secret_is_answered_and_ends_the_connection() {
        let mut state = Authentication::begin(&listener());
        state.receive(handshake("PLAIN", 1), &listener());
        let request = SaslAuthenticateRequest { auth_bytes: Bytes::from_static(b"\0kavka\0wrong") };
        assert!(matches!(state.receive(frame(&request, 2), &listener()), Step::Fail(Some(_), _)));
        assert_eq!(state.principal(), None);
    }

    #[test]
    fn versions_may_be_asked_for_once() {
        let mut state = Authentication::begin(&listener());
        let ask = frame(&ApiVersionsRequest::default(), 3);
        assert_eq!(state.receive(ask.clone(), &listener()), Step::AskVersions);
        assert!(matches!(state.receive(ask, &listener()), Step::Close(_)));
    }

    #[test]
    fn nothing_else_is_answered_before_authentication() {
        let mut state = Authentication::begin(&listener());
        assert!(matches!(state.receive(frame(&MetadataRequest::default(), 9), &listener()), Step::Close(_)));
        assert!(matches!(state.receive(Bytes::from_static(b"GET"), &listener()), Step::Close(_)));
        assert!(matches!(state.receive(handshake("SCRAM-SHA-256", 1), &listener()), Step::Fail(Some(_), _)));
    }
}
