//! `kavka transactions` and `produce --transactional-id`: what a person sees. What Apache's tool prints is in `apache/`.

use crate::broker::Broker;
use crate::{Printed, run};

fn on(broker: &Broker, words: &str, stdin: &str) -> Printed {
    let words = format!("{words} --bootstrap-server {}", broker.address);
    run(broker.home(), &words.split(' ').collect::<Vec<_>>(), stdin)
}

fn committed(broker: &Broker) -> String {
    let words = "consume --topic t --from-beginning --until-end --isolation-level read_committed";
    on(broker, words, "").stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_input_is_committed_as_a_whole_or_piece_by_piece_or_not_at_all() {
    let broker = Broker::start();
    assert_eq!(on(&broker, "topics --create --topic t --partitions 1", "").code, Some(0));

    let whole = on(&broker, "produce --topic t --transactional-id x", "a\nb\nc\n");
    assert_eq!((whole.code, whole.stderr.as_str()), (Some(0), "Committed 3 records.\n"));
    let pieces = on(&broker, "produce --topic t --transactional-id x --transaction-records 2", "d\ne\nf\n");
    assert_eq!((pieces.code, pieces.stderr.as_str()), (Some(0), "Committed 3 records in 2 transactions.\n"));

    let words = "produce --topic t --transactional-id x --key-separator = --transaction-records 2";
    let broken = on(&broker, words, "k=g\nk=h\nk=i\nno key\n");
    assert_eq!(broken.code, Some(1));
    let told = "the transaction of 1 record was aborted; 2 records were committed before\n";
    assert!(broken.stderr.contains(told), "{}", broken.stderr);
    assert_eq!(committed(&broker), "a b c d e f g h");

    let without = on(&broker, "produce --topic t --transaction-records 2", "z\n");
    assert_eq!(without.stderr, "error: --transaction-records needs --transactional-id\n");
    assert_eq!(without.code, Some(2));
}

#[test]
fn transactions_are_listed_and_ended_when_it_is_confirmed() {
    let broker = Broker::start();
    assert_eq!(on(&broker, "topics --create --topic t --partitions 1", "").code, Some(0));
    assert_eq!(on(&broker, "produce --topic t --transactional-id payments", "a\n").code, Some(0));

    let listed = on(&broker, "transactions list", "").stdout;
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["TRANSACTIONAL-ID", "COORDINATOR", "PRODUCER-ID", "STATE"]);
    assert_eq!((lines[1][0], lines[1][3], lines.len()), ("payments", "CompleteCommit", 2));
    let described = on(&broker, "transactions --output jsonl describe --transactional-id payments", "").stdout;
    assert!(described.contains(r#""transactional_id":"payments""#) && described.contains(r#""partitions":[]"#));
    assert_eq!(on(&broker, "transactions find-hanging --topic t", "").stdout, "");

    let missing = on(&broker, "transactions describe --transactional-id nobody", "");
    assert_eq!(missing.code, Some(5));
    assert_eq!(on(&broker, "transactions describe-producers --topic none --partition 0", "").code, Some(5));
    assert_eq!(on(&broker, "transactions abort --topic t --partition 0 --start-offset 9 --yes", "").code, Some(5));

    let asked = on(&broker, "transactions force-terminate --transactional-id payments", "");
    assert_eq!(asked.code, Some(6), "{}", asked.stderr);
    let done = on(&broker, "transactions force-terminate --transactional-id payments --yes", "");
    assert_eq!(done.stdout, "Terminated the transaction of payments.\n");
    assert!(on(&broker, "transactions list", "").stdout.contains("Empty"));
}
