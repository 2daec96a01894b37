//! Backslash escapes in options: `\n`, `\r`, `\t`, `\0`, `\xHH`; any other character stands for itself.

/// Text with its escapes replaced by what they stand for.
pub fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        match first {
            '\\' => rest = escape(rest, &mut bytes),
            other => bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// Reads what stands behind a backslash, and gives the rest.
pub fn escape<'a>(rest: &'a str, to: &mut Vec<u8>) -> &'a str {
    let Some(letter) = rest.chars().next() else {
        to.push(b'\\');
        return rest;
    };
    let behind = &rest[letter.len_utf8()..];
    match letter {
        'n' => to.push(b'\n'),
        'r' => to.push(b'\r'),
        't' => to.push(b'\t'),
        '0' => to.push(0),
        'x' => {
            if let Some(byte) = behind.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
                to.push(byte);
                return &behind[2..];
            }
            to.push(b'x');
        }
        other => to.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
    }
    behind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_bytes_and_everything_else_for_itself() {
        assert_eq!(unescaped("a\\tb\\n\\r\\0\\x1f\\xff"), b"a\tb\n\r\0\x1f\xff");
        assert_eq!(unescaped("\\\\ \\: \\xg \\é \\"), "\\ : xg é \\".as_bytes());
        assert_eq!(unescaped("\\x"), b"x");
    }
}
