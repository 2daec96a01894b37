//! `kavka broker-api-versions`, which is Apache's `kafka-broker-api-versions.sh` (reference: cli/others.md, section 11).
//!
//! Apache's tool asks each bootstrap server once, with a client of its own that has a limit of 5 s, and throws what other
//! tools wrap.

mod java_names;

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Serialize;

use crate::cli::Invocation;
use crate::cli::dialect::CANNOT_OPEN;
use crate::cli::dialect::hash_order::{Made, by_hash};
use crate::cli::failure::{ApacheForm, CONFIG_EXCEPTION, Failure};
use crate::cli::output::{OutputArgs, Render, Table};
use crate::cli::target_cluster::TargetArgs;
use crate::cli::usage::required;
use crate::client::admin::api_versions::OfferedApi;
use crate::client::admin::cluster::BrokerAddress;
use crate::client::{Admin, ClientError, ClientSettings};
use crate::protocol::Api;
use crate::vocabulary::java_string_hash;

/// Show which APIs the brokers offer, in which versions.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  kavka broker-api-versions --bootstrap-server kafka:9092
  kavka broker-api-versions --output json")]
pub struct Args {
    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// The limit of a request of Apache's tool, unless the file of settings has another.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

pub fn run(args: Args, invocation: &Invocation) -> anyhow::Result<()> {
    let format = invocation.format(&args.output);
    if !invocation.dialect.is_apache() {
        let admin = Admin::new(&invocation.open_for_admin(&args.target)?);
        let report = invocation.block_on(async {
            let brokers = admin.describe_cluster().await?.brokers;
            anyhow::Ok(offered(&admin, brokers).await)
        })?;
        invocation.output.show(&report, format)?;
        return report.failure().map_or(Ok(()), |failure| Err(failure.into()));
    }
    required(args.target.bootstrap_server.is_some(), "bootstrap-server", "broker-api-versions")?;
    let servers = args.target.bootstrap_server.clone().unwrap_or_default();
    let opened = invocation.open_cluster(&args.target);
    let mut settings = opened.map_err(|error| as_config_exception(Failure::from(error), &servers))?;
    if settings.property("request.timeout.ms").is_none() {
        settings.request_timeout = REQUEST_TIMEOUT;
    }
    let admin = Admin::new(&settings);
    let report = invocation.block_on(async {
        let cluster = admin.cluster_in_metadata().await.map_err(|error| nobody_answered(error, &settings))?;
        anyhow::Ok(offered(&admin, cluster.brokers).await)
    })?;
    invocation.output.show(&report, format)
}

/// This tool checks its settings itself, so that what is wrong is thrown as it is.
fn as_config_exception(failure: Failure, servers: &str) -> Failure {
    match &failure.apache {
        Some(ApacheForm::Opening { class, .. }) if class == CANNOT_OPEN => {
            let has_port = |server: &&str| server.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            let bad = servers.split(',').map(str::trim).find(|server| !has_port(server));
            let message = match bad {
                Some("") if servers.trim().is_empty() => {
                    "Configuration 'bootstrap.servers' must not be empty. Valid values include: any non-empty value"
                        .to_owned()
                }
                Some(server) => format!("Invalid url in bootstrap.servers: {server}"),
                None => "No resolvable bootstrap urls given in bootstrap.servers".to_owned(),
            };
            failure.in_apache(ApacheForm::Opening { class: CONFIG_EXCEPTION.to_owned(), message })
        }
        _ => failure,
    }
}

fn nobody_answered(error: ClientError, settings: &ClientSettings) -> Failure {
    let is_unreachable = matches!(error, ClientError::Unreachable { .. } | ClientError::TimedOut { .. });
    let failure = Failure::from(anyhow::Error::from(error));
    if !is_unreachable {
        return failure;
    }
    let node =
        |(number, server): (usize, &String)| format!("{server} (id: -{} rack: null isFenced: false)", number + 1);
    let nodes: Vec<String> = settings.bootstrap_servers.iter().enumerate().map(node).collect();
    let message = format!("Request METADATA failed on brokers [{}]", nodes.join(", "));
    failure.thrown("java.lang.RuntimeException", message)
}

async fn offered(admin: &Admin, brokers: Vec<BrokerAddress>) -> Report {
    let mut answers = Vec::with_capacity(brokers.len());
    for broker in brokers {
        let answer = admin.api_versions(broker.id).await;
        answers.push((broker, answer));
    }
    Report { brokers: answers }
}

struct Report {
    brokers: Vec<(BrokerAddress, Result<Vec<OfferedApi>, ClientError>)>,
}

#[derive(Serialize)]
struct Item {
    broker: i32,
    host: String,
    port: i32,
    api: Option<&'static str>,
    key: i16,
    oldest: i16,
    newest: i16,
    /// The version that kavka's own client would speak.
    used: Option<i16>,
}

/// The version that both we and the broker have.
fn used(api: OfferedApi) -> Option<i16> {
    let ours: RangeInclusive<i16> = Api::from_key(api.key)?.versions();
    let newest = api.newest.min(*ours.end());
    (newest >= api.oldest.max(*ours.start())).then_some(newest)
}

impl Report {
    fn failure(&self) -> Option<Failure> {
        Failure::of_items(self.brokers.iter().filter_map(|(broker, answer)| {
            let failure = Failure::from(anyhow::Error::from(answer.as_ref().err()?.clone()));
            Some(failure.about(format!("broker {} does not say what it offers", broker.id)))
        }))
    }
}

impl Render for Report {
    type Item = Item;

    fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for (broker, answer) in &self.brokers {
            items.extend(answer.iter().flatten().map(|api| Item {
                broker: broker.id,
                host: broker.host.clone(),
                port: broker.port,
                api: java_names::of(api.key).map(|known| known.name),
                key: api.key,
                oldest: api.oldest,
                newest: api.newest,
                used: used(*api),
            }));
        }
        items
    }

    fn table(&self) -> String {
        let mut table = Table::new(["BROKER", "API", "KEY", "VERSIONS", "KAVKA USES"]);
        for item in self.items() {
            let versions = range(item.oldest, item.newest, "-");
            table.row([
                item.broker.to_string(),
                item.api.unwrap_or("(unknown)").to_owned(),
                item.key.to_string(),
                versions,
                item.used.map_or_else(|| "-".to_owned(), |version| version.to_string()),
            ]);
        }
        table.numbers(["BROKER", "KEY", "KAVKA USES"]).text()
    }

    fn apache(&self) -> String {
        let brokers = by_hash(self.brokers.iter().collect(), |(broker, _)| node_hash(broker), Made::Empty);
        let block = |(broker, answer): &(BrokerAddress, Result<Vec<OfferedApi>, ClientError>)| match answer {
            Ok(apis) => format!("{} -> (\n\t{}\n)\n", node(broker), lines(apis).join(",\n\t")),
            Err(error) => format!("{} -> ERROR: {error}\n", node(broker)),
        };
        brokers.into_iter().map(block).collect()
    }
}

/// A node as Java prints it.
fn node(broker: &BrokerAddress) -> String {
    let BrokerAddress { id, host, port, rack, is_fenced } = broker;
    format!("{host}:{port} (id: {id} rack: {} isFenced: {is_fenced})", rack.as_deref().unwrap_or("null"))
}

/// `Node.hashCode`.
fn node_hash(broker: &BrokerAddress) -> i32 {
    let rack = broker.rack.as_deref().map_or(0, java_string_hash);
    let of_false = 1237;
    let parts = [java_string_hash(&broker.host), broker.id, broker.port, rack, of_false];
    parts.into_iter().fold(1, |hash: i32, part| hash.wrapping_mul(31).wrapping_add(part))
}

/// What the broker offers, and what Java's client would want and it does not.
fn lines(offered: &[OfferedApi]) -> Vec<String> {
    let mut lines: Vec<(i16, String)> = offered.iter().map(|api| (api.key, line(*api))).collect();
    let is_missing = |known: &&java_names::JavaApi| !offered.iter().any(|api| api.key == known.key);
    let missing = java_names::APIS.iter().filter(|known| known.is_for_clients).filter(is_missing);
    lines.extend(missing.map(|known| (known.key, format!("{}({}): UNSUPPORTED", known.name, known.key))));
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

fn line(api: OfferedApi) -> String {
    let versions = range(api.oldest, api.newest, " to ");
    let Some(known) = java_names::of(api.key) else { return format!("UNKNOWN({}): {versions}", api.key) };
    let usable = if known.newest < api.oldest {
        "unusable: node too new".to_owned()
    } else if api.newest < known.oldest {
        "unusable: node too old".to_owned()
    } else {
        format!("usable: {}", known.newest.min(api.newest))
    };
    format!("{}({}): {versions} [{usable}]", known.name, api.key)
}

fn range(oldest: i16, newest: i16, to: &str) -> String {
    if oldest == newest { oldest.to_string() } else { format!("{oldest}{to}{newest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn api(key: i16, oldest: i16, newest: i16) -> OfferedApi {
        OfferedApi { key, oldest, newest }
    }

    #[test]
    fn what_can_be_used_is_told_as_java_tells_it() {
        assert_eq!(line(api(0, 0, 13)), "Produce(0): 0 to 13 [usable: 13]");
        assert_eq!(line(api(0, 0, 2)), "Produce(0): 0 to 2 [unusable: node too old]");
        assert_eq!(line(api(7, 0, 3)), "ControlledShutdown(7): 0 to 3 [unusable: node too new]");
        assert_eq!(line(api(46, 0, 0)), "ListPartitionReassignments(46): 0 [usable: 0]");
        assert_eq!(line(api(999, 0, 4)), "UNKNOWN(999): 0 to 4");
        let lines = lines(&[api(1, 4, 18)]);
        assert_eq!(lines[..2], ["Produce(0): UNSUPPORTED", "Fetch(1): 4 to 18 [usable: 18]"]);
        assert!(!lines.iter().any(|line| line.starts_with("Vote")), "only for clients");
    }

    #[test]
    fn kavka_uses_what_both_sides_have() {
        assert_eq!(used(api(1, 4, 30)), Some(18));
        assert_eq!(used(api(1, 19, 30)), None);
        assert_eq!(used(api(999, 0, 4)), None);
    }

    #[test]
    fn a_node_without_a_rack_has_none() {
        let broker = BrokerAddress { id: 1, host: "h".to_owned(), port: 9092, rack: None, is_fenced: false };
        assert_eq!(node(&broker), "h:9092 (id: 1 rack: null isFenced: false)");
        let servers = |text| as_config_exception(Failure::usage("x").in_apache(opening()), text).apache;
        let said = |form| if let Some(ApacheForm::Opening { message, .. }) = form { message } else { String::new() };
        assert_eq!(said(servers("a:1,b")), "Invalid url in bootstrap.servers: b");
        assert_eq!(said(servers("a:1")), "No resolvable bootstrap urls given in bootstrap.servers");
    }

    fn opening() -> ApacheForm {
        ApacheForm::Opening { class: CANNOT_OPEN.to_owned(), message: String::new() }
    }
}
