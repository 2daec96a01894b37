//! The cluster that a command talks to.
//!
//! `--bootstrap-server`, else `bootstrap.servers` of `--command-config`, else `KAVKA_BOOTSTRAP_SERVERS` or
//! `KAFKA_BOOTSTRAP_SERVERS`, else standalone on the local data directory. Under Apache's names only the
//! first counts.

use std::net::ToSocketAddrs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::dialect::{self, CANNOT_OPEN, NO_SUCH_FILE};
use super::failure::{ApacheForm, Failure};
use super::tools::Dialect;
use super::{Invocation, log};
use crate::client::ClientSettings;
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
}

/// What the environment says about the cluster; a value, so that tests need not change the process.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub servers: Option<String>,
    pub data_dir: Option<PathBuf>,
    pub data_home: Option<PathBuf>,
}

impl Surroundings {
    pub fn of_process() -> Surroundings {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        Surroundings {
            servers: text("KAVKA_BOOTSTRAP_SERVERS").or_else(|| text("KAFKA_BOOTSTRAP_SERVERS")),
            data_dir: std::env::var_os("KAVKA_DATA_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from),
            data_home: data_home(),
        }
    }

    /// The directory of the standalone cluster, if it can be told.
    pub fn data_directory(&self, given: Option<&Path>) -> Option<PathBuf> {
        let named = given.map(Path::to_owned).or_else(|| self.data_dir.clone());
        named.or_else(|| self.data_home.as_ref().map(|home| home.join("kavka").join("data")))
    }
}

/// Where the platform wants programs to keep data of their user.
fn data_home() -> Option<PathBuf> {
    let directory = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let in_home = if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" };
    directory("XDG_DATA_HOME").or_else(|| Some(directory("HOME")?.join(in_home)))
}

/// The cluster that was chosen.
#[derive(Debug, Clone)]
pub enum Target {
    /// A cluster at known addresses.
    Servers(Box<ClientSettings>),
    /// The cluster whose data is in this directory.
    Standalone(PathBuf),
}

impl Target {
    /// Chooses the cluster; nothing is opened. `dialect` is Apache's when standalone is not on offer.
    pub fn choose(args: &TargetArgs, dialect: Dialect, surroundings: &Surroundings) -> anyhow::Result<Target> {
        let file = match &args.command_config {
            Some(path) => Properties::read_file(path).map_err(|error| {
                let (class, message) = (NO_SUCH_FILE.to_owned(), path.display().to_string());
                Failure::usage(error.to_string()).in_apache(ApacheForm::Opening { class, message })
            })?,
            None => Properties::new(),
        };
        let elsewhere = || {
            let in_file = file.get("bootstrap.servers").map(str::to_owned);
            in_file.or_else(|| surroundings.servers.clone().filter(|_| args.data_dir.is_none()))
        };
        let servers = args.bootstrap_server.clone();
        match servers.or_else(|| elsewhere().filter(|_| !dialect.is_apache())) {
            Some(servers) => {
                let mut settings = settings(&servers, dialect)?;
                settings.apply(&file)?;
                Ok(Target::Servers(Box::new(settings)))
            }
            None if dialect.is_apache() => {
                let failure = Failure::usage("--bootstrap-server must be specified");
                Err(failure.apache_usage("Missing required argument \"[bootstrap-server]\"").into())
            }
            None => surroundings.data_directory(args.data_dir.as_deref()).map(Target::Standalone).ok_or_else(|| {
                Failure::usage("no cluster was named, and without HOME there is no place for a local one")
                    .hint("name servers with --bootstrap-server or a directory with --data-dir")
                    .into()
            }),
        }
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
        match Target::choose(args, self.dialect, &Surroundings::of_process())? {
            Target::Servers(settings) => {
                if self.dialect.is_apache() {
                    self.check_names(&settings)?;
                }
                Ok(*settings)
            }
            Target::Standalone(directory) => {
                log::faults_only();
                let opened = standalone::open(&directory)?;
                let settings = settings_for(&opened);
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
fn settings_for(opened: &Standalone) -> ClientSettings {
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
        Surroundings { servers: servers.map(str::to_owned), data_dir: None, data_home: Some("/home/data".into()) }
    }

    fn chosen(args: &TargetArgs, surroundings: &Surroundings) -> Target {
        Target::choose(args, Dialect::Kavka, surroundings).unwrap()
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
        let error = Target::choose(&TargetArgs::default(), dialect, &around(Some("env:1"))).unwrap_err();
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
            let error = Target::choose(&args, Dialect::Kavka, &around(None)).unwrap_err();
            assert_eq!(Failure::from(error).kind, Kind::Usage, "{bad}");
        }
        assert!(check_servers("[::1]:9092, localhost:9092").is_ok());
    }
}
