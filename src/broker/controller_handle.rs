//! The way to the controller: its machine is started here, and asked.

use std::sync::Arc;

use super::config::BrokerKeys;
use super::config::keys::{KEYS, Kind};
use super::controller::{Controller, ControllerSettings};
use super::first_write::FirstWrite;
use super::machine::Call;
use super::machine::runner::{MachineHandle, Setup, Unavailable};
use super::metadata_log::{MetadataJournal, MetadataLog};
use crate::metadata::group_configs::GROUP_CONFIGS;
use crate::metadata::topic_configs::{TOPIC_CONFIGS, Values};
use crate::protocol::{ErrorCode, Rejection};

/// The running controller; cheap to clone.
#[derive(Clone)]
pub struct ControllerHandle {
    machine: MachineHandle<Controller>,
}

impl ControllerHandle {
    pub fn start(metadata: &Arc<MetadataLog>, first_write: &Arc<FirstWrite>, keys: &BrokerKeys) -> ControllerHandle {
        let settings = settings(metadata, keys);
        let machine = MachineHandle::start(Setup {
            name: "controller".to_owned(),
            fresh: Box::new(move || Controller::new(settings.clone())),
            journal: Box::new(MetadataJournal(metadata.clone())),
            image: metadata.images(),
            first_write: Some(first_write.clone()),
            applied: Box::new(|_| {}),
            start_task: Box::new(|task, _| match task {}),
        });
        ControllerHandle { machine }
    }

    /// The image has what the reply says before it is given.
    pub async fn ask<C: Call<Controller>>(&self, call: C) -> Result<C::Reply, Rejection> {
        let reply = self.machine.ask(call.request()).await.map_err(|unavailable| match unavailable {
            Unavailable::Stopped => Rejection::new(ErrorCode::RequestTimedOut, "The broker stops."),
            Unavailable::Storage => Rejection::new(ErrorCode::KafkaStorageError, "The metadata log cannot be written."),
        })?;
        C::reply(reply).ok_or_else(|| ErrorCode::UnknownServerError.into())
    }
}

fn settings(metadata: &MetadataLog, keys: &BrokerKeys) -> ControllerSettings {
    let number = |name| keys.number(name);
    let explicit = |name: &str| keys.explicit(name).map(|value| (name.to_owned(), value.to_owned()));
    let group_keys = GROUP_CONFIGS.iter().flat_map(|config| {
        let bounds = [config.least, config.most].into_iter().flatten().map(|(key, _)| key);
        config.default_key.into_iter().chain(bounds)
    });
    ControllerSettings {
        node_id: metadata.identity().node_id,
        directories: metadata.log_directories().to_vec(),
        default_partitions: i32::try_from(number("num.partitions")).unwrap_or(1),
        default_replication_factor: i16::try_from(number("default.replication.factor").min(1)).unwrap_or(1),
        delete_topic_enable: keys.boolean("delete.topic.enable"),
        fixed_values: fixed_topic_values(keys),
        broker_lists: KEYS
            .iter()
            .filter(|key| key.kind == Kind::List)
            .map(|key| (key.name.to_owned(), keys.get(key.name).unwrap_or_default().to_owned()))
            .collect(),
        group_values: group_keys.filter_map(explicit).collect(),
    }
}

/// The broker keys that topics inherit.
fn inherited_keys() -> impl Iterator<Item = &'static str> {
    TOPIC_CONFIGS
        .iter()
        .flat_map(|config| config.broker_key.into_iter().chain(config.coarser_keys.iter().map(|(key, _)| *key)))
}

/// The values of those keys that the properties set.
pub fn fixed_topic_values(keys: &BrokerKeys) -> Values {
    inherited_keys().filter_map(|name| Some((name.to_owned(), keys.explicit(name)?.to_owned()))).collect()
}
