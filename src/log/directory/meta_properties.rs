//! `meta.properties`: which cluster, node and directory this is. Java properties text in ISO-8859-1; the presence of
//! the file means "formatted".

use std::collections::BTreeMap;
use std::path::Path;

use crate::clock::Timestamp;
use crate::log::disk::{Disk, replace};
use crate::log::errors::{Attempt, LogError};
use crate::vocabulary::Uuid;

pub const META_PROPERTIES_FILE: &str = "meta.properties";

/// The content that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaProperties {
    pub cluster_id: String,
    pub node_id: i32,
    /// Absent in directories formatted before Kafka 3.7: make one and write the file anew.
    pub directory_id: Option<Uuid>,
}

impl MetaProperties {
    /// `None` if the directory is not formatted.
    pub fn read(disk: &dyn Disk, directory: &Path) -> Result<Option<MetaProperties>, LogError> {
        let path = directory.join(META_PROPERTIES_FILE);
        match disk.read(&path).attempt("read", &path)? {
            None => Ok(None),
            Some(bytes) => MetaProperties::parse(&bytes).map(Some).map_err(|fault| LogError::malformed(&path, fault)),
        }
    }

    pub fn write(&self, disk: &dyn Disk, directory: &Path, now: Timestamp) -> Result<(), LogError> {
        let path = directory.join(META_PROPERTIES_FILE);
        replace(disk, &path, self.text(now).as_bytes()).attempt("write", &path)
    }

    fn parse(bytes: &[u8]) -> Result<MetaProperties, String> {
        let entries = parse_properties(bytes);
        let get = |key: &str| entries.get(key).map(String::as_str);
        let number = |key: &str| -> Result<i32, String> {
            let text = get(key).ok_or_else(|| format!("{key} is missing"))?;
            text.parse().map_err(|_| format!("{key}={text} is no number"))
        };
        let (node_id, cluster_id) = match get("version").unwrap_or("0") {
            "0" => (number("broker.id")?, get("cluster.id").unwrap_or_default()),
            "1" => (number("node.id")?, get("cluster.id").ok_or("cluster.id is missing")?),
            other => return Err(format!("version={other} is not known")),
        };
        let directory_id = match get("directory.id") {
            None => None,
            Some(text) => match text.parse::<Uuid>() {
                Ok(id) if id.0 >= 100 => Some(id),
                _ => return Err(format!("directory.id={text} is no directory id")),
            },
        };
        Ok(MetaProperties { cluster_id: cluster_id.to_owned(), node_id, directory_id })
    }

