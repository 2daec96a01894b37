//! The commands of scripts about consumer groups (KIP-848).
//!
//! ```text
//! beat group=g member=m1 epoch=0 topics=t+u    a heartbeat. What is not given has not changed, but for one that joins
//!                                              (epoch 0): it has a rebalance timeout of 60s and owns nothing.
//!                                              owned=t-0+t-1 (`owned=` nothing) regex= instance= rack= assignor=
//!                                              rebalance=60s, or none; v=0 is a client that does not make its id itself
//! describe-consumer g h
//! ```

use kavka::broker::coordinators::group::GroupRequest;
use kavka::broker::coordinators::group::consumer::{Assignment, ConsumerHeartbeat, DescribeConsumerGroups};

use crate::durations;
use crate::groups::{Words, owned, partition};
use crate::stage::Stage;

/// The request of a command, if it is one of these.
pub fn request(verb: &str, words: &Words<'_>, stage: &Stage) -> Option<GroupRequest> {
    match verb {
        "beat" => Some(GroupRequest::ConsumerHeartbeat(heartbeat(words, stage))),
        "describe-consumer" => {
            Some(GroupRequest::DescribeConsumer(DescribeConsumerGroups { groups: owned(&words.plain) }))
        }
        _ => None,
    }
}

fn heartbeat(words: &Words<'_>, stage: &Stage) -> ConsumerHeartbeat {
    let epoch = words.number("epoch", 0) as i32;
    let joins = epoch == 0;
    let text = |name: &str| words.get(name).map(str::to_owned);
    let rebalance = words.get("rebalance").or(joins.then_some("60s")).filter(|time| *time != "none");
    ConsumerHeartbeat {
        group: words.text("group"),
        member: words.text("member"),
        epoch,
        instance: text("instance"),
        rack: text("rack"),
        rebalance_timeout_ms: rebalance.map_or(-1, |time| durations::parse(time).as_millis() as i32),
        names: words.get("topics").map(|names| owned(&split(names))),
        regex: text("regex"),
        assignor: text("assignor"),
        owned: words.get("owned").or(joins.then_some("")).map(|places| assignment(places, stage)),
        client_id: words.text("member"),
        client_host: "/127.0.0.1".to_owned(),
        brings_its_id: words.number("v", 1) >= 1,
    }
}

fn split(names: &str) -> Vec<&str> {
    names.split('+').filter(|name| !name.is_empty()).collect()
}

fn assignment(places: &str, stage: &Stage) -> Assignment {
    let place = |text: &str| {
        let (topic, number) = partition(text);
        (stage.image.topic(&topic).unwrap_or_else(|| panic!("there is no topic {topic}")).id, number)
    };
    split(places).into_iter().map(place).collect()
}
