//! Reading frames: a length, then as many bytes.
//!
//! The buffer grows as bytes arrive; the announced length is never allocated. Only Produce may be large: other requests
//! are lists of small fields that take many times their size once decoded.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::budget::RequestBudget;
use crate::broker::request::Disconnect;
use crate::protocol::Api;

const LENGTH_BYTES: usize = 4;
/// The least that a read makes room for.
const READ_BYTES: usize = 8 * 1024;
/// The most that a read makes room for.
const MAX_READ_BYTES: usize = 256 * 1024;
/// The largest request that is no Produce.
const MAX_OTHER_REQUEST_BYTES: usize = 16 * 1024 * 1024;
/// What is read ahead while a request is being answered.
const READ_AHEAD_BYTES: usize = 64 * 1024;
/// How long a frame that has begun may stand still.
const STALL: Duration = Duration::from_secs(60);
/// The slowest that a frame may arrive.
const MIN_BYTES_PER_SECOND: usize = 16 * 1024;

/// One request, and its share of the memory for requests.
pub struct Frame {
    pub bytes: Bytes,
    pub reservation: Option<OwnedSemaphorePermit>,
}

/// The reading half of a connection.
pub struct FrameReader<R> {
    stream: R,
    buffer: BytesMut,
    ended: bool,
    budget: RequestBudget,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub fn new(stream: R, budget: RequestBudget) -> FrameReader<R> {
        FrameReader { stream, buffer: BytesMut::new(), ended: false, budget }
    }

    /// The next frame. `idle` bounds the wait for its first byte. `requests` says that frames are requests and not raw
    /// tokens. Dropping the future loses nothing.
    pub async fn next(&mut self, limit: usize, idle: Duration, requests: bool) -> Result<Frame, Disconnect> {
        while self.buffer.is_empty() {
            timeout(idle, self.read_some(READ_BYTES)).await.map_err(|_| Disconnect::Idle)??;
        }
        let length = self.length(limit).await?;
        if requests && length > MAX_OTHER_REQUEST_BYTES {
            self.fill(LENGTH_BYTES + 2).await?;
            self.refuse_large(length)?;
        }
        let reservation = timeout(STALL, self.budget.reserve(length)).await.map_err(|_| Disconnect::TooSlow)?;
        let patience = STALL + Duration::from_secs((length / MIN_BYTES_PER_SECOND) as u64);
        timeout(patience, self.fill(LENGTH_BYTES + length)).await.map_err(|_| Disconnect::TooSlow)??;
        self.buffer.advance(LENGTH_BYTES);
        Ok(Frame { bytes: self.buffer.split_to(length).freeze(), reservation })
    }

    async fn length(&mut self, limit: usize) -> Result<usize, Disconnect> {
        self.fill(LENGTH_BYTES).await?;
        let length = self.buffer.first_chunk().map_or(-1, |bytes| i32::from_be_bytes(*bytes));
        match usize::try_from(length) {
            Ok(fits) if fits <= limit => Ok(fits),
            _ => Err(Disconnect::FrameLength { length, limit }),
        }
    }

    /// The API key is the first thing in a request.
    fn refuse_large(&self, length: usize) -> Result<(), Disconnect> {
        let key = self.buffer.get(LENGTH_BYTES..LENGTH_BYTES + 2).and_then(|bytes| bytes.first_chunk());
        if key.map(|bytes| i16::from_be_bytes(*bytes)) == Some(Api::Produce.key()) {
            return Ok(());
        }
        Err(Disconnect::FrameLength { length: length as i32, limit: MAX_OTHER_REQUEST_BYTES })
    }

    /// Reads until the buffer holds `wanted` bytes.
    async fn fill(&mut self, wanted: usize) -> Result<(), Disconnect> {
        while self.buffer.len() < wanted {
            let missing = wanted - self.buffer.len();
            let room = missing.min(self.buffer.len()).clamp(READ_BYTES, MAX_READ_BYTES);
            timeout(STALL, self.read_some(room)).await.map_err(|_| Disconnect::TooSlow)??;
        }
        Ok(())
    }

    async fn read_some(&mut self, room: usize) -> Result<(), Disconnect> {
        if self.ended {
            return Err(Disconnect::Closed);
        }
        self.buffer.reserve(room);
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => {
                self.ended = true;
                Err(Disconnect::Closed)
            }
            Ok(_) => Ok(()),
            Err(e) => {
                self.ended = true;
                Err(Disconnect::Broken(e.to_string()))
            }
        }
    }

    /// Comes back when the client has gone, which shows only while there is room to read ahead.
    pub async fn gone(&mut self) -> Disconnect {
        loop {
            if self.buffer.len() >= READ_AHEAD_BYTES {
                return std::future::pending().await;
            }
            if let Err(why) = self.read_some(READ_BYTES).await {
                return why;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(5);

    fn reader(bytes: &'static [u8]) -> FrameReader<&'static [u8]> {
        FrameReader::new(bytes, RequestBudget::new(1 << 20))
    }

    #[tokio::test]
    async fn frames_come_one_by_one() {
        let mut reader = reader(b"\0\0\0\x02ab\0\0\0\0\0\0\0\x01c");
        for expected in ["ab", "", "c"] {
            assert_eq!(reader.next(10, IDLE, true).await.unwrap().bytes, expected);
        }
        assert_eq!(reader.next(10, IDLE, true).await.err(), Some(Disconnect::Closed));
    }

    #[tokio::test]
    async fn a_length_above_the_limit_or_below_zero_is_refused() {
        assert!(matches!(
            reader(b"\0\0\0\x0bxxxxxxxxxxx").next(10, IDLE, true).await,
            Err(Disconnect::FrameLength { length: 11, limit: 10 })
        ));
        assert!(matches!(
            reader(b"\xff\xff\xff\xff").next(10, IDLE, true).await,
            Err(Disconnect::FrameLength { length: -1, .. })
        ));
    }

    #[tokio::test]
    async fn only_produce_may_be_large() {
        let large = b"\x06\0\0\0\0\x03\0\0";
        assert!(matches!(reader(large).next(200 << 20, IDLE, true).await, Err(Disconnect::FrameLength { .. })));
        let produce = b"\x06\0\0\0\0\0\0\0";
        assert!(matches!(reader(produce).next(200 << 20, IDLE, true).await, Err(Disconnect::Closed)));
    }

    #[tokio::test]
    async fn an_announced_length_is_not_allocated() {
        let mut reader = reader(b"\x05\0\0\0\0\0\0\x0d");
        assert!(reader.next(100 << 20, IDLE, true).await.is_err());
        assert!(reader.buffer.capacity() < 1 << 20);
    }
}
