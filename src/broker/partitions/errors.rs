//! What the log says, in Kafka's error codes. The only place where one becomes the other.
//!
//! Paths and the system's words stay in the broker's own log; a client learns the code.

use crate::log::batch::BatchFault;
use crate::log::{AppendError, LogError, ReadError};
use crate::protocol::{ErrorCode, Rejection};

/// Why a batch was refused, and which of its records are to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppendRejection {
    pub rejection: Rejection,
    /// Index within the batch, and what is wrong.
    pub records: Vec<(i32, String)>,
}

impl From<Rejection> for AppendRejection {
    fn from(rejection: Rejection) -> AppendRejection {
        AppendRejection { rejection, records: Vec::new() }
    }
}

impl From<ErrorCode> for AppendRejection {
    fn from(code: ErrorCode) -> AppendRejection {
        AppendRejection::from(Rejection::from(code))
    }
}

impl From<AppendError> for AppendRejection {
    fn from(error: AppendError) -> AppendRejection {
        let code = match &error {
            AppendError::TooLarge { .. } => ErrorCode::MessageTooLarge,
            AppendError::LargerThanSegment { .. } => ErrorCode::RecordListTooLarge,
            AppendError::Corrupt(BatchFault::UnsupportedMagic(_) | BatchFault::BadCount { .. }) => {
                ErrorCode::InvalidRecord
            }
            AppendError::Corrupt(BatchFault::UnknownCodec(_)) | AppendError::UnsupportedCodec { .. } => {
                ErrorCode::UnsupportedCompressionType
            }
            AppendError::Corrupt(_) => ErrorCode::CorruptMessage,
            AppendError::InvalidRecord { .. } => ErrorCode::InvalidRecord,
            AppendError::InvalidTimestamp { .. } => ErrorCode::InvalidTimestamp,
            AppendError::OutOfOrderSequence { .. } => ErrorCode::OutOfOrderSequenceNumber,
            AppendError::InvalidProducerEpoch { .. } => ErrorCode::InvalidProducerEpoch,
            AppendError::InvalidTransactionState { .. } => ErrorCode::InvalidTxnState,
            AppendError::CoordinatorFenced { .. } => ErrorCode::TransactionCoordinatorFenced,
            AppendError::Storage(_) => return storage_rejection().into(),
        };
        let rejection = Rejection::new(code, error.to_string());
        match error {
            AppendError::InvalidRecord { records, .. } | AppendError::InvalidTimestamp { records, .. } => {
                AppendRejection { rejection, records }
            }
            _ => rejection.into(),
        }
    }
}

/// What a reader is told. Storage errors are written to the broker's log by whoever has the context.
pub fn read_rejection(error: &ReadError) -> Rejection {
    match error {
        ReadError::OutOfRange { .. } => ErrorCode::OffsetOutOfRange.into(),
        ReadError::Storage(_) => storage_rejection(),
    }
}

pub fn log_rejection(partition: &impl std::fmt::Display, error: &LogError) -> Rejection {
    tracing::error!(%partition, "the log failed: {error}");
    storage_rejection()
}

pub fn storage_rejection() -> Rejection {
    ErrorCode::KafkaStorageError.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_bytes_can_be_sent_again_but_wrong_ones_cannot() {
        let code = |error| AppendRejection::from(error).rejection.code;
        assert_eq!(
            code(AppendError::Corrupt(BatchFault::BadCrc { declared: 1, computed: 2 })),
            ErrorCode::CorruptMessage
        );
        assert_eq!(code(AppendError::Corrupt(BatchFault::UnsupportedMagic(1))), ErrorCode::InvalidRecord);
    }

    #[test]
    fn offending_records_are_named() {
        let error = AppendError::InvalidRecord { message: "no key".into(), records: vec![(3, "no key".into())] };
        let rejection = AppendRejection::from(error);
        assert_eq!(rejection.rejection.code, ErrorCode::InvalidRecord);
        assert_eq!(rejection.records, [(3, "no key".to_owned())]);
    }
}
