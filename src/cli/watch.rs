//! `--watch`: a report again and again, until Ctrl-C.
//!
//! On a terminal the report is redrawn in place, each line over the old one, so that nothing flickers. Elsewhere, and in a
//! form that programs read, every change is a line: first of everything that is there, then of what differs.

use std::cell::RefCell;
use std::io::IsTerminal;
use std::time::Duration;

use serde_json::{Map, Value};

use super::failure::{Failure, Kind};
use super::output::quantities::time_text;
use super::output::{Output, OutputFormat, Render, csv_line, size_of_terminal};
use super::{Invocation, OWN_OPTIONS};
use crate::clock::Timestamp;

/// The options of commands that can watch; flattened into their arguments.
#[derive(Debug, Clone, Default, PartialEq, clap::Args)]
pub struct WatchArgs {
    /// Look again every so many seconds [default when given without: 2]: redrawn on a terminal, else a line per change.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = seconds,
          allow_negative_numbers = true, help_heading = OWN_OPTIONS)]
    pub watch: Option<Duration>,

    /// End --watch after so many looks.
    #[arg(long, value_name = "COUNT", requires = "watch", value_parser = clap::value_parser!(u64).range(1..),
          help_heading = OWN_OPTIONS)]
    pub rounds: Option<u64>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.parse::<f64>().ok().filter(|seconds| (0.1..=86_400.0).contains(seconds));
    number.map(Duration::from_secs_f64).ok_or_else(|| "give seconds from 0.1 to 86400, such as 5 or 0.5".to_owned())
}

/// How often to look, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    every: Duration,
    rounds: Option<u64>,
}

impl WatchArgs {
    pub fn plan(&self) -> Option<Watch> {
        self.watch.map(|every| Watch { every, rounds: self.rounds })
    }
}

impl Invocation {
    /// Looks until a signal ends it. `keys` are the fields by which an item of one look is found in the next.
    pub fn watch<R: Render>(
        &self,
        watch: Watch,
        format: OutputFormat,
        keys: &[&str],
        look: impl AsyncFn() -> anyhow::Result<R>,
    ) -> anyhow::Result<()> {
        let terminal = std::io::stdout().is_terminal() && format == OutputFormat::Table;
        if terminal {
            return self.redraw(watch, &look);
        }
        if !matches!(format, OutputFormat::Table | OutputFormat::Jsonl | OutputFormat::Csv) {
            let failure = Failure::usage("--watch writes a line for each change, which this form has not");
            return Err(failure.hint("give --output jsonl or csv, or none").into());
        }
        let mut changes =
            Changes { format, keys: keys.iter().map(|&key| key.to_owned()).collect(), ..Changes::default() };
        self.block_on(async {
            let mut round = 0;
            loop {
                round += 1;
                if let Some(report) = self.survive(round, look().await)? {
                    let items = report.items().iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
                    self.output.print(&changes.text(items, Timestamp::now()))?;
                    self.output.flush()?;
                }
                if watch.rounds.is_some_and(|rounds| round >= rounds) {
                    return Ok(());
                }
                tokio::time::sleep(watch.every).await;
            }
        })
    }

    /// A cluster that was there and does not answer may be there again the next time.
    fn survive<R>(&self, round: u64, look: anyhow::Result<R>) -> anyhow::Result<Option<R>> {
        match look {
            Ok(report) => Ok(Some(report)),
            Err(error) => match Failure::from_ref(&error) {
                failure if failure.kind == Kind::Unreachable && round > 1 => {
                    self.output.warning(&format!("{failure}; looking again"));
                    Ok(None)
                }
                _ => Err(error),
            },
        }
    }

