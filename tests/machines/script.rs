//! The form of a script, and how one is compared or blessed.

use std::fs;
use std::path::{Path, PathBuf};

const SEPARATOR: &str = "----";

/// Lines of a script that stay as they are, and blocks that are run.
enum Part {
    Text(String),
    Block { commands: Vec<String>, expected: Vec<String> },
}

/// Whoever understands the commands of one kind of scripts.
pub trait Player {
    /// Runs one command and says what happens.
    fn run(&mut self, command: &str) -> Vec<String>;
}

pub fn run_all<P: Player>(folder: &str, begin: impl Fn() -> P) {
    let mut scripts: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    scripts.sort();
    assert!(!scripts.is_empty(), "there are no scripts in {folder}");
    let bless = std::env::var_os("KAVKA_BLESS").is_some();
    let wrong: Vec<String> = scripts.iter().filter_map(|path| run(path, begin(), bless)).collect();
    println!("{} scripts", scripts.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs one script; what is wrong with it, if anything.
fn run(path: &Path, mut player: impl Player, bless: bool) -> Option<String> {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let mut faults = Vec::new();
    let mut text = String::new();
    for part in parse(&fs::read_to_string(path).unwrap()) {
        match part {
            Part::Text(line) => text += &format!("{line}\n"),
            Part::Block { commands, expected } => {
                let outcome: Vec<String> = commands.iter().flat_map(|command| player.run(command)).collect();
                if outcome != expected {
                    faults.push(difference(&name, &commands, &expected, &outcome));
                }
                text += &format!("{}\n{SEPARATOR}\n", commands.join("\n"));
                text.extend(outcome.iter().map(|line| format!("{line}\n")));
            }
        }
    }
    if bless {
        fs::write(path, text).unwrap();
        return None;
    }
    (!faults.is_empty()).then(|| faults.join("\n"))
}

fn difference(name: &str, commands: &[String], expected: &[String], outcome: &[String]) -> String {
    let list = |lines: &[String]| lines.iter().map(|line| format!("    {line}\n")).collect::<String>();
    format!("{name}, after\n{}  expected\n{}  but got\n{}", list(commands), list(expected), list(outcome))
}

fn parse(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with('#') {
            parts.push(Part::Text(line.to_owned()));
            continue;
        }
        let mut commands = vec![line.to_owned()];
        commands.extend(lines.by_ref().take_while(|line| *line != SEPARATOR).map(str::to_owned));
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.is_empty()) {
            expected.push(line.to_owned());
        }
        parts.push(Part::Block { commands, expected });
    }
    parts
}
