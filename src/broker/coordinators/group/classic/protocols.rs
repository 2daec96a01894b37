//! Which way of assigning a group uses: every member must know it, and each member has a vote.

use super::group::{ClassicGroup, Phase};
use super::member::Protocol;

impl ClassicGroup {
    /// Whether somebody who knows these protocols fits in. Names are compared as they are.
    pub(super) fn supports(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.phase == Phase::Empty {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type() == Some(protocol_type) && protocols.iter().any(|p| self.is_known_to_all(&p.name))
    }

    fn is_known_to_all(&self, protocol: &str) -> bool {
        self.members.values().all(|member| member.knows(protocol))
    }

    /// The protocol of the next generation: among those known to all, the one with most votes, each member voting for
    /// the first that it lists. A tie goes to the one that the leader prefers.
    pub(super) fn elect_protocol(&self) -> Option<String> {
        let leader =
            self.leader.as_ref().and_then(|id| self.members.get(id)).or_else(|| self.members.values().next())?;
        let candidates: Vec<&str> =
            leader.protocols.iter().map(|p| p.name.as_str()).filter(|name| self.is_known_to_all(name)).collect();
        let mut votes = vec![0usize; candidates.len()];
        for member in self.members.values() {
            let choice = member.protocols.iter().find_map(|p| candidates.iter().position(|c| *c == p.name));
            if let Some(vote) = choice.and_then(|choice| votes.get_mut(choice)) {
                *vote += 1;
            }
        }
        let most = votes.iter().max()?;
        let winner = votes.iter().position(|count| count == most)?;
        candidates.get(winner).map(|name| (*name).to_owned())
    }
}
