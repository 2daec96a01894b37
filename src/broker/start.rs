//! Starting and stopping a broker: what is opened, in which order, and what must hold when it is closed.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::config::{BoundListener, BrokerConfig, ListenerConfig, Role};
use super::controller::AssignDirectory;
use super::controller_handle::ControllerHandle;
use super::coordinators::{GroupCoordinators, TransactionCoordinators};
use super::directory_watch::DirectoryWatch;
use super::first_write::{CannotWrite, FirstWrite};
use super::log_directories::{self, Checked, DirectoryFault, Usable};
use super::metadata_log::{
    BYTES_BETWEEN_SNAPSHOTS, MetadataLog, MetadataLogError, MetadataLogSettings, NewDirectory, Registration,
    SEGMENT_BYTES, format_if_new, is_untouched, read_identity,
};
use super::net::{Listener, allow_many_descriptors, bind};
use super::partitions::errors::log_rejection;
use super::partitions::{
    Assign, LogDirectories, LogDirectory, Moves, OpeningListener, Partitions, Removal, Switch, Upkeep, View,
};
use super::producer_ids::ProducerIds;
use super::server::Server;
use super::topics;
use super::{BrokerState, blocking::blocking};
use crate::clock::Timestamp;
use crate::log::directory::CleanShutdown;
use crate::log::{Disk, LogError, OsDisk};
use crate::metadata::BROKER_RESOURCE;
use crate::protocol::Rejection;
use crate::records::metadata::BrokerEndpoint;
use crate::vocabulary::Uuid;

/// How many threads open the partitions of a log directory.
const RECOVERY_THREADS: &str = "num.recovery.threads.per.data.dir";

/// Why a broker does not start.
#[derive(Debug)]
pub enum StartError {
    Bind {
        host: String,
        port: u16,
        source: io::Error,
    },
    Metadata(MetadataLogError),
    Directory(LogError),
    Directories(DirectoryFault),
    /// A partition or the registration, where everything must be ready before the broker is.
    NotReady(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::Bind { host, port, source } => write!(f, "cannot listen on {host}:{port}: {source}"),
            StartError::Metadata(error) => error.fmt(f),
            StartError::Directory(error) => error.fmt(f),
            StartError::Directories(fault) => fault.fmt(f),
            StartError::NotReady(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StartError::Bind { source, .. } => Some(source),
            StartError::Metadata(error) => Some(error),
            StartError::Directory(error) => Some(error),
            StartError::Directories(fault) => Some(fault),
            StartError::NotReady(_) => None,
        }
    }
}

impl From<MetadataLogError> for StartError {
    fn from(error: MetadataLogError) -> StartError {
        StartError::Metadata(error)
    }
}

impl From<DirectoryFault> for StartError {
    fn from(fault: DirectoryFault) -> StartError {
        StartError::Directories(fault)
    }
}

impl From<LogError> for StartError {
    fn from(error: LogError) -> StartError {
        StartError::Directory(error)
    }
}

/// What did not end as it should when a broker stopped. Everything that was acknowledged is in the files; the next start
/// looks through them.
#[derive(Debug)]
pub enum StopError {
    Metadata(MetadataLogError),
    Directory(LogError),
}

impl fmt::Display for StopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StopError::Metadata(error) => error.fmt(f),
            StopError::Directory(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StopError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            StopError::Metadata(error) => Some(error),
            StopError::Directory(error) => Some(error),
        }
    }
}

impl From<LogError> for StopError {
    fn from(error: LogError) -> StopError {
        StopError::Directory(error)
    }
}

/// A running broker. It is stopped with [`Broker::stop`]; dropping it is like a crash.
pub struct Broker {
    state: Arc<BrokerState>,
    metadata: Arc<MetadataLog>,
    removal: Arc<Removal>,
    server: Server,
    cleaning: Arc<Switch>,
    is_new: bool,
    /// Upkeep and the following of the image; aborted when this is dropped.
    background: JoinSet<()>,
    lost: watch::Receiver<Option<String>>,
}

