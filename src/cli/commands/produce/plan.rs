//! From flags to a plan: what the producer is told, how lines are read, what is reported.

use std::time::Duration;

use super::args::{Args, InputForm};
use super::checks;
use super::input::{Format, Input, NO_TIME, Source};
use super::line_format::LineFormat;
use super::record::Header;
use crate::cli::commands::escapes::unescaped;
use crate::cli::commands::field_encoding::FieldEncoding;
use crate::cli::dialect::NO_SUCH_FILE;
use crate::cli::failure::Failure;
use crate::cli::offset_grammar;
use crate::cli::target_cluster::TargetArgs;
use crate::cli::tools::Dialect;
use crate::clock::Timestamp;
use crate::properties::Properties;

/// `max.request.size` of Kafka's producer.
pub const LARGEST_REQUEST: usize = 1_048_576;
/// The longest line that is read under the name of Kafka's tool.
const LONGEST_LINE: usize = 64 << 20;

/// JSON may take this many bytes for one byte of a record: `\u00xx`.
const JSON_EXPANSION: usize = 6;

/// Everything that is decided before a cluster is known.
#[derive(Debug, Clone)]
pub struct Plan {
    pub target: TargetArgs,
    pub topic: String,
    pub input: Input,
    /// What the flags and properties of the command line say, in Java's spelling; stronger than a file.
    pub properties: Properties,
    pub sync: bool,
    pub print_acks: bool,
    pub dry_run: bool,
    /// How many records a second may be sent.
    pub rate: Option<f64>,
    /// How many records a transaction holds at most, if there are transactions.
    pub transaction_records: Option<u64>,
}

/// What the producer does when neither the command line nor a file says otherwise. A batch waits five milliseconds for
/// company; Kafka's tool lets it wait a second, which a command that ends with its input would spend idle. As with that
/// tool, what a broker has refused four times is told to whoever waits, such as too few replicas in sync.
pub fn defaults() -> Properties {
    Properties::from_pairs([
        "acks=-1",
        "linger.ms=5",
        "retries=3",
        "buffer.memory=33554432",
        "max.request.size=1048576",
    ])
}

/// Whatever a cluster would like to know of its clients' own figures (KIP-714), a command does not keep them unless it is
/// told to: librdkafka measures every record and request for them.
pub const NO_FIGURES: &str = "enable.metrics.push=false";

/// What a producer with transactions does differently: a record must not be waited for longer than its transaction may run.
pub fn transactional_defaults(timeout: Option<&str>) -> Properties {
    let timeout = timeout.unwrap_or("60000");
    Properties::from_pairs([&format!("delivery.timeout.ms={timeout}"), &format!("transaction.timeout.ms={timeout}")])
}

/// Memory for unsent records, unless larger requests than usual are wanted: enough for several requests under way. With
/// Kafka's 32 MB a long input is written into memory and out of it instead of through the processor's caches.
pub const FEW_UNSENT: &str = "buffer.memory=8388608";

/// With every record waited for, none has company.
pub const SYNC: [&str; 1] = ["linger.ms=0"];

/// What a producer of an input that is already whole does differently.
pub const ONE_SHOT: [&str; 3] = ["enable.idempotence=false", "max.in.flight.requests.per.connection=1", "linger.ms=0"];

/// `max.block.ms` when nothing is said.
pub const MAX_BLOCK: Duration = Duration::from_secs(60);

pub fn plan(args: Args, dialect: Dialect) -> Result<Plan, Failure> {
    checks::line_reader(args.line_reader.as_deref())?;
    let properties = producer_properties(&args);
    let longest = properties.get("max.request.size").and_then(|size| size.trim().parse().ok());
    let longest: usize = longest.unwrap_or(LARGEST_REQUEST);
    // Kafka's tool reads a line of any length and says how long it is.
    let longest = if dialect.is_apache() { longest.max(LONGEST_LINE) } else { longest };
    let (format, longest_line) = match args.input {
        _ if args.tombstone => (Format::Keys, longest),
        InputForm::Lines | InputForm::Hex | InputForm::Base64 => {
            // Hex takes two characters for a byte, and blanks between them may be wanted.
            let expansion = if args.input == InputForm::Lines && !is_encoded(&args) { 1 } else { 3 };
            (Format::Lines(LineFormat::new(&reader_properties(&args)?)?), longest.saturating_mul(expansion))
        }
        InputForm::Jsonl => {
            (Format::JsonLines { keep_partition: args.keep_partitions }, longest.saturating_mul(JSON_EXPANSION))
        }
    };
    if args.keep_partitions && args.input != InputForm::Jsonl {
        return Err(Failure::usage("--keep-partitions needs --input jsonl: lines of text name no partition"));
    }
    if args.input == InputForm::Jsonl && is_encoded(&args) {
        return Err(Failure::usage("--key-encoding and --value-encoding are not for --input jsonl")
            .hint("there bytes stand in the fields key_base64 and value_base64"));
    }
    let (key_encoding, value_encoding) = encodings(&args)?;
    let decoded = |option: &str, encoding: FieldEncoding, text: &Option<String>| {
        let bytes = text.as_ref().map(|text| encoding.read(text.as_bytes())).transpose();
        bytes.map_err(|fault| Failure::usage(format!("the text of {option} is {fault}")))
    };
    let now = Timestamp::now();
    let input = Input {
        source: match (&args.value, args.tombstone && args.key.is_some()) {
            (None, false) if args.file.is_empty() => Source::Lines,
            (None, false) => Source::Files(args.file.clone()),
            (value, _) => Source::Given(decoded("--value", value_encoding, value)?),
        },
        format,
        key_encoding,
        value_encoding,
        key: decoded("--key", key_encoding, &args.key)?,
        partition: args.partition.map(i32::from),
        timestamp: args.timestamp.as_deref().map(|time| fixed_time(time, now)).transpose()?,
        delimiter: delimiter(&args)?,
        headers: args.header.iter().map(|header| constant_header(header)).collect::<Result<_, _>>()?,
        longest_line,
    };
    let mut target = args.target;
    target.command_config = target.command_config.or(args.producer_config);
    Ok(Plan {
        target,
        topic: args.topic,
        input,
        properties,
        sync: args.sync,
        print_acks: args.print_acks,
        dry_run: args.dry_run,
        rate: rate(args.rate)?,
        transaction_records: args.transaction_records,
    })
}

