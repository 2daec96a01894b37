//! The flags of `produce`: those of Kafka's console producer, and kavka's own.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use crate::cli::commands::field_encoding::FieldEncoding;
use crate::cli::profiles::Intent;
use crate::cli::target_cluster::TargetArgs;

/// Read lines from standard input and send each as a record.
///
/// A topic that does not exist is created, if the cluster does that. The command ends when all records are acknowledged,
/// and reports those that were not.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = examples(), after_long_help = forms_and_examples())]
pub struct Args {
    #[command(flatten)]
    pub target: TargetArgs,

    /// Topic to send to.
    #[arg(long, value_name = "TOPIC")]
    pub topic: String,

    /// Send each record alone and wait for its acknowledgement before the next line is read.
    #[arg(long)]
    pub sync: bool,

    /// Compression of batches. Without a value: gzip.
    #[arg(
        long, value_name = "CODEC", num_args = 0..=1, default_missing_value = "gzip",
        value_parser = PossibleValuesParser::new(["none", "gzip", "snappy", "lz4", "zstd"])
    )]
    pub compression_codec: Option<String>,

    /// Acknowledgements to wait for: all (or -1) replicas in sync, 1 for the leader alone, 0 for none.
    #[arg(
        long, visible_alias = "acks", value_name = "ACKS", allow_hyphen_values = true,
        value_parser = PossibleValuesParser::new(["all", "-1", "0", "1"])
    )]
    pub request_required_acks: Option<String>,

    /// Largest batch, in bytes.
    #[arg(long, value_name = "BYTES")]
    pub batch_size: Option<i32>,

    /// Older name of --batch-size.
    #[arg(long, value_name = "BYTES", hide = true)]
    pub max_partition_memory_bytes: Option<i32>,

    /// How long records wait for others to share a batch, in milliseconds.
    #[arg(long, value_name = "MS")]
    pub timeout: Option<i64>,

    /// How often a failed request is tried again.
    #[arg(long, value_name = "COUNT")]
    pub message_send_max_retries: Option<i32>,

    /// Pause before a request is tried again, in milliseconds.
    #[arg(long, value_name = "MS")]
    pub retry_backoff_ms: Option<i64>,

    /// How long a request may take, in milliseconds.
    #[arg(long, value_name = "MS")]
    pub request_timeout_ms: Option<i32>,

    /// How long a record may wait for room in memory and for the topic's metadata, in milliseconds.
    #[arg(long, value_name = "MS")]
    pub max_block_ms: Option<i64>,

    /// Memory for records that are not sent yet, in bytes; 8 MiB if nothing is said.
    #[arg(long, value_name = "BYTES")]
    pub max_memory_bytes: Option<i64>,

    /// After how many milliseconds metadata is asked for anew.
    #[arg(long, value_name = "MS")]
    pub metadata_expiry_ms: Option<i64>,

    /// Send buffer of the socket, in bytes.
    #[arg(long, value_name = "BYTES")]
    pub socket_buffer_size: Option<i32>,

    /// Class that reads lines; only Kafka's default exists here.
    #[arg(long, value_name = "CLASS", hide = true)]
    pub line_reader: Option<String>,

    /// How lines are read: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator,
    /// headers.key.separator, null.marker, ignore.error. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub reader_property: Vec<String>,

    /// Older name of --reader-property.
    #[arg(long, value_name = "KEY=VALUE", hide = true)]
    pub property: Vec<String>,

    /// File of reader properties; --reader-property is stronger.
    #[arg(long, value_name = "FILE")]
    pub reader_config: Option<PathBuf>,

    /// Property of the producer, in Java's spelling. Can be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub command_property: Vec<String>,

    /// Older name of --command-property.
    #[arg(long, value_name = "KEY=VALUE", hide = true)]
    pub producer_property: Vec<String>,

    /// Older name of --command-config.
    #[arg(long = "producer.config", value_name = "FILE", hide = true)]
    pub producer_config: Option<PathBuf>,

    /// What a line of the input is: a text, a record in JSON as `consume --output jsonl` writes it, or bytes in hex or base64.
    #[arg(long, value_name = "FORM", value_enum, default_value = "lines", help_heading = INPUT)]
    pub input: InputForm,

    /// Send this file as the value of one record, instead of reading lines; - is standard input as a whole. Can be repeated.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["input", "value", "tombstone"], help_heading = INPUT)]
    pub file: Vec<PathBuf>,

    /// Send one record with this value, and read no input.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["input", "tombstone"], allow_hyphen_values = true, help_heading = INPUT)]
    pub value: Option<String>,

    /// Send records without a value, which delete their keys in a compacted topic: one for --key, or one for each line of the
    /// input, which is a key then.
    #[arg(long, conflicts_with_all = ["input", "key_separator"], help_heading = INPUT)]
    pub tombstone: bool,

    /// Records end with this text instead of with lines, such as '\0' or '\n\n'.
    #[arg(
        long, value_name = "TEXT", conflicts_with_all = ["file", "value"], allow_hyphen_values = true, help_heading = INPUT
    )]
    pub delimiter: Option<String>,

    /// Each line holds a key, this separator and a value; '\t' is a tabulator.
    #[arg(long, short = 'K', value_name = "TEXT", allow_hyphen_values = true, help_heading = INPUT)]
    pub key_separator: Option<String>,

    /// A field that is this text is null.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = INPUT)]
    pub null_marker: Option<String>,

    /// How keys are given.
    #[arg(long, value_name = "CODING", value_enum, default_value = "text", help_heading = INPUT)]
    pub key_encoding: FieldEncoding,

    /// How values are given.
    #[arg(long, value_name = "CODING", value_enum, default_value = "text", help_heading = INPUT)]
    pub value_encoding: FieldEncoding,

    /// Key of every record that brings none.
    #[arg(long, value_name = "KEY", allow_hyphen_values = true, help_heading = RECORDS)]
    pub key: Option<String>,

    /// Header of every record; without a value it is null. Can be repeated.
    #[arg(long, value_name = "NAME[=VALUE]", help_heading = RECORDS)]
    pub header: Vec<String>,

    /// Partition to send every record to. Without it records go where Java's producer sends them: those with a key by murmur2.
    #[arg(long, value_name = "NUMBER", help_heading = RECORDS)]
    pub partition: Option<u16>,

    /// Timestamp of every record that brings none, such as @2026-01-31T12:00, @-1h or milliseconds [default: now].
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, help_heading = RECORDS)]
    pub timestamp: Option<String>,

    /// With --input jsonl: send each record to the partition that its line names.
    #[arg(long, conflicts_with = "partition", help_heading = RECORDS)]
    pub keep_partitions: bool,

    /// Send no more than so many records a second.
    #[arg(long, value_name = "COUNT", help_heading = SENDING)]
    pub rate: Option<f64>,

    /// Send nothing, but write what would be sent, a line of JSON for each record, with its partition.
    #[arg(long, conflicts_with_all = ["print_acks", "transactional_id"], help_heading = SENDING)]
    pub dry_run: bool,

    /// Send the whole input in one transaction of this transactional id: readers of committed records see all of it or
    /// nothing.
    #[arg(long, value_name = "ID", help_heading = SENDING)]
    pub transactional_id: Option<String>,

    /// Commit after every so many records, instead of once at the end of the input.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..), help_heading = SENDING)]
    pub transaction_records: Option<u64>,

    /// Write a line of JSON for each acknowledged record: topic, partition, offset, and line of the input.
    #[arg(long, help_heading = SENDING)]
    pub print_acks: bool,

    /// Do it without being asked by a profile.
    #[arg(long, help_heading = SENDING)]
    pub yes: bool,
}

