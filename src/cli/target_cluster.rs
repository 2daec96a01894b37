//! The cluster that a command talks to.
//!
//! `--bootstrap-server`, else `bootstrap.servers` of `--command-config`, else the profile that `--profile` or
//! `KAVKA_PROFILE` names, else `KAVKA_BOOTSTRAP_SERVERS` or `KAFKA_BOOTSTRAP_SERVERS`, else the project's or the user's
//! default profile, else standalone on the local data directory. Under Apache's names only the first counts.

use std::net::ToSocketAddrs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::dialect::{self, CANNOT_OPEN, NO_SUCH_FILE};
use super::failure::{ApacheForm, Failure};
use super::profiles::{Guards, Places, Profile, Profiles};
use super::tools::Dialect;
use super::{Invocation, log, platform_homes};
use crate::client::{ClientSettings, config_providers};
use crate::properties::Properties;
use crate::standalone::{self, Standalone, StandaloneError, Stranded};

/// Where to find the cluster.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct TargetArgs {
    /// Kafka servers to connect to. Without them the command works on the local data directory.
    #[arg(long, value_name = "HOST:PORT,…")]
    pub bootstrap_server: Option<String>,

    /// File of client settings in Java's properties syntax: security, timeouts, bootstrap.servers.
    #[arg(long, value_name = "FILE")]
    pub command_config: Option<PathBuf>,

    /// Directory of the standalone cluster [default: kavka/data in the platform's data home, or KAVKA_DATA_DIR].
    #[arg(long, value_name = "DIR", conflicts_with = "bootstrap_server", help_heading = super::OWN_OPTIONS)]
    pub data_dir: Option<PathBuf>,

    /// Cluster by name, with its settings and guards, out of a file of profiles (see `kavka profiles`), or KAVKA_PROFILE.
    #[arg(long, value_name = "NAME", conflicts_with = "data_dir", help_heading = super::OWN_OPTIONS)]
    pub profile: Option<String>,
}

/// What the environment says about the cluster; a value, so that tests need not change the process.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub profile: Option<String>,
    /// The variable, and its addresses.
    pub servers: Option<(&'static str, String)>,
    pub data_dir: Option<PathBuf>,
    pub data_home: Option<PathBuf>,
    pub places: Places,
}

impl Surroundings {
    pub fn of_process() -> Surroundings {
        let text = |name: &'static str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let named = |name: &'static str| Some((name, text(name)?));
        Surroundings {
            profile: text("KAVKA_PROFILE"),
            servers: named("KAVKA_BOOTSTRAP_SERVERS").or_else(|| named("KAFKA_BOOTSTRAP_SERVERS")),
            data_dir: std::env::var_os("KAVKA_DATA_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from),
            data_home: platform_homes::data(),
            places: Places::of_process(),
        }
    }

    /// The directory of the standalone cluster, if it can be told.
    pub fn data_directory(&self, given: Option<&Path>) -> Option<PathBuf> {
        Some(self.data_directory_and_source(given)?.0)
    }

    fn data_directory_and_source(&self, given: Option<&Path>) -> Option<(PathBuf, &'static str)> {
        let given = given.map(|path| (path.to_owned(), "--data-dir"));
        let named = given.or_else(|| Some((self.data_dir.clone()?, "KAVKA_DATA_DIR")));
        named.or_else(|| Some((self.data_home.as_ref()?.join("kavka").join("data"), "default")))
    }
}

/// The cluster that was chosen.
#[derive(Debug, Clone)]
pub enum Target {
    /// A cluster at known addresses.
    Servers(Box<ClientSettings>),
    /// The cluster whose data is in this directory.
    Standalone(PathBuf),
}

/// What was chosen, and why.
#[derive(Debug, Clone)]
pub struct Choice {
    pub target: Target,
    pub guards: Guards,
    /// Settings from the weakest to the strongest, each with the place it was found in.
    pub layers: Vec<(String, Properties)>,
    pub warnings: Vec<String>,
}

impl Choice {
    /// Chooses the cluster; nothing is opened. `dialect` is Apache's when standalone and profiles are not on offer.
    pub fn make(args: &TargetArgs, dialect: Dialect, surroundings: &Surroundings) -> anyhow::Result<Choice> {
        let mut file = match &args.command_config {
            Some(path) => Properties::read_file(path).map_err(|error| {
                let (class, message) = (NO_SUCH_FILE.to_owned(), path.display().to_string());
                Failure::usage(error.to_string()).in_apache(ApacheForm::Opening { class, message })
            })?,
            None => Properties::new(),
        };
        if file.get("bootstrap.servers").is_some_and(|servers| servers.contains("${")) {
            let resolved = config_providers::resolved(&file, &Properties::new())?;
            file.set("bootstrap.servers", resolved.get("bootstrap.servers").unwrap_or_default());
        }
        if dialect.is_apache() {
            return Choice::in_apache(args, file, dialect);
        }
        let mut choice = Choice {
            target: Target::Standalone(PathBuf::new()),
            guards: Guards::default(),
            layers: Vec::new(),
            warnings: Vec::new(),
        };
        let profile = choice.find_profile(args, &file, surroundings)?;
        let data_dir = profile.as_ref().and_then(|profile| profile.data_dir.clone());
        if let Some(profile) = profile {
            choice.guards = profile.guards;
            choice
                .layers
                .push((format!("profile {} in {}", profile.name, profile.source.display()), profile.properties));
        }
        if let Some(path) = &args.command_config {
            choice.layers.push((path.display().to_string(), file));
        }
        choice.add_addresses(args, data_dir.is_some(), surroundings);
        choice.target = match (choice.bootstrap_servers(), data_dir) {
            (Some(servers), _) => {
                let mut settings = settings(&servers, dialect)?;
                settings.reads_only = choice.guards.readonly;
                choice.layers.iter().try_for_each(|(_, properties)| settings.apply(properties))?;
                Target::Servers(Box::new(settings))
            }
            (None, Some(directory)) => Target::Standalone(directory),
            (None, None) => Target::Standalone(choice.default_directory(args, surroundings)?),
        };
        Ok(choice)
    }

