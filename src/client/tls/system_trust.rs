//! Where the system keeps the certificates that it trusts.
//!
//! An OpenSSL that was built into this binary looks where its own build would have put them, so the usual places are tried;
//! `SSL_CERT_FILE` and `SSL_CERT_DIR` are stronger.

use std::path::PathBuf;

use openssl::error::ErrorStack;
use openssl::ssl::SslContextBuilder;

pub struct SystemTrust {
    file: Option<PathBuf>,
    directories: Vec<PathBuf>,
}

impl SystemTrust {
    pub fn find() -> SystemTrust {
        let found = openssl_probe::probe();
        SystemTrust { file: found.cert_file, directories: found.cert_dir }
    }

    pub fn load_into(&self, builder: &mut SslContextBuilder) -> Result<(), ErrorStack> {
        if self.file.is_none() && self.directories.is_empty() {
            return builder.set_default_verify_paths();
        }
        if let Some(file) = &self.file {
            return builder.load_verify_locations(Some(file), None);
        }
        self.directories.iter().try_for_each(|directory| builder.load_verify_locations(None, Some(directory)))
    }

    /// The one place that librdkafka can be told.
    pub fn place(&self) -> Option<String> {
        let place = self.file.as_ref().or_else(|| self.directories.first())?;
        Some(place.to_string_lossy().into_owned())
    }
}
