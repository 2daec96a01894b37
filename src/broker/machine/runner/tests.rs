use std::sync::Mutex;

use super::*;
use crate::broker::machine::TimerChange;

/// Adds numbers up, and parks requests.
#[derive(Default)]
struct Counter {
    total: i64,
    parked: Vec<Ticket>,
    abandoned: i64,
}

#[derive(Debug)]
enum Ask {
    Add(i64),
    /// Answered by a timer at once.
    Park,
    /// Never answered.
    Wait,
    Read,
    ReadAbandoned,
}

impl Machine for Counter {
    type Request = Ask;
    type Reply = i64;
    type Record = i64;
    type Timer = &'static str;
    type Task = ();

    fn handle(&mut self, context: &mut Context<'_>, ticket: Ticket, request: Ask) -> Outcome<Self> {
        match request {
            Ask::Add(n) => Outcome { records: vec![n], replies: vec![(ticket, self.total + n)], ..Outcome::none() },
            Ask::Read => Outcome::reply(ticket, self.total),
            Ask::ReadAbandoned => Outcome::reply(ticket, self.abandoned),
            Ask::Wait => Outcome::none(),
            Ask::Park => {
                self.parked.push(ticket);
                Outcome { timers: vec![TimerChange::Arm("release", context.now)], ..Outcome::none() }
            }
        }
    }

    fn expire(&mut self, _: &mut Context<'_>, timer: &'static str) -> Outcome<Self> {
        assert_eq!(timer, "release");
        let replies = self.parked.drain(..).map(|ticket| (ticket, -1)).collect();
        Outcome { replies, ..Outcome::none() }
    }

    fn apply(&mut self, record: &i64) {
        self.total += record;
    }

    fn loaded(&mut self, _: &mut Context<'_>) -> Outcome<Self> {
        Outcome::none()
    }

    fn abandon(&mut self, ticket: Ticket) {
        assert!(!self.parked.contains(&ticket));
        self.abandoned += 1;
    }
}

/// Keeps records in memory and refuses the number 13.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<i64>>>);

impl Journal<i64> for Memory {
    fn append(&mut self, records: &[i64], _: Timestamp) -> Result<(), JournalError> {
        if records.contains(&13) {
            return Err(JournalError("13 is bad luck".to_owned()));
        }
        self.0.lock().unwrap().extend(records);
        Ok(())
    }

    fn replay(&mut self, each: &mut dyn FnMut(i64)) -> Result<(), JournalError> {
        self.0.lock().unwrap().iter().for_each(|record| each(*record));
        Ok(())
    }
}

fn counter(journal: Memory) -> (MachineHandle<Counter>, watch::Receiver<i64>) {
    let (published, seen) = watch::channel(0);
    let (_, image) = watch::channel(Arc::new(ClusterImage::default()));
    let handle = MachineHandle::start(Setup {
        name: "counter".to_owned(),
        fresh: Box::new(Counter::default),
        journal: Box::new(journal),
        image,
        first_write: None,
        applied: Box::new(move |counter: &Counter| {
            published.send_replace(counter.total);
        }),
        start_task: Box::new(|(), _| ()),
    });
    (handle, seen)
}

#[tokio::test]
async fn a_machine_continues_from_its_journal() {
    let journal = Memory::default();
    journal.0.lock().unwrap().extend([1, 2]);
    let (counter, _) = counter(journal);
    assert_eq!(counter.ask(Ask::Read).await, Ok(3));
}

#[tokio::test]
async fn state_is_published_before_the_reply_leaves() {
    let (counter, seen) = counter(Memory::default());
    assert_eq!(counter.ask(Ask::Add(5)).await, Ok(5));
    assert_eq!(*seen.borrow(), 5);
}

#[tokio::test]
async fn a_failed_append_is_reported_and_the_machine_loaded_again() {
    let journal = Memory::default();
    let (counter, seen) = counter(journal.clone());
    assert_eq!(counter.ask(Ask::Add(1)).await, Ok(1));
    assert_eq!(counter.ask(Ask::Add(13)).await, Err(Unavailable::Storage));
    assert_eq!(*seen.borrow(), 1);
    assert_eq!(counter.ask(Ask::Add(2)).await, Ok(3));
    assert_eq!(*journal.0.lock().unwrap(), [1, 2]);
}

#[tokio::test]
async fn a_timer_answers_a_parked_request() {
    let (counter, _) = counter(Memory::default());
    assert_eq!(counter.ask(Ask::Park).await, Ok(-1));
}

#[tokio::test]
async fn a_stopped_machine_answers_nobody() {
    let (counter, _) = counter(Memory::default());
    counter.stop().await.unwrap();
    assert_eq!(counter.ask(Ask::Read).await, Err(Unavailable::Stopped));
}

#[tokio::test]
async fn a_caller_that_stops_waiting_abandons_its_ticket() {
    let (counter, _) = counter(Memory::default());
    tokio::select! {
        biased;
        _ = counter.ask(Ask::Wait) => unreachable!("nobody answers"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(counter.ask(Ask::ReadAbandoned).await, Ok(1));
}
