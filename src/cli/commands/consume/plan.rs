//! From flags to a plan: what is read, from where, until when, and how it is written.

use std::collections::BTreeSet;
use std::time::Duration;

use regex::Regex;

use super::args::{Args, OutputForm};
use super::checks;
use super::deserializer::Deserializer;
use super::filter::Filter;
use super::form::{Encodings, Form, TableForm};
use super::internal_topics::InternalFormat;
use super::letters::{Defaults, LetterFormat};
use super::text_format::TextFormat;
use crate::cli::commands::field_encoding::FieldEncoding;
use crate::cli::dialect::{java_pattern, logged};
use crate::cli::failure::{ApacheForm, Failure};
use crate::cli::offset_grammar::{Place, Span};
use crate::cli::target_cluster::TargetArgs;
use crate::cli::tools::Dialect;
use crate::client::ClientSettings;
use crate::clock::Timestamp;
use crate::properties::Properties;

/// Everything that is decided before a cluster is known.
#[derive(Debug, Clone)]
pub struct Plan {
    pub target: TargetArgs,
    pub source: Source,
    pub partition: Option<i32>,
    /// The partitions that are read, if not all.
    pub partitions: Option<Vec<i32>>,
    /// Where reading starts when no committed offset says so. Nothing was said at first; see [`Plan::learn_start`].
    pub start: Option<Place>,
    pub until: Option<Place>,
    pub filter: Filter,
    /// How many records before the end to begin, and whether to go on behind it.
    pub last: Option<u64>,
    pub follow: bool,
    /// The group that was asked for. A group of the file may be found in the settings later.
    pub group: Option<String>,
    pub max_messages: Option<u64>,
    pub timeout: Option<Duration>,
    pub until_end: bool,
    pub form: Form,
    pub skip_on_error: bool,
    pub systest_events: bool,
    /// What the flags and properties of the command line say, in Java's spelling; stronger than a file.
    pub properties: Properties,
    /// What Kafka's tool logs about the formatter.
    pub log: Vec<String>,
    pub is_apache: bool,
}

#[derive(Debug, Clone)]
pub enum Source {
    Topic(String),
    Several(Vec<String>),
    /// All topics whose whole name matches.
    Matching(Regex),
}

/// `known` are the settings as far as they are known: those of a file, if it has been read.
pub fn plan(args: Args, known: Option<&ClientSettings>, dialect: Dialect) -> Result<Plan, Failure> {
    checks::options(&args, dialect)?;
    let properties = consumer_properties(&args);
    let group = checks::group(&args, &properties, known.and_then(|settings| settings.property("group.id")))?;
    let reset = properties.get("auto.offset.reset").or_else(|| known?.property("auto.offset.reset"));
    let Span { from: start, to: until } = span(&args, reset, dialect)?;
    let (form, log) = form(&args, dialect)?;
    let source = source(&args, dialect)?;
    let filter = Filter::of(&args)?;
    let partitions = match (&args.partitions, args.partition) {
        (Some(list), _) => Some(partition_list(list)?),
        (None, one) => one.map(|one| vec![one]),
    };
    let mut target = args.target;
    target.command_config = target.command_config.or(args.consumer_config);
    Ok(Plan {
        target,
        source,
        partition: args.partition,
        partitions,
        start,
        until,
        filter,
        last: args.last,
        follow: args.follow,
        group,
        max_messages: args.max_messages.and_then(|count| u64::try_from(count).ok()),
        timeout: args.timeout_ms.and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis),
        until_end: args.until_end,
        form,
        skip_on_error: args.skip_message_on_error,
        systest_events: args.enable_systest_events,
        properties,
        log,
        is_apache: dialect.is_apache(),
    })
}

impl Plan {
    /// What a file says about the start counts when the command line says nothing.
    pub fn learn_start(&mut self, settings: &ClientSettings) {
        let is_earliest =
            settings.property("auto.offset.reset").is_some_and(|reset| reset.eq_ignore_ascii_case("earliest"));
        self.start.get_or_insert(if is_earliest { Place::Earliest } else { Place::Latest });
    }

    /// The offset that was named.
    pub fn named_offset(&self) -> Option<i64> {
        match self.start {
            Some(Place::Offset(offset)) => Some(offset),
            _ => None,
        }
    }
}

