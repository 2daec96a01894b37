//! Becoming the writer: a new epoch, the control batch that begins it, the broker's registration, the partitions' leader.
//!
//! ```text
//! quorum-state     this node leads in epoch n + 1                        fsynced before the first batch of the epoch
//! control batch    LeaderChange, and KRaftVersion and KRaftVoters if the log has none itself
//! data batch       what a new cluster starts with, as a transaction; or AbortTransaction for one left open
//! data batch       RegisterBroker, whose broker epoch is its own offset, and BrokerRegistrationChange that unfences it
//! data batches     PartitionChange for every partition: this node leads it, in the next leader epoch
//! ```
//!
//! Source: `KafkaRaftClient`, `LeaderState`, `ActivationRecordsGenerator`, `ClusterControlManager`.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::errors::MetadataLogError;
use super::loading::Loaded;
use super::placement::Placement;
use super::quorum_state::{self, QuorumState};
use super::raft_log::RaftLog;
use super::{Identity, MetadataLogSettings, NOBODY, Registration};
use crate::clock::Timestamp;
use crate::metadata::batches::{Place, control_batch, data_batch};
use crate::metadata::snapshot::chunks;
use crate::metadata::{ClusterImage, ControlRecord, PartitionImage, Replay, Source, TopicImage, features};
use crate::records::control::{LeaderChangeMessage, Voter};
use crate::records::metadata::{
    AbortTransactionRecord, BeginTransactionRecord, BrokerFeature, BrokerRegistrationChangeRecord,
    EndTransactionRecord, MetadataRecord, PartitionChangeRecord, RegisterBrokerRecord,
};
use crate::vocabulary::Uuid;

/// The metadata.version from which there are transactions, and from which partitions name directories.
const TRANSACTIONS_FROM: i16 = 13;
const DIRECTORIES_FROM: i16 = 17;
const ELR_FROM: i16 = 23;

/// The log in the hands of its writer.
pub(super) struct Writer {
    pub log: RaftLog,
    pub epoch: i32,
    pub broker_epoch: i64,
}

/// All that the takeover will write, and the image behind it.
pub(super) struct Prepared {
    writer: Writer,
    batches: Bytes,
    image: ClusterImage,
}

impl Prepared {
    /// Writes it. If that fails it is not known what is in the log.
    pub fn write(mut self, now: Timestamp) -> Result<(Writer, ClusterImage), MetadataLogError> {
        self.writer.log.append(self.batches, self.writer.epoch, now)?;
        self.writer.log.flush()?;
        Ok((self.writer, self.image))
    }
}

pub(super) struct Takeover<'a> {
    pub settings: &'a MetadataLogSettings,
    pub identity: &'a Identity,
    pub placement: &'a Placement,
    pub loaded: &'a Loaded,
    pub quorum_state: QuorumState,
    pub bootstrap: &'a [MetadataRecord],
    pub registration: &'a Registration,
    pub now: Timestamp,
}

