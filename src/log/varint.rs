//! Zigzag varints, as records carry them: LEB128 of `(n << 1) ^ (n >> 63)`, 1–5 bytes for an int, 1–10 for a long.

/// Why no varint could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VarintFault {
    /// The bytes end inside it.
    Incomplete,
    /// It goes on after the longest form of its type, or says more than the type holds.
    TooLong,
}

/// Reads an int from the front; yields it and the number of bytes it took. Nearly all fit in one byte or two.
#[inline]
pub fn read_int(bytes: &[u8]) -> Result<(i32, usize), VarintFault> {
    match *bytes {
        [byte @ ..0x80, ..] => Ok((i32::from(byte >> 1) ^ -i32::from(byte & 1), 1)),
        [low, high @ ..0x80, ..] => {
            let value = i32::from(low & 0x7f) | i32::from(high) << 7;
            Ok((value >> 1 ^ -(value & 1), 2))
        }
        _ => read_longer_int(bytes),
    }
}

fn read_longer_int(bytes: &[u8]) -> Result<(i32, usize), VarintFault> {
    let mut value: u32 = 0;
    for (i, &byte) in bytes.iter().take(5).enumerate() {
        if i == 4 && byte > 0x0f {
            return Err(VarintFault::TooLong);
        }
        value |= u32::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            return Ok(((value >> 1) as i32 ^ -((value & 1) as i32), i + 1));
        }
    }
    Err(if bytes.len() < 5 { VarintFault::Incomplete } else { VarintFault::TooLong })
}

/// Reads a long from the front; yields it and the number of bytes it took.
#[inline]
pub fn read_long(bytes: &[u8]) -> Result<(i64, usize), VarintFault> {
    match *bytes {
        [byte @ ..0x80, ..] => Ok((i64::from(byte >> 1) ^ -i64::from(byte & 1), 1)),
        [low, high @ ..0x80, ..] => {
            let value = i64::from(low & 0x7f) | i64::from(high) << 7;
            Ok((value >> 1 ^ -(value & 1), 2))
        }
        _ => read_longer_long(bytes),
    }
}

fn read_longer_long(bytes: &[u8]) -> Result<(i64, usize), VarintFault> {
    let mut value: u64 = 0;
    for (i, &byte) in bytes.iter().take(10).enumerate() {
        if i == 9 && byte > 0x01 {
            return Err(VarintFault::TooLong);
        }
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            return Ok(((value >> 1) as i64 ^ -((value & 1) as i64), i + 1));
        }
    }
    Err(if bytes.len() < 10 { VarintFault::Incomplete } else { VarintFault::TooLong })
}

/// Appends an int.
pub fn write_int(value: i32, out: &mut Vec<u8>) {
    write_long(i64::from(value), out);
}

/// Appends a long. An int's long form and int form are the same bytes.
pub fn write_long(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// How many bytes `write_long` takes.
pub fn length(value: i64) -> usize {
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    (64 - (zigzag | 1).leading_zeros() as usize).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_long_comes_back_and_takes_the_length_foretold(value: i64) {
            let mut out = Vec::new();
            write_long(value, &mut out);
            prop_assert_eq!(out.len(), length(value));
            prop_assert_eq!(read_long(&out), Ok((value, out.len())));
        }

        #[test]
        fn an_int_comes_back(value: i32) {
            let mut out = Vec::new();
            write_int(value, &mut out);
            prop_assert_eq!(read_int(&out), Ok((value, out.len())));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = (read_int(&bytes), read_long(&bytes));
        }
    }

    #[test]
    fn an_overlong_varint_is_refused() {
        assert_eq!(read_int(&[0xff, 0xff, 0xff, 0xff, 0x1f]), Err(VarintFault::TooLong));
        assert_eq!(read_int(&[0x80; 4]), Err(VarintFault::Incomplete));
        assert_eq!(read_long(&[0x80; 10]), Err(VarintFault::TooLong));
        assert_eq!(read_long(&[]), Err(VarintFault::Incomplete));
    }
}
