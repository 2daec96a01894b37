//! One connection to one broker: a socket, the versions agreed on, and requests one at a time.
//!
//! A new connection asks for the broker's API versions, first with version 3 of ApiVersions and, after any failure,
//! with version 0, which everything that speaks Kafka can answer (KIP-35, KIP-511); then it authenticates. Bytes behind
//! a response that could be decoded are ignored, as Kafka's clients do. A request that fails on its way leaves the
//! connection unusable, since nobody knows how much of the answer is still to come.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use super::sasl;
use super::stream::Stream;
use crate::client::error::ClientError;
use crate::client::login::Login;
use crate::client::security::SecurityProtocol;
use crate::client::settings::ClientSettings;
use crate::protocol::apis::Request;
use crate::protocol::frames::{encode_request, read_response_header};
use crate::protocol::messages::{ApiVersionsRequest, ApiVersionsResponse};
use crate::protocol::{Api, ErrorCode, Message, Reader};

/// The largest response that is read; a broker's whole metadata stays far below it.
const LARGEST_RESPONSE: usize = 256 << 20;
/// How long the first answer of a server may take, which costs it nothing.
const GREETING: Duration = Duration::from_secs(10);
/// Room is made in steps of this size as the bytes arrive, whatever length a response claims.
const READ_STEP: usize = 64 << 10;

/// An alert of TLS, where the length of a response belongs: its type, and the first byte of its version.
const TLS_ALERT: i32 = 0x1503_0000;
const TLS_ALERT_MASK: i32 = 0x7fff_0000;

type Versions = HashMap<i16, RangeInclusive<i16>>;

#[derive(Debug)]
pub struct Connection {
    server: String,
    stream: Stream,
    protocol: SecurityProtocol,
    /// Who to say that we are, and when next, if the broker limits sessions.
    login: Option<Login>,
    login_ends: Option<Instant>,
    client_id: String,
    request_timeout: Duration,
    next_correlation_id: i32,
    versions: Versions,
    usable: bool,
}

impl Connection {
    /// Connects, learns the broker's versions, and authenticates if the settings say so.
    pub async fn open(server: &str, settings: &ClientSettings) -> Result<Connection, ClientError> {
        let login = settings.security.login()?;
        let mut connection = Connection::connect(server, settings).await?;
        match connection.learn_versions(3).await {
            Ok(()) => {}
            // Whatever accepts the connection and says nothing is no broker that can be reached.
            Err(ClientError::TimedOut { after, .. }) => {
                let cause = format!("it accepts connections, and does not answer within {} ms", after.as_millis());
                return Err(ClientError::unreachable(server, cause));
            }
            Err(_) => {
                connection = Connection::connect(server, settings).await?;
                connection.learn_versions(0).await?;
            }
        }
        connection.login = login.cloned();
        connection.authenticate().await?;
        Ok(connection)
    }

    async fn connect(server: &str, settings: &ClientSettings) -> Result<Connection, ClientError> {
        Ok(Connection {
            server: server.to_owned(),
            stream: Stream::open(server, settings).await?,
            protocol: settings.security.protocol,
            login: None,
            login_ends: None,
            client_id: settings.client_id.clone(),
            request_timeout: settings.request_timeout,
            next_correlation_id: 0,
            versions: Versions::new(),
            usable: true,
        })
    }

    async fn authenticate(&mut self) -> Result<(), ClientError> {
        if let Some(login) = self.login.take() {
            let again = sasl::authenticate(self, &login).await?;
            self.login_ends = again.map(|life| Instant::now() + life);
            self.login = Some(login);
        }
        Ok(())
    }

    pub fn server(&self) -> &str {
        &self.server
    }

    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// What the broker offers of an API.
    pub fn offered(&self, api: Api) -> Option<RangeInclusive<i16>> {
        self.versions.get(&api.key()).cloned()
    }

    /// The highest version of `wanted` that the broker has too.
    pub fn negotiate(&self, api: Api, wanted: &RangeInclusive<i16>) -> Option<i16> {
        let offered = self.versions.get(&api.key())?;
        let highest = *wanted.end().min(offered.end());
        (highest >= *wanted.start().max(offered.start())).then_some(highest)
    }

    /// Sends a request in the highest version that both sides have, out of `wanted`, and waits for its answer. A session
    /// that is about to end is begun anew before.
    pub async fn call<R: Request>(
        &mut self,
        request: &R,
        wanted: &RangeInclusive<i16>,
    ) -> Result<R::Response, ClientError> {
        if self.login_ends.is_some_and(|end| Instant::now() >= end) {
            self.authenticate().await?;
        }
        self.send(request, wanted).await
    }

    /// The same in the session as it is.
    pub(super) async fn send<R: Request>(
        &mut self,
        request: &R,
        wanted: &RangeInclusive<i16>,
    ) -> Result<R::Response, ClientError> {
        let version = self
            .negotiate(R::API, wanted)
            .ok_or_else(|| ClientError::Unsupported { server: self.server.clone(), api: R::API })?;
        let mut body = self.exchange(request, version).await?;
        R::Response::decode_from(&mut body, version).map_err(|malformed| {
            self.usable = false;
            self.protocol(format!("the response to {} version {version} cannot be read: {malformed}", R::API))
        })
    }

