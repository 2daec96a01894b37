//! Lines out of pieces of input, with a bound on the length of a line.
//!
//! Lines end at `\n`, `\r` or `\r\n`, as Java reads them, or at a delimiter; the last one needs no end. A line longer than the bound is
//! reported and skipped, so that memory does not depend on the input.

use memchr::{memchr, memchr2, memmem};

/// A line, or the report that one was too long.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    Whole(&'a [u8]),
    TooLong,
}

/// Joins pieces of input to lines.
#[derive(Debug)]
pub struct Lines {
    longest: usize,
    pending: Vec<u8>,
    /// Whether the pending line is already too long.
    overflown: bool,
    /// Whether the last piece ended with `\r`, so that a `\n` in front of the next belongs to it.
    after_return: bool,
    /// What ends lines; empty for the ends of lines of text.
    delimiter: Vec<u8>,
    /// Before this place the pending line holds no delimiter.
    searched: usize,
}

impl Lines {
    pub fn new(longest: usize, delimiter: &[u8]) -> Lines {
        let (pending, delimiter) = (Vec::new(), delimiter.to_vec());
        Lines { longest, pending, overflown: false, after_return: false, delimiter, searched: 0 }
    }

    /// Takes the next piece and hands over the lines that end in it.
    pub fn push(&mut self, mut piece: &[u8], mut line: impl FnMut(Line<'_>)) {
        if !self.delimiter.is_empty() {
            return self.push_delimited(piece, line);
        }
        if std::mem::take(&mut self.after_return) {
            piece = piece.strip_prefix(b"\n").unwrap_or(piece);
        }
        while let Some(end) = memchr2(b'\n', b'\r', piece) {
            let (content, rest) = piece.split_at(end);
            self.end_line(content, &mut line);
            piece = match rest {
                [b'\r'] => {
                    self.after_return = true;
                    &[]
                }
                [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
                [] => &[],
            };
        }
        self.keep(piece);
    }

    fn push_delimited(&mut self, piece: &[u8], mut line: impl FnMut(Line<'_>)) {
        self.pending.extend_from_slice(piece);
        let (length, mut begin, mut from) = (self.delimiter.len(), 0, self.searched);
        while let Some(at) = self.pending.get(from..).and_then(|text| position(text, &self.delimiter)) {
            let content = self.pending.get(begin..from + at).unwrap_or_default();
            let is_too_long = std::mem::take(&mut self.overflown) || content.len() > self.longest;
            line(if is_too_long { Line::TooLong } else { Line::Whole(content) });
            begin = from + at + length;
            from = begin;
        }
        self.pending.drain(..begin);
        let tail = length - 1;
        if self.pending.len() > self.longest.saturating_add(tail) {
            self.overflown = true;
        }
        if self.overflown {
            self.pending.drain(..self.pending.len().saturating_sub(tail));
        }
        self.searched = self.pending.len().saturating_sub(tail);
    }

    /// Hands over the last line if it has no end.
    pub fn finish(&mut self, mut line: impl FnMut(Line<'_>)) {
        if !self.pending.is_empty() || self.overflown {
            self.end_line(&[], &mut line);
        }
    }

    fn end_line(&mut self, content: &[u8], line: &mut impl FnMut(Line<'_>)) {
        if self.overflown || self.pending.len() + content.len() > self.longest {
            line(Line::TooLong);
        } else if self.pending.is_empty() {
            line(Line::Whole(content));
        } else {
            self.pending.extend_from_slice(content);
            line(Line::Whole(&self.pending));
        }
        self.pending.clear();
        self.overflown = false;
    }

    fn keep(&mut self, content: &[u8]) {
        if self.overflown || self.pending.len() + content.len() > self.longest {
            self.pending = Vec::new();
            self.overflown = true;
        } else {
            self.pending.extend_from_slice(content);
        }
    }
}

/// Where something stands for the first time.
pub fn position(text: &[u8], sought: &[u8]) -> Option<usize> {
    match sought {
        [only] => memchr(*only, text),
        _ => memmem::find(text, sought),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(longest: usize, pieces: &[&str]) -> Vec<String> {
        delimited(longest, "", pieces)
    }

    fn delimited(longest: usize, delimiter: &str, pieces: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = Lines::new(longest, delimiter.as_bytes());
        let mut note = |line: Line<'_>| match line {
            Line::Whole(bytes) => found.push(String::from_utf8(bytes.to_vec()).unwrap()),
            Line::TooLong => found.push("<too long>".to_owned()),
        };
        for piece in pieces {
            lines.push(piece.as_bytes(), &mut note);
        }
        lines.finish(&mut note);
        found
    }

    #[test]
    fn three_kinds_of_line_ends_and_a_last_line_without_one() {
        assert_eq!(lines(9, &["a\nb\r\nc\rd"]), ["a", "b", "c", "d"]);
        assert_eq!(lines(9, &["\n\n", "x"]), ["", "", "x"]);
        assert!(lines(9, &[""]).is_empty());
        assert_eq!(lines(9, &["a\n"]), ["a"]);
    }

    #[test]
    fn lines_may_be_cut_anywhere() {
        let text = "one\r\ntwo\rthree\n\nfour";
        for cut in 0..=text.len() {
            assert_eq!(lines(9, &[&text[..cut], &text[cut..]]), ["one", "two", "three", "", "four"], "cut at {cut}");
        }
    }

    #[test]
    fn a_delimiter_may_be_long_and_cut_anywhere() {
        assert_eq!(delimited(9, "\0", &["a\nb\0c\0\0d"]), ["a\nb", "c", "", "d"]);
        let text = "one--two\r\n---three--";
        for cut in 0..=text.len() {
            let found = delimited(9, "--", &[&text[..cut], &text[cut..]]);
            assert_eq!(found, ["one", "two\r\n", "-three"], "cut at {cut}");
        }
        assert_eq!(delimited(3, "--", &["abcd", "efgh-", "-abc--", "abcde"]), ["<too long>", "abc", "<too long>"]);
        assert_eq!(delimited(3, "--", &["abc", "-", "-x"]), ["abc", "x"]);
    }

    #[test]
    fn a_line_beyond_the_bound_is_reported_and_skipped() {
        assert_eq!(lines(3, &["abc\nabcd\nab\n"]), ["abc", "<too long>", "ab"]);
        assert_eq!(lines(3, &["ab", "cd", "ef\nx"]), ["<too long>", "x"]);
        assert_eq!(lines(3, &["abcdef"]), ["<too long>"]);
    }
}
