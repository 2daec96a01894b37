//! Names of partition directories: `<topic>-<partition>`, and `<topic>-<partition>.<unique>-delete`, `-future` and
//! `-stray` for those that are being deleted, moved between directories, or unknown to the metadata.

use crate::vocabulary::{TopicPartition, Uuid};

/// What a partition's directory is, by its suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DirectoryKind {
    Current,
    /// To be removed.
    Deleted,
    /// A replica on its way here from another log directory.
    Future,
    /// Set aside since the metadata does not know it.
    Stray,
}

impl DirectoryKind {
    fn suffix(self) -> &'static str {
        match self {
            DirectoryKind::Current => "",
            DirectoryKind::Deleted => "-delete",
            DirectoryKind::Future => "-future",
            DirectoryKind::Stray => "-stray",
        }
    }
}

/// A sub-directory of a log directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDirectory {
    pub name: String,
    pub partition: TopicPartition,
    pub kind: DirectoryKind,
}

impl PartitionDirectory {
    /// `None` if Kafka would not take it for a partition's directory.
    pub fn parse(name: &str) -> Option<PartitionDirectory> {
        let suffixed = [DirectoryKind::Deleted, DirectoryKind::Future, DirectoryKind::Stray];
        let kind = suffixed.into_iter().find(|kind| name.ends_with(kind.suffix())).unwrap_or(DirectoryKind::Current);
        let stem = match kind {
            DirectoryKind::Current => name,
            kind => {
                let (stem, unique) = name.strip_suffix(kind.suffix())?.rsplit_once('.')?;
                (!unique.trim().is_empty()).then_some(stem)?
            }
        };
        let (topic, partition) = stem.rsplit_once('-')?;
        if topic.trim().is_empty() {
            return None;
        }
        let partition = TopicPartition::new(topic, partition.parse().ok()?);
        Some(PartitionDirectory { name: name.to_owned(), partition, kind })
    }
}

/// The longest name that every file system takes.
const LONGEST_NAME: usize = 255;

/// The name under which a partition's directory waits to be deleted or lies astray.
pub fn renamed_directory(partition: &TopicPartition, unique: Uuid, kind: DirectoryKind) -> String {
    let tail = format!("-{}.{:032x}{}", partition.partition, unique.0, kind.suffix());
    let topic: String = partition.topic.chars().take(LONGEST_NAME - tail.len()).collect();
    topic + &tail
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str) -> Option<(String, i32, DirectoryKind)> {
        PartitionDirectory::parse(name).map(|found| (found.partition.topic, found.partition.partition, found.kind))
    }

    #[test]
    fn partition_directories_are_told_apart_by_their_suffix() {
        let unique = "0123456789abcdef0123456789abcdef";
        let found = |kind| Some(("a.b-c".to_owned(), 3, kind));
        assert_eq!(parse("a.b-c-3"), found(DirectoryKind::Current));
        assert_eq!(parse(&format!("a.b-c-3.{unique}-delete")), found(DirectoryKind::Deleted));
        assert_eq!(parse(&format!("a.b-c-3.{unique}-future")), found(DirectoryKind::Future));
        assert_eq!(parse(&format!("a.b-c-3.{unique}-stray")), found(DirectoryKind::Stray));
    }

    #[test]
    fn names_that_stop_kafka_are_refused() {
        for name in ["lost+found", "tmp", "-3", "a-", "a-x", "a-3-delete", "a-3.-delete", ".cache", ""] {
            assert_eq!(parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_long_topic_is_cut_so_that_the_new_name_fits() {
        let partition = TopicPartition::new("t".repeat(249), 12);
        let name = renamed_directory(&partition, Uuid(7), DirectoryKind::Deleted);
        assert_eq!(name.len(), 255);
        assert_eq!(parse(&name).unwrap().2, DirectoryKind::Deleted);
        let short = renamed_directory(&TopicPartition::new("t", 0), Uuid(7), DirectoryKind::Stray);
        assert_eq!(short, "t-0.00000000000000000000000000000007-stray");
    }
}
