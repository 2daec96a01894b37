//! The input, read on a thread of its own into batches of records: lines, files, or what stands in the command line.
//!
//! The thread stays a few batches ahead at most, so memory does not depend on the input. A batch ends where a read ends,
//! so that what somebody types is sent at once.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use anyhow::Context;

use super::batch::{Batch, End, Fault};
use super::line_format::LineFormat;
use super::lines::{Line, Lines};
use super::record::{Header, Record};
use crate::cli::commands::field_encoding::FieldEncoding;
use crate::cli::commands::record_json;
use crate::clock::Timestamp;

const PIECE: usize = 64 << 10;
const BATCHES_AHEAD: usize = 4;

/// How lines are read, and what every record gets.
#[derive(Debug, Clone)]
pub struct Input {
    pub source: Source,
    pub format: Format,
    pub key_encoding: FieldEncoding,
    pub value_encoding: FieldEncoding,
    /// For records that bring none.
    pub key: Option<Vec<u8>>,
    pub partition: Option<i32>,
    /// For records that bring none; without it they get the time at which they are sent.
    pub timestamp: Option<Timestamp>,
    /// Behind the record's own.
    pub headers: Vec<Header>,
    /// What ends a line; empty for the ends of lines of text.
    pub delimiter: Vec<u8>,
    /// The longest line that is read.
    pub longest_line: usize,
}

/// Where records come from.
#[derive(Debug, Clone)]
pub enum Source {
    Lines,
    /// Each the value of a record; `-` is standard input.
    Files(Vec<PathBuf>),
    /// One record with this value, or with none.
    Given(Option<Vec<u8>>),
}

#[derive(Debug, Clone)]
pub enum Format {
    Lines(LineFormat),
    /// A line is a key, and the value is null.
    Keys,
    /// One JSON object a line; `keep_partition` sends each record to the partition that its line names.
    JsonLines {
        keep_partition: bool,
    },
}

const LINE_HINT: &str = "nothing behind this line was sent; mend the line, or say with --key-separator and \
                         --reader-property how lines are laid out (ignore.error=true takes them as they are)";
const JSON_HINT: &str = "nothing behind this line was sent; a line is an object such as {\"key\":\"k\",\"value\":\"v\"}, in \
                         which texts are strings (see --help); --input lines sends lines as they are";
const ENCODING_HINT: &str = "nothing behind this line was sent; --key-encoding, --value-encoding and --input say how \
                             keys and values are given";

/// librdkafka takes zero for the time of sending.
pub const NO_TIME: &str = "a record cannot be sent with the timestamp";
const TIME_HINT: &str =
    "nothing behind this line was sent; without a timestamp, or with null, a record gets the time of sending";