impl Takeover<'_> {
    /// Opens the log and says in `quorum-state` that this node leads. If that fails it can be tried again.
    pub fn prepare(&self) -> Result<Prepared, MetadataLogError> {
        let epoch = self.quorum_state.leader_epoch.max(self.loaded.last_epoch) + 1;
        let log = RaftLog::open(self.settings, self.loaded, self.now)?;
        let (batches, image, broker_epoch) = self.batches(epoch)?;
        let directory = self.settings.log_directory();
        let kraft_version = self.loaded.quorum.kraft_version;
        quorum_state::write_leadership(&*self.settings.disk, &directory, self.identity.node_id, epoch, kraft_version)?;
        Ok(Prepared { writer: Writer { log, epoch, broker_epoch }, batches, image })
    }

    fn batches(&self, epoch: i32) -> Result<(Bytes, ClusterImage, i64), MetadataLogError> {
        let mut draft = Draft {
            bytes: BytesMut::new(),
            replay: Replay::new(self.loaded.image.clone(), Source::Log),
            next_offset: self.loaded.end_offset,
            epoch,
            now: self.now,
            level: self.level(),
        };
        draft.control(&self.leadership());
        draft.records(&self.opening_records())?;
        let broker_epoch = draft.next_offset;
        draft.records(&[self.register(broker_epoch), self.unfence(broker_epoch)])?;
        draft.records(&self.elections(&draft.image()?))?;
        let image = draft.image()?;
        Ok((draft.bytes.freeze(), image, broker_epoch))
    }

    fn level(&self) -> i16 {
        let named = self.bootstrap.iter().find_map(|record| match record {
            MetadataRecord::FeatureLevel(feature) if feature.name == features::METADATA_VERSION => {
                Some(feature.feature_level)
            }
            _ => None,
        });
        self.loaded.image.metadata_version().or(named).unwrap_or(features::NEW_METADATA_VERSION)
    }

    fn leadership(&self) -> Vec<ControlRecord> {
        let voter = Voter { voter_id: self.identity.node_id, ..Default::default() };
        let mut records = vec![ControlRecord::LeaderChange(LeaderChangeMessage {
            version: 0,
            leader_id: self.identity.node_id,
            voters: vec![voter.clone()],
            granting_voters: vec![voter],
        })];
        if !self.loaded.voters_in_log {
            records.extend(self.loaded.quorum.records());
        }
        records
    }

    /// A cluster without a metadata.version is new.
    fn opening_records(&self) -> Vec<MetadataRecord> {
        if self.loaded.open_transaction {
            // The transaction itself is in the log, though not in the image.
            let reason = Some("the controller that began it is gone".to_owned());
            return vec![AbortTransactionRecord { reason }.into()];
        }
        if self.loaded.image.metadata_version().is_some() {
            return Vec::new();
        }
        let mut records = self.bootstrap.to_vec();
        if self.level() >= TRANSACTIONS_FROM {
            records.insert(0, BeginTransactionRecord { name: Some("Bootstrap records".to_owned()) }.into());
            records.push(EndTransactionRecord {}.into());
        }
        records
    }

    fn register(&self, broker_epoch: i64) -> MetadataRecord {
        let feature = |(name, levels): (&str, std::ops::RangeInclusive<i16>)| BrokerFeature {
            name: name.to_owned(),
            min_supported_version: *levels.start(),
            max_supported_version: *levels.end(),
        };
        RegisterBrokerRecord {
            broker_id: self.identity.node_id,
            is_migrating_zk_broker: false,
            incarnation_id: self.registration.incarnation,
            broker_epoch,
            end_points: self.registration.endpoints.clone(),
            features: features::declared().into_iter().map(feature).collect(),
            rack: self.registration.rack.clone(),
            fenced: true,
            in_controlled_shutdown: false,
            log_dirs: self.placement.online.clone(),
        }
        .into()
    }

    fn unfence(&self, broker_epoch: i64) -> MetadataRecord {
        let broker_id = self.identity.node_id;
        BrokerRegistrationChangeRecord { broker_id, broker_epoch, fenced: -1, ..Default::default() }.into()
    }

    fn elections(&self, image: &ClusterImage) -> Vec<MetadataRecord> {
        let homes = self.placement.homes(image);
        let partitions = image.topics.values().flat_map(|topic| {
            topic.partitions.iter().zip(0..).map(move |(partition, number)| (topic, partition, number))
        });
        let election = |(topic, partition, number): (&Arc<TopicImage>, &PartitionImage, i32)| match homes
            .get(&(topic.id, number))
            .copied()
            .flatten()
        {
            Some(home) => Some(self.election(topic, partition, number, home)),
            None => (partition.leader != NOBODY).then(|| loss(topic, number)),
        };
        partitions.filter_map(election).map(MetadataRecord::from).collect()
    }

    /// Naming the leader, even the same, begins its next epoch.
    fn election(
        &self,
        topic: &TopicImage,
        partition: &PartitionImage,
        number: i32,
        home: Uuid,
    ) -> PartitionChangeRecord {
        let node_id = self.identity.node_id;
        let own_directory = vec![home];
        let emptied = |replicas: &Option<Vec<i32>>| {
            let some = replicas.as_ref().is_some_and(|replicas| !replicas.is_empty());
            (some && self.level() >= ELR_FROM).then(Vec::new)
        };
        PartitionChangeRecord {
            partition_id: number,
            topic_id: topic.id,
            leader: node_id,
            isr: (partition.isr != [node_id]).then(|| vec![node_id]),
            leader_recovery_state: if partition.leader_recovery_state == 0 { -1 } else { 0 },
            eligible_leader_replicas: emptied(&partition.eligible_leader_replicas),
            last_known_elr: emptied(&partition.last_known_elr),
            directories: (self.level() >= DIRECTORIES_FROM && partition.directories != own_directory)
                .then_some(own_directory),
            ..Default::default()
        }
    }
}

/// A partition whose directory is not there has nobody to lead it.
fn loss(topic: &TopicImage, number: i32) -> PartitionChangeRecord {
    PartitionChangeRecord { partition_id: number, topic_id: topic.id, leader: NOBODY, ..Default::default() }
}

/// Batches that follow each other, and the image behind them.
struct Draft {
    bytes: BytesMut,
    replay: Replay,
    next_offset: i64,
    epoch: i32,
    now: Timestamp,
    level: i16,
}

impl Draft {
    fn place(&self) -> Place {
        Place { base_offset: self.next_offset, epoch: self.epoch, now: self.now }
    }

    fn control(&mut self, records: &[ControlRecord]) {
        self.bytes.extend_from_slice(&control_batch(self.place(), records));
        self.next_offset += records.len() as i64;
        self.replay.passed(self.next_offset - 1);
    }

    fn records(&mut self, records: &[MetadataRecord]) -> Result<(), MetadataLogError> {
        for (record, offset) in records.iter().zip(self.next_offset..) {
            if let MetadataRecord::AbortTransaction(_) = record {
                self.replay.passed(offset);
                continue;
            }
            self.replay.apply(offset, record).map_err(MetadataLogError::Contradiction)?;
        }
        let values: Vec<Bytes> = records.iter().map(|record| record.encode(self.level)).collect();
        for chunk in chunks(&values) {
            self.bytes.extend_from_slice(&data_batch(self.place(), chunk));
            self.next_offset += chunk.len() as i64;
        }
        Ok(())
    }

    fn image(&self) -> Result<ClusterImage, MetadataLogError> {
        self.replay.clone().finish().map_err(MetadataLogError::Contradiction)
    }
}
