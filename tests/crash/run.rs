//! A random run of a broker's storage: topics come, change, grow and go; partitions are written, flushed, compacted,
//! shortened at both ends; the broker stops, is killed and starts again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use kavka::broker::partitions::Partition;
use kavka::clock::Timestamp;
use kavka::log::batch::control::TransactionMarker;
use kavka::log::batch::{BatchBuilder, Codec, NewRecord, ProducerStamp};
use kavka::log::directory::MetaProperties;
use kavka::log::disk::Open;
use kavka::log::disk::simulated::SimulatedDisk;
use kavka::log::{ActiveProducer, Disk, Origin, PartitionLog};
use kavka::metadata::TOPIC_RESOURCE;
use kavka::records::metadata::{ConfigRecord, MetadataRecord, PartitionRecord, RemoveTopicRecord, TopicRecord};
use kavka::vocabulary::Uuid;

use crate::history::{Facts, History, LogFacts, LogId, Written};
use crate::life::Choices;
use crate::node::{DIRECTORY_ID, NODE_ID, Node, format, root};

/// Later than any real clock says, since opening a log looks at one.
pub const BEGIN: Timestamp = Timestamp(4_000_000_000_000);

/// Topics and what is special about them.
const TOPICS: [(&str, &[(&str, &str)]); 4] = [
    ("orders", &[("retention.bytes", "2500")]),
    ("ledger", &[("flush.messages", "1")]),
    ("state", &[("cleanup.policy", "compact")]),
    ("both", &[("cleanup.policy", "compact,delete"), ("retention.bytes", "3000"), ("flush.messages", "3")]),
];

/// Small enough that a short run has many segments and index entries.
const EVERYWHERE: [(&str, &str); 5] = [
    ("segment.bytes", "700"),
    ("index.interval.bytes", "150"),
    ("file.delete.delay.ms", "4"),
    ("delete.retention.ms", "12"),
    ("min.cleanable.dirty.ratio", "0.1"),
];

/// In records.
const LARGEST_BATCH: usize = 4;

pub struct Run {
    choices: Choices,
    disk: SimulatedDisk,
    node: Node,
    now: Timestamp,
    deed: usize,
    /// Makes every value another.
    value: usize,
    next_topic: u128,
    deleted_to: BTreeMap<LogId, i64>,
    retired: BTreeSet<Uuid>,
    facts: Vec<Facts>,
    written: BTreeMap<LogId, Vec<Written>>,
}

impl Run {
    pub fn live(seed: u64, deeds: usize) -> History {
        let disk = SimulatedDisk::default();
        if seed % 8 == 7 {
            format_as_before_voters_were_recorded(&disk);
        }
        let mut facts = vec![Facts::none()];
        if !seed.is_multiple_of(2) {
            format(&disk, BEGIN);
            facts.push(Facts { steps: disk.steps().len(), formatted: true, ..Facts::none() });
        }
        let node = Node::start(&disk, BEGIN).unwrap();
        let mut run = Run {
            choices: Choices::new(seed),
            node,
            now: BEGIN,
            deed: 0,
            value: seed as usize * 100_000,
            next_topic: 1000,
            deleted_to: BTreeMap::new(),
            retired: BTreeSet::new(),
            facts,
            written: BTreeMap::new(),
            disk,
        };
        run.note();
        run.create();
        for _ in 0..deeds {
            run.now = Timestamp(run.now.millis() + 1);
            run.act();
            run.note();
        }
        History { steps: run.disk.steps(), facts: run.facts, written: run.written }
    }

    fn act(&mut self) {
        match self.choices.below(40) {
            0..=2 => self.node.flush_and_checkpoint(self.now),
            3 | 4 => self.node.retain(self.now),
            5..=8 => self.node.clean(self.now),
            9 => self.delete_records(),
            10 => self.truncate(),
            11 | 12 => self.create(),
            13 => self.delete_topic(),
            14 => self.configure(),
            15 => self.grow(),
            16 => self.node.removal.remove_waiting(),
            17 => self.restart(true),
            18 => self.restart(false),
            _ => self.produce(),
        }
    }

    /// Takes down what holds now.
    fn note(&mut self) {
        let mut facts = self.facts.last().cloned().unwrap_or_else(Facts::none);
        facts.steps = self.disk.steps().len();
        facts.deed = self.deed;
        facts.formatted = true;
        facts.stopped = false;
        facts.damaged = false;
        facts.retired = self.retired.clone();
        facts.image = Some(self.node.image());
        facts.logs = self.node.all().iter().filter_map(|partition| self.facts_of(partition)).collect();
        self.facts.push(facts);
        self.deed += 1;
    }

    fn facts_of(&self, partition: &Partition) -> Option<(LogId, LogFacts)> {
        let id = id(partition);
        let look = |log: &mut PartitionLog| LogFacts {
            start: log.start_offset(),
            deleted_to: self.deleted_to.get(&id).copied().unwrap_or(0),
            end: log.end_offset(),
            recovery_point: log.recovery_point(),
            compacted: log.settings().compact,
            producers: producers(log),
        };
        partition.with_log(|log| log.map(look)).unwrap().map(|facts| (id, facts))
    }

