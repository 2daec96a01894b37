//! The machines of one internal topic, one per partition. A partition's machine is started, and so reads its log, when it
//! is first asked. The topic itself is made when somebody is about to write to it.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::broker::machine::runner::{MachineHandle, Unavailable};
use crate::broker::machine::{Call, Machine};
use crate::broker::partitions::{Partition, Partitions};
use crate::metadata::{ClusterImage, TopicImage};
use crate::protocol::ErrorCode;
use crate::vocabulary::{Uuid, coordinator_partition};

/// An internal topic to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternalTopic {
    pub name: &'static str,
    pub partitions: i32,
    pub configs: BTreeMap<String, String>,
}

impl InternalTopic {
    pub fn new(name: &'static str, partitions: i64, configs: &[(&str, &str)]) -> InternalTopic {
        let configs = configs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        InternalTopic { name, partitions: partitions as i32, configs }
    }
}

/// Makes an internal topic, or finds that it is there. The image has it before this is done.
pub type MakeTopic =
    Arc<dyn Fn(InternalTopic) -> Pin<Box<dyn Future<Output = Result<(), ErrorCode>> + Send>> + Send + Sync>;

/// Starts the machine of a partition with this leader epoch.
pub type StartMachine<M> = Box<dyn Fn(Arc<Partition>, i32) -> MachineHandle<M> + Send + Sync>;

/// The machines of an internal topic.
pub struct Machines<M: Machine> {
    topic: InternalTopic,
    make_topic: MakeTopic,
    /// Held while the topic is made, so that it is made once.
    making: tokio::sync::Mutex<()>,
    image: watch::Receiver<Arc<ClusterImage>>,
    partitions: Arc<Partitions>,
    start: StartMachine<M>,
    /// By topic id and partition, so that a topic that was deleted and made anew begins anew.
    running: Mutex<Running<M>>,
}

struct Running<M: Machine> {
    machines: HashMap<(Uuid, i32), MachineHandle<M>>,
    /// The broker stops: none is started any more.
    ended: bool,
}

impl<M: Machine> Machines<M> {
    pub fn new(
        topic: InternalTopic,
        make_topic: MakeTopic,
        image: watch::Receiver<Arc<ClusterImage>>,
        partitions: Arc<Partitions>,
        start: StartMachine<M>,
    ) -> Machines<M> {
        let making = tokio::sync::Mutex::default();
        let running = Mutex::new(Running { machines: HashMap::new(), ended: false });
        Machines { topic, make_topic, making, image, partitions, start, running }
    }

    /// The topic, if it is there.
    pub fn topic(&self) -> Option<Arc<TopicImage>> {
        self.image.borrow().topic(self.topic.name).cloned()
    }

    /// The topic, made if need be.
    pub async fn topic_made(&self) -> Result<Arc<TopicImage>, ErrorCode> {
        if self.topic().is_none() {
            let _making = self.making.lock().await;
            if self.topic().is_none() {
                (self.make_topic)(self.topic.clone()).await?;
            }
        }
        self.topic().ok_or(ErrorCode::CoordinatorNotAvailable)
    }

    /// Asks the machine of a partition.
    pub async fn ask<C: Call<M>>(&self, topic: &TopicImage, partition: i32, call: C) -> Result<C::Reply, ErrorCode> {
        let machine = self.machine(topic, partition)?;
        let reply = machine.ask(call.request()).await.map_err(|unavailable| match unavailable {
            Unavailable::Stopped => ErrorCode::NotCoordinator,
            Unavailable::Storage => ErrorCode::CoordinatorNotAvailable,
        })?;
        C::reply(reply).ok_or(ErrorCode::UnknownServerError)
    }

    /// The partitions that hold anything.
    pub fn in_use(&self, topic: &TopicImage) -> Result<Vec<i32>, ErrorCode> {
        let mut in_use = Vec::new();
        for index in (0i32..).take(topic.partitions.len()) {
            let partition = self.partitions.leader(topic, index).map_err(|refused| refused.code)?;
            let is_loaded = self.running().machines.contains_key(&(topic.id, index));
            if is_loaded || partition.bounds().map_err(|refused| refused.code)?.end > 0 {
                in_use.push(index);
            }
        }
        Ok(in_use)
    }

    /// Starts the machines of all partitions that hold anything.
    pub fn load_all(&self) -> Result<(), ErrorCode> {
        let Some(topic) = self.topic() else { return Ok(()) };
        for partition in self.in_use(&topic)? {
            self.machine(&topic, partition)?;
        }
        Ok(())
    }

    /// All machines that run now.
    pub fn handles(&self) -> Vec<MachineHandle<M>> {
        self.running().machines.values().cloned().collect()
    }

    /// Ends all machines; whoever waits for one is told to look for the coordinator again.
    pub async fn stop(&self) {
        self.running().ended = true;
        self.stop_where(|_| true).await;
    }

    /// Ends the machines whose topic is there no more.
    pub async fn stop_of_deleted_topics(&self) {
        let image = self.image.borrow().clone();
        self.stop_where(|topic_id| image.topic_by_id(topic_id).is_none()).await;
    }

    async fn stop_where(&self, of_topic: impl Fn(Uuid) -> bool) {
        let ended: Vec<_> = self.running().machines.extract_if(|(topic_id, _), _| of_topic(*topic_id)).collect();
        for ((_, partition), machine) in ended {
            if let Err(e) = machine.stop().await {
                tracing::error!("the coordinator {}-{partition} did not close its log: {e}", self.topic.name);
            }
        }
    }

    fn machine(&self, topic: &TopicImage, index: i32) -> Result<MachineHandle<M>, ErrorCode> {
        let key = (topic.id, index);
        if let Some(machine) = self.running().machines.get(&key) {
            return Ok(machine.clone());
        }
        let partition = self.partitions.leader(topic, index).map_err(|refused| refused.code)?;
        let epoch = topic.partitions.get(index as usize).map_or(0, |partition| partition.leader_epoch);
        let mut running = self.running();
        if running.ended {
            return Err(ErrorCode::NotCoordinator);
        }
        Ok(running.machines.entry(key).or_insert_with(|| (self.start)(partition, epoch)).clone())
    }

    fn running(&self) -> MutexGuard<'_, Running<M>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The partition that is responsible for a group or transactional id.
pub fn partition_of(id: &str, topic: &TopicImage) -> i32 {
    coordinator_partition(id, topic.partitions.len() as i32)
}
