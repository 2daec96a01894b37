//! Where the platform wants programs to keep what belongs to their user. Source: the XDG base directory specification; on macOS,
//! Apple's file system guide.

use std::path::PathBuf;

pub fn user() -> Option<PathBuf> {
    absolute("HOME")
}

pub fn data() -> Option<PathBuf> {
    home("XDG_DATA_HOME", "Library/Application Support", ".local/share")
}

pub fn configuration() -> Option<PathBuf> {
    home("XDG_CONFIG_HOME", "Library/Application Support", ".config")
}

/// For logs, and for what is true of this machine only.
pub fn state() -> Option<PathBuf> {
    home("XDG_STATE_HOME", "Library/Logs", ".local/state")
}

/// For what a program can do without.
pub fn cache() -> Option<PathBuf> {
    home("XDG_CACHE_HOME", "Library/Caches", ".cache")
}

fn home(variable: &str, on_macos: &str, elsewhere: &str) -> Option<PathBuf> {
    let in_home = if cfg!(target_os = "macos") { on_macos } else { elsewhere };
    absolute(variable).or_else(|| Some(user()?.join(in_home)))
}

fn absolute(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}
