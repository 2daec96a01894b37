//! All of a broker that touches its data directory, without sockets and clocks, on the simulated disk: what
//! `broker/start.rs` does when a broker starts and stops, in its order.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kavka::broker::config::BrokerKeys;
use kavka::broker::first_write::FirstWrite;
use kavka::broker::metadata_log::{
    MetadataLog, MetadataLogSettings, NewDirectory, Placement, Registration, format_if_new, is_untouched,
};
use kavka::broker::partitions::{LogDirectories, OpeningListener, Partition, Partitions, Removal, Upkeep, View};
use kavka::clock::Timestamp;
use kavka::log::Disk;
use kavka::log::directory::{CleanShutdown, partition_directories};
use kavka::log::disk::simulated::SimulatedDisk;
use kavka::metadata::ClusterImage;
use kavka::records::metadata::MetadataRecord;
use kavka::vocabulary::Uuid;

pub const NODE_ID: i32 = 1;
pub const DIRECTORY_ID: Uuid = Uuid(0xd1d1);
/// Room for nine keys: those of one batch always fit, those of a whole pass often do not.
const CLEANERS_BYTES: &str = "240";

/// The data directory is the root of the disk.
pub fn root() -> &'static Path {
    Path::new("")
}

pub struct Node {
    disk: Arc<dyn Disk>,
    pub metadata: MetadataLog,
    pub partitions: Arc<Partitions>,
    pub removal: Arc<Removal>,
    upkeep: Upkeep,
}

type Failure = Box<dyn std::error::Error>;

impl Node {
    pub fn start(disk: &SimulatedDisk, now: Timestamp) -> Result<Node, Failure> {
        let disk: Arc<dyn Disk> = Arc::new(disk.clone());
        let settings = MetadataLogSettings {
            disk: disk.clone(),
            directory: PathBuf::from(root()),
            node_id: Some(NODE_ID),
            bytes_between_snapshots: 4000,
            segment_bytes: 1000,
        };
        let metadata = if is_untouched(&*disk, root())? {
            MetadataLog::of_new(settings, new_directory(), Placement::single(DIRECTORY_ID))?
        } else {
            format(&*disk, now);
            MetadataLog::open(settings)?
        };
        partition_directories(&*disk, root())?;
        let keys = keys();
        let view = View::new(NODE_ID, &keys, metadata.images());
        let logs = LogDirectories::single(disk.clone(), root().to_owned(), DIRECTORY_ID, view)?;
        let partitions = Arc::new(Partitions::new(logs));
        let removal = Removal::new(partitions.clone());
        partitions.unmark_clean()?;
        metadata.begin_writing(&registration(), now)?;
        partitions.set_strays_aside().map_err(|rejection| rejection.to_string())?;
        removal.find_leftovers();
        removal.remove_waiting();
        partitions.open_all(1, &OpeningListener::default()).map_err(|rejection| rejection.to_string())?;
        let open = Arc::new(FirstWrite::new(|| async { Ok(()) }));
        let upkeep = Upkeep::new(partitions.clone(), open, &keys);
        Ok(Node { disk, metadata, partitions, removal, upkeep })
    }

    pub fn stop(&self) -> Result<(), Failure> {
        self.partitions.close()?;
        self.removal.find_leftovers();
        self.removal.remove_waiting();
        let epoch = self.metadata.broker_epoch();
        self.metadata.close()?;
        self.partitions.write_checkpoints()?;
        Ok(CleanShutdown::write(&*self.disk, root(), epoch.unwrap_or(-1))?)
    }

    pub fn image(&self) -> Arc<ClusterImage> {
        self.metadata.images().borrow().clone()
    }

    pub fn append(&self, records: &[MetadataRecord], now: Timestamp) {
        self.metadata.append(records, now).unwrap();
    }

    /// Every partition of every topic, opened.
    pub fn all(&self) -> Vec<Arc<Partition>> {
        let image = self.image();
        let indexes =
            image.topics.values().flat_map(|topic| (0i32..).take(topic.partitions.len()).map(move |i| (topic, i)));
        indexes.map(|(topic, index)| self.partitions.leader(topic, index).unwrap()).collect()
    }

    pub fn retain(&self, now: Timestamp) {
        self.upkeep.retain_all(now);
    }

    pub fn clean(&self, now: Timestamp) {
        self.upkeep.clean_all(now);
    }

    pub fn flush_and_checkpoint(&self, now: Timestamp) {
        self.upkeep.checkpoint_now(now);
    }
}

/// What `format` does, if it is to be done.
pub fn format(disk: &dyn Disk, now: Timestamp) {
    format_if_new(disk, root(), &new_directory(), now).unwrap();
}

fn keys() -> BrokerKeys {
    let mut keys = BrokerKeys::default();
    keys.set("transaction.partition.verification.enable", "false").unwrap();
    keys.set("log.cleaner.dedupe.buffer.size", CLEANERS_BYTES).unwrap();
    keys
}

fn new_directory() -> NewDirectory {
    NewDirectory {
        cluster_id: "of-crashes".to_owned(),
        node_id: NODE_ID,
        directory_id: DIRECTORY_ID,
        controller_port: 9093,
    }
}

fn registration() -> Registration {
    Registration { incarnation: Uuid(0xabc), endpoints: Vec::new(), rack: None }
}
