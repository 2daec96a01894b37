//! Is it still our house? Who may import whom, and what the pure folders must never hold (src/ARCHITECTURE.md).
//!
//! The rules are tables. What a file names with `crate::…` is read from its text, comments and tests left out, so that a
//! path inside a function counts as much as a `use`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what a test cannot read or start ends it")]

use std::path::{Path, PathBuf};

/// Top-level modules, and the top-level modules that they may name.
const IMPORTS: &[(&str, &[&str])] = &[
    ("vocabulary", &[]),
    ("clock", &[]),
    ("properties", &[]),
    ("re2", &[]),
    ("protocol", &["vocabulary"]),
    ("records", &["vocabulary", "protocol"]),
    ("metadata", &["vocabulary", "clock", "protocol", "records"]),
    ("log", &["vocabulary", "clock"]),
    ("broker", &["vocabulary", "clock", "properties", "re2", "protocol", "records", "metadata", "log"]),
    ("client", &["vocabulary", "clock", "properties", "protocol"]),
    ("standalone", &["broker"]),
    ("cli", &["client", "standalone", "records", "protocol", "properties", "re2", "clock", "vocabulary"]),
    ("main", &[]),
    ("lib", &[]),
];

/// Inside the broker: parts, and the parts that they may not name. Requests go down, from the socket to the log; the
/// machines see nothing but their contract.
const BROKER_BARRIERS: &[(&str, &[&str])] = &[
    ("broker/handlers", &["net", "dispatch"]),
    ("broker/partitions", &["net", "dispatch", "handlers", "controller", "coordinators"]),
    ("broker/machine", &["net", "dispatch", "handlers", "controller", "coordinators"]),
    ("broker/controller", &["net", "dispatch", "handlers", "partitions", "coordinators", "request"]),
    ("broker/coordinators/group", &["net", "dispatch", "handlers", "partitions", "controller", "request"]),
    ("broker/coordinators/transaction", &["net", "dispatch", "handlers", "partitions", "controller", "request"]),
];

/// Files that name a module which their own may not, and why that is right.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    (
        "metadata/batches",
        "log",
        "records of the metadata log and of snapshots are Kafka's batches, of which only the bytes are read",
    ),
    ("metadata/control", "log", "control batches of snapshots, likewise"),
    ("metadata/errors", "log", "the faults of those batches, as evidence"),
    ("metadata/snapshot", "log", "snapshots, likewise"),
    ("cli/commands/dump_log/apache", "log", "what is found in the files of a log is shown"),
    ("cli/commands/dump_log/decoders/control", "log", "likewise"),
    ("cli/commands/dump_log/indexes", "log", "likewise"),
    ("cli/commands/dump_log/jsonl", "log", "likewise"),
    ("cli/commands/dump_log/own", "log", "likewise"),
    ("cli/commands/dump_log/records", "log", "the files of a log are read, and nothing else of it is known"),
    ("cli/commands/dump_log/report", "log", "likewise"),
    ("cli/commands/dump_log/source", "log", "likewise"),
    ("cli/commands/dump_log/table", "log", "likewise"),
    ("cli/commands/dump_log/view", "log", "likewise"),
    ("cli/commands/dump_log/walk", "log", "likewise"),
    ("standalone/lock", "log", "the lock of a log directory is the one that a broker takes"),
];

/// What standalone may see of the broker: the broker, its configuration, what that is made of, and how directories are
/// formatted.
const SEEN_BY_STANDALONE: &[&str] =
    &["Broker", "BrokerConfig", "ListenerConfig", "ListenerProtocol", "config", "storage"];

/// Folders that only decide or translate.
const PURE: &[&str] = &[
    "protocol",
    "records",
    "metadata",
    "broker/controller",
    "broker/coordinators/group",
    "broker/coordinators/transaction",
];

/// What a pure folder never holds: waiting, files, sockets, time, chance.
const IMPURE: &[&str] = &[
    "async ",
    ".await",
    "tokio",
    "std::fs",
    "std::net",
    "std::io::stdin",
    "std::thread",
    "std::process",
    "std::env",
    "Instant",
    "SystemTime",
    "Timestamp::now",
    "rand::",
];

