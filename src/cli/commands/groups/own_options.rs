//! What `groups` does beyond Apache's tool: its options, and which of them belong together.

use std::path::PathBuf;

use super::Args;
use crate::cli::OWN_OPTIONS;
use crate::cli::failure::Failure;
use crate::cli::usage::{excludes, required};
use crate::cli::watch::WatchArgs;

#[derive(Debug, Clone, Default, PartialEq, clap::Args)]
pub struct OwnArgs {
    /// Write what groups have committed: CSV for --import-offsets and Apache's --from-file, or a form of --output.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub export_offsets: bool,

    /// Set the offsets that a file holds, CSV or JSON as --export-offsets writes it; - is standard input.
    #[arg(long, value_name = "FILE", help_heading = OWN_OPTIONS)]
    pub import_offsets: Option<PathBuf>,

    /// Give --to-group what --group has committed.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub copy_offsets: bool,

    /// The group that --copy-offsets copies to.
    #[arg(long, value_name = "GROUP", allow_hyphen_values = true, help_heading = OWN_OPTIONS)]
    pub to_group: Option<String>,

    /// Reset to a place: earliest, latest, 123, -10 (before the end), +5 (behind the beginning), @2026-01-31T12:00, @-1h30m.
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true, help_heading = OWN_OPTIONS)]
    pub to: Option<String>,

    /// List how far groups are behind in all.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub lag: bool,

    /// Describe the lag of whole groups, or of each topic of a group.
    #[arg(long, value_name = "WHAT", value_enum, help_heading = OWN_OPTIONS)]
    pub lag_by: Option<LagBy>,

    /// Show only what lags.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub lagging: bool,

    /// Show only what lags by as much as this.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i64).range(0..), help_heading = OWN_OPTIONS)]
    pub min_lag: Option<i64>,

    /// Sort by name, or by lag with the largest first.
    #[arg(long, value_name = "COLUMN", value_enum, help_heading = OWN_OPTIONS)]
    pub sort: Option<SortBy>,

    #[command(flatten)]
    pub watch: WatchArgs,

    /// List groups of this type only: classic, consumer, share or streams.
    #[arg(long, value_name = "TYPE", help_heading = OWN_OPTIONS)]
    pub group_type: Option<String>,

    /// List groups of this protocol only, such as consumer or connect.
    #[arg(long, value_name = "PROTOCOL", allow_hyphen_values = true, help_heading = OWN_OPTIONS)]
    pub protocol: Option<String>,

    /// List consumer groups.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub consumer: bool,

    /// List share groups.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub share: bool,

    /// List groups of Kafka Streams.
    #[arg(long, help_heading = OWN_OPTIONS)]
    pub streams: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LagBy {
    Group,
    Topic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum SortBy {
    #[default]
    Name,
    Lag,
}

impl OwnArgs {
    pub fn actions(&self) -> [(&'static str, bool); 3] {
        [
            ("export-offsets", self.export_offsets),
            ("import-offsets", self.import_offsets.is_some()),
            ("copy-offsets", self.copy_offsets),
        ]
    }

    /// The smallest lag that is shown.
    pub fn least_lag(&self) -> Option<i64> {
        self.min_lag.or(self.lagging.then_some(1))
    }
}

/// Rules of kavka's own.
pub fn check(args: &Args) -> Result<(), Failure> {
    let own = &args.own;
    let actions = super::checks::actions(args);
    let but = |allowed: &[&str]| -> Vec<(&'static str, bool)> {
        actions.iter().filter(|(name, _)| !allowed.contains(name)).copied().collect()
    };
    let of_list = [
        ("lag", own.lag),
        ("group-type", own.group_type.is_some()),
        ("protocol", own.protocol.is_some()),
        ("consumer", own.consumer),
        ("share", own.share),
        ("streams", own.streams),
    ];
    for (option, given) in of_list {
        excludes(given, option, &but(&["list"]))?;
    }
    let alone = [("consumer", own.consumer), ("share", own.share), ("streams", own.streams)];
    let pair = [("group-type", own.group_type.is_some()), ("protocol", own.protocol.is_some())];
    for (index, (option, given)) in alone.iter().enumerate() {
        let others: Vec<_> = alone[index + 1..].iter().chain(&pair).copied().collect();
        excludes(*given, option, &others)?;
    }
    check_lag(args, &but(&["list", "describe"]))?;
    excludes(own.lag_by.is_some(), "lag-by", &but(&["describe"]))?;
    excludes(own.to.is_some(), "to", &but(&["reset-offsets"]))?;
    excludes(own.to_group.is_some(), "to-group", &but(&["copy-offsets"]))?;
    let shows = ["list", "describe", "export-offsets", "validate-regex"];
    let shown: Vec<_> = actions.iter().filter(|(name, _)| shows.contains(name)).copied().collect();
    excludes(args.dry_run, "dry-run", &shown)?;
    excludes(args.confirmed.yes, "yes", &shown)?;
    check_copy(args)?;
    let selected = !args.group.is_empty() || args.all_groups;
    if own.export_offsets && !selected {
        return Err(Failure::usage("--export-offsets needs --group or --all-groups"));
    }
    Ok(())
}

fn check_lag(args: &Args, others: &[(&str, bool)]) -> Result<(), Failure> {
    let own = &args.own;
    let of_lag = [
        ("lagging", own.lagging),
        ("min-lag", own.min_lag.is_some()),
        ("sort", own.sort.is_some()),
        ("lag-by", own.lag_by.is_some()),
    ];
    for (option, given) in of_lag {
        excludes(given, option, others)?;
        excludes(given, option, &[("members", args.members), ("state", args.describe && args.state.is_some())])?;
    }
    excludes(own.watch.watch.is_some(), "watch", others)?;
    excludes(own.lagging, "lagging", &[("min-lag", own.min_lag.is_some())])
}

fn check_copy(args: &Args) -> Result<(), Failure> {
    if !args.own.copy_offsets {
        return Ok(());
    }
    required(args.own.to_group.is_some(), "to-group", "--copy-offsets")?;
    if args.group.len() != 1 || args.all_groups {
        return Err(Failure::usage("--copy-offsets takes one --group, from which it copies"));
    }
    if args.group.first() == args.own.to_group.as_ref() {
        return Err(Failure::usage("--group and --to-group are the same group"));
    }
    Ok(())
}
