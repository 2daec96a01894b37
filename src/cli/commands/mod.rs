//! The commands. A module holds `Args` (clap; its doc comments are help, manual and completion) and
//! `run(args, &Invocation) -> anyhow::Result<()>`; a new command is a module, a variant and a line in `run`.

mod broker;
mod broker_api_versions;
mod cluster;
mod configs;
mod consume;
mod delete_records;
mod demo;
mod dump_log;
mod escapes;
mod field_encoding;
mod generate;
mod get_offsets;
mod groups;
mod install_tools;
mod kafka_groups;
mod log_dirs;
mod produce;
mod profiles;
mod record_json;
mod server_properties;
mod storage;
mod topics;
mod transactions;

use clap::{Parser, Subcommand};

use super::Invocation;
use super::profiles::Intent;

/// Apache Kafka's command-line tools and a single-machine Kafka in one binary.
#[derive(Debug, Parser)]
#[command(name = "kavka", version, propagate_version = true, disable_help_subcommand = true)]
#[command(
    after_help = "Without --bootstrap-server a command works on the local data directory, with no server to start."
)]
pub struct Kavka {
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What `kavka` alone prints.
pub const FIRST_STEPS: &str = "\
kavka is Apache Kafka's command-line tools and a single-machine Kafka in one binary.

The main job in three lines; no server is needed:

  kavka topics --create --topic orders --partitions 3
  printf 'one\\ntwo\\nthree\\n' | kavka produce --topic orders
  kavka consume --topic orders --from-beginning --max-messages 3

Add --bootstrap-server HOST:PORT to work on a Kafka cluster instead.
`kavka demo` shows it all at work, `kavka --help` lists the commands.
";

#[derive(Debug, Subcommand)]
pub enum Command {
    Topics(topics::Args),
    #[command(visible_alias = "console-producer")]
    Produce(Box<produce::Args>),
    #[command(visible_alias = "console-consumer")]
    Consume(Box<consume::Args>),
    #[command(visible_alias = "consumer-groups")]
    Groups(Box<groups::Args>),
    Configs(configs::Args),
    Transactions(transactions::Args),
    DumpLog(Box<dump_log::Args>),
    LogDirs(log_dirs::Args),
    GetOffsets(get_offsets::Args),
    DeleteRecords(delete_records::Args),
    BrokerApiVersions(broker_api_versions::Args),
    Cluster(cluster::Args),
    KafkaGroups(kafka_groups::Args),
    Broker(broker::Args),
    Profiles(profiles::Args),
    Storage(storage::Args),
    InstallTools(install_tools::Args),
    Demo(demo::Args),
    Generate(generate::Args),
}

impl Command {
    /// What the command would change on the cluster, which the guards of a profile may refuse.
    fn intent(&self) -> Option<Intent> {
        match self {
            Command::Topics(args) => args.intent(),
            Command::Consume(args) => args.intent(),
            Command::Produce(args) => args.intent(),
            Command::Groups(args) => args.intent(),
            Command::Configs(args) => args.intent(),
            Command::Transactions(args) => args.intent(),
            Command::DeleteRecords(args) => args.intent(),
            Command::Cluster(args) => args.intent(),
            Command::GetOffsets(_) | Command::BrokerApiVersions(_) | Command::KafkaGroups(_) => None,
            Command::DumpLog(_) | Command::LogDirs(_) | Command::Broker(_) => None,
            Command::Storage(_) | Command::InstallTools(_) => None,
            Command::Profiles(_) | Command::Demo(_) | Command::Generate(_) => None,
        }
    }

    pub fn run(self, invocation: &Invocation) -> anyhow::Result<()> {
        if let Some(intent) = self.intent() {
            invocation.intends(intent);
        }
        match self {
            Command::Topics(args) => topics::run(args, invocation),
            Command::Consume(args) => consume::run(*args, invocation),
            Command::Produce(args) => produce::run(*args, invocation),
            Command::Groups(args) => groups::run(*args, invocation),
            Command::Configs(args) => configs::run(args, invocation),
            Command::Transactions(args) => transactions::run(args, invocation),
            Command::DumpLog(args) => dump_log::run(*args, invocation),
            Command::LogDirs(args) => log_dirs::run(args, invocation),
            Command::GetOffsets(args) => get_offsets::run(args, invocation),
            Command::DeleteRecords(args) => delete_records::run(args, invocation),
            Command::BrokerApiVersions(args) => broker_api_versions::run(args, invocation),
            Command::Cluster(args) => cluster::run(args, invocation),
            Command::KafkaGroups(args) => kafka_groups::run(args, invocation),
            Command::Broker(args) => broker::run(args, invocation),
            Command::Profiles(args) => profiles::run(&args, invocation),
            Command::Storage(args) => storage::run(args, invocation),
            Command::InstallTools(args) => install_tools::run(&args, invocation),
            Command::Demo(args) => demo::run(&args, invocation),
            Command::Generate(args) => generate::run(args, invocation),
        }
    }
}
