//! Groups over real logs in a directory: made when first needed, read again by the next broker.

use std::collections::HashMap;
use std::path::Path;

use bytes::Bytes;

use super::super::group::classic::{Heartbeat, JoinGroup, Protocol, SyncGroup};
use super::super::group::offsets::{
    CommitOffsets, CommitTransactionOffsets, EndTransactionOffsets, FetchOffsets, NewOffset, TopicCommit, TopicFetch,
    WatchTransactions,
};
use super::super::group::{DescribeGroups, DescribedGroup};
use super::super::transaction::Producer;
use super::*;
use crate::broker::partitions::{LogDirectories, View};
use crate::log::OsDisk;
use crate::metadata::{PartitionImage, TopicImage};
use crate::vocabulary::{Uuid, coordinator_partition};

/// A broker's groups without the rest of the broker.
struct Groups {
    coordinators: GroupCoordinators,
    publish: Arc<watch::Sender<Arc<ClusterImage>>>,
    first_write: Arc<FirstWrite>,
}

fn topic(name: &str, id: u128, partitions: usize) -> Arc<TopicImage> {
    let partition = PartitionImage { replicas: vec![1], isr: vec![1], leader: 1, ..PartitionImage::default() };
    Arc::new(TopicImage { name: name.to_owned(), id: Uuid(id), partitions: vec![partition; partitions] })
}

fn add(image: &mut ClusterImage, topic: Arc<TopicImage>) {
    image.topic_names.insert(topic.id, topic.name.clone());
    image.topics.insert(topic.name.clone(), topic);
}

impl Groups {
    fn open(path: &Path, has_offsets_topic: bool) -> Groups {
        let mut image = ClusterImage::default();
        add(&mut image, topic("t", 100, 1));
        if has_offsets_topic {
            add(&mut image, topic(OFFSETS_TOPIC, 200, 50));
        }
        let (publish, image) = watch::channel(Arc::new(image));
        let publish = Arc::new(publish);
        let publisher = publish.clone();
        let make_topic: MakeTopic = Arc::new(move |wanted| {
            let publish = publisher.clone();
            Box::pin(async move {
                publish.send_modify(|image| {
                    let image = Arc::make_mut(image);
                    add(image, topic(wanted.name, 200, wanted.partitions as usize));
                });
                Ok(())
            })
        });
        let first_write = Arc::new(FirstWrite::new(|| async { Ok(()) }));
        let keys = BrokerKeys::default();
        let view = View::new(1, &keys, image.clone());
        let directories = LogDirectories::single(OsDisk::shared(), path.to_owned(), Uuid(0xd1), view).unwrap();
        let partitions = Arc::new(Partitions::new(directories));
        let coordinators = GroupCoordinators::new(&keys, partitions, image, first_write.clone(), make_topic);
        Groups { coordinators, publish, first_write }
    }
}

fn join(member: &str) -> JoinGroup {
    JoinGroup {
        group: "g".into(),
        member: member.into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        protocol_type: "consumer".into(),
        protocols: vec![Protocol { name: "range".into(), metadata: Bytes::from_static(&[0, 1, 0, 0, 0, 0]) }],
        can_be_told_its_id: true,
        ..JoinGroup::default()
    }
}

fn commit(member: &str) -> CommitOffsets {
    let offset = NewOffset { partition: 0, offset: 42, leader_epoch: 0, metadata: Some("here".into()) };
    CommitOffsets {
        group: "g".into(),
        generation: 1,
        member: member.into(),
        instance: None,
        retention_time_ms: -1,
        knows_group_id_not_found: true,
        topics: vec![TopicCommit { topic: "t".into(), topic_id: Uuid::ZERO, partitions: vec![offset] }],
    }
}

