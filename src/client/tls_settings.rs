//! The keys that begin with `ssl.`: which stores, which hosts, which versions and ciphers.
//!
//! Nothing is opened here. What may not be set together follows Kafka's `DefaultSslEngineFactory`; the kind of a store is
//! told by its content when it is opened, since Java, too, reads PKCS#12 that is called JKS.

use std::path::PathBuf;

use super::error::ClientError;
use super::security::Secret;
use crate::properties::Properties;

/// What is there to encrypt a connection with.
#[derive(Clone)]
pub struct TlsSettings {
    /// Whom we trust: our own store, or else whom the system trusts.
    pub trusted: Option<Store>,
    /// Who we are, if the server asks.
    pub identity: Option<Store>,
    pub check_host: bool,
    /// `ssl.enabled.protocols`, in the order given; empty is whatever there is.
    pub protocols: Vec<String>,
    /// `ssl.protocol`: its version is the highest that is used.
    pub highest: String,
    /// `ssl.cipher.suites`, in Java's names; empty is OpenSSL's own choice.
    pub ciphers: Vec<String>,
    fault: Option<ClientError>,
}

/// A place of certificates and keys.
#[derive(Clone)]
pub struct Store {
    /// The key that names it, for messages.
    pub key: &'static str,
    pub content: Content,
    pub password: Option<Secret>,
    pub key_password: Option<Secret>,
}

#[derive(Clone)]
pub enum Content {
    File(PathBuf),
    /// PEM out of the properties themselves: certificates, and a private key if there is one.
    Inline {
        certificates: String,
        private_key: Option<Secret>,
    },
}

impl Default for TlsSettings {
    fn default() -> TlsSettings {
        TlsSettings {
            trusted: None,
            identity: None,
            check_host: true,
            protocols: Vec::new(),
            highest: "TLSv1.3".to_owned(),
            ciphers: Vec::new(),
            fault: None,
        }
    }
}

impl TlsSettings {
    pub fn read(properties: &Properties) -> TlsSettings {
        let get = |key: &str| properties.get(key).filter(|value| !value.trim().is_empty());
        let list = |key: &str, default: &str| {
            let names = properties.get(key).unwrap_or(default).split(',').map(str::trim);
            names.filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<String>>()
        };
        let mut settings = TlsSettings {
            check_host: properties
                .get("ssl.endpoint.identification.algorithm")
                .is_none_or(|name| !name.trim().is_empty()),
            protocols: list("ssl.enabled.protocols", "TLSv1.2,TLSv1.3"),
            highest: get("ssl.protocol").unwrap_or("TLSv1.3").trim().to_owned(),
            ciphers: list("ssl.cipher.suites", ""),
            ..TlsSettings::default()
        };
        match (trusted(properties), identity(properties)) {
            (Err(fault), _) | (_, Err(fault)) => settings.fault = Some(ClientError::unusable(fault)),
            (Ok(trusted), Ok(identity)) => (settings.trusted, settings.identity) = (trusted, identity),
        }
        if let Some(class) =
            get("ssl.engine.factory.class").filter(|class| !class.ends_with(".DefaultSslEngineFactory"))
        {
            let message = format!("ssl.engine.factory.class={class} is Java code, which does not run here");
            settings.fault = Some(ClientError::unusable(message));
        }
        settings
    }

    /// What already follows from the keys alone.
    pub fn check(&self) -> Result<(), ClientError> {
        self.fault.clone().map_or(Ok(()), Err)
    }

    /// The suites of TLS 1.3 are a list of their own in OpenSSL.
    pub fn is_of_tls_1_3(suite: &str) -> bool {
        suite.starts_with("TLS_") && !suite.contains("_WITH_")
    }

    /// librdkafka knows neither a list of versions nor the suites of TLS 1.3.
    pub fn warnings(&self) -> Vec<String> {
        let has = |version: &str| self.protocols.is_empty() || self.protocols.iter().any(|name| name == version);
        let is_limited = !has("TLSv1.3") || !has("TLSv1.2") || self.highest == "TLSv1.2";
        let suites = self.ciphers.iter().any(|suite| TlsSettings::is_of_tls_1_3(suite));
        let limited = |key: &str| format!("{key} limits administration only: records travel by any TLS from 1.2 on");
        let mut warnings = Vec::new();
        if is_limited {
            warnings.push(limited("ssl.enabled.protocols or ssl.protocol"));
        }
        if suites {
            warnings.push(limited("a suite of TLS 1.3 in ssl.cipher.suites"));
        }
        warnings
    }
}

