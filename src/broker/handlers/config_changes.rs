//! What both forms of AlterConfigs have in common: changes of this broker's own keys are checked here, against their
//! table, before the controller decides about the rest.

use std::collections::VecDeque;

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
    /// `names` are all keys that change, `values` those that get a value.
    pub fn new<'a>(
        broker: &BrokerState,
        resource_type: i8,
        name: &str,
        names: impl Iterator<Item = &'a str>,
        mut values: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Checked {
        let fault = (resource_type == BROKER_RESOURCE).then(|| {
            dynamic::name_fault(names).or_else(|| values.find_map(|(name, value)| value_fault(broker, name, value)))
        });
        let fault = fault.flatten().map(|fault| Rejection::new(ErrorCode::InvalidRequest, fault));
        Checked { resource_type, name: name.to_owned(), fault }
    }
}

fn value_fault(broker: &BrokerState, name: &str, value: &str) -> Option<String> {
    dynamic::value_fault(name, value).or_else(|| dynamic::threads_fault(name, value, current(broker, name)))
}

/// The number that is in effect now.
fn current(broker: &BrokerState, name: &str) -> i64 {
    let image = broker.image();
    let node_id = broker.node_id.to_string();
    let set = [node_id.as_str(), ""].map(|entity| image.resource_configs(BROKER_RESOURCE, entity)?.get(name).cloned());
    let set = set.into_iter().flatten().next().and_then(|value| value.trim().parse().ok());
    set.or_else(|| broker.keys.get(name)?.trim().parse().ok()).unwrap_or_default()
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
