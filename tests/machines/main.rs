//! State machines over time: scripts in virtual time, each named for the rule that it shows.
//!
//! A script is text: comments, commands, `----`, and exactly what they lead to. Run with `KAVKA_BLESS=1` to write what
//! comes out into the scripts; a script that changes is a commit of its own that names the rule. Never edit the part
//! behind `----` by hand. `groups.rs`, `consumer.rs` and `transactions/mod.rs` have the commands, `script.rs` the form.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a script that cannot be read ends the test")]

mod consumer;
mod durations;
mod group_walk;
mod groups;
mod print;
mod print_consumer;
mod random;
mod rules;
mod script;
mod stage;
mod transactions;

#[test]
fn every_script_leads_to_what_it_says() {
    script::run_all(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/machines/scripts"), groups::GroupScript::new);
}

#[test]
fn every_script_about_transactions_leads_to_what_it_says() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/machines/scripts/transactions");
    script::run_all(folder, transactions::TransactionScript::new);
}
