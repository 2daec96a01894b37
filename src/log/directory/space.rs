//! How large the volume of a directory is, and how much of it this process may still fill.

use std::io;
use std::path::Path;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VolumeSpace {
    pub total: u64,
    pub usable: u64,
}

impl VolumeSpace {
    pub fn of(directory: &Path) -> io::Result<VolumeSpace> {
        let volume = rustix::fs::statvfs(directory)?;
        let bytes = |blocks: u64| blocks.saturating_mul(volume.f_frsize);
        Ok(VolumeSpace { total: bytes(volume.f_blocks), usable: bytes(volume.f_bavail) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_larger_than_what_is_left_of_it() {
        let home = tempfile::tempdir().unwrap();
        let space = VolumeSpace::of(home.path()).unwrap();
        assert!(space.total > 0 && space.total >= space.usable);
        assert!(VolumeSpace::of(&home.path().join("absent")).is_err());
    }
}
