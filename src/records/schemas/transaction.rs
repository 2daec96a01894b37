//! Key and value of `__transaction_state`.

use super::schemas;

schemas! {
    /// Keys, by type.
    TRANSACTION_KEYS:

    TransactionLogKey(0, 0..=0, flexible i16::MAX) {
        transactionalId: string;
    }
}

schemas! {
    /// Values, by type.
    TRANSACTION_VALUES:

    TransactionLogValue(0, 0..=1, flexible 1) {
        producerId: int64;
        previousProducerId: int64, since 1, tag 0, default -1;
        nextProducerId: int64, since 1, tag 1, default -1;
        producerEpoch: int16;
        nextProducerEpoch: int16, since 1, tag 3, default -1;
        transactionTimeoutMs: int32;
        transactionStatus: int8;
        transactionPartitions: [{
            topic: string;
            partitionIds: [int32];
        }], nullable;
        transactionLastUpdateTimestampMs: int64;
        transactionStartTimestampMs: int64;
        clientTransactionVersion: int16, since 1, tag 2;
    }
}
