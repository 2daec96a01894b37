//! `groups --validate-regex`: whether an expression is one by the rules of RE2, which brokers match subscriptions by.

use serde::Serialize;

use crate::cli::output::Render;
use crate::re2;

pub struct Report {
    expression: String,
    fault: Option<&'static str>,
}

pub fn run(expression: &str) -> Report {
    Report { fault: re2::fault(expression), expression: expression.to_owned() }
}

#[derive(Serialize)]
pub struct Item {
    expression: String,
    valid: bool,
    fault: Option<&'static str>,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        vec![Item { expression: self.expression.clone(), valid: self.fault.is_none(), fault: self.fault }]
    }

    fn table(&self) -> String {
        self.apache()
    }

    fn apache(&self) -> String {
        match self.fault {
            None => format!("The regular expression `{}` is valid.\n", self.expression),
            Some(fault) => format!("The regular expression `{}` is invalid: {fault}.\n", self.expression),
        }
    }
}
