//! Our own form for people: the files one after the other, a line for each batch, record or entry.

use std::borrow::Cow;

use super::decoders::{Decoder, control_text};
use super::names::Named;
use super::report::{LogBegin, ProducerView, Report};
use super::source::Entry;
use super::thrown::{Stop, Thrown};
use super::view::{BatchView, RecordView};
use crate::cli::output::Output;
use crate::log::AbortedTransaction;

pub struct Rows<'o> {
    output: &'o Output,
    /// How records are decoded; `None` if what they hold is not shown.
    pub decoder: Option<Decoder>,
    is_first: bool,
    /// The headings that the lines stand under.
    under: &'static str,
}

const BATCHES: &str =
    "  POSITION       OFFSETS                COUNT      SIZE  CODEC    TIME                      NOTES";
const OFFSETS: &str = "  OFFSET                POSITION";
const TIMES: &str = "  TIME                      OFFSET";
const ABORTED: &str = "  PRODUCER-ID           FIRST-OFFSET          LAST-OFFSET           LAST-STABLE-OFFSET";
const PRODUCERS: &str =
    "  PRODUCER-ID           EPOCH   LAST-SEQUENCE  LAST-OFFSET           OPEN-SINCE            TIME";

impl<'o> Rows<'o> {
    pub fn new(output: &'o Output) -> Rows<'o> {
        Rows { output, decoder: None, is_first: true, under: "" }
    }

    fn line(&self, text: &str) -> Result<(), Stop> {
        Ok(self.output.line(text.trim_end())?)
    }

    fn row(&mut self, headings: &'static str, text: &str) -> Result<(), Stop> {
        if self.under != headings {
            self.under = headings;
            self.line(headings)?;
        }
        self.line(text)
    }

    pub fn text(&mut self, text: &str) -> Result<(), Stop> {
        text.lines().try_for_each(|line| self.line(&format!("  {line}")))
    }
}

/// A time as people write it, or what stands for none.
fn time(millis: i64) -> String {
    match jiff::Timestamp::from_millisecond(millis) {
        Ok(timestamp) if millis >= 0 => format!("{timestamp:.3}"),
        _ if millis == -1 => "-".to_owned(),
        _ => millis.to_string(),
    }
}

impl Report for Rows<'_> {
    fn file(&mut self, file: &Named) -> Result<(), Stop> {
        if !std::mem::take(&mut self.is_first) {
            self.line("")?;
        }
        self.under = "";
        self.line(&file.shown)
    }

    fn unknown_file(&mut self, _: &Named) -> Result<(), Stop> {
        self.line("  no file of a partition")
    }

    fn log(&mut self, begin: LogBegin) -> Result<(), Stop> {
        self.line(&match begin {
            LogBegin::Log { base_offset } => format!("  log from offset {base_offset}"),
            LogBegin::Snapshot { end_offset, epoch } => {
                format!("  metadata below offset {end_offset}, of epoch {epoch}")
            }
            LogBegin::Bootstrap => "  metadata that a new cluster begins with".to_owned(),
        })
    }

    fn batch(&mut self, batch: &BatchView) -> Result<(), Stop> {
        let codec = batch.codec_name().map_or_else(|| format!("?{}", batch.codec), str::to_owned);
        let offsets = match &batch.header {
            Some(header) => format!("{}-{}", header.base_offset, batch.last_offset()),
            None => format!("-{}", batch.last_offset()),
        };
        let count = batch.header.map_or_else(|| "?".to_owned(), |header| header.record_count.to_string());
        let text = format!(
            "  {:<13}  {offsets:<21}  {count:>5}  {:>8}  {codec:<7}  {:<24}  {}",
            batch.entry.position,
            batch.entry.size(),
            time(batch.timestamp),
            notes(batch).join(", ")
        );
        self.row(BATCHES, &text)
    }

    fn unknown_batch(&mut self, _: &Entry, thrown: Thrown) -> Result<(), Stop> {
        self.fault(thrown)
    }

