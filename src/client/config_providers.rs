//! `${file:/run/secrets:key}`, `${env:NAME}`, `${directory:/run/secrets:file}` in the values of properties.
//!
//! A provider counts if `config.providers` names it and `config.providers.NAME.class` is one of Kafka's own; they are read
//! as Kafka's are, with `allowed.paths` and `allowlist.pattern`. A value that a provider does not have stays as it is
//! written, as in Java, and is worth a warning, since it mostly is a password.

use std::path::{Path, PathBuf};

use regex::Regex;

use super::error::ClientError;
use crate::properties::Properties;

const PACKAGE: &str = "org.apache.kafka.common.config.provider.";

enum Provider {
    File(AllowedPaths),
    Directory(AllowedPaths),
    Environment(Option<Regex>),
}

/// Where a provider may read; everywhere if nothing is said.
struct AllowedPaths(Vec<PathBuf>);

/// `${name:path:key}` or `${name:key}`.
struct Variable<'a> {
    provider: &'a str,
    path: &'a str,
    key: &'a str,
}

/// `properties` with every variable of a provider resolved; providers may have been named `before`.
pub fn resolved(properties: &Properties, before: &Properties) -> Result<Properties, ClientError> {
    if !properties.iter().any(|(_, value)| value.contains("${")) {
        return Ok(properties.clone());
    }
    let mut all = before.clone();
    all.extend(properties);
    let providers = providers(&all)?;
    let mut resolved = Properties::new();
    for (key, value) in properties.iter() {
        let is_ours = key == "config.providers" || key.starts_with("config.providers.");
        let value = if is_ours { value.to_owned() } else { replaced(key, value, &providers)? };
        resolved.set(key, value);
    }
    Ok(resolved)
}

/// What there is to say about variables that nothing has resolved.
pub fn unresolved(properties: &Properties) -> impl Iterator<Item = String> {
    let open = properties.iter().filter(|(_, value)| variables(value).next().is_some());
    open.map(|(key, _)| {
        format!("the value of {key} holds a variable that no provider of config.providers knows; it is taken as it is")
    })
}

fn providers(properties: &Properties) -> Result<Vec<(String, Provider)>, ClientError> {
    let names = properties.get("config.providers").unwrap_or_default().split(',').map(str::trim);
    names.filter(|name| !name.is_empty()).map(|name| Ok((name.to_owned(), provider(properties, name)?))).collect()
}

fn provider(properties: &Properties, name: &str) -> Result<Provider, ClientError> {
    let key = format!("config.providers.{name}.class");
    let class = properties.get(&key).unwrap_or_default().trim();
    let parameter = |parameter: &str| properties.get(&format!("config.providers.{name}.param.{parameter}"));
    let allowed = || AllowedPaths(parameter("allowed.paths").into_iter().flat_map(paths).collect());
    match class.strip_prefix(PACKAGE) {
        Some("FileConfigProvider") => Ok(Provider::File(allowed())),
        Some("DirectoryConfigProvider") => Ok(Provider::Directory(allowed())),
        Some("EnvVarConfigProvider") => {
            let pattern = parameter("allowlist.pattern").map(|pattern| Regex::new(&format!("^(?:{pattern})$")));
            let pattern = pattern.transpose().map_err(|error| ClientError::unusable(format!("{key}: {error}")))?;
            Ok(Provider::Environment(pattern))
        }
        _ => Err(ClientError::unusable_with_hint(
            match class {
                "" => format!("config.providers names {name}, and {key} is not set"),
                class => format!("{key}={class} is Java code, which does not run here"),
            },
            format!("{PACKAGE}FileConfigProvider, DirectoryConfigProvider and EnvVarConfigProvider are known"),
        )),
    }
}

fn paths(list: &str) -> impl Iterator<Item = PathBuf> {
    list.split(',').map(str::trim).filter(|path| !path.is_empty()).map(PathBuf::from)
}

impl AllowedPaths {
    fn allows(&self, path: &Path) -> bool {
        let has_steps_up = path.components().any(|part| matches!(part, std::path::Component::ParentDir));
        self.0.is_empty() || (!has_steps_up && self.0.iter().any(|allowed| path.starts_with(allowed)))
    }
}

impl Provider {
    /// The value, if there is one. What cannot be read is an error.
    fn look_up(&self, variable: &Variable<'_>) -> Result<Option<String>, String> {
        let path = Path::new(variable.path);
        match self {
            Provider::File(allowed) if !variable.path.is_empty() && allowed.allows(path) => {
                let text = std::fs::read_to_string(path).map_err(|cause| format!("{}: {cause}", path.display()))?;
                let content = Properties::parse_text(&text).map_err(|fault| format!("{}: {fault}", path.display()))?;
                Ok(content.get(variable.key).map(str::to_owned))
            }
            Provider::Directory(allowed) if !variable.path.is_empty() && allowed.allows(path) => {
                let is_name = Path::new(variable.key).file_name().is_some_and(|name| name == variable.key);
                let file = path.join(variable.key);
                if !is_name || !file.is_file() {
                    return Ok(None);
                }
                std::fs::read_to_string(&file).map(Some).map_err(|cause| format!("{}: {cause}", file.display()))
            }
            Provider::File(_) | Provider::Directory(_) => Ok(None),
            Provider::Environment(_) if !variable.path.is_empty() => Err("a variable has no path".to_owned()),
            Provider::Environment(pattern) => {
                let is_allowed = pattern.as_ref().is_none_or(|pattern| pattern.is_match(variable.key));
                Ok(std::env::var(variable.key).ok().filter(|_| is_allowed))
            }
        }
    }
}

