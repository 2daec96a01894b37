//! A disk in memory that remembers every step, so that a test can ask what a crash after any of them leaves behind.
//!
//! Two kinds of crash. When the process dies, all steps before it count, and an append that it interrupts has written
//! some first part of its bytes. When the machine dies, what was not synced may be lost: of a file any number of its
//! unsynced steps from the first on, the next append torn or, as file systems that note lengths before contents leave
//! it, as long as it was and full of zeros; of a directory any number of its unsynced names from the first on. A file
//! that is synced does not thereby have a name: that is the directory's to sync.
//!
//! Failing on demand is the matter of `failing.rs`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskFile, DiskLock, Entry, Open};
use crate::clock::Timestamp;

/// The number of a file or directory, as long as the disk lives.
type Node = usize;
type Names = BTreeMap<String, Node>;

const ROOT: Node = 0;

/// One step that changed the disk or made changes last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Create { directory: Node, name: String, file: Node },
    CreateDirectory { directory: Node, name: String, new: Node },
    Append { file: Node, bytes: Vec<u8> },
    Truncate { file: Node, length: usize },
    Sync { file: Node },
    Rename { directory: Node, from: String, to: String },
    Remove { directory: Node, name: String },
    SyncDirectory { directory: Node },
}

/// What ended the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    Process,
    Machine,
}

#[derive(Debug, Clone, Default)]
struct State {
    /// Contents of files and directories, by their numbers.
    nodes: Vec<Content>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Content {
    File(Vec<u8>),
    Directory(Names),
}

/// The disk; clones are the same disk.
#[derive(Debug, Clone)]
pub struct SimulatedDisk(Arc<Mutex<State>>);

impl Default for SimulatedDisk {
    fn default() -> SimulatedDisk {
        SimulatedDisk::of(vec![Content::Directory(Names::new())])
    }
}

impl SimulatedDisk {
    fn of(nodes: Vec<Content>) -> SimulatedDisk {
        SimulatedDisk(Arc::new(Mutex::new(State { nodes, steps: Vec::new() })))
    }

    /// All steps so far.
    pub fn steps(&self) -> Vec<Step> {
        self.state().steps.clone()
    }

