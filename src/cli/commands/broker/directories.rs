//! Which directories a broker is started on: `--data-dir`, as often as there are disks, or Kafka's keys for them.

use std::path::{Path, PathBuf};

use crate::cli::failure::Failure;
use crate::cli::target_cluster::Surroundings;
use crate::standalone::BrokerKeys;

/// Kafka's keys for log directories, the stronger first, and for the metadata.
pub const LOG_DIRS: [&str; 2] = ["log.dirs", "log.dir"];
const METADATA_DIR: &str = "metadata.log.dir";

#[derive(Debug, Clone, Default, clap::Args)]
pub struct DirectoriesArgs {
    /// Data directory [default: kavka/data in the platform's data home, or KAVKA_DATA_DIR]. Several, separated by commas
    /// or by repeating the option, share the partitions; the first one holds the metadata.
    #[arg(long = "data-dir", value_name = "DIR", value_delimiter = ',')]
    data_dirs: Vec<PathBuf>,
}

/// Where a broker keeps its metadata, and its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directories {
    pub metadata: PathBuf,
    pub logs: Vec<PathBuf>,
}

impl DirectoriesArgs {
    pub fn named(&self) -> &[PathBuf] {
        &self.data_dirs
    }

    /// `typed`: the keys for directories were typed beside the options; else the options go over them. `from_file`: where
    /// nothing says where, it is where Kafka would go.
    pub fn resolve(&self, keys: &BrokerKeys, typed: bool, from_file: bool) -> Result<Directories, Failure> {
        let key = LOG_DIRS.into_iter().find(|name| keys.explicit(name).is_some());
        let named: Vec<PathBuf> = match key {
            Some(key) if typed && !self.data_dirs.is_empty() => {
                return Err(Failure::usage(format!("--data-dir and {key} both name the data directories")));
            }
            _ if !self.data_dirs.is_empty() => self.data_dirs.clone(),
            None if !from_file => vec![home()?],
            key => keys.list(key.unwrap_or(LOG_DIRS[1])).into_iter().map(PathBuf::from).collect(),
        };
        let mut logs: Vec<PathBuf> = Vec::new();
        for directory in &named {
            let directory = absolute(directory)?;
            if logs.contains(&directory) {
                return Err(Failure::usage(format!("the data directory {} is named twice", directory.display())));
            }
            logs.push(directory);
        }
        let metadata = match keys.explicit(METADATA_DIR) {
            Some(named) => Some(absolute(Path::new(named))?),
            None => logs.first().cloned(),
        };
        let metadata = metadata.ok_or_else(|| Failure::usage("no data directory was named"))?;
        Ok(Directories { metadata, logs })
    }
}

fn home() -> Result<PathBuf, Failure> {
    Surroundings::of_process().data_directory(None).ok_or_else(|| {
        Failure::usage("no data directory was named, and without HOME there is no place for one")
            .hint("name a directory with --data-dir")
    })
}

pub fn absolute(directory: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(directory)
        .map_err(|e| Failure::usage(format!("'{}' is no directory's name: {e}", directory.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(options: &[&str], keys: &[(&str, &str)]) -> Result<Directories, String> {
        let mut set = BrokerKeys::default();
        keys.iter().for_each(|(name, value)| set.set(name, value).unwrap());
        let args = DirectoriesArgs { data_dirs: options.iter().map(PathBuf::from).collect() };
        args.resolve(&set, true, false).map_err(|failure| failure.messages.join("\n"))
    }

    fn directories(metadata: &str, logs: &[&str]) -> Result<Directories, String> {
        Ok(Directories { metadata: metadata.into(), logs: logs.iter().map(PathBuf::from).collect() })
    }

    #[test]
    fn the_first_directory_holds_the_metadata_unless_kafkas_key_says_otherwise() {
        assert_eq!(resolve(&["/a", "/b"], &[]), directories("/a", &["/a", "/b"]));
        assert_eq!(resolve(&[], &[("log.dirs", "/b, /a"), ("log.dir", "/c")]), directories("/b", &["/b", "/a"]));
        assert_eq!(resolve(&["/a"], &[("metadata.log.dir", "/m")]), directories("/m", &["/a"]));
        assert_eq!(resolve(&[], &[("log.dir", "/c")]), directories("/c", &["/c"]));
    }

    #[test]
    fn options_go_over_a_file_and_without_either_it_is_kafkas_default() {
        let mut keys = BrokerKeys::default();
        let resolve = |options: &[&str], keys: &BrokerKeys| {
            let args = DirectoriesArgs { data_dirs: options.iter().map(PathBuf::from).collect() };
            args.resolve(keys, false, true).map(|found| found.logs).unwrap()
        };
        assert_eq!(resolve(&[], &keys), [PathBuf::from("/tmp/kafka-logs")]);
        keys.set("log.dirs", "/b").unwrap();
        assert_eq!(resolve(&[], &keys), [PathBuf::from("/b")]);
        assert_eq!(resolve(&["/a"], &keys), [PathBuf::from("/a")]);
    }

    #[test]
    fn what_names_directories_twice_is_a_usage_error() {
        assert!(resolve(&["/a", "/a"], &[]).unwrap_err().contains("named twice"));
        assert!(resolve(&["/a"], &[("log.dirs", "/b")]).unwrap_err().contains("both"));
    }
}
