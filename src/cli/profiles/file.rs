//! A file of profiles, in TOML:
//!
//! ```toml
//! profile = "local"                        # counts when nothing names a cluster
//!
//! [profiles.local]
//! data-dir = "~/scratch/kafka"             # a standalone cluster
//!
//! [profiles.production]
//! bootstrap.servers = "kafka-1:9093,kafka-2:9093"
//! command-config = "production.properties" # beside this file; its own keys are weaker than those here
//! sasl.mechanism = "SCRAM-SHA-512"         # any property of Kafka's Java clients
//! readonly = true                          # refuse what changes something
//! confirm = true                           # ask before what changes something
//! ```

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Guards, Profile, is_secret};
use crate::cli::failure::Failure;
use crate::properties::Properties;

/// What a file says.
#[derive(Debug)]
pub struct ProfileFile {
    pub path: PathBuf,
    pub profiles: Vec<Profile>,
    pub default: Option<String>,
}

impl ProfileFile {
    pub fn read(path: &Path, home: Option<&Path>) -> Result<ProfileFile, Failure> {
        let told = |what: String| Failure::usage(format!("{}: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| told(error.to_string()))?;
        let mut table: Table = toml::from_str(&text).map_err(|error| told(error.to_string().trim_end().to_owned()))?;
        let default = match table.remove("profile") {
            None => None,
            Some(Value::String(name)) => Some(name),
            Some(_) => return Err(told("profile has to be a name in quotes".to_owned())),
        };
        let named = match table.remove("profiles") {
            None => Table::new(),
            Some(Value::Table(named)) => named,
            Some(_) => return Err(told("profiles have to be sections, as in [profiles.test]".to_owned())),
        };
        if let Some(key) = table.keys().next() {
            let hint = "a file of profiles has `profile = \"NAME\"` and sections [profiles.NAME]";
            return Err(told(format!("{key} is not known at the top")).hint(hint));
        }
        let profiles = named.into_iter().map(|(name, content)| {
            let Value::Table(content) = content else {
                return Err(told(format!("profiles.{name} has to be a section, as in [profiles.{name}]")));
            };
            profile(&name, content, path, home).map_err(|failure| failure.about(format!("{} [{name}]", path.display())))
        });
        Ok(ProfileFile { path: path.to_owned(), profiles: profiles.collect::<Result<_, _>>()?, default })
    }

    /// Projects are shared, so their files hold no secrets; nor do they borrow a file of settings that may.
    pub fn must_hold_no_secrets(&self) -> Result<(), Failure> {
        let secret =
            |profile: &Profile| profile.properties.iter().map(|(key, _)| key.to_owned()).find(|key| is_secret(key));
        let Some((name, key)) = self.profiles.iter().find_map(|profile| Some((&profile.name, secret(profile)?))) else {
            return Ok(());
        };
        let refusal = Failure::usage(format!(
            "{} [{name}]: {key} is a secret, and a project's file is shared",
            self.path.display()
        ));
        Err(refusal.hint("keep profiles with secrets in your own file; `kavka profiles` names it"))
    }
}

fn profile(name: &str, mut content: Table, source: &Path, home: Option<&Path>) -> Result<Profile, Failure> {
    let beside = |path: String| match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => source.parent().unwrap_or(Path::new("")).join(path),
    };
    let data_dir = text(&mut content, "data-dir")?.map(beside);
    let readonly = flag(&mut content, "readonly")?;
    let confirm = flag(&mut content, "confirm")?;
    let mut properties = match text(&mut content, "command-config")?.map(beside) {
        Some(path) => Properties::read_file(path).map_err(|error| Failure::usage(error.to_string()))?,
        None => Properties::new(),
    };
    flatten("", content, &mut properties)?;
    if data_dir.is_some() && properties.get("bootstrap.servers").is_some() {
        return Err(Failure::usage("a profile has bootstrap.servers or data-dir, not both"));
    }
    let guards = Guards { profile: name.to_owned(), readonly, confirm };
    Ok(Profile { name: name.to_owned(), source: source.to_owned(), properties, data_dir, guards })
}

fn text(content: &mut Table, key: &str) -> Result<Option<String>, Failure> {
    match content.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Failure::usage(format!("{key} has to be a text in quotes"))),
    }
}

fn flag(content: &mut Table, key: &str) -> Result<bool, Failure> {
    match content.remove(key) {
        None => Ok(false),
        Some(Value::Boolean(set)) => Ok(set),
        Some(_) => Err(Failure::usage(format!("{key} has to be true or false"))),
    }
}

/// TOML takes `a.b = 1` for a table within a table; Kafka's keys are flat.
fn flatten(prefix: &str, content: Table, properties: &mut Properties) -> Result<(), Failure> {
    for (key, value) in content {
        let key = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        match value {
            Value::Table(inner) => flatten(&key, inner, properties)?,
            value => properties.set(key.clone(), scalar(&key, value)?),
        }
    }
    Ok(())
}

/// A value as a `.properties` file has it; lists become words apart by commas.
fn scalar(key: &str, value: Value) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Float(number) => Ok(number.to_string()),
        Value::Boolean(set) => Ok(set.to_string()),
        Value::Array(values) => {
            let words: Result<Vec<String>, Failure> = values.into_iter().map(|value| scalar(key, value)).collect();
            Ok(words?.join(","))
        }
        Value::Datetime(_) | Value::Table(_) => {
            Err(Failure::usage(format!("{key} has to be a text, a number or a list")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(text: &str) -> Result<ProfileFile, Failure> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        ProfileFile::read(file.path(), Some(Path::new("/home/me")))
    }

    #[test]
    fn dotted_keys_are_kafkas_keys_and_lists_are_joined() {
        let text = "[profiles.p]\nbootstrap.servers = ['a:1', 'b:2']\n'sasl.mechanism' = 'PLAIN'\nretries = 3\nreadonly = true";
        let profile = read(text).unwrap().profiles.remove(0);
        let pairs: Vec<_> = profile.properties.iter().collect();
        assert!(pairs.contains(&("bootstrap.servers", "a:1,b:2")) && pairs.contains(&("retries", "3")), "{pairs:?}");
        assert_eq!(profile.properties.get("sasl.mechanism"), Some("PLAIN"));
        assert!(profile.guards.readonly && !profile.guards.confirm);
    }

    #[test]
    fn a_tilde_is_the_home_directory() {
        let profile = read("[profiles.p]\ndata-dir = '~/scratch'").unwrap().profiles.remove(0);
        assert_eq!(profile.data_dir.unwrap(), Path::new("/home/me/scratch"));
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_place() {
        let fault = |text: &str| read(text).unwrap_err().messages.join("\n");
        assert!(fault("[profiles.p\n").contains("line 1"));
        assert!(fault("[profiles.p]\nreadonly = 'yes'").contains("[p]: readonly has to be true or false"));
        assert!(fault("bootstrap.servers = 'a:1'").contains("bootstrap is not known at the top"));
        assert!(fault("[profiles.p]\ndata-dir = 'x'\nbootstrap.servers = 'a:1'").contains("not both"));
        assert!(fault("[profiles.p]\ncommand-config = 'nowhere.properties'").contains("nowhere.properties"));
    }
}
