//! Lines out of pieces of input, with a bound on the length of a line.
//!
//! Lines end at `\n`, `\r` or `\r\n`, as Java reads them; the last one needs no end. A line longer than the bound is
//! reported and skipped, so that memory does not depend on the input.

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
}

impl Lines {
    pub fn new(longest: usize) -> Lines {
        Lines { longest, pending: Vec::new(), overflown: false, after_return: false }
    }

    /// Takes the next piece and hands over the lines that end in it.
    pub fn push(&mut self, mut piece: &[u8], mut line: impl FnMut(Line<'_>)) {
        if std::mem::take(&mut self.after_return) {
            piece = piece.strip_prefix(b"\n").unwrap_or(piece);
        }
        while let Some(end) = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(longest: usize, pieces: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        let mut lines = Lines::new(longest);
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
    fn a_line_beyond_the_bound_is_reported_and_skipped() {
        assert_eq!(lines(3, &["abc\nabcd\nab\n"]), ["abc", "<too long>", "ab"]);
        assert_eq!(lines(3, &["ab", "cd", "ef\nx"]), ["<too long>", "x"]);
        assert_eq!(lines(3, &["abcdef"]), ["<too long>"]);
    }
}
