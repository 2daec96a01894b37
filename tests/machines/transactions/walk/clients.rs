//! What clients ask for, mostly with the producer that they have, and what they make of the answers.

use kavka::broker::coordinators::transaction::{
    AddPartitions, EndTransaction, InitProducer, ListTransactions, Producer, Refused, TransactionReply,
    TransactionRequest, VerifyPartitions,
};
use kavka::broker::machine::Call;
use kavka::protocol::ErrorCode;
use kavka::vocabulary::TopicPartition;
use rand::RngExt;
use rand::seq::IndexedRandom;

use super::{CLIENTS, IDS, LONGEST_TIMEOUT, Walk};

pub struct Client {
    id: String,
    /// Speaks the second protocol.
    is_second: bool,
    has: Option<Producer>,
    /// What it had; a request may be on its way for long.
    had: Vec<Producer>,
    /// What it asked for last, and may ask for again.
    last: Option<Asked>,
}

impl Client {
    pub fn new(id: String, is_second: bool) -> Client {
        Client { id, is_second, has: None, had: Vec::new(), last: None }
    }
}

/// What a ticket was given for.
#[derive(Clone)]
pub enum Asked {
    Init(InitProducer),
    Add(AddPartitions),
    Verify(VerifyPartitions),
    End(EndTransaction),
    Else,
}

impl Walk {
    /// Mostly the one whose turn it is with some id.
    fn some_client(&mut self) -> usize {
        let id = self.random.random_range(0..IDS);
        if self.random.random_ratio(1, 20) {
            self.turns[id] = self.random.random_range(0..CLIENTS);
        }
        let turn = if self.random.random_ratio(9, 10) { self.turns[id] } else { self.random.random_range(0..CLIENTS) };
        id + turn * IDS
    }

    /// Mostly what it has; now and then what it had, or what nobody has.
    fn claimed(&mut self, client: usize) -> Producer {
        let nobody = Producer { id: 1 << 50, epoch: 0 };
        let client = &self.clients[client];
        match self.random.random_range(0..20) {
            0 => nobody,
            1 => client.has.map_or(nobody, |has| Producer { epoch: -1, ..has }),
            2..4 => client.had.choose(&mut self.random).copied().unwrap_or(nobody),
            _ => client.has.unwrap_or(nobody),
        }
    }

    fn some_partitions(&mut self) -> Vec<TopicPartition> {
        let count = self.random.random_range(0..4);
        (0..count).map(|_| TopicPartition::new("t", self.random.random_range(0..6))).collect()
    }

    /// Somebody who has a producer; whoever has none mostly asks for one instead.
    fn working_client(&mut self) -> Option<usize> {
        let client = self.some_client();
        if self.clients[client].has.is_none() && self.random.random_ratio(9, 10) {
            self.init_of(client);
            return None;
        }
        Some(client)
    }

    pub fn init(&mut self) {
        let client = self.some_client();
        self.init_of(client);
    }

    fn init_of(&mut self, client: usize) {
        let says_what_it_had = self.clients[client].has.is_some() && self.random.random();
        let request = InitProducer {
            transactional_id: self.clients[client].id.clone(),
            timeout_ms: self.random.random_range(1..=LONGEST_TIMEOUT.as_millis() as i32),
            had: says_what_it_had.then(|| self.claimed(client)),
            new_producer_id: None,
        };
        self.ask(client, Asked::Init(request));
    }

    pub fn add(&mut self) {
        let Some(client) = self.working_client() else { return };
        let request = AddPartitions {
            transactional_id: self.clients[client].id.clone(),
            producer: self.claimed(client),
            partitions: self.some_partitions(),
            client_version: if self.clients[client].is_second { 2 } else { 0 },
        };
        self.ask(client, Asked::Add(request));
    }

    /// The answer was lost, or comes later than expected.
    pub fn repeat(&mut self) {
        let client = self.some_client();
        if let Some(asked) = self.clients[client].last.clone() {
            self.ask(client, asked);
        }
    }

    pub fn verify(&mut self) {
        let Some(client) = self.working_client() else { return };
        let request = VerifyPartitions {
            transactional_id: self.clients[client].id.clone(),
            producer: self.claimed(client),
            partitions: self.some_partitions(),
        };
        self.ask(client, Asked::Verify(request));
    }

    pub fn end(&mut self) {
        let Some(client) = self.working_client() else { return };
        let request = EndTransaction {
            transactional_id: self.clients[client].id.clone(),
            producer: self.claimed(client),
            committed: self.random.random(),
            client_version: if self.clients[client].is_second { 2 } else { 0 },
            new_producer_id: None,
        };
        self.ask(client, Asked::End(request));
    }