    async fn learn_versions(&mut self, version: i16) -> Result<(), ClientError> {
        let request = ApiVersionsRequest {
            client_software_name: "kavka".to_owned(),
            client_software_version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let body = self.exchange(&request, version).await?.rest();
        let response = decode_versions(body, version).map_err(|evidence| self.protocol(evidence))?;
        self.versions =
            response.api_keys.into_iter().map(|api| (api.api_key, api.min_version..=api.max_version)).collect();
        Ok(())
    }

    /// Sends one request and reads one response up to its body.
    async fn exchange<R: Request>(&mut self, request: &R, version: i16) -> Result<Reader, ClientError> {
        let is_greeting = self.versions.is_empty();
        let limit = if is_greeting { self.request_timeout.min(GREETING) } else { self.request_timeout };
        let correlation_id = self.next_correlation_id;
        self.next_correlation_id = correlation_id.wrapping_add(1) & i32::MAX;
        let frame = encode_request(request, version, correlation_id, &self.client_id);
        self.usable = false;
        let answer = timeout(limit, self.round_trip(&frame)).await;
        let response = answer.map_err(|_| self.timed_out(R::API, limit))??;
        let mut body = Reader::new(response);
        let answered = read_response_header(&mut body, R::API, version)
            .map_err(|malformed| self.protocol(format!("the header of a response cannot be read: {malformed}")))?;
        if answered != correlation_id {
            return Err(self.protocol(format!("request {correlation_id} was answered with number {answered}")));
        }
        self.usable = true;
        Ok(body)
    }

    async fn round_trip(&mut self, frame: &Bytes) -> Result<Bytes, ClientError> {
        let sent = async {
            self.stream.write_all(frame).await?;
            self.stream.flush().await?;
            self.stream.read_i32().await
        };
        let length = sent.await.map_err(|cause| self.lost(cause))?;
        if !self.protocol.is_encrypted() && length & TLS_ALERT_MASK == TLS_ALERT {
            return Err(self.mismatch("it answers with TLS", "security.protocol=SSL or SASL_SSL fits that listener"));
        }
        let length = usize::try_from(length).ok().filter(|length| *length <= LARGEST_RESPONSE);
        let length = length.ok_or_else(|| self.protocol("a response claims an impossible length".to_owned()))?;
        let mut response = BytesMut::with_capacity(length.min(READ_STEP));
        while response.len() < length {
            let left = (length - response.len()) as u64;
            response.reserve(READ_STEP.min(left as usize));
            let read = (&mut self.stream).take(left).read_buf(&mut response).await;
            if read.map_err(|cause| self.lost(cause))? == 0 {
                return Err(ClientError::unreachable(&self.server, "the connection was closed within a response"));
            }
        }
        Ok(response.freeze())
    }

    fn lost(&self, cause: std::io::Error) -> ClientError {
        if let Some(fault) = crate::client::tls::fault_of(&cause) {
            return ClientError::Handshake { server: self.server.clone(), fault };
        }
        // A listener with authentication tells its versions to anybody, and nothing more.
        let is_first_question = self.next_correlation_id == 2 && !self.versions.is_empty();
        let is_closed = matches!(cause.kind(), std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::ConnectionReset);
        match is_closed {
            true if is_first_question && !self.protocol.is_sasl() => self.mismatch(
                "it closed the connection at the first request",
                "a listener that wants authentication does that: security.protocol=SASL_PLAINTEXT or SASL_SSL would fit it",
            ),
            true => ClientError::unreachable(&self.server, "the connection was closed without an answer"),
            false => ClientError::unreachable(&self.server, cause),
        }
    }

    fn mismatch(&self, evidence: &str, advice: &'static str) -> ClientError {
        ClientError::Mismatch { server: self.server.clone(), evidence: evidence.to_owned(), advice }
    }

    fn timed_out(&self, api: Api, after: Duration) -> ClientError {
        let last = ClientError::unreachable(&self.server, format!("no answer to {api}"));
        ClientError::TimedOut { call: api.name(), after, last: Some(Box::new(last)) }
    }

    fn protocol(&self, evidence: String) -> ClientError {
        ClientError::Protocol { server: self.server.clone(), evidence }
    }
}

/// The answer to ApiVersions. A broker that does not have the version answers in version 0 with an error code.
fn decode_versions(body: Bytes, version: i16) -> Result<ApiVersionsResponse, String> {
    let first = ApiVersionsResponse::decode(body.clone(), version);
    let response = first.or_else(|_| ApiVersionsResponse::decode(body, 0)).map_err(|malformed| {
        format!("the response to ApiVersions version {version} cannot be read ({malformed}); is this a Kafka broker?")
    })?;
    match ErrorCode::from_code(response.error_code) {
        ErrorCode::None if !response.api_keys.is_empty() => Ok(response),
        ErrorCode::None => Err("the response to ApiVersions lists no API".to_owned()),
        code => Err(format!("ApiVersions version {version} was answered with {code}")),
    }
}

#[cfg(test)]
mod tests;
