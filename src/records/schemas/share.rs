//! Keys and values of `__share_group_state`.

use super::schemas;

schemas! {
    /// Keys, by type.
    SHARE_KEYS:

    ShareSnapshotKey(0, 0..=0, flexible i16::MAX) {
        groupId: string;
        topicId: uuid;
        partition: int32;
    }

    ShareUpdateKey(1, 0..=0, flexible i16::MAX) {
        groupId: string;
        topicId: uuid;
        partition: int32;
    }
}

schemas! {
    /// Values, by type.
    SHARE_VALUES:

    ShareSnapshotValue(0, 0..=0, flexible 0) {
        snapshotEpoch: int32;
        stateEpoch: int32;
        leaderEpoch: int32;
        startOffset: int64;
        deliveryCompleteCount: int32, tag 0, default -1;
        createTimestamp: int64;
        writeTimestamp: int64;
        stateBatches: [{
            firstOffset: int64;
            lastOffset: int64;
            deliveryState: int8;
            deliveryCount: int16;
        }];
    }

    ShareUpdateValue(1, 0..=0, flexible 0) {
        snapshotEpoch: int32;
        leaderEpoch: int32;
        startOffset: int64;
        deliveryCompleteCount: int32, tag 0, default -1;
        stateBatches: [{
            firstOffset: int64;
            lastOffset: int64;
            deliveryState: int8;
            deliveryCount: int16;
        }];
    }
}
