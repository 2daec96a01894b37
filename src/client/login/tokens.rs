//! OAUTHBEARER: where tokens come from, and how long one is used.
//!
//! Unsecured tokens are written here, as Kafka's `OAuthBearerUnsecuredLoginCallbackHandler` writes them; others come from an
//! identity provider (KIP-768) or a file. One token serves the native client and librdkafka until four fifths of its life
//! are over.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::{Options, set};
use crate::client::error::ClientError;
use crate::client::security::Secret;
use crate::clock::Timestamp;
use crate::properties::Properties;

#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    pub value: Secret,
    pub principal: String,
    pub received: Timestamp,
    pub expires: Timestamp,
}

/// What tells of tokens in any of its forms holds no token.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("principal", &self.principal).finish_non_exhaustive()
    }
}

#[derive(Clone)]
pub struct TokenSource {
    origin: Origin,
    /// Sent beside every token, in the order of their names.
    pub extensions: Vec<(String, String)>,
    current: Arc<Mutex<Option<Token>>>,
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSource(…)")
    }
}

#[derive(Clone)]
enum Origin {
    Unsecured(Unsecured),
    Provider(Provider),
}

/// What an unsecured token says.
#[derive(Clone)]
struct Unsecured {
    claims: Map<String, Value>,
    principal: String,
    seconds: i64,
}

/// An identity provider, asked with the credentials of a client.
#[derive(Clone)]
pub struct Provider {
    pub url: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub scope: Option<String>,
    /// `sasl.oauthbearer.header.urlencode`.
    pub encodes_credentials: bool,
    /// The claim that names the principal.
    pub principal_claim: String,
    /// `ssl.…` among the options of the login module, for an `https` address.
    pub tls: Properties,
}

const PACKAGE: &str = "org.apache.kafka.common.security.oauthbearer";

impl TokenSource {
    pub fn read(properties: &Properties, options: Options) -> Result<TokenSource, ClientError> {
        let class = set(properties, "sasl.login.callback.handler.class").unwrap_or_default().trim();
        match class.rsplit('.').next().unwrap_or_default() {
            "" if set(properties, "sasl.oauthbearer.token.endpoint.url").is_some() => {
                Err(ClientError::unusable_with_hint(
                    "sasl.oauthbearer.token.endpoint.url is set, and nothing that uses it",
                    format!("add sasl.login.callback.handler.class={PACKAGE}.OAuthBearerLoginCallbackHandler"),
                ))
            }
            "" | "OAuthBearerUnsecuredLoginCallbackHandler" => {
                let unsecured = Unsecured::read(&options)?;
                Ok(TokenSource::new(Origin::Unsecured(unsecured), extensions(&options, "unsecuredLoginExtension_")?))
            }
            "OAuthBearerLoginCallbackHandler" => {
                let provider = provider(properties, &options)?;
                Ok(TokenSource::new(Origin::Provider(provider), extensions(&options, "extension_")?))
            }
            _ => {
                let message =
                    format!("sasl.login.callback.handler.class={class} is Java code, which does not run here");
                let hint = format!("{PACKAGE}.OAuthBearerLoginCallbackHandler, which asks a token endpoint, does");
                Err(ClientError::unusable_with_hint(message, hint))
            }
        }
    }

    fn new(origin: Origin, extensions: Vec<(String, String)>) -> TokenSource {
        TokenSource { origin, extensions, current: Arc::default() }
    }

    /// A token that is good for a while.
    pub async fn token(&self) -> Result<Token, ClientError> {
        if let Some(token) = self.current().filter(|token| token.is_fresh(Timestamp::now())) {
            return Ok(token);
        }
        let token = match &self.origin {
            Origin::Unsecured(unsecured) => unsecured.token(Timestamp::now()),
            Origin::Provider(provider) => provided(provider).await?,
        };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(token)
    }

