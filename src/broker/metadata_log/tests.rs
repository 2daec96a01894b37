use std::path::Path;

use super::*;
use crate::log::OsDisk;
use crate::log::batch::batches;
use crate::records::metadata::*;

mod failing;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// A data directory of its own.
struct Home {
    directory: tempfile::TempDir,
}

impl Home {
    fn empty() -> Home {
        Home { directory: tempfile::tempdir().unwrap() }
    }

    fn formatted() -> Home {
        let home = Home::empty();
        assert!(format_if_new(&OsDisk, home.path(), &new_directory(), NOW).unwrap());
        assert!(!format_if_new(&OsDisk, home.path(), &new_directory(), NOW).unwrap());
        home
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn log_path(&self) -> PathBuf {
        self.path().join("__cluster_metadata-0")
    }

    fn settings(&self) -> MetadataLogSettings {
        MetadataLogSettings {
            disk: OsDisk::shared(),
            directory: self.path().to_owned(),
            node_id: Some(1),
            bytes_between_snapshots: BYTES_BETWEEN_SNAPSHOTS,
            segment_bytes: SEGMENT_BYTES,
        }
    }

    fn open(&self) -> MetadataLog {
        MetadataLog::open(self.settings()).unwrap()
    }

    fn writing(&self) -> MetadataLog {
        let log = self.open();
        log.begin_writing(&registration(), NOW).unwrap();
        log
    }

    /// Names and contents of everything.
    fn bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        for directory in [self.path().to_owned(), self.log_path()] {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let name = path.strip_prefix(self.path()).unwrap().to_owned();
                    files.push((name, std::fs::read(path).unwrap()));
                }
            }
        }
        files.sort();
        files
    }

    fn segment(&self) -> PathBuf {
        self.log_path().join("00000000000000000000.log")
    }
}

fn new_directory() -> NewDirectory {
    NewDirectory { cluster_id: "c".to_owned(), node_id: 1, directory_id: Uuid(0xd1), controller_port: 9093 }
}

fn registration() -> Registration {
    Registration { incarnation: Uuid(0xabc), endpoints: Vec::new(), rack: None }
}

fn image(log: &MetadataLog) -> Arc<ClusterImage> {
    log.images().borrow().clone()
}

fn new_topic(name: &str, id: u128) -> Vec<MetadataRecord> {
    let partition = PartitionRecord {
        partition_id: 0,
        topic_id: Uuid(id),
        replicas: vec![1],
        isr: vec![1],
        leader: 1,
        leader_epoch: 0,
        partition_epoch: 0,
        directories: vec![Uuid(0xd1)],
        ..Default::default()
    };
    vec![TopicRecord { name: name.to_owned(), topic_id: Uuid(id) }.into(), partition.into()]
}

/// Each batch of the first segment in a line.
fn log_lines(home: &Home) -> Vec<String> {
    let bytes = std::fs::read(home.segment()).unwrap();
    let mut lines = Vec::new();
    for batch in batches(&bytes) {
        let batch = batch.unwrap();
        let mut names = Vec::new();
        crate::metadata::batches::read_batch(&batch, |_, entry| {
            names.push(match entry {
                crate::metadata::batches::Entry::Record(record) => record.name().trim_end_matches("Record").to_owned(),
                crate::metadata::batches::Entry::Control(record) => {
                    format!("{record:?}").split('(').next().unwrap_or_default().to_owned()
                }
            });
            Ok(())
        })
        .unwrap();
        lines.push(format!("{} epoch {}: {}", batch.header.base_offset, batch.header.leader_epoch, names.join(" ")));
    }
    lines
}

#[test]
fn a_new_directory_is_formatted_by_the_first_write_and_is_then_as_any_other() {
    let home = Home::empty();
    let log = MetadataLog::of_new(home.settings(), new_directory(), Placement::single(Uuid(0xd1))).unwrap();
    let formatted = Home::formatted();
    assert_eq!(image(&log), image(&formatted.open()));
    assert_eq!(log.identity(), formatted.open().identity());
    assert!(is_untouched(&OsDisk, home.path()).unwrap());
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    log.begin_writing(&registration(), NOW).unwrap();
    assert!(!is_untouched(&OsDisk, home.path()).unwrap());
    formatted.writing();
    assert_eq!(home.bytes(), formatted.bytes());
}

