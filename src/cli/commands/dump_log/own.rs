//! Under our own name: folders, too; a fault ends neither the dump nor, if it is one of a batch, its file; records of internal
//! topics are decoded by the folder's name. What is damaged makes the exit code 1.

use super::decoders::Decoder;
use super::jsonl::{Form, Objects};
use super::mismatches::Mismatches;
use super::names::Named;
use super::progress::Progress;
use super::report::{LogBegin, ProducerView, Report};
use super::source::Entry;
use super::table::Rows;
use super::thrown::{Stop, Thrown};
use super::view::{BatchView, RecordView};
use super::{Args, dump, folders, named};
use crate::cli::Invocation;
use crate::cli::failure::{Failure, Kind};
use crate::cli::output::{Output, OutputFormat};
use crate::log::AbortedTransaction;

/// A report of ours: it is told how to decode, and shows files of text.
trait Own: Report {
    fn decode_with(&mut self, decoder: Option<Decoder>);
    fn text(&mut self, text: &str) -> Result<(), Stop>;
    fn end(&mut self) -> Result<(), Stop>;
}

impl Own for Rows<'_> {
    fn decode_with(&mut self, decoder: Option<Decoder>) {
        self.decoder = decoder;
    }

    fn text(&mut self, text: &str) -> Result<(), Stop> {
        Rows::text(self, text)
    }

    fn end(&mut self) -> Result<(), Stop> {
        Ok(())
    }
}

impl Own for Objects<'_> {
    fn decode_with(&mut self, decoder: Option<Decoder>) {
        self.decoder = decoder;
    }

    fn text(&mut self, text: &str) -> Result<(), Stop> {
        Objects::text(self, text)
    }

    fn end(&mut self) -> Result<(), Stop> {
        Objects::end(self)
    }
}

pub fn run(args: &Args, format: OutputFormat, invocation: &Invocation) -> anyhow::Result<()> {
    let output = &invocation.output;
    match format {
        OutputFormat::Csv => {
            let failure = Failure::usage("what is found has no common columns, so that there is no --output csv");
            Err(failure.hint("--output jsonl has a line for each thing found").into())
        }
        OutputFormat::Json => show(args, invocation, Objects::new(output, Form::Json)),
        OutputFormat::Jsonl => show(args, invocation, Objects::new(output, Form::Jsonl)),
        OutputFormat::Yaml => show(args, invocation, Objects::new(output, Form::Yaml)),
        OutputFormat::Table | OutputFormat::Apache => show(args, invocation, Rows::new(output)),
    }
}

fn show<R: Own>(args: &Args, invocation: &Invocation, inner: R) -> anyhow::Result<()> {
    let files = named(args, invocation)?;
    let mut mismatches = Mismatches::default();
    let mut report = Counted { inner, faults: 0, progress: Progress::of(&files) };
    for file in &files {
        match show_file(file, args, &mut mismatches, &mut report) {
            Err(Stop::Thrown(thrown)) => written(report.fault(thrown))?,
            shown => written(shown)?,
        }
        report.progress.advance(file);
    }
    report.progress.finish();
    written(report.inner.end())?;
    finish(report.faults, &mismatches, &invocation.output)
}

/// A fault was shown by then; an output that is gone ends the command.
fn written(result: Result<(), Stop>) -> anyhow::Result<()> {
    match result {
        Ok(()) => Ok(()),
        Err(Stop::Output(error)) => Err(error.into()),
        Err(Stop::Thrown(thrown)) => Err(Failure::from(thrown).into()),
    }
}

fn show_file<R: Own>(
    file: &Named,
    args: &Args,
    mismatches: &mut Mismatches,
    report: &mut Counted<R>,
) -> Result<(), Stop> {
    if folders::is_text(file) {
        report.file(file)?;
        let text = std::fs::read(&file.path).map_err(|error| Thrown::opening(&file.path, &error))?;
        return report.inner.text(&String::from_utf8_lossy(&text));
    }
    let with_contents = args.with_contents();
    dump(file, args, mismatches, report, false, |report, decoder| {
        let decoder = decoder.unwrap_or_else(|| Decoder::of_topic(&topic_of(file)));
        report.inner.decode_with(with_contents.then_some(decoder));
    })
}

/// The topic whose folder a file lies in.
fn topic_of(file: &Named) -> String {
    let absolute = file.absolute();
    let folder = absolute.rsplit('/').nth(1).unwrap_or_default();
    if file.name == "bootstrap.checkpoint" {
        return "__cluster_metadata".to_owned();
    }
    folder.rsplit_once('-').map_or(folder, |(topic, _)| topic).to_owned()
}

fn finish(faults: usize, mismatches: &Mismatches, output: &Output) -> anyhow::Result<()> {
    mismatches.lines().iter().for_each(|line| output.note(line));
    match (faults, mismatches.has_faults()) {
        (0, false) => Ok(()),
        (0, true) => Err(Failure::new(Kind::Failed, "an index does not fit its log").into()),
        (1, _) => Err(Failure::new(Kind::Failed, "one thing is damaged").into()),
        (faults, _) => Err(Failure::new(Kind::Failed, format!("{faults} things are damaged")).into()),
    }
}

/// Counts what is damaged, lets the dump go on, and tells how far it is.
struct Counted<R> {
    inner: R,
    faults: usize,
    progress: Progress,
}

impl<R: Report> Report for Counted<R> {
    fn file(&mut self, file: &Named) -> Result<(), Stop> {
        self.inner.file(file)
    }

    fn unknown_file(&mut self, file: &Named) -> Result<(), Stop> {
        self.inner.unknown_file(file)
    }

    fn log(&mut self, begin: LogBegin) -> Result<(), Stop> {
        self.inner.log(begin)
    }

    fn batch(&mut self, batch: &BatchView) -> Result<(), Stop> {
        self.faults += usize::from(!batch.is_valid);
        self.progress.reached((batch.entry.position + batch.entry.size()) as u64);
        self.inner.batch(batch)
    }

    fn unknown_batch(&mut self, entry: &Entry, thrown: Thrown) -> Result<(), Stop> {
        self.faults += 1;
        self.inner.unknown_batch(entry, thrown)
    }

    fn record(&mut self, batch: &BatchView, record: &RecordView<'_>) -> Result<(), Stop> {
        self.inner.record(batch, record)
    }

    fn rest(&mut self, file: &Named, bytes: i64) -> Result<(), Stop> {
        self.faults += 1;
        self.inner.rest(file, bytes)
    }

    fn empty_index(&mut self, file: &Named) -> Result<(), Stop> {
        self.inner.empty_index(file)
    }

    fn sane_index(&mut self, file: &Named) -> Result<(), Stop> {
        self.inner.sane_index(file)
    }

    fn offset_entry(&mut self, offset: i64, position: i32) -> Result<(), Stop> {
        self.inner.offset_entry(offset, position)
    }

    fn time_entry(&mut self, timestamp: i64, offset: i64) -> Result<(), Stop> {
        self.inner.time_entry(timestamp, offset)
    }

    fn aborted(&mut self, version: i8, aborted: &AbortedTransaction) -> Result<(), Stop> {
        self.inner.aborted(version, aborted)
    }

    fn producer(&mut self, producer: &ProducerView) -> Result<(), Stop> {
        self.inner.producer(producer)
    }

    fn corrupt_snapshot(&mut self, why: &str) -> Result<(), Stop> {
        self.faults += 1;
        self.inner.corrupt_snapshot(why)
    }

    fn fault(&mut self, thrown: Thrown) -> Result<(), Stop> {
        self.faults += 1;
        self.inner.fault(thrown)
    }
}
