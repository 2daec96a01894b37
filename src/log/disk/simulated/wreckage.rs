//! What a crash leaves of a disk.
//!
//! When the process dies, all steps before it count, and an append that it interrupts has written some first part of its
//! bytes. When the machine dies, what was not synced may be lost: of a file any number of its unsynced steps from the
//! first on, the next append torn or, as file systems that note lengths before contents leave it, as long as it was and
//! full of zeros, and so perhaps an earlier one; of a directory any number of its unsynced names from the first on. A
//! file that is synced does not thereby have a name: that is the directory's to sync.

use std::collections::BTreeSet;

use super::{Asked, Content, Crash, Names, Node, SimulatedDisk, Step, apply_to_file, apply_to_names, subject};

/// What is synced, and what is waiting for it, node by node; it grows step by step.
#[derive(Debug, Clone)]
pub struct Wreckage {
    synced: Vec<Content>,
    waiting: Vec<Vec<Step>>,
    /// This sync is left out.
    without: Option<Asked>,
    /// What it would have put on the platter waits on.
    at_risk: BTreeSet<Node>,
}

impl Default for Wreckage {
    /// Of a disk that was empty.
    fn default() -> Wreckage {
        Wreckage {
            synced: vec![Content::Directory(Names::new())],
            waiting: vec![Vec::new()],
            without: None,
            at_risk: BTreeSet::new(),
        }
    }
}

impl Wreckage {
    /// Of a disk on which everything lasts so far.
    pub fn of(disk: &SimulatedDisk) -> Wreckage {
        let synced = disk.state().nodes.clone();
        Wreckage { waiting: vec![Vec::new(); synced.len()], synced, ..Wreckage::default() }
    }

    /// The same for a program that lacks a sync.
    pub fn without(sync: Asked) -> Wreckage {
        Wreckage { without: Some(sync), ..Wreckage::default() }
    }

    /// A step was done.
    pub fn take(&mut self, step: &Step) {
        match step {
            Step::Create { .. } => self.synced.push(Content::File(Vec::new())),
            Step::CreateDirectory { .. } => self.synced.push(Content::Directory(Names::new())),
            _ => {}
        }
        self.waiting.resize(self.synced.len(), Vec::new());
        let node = subject(step);
        match step {
            Step::Sync { by, .. } | Step::SyncDirectory { by, .. } if self.without.as_ref() == Some(by) => {
                self.at_risk.insert(node);
            }
            Step::Sync { .. } | Step::SyncDirectory { .. } => {
                self.at_risk.remove(&node);
                for step in std::mem::take(&mut self.waiting[node]) {
                    change(&mut self.synced[node], &step);
                }
            }
            _ => self.waiting[node].push(step.clone()),
        }
    }

    /// The disk that a crash leaves now, while `next` was being done if it is an append. `choose(n)` decides what is left
    /// open: a number below `n`.
    pub fn left(&self, next: Option<&Step>, crash: Crash, choose: &mut dyn FnMut(usize) -> usize) -> SimulatedDisk {
        self.left_where(next, |_| crash == Crash::Machine, choose)
    }

    /// The disk of a machine that died now and lost nothing but what the sync would have saved that is left out; `None`
    /// if that is nothing.
    pub fn left_for_want(&self, choose: &mut dyn FnMut(usize) -> usize) -> Option<SimulatedDisk> {
        let loses = |node| self.at_risk.contains(&node);
        (!self.at_risk.is_empty()).then(|| self.left_where(None, loses, choose))
    }

    fn left_where(
        &self,
        next: Option<&Step>,
        loses: impl Fn(Node) -> bool,
        choose: &mut dyn FnMut(usize) -> usize,
    ) -> SimulatedDisk {
        let begun = next.and_then(|step| match step {
            Step::Append { file, bytes } => Some((*file, bytes[..choose(bytes.len() + 1)].to_vec())),
            _ => None,
        });
        let left = |(node, content): (Node, &Content)| {
            let mut waiting = self.waiting[node].clone();
            if let Some((file, bytes)) = begun.as_ref().filter(|(file, _)| *file == node) {
                waiting.push(Step::Append { file: *file, bytes: bytes.clone() });
            }
            let mut content = content.clone();
            if loses(node) {
                lose(&mut waiting, choose);
            }
            waiting.iter().for_each(|step| change(&mut content, step));
            content
        };
        SimulatedDisk::of(self.synced.iter().enumerate().map(left).collect())
    }
}

/// What does not last of the unsynced steps of one file or directory.
fn lose(waiting: &mut Vec<Step>, choose: &mut dyn FnMut(usize) -> usize) {
    if waiting.is_empty() {
        return;
    }
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
    let holed = choose(4 * kept.max(1));
    if let Some(Step::Append { bytes, .. }) = waiting.get_mut(..kept).and_then(|kept| kept.get_mut(holed)) {
        bytes.fill(0);
    }
}

fn change(content: &mut Content, step: &Step) {
    match content {
        Content::File(content) => apply_to_file(content, step),
        Content::Directory(names) => apply_to_names(names, step),
    }
}
