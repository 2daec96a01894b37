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

/// The listeners in the order in which they are written.
pub fn listeners(keys: &BrokerKeys) -> Result<Vec<ListenerConfig>, InvalidKey> {
    let entries = endpoints(keys, "listeners")?;
    let advertised = endpoints(keys, "advertised.listeners")?;
    let controllers = upper(keys.list("controller.listener.names"));
    let protocols = protocols(keys, &controllers)?;
    distinct(&entries)?;
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    if roles(keys).is_some_and(|roles| roles.contains(&Role::Controller)) {
        check_controllers(&controllers, &names)?;
    }
    check_advertised(&advertised, &names)?;
    let mut listeners = Vec::with_capacity(entries.len());
    for entry in &entries {
        let role = if controllers.contains(&entry.name) { Role::Controller } else { Role::Broker };
        let told = advertised.iter().find(|told| told.name == entry.name).unwrap_or(entry);
        listeners.push(ListenerConfig {
            name: entry.name.clone(),
            role,
            host: entry.host.clone(),
            port: entry.port,
            protocol: protocol(&entry.name, &protocols)?,
            advertised: (!told.host.is_empty()).then(|| (told.host.clone(), told.port)),
        });
    }
    check_brokers(keys, &listeners)?;
    Ok(listeners)
}

/// `NAME://HOST:PORT`; an empty host is every address.
struct Endpoint {
    name: String,
    host: String,
    port: u16,
}

fn endpoints(keys: &BrokerKeys, key: &str) -> Result<Vec<Endpoint>, InvalidKey> {
    let Some(text) = keys.get(key) else { return Ok(Vec::new()) };
    let unreadable = |entry: &str| {
        let list = text.split(',').map(str::trim).collect::<Vec<_>>().join(", ");
        InvalidKey::new(format!("{key}: '{entry}' does not have the form NAME://HOST:PORT")).thrown(
            ILLEGAL_ARGUMENT,
            format!("Error creating broker listeners from '[{list}]': Unable to parse {entry} to a broker endpoint"),
        )
    };
    keys.list(key).into_iter().map(|entry| endpoint(entry).ok_or_else(|| unreadable(entry))).collect()
}

fn endpoint(entry: &str) -> Option<Endpoint> {
    let (name, address) = entry.split_once("://")?;
    let (host, port) = address.rsplit_once(':')?;
    let host = host.strip_prefix('[').map_or(Some(host), |host| host.strip_suffix(']'))?;
    let is_of_hosts = |c: char| c.is_ascii_alphanumeric() || "-%._:".contains(c);
    let endpoint = Endpoint { name: name.to_uppercase(), host: host.to_owned(), port: port.parse().ok()? };
    (!name.is_empty() && host.chars().all(is_of_hosts)).then_some(endpoint)
}

fn upper(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_uppercase).collect()
}

/// The security protocol of every listener name. Controllers are plaintext where nothing says otherwise.
fn protocols(keys: &BrokerKeys, controllers: &[String]) -> Result<BTreeMap<String, String>, InvalidKey> {
    const KEY: &str = "listener.security.protocol.map";
    let mut protocols = BTreeMap::new();
    for entry in keys.list(KEY) {
        let (name, protocol) = entry.split_once(':').ok_or_else(|| {
            let fault = format!("{KEY}: '{entry}' does not have the form NAME:PROTOCOL");
            let message = format!("requirement failed: {KEY} must be a comma-separated list of name:protocol pairs");
            InvalidKey::new(fault).thrown(ILLEGAL_ARGUMENT, message)
        })?;
        protocols.insert(name.trim().to_uppercase(), protocol.trim().to_uppercase());
    }
    if keys.explicit(KEY).is_none() {
        for name in controllers {
            protocols.entry(name.clone()).or_insert_with(|| "PLAINTEXT".to_owned());
        }
    }
    Ok(protocols)
}

fn protocol(name: &str, protocols: &BTreeMap<String, String>) -> Result<ListenerProtocol, InvalidKey> {
    match protocols.get(name).map(String::as_str) {
        Some("PLAINTEXT") => Ok(ListenerProtocol::Plaintext),
        Some(other @ ("SSL" | "SASL_PLAINTEXT" | "SASL_SSL")) => Err(InvalidKey::new(format!(
            "listener {name}: kavka does not serve {other} yet; give it PLAINTEXT in listener.security.protocol.map, on an \
             address that only those who may use it can reach"
        ))),
        Some(other) => {
            let fault = format!("listener {name}: '{other}' is no security protocol");
            let message = format!("No enum constant org.apache.kafka.common.security.auth.SecurityProtocol.{other}");
            Err(InvalidKey::new(fault).thrown(ILLEGAL_ARGUMENT, message))
        }
        None => {
            let message = format!("No security protocol defined for listener {name}");
            let fault = format!("listener {name}: listener.security.protocol.map does not say its protocol");
            Err(InvalidKey::new(fault).thrown(ILLEGAL_ARGUMENT, message))
        }
    }
}

