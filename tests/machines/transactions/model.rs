//! What must be true of every transaction, whatever clients, clocks and disks do. It is fed with what happens and fails
//! at the first thing that must not.
//!
//! - Epochs of a producer id only go up, a new producer id is one that nobody had, and nobody is given the last epoch.
//! - A producer (id and epoch) is given to one client only.
//! - An ended transaction has the partitions that were acknowledged, gets a marker for each before it is complete, all
//!   with the result that was decided, and none afterwards; who is told of an end is told of the one that happened.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use kavka::broker::coordinators::transaction::{Producer, TransactionState, WriteMarkers};
use kavka::records::transaction::{TransactionLogValue, TransactionRecord};
use kavka::vocabulary::TopicPartition;

/// Kafka's table of transitions. The states that are never written are left out.
const TRANSITIONS: [(TransactionState, &[TransactionState]); 6] = {
    use TransactionState::{CompleteAbort, CompleteCommit, Empty, Ongoing, PrepareAbort, PrepareCommit};
    [
        (Empty, &[Empty, Ongoing, PrepareAbort]),
        (Ongoing, &[Ongoing, PrepareCommit, PrepareAbort]),
        (PrepareCommit, &[CompleteCommit]),
        (PrepareAbort, &[CompleteAbort]),
        // To itself when its producer goes on with a new id.
        (CompleteCommit, &[Empty, Ongoing, PrepareAbort, CompleteCommit]),
        (CompleteAbort, &[Empty, Ongoing, PrepareAbort, CompleteAbort]),
    ]
};

#[derive(Default)]
pub struct Model {
    pub ids: BTreeMap<String, Id>,
    given_to: HashMap<(i64, i16), usize>,
    /// Producer ids that nobody ever had, and those that somebody has had.
    unused: HashSet<i64>,
    used: HashSet<i64>,
}

/// What is known of a transactional id.
pub struct Id {
    pub state: TransactionState,
    pub producer: Producer,
    pub partitions: BTreeSet<TopicPartition>,
    /// Partitions of the open transaction whose joining was acknowledged.
    acknowledged: BTreeSet<TopicPartition>,
    /// The last decision.
    end: Option<End>,
}

struct End {
    committed: bool,
    producer: Producer,
    partitions: BTreeSet<TopicPartition>,
    marked: BTreeSet<TopicPartition>,
}

fn is_same(one: Producer, other: Producer) -> bool {
    (one.id, one.epoch) == (other.id, other.epoch)
}

fn partitions(value: &TransactionLogValue) -> BTreeSet<TopicPartition> {
    let topics = value.transaction_partitions.iter().flatten();
    topics.flat_map(|t| t.partition_ids.iter().map(|p| TopicPartition::new(t.topic.as_str(), *p))).collect()
}

impl Id {
    pub fn is_idle(&self) -> bool {
        use TransactionState::{CompleteAbort, CompleteCommit, Empty};
        matches!(self.state, Empty | CompleteCommit | CompleteAbort)
    }

    fn is_prepared(&self) -> bool {
        matches!(self.state, TransactionState::PrepareCommit | TransactionState::PrepareAbort)
    }
}

impl Model {
    /// A producer id that nobody ever had.
    pub fn new_producer_id(&mut self) -> i64 {
        let id = 1000 + self.unused.len() as i64;
        self.unused.insert(id);
        id
    }

    pub fn recorded(&mut self, record: &TransactionRecord) {
        let name = &record.transactional_id;
        let Some((_, value)) = &record.value else {
            let gone = self.ids.remove(name).unwrap_or_else(|| panic!("{name} is forgotten but was never known"));
            assert!(gone.is_idle(), "{name} is forgotten in {:?}", gone.state);
            return;
        };
        let state = TransactionState::numbered(value.transaction_status).unwrap();
        let producer = Producer { id: value.producer_id, epoch: value.producer_epoch };
        let partitions = partitions(value);
        let before = self.ids.remove(name);
        self.check_producer(name, before.as_ref(), producer);
        let mut id = before.unwrap_or(Id {
            // A record that was found in the log may be in any state.
            state: if partitions.is_empty() { TransactionState::Empty } else { TransactionState::Ongoing },
            producer,
            partitions: partitions.clone(),
            acknowledged: BTreeSet::new(),
            end: None,
        });
        id.take(name, state, producer, partitions);
        self.ids.insert(name.clone(), id);
    }

    /// A record that was there before the walk began.
    pub fn found(&mut self, record: &TransactionRecord) {
        let (_, value) = record.value.as_ref().unwrap();
        let producer = Producer { id: value.producer_id, epoch: value.producer_epoch };
        let state = TransactionState::numbered(value.transaction_status).unwrap();
        self.used.insert(producer.id);
        let id = Id { state, producer, partitions: partitions(value), acknowledged: BTreeSet::new(), end: None };
        self.ids.insert(record.transactional_id.clone(), id);
    }

