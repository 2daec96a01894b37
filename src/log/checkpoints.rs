//! The small text files of a log directory and of a partition: the four offset checkpoints, `leader-epoch-checkpoint`,
//! `partition.metadata`. Each is replaced as a whole (temporary file, fsync, rename), so a
//! crash leaves the old one or the new one. A missing or empty checkpoint says nothing; a malformed one is an error.
//!
//! ```text
//! offset checkpoint     leader-epoch-checkpoint     partition.metadata
//! 0                     0                           version: 0
//! 2                     1                           topic_id: RUP-GArgTa20RW1C1SQCdw   (no line end)
//! orders 0 15           4 15
//! orders 1 20
//! ```

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use super::disk::{Disk, replace_unsynced};
use super::errors::{Attempt, LogError};
use crate::vocabulary::{TopicPartition, Uuid};

/// One of the files that keep an offset for each partition of a log directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OffsetCheckpoint {
    /// Everything below is on the platter.
    RecoveryPoint,
    /// Everything below was deleted; only where that is not the first segment's base offset.
    LogStart,
    HighWatermark,
    /// Everything below was compacted.
    Cleaner,
}

impl OffsetCheckpoint {
    pub const ALL: [OffsetCheckpoint; 4] = [
        OffsetCheckpoint::RecoveryPoint,
        OffsetCheckpoint::LogStart,
        OffsetCheckpoint::HighWatermark,
        OffsetCheckpoint::Cleaner,
    ];

    pub fn file_name(self) -> &'static str {
        match self {
            OffsetCheckpoint::RecoveryPoint => "recovery-point-offset-checkpoint",
            OffsetCheckpoint::LogStart => "log-start-offset-checkpoint",
            OffsetCheckpoint::HighWatermark => "replication-offset-checkpoint",
            OffsetCheckpoint::Cleaner => "cleaner-offset-checkpoint",
        }
    }

    /// Reads it from a log directory.
    pub fn read(self, disk: &dyn Disk, directory: &Path) -> Result<BTreeMap<TopicPartition, i64>, LogError> {
        let path = directory.join(self.file_name());
        let entries = read_entries::<3>(disk, &path)?;
        let parsed = entries.iter().map(|[topic, partition, offset]| {
            let name = TopicPartition::new(topic.as_str(), partition.parse().ok()?);
            Some((name, offset.parse().ok()?))
        });
        parsed.collect::<Option<_>>().ok_or_else(|| LogError::malformed(&path, "not topic, partition and offset"))
    }

    /// Replaces it. Where it says less of a log than before, the directory is to be synced.
    pub fn write(
        self,
        disk: &dyn Disk,
        directory: &Path,
        offsets: &BTreeMap<TopicPartition, i64>,
    ) -> Result<(), LogError> {
        let entries = offsets.iter().map(|(name, offset)| format!("{} {} {offset}", name.topic, name.partition));
        let (path, text) = (directory.join(self.file_name()), checkpoint_text(entries));
        // Until its name reaches the platter the one before it is as good, if it says less. No name that is made later
        // in the directory, like the marker of a clean shutdown, gets there before it.
        replace_unsynced(disk, &path, text.as_bytes(), true).attempt("write", &path)
    }
}

pub(super) const LEADER_EPOCH_FILE: &str = "leader-epoch-checkpoint";

/// Epochs and their first offsets, ascending in both.
pub(super) fn read_leader_epochs(disk: &dyn Disk, directory: &Path) -> Result<Vec<(i32, i64)>, LogError> {
    let path = directory.join(LEADER_EPOCH_FILE);
    let bytes = disk.read(&path).attempt("read", &path)?.unwrap_or_default();
    if bytes.last().is_some_and(|last| *last != b'\n') {
        // It is not synced at once. What a power cut left of it may end in a part of a number.
        return Err(LogError::malformed(&path, "no line end"));
    }
    let entries = parse_entries::<2>(&bytes).map_err(|fault| LogError::malformed(&path, fault))?;
    let parsed = entries.iter().map(|[epoch, start]| Some((epoch.parse().ok()?, start.parse().ok()?)));
    let epochs: Vec<(i32, i64)> =
        parsed.collect::<Option<_>>().ok_or_else(|| LogError::malformed(&path, "not epoch and offset"))?;
    match epochs.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1) {
        true => Ok(epochs),
        false => Err(LogError::malformed(&path, "epochs and offsets must ascend")),
    }
}

