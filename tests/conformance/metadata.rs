//! Metadata, DescribeCluster and DescribeTopicPartitions: who is here and what there is.

use kavka::protocol::ErrorCode;
use kavka::protocol::messages::describe_topic_partitions::TopicRequest;
use kavka::protocol::messages::metadata::MetadataRequestTopic;
use kavka::protocol::messages::{DescribeClusterRequest, DescribeTopicPartitionsRequest, MetadataRequest};
use kavka::vocabulary::Uuid;

use crate::cluster::{Client, fresh_name};

fn named(names: &[&str], allow_auto_topic_creation: bool) -> MetadataRequest {
    let topic = |name: &&str| MetadataRequestTopic { name: Some((*name).to_owned()), topic_id: Uuid::ZERO };
    MetadataRequest { topics: Some(names.iter().map(topic).collect()), allow_auto_topic_creation, ..Default::default() }
}

#[test]
fn every_version_describes_a_topic_and_the_node_that_leads_it() {
    let mut client = Client::connect();
    let topic = client.topic("described");
    for version in 0..=13 {
        let response = client.call(&named(&[&topic.name], true), version);
        let described = &response.topics[0];
        assert_eq!((described.error_code, described.partitions.len()), (0, 1), "v{version}");
        let leader = described.partitions[0].leader_id;
        assert!(response.brokers.iter().any(|broker| broker.node_id == leader), "v{version}");
        if version >= 10 {
            assert_eq!(described.topic_id, topic.id);
        }
        if version >= 2 {
            assert!(response.cluster_id.is_some());
        }
    }
}

#[test]
fn an_empty_list_means_all_topics_in_version_0_and_none_later() {
    let mut client = Client::connect();
    let topic = client.topic("listed");
    let none = MetadataRequest { topics: Some(Vec::new()), ..Default::default() };
    let has = |topics: &[kavka::protocol::messages::metadata::MetadataResponseTopic]| {
        topics.iter().any(|one| one.name.as_deref() == Some(&topic.name))
    };
    assert!(has(&client.call(&none, 0).topics));
    assert!(client.call(&none, 1).topics.is_empty());
    let all = MetadataRequest { topics: None, ..Default::default() };
    assert!(has(&client.call(&all, 1).topics));
    assert!(has(&client.call(&all, 12).topics));
}

#[test]
fn a_topic_that_is_not_there_is_told_if_it_must_not_be_made() {
    let mut client = Client::connect();
    let name = fresh_name("absent");
    for version in 4..=13 {
        let topic = client.call(&named(&[&name], false), version).topics.remove(0);
        assert_eq!(ErrorCode::from_code(topic.error_code), ErrorCode::UnknownTopicOrPartition);
        assert!(topic.partitions.is_empty());
    }
}

#[test]
fn names_that_no_topic_can_have_are_refused() {
    let mut client = Client::connect();
    for name in ["a/b", "", "..", &"x".repeat(250)] {
        let topic = client.call(&named(&[name], true), 12).topics.remove(0);
        assert_eq!(ErrorCode::from_code(topic.error_code), ErrorCode::InvalidTopicException, "{name}");
    }
}

#[test]
fn a_topic_is_found_by_its_id() {
    let mut client = Client::connect();
    let topic = client.topic("by-id");
    // Java's consumer leaves the name empty.
    for name in [None, Some(String::new())] {
        let by_id = |id| {
            let topics = Some(vec![MetadataRequestTopic { name: name.clone(), topic_id: id }]);
            MetadataRequest { topics, ..Default::default() }
        };
        let found = client.call(&by_id(topic.id), 12).topics.remove(0);
        assert_eq!((found.error_code, found.name.as_deref()), (0, Some(&*topic.name)));
        let unknown = client.call(&by_id(Uuid(4711 << 64)), 12).topics.remove(0);
        assert_eq!((ErrorCode::from_code(unknown.error_code), unknown.name), (ErrorCode::UnknownTopicId, None));
    }
}

#[test]
fn operations_are_told_to_those_who_ask() {
    let mut client = Client::connect();
    let topic = client.topic("operations");
    let mut request = named(&[&topic.name], true);
    assert_eq!(client.call(&request, 8).topics[0].topic_authorized_operations, i32::MIN);
    request.include_topic_authorized_operations = true;
    request.include_cluster_authorized_operations = true;
    let response = client.call(&request, 8);
    assert_eq!(response.topics[0].topic_authorized_operations, 3576);
    assert_eq!(response.cluster_authorized_operations, 8096);
}

#[test]
fn the_cluster_describes_itself_alike_everywhere() {
    let mut client = Client::connect();
    let metadata = client.call(&named(&[], true), 12);
    for version in 0..=2 {
        let cluster = client.call(&DescribeClusterRequest::default(), version);
        assert_eq!(Some(cluster.cluster_id), metadata.cluster_id);
        assert_eq!(cluster.brokers.len(), metadata.brokers.len());
    }
    let controllers = DescribeClusterRequest { endpoint_type: 2, ..Default::default() };
    let code = ErrorCode::from_code(client.call(&controllers, 1).error_code);
    assert_eq!(code, ErrorCode::MismatchedEndpointType);
}

#[test]
fn topics_are_described_in_the_order_of_their_names() {
    let mut client = Client::connect();
    let (first, second) = (client.topic("page-a"), client.topic("page-b"));
    let topics = [&second.name, &first.name].map(|name| TopicRequest { name: name.clone() }).to_vec();
    let request = DescribeTopicPartitionsRequest { topics, response_partition_limit: 1, ..Default::default() };
    let page = client.call(&request, 0);
    assert_eq!(page.topics[0].name.as_deref(), Some(&*first.name));
    assert_eq!(page.topics.len(), 1);
    assert_eq!(page.next_cursor.unwrap().topic_name, second.name);
}
