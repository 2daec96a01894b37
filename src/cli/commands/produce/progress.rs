//! A progress bar on stderr, where stderr is a terminal and the input is a large file.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Smaller files are done before a bar is seen.
const LARGE: u64 = 4 << 20;

/// How much of the input has been read.
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Without a bar if standard input is not what is read.
    pub fn of_stdin(is_read: bool) -> Progress {
        let size =
            is_read.then(remaining_of_stdin).flatten().filter(|size| *size >= LARGE && io::stderr().is_terminal());
        Progress { bar: size.map(bar) }
    }

    pub fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(size: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(size), ProgressDrawTarget::stderr());
    let template = "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// What is left of a regular file behind standard input.
fn remaining_of_stdin() -> Option<u64> {
    let stdin = rustix::stdio::stdin();
    let status = rustix::fs::fstat(stdin).ok()?;
    if !rustix::fs::FileType::from_raw_mode(status.st_mode).is_file() {
        return None;
    }
    let position = rustix::fs::seek(stdin, rustix::fs::SeekFrom::Current(0)).ok()?;
    u64::try_from(status.st_size).ok()?.checked_sub(position)
}