    /// On one line: what a record holds may be no text.
    fn record(&mut self, batch: &BatchView, record: &RecordView<'_>) -> Result<(), Stop> {
        let mut text = format!("    {:<19}  {:<24}", record.offset, time(record.timestamp));
        for (key, value) in record.headers.iter() {
            let value = value.map_or_else(|| "null".to_owned(), super::decoders::java_text);
            text.push_str(&format!("  {key}={value}"));
        }
        if batch.is_control() {
            text.push_str(&format!("  {}", control_text(record.key, record.value)?));
        } else if let Some(decoder) = self.decoder {
            let (key, value) = decoder.decode(record)?;
            if let Some(key) = key {
                text.push_str(&format!("  {key} →"));
            }
            text.push_str(&format!("  {}", value.unwrap_or_else(|| "null".to_owned())));
        } else {
            text.push_str(&format!("  key {} B, value {} B", record.key_size, record.value_size));
        }
        self.line(&printable(&text))
    }

    fn rest(&mut self, _: &Named, bytes: i64) -> Result<(), Stop> {
        self.line(&format!("  {bytes} bytes at the end are no whole batch"))
    }

    fn empty_index(&mut self, _: &Named) -> Result<(), Stop> {
        self.line("  no entries")
    }

    fn sane_index(&mut self, _: &Named) -> Result<(), Stop> {
        self.line("  would be accepted by a broker that starts")
    }

    fn offset_entry(&mut self, offset: i64, position: i32) -> Result<(), Stop> {
        self.row(OFFSETS, &format!("  {offset:<20}  {position}"))
    }

    fn time_entry(&mut self, timestamp: i64, offset: i64) -> Result<(), Stop> {
        self.row(TIMES, &format!("  {:<24}  {offset}", time(timestamp)))
    }

    fn aborted(&mut self, _: i8, aborted: &AbortedTransaction) -> Result<(), Stop> {
        let AbortedTransaction { producer_id, first_offset, last_offset, last_stable_offset } = aborted;
        let text = format!("  {producer_id:<20}  {first_offset:<20}  {last_offset:<20}  {last_stable_offset}");
        self.row(ABORTED, &text)
    }

    fn producer(&mut self, producer: &ProducerView) -> Result<(), Stop> {
        let unless_none = |number: i64| if number < 0 { "-".to_owned() } else { number.to_string() };
        let text = format!(
            "  {:<20}  {:<6}  {:<13}  {:<20}  {:<20}  {}",
            producer.id,
            producer.epoch,
            unless_none(i64::from(producer.last_sequence)),
            unless_none(producer.last_offset),
            unless_none(producer.open_since.unwrap_or(-1)),
            time(producer.timestamp)
        );
        self.row(PRODUCERS, &text)
    }

    fn corrupt_snapshot(&mut self, why: &str) -> Result<(), Stop> {
        self.line(&format!("  {why}"))
    }

    fn fault(&mut self, thrown: Thrown) -> Result<(), Stop> {
        self.line(&format!("  {}", thrown.message))
    }
}

/// Control characters as their escapes, so that they do nothing to a terminal.
fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(shown).collect())
}

/// What is out of the ordinary in a batch.
fn notes(batch: &BatchView) -> Vec<String> {
    let mut notes = Vec::new();
    if !batch.is_valid {
        notes.push("BAD CHECKSUM".to_owned());
    }
    let Some(header) = &batch.header else {
        notes.push(format!("format v{}", batch.entry.magic));
        return notes;
    };
    if header.attributes.is_control() {
        notes.push("control".to_owned());
    }
    if header.attributes.is_transactional() {
        notes.push("transactional".to_owned());
    }
    if header.has_producer() {
        notes.push(format!("producer {} epoch {}", header.producer_id, header.producer_epoch));
    }
    if header.base_sequence >= 0 && header.has_producer() {
        notes.push(format!("sequence {}", header.base_sequence));
    }
    if let Some(horizon) = header.delete_horizon() {
        notes.push(format!("tombstones go at {}", time(horizon)));
    }
    notes
}