/// Kafka's tool takes a comma for a letter of the name.
fn source(args: &Args, dialect: Dialect) -> Result<Source, Failure> {
    match (&args.topic, &args.include) {
        (Some(topics), _) if !dialect.is_apache() && topics.contains(',') => several(topics),
        (Some(topic), _) => Ok(Source::Topic(topic.clone())),
        (None, pattern) => {
            let pattern = pattern.as_deref().unwrap_or_default();
            let compiled = Regex::new(&format!("^(?:{pattern})$"));
            compiled.map(Source::Matching).map_err(|error| java_pattern::failure("--include", pattern, &error))
        }
    }
}

fn several(topics: &str) -> Result<Source, Failure> {
    let mut names: Vec<String> = Vec::new();
    for name in topics.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if !names.iter().any(|other| other == name) {
            names.push(name.to_owned());
        }
    }
    match names.as_slice() {
        [] => Err(Failure::usage("--topic names no topic")),
        [one] => Ok(Source::Topic(one.clone())),
        _ => Ok(Source::Several(names)),
    }
}

/// Properties of the command line, and over them the flags that stand for properties.
fn consumer_properties(args: &Args) -> Properties {
    let mut properties = Properties::from_pairs(args.command_property.iter().chain(&args.consumer_property));
    if let Some(level) = &args.isolation_level {
        properties.set("isolation.level", level);
    }
    properties
}

fn span(args: &Args, reset: Option<&str>, dialect: Dialect) -> Result<Span, Failure> {
    if let Some(reset) = reset.filter(|reset| args.from_beginning && *reset != "earliest") {
        let pair = format!("--from-beginning and 'auto.offset.reset={reset}'");
        return Err(Failure::usage(format!("{pair} contradict each other; remove one of them"))
            .in_apache(ApacheForm::Line(format!("Can't simultaneously specify {pair}, please remove one option"))));
    }
    let now = Timestamp::now();
    let span = match (&args.offset, dialect) {
        (None, _) => Span { from: args.from_beginning.then_some(Place::Earliest), to: None },
        (Some(offset), Dialect::Apache(_)) => Span { from: Some(apaches_offset(offset)?), to: None },
        (Some(offset), Dialect::Kavka) => Span::parse(offset, now)?,
    };
    // Without a beginning a span begins where everything does.
    let from = span.from.or(span.to.map(|_| Place::Earliest)).or(args.last.map(|_| Place::Earliest));
    match (&args.until, span.to) {
        (None, to) => Ok(Span { from, to }),
        (Some(_), Some(_)) => {
            Err(Failure::usage("--until and the end of a span of --offset say the same; use one of them"))
        }
        (Some(until), None) => Ok(Span { from, to: Some(Place::parse(until, now)?) }),
    }
}

fn apaches_offset(offset: &str) -> Result<Place, Failure> {
    match offset.to_ascii_lowercase().as_str() {
        "earliest" => Ok(Place::Earliest),
        "latest" => Ok(Place::Latest),
        number => number.parse().ok().filter(|offset| *offset >= 0).map(Place::Offset).ok_or_else(|| {
            let valid = "Valid values are 'earliest', 'latest', or a non-negative long.";
            Failure::usage(format!("'{offset}' is no offset: earliest, latest or a number from 0"))
                .apache_usage(format!("The provided offset value '{offset}' is incorrect. {valid}"))
        }),
    }
}

/// No topic has more partitions than a list may name.
const MOST_PARTITIONS: i32 = 1_000_000;

/// `0,3,5-7`.
fn partition_list(list: &str) -> Result<Vec<i32>, Failure> {
    let bad = |part: &str| {
        Failure::usage(format!("'{part}' of --partitions is no partition"))
            .hint("write numbers from 0, such as 0,3,5-7")
    };
    let number = |text: &str| text.trim().parse::<i32>().ok().filter(|number| (0..MOST_PARTITIONS).contains(number));
    let mut partitions = BTreeSet::new();
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => partitions.extend(first..=last),
            _ => return Err(bad(part)),
        }
    }
    Ok(partitions.into_iter().collect())
}

