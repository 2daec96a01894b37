//! The listeners that a broker's keys describe: `listeners`, `advertised.listeners`, `listener.security.protocol.map`,
//! `controller.listener.names`, `inter.broker.listener.name`, `process.roles`.
//!
//! Source: `KafkaConfig.validateValues`, `SocketServerConfigs.listenerListToEndPoints`, Kafka 4.2.1, in whose words faults are
//! given where Kafka has them.

use std::collections::BTreeMap;

use super::{BrokerKeys, CONFIG_EXCEPTION, InvalidKey, ListenerConfig, ListenerProtocol, Role};

const ILLEGAL_ARGUMENT: &str = "java.lang.IllegalArgumentException";

/// What this node is to be; `None` if `process.roles` does not say.
pub fn roles(keys: &BrokerKeys) -> Option<Vec<Role>> {
    let roles = keys.explicit("process.roles")?.split(',').map(str::trim).filter(|role| !role.is_empty());
    Some(roles.map(|role| if role == "controller" { Role::Controller } else { Role::Broker }).collect())
}

/// A listener as the keys describe it, whether or not its protocol is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedListener {
    pub name: String,
    pub role: Role,
    pub host: String,
    pub port: u16,
    pub protocol: String,
    pub advertised: Option<(String, u16)>,
}

/// The listeners in the order in which they are written.
pub fn listeners(keys: &BrokerKeys) -> Result<Vec<ListenerConfig>, InvalidKey> {
    named_listeners(keys)?.into_iter().map(served).collect()
}

/// The same, before it is asked what can be served.
pub fn named_listeners(keys: &BrokerKeys) -> Result<Vec<NamedListener>, InvalidKey> {
    let controllers = upper(keys.list("controller.listener.names"));
    let protocols = protocols(keys, &controllers)?;
    let entries = endpoints(keys, "listeners")?;
    distinct(&entries)?;
    let advertised = endpoints(keys, "advertised.listeners")?;
    let mut listeners = Vec::with_capacity(entries.len());
    for entry in &entries {
        let role = if controllers.contains(&entry.name) { Role::Controller } else { Role::Broker };
        let told = advertised.iter().find(|told| told.name == entry.name).unwrap_or(entry);
        listeners.push(NamedListener {
            name: entry.name.clone(),
            role,
            host: entry.host.clone(),
            port: entry.port,
            protocol: protocols.get(&entry.name).ok_or_else(|| without_protocol(keys, &entry.name))?.clone(),
            advertised: (!told.host.is_empty()).then(|| (told.host.clone(), told.port)),
        });
    }
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let told: Vec<&str> = advertised.iter().map(|told| told.name.as_str()).collect();
    if roles(keys).is_some_and(|roles| roles.contains(&Role::Controller)) {
        check_controllers(&controllers, &names, &told)?;
    }
    let is_for_brokers = |name: &&str| !controllers.iter().any(|controller| controller == name);
    let named: Vec<&str> = if told.is_empty() { names.clone() } else { told };
    check_brokers(keys, &protocols, &named.into_iter().filter(is_for_brokers).collect::<Vec<_>>(), &names)?;
    required(
        advertised.iter().all(|told| told.host != "0.0.0.0"),
        "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.".to_owned(),
    )?;
    Ok(listeners)
}

fn served(listener: NamedListener) -> Result<ListenerConfig, InvalidKey> {
    let NamedListener { name, role, host, port, protocol, advertised } = listener;
    if protocol != "PLAINTEXT" {
        return Err(InvalidKey::new(format!(
            "listener {name}: kavka does not serve {protocol} yet; give it PLAINTEXT in listener.security.protocol.map, on an \
             address that only those who may use it can reach"
        )));
    }
    Ok(ListenerConfig { name, role, host, port, protocol: ListenerProtocol::Plaintext, advertised })
}

