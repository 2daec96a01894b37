//! `security.protocol` and what belongs to it: who we are, and what TLS needs.
//!
//! TLS is librdkafka's alone for now: its keys are the Java ones renamed, as far as the stores are PEM or PKCS#12.

use std::fmt;

use super::error::ClientError;
use super::jaas::{self, LoginModule};
use crate::properties::Properties;

#[derive(Debug, Clone, Default)]
pub struct Security {
    pub protocol: SecurityProtocol,
    pub sasl: Option<Sasl>,
    /// librdkafka's names and values for TLS.
    pub tls: Vec<(&'static str, Secret)>,
}

impl Security {
    /// Whether the native client can do it; librdkafka does more.
    pub fn is_native(&self) -> bool {
        let mechanism = self.sasl.as_ref().map(|sasl| sasl.mechanism.as_str());
        !self.protocol.is_encrypted() && (!self.protocol.is_sasl() || mechanism == Some("PLAIN"))
    }

    /// Takes over what `changed` says; `all` is everything that has been set so far.
    pub(super) fn apply(&mut self, changed: &Properties, all: &Properties) -> Result<(), ClientError> {
        if let Some(name) = changed.get("security.protocol") {
            let fault = || settings_error(format!("security.protocol={name}: that is not one of Kafka's protocols"));
            self.protocol = SecurityProtocol::parse(name).ok_or_else(fault)?;
        }
        if let Some(jaas) = changed.get("sasl.jaas.config") {
            let module = jaas::parse(jaas).map_err(|fault| settings_error(format!("sasl.jaas.config: {fault}")))?;
            self.sasl = Some(sasl(module, all.get("sasl.mechanism").unwrap_or("GSSAPI"))?);
        } else if let (Some(mechanism), Some(sasl)) = (changed.get("sasl.mechanism"), &mut self.sasl) {
            sasl.mechanism = mechanism.to_owned();
        }
        if self.protocol.is_encrypted() {
            self.tls = tls(all)?;
        }
        Ok(())
    }
}

fn settings_error(message: String) -> ClientError {
    ClientError::Settings(message)
}

fn sasl(mut module: LoginModule, mechanism: &str) -> Result<Sasl, ClientError> {
    let known = ["PlainLoginModule", "ScramLoginModule"];
    let name = module.class.rsplit('.').next().unwrap_or_default();
    if !known.contains(&name) {
        return Err(settings_error(format!("sasl.jaas.config: the login module {} does not exist here", module.class)));
    }
    let mut option = |name: &str| {
        module.options.remove(name).ok_or_else(|| settings_error(format!("sasl.jaas.config: {name} is missing")))
    };
    Ok(Sasl { mechanism: mechanism.to_owned(), user: option("username")?, secret: Secret(option("password")?) })
}

/// The same under librdkafka's names, for the stores that it can open.
fn tls(properties: &Properties) -> Result<Vec<(&'static str, Secret)>, ClientError> {
    let mut tls = Vec::new();
    let mut put = |key: &'static str, value: &str| tls.push((key, Secret::new(value)));
    let get = |key: &str| properties.get(key).filter(|value| !value.is_empty());
    let store_type = |key: &str| get(key).unwrap_or("JKS").to_ascii_uppercase();
    match (get("ssl.truststore.location"), store_type("ssl.truststore.type").as_str()) {
        (None, _) => {}
        (Some(file), "PEM") => put("ssl.ca.location", file),
        (Some(_), other) => return Err(unreadable("ssl.truststore", other)),
    }
    match (get("ssl.keystore.location"), store_type("ssl.keystore.type").as_str()) {
        (None, _) => {}
        (Some(file), "PEM") => {
            put("ssl.key.location", file);
            put("ssl.certificate.location", file);
        }
        (Some(file), "PKCS12") => put("ssl.keystore.location", file),
        (Some(_), other) => return Err(unreadable("ssl.keystore", other)),
    }
    let renamed = [
        ("ssl.truststore.certificates", "ssl.ca.pem"),
        ("ssl.keystore.key", "ssl.key.pem"),
        ("ssl.keystore.certificate.chain", "ssl.certificate.pem"),
        ("ssl.keystore.password", "ssl.keystore.password"),
        ("ssl.key.password", "ssl.key.password"),
        ("ssl.cipher.suites", "ssl.cipher.suites"),
    ];
    for (java, ours) in renamed {
        if let Some(value) = get(java) {
            put(ours, value);
        }
    }
    if let Some(algorithm) = properties.get("ssl.endpoint.identification.algorithm") {
        put("ssl.endpoint.identification.algorithm", if algorithm.trim().is_empty() { "none" } else { algorithm });
    }
    Ok(tls)
}

fn unreadable(store: &str, kind: &str) -> ClientError {
    settings_error(format!("{store}.type={kind} is not supported yet; PEM is"))
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
