//! What a frame is made of: bytes in memory, and ranges of files that the system sends from where they are.

use std::fmt::Debug;
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::primitives::{Malformed, Reader, Wire, Writer};

/// A file, as far as a frame needs one.
pub trait SourceFile: Debug + Send + Sync {
    /// Fills the buffer from `position` on. A file that ends before that is an error.
    fn read_exact_at(&self, buffer: &mut [u8], position: u64) -> io::Result<()>;
    /// By which the system knows it.
    fn descriptor(&self) -> BorrowedFd<'_>;
}

/// A part of a file. What it is to hold must not change while it is used.
#[derive(Debug, Clone)]
pub struct FileRange {
    pub file: Arc<dyn SourceFile>,
    /// Bytes from the beginning of the file.
    pub position: u64,
    /// Bytes.
    pub length: usize,
}

impl FileRange {
    /// The range in memory.
    pub fn read(&self) -> io::Result<Bytes> {
        let mut bytes = vec![0; self.length];
        self.file.read_exact_at(&mut bytes, self.position)?;
        Ok(bytes.into())
    }

    /// Leaves out the first `count` bytes.
    pub fn advance(&mut self, count: usize) {
        self.position += count as u64;
        self.length -= count.min(self.length);
    }
}

impl Eq for FileRange {}

impl PartialEq for FileRange {
    fn eq(&self, other: &FileRange) -> bool {
        std::ptr::addr_eq(&raw const *self.file, &raw const *other.file)
            && (self.position, self.length) == (other.position, other.length)
    }
}

/// A piece of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Memory(Bytes),
    File(FileRange),
}

impl Segment {
    /// Bytes.
    pub fn len(&self) -> usize {
        match self {
            Segment::Memory(bytes) => bytes.len(),
            Segment::File(range) => range.length,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The field `records` of a response: batches in as many pieces as they lie in. What is read from the wire is one piece.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Records(pub Vec<Segment>);

impl Records {
    /// Bytes.
    pub fn len(&self) -> usize {
        self.0.iter().map(Segment::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of it in memory, copied unless it is one piece that lies there already.
    pub fn into_bytes(mut self) -> io::Result<Bytes> {
        match (self.0.pop(), self.0.is_empty()) {
            (None, _) => Ok(Bytes::new()),
            (Some(Segment::Memory(only)), true) => Ok(only),
            (Some(last), _) => {
                let mut whole = BytesMut::new();
                for segment in self.0.into_iter().chain([last]) {
                    match segment {
                        Segment::Memory(bytes) => whole.extend_from_slice(&bytes),
                        Segment::File(range) => whole.extend_from_slice(&range.read()?),
                    }
                }
                Ok(whole.freeze())
            }
        }
    }
}

impl From<Bytes> for Records {
    fn from(bytes: Bytes) -> Records {
        Records(vec![Segment::Memory(bytes)])
    }
}

impl Wire for Option<Records> {
    fn write(&self, to: &mut Writer, _: i16, flexible: bool) {
        to.put_bytes_length(self.as_ref().map(Records::len), flexible);
        for segment in self.iter().flat_map(|records| &records.0) {
            match segment {
                Segment::Memory(bytes) => to.put_bytes(bytes),
                Segment::File(range) => to.put_range(range),
            }
        }
    }

    fn read(from: &mut Reader, version: i16, flexible: bool) -> Result<Option<Records>, Malformed> {
        Ok(Option::<Bytes>::read(from, version, flexible)?.map(Records::from))
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[derive(Debug)]
    struct Digits(io::Stdin);

    impl SourceFile for Digits {
        fn read_exact_at(&self, buffer: &mut [u8], position: u64) -> io::Result<()> {
            let digits = b"0123456789".get(position as usize..).and_then(|from| from.get(..buffer.len()));
            buffer.copy_from_slice(digits.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        }

        fn descriptor(&self) -> BorrowedFd<'_> {
            self.0.as_fd()
        }
    }

    fn digits(position: u64, length: usize) -> FileRange {
        FileRange { file: Arc::new(Digits(io::stdin())), position, length }
    }

    #[test]
    fn records_are_framed_by_the_length_of_all_their_pieces() {
        let range = digits(3, 4);
        let records = Records(vec![Segment::Memory(Bytes::from("ab")), Segment::File(range.clone())]);
        let mut writer = Writer::new();
        Some(records.clone()).write(&mut writer, 0, false);
        let segments = writer.into_segments();
        assert_eq!(segments, [Segment::Memory(Bytes::from_static(b"\0\0\0\x06ab")), Segment::File(range)]);
        assert_eq!(records.into_bytes().unwrap(), "ab3456");
    }

    #[test]
    fn a_file_that_ends_before_its_range_is_an_error() {
        assert_eq!(digits(7, 4).read().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
