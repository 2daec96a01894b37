//! Names that were asked for a moment ago, in a file for each cluster and kind.
//!
//! Tab is pressed several times in a row; the second time is answered out of here. Names of a cluster that does not answer
//! in time are better old than not at all.

use std::hash::Hasher;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::platform_homes;

/// So old, names are as good as new.
const FRESH: Duration = Duration::from_secs(5);
/// So old, they are worse than none.
const USELESS: Duration = Duration::from_secs(7 * 24 * 3600);
/// Bytes that are read at most.
const LONGEST: u64 = 16 << 20;

/// The file of one cluster and kind.
#[derive(Debug, Clone)]
pub struct Cache {
    path: PathBuf,
}

/// Names, and whether they may be taken without asking.
#[derive(Debug, PartialEq, Eq)]
pub struct Cached {
    pub names: Vec<String>,
    pub is_fresh: bool,
}

impl Cache {
    /// Under `directory`, for what `key` tells apart; the key itself, which may hold names of servers, is not written.
    pub fn new(directory: PathBuf, key: &str) -> Cache {
        let mut hasher = twox_hash::XxHash3_64::with_seed(0);
        hasher.write(key.as_bytes());
        Cache { path: directory.join(format!("{:016x}", hasher.finish())) }
    }

    pub fn directory() -> Option<PathBuf> {
        Some(platform_homes::cache()?.join("kavka").join("names"))
    }

    pub fn read(&self) -> Option<Cached> {
        let metadata = std::fs::metadata(&self.path).ok().filter(|metadata| metadata.len() <= LONGEST)?;
        // A file from the future is not fresh.
        let age = metadata.modified().ok()?.elapsed().unwrap_or(FRESH);
        if age > USELESS {
            return None;
        }
        let text = std::fs::read_to_string(&self.path).ok()?;
        Some(Cached { names: text.lines().map(str::to_owned).collect(), is_fresh: age < FRESH })
    }

    /// Replaces the file as a whole; only this user can read it.
    pub fn write(&self, names: &[String]) -> std::io::Result<()> {
        let directory = self.path.parent().unwrap_or(&self.path);
        std::fs::create_dir_all(directory)?;
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(names.join("\n").as_bytes())?;
        file.persist(&self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_and_belong_to_their_key() {
        let folder = tempfile::tempdir().unwrap();
        let cache = |key: &str| Cache::new(folder.path().join("names"), key);
        assert_eq!(cache("a topics").read(), None);
        cache("a topics").write(&["x".to_owned(), "y".to_owned()]).unwrap();
        assert_eq!(cache("a topics").read().unwrap().names, ["x", "y"]);
        assert_eq!(cache("b topics").read(), None);
    }

    #[test]
    fn old_names_are_not_fresh_and_very_old_ones_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned(), "k");
        cache.write(&["x".to_owned()]).unwrap();
        let aged = |by: Duration| {
            let file = std::fs::File::options().write(true).open(&cache.path).unwrap();
            file.set_modified(std::time::SystemTime::now() - by).unwrap();
            cache.read().map(|cached| cached.is_fresh)
        };
        assert_eq!(aged(Duration::from_secs(3600)), Some(false));
        assert_eq!(aged(USELESS + Duration::from_secs(60)), None);
    }
}