#[test]
fn opening_a_directory_leaves_every_byte_as_it_was() {
    let home = Home::formatted();
    home.writing().append(&new_topic("t", 5), NOW).unwrap();
    let before = home.bytes();
    let log = home.open();
    assert!(image(&log).topic("t").is_some());
    log.close().unwrap();
    assert_eq!(home.bytes(), before);
}

#[test]
fn a_new_directory_is_read_at_the_levels_it_will_have() {
    let home = Home::formatted();
    let log = home.open();
    assert_eq!(image(&log).metadata_version(), Some(25));
    assert_eq!(log.broker_epoch(), None);
    assert!(matches!(log.append(&new_topic("t", 5), NOW), Err(MetadataLogError::NotBegun)));
}

#[test]
fn each_run_begins_an_epoch_registers_and_leads_every_partition() {
    let home = Home::formatted();
    let log = home.writing();
    assert_eq!(log.broker_epoch(), Some(8));
    log.append(&new_topic("t", 5), NOW).unwrap();
    drop(log);
    let log = home.writing();
    log.begin_writing(&registration(), NOW).unwrap();
    assert_eq!(
        log_lines(&home),
        [
            "0 epoch 1: LeaderChange KRaftVersion KRaftVoters",
            "3 epoch 1: BeginTransaction FeatureLevel FeatureLevel FeatureLevel EndTransaction",
            "8 epoch 1: RegisterBroker BrokerRegistrationChange",
            "10 epoch 1: Topic Partition",
            "12 epoch 2: LeaderChange",
            "13 epoch 2: RegisterBroker BrokerRegistrationChange",
            "15 epoch 2: PartitionChange",
        ]
    );
    let image = image(&log);
    assert_eq!(log.broker_epoch(), Some(13));
    assert_eq!(image.end_offset, 16);
    let broker = &image.brokers[&1];
    assert_eq!((broker.epoch, broker.fenced, broker.incarnation), (13, false, Uuid(0xabc)));
    assert_eq!(image.partition("t", 0).map(|p| (p.leader, p.leader_epoch)), Some((1, 1)));
    let state = std::fs::read_to_string(home.log_path().join("quorum-state")).unwrap();
    assert!(state.contains(r#""leaderId":1,"leaderEpoch":2"#), "{state}");
}

#[test]
fn what_was_appended_is_there_after_a_kill() {
    let home = Home::formatted();
    let log = home.writing();
    for (name, id) in [("a", 1000), ("b", 1001), ("c", 1002)] {
        log.append(&new_topic(name, id), NOW).unwrap();
    }
    log.append(&[RemoveTopicRecord { topic_id: Uuid(1001) }.into()], NOW).unwrap();
    let before = image(&log);
    drop(log);
    assert_eq!(image(&home.open()), before);
}

#[test]
fn a_torn_tail_is_read_around_and_cut_off_by_the_next_writer() {
    let home = Home::formatted();
    let log = home.writing();
    log.append(&new_topic("a", 1000), NOW).unwrap();
    let whole = std::fs::metadata(home.segment()).unwrap().len() as usize;
    log.append(&new_topic("b", 1001), NOW).unwrap();
    drop(log);
    let bytes = std::fs::read(home.segment()).unwrap();
    for length in whole..bytes.len() {
        std::fs::write(home.segment(), &bytes[..length]).unwrap();
        let image = image(&home.open());
        assert_eq!(image.topics.keys().collect::<Vec<_>>(), ["a"], "cut at {length}");
    }
    let log = home.writing();
    log.append(&new_topic("c", 1002), NOW).unwrap();
    drop(log);
    assert_eq!(image(&home.open()).topics.keys().collect::<Vec<_>>(), ["a", "c"]);
}

#[test]
fn damage_in_the_middle_is_an_error_and_nothing_is_cut_off() {
    let home = Home::formatted();
    let log = home.writing();
    log.append(&new_topic("a", 1000), NOW).unwrap();
    log.append(&new_topic("b", 1001), NOW).unwrap();
    drop(log);
    let mut bytes = std::fs::read(home.segment()).unwrap();
    bytes[100] ^= 1;
    std::fs::write(home.segment(), &bytes).unwrap();
    let error = MetadataLog::open(home.settings()).err().unwrap();
    assert!(matches!(error, MetadataLogError::Damaged { offset: 0, .. }), "{error}");
}

#[test]
fn a_contradiction_is_refused_before_anything_is_written() {
    let home = Home::formatted();
    let log = home.writing();
    log.append(&new_topic("a", 1000), NOW).unwrap();
    let before = home.bytes();
    assert!(matches!(log.append(&new_topic("a", 1001), NOW), Err(MetadataLogError::Contradiction(_))));
    assert_eq!(home.bytes(), before);
    log.append(&new_topic("b", 1001), NOW).unwrap();
    assert_eq!(image(&log).topics.len(), 2);
}

#[test]
fn a_transaction_that_was_left_open_is_aborted() {
    let home = Home::formatted();
    let log = home.writing();
    let mut torn = vec![BeginTransactionRecord::default().into()];
    torn.extend(new_topic("a", 1000));
    append_raw(&log, &torn);
    drop(log);
    let log = home.open();
    assert!(image(&log).topics.is_empty());
    log.begin_writing(&registration(), NOW).unwrap();
    log.append(&new_topic("a", 1001), NOW).unwrap();
    drop(log);
    assert!(log_lines(&home).contains(&"14 epoch 2: AbortTransaction".to_owned()), "{:?}", log_lines(&home));
    assert_eq!(image(&home.open()).topic("a").unwrap().id, Uuid(1001));
}

/// Appends without looking at what the records mean.
fn append_raw(log: &MetadataLog, records: &[MetadataRecord]) {
    let mut state = log.lock();
    let Phase::Writing(writer) = &mut state.phase else { panic!("not writing") };
    let values: Vec<Bytes> = records.iter().map(|record| record.encode(25)).collect();
    let place = Place { base_offset: writer.log.end_offset(), epoch: writer.epoch, now: NOW };
    writer.log.append(data_batch(place, &values), writer.epoch, NOW).unwrap();
}

#[test]
fn a_large_change_is_a_transaction_and_one_unit() {
    let home = Home::formatted();
    let log = home.writing();
    let configs: Vec<MetadataRecord> = (0..400)
        .map(|number| {
            let record = ConfigRecord {
                resource_type: 2,
                resource_name: "t".to_owned(),
                name: format!("c{number}"),
                value: Some("x".repeat(30_000)),
            };
            record.into()
        })
        .collect();
    log.append(&configs, NOW).unwrap();
    let before = image(&log);
    assert_eq!(before.topic_configs("t").unwrap().len(), 400);
    drop(log);
    assert_eq!(image(&home.open()), before);
    assert!(log_lines(&home)[3].starts_with("10 epoch 1: BeginTransaction Config"));
}

#[test]
fn after_enough_records_there_is_a_snapshot_and_it_alone_is_enough() {
    let home = Home::formatted();
    let settings = MetadataLogSettings { bytes_between_snapshots: 1000, ..home.settings() };
    let log = MetadataLog::open(settings.clone()).unwrap();
    log.begin_writing(&registration(), NOW).unwrap();
    for number in 0..20 {
        log.append(&new_topic(&format!("t{number}"), 1000 + number), NOW).unwrap();
    }
    let written = names::list(&OsDisk, &home.log_path()).unwrap();
    assert_eq!(written.snapshots.len(), 1, "older ones are deleted");
    assert!(written.leftovers.is_empty());
    let before = image(&log);
    drop(log);
    let log = home.open();
    assert_eq!(image(&log), before);
    drop(log);

    let snapshot = written.snapshots[0];
    for entry in std::fs::read_dir(home.log_path()).unwrap() {
        let path = entry.unwrap().path();
        if !path.ends_with(snapshot.to_string()) {
            std::fs::remove_file(path).unwrap();
        }
    }
    let log = home.writing();
    let count = image(&log).topics.len();
    assert!(count > 10, "{count}");
    log.append(&new_topic("more", 5000), NOW).unwrap();
    drop(log);
    assert_eq!(image(&home.open()).topics.len(), count + 1);
    assert_eq!(names::list(&OsDisk, &home.log_path()).unwrap().segments, [snapshot.end_offset]);
}

#[cfg(unix)]
#[test]
fn snapshots_are_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::formatted();
    let path = home.log_path().join("00000000000000000000-0000000000.checkpoint");
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o400);
}

