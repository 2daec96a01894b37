//! Trust and key stores of every kind, told apart by their content: JKS, PKCS#12, PEM.
//!
//! Java tells JKS and PKCS#12 apart by content, too, whatever `ssl.keystore.type` says; since JDK 9 keytool writes PKCS#12
//! into a file that is called `.jks`. Messages name the file and the setting, never what is in it.

use std::sync::OnceLock;

use openssl::error::ErrorStack;
use openssl::pkcs12::{ParsedPkcs12_2, Pkcs12};
use openssl::pkey::{PKey, Private};
use openssl::provider::Provider;
use openssl::x509::X509;

use super::fault::reasons;
use super::jks::{self, JavaStore, JksFault};
use super::pem;
use crate::client::error::ClientError;
use crate::client::security::Secret;
use crate::client::tls_settings::{Content, Store};

/// A private key and the certificates that lead from its own to an authority.
pub struct Identity {
    pub key: PKey<Private>,
    pub chain: Vec<X509>,
}

/// The bytes of a store, by what they are.
enum Bytes {
    Jks(Vec<u8>),
    Pkcs12(Vec<u8>),
    Pem(String),
}

/// Every certificate of a trust store.
pub fn certificates(store: &Store) -> Result<Vec<X509>, ClientError> {
    let found = match open(store)? {
        Bytes::Jks(bytes) => {
            let content = jks::read(&bytes, store.password.as_ref().map(Secret::reveal));
            let content = content.map_err(|fault| of_jks(store, fault))?;
            let parsed = content.trusted.iter().map(|der| X509::from_der(der)).collect::<Result<Vec<_>, _>>();
            parsed.map_err(|error| broken(store, &reasons(&error)))?
        }
        Bytes::Pkcs12(bytes) => {
            let content = pkcs12(store, &bytes)?;
            content.ca.into_iter().flatten().chain(content.cert.filter(|_| content.pkey.is_none())).collect()
        }
        Bytes::Pem(text) => pem_certificates(store, &text)?,
    };
    match found.is_empty() {
        true => Err(ClientError::unusable(format!("{} has no trusted certificate", named(store)))),
        false => Ok(found),
    }
}

/// The first private key of a key store, with its certificates.
pub fn identity(store: &Store) -> Result<Identity, ClientError> {
    let (key, chain) = match open(store)? {
        Bytes::Jks(bytes) => jks_identity(store, &bytes)?,
        Bytes::Pkcs12(bytes) => {
            let content = pkcs12(store, &bytes)?;
            let key = content.pkey.ok_or_else(|| no_key(store))?;
            (key, content.cert.into_iter().chain(content.ca.into_iter().flatten()).collect())
        }
        Bytes::Pem(text) => pem_identity(store, &text)?,
    };
    let chain = in_order(chain, &key);
    match chain.is_empty() {
        true => Err(ClientError::unusable(format!("{} has no certificate for its private key", named(store)))),
        false => Ok(Identity { key, chain }),
    }
}

/// The file, or what stands in the properties themselves.
fn named(store: &Store) -> String {
    match &store.content {
        Content::File(path) => format!("{} ({})", path.display(), store.key),
        Content::Inline { .. } => store.key.to_owned(),
    }
}

fn open(store: &Store) -> Result<Bytes, ClientError> {
    let path = match &store.content {
        Content::Inline { certificates, private_key } => {
            let key = private_key.as_ref().map(Secret::reveal).unwrap_or_default();
            return Ok(Bytes::Pem(format!("{key}\n{certificates}")));
        }
        Content::File(path) => path,
    };
    let bytes =
        std::fs::read(path).map_err(|cause| ClientError::unusable(format!("cannot read {}: {cause}", named(store))))?;
    if jks::is_jks(&bytes) {
        return Ok(Bytes::Jks(bytes));
    }
    if bytes.starts_with(&[0xce; 4]) {
        return Err(ClientError::unusable_with_hint(
            format!("{} is a JCEKS store, which is not read here", named(store)),
            "convert it: keytool -importkeystore -srckeystore FILE -destkeystore NEW -deststoretype PKCS12",
        ));
    }
    if bytes.first() == Some(&0x30) {
        return Ok(Bytes::Pkcs12(bytes));
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.contains("-----BEGIN ") => Ok(Bytes::Pem(text)),
        _ => Err(broken(store, "it is neither JKS, PKCS#12 nor PEM")),
    }
}

fn broken(store: &Store, what: &str) -> ClientError {
    ClientError::unusable(format!("cannot read {}: {what}", named(store)))
}

fn no_key(store: &Store) -> ClientError {
    ClientError::unusable(format!("{} has no private key", named(store)))
}

fn password_key(store: &Store) -> &'static str {
    if store.key.starts_with("ssl.truststore") { "ssl.truststore.password" } else { "ssl.keystore.password" }
}

fn wrong_password(store: &Store) -> ClientError {
    let key = password_key(store);
    let message = match store.password {
        Some(_) => format!("{key} does not open {}", named(store)),
        None => format!("{} needs {key}, which is not set", named(store)),
    };
    ClientError::unusable_with_hint(message, format!("try it with: keytool -list -keystore FILE, or correct {key}"))
}

