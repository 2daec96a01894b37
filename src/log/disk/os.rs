//! The operating system's files. Appends go through `O_APPEND`, reads through `pread`; nothing is mapped.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::{Disk, DiskFile, DiskLock, Entry, Open, Site};
use crate::clock::Timestamp;

/// The real thing.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsDisk;

impl OsDisk {
    pub fn shared() -> Arc<dyn Disk> {
        Arc::new(OsDisk)
    }
}

impl Disk for OsDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        let file = match how {
            Open::Read => File::open(path)?,
            Open::Append => OpenOptions::new().read(true).append(true).create(true).open(path)?,
            Open::Replace => {
                let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
                file.set_len(0)?;
                file
            }
        };
        Ok(Arc::new(OsFile(Arc::new(file))))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_directory = match entry.file_type()? {
                kind if kind.is_symlink() => entry.path().is_dir(),
                kind => kind.is_dir(),
            };
            entries.push(Entry { name, is_directory });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        absent_is_fine(fs::remove_file(path))
    }

    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        absent_is_fine(fs::remove_dir_all(path))
    }

    #[cfg(unix)]
    fn set_read_only(&self, path: &Path) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o400))
    }

    fn put_names_on_platter(&self, path: &Path, _: Site) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn DiskLock>>> {
        lock_named(path, Patience::None)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        loop {
            if let Some(lock) = lock_named(path, Patience::Endless)? {
                return Ok(lock);
            }
        }
    }

    fn record_lock_holder(&self, path: &Path) -> io::Result<Option<u32>> {
        match absent_is_none(File::open(path))? {
            Some(file) => record_lock_holder(&file),
            None => Ok(None),
        }
    }
}

/// What to do about a lock that somebody else has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    None,
    Endless,
}

fn lock_named(path: &Path, patience: Patience) -> io::Result<Option<Box<dyn DiskLock>>> {
    loop {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        if !lock_exclusively(&file, patience)? {
            return Ok(None);
        }
        // The former holder may have unlinked the file between our open and our lock.
        let named = absent_is_none(fs::metadata(path))?;
        let locked = file.metadata()?;
        if named.is_some_and(|named| (named.dev(), named.ino()) == (locked.dev(), locked.ino())) {
            return Ok(Some(Box::new(OsLock { _file: file })));
        }
    }
}

#[derive(Debug)]
struct OsLock {
    _file: File,
}

impl DiskLock for OsLock {}