    fn current(&self) -> Option<Token> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same for librdkafka, which asks from a thread that may or may not serve a runtime.
    pub fn token_now(&self) -> Result<Token, ClientError> {
        let source = self.clone();
        let asked = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|cause| ClientError::unusable(cause.to_string()))?.block_on(source.token())
        });
        asked.join().unwrap_or_else(|_| Err(ClientError::unusable("no token: the thread that asked for it has ended")))
    }

    /// The one message of the mechanism (RFC 7628).
    pub fn message(&self, token: &Token) -> String {
        let mut message = format!("n,,\u{1}auth=Bearer {}", token.value.reveal());
        for (name, value) in &self.extensions {
            message.push_str(&format!("\u{1}{name}={value}"));
        }
        message.push_str("\u{1}\u{1}");
        message
    }
}

impl Token {
    fn is_fresh(&self, now: Timestamp) -> bool {
        let life = self.expires.millis().saturating_sub(self.received.millis());
        now.millis() < self.received.millis().saturating_add(life / 5 * 4)
    }

    /// A token out of its text: a JWT says whom it names and until when.
    pub fn of_text(text: &str, principal_claim: &str, received: Timestamp) -> Result<Token, String> {
        let payload = text.split('.').nth(1).ok_or("it is no JWT")?;
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).map_err(|_| "it is no JWT")?;
        let claims: Value = serde_json::from_slice(&payload).map_err(|_| "its claims are no JSON")?;
        let expires = claims.get("exp").and_then(Value::as_f64).ok_or("it has no claim exp")?;
        let principal = claims.get(principal_claim).and_then(Value::as_str);
        let principal = principal.ok_or_else(|| format!("it has no claim {principal_claim}"))?;
        let expires = Timestamp((expires * 1000.0) as i64);
        Ok(Token { value: Secret::new(text), principal: principal.to_owned(), received, expires })
    }
}

impl Unsecured {
    fn read(options: &Options) -> Result<Unsecured, ClientError> {
        let fault = |fault: String| ClientError::unusable(format!("sasl.jaas.config: {fault}"));
        let mut claims = Map::new();
        let mut names: Vec<&String> = options.keys().collect();
        names.sort();
        for option in names {
            let value = options.get(option).map(String::as_str).unwrap_or_default();
            let Some((kind, name)) = option.strip_prefix("unsecuredLogin").and_then(|rest| rest.split_once("Claim_"))
            else {
                continue;
            };
            if ["iat", "exp"].contains(&name) {
                return Err(fault(format!("the claim {name} cannot be set")));
            }
            let claim = match kind {
                "String" => json!(value),
                "Number" => value
                    .trim()
                    .parse::<f64>()
                    .map(|number| json!(number))
                    .map_err(|_| fault(format!("{option} is no number")))?,
                "List" => list(value),
                _ => continue,
            };
            claims.insert(name.to_owned(), claim);
        }
        let option = |name: &str, default: &str| {
            options.get(name).map(|value| value.trim()).filter(|value| !value.is_empty()).unwrap_or(default).to_owned()
        };
        let principal_claim = option("unsecuredLoginPrincipalClaimName", "sub");
        let principal = claims.get(&principal_claim).and_then(Value::as_str).filter(|name| !name.is_empty());
        let Some(principal) = principal.map(str::to_owned) else {
            return Err(ClientError::unusable_with_hint(
                format!("sasl.jaas.config: no claim {principal_claim} says who we are"),
                format!("unsecuredLoginStringClaim_{principal_claim}=\"NAME\" does"),
            ));
        };
        let seconds = option("unsecuredLoginLifetimeSeconds", "3600");
        let seconds = seconds
            .parse::<u32>()
            .map_err(|_| fault("unsecuredLoginLifetimeSeconds is no number of seconds".to_owned()))?;
        Ok(Unsecured { claims, principal, seconds: i64::from(seconds) })
    }