#[tokio::test]
async fn a_group_is_where_it_was_after_the_broker_has_ended() {
    let directory = tempfile::tempdir().unwrap();
    let before = Groups::open(directory.path(), false);
    let groups = &before.coordinators;
    let refused = groups.ask_or_found("g", join("")).await.unwrap().unwrap_err();
    assert_eq!(refused.code, ErrorCode::MemberIdRequired);
    let joined = groups.ask_or_found("g", join(&refused.member)).await.unwrap().unwrap();
    let assignments = HashMap::from([(joined.member.clone(), Bytes::from_static(b"all"))]);
    let member = joined.member;
    let sync =
        SyncGroup { group: "g".into(), generation: 1, member: member.clone(), assignments, ..Default::default() };
    assert_eq!(groups.ask("g", sync).await.unwrap().unwrap().assignment, "all");
    let committed = groups.ask_or_found("g", commit(&member)).await.unwrap().unwrap();
    assert_eq!(committed[0].partitions, [(0, ErrorCode::None)]);
    groups.stop().await;

    let after = Groups::open(directory.path(), true);
    let groups = &after.coordinators;
    let heartbeat = Heartbeat { group: "g".into(), generation: 1, member, instance: None };
    assert_eq!(groups.ask("g", heartbeat).await.unwrap(), Ok(()));
    let fetch = FetchOffsets { group: "g".into(), ..FetchOffsets::default() };
    let fetched = groups.ask("g", fetch).await.flatten().unwrap();
    assert_eq!((fetched[0].partitions[0].offset, fetched[0].partitions[0].metadata.as_str()), (42, "here"));
    let listed = groups.list(ListGroups::default()).await.unwrap();
    assert_eq!((listed[0].group.as_str(), listed[0].state), ("g", "Stable"));
    groups.stop().await;
}

