//! The one seam to the file system. Everything under `log` reads and writes through [`Disk`] and [`DiskFile`]; only
//! `os.rs` behind it knows real files, so that a test can stand a simulated disk in its place.
//!
//! What the log assumes of a disk: bytes given to `append` are readable at once and survive the death of the process;
//! they survive the death of the machine only after `sync`. A name survives it only after `sync_directory` on its
//! parent. `rename` replaces atomically. `truncate` and `append` are the only ways to change a file. The names of one
//! directory reach the platter in the order in which they were made, as file systems with a journal see to it; those of
//! different directories, and the contents of files, in any order.
//!
//! A disk is told which line of the program asks for a sync: a simulated one can leave any of them out, to show that it
//! is needed.

#[cfg(test)]
pub mod failing;
mod os;
pub mod simulated;

use std::fmt::Debug;
use std::fs::File;
use std::io::{self, IoSlice};
use std::panic::Location;
use std::path::Path;
use std::sync::Arc;

pub use os::OsDisk;

use crate::clock::Timestamp;

/// How a file is opened. Nothing here creates parents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// For reading; it must exist.
    Read,
    /// For reading and appending; made empty if absent.
    Append,
    /// For reading and appending; emptied if present.
    Replace,
}

/// One name in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub is_directory: bool,
}

/// The line that asks for a sync.
pub type Site = &'static Location<'static>;

/// A file system, as far as a log needs one.
pub trait Disk: Debug + Send + Sync {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>>;
    fn exists(&self, path: &Path) -> io::Result<bool>;
    /// Names in a directory, sorted. Names that are not UTF-8 are shown lossily and can only be ignored.
    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>>;
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file; one that is not there is no error.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a directory and everything in it; one that is not there is no error.
    fn remove_directory(&self, path: &Path) -> io::Result<()>;
    /// What is behind [`sync_directory`](#method.sync_directory).
    fn put_names_on_platter(&self, path: &Path, site: Site) -> io::Result<()>;
    /// Leaves the owner the permission to read a file and nobody any other. Disks without modes have nothing to do.
    fn set_read_only(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }
    /// Locks the file at `path` (made if absent) against every other process and every other lock in this one, for as
    /// long as the result lives. `None` if it is locked already.
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn DiskLock>>>;
    /// The same, waiting until nobody else has it. Without other processes there is nothing to wait for.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        self.try_lock(path)?.ok_or_else(|| io::ErrorKind::WouldBlock.into())
    }
    /// The process that has locked the file as Java does, with a record lock; `None` if there is no such process, or
    /// if the lock is one of ours.
    fn record_lock_holder(&self, _path: &Path) -> io::Result<Option<u32>> {
        Ok(None)
    }

    /// The whole of a small file, `None` if it is not there.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match self.open(path, Open::Read) {
            Ok(file) => read_exact(&*file, 0, file.len()? as usize).map(Some),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }
}

impl dyn Disk + '_ {
    /// Puts the names in a directory on the platter.
    #[track_caller]
    pub fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.put_names_on_platter(path, Location::caller())
    }
}

/// A lock on a file, released when dropped.
pub trait DiskLock: Debug + Send + Sync {}

/// An open file. Appends come from one writer at a time; reads from any number beside it.
pub trait DiskFile: Debug + Send + Sync {
    /// Writes all of `bytes` at the end. After an error, any prefix of them may have been written.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;
    /// The same with bytes that lie in several places, which a disk may write as they lie there.
    fn append_parts(&self, parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        self.append(&parts.iter().map(|part| &**part).collect::<Vec<&[u8]>>().concat())
    }
    /// Reads as much as there is, up to the size of `buffer`.
    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize>;
    fn len(&self) -> io::Result<u64>;
    fn is_empty(&self) -> io::Result<bool> {
        self.len().map(|length| length == 0)
    }
    fn truncate(&self, length: u64) -> io::Result<()>;
    /// What is behind [`sync`](#method.sync).
    fn put_on_platter(&self, site: Site) -> io::Result<()>;
    /// The operating system's file behind it, if there is one: it can send parts of it by itself.
    fn system_file(&self) -> Option<Arc<File>> {
        None
    }
    /// When the content last changed.
    fn modified(&self) -> io::Result<Timestamp>;
    /// Sets that time: the cleaner gives its output the age of its input.
    fn set_modified(&self, time: Timestamp) -> io::Result<()>;
}

impl dyn DiskFile + '_ {
    /// Puts content and length on the platter.
    #[track_caller]
    pub fn sync(&self) -> io::Result<()> {
        self.put_on_platter(Location::caller())
    }
}

/// Bytes `position..position + length` of a file; shorter files are an error.
pub fn read_exact(file: &dyn DiskFile, position: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; length];
    match file.read_at(&mut buffer, position)? {
        read if read == length => Ok(buffer),
        read => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("wanted {length} bytes at {position}, the file had {read}"),
        )),
    }
}

/// Puts `bytes` at `path` so that a crash leaves the old content or the new: `<path>.tmp`, fsync, rename, fsync of the
/// directory.
#[track_caller]
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_unsynced(disk, path, bytes, true)?;
    disk.sync_directory(path.parent().unwrap_or(Path::new(".")))
}

/// The same, safe against the death of the process only. `sync` still puts the bytes, not the name, on the platter.
#[track_caller]
pub fn replace_unsynced(disk: &dyn Disk, path: &Path, bytes: &[u8], sync: bool) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let file = disk.open(temporary.as_ref(), Open::Replace)?;
    file.append(bytes)?;
    if sync {
        file.sync()?;
    }
    disk.rename(temporary.as_ref(), path)
}