impl Args {
    pub fn intent(&self) -> Option<Intent> {
        (!self.dry_run).then(|| Intent::new("produce records", self.yes))
    }
}

const INPUT: &str = "Options of kavka's own: where records come from";
const RECORDS: &str = "Options of kavka's own: what records hold";
const SENDING: &str = "Options of kavka's own: how they are sent";

const EXAMPLES: &str = "\
Examples:
  echo hello | kavka produce --topic greetings
  kavka produce --topic users --key-separator : < users.txt
  kavka produce --topic users --key 17 --value '{\"name\":\"Ann\"}' --header a=b
  kavka produce --topic users --key 17 --tombstone
  kavka produce --topic pictures --file cat.jpg --key cat
  kavka consume --topic a --offset ..latest --output jsonl |
    kavka produce --topic b --input jsonl";

const FORMS: &str = "\
A line of --input jsonl, every field of which may be missing (here on two):
  {\"key\":\"k\",\"value\":\"v\",\"headers\":[{\"key\":\"h\",\"value\":\"v\"}],
   \"timestamp\":1767225600000,\"partition\":0}
A missing or null key or value is null, which is not the same as an empty
text. Bytes that are not UTF-8 stand in key_base64, value_base64 instead of
key, value, in headers too. timestamp counts milliseconds since 1970;
partition counts with --keep-partitions only; topic, offset and
timestamp_type, which `kavka consume --output jsonl` writes, are ignored. Any
other field is an error.";

/// Below `-h`.
fn examples() -> String {
    format!("{EXAMPLES}\n\nMore with --help.")
}

/// Below `--help`, and in the manual.
fn forms_and_examples() -> String {
    format!("{FORMS}\n\n{EXAMPLES}")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum InputForm {
    Lines,
    Jsonl,
    Hex,
    Base64,
}
