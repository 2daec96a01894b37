//! The syntax of Java's `.properties` files, as `java.util.Properties.load` reads it.
//!
//! `key=value`, `key:value` or `key value`; `#` and `!` start comments; a backslash at the end of a line continues it;
//! `\t \n \r \f \\ \: \= \uXXXX` are escapes, and any other escaped character stands for itself. Blanks around the
//! separator are dropped, blanks at the end of the value are kept. Bytes of a file are ISO-8859-1, so that a file means
//! here what it means to a Java client. The order of the file is kept; of a repeated key the last one counts.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Keys and values in the order in which they were written.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Properties {
    entries: Vec<(String, String)>,
}

/// Values may be secrets, so only keys are shown.
impl fmt::Debug for Properties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.entries.iter().map(|(key, _)| key)).finish()
    }
}

/// Why a file of properties cannot be used.
#[derive(Debug)]
pub enum PropertiesError {
    /// `\u` is not followed by four hexadecimal digits.
    Escape { line: usize },
    /// The file cannot be read.
    File { path: PathBuf, cause: io::Error },
}

impl fmt::Display for PropertiesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PropertiesError::Escape { line } => {
                write!(f, "line {line}: \\u must be followed by four hexadecimal digits")
            }
            PropertiesError::File { path, cause } => write!(f, "cannot read {}: {cause}", path.display()),
        }
    }
}

impl std::error::Error for PropertiesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PropertiesError::Escape { .. } => None,
            PropertiesError::File { cause, .. } => Some(cause),
        }
    }
}

impl Properties {
    pub fn new() -> Properties {
        Properties::default()
    }

    pub fn read_file(path: impl AsRef<Path>) -> Result<Properties, PropertiesError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|cause| PropertiesError::File { path: path.to_owned(), cause })?;
        Properties::parse(&bytes)
    }

    /// The bytes of a file, which Java takes for ISO-8859-1 whatever they are.
    pub fn parse(bytes: &[u8]) -> Result<Properties, PropertiesError> {
        let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
        Properties::parse_text(&text)
    }

    /// Text whose encoding is already known.
    pub fn parse_text(text: &str) -> Result<Properties, PropertiesError> {
        let mut properties = Properties::new();
        for (line, content) in logical_lines(text) {
            let (key, value) = split_entry(&content);
            properties.set(unescape(key, line)?, unescape(value, line)?);
        }
        Ok(properties)
    }

    /// `key=value` words of a command line: split at the first `=`, nothing unescaped; without `=` the value is empty.
    pub fn from_pairs<I, S>(pairs: I) -> Properties
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let mut properties = Properties::new();
        for pair in pairs {
            let (key, value) = pair.as_ref().split_once('=').unwrap_or((pair.as_ref(), ""));
            properties.set(key, value);
        }
        properties
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// A key that is already there keeps its place and gets the new value.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let (key, value) = (key.into(), value.into());
        match self.entries.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => self.entries.push((key, value)),
        }
    }

    pub fn remove(&mut self, key: &str) -> Option<String> {
        let at = self.entries.iter().position(|(name, _)| name == key)?;
        Some(self.entries.remove(at).1)
    }

    /// Sets all of `other` over what is here.
    pub fn extend(&mut self, other: &Properties) {
        for (key, value) in other.iter() {
            self.set(key, value);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

/// Lines with continuations joined, comments and blank lines left out, each with the number of its first line.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut logical = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, natural) in natural_lines(text).into_iter().enumerate() {
        let natural = natural.trim_start_matches(is_blank);
        if open.is_none() && (natural.is_empty() || natural.starts_with(['#', '!'])) {
            continue;
        }
        let (line, mut content) = open.take().unwrap_or_else(|| (index + 1, String::new()));
        if ends_in_continuation(natural) {
            content.push_str(&natural[..natural.len() - 1]);
            open = Some((line, content));
        } else {
            content.push_str(natural);
            logical.push((line, content));
        }
    }
    logical.extend(open.filter(|(_, content)| !content.is_empty()));
    logical
}

/// Lines that end at `\n`, `\r` or `\r\n`.
fn natural_lines(text: &str) -> Vec<&str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r')).collect()
}

fn ends_in_continuation(line: &str) -> bool {
    line.chars().rev().take_while(|&c| c == '\\').count() % 2 == 1
}