    pub fn ask(&mut self, client: usize, asked: Asked) {
        let request: TransactionRequest = match &asked {
            Asked::Init(init) => init.clone().request(),
            Asked::Add(add) => add.clone().request(),
            Asked::Verify(verify) => verify.clone().request(),
            Asked::End(end) => end.clone().request(),
            Asked::Else => ListTransactions::default().request(),
        };
        self.clients[client].last = Some(asked.clone());
        if self.is_told {
            println!("client {client}: {request:?}");
        }
        let (ticket, events) = self.stage.ask(request);
        self.asked.insert(ticket, (client, asked));
        self.happened(events);
    }

    pub fn replied(&mut self, client: usize, asked: Asked, reply: TransactionReply) {
        match (asked, reply) {
            (Asked::Init(asked), TransactionReply::Init(reply)) => self.initialized(client, asked, reply),
            (Asked::Add(asked), TransactionReply::Add(reply)) => {
                if reply.is_ok() {
                    self.model.acknowledged(&asked.transactional_id, asked.producer, &asked.partitions);
                }
                self.may_give_up(client, asked.producer, reply.err());
                self.saw(&format!("add {}", reply.map_or_else(ErrorCode::name, |()| "ok")));
            }
            (Asked::Verify(asked), TransactionReply::Verify(Ok(partitions))) => {
                let id = &self.model.ids[&asked.transactional_id];
                for (partition, code) in &partitions {
                    assert_eq!(code.is_none(), id.partitions.contains(partition), "{}", asked.transactional_id);
                }
                if partitions.iter().any(|(_, code)| *code == ErrorCode::TransactionAbortable) {
                    self.saw("verify TRANSACTION_ABORTABLE");
                }
            }
            (Asked::End(asked), TransactionReply::End(reply)) => self.ended(client, asked, reply),
            (Asked::Else, TransactionReply::List(listed)) => {
                let known = self.model.ids.iter().map(|(name, id)| (name.clone(), id.producer.id, id.state.name()));
                let listed = listed.into_iter().map(|one| (one.transactional_id, one.producer_id, one.state));
                assert!(known.eq(listed), "the list is not what the log says");
            }
            (Asked::Verify(_), TransactionReply::Verify(Err(_)))
            | (Asked::Else, TransactionReply::MarkersWritten(())) => (),
            (_, reply) => panic!("{reply:?} is not what was asked for"),
        }
    }

    fn initialized(&mut self, client: usize, asked: InitProducer, reply: Result<Producer, Refused>) {
        match reply {
            Ok(given) => {
                self.saw(if self.clients[client].has.is_some_and(|has| has == given) {
                    "init again"
                } else {
                    "init ok"
                });
                self.is_given(client, given);
            }
            Err(Refused::Code(code)) => self.saw(&format!("init {}", code.name())),
            Err(Refused::NeedsProducerId) => {
                self.saw("init needs an id");
                assert_eq!(asked.new_producer_id, None, "one was given");
                let new_producer_id = Some(self.model.new_producer_id());
                self.ask(client, Asked::Init(InitProducer { new_producer_id, ..asked.clone() }));
                self.clients[client].last = Some(Asked::Init(asked));
            }
        }
    }

    fn ended(&mut self, client: usize, asked: EndTransaction, reply: Result<Producer, Refused>) {
        match reply {
            Ok(given) => {
                self.model.told_end(&asked.transactional_id, asked.committed);
                if asked.client_version < 2 {
                    assert_eq!(given, Producer { id: -1, epoch: -1 });
                    return self.saw("end ok");
                }
                self.saw(if self.clients[client].has.is_some_and(|has| has == given) { "end again" } else { "end ok" });
                self.is_given(client, given);
            }
            Err(Refused::Code(code)) => {
                self.may_give_up(client, asked.producer, Some(code));
                self.saw(&format!("end {}", code.name()));
            }
            Err(Refused::NeedsProducerId) => {
                self.saw("end needs an id");
                assert_eq!(asked.new_producer_id, None, "one was given");
                let new_producer_id = Some(self.model.new_producer_id());
                self.ask(client, Asked::End(EndTransaction { new_producer_id, ..asked.clone() }));
                self.clients[client].last = Some(Asked::End(asked));
            }
        }
    }

    /// Whoever is fenced may see that it is.
    fn may_give_up(&mut self, client: usize, producer: Producer, code: Option<ErrorCode>) {
        let is_over = matches!(code, Some(ErrorCode::ProducerFenced | ErrorCode::InvalidProducerIdMapping));
        let gives_up = is_over && self.random.random();
        let client = &mut self.clients[client];
        if gives_up && client.has == Some(producer) {
            client.had.extend(client.has.take());
        }
    }

    fn is_given(&mut self, number: usize, given: Producer) {
        self.model.given(given, number);
        let client = &mut self.clients[number];
        client.had.extend(client.has.replace(given));
    }
}
