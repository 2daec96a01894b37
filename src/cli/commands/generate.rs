//! `kavka generate`: completions and manual pages, for those who package kavka.

use std::path::PathBuf;

use anyhow::Context;

use crate::cli::Invocation;
use crate::cli::failure::Failure;
use crate::cli::generate::{generated_files, stale_files};

/// Write completions/ and man/ from the definitions of the commands.
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub struct Args {
    /// Directory under which completions/ and man/ are written.
    #[arg(long, value_name = "DIR", default_value = ".")]
    directory: PathBuf,

    /// Write nothing; fail when a file is not what would be written.
    #[arg(long)]
    check: bool,
}

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    if args.check {
        let failures = stale_files(&args.directory).into_iter();
        let failures = failures.map(|path| Failure::new(crate::cli::failure::Kind::Failed, format!("{path} is stale")));
        let failure = Failure::of_items(failures).map(|failure| failure.hint("run `kavka generate`"));
        return failure.map_or(Ok(()), |failure| Err(failure.into()));
    }
    for (path, content) in generated_files() {
        let path = args.directory.join(path);
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
        }
        std::fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        invocation.output.line(&path.display().to_string())?;
    }
    Ok(())
}
