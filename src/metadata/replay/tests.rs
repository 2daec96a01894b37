use super::*;
use crate::records::metadata::*;
use crate::vocabulary::Uuid;

const ID: Uuid = Uuid(0x77);

fn topic(name: &str, id: Uuid) -> MetadataRecord {
    TopicRecord { name: name.to_owned(), topic_id: id }.into()
}

fn partition(number: i32) -> MetadataRecord {
    PartitionRecord {
        partition_id: number,
        topic_id: ID,
        replicas: vec![1],
        isr: vec![1],
        leader: 1,
        leader_epoch: 0,
        partition_epoch: 0,
        ..Default::default()
    }
    .into()
}

fn change() -> PartitionChangeRecord {
    PartitionChangeRecord { partition_id: 0, topic_id: ID, ..Default::default() }
}

fn config(name: &str, value: Option<&str>) -> MetadataRecord {
    ConfigRecord {
        resource_type: 2,
        resource_name: "t".to_owned(),
        name: name.to_owned(),
        value: value.map(str::to_owned),
    }
    .into()
}

fn begin() -> MetadataRecord {
    BeginTransactionRecord::default().into()
}

fn register(epoch: i64) -> MetadataRecord {
    RegisterBrokerRecord { broker_id: 1, broker_epoch: epoch, ..Default::default() }.into()
}

fn replayed(records: &[MetadataRecord]) -> Result<ClusterImage, ReplayError> {
    let mut replay = Replay::new(ClusterImage::default(), Source::Log);
    for (offset, record) in records.iter().enumerate() {
        replay.apply(offset as i64, record)?;
    }
    replay.finish()
}

fn refused(records: &[MetadataRecord]) -> ReplayError {
    replayed(records).unwrap_err()
}

#[test]
fn a_topic_is_found_by_name_and_id_until_it_is_removed() {
    let made = [topic("t", ID), config("retention.ms", Some("1")), partition(0), partition(1)];
    let image = replayed(&made).unwrap();
    assert_eq!(image.end_offset, 4);
    assert_eq!(image.topic("t"), image.topic_by_id(ID));
    assert_eq!(image.topic("t").unwrap().partitions.len(), 2);
    assert_eq!(image.topic_configs("t").unwrap()["retention.ms"], "1");

    let removed = [&made[..], &[RemoveTopicRecord { topic_id: ID }.into()]].concat();
    let image = replayed(&removed).unwrap();
    assert_eq!(image, ClusterImage { end_offset: 5, ..Default::default() });
}

#[test]
fn a_named_leader_raises_the_leader_epoch_and_any_change_the_partition_epoch() {
    let same_leader = PartitionChangeRecord { leader: 1, ..change() };
    let other = PartitionChangeRecord { isr: Some(vec![]), last_known_elr: Some(vec![1]), ..change() };
    let image = replayed(&[topic("t", ID), partition(0), same_leader.into(), other.into()]).unwrap();
    let partition = image.partition("t", 0).unwrap();
    assert_eq!((partition.leader, partition.leader_epoch, partition.partition_epoch), (1, 1, 2));
    assert!(partition.isr.is_empty());
    assert_eq!(partition.last_known_elr, Some(vec![1]));
}

#[test]
fn partitions_may_come_in_any_order_but_none_may_be_missing() {
    assert!(replayed(&[topic("t", ID), partition(1), partition(0)]).is_ok());
    let gap = refused(&[topic("t", ID), partition(1)]);
    assert_eq!(gap, ReplayError::Gap { topic: "t".to_owned(), missing: 0 });
    let absurd = refused(&[topic("t", ID), partition(i32::MAX)]);
    assert_eq!(absurd, ReplayError::PartitionNumber { topic: "t".to_owned(), partition: i32::MAX });
    assert!(matches!(refused(&[topic("t", ID), partition(-1)]), ReplayError::PartitionNumber { .. }));
}