impl Broker {
    /// Starts a broker on a data directory whose lock the caller holds. Listeners are bound before anything is opened.
    pub async fn start(config: BrokerConfig) -> Result<Broker, StartError> {
        let bound = bind_all(&config.listeners).await?;
        allow_many_descriptors();
        let disk = OsDisk::shared();
        let Opened { metadata, checked, is_new } = blocking(|| open_metadata(&disk, &config))?;
        let metadata = Arc::new(metadata);
        let image = metadata.images();
        let view = View::new(metadata.identity().node_id, &config.keys, image.clone());
        let partitions = Arc::new(Partitions::new(directories(&disk, checked, view)));
        let first_write = Arc::new(gate(&partitions, &metadata, registration(&config, &bound)));
        let removal = Removal::new(partitions.clone());
        let controller = ControllerHandle::start(&metadata, &first_write, &config.keys);
        let make_topic = topics::make_internal(controller.clone());
        let groups = Arc::new(GroupCoordinators::new(
            &config.keys,
            partitions.clone(),
            image.clone(),
            first_write.clone(),
            make_topic.clone(),
        ));
        let transactions = Arc::new(TransactionCoordinators::new(
            &config.keys,
            partitions.clone(),
            image.clone(),
            first_write.clone(),
            make_topic,
            groups.clone(),
        ));
        let state = Arc::new(BrokerState {
            node_id: metadata.identity().node_id,
            cluster_id: metadata.identity().cluster_id.clone(),
            keys: config.keys,
            partitions: partitions.clone(),
            groups,
            transactions,
            moves: Moves::new(partitions.clone(), removal.clone(), assign_directories(&controller)),
            producer_ids: ProducerIds::new(controller.clone()),
            controller,
            first_write: first_write.clone(),
            image: image.clone(),
        });
        let mut background = JoinSet::new();
        match config.eager {
            // There is nothing in it that a client could miss, and who writes first waits for the registration.
            true if is_new => {
                let gate = state.first_write.clone();
                background.spawn(async move {
                    if let Err(e) = gate.pass().await {
                        tracing::error!("{e}");
                    }
                });
            }
            true => make_ready(&state, &removal, &config.opening).await?,
            false => wake_transactions(&state),
        }
        let (watch, lost) = DirectoryWatch::new(state.clone(), config.data_directory);
        background.spawn(watch.run());
        background.spawn(removal.clone().run(image));
        let upkeep = Upkeep::new(partitions, first_write, &state.keys);
        let cleaning = upkeep.cleaning_switch();
        background.spawn(upkeep.run());
        let server = Server::start(&state, bound);
        Ok(Broker { state, metadata, removal, server, cleaning, is_new, background, lost })
    }

    /// Who this node is.
    pub fn node_id(&self) -> i32 {
        self.state.node_id
    }

    /// Where it listens, in the order of the configuration.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.server.addresses().to_vec()
    }

    /// Says why the broker cannot go on, once that is so: then it is to be stopped.
    pub fn lost(&self) -> watch::Receiver<Option<String>> {
        self.lost.clone()
    }

    /// Whether this broker has changed anything in its directory.
    pub fn has_written(&self) -> bool {
        self.state.first_write.is_open()
    }

    /// Ends everything in order. The marker of a clean shutdown is written last, and only if it is true.
    pub async fn stop(self) -> Result<(), StopError> {
        let Broker { state, metadata, removal, server, cleaning, is_new, mut background, .. } = self;
        cleaning.turn_off();
        server.stop().await;
        state.transactions.stop().await;
        state.groups.stop().await;
        state.moves.stop().await;
        if is_new && let Err(e) = state.first_write.pass().await {
            tracing::error!("{e}");
        }
        background.shutdown().await;
        if !state.first_write.is_open() {
            return Ok(());
        }
        blocking(|| {
            let epoch = metadata.broker_epoch();
            let (metadata, partitions) = thread::scope(|scope| {
                let metadata = scope.spawn(|| metadata.close());
                let partitions = close_partitions(&state, &removal);
                (metadata.join().unwrap_or_else(|panic| resume_unwind(panic)), partitions)
            });
            metadata.map_err(StopError::Metadata)?;
            partitions?;
            state.partitions.write_checkpoints()?;
            for directory in state.partitions.directories().online() {
                CleanShutdown::write(&*directory.disk, &directory.path, epoch.unwrap_or(-1))?;
            }
            Ok(())
        })
    }
}

fn close_partitions(state: &BrokerState, removal: &Removal) -> Result<(), StopError> {
    let unclean = state.partitions.directories().online().find(|directory| !directory.started_clean());
    if let Some(directory) = unclean {
        // Partitions that nobody used are not known to be whole yet.
        open_all(state, &OpeningListener::default()).map_err(|rejection| unsound(&directory.path, &rejection))?;
    }
    let closed = state.partitions.close();
    removal.find_leftovers();
    removal.remove_waiting();
    Ok(closed?)
}

async fn bind_all(listeners: &[ListenerConfig]) -> Result<Vec<Listener>, StartError> {
    let mut bound = Vec::with_capacity(listeners.len());
    for listener in listeners {
        let listening = bind(listener).await;
        bound.push(listening.map_err(|source| StartError::Bind {
            host: listener.host.clone(),
            port: listener.port,
            source,
        })?);
    }
    Ok(bound)
}

struct Opened {
    metadata: MetadataLog,
    checked: Checked,
    /// Nothing is in the directory yet: it is formatted beside the first that the broker does.
    is_new: bool,
}

