//! The cluster that a command talks to.
//!
//! `--bootstrap-server`, else `bootstrap.servers` of `--command-config`, else `KAVKA_BOOTSTRAP_SERVERS` or
//! `KAFKA_BOOTSTRAP_SERVERS`, else standalone on the local data directory. Under Apache's names only the first two
//! count.

use std::path::{Path, PathBuf};

/// Where to find the cluster.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TargetArgs {
    /// Kafka servers to connect to. Without them the command works on the local data directory.
    #[arg(long, value_name = "HOST:PORT,…")]
    pub bootstrap_server: Option<String>,

    /// File of client settings in Java's properties syntax: security, timeouts, bootstrap.servers.
    #[arg(long, value_name = "FILE")]
    pub command_config: Option<PathBuf>,

    /// Directory of the standalone cluster [default: kavka/data in the platform's data home, or KAVKA_DATA_DIR].
    #[arg(long, value_name = "DIR", conflicts_with = "bootstrap_server", help_heading = super::OWN_OPTIONS)]
    pub data_dir: Option<PathBuf>,
}

/// What the environment says about the cluster; a value, so that tests need not change the process.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub servers: Option<String>,
    pub data_dir: Option<PathBuf>,
    pub data_home: Option<PathBuf>,
}

impl Surroundings {
    pub fn of_process() -> Surroundings {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        Surroundings {
            servers: text("KAVKA_BOOTSTRAP_SERVERS").or_else(|| text("KAFKA_BOOTSTRAP_SERVERS")),
            data_dir: std::env::var_os("KAVKA_DATA_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from),
            data_home: data_home(),
        }
    }

    /// The directory of the standalone cluster, if it can be told.
    pub fn data_directory(&self, given: Option<&Path>) -> Option<PathBuf> {
        let named = given.map(Path::to_owned).or_else(|| self.data_dir.clone());
        named.or_else(|| self.data_home.as_ref().map(|home| home.join("kavka").join("data")))
    }
}

/// Where the platform wants programs to keep data of their user.
fn data_home() -> Option<PathBuf> {
    let directory = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let in_home = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" };
    directory("XDG_DATA_HOME").or_else(|| Some(directory("HOME")?.join(in_home)))
}

/// A broker that this process hosts for the life of the command.
pub struct Hosted {}

impl Hosted {
    pub fn close(self) -> anyhow::Result<()> {
        Ok(())
    }
}