impl Input {
    /// What a number of a record counts.
    pub fn unit(&self) -> &'static str {
        match self.source {
            Source::Lines => "line",
            Source::Files(_) => "file",
            Source::Given(_) => "record",
        }
    }

    /// Starts to read. The receiver gets batches until one of them says why it is the last.
    pub fn start(self, source: impl Read + Send + 'static) -> anyhow::Result<Receiver<Batch>> {
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        std::thread::Builder::new()
            .name("input".to_owned())
            .spawn(move || match &self.source {
                Source::Lines => self.read_all(source, &sender),
                Source::Files(files) => self.read_files(files, source, &sender),
                Source::Given(value) => {
                    let mut batch = Batch::default();
                    batch.end = Some(End::Input);
                    batch.push(1, self.completed(Record { value: value.as_ref().map(Cow::from), ..Record::default() }));
                    let _ = sender.send(batch);
                }
            })
            .context("cannot start reading the input")?;
        Ok(batches)
    }

    fn read_all(&self, mut source: impl Read, batches: &SyncSender<Batch>) {
        let mut piece = vec![0; PIECE];
        let mut lines = Lines::new(self.longest_line, &self.delimiter);
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
                    batch.make_room(read);
                    lines.push(piece.get(..read).unwrap_or_default(), |line| self.add(line, &mut number, &mut batch));
                }
            }
            let is_last = batch.end.is_some();
            if batches.send(batch).is_err() || is_last {
                return;
            }
        }
    }

    fn read_files(&self, files: &[PathBuf], mut stdin: impl Read, batches: &SyncSender<Batch>) {
        for (number, path) in (1..).zip(files) {
            let mut batch = Batch::default();
            match self.read_file(path, &mut stdin) {
                Ok(Some(value)) => {
                    batch.bytes = value.len() as u64;
                    batch.push(number, self.completed(Record { value: Some(value.into()), ..Record::default() }));
                }
                Ok(None) => batch.skipped.push((number, self.too_long(&format!("{} is", path.display())))),
                Err(error) => {
                    let text = format!("{}: {error}", path.display());
                    batch.end = Some(End::Failed(io::Error::new(error.kind(), text)));
                }
            }
            if number == files.len() as u64 {
                batch.end.get_or_insert(End::Input);
            }
            let is_last = batch.end.is_some();
            if batches.send(batch).is_err() || is_last {
                return;
            }
        }
    }

    /// Nothing if the file is larger than a record may be.
    fn read_file(&self, path: &Path, stdin: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
        let limit = self.longest_line as u64 + 1;
        let mut value = Vec::new();
        match path.as_os_str() == "-" {
            true => stdin.take(limit).read_to_end(&mut value)?,
            false => std::fs::File::open(path)?.take(limit).read_to_end(&mut value)?,
        };
        Ok((value.len() <= self.longest_line).then_some(value))
    }

    fn too_long(&self, what: &str) -> String {
        format!("{what} longer than {} bytes (max.request.size)", self.longest_line)
    }

    /// Adds a line to a batch, unless an earlier line of it could not be understood.
    fn add(&self, line: Line<'_>, number: &mut u64, batch: &mut Batch) {
        if batch.end.is_some() {
            return;
        }
        *number += 1;
        match line {
            Line::TooLong => batch.skipped.push((*number, self.too_long("the line is"))),
            Line::Whole(bytes) => match self.record(bytes, *number) {
                Ok(record) => batch.push(*number, record),
                Err(fault) => batch.end = Some(End::Line(fault)),
            },
        }
    }

    fn record<'a>(&'a self, line: &'a [u8], number: u64) -> Result<Record<'a>, Fault> {
        let mut record = match &self.format {
            Format::Lines(format) => format.parse(line, number).map_err(|text| Fault::hinted(text, LINE_HINT))?,
            Format::Keys => Record { key: Some(line.into()), ..Record::default() },
            Format::JsonLines { keep_partition } => {
                return Ok(self.completed(json_record(line, number, *keep_partition)?));
            }
        };
        if self.key_encoding != FieldEncoding::Text || self.value_encoding != FieldEncoding::Text {
            let decoded = |encoding: FieldEncoding, name: &str, bytes: Option<Cow<'a, [u8]>>| {
                let bytes = bytes.map(|bytes| encoding.read(&bytes)).transpose().map_err(|fault| {
                    let text = format!("the {name} of line {number} is {fault}: '{}'", excerpt(line));
                    Fault::hinted(text, ENCODING_HINT)
                })?;
                Ok(bytes.map(Cow::Owned))
            };
            record.key = decoded(self.key_encoding, "key", record.key)?;
            record.value = decoded(self.value_encoding, "value", record.value)?;
        }
        Ok(self.completed(record))
    }

    /// Adds what every record gets.
    fn completed<'a>(&'a self, mut record: Record<'a>) -> Record<'a> {
        record.key = record.key.or_else(|| self.key.as_ref().map(Cow::from));
        record.partition = self.partition.or(record.partition);
        record.timestamp = record.timestamp.or(self.timestamp);
        if !self.headers.is_empty() {
            record.headers.to_mut().extend(self.headers.iter().cloned());
        }
        record
    }
}

