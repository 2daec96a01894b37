//! The codecs of a batch, as streams: nothing is allocated by what compressed bytes claim, and what comes out is
//! capped. Framings as Kafka writes and reads them: gzip members, snappy in xerial blocks (raw on reading, too), one
//! LZ4 frame of independent blocks, zstd frames with a window of at most 128 MiB.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};

use flate2::bufread::GzDecoder;

use super::RecordFault;

/// How the records of a batch are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Codec {
    #[default]
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

impl Codec {
    pub const ALL: [Codec; 5] = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];

    /// The number in the attributes of a batch.
    pub fn id(self) -> u8 {
        self as u8
    }

    pub fn from_id(id: u8) -> Option<Codec> {
        Codec::ALL.get(usize::from(id)).copied()
    }

    /// Kafka's name for it in configurations and in the output of tools.
    pub fn name(self) -> &'static str {
        match self {
            Codec::None => "none",
            Codec::Gzip => "gzip",
            Codec::Snappy => "snappy",
            Codec::Lz4 => "lz4",
            Codec::Zstd => "zstd",
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No batch may decompress to more than this.
const OUTPUT_LIMIT: u64 = 256 << 20;
/// This much is free of the ratio.
const FREE_OUTPUT: u64 = 1 << 20;
/// Output bytes per input byte beyond that.
const RATIO_LIMIT: u64 = 1000;
const ZSTD_WINDOW_LOG_MAX: u32 = 27;
/// What a codec without blocks puts out at once.
const BUFFER_BYTES: usize = 32 << 10;

/// What `compressed` bytes may become at most.
pub(super) fn output_limit(compressed: usize) -> u64 {
    (compressed as u64).saturating_mul(RATIO_LIMIT).saturating_add(FREE_OUTPUT).min(OUTPUT_LIMIT)
}

/// Streams the records out of `block`. `Codec::None` has no stream: its bytes are the records.
pub(super) fn decompressor(codec: Codec, block: &[u8]) -> io::Result<Box<dyn BufRead + Send + '_>> {
    Ok(match codec {
        Codec::None => Box::new(block),
        Codec::Gzip => {
            Box::new(BufReader::with_capacity(BUFFER_BYTES, GzipMembers { member: Some(GzDecoder::new(block)) }))
        }
        Codec::Snappy => Box::new(SnappyBlocks::new(block)),
        Codec::Lz4 => Box::new(OneLz4Frame::new(block)?),
        Codec::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(block)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
            Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder))
        }
    })
}

/// What `block` decompresses to, as far as it does; the error says why that is not all.
pub fn decompressed(codec: Codec, block: &[u8]) -> (Vec<u8>, Result<(), RecordFault>) {
    let broken = |error: io::Error| RecordFault::Decompression(error.to_string());
    let limit = output_limit(block.len());
    let mut bytes = Vec::new();
    let stream = match decompressor(codec, block) {
        Ok(stream) => stream,
        Err(error) => return (bytes, Err(broken(error))),
    };
    match stream.take(limit + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > limit => (bytes, Err(RecordFault::DecompressesTooFar { limit })),
        read => (bytes, read.map(drop).map_err(broken)),
    }
}

/// Compresses the records of one batch. `level` is the codec's own scale; `None` its default.
pub(super) fn compress(codec: Codec, level: Option<i32>, records: &[u8]) -> io::Result<Vec<u8>> {
    match codec {
        Codec::None => Ok(records.to_vec()),
        Codec::Gzip => {
            let level = level.and_then(|level| u32::try_from(level).ok()).filter(|level| (1..=9).contains(level));
            let level = level.map_or(flate2::Compression::default(), flate2::Compression::new);
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(records)?;
            encoder.finish()
        }
        Codec::Snappy => compress_xerial(records),
        Codec::Lz4 => {
            let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(lz4_frame_info(), Vec::new());
            encoder.write_all(records)?;
            encoder.finish().map_err(io::Error::other)
        }
        Codec::Zstd => {
            let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), level.unwrap_or(3))?;
            encoder.write_all(records)?;
            encoder.finish()
        }
    }
}

/// FLG 0x60, BD 0x40: the subset that every Kafka client reads.
fn lz4_frame_info() -> lz4_flex::frame::FrameInfo {
    lz4_flex::frame::FrameInfo::new()
        .block_size(lz4_flex::frame::BlockSize::Max64KB)
        .block_mode(lz4_flex::frame::BlockMode::Independent)
}

const XERIAL_HEADER: [u8; 16] = *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";
const XERIAL_MAGIC_BYTES: usize = 8;
const XERIAL_BLOCK_BYTES: usize = 32 << 10;

