//! `security.protocol` and what belongs to it: who we are, and how connections are encrypted.
//!
//! One description, read from Java's properties. The native client asks it for a login and for TLS; for librdkafka,
//! `librdkafka` renders the same login and the same certificates. Stores of keys are opened when something first needs
//! them, once, so that a command on an unencrypted connection pays nothing.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::error::ClientError;
use super::login::Login;
use super::tls::Tls;
use super::tls_settings::TlsSettings;
use crate::properties::Properties;

#[derive(Clone, Default)]
pub struct Security {
    pub protocol: SecurityProtocol,
    login: Option<Result<Login, ClientError>>,
    tls: TlsSettings,
    loaded: Arc<OnceLock<Result<Tls, ClientError>>>,
}

impl Security {
    /// A name and a password on an unencrypted connection, as the standalone listener wants them.
    pub fn sasl_plain(user: &str, secret: &str) -> Security {
        let login = Some(Ok(Login::plain(user, secret)));
        Security { protocol: SecurityProtocol::SaslPlaintext, login, ..Security::default() }
    }

    /// Takes over what `changed` says; `all` is everything that has been set so far.
    pub(super) fn apply(&mut self, changed: &Properties, all: &Properties) -> Result<(), ClientError> {
        let concerns = |key: &str| ["security.", "sasl.", "ssl."].iter().any(|prefix| key.starts_with(prefix));
        let Some(name) = all.get("security.protocol") else { return Ok(()) };
        if !changed.iter().any(|(key, _)| concerns(key)) {
            return Ok(());
        }
        let fault = || ClientError::Settings(format!("security.protocol={name}: that is not one of Kafka's protocols"));
        let protocol = SecurityProtocol::parse(name).ok_or_else(fault)?;
        let login = protocol.is_sasl().then(|| Login::read(all));
        let tls = if protocol.is_encrypted() { TlsSettings::read(all) } else { TlsSettings::default() };
        *self = Security { protocol, login, tls, loaded: Arc::default() };
        Ok(())
    }

    /// Who we are, if the protocol asks.
    pub fn login(&self) -> Result<Option<&Login>, ClientError> {
        self.login.as_ref().map(Result::as_ref).transpose().map_err(Clone::clone)
    }

    /// How to encrypt, if the protocol does. The first call opens the stores.
    pub fn tls(&self) -> Result<Option<&Tls>, ClientError> {
        if !self.protocol.is_encrypted() {
            return Ok(None);
        }
        self.loaded.get_or_init(|| Tls::load(&self.tls)).as_ref().map(Some).map_err(Clone::clone)
    }

    /// Whether a client can be made of this at all; nothing is connected.
    pub fn check(&self) -> Result<(), ClientError> {
        self.login()?;
        self.tls().map(drop)
    }

    /// What there is to say about settings that do not reach everywhere.
    pub fn warnings(&self) -> Vec<String> {
        self.tls.warnings()
    }
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Security").field("protocol", &self.protocol).field("login", &self.login).finish_non_exhaustive()
    }
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
