//! The flags of `consume`: those of Kafka's console consumer, and kavka's own.

use std::path::PathBuf;

use super::help;
use crate::cli::commands::field_encoding::FieldEncoding;
use crate::cli::profiles::Intent;
use crate::cli::target_cluster::TargetArgs;

/// Read records and write them to standard output.
///
/// Starts with what arrives from now on; --from-beginning, --offset or a group's committed offsets start elsewhere. Goes
/// on until it is stopped, unless --max-messages, --timeout-ms, --until-end, --until or the end of a span of --offset ends
/// it. Without --group no group is made and nothing is committed.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = help::examples(), after_long_help = help::all())]
pub struct Args {
    #[command(flatten)]
    pub target: TargetArgs,

    /// Topic to read; in kavka also several with commas between.
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,

    /// Read all topics whose whole name matches this regular expression.
    #[arg(long, value_name = "REGEX")]
    pub include: Option<String>,

    /// Read this partition only.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub partition: Option<i32>,

    /// Where to start: earliest, latest or an offset. With --partition; in kavka with any --topic, and any place or span, such
    /// as -100, @-1h or @-2h..@-1h.
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

    /// Begin that many records before the end of all that is read, over all partitions, and end there; in the order of their
    /// timestamps. With filters: the last that pass them.
    #[arg(
        long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..),
        conflicts_with_all = ["max_messages", "from_beginning", "group"], help_heading = WHERE
    )]
    pub last: Option<u64>,

    /// With --last: go on with what arrives from then on.
    #[arg(long, requires = "last", conflicts_with_all = ["until", "until_end"], help_heading = WHERE)]
    pub follow: bool,

    /// Read these partitions only, such as 0,3,5-7.
    #[arg(long, value_name = "LIST", conflicts_with_all = ["partition", "group"], help_heading = WHERE)]
    pub partitions: Option<String>,

    /// End in front of this place, an offset or a time; the same as --offset ..PLACE.
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true, conflicts_with = "group", help_heading = WHERE)]
    pub until: Option<String>,

    /// End when everything that is there at the start has been read.
    #[arg(long, help_heading = WHERE)]
    pub until_end: bool,

    /// Only records whose value matches this regular expression somewhere. Like the other filters it can be repeated; a
    /// record has to pass all of them.
    #[arg(long, value_name = "REGEX", help_heading = WHICH)]
    pub grep: Vec<String>,

    /// Only records whose key matches this regular expression.
    #[arg(long, value_name = "REGEX", help_heading = WHICH)]
    pub key: Vec<String>,

    /// Only records with a header of this name, and a value that matches.
    #[arg(long, value_name = "NAME[=REGEX]", help_heading = WHICH)]
    pub header: Vec<String>,

    /// Only records for which this expression of jq's is true. It sees topic, partition, offset, timestamp, key, value (what
    /// its JSON says, else its text) and headers (an object).
    #[arg(long = "where", value_name = "EXPR", help_heading = WHICH)]
    pub condition: Vec<String>,

    /// Form of the output: text as the formatter writes it, a line of JSON for each record, one JSON array, CSV with a line of
    /// names, or a table.
    #[arg(long, value_name = "FORM", value_enum, default_value = "text", help_heading = HOW)]
    pub output: OutputForm,

    /// Write records like this, in kcat's letters (--help lists them).
    #[arg(
        long, value_name = "FORMAT", conflicts_with_all = ["output", "formatter"], allow_hyphen_values = true,
        help_heading = HOW
    )]
    pub format: Option<String>,

    /// How keys are written.
    #[arg(long, value_name = "CODING", value_enum, default_value = "text", help_heading = HOW)]
    pub key_encoding: FieldEncoding,

    /// How values are written.
    #[arg(long, value_name = "CODING", value_enum, default_value = "text", help_heading = HOW)]
    pub value_encoding: FieldEncoding,

    /// What is written for a null in text [default: null; with --format nothing].
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = HOW)]
    pub null_marker: Option<String>,
}

impl Args {
    /// Records are read without a trace, unless it is for a group: that commits offsets, which is what it is for.
    pub fn intent(&self) -> Option<Intent> {
        self.group.is_some().then(|| Intent::new("commit offsets for a group", true))
    }
}
const WHERE: &str = "Options of kavka's own: from where, how far";
const WHICH: &str = "Options of kavka's own: which records";
const HOW: &str = "Options of kavka's own: how they are written";

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OutputForm {
    Text,
    Jsonl,
    Json,
    Csv,
    Table,
}