/// `NAME://HOST:PORT`; an empty host is every address.
struct Endpoint {
    text: String,
    name: String,
    host: String,
    port: u16,
}

fn endpoints(keys: &BrokerKeys, key: &str) -> Result<Vec<Endpoint>, InvalidKey> {
    let unreadable = |entry: &str| {
        let fault = format!("{key}: '{entry}' does not have the form NAME://HOST:PORT");
        let why = format!("Unable to parse {entry} to a broker endpoint");
        InvalidKey::new(fault).thrown(ILLEGAL_ARGUMENT, not_created(keys, key, &why))
    };
    keys.list(key).into_iter().map(|entry| endpoint(entry).ok_or_else(|| unreadable(entry))).collect()
}

fn not_created(keys: &BrokerKeys, key: &str, why: &str) -> String {
    format!("Error creating broker listeners from '[{}]': {why}", keys.list(key).join(", "))
}

fn without_protocol(keys: &BrokerKeys, name: &str) -> InvalidKey {
    let message = not_created(keys, "listeners", &format!("No security protocol defined for listener {name}"));
    let fault = format!("listener {name}: listener.security.protocol.map does not say its protocol");
    InvalidKey::new(fault).thrown(ILLEGAL_ARGUMENT, message)
}

fn endpoint(entry: &str) -> Option<Endpoint> {
    let (name, address) = entry.split_once("://")?;
    let (host, port) = address.rsplit_once(':')?;
    let host = host.strip_prefix('[').map_or(Some(host), |host| host.strip_suffix(']'))?;
    let is_of_hosts = |c: char| c.is_ascii_alphanumeric() || "-%._:".contains(c);
    let (text, name_in_capitals) = (entry.to_owned(), name.to_uppercase());
    let endpoint = Endpoint { text, name: name_in_capitals, host: host.to_owned(), port: port.parse().ok()? };
    (!name.is_empty() && host.chars().all(is_of_hosts)).then_some(endpoint)
}

fn upper(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_uppercase).collect()
}

/// The security protocol of every listener name. Controllers are plaintext where nothing says otherwise.
fn protocols(keys: &BrokerKeys, controllers: &[String]) -> Result<BTreeMap<String, String>, InvalidKey> {
    const KEY: &str = "listener.security.protocol.map";
    const KNOWN: [&str; 4] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];
    let mut protocols = BTreeMap::new();
    for entry in keys.list(KEY) {
        let (name, protocol) = entry.rsplit_once(':').ok_or_else(|| {
            let fault = format!("{KEY}: '{entry}' does not have the form NAME:PROTOCOL");
            let java = format!("begin 0, end -1, length {}", entry.len());
            InvalidKey::new(fault)
                .thrown(ILLEGAL_ARGUMENT, format!("Error parsing configuration property '{KEY}': {java}"))
        })?;
        let (name, protocol) = (name.trim().to_uppercase(), protocol.trim().to_uppercase());
        if !KNOWN.contains(&protocol.as_str()) {
            let message = format!("Invalid security protocol `{protocol}` defined in {KEY}");
            return Err(InvalidKey::new(format!("{KEY}: listener {name}: '{protocol}' is no security protocol"))
                .thrown(CONFIG_EXCEPTION, message));
        }
        protocols.insert(name, protocol);
    }
    if keys.explicit(KEY).is_none() {
        if let Some(nameless) = keys.list("listeners").into_iter().find(|entry| !entry.contains(':')) {
            let message = format!("Unable to parse a listener name from {nameless}");
            return Err(InvalidKey::new(format!("listeners: '{nameless}' does not have the form NAME://HOST:PORT"))
                .thrown("org.apache.kafka.common.KafkaException", message));
        }
        for name in controllers {
            protocols.entry(name.clone()).or_insert_with(|| "PLAINTEXT".to_owned());
        }
    }
    Ok(protocols)
}

