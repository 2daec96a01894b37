//! Making sound bytes unsound: a few edits of the kinds that disks, programs and attackers make.

/// A stream of numbers from a seed.
#[derive(Debug, Clone)]
pub struct Choices(u64);

impl Choices {
    pub fn new(seed: u64) -> Choices {
        Choices(seed.wrapping_mul(0xd134_2543_de82_ef95))
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Lengths, counts and offsets that are likely to be handled wrongly.
const NUMBERS: &[i64] = &[
    0,
    1,
    -1,
    -2,
    2,
    7,
    48,
    49,
    61,
    127,
    128,
    255,
    256,
    32_767,
    32_768,
    65_535,
    65_536,
    1 << 24,
    i32::MAX as i64,
    i32::MIN as i64,
    (i32::MAX as i64) + 1,
    u32::MAX as i64,
    i64::MAX,
    i64::MIN,
    1 << 40,
];

/// Bytes with one to five edits, or as they were.
pub fn edited(choices: &mut Choices, sound: &[u8]) -> Vec<u8> {
    let mut bytes = sound.to_vec();
    if choices.one_in(20) {
        return bytes;
    }
    for _ in 0..=choices.below(5) {
        edit(choices, &mut bytes);
    }
    bytes
}

fn edit(choices: &mut Choices, bytes: &mut Vec<u8>) {
    let at = choices.below(bytes.len() + 1);
    let rest = bytes.len() - at;
    match choices.below(9) {
        0 if rest > 0 => bytes[at] ^= 1 << choices.below(8),
        1 if rest > 0 => bytes[at] = *choices.pick(&[0, 1, 2, 0x7f, 0x80, 0xfe, 0xff]),
        2 => overwrite(bytes, at, &(*choices.pick(NUMBERS) as i32).to_be_bytes()),
        3 => overwrite(bytes, at, &choices.pick(NUMBERS).to_be_bytes()),
        4 => overwrite(bytes, at, &(*choices.pick(NUMBERS) as i16).to_be_bytes()),
        5 => bytes.truncate(at),
        6 => {
            let end = at + choices.below(rest.min(64) + 1);
            bytes.drain(at..end);
        }
        7 => {
            let copied = bytes[at..at + choices.below(rest.min(64) + 1)].to_vec();
            let to = choices.below(bytes.len() + 1);
            bytes.splice(to..to, copied);
        }
        _ => {
            let noise: Vec<u8> = (0..choices.below(12)).map(|_| choices.number() as u8).collect();
            bytes.splice(at..at, noise);
        }
    }
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    for (byte, new) in bytes[at..].iter_mut().zip(with) {
        *byte = *new;
    }
}

/// Makes the checksum and, one time of two, the length of the first batch fit what is there.
pub fn mend_batch(choices: &mut Choices, bytes: &mut [u8]) {
    if bytes.len() < 61 {
        return;
    }
    if choices.one_in(2) {
        let length = (bytes.len() - 12) as i32;
        bytes[8..12].copy_from_slice(&length.to_be_bytes());
    }
    let declared = i32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
    let end = usize::try_from(declared).map_or(bytes.len(), |length| (length + 12).min(bytes.len()));
    if end > 21 {
        let crc = crc32c::crc32c(&bytes[21..end]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    }
}
