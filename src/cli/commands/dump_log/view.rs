//! What is shown of a batch and of a record, whatever their format.

use super::records::HeaderViews;
use super::source::Entry;
use crate::log::TimestampType;
use crate::log::batch::BatchHeader;

/// A batch, or an old message set.
#[derive(Debug, Clone, Copy)]
pub struct BatchView {
    pub entry: Entry,
    pub time_kind: &'static str,
    pub timestamp: i64,
    /// The number of its codec.
    pub codec: u8,
    pub crc: u32,
    pub is_valid: bool,
    /// What old message sets have not.
    pub header: Option<BatchHeader>,
}

impl BatchView {
    pub fn last_offset(&self) -> i64 {
        match &self.header {
            Some(header) => header.base_offset.wrapping_add(i64::from(header.last_offset_delta)),
            None => self.entry.offset,
        }
    }

    pub fn is_control(&self) -> bool {
        self.header.is_some_and(|header| header.attributes.is_control())
    }

    /// The name of its codec, if there is such a one.
    pub fn codec_name(&self) -> Option<&'static str> {
        crate::log::Codec::from_id(self.codec).map(crate::log::Codec::name)
    }
}

/// Kafka's names of where a timestamp comes from.
pub fn time_kind(kind: Option<TimestampType>) -> &'static str {
    match kind {
        None => "NoTimestampType",
        Some(TimestampType::CreateTime) => "CreateTime",
        Some(TimestampType::LogAppendTime) => "LogAppendTime",
    }
}

/// A sequence so many steps on; after 2^31-1 comes 0.
pub fn sequence_after(base: i32, steps: i32) -> i32 {
    if base > i32::MAX.wrapping_sub(steps) {
        return steps.wrapping_sub(i32::MAX.wrapping_sub(base)).wrapping_sub(1);
    }
    base.wrapping_add(steps)
}

#[derive(Debug)]
pub struct RecordView<'r> {
    pub offset: i64,
    pub timestamp: i64,
    pub key: Option<&'r [u8]>,
    pub value: Option<&'r [u8]>,
    pub key_size: i32,
    pub value_size: i32,
    /// What only newer records have.
    pub sequence: Option<i32>,
    pub headers: HeaderViews<'r>,
    /// Of an old message: whether its own checksum is true, and that.
    pub checksum: Option<(bool, u32)>,
}
