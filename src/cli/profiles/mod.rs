//! Profiles: clusters by name, from a file of the user's and one of the project's.
//!
//! The user's file is `kavka/config.toml` in the platform's place for configurations, or what `KAVKA_CONFIG` names. The
//! project's is `.kavka.toml`, in the current directory or the nearest one above it; it may hold no secrets, and a
//! profile in it never stands for one of the user's. Both have the same shape (see `file`). They exist under the name
//! kavka only.

mod file;
mod guards;
mod secrets;

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::platform_homes;
use super::usage::listed;
use crate::properties::Properties;
use file::ProfileFile;
pub use guards::{Guards, Intent};
pub use secrets::{is_secret, masked};

/// The name of a project's file.
pub const PROJECT_FILE: &str = ".kavka.toml";

/// A cluster, what is needed to reach it, and what may be done there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    /// The file that has it.
    pub source: PathBuf,
    /// What the file of client settings that it names says, then its own keys. Java's spelling.
    pub properties: Properties,
    /// It is a standalone cluster.
    pub data_dir: Option<PathBuf>,
    pub guards: Guards,
}

/// Every profile there is, and which one counts when none is named.
#[derive(Debug, Default)]
pub struct Profiles {
    pub profiles: Vec<Profile>,
    /// Name of the default and the file that says so: the project's choice, else the user's.
    chosen: Option<(String, PathBuf)>,
    /// What was left out of the files, and why.
    pub warnings: Vec<String>,
}

/// Where to look; a value, so that tests need not change the process.
#[derive(Debug, Clone, Default)]
pub struct Places {
    pub user_file: Option<PathBuf>,
    /// `user_file` was named, so it has to be there.
    pub is_named: bool,
    pub current_dir: Option<PathBuf>,
    pub home: Option<PathBuf>,
}

impl Places {
    pub fn of_process() -> Places {
        let named = std::env::var_os("KAVKA_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        Places {
            is_named: named.is_some(),
            user_file: named.or_else(|| Some(platform_homes::configuration()?.join("kavka").join("config.toml"))),
            current_dir: std::env::current_dir().ok(),
            home: platform_homes::user(),
        }
    }

    /// The nearest project file. One of somebody else's is passed over: whoever can write above us must not choose
    /// where our records go.
    fn project_file(&self, warnings: &mut Vec<String>) -> Option<PathBuf> {
        let start = self.current_dir.as_deref()?;
        let found = start.ancestors().map(|directory| directory.join(PROJECT_FILE)).find(|path| path.is_file())?;
        if is_ours(&found) {
            return Some(found);
        }
        warnings.push(format!("{} belongs to another user and is not read", found.display()));
        None
    }
}

#[cfg(unix)]
fn is_ours(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(path).map(|metadata| metadata.uid());
    owner.is_ok_and(|owner| owner == rustix::process::getuid().as_raw())
}

#[cfg(not(unix))]
fn is_ours(_: &Path) -> bool {
    true
}

impl Profiles {
    /// Reads both files. One that is not there is empty, unless it was named.
    pub fn read(places: &Places) -> Result<Profiles, Failure> {
        let mut read = Profiles::default();
        let home = places.home.as_deref();
        let user = match &places.user_file {
            Some(path) if places.is_named || path.is_file() => Some(ProfileFile::read(path, home)?),
            _ => None,
        };
        let project = places.project_file(&mut read.warnings);
        let project = project.map(|path| ProfileFile::read(&path, home)).transpose()?;
        if let Some(project) = &project {
            project.must_hold_no_secrets()?;
        }
        for file in [user, project].into_iter().flatten() {
            read.add(file);
        }
        Ok(read)
    }

    fn add(&mut self, file: ProfileFile) {
        for profile in file.profiles {
            if let Some(known) = self.named(&profile.name) {
                let (name, source) = (&profile.name, profile.source.display());
                let text = format!("profile {name} of {source} is passed over: {} has it", known.source.display());
                self.warnings.push(text);
                continue;
            }
            self.profiles.push(profile);
        }
        self.chosen = file.default.map(|name| (name, file.path)).or_else(|| self.chosen.take());
    }

