//! Rounds of the cleaner over partitions on a real disk.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::watch;

use super::Cleaner;
use crate::broker::config::BrokerKeys;
use crate::broker::partitions::{LogDirectories, Partition, Partitions, View};
use crate::clock::Timestamp;
use crate::log::batch::{BatchBuilder, NewRecord};
use crate::log::{Origin, OsDisk};
use crate::metadata::{BROKER_RESOURCE, ClusterImage, PartitionImage, TOPIC_RESOURCE, TopicImage};
use crate::vocabulary::{TopicPartition, Uuid};

const NOW: Timestamp = Timestamp(1_700_000_000_000);
/// One partition each, compacted.
const TOPICS: [&str; 2] = ["sound", "spoilt"];

struct Bench {
    publish: watch::Sender<Arc<ClusterImage>>,
    partitions: Arc<Partitions>,
    cleaner: Cleaner,
}

fn values(pairs: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

impl Bench {
    fn open(path: &Path) -> Bench {
        let mut image = ClusterImage::default();
        for (name, id) in TOPICS.iter().zip(100..) {
            let partition = PartitionImage { replicas: vec![1], isr: vec![1], leader: 1, ..PartitionImage::default() };
            let topic = TopicImage { name: (*name).to_owned(), id: Uuid(id), partitions: vec![partition] };
            image.topic_names.insert(topic.id, topic.name.clone());
            image.topics.insert(topic.name.clone(), Arc::new(topic));
            let configs =
                values(&[("cleanup.policy", "compact"), ("segment.ms", "1000"), ("min.cleanable.dirty.ratio", "0")]);
            image.configs.insert((TOPIC_RESOURCE, (*name).to_owned()), configs);
        }
        let (publish, image) = watch::channel(Arc::new(image));
        let keys = BrokerKeys::default();
        let view = View::new(1, &keys, image);
        let directories = LogDirectories::single(OsDisk::shared(), path.to_owned(), Uuid(0xd1), view).unwrap();
        let partitions = Arc::new(Partitions::new(directories));
        let cleaner = Cleaner::new(partitions.clone(), &keys).unwrap();
        Bench { publish, partitions, cleaner }
    }

    fn partition(&self, topic: &str) -> Arc<Partition> {
        self.partitions.leader_of(&TopicPartition::new(topic, 0)).unwrap()
    }

    /// The same key again and again, and a segment for each time.
    fn write(&self, topic: &str, times: std::ops::Range<i64>) {
        for time in times {
            let now = Timestamp(NOW.millis() + 10_000 * time);
            let mut builder = BatchBuilder::new();
            builder.add(&NewRecord { timestamp: now, key: Some(b"key"), value: Some(b"value"), headers: &[] });
            self.partition(topic).append(builder.build(), Origin::Client, now).unwrap();
        }
    }

    fn segments(&self, topic: &str) -> usize {
        self.partition(topic).with_log(|log| log.unwrap().segment_count()).unwrap()
    }

    fn round(&self) {
        self.cleaner.round(&self.cleaner.settings(), &Timestamp::now);
    }
}

#[test]
fn a_partition_whose_files_are_spoilt_is_left_alone_and_the_others_are_cleaned() {
    let home = tempfile::tempdir().unwrap();
    let bench = Bench::open(home.path());
    for topic in TOPICS {
        bench.write(topic, 0..5);
    }
    let file = home.path().join("spoilt-0/00000000000000000001.log");
    let sound = std::fs::read(&file).unwrap();
    let mut spoilt = sound.clone();
    *spoilt.last_mut().unwrap() ^= 1;
    std::fs::write(&file, &spoilt).unwrap();
    bench.round();
    assert_eq!((bench.segments("sound"), bench.segments("spoilt")), (2, 5));
    let mut names = std::fs::read_dir(home.path().join("spoilt-0")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.all(|name| !name.to_str().unwrap().ends_with(".cleaned")), "nothing unfinished is left");
    let checkpoint = std::fs::read_to_string(home.path().join("cleaner-offset-checkpoint")).unwrap();
    assert_eq!(checkpoint, "0\n1\nsound 0 4\n");
    // Even if it were mended by somebody: not before the next start, as in Kafka.
    std::fs::write(&file, &sound).unwrap();
    bench.write("sound", 5..7);
    bench.round();
    assert_eq!((bench.segments("sound"), bench.segments("spoilt")), (2, 5));
    let again = Cleaner::new(bench.partitions.clone(), &BrokerKeys::default()).unwrap();
    again.round(&again.settings(), &Timestamp::now);
    assert_eq!(bench.segments("spoilt"), 2);
}

#[test]
fn a_round_is_over_when_its_settings_are_or_when_it_is_switched_off() {
    let home = tempfile::tempdir().unwrap();
    let bench = Bench::open(home.path());
    bench.write("sound", 0..5);
    let before = bench.cleaner.settings();
    bench.publish.send_modify(|image| {
        let configs = &mut Arc::make_mut(image).configs;
        configs.insert((BROKER_RESOURCE, "1".to_owned()), values(&[("log.cleaner.threads", "3")]));
    });
    bench.cleaner.round(&before, &Timestamp::now);
    assert_eq!(bench.segments("sound"), 5, "these are the settings of yesterday");
    assert_eq!(bench.cleaner.settings().threads, 3);
    bench.round();
    assert_eq!(bench.segments("sound"), 2);
    bench.write("sound", 5..9);
    bench.cleaner.switch().turn_off();
    bench.round();
    assert_eq!(bench.segments("sound"), 6);
}
