//! The cluster's metadata on disk: `__cluster_metadata-0`, its snapshots, `quorum-state`.
//!
//! Opening only reads: the newest snapshot, then the log; of a new directory nothing is there before the first write.
//! What readers see is the image that results, as this node will lead it. [`MetadataLog::begin_writing`], called once
//! before the first write of any kind, makes this node the writer of a new epoch. From then on every batch of records is
//! one atomic unit: checked against the image, appended, on the platter before it is published and acknowledged. After a
//! failed write nothing more is taken, since what is on disk is not known.

mod admission;
mod errors;
mod formatting;
mod journal;
mod loading;
mod names;
mod placement;
mod quorum_state;
mod raft_log;
mod snapshots;
mod takeover;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::sync::watch;

pub use errors::MetadataLogError;
pub use formatting::{BOOTSTRAP_FILE, NewDirectory, format_if_new, is_untouched, write_new};
pub use journal::MetadataJournal;
pub use placement::{FoundIn, Placement};

use crate::clock::Timestamp;
use crate::log::Disk;
use crate::log::directory::{MetaProperties, metadata_log_directory};
use crate::metadata::batches::{Place, data_batch};
use crate::metadata::snapshot::{Snapshot, chunks};
use crate::metadata::{ClusterImage, Quorum, Replay, Source, features};
use crate::records::metadata::{BeginTransactionRecord, BrokerEndpoint, EndTransactionRecord, MetadataRecord};
use crate::vocabulary::Uuid;
use loading::Loaded;
use names::SnapshotName;
use quorum_state::QuorumState;
use takeover::{Takeover, Writer};

/// What Kafka calls `metadata.log.max.record.bytes.between.snapshots`.
pub const BYTES_BETWEEN_SNAPSHOTS: u64 = 20 << 20;
/// The leader of a partition that has none.
const NOBODY: i32 = -1;
/// Kafka's default is 1 GiB.
pub const SEGMENT_BYTES: u64 = 32 << 20;
/// The largest batch that Kafka writes.
const LARGEST_BATCH_BYTES: usize = 8 << 20;

/// Where the log is, and how it is kept.
#[derive(Debug, Clone)]
pub struct MetadataLogSettings {
    pub disk: Arc<dyn Disk>,
    /// The data directory, which holds `meta.properties`.
    pub directory: PathBuf,
    /// Who this node is to be; `None` takes what `meta.properties` says.
    pub node_id: Option<i32>,
    pub bytes_between_snapshots: u64,
    /// Only whole segments can be dropped below a snapshot.
    pub segment_bytes: u64,
}

impl MetadataLogSettings {
    fn log_directory(&self) -> PathBuf {
        metadata_log_directory(&self.directory)
    }
}

/// Whose directory it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub cluster_id: String,
    pub node_id: i32,
    pub directory_id: Uuid,
}

/// How this node registers as a broker.
#[derive(Debug, Clone, PartialEq)]
pub struct Registration {
    /// Of this run.
    pub incarnation: Uuid,
    pub endpoints: Vec<BrokerEndpoint>,
    pub rack: Option<String>,
}

/// The metadata log of a data directory whose lock is held.
pub struct MetadataLog {
    settings: MetadataLogSettings,
    identity: Identity,
    placement: Placement,
    published: watch::Sender<Arc<ClusterImage>>,
    state: Mutex<State>,
}

struct State {
    image: ClusterImage,
    quorum: Quorum,
    last_timestamp: Timestamp,
    bytes_since_snapshot: u64,
    phase: Phase,
}

enum Phase {
    Reading {
        loaded: Box<Loaded>,
        quorum_state: QuorumState,
        bootstrap: Vec<MetadataRecord>,
        /// What the directory is to be made of.
        new: Option<NewDirectory>,
    },
    Writing(Box<Writer>),
    Fenced(String),
}

impl MetadataLog {
    /// Reads everything; writes nothing. Partitions lie in the directory of the metadata.
    pub fn open(settings: MetadataLogSettings) -> Result<MetadataLog, MetadataLogError> {
        let placement = Placement::single(read_identity(&settings)?.directory_id);
        MetadataLog::open_with(settings, placement)
    }

    /// The same for a broker with other log directories.
    pub fn open_with(settings: MetadataLogSettings, placement: Placement) -> Result<MetadataLog, MetadataLogError> {
        let identity = read_identity(&settings)?;
        let disk = &*settings.disk;
        let quorum_state = QuorumState::read(disk, &settings.log_directory())?;
        let loaded = loading::load(disk, &settings.log_directory())?;
        if let Some(why) = admission::refusal(&identity, &loaded, quorum_state) {
            return Err(MetadataLogError::Foreign(why));
        }
        let bootstrap = formatting::read_bootstrap(disk, &settings.directory)?;
        let phase = Phase::Reading { loaded: Box::new(loaded), quorum_state, bootstrap, new: None };
        MetadataLog::reading(settings, identity, placement, phase)
    }

