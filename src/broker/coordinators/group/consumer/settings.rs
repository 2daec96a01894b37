//! The broker configuration that consumer groups go by, and what a group has of its own.

use std::time::Duration;

use super::assignors::Assignor;
use crate::metadata::{ClusterImage, GROUP_RESOURCE};

/// Source: `GroupCoordinatorConfig`, `GroupConfig`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerGroupSettings {
    /// `group.consumer.heartbeat.interval.ms`
    pub heartbeat_interval: Duration,
    /// `group.consumer.session.timeout.ms`
    pub session_timeout: Duration,
    /// `group.consumer.max.size`
    pub max_size: usize,
    /// `group.consumer.assignors`: by name or by the name of Kafka's class; the first is the default.
    pub assignors: Vec<Assignor>,
    /// `group.consumer.migration.policy`
    pub migration: MigrationPolicy,
}

/// Whether groups may change between the classic protocol and this one while they have members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationPolicy {
    pub upgrade: bool,
    pub downgrade: bool,
}

impl MigrationPolicy {
    /// The policy of this name, whatever its case.
    pub fn named(name: &str) -> MigrationPolicy {
        let is = |policy: &str| name.eq_ignore_ascii_case(policy);
        MigrationPolicy {
            upgrade: is("bidirectional") || is("upgrade"),
            downgrade: is("bidirectional") || is("downgrade"),
        }
    }
}

impl Default for ConsumerGroupSettings {
    fn default() -> ConsumerGroupSettings {
        ConsumerGroupSettings {
            heartbeat_interval: Duration::from_secs(5),
            session_timeout: Duration::from_secs(45),
            max_size: i32::MAX as usize,
            assignors: vec![Assignor::Uniform, Assignor::Range],
            migration: MigrationPolicy { upgrade: true, downgrade: true },
        }
    }
}

impl ConsumerGroupSettings {
    pub fn heartbeat_interval_of(&self, group: &str, image: &ClusterImage) -> Duration {
        own_millis(group, "consumer.heartbeat.interval.ms", image).unwrap_or(self.heartbeat_interval)
    }

    pub fn session_timeout_of(&self, group: &str, image: &ClusterImage) -> Duration {
        own_millis(group, "consumer.session.timeout.ms", image).unwrap_or(self.session_timeout)
    }

    /// What members have without a preference.
    pub fn default_assignor(&self) -> Assignor {
        self.assignors.first().copied().unwrap_or(Assignor::Uniform)
    }
}

fn own_millis(group: &str, name: &str, image: &ClusterImage) -> Option<Duration> {
    let value = image.resource_configs(GROUP_RESOURCE, group)?.get(name)?;
    value.trim().parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_known_in_any_case() {
        assert_eq!(MigrationPolicy::named("BIDIRECTIONAL"), MigrationPolicy { upgrade: true, downgrade: true });
        assert_eq!(MigrationPolicy::named("Upgrade"), MigrationPolicy { upgrade: true, downgrade: false });
        assert_eq!(MigrationPolicy::named("disabled"), MigrationPolicy { upgrade: false, downgrade: false });
    }

    #[test]
    fn a_group_may_have_times_of_its_own() {
        let mut image = ClusterImage::default();
        let own = [("consumer.session.timeout.ms".to_owned(), "50000".to_owned())];
        image.configs.insert((GROUP_RESOURCE, "g".to_owned()), own.into());
        let settings = ConsumerGroupSettings::default();
        assert_eq!(settings.session_timeout_of("g", &image), Duration::from_secs(50));
        assert_eq!(settings.heartbeat_interval_of("g", &image), Duration::from_secs(5));
        assert_eq!(settings.session_timeout_of("h", &image), Duration::from_secs(45));
    }
}