#[test]
fn a_snapshot_that_outran_the_log_replaces_it() {
    let home = Home::formatted();
    let log = home.writing();
    log.append(&new_topic("old", 1000), NOW).unwrap();
    drop(log);
    let mut replay = Replay::new(ClusterImage { end_offset: 500, ..Default::default() }, Source::Snapshot);
    replay.apply(0, &formatting::bootstrap_records()[0]).unwrap();
    for record in new_topic("new", 2000) {
        replay.apply(0, &record).unwrap();
    }
    let snapshot = Snapshot { image: replay.finish().unwrap(), quorum: Quorum::default(), last_timestamp: NOW };
    let name = SnapshotName { end_offset: 500, epoch: 7 };
    snapshots::write(&OsDisk, &home.log_path(), name, &snapshot.encode(7, NOW)).unwrap();
    let log = home.writing();
    assert_eq!(image(&log).topics.keys().collect::<Vec<_>>(), ["new"]);
    drop(log);
    assert_eq!(names::list(&OsDisk, &home.log_path()).unwrap().segments, [500]);
    let log = home.open();
    assert_eq!(image(&log).topics.keys().collect::<Vec<_>>(), ["new"]);
    assert_eq!(image(&log).brokers[&1].epoch, 501);
}

#[test]
fn a_damaged_snapshot_is_passed_over_only_where_the_log_reaches_back() {
    let home = Home::formatted();
    let log = home.writing();
    log.append(&new_topic("a", 1000), NOW).unwrap();
    drop(log);
    let name = SnapshotName { end_offset: 9, epoch: 1 };
    std::fs::write(home.log_path().join(name.to_string()), "rubbish").unwrap();
    assert!(image(&home.open()).topic("a").is_some());
    std::fs::remove_file(home.segment()).unwrap();
    assert!(matches!(MetadataLog::open(home.settings()), Err(MetadataLogError::Content { .. })));
}