/// The formatter's file, over it the two flags for deserializers, over them the command line. Kafka's tool only logs a
/// deserializer that it does not find; the lines come with the form.
fn form(args: &Args, dialect: Dialect) -> Result<(Form, Vec<String>), Failure> {
    checks::formatter(args)?;
    let encodings = Encodings { key: args.key_encoding, value: args.value_encoding };
    if let Some(format) = &args.format {
        let (key, value, null) = (encodings.key, encodings.value, args.null_marker.clone());
        return Ok((Form::Letters(LetterFormat::parse(format, Defaults { key, value, null })?), Vec::new()));
    }
    if let Some(form) = own_form(args, encodings)? {
        return Ok((form, Vec::new()));
    }
    let class = args.formatter.as_deref().unwrap_or("DefaultMessageFormatter");
    let name = class.strip_prefix(FORMATTERS).unwrap_or(class);
    let internal = InternalFormat::of_class(name);
    let is_silent = match name {
        _ if internal.is_some() => true,
        "NoOpMessageFormatter" => true,
        "DefaultMessageFormatter" | "LoggingMessageFormatter" => false,
        _ => return Err(Failure::usage(format!("the formatter {class} does not exist here")).apache_usage(class)),
    };
    let mut properties = match &args.formatter_config {
        Some(path) => Properties::read_file(path)
            .map_err(|error| Failure::usage(error.to_string()).apache_usage(path.display().to_string()))?,
        None => Properties::new(),
    };
    let deserializers =
        [("key.deserializer", &args.key_deserializer), ("value.deserializer", &args.value_deserializer)];
    for (key, class) in deserializers {
        if let Some(class) = class {
            properties.set(key, class);
        }
    }
    properties.extend(&Properties::from_pairs(args.formatter_property.iter().chain(&args.property)));
    if let Some(marker) = &args.null_marker {
        properties.set("null.literal", marker);
    }
    let mut log = Vec::new();
    let format = TextFormat::new(&properties, |class| match dialect {
        Dialect::Kavka => Deserializer::of_class(class).map(Some),
        Dialect::Apache(_) => {
            let found = Deserializer::of_java(class);
            if found.is_none() && !is_silent {
                let text = format!("Unable to instantiate a deserializer from {class}");
                let line = logged("ERROR", &text, "org.apache.kafka.tools.consumer.DefaultMessageFormatter");
                log.push(format!("{line}\njava.lang.ClassNotFoundException: {class}"));
            }
            Ok(found)
        }
    })?;
    let form = match internal {
        Some(internal) => Form::Internal(internal),
        None if is_silent => Form::Nothing,
        None => Form::Text(format.encoded(encodings)),
    };
    Ok((form, log))
}

fn own_form(args: &Args, encodings: Encodings) -> Result<Option<Form>, Failure> {
    let form = match args.output {
        OutputForm::Text => return Ok(None),
        OutputForm::Table => {
            let with_topic = args.include.is_some() || args.topic.as_deref().is_some_and(|topic| topic.contains(','));
            return Ok(Some(Form::Table(TableForm { with_topic, encodings })));
        }
        OutputForm::Jsonl => Form::JsonLines(encodings),
        OutputForm::Json => Form::Json(encodings),
        OutputForm::Csv => Form::Csv(encodings),
    };
    match [encodings.key, encodings.value].contains(&FieldEncoding::Hex) {
        true => Err(Failure::usage("hex has no place in JSON and CSV; base64 has: key_base64, value_base64")
            .hint("use --key-encoding and --value-encoding base64, or --format '%k{hex} %s{hex}\\n'")),
        false => Ok(Some(form)),
    }
}