    fn token(&self, now: Timestamp) -> Token {
        let expires = Timestamp(now.millis().saturating_add(self.seconds * 1000));
        let seconds = |time: Timestamp| json!(time.millis() as f64 / 1000.0);
        let mut claims = Map::new();
        claims.insert("exp".to_owned(), seconds(expires));
        claims.insert("iat".to_owned(), seconds(now));
        claims.extend(self.claims.clone());
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let value = format!("{}.{}.", part(&json!({"alg": "none"})), part(&Value::Object(claims)));
        Token { value: Secret::new(value), principal: self.principal.clone(), received: now, expires }
    }
}

/// The first character separates the elements.
fn list(value: &str) -> Value {
    let mut chars = value.chars();
    match chars.next() {
        Some(separator) if !chars.as_str().is_empty() => chars.as_str().split(separator).collect(),
        _ => json!([]),
    }
}

fn extensions(options: &Options, prefix: &str) -> Result<Vec<(String, String)>, ClientError> {
    let named =
        options.iter().filter_map(|(option, value)| Some((option.strip_prefix(prefix)?.to_owned(), value.clone())));
    let mut extensions: Vec<(String, String)> = named.collect();
    extensions.sort();
    let is_name = |name: &str| !name.is_empty() && name != "auth" && name.chars().all(|c| c.is_ascii_alphabetic());
    let is_value = |c: char| matches!(c, ' '..='~' | '\t' | '\r' | '\n');
    match extensions.iter().find(|(name, value)| !is_name(name) || value.is_empty() || !value.chars().all(is_value)) {
        Some((name, _)) => Err(ClientError::unusable(format!("sasl.jaas.config: the extension {name} cannot be sent"))),
        None => Ok(extensions),
    }
}

fn provider(properties: &Properties, options: &Options) -> Result<Provider, ClientError> {
    let option = |key: &str, name: &str| {
        let found = set(properties, key).or_else(|| options.get(name).map(String::as_str));
        found.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
    };
    let key = "sasl.oauthbearer.jwt.retriever.class";
    if let Some(class) = set(properties, key).filter(|class| !RETRIEVERS.iter().any(|known| class.ends_with(known))) {
        return Err(ClientError::unusable(format!("{key}={class} does not exist here")));
    }
    let missing = |key: &str| ClientError::unusable(format!("OAUTHBEARER needs {key}"));
    let url = set(properties, "sasl.oauthbearer.token.endpoint.url");
    let url = url.ok_or_else(|| missing("sasl.oauthbearer.token.endpoint.url"))?.trim().to_owned();
    let id = "sasl.oauthbearer.client.credentials.client.id";
    let secret = "sasl.oauthbearer.client.credentials.client.secret";
    let (client_id, client_secret) = match url.starts_with("file:") {
        true => (String::new(), String::new()),
        false => (
            option(id, "clientId").ok_or_else(|| missing(&format!("{id} (or clientId in sasl.jaas.config)")))?,
            option(secret, "clientSecret").ok_or_else(|| missing(&format!("{secret} (or clientSecret)")))?,
        ),
    };
    let tls = options.iter().filter(|(name, _)| name.starts_with("ssl."));
    Ok(Provider {
        url,
        client_id,
        client_secret: Secret::new(client_secret),
        scope: option("sasl.oauthbearer.scope", "scope"),
        encodes_credentials: set(properties, "sasl.oauthbearer.header.urlencode")
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("true")),
        principal_claim: set(properties, "sasl.oauthbearer.sub.claim.name").unwrap_or("sub").trim().to_owned(),
        tls: Properties::from_pairs(tls.map(|(name, value)| format!("{name}={value}"))),
    })
}

const RETRIEVERS: [&str; 3] = [".DefaultJwtRetriever", ".ClientCredentialsJwtRetriever", ".FileJwtRetriever"];

#[cfg(feature = "tls")]
async fn provided(provider: &Provider) -> Result<Token, ClientError> {
    super::identity_provider::token(provider).await
}