#[test]
fn modules_name_only_those_that_they_may() {
    let mut faults = Vec::new();
    for file in sources() {
        let module = file.place.split('/').next().unwrap();
        let (_, allowed) =
            IMPORTS.iter().find(|(name, _)| *name == module).unwrap_or_else(|| panic!("{module} has no rule"));
        for named in file.names_behind("crate::") {
            let is_module = IMPORTS.iter().any(|(name, _)| *name == named);
            let excepted =
                EXCEPTIONS.iter().any(|(place, other, _)| (file.place.as_str(), named.as_str()) == (*place, *other));
            if is_module && named != module && !allowed.contains(&named.as_str()) && !excepted {
                faults.push(format!("{}: {module} may not name {named}", file.place));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn exceptions_that_nobody_needs_any_more_are_gone() {
    let files = sources();
    let is_needed = |place: &str, other: &str| {
        files.iter().any(|file| file.place == place && file.names_behind("crate::").contains(&other.to_owned()))
    };
    let stale = EXCEPTIONS.iter().filter(|(place, other, _)| !is_needed(place, other));
    assert_none(stale.map(|(place, other, why)| format!("{place} does not name {other} now: {why}")).collect());
}

#[test]
fn standalone_sees_little_of_the_broker() {
    let mut faults = Vec::new();
    for file in sources().into_iter().filter(|file| file.place.starts_with("standalone")) {
        for named in file.names_behind("crate::broker::") {
            if !SEEN_BY_STANDALONE.contains(&named.as_str()) {
                faults.push(format!("{}: names broker::{named}", file.place));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn inside_the_broker_nothing_reaches_back_up() {
    let mut faults = Vec::new();
    for file in sources() {
        for (part, barred) in BROKER_BARRIERS.iter().filter(|(part, _)| file.is_in(part)) {
            for named in file.names_behind("crate::broker::") {
                if barred.contains(&named.as_str()) {
                    faults.push(format!("{}: {part} may not name broker::{named}", file.place));
                }
            }
        }
    }
    assert_none(faults);
}

#[test]
fn pure_folders_neither_wait_nor_touch_the_world() {
    let mut faults = Vec::new();
    for file in sources().into_iter().filter(|file| PURE.iter().any(|folder| file.is_in(folder))) {
        for (number, line) in (1..).zip(file.code.lines()) {
            if let Some(token) = IMPURE.iter().find(|token| holds(line, token)) {
                faults.push(format!("{}:{number}: {} in {}", file.place, token.trim(), line.trim()));
            }
        }
    }
    assert_none(faults);
}

#[test]
fn only_the_clock_reads_the_wall_clock() {
    let mut faults = Vec::new();
    for file in sources().into_iter().filter(|file| file.place != "clock") {
        if file.code.lines().any(|line| holds(line, "SystemTime::now")) {
            faults.push(format!("{}: reads SystemTime", file.place));
        }
    }
    assert_none(faults);
}

#[test]
fn every_file_says_what_it_is() {
    let faults = sources().into_iter().filter(|file| !file.starts_with_a_doc);
    assert_none(faults.map(|file| format!("{}: has no module doc", file.place)).collect());
}

fn assert_none(faults: Vec<String>) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// A source file, without comments and without tests.
struct Source {
    /// Its path below `src`, without `.rs` and `/mod`.
    place: String,
    code: String,
    starts_with_a_doc: bool,
}

impl Source {
    fn is_in(&self, folder: &str) -> bool {
        self.place == folder || self.place.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The identifiers that directly follow `path`, each of a braced list included.
    fn names_behind(&self, path: &str) -> Vec<String> {
        let mut names = Vec::new();
        for (at, _) in self.code.match_indices(path) {
            let rest = &self.code[at + path.len()..];
            match rest.strip_prefix('{') {
                Some(list) => names.extend(first_names(list)),
                None => names.extend(identifier(rest)),
            }
        }
        names
    }
}

fn identifier(text: &str) -> Option<String> {
    let name: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// The first names of the items of a list, up to the brace that closes it.
fn first_names(list: &str) -> Vec<String> {
    let mut depth = 0;
    let mut items = vec![String::new()];
    for c in list.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            _ => {}
        }
        if let Some(item) = items.last_mut()
            && c != ','
        {
            item.push(c);
        }
    }
    items.iter().filter_map(|item| identifier(item)).collect()
}

/// Whether a line holds a word, and not as a part of a longer one.
fn holds(line: &str, token: &str) -> bool {
    line.match_indices(token).any(|(at, _)| {
        let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let starts_inside = is_letter(line[..at].chars().next_back()) && is_letter(token.chars().next());
        let ends_inside = is_letter(line[at + token.len()..].chars().next()) && is_letter(token.chars().next_back());
        !starts_inside && !ends_inside
    })
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    assert!(paths.len() > 50, "the sources were not found");
    let only_tests: Vec<PathBuf> = paths.iter().flat_map(|path| test_modules(path)).collect();
    let is_test =
        |path: &Path| only_tests.iter().any(|module| path.starts_with(module) || path.with_extension("") == *module);
    paths.iter().filter(|path| !is_test(path)).map(|path| source(&root, path)).collect()
}

/// The modules that a file declares for tests only, as paths without `.rs`.
fn test_modules(path: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(path).unwrap();
    let is_folder = ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| path.ends_with(name));
    let folder = if is_folder { path.parent().unwrap().to_owned() } else { path.with_extension("") };
    let declared = text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| {
        let name = rest.split_once("mod ")?.1.lines().next()?.strip_suffix(';')?;
        Some(folder.join(name))
    });
    declared.collect()
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

fn source(root: &Path, path: &Path) -> Source {
    let text = std::fs::read_to_string(path).unwrap();
    let place = path.strip_prefix(root).unwrap().with_extension("").to_string_lossy().replace('\\', "/");
    let place = place.strip_suffix("/mod").unwrap_or(&place).to_owned();
    let starts_with_a_doc = text.starts_with("//!") || text.starts_with("#![doc");
    let untested = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code = untested.lines().filter(|line| !line.trim_start().starts_with("//"));
    Source { place, code: code.collect::<Vec<_>>().join("\n"), starts_with_a_doc }
}

#[test]
fn the_reader_of_imports_sees_paths_and_lists() {
    let file = Source {
        place: "x".to_owned(),
        code: "use crate::{clock::Timestamp, log::{a, b},\n  protocol};\nlet x = crate::metadata::Image::new();"
            .to_owned(),
        starts_with_a_doc: true,
    };
    assert_eq!(file.names_behind("crate::"), ["clock", "log", "protocol", "metadata"]);
    assert!(holds("let now = Instant::now();", "Instant") && !holds("the_Instant", "Instant"));
    assert!(holds("call().await?", ".await") && !holds("group.awaiting_join()", ".await"));
}
