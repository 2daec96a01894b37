//! Making a directory a new cluster's: `bootstrap.checkpoint`, the voters, and at last `meta.properties`, whose presence
//! means that all of it is there. Source: `Formatter.java`.

use std::path::Path;

use super::Identity;
use super::errors::{Attempt, MetadataLogError};
use super::names::SnapshotName;
use super::snapshots;
use crate::clock::Timestamp;
use crate::log::Disk;
use crate::log::directory::{META_PROPERTIES_FILE, MetaProperties, metadata_log_directory, partition_directories};
use crate::log::disk::replace_unsynced;
use crate::metadata::{Quorum, features, snapshot};
use crate::records::control::{Endpoint, KRaftVersionFeature, VotersRecord, VotersRecordVoter};
use crate::records::metadata::{FeatureLevelRecord, MetadataRecord};
use crate::vocabulary::Uuid;

pub const BOOTSTRAP_FILE: &str = "bootstrap.checkpoint";

/// What a new directory is to say of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDirectory {
    pub cluster_id: String,
    pub node_id: i32,
    pub directory_id: Uuid,
    /// Where Kafka's controller would listen; a sole voter corrects it when it starts.
    pub controller_port: u16,
}

impl NewDirectory {
    /// A cluster with new ids.
    pub fn random(node_id: i32) -> NewDirectory {
        NewDirectory {
            cluster_id: Uuid::random().to_string(),
            node_id,
            directory_id: Uuid::random(),
            controller_port: 9093,
        }
    }

    pub fn identity(&self) -> Identity {
        let NewDirectory { cluster_id, node_id, directory_id, .. } = self.clone();
        Identity { cluster_id, node_id, directory_id }
    }

    pub(super) fn quorum(&self) -> Quorum {
        let voter = VotersRecordVoter {
            voter_id: self.node_id,
            voter_directory_id: self.directory_id,
            endpoints: vec![Endpoint {
                name: "CONTROLLER".to_owned(),
                host: "localhost".to_owned(),
                port: self.controller_port,
            }],
            kraft_version_feature: KRaftVersionFeature { min_supported_version: 0, max_supported_version: 1 },
        };
        let voters = VotersRecord { version: 0, voters: vec![voter] };
        Quorum { kraft_version: features::NEW_KRAFT_VERSION, voters: Some(voters) }
    }
}

/// The records that a new cluster starts with. Features are finalized only as far as they are served.
pub(super) fn bootstrap_records() -> Vec<MetadataRecord> {
    let levels = [
        (features::METADATA_VERSION, features::NEW_METADATA_VERSION),
        (features::GROUP_VERSION, features::NEW_GROUP_VERSION),
        (features::TRANSACTION_VERSION, features::NEW_TRANSACTION_VERSION),
    ];
    levels.map(|(name, feature_level)| FeatureLevelRecord { name: name.to_owned(), feature_level }.into()).into()
}

/// Whether nothing in a directory speaks of a broker: nobody began to format it, and no partition is there.
pub fn is_untouched(disk: &dyn Disk, directory: &Path) -> Result<bool, MetadataLogError> {
    let path = directory.join(META_PROPERTIES_FILE);
    let is_formatted = disk.exists(&path).attempt("look for", &path)?;
    Ok(!is_formatted && partition_directories(disk, directory)?.is_empty())
}

/// Formats a directory that has no `meta.properties` yet; false if it has. The directory itself exists.
pub fn format_if_new(
    disk: &dyn Disk,
    directory: &Path,
    new: &NewDirectory,
    now: Timestamp,
) -> Result<bool, MetadataLogError> {
    if MetaProperties::read(disk, directory)?.is_some() {
        return Ok(false);
    }
    let properties = MetaProperties {
        cluster_id: new.cluster_id.clone(),
        node_id: new.node_id,
        directory_id: Some(new.directory_id),
    };
    write_new(disk, directory, &properties, &bootstrap_records(), Some(&new.quorum()), now)?;
    Ok(true)
}

/// Writes what makes a directory a formatted one; `quorum` into one that is to hold the metadata of a cluster whose voters
/// are in the log.
pub fn write_new(
    disk: &dyn Disk,
    directory: &Path,
    properties: &MetaProperties,
    bootstrap: &[MetadataRecord],
    quorum: Option<&Quorum>,
    now: Timestamp,
) -> Result<(), MetadataLogError> {
    let path = directory.join(BOOTSTRAP_FILE);
    let records = snapshot::encode_bootstrap(bootstrap, now);
    // Its name lasts when that of `meta.properties` does.
    replace_unsynced(disk, &path, &records, true).attempt("write", &path)?;
    if let Some(quorum) = quorum {
        let log_directory = metadata_log_directory(directory);
        if !disk.exists(&log_directory).attempt("look for", &log_directory)? {
            disk.create_directory(&log_directory).attempt("create", &log_directory)?;
        }
        let voters = snapshot::encode_voters(quorum, now);
        snapshots::write(disk, &log_directory, SnapshotName { end_offset: 0, epoch: 0 }, &voters)?;
    }
    Ok(properties.write(disk, directory, now)?)
}

/// What a formatted directory was to start with.
pub(super) fn read_bootstrap(disk: &dyn Disk, directory: &Path) -> Result<Vec<MetadataRecord>, MetadataLogError> {
    let path = directory.join(BOOTSTRAP_FILE);
    match disk.read(&path).attempt("read", &path)? {
        None => Ok(bootstrap_records()),
        Some(bytes) => snapshot::decode_bootstrap(&bytes).map_err(|fault| MetadataLogError::Content { path, fault }),
    }
}
