//! What producer and consumer share of librdkafka: its configuration out of [`ClientSettings`], its log, its errors.
//!
//! Keys that librdkafka sets differently from Java without need are set to Java's value here. `localhost` means IPv4,
//! since librdkafka waits out a backoff after a refused `::1`.

use std::sync::{Mutex, PoisonError};

use rdkafka::ClientConfig;
use rdkafka::client::OAuthToken;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::error::ClientError;
use super::java_keys::{Role, translate};
use super::login::tokens::TokenSource;
use super::login::{Credentials, Login};
use super::security::Security;
use super::settings::ClientSettings;
use super::tls::Tls;
use crate::properties::Properties;
use crate::protocol::ErrorCode;

/// librdkafka's configuration for one client. `extra` are properties in Java's spelling, weaker than the settings'.
pub fn config(role: Role, settings: &ClientSettings, defaults: &Properties) -> Result<ClientConfig, ClientError> {
    let mut properties = defaults.clone();
    properties.extend(&settings.properties);
    let mut config = ClientConfig::new();
    config.set_log_level(RDKafkaLogLevel::Warning);
    set_defaults(&mut config, role);
    set_time_limits(&mut config, role, settings);
    for (key, value) in properties.iter() {
        for (key, value) in translate(role, key, value)? {
            config.set(key, value);
        }
    }
    if role == Role::Producer {
        set_compression(&mut config, &properties);
        config.set("enable.idempotence", idempotence(&properties)?.to_string());
    }
    set_cluster(&mut config, settings);
    set_security(&mut config, &settings.security)?;
    Ok(config)
}

fn set_defaults(config: &mut ClientConfig, role: Role) {
    config.set("log.connection.close", "false");
    // Half of the first backoff is also the pause between two attempts to connect to any broker at all.
    config.set("reconnect.backoff.ms", "20").set("reconnect.backoff.max.ms", "1000");
    match role {
        Role::Producer => {
            config.set("partitioner", "murmur2_random");
            config.set("max.in.flight.requests.per.connection", "5");
            config.set("delivery.timeout.ms", "120000");
        }
        Role::Consumer => {
            config.set("isolation.level", "read_uncommitted");
            config.set("check.crcs", "true");
            config.set("partition.assignment.strategy", "range");
            // A full queue otherwise stops fetching for a whole second.
            config.set("fetch.queue.backoff.ms", "5").set("queued.max.messages.kbytes", "16384");
        }
    }
}

/// `request.timeout.ms` is the socket's limit in librdkafka; its own property of that name is what a producer tells the
/// broker. A fetch may take as long as the broker may wait, and a little more.
fn set_time_limits(config: &mut ClientConfig, role: Role, settings: &ClientSettings) {
    let request = settings.request_timeout.as_millis().clamp(10, 300_000);
    match role {
        Role::Producer => {
            config.set("socket.timeout.ms", request.to_string());
            config.set("request.timeout.ms", request.to_string());
        }
        Role::Consumer => {
            config.set("socket.timeout.ms", request.max(2000).to_string());
        }
    }
}

fn set_cluster(config: &mut ClientConfig, settings: &ClientSettings) {
    config.set("bootstrap.servers", settings.servers());
    config.set("client.id", &settings.client_id);
    let is_local = |server: &String| server.rsplit_once(':').map_or(server.as_str(), |(host, _)| host) == "localhost";
    if settings.bootstrap_servers.iter().all(is_local) {
        config.set("broker.address.family", "v4");
    }
}

/// The login and the certificates that the native client uses, too. Tokens are asked for by librdkafka when it needs them.
fn set_security(config: &mut ClientConfig, security: &Security) -> Result<(), ClientError> {
    config.set("security.protocol", security.protocol.name());
    if let Some(login) = security.login()? {
        config.set("sasl.mechanism", login.mechanism.name());
        match &login.credentials {
            Credentials::Password { is_token: true, .. } => {
                return Err(not_for_records("a delegation token (tokenauth=true)"));
            }
            Credentials::Password { user, secret, .. } => {
                config.set("sasl.username", user).set("sasl.password", secret.reveal());
            }
            Credentials::Tokens(tokens) if !tokens.extensions.is_empty() => {
                return Err(not_for_records("an extension of OAUTHBEARER in sasl.jaas.config"));
            }
            Credentials::Tokens(_) => {}
        }
    }
    for (key, value) in security.tls()?.map(Tls::for_librdkafka).unwrap_or_default() {
        config.set(key, value);
    }
    Ok(())
}

fn not_for_records(what: &str) -> ClientError {
    ClientError::unusable(format!(
        "{what} works for administration only: librdkafka, which carries records, cannot send it"
    ))
}

/// Where librdkafka gets its tokens from.
pub fn tokens(security: &Security) -> Option<TokenSource> {
    match security.login() {
        Ok(Some(Login { credentials: Credentials::Tokens(tokens), .. })) => Some(tokens.clone()),
        _ => None,
    }
}

