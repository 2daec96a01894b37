//! The records of `__cluster_metadata-0` and of its snapshots: one enum over all 26 types, and its bytes.
//!
//! ```text
//! uvarint frame version (1) | uvarint type | uvarint version of the type | the message, and no byte more
//! ```
//!
//! A writer picks each version by the metadata.version of the cluster; a reader knows all of them. What is unknown, or
//! left over, is refused: a controller that skipped a record would be wrong about everything behind it.
//!
//! Source: `AbstractApiMessageSerde`, the record schemas of Apache Kafka 4.2.1.

mod fault;
mod tables;

use bytes::Bytes;

pub use fault::RecordFault;
pub use tables::*;

use crate::protocol::{Message, Reader, Writer};

/// The only frame version there is.
const FRAME_VERSION: u32 = 1;

macro_rules! record_types {
    ($($variant:ident($table:ident)),* $(,)?) => {
        /// One record of the metadata log.
        #[derive(Debug, Clone, PartialEq)]
        pub enum MetadataRecord {
            $($variant($table),)*
        }

        $(impl From<$table> for MetadataRecord {
            fn from(record: $table) -> MetadataRecord {
                MetadataRecord::$variant(record)
            }
        })*

        impl MetadataRecord {
            /// The type's number on disk.
            pub fn key(&self) -> i16 {
                match self {
                    $(MetadataRecord::$variant(_) => $table::KEY,)*
                }
            }

            /// The type's name in the schemas.
            pub fn name(&self) -> &'static str {
                match self {
                    $(MetadataRecord::$variant(_) => stringify!($table),)*
                }
            }

            fn write_message(&self, to: &mut Writer, version: i16) {
                match self {
                    $(MetadataRecord::$variant(record) => record.encode_to(to, version),)*
                }
            }

            fn read_message(from: &mut Reader, key: u32, version: u32) -> Result<MetadataRecord, RecordFault> {
                let key = i16::try_from(key).map_err(|_| RecordFault::UnknownType(key))?;
                match key {
                    $($table::KEY => {
                        let known = i16::try_from(version).ok().filter(|v| $table::VERSIONS.contains(v));
                        let name = stringify!($table);
                        let version = known.ok_or(RecordFault::UnknownVersion { name, version })?;
                        let record = $table::decode_from(from, version);
                        record.map(MetadataRecord::$variant).map_err(|fault| RecordFault::Malformed { name, fault })
                    })*
                    _ => Err(RecordFault::UnknownType(key as u32)),
                }
            }
        }
    };
}

record_types! {
    RegisterBroker(RegisterBrokerRecord),
    UnregisterBroker(UnregisterBrokerRecord),
    Topic(TopicRecord),
    Partition(PartitionRecord),
    Config(ConfigRecord),
    PartitionChange(PartitionChangeRecord),
    FenceBroker(FenceBrokerRecord),
    UnfenceBroker(UnfenceBrokerRecord),
    RemoveTopic(RemoveTopicRecord),
    DelegationToken(DelegationTokenRecord),
    UserScramCredential(UserScramCredentialRecord),
    FeatureLevel(FeatureLevelRecord),
    ClientQuota(ClientQuotaRecord),
    ProducerIds(ProducerIdsRecord),
    BrokerRegistrationChange(BrokerRegistrationChangeRecord),
    AccessControlEntry(AccessControlEntryRecord),
    RemoveAccessControlEntry(RemoveAccessControlEntryRecord),
    NoOp(NoOpRecord),
    ZkMigrationState(ZkMigrationStateRecord),
    RemoveUserScramCredential(RemoveUserScramCredentialRecord),
    BeginTransaction(BeginTransactionRecord),
    EndTransaction(EndTransactionRecord),
    AbortTransaction(AbortTransactionRecord),
    RemoveDelegationToken(RemoveDelegationTokenRecord),
    RegisterController(RegisterControllerRecord),
    ClearElr(ClearElrRecord),
}

impl MetadataRecord {
    /// The version in which a cluster at `metadata_version` writes this record.
    pub fn version_at(&self, metadata_version: i16) -> i16 {
        match self {
            MetadataRecord::Partition(_) | MetadataRecord::PartitionChange(_) => match metadata_version {
                23.. => 2,
                17.. => 1,
                _ => 0,
            },
            MetadataRecord::RegisterBroker(_) => match metadata_version {
                17.. => 3,
                8.. => 2,
                7.. => 1,
                _ => 0,
            },
            MetadataRecord::BrokerRegistrationChange(change) => {
                match (change.log_dirs.is_empty(), change.in_controlled_shutdown) {
                    (false, _) => 2,
                    (true, 0) => 0,
                    (true, _) => 1,
                }
            }
            _ => 0,
        }
    }

    /// The value of the record in the log.
    pub fn encode(&self, metadata_version: i16) -> Bytes {
        self.encode_version(self.version_at(metadata_version))
    }

    fn encode_version(&self, version: i16) -> Bytes {
        let mut writer = Writer::new();
        writer.put_unsigned_varint(FRAME_VERSION);
        writer.put_unsigned_varint(self.key() as u32);
        writer.put_unsigned_varint(version as u32);
        self.write_message(&mut writer, version);
        writer.into_bytes()
    }

    pub fn decode(value: Bytes) -> Result<MetadataRecord, RecordFault> {
        let mut reader = Reader::new(value);
        let frame = reader.unsigned_varint().map_err(RecordFault::Frame)?;
        if frame != FRAME_VERSION {
            return Err(RecordFault::UnknownFrame(frame));
        }
        let key = reader.unsigned_varint().map_err(RecordFault::Frame)?;
        let version = reader.unsigned_varint().map_err(RecordFault::Frame)?;
        let record = MetadataRecord::read_message(&mut reader, key, version)?;
        match reader.remaining() {
            0 => Ok(record),
            bytes => Err(RecordFault::LeftOver { name: record.name(), bytes }),
        }
    }
}

#[cfg(test)]
mod tests;
