//! A disk in memory that remembers every step, so that a test can ask what a crash after any of them leaves behind:
//! that is the matter of [`Wreckage`]. Failing on demand is the matter of `failing.rs`.

mod wreckage;

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use wreckage::Wreckage;

use super::{Disk, DiskFile, DiskLock, Entry, Open, Site};
use crate::clock::Timestamp;

/// The number of a file or directory, as long as the disk lives.
pub type Node = usize;
type Names = BTreeMap<String, Node>;

const ROOT: Node = 0;

/// One step that changed the disk or made changes last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Create { directory: Node, name: String, file: Node },
    CreateDirectory { directory: Node, name: String, new: Node },
    Append { file: Node, bytes: Vec<u8> },
    Truncate { file: Node, length: usize },
    Sync { file: Node, by: Asked },
    Rename { directory: Node, from: String, to: String },
    Remove { directory: Node, name: String },
    SyncDirectory { directory: Node, by: Asked },
}

/// Who asked for a sync, and of what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// File and line of the program.
    pub at: String,
    /// The kind of file or directory: its name without numbers, for a partition's directory `*`.
    pub of: String,
}

impl Asked {
    fn new(site: Site, path: &Path) -> Asked {
        Asked { at: format!("{}:{}", site.file(), site.line()), of: kind(path) }
    }
}

fn kind(path: &Path) -> String {
    let mut names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    let Some(first) = names.next() else { return "/".to_owned() };
    let rest: Vec<String> = names.map(|name| without_numbers(&name)).collect();
    match (rest.is_empty(), first.ends_with(|last: char| last.is_ascii_digit())) {
        (true, false) => without_numbers(&first),
        (_, true) if first.starts_with("__") => format!("{}/{}", without_numbers(&first), rest.join("/")),
        _ => format!("*/{}", rest.join("/")),
    }
}

fn without_numbers(name: &str) -> String {
    let mut kind = String::new();
    for letter in name.chars() {
        match letter.is_ascii_digit() {
            true if kind.ends_with('#') => {}
            true => kind.push('#'),
            false => kind.push(letter),
        }
    }
    kind
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
        let mut wreckage = Wreckage::default();
        steps[..count].iter().for_each(|step| wreckage.take(step));
        wreckage.left(steps.get(count), crash, choose)
    }

    /// Every file and directory with its path and, for a file, its content, in the order of their names.
    pub fn tree(&self) -> Vec<(PathBuf, Option<Vec<u8>>)> {
        let (state, mut found, mut waiting) = (self.state(), Vec::new(), vec![(PathBuf::new(), ROOT)]);
        while let Some((path, node)) = waiting.pop() {
            match &state.nodes[node] {
                Content::File(content) => found.push((path, Some(content.clone()))),
                Content::Directory(names) => {
                    waiting.extend(names.iter().map(|(name, node)| (path.join(name), *node)));
                    found.push((path, None));
                }
            }
        }
        found.sort();
        found
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
        Step::Append { file, .. } | Step::Truncate { file, .. } | Step::Sync { file, .. } => *file,
        Step::Create { directory, .. }
        | Step::CreateDirectory { directory, .. }
        | Step::Rename { directory, .. }
        | Step::Remove { directory, .. }
        | Step::SyncDirectory { directory, .. } => *directory,
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
        Ok(Arc::new(SimulatedFile { disk: self.clone(), path: path.to_owned(), node }))
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

    fn put_names_on_platter(&self, path: &Path, site: Site) -> io::Result<()> {
        let mut state = self.state();
        let directory = state.find(path)?;
        state.names(directory)?;
        state.step(Step::SyncDirectory { directory, by: Asked::new(site, path) });
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
    /// By which it was opened.
    path: PathBuf,
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

    fn put_on_platter(&self, site: Site) -> io::Result<()> {
        let by = Asked::new(site, &self.path);
        self.disk.state().step(Step::Sync { file: self.node, by });
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
mod tests;