#[test]
fn what_belongs_to_others_is_refused() {
    let home = Home { directory: tempfile::tempdir().unwrap() };
    assert!(matches!(MetadataLog::open(home.settings()), Err(MetadataLogError::NotFormatted(_))));
    let home = Home::formatted();
    let other = MetadataLogSettings { node_id: Some(2), ..home.settings() };
    assert!(matches!(MetadataLog::open(other), Err(MetadataLogError::OtherNode { found: 1, configured: 2, .. })));

    let log = home.writing();
    let mut replicated = new_topic("a", 1000);
    if let MetadataRecord::Partition(partition) = &mut replicated[1] {
        partition.replicas = vec![1, 2];
        partition.directories = Vec::new();
    }
    log.append(&replicated, NOW).unwrap();
    drop(log);
    let error = MetadataLog::open(home.settings()).err().unwrap();
    assert_eq!(
        error.to_string(),
        "this directory cannot be opened by a single node: a-0 has its replicas on the nodes [1, 2]"
    );
}

#[test]
fn partitions_that_a_clean_stop_left_without_a_leader_are_read_and_taken_over() {
    let home = Home::formatted();
    let log = home.writing();
    log.append(&new_topic("a", 1000), NOW).unwrap();
    let stopped = PartitionChangeRecord {
        partition_id: 0,
        topic_id: Uuid(1000),
        isr: Some(vec![]),
        leader: -1,
        eligible_leader_replicas: Some(vec![1]),
        last_known_elr: Some(vec![1]),
        ..Default::default()
    };
    log.append(&[stopped.into()], NOW).unwrap();
    drop(log);
    let log = home.open();
    let seen = image(&log).partition("a", 0).cloned().unwrap();
    assert_eq!((seen.leader, seen.leader_epoch, seen.isr), (1, 1, vec![1]));
    log.begin_writing(&registration(), NOW).unwrap();
    let taken = image(&log).partition("a", 0).cloned().unwrap();
    assert_eq!((taken.leader, taken.leader_epoch, taken.isr), (1, 2, vec![1]));
    assert_eq!((taken.eligible_leader_replicas, taken.last_known_elr), (Some(vec![]), Some(vec![])));
}
