//! `.index`, `.timeindex` and `.txnindex`: their entries, and whether they fit the log beside them.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::os::unix::fs::FileExt;

use super::mismatches::Mismatches;
use super::names::Named;
use super::report::Report;
use super::source::LogFile;
use super::thrown::{CORRUPT_INDEX, ILLEGAL_ARGUMENT, KAFKA, Stop, Thrown};
use super::walk::{largest_timestamp, last_offset};
use crate::log::AbortedTransaction;

/// What is done with an index.
#[derive(Debug, Clone, Copy)]
pub struct IndexReading {
    /// Only what a broker would check when it starts.
    pub is_sanity_check: bool,
    /// Entries are checked and not shown.
    pub is_silent: bool,
    pub max_message_size: i32,
    pub is_java: bool,
}

/// The entries of a file; what is left behind the last whole one is not looked at.
struct Entries<const N: usize> {
    file: File,
    named: Named,
    bytes: u64,
    base_offset: i64,
}

impl<const N: usize> Entries<N> {
    fn open(named: &Named, base_offset: i64) -> Result<Entries<N>, Thrown> {
        let file = File::open(&named.path).map_err(|error| match error.kind() {
            // Java's tool would make a new index of no size.
            ErrorKind::NotFound => {
                let java = Some("Invalid max index size: -1".to_owned());
                Thrown::told(ILLEGAL_ARGUMENT, java, format!("cannot open {}: {error}", named.shown))
            }
            _ => Thrown::opening(&named.path, &error),
        })?;
        let bytes = file.metadata().map_err(|error| Thrown::reading(&named.path, &error))?.len();
        Ok(Entries { file, named: named.clone(), bytes, base_offset })
    }

    fn count(&self) -> u64 {
        self.bytes / N as u64
    }

    fn get(&self, index: u64) -> Result<[u8; N], Thrown> {
        let mut entry = [0; N];
        self.file
            .read_exact_at(&mut entry, index * N as u64)
            .map_err(|error| Thrown::reading(&self.named.path, &error))?;
        Ok(entry)
    }

    fn check_size(&self, kind: &str) -> Result<(), Thrown> {
        if self.bytes.is_multiple_of(N as u64) {
            return Ok(());
        }
        Err(Thrown::new(
            CORRUPT_INDEX,
            format!(
                "{kind} file {} is corrupt, found {} bytes which is neither positive nor a multiple of {N}",
                self.named.absolute(),
                self.bytes
            ),
        ))
    }
}

fn int(entry: &[u8], at: usize) -> i32 {
    entry.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| i32::from_be_bytes(*bytes))
}

fn long(entry: &[u8], at: usize) -> i64 {
    entry.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| i64::from_be_bytes(*bytes))
}

impl Entries<8> {
    /// Offset and position.
    fn at(&self, index: u64) -> Result<(i64, i32), Thrown> {
        let entry = self.get(index)?;
        Ok((self.base_offset.wrapping_add(i64::from(int(&entry, 0))), int(&entry, 4)))
    }

    fn check_sanity(&self) -> Result<(), Thrown> {
        if let Some(last) = self.count().checked_sub(1) {
            let (last, _) = self.at(last)?;
            if last < self.base_offset {
                let path = self.named.absolute();
                let message = format!(
                    "Corrupt index found, index file {path} has non-zero size but the last offset is {last} which is \
                     less than the base offset {}",
                    self.base_offset
                );
                return Err(Thrown::new(CORRUPT_INDEX, message));
            }
        }
        self.check_size("Index")
    }

    /// Where to look for an offset, by the steps of Java's search, which matter in an index without order.
    fn lookup(&self, offset: i64) -> Result<i32, Thrown> {
        const WARM: u64 = 8192 / 8;
        let Some(last) = self.count().checked_sub(1) else { return Ok(0) };
        let hot = last.saturating_sub(WARM);
        let (mut low, mut high) = if self.at(hot)?.0 < offset {
            (hot, last)
        } else if self.at(0)?.0 > offset {
            return Ok(0);
        } else {
            (0, hot)
        };
        while low < high {
            let middle = (low + high).div_ceil(2);
            let found = self.at(middle)?;
            match found.0.cmp(&offset) {
                std::cmp::Ordering::Greater => high = middle - 1,
                std::cmp::Ordering::Less => low = middle,
                std::cmp::Ordering::Equal => return Ok(found.1),
            }
        }
        Ok(self.at(low)?.1)
    }
}