    fn redraw<R: Render>(&self, watch: Watch, look: &impl AsyncFn() -> anyhow::Result<R>) -> anyhow::Result<()> {
        let last = RefCell::new(String::new());
        let seconds = watch.every.as_secs_f64();
        let title =
            |now: Timestamp| format!("{}  every {seconds} s: kavka {}", time_text(Some(now)), self.words.join(" "));
        let ended = self.block_on(async {
            let mut screen = None;
            let mut round = 0;
            loop {
                round += 1;
                let body = match look().await {
                    Ok(report) => self.output.for_people(&report),
                    Err(error) => match Failure::from_ref(&error) {
                        failure if failure.kind == Kind::Unreachable && round > 1 => format!("{failure}\n"),
                        _ => return Err(error),
                    },
                };
                let screen = screen.get_or_insert_with(|| Screen::open(&self.output));
                screen.draw(&frame(&title(Timestamp::now()), &body, size_of_terminal().unwrap_or((80, 24))))?;
                last.replace(body);
                if watch.rounds.is_some_and(|rounds| round >= rounds) {
                    return Ok(());
                }
                tokio::time::sleep(watch.every).await;
            }
        });
        // What was seen last stays on the screen that the command was typed on.
        self.output.print(&last.take())?;
        ended
    }
}

/// The terminal's other screen, without a cursor; it ends with this value.
struct Screen<'o> {
    output: &'o Output,
}

const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
const HOME: &str = "\x1b[H";
const ERASE_LINE: &str = "\x1b[K";
const ERASE_BELOW: &str = "\x1b[J";

impl<'o> Screen<'o> {
    fn open(output: &'o Output) -> Screen<'o> {
        let _ = output.print(ENTER);
        Screen { output }
    }

    /// One write, so that a terminal never shows half of it.
    fn draw(&self, frame: &str) -> std::io::Result<()> {
        self.output.print(frame)?;
        self.output.flush()
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        let _ = self.output.print(LEAVE);
        let _ = self.output.flush();
    }
}

/// What makes a screen of this size show the title and as much of the body as there is room for.
fn frame(title: &str, body: &str, (columns, rows): (u16, u16)) -> String {
    let room = usize::from(rows).saturating_sub(2).max(1);
    let lines: Vec<&str> = body.lines().collect();
    let mut shown: Vec<String> = vec![title.chars().take(usize::from(columns)).collect(), String::new()];
    if lines.len() > room {
        shown.extend(lines.iter().take(room - 1).map(|line| (*line).to_owned()));
        shown.push(format!("… and {} more lines", lines.len() - (room - 1)));
    } else {
        shown.extend(lines.iter().map(|line| (*line).to_owned()));
    }
    let lines: Vec<String> = shown.into_iter().map(|line| format!("{line}{ERASE_LINE}")).collect();
    format!("{HOME}{}{ERASE_BELOW}", lines.join("\r\n"))
}

/// What differs between looks, as lines.
#[derive(Debug, Default)]
struct Changes {
    format: OutputFormat,
    keys: Vec<String>,
    before: Vec<Map<String, Value>>,
    has_heading: bool,
}

impl Changes {
    /// A line for each item that is new, differs, or has gone.
    fn text(&mut self, items: Vec<Value>, now: Timestamp) -> String {
        let items =
            items.into_iter().filter_map(|item| if let Value::Object(fields) = item { Some(fields) } else { None });
        let items: Vec<Map<String, Value>> = items.collect();
        let before = std::mem::replace(&mut self.before, items.clone());
        let mut text = String::new();
        for item in &items {
            let old = before.iter().find(|old| self.are_same(old, item));
            if old != Some(item) {
                text.push_str(&self.line(item, old, false, now));
            }
        }
        for old in &before {
            if !items.iter().any(|item| self.are_same(old, item)) {
                text.push_str(&self.line(old, None, true, now));
            }
        }
        text
    }

    fn are_same(&self, one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
        self.keys.iter().all(|key| one.get(key) == other.get(key))
    }

    fn line(
        &mut self,
        item: &Map<String, Value>,
        old: Option<&Map<String, Value>>,
        gone: bool,
        now: Timestamp,
    ) -> String {
        let time = jiff::Timestamp::from_millisecond(now.millis()).unwrap_or_default().to_string();
        match self.format {
            OutputFormat::Jsonl => {
                let mut line = Map::from_iter([("time".to_owned(), time.into()), ("gone".to_owned(), gone.into())]);
                line.extend(item.clone());
                format!("{}\n", Value::Object(line))
            }
            OutputFormat::Csv => {
                let mut text = String::new();
                if !std::mem::replace(&mut self.has_heading, true) {
                    text = csv_line(["time", "gone"].into_iter().map(str::to_owned).chain(item.keys().cloned()));
                }
                let cells = [time, gone.to_string()].into_iter().chain(item.values().map(plain));
                text + &csv_line(cells)
            }
            _ => self.words(&time, item, old, gone),
        }
    }

