//! Transactions of a producer that has a transactional id.
//!
//! Before one is committed every record has to be settled: librdkafka would wait for reports that nobody takes up. Before
//! one is aborted, records that are still queued are dropped. Each call goes on where one that ran out of time left off.

use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::producer::{Producer as _, PurgeConfig};

use super::Producer;
use crate::client::error::ClientError;
use crate::client::librdkafka;

/// How long librdkafka may hold up this thread at a time.
const STEP: Duration = Duration::from_millis(200);

impl Producer {
    /// Gets the producer id, which shuts out older producers of the transactional id and ends what they left. Gives up when
    /// `is_wanted` says so.
    pub fn init_transactions(&self, limit: Duration, is_wanted: impl Fn() -> bool) -> Result<(), ClientError> {
        self.persist("initTransactions", limit, is_wanted, |step| self.client.init_transactions(step))
    }

    pub fn begin_transaction(&self) -> Result<(), ClientError> {
        self.client
            .begin_transaction()
            .map_err(|error| librdkafka::client_error("beginTransaction", &self.servers, &error))
    }

    /// Commits a transaction of which every record is settled.
    pub fn commit_transaction(&self, limit: Duration) -> Result<(), ClientError> {
        self.persist("commitTransaction", limit, || true, |step| self.client.commit_transaction(step))
    }

    pub fn abort_transaction(&self, limit: Duration) -> Result<(), ClientError> {
        self.client.purge(PurgeConfig::default().queue().inflight());
        let deadline = Instant::now() + limit;
        while self.unsettled() > 0 && Instant::now() < deadline {
            self.poll(Duration::from_millis(1));
        }
        self.persist("abortTransaction", limit, || true, |step| self.client.abort_transaction(step))
    }

    fn persist(
        &self,
        call: &'static str,
        limit: Duration,
        is_wanted: impl Fn() -> bool,
        attempt: impl Fn(Duration) -> KafkaResult<()>,
    ) -> Result<(), ClientError> {
        let started = Instant::now();
        loop {
            let left = limit.saturating_sub(started.elapsed());
            let Err(error) = attempt(left.min(STEP)) else { return Ok(()) };
            self.poll(Duration::ZERO);
            let is_retriable = matches!(&error, KafkaError::Transaction(fault) if fault.is_retriable());
            if !is_retriable {
                return Err(librdkafka::client_error(call, &self.servers, &error));
            }
            if left.is_zero() || !is_wanted() {
                let last = self.trouble().map(Box::new);
                return Err(ClientError::TimedOut { call, after: started.elapsed(), last });
            }
        }
    }
}
