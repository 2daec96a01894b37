//! Reading frames: a length, then as many bytes.
//!
//! Small frames are parts of one buffer, of which a read fills as much as there is. A large one gets a buffer of its own,
//! so that its bytes are where they stay until they are in a file; that buffer is used again for the next one. Beyond
//! what most requests have, buffers grow as bytes arrive, whatever length was announced. A connection at rest keeps next
//! to nothing. Only Produce may be large: other requests are lists of small fields that take many times their size once
//! decoded.

use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::budget::RequestBudget;
use super::spares::Share;
use crate::broker::request::Disconnect;
use crate::protocol::Api;

const LENGTH_BYTES: usize = 4;
/// What a read makes room for at first.
const READ_BYTES: usize = 8 * 1024;
/// The same on a connection whose reads fill it.
const MAX_READ_BYTES: usize = 64 * 1024;
/// What a large frame gets at once: the largest requests that the usual clients send by default.
const FIRST_BYTES: usize = (1 << 20) + (64 << 10);
/// The largest request that is no Produce.
const MAX_OTHER_REQUEST_BYTES: usize = 16 * 1024 * 1024;
/// What is read ahead while a request is being answered.
const READ_AHEAD_BYTES: usize = 64 * 1024;
/// A connection that was silent for so long is at rest.
const REST: Duration = Duration::from_millis(500);
/// How long a frame that has begun may stand still.
const STALL: Duration = Duration::from_secs(60);
/// The slowest that a frame may arrive.
const MIN_BYTES_PER_SECOND: usize = 16 * 1024;

/// One request, and its share of the memory for requests, which large ones have.
pub struct Frame {
    pub bytes: Bytes,
    pub reservation: Option<OwnedSemaphorePermit>,
}

/// The reading half of a connection.
pub struct FrameReader<R> {
    stream: R,
    /// What was read and not taken yet.
    buffer: BytesMut,
    /// How much the next read makes room for.
    room: usize,
    /// What has arrived of a large frame; its length is still in `buffer`.
    large: BytesMut,
    ended: bool,
    budget: RequestBudget,
    /// While large frames come.
    spares: Option<Share>,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub fn new(stream: R, budget: RequestBudget) -> FrameReader<R> {
        FrameReader {
            stream,
            buffer: BytesMut::new(),
            room: READ_BYTES,
            large: BytesMut::new(),
            ended: false,
            budget,
            spares: None,
        }
    }

    /// The next frame. `idle` bounds the wait for its first byte. `requests` says that frames are requests and not raw
    /// tokens. Dropping the future loses nothing.
    pub async fn next(&mut self, limit: usize, idle: Duration, requests: bool) -> Result<Frame, Disconnect> {
        while self.buffer.is_empty() {
            self.begin(idle).await?;
        }
        let length = self.length(limit).await?;
        if requests && length > MAX_OTHER_REQUEST_BYTES && self.large.is_empty() {
            self.fill(LENGTH_BYTES + 2).await?;
            self.refuse_large(length)?;
        }
        let reservation = timeout(STALL, self.budget.reserve(length)).await.map_err(|_| Disconnect::TooSlow)?;
        let patience = STALL + Duration::from_secs((length / MIN_BYTES_PER_SECOND) as u64);
        if reservation.is_some() {
            timeout(patience, self.fill_large(length)).await.map_err(|_| Disconnect::TooSlow)??;
            self.buffer.advance(LENGTH_BYTES);
            return Ok(Frame { bytes: std::mem::take(&mut self.large).freeze(), reservation });
        }
        timeout(patience, self.fill(LENGTH_BYTES + length)).await.map_err(|_| Disconnect::TooSlow)??;
        self.buffer.advance(LENGTH_BYTES);
        Ok(Frame { bytes: self.buffer.split_to(length).freeze(), reservation })
    }

    /// Whether the next frame is here already, and needs no more memory.
    pub fn holds_frame(&self) -> bool {
        let length = self.buffer.first_chunk().map_or(-1, |bytes| i32::from_be_bytes(*bytes));
        let length = usize::try_from(length).ok().filter(|length| *length <= MAX_READ_BYTES);
        length.is_some_and(|length| self.buffer.len() - LENGTH_BYTES >= length)
    }

    /// Takes the buffer of a large frame back that was answered.
    pub fn give_back(&mut self, frame: Bytes) {
        if let Some(spares) = &self.spares {
            spares.give_back(frame);
        }
    }