fn set<'a>(properties: &'a Properties, key: &str) -> Option<&'a str> {
    properties.get(key).filter(|value| !value.trim().is_empty())
}

fn secret(properties: &Properties, key: &str) -> Option<Secret> {
    properties.get(key).filter(|value| !value.is_empty()).map(Secret::new)
}

fn trusted(properties: &Properties) -> Result<Option<Store>, String> {
    let password = secret(properties, "ssl.truststore.password");
    let store =
        |key: &'static str, content: Content| Store { key, content, password: password.clone(), key_password: None };
    match (set(properties, "ssl.truststore.location"), set(properties, "ssl.truststore.certificates")) {
        (Some(_), Some(_)) => {
            Err("ssl.truststore.location and ssl.truststore.certificates exclude each other".to_owned())
        }
        (Some(file), None) => Ok(Some(store("ssl.truststore.location", Content::File(file.trim().into())))),
        (None, Some(pem)) => {
            let content = Content::Inline { certificates: pem.to_owned(), private_key: None };
            Ok(Some(store("ssl.truststore.certificates", content)))
        }
        (None, None) if password.is_some() => {
            Err("ssl.truststore.password is set, and ssl.truststore.location is not".to_owned())
        }
        (None, None) => Ok(None),
    }
}

fn identity(properties: &Properties) -> Result<Option<Store>, String> {
    let password = secret(properties, "ssl.keystore.password");
    let store = |key: &'static str, content: Content| {
        let key_password = secret(properties, "ssl.key.password");
        Store { key, content, password: password.clone(), key_password }
    };
    let inline = (secret(properties, "ssl.keystore.key"), set(properties, "ssl.keystore.certificate.chain"));
    match (set(properties, "ssl.keystore.location"), inline) {
        (Some(file), (None, None)) => Ok(Some(store("ssl.keystore.location", Content::File(file.trim().into())))),
        (Some(_), _) => {
            Err("ssl.keystore.location excludes ssl.keystore.key and ssl.keystore.certificate.chain".to_owned())
        }
        (None, (Some(key), Some(chain))) => {
            let content = Content::Inline { certificates: chain.to_owned(), private_key: Some(key) };
            Ok(Some(store("ssl.keystore.key", content)))
        }
        (None, (Some(_), None)) => Err("ssl.keystore.key needs ssl.keystore.certificate.chain".to_owned()),
        (None, (None, Some(_))) => Err("ssl.keystore.certificate.chain needs ssl.keystore.key".to_owned()),
        (None, (None, None)) if password.is_some() => {
            Err("ssl.keystore.password is set, and ssl.keystore.location is not".to_owned())
        }
        (None, (None, None)) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[&str]) -> TlsSettings {
        TlsSettings::read(&Properties::from_pairs(pairs))
    }

    #[test]
    fn hosts_are_checked_unless_the_algorithm_is_set_to_nothing() {
        assert!(read(&[]).check_host);
        assert!(read(&["ssl.endpoint.identification.algorithm=https"]).check_host);
        assert!(!read(&["ssl.endpoint.identification.algorithm="]).check_host);
    }

    #[test]
    fn what_excludes_each_other_is_refused_by_name() {
        let cases: [(&[&str], &str); 4] = [
            (&["ssl.truststore.location=a", "ssl.truststore.certificates=b"], "exclude each other"),
            (&["ssl.truststore.password=hunter2"], "ssl.truststore.location is not"),
            (&["ssl.keystore.key=hunter2"], "needs ssl.keystore.certificate.chain"),
            (&["ssl.engine.factory.class=com.example.Engine"], "com.example.Engine is Java code"),
        ];
        for (pairs, expected) in cases {
            let error = read(pairs).check().unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("hunter"), "{error}");
        }
        assert_eq!(read(&["ssl.keystore.location=", "ssl.truststore.location= a "]).check(), Ok(()));
    }

    #[test]
    fn limits_that_librdkafka_does_not_know_are_told() {
        assert_eq!(read(&[]).warnings(), Vec::<String>::new());
        assert_eq!(read(&["ssl.enabled.protocols=TLSv1.2"]).warnings().len(), 1);
        let ciphers = "ssl.cipher.suites=TLS_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
        assert_eq!(read(&["ssl.protocol=TLSv1.2", ciphers]).warnings().len(), 2);
    }
}
