//! Who we are, for SASL: the mechanism, and a password or a source of tokens, from `sasl.mechanism` and `sasl.jaas.config`.
//!
//! The login module does not decide about the mechanism, as in Java; it only tells which options are there. What needs
//! Java code or Kerberos is refused, with what can be used instead.

#[cfg(feature = "tls")]
mod identity_provider;
#[cfg(feature = "tls")]
pub mod scram;
pub mod tokens;

use std::collections::HashMap;

use super::error::ClientError;
use super::jaas;
use super::security::Secret;
use crate::properties::Properties;
use tokens::TokenSource;

#[derive(Debug, Clone)]
pub struct Login {
    pub mechanism: Mechanism,
    pub credentials: Credentials,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    Plain,
    ScramSha256,
    ScramSha512,
    OAuthBearer,
}

#[derive(Debug, Clone)]
pub enum Credentials {
    Password {
        user: String,
        secret: Secret,
        /// The name and the secret are those of a delegation token.
        is_token: bool,
    },
    Tokens(TokenSource),
}

const MECHANISMS: [(&str, Mechanism); 4] = [
    ("PLAIN", Mechanism::Plain),
    ("SCRAM-SHA-256", Mechanism::ScramSha256),
    ("SCRAM-SHA-512", Mechanism::ScramSha512),
    ("OAUTHBEARER", Mechanism::OAuthBearer),
];

/// The options of a login module.
type Options = HashMap<String, String>;

impl Mechanism {
    pub fn name(self) -> &'static str {
        MECHANISMS.iter().find(|(_, mechanism)| *mechanism == self).map_or("", |(name, _)| name)
    }
}

impl Login {
    pub fn plain(user: &str, secret: &str) -> Login {
        let credentials = Credentials::Password { user: user.to_owned(), secret: Secret::new(secret), is_token: false };
        Login { mechanism: Mechanism::Plain, credentials }
    }

    pub fn read(properties: &Properties) -> Result<Login, ClientError> {
        for key in ["sasl.client.callback.handler.class", "sasl.login.class"] {
            if let Some(class) = set(properties, key) {
                return Err(ClientError::unusable(format!("{key}={class} is Java code, which does not run here")));
            }
        }
        let mechanism = mechanism(properties)?;
        let Some(text) = set(properties, "sasl.jaas.config") else {
            return Err(no_jaas(properties, mechanism));
        };
        let module = jaas::parse(text).map_err(|fault| ClientError::unusable(format!("sasl.jaas.config: {fault}")))?;
        let name = module.class.rsplit('.').next().unwrap_or_default();
        match (name, mechanism) {
            ("PlainLoginModule" | "ScramLoginModule" | "OAuthBearerLoginModule", _) => {}
            _ => {
                let message = format!("sasl.jaas.config: the login module {} does not exist here", module.class);
                return Err(ClientError::unusable_with_hint(message, MODULES));
            }
        }
        let credentials = match mechanism {
            Mechanism::OAuthBearer => Credentials::Tokens(TokenSource::read(properties, module.options)?),
            _ => password(module.options)?,
        };
        if cfg!(not(feature = "tls")) && mechanism != Mechanism::Plain {
            let message = format!("this kavka was built without TLS and with it without {}", mechanism.name());
            return Err(ClientError::unusable_with_hint(
                message,
                "build it with `cargo build --features tls-vendored`",
            ));
        }
        Ok(Login { mechanism, credentials })
    }
}

const MODULES: &str =
    "PlainLoginModule, ScramLoginModule and OAuthBearerLoginModule of org.apache.kafka.common.security are";

fn set<'a>(properties: &'a Properties, key: &str) -> Option<&'a str> {
    properties.get(key).filter(|value| !value.trim().is_empty())
}

