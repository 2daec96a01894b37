//! Folders in the place of files: everything below them that belongs to a partition or to a log directory.

use std::fs;
use std::path::{Path, PathBuf};

use super::names::Named;
use crate::cli::failure::{Failure, Kind};

const ENDS: [&str; 6] = [".log", ".index", ".timeindex", ".txnindex", ".snapshot", ".checkpoint"];
const TEXTS: [&str; 9] = [
    "leader-epoch-checkpoint",
    "partition.metadata",
    "meta.properties",
    "quorum-state",
    ".kafka_cleanshutdown",
    "recovery-point-offset-checkpoint",
    "log-start-offset-checkpoint",
    "replication-offset-checkpoint",
    "cleaner-offset-checkpoint",
];
/// Deeper folders are none of Kafka's.
const DEPTH: usize = 8;

/// The files that paths mean, in the order given, those of a folder by name.
pub fn files_of(paths: &[PathBuf]) -> Result<Vec<Named>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => collect(path, DEPTH, &mut files)?,
            Ok(_) => files.push(Named::new(&path.to_string_lossy())),
            Err(error) => {
                let kind = if error.kind() == std::io::ErrorKind::NotFound { Kind::NotFound } else { Kind::Failed };
                return Err(Failure::new(kind, format!("cannot open {}: {error}", path.display())));
            }
        }
    }
    Ok(files)
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<Named>) -> Result<(), Failure> {
    let unreadable =
        |error: std::io::Error| Failure::new(Kind::Failed, format!("cannot read {}: {error}", folder.display()));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    for path in paths {
        if path.is_dir() && !path.is_symlink() && depth > 0 {
            collect(&path, depth - 1, files)?;
        } else if path.is_file() {
            let named = Named::new(&path.to_string_lossy());
            if is_text(&named) || ENDS.iter().any(|end| named.name.ends_with(end)) {
                files.push(named);
            }
        }
    }
    Ok(())
}

/// Whether a file is text, to be shown as it is.
pub fn is_text(named: &Named) -> bool {
    TEXTS.contains(&named.name.as_str())
}