    /// That of an untouched directory, which is formatted before the first write: a broker can be of use before anything
    /// has reached the platter.
    pub fn of_new(
        settings: MetadataLogSettings,
        new: NewDirectory,
        placement: Placement,
    ) -> Result<MetadataLog, MetadataLogError> {
        let identity = new.identity();
        let phase = Phase::Reading {
            loaded: Box::new(loading::of_new(&new)?),
            quorum_state: QuorumState::default(),
            bootstrap: formatting::bootstrap_records(),
            new: Some(new),
        };
        MetadataLog::reading(settings, identity, placement, phase)
    }

    fn reading(
        settings: MetadataLogSettings,
        identity: Identity,
        placement: Placement,
        phase: Phase,
    ) -> Result<MetadataLog, MetadataLogError> {
        let Phase::Reading { loaded, bootstrap, .. } = &phase else { return Err(MetadataLogError::NotBegun) };
        let view = reader_view(&loaded.image, identity.node_id, &placement, bootstrap)?;
        let state = State {
            image: loaded.image.clone(),
            quorum: loaded.quorum.clone(),
            last_timestamp: loaded.last_timestamp,
            bytes_since_snapshot: loaded.bytes_since_snapshot,
            phase,
        };
        let (published, _) = watch::channel(Arc::new(view));
        Ok(MetadataLog { settings, identity, placement, published, state: Mutex::new(state) })
    }

    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The ids of the log directories that could be used when it was opened.
    pub fn log_directories(&self) -> &[Uuid] {
        &self.placement.online
    }

    /// The image, and each that replaces it.
    pub fn images(&self) -> watch::Receiver<Arc<ClusterImage>> {
        self.published.subscribe()
    }

    /// The broker epoch of this run, for `.kafka_cleanshutdown`; before it began to write, that of the last.
    pub fn broker_epoch(&self) -> Option<i64> {
        let state = self.lock();
        match &state.phase {
            Phase::Writing(writer) => Some(writer.broker_epoch),
            _ => state.image.brokers.get(&self.identity.node_id).map(|broker| broker.epoch),
        }
    }

    /// Makes this node the writer, once; later calls do nothing. Before it, the marker of a clean shutdown is gone.
    pub fn begin_writing(&self, registration: &Registration, now: Timestamp) -> Result<(), MetadataLogError> {
        let mut state = self.lock();
        let prepared = match &state.phase {
            Phase::Writing(_) => return Ok(()),
            Phase::Fenced(cause) => return Err(MetadataLogError::Fenced(cause.clone())),
            Phase::Reading { loaded, quorum_state, bootstrap, new } => {
                if let Some(new) = new {
                    format_if_new(&*self.settings.disk, &self.settings.directory, new, now)?;
                }
                let takeover = Takeover {
                    settings: &self.settings,
                    identity: &self.identity,
                    placement: &self.placement,
                    loaded,
                    quorum_state: *quorum_state,
                    bootstrap,
                    registration,
                    now,
                };
                takeover.prepare()?
            }
        };
        match prepared.write(now) {
            Ok((writer, image)) => {
                state.phase = Phase::Writing(Box::new(writer));
                state.last_timestamp = now;
                self.publish(&mut state, image);
                Ok(())
            }
            Err(error) => {
                state.phase = Phase::Fenced(error.to_string());
                Err(error)
            }
        }
    }

    /// Writes records as one atomic unit and publishes the image behind them.
    pub fn append(&self, records: &[MetadataRecord], now: Timestamp) -> Result<(), MetadataLogError> {
        if records.is_empty() {
            return Ok(());
        }
        let mut state = self.lock();
        let State { phase, image, .. } = &mut *state;
        let writer = match phase {
            Phase::Writing(writer) => writer,
            Phase::Fenced(cause) => return Err(MetadataLogError::Fenced(cause.clone())),
            Phase::Reading { .. } => return Err(MetadataLogError::NotBegun),
        };
        let (batches, next) = unit(image, records, writer, now)?;
        let size = batches.len() as u64;
        let epoch = writer.epoch;
        if let Err(error) = writer.log.append(batches, epoch, now).and_then(|()| writer.log.flush()) {
            state.phase = Phase::Fenced(error.to_string());
            return Err(error);
        }
        state.last_timestamp = now;
        state.bytes_since_snapshot += size;
        self.publish(&mut state, next);
        if state.bytes_since_snapshot > self.settings.bytes_between_snapshots {
            // The records are safe without it; the next append tries again.
            if let Err(error) = self.snapshot(&mut state, now) {
                tracing::warn!("cannot write a snapshot of the metadata: {error}");
            }
        }
        Ok(())
    }

    /// Flushes and ends the log, if it was written at all.
    pub fn close(&self) -> Result<(), MetadataLogError> {
        let mut state = self.lock();
        match &mut state.phase {
            Phase::Writing(writer) => writer.log.close()?,
            Phase::Reading { .. } => return Ok(()),
            Phase::Fenced(cause) => return Err(MetadataLogError::Fenced(cause.clone())),
        }
        state.phase = Phase::Fenced("it was closed".to_owned());
        Ok(())
    }

