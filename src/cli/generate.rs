//! Completions and manual pages, written from the one definition of the commands.

use std::path::Path;

use super::commands::Kavka;
use super::completion;

/// Every generated file with its content; paths are relative to the top of the repository.
pub fn generated_files() -> Vec<(String, Vec<u8>)> {
    let mut files = completions();
    let mut kavka = Kavka::whole();
    kavka.build();
    manual_pages(&kavka, &mut files);
    files
}

/// The generated files under `directory` whose content is not what would be written.
pub fn stale_files(directory: &Path) -> Vec<String> {
    let is_fresh = |path: &str, content: &[u8]| std::fs::read(directory.join(path)).is_ok_and(|old| old == content);
    generated_files().into_iter().filter(|(path, content)| !is_fresh(path, content)).map(|(path, _)| path).collect()
}

fn completions() -> Vec<(String, Vec<u8>)> {
    let shells = [("bash", "kavka.bash"), ("zsh", "_kavka"), ("fish", "kavka.fish"), ("powershell", "kavka.ps1")];
    let script = |(shell, file)| Some((format!("completions/{file}"), completion::script(shell)?.into_bytes()));
    shells.into_iter().filter_map(script).collect()
}

/// One page for the program and one for each command that is not hidden, families to any depth.
fn manual_pages(command: &clap::Command, files: &mut Vec<(String, Vec<u8>)>) {
    let mut page = Vec::new();
    if clap_mangen::Man::new(command.clone()).render(&mut page).is_ok() {
        files.push((format!("man/{}.1", command.get_display_name().unwrap_or(command.get_name())), page));
    }
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        manual_pages(sub, files);
    }
}
