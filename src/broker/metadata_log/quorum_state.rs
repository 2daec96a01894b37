//! `quorum-state`: the raft epoch that this node reached, one line of JSON. Source: `QuorumStateData.json`.

use std::path::Path;

use serde_json::{Value, json};

use super::errors::{Attempt, MetadataLogError};
use crate::log::Disk;
use crate::log::disk::replace;
use crate::vocabulary::Uuid;

pub(super) const QUORUM_STATE_FILE: &str = "quorum-state";

/// What counts for a quorum of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct QuorumState {
    pub leader_epoch: i32,
    /// How many nodes vote, where the file says so (kraft.version 0).
    pub voter_count: Option<usize>,
}

impl QuorumState {
    /// Epoch 0 if there is no such file.
    pub fn read(disk: &dyn Disk, log_directory: &Path) -> Result<QuorumState, MetadataLogError> {
        let path = log_directory.join(QUORUM_STATE_FILE);
        match disk.read(&path).attempt("read", &path)? {
            None => Ok(QuorumState::default()),
            Some(bytes) => parse(&bytes).map_err(|fault| MetadataLogError::Malformed { path, fault }),
        }
    }
}

fn parse(bytes: &[u8]) -> Result<QuorumState, String> {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let state: Value = serde_json::from_slice(line).map_err(|e| format!("not JSON: {e}"))?;
    let version = state.get("data_version").and_then(Value::as_i64);
    if !matches!(version, Some(0 | 1)) {
        return Err(format!("data_version {version:?} instead of 0 or 1"));
    }
    let epoch = state.get("leaderEpoch").and_then(Value::as_i64).and_then(|epoch| i32::try_from(epoch).ok());
    let leader_epoch = epoch.filter(|epoch| *epoch >= 0).ok_or("no leaderEpoch")?;
    let voter_count = state.get("currentVoters").and_then(Value::as_array).map(Vec::len);
    Ok(QuorumState { leader_epoch, voter_count })
}

/// Says that this node leads in `epoch`; on disk before the first batch of the epoch is.
pub(super) fn write_leadership(
    disk: &dyn Disk,
    log_directory: &Path,
    node_id: i32,
    epoch: i32,
    kraft_version: i16,
) -> Result<(), MetadataLogError> {
    let path = log_directory.join(QUORUM_STATE_FILE);
    replace(disk, &path, leadership(node_id, epoch, kraft_version).as_bytes()).attempt("write", &path)
}

fn leadership(node_id: i32, epoch: i32, kraft_version: i16) -> String {
    let state = match kraft_version {
        0 => json!({
            "clusterId": "",
            "leaderId": node_id,
            "leaderEpoch": epoch,
            "votedId": -1,
            "appliedOffset": 0,
            "currentVoters": [{"voterId": node_id}],
            "data_version": 0,
        }),
        _ => json!({
            "leaderId": node_id,
            "leaderEpoch": epoch,
            "votedId": -1,
            "votedDirectoryId": Uuid::ZERO.to_string(),
            "data_version": 1,
        }),
    };
    state.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DYNAMIC: &str =
        r#"{"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}"#;
    const STATIC: &str = r#"{"clusterId":"","leaderId":1,"leaderEpoch":6,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}"#;

    #[test]
    fn both_versions_are_what_kafka_writes() {
        assert_eq!(leadership(1, 1, 1), DYNAMIC);
        assert_eq!(leadership(1, 6, 0), STATIC);
        assert_eq!(parse(DYNAMIC.as_bytes()).unwrap(), QuorumState { leader_epoch: 1, voter_count: None });
        assert_eq!(parse(STATIC.as_bytes()).unwrap(), QuorumState { leader_epoch: 6, voter_count: Some(1) });
    }

    #[test]
    fn what_does_not_parse_is_refused() {
        for bad in ["", "{}", r#"{"leaderEpoch":1,"data_version":2}"#, r#"{"leaderEpoch":-1,"data_version":1}"#] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
