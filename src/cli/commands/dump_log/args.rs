//! The options of the command, which are those of Kafka's tool and a few more.

use std::path::PathBuf;

use super::decoders::{Class, Decoder};
use super::thrown::Thrown;
use crate::cli::dialect::LateInteger;
use crate::cli::output::OutputArgs;

/// Show what is in the files of partitions: logs, indexes, producer snapshots, metadata snapshots.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct Args {
    /// Files, or folders of any depth with such files.
    #[arg(value_name = "PATH", help_heading = crate::cli::OWN_OPTIONS)]
    pub paths: Vec<PathBuf>,

    /// Files to dump, with commas between.
    #[arg(long, value_name = "FILE,…", allow_hyphen_values = true)]
    pub files: Option<String>,

    /// Show keys and values of records. Every decoder does, too.
    #[arg(long)]
    pub print_data_log: bool,

    /// Show every record, not every batch only. Showing keys and values does, too.
    #[arg(long)]
    pub deep_iteration: bool,

    /// Show keys and values of records alone.
    #[arg(long)]
    pub skip_record_metadata: bool,

    /// Check the entries of indexes and show none.
    #[arg(long)]
    pub verify_index_only: bool,

    /// Check of indexes only what a broker checks when it starts.
    #[arg(long)]
    pub index_sanity_check: bool,

    /// How many bytes are read at the place that an index entry names.
    #[arg(long, value_name = "BYTES", default_value = "5242880", allow_hyphen_values = true)]
    pub max_message_size: LateInteger,

    /// Read no more than so many bytes of each log.
    #[arg(long, value_name = "BYTES", default_value = "2147483647", allow_hyphen_values = true)]
    pub max_bytes: LateInteger,

    /// Class that decodes keys: one of org.apache.kafka.tools.api.
    #[arg(long, value_name = "CLASS", num_args = 0..=1, default_missing_value = STRING_DECODER)]
    pub key_decoder_class: Option<String>,

    /// Class that decodes values.
    #[arg(long, value_name = "CLASS", num_args = 0..=1, default_missing_value = STRING_DECODER)]
    pub value_decoder_class: Option<String>,

    /// Decode the records of __consumer_offsets.
    #[arg(long)]
    pub offsets_decoder: bool,

    /// Decode the records of __transaction_state.
    #[arg(long)]
    pub transaction_log_decoder: bool,

    /// Decode the records of the cluster's metadata.
    #[arg(long)]
    pub cluster_metadata_decoder: bool,

    /// Decode the records of __remote_log_metadata.
    #[arg(long)]
    pub remote_log_metadata_decoder: bool,

    /// Decode the records of __share_group_state.
    #[arg(long)]
    pub share_group_state_decoder: bool,

    #[command(flatten)]
    pub output: OutputArgs,
}

const STRING_DECODER: &str = "org.apache.kafka.tools.api.StringDecoder";

const AFTER_HELP: &str = "\
Files are read and never changed, beside a running broker, too. Without a decoder, --print-data-log decodes records of an
internal topic by the name of their folder. The exit code is 1 if something is damaged.

Each line of --output jsonl has a file and a kind:
  log       base_offset, or end_offset and epoch of a metadata snapshot
  batch     base_offset, last_offset, count, position, size, magic, codec, timestamp, timestamp_type, crc, valid, and
            of magic 2 base_sequence, last_sequence, producer_id, producer_epoch, leader_epoch, transactional, control,
            delete_horizon
  record    offset, timestamp, timestamp_type, key_size, value_size, sequence, headers; with --print-data-log key and
            value, or decoded_key and decoded_value, or control
  offset    offset, position        (an index)
  time      timestamp, offset       (a time index)
  aborted   producer_id, first_offset, last_offset, last_stable_offset
  producer  producer_id, producer_epoch, coordinator_epoch, open_since, timestamp, last_offset, and sequences
  text      lines of a small file, such as a checkpoint
  fault     message

Examples:
  kavka dump-log data/orders-0
  kavka dump-log --print-data-log data/__consumer_offsets-12/00000000000000000000.log
  kavka dump-log --output jsonl data | jq 'select(.kind == \"fault\")'";

impl Args {
    /// The decoder that was asked for.
    pub fn decoder(&self) -> Result<Option<Decoder>, Thrown> {
        let named = [
            (self.offsets_decoder, Decoder::Offsets),
            (self.transaction_log_decoder, Decoder::TransactionLog),
            (self.cluster_metadata_decoder, Decoder::ClusterMetadata),
            (self.remote_log_metadata_decoder, Decoder::RemoteLogMetadata),
            (self.share_group_state_decoder, Decoder::ShareGroupState),
        ];
        if let Some((_, decoder)) = named.into_iter().find(|(is_asked_for, _)| *is_asked_for) {
            return Ok(Some(decoder));
        }
        let class = |name: &Option<String>| name.as_deref().map_or(Ok(Class::String), Class::named);
        let (value, key) = (class(&self.value_decoder_class)?, class(&self.key_decoder_class)?);
        let is_given = self.key_decoder_class.is_some() || self.value_decoder_class.is_some();
        Ok(is_given.then_some(Decoder::Classes { key, value }))
    }

    pub fn with_contents(&self) -> bool {
        self.print_data_log
            || self.offsets_decoder
            || self.transaction_log_decoder
            || self.cluster_metadata_decoder
            || self.remote_log_metadata_decoder
            || self.share_group_state_decoder
            || self.key_decoder_class.is_some()
            || self.value_decoder_class.is_some()
    }

    pub fn is_deep(&self) -> bool {
        self.deep_iteration || self.with_contents()
    }
}
