//! A progress bar on stderr while many records go into a file or another program.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Fewer are read before a bar is seen.
const MANY: i64 = 200_000;

/// How many of the records that are there have been read.
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// `total` is known if reading ends by itself.
    pub fn new(total: Option<i64>) -> Progress {
        let is_seen = || io::stderr().is_terminal() && !io::stdout().is_terminal();
        let total = total.filter(|total| *total >= MANY && is_seen()).and_then(|total| u64::try_from(total).ok());
        Progress { bar: total.map(bar) }
    }

    pub fn show(&self, read: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(read);
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    let template = "{bar:30} {human_pos}/{human_len} records  {per_sec}  {eta} left";
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