/// The bytes of `leader-epoch-checkpoint`.
pub(super) fn leader_epochs_text(epochs: &[(i32, i64)]) -> String {
    checkpoint_text(epochs.iter().map(|(epoch, start)| format!("{epoch} {start}")))
}

fn checkpoint_text(entries: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = entries.collect();
    let mut text = format!("0\n{}\n", lines.len());
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn read_entries<const N: usize>(disk: &dyn Disk, path: &Path) -> Result<Vec<[String; N]>, LogError> {
    let bytes = disk.read(path).attempt("read", path)?.unwrap_or_default();
    parse_entries(&bytes).map_err(|fault| LogError::malformed(path, fault))
}

/// Entries of `N` fields each, after a version line and a count line.
fn parse_entries<const N: usize>(bytes: &[u8]) -> Result<Vec<[String; N]>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    let mut lines = text.lines();
    match lines.next().map(str::trim) {
        None => return Ok(Vec::new()),
        Some("0") => {}
        Some(version) => return Err(format!("version {version:?} instead of 0")),
    }
    let Some(declared) = lines.next() else { return Ok(Vec::new()) };
    let declared: usize = declared.trim().parse().map_err(|_| format!("{declared:?} instead of a count"))?;
    let mut entries = Vec::new();
    for line in lines {
        let fields: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        entries.push(<[String; N]>::try_from(fields).map_err(|_| format!("{line:?} does not have {N} fields"))?);
    }
    match entries.len() == declared {
        true => Ok(entries),
        false => Err(format!("{} entries instead of {declared}", entries.len())),
    }
}

pub(super) const PARTITION_METADATA_FILE: &str = "partition.metadata";

/// The topic id of a partition directory. `None` without the file, and where a power cut left of it nothing, its first
/// part, or zeros.
pub fn read_topic_id(disk: &dyn Disk, directory: &Path) -> Result<Option<Uuid>, LogError> {
    let path = directory.join(PARTITION_METADATA_FILE);
    match disk.read(&path).attempt("read", &path)? {
        None => Ok(None),
        Some(bytes) if is_torn_topic_id(&bytes) => {
            tracing::warn!(path = %path.display(), "torn by a power cut, and taken for missing");
            Ok(None)
        }
        Some(bytes) => parse_topic_id(&bytes).map(Some).map_err(|fault| LogError::malformed(&path, fault)),
    }
}

pub(super) fn topic_id_text(topic_id: Uuid) -> String {
    format!("version: 0\ntopic_id: {topic_id}")
}

fn is_torn_topic_id(bytes: &[u8]) -> bool {
    let whole = topic_id_text(Uuid::ONE);
    let prefix = whole.trim_end_matches(&Uuid::ONE.to_string());
    let is_first_part = bytes.len() < whole.len() && bytes.iter().zip(prefix.bytes()).all(|(found, due)| *found == due);
    is_first_part || bytes.iter().all(|byte| *byte == 0)
}

