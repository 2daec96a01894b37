//! `kavka install-tools DIR`: Apache's names for what this program does, as links to it, or as small scripts where the file
//! system has no links.
//!
//! What is there and is not kavka's is never overwritten unless that is asked for; all of it is looked at before anything is
//! written. A second run changes nothing.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::Invocation;
use crate::cli::failure::{Failure, Kind};
use crate::cli::tools::TOOLS;

/// Install Apache's names (kafka-topics.sh, kafka-server-start.sh …) into a directory, as links to this program.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  kavka install-tools ~/kafka/bin
  ~/kafka/bin/kafka-topics.sh --bootstrap-server localhost:9092 --list")]
pub struct Args {
    /// Where to put them; it is made if it is not there.
    #[arg(value_name = "DIR")]
    directory: PathBuf,

    /// Overwrite files that are not kavka's, such as Apache's own scripts.
    #[arg(long)]
    force: bool,

    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,

    /// Install small scripts even where links can be made.
    #[arg(long)]
    scripts: bool,
}

/// What is in the place of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum There {
    Nothing,
    /// Ours, and as it would be installed.
    Current,
    /// Ours, of another place or form.
    Ours,
    Foreign,
}

/// The line by which a script of ours is known.
const MARK: &str = "# Installed by kavka install-tools.";

pub fn run(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    let program = std::env::current_exe().context("cannot find this program's own file")?;
    let names: Vec<String> = TOOLS.iter().map(|tool| format!("{}.sh", tool.name)).collect();
    let there = names
        .iter()
        .map(|name| Ok((name.as_str(), look(&args.directory.join(name), &program, name, args.scripts)?)))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let foreign: Vec<&str> =
        there.iter().filter(|(_, there)| *there == There::Foreign).map(|(name, _)| *name).collect();
    if !foreign.is_empty() && !args.force {
        let what = format!("{} holds files that are not kavka's: {}", args.directory.display(), foreign.join(", "));
        let failure = Failure::new(Kind::Refused, format!("{what}; nothing was installed"));
        return Err(failure.hint("name another directory, move them away, or overwrite them with --force").into());
    }
    let missing: Vec<&str> =
        there.iter().filter(|(_, there)| *there != There::Current).map(|(name, _)| *name).collect();
    if args.dry_run {
        for name in &missing {
            invocation.output.line(&format!("would install {}", args.directory.join(name).display()))?;
        }
    } else {
        fs::create_dir_all(&args.directory)
            .with_context(|| format!("cannot make the directory {}", args.directory.display()))?;
        for name in &missing {
            let path = args.directory.join(name);
            install(&path, &program, name, args.scripts)
                .with_context(|| format!("cannot install {}", path.display()))?;
        }
    }
    let (new, old) = (missing.len(), names.len() - missing.len());
    let would = if args.dry_run { "would be " } else { "" };
    let line = format!("{new} tools {would}installed in {}, {old} were there already", args.directory.display());
    Ok(invocation.output.line(&line)?)
}

fn look(path: &Path, program: &Path, name: &str, scripts: bool) -> anyhow::Result<There> {
    let metadata = match fs::symlink_metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(There::Nothing),
        metadata => metadata.with_context(|| format!("cannot look at {}", path.display()))?,
    };
    if metadata.is_symlink() {
        let target = fs::read_link(path).with_context(|| format!("cannot read the link {}", path.display()))?;
        return Ok(match target == program {
            true if !scripts => There::Current,
            true => There::Ours,
            false if target.file_name() == program.file_name() => There::Ours,
            false => There::Foreign,
        });
    }
    if !metadata.is_file() {
        return Ok(There::Foreign);
    }
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = String::from_utf8_lossy(&text);
    Ok(match text.lines().nth(1) {
        Some(MARK) if text == script(program, name) => There::Current,
        Some(MARK) => There::Ours,
        _ => There::Foreign,
    })
}

fn install(path: &Path, program: &Path, name: &str, scripts: bool) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    if !scripts && symlink(program, path).is_ok() {
        return Ok(());
    }
    fs::write(path, script(program, name))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// A server logs beside the directory of its script, which only the script knows.
fn script(program: &Path, name: &str) -> String {
    let log = match name {
        "kafka-server-start.sh" => ": \"${LOG_DIR:=$(dirname \"$0\")/../logs}\"; export LOG_DIR\n",
        _ => "",
    };
    let program = program.display().to_string().replace('\'', r"'\''");
    format!("#!/bin/sh\n{MARK}\n{log}exec '{program}' {name} \"$@\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ours_is_known_and_what_is_not_too() {
        let home = tempfile::tempdir().unwrap();
        let program = Path::new("/opt/kavka");
        let path = home.path().join("kafka-topics.sh");
        let seen = |scripts| look(&path, program, "kafka-topics.sh", scripts).unwrap();
        assert_eq!(seen(false), There::Nothing);
        install(&path, program, "kafka-topics.sh", false).unwrap();
        assert_eq!((seen(false), seen(true)), (There::Current, There::Ours));
        install(&path, program, "kafka-topics.sh", true).unwrap();
        assert_eq!(seen(true), There::Current);
        assert_eq!(look(&path, Path::new("/usr/kavka"), "kafka-topics.sh", true).unwrap(), There::Ours);
        fs::write(&path, "#!/bin/bash\nexec $(dirname $0)/kafka-run-class.sh x\n").unwrap();
        assert_eq!(seen(false), There::Foreign);
        fs::remove_file(&path).unwrap();
        symlink("/opt/kafka/bin/kafka-topics.sh", &path).unwrap();
        assert_eq!(seen(false), There::Foreign);
    }

    #[test]
    fn a_program_with_a_strange_name_is_quoted() {
        let text = script(Path::new("/o'pt/ka vka"), "kafka-topics.sh");
        assert!(text.ends_with("exec '/o'\\''pt/ka vka' kafka-topics.sh \"$@\"\n"), "{text}");
    }
}
