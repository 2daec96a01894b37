//! Quotas, access control, SCRAM credentials, delegation tokens.
//!
//! Source: `ClientQuotaControlManager`, `AclControlManager`, `ScramControlManager`, `DelegationTokenControlManager`.

use crate::metadata::errors::ReplayError;
use crate::metadata::image::{ClusterImage, QuotaEntity};
use crate::records::metadata::{
    AccessControlEntryRecord, ClientQuotaRecord, DelegationTokenRecord, RemoveAccessControlEntryRecord,
    RemoveDelegationTokenRecord, RemoveUserScramCredentialRecord, UserScramCredentialRecord,
};

fn nothing<T>(removed: Option<T>, record: &'static str, what: impl FnOnce() -> String) -> Result<(), ReplayError> {
    removed.map(|_| ()).ok_or_else(|| ReplayError::NothingToRemove { record, what: what() })
}

impl ClusterImage {
    pub(super) fn set_quota(&mut self, record: &ClientQuotaRecord) -> Result<(), ReplayError> {
        let mut entity: QuotaEntity =
            record.entity.iter().map(|part| (part.entity_type.clone(), part.entity_name.clone())).collect();
        entity.sort();
        let quotas = self.quotas.entry(entity.clone()).or_default();
        if record.remove {
            quotas.remove(&record.key);
        } else {
            quotas.insert(record.key.clone(), record.value);
        }
        if quotas.is_empty() {
            self.quotas.remove(&entity);
        }
        Ok(())
    }

    pub(super) fn add_acl(&mut self, record: &AccessControlEntryRecord) -> Result<(), ReplayError> {
        self.acls.insert(record.id, record.clone());
        Ok(())
    }

    pub(super) fn remove_acl(&mut self, record: &RemoveAccessControlEntryRecord) -> Result<(), ReplayError> {
        nothing(self.acls.remove(&record.id), "RemoveAccessControlEntryRecord", || record.id.to_string())
    }

    pub(super) fn set_scram(&mut self, record: &UserScramCredentialRecord) -> Result<(), ReplayError> {
        self.scram_credentials.insert((record.mechanism, record.name.clone()), record.clone());
        Ok(())
    }

    pub(super) fn remove_scram(&mut self, record: &RemoveUserScramCredentialRecord) -> Result<(), ReplayError> {
        let removed = self.scram_credentials.remove(&(record.mechanism, record.name.clone()));
        nothing(removed, "RemoveUserScramCredentialRecord", || record.name.clone())
    }

    pub(super) fn set_token(&mut self, record: &DelegationTokenRecord) -> Result<(), ReplayError> {
        self.delegation_tokens.insert(record.token_id.clone(), record.clone());
        Ok(())
    }

    pub(super) fn remove_token(&mut self, record: &RemoveDelegationTokenRecord) -> Result<(), ReplayError> {
        // Kafka does not refuse the removal of a token that is not there.
        self.delegation_tokens.remove(&record.token_id);
        Ok(())
    }
}
