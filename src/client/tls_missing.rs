//! TLS in a kavka that was built without it: every attempt says so.

use tokio::net::TcpStream;

use super::error::ClientError;
use super::tls_settings::TlsSettings;

/// There is none.
pub enum Tls {}

/// What an encrypted connection would be; none is ever made.
pub type TlsStream = TcpStream;

impl Tls {
    pub fn load(settings: &TlsSettings) -> Result<Tls, ClientError> {
        settings.check()?;
        Err(ClientError::unusable_with_hint(
            "this kavka was built without TLS",
            "build it with `cargo build --features tls-vendored`, or with `--features tls` for the system's OpenSSL",
        ))
    }

    pub async fn connect(&self, _server: &str, _stream: TcpStream) -> Result<TlsStream, ClientError> {
        match *self {}
    }

    /// Keys and values that say the same to librdkafka.
    pub fn for_librdkafka(&self) -> Vec<(&'static str, String)> {
        match *self {}
    }
}

/// What TLS has to say about a connection that broke.
pub fn fault_of(_: &std::io::Error) -> Option<super::error::TlsFault> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attempt_says_what_to_build() {
        let Err(ClientError::Unusable { hint: Some(hint), .. }) = Tls::load(&TlsSettings::default()) else {
            panic!("TLS without TLS")
        };
        assert!(hint.contains("--features tls"));
    }
}
