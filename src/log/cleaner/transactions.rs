//! What a pass knows of transactions while it goes through a log: whose records were aborted, and which markers still
//! have something to say.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::log::batch::BatchHeader;
use crate::log::batch::control::TransactionMarker;
use crate::log::index::AbortedTransaction;

#[derive(Debug)]
struct Ongoing {
    aborted: AbortedTransaction,
    has_batches: bool,
}

#[derive(Debug)]
pub(super) struct Transactions {
    /// Those that did not begin yet, by their first offset.
    coming: BTreeMap<(i64, i64), AbortedTransaction>,
    aborted: HashMap<i64, Ongoing>,
    committed: HashSet<i64>,
}

/// What a marker means at its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// No batch of the transaction is left.
    Empty,
    /// There are batches; the aborted transaction goes on into the new index.
    WithBatches(Option<AbortedTransaction>),
}

impl Transactions {
    pub fn new(aborted: &[AbortedTransaction]) -> Transactions {
        let coming = aborted.iter().map(|aborted| ((aborted.first_offset, aborted.producer_id), *aborted)).collect();
        Transactions { coming, aborted: HashMap::new(), committed: HashSet::new() }
    }

    /// Whether the batch was aborted.
    pub fn see_records(&mut self, header: &BatchHeader) -> bool {
        self.begin_up_to(header.last_offset());
        if !header.attributes.is_transactional() {
            return false;
        }
        match self.aborted.get_mut(&header.producer_id) {
            Some(ongoing) => {
                ongoing.has_batches = true;
                true
            }
            None => {
                self.committed.insert(header.producer_id);
                false
            }
        }
    }

    /// What a control batch ends; `None` is one that lost its record, and that ends nothing any more.
    pub fn see_marker(&mut self, header: &BatchHeader, marker: Option<TransactionMarker>) -> Ended {
        self.begin_up_to(header.last_offset());
        let producer = header.producer_id;
        match marker.map(|marker| marker.committed) {
            None => Ended::Empty,
            Some(true) if self.committed.remove(&producer) => Ended::WithBatches(None),
            Some(true) => Ended::Empty,
            Some(false) => match self.aborted.remove(&producer) {
                Some(Ongoing { aborted, has_batches: true }) => Ended::WithBatches(Some(aborted)),
                _ => Ended::Empty,
            },
        }
    }

    fn begin_up_to(&mut self, offset: i64) {
        while let Some(next) = self.coming.first_entry().filter(|next| next.key().0 <= offset) {
            let aborted = next.remove();
            self.aborted.entry(aborted.producer_id).or_insert(Ongoing { aborted, has_batches: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::log::batch::Batch;

    #[test]
    fn a_control_batch_without_its_record_is_no_batch_of_a_transaction() {
        let marker = TransactionMarker { committed: true, coordinator_epoch: 0 };
        let bytes = marker.batch(7, 0, Timestamp(1));
        let header = Batch::parse(&bytes).unwrap().header;
        let mut transactions = Transactions::new(&[]);
        assert_eq!(transactions.see_marker(&header, None), Ended::Empty);
        assert_eq!(transactions.see_marker(&header, Some(marker)), Ended::Empty);
        let mut data = header;
        data.base_offset = 5;
        assert!(!transactions.see_records(&data));
        assert_eq!(transactions.see_marker(&header, Some(marker)), Ended::WithBatches(None));
    }
}
