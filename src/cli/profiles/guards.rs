//! `readonly` and `confirm`: what a profile refuses, or wants to be asked about, before anything is sent.
//!
//! A command tells what it is about to change ([`Intent`]); one that changes nothing passes every guard.

use crate::cli::failure::{Failure, Kind};

/// What a command is about to change on the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// In words that follow "refused to", such as "create a topic".
    pub what: &'static str,
    /// Nobody needs to be asked: `--yes` was given, or the command itself asks before it goes on.
    pub confirmed: bool,
}

impl Intent {
    pub fn new(what: &'static str, confirmed: bool) -> Intent {
        Intent { what, confirmed }
    }
}

/// The guards of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guards {
    pub profile: String,
    pub readonly: bool,
    pub confirm: bool,
}

impl Guards {
    /// Whether an intent passes as it is; if not, somebody has to confirm it.
    pub fn pass(&self, intent: &Intent) -> Result<bool, Failure> {
        if self.readonly {
            let refusal = format!("refused to {}: the profile {} is readonly", intent.what, self.profile);
            let hint = "take another --profile, or take `readonly` out of it; `kavka profiles` names its file";
            return Err(Failure::new(Kind::Refused, refusal).hint(hint));
        }
        Ok(!self.confirm || intent.confirmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readonly_refuses_even_what_is_confirmed() {
        let guards = Guards { profile: "prod".to_owned(), readonly: true, confirm: true };
        let failure = guards.pass(&Intent::new("create a topic", true)).unwrap_err();
        assert_eq!(failure.kind, Kind::Refused);
        assert_eq!(failure.messages, ["refused to create a topic: the profile prod is readonly"]);
    }

    #[test]
    fn what_is_confirmed_passes_the_question() {
        let guards = Guards { profile: "prod".to_owned(), readonly: false, confirm: true };
        assert_eq!(guards.pass(&Intent::new("create a topic", true)), Ok(true));
        assert_eq!(guards.pass(&Intent::new("create a topic", false)), Ok(false));
    }
}