    fn in_apache(args: &TargetArgs, file: Properties, dialect: Dialect) -> anyhow::Result<Choice> {
        let Some(servers) = &args.bootstrap_server else {
            let failure = Failure::usage("--bootstrap-server must be specified");
            return Err(failure.apache_usage("Missing required argument \"[bootstrap-server]\"").into());
        };
        let mut settings = settings(servers, dialect)?;
        settings.apply(&file)?;
        let (target, guards) = (Target::Servers(Box::new(settings)), Guards::default());
        Ok(Choice { target, guards, layers: Vec::new(), warnings: Vec::new() })
    }

    /// The profile that was named, or the default one where nothing else tells the cluster.
    fn find_profile(
        &mut self,
        args: &TargetArgs,
        file: &Properties,
        surroundings: &Surroundings,
    ) -> Result<Option<Profile>, Failure> {
        let named = args.profile.as_deref().map(|name| (name, "--profile"));
        let named = named.or_else(|| Some((surroundings.profile.as_deref()?, "KAVKA_PROFILE")));
        let elsewhere = args.bootstrap_server.is_some()
            || args.data_dir.is_some()
            || file.get("bootstrap.servers").is_some()
            || surroundings.servers.is_some();
        // A project's broken file is no reason to fail for who names another cluster.
        if args.data_dir.is_some() || (named.is_none() && elsewhere) {
            return Ok(None);
        }
        let profiles = Profiles::read(&surroundings.places)?;
        let found = match named {
            Some((name, by)) => Some(profiles.get(name, by)?.clone()),
            None => profiles.chosen()?.cloned(),
        };
        self.warnings = profiles.warnings;
        Ok(found)
    }

    /// Addresses of the command line are the strongest; those of the environment fill in where no layer has any.
    fn add_addresses(&mut self, args: &TargetArgs, has_directory: bool, surroundings: &Surroundings) {
        let servers = |servers: &str| Properties::from_pairs([format!("bootstrap.servers={servers}")]);
        if let Some(given) = &args.bootstrap_server {
            self.layers.push(("--bootstrap-server".to_owned(), servers(given)));
        } else if self.bootstrap_servers().is_none() && args.data_dir.is_none() && !has_directory {
            let layer = surroundings.servers.as_ref().map(|(name, given)| ((*name).to_owned(), servers(given)));
            self.layers.extend(layer);
        }
    }

    fn bootstrap_servers(&self) -> Option<String> {
        self.layers.iter().rev().find_map(|(_, properties)| properties.get("bootstrap.servers").map(str::to_owned))
    }

