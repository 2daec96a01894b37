//! The segments of a response as one buffer, so that they leave in one vectored write.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// What is still to be written.
pub struct Segments(VecDeque<Bytes>);

impl Segments {
    pub fn new(segments: Vec<Bytes>) -> Segments {
        Segments(segments.into_iter().filter(|segment| !segment.is_empty()).collect())
    }
}

impl Buf for Segments {
    fn remaining(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    fn chunk(&self) -> &[u8] {
        self.0.front().map_or(&[], |segment| segment)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        slices.iter_mut().zip(&self.0).map(|(slice, segment)| *slice = IoSlice::new(segment)).count()
    }

    fn advance(&mut self, mut count: usize) {
        while let Some(first) = self.0.front_mut() {
            if count < first.len() {
                return first.advance(count);
            }
            count -= first.len();
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advancing_crosses_segments() {
        let mut segments = Segments::new(vec![Bytes::from("ab"), Bytes::new(), Bytes::from("cde")]);
        assert_eq!(segments.remaining(), 5);
        segments.advance(3);
        assert_eq!(segments.chunk(), b"de");
        segments.advance(2);
        assert!(!segments.has_remaining());
    }
}
