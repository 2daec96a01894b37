//! What the demo shows.

/// A command, and a sentence on what it is good for.
pub struct Step {
    pub purpose: &'static str,
    pub command: &'static str,
}

pub const OPENING: &str = "\
# kavka needs no server: a command without --bootstrap-server works on a directory,
# and whichever command runs serves it to the others. This demo uses one of its own.";

pub const STEPS: &[Step] = &[
    Step { purpose: "A topic with three partitions.", command: "kavka topics --create --topic orders --partitions 3" },
    Step {
        purpose: "Nine orders, a line each, with the customer as key: one customer's orders stay in order.",
        command: "printf '%s\\n' ada:tea bob:coffee mia:milk ada:scone bob:cake mia:cocoa ada:jam bob:juice mia:bread |\n    \
                  kavka produce --topic orders --key-separator :",
    },
    Step {
        purpose: "One group reads them all.",
        command: "kavka consume --topic orders --group billing --from-beginning --max-messages 9 \\\n    \
                  --formatter-property print.key=true --formatter-property print.partition=true",
    },
    Step {
        purpose: "Another group reads for itself, and stops after four.",
        command: "kavka consume --topic orders --group shipping --from-beginning --max-messages 4 \\\n    \
                  --formatter-property print.key=true --formatter-property print.partition=true",
    },
    Step {
        purpose: "How far each group has come. LAG is what it has still to read.",
        command: "kavka groups --describe --all-groups",
    },
    Step {
        purpose: "It takes up where it stopped: --from-beginning is only for what it has not read from yet.",
        command: "kavka consume --topic orders --group shipping --from-beginning --max-messages 5",
    },
    Step { purpose: "Now nothing is left for either of them.", command: "kavka groups --describe --all-groups" },
];

pub const CLOSING: &str = "
# That was it; the directory is gone again. Yours is made by the first command that you run.
# `kavka broker start` serves it on port 9092, to every Kafka client. `kavka --help` lists the commands.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_fits_a_terminal_and_continues_as_a_shell_wants() {
        for step in STEPS {
            assert!(format!("# {}", step.purpose).len() <= 100, "{}", step.purpose);
            let lines: Vec<&str> = step.command.lines().collect();
            assert!(lines.iter().all(|line| line.len() <= 100), "{}", step.command);
            let (_, continued) = lines.split_last().unwrap();
            assert!(continued.iter().all(|line| line.ends_with(['|', '\\'])), "{}", step.command);
        }
    }
}