    fn default_directory(&mut self, args: &TargetArgs, surroundings: &Surroundings) -> Result<PathBuf, Failure> {
        let found = surroundings.data_directory_and_source(args.data_dir.as_deref()).ok_or_else(|| {
            Failure::usage("no cluster was named, and without HOME there is no place for a local one")
                .hint("name servers with --bootstrap-server or a directory with --data-dir")
        })?;
        let layer = Properties::from_pairs([format!("data-dir={}", found.0.display())]);
        self.layers.push((found.1.to_owned(), layer));
        Ok(found.0)
    }
}

/// How long a command waits for servers that cannot be reached. A person wants to know soon.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it waits for a broker while others of the cluster answer: clusters miss a dead one after 9 s, those with
/// ZooKeeper after 18 s.
const FAILOVER: Duration = Duration::from_secs(25);

fn settings(servers: &str, dialect: Dialect) -> Result<ClientSettings, Failure> {
    check_servers(servers)?;
    let mut settings = ClientSettings::plaintext(servers);
    if !dialect.is_apache() {
        settings.unreachable_timeout = PATIENCE;
        settings.failover_timeout = FAILOVER;
        settings.connect_timeout = PATIENCE;
    }
    Ok(settings)
}

/// What Java's client says of servers that are named twice.
fn duplicates(servers: &[String]) -> Option<String> {
    let mut once: Vec<&str> = Vec::new();
    for server in servers {
        if !once.contains(&server.as_str()) {
            once.push(server);
        }
    }
    let (all, once) = (servers.join(", "), once.join(", "));
    (all != once).then(|| {
        format!(
            "Configuration key \"bootstrap.servers\" contains duplicate values. Duplicates will be removed. The original \
             value is: [{all}], the updated value is: [{once}]"
        )
    })
}

fn cannot_open(message: String) -> Failure {
    Failure::usage(message).in_apache(ApacheForm::Opening {
        class: CANNOT_OPEN.to_owned(),
        message: "Failed to create new KafkaAdminClient".to_owned(),
    })
}

/// Every address needs a host and a port, `host:port` or `[v6]:port`.
fn check_servers(servers: &str) -> Result<(), Failure> {
    let bad = |what: &str| {
        cannot_open(format!("'{servers}' is no list of servers: {what}"))
            .hint("write host:port, several apart by commas, such as localhost:9092")
    };
    let addresses: Vec<&str> = servers.split(',').map(str::trim).filter(|address| !address.is_empty()).collect();
    if addresses.is_empty() {
        return Err(bad("it is empty"));
    }
    for address in addresses {
        let (host, port) = address.rsplit_once(':').ok_or_else(|| bad(&format!("'{address}' has no port")))?;
        if port.parse::<u16>().is_err() {
            return Err(bad(&format!("'{port}' is not a port")));
        }
        if host.is_empty() || (host.contains(':') && !host.starts_with('[')) {
            return Err(bad(&format!("'{host}' is not a host")));
        }
    }
    Ok(())
}

/// The standalone cluster that this process has opened; it may be the one that hosts it.
pub struct Hosted(Standalone);

impl Hosted {
    pub fn stranded(&self) -> Stranded {
        self.0.stranded()
    }

    /// Leaves it. A broker that this process hosts is stopped cleanly.
    pub fn close(self) -> Result<(), StandaloneError> {
        self.0.close()
    }
}

impl Invocation {
    /// Opens the cluster of a command and gives the settings to reach it. What is hosted for it ends with the
    /// invocation, after the command.
    pub fn open_cluster(&self, args: &TargetArgs) -> anyhow::Result<ClientSettings> {
        let choice = Choice::make(args, self.dialect, &Surroundings::of_process())?;
        choice.warnings.iter().for_each(|warning| self.output.warning(warning));
        self.pass(&choice.guards)?;
        match choice.target {
            Target::Servers(settings) => {
                log::if_asked();
                if self.dialect.is_apache() {
                    self.check_names(&settings)?;
                }
                Ok(*settings)
            }
            Target::Standalone(directory) => {
                log::faults_only();
                let opened = standalone::open(&directory)?;
                let mut settings = settings_for(&opened);
                settings.reads_only = choice.guards.readonly;
                self.hosted.replace(Some(Hosted(opened)));
                Ok(settings)
            }
        }
    }

    /// Java's clients ask for the addresses of all servers before they begin, and go on with those that have one.
    fn check_names(&self, settings: &ClientSettings) -> Result<(), Failure> {
        if let Some(text) = duplicates(&settings.bootstrap_servers) {
            self.output.note(&dialect::logged("WARN", &text, "org.apache.kafka.common.config.ConfigDef"));
        }
        let mut found = 0;
        for server in &settings.bootstrap_servers {
            let host = server.rsplit_once(':').map_or(server.as_str(), |(host, _)| host);
            if server.to_socket_addrs().is_ok() {
                found += 1;
                continue;
            }
            let text =
                format!("Couldn't resolve server {server} from bootstrap.servers as DNS resolution failed for {host}");
            self.output.note(&dialect::logged("WARN", &text, "org.apache.kafka.clients.ClientUtils"));
        }
        if found == 0 { Err(cannot_open("none of the servers has an address".to_owned())) } else { Ok(()) }
    }

