//! DescribeLogDirs and AlterReplicaLogDirs: where partitions are, and their way from one directory to another.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use kavka::protocol::ErrorCode;
use kavka::protocol::messages::alter_replica_log_dirs::{AlterReplicaLogDir, AlterReplicaLogDirTopic};
use kavka::protocol::messages::describe_log_dirs::{DescribableLogDirTopic, DescribeLogDirsResponse};
use kavka::protocol::messages::{AlterReplicaLogDirsRequest, DescribeLogDirsRequest};

use crate::cluster::{Client, OwnBroker, Setup};
use crate::several_directories::{Pair, client, create, names, produce, read};

/// Partitions by directory: the last part of its path, topic and number, and `>` for one that is on its way there.
fn placed(response: &DescribeLogDirsResponse) -> BTreeMap<String, Vec<String>> {
    let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let directory = |one: &kavka::protocol::messages::describe_log_dirs::DescribeLogDirsResult| {
        let partitions = one.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|partition| {
                let arrow = if partition.is_future_key { ">" } else { "" };
                format!("{arrow}{}-{}", topic.name, partition.partition_index)
            })
        });
        (last(&one.log_dir), partitions.collect())
    };
    response.results.iter().map(directory).collect()
}

fn describe(client: &mut Client, topic: &str, partitions: &[i32]) -> DescribeLogDirsResponse {
    let topics = vec![DescribableLogDirTopic { topic: topic.to_owned(), partitions: partitions.to_vec() }];
    client.call(&DescribeLogDirsRequest { topics: Some(topics) }, 4)
}

fn alter(client: &mut Client, path: &str, topic: &str, partition: i32) -> ErrorCode {
    let topics = vec![AlterReplicaLogDirTopic { name: topic.to_owned(), partitions: vec![partition] }];
    let dirs = vec![AlterReplicaLogDir { path: path.to_owned(), topics }];
    let response = client.call(&AlterReplicaLogDirsRequest { dirs }, 2);
    ErrorCode::from_code(response.results[0].partitions[0].error_code)
}

fn is_in(client: &mut Client, directory: &str, topic: &str) -> bool {
    placed(&describe(client, topic, &[0]))[directory] == [format!("{topic}-0")]
}

#[test]
fn directories_say_what_is_in_them_and_how_much_room_there_is() {
    let pair = Pair::new();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    let topic = create(&mut to, "room", 3);
    produce(&mut to, &topic, 0, "x");
    for version in 1..=4 {
        let all = to.call(&DescribeLogDirsRequest { topics: None }, version);
        let rooms: Vec<String> = ["room-0", "room-2"].map(str::to_owned).into();
        assert_eq!(placed(&all), [("a".to_owned(), rooms), ("b".to_owned(), vec!["room-1".to_owned()])].into());
        let sizes: Vec<i64> = all.results[0].topics[0].partitions.iter().map(|one| one.partition_size).collect();
        assert!(sizes[0] > 60 && sizes[1] == 0, "{sizes:?}");
        let told = version == 4;
        assert_eq!(all.results[0].total_bytes > 0, told);
        assert_eq!(all.results[0].usable_bytes > 0, told);
    }
    let one = describe(&mut to, "room", &[1, 9]);
    assert_eq!(placed(&one), [("a".to_owned(), vec![]), ("b".to_owned(), vec!["room-1".to_owned()])].into());
    fs::rename(pair.path("b"), pair.path("gone")).unwrap();
    produce(&mut to, &topic, 1, "x");
    let failed = to.call(&DescribeLogDirsRequest { topics: None }, 3);
    assert_eq!(failed.results[1].error_code, ErrorCode::KafkaStorageError.code());
    assert_eq!(failed.results[1].log_dir, pair.path("b").display().to_string());
    broker.abandon();
}

#[test]
fn what_cannot_be_moved_is_told() {
    let pair = Pair::new();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    create(&mut to, "stays", 1);
    let there = pair.path("b").display().to_string();
    assert_eq!(alter(&mut to, "/nowhere", "stays", 0), ErrorCode::LogDirNotFound);
    assert_eq!(alter(&mut to, &there, "stays", 1), ErrorCode::ReplicaNotAvailable);
    assert_eq!(alter(&mut to, &there, "absent", 0), ErrorCode::ReplicaNotAvailable);
    assert_eq!(alter(&mut to, &pair.path("a").display().to_string(), "stays", 0), ErrorCode::None);
    let long = "n".repeat(215);
    assert_eq!(alter(&mut to, &there, &long, 0), ErrorCode::InvalidTopicException);
    broker.stop();
}

