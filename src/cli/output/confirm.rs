//! Asking before something is destroyed.

use std::io::{self, IsTerminal, Write};

use super::Output;
use crate::cli::failure::{Failure, Kind};

impl Output {
    /// Asks on a terminal whether to do `what`, such as "delete topic a". Without one nobody can be asked, so only `--yes`
    /// lets it through.
    pub fn confirm(&self, what: &str, yes: bool) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            let why = "it was not confirmed, and there is no terminal to ask at";
            let refusal = Failure::new(Kind::Refused, format!("refused to {what}: {why}"));
            return Err(refusal.hint("add --yes to do it without being asked"));
        }
        let _ = self.flush();
        let _ = io::stderr().write_all(format!("About to {what}. Go on? [y/N] ").as_bytes());
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer);
        if read.is_ok() && is_yes(&answer) {
            return Ok(());
        }
        Err(Failure::new(Kind::Refused, "not confirmed, so nothing was changed"))
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_confirms() {
        assert!(is_yes("y\n") && is_yes(" YES \n"));
        assert!(!is_yes("\n") && !is_yes("n") && !is_yes("yep") && !is_yes(""));
    }
}