    fn snapshot(&self, state: &mut State, now: Timestamp) -> Result<(), MetadataLogError> {
        let Phase::Writing(writer) = &mut state.phase else { return Ok(()) };
        let name = SnapshotName { end_offset: state.image.end_offset, epoch: writer.epoch };
        let snapshot =
            Snapshot { image: state.image.clone(), quorum: state.quorum.clone(), last_timestamp: state.last_timestamp };
        let (disk, directory) = (&*self.settings.disk, self.settings.log_directory());
        snapshots::write(disk, &directory, name, &snapshot.encode(writer.epoch, now))?;
        state.bytes_since_snapshot = 0;
        snapshots::delete_older(disk, &directory, name)?;
        writer.log.drop_below(name.end_offset, now)
    }

    fn publish(&self, state: &mut State, image: ClusterImage) {
        state.image = image;
        self.published.send_replace(Arc::new(state.image.clone()));
    }

    /// The state is whole after every assignment, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose directory it is, from `meta.properties`.
pub fn read_identity(settings: &MetadataLogSettings) -> Result<Identity, MetadataLogError> {
    let directory = settings.directory.clone();
    let Some(properties) = MetaProperties::read(&*settings.disk, &directory)? else {
        return Err(MetadataLogError::NotFormatted(directory));
    };
    let found = properties.node_id;
    if let Some(configured) = settings.node_id.filter(|configured| *configured != found) {
        return Err(MetadataLogError::OtherNode { directory, found, configured });
    }
    let Some(directory_id) = properties.directory_id else {
        return Err(MetadataLogError::Foreign(
            "its meta.properties has no directory.id; Apache Kafka 3.7 or later adds one when it starts on it"
                .to_owned(),
        ));
    };
    Ok(Identity { cluster_id: properties.cluster_id, node_id: found, directory_id })
}

/// What readers see before this node took over: a new cluster at its levels, and every partition led by this node whose
/// directory is there. The takeover will only raise epochs.
fn reader_view(
    image: &ClusterImage,
    node_id: i32,
    placement: &Placement,
    bootstrap: &[MetadataRecord],
) -> Result<ClusterImage, MetadataLogError> {
    let mut replay = Replay::new(image.clone(), Source::Snapshot);
    if image.metadata_version().is_none() {
        for record in bootstrap {
            replay.apply(0, record).map_err(MetadataLogError::Contradiction)?;
        }
    }
    let mut view = replay.finish().map_err(MetadataLogError::Contradiction)?;
    if let Some(broker) = view.brokers.get_mut(&node_id) {
        broker.log_dirs.clone_from(&placement.online);
    }
    let homes = placement.homes(&view);
    for topic in view.topics.values_mut() {
        let mut seen = topic.partitions.clone();
        for (partition, number) in seen.iter_mut().zip(0..) {
            match homes.get(&(topic.id, number)).copied().flatten() {
                Some(home) => {
                    partition.leader = node_id;
                    partition.isr = vec![node_id];
                    partition.directories = vec![home];
                }
                None => partition.leader = NOBODY,
            }
        }
        if seen != topic.partitions {
            Arc::make_mut(topic).partitions = seen;
        }
    }
    Ok(view)
}

/// The batches that append `records` atomically, and the image behind them. Too much for one batch becomes a metadata
/// transaction.
fn unit(
    image: &ClusterImage,
    records: &[MetadataRecord],
    writer: &Writer,
    now: Timestamp,
) -> Result<(Bytes, ClusterImage), MetadataLogError> {
    let level = image.metadata_version().unwrap_or(features::NEW_METADATA_VERSION);
    let encode = |record: &MetadataRecord| record.encode(level);
    let mut values: Vec<Bytes> = records.iter().map(encode).collect();
    let is_large = values.iter().map(|value| value.len() + 32).sum::<usize>() > LARGEST_BATCH_BYTES;
    if is_large {
        let begin = BeginTransactionRecord { name: Some("a large change".to_owned()) };
        values.insert(0, encode(&begin.into()));
        values.push(encode(&EndTransactionRecord {}.into()));
    }
    let base_offset = writer.log.end_offset();
    let mut replay = Replay::new(image.clone(), Source::Log);
    for record in records {
        replay.apply(base_offset, record).map_err(MetadataLogError::Contradiction)?;
    }
    replay.passed(base_offset + values.len() as i64 - 1);
    let next = replay.finish().map_err(MetadataLogError::Contradiction)?;
    let place = Place { base_offset, epoch: writer.epoch, now };
    if !is_large {
        return Ok((data_batch(place, &values), next));
    }
    let mut batches = BytesMut::new();
    let mut offset = base_offset;
    for chunk in chunks(&values) {
        batches.extend_from_slice(&data_batch(Place { base_offset: offset, ..place }, chunk));
        offset += chunk.len() as i64;
    }
    Ok((batches.freeze(), next))
}

#[cfg(test)]
mod tests;
