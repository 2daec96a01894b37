//! How to reach a cluster and as whom: one description for the native client and for librdkafka.
//!
//! It is made from addresses and from Java's client properties, in Java's spelling. What concerns every client is read
//! here; the rest is kept and translated by `librdkafka` when a producer or consumer is made. Secrets have no text form.

use std::time::Duration;

use super::error::ClientError;
use super::java_keys::{self, Role};
use super::security::Security;
use super::{config_providers, java_definitions, librdkafka};
use crate::properties::Properties;

/// Everything a client needs to know before it connects.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// `host:port`, in the order given.
    pub bootstrap_servers: Vec<String>,
    pub security: Security,
    pub client_id: String,
    /// `request.timeout.ms`: how long one request may take.
    pub request_timeout: Duration,
    /// `default.api.timeout.ms`: how long a call may take with everything that is repeated in it.
    pub api_timeout: Duration,
    /// How long servers that cannot be reached are tried again before the call gives up.
    pub unreachable_timeout: Duration,
    /// The same for a broker that others of its cluster still name: a cluster takes a while to miss one that died.
    pub failover_timeout: Duration,
    /// `socket.connection.setup.timeout.ms`.
    pub connect_timeout: Duration,
    /// Nothing may be changed with them: [`super::Admin`] sends no request that does.
    pub reads_only: bool,
    /// Everything that was set, in Java's spelling.
    pub(super) properties: Properties,
}

impl ClientSettings {
    /// Settings for a cluster that asks for no authentication. `servers` is a comma-separated list of `host:port`.
    pub fn plaintext(servers: &str) -> ClientSettings {
        ClientSettings {
            bootstrap_servers: split_servers(servers),
            security: Security::default(),
            client_id: "kavka".to_owned(),
            request_timeout: Duration::from_secs(30),
            api_timeout: Duration::from_secs(60),
            unreachable_timeout: Duration::from_secs(60),
            failover_timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            reads_only: false,
            properties: Properties::new(),
        }
    }

    /// Settings out of properties alone, `bootstrap.servers` included.
    pub fn from_properties(properties: &Properties) -> Result<ClientSettings, ClientError> {
        let mut settings = ClientSettings::plaintext("");
        settings.apply(properties)?;
        Ok(settings)
    }

    /// Sets properties over what is here. `bootstrap.servers` counts only if no servers are known yet, since
    /// `--bootstrap-server` is stronger than a file.
    pub fn apply(&mut self, properties: &Properties) -> Result<(), ClientError> {
        let properties = &config_providers::resolved(properties, &self.properties)?;
        java_definitions::check_common(properties)?;
        self.properties.extend(properties);
        if self.bootstrap_servers.is_empty() {
            self.bootstrap_servers = split_servers(properties.get("bootstrap.servers").unwrap_or_default());
        }
        if let Some(id) = properties.get("client.id") {
            self.client_id = id.to_owned();
        }
        self.request_timeout = millis(properties, "request.timeout.ms")?.unwrap_or(self.request_timeout);
        self.api_timeout = millis(properties, "default.api.timeout.ms")?.unwrap_or(self.api_timeout);
        let connect_timeout = millis(properties, "socket.connection.setup.timeout.ms")?;
        self.connect_timeout = connect_timeout.unwrap_or(self.connect_timeout);
        self.security.apply(properties, &self.properties)
    }

    /// The client's name, unless the user has given one.
    pub fn name_client(&mut self, name: &str) {
        if self.property("client.id").is_none() {
            self.client_id = name.to_owned();
        }
    }

    /// Whether a producer or consumer of Java's would accept the properties, one by one and together.
    pub fn check(&self, role: Role) -> Result<(), ClientError> {
        java_definitions::check(role, &self.properties)?;
        match role {
            Role::Producer
                if !librdkafka::idempotence(&self.properties)? && self.property("transactional.id").is_some() =>
            {
                let fault = "Cannot set a transactional.id without also enabling idempotence.";
                Err(ClientError::Settings(fault.to_owned()))
            }
            Role::Producer => Ok(()),
            Role::Consumer => Ok(()),
        }
    }

    /// Whether the assignors of a group that were asked for exist here.
    pub fn assignors_exist(&self) -> bool {
        let key = "partition.assignment.strategy";
        self.property(key).is_none_or(|value| java_keys::translate(Role::Consumer, key, value).is_ok())
    }

    /// A property that was set, in Java's spelling.
    pub fn property(&self, key: &str) -> Option<&str> {
        self.properties.get(key)
    }

