//! The flags of `produce`: those of Kafka's console producer, and kavka's own.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;

use crate::cli::OWN_OPTIONS;
use crate::cli::profiles::Intent;
use crate::cli::target_cluster::TargetArgs;

/// Read lines from standard input and send each as a record.
///
/// A topic that does not exist is created, if the cluster does that. The command ends when all records are acknowledged,
/// and reports those that were not.
#[derive(Debug, Clone, clap::Args)]
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

    /// Memory for records that are not sent yet, in bytes.
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

    /// Each line holds a key, this separator and a value.
    #[arg(long, value_name = "TEXT", help_heading = OWN_OPTIONS)]
    pub key_separator: Option<String>,

    /// Key of every record that brings none.
    #[arg(long, value_name = "KEY", help_heading = OWN_OPTIONS)]
    pub key: Option<String>,

    /// Header of every record. Can be repeated.
    #[arg(long, value_name = "NAME=VALUE", help_heading = OWN_OPTIONS)]
    pub header: Vec<String>,

    /// Partition to send every record to.
    #[arg(long, value_name = "NUMBER", help_heading = OWN_OPTIONS)]
    pub partition: Option<u16>,

    /// Send the whole input in one transaction of this transactional id: readers of committed records see all of it or
    /// nothing.
    #[arg(long, value_name = "ID", help_heading = OWN_OPTIONS)]
    pub transactional_id: Option<String>,

    /// Commit after every so many records, instead of once at the end of the input.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..), help_heading = OWN_OPTIONS)]
    pub transaction_records: Option<u64>,

    /// What a line is: a text, or a record in JSON as `consume --output jsonl` writes it.
    #[arg(long, value_name = "FORM", value_enum, default_value = "lines", help_heading = OWN_OPTIONS)]
    pub input: InputForm,

    /// With --input jsonl: send each record to the partition that its line names.
    #[arg(long, conflicts_with = "partition", help_heading = OWN_OPTIONS)]
    pub keep_partitions: bool,

    /// Write a line of JSON for each acknowledged record: topic, partition, offset, and line of the input.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub print_acks: bool,

    /// Do it without being asked by a profile.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub yes: bool,
}

impl Args {
    pub fn intent(&self) -> Intent {
        Intent::new("produce records", self.yes)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum InputForm {
    Lines,
    Jsonl,
}