fn is_encoded(args: &Args) -> bool {
    args.key_encoding != FieldEncoding::Text || args.value_encoding != FieldEncoding::Text
}

/// `--input hex` says the same of values as `--value-encoding hex`.
fn encodings(args: &Args) -> Result<(FieldEncoding, FieldEncoding), Failure> {
    let of_input = match args.input {
        InputForm::Hex => FieldEncoding::Hex,
        InputForm::Base64 => FieldEncoding::Base64,
        InputForm::Lines | InputForm::Jsonl => FieldEncoding::Text,
    };
    match (of_input, args.value_encoding) {
        (FieldEncoding::Text, value) | (value, FieldEncoding::Text) => Ok((args.key_encoding, value)),
        (one, other) if one == other => Ok((args.key_encoding, one)),
        _ => Err(Failure::usage("--input and --value-encoding contradict each other")),
    }
}

fn fixed_time(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    match offset_grammar::time(text, now)? {
        Timestamp(..=0) => Err(Failure::usage(format!("--timestamp {text}: {NO_TIME} 0 or before"))),
        time => Ok(time),
    }
}

fn delimiter(args: &Args) -> Result<Vec<u8>, Failure> {
    match args.delimiter.as_deref().map(unescaped) {
        Some(delimiter) if delimiter.is_empty() => Err(Failure::usage("--delimiter needs a text")),
        delimiter => Ok(delimiter.unwrap_or_default()),
    }
}

fn rate(rate: Option<f64>) -> Result<Option<f64>, Failure> {
    match rate.filter(|rate| !(*rate >= 0.001 && *rate <= 1e9)) {
        Some(bad) => {
            Err(Failure::usage(format!("--rate {bad}: a rate is a number of records a second, such as 100 or 0.5")))
        }
        None => Ok(rate),
    }
}

/// Properties of the command line, and over them the flags that stand for properties.
fn producer_properties(args: &Args) -> Properties {
    let mut properties = Properties::from_pairs(args.command_property.iter().chain(&args.producer_property));
    let mut set = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            properties.set(key, value);
        }
    };
    set("compression.type", args.compression_codec.clone());
    set("acks", args.request_required_acks.clone());
    set("batch.size", args.max_partition_memory_bytes.or(args.batch_size).map(|n| n.to_string()));
    set("linger.ms", args.timeout.map(|n| n.to_string()));
    set("retries", args.message_send_max_retries.map(|n| n.to_string()));
    set("retry.backoff.ms", args.retry_backoff_ms.map(|n| n.to_string()));
    set("request.timeout.ms", args.request_timeout_ms.map(|n| n.to_string()));
    set("max.block.ms", args.max_block_ms.map(|n| n.to_string()));
    set("buffer.memory", args.max_memory_bytes.map(|n| n.to_string()));
    set("metadata.max.age.ms", args.metadata_expiry_ms.map(|n| n.to_string()));
    set("send.buffer.bytes", args.socket_buffer_size.map(|n| n.to_string()));
    set("transactional.id", args.transactional_id.clone());
    properties
}

/// The file of reader properties, over it the command line, over that `--key-separator`.
fn reader_properties(args: &Args) -> Result<Properties, Failure> {
    let mut properties = match &args.reader_config {
        Some(path) => Properties::read_file(path)
            .map_err(|error| Failure::usage(error.to_string()).thrown(NO_SUCH_FILE, path.display().to_string()))?,
        None => Properties::new(),
    };
    properties.extend(&Properties::from_pairs(args.reader_property.iter().chain(&args.property)));
    if let Some(separator) = &args.key_separator {
        properties.set("parse.key", "true");
        properties.set("key.separator", separator_text(separator)?);
    }
    if let Some(marker) = &args.null_marker {
        properties.set("null.marker", marker);
    }
    Ok(properties)
}

