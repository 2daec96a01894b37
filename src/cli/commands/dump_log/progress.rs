//! A progress bar on stderr while many bytes are read, where stderr is a terminal and the results go elsewhere.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::names::Named;

/// Less is done before a bar is seen.
const LARGE: u64 = 64 << 20;

pub struct Progress {
    bar: Option<ProgressBar>,
    /// The bytes of the files that are done.
    done: u64,
}

impl Progress {
    pub fn of(files: &[Named]) -> Progress {
        let total: u64 = files.iter().map(size).sum();
        let is_seen = total >= LARGE && io::stderr().is_terminal() && !io::stdout().is_terminal();
        Progress { bar: is_seen.then(|| bar(total)), done: 0 }
    }

    /// So much of the file is read.
    pub fn reached(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(self.done + bytes);
        }
    }

    /// A file is done.
    pub fn advance(&mut self, file: &Named) {
        if self.bar.is_some() {
            self.done += size(file);
            self.reached(0);
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn size(file: &Named) -> u64 {
    std::fs::metadata(&file.path).map_or(0, |found| found.len())
}

fn bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let template = "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
