//! `storage version-mapping` and `storage feature-dependencies`: which levels of features go together.

use crate::cli::Invocation;
use crate::cli::failure::{ApacheForm, Failure};
use crate::standalone::storage::features::{
    KRAFT_VERSION, METADATA_VERSION, RELEASES, UNSTABLE_RELEASE, default_levels, dependency, level_of_release,
    release_name, supported_levels,
};

const UNSTABLE_LEVEL: i16 = 30;

/// Show the levels of features that come with a release.
#[derive(Debug, clap::Args)]
pub struct MappingArgs {
    /// The release, such as 4.2 or 4.2-IV1 [default: 4.2-IV1].
    #[arg(long, short, value_name = "RELEASE")]
    release_version: Option<String>,
}

/// Show which levels of other features a level of a feature needs.
#[derive(Debug, clap::Args)]
pub struct DependenciesArgs {
    /// A feature and its level, such as `group.version=1`. May be repeated.
    #[arg(long, short, value_name = "FEATURE=LEVEL", required = true)]
    feature: Vec<String>,
}

/// A complaint that both dialects make in the same words.
pub fn terse(message: impl Into<String>) -> Failure {
    let message = message.into();
    Failure::usage(message.clone()).in_apache(ApacheForm::Line(message))
}

/// The level of a release; `with_unstable` knows one more.
pub fn release(name: &str, with_unstable: bool) -> Result<i16, Failure> {
    if with_unstable && name == UNSTABLE_RELEASE {
        return Ok(UNSTABLE_LEVEL);
    }
    level_of_release(name).ok_or_else(|| {
        let mut known = RELEASES.to_vec();
        known.extend(with_unstable.then_some(UNSTABLE_RELEASE));
        terse(format!("Unknown {METADATA_VERSION} '{name}'. Supported {METADATA_VERSION} are: {}", known.join(", ")))
    })
}

pub fn show_mapping(args: &MappingArgs, invocation: &Invocation) -> anyhow::Result<()> {
    let newest = RELEASES.last().copied().unwrap_or_default();
    let name = args.release_version.as_deref().unwrap_or(newest);
    let level = release(name, true)?;
    invocation.output.line(&format!("{METADATA_VERSION}={level} ({name})"))?;
    for (feature, level) in default_levels(level) {
        invocation.output.line(&format!("{feature}={level}"))?;
    }
    Ok(())
}

pub fn show_dependencies(args: &DependenciesArgs, invocation: &Invocation) -> anyhow::Result<()> {
    args.feature.iter().try_for_each(|feature| show_dependency(feature, invocation))
}

fn show_dependency(text: &str, invocation: &Invocation) -> anyhow::Result<()> {
    let (name, level) = text.split_once('=').ok_or_else(|| {
        terse(format!("Invalid feature format: {text}. Expected format: 'feature=version' (e.g. 'group.version=1')"))
    })?;
    let (name, version) = (name.trim(), level.trim());
    let level: i16 =
        version.parse().map_err(|_| terse(format!("Invalid version format: {version} for feature {name}")))?;
    let output = &invocation.output;
    if name == METADATA_VERSION {
        let unstable = (level == UNSTABLE_LEVEL).then_some(UNSTABLE_RELEASE);
        let release = release_name(level).or(unstable);
        let release = release.ok_or_else(|| terse(format!("Unknown {METADATA_VERSION} {level}")))?;
        return Ok(output.line(&format!("{name}={level} ({release}) has no dependencies."))?);
    }
    let levels = if name == KRAFT_VERSION { Some(0..=1) } else { supported_levels(name) };
    let levels = levels.ok_or_else(|| terse(format!("Unknown feature: {name}")))?;
    if !levels.contains(&level) {
        return Err(terse(format!("Feature level {level} is not supported for feature {name}")).into());
    }
    match dependency(name, level) {
        None => output.line(&format!("{name}={level} has no dependencies."))?,
        Some((other, needed)) => {
            let release = release_name(needed).unwrap_or_default();
            output.line(&format!("{name}={level} requires:\n    {other}={needed} ({release})"))?;
        }
    }
    Ok(())
}