/// The beginning of a line, for a message.
fn excerpt(line: &[u8]) -> String {
    const MOST: usize = 60;
    let shown = |character: char| match character.is_control() {
        true => character.escape_debug().to_string(),
        false => character.to_string(),
    };
    let text: String = String::from_utf8_lossy(line).chars().take(MOST + 1).map(shown).collect();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn json_record(line: &[u8], number: u64, keep_partition: bool) -> Result<Record<'_>, Fault> {
    let parsed = record_json::parse(line).map_err(|fault| {
        Fault::hinted(format!("line {number} is not a record in JSON: {fault}: '{}'", excerpt(line)), JSON_HINT)
    })?;
    if let Some(time) = parsed.timestamp.filter(|time| *time <= 0) {
        return Err(Fault::hinted(format!("line {number}: {NO_TIME} {time}"), TIME_HINT));
    }
    Ok(Record {
        partition: parsed.partition.filter(|_| keep_partition),
        timestamp: parsed.timestamp.map(Timestamp),
        key: parsed.key,
        value: parsed.value,
        headers: parsed.headers.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties::Properties;

    fn input(format: Format) -> Input {
        Input {
            source: Source::Lines,
            format,
            key_encoding: FieldEncoding::Text,
            value_encoding: FieldEncoding::Text,
            key: None,
            partition: None,
            timestamp: None,
            headers: Vec::new(),
            delimiter: Vec::new(),
            longest_line: 100,
        }
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
        let numbers: Vec<u64> = batches.iter().flat_map(|batch| batch.records().map(|(number, _)| number)).collect();
        assert_eq!(numbers, [1, 2]);
        assert!(matches!(batches.last().unwrap().end, Some(End::Input)));
        assert_eq!(batches.iter().map(|batch| batch.bytes).sum::<u64>(), 3);
    }

    #[test]
    fn a_line_that_cannot_be_understood_ends_the_input_behind_what_came_before_it() {
        let batches = read(lines(&["parse.key=true"]), "k\tv\nnothing\nk\tw\n");
        assert_eq!(batches.iter().map(|batch| batch.records().count()).sum::<usize>(), 1);
        let Some(End::Line(fault)) = &batches.last().unwrap().end else { panic!("no fault") };
        assert_eq!(fault.text, "No key separator found on line number 2: 'nothing'");
    }

    fn records(input: Input, text: &str) -> Vec<Record<'static>> {
        read(input, text).iter().flat_map(|batch| batch.records().map(|(_, record)| owned(record))).collect()
    }

    fn owned(record: Record<'_>) -> Record<'static> {
        let field = |field: Option<Cow<'_, [u8]>>| field.map(|bytes| bytes.into_owned().into());
        let headers = record.headers.into_owned().into();
        let (partition, timestamp) = (record.partition, record.timestamp);
        Record { partition, timestamp, key: field(record.key), value: field(record.value), headers }
    }

    fn fault(input: Input, text: &str) -> Fault {
        match read(input, text).pop().unwrap().end {
            Some(End::Line(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_and_values_in_hex_and_base64() {
        let coded = Input {
            key_encoding: FieldEncoding::Hex,
            value_encoding: FieldEncoding::Base64,
            ..lines(&["parse.key=true", "null.marker=-"])
        };
        let read = records(coded.clone(), "00ff\t/w==\n-\t-\n");
        assert_eq!((read[0].key.as_deref(), read[0].value.as_deref()), (Some(&[0, 255][..]), Some(&[255][..])));
        assert_eq!((&read[1].key, &read[1].value), (&None, &None));
        let fault = fault(coded, "00\tAA==\n0g\tAA==\n");
        assert_eq!(fault.text, "the key of line 2 is not hex: 'g' is no digit: '0g\\tAA=='");
    }

    #[test]
    fn a_line_that_is_no_record_is_shown_with_its_number_and_what_to_do() {
        let long = format!("{{\"vlaue\":\"{}\"}}", "x".repeat(70));
        let fault = fault(input(Format::JsonLines { keep_partition: false }), &format!("{{}}\n{long}\n"));
        assert!(fault.text.starts_with("line 2 is not a record in JSON: unknown field `vlaue`"), "{}", fault.text);
        assert!(fault.text.ends_with("xxx…'") && fault.hint.is_some(), "{}", fault.text);
    }

    #[test]
    fn a_time_that_would_become_another_is_refused() {
        let json = || input(Format::JsonLines { keep_partition: false });
        assert!(fault(json(), "{\"timestamp\":0}\n").text.starts_with("line 1: a record cannot be sent with"));
        assert_eq!(records(json(), "{\"timestamp\":null}\n")[0].timestamp, None);
    }

    #[test]
    fn lines_that_are_keys_give_records_without_a_value() {
        let read = records(input(Format::Keys), "a\nb\n");
        assert_eq!(read.iter().map(|record| record.key.as_deref().unwrap()).collect::<Vec<_>>(), [b"a", b"b"]);
        assert!(read.iter().all(|record| record.value.is_none()));
    }

    #[test]
    fn files_are_records_and_those_that_are_too_large_are_not() {
        let directory = tempfile::tempdir().unwrap();
        let (small, large) = (directory.path().join("small"), directory.path().join("large"));
        std::fs::write(&small, "a\nb\n").unwrap();
        std::fs::write(&large, [b'x'; 101]).unwrap();
        let files = vec![small.clone(), large, PathBuf::from("-")];
        let batches = read(Input { source: Source::Files(files), ..lines(&[]) }, "from stdin\n");
        let values: Vec<_> =
            batches.iter().flat_map(|batch| batch.records()).map(|(number, record)| (number, record.value)).collect();
        assert_eq!(values, [(1, Some(b"a\nb\n"[..].into())), (3, Some(b"from stdin\n"[..].into()))]);
        assert!(batches[1].skipped[0].1.contains("large is longer than 100 bytes"));
        let missing = vec![directory.path().join("missing"), small];
        let batches = read(Input { source: Source::Files(missing), ..lines(&[]) }, "");
        assert!(matches!(&batches[0].end, Some(End::Failed(error)) if error.to_string().contains("missing")));
    }

    #[test]
    fn a_record_of_the_command_line() {
        let given = Input { source: Source::Given(None), key: Some(b"k".to_vec()), ..lines(&[]) };
        let read = records(given, "not read");
        assert_eq!((read.len(), read[0].key.as_deref(), &read[0].value), (1, Some(&b"k"[..]), &None));
    }

    #[test]
    fn what_every_record_gets_is_weaker_than_its_own_key_and_stronger_than_its_partition() {
        let json = Format::JsonLines { keep_partition: true };
        let header = ("all".to_owned(), Some(b"x".to_vec()));
        let given = Input { key: Some(b"K".to_vec()), partition: Some(7), headers: vec![header], ..input(json) };
        let text = "{\"key\":\"k\",\"partition\":1,\"headers\":[{\"key\":\"own\"}],\"timestamp\":5}\n{}\n";
        let records = records(given, text);
        assert_eq!((records[0].key.as_deref(), records[1].key.as_deref()), (Some(&b"k"[..]), Some(&b"K"[..])));
        assert_eq!((records[0].partition, records[0].timestamp), (Some(7), Some(Timestamp(5))));
        let names: Vec<&str> = records[0].headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["own", "all"]);
    }
}
