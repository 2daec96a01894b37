//! Features, registrations, producer ids, configs.
//!
//! Source: `FeatureControlManager`, `ClusterControlManager`, `ProducerIdControlManager`, `ConfigurationControlManager`.

use crate::metadata::errors::ReplayError;
use crate::metadata::features;
use crate::metadata::image::{BROKER_RESOURCE, BrokerImage, ClusterImage};
use crate::records::metadata::{
    BrokerRegistrationChangeRecord, ConfigRecord, FeatureLevelRecord, ProducerIdsRecord, RegisterBrokerRecord,
    RegisterControllerRecord, UnregisterBrokerRecord,
};

impl ClusterImage {
    pub(super) fn set_feature(&mut self, feature: &FeatureLevelRecord) -> Result<(), ReplayError> {
        let (name, level) = (feature.name.clone(), feature.feature_level);
        if name == features::KRAFT_VERSION {
            return Ok(());
        }
        match features::supported_levels(&name) {
            Some(supported) if !supported.contains(&level) => {
                return Err(ReplayError::FeatureLevel { name, level, supported });
            }
            None if level != 0 => return Err(ReplayError::UnknownFeature { name, level }),
            _ => {}
        }
        match level {
            0 => self.features.remove(&name),
            level => self.features.insert(name, level),
        };
        Ok(())
    }

    pub(super) fn register_broker(&mut self, record: &RegisterBrokerRecord) -> Result<(), ReplayError> {
        let broker = BrokerImage {
            id: record.broker_id,
            epoch: record.broker_epoch,
            incarnation: record.incarnation_id,
            fenced: record.fenced,
            rack: record.rack.clone(),
            in_controlled_shutdown: record.in_controlled_shutdown,
            is_migrating_zk_broker: record.is_migrating_zk_broker,
            endpoints: record.end_points.clone(),
            features: record.features.clone(),
            log_dirs: record.log_dirs.clone(),
        };
        self.brokers.insert(broker.id, broker);
        Ok(())
    }

    pub(super) fn unregister_broker(&mut self, record: &UnregisterBrokerRecord) -> Result<(), ReplayError> {
        self.registered("UnregisterBrokerRecord", record.broker_id, record.broker_epoch)?;
        self.brokers.remove(&record.broker_id);
        Ok(())
    }

    pub(super) fn set_fenced(
        &mut self,
        record: &'static str,
        id: i32,
        epoch: i64,
        fenced: bool,
    ) -> Result<(), ReplayError> {
        self.registered(record, id, epoch)?.fenced = fenced;
        Ok(())
    }

    pub(super) fn change_registration(&mut self, change: &BrokerRegistrationChangeRecord) -> Result<(), ReplayError> {
        const RECORD: &str = "BrokerRegistrationChangeRecord";
        let unknown = |field, value| Err(ReplayError::UnknownEnumValue { record: RECORD, field, value });
        let broker = self.registered(RECORD, change.broker_id, change.broker_epoch)?;
        match change.fenced {
            0 => {}
            1 => broker.fenced = true,
            -1 => broker.fenced = false,
            value => return unknown("fenced", value),
        }
        match change.in_controlled_shutdown {
            0 => {}
            1 => broker.in_controlled_shutdown = true,
            value => return unknown("inControlledShutdown", value),
        }
        if !change.log_dirs.is_empty() {
            broker.log_dirs.clone_from(&change.log_dirs);
        }
        Ok(())
    }

    /// The registration with that id and that epoch.
    fn registered(&mut self, record: &'static str, id: i32, epoch: i64) -> Result<&mut BrokerImage, ReplayError> {
        let registered = self.brokers.get(&id).map(|broker| broker.epoch);
        let broker = self.brokers.get_mut(&id).filter(|broker| broker.epoch == epoch);
        broker.ok_or(ReplayError::NoSuchBroker { record, id, epoch, registered })
    }

    pub(super) fn register_controller(&mut self, record: &RegisterControllerRecord) -> Result<(), ReplayError> {
        self.controllers.insert(record.controller_id, record.clone());
        Ok(())
    }

    pub(super) fn set_producer_ids(&mut self, record: &ProducerIdsRecord) -> Result<(), ReplayError> {
        let (next, current) = (record.next_producer_id, self.next_producer_id);
        if next <= current {
            return Err(ReplayError::ProducerIds { next, current });
        }
        self.next_producer_id = next;
        Ok(())
    }

    pub(super) fn set_config(&mut self, record: &ConfigRecord) -> Result<(), ReplayError> {
        let resource = record.resource_name.as_str();
        if record.resource_type == BROKER_RESOURCE && !resource.is_empty() && resource.parse::<i32>().is_err() {
            return Err(ReplayError::BrokerName(resource.to_owned()));
        }
        let key = (record.resource_type, record.resource_name.clone());
        match &record.value {
            Some(value) => {
                self.configs.entry(key).or_default().insert(record.name.clone(), value.clone());
            }
            None => {
                if let Some(configs) = self.configs.get_mut(&key) {
                    configs.remove(&record.name);
                    if configs.is_empty() {
                        self.configs.remove(&key);
                    }
                }
            }
        }
        Ok(())
    }
}