/// A token in librdkafka's form.
pub fn oauth_token(tokens: Option<&TokenSource>) -> Result<OAuthToken, Box<dyn std::error::Error>> {
    let token = tokens.ok_or("no token was asked for")?.token_now()?;
    let (value, principal_name) = (token.value.reveal().to_owned(), token.principal);
    Ok(OAuthToken { token: value, principal_name, lifetime_ms: token.expires.millis() })
}

/// Java has a level for each codec, librdkafka one for the codec in use.
fn set_compression(config: &mut ClientConfig, properties: &Properties) {
    let codec = properties.get("compression.type").unwrap_or("none").trim().to_ascii_lowercase();
    if let Some(level) = properties.get(&format!("compression.{codec}.level")) {
        config.set("compression.level", level.trim());
    }
    config.set("compression.type", codec);
}

/// On unless switched off, or unless acks or retries do not allow it; an error if it was asked for explicitly and they do
/// not, or if it is on and requests in flight do not (`ProducerConfig.postProcessAndValidateIdempotenceConfigs`).
pub fn idempotence(properties: &Properties) -> Result<bool, ClientError> {
    let get = |key: &str| properties.get(key).map(str::trim);
    let asked = get("enable.idempotence").map(|value| value.eq_ignore_ascii_case("true"));
    let number = |key: &str| get(key).and_then(|value| value.parse::<i64>().ok());
    let in_flight = number("max.in.flight.requests.per.connection").filter(|requests| *requests > 5);
    let obstacle = if !matches!(get("acks"), None | Some("all" | "-1")) {
        Some(
            "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence."
                .to_owned(),
        )
    } else if number("retries") == Some(0) {
        Some("Must set retries to non-zero when using the idempotent producer.".to_owned())
    } else {
        None
    };
    // Requests in flight are the one obstacle that Java does not step around in silence.
    let many = in_flight.map(|requests| {
        let key = "max.in.flight.requests.per.connection";
        format!("To use the idempotent producer, {key} must be set to at most 5. Current value is {requests}.")
    });
    match (asked, obstacle, many) {
        (Some(false), ..) | (None, Some(_), _) => Ok(false),
        (Some(true), Some(fault), _) | (_, None, Some(fault)) => Err(ClientError::Settings(fault)),
        (Some(true) | None, None, None) => Ok(true),
    }
}

/// What librdkafka reported about connections while nobody was waiting for an answer.
#[derive(Default)]
pub struct Troubles {
    last: Mutex<Option<ClientError>>,
}

impl Troubles {
    pub fn note(&self, servers: &str, error: &KafkaError, reason: &str) {
        let Some(trouble) = trouble(servers, error, reason) else {
            tracing::warn!(target: "librdkafka", "{error}: {reason}");
            return;
        };
        tracing::debug!(target: "librdkafka", "{trouble}");
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(trouble);
    }