    /// The time, what it is about, and the fields that are new or differ, with what they were.
    fn words(&self, time: &str, item: &Map<String, Value>, old: Option<&Map<String, Value>>, gone: bool) -> String {
        let mut words = vec![time.to_owned()];
        words.extend(self.keys.iter().filter_map(|key| Some(plain(item.get(key)?))));
        if gone {
            words.push("gone".to_owned());
            return words.join(" ") + "\n";
        }
        for (name, value) in item.iter().filter(|(name, _)| !self.keys.contains(name)) {
            match old.and_then(|old| old.get(name)) {
                Some(was) if was == value => {}
                Some(was) => words.push(format!("{name}={} (was {})", dashed(value), dashed(was))),
                None if *value == Value::Null => {}
                None => words.push(format!("{name}={}", dashed(value))),
            }
        }
        words.join(" ") + "\n"
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn dashed(value: &Value) -> String {
    if *value == Value::Null { "-".to_owned() } else { plain(value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// 2026-01-01T00:00:00Z.
    const NOW: Timestamp = Timestamp(1_767_225_600_000);

    fn changes(format: OutputFormat) -> Changes {
        Changes { format, keys: vec!["group".to_owned(), "partition".to_owned()], ..Changes::default() }
    }

    fn row(partition: i32, offset: Option<i64>, lag: i64) -> Value {
        json!({"group": "g", "partition": partition, "offset": offset, "lag": lag})
    }

    #[test]
    fn a_frame_is_drawn_over_the_one_before_and_never_scrolls() {
        let drawn = frame("title that is long", "a\nb\n", (10, 24));
        assert_eq!(drawn, "\x1b[Htitle that\x1b[K\r\n\x1b[K\r\na\x1b[K\r\nb\x1b[K\x1b[J");
        let drawn = frame("t", "a\nb\nc\nd\n", (80, 5));
        assert_eq!(drawn.matches("\r\n").count(), 4, "five lines, of which the last has no end");
        assert!(drawn.contains("b\x1b[K\r\n… and 2 more lines") && !drawn.contains('c'), "{drawn}");
    }

    #[test]
    fn only_what_differs_is_a_line() {
        let mut changes = changes(OutputFormat::Table);
        let first = changes.text(vec![row(0, Some(5), 2), row(1, None, 0)], NOW);
        assert_eq!(first, "2026-01-01T00:00:00Z g 0 offset=5 lag=2\n2026-01-01T00:00:00Z g 1 lag=0\n");
        assert_eq!(changes.text(vec![row(0, Some(5), 2), row(1, None, 0)], NOW), "");
        let second = changes.text(vec![row(0, Some(7), 2), row(1, Some(0), 0)], NOW);
        assert_eq!(second, "2026-01-01T00:00:00Z g 0 offset=7 (was 5)\n2026-01-01T00:00:00Z g 1 offset=0 (was -)\n");
        assert_eq!(changes.text(vec![row(0, Some(7), 2)], NOW), "2026-01-01T00:00:00Z g 1 gone\n");
    }

    #[test]
    fn programs_get_whole_items_with_the_time() {
        let mut lines = changes(OutputFormat::Jsonl);
        let item = r#""group":"g","partition":0,"offset":5,"lag":2}"#;
        let expected = format!("{{\"time\":\"2026-01-01T00:00:00Z\",\"gone\":false,{item}\n");
        assert_eq!(lines.text(vec![row(0, Some(5), 2)], NOW), expected);
        assert_eq!(lines.text(Vec::new(), NOW), expected.replace("false", "true"));
        let mut rows = changes(OutputFormat::Csv);
        let expected = "time,gone,group,partition,offset,lag\n2026-01-01T00:00:00Z,false,g,0,,2\n";
        assert_eq!(rows.text(vec![row(0, None, 2)], NOW), expected);
        assert_eq!(rows.text(vec![row(0, None, 3)], NOW), "2026-01-01T00:00:00Z,false,g,0,,3\n");
    }

    #[test]
    fn an_interval_is_neither_nothing_nor_endless() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for bad in ["0", "-1", "inf", "NaN", "soon", "1e9"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
