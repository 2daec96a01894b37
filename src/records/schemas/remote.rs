//! The records of `__remote_log_metadata`.

use super::schemas;

schemas! {
    /// By type.
    REMOTE_RECORDS:

    RemoteLogSegmentMetadataRecord(0, 0..=0, flexible 0) {
        remoteLogSegmentId: {
            topicIdPartition: {
                name: string;
                id: uuid;
                partition: int32;
            };
            id: uuid;
        };
        startOffset: int64;
        endOffset: int64;
        brokerId: int32;
        maxTimestampMs: int64;
        eventTimestampMs: int64;
        segmentLeaderEpochs: [{
            leaderEpoch: int32;
            offset: int64;
        }];
        segmentSizeInBytes: int32;
        customMetadata: bytes, nullable;
        remoteLogSegmentState: int8;
        txnIndexEmpty: bool, tag 0;
    }

    RemoteLogSegmentMetadataUpdateRecord(1, 0..=0, flexible 0) {
        remoteLogSegmentId: {
            topicIdPartition: {
                name: string;
                id: uuid;
                partition: int32;
            };
            id: uuid;
        };
        brokerId: int32;
        eventTimestampMs: int64;
        customMetadata: bytes, nullable;
        remoteLogSegmentState: int8;
    }

    RemotePartitionDeleteMetadataRecord(2, 0..=0, flexible 0) {
        topicIdPartition: {
            name: string;
            id: uuid;
            partition: int32;
        };
        brokerId: int32;
        eventTimestampMs: int64;
        remotePartitionDeleteState: int8;
    }

    RemoteLogSegmentMetadataSnapshotRecord(3, 0..=0, flexible 0) {
        segmentId: uuid;
        startOffset: int64;
        endOffset: int64;
        brokerId: int32;
        maxTimestampMs: int64;
        eventTimestampMs: int64;
        segmentLeaderEpochs: [{
            leaderEpoch: int32;
            offset: int64;
        }];
        segmentSizeInBytes: int32;
        customMetadata: bytes, nullable;
        remoteLogSegmentState: int8;
        txnIndexEmpty: bool, tag 0;
    }
}