    /// Opens the cluster of a command and gives the settings to reach it, having said which of them mean nothing here.
    pub fn open_for_admin(&self, args: &TargetArgs) -> anyhow::Result<ClientSettings> {
        let settings = self.open_cluster(args)?;
        if self.dialect.is_apache() {
            // Java's admin client wants room for a request within a call, where the call's limit is set at all.
            if settings.property("default.api.timeout.ms").is_some() && settings.api_timeout < settings.request_timeout
            {
                return Err(cannot_open("default.api.timeout.ms is less than request.timeout.ms".to_owned()).into());
            }
        } else {
            settings.warnings().iter().for_each(|warning| self.output.warning(warning));
        }
        Ok(settings)
    }
}

/// How to reach a standalone cluster; a moment is enough for another process to take over as its host.
pub(super) fn settings_for(opened: &Standalone) -> ClientSettings {
    let mut settings = match &opened.login {
        Some(login) => ClientSettings::sasl_plain(&opened.bootstrap, &login.user, &login.secret),
        None => ClientSettings::plaintext(&opened.bootstrap),
    };
    settings.unreachable_timeout = PATIENCE;
    settings.failover_timeout = PATIENCE;
    settings.connect_timeout = PATIENCE;
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::failure::Kind;
    use std::io::Write;

    fn around(servers: Option<&str>) -> Surroundings {
        let servers = servers.map(|servers| ("KAVKA_BOOTSTRAP_SERVERS", servers.to_owned()));
        Surroundings { servers, data_home: Some("/home/data".into()), ..Surroundings::default() }
    }

    fn chosen(args: &TargetArgs, surroundings: &Surroundings) -> Target {
        Choice::make(args, Dialect::Kavka, surroundings).unwrap().target
    }

    fn servers(target: Target) -> Option<String> {
        match target {
            Target::Servers(settings) => Some(settings.servers()),
            Target::Standalone(_) => None,
        }
    }

    #[test]
    fn the_flag_wins_over_the_file_and_the_file_over_the_environment() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "bootstrap.servers=file:1").unwrap();
        let environment = around(Some("env:1"));
        let mut args = TargetArgs { command_config: Some(file.path().to_owned()), ..TargetArgs::default() };
        assert_eq!(servers(chosen(&args, &environment)).unwrap(), "file:1");
        args.bootstrap_server = Some("flag:1".to_owned());
        assert_eq!(servers(chosen(&args, &environment)).unwrap(), "flag:1");
        assert_eq!(servers(chosen(&TargetArgs::default(), &environment)).unwrap(), "env:1");
    }

    #[test]
    fn under_apaches_name_only_the_flag_counts() {
        let dialect = Dialect::Apache(&crate::cli::tools::TOOLS[0]);
        let error = Choice::make(&TargetArgs::default(), dialect, &around(Some("env:1"))).unwrap_err();
        assert_eq!(Failure::from(error).messages, ["--bootstrap-server must be specified"]);
    }

    #[test]
    fn without_servers_the_local_directory_is_the_cluster() {
        let Target::Standalone(directory) = chosen(&TargetArgs::default(), &around(None)) else {
            panic!("not standalone")
        };
        assert_eq!(directory, Path::new("/home/data/kavka/data"));
    }

    #[test]
    fn a_data_directory_on_the_command_line_is_stronger_than_servers_in_the_environment() {
        let args = TargetArgs { data_dir: Some("/x".into()), ..TargetArgs::default() };
        assert!(servers(chosen(&args, &around(Some("env:1")))).is_none());
    }

    #[test]
    fn an_address_without_a_port_is_a_usage_error() {
        for bad in ["localhost", "a:1,b", "", "host:99999", ":9092", "::1:9092"] {
            let args = TargetArgs { bootstrap_server: Some(bad.to_owned()), ..TargetArgs::default() };
            let error = Choice::make(&args, Dialect::Kavka, &around(None)).unwrap_err();
            assert_eq!(Failure::from(error).kind, Kind::Usage, "{bad}");
        }
        assert!(check_servers("[::1]:9092, localhost:9092").is_ok());
    }
}
