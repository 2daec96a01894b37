//! What somebody outside has to say while a pass goes on: how fast it may read and write, and when it is to be given up.

/// Asked again and again during a pass.
pub trait Pace {
    /// So many bytes were read or written. Waits if that was too fast; false if the pass is to be given up.
    fn moved(&self, bytes: u64) -> bool;
}

/// As fast as the disk is, to the end.
#[derive(Debug, Clone, Copy)]
pub struct AtFullSpeed;

impl Pace for AtFullSpeed {
    fn moved(&self, _: u64) -> bool {
        true
    }
}

/// Reports what was moved in portions, since a batch is little.
pub(super) struct Meter<'a> {
    pace: &'a dyn Pace,
    portion: u64,
    unreported: u64,
}

impl Meter<'_> {
    pub fn new(pace: &dyn Pace, portion: usize) -> Meter<'_> {
        Meter { pace, portion: portion as u64, unreported: 0 }
    }

    /// False if the pass is to be given up.
    pub fn moved(&mut self, bytes: usize) -> bool {
        self.unreported += bytes as u64;
        self.unreported < self.portion || self.pace.moved(std::mem::take(&mut self.unreported))
    }
}
