//! `storage info`: which of a node's directories are there, whose they are, and what is wrong with them.

use std::path::{Path, PathBuf};

use super::{directories, keys};
use crate::cli::Invocation;
use crate::cli::failure::{Failure, Kind};
use crate::standalone::storage::{self, Found};

/// Show the log directories of the node and what is wrong with them: exit code 1 if anything is.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The node's server.properties.
    #[arg(long, short, value_name = "FILE")]
    config: PathBuf,
}

pub fn run(args: &Args, invocation: &Invocation) -> anyhow::Result<()> {
    let keys = keys(&args.config, invocation)?;
    let (directories, _) = directories(&keys);
    let output = &invocation.output;
    if directories.is_empty() {
        return Ok(output.line("No directories specified.")?);
    }
    let report = report(directories.iter().map(PathBuf::as_path));
    if !report.found.is_empty() {
        output.line(if report.found.len() == 1 { "Found log directory:" } else { "Found log directories:" })?;
        list(&report.found, invocation)?;
    }
    if let Some(Found { cluster_id, node_id, directory_id }) = &report.metadata {
        let directory = directory_id.map(|id| format!("directory.id={id}, ")).unwrap_or_default();
        let metadata = format!("cluster.id={cluster_id}, {directory}node.id={node_id}, version=1");
        output.line(&format!("Found metadata: {{{metadata}}}\n"))?;
    }
    if report.problems.is_empty() {
        return Ok(());
    }
    output.line(if report.problems.len() == 1 { "Found problem:" } else { "Found problems:" })?;
    list(&report.problems, invocation)?;
    Err(Failure::silent(Kind::Failed).into())
}

fn list(lines: &[String], invocation: &Invocation) -> std::io::Result<()> {
    lines.iter().try_for_each(|line| invocation.output.line(&format!("  {line}")))?;
    invocation.output.line("")
}

#[derive(Default)]
struct Report {
    found: Vec<String>,
    problems: Vec<String>,
    /// What the first of them says.
    metadata: Option<Found>,
}

fn report<'a>(directories: impl Iterator<Item = &'a Path>) -> Report {
    let mut report = Report::default();
    for directory in directories {
        let name = directory.display().to_string();
        match std::fs::metadata(directory) {
            Err(_) => report.problems.push(format!("{name} does not exist")),
            Ok(metadata) if !metadata.is_dir() => report.problems.push(format!("{name} is not a directory")),
            Ok(_) => {
                report.look_into(directory);
                report.found.push(name);
            }
        }
    }
    report
}

impl Report {
    fn look_into(&mut self, directory: &Path) {
        match (storage::read(directory), &self.metadata) {
            (Err(fault), _) => {
                let path = directory.join("meta.properties");
                self.problems.push(format!("Error loading {}: {fault}", path.display()));
            }
            (Ok(None), _) => self.problems.push(format!("{} is not formatted.", directory.display())),
            (Ok(Some(found)), None) => self.metadata = Some(found),
            (Ok(Some(found)), Some(first)) if found.cluster_id != first.cluster_id => {
                self.problems.push("Mismatched cluster IDs between storage directories.".to_owned());
            }
            (Ok(Some(found)), Some(first)) if found.node_id != first.node_id => {
                self.problems.push("Mismatched node IDs between storage directories.".to_owned());
            }
            (Ok(Some(_)), Some(_)) => {}
        }
    }
}
