//! The commands. A module holds `Args` (clap; its doc comments are help, manual and completion) and
//! `run(args, &Invocation) -> anyhow::Result<()>`; a new command is a module, a line in `commands!` and one in `run`.
//!
//! A call that names a command has only that command defined: all of them together are hundreds of options with their
//! texts, which take longer to put together than a broker takes to answer.

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

use std::ffi::OsString;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::Invocation;
use super::profiles::Intent;

/// Apache Kafka's command-line tools and a single-machine Kafka in one binary.
#[derive(Debug, Parser)]
#[command(name = "kavka", version, propagate_version = true, disable_help_subcommand = true)]
#[command(
    after_help = "Without --bootstrap-server a command works on the local data directory, with no server to start."
)]
struct Program {}

/// What was asked for: a command, or nothing yet.
#[derive(Debug)]
pub struct Kavka {
    pub command: Option<Command>,
}

impl Kavka {
    /// The definition of the program with all its commands.
    pub fn whole() -> clap::Command {
        Command::augment_subcommands(Program::command())
    }

    /// The definition of the command of a name.
    pub fn command_of(name: &str) -> Option<clap::Command> {
        Command::definition(name)
    }

    /// Understands the words behind the program's name. Where the first names a command, the others need not be known.
    pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Kavka, clap::Error> {
        let mut words = words.into_iter().peekable();
        let named = words.peek().and_then(|word| Command::definition(word.to_str()?));
        let program = named.map_or_else(Kavka::whole, |command| Program::command().subcommand(command));
        let mut matches = program.try_get_matches_from(std::iter::once(OsString::from("kavka")).chain(words))?;
        let command = matches.subcommand_name().is_some().then(|| Command::from_arg_matches_mut(&mut matches));
        Ok(Kavka { command: command.transpose()? })
    }
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

/// The commands, each with its names and what it takes.
macro_rules! commands {
    ($($name:literal $(| $alias:literal)* => $variant:ident($args:ty),)*) => {
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $(#[command(name = $name $(, visible_alias = $alias)*)] $variant($args),)*
        }

        impl Command {
            /// The definition of the command that a word names, and of no other.
            fn definition(word: &str) -> Option<clap::Command> {
                match word {
                    $($name $(| $alias)* => {
                        Some(<$args>::augment_args(clap::Command::new($name) $(.visible_alias($alias))*))
                    })*
                    _ => None,
                }
            }
        }
    };
}

commands! {
    "topics" => Topics(topics::Args),
    "produce" | "console-producer" => Produce(Box<produce::Args>),
    "consume" | "console-consumer" => Consume(Box<consume::Args>),
    "groups" | "consumer-groups" => Groups(Box<groups::Args>),
    "configs" => Configs(configs::Args),
    "transactions" => Transactions(transactions::Args),
    "dump-log" => DumpLog(Box<dump_log::Args>),
    "log-dirs" => LogDirs(log_dirs::Args),
    "get-offsets" => GetOffsets(get_offsets::Args),
    "delete-records" => DeleteRecords(delete_records::Args),
    "broker-api-versions" => BrokerApiVersions(broker_api_versions::Args),
    "cluster" => Cluster(cluster::Args),
    "kafka-groups" => KafkaGroups(kafka_groups::Args),
    "broker" => Broker(broker::Args),
    "profiles" => Profiles(profiles::Args),
    "storage" => Storage(storage::Args),
    "install-tools" => InstallTools(install_tools::Args),
    "demo" => Demo(demo::Args),
    "generate" => Generate(generate::Args),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(mut program: clap::Command, words: &[&str]) -> String {
        match program.try_get_matches_from_mut(["kavka"].iter().chain(words)) {
            Ok(matches) => panic!("{words:?} is {matches:?}"),
            Err(error) => error.render().ansi().to_string(),
        }
    }

    /// A command must not read otherwise because the others are not defined.
    #[test]
    fn a_command_that_is_named_looks_as_it_does_among_all() {
        let names: Vec<String> = Kavka::whole()
            .get_subcommands()
            .flat_map(|sub| std::iter::once(sub.get_name()).chain(sub.get_visible_aliases()).map(str::to_owned))
            .collect();
        assert!(names.contains(&"console-producer".to_owned()));
        for name in &names {
            let alone = || Program::command().subcommand(Kavka::command_of(name).unwrap());
            for word in ["--help", "-h", "--version", "--no-such-option"] {
                assert_eq!(rendered(alone(), &[name, word]), rendered(Kavka::whole(), &[name, word]), "{name} {word}");
            }
        }
    }

    #[test]
    fn a_word_that_is_no_command_is_answered_out_of_all_of_them() {
        let parse = |words: &[&str]| Kavka::parse(words.iter().map(OsString::from));
        assert!(parse(&[]).unwrap().command.is_none());
        assert!(matches!(parse(&["console-consumer", "--topic", "t"]).unwrap().command, Some(Command::Consume(_))));
        assert!(parse(&["topcs"]).unwrap_err().to_string().contains("'topics'"));
        assert!(parse(&["--help"]).unwrap_err().to_string().contains("Create, list, describe, alter"));
    }
}
