//! Which directories a single node can open: its own, and those that Apache Kafka made for a cluster of one.

use super::Identity;
use super::loading::Loaded;
use super::quorum_state::QuorumState;
use crate::metadata::TopicImage;

/// Why the directory cannot be opened, `None` if it can.
pub(super) fn refusal(identity: &Identity, loaded: &Loaded, quorum_state: QuorumState) -> Option<String> {
    quorum_refusal(identity, loaded, quorum_state).or_else(|| {
        loaded.image.topics.values().find_map(|topic| {
            let remote = loaded.image.topic_configs(&topic.name).and_then(|own| own.get("remote.storage.enable"));
            if remote.is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
                return Some(format!("topic {} keeps records in tiered storage", topic.name));
            }
            topic_refusal(identity, topic)
        })
    })
}

fn quorum_refusal(identity: &Identity, loaded: &Loaded, quorum_state: QuorumState) -> Option<String> {
    let quorum = &loaded.quorum;
    if !(0..=1).contains(&quorum.kraft_version) {
        return Some(format!("its kraft.version is {}; 0 and 1 are supported", quorum.kraft_version));
    }
    let voters = match &quorum.voters {
        Some(voters) => voters.voters.len(),
        None => quorum_state.voter_count.unwrap_or(1),
    };
    if voters != 1 {
        return Some(format!("its metadata quorum has {voters} voters"));
    }
    let voter = quorum.voters.as_ref().and_then(|voters| voters.voters.first())?;
    let (id, directory) = (voter.voter_id, voter.voter_directory_id);
    if id != identity.node_id || (directory != identity.directory_id && !directory.is_zero()) {
        let own = format!("node {} with directory {}", identity.node_id, identity.directory_id);
        return Some(format!(
            "the voter of its metadata quorum is node {id} with directory {directory}, this is {own}"
        ));
    }
    None
}

fn topic_refusal(identity: &Identity, topic: &TopicImage) -> Option<String> {
    topic.partitions.iter().zip(0..).find_map(|(partition, number)| {
        let name = &topic.name;
        if partition.replicas != [identity.node_id] {
            return Some(format!("{name}-{number} has its replicas on the nodes {:?}", partition.replicas));
        }
        None
    })
}
