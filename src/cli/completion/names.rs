//! Names of topics, groups, configurations, transactional ids and profiles, for one line that is being typed.
//!
//! The cluster is the one that the line itself would talk to: its `--bootstrap-server`, `--profile` and so on are read
//! loosely, since the line is not finished. It has a quarter of a second to answer, out of the 300 ms after which a person
//! feels the wait.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use super::cache::Cache;
use crate::cli::profiles::{Places, Profiles};
use crate::cli::target_cluster::{Choice, Surroundings, Target, TargetArgs, settings_for};
use crate::cli::tools::Dialect;
use crate::client::admin::configs::{ConfigDetail, ConfigResource};
use crate::client::admin::groups::GroupFilter;
use crate::client::admin::transactions::TransactionFilter;
use crate::client::{Admin, ClientSettings};
use crate::standalone;

/// How long the cluster may take.
const PATIENCE: Duration = Duration::from_millis(250);

/// What a value names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Topic,
    Group,
    /// A configuration, as in `--delete-config NAME`.
    Config,
    /// A configuration with its value, as in `--config NAME=VALUE`.
    Setting,
    /// The name of a topic, group or broker, as `--entity-type` says.
    Entity,
    TransactionalId,
    Profile,
}

impl Kind {
    /// What the option of this id takes.
    pub fn of(option: &str) -> Option<Kind> {
        Some(match option {
            "topic" | "include" | "clone" => Kind::Topic,
            "group" => Kind::Group,
            "delete_config" => Kind::Config,
            "config" | "add_config" => Kind::Setting,
            "entity_name" => Kind::Entity,
            "transactional_id" => Kind::TransactionalId,
            "profile" => Kind::Profile,
            _ => return None,
        })
    }
}

/// Where the names of one line come from.
pub struct Names {
    words: Vec<String>,
    dialect: Dialect,
}

impl Names {
    pub fn new(words: &[OsString], dialect: Dialect) -> Names {
        Names { words: words.iter().map(|word| word.to_string_lossy().into_owned()).collect(), dialect }
    }

    /// All names that begin as typed. In a list, what stands before the last comma is kept.
    pub fn matching(&self, kind: Kind, typed: &OsStr) -> Vec<String> {
        let Some(typed) = typed.to_str() else { return Vec::new() };
        let (before, last) = typed.rfind(',').map_or(("", typed), |comma| typed.split_at(comma + 1));
        let names = self.all(self.meant(kind)).unwrap_or_default();
        let fitting =
            names.into_iter().filter(|name| name.starts_with(last) && (!last.is_empty() || !name.starts_with("__")));
        let equals = if kind == Kind::Setting { "=" } else { "" };
        fitting.map(|name| format!("{before}{name}{equals}")).collect()
    }

    fn meant(&self, kind: Kind) -> Option<Kind> {
        match kind {
            Kind::Topic if self.has("--create") => None,
            Kind::Setting => Some(Kind::Config),
            Kind::Entity => match self.value("--entity-type")? {
                "topics" => Some(Kind::Topic),
                "groups" => Some(Kind::Group),
                _ => None,
            },
            kind => Some(kind),
        }
    }

    fn all(&self, kind: Option<Kind>) -> Option<Vec<String>> {
        let kind = kind?;
        if kind == Kind::Profile {
            let profiles = Profiles::read(&Places::of_process()).ok()?;
            return Some(profiles.profiles.into_iter().map(|profile| profile.name).collect());
        }
        let target = Choice::make(&self.target_args(), self.dialect, &Surroundings::of_process()).ok()?.target;
        let asked = Asked { kind, is_broker: self.is_about_broker(), topic: self.value("--topic").map(str::to_owned) };
        let cache = Cache::directory().map(|directory| Cache::new(directory, &asked.key(&target)));
        let known = cache.as_ref().and_then(Cache::read);
        if let Some(cached) = known.as_ref().filter(|cached| cached.is_fresh) {
            return Some(cached.names.clone());
        }
        let Some(names) = within(PATIENCE, move || asked.of(target)) else { return Some(known?.names) };
        if let Some(cache) = cache {
            // Without a cache the next Tab asks again.
            let _ = cache.write(&names);
        }
        Some(names)
    }

    fn is_about_broker(&self) -> bool {
        self.has("--broker") || self.has("--broker-defaults") || self.value("--entity-type") == Some("brokers")
    }

    fn has(&self, option: &str) -> bool {
        self.words.iter().any(|word| word == option)
    }