    /// The disk that a crash leaves when `count` steps of `steps` were done and the next, if it is an append, was being
    /// done. `choose(n)` decides what is left open: a number below `n`.
    pub fn after(steps: &[Step], count: usize, crash: Crash, choose: &mut dyn FnMut(usize) -> usize) -> SimulatedDisk {
        let (done, next) = (&steps[..count], steps.get(count));
        let mut platter = Platter::default();
        for step in done {
            platter.take(step.clone());
        }
        if let Some(Step::Append { file, bytes }) = next {
            platter.take(Step::Append { file: *file, bytes: bytes[..choose(bytes.len() + 1)].to_vec() });
        }
        SimulatedDisk::of(match crash {
            Crash::Process => platter.whole(),
            Crash::Machine => platter.what_lasts(choose),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&self, path: &Path) -> io::Result<Node> {
        let mut at = ROOT;
        for component in path.components() {
            if let Component::Normal(name) = component {
                let names = self.names(at)?;
                at = *names.get(&*name.to_string_lossy()).ok_or(io::ErrorKind::NotFound)?;
            }
        }
        Ok(at)
    }

    /// The directory that holds `path`, and the last name in it.
    fn place(&self, path: &Path) -> io::Result<(Node, String)> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
        let directory = self.find(path.parent().unwrap_or(Path::new("")))?;
        self.names(directory)?;
        Ok((directory, name))
    }

    fn names(&self, node: Node) -> io::Result<&Names> {
        match &self.nodes[node] {
            Content::Directory(names) => Ok(names),
            Content::File(_) => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    fn content(&self, node: Node) -> io::Result<&Vec<u8>> {
        match &self.nodes[node] {
            Content::File(content) => Ok(content),
            Content::Directory(_) => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn step(&mut self, step: Step) {
        apply(&mut self.nodes, &step);
        self.steps.push(step);
    }
}

/// Does a step on contents. Nodes are numbered in the order in which they are made.
fn apply(nodes: &mut Vec<Content>, step: &Step) {
    match step {
        Step::Create { file: node, .. } | Step::CreateDirectory { new: node, .. } => {
            debug_assert_eq!(*node, nodes.len(), "numbered in order");
            nodes.push(match step {
                Step::Create { .. } => Content::File(Vec::new()),
                _ => Content::Directory(Names::new()),
            });
        }
        _ => {}
    }
    match &mut nodes[subject(step)] {
        Content::File(content) => apply_to_file(content, step),
        Content::Directory(names) => apply_to_names(names, step),
    }
}

/// The file or directory whose content a step changes.
fn subject(step: &Step) -> Node {
    match step {
        Step::Append { file, .. } | Step::Truncate { file, .. } | Step::Sync { file } => *file,
        Step::Create { directory, .. }
        | Step::CreateDirectory { directory, .. }
        | Step::Rename { directory, .. }
        | Step::Remove { directory, .. }
        | Step::SyncDirectory { directory } => *directory,
    }
}

fn apply_to_file(content: &mut Vec<u8>, step: &Step) {
    match step {
        Step::Append { bytes, .. } => content.extend_from_slice(bytes),
        Step::Truncate { length, .. } => content.resize(*length, 0),
        _ => {}
    }
}

fn apply_to_names(names: &mut Names, step: &Step) {
    match step {
        Step::Create { name, file: node, .. } | Step::CreateDirectory { name, new: node, .. } => {
            names.insert(name.clone(), *node);
        }
        Step::Rename { from, to, .. } => {
            if let Some(node) = names.remove(from) {
                names.insert(to.clone(), node);
            }
        }
        Step::Remove { name, .. } => {
            names.remove(name);
        }
        _ => {}
    }
}

/// What is synced, and what is waiting for it, node by node.
struct Platter {
    synced: Vec<Content>,
    waiting: Vec<Vec<Step>>,
}

impl Default for Platter {
    fn default() -> Platter {
        Platter { synced: vec![Content::Directory(Names::new())], waiting: vec![Vec::new()] }
    }
}

impl Platter {
    fn take(&mut self, step: Step) {
        match &step {
            Step::Create { .. } => self.synced.push(Content::File(Vec::new())),
            Step::CreateDirectory { .. } => self.synced.push(Content::Directory(Names::new())),
            _ => {}
        }
        self.waiting.resize(self.synced.len(), Vec::new());
        let node = subject(&step);
        match step {
            Step::Sync { .. } | Step::SyncDirectory { .. } => {
                for step in std::mem::take(&mut self.waiting[node]) {
                    change(&mut self.synced[node], &step);
                }
            }
            _ => self.waiting[node].push(step),
        }
    }

    fn whole(self) -> Vec<Content> {
        self.with(|_, waiting| waiting)
    }

    fn what_lasts(self, choose: &mut dyn FnMut(usize) -> usize) -> Vec<Content> {
        self.with(|_, mut waiting| {
            let kept = choose(waiting.len() + 1);
            let torn = waiting.get(kept).cloned();
            waiting.truncate(kept);
            if let Some(Step::Append { file, bytes }) = torn {
                let bytes = match choose(2) {
                    0 => bytes[..choose(bytes.len() + 1)].to_vec(),
                    _ => vec![0; bytes.len()],
                };
                waiting.push(Step::Append { file, bytes });
            }
            waiting
        })
    }

    fn with(self, mut keep: impl FnMut(Node, Vec<Step>) -> Vec<Step>) -> Vec<Content> {
        let all = self.synced.into_iter().zip(self.waiting).enumerate();
        all.map(|(node, (mut content, waiting))| {
            for step in keep(node, waiting) {
                change(&mut content, &step);
            }
            content
        })
        .collect()
    }
}

fn change(content: &mut Content, step: &Step) {
    match content {
        Content::File(content) => apply_to_file(content, step),
        Content::Directory(names) => apply_to_names(names, step),
    }
}

impl Disk for SimulatedDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state();
        let node = match state.find(path) {
            Ok(node) => node,
            Err(error) if error.kind() == io::ErrorKind::NotFound && how != Open::Read => {
                let (directory, name) = state.place(path)?;
                let file = state.nodes.len();
                state.step(Step::Create { directory, name, file });
                file
            }
            Err(error) => return Err(error),
        };
        let length = state.content(node)?.len();
        if how == Open::Replace && length > 0 {
            state.step(Step::Truncate { file: node, length: 0 });
        }
        Ok(Arc::new(SimulatedFile { disk: self.clone(), node }))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(self.state().find(path).is_ok())
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<Entry>> {
        let state = self.state();
        let names = state.names(state.find(directory)?)?;
        let entry = |(name, node): (&String, &Node)| Entry {
            name: name.clone(),
            is_directory: matches!(state.nodes[*node], Content::Directory(_)),
        };
        Ok(names.iter().map(entry).collect())
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let (directory, name) = state.place(path)?;
        if state.names(directory)?.contains_key(&name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let new = state.nodes.len();
        state.step(Step::CreateDirectory { directory, name, new });
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.find(from)?;
        let ((directory, from), (target, to)) = (state.place(from)?, state.place(to)?);
        if directory != target {
            return Err(io::Error::new(io::ErrorKind::CrossesDevices, "renames stay within a directory here"));
        }
        state.step(Step::Rename { directory, from, to });
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        match state.find(path) {
            Ok(node) => state.content(node).map(drop)?,
            Err(_) => return Ok(()),
        }
        let (directory, name) = state.place(path)?;
        state.step(Step::Remove { directory, name });
        Ok(())
    }

    /// Entry by entry, so that a crash may come in between.
    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        if !self.exists(path)? {
            return Ok(());
        }
        for entry in self.list(path)? {
            let inner = path.join(&entry.name);
            if entry.is_directory { self.remove_directory(&inner)? } else { self.remove_file(&inner)? }
        }
        let mut state = self.state();
        let (directory, name) = state.place(path)?;
        state.step(Step::Remove { directory, name });
        Ok(())
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        let directory = state.find(path)?;
        state.names(directory)?;
        state.step(Step::SyncDirectory { directory });
        Ok(())
    }

    /// Nobody else is here.
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn DiskLock>>> {
        self.open(path, Open::Append)?;
        Ok(Some(Box::new(Unshared(path.to_owned()))))
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "shown by Debug")]
struct Unshared(PathBuf);

impl DiskLock for Unshared {}

#[derive(Debug)]
struct SimulatedFile {
    disk: SimulatedDisk,
    node: Node,
}

impl DiskFile for SimulatedFile {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        self.disk.state().step(Step::Append { file: self.node, bytes: bytes.to_vec() });
        Ok(())
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let state = self.disk.state();
        let content = state.content(self.node)?;
        let from = content.len().min(usize::try_from(position).unwrap_or(usize::MAX));
        let count = buffer.len().min(content.len() - from);
        buffer[..count].copy_from_slice(&content[from..from + count]);
        Ok(count)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.state().content(self.node)?.len() as u64)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.disk.state().step(Step::Truncate { file: self.node, length });
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.state().step(Step::Sync { file: self.node });
        Ok(())
    }

    /// Times are not simulated: every file is from the beginning of time.
    fn modified(&self) -> io::Result<Timestamp> {
        Ok(Timestamp(0))
    }

    fn set_modified(&self, _: Timestamp) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::disk::{read_exact, replace};

    fn content(disk: &SimulatedDisk, path: &str) -> Option<Vec<u8>> {
        disk.read(Path::new(path)).unwrap()
    }

    /// Every image that a crash of the machine after `count` steps can leave, by trying all choices.
    fn images(steps: &[Step], count: usize) -> Vec<SimulatedDisk> {
        let mut found = Vec::new();
        let mut script: Vec<usize> = Vec::new();
        loop {
            let (mut at, mut limits) = (0, Vec::new());
            found.push(SimulatedDisk::after(steps, count, Crash::Machine, &mut |limit| {
                let choice = script.get(at).copied().unwrap_or(0);
                at += 1;
                limits.push(limit);
                choice
            }));
            script.resize(limits.len(), 0);
            while let Some(last) = script.pop() {
                if last + 1 < limits[script.len()] {
                    script.push(last + 1);
                    break;
                }
            }
            if script.is_empty() {
                return found;
            }
        }
    }

    #[test]
    fn what_a_process_wrote_outlives_it_but_for_the_append_it_died_in() {
        let disk = SimulatedDisk::default();
        let file = disk.open(Path::new("a"), Open::Append).unwrap();
        file.append(b"one").unwrap();
        file.append(b"two").unwrap();
        let steps = disk.steps();
        let torn = SimulatedDisk::after(&steps, 2, Crash::Process, &mut |limit| limit - 2);
        assert_eq!(content(&torn, "a").unwrap(), b"onetw");
        assert_eq!(content(&SimulatedDisk::after(&steps, 1, Crash::Process, &mut |_| 0), "a").unwrap(), b"");
    }

    #[test]
    fn a_machine_that_dies_keeps_what_was_synced_and_some_of_the_rest() {
        let disk = SimulatedDisk::default();
        let file = disk.open(Path::new("a"), Open::Append).unwrap();
        disk.sync_directory(Path::new("")).unwrap();
        file.append(b"AB").unwrap();
        file.sync().unwrap();
        file.append(b"CD").unwrap();
        let steps = disk.steps();
        let mut left: Vec<Vec<u8>> =
            images(&steps, steps.len()).iter().map(|disk| content(disk, "a").unwrap()).collect();
        left.sort();
        left.dedup();
        assert_eq!(left, [b"AB".to_vec(), b"AB\0\0".to_vec(), b"ABC".to_vec(), b"ABCD".to_vec()]);
    }

    #[test]
    fn a_name_lasts_when_its_directory_was_synced() {
        let disk = SimulatedDisk::default();
        disk.open(Path::new("a"), Open::Append).unwrap().sync().unwrap();
        let steps = disk.steps();
        assert!(images(&steps, steps.len()).iter().any(|disk| content(disk, "a").is_none()));
        disk.sync_directory(Path::new("")).unwrap();
        let steps = disk.steps();
        assert!(images(&steps, steps.len()).iter().all(|disk| content(disk, "a").is_some()));
    }

    #[test]
    fn a_file_that_is_replaced_is_the_old_or_the_new_after_any_crash() {
        let disk = SimulatedDisk::default();
        let path = Path::new("offsets");
        replace(&disk, path, b"old").unwrap();
        let before = disk.steps().len();
        replace(&disk, path, b"new").unwrap();
        let steps = disk.steps();
        for count in before..=steps.len() {
            for image in images(&steps, count) {
                let left = content(&image, "offsets").unwrap();
                assert!(left == b"old" || left == b"new", "after {count} steps: {left:?}");
            }
        }
    }

    #[test]
    fn a_directory_is_listed_renamed_and_removed_with_what_is_in_it() {
        let disk = SimulatedDisk::default();
        disk.create_directory(Path::new("d")).unwrap();
        disk.open(Path::new("d/a"), Open::Append).unwrap().append(b"x").unwrap();
        disk.rename(Path::new("d"), Path::new("e")).unwrap();
        assert_eq!(disk.list(Path::new("")).unwrap(), [Entry { name: "e".to_owned(), is_directory: true }]);
        let file = disk.open(Path::new("e/a"), Open::Read).unwrap();
        assert_eq!(read_exact(&*file, 0, 1).unwrap(), b"x");
        disk.remove_directory(Path::new("e")).unwrap();
        assert!(!disk.exists(Path::new("e")).unwrap());
        assert_eq!(file.len().unwrap(), 1, "who has it open can read on");
    }
}