#[cfg(not(feature = "tls"))]
async fn provided(_: &Provider) -> Result<Token, ClientError> {
    Err(ClientError::unusable("this kavka was built without TLS and cannot ask an identity provider"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> Options {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn source(pairs: &[(&str, &str)]) -> Result<TokenSource, ClientError> {
        TokenSource::read(&Properties::new(), options(pairs))
    }

    #[tokio::test]
    async fn an_unsecured_token_says_what_its_options_say() {
        let source = source(&[
            ("unsecuredLoginStringClaim_sub", "alice"),
            ("unsecuredLoginNumberClaim_n", "7"),
            ("unsecuredLoginListClaim_scope", "|a|b"),
            ("unsecuredLoginExtension_trace", "on"),
        ])
        .unwrap();
        let token = source.token().await.unwrap();
        assert_eq!(token.principal, "alice");
        let parts: Vec<&str> = token.value.reveal().split('.').collect();
        let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert_eq!((read(parts[0]), parts[2]), (json!({"alg": "none"}), ""));
        let claims = read(parts[1]);
        assert_eq!((&claims["n"], &claims["scope"]), (&json!(7.0), &json!(["a", "b"])));
        assert_eq!(claims["exp"].as_f64().unwrap() - claims["iat"].as_f64().unwrap(), 3600.0);
        let message = source.message(&token);
        assert!(message.starts_with("n,,\u{1}auth=Bearer ") && message.ends_with("\u{1}trace=on\u{1}\u{1}"));
        assert_eq!(source.token().await.unwrap(), token, "one token is used for its time");
        assert!(!format!("{source:?}{token:?}").contains(token.value.reveal()));
    }

    #[test]
    fn options_that_make_no_token_are_refused() {
        let said = |pairs: &[(&str, &str)]| source(pairs).err().unwrap().to_string();
        assert!(said(&[]).contains("no claim sub"));
        assert!(said(&[("unsecuredLoginStringClaim_exp", "1")]).contains("the claim exp cannot be set"));
        assert!(said(&[("unsecuredLoginNumberClaim_n", "x")]).contains("is no number"));
        let alice = ("unsecuredLoginStringClaim_sub", "alice");
        assert!(said(&[alice, ("unsecuredLoginExtension_auth", "x")]).contains("extension auth"));
        assert!(said(&[alice, ("unsecuredLoginLifetimeSeconds", "-1")]).contains("Seconds is no number"));
    }

    #[test]
    fn a_provider_needs_an_address_and_credentials() {
        let class = format!("sasl.login.callback.handler.class={PACKAGE}.OAuthBearerLoginCallbackHandler");
        let url = "sasl.oauthbearer.token.endpoint.url=http://a/token".to_owned();
        let read = |properties: &[&String], jaas: &[(&str, &str)]| {
            TokenSource::read(&Properties::from_pairs(properties), options(jaas)).map(drop)
        };
        let said = |properties: &[&String], jaas: &[(&str, &str)]| read(properties, jaas).unwrap_err().to_string();
        assert!(said(&[&class], &[]).contains("needs sasl.oauthbearer.token.endpoint.url"));
        assert!(said(&[&class, &url], &[]).contains("client.id (or clientId"));
        assert!(said(&[&url], &[]).contains("nothing that uses it"));
        assert!(read(&[&class, &url], &[("clientId", "a"), ("clientSecret", "b")]).is_ok());
    }

    #[test]
    fn a_token_is_fresh_for_four_fifths_of_its_life() {
        let text = format!("e30.{}.", URL_SAFE_NO_PAD.encode(r#"{"sub":"bob","exp":11}"#));
        let token = Token::of_text(&text, "sub", Timestamp(1000)).unwrap();
        assert_eq!((token.principal.as_str(), token.expires), ("bob", Timestamp(11_000)));
        assert!(token.is_fresh(Timestamp(8999)) && !token.is_fresh(Timestamp(9000)));
        for broken in ["", "a.b", "e30.e30."] {
            assert!(Token::of_text(broken, "sub", Timestamp(0)).is_err(), "{broken}");
        }
    }
}