    /// The value of an option, in both ways of writing it.
    fn value(&self, option: &str) -> Option<&str> {
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            if word == option {
                return words.next().map(String::as_str);
            }
            if let Some(value) = word.strip_prefix(option).and_then(|rest| rest.strip_prefix('=')) {
                return Some(value);
            }
        }
        None
    }

    fn target_args(&self) -> TargetArgs {
        let path = |option: &str| self.value(option).map(PathBuf::from);
        TargetArgs {
            bootstrap_server: self.value("--bootstrap-server").map(str::to_owned),
            command_config: path("--command-config"),
            data_dir: path("--data-dir"),
            profile: self.value("--profile").map(str::to_owned),
        }
    }
}

/// Runs work on a thread of its own, which is left alone when it takes too long: the process is about to end.
fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(limit).ok().flatten()
}

/// What the cluster is asked for.
struct Asked {
    kind: Kind,
    is_broker: bool,
    topic: Option<String>,
}

impl Asked {
    fn key(&self, target: &Target) -> String {
        let cluster = match target {
            Target::Servers(settings) => settings.servers(),
            Target::Standalone(directory) => directory.display().to_string(),
        };
        format!("{cluster} {:?} {}", self.kind, self.is_broker)
    }

    /// A directory that does not exist yet has no names, and does not come to be by Tab.
    fn of(self, target: Target) -> Option<Vec<String>> {
        match target {
            Target::Servers(mut settings) => {
                for limit in
                    [&mut settings.unreachable_timeout, &mut settings.failover_timeout, &mut settings.connect_timeout]
                {
                    *limit = PATIENCE;
                }
                self.from(&settings)
            }
            Target::Standalone(directory) if directory.join("meta.properties").is_file() => {
                let opened = standalone::open(&directory).ok()?;
                let names = self.from(&settings_for(&opened));
                opened.close().ok()?;
                names
            }
            Target::Standalone(_) => None,
        }
    }

    fn from(self, settings: &ClientSettings) -> Option<Vec<String>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        let admin = Admin::new(settings);
        let mut names = runtime.block_on(self.ask(&admin))?;
        names.sort();
        Some(names)
    }

    async fn ask(self, admin: &Admin) -> Option<Vec<String>> {
        Some(match self.kind {
            Kind::Topic => admin.list_topics().await.ok()?.into_iter().map(|topic| topic.name).collect(),
            Kind::Group => {
                let groups = admin.list_groups(&GroupFilter::default()).await.ok()?;
                groups.into_iter().map(|group| group.group).collect()
            }
            Kind::TransactionalId => {
                let listings = admin.list_transactions(&TransactionFilter::default()).await.ok()?;
                listings.into_values().flatten().flatten().map(|listing| listing.transactional_id).collect()
            }
            _ => self.configs(admin).await?,
        })
    }

    /// Every topic has the same configurations, so any will do; so has every broker.
    async fn configs(self, admin: &Admin) -> Option<Vec<String>> {
        let resource = if self.is_broker {
            ConfigResource::broker(admin.broker_ids().await.ok()?.first()?.to_string())
        } else {
            let topics = admin.list_topics().await.ok()?;
            let named = self.topic.filter(|name| topics.iter().any(|topic| topic.name == *name));
            ConfigResource::topic(named.or_else(|| Some(topics.first()?.name.clone()))?)
        };
        let answers = admin.describe_configs(&[resource], ConfigDetail::default()).await.ok()?;
        let entries = answers.into_iter().next()?.1.ok()?;
        Some(entries.into_iter().map(|entry| entry.name).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Names {
        Names::new(&words.iter().map(OsString::from).collect::<Vec<_>>(), Dialect::Kavka)
    }

    #[test]
    fn the_cluster_is_read_out_of_a_line_that_is_not_finished() {
        let args = names(&["kavka", "topics", "--bootstrap-server=a:1", "--profile", "p", "--topic"]).target_args();
        assert_eq!((args.bootstrap_server.as_deref(), args.profile.as_deref()), (Some("a:1"), Some("p")));
        assert!(names(&["kavka", "topics", "--bootstrap-server"]).target_args().bootstrap_server.is_none());
    }

    #[test]
    fn the_name_of_an_entity_is_what_its_type_says() {
        let of = |kind: &str| names(&["kavka", "configs", "--entity-type", kind, "--entity-name"]).meant(Kind::Entity);
        assert_eq!((of("topics"), of("groups"), of("users")), (Some(Kind::Topic), Some(Kind::Group), None));
        assert_eq!(names(&["kavka", "topics", "--create", "--topic"]).meant(Kind::Topic), None);
    }

    #[test]
    fn work_that_takes_too_long_is_left_alone() {
        let (_keep, blocked) = mpsc::channel::<()>();
        assert_eq!(within(Duration::from_millis(1), move || blocked.recv().ok().map(|()| 1)), None);
        assert_eq!(within(Duration::from_secs(60), || Some(2)), Some(2));
    }
}