/// The package of Kafka's formatters.
const FORMATTERS: &str = "org.apache.kafka.tools.consumer.";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        args: Args,
    }

    fn planned(words: &[&str]) -> Result<Plan, Failure> {
        let words = ["consume"].iter().chain(words);
        plan(Command::try_parse_from(words).unwrap().args, None, Dialect::Kavka)
    }

    fn start_of(words: &[&str]) -> Place {
        let mut plan = planned(words).unwrap();
        let mut settings = ClientSettings::plaintext("a:1");
        settings.apply(&plan.properties).unwrap();
        plan.learn_start(&settings);
        plan.start.unwrap()
    }

    #[test]
    fn where_reading_starts() {
        assert_eq!(start_of(&["--topic", "t"]), Place::Latest);
        assert_eq!(start_of(&["--topic", "t", "--from-beginning"]), Place::Earliest);
        assert_eq!(start_of(&["--topic", "t", "--offset", "EARLIEST"]), Place::Earliest);
        assert_eq!(start_of(&["--topic", "t", "--partition", "0", "--offset", "17"]), Place::Offset(17));
        assert_eq!(start_of(&["--topic", "t", "--consumer-property", "auto.offset.reset=earliest"]), Place::Earliest);
        assert_eq!(start_of(&["--topic", "t", "--offset", "-10"]), Place::BeforeEnd(10));
        assert_eq!(start_of(&["--topic", "t", "--offset", "..+5"]), Place::Earliest);
        assert_eq!(start_of(&["--topic", "t", "--last", "3"]), Place::Earliest);
    }

    #[test]
    fn where_reading_ends() {
        let end = |words: &[&str]| planned(words).unwrap().until;
        assert_eq!(end(&["--topic", "t", "--offset", "5..9"]), Some(Place::Offset(9)));
        assert_eq!(end(&["--topic", "t", "--from-beginning", "--until", "@5"]), Some(Place::Time(Timestamp(5))));
        assert_eq!(end(&["--topic", "t", "--offset", "5"]), None);
    }

    #[test]
    fn several_topics_and_partitions() {
        let Source::Several(names) = planned(&["--topic", "a, b,a"]).unwrap().source else { panic!("not several") };
        assert_eq!(names, ["a", "b"]);
        assert_eq!(planned(&["--topic", "t", "--partitions", "5-7,0"]).unwrap().partitions, Some(vec![0, 5, 6, 7]));
        assert_eq!(planned(&["--topic", "t", "--partition", "2"]).unwrap().partitions, Some(vec![2]));
    }

    #[test]
    fn kafkas_tool_knows_nothing_of_places() {
        let words = ["consume", "--topic", "t", "--partition", "0", "--offset"];
        let apache = Dialect::Apache(&crate::cli::tools::TOOLS[0]);
        for offset in ["-10", "+5x", "@-1h", "1..2", "end"] {
            let args = Command::try_parse_from(words.iter().chain([&offset])).unwrap().args;
            assert_eq!(span(&args, None, apache).unwrap_err().kind.code(), 2, "{offset}");
        }
    }

    #[test]
    fn flags_that_contradict_each_other_are_usage_errors() {
        let cases: &[&[&str]] = &[
            &[],
            &["--topic", "t", "--include", "t"],
            &["--include", "("],
            &["--include", "t", "--partition", "0"],
            &["--topic", "t", "--partition", "0", "--group", "g"],
            &["--topic", "t", "--offset", "1", "--group", "g"],
            &["--topic", "t", "--offset", "1..2", "--until", "5"],
            &["--topic", "t", "--offset", "9..2"],
            &["--topic", "t", "--partitions", "2-1"],
            &["--include", "t", "--partitions", "2"],
            &["--topic", ","],
            &["--topic", "t", "--output", "jsonl", "--key-encoding", "hex"],
            &["--topic", "t", "--format", "%z"],
            &["--topic", "t", "--offset", "soon"],
            &["--topic", "t", "--from-beginning", "--offset", "1"],
            &["--topic", "t", "--from-beginning", "--command-property", "auto.offset.reset=latest"],
            &["--topic", "t", "--formatter", "a.B"],
            &["--topic", "t", "--max-messages", "-3"],
        ];
        for words in cases {
            assert_eq!(planned(words).unwrap_err().kind.code(), 2, "{words:?}");
        }
    }

    #[test]
    fn negative_limits_are_none_where_kafkas_tool_takes_them() {
        assert_eq!(planned(&["--topic", "t", "--timeout-ms", "-1"]).unwrap().timeout, None);
        let words = ["consume", "--bootstrap-server", "a:1", "--topic", "t", "--max-messages", "-1"];
        let args = Command::try_parse_from(words).unwrap().args;
        assert_eq!(plan(args, None, Dialect::Apache(&crate::cli::tools::TOOLS[0])).unwrap().max_messages, None);
    }

    #[test]
    fn a_pattern_must_match_the_whole_name() {
        let Source::Matching(pattern) = planned(&["--include", "a|b"]).unwrap().source else { panic!("no pattern") };
        assert!(pattern.is_match("a") && pattern.is_match("b") && !pattern.is_match("ab"));
    }
}
