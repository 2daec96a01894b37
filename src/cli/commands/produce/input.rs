//! Standard input, read on a thread of its own into batches of records.
//!
//! The thread stays a few batches ahead at most, so memory does not depend on the input. A batch ends where a read ends,
//! so that what somebody types is sent at once.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::Context;

use super::line_format::LineFormat;
use super::lines::{Line, Lines};
use super::record::{Header, Record};
use crate::cli::commands::record_json;
use crate::clock::Timestamp;

const PIECE: usize = 64 << 10;
const BATCHES_AHEAD: usize = 4;

/// How lines are read, and what every record gets.
#[derive(Debug, Clone)]
pub struct Input {
    pub format: Format,
    /// For records that bring none.
    pub key: Option<Vec<u8>>,
    pub partition: Option<i32>,
    /// Behind the record's own.
    pub headers: Vec<Header>,
    /// The longest line that is read.
    pub longest_line: usize,
}

#[derive(Debug, Clone)]
pub enum Format {
    Lines(LineFormat),
    /// One JSON object a line; `keep_partition` sends each record to the partition that its line names.
    JsonLines {
        keep_partition: bool,
    },
}

/// The records of one read.
#[derive(Debug, Default)]
pub struct Batch {
    /// Each with the number of its line.
    pub records: Vec<(u64, Record)>,
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
    Line(String),
    Failed(io::Error),
}

impl Input {
    /// Starts to read. The receiver gets batches until one of them says why it is the last.
    pub fn start(self, source: impl Read + Send + 'static) -> anyhow::Result<Receiver<Batch>> {
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        std::thread::Builder::new()
            .name("input".to_owned())
            .spawn(move || self.read_all(source, &sender))
            .context("cannot start reading the input")?;
        Ok(batches)
    }

    fn read_all(&self, mut source: impl Read, batches: &SyncSender<Batch>) {
        let mut piece = vec![0; PIECE];
        let mut lines = Lines::new(self.longest_line);
        let mut number = 0;
        loop {
            let mut batch = Batch::default();
            match source.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => batch.end = Some(End::Failed(error)),
                Ok(0) => {
                    lines.finish(|line| self.add(line, &mut number, &mut batch));
                    batch.end.get_or_insert(End::Input);
                }
                Ok(read) => {
                    batch.bytes = read as u64;
                    lines.push(piece.get(..read).unwrap_or_default(), |line| self.add(line, &mut number, &mut batch));
                }
            }
            let is_last = batch.end.is_some();
            if batches.send(batch).is_err() || is_last {
                return;
            }
        }
    }

    /// Adds a line to a batch, unless an earlier line of it could not be understood.
    fn add(&self, line: Line<'_>, number: &mut u64, batch: &mut Batch) {
        if batch.end.is_some() {
            return;
        }
        *number += 1;
        match line {
            Line::TooLong => {
                let reason = format!("the line is longer than {} bytes (max.request.size)", self.longest_line);
                batch.skipped.push((*number, reason));
            }
            Line::Whole(bytes) => match self.record(bytes, *number) {
                Ok(record) => batch.records.push((*number, record)),
                Err(fault) => batch.end = Some(End::Line(fault)),
            },
        }
    }

    fn record(&self, line: &[u8], number: u64) -> Result<Record, String> {
        let mut record = match &self.format {
            Format::Lines(format) => format.parse(line, number)?,
            Format::JsonLines { keep_partition } => json_record(line, number, *keep_partition)?,
        };
        record.key = record.key.or_else(|| self.key.clone());
        record.partition = self.partition.or(record.partition);
        record.headers.extend(self.headers.iter().cloned());
        Ok(record)
    }
}

fn json_record(line: &[u8], number: u64, keep_partition: bool) -> Result<Record, String> {
    let parsed = record_json::parse(line).map_err(|fault| format!("line {number} is not a record in JSON: {fault}"))?;
    Ok(Record {
        partition: parsed.partition.filter(|_| keep_partition),
        timestamp: parsed.timestamp.map(Timestamp),
        key: parsed.key,
        value: parsed.value,
        headers: parsed.headers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties::Properties;

    fn input(format: Format) -> Input {
        Input { format, key: None, partition: None, headers: Vec::new(), longest_line: 100 }
    }

    fn lines(pairs: &[&str]) -> Input {
        input(Format::Lines(LineFormat::new(&Properties::from_pairs(pairs)).unwrap()))
    }

    fn read(input: Input, text: &str) -> Vec<Batch> {
        let source = io::Cursor::new(text.as_bytes().to_vec());
        input.start(source).unwrap().into_iter().collect()
    }

    #[test]
    fn records_carry_the_numbers_of_their_lines_and_the_end_is_told() {
        let batches = read(lines(&[]), "a\nb");
        let numbers: Vec<u64> =
            batches.iter().flat_map(|batch| batch.records.iter().map(|(number, _)| *number)).collect();
        assert_eq!(numbers, [1, 2]);
        assert!(matches!(batches.last().unwrap().end, Some(End::Input)));
        assert_eq!(batches.iter().map(|batch| batch.bytes).sum::<u64>(), 3);
    }

    #[test]
    fn a_line_that_cannot_be_understood_ends_the_input_behind_what_came_before_it() {
        let batches = read(lines(&["parse.key=true"]), "k\tv\nnothing\nk\tw\n");
        assert_eq!(batches.iter().map(|batch| batch.records.len()).sum::<usize>(), 1);
        let Some(End::Line(fault)) = &batches.last().unwrap().end else { panic!("no fault") };
        assert_eq!(fault, "No key separator found on line number 2: 'nothing'");
    }

    #[test]
    fn what_every_record_gets_is_weaker_than_its_own_key_and_stronger_than_its_partition() {
        let json = Format::JsonLines { keep_partition: true };
        let header = ("all".to_owned(), Some(b"x".to_vec()));
        let given = Input { key: Some(b"K".to_vec()), partition: Some(7), headers: vec![header], ..input(json) };
        let text = "{\"key\":\"k\",\"partition\":1,\"headers\":[{\"key\":\"own\"}],\"timestamp\":5}\n{}\n";
        let batches = read(given, text);
        let records: Vec<&Record> = batches.iter().flat_map(|b| b.records.iter().map(|(_, record)| record)).collect();
        assert_eq!((records[0].key.as_deref(), records[1].key.as_deref()), (Some(&b"k"[..]), Some(&b"K"[..])));
        assert_eq!((records[0].partition, records[0].timestamp), (Some(7), Some(Timestamp(5))));
        let names: Vec<&str> = records[0].headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["own", "all"]);
    }
}
