//! `topics --delete`: delete all matching topics, after asking.

use serde::Serialize;

use super::selection::Selection;
use crate::cli::Invocation;
use crate::cli::failure::{Failure, of_rejection};
use crate::cli::output::{OutputFormat, Render};
use crate::cli::usage::listed;
use crate::client::Admin;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub selection: Selection,
    pub if_exists: bool,
    /// `--yes`: do it without asking.
    pub confirmed: bool,
}

pub fn run(plan: Plan, admin: &Admin, invocation: &Invocation, format: OutputFormat) -> anyhow::Result<()> {
    let names = invocation.block_on(find(&plan, admin))?;
    if !names.is_empty() {
        let confirmed = plan.confirmed || invocation.dialect.is_apache();
        invocation.output.confirm(&deed(&names), confirmed)?;
    }
    let report = invocation.block_on(delete(names, admin))?;
    invocation.output.show(&report, format)
}

async fn find(plan: &Plan, admin: &Admin) -> anyhow::Result<Vec<String>> {
    let found = plan.selection.of_topics(admin.list_topics().await?, false);
    if !plan.if_exists {
        plan.selection.must_match(&found)?;
    }
    Ok(found.into_iter().map(|topic| topic.name).collect())
}

fn deed(names: &[String]) -> String {
    match names {
        [name] => format!("delete topic {name} with all its records"),
        names => format!("delete {} topics with all their records ({})", names.len(), listed(names, "and")),
    }
}

struct Report {
    topics: Vec<String>,
}

async fn delete(names: Vec<String>, admin: &Admin) -> anyhow::Result<Report> {
    if names.is_empty() {
        return Ok(Report { topics: names });
    }
    let answers = admin.delete_topics(&names).await?;
    let failures = answers.iter().filter_map(|(topic, answer)| {
        Some(of_rejection(answer.as_ref().err()?).about(format!("cannot delete topic {topic}")))
    });
    match Failure::of_items(failures) {
        Some(failure) => Err(failure.into()),
        None => Ok(Report { topics: names }),
    }
}

#[derive(Serialize)]
struct Item {
    topic: String,
    deleted: bool,
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        self.topics.iter().map(|topic| Item { topic: topic.clone(), deleted: true }).collect()
    }

    fn table(&self) -> String {
        self.topics.iter().map(|topic| format!("Deleted topic {topic}.\n")).collect()
    }

    /// Success is silent.
    fn apache(&self) -> String {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_names_everything_that_would_go() {
        assert_eq!(deed(&["a".to_owned()]), "delete topic a with all its records");
        let both = ["a".to_owned(), "b".to_owned()];
        assert_eq!(deed(&both), "delete 2 topics with all their records (a and b)");
    }
}