    pub fn last(&self) -> Option<ClientError> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn trouble(servers: &str, error: &KafkaError, reason: &str) -> Option<ClientError> {
    let server = || servers.to_owned();
    match error.rdkafka_error_code()? {
        RDKafkaErrorCode::Authentication if !was_cut_short(reason) => {
            Some(ClientError::Authentication { server: server(), message: brokers_words(reason).to_owned() })
        }
        RDKafkaErrorCode::Authentication
        | RDKafkaErrorCode::BrokerTransportFailure
        | RDKafkaErrorCode::AllBrokersDown
        | RDKafkaErrorCode::Resolve
        | RDKafkaErrorCode::SSL => {
            Some(ClientError::Unreachable { servers: server(), causes: vec![reason.to_owned()] })
        }
        _ => None,
    }
}

/// What the broker said, without librdkafka's `sasl_ssl://…: SASL authentication error: … (after 3ms in state AUTH_REQ)`.
fn brokers_words(reason: &str) -> &str {
    let said = reason.split_once("SASL authentication error: ").map_or(reason, |(_, said)| said);
    said.rsplit_once(" (after ").map_or(said, |(said, _)| said)
}

/// A connection that was lost in the handshake counts as a failed authentication in librdkafka. It names the cause, and
/// `Local:` says that no broker had a part in it.
fn was_cut_short(reason: &str) -> bool {
    reason.contains("handshake failed: Local: ")
}

/// An error of librdkafka's in our words. Codes above zero came from a broker.
pub fn client_error(call: &'static str, servers: &str, error: &KafkaError) -> ClientError {
    if let KafkaError::ClientConfig(_, fault, key, _) = error {
        return ClientError::Settings(format!("{key}: {fault}"));
    }
    if let KafkaError::Transaction(fault) = error {
        return code_error(call, servers, fault.code(), &fault.string());
    }
    match error.rdkafka_error_code() {
        Some(code) => code_error(call, servers, code, &error.to_string()),
        None => ClientError::Settings(error.to_string()),
    }
}

fn code_error(call: &'static str, servers: &str, code: RDKafkaErrorCode, text: &str) -> ClientError {
    use RDKafkaErrorCode as Code;
    let number = code as i32;
    if let Some(code) = i16::try_from(number).ok().filter(|code| *code > 0) {
        return ClientError::rejected(call, ErrorCode::from_code(code), None);
    }
    match code {
        Code::UnknownTopic => ClientError::rejected(call, ErrorCode::UnknownTopicOrPartition, None),
        Code::UnknownPartition => {
            ClientError::rejected(call, ErrorCode::UnknownTopicOrPartition, Some("no such partition".to_owned()))
        }
        Code::MessageTimedOut | Code::OperationTimedOut | Code::RequestTimedOut => {
            ClientError::TimedOut { call, after: std::time::Duration::ZERO, last: None }
        }
        Code::AutoOffsetReset => ClientError::NoOffset,
        Code::Fenced => ClientError::rejected(call, ErrorCode::ProducerFenced, None),
        Code::Authentication => ClientError::Authentication { server: servers.to_owned(), message: text.to_owned() },
        Code::BrokerTransportFailure | Code::AllBrokersDown | Code::Resolve | Code::SSL => {
            ClientError::Unreachable { servers: servers.to_owned(), causes: vec![text.to_owned()] }
        }
        _ => ClientError::Protocol { server: servers.to_owned(), evidence: text.to_owned() },
    }
}

/// librdkafka's log lines, as ours.
pub fn log(level: RDKafkaLogLevel, facility: &str, line: &str) {
    use RDKafkaLogLevel::*;
    match level {
        Emerg | Alert | Critical | Error => tracing::error!(target: "librdkafka", "{facility} {line}"),
        Warning => tracing::warn!(target: "librdkafka", "{facility} {line}"),
        Notice | Info => tracing::info!(target: "librdkafka", "{facility} {line}"),
        Debug => tracing::debug!(target: "librdkafka", "{facility} {line}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_was_lost_in_the_handshake_is_no_refusal() {
        let noted = |reason: &str| {
            let troubles = Troubles::default();
            troubles.note("a:1", &KafkaError::Global(RDKafkaErrorCode::Authentication), reason);
            troubles.last().unwrap()
        };
        let lost =
            "SASL PLAIN mechanism handshake failed: Local: Broker transport failure: broker's supported mechanisms: ";
        assert!(matches!(noted(lost), ClientError::Unreachable { .. }));
        let refused = "SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism: broker's supported mechanisms: X";
        assert!(matches!(noted(refused), ClientError::Authentication { .. }));
        let said = "sasl_ssl://a:1/bootstrap: SASL authentication error: no (after 3ms in state AUTH_REQ)";
        assert!(matches!(noted(said), ClientError::Authentication { message, .. } if message == "no"));
    }

    fn producer(pairs: &[&str]) -> ClientConfig {
        let mut settings = ClientSettings::plaintext("localhost:9092");
        settings.apply(&Properties::from_pairs(pairs)).unwrap();
        config(Role::Producer, &settings, &Properties::from_pairs(["linger.ms=1", "acks=all"])).unwrap()
    }

    #[test]
    fn a_producer_partitions_like_java_and_user_settings_are_stronger_than_defaults() {
        let config = producer(&["linger.ms=7", "compression.type=GZIP", "compression.gzip.level=9"]);
        let expected = [
            ("partitioner", "murmur2_random"),
            ("linger.ms", "7"),
            ("acks", "all"),
            ("compression.type", "gzip"),
            ("compression.level", "9"),
            ("enable.idempotence", "true"),
            ("security.protocol", "PLAINTEXT"),
        ];
        for (key, value) in expected {
            assert_eq!(config.get(key), Some(value), "{key}");
        }
    }

    #[test]
    fn only_localhost_alone_is_pinned_to_ipv4() {
        let family = |servers: &str| {
            let settings = ClientSettings::plaintext(servers);
            let config = config(Role::Consumer, &settings, &Properties::new()).unwrap();
            config.get("broker.address.family").map(str::to_owned)
        };
        assert_eq!(family("localhost:9092,localhost:9093").as_deref(), Some("v4"));
        assert_eq!(family("localhost:9092,kafka:9093"), None);
    }

    #[test]
    fn idempotence_gives_way_silently_unless_it_was_asked_for() {
        let of = |pairs: &[&str]| idempotence(&Properties::from_pairs(pairs));
        assert_eq!(of(&[]), Ok(true));
        assert_eq!(of(&["acks=1"]), Ok(false));
        assert_eq!(of(&["retries=0"]), Ok(false));
        assert_eq!(of(&["enable.idempotence=false"]), Ok(false));
        assert!(of(&["enable.idempotence=true", "acks=1"]).is_err());
        assert!(of(&["max.in.flight.requests.per.connection=6"]).is_err());
        assert_eq!(of(&["max.in.flight.requests.per.connection=6", "acks=1"]), Ok(false));
    }

    #[test]
    fn credentials_reach_librdkafka() {
        let settings = ClientSettings::sasl_plain("127.0.0.1:1", "kavka", "secret");
        let config = config(Role::Consumer, &settings, &Properties::new()).unwrap();
        assert_eq!(config.get("sasl.username"), Some("kavka"));
        assert_eq!(config.get("sasl.password"), Some("secret"));
        assert_eq!(config.get("security.protocol"), Some("SASL_PLAINTEXT"));
    }
}
