//! Which properties are secrets, and how one is shown: not.

use crate::properties::Properties;

/// Whether the value of this property of Kafka's clients must not be seen: passwords, keys, logins and tokens.
pub fn is_secret(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or_default();
    matches!(last, "password" | "secret" | "passphrase" | "token")
        || matches!(key, "sasl.jaas.config" | "ssl.keystore.key" | "basic.auth.user.info")
        || key.ends_with("client.secret")
}

/// The value for people's eyes.
pub fn masked<'a>(key: &str, properties: &'a Properties) -> Option<&'a str> {
    properties.get(key).map(|value| if is_secret(key) { "(hidden)" } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recognised_by_their_keys() {
        for key in ["ssl.key.password", "sasl.jaas.config", "sasl.oauthbearer.client.credentials.client.secret"] {
            assert!(is_secret(key), "{key}");
        }
        assert!(!is_secret("ssl.truststore.location") && !is_secret("sasl.mechanism"));
        let properties = Properties::from_pairs(["ssl.key.password=hunter2", "acks=1"]);
        assert_eq!(masked("ssl.key.password", &properties), Some("(hidden)"));
        assert_eq!(masked("acks", &properties), Some("1"));
    }
}
