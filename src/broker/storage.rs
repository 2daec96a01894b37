//! Directories of a node while no broker runs on it: whose they are, and making them a new cluster's.
//!
//! What `kafka-storage.sh` does. Source: `Formatter.java`, Kafka 4.2.1; a directory that it formatted is ours to open, and the
//! other way round.

use std::path::{Path, PathBuf};

use super::metadata_log::{MetadataLogError, write_new};
use crate::clock::Timestamp;
use crate::log::directory::MetaProperties;
use crate::log::{Disk, LogError, OsDisk};
use crate::metadata::Quorum;
pub use crate::metadata::features;
use crate::records::control::{Endpoint, KRaftVersionFeature, VotersRecord, VotersRecordVoter};
use crate::records::metadata::{FeatureLevelRecord, MetadataRecord};
use crate::vocabulary::Uuid;

/// What the directories of a node are to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formatting {
    pub cluster_id: String,
    pub node_id: i32,
    /// Levels of features, metadata.version first. Level 0 is that of a feature which is not there.
    pub levels: Vec<(&'static str, i16)>,
    /// The controllers that vote at first, of a cluster that keeps them in its log.
    pub voters: Option<Vec<Voter>>,
    pub controller_listener: String,
    pub metadata_directory: PathBuf,
}

/// A controller that votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voter {
    pub id: i32,
    pub host: String,
    pub port: u16,
    pub directory_id: Uuid,
}

/// What a directory is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Data,
    Metadata,
    /// Of a node in a cluster that keeps its voters in its log.
    DynamicMetadata,
    /// The same, of a voter.
    DynamicMetadataVoter,
}

/// What makes up a directory that is formatted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub cluster_id: String,
    pub node_id: i32,
    pub directory_id: Option<Uuid>,
}

/// Whose directory it is; `None` if it is not formatted or not there.
pub fn read(directory: &Path) -> Result<Option<Found>, LogError> {
    let found = MetaProperties::read(&OsDisk, directory)?;
    Ok(found.map(|MetaProperties { cluster_id, node_id, directory_id }| Found { cluster_id, node_id, directory_id }))
}

impl Formatting {
    pub fn purpose_of(&self, directory: &Path) -> Purpose {
        match &self.voters {
            _ if directory != self.metadata_directory => Purpose::Data,
            None => Purpose::Metadata,
            Some(voters) if voters.iter().any(|voter| voter.id == self.node_id) => Purpose::DynamicMetadataVoter,
            Some(_) => Purpose::DynamicMetadata,
        }
    }

    /// Makes the directory if need be, and formats it.
    pub fn format(&self, directory: &Path) -> Result<(), MetadataLogError> {
        let disk = OsDisk;
        std::fs::create_dir_all(directory).map_err(|source| LogError::Io {
            action: "create",
            path: directory.to_owned(),
            source,
        })?;
        let purpose = self.purpose_of(directory);
        let voters = self.voters.as_deref().unwrap_or_default();
        let own = voters.iter().find(|voter| voter.id == self.node_id && purpose == Purpose::DynamicMetadataVoter);
        let properties = MetaProperties {
            cluster_id: self.cluster_id.clone(),
            node_id: self.node_id,
            directory_id: Some(own.map_or_else(Uuid::random, |voter| voter.directory_id)),
        };
        let quorum =
            matches!(purpose, Purpose::DynamicMetadata | Purpose::DynamicMetadataVoter).then(|| self.quorum(voters));
        write_new(&disk as &dyn Disk, directory, &properties, &self.records(), quorum.as_ref(), Timestamp::now())
    }

    fn quorum(&self, voters: &[Voter]) -> Quorum {
        let voter = |voter: &Voter| VotersRecordVoter {
            voter_id: voter.id,
            voter_directory_id: voter.directory_id,
            endpoints: vec![Endpoint {
                name: self.controller_listener.clone(),
                host: voter.host.clone(),
                port: voter.port,
            }],
            kraft_version_feature: KRaftVersionFeature { min_supported_version: 0, max_supported_version: 1 },
        };
        let voters = VotersRecord { version: 0, voters: voters.iter().map(voter).collect() };
        Quorum { kraft_version: features::NEW_KRAFT_VERSION, voters: Some(voters) }
    }

    fn records(&self) -> Vec<MetadataRecord> {
        let levels = self.levels.iter().filter(|(name, level)| *level > 0 && *name != features::KRAFT_VERSION);
        levels
            .map(|(name, feature_level)| {
                FeatureLevelRecord { name: (*name).to_owned(), feature_level: *feature_level }.into()
            })
            .collect()
    }
}
