//! What a broker does when a log directory fails: the metadata says so, and partitions there have no leader any more. The
//! end of the last directory, or of the one with the metadata, is the end of the broker.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use super::BrokerState;
use super::controller::DirectoriesLeft;

/// Follows the directories until it is dropped.
pub struct DirectoryWatch {
    state: Arc<BrokerState>,
    metadata_directory: PathBuf,
    lost: watch::Sender<Option<String>>,
}

impl DirectoryWatch {
    /// With it comes why the broker cannot go on, once that is so.
    pub fn new(
        state: Arc<BrokerState>,
        metadata_directory: PathBuf,
    ) -> (DirectoryWatch, watch::Receiver<Option<String>>) {
        let (lost, watched) = watch::channel(None);
        (DirectoryWatch { state, metadata_directory, lost }, watched)
    }

    pub async fn run(self) {
        let directories = self.state.partitions.directories();
        let mut failures = directories.failures();
        let mut seen = 0;
        loop {
            let count = *failures.borrow_and_update();
            if count != seen {
                seen = count;
                match self.end() {
                    Some(why) => {
                        tracing::error!("{why}");
                        self.lost.send_replace(Some(why));
                        return;
                    }
                    None => self.tell_controller().await,
                }
            }
            if failures.changed().await.is_err() {
                return;
            }
        }
    }

    fn end(&self) -> Option<String> {
        let directories = self.state.partitions.directories();
        let offline: Vec<String> = directories.offline().map(|path| path.display().to_string()).collect();
        if directories.online().next().is_none() {
            return Some(format!("the broker ends, since all its log directories have failed: {}", offline.join(", ")));
        }
        directories.offline().any(|path| path == self.metadata_directory).then(|| {
            let directory = self.metadata_directory.display();
            format!("the broker ends, since the log directory with its metadata has failed: {directory}")
        })
    }

    async fn tell_controller(&self) {
        let left = self.state.partitions.directories().online().map(|directory| directory.id).collect();
        let told = match self.state.before_write().await {
            Ok(()) => self.state.controller.ask(DirectoriesLeft(left)).await,
            Err(rejection) => Err(rejection),
        };
        if let Err(rejection) = told {
            tracing::error!("the metadata does not say which log directories failed: {rejection}");
        }
    }
}