    /// What to tell the user about properties that do nothing here, each key once.
    pub fn warnings(&self) -> Vec<String> {
        let keys = self.properties.iter().filter_map(|(key, _)| java_keys::warning_about(key));
        let unresolved = config_providers::unresolved(&self.properties);
        keys.chain(unresolved).collect()
    }

    /// The same for a producer or a consumer, with what does not reach librdkafka.
    pub fn warnings_for_records(&self) -> Vec<String> {
        self.warnings().into_iter().chain(self.security.warnings()).collect()
    }

    /// The same with SASL/PLAIN on an unencrypted connection, as the standalone listener wants it.
    pub fn sasl_plain(servers: &str, user: &str, secret: &str) -> ClientSettings {
        let mut settings = ClientSettings::plaintext(servers);
        settings.security = Security::sasl_plain(user, secret);
        settings
    }

    pub fn servers(&self) -> String {
        self.bootstrap_servers.join(",")
    }
}

fn split_servers(servers: &str) -> Vec<String> {
    servers.split(',').map(str::trim).filter(|server| !server.is_empty()).map(str::to_owned).collect()
}

fn millis(properties: &Properties, key: &str) -> Result<Option<Duration>, ClientError> {
    let Some(value) = properties.get(key) else { return Ok(None) };
    let fault = || ClientError::Settings(format!("{key}={value}: a number of milliseconds is expected"));
    let millis: u64 = value.trim().parse().map_err(|_| fault())?;
    Ok(Some(Duration::from_millis(millis)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::login::{Credentials, Mechanism};

    #[test]
    fn addresses_given_are_stronger_than_those_in_properties() {
        let file = Properties::from_pairs(["bootstrap.servers=a:1, b:2", "request.timeout.ms=7", "client.id=me"]);
        let settings = ClientSettings::from_properties(&file).unwrap();
        assert_eq!(settings.bootstrap_servers, ["a:1", "b:2"]);
        assert_eq!((settings.request_timeout, settings.client_id.as_str()), (Duration::from_millis(7), "me"));
        let mut settings = ClientSettings::plaintext("c:3");
        settings.apply(&file).unwrap();
        assert_eq!(settings.servers(), "c:3");
    }

    #[test]
    fn a_time_limit_that_is_no_number_is_an_error() {
        let error = ClientSettings::from_properties(&Properties::from_pairs(["request.timeout.ms=soon"])).unwrap_err();
        let expected = "Invalid value soon for configuration request.timeout.ms: Not a number of type INT";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn sasl_plain_is_read_from_jaas_and_never_shown() {
        let file = Properties::from_pairs([
            "security.protocol=sasl_plaintext",
            "sasl.mechanism=PLAIN",
            "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
             username=alice password=\"hunter two\";",
        ]);
        let settings = ClientSettings::from_properties(&file).unwrap();
        let login = settings.security.login().unwrap().unwrap();
        let Credentials::Password { user, secret, .. } = &login.credentials else { panic!("{login:?}") };
        assert_eq!((login.mechanism, user.as_str(), secret.reveal()), (Mechanism::Plain, "alice", "hunter two"));
        assert!(!format!("{settings:?}").contains("hunter"));
    }

    #[test]
    fn a_login_may_come_in_pieces_and_is_missed_only_when_it_is_needed() {
        let file = Properties::from_pairs(["security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN"]);
        let mut settings = ClientSettings::from_properties(&file).unwrap();
        assert!(settings.security.check().is_err());
        let jaas = "sasl.jaas.config=a.PlainLoginModule required username=a password=b;";
        settings.apply(&Properties::from_pairs([jaas])).unwrap();
        assert_eq!(settings.security.check(), Ok(()));
    }

    #[test]
    fn the_login_of_a_standalone_cluster_outlives_properties_of_a_command() {
        let mut settings = ClientSettings::sasl_plain("127.0.0.1:1", "kavka", "secret");
        settings.apply(&Properties::from_pairs(["ssl.protocol=TLSv1.3", "acks=1"])).unwrap();
        assert!(settings.security.login().unwrap().is_some());
    }

    #[test]
    fn keys_that_do_nothing_are_named_once() {
        let file = Properties::from_pairs(["bootstrap.server=a:1", "interceptor.classes=x", "acks=1"]);
        let warnings = ClientSettings::from_properties(&file).unwrap().warnings();
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains("did you mean bootstrap.servers?"));
    }
}