    fn some_partition(&mut self) -> Option<Arc<Partition>> {
        let all = self.node.all();
        (!all.is_empty()).then(|| all[self.choices.below(all.len())].clone())
    }

    fn create(&mut self) {
        let (name, special) = TOPICS[self.choices.below(TOPICS.len())];
        if self.node.image().topic(name).is_some() {
            return;
        }
        self.next_topic += 1;
        let topic_id = Uuid(self.next_topic);
        let mut records: Vec<MetadataRecord> = vec![TopicRecord { name: name.to_owned(), topic_id }.into()];
        let configs = EVERYWHERE.iter().chain(special);
        records.extend(configs.map(|(key, value)| config(name, key, value)));
        records.extend((0..1 + self.choices.below(2) as i32).map(|index| partition(topic_id, index)));
        self.node.append(&records, self.now);
        self.note();
    }

    /// At once, or as a broker does that is slow to notice: the name may be in use again by then.
    fn delete_topic(&mut self) {
        let before = self.node.image();
        let Some(topic) = before.topics.values().nth(self.choices.below(4)).cloned() else { return };
        self.node.append(&[RemoveTopicRecord { topic_id: topic.id }.into()], self.now);
        self.note();
        let after = self.node.image();
        if self.choices.below(3) == 0 {
            self.create();
            self.produce();
        }
        self.node.removal.follow(&before, &after);
        self.retired.insert(topic.id);
        self.note();
    }

    fn configure(&mut self) {
        let Some(name) = self.node.image().topics.keys().nth(self.choices.below(4)).cloned() else { return };
        let bytes = 2000 + self.choices.below(1000);
        self.node.append(&[config(&name, "max.message.bytes", &bytes.to_string())], self.now);
    }

    fn grow(&mut self) {
        let image = self.node.image();
        let Some(topic) = image.topics.values().nth(self.choices.below(4)) else { return };
        if topic.partitions.len() < 3 {
            self.node.append(&[partition(topic.id, topic.partitions.len() as i32)], self.now);
        }
    }

    fn delete_records(&mut self) {
        let Some(partition) = self.some_partition() else { return };
        let bounds = partition.bounds().unwrap();
        let offset = bounds.start + self.choices.below((bounds.end - bounds.start + 1) as usize) as i64;
        partition.delete_records_before(offset).unwrap();
        self.node.partitions.write_log_starts().unwrap();
        self.deleted_to.insert(id(&partition), offset);
    }

    fn truncate(&mut self) {
        let Some(partition) = self.some_partition() else { return };
        let bounds = partition.bounds().unwrap();
        let offset = bounds.start + self.choices.below((bounds.end - bounds.start + 1) as usize) as i64;
        let now = self.now;
        let end = partition.with_log(|log| {
            let log = log.filter(|log| !log.settings().compact)?;
            log.truncate_to(offset, now).unwrap();
            Some(log.end_offset())
        });
        let Some(end) = end.unwrap() else { return };
        self.node.partitions.write_checkpoints().unwrap();
        let deed = self.deed;
        let written = self.written.entry(id(&partition)).or_default();
        for gone in written.iter_mut().filter(|written| written.next > end && written.taken_back.is_none()) {
            gone.taken_back = Some(deed);
        }
        if let Some(deleted_to) = self.deleted_to.get_mut(&id(&partition)) {
            *deleted_to = end.min(*deleted_to);
        }
    }

    fn restart(&mut self, clean: bool) {
        if clean {
            self.node.stop().unwrap();
            if let Some(mut facts) = self.facts.last().cloned() {
                facts.steps = self.disk.steps().len();
                facts.stopped = true;
                facts.logs.values_mut().for_each(|log| log.recovery_point = log.end);
                self.facts.push(facts);
            }
        }
        match self.choices.below(3) {
            0 if !clean => self.tear(),
            1 if !clean => return self.lose_power(),
            _ => {}
        }
        self.node = Node::start(&self.disk, self.now).unwrap();
    }

    /// A part of a segment that was never flushed is gone, and so is what recovery then cuts off.
    fn lose_power(&mut self) {
        let Some(partition) = self.some_partition() else { return };
        let ends = |log: Option<&mut PartitionLog>| log.map_or(0, |log| log.recovery_point());
        let flushed = partition.with_log(ends).unwrap();
        let directory = root().join(partition.name.to_string());
        let names = self.disk.list(&directory).unwrap_or_default();
        let base = |name: &str| name.strip_suffix(".log").and_then(|base| base.parse::<i64>().ok());
        let unflushed = names.iter().find(|entry| base(&entry.name).is_some_and(|base| base >= flushed));
        if let Some(mut facts) = self.facts.last().cloned() {
            facts.steps = self.disk.steps().len();
            facts.damaged = true;
            self.facts.push(facts);
        }
        if let Some(log) = unflushed {
            let file = self.disk.open(&directory.join(&log.name), Open::Append).unwrap();
            file.truncate(self.choices.below(1 + file.len().unwrap() as usize) as u64).unwrap();
            file.sync().unwrap();
        }
        self.node = Node::start(&self.disk, self.now).unwrap();
        let Some(again) = self.node.all().into_iter().find(|found| id(found) == id(&partition)) else { return };
        let end = again.bounds().unwrap().end;
        let written = self.written.entry(id(&partition)).or_default();
        for gone in written.iter_mut().filter(|written| written.next > end && written.taken_back.is_none()) {
            gone.taken_back = Some(self.deed);
        }
    }