    /// Waits for the first bytes of a frame; at rest after a while.
    async fn begin(&mut self, idle: Duration) -> Result<(), Disconnect> {
        if self.room > READ_BYTES || self.spares.is_some() {
            // What is read here of a large frame has to be copied to its own buffer.
            let room = if self.spares.is_some() { READ_BYTES } else { self.room };
            match timeout(REST.min(idle), self.read_some(room)).await {
                Ok(read) => return read,
                Err(_) => (self.buffer, self.room, self.spares) = (BytesMut::new(), READ_BYTES, None),
            }
        }
        timeout(idle, self.read_some(READ_BYTES)).await.map_err(|_| Disconnect::Idle)?
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
            let room = missing.min(self.buffer.len()).clamp(self.room, MAX_READ_BYTES);
            timeout(STALL, self.read_some(room)).await.map_err(|_| Disconnect::TooSlow)??;
        }
        Ok(())
    }

    /// Reads until all of a large frame is there, and nothing of what follows it.
    async fn fill_large(&mut self, length: usize) -> Result<(), Disconnect> {
        if self.large.is_empty() {
            self.large = self.spares.get_or_insert_with(|| self.budget.spares()).take();
            self.large.reserve(length.min(FIRST_BYTES));
            let begun = (LENGTH_BYTES + length).min(self.buffer.len());
            self.large.extend_from_slice(&self.buffer[LENGTH_BYTES..begun]);
            let behind = self.buffer.split_off(begun);
            self.buffer.truncate(LENGTH_BYTES);
            self.buffer.unsplit(behind);
        }
        while self.large.len() < length {
            let missing = length - self.large.len();
            if self.large.capacity() == self.large.len() {
                self.large.reserve(missing.min(self.large.len()));
            }
            let mut room = (&mut self.large).limit(missing);
            let read = timeout(STALL, self.stream.read_buf(&mut room)).await.map_err(|_| Disconnect::TooSlow)?;
            self.note(read)?;
        }
        Ok(())
    }

    /// Reads what there is, up to `room` bytes.
    async fn read_some(&mut self, room: usize) -> Result<(), Disconnect> {
        if self.ended {
            return Err(Disconnect::Closed);
        }
        self.buffer.reserve(room);
        let read = self.stream.read_buf(&mut (&mut self.buffer).limit(room)).await;
        if self.note(read)? == self.room {
            self.room = (2 * self.room).min(MAX_READ_BYTES);
        }
        Ok(())
    }

    fn note(&mut self, read: std::io::Result<usize>) -> Result<usize, Disconnect> {
        match read {
            Ok(read @ 1..) => Ok(read),
            Ok(0) => {
                self.ended = true;
                Err(Disconnect::Closed)
            }
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
        assert!((1..2 << 20).contains(&reader.large.capacity()));
    }

    /// Frames of these sizes, each of one letter.
    fn stream(sizes: &[usize]) -> Vec<u8> {
        let frame = |(letter, size): (u8, &usize)| [&(*size as i32).to_be_bytes()[..], &vec![letter; *size]].concat();
        (b'a'..).zip(sizes).flat_map(frame).collect()
    }

    #[tokio::test]
    async fn large_and_small_frames_follow_each_other_in_any_order() {
        let sizes = [10, 200_000, 0, 70_000, 3_000_000, 65_536, 65_537, 1, 5, 1_100_000, 100];
        let bytes = stream(&sizes);
        let mut reader = FrameReader::new(&bytes[..], RequestBudget::new(8 << 20));
        for (letter, size) in (b'a'..).zip(sizes) {
            let frame = reader.next(usize::MAX, IDLE, true).await.unwrap();
            assert_eq!(frame.bytes, vec![letter; size], "frame of {size}");
            reader.give_back(frame.bytes);
        }
        assert!(reader.next(10, IDLE, true).await.is_err());
    }

    #[tokio::test]
    async fn the_buffer_of_a_large_frame_is_used_again() {
        let bytes = stream(&[200_000, 200_000, 200_000]);
        let mut reader = FrameReader::new(&bytes[..], RequestBudget::new(8 << 20));
        let mut places = Vec::new();
        for _ in 0..3 {
            let frame = reader.next(usize::MAX, IDLE, true).await.unwrap();
            places.push(frame.bytes.as_ptr());
            reader.give_back(frame.bytes);
        }
        assert_eq!((places[1], places[2]), (places[0], places[0]));
    }

    #[tokio::test]
    async fn a_frame_that_waits_in_the_buffer_is_known() {
        let bytes = stream(&[10, 20, 100_000]);
        let mut reader = FrameReader::new(&bytes[..], RequestBudget::new(8 << 20));
        assert!(!reader.holds_frame());
        reader.next(usize::MAX, IDLE, true).await.unwrap();
        assert!(reader.holds_frame());
        reader.next(usize::MAX, IDLE, true).await.unwrap();
        assert!(!reader.holds_frame());
    }

    #[tokio::test]
    async fn a_connection_at_rest_keeps_no_large_buffer() {
        let (mut client, server) = tokio::io::duplex(1 << 20);
        let mut reader = FrameReader::new(server, RequestBudget::new(8 << 20));
        tokio::io::AsyncWriteExt::write_all(&mut client, &stream(&[200_000])).await.unwrap();
        let frame = reader.next(usize::MAX, IDLE, true).await.unwrap();
        reader.give_back(frame.bytes);
        assert!(reader.spares.is_some());
        assert_eq!(reader.next(usize::MAX, Duration::from_millis(1), true).await.err(), Some(Disconnect::Idle));
        assert!(reader.spares.is_none());
        assert_eq!(reader.buffer.capacity(), READ_BYTES);
    }
}