/// Neither a name nor a port is there twice; one port may have an address of each family.
fn distinct(entries: &[Endpoint]) -> Result<(), InvalidKey> {
    let all = entries.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>().join(", ");
    let twice = |what: &str, which: &dyn std::fmt::Display| {
        let message = format!("requirement failed: Each listener must have a different {what}, listeners: [{all}]");
        InvalidKey::new(format!("listeners: two have the {what} {which}")).thrown(ILLEGAL_ARGUMENT, message)
    };
    let is_v6 = |host: &str| host.contains(':');
    for (at, entry) in entries.iter().enumerate() {
        let before = || entries.iter().take(at);
        if before().any(|other| other.name == entry.name) {
            return Err(twice("name", &entry.name));
        }
        let is_same = |other: &Endpoint| other.port == entry.port && is_v6(&other.host) == is_v6(&entry.host);
        if entry.port != 0 && before().any(is_same) {
            return Err(twice("port", &entry.port));
        }
    }
    Ok(())
}

fn required(is_so: bool, fault: String) -> Result<(), InvalidKey> {
    let message = format!("requirement failed: {fault}");
    if is_so { Ok(()) } else { Err(InvalidKey::new(fault).thrown(ILLEGAL_ARGUMENT, message)) }
}

fn check_controllers(controllers: &[String], names: &[&str], told: &[&str]) -> Result<(), InvalidKey> {
    let running = "configuration when running the KRaft controller role";
    let is_in = |names: &[&str], name: &String| names.contains(&name.as_str());
    required(
        controllers.iter().any(|name| is_in(names, name) || is_in(told, name)),
        format!("controller.listener.names must contain at least one value appearing in the 'listeners' {running}"),
    )?;
    required(
        controllers.iter().all(|name| is_in(names, name)),
        format!("controller.listener.names must only contain values appearing in the 'listeners' {running}"),
    )
}

/// `advertised` are the names that clients hear of.
fn check_brokers(
    keys: &BrokerKeys,
    protocols: &BTreeMap<String, String>,
    advertised: &[&str],
    names: &[&str],
) -> Result<(), InvalidKey> {
    let between = between_brokers(keys, protocols)?;
    required(
        !advertised.is_empty(),
        "There must be at least one broker advertised listener. Perhaps all listeners appear in controller.listener.names?"
            .to_owned(),
    )?;
    required(
        advertised.contains(&between.as_str()),
        format!(
            "inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options based on \
             currently configured listeners are {}",
            advertised.join(",")
        ),
    )?;
    required(
        advertised.iter().all(|name| names.contains(name)),
        format!(
            "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found {}. The \
             valid options based on the current configuration are {}",
            advertised.join(","),
            names.join(",")
        ),
    )
}

