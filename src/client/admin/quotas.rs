//! Quotas of users, clients and addresses (KIP-546): describe and alter.

use super::{Admin, Destination, Endpoints, accepted};
use crate::client::error::ClientError;
use crate::protocol::messages::alter_client_quotas as alter;
use crate::protocol::messages::describe_client_quotas::Component;
use crate::protocol::messages::{AlterClientQuotasRequest, DescribeClientQuotasRequest};
use crate::protocol::{ErrorCode, Rejection};

/// What a quota is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuotaKind {
    User,
    ClientId,
    Ip,
}

impl QuotaKind {
    pub const ALL: [QuotaKind; 3] = [QuotaKind::User, QuotaKind::ClientId, QuotaKind::Ip];

    /// Kafka's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            QuotaKind::User => "user",
            QuotaKind::ClientId => "client-id",
            QuotaKind::Ip => "ip",
        }
    }

    fn from_name(name: &str) -> Option<QuotaKind> {
        QuotaKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One user, client or address, or a pair of user and client. `None` is the default of all.
pub type QuotaEntity = Vec<(QuotaKind, Option<String>)>;

/// Which entities are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Exactly(String),
    Default,
    /// All that have a name, and the default.
    Any,
}

#[derive(Debug, Clone, PartialEq)]
pub struct EntityQuotas {
    pub entity: QuotaEntity,
    pub values: Vec<(String, f64)>,
}

impl Admin {
    /// The quotas of entities that consist of just these kinds.
    pub async fn describe_client_quotas(
        &self,
        wanted: &[(QuotaKind, Named)],
    ) -> Result<Vec<EntityQuotas>, ClientError> {
        const CALL: &str = "describeClientQuotas";
        self.only_of_brokers(CALL)?;
        let component = |(kind, named): &(QuotaKind, Named)| {
            let (match_type, match_name) = match named {
                Named::Exactly(name) => (0, Some(name.clone())),
                Named::Default => (1, None),
                Named::Any => (2, None),
            };
            Component { entity_type: kind.name().to_owned(), match_type, match_name }
        };
        let request = DescribeClientQuotasRequest { components: wanted.iter().map(component).collect(), strict: true };
        let response = self.persist(CALL, async || self.send(Destination::Any, &request).await).await?;
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => {}
            code => return Err(ClientError::rejected(CALL, code, response.error_message)),
        }
        let entries = response.entries.unwrap_or_default().into_iter();
        Ok(entries
            .map(|entry| EntityQuotas {
                entity: entry
                    .entity
                    .into_iter()
                    .filter_map(|part| Some((QuotaKind::from_name(&part.entity_type)?, part.entity_name)))
                    .collect(),
                values: entry.values.into_iter().map(|value| (value.key, value.value)).collect(),
            })
            .collect())
    }

    /// Sets quotas of one entity; `None` removes one.
    pub async fn alter_client_quotas(
        &self,
        entity: &QuotaEntity,
        changes: &[(String, Option<f64>)],
        validate_only: bool,
    ) -> Result<Result<(), Rejection>, ClientError> {
        const CALL: &str = "alterClientQuotas";
        self.only_of_brokers(CALL)?;
        let part = |(kind, name): &(QuotaKind, Option<String>)| alter::Entity {
            entity_type: kind.name().to_owned(),
            entity_name: name.clone(),
        };
        let op = |(key, value): &(String, Option<f64>)| alter::Op {
            key: key.clone(),
            value: value.unwrap_or_default(),
            remove: value.is_none(),
        };
        let entry = alter::Entry { entity: entity.iter().map(part).collect(), ops: changes.iter().map(op).collect() };
        let request = AlterClientQuotasRequest { entries: vec![entry], validate_only };
        let response = self.persist(CALL, async || self.send(Destination::Any, &request).await).await?;
        let answer = response.entries.into_iter().next();
        let unanswered = || Err(Rejection::from(ErrorCode::UnknownServerError));
        Ok(answer.map_or_else(unanswered, |answer| accepted(answer.error_code, answer.error_message)))
    }

    /// Refuses calls that only brokers answer, as Java's client does without asking.
    pub(super) fn only_of_brokers(&self, call: &'static str) -> Result<(), ClientError> {
        match self.endpoints {
            Endpoints::Brokers => Ok(()),
            Endpoints::Controllers => {
                let code = ErrorCode::UnsupportedEndpointType;
                Err(ClientError::rejected(call, code, Some(super::NOT_OF_CONTROLLERS.to_owned())))
            }
        }
    }
}
