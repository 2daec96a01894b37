//! What needs more transactional ids than a script can name. Everything else is in `tests/machines/scripts/transactions`.

use std::time::Duration;

use super::*;
use crate::broker::machine::Call;
use crate::broker::machine::ids::RandomIds;
use crate::clock::Timestamp;
use crate::metadata::ClusterImage;
use crate::protocol::ErrorCode;

const NOW: Timestamp = Timestamp(1_000_000_000_000);
const TICKET: Ticket = Ticket(1);

/// As many ids as there may be, each last used a millisecond after the one before it.
fn full(state: TransactionState) -> TransactionCoordinator {
    let mut machine = TransactionCoordinator::new(TransactionSettings::default(), 0);
    let begin = NOW - Duration::from_millis(MAX_TRANSACTIONAL_IDS as u64);
    for number in 0..MAX_TRANSACTIONAL_IDS as u64 {
        let mut logged = Logged::new(number as i64);
        logged.state = state;
        logged.updated = begin + Duration::from_millis(number);
        machine.apply(&logged.record(&format!("{number:0>100}"), 1));
    }
    machine
}

fn init(machine: &mut TransactionCoordinator, transactional_id: &str) -> Decision {
    let request = InitProducer {
        transactional_id: transactional_id.to_owned(),
        timeout_ms: 1000,
        had: None,
        new_producer_id: Some(1 << 40),
    };
    at(NOW, |context| machine.handle(context, TICKET, request.request()))
}

fn at(now: Timestamp, decision: impl FnOnce(&mut Context<'_>) -> Decision) -> Decision {
    decision(&mut Context { now, image: &ClusterImage::default(), ids: &mut RandomIds })
}

#[test]
fn a_full_partition_forgets_the_id_that_was_idle_for_longest() {
    let mut machine = full(TransactionState::CompleteAbort);
    let out = init(&mut machine, "new");
    out.records.iter().for_each(|record| machine.apply(record));
    let written: Vec<(&str, bool)> =
        out.records.iter().map(|record| (record.transactional_id.as_str(), record.value.is_some())).collect();
    assert_eq!(written, [("0".repeat(100).as_str(), false), ("new", true)]);
    assert_eq!(machine.ids.len(), MAX_TRANSACTIONAL_IDS);
}

#[test]
fn a_partition_full_of_open_transactions_takes_no_new_id() {
    let mut machine = full(TransactionState::Ongoing);
    let out = init(&mut machine, "new");
    assert!(out.records.is_empty());
    let refused = Err(Refused::Code(ErrorCode::CoordinatorNotAvailable));
    assert!(matches!(&out.replies[..], [(TICKET, TransactionReply::Init(reply))] if *reply == refused));
    // Those that are there go on.
    assert!(!init(&mut machine, &"0".repeat(100)).records.is_empty());
}

#[test]
fn many_tombstones_do_not_make_one_huge_batch() {
    let mut machine = full(TransactionState::Empty);
    let later = NOW + machine.settings.id_expiration;
    let mut batches = 0;
    loop {
        let out = at(later, |context| machine.expire(context, TransactionTimer::Expiration));
        let bytes: usize = out.records.iter().map(|record| record.encode().0.len()).sum();
        assert!(bytes < 20_000, "{bytes} bytes in one batch");
        out.records.iter().for_each(|record| machine.apply(record));
        batches += 1;
        let [TimerChange::Arm(TransactionTimer::Expiration, next)] = out.timers[..] else {
            panic!("the next look is not planned: {:?}", out.timers)
        };
        if next > later {
            break;
        }
    }
    assert!(machine.ids.is_empty());
    assert!(batches > 1);
}

#[test]
fn a_transaction_with_too_many_partitions_for_a_record_takes_no_more() {
    let mut machine = TransactionCoordinator::new(TransactionSettings::default(), 0);
    init(&mut machine, "tx").records.iter().for_each(|record| machine.apply(record));
    let add = |machine: &mut TransactionCoordinator, partitions: std::ops::Range<i32>| {
        let request = AddPartitions {
            transactional_id: "tx".to_owned(),
            producer: Producer { id: 1 << 40, epoch: 0 },
            partitions: partitions.map(|partition| TopicPartition::new("t", partition)).collect(),
            client_version: 0,
        };
        let out = at(NOW, |context| machine.handle(context, TICKET, request.request()));
        out.records.iter().for_each(|record| machine.apply(record));
        match &out.replies[..] {
            [(TICKET, TransactionReply::Add(reply))] => (*reply, out.records),
            replies => panic!("{replies:?}"),
        }
    };
    let (reply, records) = add(&mut machine, 0..200_000);
    assert_eq!(reply, Ok(()));
    assert!(records[0].encode().1.is_some_and(|value| value.len() < 1_000_000));
    let (reply, records) = add(&mut machine, 200_000..250_000);
    assert_eq!(reply, Err(ErrorCode::UnknownServerError));
    assert!(records.is_empty());
    assert_eq!(add(&mut machine, 200_000..210_000).0, Ok(()));
}