/// The listener by which brokers would find each other: the one that is named, or the one named like its protocol.
fn between_brokers(keys: &BrokerKeys, protocols: &BTreeMap<String, String>) -> Result<String, InvalidKey> {
    const PROTOCOL: &str = "security.inter.broker.protocol";
    let Some(named) = keys.explicit("inter.broker.listener.name").map(str::to_uppercase) else {
        return Ok(keys.get(PROTOCOL).unwrap_or_default().to_uppercase());
    };
    if keys.explicit(PROTOCOL).is_some() {
        let fault = "Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.";
        return Err(InvalidKey::new(fault).thrown(CONFIG_EXCEPTION, fault));
    }
    if !protocols.contains_key(&named) {
        let fault = format!(
            "Listener with name {named} defined in inter.broker.listener.name not found in listener.security.protocol.map."
        );
        return Err(InvalidKey::new(fault.clone()).thrown(CONFIG_EXCEPTION, fault));
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `NAME role host port advertised` of each.
    fn of(values: &[(&str, &str)]) -> Result<Vec<String>, InvalidKey> {
        let mut keys = BrokerKeys::default();
        values.iter().for_each(|(name, value)| keys.set(name, value).unwrap());
        let shown = |one: ListenerConfig| {
            let told = one.advertised.map(|(host, port)| format!(" as {host}:{port}")).unwrap_or_default();
            format!("{} {:?} '{}' {}{told}", one.name, one.role, one.host, one.port)
        };
        listeners(&keys).map(|all| all.into_iter().map(shown).collect())
    }

    fn thrown(values: &[(&str, &str)]) -> String {
        of(values).unwrap_err().thrown.unwrap().1
    }

    #[test]
    fn apaches_own_file_has_two() {
        let found = of(&[
            ("process.roles", "broker,controller"),
            ("listeners", "PLAINTEXT://:9092,CONTROLLER://:9093"),
            ("inter.broker.listener.name", "PLAINTEXT"),
            ("advertised.listeners", "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093"),
            ("controller.listener.names", "CONTROLLER"),
            ("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL"),
        ]);
        let expected =
            ["PLAINTEXT Broker '' 9092 as localhost:9092", "CONTROLLER Controller '' 9093 as localhost:9093"];
        assert_eq!(found.unwrap(), expected);
    }

    #[test]
    fn names_of_ones_own_need_a_protocol_and_controllers_do_not() {
        let map = ("listener.security.protocol.map", "inside:PLAINTEXT,OUT:plaintext");
        let two = ("listeners", "INSIDE://[::1]:1,out://h.example:2");
        let expected = ["INSIDE Broker '::1' 1 as ::1:1", "OUT Broker 'h.example' 2 as h.example:2"];
        assert_eq!(of(&[two, map, ("inter.broker.listener.name", "inside")]).unwrap(), expected);
        let unknown = "Error creating broker listeners from '[INSIDE://[::1]:1, out://h.example:2]': No security protocol \
                       defined for listener INSIDE";
        assert_eq!(thrown(&[two]), unknown);
        let controller = [("listeners", "PLAINTEXT://:1,C://:2"), ("controller.listener.names", "C")];
        assert_eq!(of(&controller).unwrap()[1], "C Controller '' 2");
    }

    #[test]
    fn what_is_not_served_is_said_by_the_listeners_name() {
        for protocol in ["SSL", "SASL_PLAINTEXT", "SASL_SSL"] {
            let listener = format!("{protocol}://:9094");
            let fault = of(&[("listeners", &listener), ("security.inter.broker.protocol", protocol)]).unwrap_err();
            assert!(fault.fault.starts_with(&format!("listener {protocol}: kavka does not serve")), "{fault}");
        }
    }

    /// Recorded from Kafka 4.2.1.
    #[test]
    fn faults_are_in_kafkas_words() {
        assert_eq!(thrown(&[("listeners", "FOO")]), "Unable to parse a listener name from FOO");
        assert_eq!(
            thrown(&[("listeners", "FOO:1")]),
            "Error creating broker listeners from '[FOO:1]': Unable to parse FOO:1 to a broker endpoint"
        );
        assert_eq!(
            thrown(&[
                ("process.roles", "broker,controller"),
                ("controller.listener.names", "CONTROLLER"),
                ("listeners", "PLAINTEXT://:9092")
            ]),
            "requirement failed: controller.listener.names must contain at least one value appearing in the 'listeners' \
             configuration when running the KRaft controller role"
        );
        assert!(
            thrown(&[("listeners", "PLAINTEXT://:1,plaintext://:2")])
                .ends_with("different name, listeners: [PLAINTEXT://:1, plaintext://:2]")
        );
        assert!(thrown(&[("listeners", "PLAINTEXT://:1,SSL://:1")]).contains("different port, listeners: ["));
        let zero = [("listeners", "PLAINTEXT://:1"), ("advertised.listeners", "PLAINTEXT://0.0.0.0:1")];
        assert!(thrown(&zero).contains("nonroutable meta-address"));
        assert_eq!(of(&[]).unwrap(), ["PLAINTEXT Broker '' 9092"]);
    }
}
