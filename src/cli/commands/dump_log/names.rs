//! The names of files of a partition: what they say a file is, and which offset it begins with.

use std::path::{Path, PathBuf};

use super::thrown::Thrown;

/// What a file is, by the end of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    Log,
    Checkpoint,
    OffsetIndex,
    TimeIndex,
    Producers,
    AbortedTransactions,
    Unknown,
}

/// A file to dump, named as Java's `File` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub path: PathBuf,
    /// The path with single slashes, none at its end.
    pub shown: String,
    pub name: String,
}

impl Named {
    pub fn new(path: &str) -> Named {
        let mut shown = String::with_capacity(path.len());
        for c in path.chars() {
            if c != '/' || !shown.ends_with('/') {
                shown.push(c);
            }
        }
        if shown.len() > 1 && shown.ends_with('/') {
            shown.pop();
        }
        let name = shown.rsplit('/').next().unwrap_or_default().to_owned();
        Named { path: PathBuf::from(&shown), shown, name }
    }

    /// Decided by what follows the last dot.
    pub fn contents(&self) -> Result<Contents, Thrown> {
        let length = self.name.encode_utf16().count();
        let dot = self.name.rfind('.').ok_or_else(|| Thrown::short_name(&self.name, -1, length))?;
        Ok(match &self.name[dot..] {
            ".log" => Contents::Log,
            ".checkpoint" => Contents::Checkpoint,
            ".index" => Contents::OffsetIndex,
            ".timeindex" => Contents::TimeIndex,
            ".snapshot" => Contents::Producers,
            ".txnindex" => Contents::AbortedTransactions,
            _ => Contents::Unknown,
        })
    }

    /// The number before the first dot.
    pub fn base_offset(&self) -> Result<i64, Thrown> {
        number(self.stem())
    }

    fn stem(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// The file beside this one with the same number and another end.
    pub fn sibling(&self, suffix: &str) -> Named {
        let absolute = absolute(&self.path);
        let folder = absolute.parent().unwrap_or(Path::new("/"));
        Named::new(&folder.join(format!("{}{suffix}", self.stem())).to_string_lossy())
    }

    /// The path from the root, otherwise as given.
    pub fn absolute(&self) -> String {
        absolute(&self.path).to_string_lossy().into_owned()
    }

    /// Of a metadata snapshot's name, the end offset and the epoch.
    pub fn snapshot(&self) -> Result<(i64, i32), Thrown> {
        const OFFSET: usize = 20;
        const EPOCH: usize = 10;
        let units: Vec<u16> = self.name.encode_utf16().collect();
        let cut = |begin: usize, end: usize| {
            let units = units.get(begin..end).ok_or_else(|| Thrown::short_name(&self.name, begin as i64, end))?;
            Ok(String::from_utf16_lossy(units))
        };
        let offset = number(&cut(0, OFFSET)?)?;
        let epoch = cut(OFFSET + 1, OFFSET + 1 + EPOCH)?;
        let epoch = i32::try_from(number(&epoch)?).map_err(|_| Thrown::no_number(&epoch))?;
        Ok((offset, epoch))
    }
}

fn absolute(path: &Path) -> PathBuf {
    if path.is_absolute() {
        return path.to_owned();
    }
    let folder = std::env::current_dir().unwrap_or_default();
    if path.as_os_str().is_empty() { folder } else { folder.join(path) }
}

/// A number as Java's `Long.parseLong` reads one.
fn number(text: &str) -> Result<i64, Thrown> {
    text.parse().map_err(|_| Thrown::no_number(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_a_file_is() {
        let contents = |path| Named::new(path).contents();
        assert_eq!(contents("a//b/00000000000000000007.log"), Ok(Contents::Log));
        assert_eq!(contents("00000000000000000007.log.deleted"), Ok(Contents::Unknown));
        assert_eq!(contents("abc").unwrap_err().java.as_deref(), Some("begin -1, end 3, length 3"));
        let named = Named::new("a//b/00000000000000000007.index");
        assert_eq!((named.shown.as_str(), named.base_offset()), ("a/b/00000000000000000007.index", Ok(7)));
        assert!(named.sibling(".log").shown.ends_with("/a/b/00000000000000000007.log"));
    }

    #[test]
    fn a_snapshots_name_is_cut_by_places() {
        let snapshot = |name| Named::new(name).snapshot();
        assert_eq!(snapshot("00000000000000000042-0000000003.checkpoint"), Ok((42, 3)));
        assert_eq!(snapshot("12.checkpoint").unwrap_err().java.as_deref(), Some("begin 0, end 20, length 13"));
        assert!(snapshot("0000000000000000004x-0000000003.checkpoint").is_err());
    }
}