fn parse_topic_id(bytes: &[u8]) -> Result<Uuid, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    let mut values = text.lines().map(|line| line.split_once(':').map(|(_, value)| value.trim()));
    let version = values.next().flatten().and_then(|value| value.parse::<i32>().ok());
    if version.is_none_or(|version| version < 0) {
        return Err("no version in the first line".to_owned());
    }
    let id = values.next().flatten().and_then(|value| Uuid::from_str(value).ok());
    id.filter(|id| !id.is_zero()).ok_or_else(|| "no topic id in the second line".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::OsDisk;

    #[test]
    fn offsets_are_written_as_kafka_writes_them_and_read_back() {
        let home = tempfile::tempdir().unwrap();
        let offsets = BTreeMap::from([(TopicPartition::new("comp", 0), 20), (TopicPartition::new("plain", 0), 15)]);
        for which in OffsetCheckpoint::ALL {
            assert_eq!(which.read(&OsDisk, home.path()).unwrap(), BTreeMap::new());
            which.write(&OsDisk, home.path(), &offsets).unwrap();
            let text = std::fs::read_to_string(home.path().join(which.file_name())).unwrap();
            assert_eq!(text, "0\n2\ncomp 0 20\nplain 0 15\n");
            assert_eq!(which.read(&OsDisk, home.path()).unwrap(), offsets);
        }
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 4, "no temporary file is left");
    }

    #[test]
    fn an_empty_checkpoint_says_nothing_and_a_malformed_one_is_an_error() {
        assert_eq!(parse_entries::<3>(b""), Ok(vec![]));
        assert_eq!(parse_entries::<3>(b"0\n"), Ok(vec![]));
        for bad in ["1\n0\n", "0\n1\n", "0\n1\na 0\n", "0\n0\na 0 1\n", "0\nx\n", "\n\n"] {
            assert!(parse_entries::<3>(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn leader_epochs_must_ascend() {
        let home = tempfile::tempdir().unwrap();
        let write = |text: &str| std::fs::write(home.path().join(LEADER_EPOCH_FILE), text).unwrap();
        write("0\n2\n1 0\n4 15\n");
        assert_eq!(read_leader_epochs(&OsDisk, home.path()).unwrap(), [(1, 0), (4, 15)]);
        assert_eq!(leader_epochs_text(&[(1, 0), (4, 15)]), "0\n2\n1 0\n4 15\n");
        for bad in ["0\n2\n4 15\n1 0\n", "0\n2\n1 0\n4 1"] {
            write(bad);
            assert!(read_leader_epochs(&OsDisk, home.path()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_topic_id_takes_43_bytes_without_a_line_end() {
        let home = tempfile::tempdir().unwrap();
        let id: Uuid = "RUP-GArgTa20RW1C1SQCdw".parse().unwrap();
        assert_eq!(read_topic_id(&OsDisk, home.path()).unwrap(), None);
        std::fs::write(home.path().join(PARTITION_METADATA_FILE), topic_id_text(id)).unwrap();
        let text = std::fs::read_to_string(home.path().join(PARTITION_METADATA_FILE)).unwrap();
        assert_eq!(text, "version: 0\ntopic_id: RUP-GArgTa20RW1C1SQCdw");
        assert_eq!(text.len(), 43);
        assert_eq!(read_topic_id(&OsDisk, home.path()).unwrap(), Some(id));
        assert!(parse_topic_id(b"version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA").is_err());
    }

    #[test]
    fn a_topic_id_that_a_power_cut_tore_is_missing_and_any_other_damage_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let written = "version: 0\ntopic_id: RUP-GArgTa20RW1C1SQCdw";
        let left = |bytes: &[u8]| {
            std::fs::write(home.path().join(PARTITION_METADATA_FILE), bytes).unwrap();
            read_topic_id(&OsDisk, home.path())
        };
        for length in 0..written.len() {
            assert_eq!(left(&written.as_bytes()[..length]).unwrap(), None, "{length}");
        }
        assert_eq!(left(&[0; 43]).unwrap(), None);
        assert!(left(b"version: x\ntopic_id: RUP-").is_err());
        assert!(left(written.replace("RUP", "***").as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic_the_readers(bytes: Vec<u8>) {
            let _ = (parse_entries::<2>(&bytes), parse_entries::<3>(&bytes), parse_topic_id(&bytes));
        }
    }
}
