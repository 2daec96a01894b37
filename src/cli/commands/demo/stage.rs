//! Where the demo's commands run: a temporary data directory, and a shell that finds this program under its name.

use std::env;
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use tempfile::TempDir;

/// Removed with everything on it when dropped.
pub struct Stage {
    home: TempDir,
    /// The search path of the shell, this program first.
    path: OsString,
}

impl Stage {
    pub fn set() -> io::Result<Stage> {
        let home = tempfile::Builder::new().prefix("kavka-demo-").tempdir()?;
        let programs = home.path().join("bin");
        std::fs::create_dir(&programs)?;
        symlink(env::current_exe()?, programs.join("kavka"))?;
        let others = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(std::iter::once(programs).chain(env::split_paths(&others)));
        Ok(Stage { home, path: path.map_err(io::Error::other)? })
    }

    pub fn data_directory(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// Runs a command line. What it prints goes where the demo prints.
    pub fn play(&self, command: &str) -> io::Result<ExitStatus> {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).env("PATH", &self.path);
        // Whatever else is set there must not lead to somebody's cluster.
        for (name, _) in env::vars_os().filter(|(name, _)| is_ours(name)) {
            shell.env_remove(name);
        }
        shell.env("KAVKA_DATA_DIR", self.data_directory()).status()
    }

    pub fn strike(self) -> io::Result<()> {
        self.home.close()
    }
}

fn is_ours(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("KAVKA_") || name.starts_with("KAFKA_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_runs_on_the_stages_directory_and_finds_this_program() {
        let stage = Stage::set().unwrap();
        let line = format!("test \"$KAVKA_DATA_DIR\" = '{}' && command -v kavka", stage.data_directory().display());
        assert!(stage.play(&format!("{line} > /dev/null")).unwrap().success());
        assert!(!stage.play("exit 3").unwrap().success());
        let home = stage.home.path().to_owned();
        stage.strike().unwrap();
        assert!(!home.exists());
    }
}