fn compress_xerial(records: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = XERIAL_HEADER.to_vec();
    let mut encoder = snap::raw::Encoder::new();
    for chunk in records.chunks(XERIAL_BLOCK_BYTES) {
        let block = encoder.compress_vec(chunk).map_err(io::Error::other)?;
        out.extend_from_slice(&(block.len() as u32).to_be_bytes());
        out.extend_from_slice(&block);
    }
    Ok(out)
}

/// Gzip members one after the other. What follows one and is none is not looked at, as in Java.
struct GzipMembers<'a> {
    member: Option<GzDecoder<&'a [u8]>>,
}

impl Read for GzipMembers<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        /// The header and trailer of a member.
        const LEAST: usize = 18;
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let rest = self.member.take().map_or(&[][..], GzDecoder::into_inner);
            let next = (rest.len() > LEAST).then(|| GzDecoder::new(rest));
            self.member = next.filter(|next| next.header().is_some());
        }
        Ok(0)
    }
}

/// Snappy as Kafka clients send it: xerial blocks, or (librdkafka, some Go clients) one raw block without any frame.
struct SnappyBlocks<'a> {
    rest: &'a [u8],
    framed: bool,
    block: Vec<u8>,
    read: usize,
}

impl<'a> SnappyBlocks<'a> {
    fn new(bytes: &'a [u8]) -> SnappyBlocks<'a> {
        let framed = bytes.starts_with(&XERIAL_HEADER[..XERIAL_MAGIC_BYTES]);
        SnappyBlocks { rest: bytes, framed, block: Vec::new(), read: 0 }
    }

    /// The next compressed block, without its length.
    fn next_block(&mut self) -> io::Result<Option<&'a [u8]>> {
        if !self.framed {
            let all = std::mem::take(&mut self.rest);
            return Ok((!all.is_empty()).then_some(all));
        }
        // snappy-java accepts the header again between blocks: streams are concatenated that way.
        while self.rest.starts_with(&XERIAL_HEADER[..XERIAL_MAGIC_BYTES]) {
            self.rest = self.rest.get(XERIAL_HEADER.len()..).ok_or_else(|| broken("snappy header cut off"))?;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (length, rest) = self.rest.split_first_chunk().ok_or_else(|| broken("snappy block length cut off"))?;
        let length = u32::from_be_bytes(*length) as usize;
        let (block, rest) = rest.split_at_checked(length).ok_or_else(|| broken("snappy block cut off"))?;
        self.rest = rest;
        Ok(Some(block))
    }

    fn fill(&mut self) -> io::Result<bool> {
        let Some(block) = self.next_block()? else { return Ok(false) };
        let length = snap::raw::decompress_len(block).map_err(io::Error::other)?;
        // A snappy copy turns three bytes into at most 64: a block that claims more lies, and would only cost memory.
        if length > block.len().saturating_mul(64) {
            return Err(broken("snappy block claims an impossible length"));
        }
        self.block.resize(length, 0);
        self.read = 0;
        snap::raw::Decoder::new().decompress(block, &mut self.block).map_err(io::Error::other)?;
        Ok(true)
    }
}

impl BufRead for SnappyBlocks<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.read == self.block.len() {
            if !self.fill()? {
                return Ok(&[]);
            }
        }
        Ok(&self.block[self.read..])
    }

    fn consume(&mut self, count: usize) {
        self.read += count;
    }
}

impl Read for SnappyBlocks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_block(self, buffer)
    }
}

/// Reads what is left of a block.
fn read_block(blocks: &mut impl BufRead, buffer: &mut [u8]) -> io::Result<usize> {
    let read = blocks.fill_buf()?.read(buffer)?;
    blocks.consume(read);
    Ok(read)
}

/// One LZ4 frame within the limits of Kafka's own reader: independent blocks of 64 KiB to 4 MiB. What follows its end
/// mark is not looked at.
struct OneLz4Frame<'a> {
    decoder: lz4_flex::frame::FrameDecoder<&'a [u8]>,
    ended: bool,
}

impl<'a> OneLz4Frame<'a> {
    fn new(bytes: &'a [u8]) -> io::Result<OneLz4Frame<'a>> {
        match bytes {
            [0x04, 0x22, 0x4d, 0x18, flags, descriptor, ..]
                if flags >> 6 == 1 && flags & 0x20 != 0 && matches!(descriptor, 0x40 | 0x50 | 0x60 | 0x70) =>
            {
                Ok(OneLz4Frame { decoder: lz4_flex::frame::FrameDecoder::new(bytes), ended: false })
            }
            _ => Err(broken("not an LZ4 frame of independent blocks")),
        }
    }
}

impl BufRead for OneLz4Frame<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.ended {
            return Ok(&[]);
        }
        let block = self.decoder.fill_buf()?;
        self.ended = block.is_empty();
        Ok(block)
    }

    fn consume(&mut self, count: usize) {
        self.decoder.consume(count);
    }
}

impl Read for OneLz4Frame<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_block(self, buffer)
    }
}

fn broken(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
