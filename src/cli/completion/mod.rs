//! What a shell offers after Tab: commands, options, and names of the live cluster.
//!
//! The scripts in `completions/` call this program with `KAVKA_COMPLETE=SHELL` and the words typed so far; it answers out of
//! the one definition of the commands, so that the scripts stay as they are when commands change. Names of topics, groups,
//! configurations and transactional ids come from the cluster that the words name (see `names`). Nothing is ever said about
//! what goes wrong: a person is in the middle of typing.

mod cache;
mod names;
mod words;

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use clap::{Arg, Command};
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};
use clap_complete::{ArgValueCompleter, CompletionCandidate};

use super::commands::Kavka;
use super::is_own;
use super::tools::{Dialect, TOOLS, Tool, recognise};
use names::{Kind, Names};
use words::Words;

/// The variable by which a shell asks.
pub const VARIABLE: &str = "KAVKA_COMPLETE";

/// The shells that can be helped.
const SHELLS: [&dyn EnvCompleter; 4] = [&Bash, &Zsh, &Fish, &Powershell];

/// The script that a shell reads once, by the name of the shell.
pub fn script(shell: &str) -> Option<String> {
    let completer = SHELLS.into_iter().find(|completer| completer.is(shell))?;
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "kavka", "kavka", "kavka", &mut script).ok()?;
    let names: Vec<String> =
        TOOLS.iter().flat_map(|tool| [tool.name.to_owned(), format!("{}.sh", tool.name)]).collect();
    let script = String::from_utf8(script).ok()?;
    Some(match completer.name() {
        "bash" => {
            format!("{}\n", script.replace("_kavka kavka\n", &format!("_kavka kavka {}\n", names.join(" "))).trim())
        }
        "zsh" => zsh_script(&script, &names),
        "fish" => {
            let commands: String = names.iter().map(|name| format!("--command {name} ")).collect();
            script.replace("--command kavka ", &format!("--command kavka {commands}"))
        }
        _ => script,
    })
}

/// Read out of `fpath`, a zsh script is the function itself the first time it is asked.
fn zsh_script(script: &str, names: &[String]) -> String {
    let names = names.join(" ");
    let script = script.replace("#compdef kavka\n", &format!("#compdef kavka {names}\n"));
    let (body, _) = script.split_once("\ncompdef ").unwrap_or((&script, ""));
    format!(
        "{body}\nif [ \"$funcstack[1]\" = \"_kavka\" ]; then\n    _clap_dynamic_completer_kavka \"$@\"\nelse\n    \
         compdef _clap_dynamic_completer_kavka kavka {names}\nfi\n"
    )
}

/// Answers if a shell has asked; gives whether it has. Without words it is told its script.
pub fn answer(argv: &[OsString]) -> bool {
    let Some(shell) = std::env::var_os(VARIABLE).filter(|shell| !shell.is_empty()) else { return false };
    let shell = Path::new(&shell).file_stem().unwrap_or(OsStr::new("")).to_string_lossy().into_owned();
    let typed = argv.iter().position(|word| word == "--").map_or(&[][..], |at| &argv[at + 1..]);
    let answered = if typed.is_empty() { script(&shell).map(String::into_bytes) } else { offers(&shell, typed) };
    // The reader is a shell in the middle of a line: there is nobody to be told of an error.
    let _ = std::io::stdout().write_all(&answered.unwrap_or_default());
    true
}

/// What fits behind the words, in the shell's own form.
fn offers(shell: &str, typed: &[OsString]) -> Option<Vec<u8>> {
    let completer = SHELLS.into_iter().find(|completer| completer.is(shell))?;
    let current_dir = std::env::current_dir().ok();
    let mut answer = Vec::new();
    if completer.name() != "bash" {
        let mut command = commands(typed);
        completer.write_complete(&mut command, typed.to_vec(), current_dir.as_deref(), &mut answer).ok()?;
        return Some(answer);
    }
    // Bash has taken words apart at colons and equals signs.
    let index = std::env::var("_CLAP_COMPLETE_INDEX").ok()?.parse().ok()?;
    let words = Words::joined(typed, index);
    let mut command = commands(&words.words);
    let found = clap_complete::engine::complete(&mut command, words.words.clone(), words.index, current_dir.as_deref());
    let found = found.ok()?;
    let separator = std::env::var("_CLAP_IFS").unwrap_or_else(|_| "\n".to_owned());
    let values = found.iter().map(|candidate| candidate.get_value().to_string_lossy().into_owned());
    let values: Vec<String> = values.filter_map(|value| Some(value.strip_prefix(&words.already)?.to_owned())).collect();
    Some(values.join(&separator).into_bytes())
}

/// The commands as the first word knows them: all of ours, or one under Apache's name without options of our own.
fn commands(typed: &[OsString]) -> Command {
    let call = recognise(typed.to_vec());
    let names = Arc::new(Names::new(typed, call.dialect));
    let command = match call.dialect {
        Dialect::Apache(tool) => apache_command(tool),
        Dialect::Kavka => Kavka::whole(),
    };
    with_names(command, &names)
}

fn apache_command(tool: &Tool) -> Command {
    let command = Kavka::command_of(tool.command).unwrap_or_else(Kavka::whole);
    // Hidden options would still be offered where nothing else fits.
    let kept = command.get_arguments().filter(|arg| !is_own(arg) && !arg.is_hide_set()).cloned();
    Command::new(tool.name).args(kept).subcommands(command.get_subcommands().cloned())
}

/// Lets every option whose value is the name of something ask the cluster for it.
fn with_names(command: Command, names: &Arc<Names>) -> Command {
    let ask = |arg: Arg| match Kind::of(arg.get_id().as_str()) {
        None => arg,
        Some(kind) => {
            let names = Arc::clone(names);
            arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
                names.matching(kind, typed).into_iter().map(CompletionCandidate::new).collect::<Vec<_>>()
            }))
        }
    };
    command.mut_args(ask).mut_subcommands(|sub| with_names(sub, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_is_told_all_names_that_people_call_us_by() {
        for shell in ["bash", "zsh", "fish"] {
            let script = script(shell).unwrap();
            for name in ["kavka", "kafka-topics.sh", "kafka-console-consumer"] {
                assert!(script.contains(name), "{shell}: {name}");
            }
            assert!(script.contains(VARIABLE));
        }
        assert!(script("powershell").is_some() && script("tcsh").is_none());
    }

    #[test]
    fn under_apaches_name_only_apaches_options_are_offered() {
        let offered = |words: &[&str]| -> Vec<String> {
            let typed: Vec<OsString> = words.iter().map(OsString::from).collect();
            let index = typed.len() - 1;
            let found = clap_complete::engine::complete(&mut commands(&typed), typed, index, None).unwrap();
            found.iter().map(|candidate| candidate.get_value().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(offered(&["/opt/kafka/bin/kafka-topics.sh", "--bootstrap"]), ["--bootstrap-server"]);
        assert!(offered(&["kafka-topics.sh", "--data"]).is_empty());
        assert_eq!(offered(&["kavka", "topics", "--data"]), ["--data-dir"]);
        assert_eq!(offered(&["kavka", "top"]), ["topics"]);
        for tool in TOOLS {
            assert!(!offered(&[tool.name, "--"]).is_empty(), "{}", tool.name);
        }
    }
}
