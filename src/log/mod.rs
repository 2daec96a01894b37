//! One partition's bytes on disk: synchronous, in Kafka's own formats, without sockets and error codes. Time and
//! settings come in as parameters, files are reached through [`disk`] only. `FORMAT.md` describes every byte.

pub mod batch;
pub mod checkpoints;
mod cleaner;
pub mod directory;
pub mod disk;
mod errors;
mod index;
mod leader_epochs;
mod partition_log;
mod producers;
mod segment;
mod settings;
mod side_by_side;
mod validate;
mod varint;

pub use batch::Codec;
pub use cleaner::{AtFullSpeed, Choice, Cleaned, CleanedGroup, CleaningWork, Pace, Pass, Unfinished};
pub use disk::{Disk, OsDisk};
pub use errors::{AppendError, LogError, ReadError};
pub use index::AbortedTransaction;
pub use partition_log::{
    ActiveProducer, Append, Appended, CopyPlan, FlushWork, Located, LogCopy, Opening, Origin, PartitionLog, ReadLimit,
    RecoveryReport, Retained, Source,
};
pub use producers::Verification;
pub use settings::{Compression, LogSettings, TimestampType};
pub use side_by_side::side_by_side;
