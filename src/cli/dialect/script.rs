//! The words of Apache's two scripts around the server, which are read by the shell and only then by JOpt (reference:
//! cli/others.md, sections 24 and 25).
//!
//! They are written again as words of `kavka broker`. What the script itself says is on stdout, what `kafka.Kafka` says as
//! everywhere.

use std::ffi::OsString;

use super::jopt::{self, Argument, Fault, JoptOption};

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    ServerStart,
    ServerStop,
}

/// Why the server is not started.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Of the script, on stdout.
    Usage,
    /// Of the program, above its table of options.
    ProgramUsage(String),
    Version,
    /// Words that JOpt cannot read.
    Parsing(Fault),
}

impl Script {
    /// What `kafka.Kafka` shows of its options.
    pub fn program() -> clap::Command {
        let option = |name: &'static str, help: &'static str| clap::Arg::new(name).long(name).help(help);
        clap::Command::new("kafka.Kafka")
            .arg(option("override", "A value that goes over that of the file").value_name(""))
            .arg(option("version", "Print the version of Kafka.").action(clap::ArgAction::SetTrue))
    }

    pub fn read(self, words: Vec<OsString>) -> Result<Vec<OsString>, Refusal> {
        match self {
            Script::ServerStart => server_start(words),
            Script::ServerStop => Ok(server_stop(&words)),
        }
    }
}

/// The first word may be `-daemon`, the next one is the file whatever it is; behind it there is only `--override`.
/// `--detached` in the place of `-daemon` is what the background half of that is called with.
fn server_start(words: Vec<OsString>) -> Result<Vec<OsString>, Refusal> {
    let mut words = words.into_iter().peekable();
    let mut written: Vec<OsString> = vec!["start".into()];
    if words.peek().is_none() {
        return Err(Refusal::Usage);
    }
    if words.next_if(|word| word == "-daemon").is_some() {
        written.push("--detach".into());
    } else if words.next_if(|word| word == "--detached").is_some() {
        written.push("--detached".into());
    }
    let words: Vec<OsString> = words.collect();
    if written.last().is_some_and(|word| word == "--detach") {
        // Whatever is wrong with them is said in the log.
        written.extend(words.iter().map(|word| format!("--daemon-word={}", word.to_string_lossy()).into()));
        return Ok(written);
    }
    if words.is_empty() || words.iter().any(|word| word == "--help") {
        let usage = "USAGE: java [options] kafka.Kafka server.properties [--override property=value]*";
        return Err(Refusal::ProgramUsage(usage.to_owned()));
    }
    if words.iter().any(|word| word == "--version") {
        return Err(Refusal::Version);
    }
    let mut words = words.into_iter();
    let file = words.next().unwrap_or_default();
    let words: Vec<OsString> = words.collect();
    let overriding =
        JoptOption { name: "override".to_owned(), argument: Argument::Required, may_repeat: true, is_required: false };
    let line = jopt::read(words.clone(), std::slice::from_ref(&overriding)).map_err(Refusal::Parsing)?;
    let stray = stray_words(&words);
    if !stray.is_empty() {
        return Err(Refusal::ProgramUsage(format!("Found non argument parameters: {}", stray.join(","))));
    }
    written.extend(line.words);
    written.extend(["--".into(), file]);
    Ok(written)
}

fn stray_words(words: &[OsString]) -> Vec<String> {
    let mut stray = Vec::new();
    let mut words = words.iter().map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        match word.trim_start_matches('-') {
            "override" if word.starts_with('-') => drop(words.next()),
            _ if !word.starts_with('-') => stray.push(word.into_owned()),
            _ => {}
        }
    }
    stray
}

/// The script looks for two forms anywhere among its words and takes no notice of others.
fn server_stop(words: &[OsString]) -> Vec<OsString> {
    let mut written: Vec<OsString> = vec!["stop".into(), "--all".into()];
    let line: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    for name in ["--process-role", "--node-id"] {
        let given =
            line.iter().flat_map(|word| word.split(' ')).find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        written.extend(given.filter(|value| !value.is_empty()).map(|value| format!("{name}={value}").into()));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(script: Script, words: &[&str]) -> Result<Vec<String>, Refusal> {
        let read = script.read(words.iter().map(OsString::from).collect())?;
        Ok(read.into_iter().map(|word| word.into_string().unwrap()).collect())
    }

    #[test]
    fn the_server_has_a_file_and_overrides() {
        let start = |words: &[&str]| read(Script::ServerStart, words);
        assert_eq!(start(&["a.properties"]).unwrap(), ["start", "--", "a.properties"]);
        let overridden = start(&["a", "--override", "x=1", "--override=y="]).unwrap();
        assert_eq!(overridden, ["start", "--override=x=1", "--override=y=", "--", "a"]);
        assert_eq!(start(&["-daemon", "a"]).unwrap(), ["start", "--detach", "--daemon-word=a"]);
        assert_eq!(start(&[]), Err(Refusal::Usage));
        assert_eq!(start(&["a", "--version"]), Err(Refusal::Version));
        assert!(
            matches!(start(&["a", "--help"]), Err(Refusal::ProgramUsage(usage)) if usage.starts_with("USAGE: java"))
        );
        let stray = Refusal::ProgramUsage("Found non argument parameters: x,y".to_owned());
        assert_eq!(start(&["a", "x", "y"]), Err(stray));
        assert_eq!(start(&["a", "--frob"]), Err(Refusal::Parsing(Fault::Unrecognized("frob".to_owned()))));
        assert_eq!(start(&["a", "--override"]), Err(Refusal::Parsing(Fault::MissingArgument("override".to_owned()))));
    }

    #[test]
    fn the_stop_takes_two_forms_and_ignores_the_rest() {
        let stop = |words: &[&str]| read(Script::ServerStop, words).unwrap();
        assert_eq!(stop(&[]), ["stop", "--all"]);
        assert_eq!(stop(&["--node-id=3", "x"]), ["stop", "--all", "--node-id=3"]);
        let both = stop(&["--node-id=3", "--process-role=broker"]);
        assert_eq!(both, ["stop", "--all", "--process-role=broker", "--node-id=3"]);
        assert_eq!(stop(&["--node-id", "3"]), ["stop", "--all"]);
    }
}