#[test]
fn a_partition_without_records_moves_in_an_instant_and_for_good() {
    let pair = Pair::new();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    let topic = create(&mut to, "empty", 1);
    assert_eq!(alter(&mut to, &pair.path("b").display().to_string(), "empty", 0), ErrorCode::None);
    to.await_that(|to| is_in(to, "b", "empty"));
    broker.stop();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    assert_eq!(produce(&mut to, &topic, 0, "x"), ErrorCode::None);
    broker.stop();
    assert_eq!(pair.partitions_in("b", "empty"), [0].into());
}

#[test]
fn a_partition_moves_while_it_is_written_to_and_loses_nothing() {
    let pair = Pair::new();
    let small = [("segment.bytes", "1048576"), ("file.delete.delay.ms", "0")];
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    let topic = crate::several_directories::create_with(&mut to, "moving", 1, &small);
    let value = "v".repeat(100_000);
    let mut written = 0;
    for _ in 0..30 {
        assert_eq!(produce(&mut to, &topic, 0, &value), ErrorCode::None);
        written += 1;
    }
    let done = AtomicBool::new(false);
    written += std::thread::scope(|scope| {
        let (broker, topic, done) = (&broker, &topic, &done);
        let writer = scope.spawn(move || {
            let (mut own, mut count) = (client(broker), 0);
            while !done.load(Ordering::Relaxed) {
                assert_eq!(produce(&mut own, topic, 0, &format!("{count}")), ErrorCode::None);
                count += 1;
            }
            count
        });
        for directory in ["b", "a", "b"] {
            assert_eq!(alter(&mut to, &pair.path(directory).display().to_string(), "moving", 0), ErrorCode::None);
            to.await_that(|to| is_in(to, directory, "moving"));
        }
        done.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    });
    assert_eq!(crate::several_directories::count(&mut to, &topic, 0), written);
    assert_eq!(produce(&mut to, &topic, 0, "last"), ErrorCode::None);
    broker.stop();
    assert!(names(&pair.path("a")).iter().all(|name| !name.starts_with("moving")));
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    assert_eq!(crate::several_directories::count(&mut to, &topic, 0), written + 1);
    broker.stop();
}

#[test]
fn what_a_crash_left_of_a_move_is_finished_or_begun_anew() {
    let pair = Pair::new();
    let broker = pair.start(&["a", "b"]);
    let mut to = client(&broker);
    let topic = create(&mut to, "halfway", 1);
    produce(&mut to, &topic, 0, "x");
    assert_eq!(alter(&mut to, &pair.path("b").display().to_string(), "halfway", 0), ErrorCode::None);
    to.await_that(|to| is_in(to, "b", "halfway"));
    broker.stop();

    // The log had its new place in the metadata, and no name any more where it was.
    let future = format!("halfway-0.{:032x}-future", 7);
    fs::rename(pair.path("b").join("halfway-0"), pair.path("b").join(&future)).unwrap();
    let eager = |pair: &Pair| Setup { eager: true, ..pair.setup(&["a", "b"]) };
    let broker = OwnBroker::start(&pair.path("a"), eager(&pair));
    let mut to = client(&broker);
    assert_eq!(read(&mut to, &topic, 0), ["x"]);
    assert!(is_in(&mut to, "b", "halfway"));
    broker.stop();

    // A copy that was not complete: the log itself is what counts, and is copied again.
    let begun = pair.path("a").join(&future);
    fs::create_dir(&begun).unwrap();
    fs::copy(pair.path("b").join("halfway-0/partition.metadata"), begun.join("partition.metadata")).unwrap();
    fs::write(begun.join("00000000000000000000.log"), "half a ba").unwrap();
    let broker = OwnBroker::start(&pair.path("a"), eager(&pair));
    let mut to = client(&broker);
    to.await_that(|to| is_in(to, "a", "halfway"));
    assert_eq!(read(&mut to, &topic, 0), ["x"]);
    assert_eq!(produce(&mut to, &topic, 0, "y"), ErrorCode::None);
    broker.stop();
    assert_eq!(pair.partitions_in("b", "halfway"), [].into());
    assert!(names(&pair.path("a")).contains(&"halfway-0".to_owned()));
}
