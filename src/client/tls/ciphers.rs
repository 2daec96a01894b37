//! Versions and cipher suites, from Java's names to OpenSSL's.

use openssl::ssl::{SslVersion, cipher_name};

use crate::client::tls_settings::TlsSettings;

/// What may be used; `None` is OpenSSL's own choice.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Suites {
    /// Up to TLS 1.2.
    pub old: Option<String>,
    pub of_tls_1_3: Option<String>,
}

impl Suites {
    /// Suites were named, and none of TLS 1.3.
    pub fn only_old(&self) -> bool {
        self.old.is_some() && self.of_tls_1_3.is_none()
    }
}

pub fn suites(names: &[String]) -> Result<Suites, String> {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    for name in names {
        if name.contains('\0') {
            return Err("ssl.cipher.suites: a name holds a NUL".to_owned());
        }
        if TlsSettings::is_of_tls_1_3(name) {
            new.push(name.as_str());
            continue;
        }
        // A name of OpenSSL's own needs no translation.
        let known = if name.contains('_') { cipher_name(name) } else { name };
        if known == "(NONE)" {
            return Err(format!("ssl.cipher.suites: there is no cipher suite {name} here"));
        }
        old.push(known);
    }
    let joined = |names: Vec<&str>| (!names.is_empty()).then(|| names.join(":"));
    Ok(Suites { old: joined(old), of_tls_1_3: joined(new) })
}

type Range = (Option<SslVersion>, Option<SslVersion>);

/// The lowest and the highest version. `ssl.protocol` bounds what `ssl.enabled.protocols` allows, as in Java.
pub fn versions(settings: &TlsSettings) -> Result<Range, String> {
    let mut enabled = Vec::new();
    for name in &settings.protocols {
        let place = place(name).ok_or_else(|| format!("ssl.enabled.protocols: there is no protocol {name}"))?;
        enabled.push(place);
    }
    let bound = match settings.highest.as_str() {
        "TLS" | "Default" => VERSIONS.len() - 1,
        name => place(name).ok_or_else(|| format!("ssl.protocol: there is no protocol {name}"))?,
    };
    let allowed: Vec<usize> = match enabled.is_empty() {
        true => (place("TLSv1.2").unwrap_or_default()..=bound).collect(),
        false => enabled.into_iter().filter(|version| *version <= bound).collect(),
    };
    let version = |place: Option<&usize>| place.and_then(|place| VERSIONS.get(*place)).map(|(_, version)| *version);
    match (version(allowed.iter().min()), version(allowed.iter().max())) {
        (Some(lowest), Some(highest)) => Ok((Some(lowest), Some(highest))),
        _ => Err(format!("ssl.protocol={} leaves none of ssl.enabled.protocols", settings.highest)),
    }
}

const VERSIONS: [(&str, SslVersion); 4] = [
    ("TLSv1", SslVersion::TLS1),
    ("TLSv1.1", SslVersion::TLS1_1),
    ("TLSv1.2", SslVersion::TLS1_2),
    ("TLSv1.3", SslVersion::TLS1_3),
];

fn place(name: &str) -> Option<usize> {
    VERSIONS.iter().position(|(known, _)| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties::Properties;

    fn range(pairs: &[&str]) -> Result<Range, String> {
        versions(&TlsSettings::read(&Properties::from_pairs(pairs)))
    }

    #[test]
    fn names_are_translated_and_those_of_tls_1_3_kept_apart() {
        let names = ["TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES256-SHA"];
        let suites = suites(&names.map(str::to_owned)).unwrap();
        assert_eq!(suites.old.as_deref(), Some("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-SHA"));
        assert_eq!(suites.of_tls_1_3.as_deref(), Some("TLS_AES_128_GCM_SHA256"));
        assert!(!suites.only_old());
    }

    #[test]
    fn a_suite_that_does_not_exist_is_named() {
        let error = suites(&["TLS_NO_WITH_SUCH".to_owned()]).unwrap_err();
        assert!(error.contains("TLS_NO_WITH_SUCH"), "{error}");
        assert!(suites(&["a\0b".to_owned()]).is_err());
    }

    #[test]
    fn versions_are_those_enabled_below_the_highest() {
        let (v12, v13) = (Some(SslVersion::TLS1_2), Some(SslVersion::TLS1_3));
        assert_eq!(range(&[]), Ok((v12, v13)));
        assert_eq!(range(&["ssl.enabled.protocols=TLSv1.3"]), Ok((v13, v13)));
        assert_eq!(range(&["ssl.protocol=TLSv1.2"]), Ok((v12, v12)));
        assert_eq!(range(&["ssl.protocol=TLS", "ssl.enabled.protocols="]), Ok((v12, v13)));
        assert!(range(&["ssl.protocol=TLSv1.2", "ssl.enabled.protocols=TLSv1.3"]).is_err());
        assert!(range(&["ssl.enabled.protocols=SSLv3"]).unwrap_err().contains("SSLv3"));
    }
}
