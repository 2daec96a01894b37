//! What members of classic groups tell each other inside the records of their group.

use super::schemas;

schemas! {
    /// Subscription.
    CONSUMER_SUBSCRIPTION:

    ConsumerProtocolSubscription(-1, 0..=3, flexible i16::MAX) {
        topics: [string];
        userData: bytes, nullable;
        ownedPartitions: [{
            topic: string, since 1;
            partitions: [int32], since 1;
        }], since 1;
        generationId: int32, since 2;
        rackId: string, since 3, nullable;
    }
}

schemas! {
    /// Assignment.
    CONSUMER_ASSIGNMENT:

    ConsumerProtocolAssignment(-1, 0..=3, flexible i16::MAX) {
        assignedPartitions: [{
            topic: string;
            partitions: [int32];
        }];
        userData: bytes, nullable;
    }
}
