//! The flags of `consume`: those of Kafka's console consumer, and kavka's own.

use std::path::PathBuf;

use crate::cli::OWN_OPTIONS;
use crate::cli::profiles::Intent;
use crate::cli::target_cluster::TargetArgs;

/// Read records and write them to standard output.
///
/// Starts with what arrives from now on; --from-beginning, --offset or a group's committed offsets start elsewhere. Goes
/// on until it is stopped, unless --max-messages, --timeout-ms or --until-end ends it. Without --group no group is made
/// and nothing is committed.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub target: TargetArgs,

    /// Topic to read.
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,

    /// Read all topics whose whole name matches this regular expression.
    #[arg(long, value_name = "REGEX")]
    pub include: Option<String>,

    /// Read this partition only.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub partition: Option<i32>,

    /// Where to start: earliest, latest or an offset. With --partition, or in kavka with any --topic.
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    pub offset: Option<String>,

    /// Start with the earliest record there is, unless the group has committed offsets.
    #[arg(long)]
    pub from_beginning: bool,

    /// Group to read with: its members share the partitions, and offsets are committed.
    #[arg(long, value_name = "GROUP")]
    pub group: Option<String>,

    /// End after this many records.
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    pub max_messages: Option<i32>,

    /// End when no record arrived for this long, in milliseconds.
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    pub timeout_ms: Option<i64>,

    /// Report a record that cannot be written, and go on with the next.
    #[arg(long)]
    pub skip_message_on_error: bool,

    /// Which records of transactions to read: read_uncommitted also those that are aborted or still open, read_committed
    /// only those that are committed [default: read_uncommitted].
    #[arg(long, value_name = "LEVEL", value_parser = ["read_committed", "read_uncommitted"])]
    pub isolation_level: Option<String>,

    /// Class that writes records; those exist here that Kafka brings, but for share groups.
    #[arg(long, value_name = "CLASS")]
    pub formatter: Option<String>,

    /// What is written: print.key, print.value, print.partition, print.offset, print.timestamp, print.headers,
    /// key.separator, line.separator, headers.separator, null.literal, key.deserializer, value.deserializer. Can be
    /// repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub formatter_property: Vec<String>,

    /// Older name of --formatter-property.
    #[arg(long, value_name = "KEY=VALUE", hide = true)]
    pub property: Vec<String>,

    /// File of formatter properties; --formatter-property is stronger.
    #[arg(long, value_name = "FILE")]
    pub formatter_config: Option<PathBuf>,

    /// Class that says what a key is; short for --formatter-property key.deserializer=CLASS.
    #[arg(long, value_name = "CLASS")]
    pub key_deserializer: Option<String>,

    /// Class that says what a value is; short for --formatter-property value.deserializer=CLASS.
    #[arg(long, value_name = "CLASS")]
    pub value_deserializer: Option<String>,

    /// Property of the consumer, in Java's spelling. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub command_property: Vec<String>,

    /// Older name of --command-property.
    #[arg(long, value_name = "KEY=VALUE", hide = true)]
    pub consumer_property: Vec<String>,

    /// Older name of --command-config.
    #[arg(long = "consumer.config", value_name = "FILE", hide = true)]
    pub consumer_config: Option<PathBuf>,

    /// Write shutdown_complete to standard output at the end.
    #[arg(long, hide = true)]
    pub enable_systest_events: bool,

    /// Form of the output: text as the formatter writes it, or a line of JSON for each record.
    #[arg(long, value_name = "FORM", value_enum, default_value = "text", help_heading = OWN_OPTIONS)]
    pub output: OutputForm,

    /// End when everything that is there at the start has been read.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub until_end: bool,
}

impl Args {
    /// Records are read without a trace, unless it is for a group: that commits offsets, which is what it is for.
    pub fn intent(&self) -> Option<Intent> {
        self.group.is_some().then(|| Intent::new("commit offsets for a group", true))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OutputForm {
    Text,
    Jsonl,
}
