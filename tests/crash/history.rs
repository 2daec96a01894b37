//! What is known of a run of a broker: every batch that was ever written, and after each deed what holds from then on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use kavka::log::ActiveProducer;
use kavka::log::batch::Batch;
use kavka::log::batch::control::TransactionMarker;
use kavka::log::disk::simulated::Step;
use kavka::metadata::ClusterImage;
use kavka::vocabulary::Uuid;

/// A partition of a topic: names are used again, ids are not.
pub type LogId = (Uuid, i32);

/// What holds for one log.
#[derive(Debug, Clone)]
pub struct LogFacts {
    pub start: i64,
    /// DeleteRecords was answered with this: what is below stays away.
    pub deleted_to: i64,
    pub end: i64,
    pub recovery_point: i64,
    pub compacted: bool,
    pub producers: Vec<ActiveProducer>,
}

/// What holds after a deed, or a part of one, was done and answered.
#[derive(Debug, Clone)]
pub struct Facts {
    /// How many steps the disk had seen by then.
    pub steps: usize,
    pub deed: usize,
    pub formatted: bool,
    /// The disk lost what was not synced, and nobody has looked at it since.
    pub damaged: bool,
    /// `None` before there was a broker.
    pub image: Option<Arc<ClusterImage>>,
    pub logs: BTreeMap<LogId, LogFacts>,
    /// The broker was stopped in order.
    pub stopped: bool,
    /// Topics that are gone, with their directories.
    pub retired: BTreeSet<Uuid>,
}

impl Facts {
    pub fn none() -> Facts {
        Facts {
            steps: 0,
            deed: 0,
            formatted: false,
            damaged: false,
            image: None,
            logs: BTreeMap::new(),
            stopped: false,
            retired: BTreeSet::new(),
        }
    }
}

/// A batch as it was stored.
#[derive(Debug, Clone)]
pub struct Written {
    pub base: i64,
    pub next: i64,
    pub bytes: Bytes,
    /// The deed, or part of one, that wrote it, and the one that took it back.
    pub deed: usize,
    pub taken_back: Option<usize>,
}

/// A run that was lived.
pub struct History {
    pub steps: Vec<Step>,
    pub facts: Vec<Facts>,
    pub written: BTreeMap<LogId, Vec<Written>>,
}

impl History {
    /// What was answered by the time of a step, and what the deed that was being done would have led to.
    pub fn around(&self, count: usize) -> (&Facts, &Facts) {
        let after = self.facts.partition_point(|facts| facts.steps <= count);
        (&self.facts[after - 1], &self.facts[after.min(self.facts.len() - 1)])
    }

    /// The batches that may be there: written by the end of `coming`, and not taken back by `known`.
    pub fn possible<'h>(&'h self, id: LogId, known: &'h Facts, coming: &'h Facts) -> impl Iterator<Item = &'h Written> {
        let all = self.written.get(&id).map_or(&[][..], Vec::as_slice).iter();
        all.filter(|written| written.deed <= coming.deed && written.taken_back.is_none_or(|deed| deed > known.deed))
    }

    /// Those that were answered, and that nothing takes back.
    pub fn certain<'h>(&'h self, id: LogId, known: &'h Facts, coming: &'h Facts) -> impl Iterator<Item = &'h Written> {
        self.possible(id, known, coming)
            .filter(|written| written.deed <= known.deed && written.taken_back.is_none_or(|deed| deed > coming.deed))
    }
}

/// A record of a keyed topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    pub offset: i64,
    pub key: Vec<u8>,
    /// `None` for a tombstone.
    pub value: Option<Vec<u8>>,
    /// Part of a transaction, of this producer.
    pub transaction_of: Option<i64>,
}

/// The records of a batch with keys.
pub fn keyed(bytes: &[u8]) -> Vec<Keyed> {
    let batch = Batch::parse(bytes).unwrap();
    batch.check_crc().unwrap();
    let mut found = Vec::new();
    if batch.header.attributes.is_control() {
        return found;
    }
    let transaction_of = batch.header.attributes.is_transactional().then_some(batch.header.producer_id);
    let mut records = batch.records().unwrap();
    while let Some(record) = records.next_record().unwrap() {
        found.push(Keyed {
            offset: record.offset,
            key: record.key.unwrap_or_default().to_vec(),
            value: record.value.map(<[u8]>::to_vec),
            transaction_of,
        });
    }
    found
}

/// The records that committed, where all batches from the first on are given.
pub fn committed<'b>(batches: impl Iterator<Item = &'b [u8]>) -> Vec<Keyed> {
    let mut committed = Vec::new();
    let mut open: BTreeMap<i64, Vec<Keyed>> = BTreeMap::new();
    for bytes in batches {
        let batch = Batch::parse(bytes).unwrap();
        if let Some(marker) = TransactionMarker::read(&batch) {
            let records = open.remove(&batch.header.producer_id).unwrap_or_default();
            if marker.committed {
                committed.extend(records);
            }
            continue;
        }
        for record in keyed(bytes) {
            match record.transaction_of {
                Some(producer) => open.entry(producer).or_default().push(record),
                None => committed.push(record),
            }
        }
    }
    committed.sort_by_key(|record| record.offset);
    committed
}
