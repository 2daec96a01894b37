//! How to reach a cluster and as whom: one description for the native client and for librdkafka.

use std::fmt;
use std::time::Duration;

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
    /// `socket.connection.setup.timeout.ms`.
    pub connect_timeout: Duration,
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
            connect_timeout: Duration::from_secs(10),
        }
    }

    /// The same with SASL/PLAIN on an unencrypted connection, as the standalone listener wants it.
    pub fn sasl_plain(servers: &str, user: &str, secret: &str) -> ClientSettings {
        let mut settings = ClientSettings::plaintext(servers);
        settings.security.protocol = SecurityProtocol::SaslPlaintext;
        settings.security.sasl =
            Some(Sasl { mechanism: "PLAIN".to_owned(), user: user.to_owned(), secret: Secret::new(secret) });
        settings
    }

    pub fn servers(&self) -> String {
        self.bootstrap_servers.join(",")
    }
}

fn split_servers(servers: &str) -> Vec<String> {
    servers.split(',').map(str::trim).filter(|server| !server.is_empty()).map(str::to_owned).collect()
}

/// `security.protocol` and what belongs to it.
#[derive(Debug, Clone, Default)]
pub struct Security {
    pub protocol: SecurityProtocol,
    pub sasl: Option<Sasl>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecurityProtocol {
    #[default]
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

impl SecurityProtocol {
    pub fn name(self) -> &'static str {
        match self {
            SecurityProtocol::Plaintext => "PLAINTEXT",
            SecurityProtocol::Ssl => "SSL",
            SecurityProtocol::SaslPlaintext => "SASL_PLAINTEXT",
            SecurityProtocol::SaslSsl => "SASL_SSL",
        }
    }

    pub fn parse(name: &str) -> Option<SecurityProtocol> {
        use SecurityProtocol::*;
        [Plaintext, Ssl, SaslPlaintext, SaslSsl].into_iter().find(|p| p.name().eq_ignore_ascii_case(name.trim()))
    }

    pub fn is_encrypted(self) -> bool {
        matches!(self, SecurityProtocol::Ssl | SecurityProtocol::SaslSsl)
    }

    pub fn is_sasl(self) -> bool {
        matches!(self, SecurityProtocol::SaslPlaintext | SecurityProtocol::SaslSsl)
    }
}

/// Who we are, for SASL.
#[derive(Debug, Clone)]
pub struct Sasl {
    pub mechanism: String,
    pub user: String,
    pub secret: Secret,
}

/// A password. It has no text form, so that it cannot end up in a log.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Secret {
        Secret(secret.into())
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
