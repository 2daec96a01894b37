//! Regular expressions over whole names of topics, prepared as Apache's tools prepare them: blanks and quotes around go,
//! commas become alternatives.

use regex::Regex;

use crate::cli::failure::Failure;

pub fn topic_filter(text: &str) -> Result<Regex, Failure> {
    let prepared = text.trim().replace(',', "|").replace(' ', "");
    let expression = prepared.trim_matches(['"', '\'']);
    Regex::new(&format!("^(?:{expression})$")).map_err(|_| {
        Failure::usage(format!("'{expression}' is no regular expression"))
            .hint("topics are chosen by a regular expression over whole names, such as 'orders|payments' or 'test-.*'")
            .thrown("java.lang.RuntimeException", format!("{expression} is an invalid regex."))
    })
}
