//! The lines of Kafka's tool. A fault in the middle of a line leaves what was printed of it.

use std::fmt::Write;

use super::decoders::{Decoder, control_text};
use super::names::Named;
use super::records::unknown_codec;
use super::report::{LogBegin, ProducerView, Report};
use super::source::Entry;
use super::thrown::{Stop, Thrown};
use super::view::{BatchView, RecordView, sequence_after};
use crate::cli::output::Output;
use crate::log::AbortedTransaction;

/// What records are shown with.
pub struct Lines<'o> {
    pub output: &'o Output,
    pub decoder: Decoder,
    pub with_contents: bool,
    pub without_metadata: bool,
}

impl Lines<'_> {
    fn line(&self, text: &str) -> Result<(), Stop> {
        Ok(self.output.line(text)?)
    }
}

impl Report for Lines<'_> {
    fn file(&mut self, file: &Named) -> Result<(), Stop> {
        self.line(&format!("Dumping {}", file.shown))
    }

    fn unknown_file(&mut self, file: &Named) -> Result<(), Stop> {
        self.output.note(&format!("Ignoring unknown file {}", file.shown));
        Ok(())
    }

    fn log(&mut self, begin: LogBegin) -> Result<(), Stop> {
        self.line(&match begin {
            LogBegin::Log { base_offset } => format!("Log starting offset: {base_offset}"),
            LogBegin::Bootstrap => "KRaft bootstrap snapshot".to_owned(),
            LogBegin::Snapshot { end_offset, epoch } => {
                format!("Snapshot end offset: {end_offset}, epoch: {epoch}")
            }
        })
    }

    fn batch(&mut self, batch: &BatchView) -> Result<(), Stop> {
        let mut line = match &batch.header {
            None => format!("offset: {}", batch.entry.offset),
            Some(header) => format!(
                "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} \
                 producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {}",
                header.base_offset,
                batch.last_offset(),
                header.record_count,
                header.base_sequence,
                match header.base_sequence {
                    -1 => -1,
                    base => sequence_after(base, header.last_offset_delta),
                },
                header.producer_id,
                header.producer_epoch,
                header.leader_epoch,
                header.attributes.is_transactional(),
                header.attributes.is_control(),
                optional(header.delete_horizon()),
            ),
        };
        let Some(codec) = batch.codec_name() else {
            self.output.print(&line)?;
            return Err(unknown_codec(batch.codec).into());
        };
        let _ = write!(
            line,
            " position: {} {}: {} size: {} magic: {} compresscodec: {codec} crc: {} isvalid: {}",
            batch.entry.position,
            batch.time_kind,
            batch.timestamp,
            batch.entry.size(),
            batch.entry.magic,
            batch.crc,
            batch.is_valid,
        );
        self.line(&line)
    }

    fn unknown_batch(&mut self, entry: &Entry, thrown: Thrown) -> Result<(), Stop> {
        Err(self.cut(&format!("offset: {}", entry.offset), thrown))
    }

    fn record(&mut self, batch: &BatchView, record: &RecordView<'_>) -> Result<(), Stop> {
        let mut line = String::new();
        let mut prefix = "| ";
        if !self.without_metadata {
            line = described(batch, record);
            prefix = " ";
            if batch.is_control() {
                // What Java has printed by then stays.
                match control_text(record.key, record.value) {
                    Ok(text) => line.extend([" ", &text]),
                    Err(thrown) => return Err(self.cut(&line, thrown)),
                }
            }
        }
        if self.with_contents && !batch.is_control() {
            let (key, payload) = self.decoder.decode(record).map_err(|thrown| self.cut(&line, thrown))?;
            if let Some(key) = key {
                let _ = write!(line, "{prefix}key: {key}");
            }
            if let Some(payload) = payload {
                let _ = write!(line, " payload: {payload}");
            }
        }
        self.line(&line)
    }

    fn rest(&mut self, file: &Named, bytes: i64) -> Result<(), Stop> {
        self.line(&format!("Found {bytes} invalid bytes at the end of {}", file.name))
    }

    fn empty_index(&mut self, file: &Named) -> Result<(), Stop> {
        self.line(&format!("{} is empty.", file.shown))
    }

    fn sane_index(&mut self, file: &Named) -> Result<(), Stop> {
        self.line(&format!("{} passed sanity check.", file.shown))
    }

    fn offset_entry(&mut self, offset: i64, position: i32) -> Result<(), Stop> {
        self.line(&format!("offset: {offset} position: {position}"))
    }

    fn time_entry(&mut self, timestamp: i64, offset: i64) -> Result<(), Stop> {
        self.line(&format!("timestamp: {timestamp} offset: {offset}"))
    }

    fn aborted(&mut self, version: i8, aborted: &AbortedTransaction) -> Result<(), Stop> {
        self.line(&format!(
            "version: {version} producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}",
            aborted.producer_id, aborted.first_offset, aborted.last_offset, aborted.last_stable_offset
        ))
    }

    fn producer(&mut self, producer: &ProducerView) -> Result<(), Stop> {
        let mut line = format!(
            "producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {} lastTimestamp: {} ",
            producer.id,
            producer.epoch,
            producer.coordinator_epoch,
            optional(producer.open_since),
            producer.timestamp
        );
        if producer.last_offset >= 0 {
            let _ = write!(
                line,
                "firstSequence: {} lastSequence: {} lastOffset: {} offsetDelta: {} timestamp: {}",
                producer.first_sequence(),
                producer.last_sequence,
                producer.last_offset,
                producer.offset_delta,
                producer.timestamp
            );
        }
        self.line(&line)
    }

    fn corrupt_snapshot(&mut self, why: &str) -> Result<(), Stop> {
        self.output.note(why);
        Ok(())
    }

    fn fault(&mut self, thrown: Thrown) -> Result<(), Stop> {
        Err(thrown.into())
    }
}

impl Lines<'_> {
    /// A line that ends where Java's does, without a line end.
    fn cut(&self, line: &str, thrown: Thrown) -> Stop {
        self.output.print(line).map_or_else(Stop::Output, |()| thrown.into())
    }
}

/// Everything of a record but what it holds.
fn described(batch: &BatchView, record: &RecordView<'_>) -> String {
    let mut line = format!(
        "| offset: {} {}: {} keySize: {} valueSize: {}",
        record.offset, batch.time_kind, record.timestamp, record.key_size, record.value_size
    );
    if let Some(sequence) = record.sequence {
        let keys: Vec<String> = record.headers.iter().map(|(key, _)| key).collect();
        let _ = write!(line, " sequence: {sequence} headerKeys: [{}]", keys.join(","));
    }
    if let Some((is_valid, crc)) = record.checksum {
        let _ = write!(line, " isValid: {is_valid} crc: {crc}}}");
    }
    line
}

/// A number as Java's `OptionalLong` is written.
fn optional(number: Option<i64>) -> String {
    number.map_or_else(|| "OptionalLong.empty".to_owned(), |number| format!("OptionalLong[{number}]"))
}