fn open_metadata(disk: &Arc<dyn Disk>, config: &BrokerConfig) -> Result<Opened, StartError> {
    log_directories::refuse_secondary(&**disk, &config.data_directory)?;
    let new = NewDirectory::random(config.node_id.unwrap_or(1));
    let settings = MetadataLogSettings {
        disk: disk.clone(),
        directory: config.data_directory.clone(),
        node_id: config.node_id,
        bytes_between_snapshots: BYTES_BETWEEN_SNAPSHOTS,
        segment_bytes: SEGMENT_BYTES,
    };
    let directory = &config.data_directory;
    let is_all = config.all_log_directories() == [directory.clone()];
    let is_new = config.eager && config.format_if_empty && is_all && is_untouched(&**disk, directory)?;
    if is_new {
        let checked = log_directories::check(&**disk, config, &new.identity())?;
        let metadata = MetadataLog::of_new(settings, new, checked.placement.clone())?;
        return Ok(Opened { metadata, checked, is_new });
    }
    if config.format_if_empty {
        format_if_new(&**disk, directory, &new, Timestamp::now())?;
    }
    let checked = log_directories::check(&**disk, config, &read_identity(&settings)?)?;
    let metadata = MetadataLog::open_with(settings, checked.placement.clone())?;
    Ok(Opened { metadata, checked, is_new })
}

fn directories(disk: &Arc<dyn Disk>, checked: Checked, view: Arc<View>) -> LogDirectories {
    let open = |one: Usable| LogDirectory::new(disk.clone(), one.path, one.id, view.clone(), one.start);
    let all = checked.usable.into_iter().map(open).map(Arc::new).collect();
    LogDirectories::new(view.clone(), all, checked.unusable)
}

fn registration(config: &BrokerConfig, bound: &[Listener]) -> Registration {
    let endpoint = |listener: &BoundListener| BrokerEndpoint {
        name: listener.name.clone(),
        host: listener.advertised_host.clone(),
        port: listener.advertised_port,
        security_protocol: listener.protocol.code(),
    };
    let brokers = bound.iter().filter(|listener| listener.bound.role == Role::Broker);
    Registration {
        incarnation: Uuid::random(),
        endpoints: brokers.map(|listener| endpoint(&listener.bound)).collect(),
        rack: config.keys.get("broker.rack").map(str::to_owned),
    }
}

/// Before the first write the directories are no longer cleanly shut down, and the broker is registered.
fn gate(partitions: &Arc<Partitions>, metadata: &Arc<MetadataLog>, registration: Registration) -> FirstWrite {
    let (partitions, metadata) = (partitions.clone(), metadata.clone());
    FirstWrite::new(move || {
        let begun = blocking(|| {
            partitions.unmark_clean().map_err(|e| CannotWrite(e.to_string()))?;
            metadata.begin_writing(&registration, Timestamp::now()).map_err(|e| CannotWrite(e.to_string()))
        });
        async { begun }
    })
}

/// How moved partitions become known.
fn assign_directories(controller: &ControllerHandle) -> Assign {
    let controller = controller.clone();
    Arc::new(move |partition, topic_id, directory| {
        let controller = controller.clone();
        Box::pin(async move { controller.ask(AssignDirectory { partition, topic_id, directory }).await? })
    })
}

/// A transaction that is open ends on time even if nobody asks for it, since readers wait for that.
fn wake_transactions(state: &Arc<BrokerState>) {
    let state = state.clone();
    tokio::task::spawn_blocking(move || {
        if let Err(code) = state.transactions.load_all() {
            tracing::warn!("open transactions may not end on time: a coordinator cannot be loaded: {code}");
        }
    });
}

/// Registers, opens and recovers all that there is, so that the first client finds nothing left to do.
async fn make_ready(state: &BrokerState, removal: &Removal, opening: &OpeningListener) -> Result<(), StartError> {
    state.first_write.pass().await.map_err(|e| StartError::NotReady(e.to_string()))?;
    blocking(|| {
        state.moves.finish_interrupted().map_err(|e| log_rejection(&"a partition that was being moved", &e))?;
        state.partitions.set_strays_aside()?;
        removal.find_leftovers();
        removal.remove_waiting();
        open_all(state, opening)
    })
    .map_err(|rejection| StartError::NotReady(format!("a partition cannot be opened: {rejection}")))?;
    state.moves.resume();
    let not_loaded = |code| StartError::NotReady(format!("a coordinator cannot be loaded: {code}"));
    state.groups.load_all().map_err(not_loaded)?;
    state.transactions.load_all().map_err(not_loaded)
}

fn open_all(state: &BrokerState, opening: &OpeningListener) -> Result<(), Rejection> {
    let image = state.image();
    let node_id = state.node_id.to_string();
    let dynamic = [node_id.as_str(), ""]
        .into_iter()
        .find_map(|broker| image.resource_configs(BROKER_RESOURCE, broker)?.get(RECOVERY_THREADS)?.trim().parse().ok());
    let threads = usize::try_from(dynamic.unwrap_or(state.keys.number(RECOVERY_THREADS))).unwrap_or(1);
    state.partitions.open_all(threads, opening)
}

fn unsound(directory: &Path, rejection: &Rejection) -> StopError {
    StopError::Directory(LogError::Malformed {
        path: directory.to_owned(),
        fault: format!("a partition that was not used cannot be opened: {rejection}"),
    })
}