#[tokio::test]
async fn asking_about_groups_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    for has_offsets_topic in [false, true] {
        let groups = Groups::open(directory.path(), has_offsets_topic);
        assert_eq!(groups.coordinators.list(ListGroups::default()).await, Ok(Vec::new()));
        let fetched = groups.coordinators.ask("g", FetchOffsets { group: "g".into(), ..FetchOffsets::default() }).await;
        assert_eq!(fetched, Ok(Ok(Vec::new())));
        let described = groups.coordinators.ask("g", DescribeGroups { groups: vec!["g".into()] }).await.unwrap();
        assert!(matches!(described[..], [DescribedGroup::Unknown { .. }]));
        groups.coordinators.load_all().unwrap();
        groups.coordinators.stop().await;
        assert!(!groups.first_write.is_open());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_group_has_its_partition_before_anybody_has_committed() {
    let directory = tempfile::tempdir().unwrap();
    let groups = Groups::open(directory.path(), false);
    let partition = groups.coordinators.partition_for("g").await.unwrap();
    assert_eq!(partition, TopicPartition::new(OFFSETS_TOPIC, coordinator_partition("g", 50)));
    assert!(groups.coordinators.machines.handles().is_empty());
}

#[tokio::test]
async fn offsets_of_a_deleted_topic_do_not_come_back() {
    let directory = tempfile::tempdir().unwrap();
    let before = Groups::open(directory.path(), false);
    let of_nobody = CommitOffsets { generation: -1, ..commit("") };
    before.coordinators.ask_or_found("g", of_nobody).await.unwrap().unwrap();
    before.publish.send_modify(|image| {
        Arc::make_mut(image).topics.remove("t");
    });
    before.coordinators.topics_deleted(vec!["t".to_owned()]).await;
    before.coordinators.stop().await;

    // Here the topic is there as if nothing had happened, but the log says otherwise.
    let after = Groups::open(directory.path(), true);
    let fetched = after.coordinators.ask("g", FetchOffsets { group: "g".into(), ..FetchOffsets::default() }).await;
    assert_eq!(fetched, Ok(Ok(Vec::new())));
    after.coordinators.stop().await;
}

#[tokio::test]
async fn an_offsets_topic_that_was_deleted_leaves_no_group() {
    let directory = tempfile::tempdir().unwrap();
    let groups = Groups::open(directory.path(), false);
    let of_nobody = || CommitOffsets { generation: -1, ..commit("") };
    groups.coordinators.ask_or_found("g", of_nobody()).await.unwrap().unwrap();
    groups.publish.send_modify(|image| {
        let image = Arc::make_mut(image);
        image.topics.remove(OFFSETS_TOPIC);
        image.topic_names.remove(&Uuid(200));
    });
    groups.coordinators.topics_deleted(vec![OFFSETS_TOPIC.to_owned()]).await;
    assert_eq!(groups.coordinators.list(ListGroups::default()).await, Ok(Vec::new()));
    assert!(groups.coordinators.machines.handles().is_empty());
    groups.coordinators.stop().await;
}

fn in_transaction(epoch: i16) -> CommitTransactionOffsets {
    let CommitOffsets { group, topics, .. } = commit("");
    let producer = Producer { id: 7, epoch };
    CommitTransactionOffsets {
        group,
        generation: -1,
        member: String::new(),
        instance: None,
        producer,
        guard: None,
        topics,
    }
}

fn end(epoch: i16, coordinator_epoch: i32) -> EndTransactionOffsets {
    let producer = Producer { id: 7, epoch };
    EndTransactionOffsets { producer, committed: true, coordinator_epoch, transaction_version: 1 }
}

async fn offset_of(groups: &GroupCoordinators, only_stable: bool) -> (i64, ErrorCode) {
    let topics = Some(vec![TopicFetch { topic: "t".into(), partitions: vec![0] }]);
    let fetched = groups
        .ask("g", FetchOffsets { group: "g".into(), topics, only_stable, member: None, epoch: -1 })
        .await
        .flatten()
        .unwrap();
    (fetched[0].partitions[0].offset, fetched[0].partitions[0].code)
}

#[tokio::test]
async fn a_transaction_goes_on_after_the_broker_has_ended() {
    let directory = tempfile::tempdir().unwrap();
    let before = Groups::open(directory.path(), false);
    before.coordinators.ask_or_found("g", in_transaction(3)).await.unwrap().unwrap();
    assert_eq!(offset_of(&before.coordinators, false).await, (-1, ErrorCode::None));
    before.coordinators.stop().await;

    let between = Groups::open(directory.path(), true);
    assert_eq!(offset_of(&between.coordinators, true).await, (-1, ErrorCode::UnstableOffsetCommit));
    assert_eq!(between.coordinators.ask("g", end(3, 5)).await, Ok(Ok(())));
    assert_eq!(offset_of(&between.coordinators, true).await, (42, ErrorCode::None));
    between.coordinators.stop().await;

    let after = Groups::open(directory.path(), true);
    assert_eq!(offset_of(&after.coordinators, true).await, (42, ErrorCode::None));
    assert_eq!(after.coordinators.ask("g", end(3, 5)).await, Ok(Ok(())), "the marker comes again");
    after.coordinators.stop().await;
}

#[tokio::test]
async fn what_comes_too_late_is_refused_and_the_log_is_not_asked() {
    let directory = tempfile::tempdir().unwrap();
    let groups = Groups::open(directory.path(), false);
    let groups = &groups.coordinators;
    groups.ask_or_found("g", in_transaction(3)).await.unwrap().unwrap();
    assert_eq!(groups.ask("g", end(4, 5)).await, Ok(Ok(())));
    let guard = groups.ask("g", WatchTransactions).await.unwrap();
    assert_eq!(groups.ask("g", in_transaction(3)).await.unwrap(), Err(ErrorCode::InvalidProducerEpoch));
    assert_eq!(groups.ask("g", end(3, 5)).await.unwrap(), Err(ErrorCode::InvalidProducerEpoch));
    assert_eq!(groups.ask("g", end(4, 4)).await.unwrap(), Err(ErrorCode::TransactionCoordinatorFenced));
    // Had the log refused it, the coordinator would have loaded it anew, and the guard were worth nothing.
    assert_eq!(groups.ask("g", WatchTransactions).await, Ok(guard));
    groups.stop().await;
}
