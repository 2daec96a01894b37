//! The configurations of a group. It need not exist.

use super::{Described, Synonym, type_code};
use crate::broker::BrokerState;
use crate::metadata::GROUP_RESOURCE;
use crate::metadata::group_configs::{GROUP_CONFIGS, GroupConfig};
use crate::metadata::topic_configs::{ConfigSource, Values, normalized};
use crate::protocol::{ErrorCode, Rejection};

pub fn describe(broker: &BrokerState, name: &str) -> Result<Vec<Described>, Rejection> {
    if name.is_empty() {
        return Err(Rejection::new(ErrorCode::InvalidRequest, "Group name must not be empty"));
    }
    let image = broker.image();
    let own = image.resource_configs(GROUP_RESOURCE, name);
    let default = |config: &GroupConfig| {
        let key = config.default_key.and_then(|key| broker.keys.explicit(key));
        key.unwrap_or(config.default).to_owned()
    };
    Ok(GROUP_CONFIGS.iter().map(|config| one(config, own, default(config))).collect())
}

fn one(config: &GroupConfig, own: Option<&Values>, default: String) -> Described {
    let own = own.and_then(|own| own.get(config.name()));
    let synonym =
        |value: &String, source| Synonym { name: config.name().to_owned(), value: Some(value.clone()), source };
    let synonyms = own.map(|value| synonym(value, ConfigSource::Group)).into_iter();
    Described {
        name: config.name().to_owned(),
        value: Some(normalized(config.rule.config_type, own.unwrap_or(&default))),
        read_only: false,
        sensitive: false,
        config_type: type_code(config.rule.config_type),
        synonyms: synonyms.chain([synonym(&default, ConfigSource::Default)]).collect(),
        documentation: Some(config.doc),
    }
}
