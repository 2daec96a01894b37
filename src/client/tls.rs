//! TLS with OpenSSL, the same that librdkafka links.
//!
//! [`Tls::load`] opens the stores and makes a context of them; every connection of the native client is made from it, and
//! librdkafka gets the same certificates as PEM. A certificate of the trust store is trusted whoever signed it, as in Java.

mod ciphers;
mod fault;
mod jks;
mod pem;
mod stores;
mod system_trust;

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};

use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslContext, SslContextBuilder, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::X509;
use openssl::x509::verify::{X509CheckFlags, X509VerifyFlags};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use super::error::ClientError;
use super::tls_settings::TlsSettings;
pub use fault::fault_of;
use fault::{Failed, Judged};
use stores::Identity;
use system_trust::SystemTrust;

pub type TlsStream = SslStream<TcpStream>;

/// Whom we trust.
enum Trust {
    Store(Vec<X509>),
    System(SystemTrust),
}

pub struct Tls {
    context: SslContext,
    check_host: bool,
    trust: Trust,
    identity: Option<Identity>,
    /// The suites up to TLS 1.2, in OpenSSL's names.
    cipher_list: Option<String>,
}

impl Tls {
    pub fn load(settings: &TlsSettings) -> Result<Tls, ClientError> {
        settings.check()?;
        let trust = match &settings.trusted {
            Some(store) => Trust::Store(stores::certificates(store)?),
            None => Trust::System(SystemTrust::find()),
        };
        let identity = settings.identity.as_ref().map(stores::identity).transpose()?;
        let suites = ciphers::suites(&settings.ciphers).map_err(ClientError::unusable)?;
        let (lowest, mut highest) = ciphers::versions(settings).map_err(ClientError::unusable)?;
        if suites.only_old() {
            highest = Some(SslVersion::TLS1_2);
        }
        let context = context(&trust, identity.as_ref(), &suites, lowest, highest).map_err(|error| {
            ClientError::unusable(format!("OpenSSL does not accept these settings: {}", fault::reasons(&error)))
        })?;
        Ok(Tls { context, check_host: settings.check_host, trust, identity, cipher_list: suites.old })
    }

    /// Agrees on TLS over a connection to `host:port`.
    pub async fn connect<S>(&self, server: &str, stream: S) -> Result<SslStream<S>, ClientError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let host = server.rsplit_once(':').map_or(server, |(host, _)| host).trim_matches(['[', ']']);
        let judged: Judged = Arc::default();
        let prepared = self.session(host, &judged).and_then(|session| SslStream::new(session, stream));
        let mut stream = prepared.map_err(|error| ClientError::unusable(fault::reasons(&error)))?;
        match Pin::new(&mut stream).connect().await {
            Ok(()) => Ok(stream),
            Err(error) => {
                let judged = judged.lock().unwrap_or_else(PoisonError::into_inner).take();
                Err(fault::of_handshake(server, Failed { host, error: &error, judged }))
            }
        }
    }

    fn session(&self, host: &str, judged: &Judged) -> Result<Ssl, ErrorStack> {
        let mut session = Ssl::new(&self.context)?;
        let address = host.parse::<IpAddr>();
        if address.is_err() {
            session.set_hostname(host)?;
        }
        if self.check_host {
            let expected = session.param_mut();
            expected.set_hostflags(X509CheckFlags::NO_PARTIAL_WILDCARDS);
            match address {
                Ok(address) => expected.set_ip(address)?,
                Err(_) => expected.set_host(host)?,
            }
        }
        let judged = Arc::clone(judged);
        session.set_verify_callback(SslVerifyMode::PEER, move |accepted, judgement| {
            if !accepted {
                let mut first = judged.lock().unwrap_or_else(PoisonError::into_inner);
                first.get_or_insert_with(|| fault::judgement(judgement));
            }
            accepted
        });
        Ok(session)
    }

    /// Keys and values that say the same to librdkafka.
    pub fn for_librdkafka(&self) -> Vec<(&'static str, String)> {
        let mut entries = Vec::new();
        match &self.trust {
            Trust::Store(certificates) => entries.push(("ssl.ca.pem", pem::of_certificates(certificates))),
            Trust::System(system) => entries.extend(system.place().map(|place| ("ssl.ca.location", place))),
        }
        if let Some(identity) = &self.identity {
            entries.push(("ssl.certificate.pem", pem::of_certificates(&identity.chain)));
            entries.extend(pem::of_key(&identity.key).map(|key| ("ssl.key.pem", key)));
        }
        entries.extend(self.cipher_list.clone().map(|list| ("ssl.cipher.suites", list)));
        let identification = if self.check_host { "https" } else { "none" };
        entries.push(("ssl.endpoint.identification.algorithm", identification.to_owned()));
        entries
    }
}

fn context(
    trust: &Trust,
    identity: Option<&Identity>,
    suites: &ciphers::Suites,
    lowest: Option<SslVersion>,
    highest: Option<SslVersion>,
) -> Result<SslContext, ErrorStack> {
    let mut builder = SslContextBuilder::new(SslMethod::tls_client())?;
    builder.set_min_proto_version(lowest)?;
    builder.set_max_proto_version(highest)?;
    if let Some(list) = &suites.old {
        builder.set_cipher_list(list)?;
    }
    if let Some(list) = &suites.of_tls_1_3 {
        builder.set_ciphersuites(list)?;
    }
    match trust {
        Trust::Store(certificates) => {
            for certificate in certificates {
                builder.cert_store_mut().add_cert(certificate.clone())?;
            }
            builder.verify_param_mut().set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
        }
        Trust::System(system) => system.load_into(&mut builder)?,
    }
    if let Some(Identity { key, chain }) = identity {
        let mut chain = chain.iter();
        if let Some(own) = chain.next() {
            builder.set_certificate(own)?;
        }
        for authority in chain {
            builder.add_extra_chain_cert(authority.clone())?;
        }
        builder.set_private_key(key)?;
        builder.check_private_key()?;
    }
    builder.set_verify(SslVerifyMode::PEER);
    Ok(builder.build())
}

#[cfg(test)]
mod tests;
