//! `kavka profiles`: the clusters that have names, and which setting of a command comes from where.

use serde::Serialize;

use crate::cli::Invocation;
use crate::cli::output::{OutputArgs, Render, Table};
use crate::cli::profiles::{Places, Profile, Profiles, masked};
use crate::cli::target_cluster::{Choice, Surroundings, Target, TargetArgs};
use crate::cli::tools::Dialect;
use crate::properties::Properties;

/// List the clusters that have names, or tell where each setting of a command comes from.
#[derive(Debug, clap::Args)]
#[command(after_help = "A file of profiles:
  profile = \"local\"                    # counts when nothing names a cluster

  [profiles.local]
  data-dir = \"~/scratch/kafka\"         # a standalone cluster

  [profiles.production]
  bootstrap.servers = \"kafka-1:9093,kafka-2:9093\"
  security.protocol = \"SASL_SSL\"       # any property of Kafka's Java clients
  command-config = \"prod.properties\"   # a file of them, beside this one
  readonly = true                      # refuse what changes something
  confirm = true                       # ask before what changes something

It is kavka/config.toml in the platform's place for configurations, or what KAVKA_CONFIG names. A project may have one of
its own, without secrets: .kavka.toml in the current directory or the nearest one above.

Examples:
  kavka profiles
  kavka topics --list --profile production
  kavka profiles show --profile production")]
pub struct Args {
    #[command(flatten)]
    output: OutputArgs,

    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Say which cluster a command with these options would talk to, and where each setting comes from
    Show(Box<ShowArgs>),
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    output: OutputArgs,
}

pub fn run(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    match &args.action {
        None => list(args, invocation),
        Some(Action::Show(args)) => {
            let choice = Choice::make(&args.target, Dialect::Kavka, &Surroundings::of_process())?;
            choice.warnings.iter().for_each(|warning| invocation.output.warning(warning));
            invocation.output.show(&Origins::of(&choice), invocation.format(&args.output))
        }
    }
}

fn list(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    let places = Places::of_process();
    let profiles = Profiles::read(&places)?;
    profiles.warnings.iter().for_each(|warning| invocation.output.warning(warning));
    if profiles.profiles.is_empty()
        && let Some(path) = &places.user_file
    {
        let text =
            format!("there are no profiles; write some into {}, `kavka profiles --help` shows how", path.display());
        invocation.output.note(&text);
    }
    let default = profiles.chosen()?.map(|profile| profile.name.clone());
    let items = profiles.profiles.iter().map(|profile| Listed::of(profile, default.as_deref())).collect();
    invocation.output.show(&List(items), invocation.format(&args.output))
}

#[derive(Debug, Clone, Serialize)]
struct Listed {
    profile: String,
    default: bool,
    /// Addresses, or the directory of a standalone cluster.
    cluster: Option<String>,
    readonly: bool,
    confirm: bool,
    file: String,
}

impl Listed {
    fn of(profile: &Profile, default: Option<&str>) -> Listed {
        let servers = profile.properties.get("bootstrap.servers").map(str::to_owned);
        Listed {
            profile: profile.name.clone(),
            default: default == Some(profile.name.as_str()),
            cluster: servers.or_else(|| Some(profile.data_dir.as_ref()?.display().to_string())),
            readonly: profile.guards.readonly,
            confirm: profile.guards.confirm,
            file: profile.source.display().to_string(),
        }
    }

    fn guards(&self) -> String {
        let guards = [(self.readonly, "readonly"), (self.confirm, "confirm")];
        let guards: Vec<&str> = guards.into_iter().filter_map(|(set, name)| set.then_some(name)).collect();
        if guards.is_empty() { "-".to_owned() } else { guards.join(", ") }
    }
}

struct List(Vec<Listed>);

impl Render for List {
    type Item = Listed;

    fn items(&self) -> Vec<Listed> {
        self.0.clone()
    }

    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["PROFILE", "DEFAULT", "CLUSTER", "GUARDS", "FILE"]);
        for item in &self.0 {
            let default = if item.default { "yes" } else { "" };
            let cluster = item.cluster.as_deref().unwrap_or("-");
            table.row([item.profile.as_str(), default, cluster, &item.guards(), &item.file].map(str::to_owned));
        }
        vec![table]
    }

    fn apache(&self) -> String {
        self.table()
    }
}

/// Every setting that counts, the strongest place first looked at.
struct Origins(Vec<Origin>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Origin {
    setting: String,
    /// `(hidden)` where it is a secret.
    value: String,
    from: String,
}

impl Origins {
    fn of(choice: &Choice) -> Origins {
        let mut effective = Properties::new();
        choice.layers.iter().for_each(|(_, layer)| effective.extend(layer));
        let from = |key: &str| choice.layers.iter().rev().find(|(_, layer)| layer.get(key).is_some());
        let mut origins: Vec<Origin> = effective
            .iter()
            .filter_map(|(key, _)| {
                let (setting, value) = (key.to_owned(), masked(key, &effective)?.to_owned());
                Some(Origin { setting, value, from: from(key)?.0.clone() })
            })
            .collect();
        let guards = [("readonly", choice.guards.readonly), ("confirm", choice.guards.confirm)];
        let profile = format!("profile {}", choice.guards.profile);
        origins.extend(guards.into_iter().filter(|(_, set)| *set).map(|(name, _)| Origin {
            setting: name.to_owned(),
            value: "true".to_owned(),
            from: profile.clone(),
        }));
        if let Target::Standalone(directory) = &choice.target
            && effective.get("data-dir").is_none()
        {
            let (setting, value) = ("data-dir".to_owned(), directory.display().to_string());
            origins.insert(0, Origin { setting, value, from: profile });
        }
        Origins(origins)
    }
}

impl Render for Origins {
    type Item = Origin;

    fn items(&self) -> Vec<Origin> {
        self.0.clone()
    }

    fn tables(&self) -> Vec<Table> {
        let mut table = Table::new(["SETTING", "VALUE", "FROM"]);
        for origin in &self.0 {
            table.row([&origin.setting, &origin.value, &origin.from].map(Clone::clone));
        }
        vec![table]
    }

    fn apache(&self) -> String {
        self.table()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::profiles::Guards;

    fn choice(layers: &[(&str, &[&str])]) -> Choice {
        let layers = layers.iter().map(|(from, pairs)| ((*from).to_owned(), Properties::from_pairs(*pairs)));
        let guards = Guards { profile: "p".to_owned(), readonly: true, confirm: false };
        Choice { target: Target::Standalone("/d".into()), guards, layers: layers.collect(), warnings: Vec::new() }
    }

    #[test]
    fn each_setting_is_told_with_the_strongest_place_and_no_secret_is_shown() {
        let choice = choice(&[("file", &["acks=1", "ssl.key.password=hunter2"]), ("flag", &["acks=all"])]);
        let origins = Origins::of(&choice).0;
        let told: Vec<_> = origins.iter().map(|o| (o.setting.as_str(), o.value.as_str(), o.from.as_str())).collect();
        let expected = [
            ("data-dir", "/d", "profile p"),
            ("acks", "all", "flag"),
            ("ssl.key.password", "(hidden)", "file"),
            ("readonly", "true", "profile p"),
        ];
        assert_eq!(told, expected);
    }
}
