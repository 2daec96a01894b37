//! Who is to have what: the assignors that the coordinator itself has.
//!
//! `uniform` gives everybody the same number of partitions and moves as few as it can; `range` gives everybody a range
//! of each topic, so that topics with as many partitions go together. As in Kafka 4.2, neither looks at racks.
//!
//! Source: `UniformAssignor`, `RangeAssignor` of Kafka 4.2.1. Which member gets which partition is no contract; Kafka's
//! own answer hangs on the order of a hash map. Here it depends on nothing but the input.

mod range;
mod uniform;

use std::collections::{BTreeMap, BTreeSet};

use super::assignment::Assignment;
use crate::vocabulary::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Assignor {
    Uniform,
    Range,
}

impl Assignor {
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Uniform => "uniform",
            Assignor::Range => "range",
        }
    }

    /// By its name, or by the class that it is in Kafka.
    pub fn named(name: &str) -> Option<Assignor> {
        match name {
            "uniform" | "org.apache.kafka.coordinator.group.assignor.UniformAssignor" => Some(Assignor::Uniform),
            "range" | "org.apache.kafka.coordinator.group.assignor.RangeAssignor" => Some(Assignor::Range),
            _ => None,
        }
    }

    /// The new target of each member, in the order of the members.
    pub fn assign(self, members: &[Wish], topics: &BTreeMap<Uuid, i32>) -> Vec<Assignment> {
        match self {
            Assignor::Uniform => uniform::assign(members, topics),
            Assignor::Range => range::assign(members, topics),
        }
    }
}

/// What an assignor knows of a member.
#[derive(Debug, Clone)]
pub struct Wish {
    pub instance: Option<String>,
    pub member: String,
    /// The topics that it asks for, all of which exist.
    pub topics: BTreeSet<Uuid>,
    /// Its target so far.
    pub target: Assignment,
}

#[cfg(test)]
mod tests;
