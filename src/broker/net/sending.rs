//! Sending a response: what is in memory with vectored writes, what is in files by the system itself (`sendfile`), so that
//! a consumer that reads a backlog costs the broker no memory and no copies of its own. Small ranges are read: they leave
//! together with what is around them.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::broker::request::Disconnect;
use crate::protocol::{FileRange, Segment, SourceFile};

/// How long a client may not take any bytes of its response.
const STALL: Duration = Duration::from_secs(60);
/// Ranges below this are read into memory.
const SMALL_RANGE: usize = 16 * 1024;
/// The most that is sent before others have their turn.
const TURN_BYTES: usize = 1 << 20;
/// Pieces of memory in one write.
const SLICES: usize = 64;

impl SourceFile for File {
    fn read_exact_at(&self, buffer: &mut [u8], position: u64) -> io::Result<()> {
        FileExt::read_exact_at(self, buffer, position)
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        self.as_fd()
    }
}

/// Sends all of a response.
pub async fn send(stream: &TcpStream, segments: Vec<Segment>) -> Result<(), Disconnect> {
    let mut rest = Rest::new(segments).map_err(unreadable)?;
    while !rest.0.is_empty() {
        match stream.try_io(Interest::WRITABLE, || rest.send_some(stream)) {
            Ok(()) => tokio::task::consume_budget().await,
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => match timeout(STALL, stream.writable()).await {
                Err(_) => return Err(Disconnect::TooSlow),
                Ok(Ok(())) => {}
                Ok(Err(e)) => return Err(Disconnect::Broken(e.to_string())),
            },
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if matches!(e.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
                return Err(Disconnect::Closed);
            }
            Err(e) if is_the_files(&e) => return Err(unreadable(e)),
            Err(e) => return Err(Disconnect::Broken(e.to_string())),
        }
    }
    Ok(())
}

/// What of a log cannot be read is said aloud, since the client only sees its connection end.
fn unreadable(e: io::Error) -> Disconnect {
    tracing::error!("cannot send records from a file of the log: {e}");
    Disconnect::Broken(e.to_string())
}

/// Whether it is an error of a file, and not of the connection.
fn is_the_files(e: &io::Error) -> bool {
    e.kind() == io::ErrorKind::UnexpectedEof || e.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
}

/// What is still to be sent; no piece is empty.
struct Rest(VecDeque<Segment>);

impl Rest {
    fn new(segments: Vec<Segment>) -> io::Result<Rest> {
        let mut rest = VecDeque::with_capacity(segments.len());
        for segment in segments {
            match segment {
                _ if segment.is_empty() => {}
                Segment::File(range) if range.length < SMALL_RANGE || !CAN_SEND_FILES => {
                    rest.push_back(Segment::Memory(range.read()?));
                }
                segment => rest.push_back(segment),
            }
        }
        Ok(Rest(rest))
    }

    /// Hands the system as much as it takes in one call.
    fn send_some(&mut self, stream: &TcpStream) -> io::Result<()> {
        match self.0.front_mut() {
            Some(Segment::File(range)) => {
                let sent = send_range(stream, range)?;
                range.advance(sent);
                if range.length == 0 {
                    self.0.pop_front();
                }
            }
            Some(Segment::Memory(_)) => {
                let memory: Vec<IoSlice<'_>> = self.0.iter().map_while(in_memory).take(SLICES).collect();
                let more = memory.len() < self.0.len();
                let sent = send_memory(stream, &memory, more)?;
                self.advance(sent);
            }
            None => {}
        }
        Ok(())
    }

    /// Forgets bytes of memory that were sent.
    fn advance(&mut self, mut count: usize) {
        while let Some(Segment::Memory(first)) = self.0.front_mut() {
            if count < first.len() {
                return Bytes::advance(first, count);
            }
            count -= first.len();
            self.0.pop_front();
        }
    }
}

fn in_memory(segment: &Segment) -> Option<IoSlice<'_>> {
    match segment {
        Segment::Memory(bytes) => Some(IoSlice::new(bytes)),
        Segment::File(_) => None,
    }
}

#[cfg(target_os = "linux")]
const CAN_SEND_FILES: bool = true;
#[cfg(not(target_os = "linux"))]
const CAN_SEND_FILES: bool = false;

/// `more` says that other bytes follow at once, so that a header does not travel alone.
#[cfg(target_os = "linux")]
fn send_memory(stream: &TcpStream, slices: &[IoSlice<'_>], more: bool) -> io::Result<usize> {
    use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};
    let more = if more { SendFlags::MORE } else { SendFlags::empty() };
    Ok(sendmsg(stream, slices, &mut SendAncillaryBuffer::default(), SendFlags::NOSIGNAL | more)?)
}

#[cfg(not(target_os = "linux"))]
fn send_memory(stream: &TcpStream, slices: &[IoSlice<'_>], _more: bool) -> io::Result<usize> {
    stream.try_write_vectored(slices)
}

#[cfg(target_os = "linux")]
fn send_range(stream: &TcpStream, range: &FileRange) -> io::Result<usize> {
    let mut position = range.position;
    match rustix::fs::sendfile(stream, range.file.descriptor(), Some(&mut position), range.length.min(TURN_BYTES))? {
        0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file of the log is shorter than it was")),
        sent => Ok(sent),
    }
}

#[cfg(not(target_os = "linux"))]
fn send_range(_: &TcpStream, _: &FileRange) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connecting = TcpStream::connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(connecting, listener.accept());
        (client.unwrap(), accepted.unwrap().0)
    }

    fn file(content: &[u8]) -> Arc<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Arc::new(file)
    }

    #[tokio::test]
    async fn pieces_arrive_in_their_order_whatever_they_are_and_however_much_the_socket_takes() {
        let content: Vec<u8> = (0..5_000_000u32).map(|n| (n % 251) as u8).collect();
        let file = file(&content);
        let range = |position: usize, length| {
            Segment::File(FileRange { file: file.clone(), position: position as u64, length })
        };
        let memory = |bytes: &[u8]| Segment::Memory(Bytes::copy_from_slice(bytes));
        let mut segments = vec![memory(b"head"), Segment::Memory(Bytes::new()), range(1000, 4_000_000), range(7, 100)];
        segments.extend((0..200u8).map(|n| memory(&[n])));
        segments.push(range(0, 20_000));
        let mut expected = [b"head", &content[1000..4_001_000], &content[7..107]].concat();
        expected.extend(0..200u8);
        expected.extend_from_slice(&content[..20_000]);
        let (mut client, server) = pair().await;
        let mut arrived = Vec::new();
        let (sent, read) = tokio::join!(async move { send(&server, segments).await }, client.read_to_end(&mut arrived));
        sent.unwrap();
        read.unwrap();
        assert!(arrived == expected);
    }

    #[tokio::test]
    async fn a_file_that_became_shorter_breaks_the_connection() {
        let segments = vec![Segment::File(FileRange { file: file(&[0; 20_000]), position: 0, length: 30_000 })];
        let (_client, server) = pair().await;
        assert!(matches!(send(&server, segments).await, Err(Disconnect::Broken(_))));
    }
}