    fn text(&self, now: Timestamp) -> String {
        let time = jiff::Timestamp::from_millisecond(now.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let mut text = format!("#\n#{}\nnode.id={}\n", time.strftime("%a %b %d %H:%M:%S UTC %Y"), self.node_id);
        if let Some(id) = self.directory_id {
            text.push_str(&format!("directory.id={id}\n"));
        }
        text.push_str(&format!("version=1\ncluster.id={}\n", escaped(&self.cluster_id)));
        text
    }
}

/// A value as `java.util.Properties` stores it.
fn escaped(value: &str) -> String {
    let mut out = String::new();
    for (i, unit) in value.encode_utf16().enumerate() {
        match char::from_u32(u32::from(unit)) {
            Some(' ') if i == 0 => out.push_str("\\ "),
            Some('\t') => out.push_str("\\t"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some(c @ ('\\' | '=' | ':' | '#' | '!')) => out.extend(['\\', c]),
            Some(c @ ' '..='~') => out.push(c),
            _ => out.push_str(&format!("\\u{unit:04X}")),
        }
    }
    out
}

/// Keys and values by the rules of `java.util.Properties`.
fn parse_properties(bytes: &[u8]) -> BTreeMap<String, String> {
    let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    logical_lines(&text).iter().map(|line| split_entry(line)).collect()
}

/// Lines without comments and blanks; one that ends in an odd number of backslashes goes on in the next.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut continued = false;
    for line in text.split(['\n', '\r']) {
        let line = line.trim_start_matches([' ', '\t', '\x0c']);
        if !continued && (line.is_empty() || line.starts_with(['#', '!'])) {
            continue;
        }
        let backslashes = line.len() - line.trim_end_matches('\\').len();
        let goes_on = backslashes % 2 == 1;
        let content = if goes_on { &line[..line.len() - 1] } else { line };
        match lines.last_mut() {
            Some(last) if continued => last.push_str(content),
            _ => lines.push(content.to_owned()),
        }
        continued = goes_on;
    }
    lines
}

/// The key ends at the first unescaped `=`, `:` or blank; blanks and one separator are skipped before the value.
fn split_entry(line: &str) -> (String, String) {
    let mut escape = false;
    let end = line.find(|c: char| {
        let ends = !escape && matches!(c, '=' | ':' | ' ' | '\t' | '\x0c');
        escape = c == '\\' && !escape;
        ends
    });
    let (key, rest) = line.split_at(end.unwrap_or(line.len()));
    let rest = rest.trim_start_matches([' ', '\t', '\x0c']);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches([' ', '\t', '\x0c']);
    (unescaped(key), unescaped(value))
}

fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '\\' => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('f') => '\x0c',
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
                    continue;
                }
                Some(other) => other,
                None => break,
            },
            other => other,
        };
        units.extend(c.encode_utf16(&mut [0; 2]).iter());
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::log::OsDisk;

    const WRITTEN_BY_KAFKA: &str = "#\n#Sat Nov 21 08:32:22 UTC 2026\nnode.id=1\ndirectory.id=e5OaGw92QsyHE-DNmOi2SQ\nversion=1\ncluster.id=MkU3OEVBNTcwNTJENDM2Qg\n";

    fn sample() -> MetaProperties {
        MetaProperties {
            cluster_id: "MkU3OEVBNTcwNTJENDM2Qg".to_owned(),
            node_id: 1,
            directory_id: Some("e5OaGw92QsyHE-DNmOi2SQ".parse().unwrap()),
        }
    }

    #[test]
    fn the_file_is_kafkas_to_the_byte() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(MetaProperties::read(&OsDisk, home.path()).unwrap(), None);
        sample().write(&OsDisk, home.path(), Timestamp(1_795_249_942_000)).unwrap();
        let text = std::fs::read_to_string(home.path().join(META_PROPERTIES_FILE)).unwrap();
        assert_eq!(text, WRITTEN_BY_KAFKA);
        assert_eq!(MetaProperties::read(&OsDisk, home.path()).unwrap(), Some(sample()));
    }

    #[test]
    fn the_old_form_has_a_broker_id_and_maybe_no_cluster() {
        let old = MetaProperties::parse(b"version=0\nbroker.id = 7\n").unwrap();
        assert_eq!(old, MetaProperties { cluster_id: String::new(), node_id: 7, directory_id: None });
    }

    #[test]
    fn what_kafka_refuses_is_refused() {
        for bad in [
            "version=2\nnode.id=1\ncluster.id=x",
            "version=1\ncluster.id=x",
            "version=1\nnode.id=1",
            "version=1\nnode.id=one\ncluster.id=x",
            "version=1\nnode.id=1\ncluster.id=x\ndirectory.id=AAAAAAAAAAAAAAAAAAAAAQ",
        ] {
            assert!(MetaProperties::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn escapes_and_continued_lines_are_understood() {
        let text = "! note\n  version : 1\nnode.id 3\ncluster.id=a\\=b\\u00e9\\\n   c\r\n";
        let read = MetaProperties::parse(text.as_bytes()).unwrap();
        assert_eq!((read.node_id, read.cluster_id.as_str()), (3, "a=b\u{e9}c"));
    }

    proptest! {
        #[test]
        fn any_cluster_id_comes_back(cluster_id in "\\PC{0,20}") {
            let written = MetaProperties { cluster_id, ..sample() };
            prop_assert_eq!(MetaProperties::parse(written.text(Timestamp(0)).as_bytes()), Ok(written));
        }

        #[test]
        fn no_bytes_panic_the_reader(bytes: Vec<u8>) {
            let _ = MetaProperties::parse(&bytes);
        }
    }
}