    fn named(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// The profile of this name; `by` tells who named it.
    pub fn get(&self, name: &str, by: &str) -> Result<&Profile, Failure> {
        self.named(name).ok_or_else(|| {
            let names: Vec<String> = self.profiles.iter().map(|profile| profile.name.clone()).collect();
            let known = match names.as_slice() {
                [] => "there is none yet; `kavka profiles --help` shows what a file of profiles looks like".to_owned(),
                names => format!("known are {}", listed(names, "and")),
            };
            Failure::not_found(format!("{by} names the profile {name}, which does not exist")).hint(known)
        })
    }

    /// The profile that counts when nothing names a cluster.
    pub fn chosen(&self) -> Result<Option<&Profile>, Failure> {
        let Some((name, path)) = &self.chosen else { return Ok(None) };
        self.get(name, &path.display().to_string()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Folder {
            Folder(tempfile::tempdir().unwrap())
        }

        fn file(&self, name: &str, text: &str) -> &Folder {
            let path = self.0.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
            self
        }

        fn read(&self, from: &str) -> Result<Profiles, Failure> {
            let places = Places {
                user_file: Some(self.0.path().join("config.toml")),
                is_named: false,
                current_dir: Some(self.0.path().join(from)),
                home: Some("/home/me".into()),
            };
            Profiles::read(&places)
        }
    }

    #[test]
    fn without_files_there_are_no_profiles() {
        let read = Folder::new().read("").unwrap();
        assert!(read.profiles.is_empty() && read.chosen().unwrap().is_none());
    }

    #[test]
    fn the_nearest_project_file_above_counts_and_chooses_the_default() {
        let folder = Folder::new();
        folder.file("config.toml", "profile = 'mine'\n[profiles.mine]\nbootstrap.servers = 'm:1'");
        folder.file("work/.kavka.toml", "profile = 'test'\n[profiles.test]\nbootstrap.servers = 't:1'");
        folder.file("work/deep/er/x", "");
        let read = folder.read("work/deep/er").unwrap();
        assert_eq!(read.chosen().unwrap().unwrap().properties.get("bootstrap.servers"), Some("t:1"));
        assert_eq!(folder.read("").unwrap().chosen().unwrap().unwrap().name, "mine");
    }

    #[test]
    fn a_project_cannot_stand_for_a_profile_of_the_user() {
        let folder = Folder::new();
        folder.file("config.toml", "[profiles.prod]\nbootstrap.servers = 'mine:1'");
        folder.file(".kavka.toml", "profile = 'prod'\n[profiles.prod]\nbootstrap.servers = 'theirs:1'");
        let read = folder.read("").unwrap();
        assert_eq!(read.chosen().unwrap().unwrap().properties.get("bootstrap.servers"), Some("mine:1"));
        assert_eq!(read.warnings.len(), 1, "{:?}", read.warnings);
    }

    #[test]
    fn a_project_file_with_a_secret_is_refused_without_showing_it() {
        let folder = Folder::new();
        folder.file(".kavka.toml", "[profiles.p]\nssl.keystore.password = 'hunter2'");
        let failure = folder.read("").unwrap_err();
        assert!(failure.messages[0].contains("ssl.keystore.password"), "{failure:?}");
        assert!(!format!("{failure:?}").contains("hunter2"));
    }

    #[test]
    fn a_name_that_nobody_has_is_not_found_and_the_known_ones_are_told() {
        let folder = Folder::new();
        folder.file("config.toml", "[profiles.a]\nacks = 1\n[profiles.b]\nacks = 'all'");
        let failure = folder.read("").unwrap().get("c", "--profile").unwrap_err();
        assert_eq!(failure.messages, ["--profile names the profile c, which does not exist"]);
        assert_eq!(failure.hints, ["known are a and b"]);
    }
}
