//! The log of `__cluster_metadata-0` under its writer.

use std::sync::Arc;

use bytes::Bytes;

use super::MetadataLogSettings;
use super::errors::{Attempt, MetadataLogError};
use super::loading::Loaded;
use crate::clock::Timestamp;
use crate::log::{Append, LogSettings, Opening, Origin, PartitionLog};
use crate::vocabulary::Uuid;

pub(super) struct RaftLog {
    log: PartitionLog,
}

impl RaftLog {
    /// Opens the log at the end that was loaded: cuts a torn tail off, begins anew behind a snapshot that outran it.
    pub fn open(settings: &MetadataLogSettings, loaded: &Loaded, now: Timestamp) -> Result<RaftLog, MetadataLogError> {
        let directory = settings.log_directory();
        let disk = &settings.disk;
        if !disk.exists(&directory).attempt("look for", &directory)? {
            disk.create_directory(&directory).attempt("create", &directory)?;
            disk.sync_directory(&settings.directory).attempt("sync", &settings.directory)?;
        }
        let opening = Opening {
            settings: log_settings(settings.segment_bytes),
            clean: false,
            recovery_point: Some(loaded.settled_to),
            log_start: (!loaded.has_segments).then_some(loaded.end_offset),
            now,
        };
        let (mut log, report) = PartitionLog::open(Arc::clone(disk), directory.clone(), opening)?;
        log.trust_name();
        if report.topic_id_missing || log.topic_id() != Uuid::ONE {
            log.assign_topic_id(Uuid::ONE)?;
        }
        if report.bytes_truncated > 0 {
            tracing::info!(bytes = report.bytes_truncated, "cut an unfinished batch off the metadata log");
        }
        if loaded.log_is_outdated {
            log.restart_at(loaded.end_offset, now)?;
        }
        if log.end_offset() != loaded.end_offset {
            let (expected, found) = (loaded.end_offset, log.end_offset());
            let fault = format!("recovered up to offset {found}, although {expected} was read");
            return Err(MetadataLogError::Malformed { path: directory, fault });
        }
        if log.segment_count() > 1 {
            // The next append may begin a segment: then nobody will look at these again.
            log.flush()?;
        }
        Ok(RaftLog { log })
    }

    pub fn end_offset(&self) -> i64 {
        self.log.end_offset()
    }

    pub fn append(&mut self, batches: Bytes, epoch: i32, now: Timestamp) -> Result<(), MetadataLogError> {
        self.log.append(batches, Append { leader_epoch: epoch, origin: Origin::Raft, now })?;
        Ok(())
    }

    pub fn flush(&mut self) -> Result<(), MetadataLogError> {
        Ok(self.log.flush()?)
    }

    /// Drops the segments that lie wholly below a snapshot.
    pub fn drop_below(&mut self, offset: i64, now: Timestamp) -> Result<(), MetadataLogError> {
        self.log.delete_records_before(offset)?;
        self.log.apply_retention(now)?;
        Ok(())
    }

    pub fn close(&mut self) -> Result<(), MetadataLogError> {
        Ok(self.log.close()?)
    }
}

fn log_settings(segment_bytes: u64) -> LogSettings {
    LogSettings {
        segment_bytes,
        max_message_bytes: segment_bytes,
        retention_ms: -1,
        retention_bytes: -1,
        ..LogSettings::default()
    }
}
