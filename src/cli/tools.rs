//! The names that people call us by: our own, and those of Apache Kafka's `bin/kafka-*.sh`.
//!
//! `kafka-topics`, `kafka-topics.sh`, a path or a link with such a name, and `kavka kafka-topics.sh …` are the same: the
//! tool of that name. The name decides the dialect, nothing else does.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::dialect::{Script, argparse};

/// A tool of Apache Kafka that this program also is.
#[derive(Debug, PartialEq, Eq)]
pub struct Tool {
    /// The file's name in Kafka's `bin`, without `.sh`.
    pub name: &'static str,
    /// The command of ours that does its work.
    pub command: &'static str,
    pub grammar: Grammar,
    pub manner: Manner,
}

/// Which of Apache's two argument parsers a tool uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// JOpt Simple 5.0.4. The texts stand above the usage table, with `--help` and without any argument (recorded from
    /// Kafka 4.2.1).
    Jopt { help: &'static str, without_arguments: &'static str },
    /// argparse4j 0.7.0.
    Argparse(&'static argparse::Main),
    /// The shell, around the server.
    Script(Script),
}

/// How a tool says that something failed; the tools differ in streams, words and exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Topics,
    ConsumerGroups,
    Configs,
    ConsoleProducer,
    ConsoleConsumer,
    Transactions,
    DumpLog,
    Storage,
    Server,
    LogDirs,
    GetOffsets,
    Groups,
    /// The message, then the exception that it is of.
    MessageAndException,
}

/// Whose flags, words, streams and exit codes are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Kavka,
    Apache(&'static Tool),
}

impl Dialect {
    pub fn is_apache(self) -> bool {
        matches!(self, Dialect::Apache(_))
    }
}

/// Every tool that is offered under Apache's name.
pub const TOOLS: &[Tool] = &[
    Tool {
        name: "kafka-topics",
        command: "topics",
        grammar: Grammar::Jopt {
            help: "This tool helps to create, delete, describe, or change a topic.",
            without_arguments: "Create, delete, describe, or change a topic.",
        },
        manner: Manner::Topics,
    },
    Tool {
        name: "kafka-console-producer",
        command: "produce",
        grammar: Grammar::Jopt {
            help: "This tool helps to read data from standard input and publish it to Kafka.",
            without_arguments: "This tool helps to read data from standard input and publish it to Kafka.",
        },
        manner: Manner::ConsoleProducer,
    },
    Tool {
        name: "kafka-console-consumer",
        command: "consume",
        grammar: Grammar::Jopt {
            help: "This tool helps to read data from Kafka topics and outputs it to standard output.",
            without_arguments: "This tool helps to read data from Kafka topics and outputs it to standard output.",
        },
        manner: Manner::ConsoleConsumer,
    },
    Tool {
        name: "kafka-consumer-groups",
        command: "groups",
        grammar: Grammar::Jopt {
            help: "This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or \
                   reset consumer group offsets.",
            without_arguments: "This tool helps to list all consumer groups, describe a consumer group, delete consumer \
                                group info, or reset consumer group offsets.",
        },
        manner: Manner::ConsumerGroups,
    },
    Tool {
        name: "kafka-configs",
        command: "configs",
        grammar: Grammar::Jopt {
            help: "This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, \
                   client-metrics or group",
            without_arguments: "This tool helps to manipulate and describe entity config for a topic, client, user, \
                                broker, ip, client-metrics or group",
        },
        manner: Manner::Configs,
    },
    Tool {
        name: "kafka-transactions",
        command: "transactions",
        grammar: Grammar::Argparse(&TRANSACTIONS),
        manner: Manner::Transactions,
    },
    Tool {
        name: "kafka-dump-log",
        command: "dump-log",
        grammar: Grammar::Jopt {
            help: "This tool helps to parse a log file and dump its contents to the console, useful for debugging a \
                   seemingly corrupt log segment.",
            without_arguments: "This tool helps to parse a log file and dump its contents to the console, useful for \
                                debugging a seemingly corrupt log segment.",
        },
        manner: Manner::DumpLog,
    },
    Tool {
        name: "kafka-log-dirs",
        command: "log-dirs",
        grammar: Grammar::Jopt {
            help: "This tool helps to query log directory usage on the specified brokers.",
            without_arguments: "This tool helps to query log directory usage on the specified brokers.",
        },
        manner: Manner::LogDirs,
    },
    Tool {
        name: "kafka-get-offsets",
        command: "get-offsets",
        grammar: Grammar::Jopt {
            help: "An interactive shell for getting topic-partition offsets.",
            without_arguments: "An interactive shell for getting topic-partition offsets.",
        },
        manner: Manner::GetOffsets,
    },
    Tool {
        name: "kafka-delete-records",
        command: "delete-records",
        grammar: Grammar::Jopt {
            help: "This tool helps to delete records of the given partitions down to the specified offset.",
            without_arguments: "This tool helps to delete records of the given partitions down to the specified offset.",
        },
        manner: Manner::MessageAndException,
    },
    Tool {
        name: "kafka-broker-api-versions",
        command: "broker-api-versions",
        grammar: Grammar::Jopt {
            help: "This tool helps to retrieve broker version information.",
            without_arguments: "This tool helps to retrieve broker version information.",
        },
        manner: Manner::MessageAndException,
    },
    Tool {
        name: "kafka-cluster",
        command: "cluster",
        grammar: Grammar::Argparse(&CLUSTER),
        manner: Manner::MessageAndException,
    },
    Tool {
        name: "kafka-groups",
        command: "kafka-groups",
        grammar: Grammar::Jopt {
            help: "This tool helps to list groups of all types.",
            without_arguments: "This tool helps to list groups of all types.",
        },
        manner: Manner::Groups,
    },
    Tool { name: "kafka-storage", command: "storage", grammar: Grammar::Argparse(&STORAGE), manner: Manner::Storage },
    Tool {
        name: "kafka-server-start",
        command: "broker",
        grammar: Grammar::Script(Script::ServerStart),
        manner: Manner::Server,
    },
    Tool {
        name: "kafka-server-stop",
        command: "broker",
        grammar: Grammar::Script(Script::ServerStop),
        manner: Manner::Server,
    },
];

