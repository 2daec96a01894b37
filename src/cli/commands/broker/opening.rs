//! How far the opening of partitions has come, when it takes longer than a second: a bar on a terminal, else a line in
//! the log now and then.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::standalone::{OpeningListener, OpeningProgress};

/// Who starts faster is not disturbed.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two lines of a log, and between two states of a bar.
const LINE_PAUSE: Duration = Duration::from_secs(5);
const BAR_PAUSE: Duration = Duration::from_millis(100);

/// Watches the opening until it is dropped.
pub struct Opening {
    latest: Arc<Mutex<Option<OpeningProgress>>>,
    done: Option<Sender<()>>,
    teller: Option<JoinHandle<()>>,
}

impl Opening {
    pub fn watch() -> Opening {
        let latest: Arc<Mutex<Option<OpeningProgress>>> = Arc::default();
        let (done, ended) = mpsc::channel();
        let seen = latest.clone();
        let tell = move || {
            if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = io::stderr().is_terminal().then(bar);
            let pause = if bar.is_some() { BAR_PAUSE } else { LINE_PAUSE };
            loop {
                let progress = *seen.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(OpeningProgress { opened, total }) = progress {
                    match &bar {
                        Some(bar) => {
                            bar.set_length(total as u64);
                            bar.set_position(opened as u64);
                        }
                        None => tracing::info!("{opened} of {total} partitions are open"),
                    }
                }
                if ended.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
        };
        // Without the thread there is no progress to be seen, and nothing else is lost.
        let teller = thread::Builder::new().name("opening".to_owned()).spawn(tell).ok();
        Opening { latest, done: Some(done), teller }
    }

    pub fn listener(&self) -> OpeningListener {
        let latest = self.latest.clone();
        OpeningListener(Some(Arc::new(move |progress: OpeningProgress| {
            let mut latest = latest.lock().unwrap_or_else(PoisonError::into_inner);
            if latest.is_none_or(|before| before.opened < progress.opened) {
                *latest = Some(progress);
            }
        })))
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(teller) = self.teller.take() {
            // A panic there has been reported already.
            let _ = teller.join();
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let template = "opening partitions {bar:30} {pos}/{len}  {eta} left";
    bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}