/// Neither a name nor a port is there twice; one port may have an address of each family.
fn distinct(entries: &[Endpoint]) -> Result<(), InvalidKey> {
    for (at, entry) in entries.iter().enumerate() {
        let before = || entries.iter().take(at);
        if before().any(|other| other.name == entry.name) {
            let message = "requirement failed: Each listener must have a different name";
            return Err(InvalidKey::new(format!("listeners: two have the name {}", entry.name))
                .thrown(ILLEGAL_ARGUMENT, message));
        }
        let is_v6 = |host: &str| host.contains(':');
        let is_same = |other: &Endpoint| other.port == entry.port && is_v6(&other.host) == is_v6(&entry.host);
        if entry.port != 0 && before().any(is_same) {
            let message = "requirement failed: Each listener must have a different port";
            return Err(InvalidKey::new(format!("listeners: two have the port {}", entry.port))
                .thrown(ILLEGAL_ARGUMENT, message));
        }
    }
    Ok(())
}

fn required(is_so: bool, fault: String) -> Result<(), InvalidKey> {
    let message = format!("requirement failed: {fault}");
    if is_so { Ok(()) } else { Err(InvalidKey::new(fault).thrown(ILLEGAL_ARGUMENT, message)) }
}

fn check_controllers(controllers: &[String], names: &[&str]) -> Result<(), InvalidKey> {
    let running = "configuration when running the KRaft controller role";
    required(
        controllers.iter().any(|name| names.contains(&name.as_str())) || !controllers.is_empty(),
        format!("controller.listener.names must contain at least one value appearing in the 'listeners' {running}"),
    )?;
    required(
        controllers.iter().all(|name| names.contains(&name.as_str())),
        format!("controller.listener.names must only contain values appearing in the 'listeners' {running}"),
    )
}

fn check_advertised(advertised: &[Endpoint], names: &[&str]) -> Result<(), InvalidKey> {
    let strangers: Vec<&str> =
        advertised.iter().map(|told| told.name.as_str()).filter(|name| !names.contains(name)).collect();
    required(
        strangers.is_empty(),
        format!(
            "advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found {}. The \
             valid options based on the current configuration are {}",
            strangers.join(","),
            names.join(",")
        ),
    )?;
    required(
        advertised.iter().all(|told| told.host != "0.0.0.0"),
        "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.".to_owned(),
    )
}

fn check_brokers(keys: &BrokerKeys, listeners: &[ListenerConfig]) -> Result<(), InvalidKey> {
    let brokers: Vec<&str> =
        listeners.iter().filter(|one| one.role == Role::Broker).map(|one| one.name.as_str()).collect();
    required(
        !brokers.is_empty(),
        "There must be at least one broker advertised listener. Perhaps all listeners appear in controller.listener.names?"
            .to_owned(),
    )?;
    let Some(between) = keys.explicit("inter.broker.listener.name") else { return Ok(()) };
    if keys.explicit("security.inter.broker.protocol").is_some() {
        let fault = "Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.";
        return Err(InvalidKey::new(fault).thrown(CONFIG_EXCEPTION, fault));
    }
    required(
        brokers.contains(&between.to_uppercase().as_str()),
        format!(
            "inter.broker.listener.name must be a listener name defined in advertised.listeners. The valid options based on \
             currently configured listeners are {}",
            brokers.join(",")
        ),
    )
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
        assert_eq!(of(&[two, map]).unwrap(), expected);
        assert_eq!(thrown(&[two]), "No security protocol defined for listener INSIDE");
        let controller = [("listeners", "PLAINTEXT://:1,C://:2"), ("controller.listener.names", "C")];
        assert_eq!(of(&controller).unwrap()[1], "C Controller '' 2");
    }

    #[test]
    fn what_is_not_served_is_said_by_the_listeners_name() {
        for protocol in ["SSL", "SASL_PLAINTEXT", "SASL_SSL"] {
            let listener = format!("{protocol}://:9094");
            let fault = of(&[("listeners", &listener)]).unwrap_err();
            assert!(fault.fault.starts_with(&format!("listener {protocol}: kavka does not serve")), "{fault}");
        }
    }

    /// Recorded from Kafka 4.2.1.
    #[test]
    fn faults_are_in_kafkas_words() {
        assert_eq!(
            thrown(&[("listeners", "FOO")]),
            "Error creating broker listeners from '[FOO]': Unable to parse FOO to a broker endpoint"
        );
        assert_eq!(
            thrown(&[
                ("process.roles", "broker,controller"),
                ("controller.listener.names", "CONTROLLER"),
                ("listeners", "PLAINTEXT://:9092")
            ]),
            "requirement failed: controller.listener.names must only contain values appearing in the 'listeners' configuration \
             when running the KRaft controller role"
        );
        assert!(thrown(&[("listeners", "PLAINTEXT://:1,plaintext://:2")]).ends_with("different name"));
        assert!(thrown(&[("listeners", "PLAINTEXT://:1,SSL://:1")]).ends_with("different port"));
        let zero = [("listeners", "PLAINTEXT://:1"), ("advertised.listeners", "PLAINTEXT://0.0.0.0:1")];
        assert!(thrown(&zero).contains("nonroutable meta-address"));
        assert_eq!(of(&[]).unwrap(), ["PLAINTEXT Broker '' 9092"]);
    }
}