/// Splits where the key ends: at the first unescaped `=`, `:` or blank.
fn split_entry(content: &str) -> (&str, &str) {
    let mut escaped = false;
    let end = content.char_indices().find(|&(_, c)| {
        let ends = !escaped && (c == '=' || c == ':' || is_blank(c));
        escaped = c == '\\' && !escaped;
        ends
    });
    let Some((end, _)) = end else { return (content, "") };
    let rest = content[end..].trim_start_matches(is_blank);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (&content[..end], value.trim_start_matches(is_blank))
}

/// Escapes are UTF-16 code units, so two of them may make one character.
fn unescape(text: &str, line: usize) -> Result<String, PropertiesError> {
    if !text.contains('\\') {
        return Ok(text.to_owned());
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let plain = if c == '\\' { chars.next() } else { Some(c) };
        match (c, plain) {
            (_, None) => break,
            ('\\', Some('u')) => units.push(code_unit(&mut chars).ok_or(PropertiesError::Escape { line })?),
            ('\\', Some('t')) => units.push(u16::from(b'\t')),
            ('\\', Some('n')) => units.push(u16::from(b'\n')),
            ('\\', Some('r')) => units.push(u16::from(b'\r')),
            ('\\', Some('f')) => units.push(0x0c),
            (_, Some(other)) => units.extend(other.encode_utf16(&mut [0; 2]).iter()),
        }
    }
    Ok(String::from_utf16_lossy(&units))
}

fn code_unit(chars: &mut std::str::Chars<'_>) -> Option<u16> {
    let mut unit = 0u32;
    for _ in 0..4 {
        unit = unit * 16 + chars.next()?.to_digit(16)?;
    }
    u16::try_from(unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<(String, String)> {
        Properties::parse(text.as_bytes()).unwrap().entries
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn the_three_separators_and_the_blanks_around_them() {
        let expected = vec![pair("a", "1"), pair("b", "2 "), pair("c", "3"), pair("d", ""), pair("e", "= 5")];
        assert_eq!(entries("a=1\n  b : 2 \nc 3\nd\ne==\\ 5".replace("\\ 5", " 5").as_str()), expected);
    }

    #[test]
    fn comments_and_blank_lines_are_skipped_even_with_a_backslash_at_the_end() {
        assert_eq!(entries("# x\\\n! y\n\n \t\na=1\r\nb=2\rc=3"), vec![pair("a", "1"), pair("b", "2"), pair("c", "3")]);
    }

    #[test]
    fn a_backslash_continues_a_line_and_two_do_not() {
        assert_eq!(entries("a=1,\\\n   2\nb=x\\\\\nc=3"), vec![pair("a", "1,2"), pair("b", "x\\"), pair("c", "3")]);
        assert_eq!(entries("a=1\\\n# no comment"), vec![pair("a", "1# no comment")]);
    }

    #[test]
    fn escapes_in_keys_and_values() {
        assert_eq!(
            entries("a\\=b\\:c\\ d=\\t\\n\\u00e9\\ud83d\\ude00\\q"),
            vec![pair("a=b:c d", "\t\n\u{e9}\u{1f600}q")]
        );
    }

    #[test]
    fn a_broken_unicode_escape_names_its_line() {
        let error = Properties::parse(b"a=1\nb=\\\n\\u12x4\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2: \\u must be followed by four hexadecimal digits");
    }

    #[test]
    fn bytes_above_ascii_are_latin_1_in_a_file_and_themselves_in_text() {
        assert_eq!(Properties::parse(&[b'a', b'=', 0xe9]).unwrap().get("a"), Some("\u{e9}"));
        assert_eq!(Properties::parse_text("a=\u{e9}").unwrap().get("a"), Some("\u{e9}"));
    }

    #[test]
    fn the_last_of_a_repeated_key_counts_and_keeps_the_first_place() {
        assert_eq!(entries("a=1\nb=2\na=3"), vec![pair("a", "3"), pair("b", "2")]);
    }

    #[test]
    fn a_pair_of_a_command_line_is_split_at_the_first_equals_sign() {
        let properties = Properties::from_pairs(["a=b=c\\t", "d", "e="]);
        assert_eq!(properties.entries, vec![pair("a", "b=c\\t"), pair("d", ""), pair("e", "")]);
    }

    #[test]
    fn debug_output_shows_no_values() {
        let properties = Properties::from_pairs(["sasl.jaas.config=topsecret"]);
        assert_eq!(format!("{properties:?}"), r#"{"sasl.jaas.config"}"#);
    }
}
