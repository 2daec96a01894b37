//! The gate before the first write of any kind.
//!
//! A broker opens its directory without changing a byte of it, so that a command that only reads leaves no trace. Before
//! the first write the directory stops being cleanly shut down: the marker `.kafka_cleanshutdown` goes, and the broker
//! registers itself under a new epoch. Whoever writes passes here first; it happens once.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use tokio::sync::OnceCell;

type Preparation = Pin<Box<dyn Future<Output = Result<(), CannotWrite>> + Send>>;

/// The directory cannot be made ready for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannotWrite(pub String);

impl fmt::Display for CannotWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot begin to write: {}", self.0)
    }
}

impl std::error::Error for CannotWrite {}

/// Shut until the first who passes has carried out the preparation.
pub struct FirstWrite {
    passed: OnceCell<()>,
    prepare: Mutex<Box<dyn FnMut() -> Preparation + Send>>,
}

impl FirstWrite {
    /// `prepare` is started again for the next who wants to pass if it fails.
    pub fn new<F>(mut prepare: impl FnMut() -> F + Send + 'static) -> FirstWrite
    where
        F: Future<Output = Result<(), CannotWrite>> + Send + 'static,
    {
        FirstWrite { passed: OnceCell::new(), prepare: Mutex::new(Box::new(move || Box::pin(prepare()))) }
    }

    /// Waits until writing is allowed.
    pub async fn pass(&self) -> Result<(), CannotWrite> {
        let passed = self.passed.get_or_try_init(|| {
            let mut prepare = self.prepare.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            prepare()
        });
        passed.await.copied()
    }

    /// Whether anything may have been written.
    pub fn is_open(&self) -> bool {
        self.passed.initialized()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn the_preparation_happens_once_and_again_only_if_it_failed() {
        let attempts = Arc::new(AtomicU32::new(0));
        let counted = attempts.clone();
        let gate = FirstWrite::new(move || {
            let attempt = counted.fetch_add(1, Ordering::Relaxed);
            async move { if attempt == 0 { Err(CannotWrite("disk full".to_owned())) } else { Ok(()) } }
        });
        assert!(gate.pass().await.is_err());
        assert!(!gate.is_open());
        gate.pass().await.unwrap();
        gate.pass().await.unwrap();
        assert!(gate.is_open());
        assert_eq!(attempts.load(Ordering::Relaxed), 2);
    }
}