fn mechanism(properties: &Properties) -> Result<Mechanism, ClientError> {
    let name = set(properties, "sasl.mechanism").map_or("GSSAPI", str::trim);
    if let Some((_, mechanism)) = MECHANISMS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Ok(*mechanism);
    }
    let instead = "use a listener with SCRAM-SHA-512, OAUTHBEARER or PLAIN, or certificates (security.protocol=SSL)";
    if name != "GSSAPI" {
        let message = format!("sasl.mechanism={name} does not exist here");
        return Err(ClientError::unusable_with_hint(message, instead));
    }
    let is_default = set(properties, "sasl.mechanism").is_none();
    let module = set(properties, "sasl.jaas.config").unwrap_or_default();
    let fitting = [("Plain", "PLAIN"), ("Scram", "SCRAM-SHA-512 or SCRAM-SHA-256"), ("OAuthBearer", "OAUTHBEARER")];
    let fitting = fitting.iter().find(|(name, _)| module.contains(&format!(".{name}LoginModule")));
    Err(match fitting.filter(|_| is_default) {
        Some((name, mechanism)) => ClientError::unusable_with_hint(
            "sasl.mechanism is not set, which means GSSAPI (Kerberos), and kavka does not speak Kerberos",
            format!("with {name}LoginModule it is sasl.mechanism={mechanism}"),
        ),
        None => ClientError::unusable_with_hint("sasl.mechanism=GSSAPI: kavka does not speak Kerberos", instead),
    })
}

/// Kerberos apart, everything needs a JAAS line.
fn no_jaas(properties: &Properties, mechanism: Mechanism) -> ClientError {
    let protocol = set(properties, "security.protocol").unwrap_or_default();
    let (module, options) = match mechanism {
        Mechanism::Plain => ("plain.PlainLoginModule", "username=\"…\" password=\"…\""),
        Mechanism::ScramSha256 | Mechanism::ScramSha512 => ("scram.ScramLoginModule", "username=\"…\" password=\"…\""),
        Mechanism::OAuthBearer => ("oauthbearer.OAuthBearerLoginModule", "unsecuredLoginStringClaim_sub=\"…\""),
    };
    let line = format!("sasl.jaas.config=org.apache.kafka.common.security.{module} required {options};");
    ClientError::unusable_with_hint(
        format!("security.protocol={protocol} needs sasl.jaas.config (a file that KAFKA_OPTS names is not read)"),
        format!("such as {line}"),
    )
}

fn password(mut options: Options) -> Result<Credentials, ClientError> {
    let is_token = options.get("tokenauth").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let mut option = |name: &str| {
        let found = options.remove(name);
        found.ok_or_else(|| ClientError::unusable(format!("sasl.jaas.config: the option {name} is missing")))
    };
    Ok(Credentials::Password { user: option("username")?, secret: Secret::new(option("password")?), is_token })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "org.apache.kafka.common.security.plain.PlainLoginModule required";

    fn read(pairs: &[&str]) -> Result<Login, ClientError> {
        Login::read(&Properties::from_pairs(pairs))
    }

    fn hint(pairs: &[&str]) -> String {
        match read(pairs) {
            Err(ClientError::Unusable { message, hint }) => format!("{message} / {}", hint.unwrap_or_default()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_password_for_any_of_its_mechanisms() {
        let jaas = format!("sasl.jaas.config={PLAIN} username=\"alice\" password=\"hunter two\";");
        let login = read(&[&jaas, "sasl.mechanism=PLAIN"]).unwrap();
        assert_eq!(login.mechanism, Mechanism::Plain);
        assert!(!format!("{login:?}").contains("hunter"));
        #[cfg(feature = "tls")]
        assert_eq!(read(&[&jaas, "sasl.mechanism=SCRAM-SHA-512"]).unwrap().mechanism, Mechanism::ScramSha512);
    }

    #[test]
    fn what_cannot_be_used_says_what_can() {
        let jaas = format!("sasl.jaas.config={PLAIN} username=a password=b;");
        assert!(hint(&[&jaas]).contains("it is sasl.mechanism=PLAIN"));
        assert!(hint(&["sasl.mechanism=GSSAPI"]).contains("SCRAM-SHA-512"));
        assert!(hint(&["sasl.mechanism=SCRAM-SHA-1"]).contains("sasl.mechanism=SCRAM-SHA-1 does not exist"));
        assert!(hint(&["sasl.mechanism=PLAIN"]).contains("PlainLoginModule required username="));
        let missing = format!("sasl.jaas.config={PLAIN} username=a;");
        assert!(hint(&[&missing, "sasl.mechanism=PLAIN"]).contains("the option password is missing"));
        let foreign = "sasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required;";
        assert!(hint(&[foreign, "sasl.mechanism=PLAIN"]).contains("IAMLoginModule does not exist here"));
        assert!(hint(&["sasl.login.class=a.B"]).contains("a.B is Java code"));
    }
}