const STORAGE: argparse::Main = argparse::Main {
    prog: "kafka-storage",
    options: &[],
    version: None,
    commands: "positional arguments",
    metavar: "{info,format,version-mapping,feature-dependencies,random-uuid}",
    one_of: &[],
    help_code: 0,
    words_from_files: true,
};

/// Recorded from Kafka 4.2.1, as are the other constants of this kind.
const TRANSACTIONS: argparse::Main = argparse::Main {
    prog: "kafka-transactions.sh",
    options: &[
        argparse::MainOption { name: "command-config", metavar: "FILE", is_required: false },
        argparse::MainOption { name: "bootstrap-server", metavar: "host:port", is_required: true },
    ],
    version: Some("4.2.1 (Commit:92f61c44867f39dc)"),
    commands: "commands",
    metavar: "COMMAND",
    one_of: &[],
    help_code: 1,
    words_from_files: false,
};

const CLUSTER: argparse::Main = argparse::Main {
    prog: "kafka-cluster",
    options: &[],
    version: None,
    commands: "positional arguments",
    metavar: "{cluster-id,unregister,list-endpoints}",
    one_of: &["bootstrap-server", "bootstrap-controller"],
    help_code: 1,
    words_from_files: false,
};

/// What was typed, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Call {
    pub dialect: Dialect,
    /// The words behind the name that decided the dialect.
    pub words: Vec<OsString>,
}

pub fn recognise(argv: Vec<OsString>) -> Call {
    let mut words = argv.into_iter();
    let program = words.next().unwrap_or_default();
    let mut words: Vec<OsString> = words.collect();
    let tool = tool_called(&program).or_else(|| {
        let tool = tool_called(words.first()?)?;
        words.remove(0);
        Some(tool)
    });
    Call { dialect: tool.map_or(Dialect::Kavka, Dialect::Apache), words }
}

fn tool_called(name: &OsStr) -> Option<&'static Tool> {
    let name = Path::new(name).file_name()?.to_str()?;
    let name = name.strip_suffix(".sh").unwrap_or(name);
    TOOLS.iter().find(|tool| tool.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool_of(argv: &[&str]) -> Option<(&'static str, Vec<String>)> {
        let call = recognise(argv.iter().map(OsString::from).collect());
        let words = call.words.into_iter().map(|word| word.into_string().unwrap()).collect();
        match call.dialect {
            Dialect::Apache(tool) => Some((tool.name, words)),
            Dialect::Kavka => None,
        }
    }

    #[test]
    fn a_link_a_path_and_a_first_word_mean_the_same_tool() {
        let expected = Some(("kafka-topics", vec!["--list".to_owned()]));
        assert_eq!(tool_of(&["kafka-topics", "--list"]), expected);
        assert_eq!(tool_of(&["/opt/kafka/bin/kafka-topics.sh", "--list"]), expected);
        assert_eq!(tool_of(&["/usr/bin/kavka", "kafka-topics.sh", "--list"]), expected);
        assert_eq!(tool_of(&["kavka", "topics", "--list"]), None);
        assert_eq!(tool_of(&["kavka", "--list", "kafka-topics.sh"]), None);
    }
}
