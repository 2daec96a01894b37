//! `--where`: an expression of jq's that says whether a record is shown.
//!
//! It sees `{topic, partition, offset, timestamp, key, value, headers}`. A value that is JSON is what it says, any other is
//! its text; a key is its text; headers are an object, in which the last of a name counts. What the expression gives first
//! decides: null, false, nothing and an error do not show the record.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use jaq_core::data::JustLut;
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars};
use jaq_json::{Map, Num, Val};

use super::text_format::Shown;
use crate::cli::failure::Failure;

type Compiled = jaq_core::Filter<JustLut<Val>>;

/// A compiled expression, and what went wrong with it so far.
#[derive(Clone)]
pub struct Condition {
    text: String,
    compiled: Rc<Compiled>,
    faults: Rc<Faults>,
}

#[derive(Default)]
struct Faults {
    count: Cell<u64>,
    first: RefCell<Option<String>>,
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Condition").field(&self.text).finish()
    }
}

impl Condition {
    pub fn parse(text: &str) -> Result<Condition, Failure> {
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
        let arena = Arena::default();
        let modules = Loader::new(definitions).load(&arena, File { code: text, path: () });
        let modules = modules.map_err(|errors| bad(text, errors.first().map(|(_, error)| syntax(text, error))))?;
        let compiled = Compiler::default().with_funs(functions).compile(modules).map_err(|errors| {
            let first = errors.first().and_then(|(_, undefined)| undefined.first());
            bad(text, first.map(|(name, what)| format!("there is no {} '{name}'", what.as_str())))
        })?;
        Ok(Condition { text: text.to_owned(), compiled: Rc::new(compiled), faults: Rc::default() })
    }

    pub fn is_met(&self, record: &Shown<'_>) -> bool {
        let context = Ctx::<JustLut<Val>>::new(&self.compiled.lut, Vars::new([]));
        match self.compiled.id.run((context, seen(record))).next() {
            None | Some(Ok(Val::Null | Val::Bool(false))) => false,
            Some(Ok(_)) => true,
            Some(Err(exception)) => {
                let error = exception.get_err().map_or_else(|_| "it halts".to_owned(), |error| error.to_string());
                self.faults.count.set(self.faults.count.get() + 1);
                let place = || format!("{}-{} at offset {}", record.topic, record.partition, record.offset);
                self.faults.first.borrow_mut().get_or_insert_with(|| format!("{}: {error}", place()));
                false
            }
        }
    }

    /// How often it could not be computed, if ever.
    pub fn remark(&self) -> Option<String> {
        let first = self.faults.first.borrow();
        let (first, count) = (first.as_ref()?, self.faults.count.get());
        let records = if count == 1 { "1 record".to_owned() } else { format!("{count} records") };
        Some(format!("--where '{}' could not be computed for {records}, first for {first}", self.text))
    }
}

fn bad(text: &str, why: Option<String>) -> Failure {
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    Failure::usage(format!("'{text}' of --where is no expression{why}"))
        .hint("the language is jq's, such as '.value.total > 100 and .headers.source == \"web\"'")
}

fn syntax(text: &str, error: &jaq_core::load::Error<&str>) -> String {
    use jaq_core::load::Error;
    let at = |rest: &str| {
        let offset = jaq_core::load::span(text, rest).start;
        if rest.is_empty() || offset >= text.len() { "at its end".to_owned() } else { format!("at '{rest}'") }
    };
    match error {
        Error::Io(missing) => missing.first().map_or_else(String::new, |(path, why)| format!("{path}: {why}")),
        Error::Lex(faults) => faults
            .first()
            .map_or_else(String::new, |(expected, rest)| format!("{} expected {}", expected.as_str(), at(rest))),
        Error::Parse(faults) => faults
            .first()
            .map_or_else(String::new, |(expected, rest)| format!("{} expected {}", expected.as_str(), at(rest))),
    }
}

fn seen(record: &Shown<'_>) -> Val {
    let text = |bytes: &[u8]| Val::utf8_str(String::from_utf8_lossy(bytes).into_owned());
    let number = |number: i64| Val::Num(Num::from_integral(number));
    let headers = record.headers.iter().map(|(name, value)| (text(name.as_bytes()), value.map_or(Val::Null, text)));
    // serde_json has a limit for how deep values may lie in each other; beyond it a value is text.
    let value = |bytes: &[u8]| serde_json::from_slice::<Val>(bytes).unwrap_or_else(|_| text(bytes));
    let fields: [(&str, Val); 7] = [
        ("topic", text(record.topic.as_bytes())),
        ("partition", number(i64::from(record.partition))),
        ("offset", number(record.offset)),
        ("timestamp", record.time.millis().map_or(Val::Null, number)),
        ("headers", Val::obj(headers.collect::<Map>())),
        ("key", record.key.map_or(Val::Null, text)),
        ("value", record.value.map_or(Val::Null, value)),
    ];
    Val::obj(fields.into_iter().map(|(name, value)| (text(name.as_bytes()), value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::consumer::RecordTime;

    fn record(value: &[u8]) -> Shown<'_> {
        Shown {
            topic: "t",
            time: RecordTime::None,
            partition: 0,
            offset: 5,
            headers: Vec::new(),
            key: None,
            value: Some(value),
        }
    }

    #[test]
    fn what_cannot_be_computed_does_not_show_the_record_and_is_remembered() {
        let condition = Condition::parse(".value.total > 1").unwrap();
        assert_eq!(condition.remark(), None);
        assert!(!condition.is_met(&record(b"no json")) && !condition.is_met(&record(b"7")));
        assert!(condition.is_met(&record(br#"{"total":2}"#)));
        let remark = condition.remark().unwrap();
        assert!(remark.contains("2 records") && remark.contains("t-0 at offset 5"), "{remark}");
    }

    #[test]
    fn the_first_result_decides() {
        for (expression, shown) in
            [("true", true), ("empty", false), ("null", false), ("false, true", false), ("0", true), ("halt", false)]
        {
            assert_eq!(Condition::parse(expression).unwrap().is_met(&record(b"{}")), shown, "{expression}");
        }
    }

    #[test]
    fn values_that_lie_too_deep_in_each_other_are_text() {
        let deep = "[".repeat(200_000);
        assert!(Condition::parse(".value | type == \"string\"").unwrap().is_met(&record(deep.as_bytes())));
        let closed = "[".repeat(1000) + &"]".repeat(1000);
        assert!(Condition::parse(".value | type == \"string\"").unwrap().is_met(&record(closed.as_bytes())));
    }

    #[test]
    fn faults_of_the_expression_say_where_they_are() {
        let fault = |text: &str| Condition::parse(text).unwrap_err().messages.remove(0);
        assert!(fault(".value >").contains("at its end"), "{}", fault(".value >"));
        assert!(fault("frobnicate").contains("'frobnicate'"), "{}", fault("frobnicate"));
        assert!(fault("\"abc").contains("expected"), "{}", fault("\"abc"));
    }
}
