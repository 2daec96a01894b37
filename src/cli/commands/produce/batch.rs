//! The records of one read, all in one piece of memory: a record says where in it its fields lie.
//!
//! Batches go from the thread that reads to the one that sends. Memory of its own for every field would cost more than
//! reading does, the more as the other thread would have to give it back.

use std::borrow::Cow;
use std::io;
use std::ops::Range;

use super::record::{Header, Record};
use crate::clock::Timestamp;

#[derive(Debug, Default)]
pub struct Batch {
    fields: Vec<u8>,
    headers: Vec<Header>,
    records: Vec<Placed>,
    /// Lines that cannot be sent, each with the reason.
    pub skipped: Vec<(u64, String)>,
    /// How many bytes of input are behind this batch.
    pub bytes: u64,
    /// Why reading ended, if it did.
    pub end: Option<End>,
}

#[derive(Debug)]
pub enum End {
    /// There is no more input.
    Input,
    /// A line cannot be understood.
    Line(Fault),
    Failed(io::Error),
}

/// What is wrong with a line, and what to do about it; the words are those of Kafka's tool where it has some.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub text: String,
    pub hint: Option<&'static str>,
}

impl Fault {
    pub fn hinted(text: String, hint: &'static str) -> Fault {
        Fault { text, hint: Some(hint) }
    }
}

#[derive(Debug)]
struct Placed {
    number: u64,
    partition: Option<i32>,
    timestamp: Option<Timestamp>,
    key: Option<Range<usize>>,
    value: Option<Range<usize>>,
    headers: Range<usize>,
}

impl Batch {
    /// Makes room for the records of so many bytes of input.
    pub fn make_room(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        self.fields.reserve(bytes);
    }

    /// Adds the record of the line of a number.
    pub fn push(&mut self, number: u64, record: Record<'_>) {
        let Record { partition, timestamp, key, value, headers } = record;
        let (key, value) = (self.place(key.as_deref()), self.place(value.as_deref()));
        let first = self.headers.len();
        self.headers.extend(headers.into_owned());
        let headers = first..self.headers.len();
        self.records.push(Placed { number, partition, timestamp, key, value, headers });
    }

    fn place(&mut self, field: Option<&[u8]>) -> Option<Range<usize>> {
        let begin = self.fields.len();
        self.fields.extend_from_slice(field?);
        Some(begin..self.fields.len())
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The records in the order of their lines, each with its line's number.
    pub fn records(&self) -> impl Iterator<Item = (u64, Record<'_>)> {
        self.records.iter().map(|placed| (placed.number, self.record(placed)))
    }

    fn record(&self, placed: &Placed) -> Record<'_> {
        let field = |at: &Option<Range<usize>>| self.fields.get(at.clone()?).map(Cow::Borrowed);
        Record {
            partition: placed.partition,
            timestamp: placed.timestamp,
            key: field(&placed.key),
            value: field(&placed.value),
            headers: Cow::Borrowed(self.headers.get(placed.headers.clone()).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_out_as_they_went_in() {
        let header = |name: &str| (name.to_owned(), Some(b"x".to_vec()));
        let bytes = |text: &'static str| Some(Cow::Borrowed(text.as_bytes()));
        let records = [
            Record { value: bytes("one"), headers: vec![header("a"), header("b")].into(), ..Record::default() },
            Record { key: bytes(""), partition: Some(3), ..Record::default() },
            Record { key: bytes("k"), value: bytes("two"), headers: vec![header("c")].into(), ..Record::default() },
        ];
        let mut batch = Batch::default();
        assert!(batch.is_empty());
        for (number, record) in (7..).zip(&records) {
            batch.push(number, record.clone());
        }
        assert_eq!(batch.records().collect::<Vec<_>>(), (7..).zip(records).collect::<Vec<_>>());
    }
}