pub fn dump_offsets(
    named: &Named,
    reading: IndexReading,
    mismatches: &mut Mismatches,
    report: &mut dyn Report,
) -> Result<(), Stop> {
    let base_offset = named.base_offset()?;
    let log = LogFile::open(&named.sibling(".log"), reading.is_java)?;
    let entries = Entries::<8>::open(named, base_offset)?;
    if entries.count() == 0 {
        return report.empty_index(named);
    }
    if reading.is_sanity_check {
        entries.check_sanity()?;
        return report.sane_index(named);
    }
    for index in 0..entries.count() {
        let (offset, position) = entries.at(index)?;
        // An index that was not closed is zeros behind its entries.
        if offset == base_offset && index > 0 {
            return Ok(());
        }
        let mut batches = log.batches(i64::from(position), i64::from(reading.max_message_size))?;
        let found = batches.next_entry()?.ok_or_else(|| {
            let message = format!("offset {offset} should be at position {position}, where no whole batch is");
            Thrown::told("java.util.NoSuchElementException", None, message)
        })?;
        let last = last_offset(&log, &found)?;
        if last != offset {
            mismatches.offset(named, offset, last);
        }
        if !reading.is_silent {
            report.offset_entry(offset, position)?;
        }
    }
    Ok(())
}

impl Entries<12> {
    /// Timestamp and offset.
    fn at(&self, index: u64) -> Result<(i64, i64), Thrown> {
        let entry = self.get(index)?;
        Ok((long(&entry, 0), self.base_offset.wrapping_add(i64::from(int(&entry, 8)))))
    }

    fn check_sanity(&self) -> Result<(), Thrown> {
        if let Some(last) = self.count().checked_sub(1) {
            let ((first, _), (last, offset)) = (self.at(0)?, self.at(last)?);
            let path = self.named.absolute();
            let corrupt = |what: String| {
                let message =
                    format!("Corrupt time index found, time index file ({path}) has non-zero size but the last {what}");
                Err(Thrown::new(CORRUPT_INDEX, message))
            };
            if last < first {
                return corrupt(format!("timestamp is {last} which is less than the first timestamp {first}"));
            }
            if offset < self.base_offset {
                return corrupt(format!("offset is {offset} which is less than the first offset {}", self.base_offset));
            }
        }
        self.check_size("Time index")
    }
}

pub fn dump_times(
    named: &Named,
    reading: IndexReading,
    mismatches: &mut Mismatches,
    report: &mut dyn Report,
) -> Result<(), Stop> {
    let base_offset = named.base_offset()?;
    let log = LogFile::open(&named.sibling(".log"), reading.is_java)?;
    let offsets = Entries::<8>::open(&named.sibling(".index"), base_offset)?;
    let entries = Entries::<12>::open(named, base_offset)?;
    if reading.is_sanity_check {
        entries.check_sanity()?;
        return report.sane_index(named);
    }
    let mut before = -1;
    for index in 0..entries.count() {
        let (timestamp, offset) = entries.at(index)?;
        if offset == base_offset && index > 0 {
            return Ok(());
        }
        let mut batches = log.batches(i64::from(offsets.lookup(offset)?), i64::from(i32::MAX))?;
        let mut found = None;
        while let Some(entry) = batches.next_entry()? {
            let last = last_offset(&log, &entry)?;
            if last >= offset {
                found = Some((entry, last));
                break;
            }
        }
        match found {
            None => mismatches.not_found(named, offset, -1),
            Some((_, last)) if last != offset => mismatches.not_found(named, offset, last),
            Some((entry, _)) => {
                let largest = largest_timestamp(&log, &entry)?;
                if largest != timestamp {
                    mismatches.timestamp(named, timestamp, largest);
                }
                if before >= timestamp {
                    mismatches.out_of_order(named, timestamp, before);
                }
            }
        }
        if !reading.is_silent {
            report.time_entry(timestamp, offset)?;
        }
        before = timestamp;
    }
    Ok(())
}

pub fn dump_aborted(named: &Named, report: &mut dyn Report) -> Result<(), Stop> {
    named.base_offset()?;
    // All are read before the first is shown.
    each_aborted(named, |_, _| Ok(()))?;
    each_aborted(named, |version, aborted| report.aborted(version, aborted))
}

fn each_aborted(named: &Named, mut each: impl FnMut(i8, &AbortedTransaction) -> Result<(), Stop>) -> Result<(), Stop> {
    const BYTES: usize = 34;
    let file = match File::open(&named.path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Thrown::opening(&named.path, &error).into()),
    };
    let mut file = BufReader::new(file);
    let mut entry = [0; BYTES];
    loop {
        match file.read_exact(&mut entry) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(Thrown::reading(&named.path, &error).into()),
        }
        // Two bytes are written, of which Java reads one.
        let version = entry[0] as i8;
        if version > 0 {
            let path = named.absolute();
            let message = format!(
                "Unexpected aborted transaction version {version} in transaction index {path}, current version is 0"
            );
            return Err(Thrown::new(KAFKA, message).into());
        }
        let aborted = AbortedTransaction {
            producer_id: long(&entry, 2),
            first_offset: long(&entry, 10),
            last_offset: long(&entry, 18),
            last_stable_offset: long(&entry, 26),
        };
        each(version, &aborted)?;
    }
}
