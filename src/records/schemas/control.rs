//! Values of the control records of the metadata log.

use super::{fields, schemas};

const VOTER: &[super::Field] = fields!({
    voterId: int32;
    voterDirectoryId: uuid, since 1;
});

schemas! {
    /// By type of control record.
    CONTROL_RECORDS:

    LeaderChangeMessage(2, 0..=1, flexible 0) {
        version: int16;
        leaderId: int32;
        voters: [VOTER];
        grantingVoters: [VOTER];
    }

    SnapshotHeaderRecord(3, 0..=0, flexible 0) {
        version: int16;
        lastContainedLogTimestamp: int64;
    }

    SnapshotFooterRecord(4, 0..=0, flexible 0) {
        version: int16;
    }

    KRaftVersionRecord(5, 0..=0, flexible 0) {
        version: int16;
        kRaftVersion: int16;
    }

    VotersRecord(6, 0..=0, flexible 0) {
        version: int16;
        voters: [{
            voterId: int32;
            voterDirectoryId: uuid;
            endpoints: [{
                name: string;
                host: string;
                port: uint16;
            }];
            kRaftVersionFeature: {
                minSupportedVersion: int16;
                maxSupportedVersion: int16;
            };
        }];
    }
}