#[test]
fn a_record_that_contradicts_the_image_is_refused() {
    assert!(matches!(refused(&[topic("t", ID), topic("t", Uuid(9))]), ReplayError::TopicExists { .. }));
    assert!(matches!(refused(&[partition(0)]), ReplayError::NoSuchTopic { .. }));
    assert!(matches!(refused(&[topic("t", ID), change().into()]), ReplayError::NoSuchPartition { .. }));
    assert!(matches!(refused(&[RemoveTopicRecord { topic_id: ID }.into()]), ReplayError::NoSuchTopic { .. }));
    let stale = BrokerRegistrationChangeRecord { broker_id: 1, broker_epoch: 4, fenced: -1, ..Default::default() };
    assert_eq!(
        refused(&[register(5), stale.into()]).to_string(),
        "BrokerRegistrationChangeRecord for broker 1 with epoch 4, which is registered with epoch 5"
    );
    let ids = |next| ProducerIdsRecord { next_producer_id: next, ..Default::default() }.into();
    assert_eq!(refused(&[ids(1000), ids(1000)]), ReplayError::ProducerIds { next: 1000, current: 1000 });
    let directories = PartitionRecord {
        partition_id: 0,
        topic_id: ID,
        replicas: vec![1],
        directories: vec![ID, ID],
        ..Default::default()
    };
    assert!(matches!(refused(&[topic("t", ID), directories.into()]), ReplayError::Directories { .. }));
}

#[test]
fn features_beyond_what_is_known_are_refused() {
    let level =
        |name: &str, level| replayed(&[FeatureLevelRecord { name: name.to_owned(), feature_level: level }.into()]);
    assert_eq!(level("metadata.version", 25).unwrap().metadata_version(), Some(25));
    assert_eq!(
        level("metadata.version", 30).unwrap_err().to_string(),
        "feature metadata.version is at level 30; levels 7 to 29 are supported"
    );
    assert!(level("metadata.version", 0).is_err());
    assert!(level("group.version", 0).unwrap().features.is_empty());
    assert!(matches!(level("flying.version", 1), Err(ReplayError::UnknownFeature { .. })));
    assert!(level("flying.version", 0).is_ok());
    assert!(level("kraft.version", 1).unwrap().features.is_empty());
}

#[test]
fn a_transaction_counts_only_when_it_ends() {
    let name = |image: ClusterImage| image.topics.keys().cloned().collect::<Vec<_>>();
    let open = [topic("a", Uuid(8)), begin(), topic("t", ID), partition(0)];
    let image = replayed(&open).unwrap();
    assert_eq!(image.end_offset, 4);
    assert_eq!(name(image), ["a"]);
    let ended = [&open[..], &[EndTransactionRecord {}.into()]].concat();
    assert_eq!(name(replayed(&ended).unwrap()), ["a", "t"]);
    let aborted = [&open[..], &[AbortTransactionRecord::default().into(), topic("t", Uuid(9))]].concat();
    assert_eq!(replayed(&aborted).unwrap().topic("t").unwrap().id, Uuid(9));
}

#[test]
fn transactions_neither_nest_nor_end_twice_nor_occur_in_snapshots() {
    assert!(matches!(refused(&[begin(), begin()]), ReplayError::Transaction { open: true, .. }));
    let end: MetadataRecord = EndTransactionRecord {}.into();
    assert!(matches!(refused(&[end]), ReplayError::Transaction { open: false, .. }));
    let mut snapshot = Replay::new(ClusterImage::default(), Source::Snapshot);
    assert!(matches!(snapshot.apply(0, &begin()), Err(ReplayError::TransactionInSnapshot { .. })));
}

#[test]
fn configs_of_absent_topics_are_kept_and_empty_sets_are_not() {
    let image = replayed(&[config("retention.ms", Some("1"))]).unwrap();
    assert!(image.topic_configs("t").is_some());
    let image = replayed(&[config("retention.ms", Some("1")), config("retention.ms", None)]).unwrap();
    assert_eq!(image.topic_configs("t"), None);
    let broker = ConfigRecord { resource_type: 4, resource_name: "one".to_owned(), ..Default::default() };
    assert_eq!(refused(&[broker.into()]), ReplayError::BrokerName("one".to_owned()));
}

#[test]
fn a_quota_is_for_the_same_entity_in_any_order_of_its_parts() {
    let part = |kind: &str| EntityData { entity_type: kind.to_owned(), entity_name: None };
    let quota = |parts: Vec<EntityData>, remove| -> MetadataRecord {
        ClientQuotaRecord { entity: parts, key: "producer_byte_rate".to_owned(), value: 1.0, remove }.into()
    };
    let set = quota(vec![part("user"), part("client-id")], false);
    let unset = quota(vec![part("client-id"), part("user")], true);
    assert_eq!(replayed(std::slice::from_ref(&set)).unwrap().quotas.len(), 1);
    assert!(replayed(&[set, unset]).unwrap().quotas.is_empty());
}
