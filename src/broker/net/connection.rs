//! One connection: frames in, responses out, in the same order.
//!
//! Requests are answered one at a time, as Kafka does: the side effects of pipelined requests stay in order and a parked
//! fetch holds back what comes behind it. Answers leave at once, unless the next request is here already and can be
//! answered without waiting: then they leave together. While a request is parked the client's leaving is noticed, and
//! the request is dropped; any other request is carried out whether or not somebody waits for the answer.

use std::future::{Future, poll_fn};
use std::mem::take;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use super::authentication::{Authentication, Step};
use super::budget::RequestBudget;
use super::frames::{Frame, FrameReader};
use super::sending::send;
use crate::broker::BrokerState;
use crate::broker::config::{BoundListener, BrokerKeys};
use crate::broker::dispatch::dispatch;
use crate::broker::request::{Disconnect, Principal, RequestContext};
use crate::protocol::frames::RequestHeader;
use crate::protocol::{Api, Reader, Segment};

/// How long a client may take to prove who it is.
const AUTHENTICATION_DEADLINE: Duration = Duration::from_secs(30);
/// How long the last answers may take to leave when a connection ends.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// Answers that take more than this do not wait for others.
const HELD_BYTES: usize = 16 * 1024;

/// One client's connection.
pub struct Connection {
    broker: Arc<BrokerState>,
    listener: Arc<BoundListener>,
    peer: SocketAddr,
    frames: FrameReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    /// Answers that are to be written.
    held: Vec<Segment>,
    authentication: Authentication,
    opened: Instant,
    limits: Limits,
}

/// What the configuration says about connections.
struct Limits {
    request_bytes: usize,
    token_bytes: usize,
    idle: Duration,
    failure_delay: Duration,
}

impl Limits {
    fn new(keys: &BrokerKeys) -> Limits {
        let bytes = |name| usize::try_from(keys.number(name)).unwrap_or_default();
        Limits {
            request_bytes: bytes("socket.request.max.bytes"),
            token_bytes: bytes("sasl.server.max.receive.size"),
            idle: keys.milliseconds("connections.max.idle.ms"),
            failure_delay: keys.milliseconds("connection.failed.authentication.delay.ms"),
        }
    }
}

impl Connection {
    pub fn new(
        broker: Arc<BrokerState>,
        listener: Arc<BoundListener>,
        peer: SocketAddr,
        stream: TcpStream,
        budget: RequestBudget,
    ) -> Connection {
        let (reader, writer) = stream.into_split();
        Connection {
            authentication: Authentication::begin(&listener.protocol),
            frames: FrameReader::new(reader, budget),
            limits: Limits::new(&broker.keys),
            broker,
            listener,
            peer,
            writer,
            held: Vec::new(),
            opened: Instant::now(),
        }
    }

    /// Serves the connection to its end.
    pub async fn serve(mut self, mut stopping: watch::Receiver<bool>) {
        let mut stopped = pin!(stopped(&mut stopping));
        let why = loop {
            if !self.frames.holds_frame()
                && let Err(why) = send(self.writer.as_ref(), take(&mut self.held)).await
            {
                break why;
            }
            let frame = tokio::select! {
                biased;
                () = stopped.as_mut() => break Disconnect::Stopping,
                frame = self.next_frame() => frame,
            };
            let answered = match frame {
                Ok(frame) => self.answer(frame, stopped.as_mut()).await,
                Err(why) => Err(why),
            };
            if let Err(why) = answered {
                break why;
            }
        };
        // What was done is said, even if what came after it ends the connection.
        let _ = timeout(LAST_WORDS, send(self.writer.as_ref(), take(&mut self.held))).await;
        match why {
            Disconnect::Closed | Disconnect::Broken(_) | Disconnect::Idle | Disconnect::Stopping => {
                tracing::debug!(peer = %self.peer, "{why}");
            }
            why => tracing::warn!(peer = %self.peer, "connection closed: {why}"),
        }
    }

    async fn next_frame(&mut self) -> Result<Frame, Disconnect> {
        if self.authentication.principal().is_some() {
            return self.frames.next(self.limits.request_bytes, self.limits.idle, true).await;
        }
        let requests = self.authentication.expects_request();
        let frame = self.frames.next(self.limits.token_bytes, AUTHENTICATION_DEADLINE, requests);
        timeout_at(self.opened + AUTHENTICATION_DEADLINE, frame).await.unwrap_or(Err(Disconnect::TooSlow))
    }

    async fn answer(&mut self, frame: Frame, stopped: Pin<&mut impl Future<Output = ()>>) -> Result<(), Disconnect> {
        let Some(principal) = self.authentication.principal().cloned() else {
            return self.authenticate(frame).await;
        };
        let Frame { bytes, reservation } = frame;
        let large = reservation.is_some().then(|| bytes.clone());
        let (context, body) = self.read_header(bytes, principal)?;
        let Connection { broker, frames, writer, held, .. } = self;
        let mut response = pin!(dispatch(broker, &context, body));
        let response = match poll_fn(|task| Poll::Ready(response.as_mut().poll(task))).await {
            Poll::Ready(response) => response?,
            Poll::Pending => {
                send(writer.as_ref(), take(held)).await?;
                if parks(context.api) {
                    tokio::select! {
                        biased;
                        response = response => response?,
                        why = frames.gone() => return Err(why),
                        () = stopped => return Err(Disconnect::Stopping),
                    }
                } else {
                    response.await?
                }
            }
        };
        held.extend(response.into_iter().flatten());
        if let Some(large) = large {
            frames.give_back(large);
            send(writer.as_ref(), take(held)).await?;
        }
        if held.iter().map(Segment::len).sum::<usize>() > HELD_BYTES {
            send(writer.as_ref(), take(held)).await?;
        }
        drop(reservation);
        Ok(())
    }

    async fn authenticate(&mut self, frame: Frame) -> Result<(), Disconnect> {
        match self.authentication.receive(frame.bytes.clone(), &self.listener.protocol) {
            Step::AskVersions => {
                let (context, body) = self.read_header(frame.bytes, Principal::anonymous())?;
                match dispatch(&self.broker, &context, body).await? {
                    Some(segments) => send(self.writer.as_ref(), segments).await,
                    None => Ok(()),
                }
            }
            Step::Reply(segments) => send(self.writer.as_ref(), segments).await,
            Step::Close(why) => Err(why),
            Step::Fail(reply, reason) => {
                if let Some(segments) = reply {
                    send(self.writer.as_ref(), segments).await?;
                }
                tokio::time::sleep(self.limits.failure_delay).await;
                Err(Disconnect::NotAuthenticated(reason))
            }
        }
    }

    fn read_header(&self, frame: Bytes, principal: Principal) -> Result<(RequestContext, Reader), Disconnect> {
        let mut reader = Reader::new(frame);
        let header = RequestHeader::read(&mut reader).map_err(|e| Disconnect::Malformed(format!("header: {e}")))?;
        let api = Api::from_key(header.api_key)
            .ok_or(Disconnect::NotServed { api_key: header.api_key, api_version: header.api_version })?;
        let context = RequestContext {
            api,
            api_version: header.api_version,
            correlation_id: header.correlation_id,
            client_id: header.client_id.unwrap_or_default(),
            principal,
            listener: self.listener.clone(),
            client_host: self.peer.ip().to_canonical(),
        };
        Ok((context, reader))
    }
}

/// Requests that may wait for something to happen, and that nobody misses when their client is gone.
fn parks(api: Api) -> bool {
    matches!(api, Api::Fetch | Api::JoinGroup | Api::SyncGroup)
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // The sender lives as long as the broker; without it there is nothing left to serve.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