    /// The process died in the middle of an append.
    fn tear(&mut self) {
        let Some(partition) = self.some_partition() else { return };
        let directory = root().join(partition.name.to_string());
        let names = self.disk.list(&directory).unwrap_or_default();
        let Some(log) = names.iter().rfind(|entry| entry.name.ends_with(".log")) else { return };
        let batch = self.batch(0, 0);
        let torn = &batch[..1 + self.choices.below(batch.len() - 1)];
        self.disk.open(&directory.join(&log.name), Open::Append).unwrap().append(torn).unwrap();
    }

    fn produce(&mut self) {
        let Some(partition) = self.some_partition() else { return };
        let known = partition.with_log(|log| log.map(|log| producers(log))).unwrap().unwrap_or_default();
        let producer = self.choices.below(5).saturating_sub(1) as i64;
        let known = known.iter().find(|known| known.id == producer);
        let is_open = known.is_some_and(|known| known.current_txn_first_offset.is_some());
        if is_open && self.choices.below(2) == 0 {
            let committed = self.choices.below(2) == 0;
            let marker = TransactionMarker { committed, coordinator_epoch: 0 }.batch(producer, 0, self.now);
            return self.write(&partition, marker, Origin::Coordinator);
        }
        let base_sequence = known.map_or(0, |known| known.last_sequence + 1);
        let batch = self.batch(producer, base_sequence);
        self.write(&partition, batch, Origin::Client);
    }

    /// Producer 0 has no id, 1 is idempotent, the others use transactions.
    fn batch(&mut self, producer: i64, base_sequence: i32) -> Bytes {
        let codec = [Codec::None, Codec::None, Codec::None, Codec::Lz4][self.choices.below(4)];
        let mut builder = BatchBuilder::new().codec(codec).transactional(producer > 1);
        if producer > 0 {
            builder = builder.producer(ProducerStamp { id: producer, epoch: 0, base_sequence });
        }
        for _ in 0..1 + self.choices.below(LARGEST_BATCH) {
            self.value += 1;
            let key = format!("key{}", self.choices.below(8));
            let value = format!("value {} {}", self.value, "-".repeat(self.choices.below(80)));
            let value = Some(value.as_bytes()).filter(|_| self.choices.below(5) > 0);
            let timestamp = Timestamp(self.now.millis() - self.choices.below(3) as i64);
            builder.add(&NewRecord { timestamp, key: Some(key.as_bytes()), value, headers: &[] });
        }
        builder.build()
    }

    fn write(&mut self, partition: &Partition, bytes: Bytes, origin: Origin) {
        let appended = partition.append(bytes, origin, self.now).unwrap();
        assert!(!appended.duplicate);
        let found = partition.find(appended.base_offset, 1, true, false).unwrap();
        let bytes = found.located.unwrap().into_bytes().unwrap();
        let (base, next) = (appended.base_offset, appended.last_offset + 1);
        let written = Written { base, next, bytes, deed: self.deed, taken_back: None };
        self.written.entry(id(partition)).or_default().push(written);
    }
}

/// Without `__cluster_metadata-0`, as Apache Kafka does where `controller.quorum.voters` names the voters.
fn format_as_before_voters_were_recorded(disk: &SimulatedDisk) {
    let cluster_id = "of-crashes".to_owned();
    let meta = MetaProperties { cluster_id, node_id: NODE_ID, directory_id: Some(DIRECTORY_ID) };
    meta.write(disk, root(), BEGIN).unwrap();
}

pub fn id(partition: &Partition) -> LogId {
    (partition.topic_id, partition.name.partition)
}

pub fn producers(log: &PartitionLog) -> Vec<ActiveProducer> {
    let mut producers: Vec<ActiveProducer> = log.producers().collect();
    producers.sort_by_key(|producer| producer.id);
    producers
}

fn config(topic: &str, name: &str, value: &str) -> MetadataRecord {
    let (resource_name, name) = (topic.to_owned(), name.to_owned());
    ConfigRecord { resource_type: TOPIC_RESOURCE, resource_name, name, value: Some(value.to_owned()) }.into()
}

fn partition(topic_id: Uuid, partition_id: i32) -> MetadataRecord {
    PartitionRecord {
        partition_id,
        topic_id,
        replicas: vec![NODE_ID],
        isr: vec![NODE_ID],
        leader: NODE_ID,
        leader_epoch: 0,
        directories: vec![DIRECTORY_ID],
        ..Default::default()
    }
    .into()
}