    fn check_producer(&mut self, name: &str, before: Option<&Id>, producer: Producer) {
        assert!(producer.epoch >= 0, "{name} has epoch {}", producer.epoch);
        match before {
            Some(id) if id.producer.id == producer.id => {
                assert!(producer.epoch >= id.producer.epoch, "{name} goes back from {:?} to {producer:?}", id.producer);
            }
            _ => {
                assert!(self.unused.contains(&producer.id), "{name} makes up producer id {}", producer.id);
                assert!(self.used.insert(producer.id), "{name} gets the used producer id {}", producer.id);
                assert_eq!(producer.epoch, 0, "{name} begins {}", producer.id);
            }
        }
    }

    pub fn given(&mut self, producer: Producer, client: usize) {
        assert!(producer.epoch < i16::MAX, "{producer:?} is given to {client}");
        let owner = *self.given_to.entry((producer.id, producer.epoch)).or_insert(client);
        assert_eq!(owner, client, "{producer:?} is given to {client} and was given to {owner}");
    }

    /// Somebody is told that these partitions are part of the transaction.
    pub fn acknowledged(&mut self, name: &str, producer: Producer, partitions: &[TopicPartition]) {
        let id = self.ids.get_mut(name).unwrap();
        assert!(is_same(id.producer, producer), "{name}: {producer:?} adds to the transaction of {:?}", id.producer);
        assert_eq!(id.state, TransactionState::Ongoing, "{name}");
        id.acknowledged.extend(partitions.iter().cloned());
        assert!(id.acknowledged.is_subset(&id.partitions), "{name}: acknowledged, and not there");
    }

    /// Somebody is told that this is how the transaction has ended.
    pub fn told_end(&self, name: &str, committed: bool) {
        let id = &self.ids[name];
        if let Some(end) = &id.end {
            assert_eq!(end.committed, committed, "{name}: the end that was told is not the one that was decided");
        } else {
            // It ended before the walk began.
            let state = if committed { TransactionState::CompleteCommit } else { TransactionState::CompleteAbort };
            assert_eq!(id.state, state, "{name}");
        }
    }

    pub fn started(&self, task: &WriteMarkers) {
        let name = &task.transactional_id;
        let id = &self.ids[name];
        let end = id.end.as_ref().filter(|_| id.is_prepared()).unwrap_or_else(|| panic!("{name}: markers of no end"));
        assert!(is_same(end.producer, task.producer), "{name}: markers of {:?}", task.producer);
        assert_eq!(end.committed, task.committed, "{name}: markers of the other result");
        assert!(!task.partitions.is_empty() && task.partitions.is_subset(&end.partitions), "{name}: {task:?}");
    }

    /// A marker is written to a partition.
    pub fn marked(&mut self, task: &WriteMarkers, partition: &TopicPartition) {
        self.started(task);
        let id = self.ids.get_mut(&task.transactional_id).unwrap();
        id.end.as_mut().unwrap().marked.insert(partition.clone());
    }
}

impl Id {
    fn take(&mut self, name: &str, state: TransactionState, producer: Producer, partitions: BTreeSet<TopicPartition>) {
        use TransactionState::{CompleteAbort, CompleteCommit, Empty, Ongoing, PrepareAbort, PrepareCommit};
        let may = TRANSITIONS.iter().find(|(from, _)| *from == self.state).map_or(&[][..], |(_, to)| to);
        assert!(may.contains(&state), "{name} goes from {:?} to {state:?}", self.state);
        let is_renewed = state == self.state && matches!(state, CompleteCommit | CompleteAbort);
        assert!(!is_renewed || producer.id != self.producer.id, "{name}: an end for nothing");
        match state {
            Empty => assert!(partitions.is_empty(), "{name}: {partitions:?} in no transaction"),
            Ongoing => assert!(self.partitions.is_subset(&partitions), "{name}: lost partitions"),
            PrepareCommit | PrepareAbort => {
                assert_eq!(partitions, self.partitions, "{name}: others than those of the transaction");
                assert!(self.acknowledged.is_subset(&partitions), "{name}: lost partitions");
                let committed = state == PrepareCommit;
                self.end = Some(End { committed, producer, partitions: partitions.clone(), marked: BTreeSet::new() });
            }
            _ if is_renewed => (),
            _ => {
                let end = self.end.as_ref().unwrap_or_else(|| panic!("{name}: complete without a decision"));
                assert_eq!(end.committed, state == CompleteCommit, "{name}: completed otherwise than decided");
                assert_eq!(end.marked, end.partitions, "{name}: complete without all markers");
                assert!(partitions.is_empty(), "{name}: {partitions:?} in no transaction");
            }
        }
        if state != Ongoing {
            self.acknowledged.clear();
        }
        (self.state, self.producer, self.partitions) = (state, producer, partitions);
    }
}