/// Escapes stand for characters, except that they may not make something that is no text.
fn separator_text(separator: &str) -> Result<String, Failure> {
    String::from_utf8(unescaped(separator))
        .map_err(|_| Failure::usage(format!("--key-separator {separator}: these bytes are no text")))
}

fn constant_header(header: &str) -> Result<Header, Failure> {
    let (name, value) = header.split_once('=').map_or((header, None), |(name, value)| (name, Some(value)));
    match name.is_empty() {
        true => Err(Failure::usage(format!("--header {header} has no name; write NAME=VALUE, or NAME for a null"))),
        false => Ok((name.to_owned(), value.map(|value| value.as_bytes().to_vec()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    fn planned(words: &[&str]) -> Result<Plan, Failure> {
        let words = ["produce", "--topic", "t"].iter().chain(words);
        plan(Command::try_parse_from(words).unwrap().args, Dialect::Kavka)
    }

    fn property(words: &[&str], key: &str) -> Option<String> {
        planned(words).unwrap().properties.get(key).map(str::to_owned)
    }

    #[test]
    fn flags_become_properties_that_are_stronger_than_those_given_as_properties() {
        let words = ["--producer-property", "acks=1", "--acks", "0", "--timeout", "9", "--batch-size", "77"];
        assert_eq!(property(&words, "acks").as_deref(), Some("0"));
        assert_eq!(property(&words, "linger.ms").as_deref(), Some("9"));
        assert_eq!(property(&words, "batch.size").as_deref(), Some("77"));
        assert_eq!(property(&["--request-required-acks", "-1"], "acks").as_deref(), Some("-1"));
        assert_eq!(property(&["--command-property", "acks=1"], "acks").as_deref(), Some("1"));
        assert_eq!(property(&[], "acks"), None);
    }

    #[test]
    fn a_refused_record_is_tried_as_often_as_by_apaches_tool() {
        assert_eq!(defaults().get("retries"), Some("3"));
        assert_eq!(property(&["--message-send-max-retries", "9"], "retries").as_deref(), Some("9"));
    }

    #[test]
    fn a_codec_may_stand_alone() {
        assert_eq!(property(&["--compression-codec"], "compression.type").as_deref(), Some("gzip"));
        assert_eq!(property(&["--compression-codec=zstd"], "compression.type").as_deref(), Some("zstd"));
        assert_eq!(property(&["--compression-codec", "lz4"], "compression.type").as_deref(), Some("lz4"));
    }

    #[test]
    fn a_key_separator_means_that_lines_hold_keys() {
        let plan = planned(&["--key-separator", "="]).unwrap();
        let Format::Lines(format) = &plan.input.format else { panic!("not lines") };
        assert_eq!(format.parse(b"a=b", 1).unwrap().key.as_deref(), Some(&b"a"[..]));
        let plan = planned(&["-K", "\\t", "--delimiter", "\\0"]).unwrap();
        let Format::Lines(format) = &plan.input.format else { panic!("not lines") };
        assert_eq!(format.parse(b"a\tb", 1).unwrap().key.as_deref(), Some(&b"a"[..]));
        assert_eq!(plan.input.delimiter, [0]);
    }

    #[test]
    fn one_record_of_the_command_line() {
        let input =
            planned(&["--key", "00ff", "--key-encoding", "hex", "--value", "v", "--header", "a", "--timestamp", "@5"]);
        let input = input.unwrap().input;
        assert!(matches!(&input.source, Source::Given(Some(value)) if value == b"v"));
        assert_eq!((input.key.as_deref(), input.timestamp), (Some(&[0, 255][..]), Some(Timestamp(5))));
        assert_eq!(input.headers, [("a".to_owned(), None)]);
        assert!(matches!(planned(&["--key", "k", "--tombstone"]).unwrap().input.source, Source::Given(None)));
        let keys = planned(&["--tombstone"]).unwrap().input;
        assert!(matches!((keys.source, keys.format), (Source::Lines, Format::Keys)));
    }

    #[test]
    fn what_cannot_be_is_a_usage_error() {
        let cases: &[&[&str]] = &[
            &["--header", "=x"],
            &["--line-reader", "a.B"],
            &["--keep-partitions"],
            &["--input", "jsonl", "--value-encoding", "hex"],
            &["--input", "hex", "--value-encoding", "base64"],
            &["--timestamp", "soon"],
            &["--timestamp", "1767225600"],
            &["--timestamp", "0"],
            &["--delimiter", ""],
            &["--key-separator", "\\xff"],
            &["--rate", "0"],
            &["--rate", "NaN"],
            &["--key", "0g", "--key-encoding", "hex"],
        ];
        for words in cases {
            assert_eq!(planned(words).unwrap_err().kind.code(), 2, "{words:?}");
        }
    }
}
