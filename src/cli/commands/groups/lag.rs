//! How far groups are behind: which rows are wanted, in which order, and sums of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::describe_offsets::Row;
use super::own_options::{LagBy, OwnArgs, SortBy};
use crate::cli::output::quantities::number_text;
use crate::cli::output::{Render, Table};

/// Which rows are shown, and in which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    pub least: Option<i64>,
    pub sort: SortBy,
}

impl Wanted {
    pub fn of(own: &OwnArgs) -> Wanted {
        Wanted { least: own.least_lag(), sort: own.sort.unwrap_or_default() }
    }

    /// Where nothing is asked of the lag, rows without one are shown too.
    pub fn keeps(&self, lag: Option<i64>) -> bool {
        self.least.is_none_or(|least| lag.is_some_and(|lag| lag >= least))
    }

    pub fn apply<T>(&self, rows: &mut Vec<T>, lag: impl Fn(&T) -> Option<i64>) {
        rows.retain(|row| self.keeps(lag(row)));
        if self.sort == SortBy::Lag {
            rows.sort_by_key(|row| Reverse(lag(row)));
        }
    }

    /// The rows of groups; sorted by lag they are one list.
    pub fn of_groups(&self, mut groups: Vec<Vec<Row>>) -> Vec<Vec<Row>> {
        if self.sort == SortBy::Lag {
            groups = vec![groups.into_iter().flatten().collect()];
        }
        groups.iter_mut().for_each(|rows| self.apply(rows, |row| row.lag));
        groups
    }
}

/// Partitions of a group, or of one of its topics, taken together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sum {
    group: String,
    topic: Option<String>,
    partitions: usize,
    lagging_partitions: usize,
    /// Of the partitions whose lag is known.
    pub lag: Option<i64>,
}

fn add(sum: &mut Sum, row: &Row) {
    sum.partitions += 1;
    sum.lagging_partitions += usize::from(row.lag.is_some_and(|lag| lag > 0));
    if let Some(lag) = row.lag {
        *sum.lag.get_or_insert(0) += lag;
    }
}

/// Sums by name.
pub fn sums(rows: &[Vec<Row>], by: LagBy) -> Vec<Sum> {
    let mut sums: BTreeMap<(String, Option<String>), Sum> = BTreeMap::new();
    for row in rows.iter().flatten() {
        let topic = (by == LagBy::Topic).then(|| row.topic.clone());
        let none =
            Sum { group: row.group.clone(), topic: topic.clone(), partitions: 0, lagging_partitions: 0, lag: None };
        add(sums.entry((row.group.clone(), topic)).or_insert(none), row);
    }
    sums.into_values().collect()
}

pub struct LagReport {
    pub sums: Vec<Sum>,
    pub by: LagBy,
}

impl Render for LagReport {
    type Item = Sum;

    fn items(&self) -> Vec<Sum> {
        self.sums.clone()
    }

    fn tables(&self) -> Vec<Table> {
        let headings = match self.by {
            LagBy::Group => vec!["GROUP", "PARTITIONS", "LAGGING", "LAG"],
            LagBy::Topic => vec!["GROUP", "TOPIC", "PARTITIONS", "LAGGING", "LAG"],
        };
        let row = |sum: &Sum| {
            let mut row = vec![sum.group.clone()];
            row.extend(sum.topic.clone());
            row.extend([sum.partitions.to_string(), sum.lagging_partitions.to_string(), number_text(sum.lag)]);
            row
        };
        let rows = self.sums.iter().map(row).collect();
        vec![Table::with(headings, rows).numbers(["PARTITIONS", "LAGGING", "LAG"])]
    }

    /// Apache's tool has nothing like it.
    fn apache(&self) -> String {
        self.table()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::commands::groups::describe_offsets::tests::row;

    fn rows() -> Vec<Vec<Row>> {
        vec![
            vec![row("a", "orders", 0, Some(5)), row("a", "orders", 1, Some(0)), row("a", "audit", 0, None)],
            vec![row("b", "orders", 0, Some(7))],
        ]
    }

    #[test]
    fn lag_is_added_up_by_group_and_by_topic() {
        let text = |by| LagReport { sums: sums(&rows(), by), by }.table();
        assert_eq!(
            text(LagBy::Group),
            "GROUP  PARTITIONS  LAGGING  LAG\n\
             a               3        1    5\n\
             b               1        1    7\n"
        );
        assert_eq!(
            text(LagBy::Topic),
            "GROUP  TOPIC   PARTITIONS  LAGGING  LAG\n\
             a      audit            1        0    -\n\
             a      orders           2        1    5\n\
             b      orders           1        1    7\n"
        );
    }

    #[test]
    fn only_what_lags_and_the_largest_first() {
        let lags = |wanted: Wanted| {
            let groups = wanted.of_groups(rows());
            groups.into_iter().map(|rows| rows.into_iter().map(|row| row.lag).collect()).collect::<Vec<Vec<_>>>()
        };
        assert_eq!(lags(Wanted { least: Some(1), sort: SortBy::Name }), [[Some(5)], [Some(7)]]);
        assert_eq!(lags(Wanted { least: Some(6), sort: SortBy::Name }), [vec![], vec![Some(7)]]);
        assert_eq!(lags(Wanted { least: None, sort: SortBy::Lag }), [[Some(7), Some(5), Some(0), None]]);
    }
}
