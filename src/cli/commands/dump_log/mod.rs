//! `kavka dump-log`, which is Apache's `kafka-dump-log.sh` (reference: storage/08-dump-log.md).
//!
//! `walk`, `indexes` and `producers` read files and tell a `Report` what they find: Java's lines (`apache`), a table, or JSON.
//! `source` and `records` read as Java's classes do, fault by fault, since what they print before a fault is output, too.

mod apache;
mod args;
mod decoders;
mod folders;
mod indexes;
mod jsonl;
mod mismatches;
mod names;
mod own;
mod producers;
mod progress;
mod records;
mod report;
mod source;
mod table;
mod thrown;
mod view;
mod walk;

pub use args::Args;

use apache::Lines;
use decoders::{Class, Decoder};
use indexes::IndexReading;
use mismatches::Mismatches;
use names::{Contents, Named};
use report::Report;
use thrown::{Stop, Thrown};
use walk::LogReading;

use crate::cli::Invocation;
use crate::cli::failure::Failure;
use crate::cli::output::OutputFormat;
use crate::cli::usage;

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    match invocation.format(&args.output) {
        OutputFormat::Apache => as_apache(&args, invocation),
        format => own::run(&args, format, invocation),
    }
}

/// As Kafka's tool: the files as they are named, and no further than the first fault.
fn as_apache(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    let files = named(args, invocation)?;
    let mut mismatches = Mismatches::default();
    let mut lines = Lines {
        output: &invocation.output,
        decoder: Decoder::Classes { key: Class::String, value: Class::String },
        with_contents: args.with_contents(),
        without_metadata: args.skip_record_metadata,
    };
    for file in &files {
        let dumped = dump(file, args, &mut mismatches, &mut lines, true, |lines, decoder| {
            lines.decoder = decoder.unwrap_or(lines.decoder);
        });
        match dumped {
            Err(Stop::Thrown(thrown)) => return Err(Failure::from(thrown).into()),
            Err(Stop::Output(error)) => return Err(error.into()),
            Ok(()) => {}
        }
    }
    mismatches.lines().iter().for_each(|line| invocation.output.note(line));
    Ok(())
}

/// The files that were named with commas between; under our own name, those named as paths, too.
fn named(args: &Args, invocation: &Invocation) -> Result<Vec<Named>, Failure> {
    let listed = args.files.as_deref().map(|files| {
        // Java leaves out what is empty at the end.
        let files: Vec<&str> = files.split(',').collect();
        let kept = files.iter().rposition(|file| !file.is_empty()).map_or(usize::from(files.len() == 1), |at| at + 1);
        files[..kept].to_vec()
    });
    if invocation.dialect.is_apache() {
        usage::required(listed.is_some(), "files", "dump-log")?;
        return Ok(listed.unwrap_or_default().into_iter().map(Named::new).collect());
    }
    let listed = listed.unwrap_or_default().into_iter().map(std::path::PathBuf::from);
    let paths: Vec<_> = listed.chain(args.paths.iter().cloned()).collect();
    if paths.is_empty() {
        return Err(Failure::usage("which files? name files or folders"));
    }
    folders::files_of(&paths)
}

/// One file. What an option says is looked at when a file needs it, as Java's tool does; `decode` is given the decoder then.
fn dump<R: Report>(
    file: &Named,
    args: &Args,
    mismatches: &mut Mismatches,
    report: &mut R,
    is_java: bool,
    decode: impl FnOnce(&mut R, Option<Decoder>),
) -> Result<(), Stop> {
    report.file(file)?;
    match file.contents()? {
        contents @ (Contents::Log | Contents::Checkpoint) => {
            decode(report, args.decoder()?);
            let max_bytes = late(args.max_bytes.get("max-bytes"))?;
            walk::dump_log(
                file,
                contents,
                LogReading { is_deep: args.is_deep(), max_bytes, is_java },
                mismatches,
                report,
            )
        }
        Contents::OffsetIndex => {
            let max_message_size = late(args.max_message_size.get("max-message-size"))?;
            indexes::dump_offsets(file, index_reading(args, max_message_size, is_java), mismatches, report)
        }
        Contents::TimeIndex => indexes::dump_times(file, index_reading(args, 0, is_java), mismatches, report),
        Contents::Producers => producers::dump_producers(file, report),
        Contents::AbortedTransactions => indexes::dump_aborted(file, report),
        Contents::Unknown => report.unknown_file(file),
    }
}

fn index_reading(args: &Args, max_message_size: i32, is_java: bool) -> IndexReading {
    let (is_sanity_check, is_silent) = (args.index_sanity_check, args.verify_index_only);
    IndexReading { is_sanity_check, is_silent, max_message_size, is_java }
}

/// The value of an option that is no number is an exception of the parser's.
fn late(value: Result<i32, String>) -> Result<i32, Thrown> {
    value.map_err(|message| Thrown::new("joptsimple.OptionArgumentConversionException", message))
}