fn wrong_key_password(store: &Store) -> ClientError {
    let message = match store.key_password {
        Some(_) => format!("ssl.key.password does not open the private key of {}", named(store)),
        None => format!("the private key of {} is protected, and ssl.key.password is not set", named(store)),
    };
    ClientError::unusable(message)
}

fn of_jks(store: &Store, fault: JksFault) -> ClientError {
    match fault {
        JksFault::Broken => broken(store, "it ends too early, or is no sound JKS store"),
        JksFault::Password => wrong_password(store),
        JksFault::KeyPassword => wrong_key_password(store),
        JksFault::Protector => broken(store, "its private key is protected in a way that is not Sun's"),
    }
}

type KeyAndCertificates = (PKey<Private>, Vec<X509>);

fn jks_identity(store: &Store, bytes: &[u8]) -> Result<KeyAndCertificates, ClientError> {
    let password = store.password.as_ref().map(Secret::reveal);
    let JavaStore { keys, .. } = jks::read(bytes, password).map_err(|fault| of_jks(store, fault))?;
    let entry = keys.first().ok_or_else(|| no_key(store))?;
    // The key's own password is the store's, unless there is one.
    let key_password = store.key_password.as_ref().or(store.password.as_ref());
    let password = key_password.ok_or_else(|| wrong_password(store))?;
    let der = entry.open(password.reveal()).map_err(|fault| of_jks(store, fault))?;
    let unreadable = |error: ErrorStack| broken(store, &reasons(&error));
    let key = PKey::private_key_from_pkcs8(&der).map_err(unreadable)?;
    let chain = entry.chain.iter().map(|der| X509::from_der(der)).collect::<Result<_, _>>().map_err(unreadable)?;
    Ok((key, chain))
}

fn pkcs12(store: &Store, bytes: &[u8]) -> Result<ParsedPkcs12_2, ClientError> {
    let store_password = store.password.as_ref().map(Secret::reveal).unwrap_or_default();
    let container = Pkcs12::from_der(bytes).map_err(|error| broken(store, &reasons(&error)))?;
    if store_password.contains('\0') {
        return Err(wrong_password(store));
    }
    let first = container.parse2(store_password);
    let parsed = first.or_else(|error| match legacy() && is_unsupported(&error) {
        true => container.parse2(store_password),
        false => Err(error),
    });
    parsed.map_err(|error| match is_unsupported(&error) {
        true => broken(store, "it is encrypted with an algorithm that this OpenSSL has not"),
        false => wrong_password(store),
    })
}

fn is_unsupported(error: &ErrorStack) -> bool {
    error.errors().iter().any(|one| one.reason().is_some_and(|reason| reason.contains("unsupported")))
}

/// Stores that are older than keytool's present algorithms need RC2 or 3DES, which OpenSSL keeps apart.
fn legacy() -> bool {
    static LEGACY: OnceLock<Option<Provider>> = OnceLock::new();
    LEGACY.get_or_init(|| Provider::try_load(None, "legacy", true).ok()).is_some()
}

fn pem_certificates(store: &Store, text: &str) -> Result<Vec<X509>, ClientError> {
    let blocks = pem::blocks(text).into_iter();
    let certificates = blocks.filter(|block| block.label.ends_with("CERTIFICATE"));
    let parsed = certificates.map(|block| X509::from_pem(block.text.as_bytes())).collect::<Result<_, _>>();
    parsed.map_err(|error| broken(store, &format!("a certificate is none ({})", reasons(&error))))
}

fn pem_identity(store: &Store, text: &str) -> Result<KeyAndCertificates, ClientError> {
    let block = pem::blocks(text).into_iter().find(|block| block.label.ends_with("PRIVATE KEY"));
    let block = block.ok_or_else(|| no_key(store))?;
    let is_encrypted = block.label.starts_with("ENCRYPTED") || block.text.contains(",ENCRYPTED");
    let password = store.key_password.as_ref().map(Secret::reveal);
    if is_encrypted && password.is_none() {
        return Err(wrong_key_password(store));
    }
    let key = PKey::private_key_from_pem_passphrase(block.text.as_bytes(), password.unwrap_or_default().as_bytes());
    let key = key.map_err(|error| match is_encrypted {
        true => wrong_key_password(store),
        false => broken(store, &format!("the private key is none ({})", reasons(&error))),
    })?;
    Ok((key, pem_certificates(store, text)?))
}

/// The key's own certificate, then the one that signed it, and so on; what does not belong to it is left out.
fn in_order(mut certificates: Vec<X509>, key: &PKey<Private>) -> Vec<X509> {
    let is_own = |certificate: &X509| certificate.public_key().is_ok_and(|public| public.public_eq(key));
    let Some(own) = certificates.iter().position(is_own) else { return Vec::new() };
    let mut chain = vec![certificates.remove(own)];
    while let Some(last) = chain.last() {
        let next = certificates.iter().position(|candidate| signs(candidate, last));
        match next {
            Some(next) => chain.push(certificates.remove(next)),
            None => break,
        }
    }
    chain
}

fn signs(authority: &X509, certificate: &X509) -> bool {
    let (name, issuer) = (authority.subject_name().to_der(), certificate.issuer_name().to_der());
    matches!((name, issuer), (Ok(name), Ok(issuer)) if name == issuer)
}