fn replaced(key: &str, value: &str, providers: &[(String, Provider)]) -> Result<String, ClientError> {
    let mut text = String::new();
    let mut done = 0;
    for (place, variable) in variables(value) {
        let Some((_, provider)) = providers.iter().find(|(name, _)| name == variable.provider) else { continue };
        let found = provider.look_up(&variable);
        let found =
            found.map_err(|fault| ClientError::unusable(format!("cannot look up the value of {key}: {fault}")))?;
        if let Some(found) = found {
            text.push_str(&value[done..place.start]);
            text.push_str(&found);
            done = place.end;
        }
    }
    text.push_str(&value[done..]);
    Ok(text)
}

/// The variables of a value, and where they are.
fn variables(value: &str) -> impl Iterator<Item = (std::ops::Range<usize>, Variable<'_>)> {
    value.match_indices("${").filter_map(move |(start, _)| {
        let inside = &value[start + 2..];
        let inside = &inside[..inside.find('}')?];
        let (provider, rest) = inside.split_once(':')?;
        let (path, key) = rest.split_once(':').unwrap_or(("", rest));
        Some((start..start + inside.len() + 3, Variable { provider, path, key }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "org.apache.kafka.common.config.provider.FileConfigProvider";
    const DIRECTORY: &str = "org.apache.kafka.common.config.provider.DirectoryConfigProvider";
    const ENVIRONMENT: &str = "org.apache.kafka.common.config.provider.EnvVarConfigProvider";

    fn read(pairs: &[String]) -> Result<Properties, ClientError> {
        resolved(&Properties::from_pairs(pairs), &Properties::new())
    }

    fn with(name: &str, class: &str, value: &str) -> Vec<String> {
        vec![format!("config.providers={name}"), format!("config.providers.{name}.class={class}"), format!("x={value}")]
    }

    #[test]
    fn a_file_a_directory_and_the_environment_are_asked() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("secrets");
        std::fs::write(&file, "a=1\npassword=hunter two\n").unwrap();
        let (file, directory) = (file.display(), directory.path().display());
        let got = |pairs: &[String]| read(pairs).unwrap().get("x").unwrap().to_owned();
        assert_eq!(got(&with("f", FILE, &format!("<${{f:{file}:password}}>"))), "<hunter two>");
        assert_eq!(got(&with("f", FILE, &format!("${{f:{file}:none}}"))), format!("${{f:{file}:none}}"));
        let whole = "a=1\npassword=hunter two\n";
        assert_eq!(got(&with("d", DIRECTORY, &format!("${{d:{directory}:secrets}}"))), whole);
        assert_eq!(
            got(&with("e", ENVIRONMENT, "${e:CARGO_PKG_NAME}, ${e:NONE_SUCH_HERE}")),
            "kavka, ${e:NONE_SUCH_HERE}"
        );
    }

    #[test]
    fn paths_that_are_not_allowed_are_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("secrets");
        std::fs::write(&file, "a=1").unwrap();
        let value = format!("${{f:{}:a}}", file.display());
        let mut pairs = with("f", FILE, &value);
        pairs.push("config.providers.f.param.allowed.paths=/elsewhere".to_owned());
        assert_eq!(read(&pairs).unwrap().get("x"), Some(value.as_str()));
        let allowed = AllowedPaths(vec!["/a".into()]);
        assert!(allowed.allows(Path::new("/a/b")) && !allowed.allows(Path::new("/a/../b")));
    }

    #[test]
    fn what_cannot_be_looked_up_names_the_property_and_not_its_value() {
        let said = |pairs: &[String]| read(pairs).unwrap_err().to_string();
        assert!(
            said(&with("f", FILE, "${f:/no/such/file:a}")).starts_with("cannot look up the value of x: /no/such/file")
        );
        assert!(said(&with("v", "com.example.Vault", "${v:a}")).contains("com.example.Vault is Java code"));
        assert!(
            said(&["config.providers=v".to_owned(), "x=${v:a}".to_owned()])
                .contains("config.providers.v.class is not set")
        );
    }

    #[test]
    fn a_variable_without_a_provider_stays_and_is_told() {
        let properties = read(&["sasl.jaas.config=${vault:a:b}".to_owned()]).unwrap();
        let told: Vec<String> = unresolved(&properties).collect();
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("sasl.jaas.config") && !told[0].contains("vault"));
        assert_eq!(unresolved(&Properties::from_pairs(["a=$ {x}", "b=${x}", "c=${"])).count(), 0);
    }
}
