//! What a failed handshake means, in words that a person can act on.
//!
//! OpenSSL tells of certificates by number, and of everything else by the reasons on its stack of errors. A port that does
//! not speak TLS shows by what it answers to the first message: nothing, or something that is no record of TLS.

use std::io;
use std::sync::{Arc, Mutex};

use openssl::error::ErrorStack;
use openssl::ssl::{self, ErrorCode};
use openssl::x509::{X509Ref, X509StoreContextRef};

use crate::client::error::{ClientError, TlsFault};

/// What the check of a certificate said, once it has said no.
pub type Judged = Arc<Mutex<Option<Judgement>>>;

pub struct Judgement {
    number: i32,
    reason: &'static str,
    certificate: Option<Described>,
}

struct Described {
    subject: String,
    issuer: String,
    from: String,
    until: String,
    names: String,
}

/// A handshake that has failed.
pub struct Failed<'a> {
    pub host: &'a str,
    pub error: &'a ssl::Error,
    pub judged: Option<Judgement>,
}

// OpenSSL's numbers (x509_vfy.h).
const NOT_YET_VALID: i32 = 9;
const EXPIRED: i32 = 10;
const OTHER_HOST: i32 = 62;
const OTHER_ADDRESS: i32 = 64;

pub fn judgement(context: &mut X509StoreContextRef) -> Judgement {
    let result = context.error();
    Judgement {
        number: result.as_raw(),
        reason: result.error_string(),
        certificate: context.current_cert().map(Described::of),
    }
}

impl Described {
    fn of(certificate: &X509Ref) -> Described {
        let names = certificate.subject_alt_names().into_iter().flatten().filter_map(|name| {
            let address = name.ipaddress().and_then(|bytes| match bytes.len() {
                4 => <[u8; 4]>::try_from(bytes).ok().map(|bytes| std::net::IpAddr::from(bytes).to_string()),
                _ => <[u8; 16]>::try_from(bytes).ok().map(|bytes| std::net::IpAddr::from(bytes).to_string()),
            });
            name.dnsname().map(str::to_owned).or(address)
        });
        Described {
            subject: name(certificate.subject_name()),
            issuer: name(certificate.issuer_name()),
            from: certificate.not_before().to_string(),
            until: certificate.not_after().to_string(),
            names: names.collect::<Vec<_>>().join(", "),
        }
    }
}

/// A name as OpenSSL's tools print it: `CN=localhost, O=Example`.
fn name(name: &openssl::x509::X509NameRef) -> String {
    let entry = |entry: &openssl::x509::X509NameEntryRef| {
        let kind = entry.object().nid().short_name().unwrap_or("?");
        let value = entry.data().to_string().unwrap_or_default();
        format!("{kind}={value}")
    };
    name.entries().map(entry).collect::<Vec<_>>().join(", ")
}

impl Judgement {
    fn fault(&self, host: &str) -> TlsFault {
        let Some(certificate) = &self.certificate else { return TlsFault::Untrusted(self.reason.to_owned()) };
        let Described { subject, issuer, from, until, names } = certificate;
        match self.number {
            EXPIRED => TlsFault::Dates(format!("the certificate of {subject} expired at {until}")),
            NOT_YET_VALID => TlsFault::Dates(format!("the certificate of {subject} is valid only from {from} on")),
            OTHER_HOST | OTHER_ADDRESS => {
                let names = if names.is_empty() { subject } else { names };
                TlsFault::OtherHost(format!("the certificate is for {names}, not for {host}"))
            }
            _ => {
                let reason = self.reason;
                TlsFault::Untrusted(format!(
                    "the certificate of {subject}, signed by {issuer}, is not trusted here: {reason}"
                ))
            }
        }
    }
}

pub fn of_handshake(server: &str, failed: Failed<'_>) -> ClientError {
    let server = server.to_owned();
    if let Some(judgement) = &failed.judged {
        return ClientError::Handshake { server, fault: judgement.fault(failed.host) };
    }
    let advice = "it may be a listener without TLS: security.protocol=PLAINTEXT or SASL_PLAINTEXT would fit it";
    let mismatch =
        |evidence: &str| ClientError::Mismatch { server: server.clone(), evidence: evidence.to_owned(), advice };
    let reason = failed.error.ssl_error().map(reasons).unwrap_or_default();
    let is_closed = matches!(failed.error.code(), ErrorCode::ZERO_RETURN) || reason.contains("unexpected eof");
    match failed.error.io_error() {
        _ if is_closed => mismatch("it closed the connection instead of answering with TLS"),
        Some(cause) if cause.kind() == io::ErrorKind::ConnectionReset => {
            mismatch("it reset the connection instead of answering with TLS")
        }
        Some(cause) => ClientError::unreachable(server, cause),
        None if failed.error.code() == ErrorCode::SYSCALL => {
            mismatch("it closed the connection instead of answering with TLS")
        }
        None if NO_TLS.iter().any(|sign| reason.contains(sign)) => mismatch("what it answers is not TLS"),
        None => ClientError::Handshake { server, fault: of_reason(&reason) },
    }
}

const NO_TLS: [&str; 4] = ["wrong version number", "http request", "packet length too long", "record layer failure"];

/// Alerts that concern our own certificate, or the lack of it.
const OURS: [&str; 7] = [
    "certificate required",
    "bad certificate",
    "certificate unknown",
    "unknown ca",
    "certificate expired",
    "certificate revoked",
    "unsupported certificate",
];

fn of_reason(reason: &str) -> TlsFault {
    let is_alert = reason.contains("alert");
    match OURS.iter().find(|sign| is_alert && reason.contains(*sign)) {
        Some(&"certificate required") => TlsFault::NotAccepted("the broker wants a certificate of ours".to_owned()),
        Some(sign) => TlsFault::NotAccepted(format!("the broker did not accept our certificate ({sign})")),
        None => TlsFault::Disagreement(reason.to_owned()),
    }
}

/// What TLS has to say about a connection that broke: with TLS 1.3 a server judges our certificate after the handshake.
pub fn fault_of(cause: &io::Error) -> Option<TlsFault> {
    let error = cause.get_ref()?.downcast_ref::<ssl::Error>()?;
    error.ssl_error().map(reasons).filter(|reason| reason.contains("alert")).map(|reason| of_reason(&reason))
}

/// The reasons of OpenSSL's stack of errors.
pub fn reasons(error: &ErrorStack) -> String {
    let reasons: Vec<&str> = error.errors().iter().filter_map(|one| one.reason()).collect();
    if reasons.is_empty() { "no reason given".to_owned() } else { reasons.join(", ") }
}
