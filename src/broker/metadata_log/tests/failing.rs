//! What the metadata log does when its disk fails.

use super::*;
use crate::log::disk::failing::{FailingDisk, Faults};

fn on_failing_disk(home: &Home) -> (MetadataLog, Arc<Faults>) {
    let (disk, faults) = FailingDisk::with_faults();
    let settings = MetadataLogSettings { disk, ..home.settings() };
    (MetadataLog::open(settings).unwrap(), faults)
}

#[test]
fn after_a_failed_write_nothing_is_published_and_nothing_more_is_taken() {
    for sync in [false, true] {
        let home = Home::formatted();
        let (log, faults) = on_failing_disk(&home);
        log.begin_writing(&registration(), NOW).unwrap();
        log.append(&new_topic("a", 1000), NOW).unwrap();
        if sync {
            faults.fail_syncs(true)
        } else {
            faults.leave_room_for(10)
        }
        assert!(log.append(&new_topic("b", 1001), NOW).is_err());
        assert_eq!(image(&log).topics.keys().collect::<Vec<_>>(), ["a"]);
        faults.mend();
        assert!(matches!(log.append(&new_topic("c", 1002), NOW), Err(MetadataLogError::Fenced(_))));
        assert!(matches!(log.close(), Err(MetadataLogError::Fenced(_))));
        drop(log);
        let log = home.writing();
        let names: Vec<String> = image(&log).topics.keys().cloned().collect();
        assert!(names == ["a"] || (sync && names == ["a", "b"]), "{names:?}");
        log.append(&new_topic("c", 1002), NOW).unwrap();
    }
}

#[test]
fn a_takeover_that_fails_before_its_first_batch_can_be_tried_again() {
    let home = Home::formatted();
    let (log, faults) = on_failing_disk(&home);
    faults.fail_syncs(true);
    assert!(log.begin_writing(&registration(), NOW).is_err());
    faults.mend();
    log.begin_writing(&registration(), NOW).unwrap();
    log.append(&new_topic("a", 1000), NOW).unwrap();
    assert_eq!(image(&home.open()).topics.len(), 1);
}
