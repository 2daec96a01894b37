//! Partitions that do not exist: Java's client goes on asking for them until its time is over, a person wants to know at
//! once.

use crate::cli::failure::{ApacheForm, Failure};
use crate::client::admin::PerItem;
use crate::client::{Admin, ClientError};
use crate::protocol::{ErrorCode, Rejection};
use crate::vocabulary::TopicPartition;

/// A question about partitions, as it is put to the cluster.
pub struct Question<'a> {
    pub admin: &'a Admin,
    /// Its name in Java's client.
    pub call: &'static str,
    /// Whether the partitions' leaders have to be found first; otherwise a broker was named.
    pub finds_leaders: bool,
    pub is_patient: bool,
}

impl Question<'_> {
    pub async fn ask<T>(
        &self,
        ask: impl AsyncFn() -> Result<PerItem<TopicPartition, T>, ClientError>,
    ) -> Result<PerItem<TopicPartition, T>, Failure> {
        let attempt = async || {
            let answers = ask().await?;
            match answers.iter().find_map(|(_, answer)| unknown(answer.as_ref().err())) {
                Some(rejection) if self.is_patient => Err(ClientError::Rejected { call: self.call, rejection }),
                _ => Ok(answers),
            }
        };
        let answered = self.admin.persist(self.call, attempt).await;
        answered.map_err(|error| self.explained(error))
    }

    /// Java names the request that it was at when the time was over.
    fn explained(&self, error: ClientError) -> Failure {
        let is_of_a_broker = matches!(error, ClientError::TimedOut { .. }) && !self.finds_leaders;
        let failure = Failure::from(anyhow::Error::from(error));
        match &failure.apache {
            Some(ApacheForm::Answer { class, message }) if is_of_a_broker => {
                let message = message.replace("(api=METADATA)", "(api=DESCRIBE_PRODUCERS)");
                let class = class.clone();
                failure.in_apache(ApacheForm::Answer { class, message })
            }
            _ => failure,
        }
    }
}

fn unknown(rejection: Option<&Rejection>) -> Option<Rejection> {
    rejection.filter(|rejection| rejection.code == ErrorCode::UnknownTopicOrPartition).cloned()
}