/// An open-file-description lock: unlike a record lock it is not lost when another descriptor of the file is closed,
/// and unlike `flock` it conflicts with the record lock that Java takes. False if somebody holds one.
#[cfg(target_os = "linux")]
fn lock_exclusively(file: &File, patience: Patience) -> io::Result<bool> {
    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    let lock = whole_file();
    let request = match patience {
        Patience::None => FcntlArg::F_OFD_SETLK(&lock),
        Patience::Endless => FcntlArg::F_OFD_SETLKW(&lock),
    };
    match fcntl(file, request) {
        Ok(_) => Ok(true),
        Err(Errno::EAGAIN | Errno::EACCES | Errno::EINTR) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

#[cfg(target_os = "linux")]
fn whole_file() -> nix::libc::flock {
    use nix::libc;
    libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

/// An open-file-description lock has no process: the system names -1.
#[cfg(target_os = "linux")]
fn record_lock_holder(file: &File) -> io::Result<Option<u32>> {
    use nix::fcntl::{FcntlArg, fcntl};
    let mut lock = whole_file();
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock))?;
    let is_held = lock.l_type != nix::libc::F_UNLCK as nix::libc::c_short;
    Ok(u32::try_from(lock.l_pid).ok().filter(|pid| is_held && *pid > 0))
}

/// Elsewhere a record lock is all there is; within this process it does not conflict with itself.
#[cfg(not(target_os = "linux"))]
fn lock_exclusively(file: &File, patience: Patience) -> io::Result<bool> {
    use rustix::fs::FlockOperation;
    use rustix::io::Errno;
    let operation = match patience {
        Patience::None => FlockOperation::NonBlockingLockExclusive,
        Patience::Endless => FlockOperation::LockExclusive,
    };
    match rustix::fs::fcntl_lock(file, operation) {
        Ok(()) => Ok(true),
        Err(Errno::AGAIN | Errno::ACCESS | Errno::INTR) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Elsewhere our own locks are record locks too, so the kind of lock tells nothing.
#[cfg(not(target_os = "linux"))]
fn record_lock_holder(_: &File) -> io::Result<Option<u32>> {
    Ok(None)
}

fn absent_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// The most that one write hands to the system. The larger a write, the larger the blocks of memory that the page cache
/// takes for it, and large free blocks are cold: on a virtual machine the host has often taken them back, and each of
/// their pages is a fault there. A block lies at a multiple of its size in the file, so that a write gets the largest if
/// it does, too.
const WRITE_BYTES: usize = 64 * 1024;

/// As much of the parts as goes into one write of so many bytes.
fn one_write<'a>(parts: &'a [IoSlice<'_>], mut room: usize) -> Vec<IoSlice<'a>> {
    let mut write = Vec::with_capacity(parts.len());
    for part in parts {
        let part = &part[..part.len().min(room)];
        room -= part.len();
        write.push(IoSlice::new(part));
        if room == 0 {
            break;
        }
    }
    write
}

#[derive(Debug)]
struct OsFile(Arc<File>);

impl DiskFile for OsFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.append_parts(&mut [IoSlice::new(bytes)])
    }

    fn append_parts(&self, mut parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        IoSlice::advance_slices(&mut parts, 0);
        let is_large = parts.iter().map(|part| part.len()).sum::<usize>() > WRITE_BYTES;
        let end = if is_large { (&*self.0).seek(SeekFrom::End(0))? } else { 0 };
        let mut room = WRITE_BYTES - end as usize % WRITE_BYTES;
        while !parts.is_empty() {
            match (&*self.0).write_vectored(&one_write(parts, room)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    IoSlice::advance_slices(&mut parts, written);
                    room = if written < room { room - written } else { WRITE_BYTES };
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    fn read_at(&self, mut buffer: &mut [u8], mut position: u64) -> io::Result<usize> {
        let wanted = buffer.len();
        while !buffer.is_empty() {
            match self.0.read_at(buffer, position) {
                Ok(0) => break,
                Ok(read) => {
                    buffer = &mut buffer[read..];
                    position += read as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(wanted - buffer.len())
    }

    fn len(&self) -> io::Result<u64> {
        self.0.metadata().map(|metadata| metadata.len())
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn put_on_platter(&self, _: Site) -> io::Result<()> {
        self.0.sync_data()
    }

    fn system_file(&self) -> Option<Arc<File>> {
        Some(self.0.clone())
    }

    fn modified(&self) -> io::Result<Timestamp> {
        let since_epoch = self.0.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Timestamp(since_epoch.as_millis() as i64))
    }

    fn set_modified(&self, time: Timestamp) -> io::Result<()> {
        let time = UNIX_EPOCH + Duration::from_millis(time.millis().max(0) as u64);
        self.0.set_times(FileTimes::new().set_modified(time))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_appended_in_their_order_whatever_their_sizes() {
        let content: Vec<u8> = (0..400_000u32).map(|n| (n % 251) as u8).collect();
        let file = OsFile(Arc::new(tempfile::tempfile().unwrap()));
        let mut rest = content.as_slice();
        let sizes = [0, 61, WRITE_BYTES - 61, 1, 0, 3 * WRITE_BYTES + 5, 0];
        let mut parts = sizes.map(|size| IoSlice::new(rest.split_off(..size).unwrap()));
        file.append_parts(&mut parts).unwrap();
        file.append(rest).unwrap();
        let mut stored = vec![0; content.len() + 1];
        assert_eq!(file.read_at(&mut stored, 0).unwrap(), content.len());
        assert!(stored[..content.len()] == content);
    }
}
