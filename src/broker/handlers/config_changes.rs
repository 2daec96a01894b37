//! What both forms of AlterConfigs have in common: changes of this broker's own keys are checked here, against their
//! table, before the controller decides about the rest.

use std::collections::{BTreeMap, VecDeque};

use crate::broker::BrokerState;
use crate::broker::config::dynamic;
use crate::metadata::BROKER_RESOURCE;
use crate::protocol::{ErrorCode, Rejection};

/// A resource of the request, and why this broker cannot be configured so.
pub struct Checked {
    resource_type: i8,
    name: String,
    fault: Option<Rejection>,
}

impl Checked {
    /// The values that a resource gets, and the names of those that it loses. `replaces` if it keeps no other.
    pub fn new<'a>(
        broker: &BrokerState,
        resource_type: i8,
        name: &str,
        changes: impl Iterator<Item = (&'a str, Option<&'a str>)>,
        replaces: bool,
    ) -> Checked {
        let changes: Vec<_> = changes.collect();
        let fault = (resource_type == BROKER_RESOURCE).then(|| fault(broker, name, &changes, replaces)).flatten();
        let fault = fault.map(|fault| Rejection::new(ErrorCode::InvalidRequest, fault));
        Checked { resource_type, name: name.to_owned(), fault }
    }
}

fn fault(broker: &BrokerState, entity: &str, changes: &[(&str, Option<&str>)], replaces: bool) -> Option<String> {
    let names = dynamic::name_fault(changes.iter().map(|(name, _)| *name));
    let values = || changes.iter().find_map(|(name, value)| dynamic::value_fault(name, (*value)?));
    names.or_else(values).or_else(|| {
        let before = DynamicValues::of(broker);
        let after = before.changed(entity, changes, replaces);
        dynamic::reconfiguration_fault(|name| before.number(broker, name), |name| after.number(broker, name))
    })
}

/// What was set at run time: for this broker, and for all brokers.
#[derive(Clone)]
struct DynamicValues {
    entities: [(String, BTreeMap<String, String>); 2],
}

impl DynamicValues {
    fn of(broker: &BrokerState) -> DynamicValues {
        let image = broker.image();
        let entities = [broker.node_id.to_string(), String::new()].map(|entity| {
            let values = image.resource_configs(BROKER_RESOURCE, &entity).cloned().unwrap_or_default();
            (entity, values)
        });
        DynamicValues { entities }
    }

    fn changed(&self, entity: &str, changes: &[(&str, Option<&str>)], replaces: bool) -> DynamicValues {
        let mut changed = self.clone();
        for (_, values) in changed.entities.iter_mut().filter(|(name, _)| name == entity) {
            if replaces {
                values.clear();
            }
            for (name, value) in changes {
                match value {
                    Some(value) => values.insert((*name).to_owned(), (*value).to_owned()),
                    None => values.remove(*name),
                };
            }
        }
        changed
    }

    /// The number in effect; 0 for a null.
    fn number(&self, broker: &BrokerState, name: &str) -> i64 {
        let set = self.entities.iter().find_map(|(_, values)| values.get(name)?.trim().parse().ok());
        set.or_else(|| broker.keys.get(name)?.trim().parse().ok()).unwrap_or_default()
    }
}

/// Leaves to the controller what is not refused here.
pub fn leave_sound<R>(resources: &mut Vec<R>, checked: &[Checked]) {
    let mut checked = checked.iter();
    resources.retain(|_| checked.next().is_some_and(|checked| checked.fault.is_none()));
}

/// The answers in the order of the request.
pub fn answers<A>(
    checked: Vec<Checked>,
    decided: Result<Vec<A>, Rejection>,
    refusal: impl Fn(i8, String, Rejection) -> A,
) -> Vec<A> {
    let mut decided = decided.map(VecDeque::from);
    let answer = |Checked { resource_type, name, fault }| match (fault, &mut decided) {
        (Some(rejection), _) => refusal(resource_type, name, rejection),
        (None, Err(rejection)) => refusal(resource_type, name, rejection.clone()),
        (None, Ok(decided)) => {
            decided.pop_front().unwrap_or_else(|| refusal(resource_type, name, ErrorCode::UnknownServerError.into()))
        }
    };
    checked.into_iter().map(answer).collect()
}
