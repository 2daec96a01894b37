//! What both forms of AlterConfigs have in common: changes of this broker's own keys are checked here, against their
//! table, before the controller decides about the rest.

use std::collections::VecDeque;

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
        resource_type: i8,
        name: &str,
        names: impl Iterator<Item = &'a str>,
        mut values: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Checked {
        let fault = (resource_type == BROKER_RESOURCE).then(|| {
            dynamic::name_fault(names).or_else(|| values.find_map(|(name, value)| dynamic::value_fault(name, value)))
        });
        let fault = fault.flatten().map(|fault| Rejection::new(ErrorCode::InvalidRequest, fault));
        Checked { resource_type, name: name.to_owned(), fault }
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
