use super::*;
use crate::log::disk::{read_exact, replace};

fn directory_sync(disk: &SimulatedDisk, path: &Path) -> io::Result<()> {
    (disk as &dyn Disk).sync_directory(path)
}

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
    directory_sync(&disk, Path::new("")).unwrap();
    file.append(b"AB").unwrap();
    file.sync().unwrap();
    file.append(b"CD").unwrap();
    let steps = disk.steps();
    let mut left: Vec<Vec<u8>> = images(&steps, steps.len()).iter().map(|disk| content(disk, "a").unwrap()).collect();
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
    directory_sync(&disk, Path::new("")).unwrap();
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
