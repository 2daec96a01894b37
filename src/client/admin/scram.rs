//! SCRAM credentials of users (KIP-554): describe, set and delete.
//!
//! A password never leaves this process: what is sent is its salted hash.

use bytes::Bytes;
use rand::Rng;

use super::{Admin, Destination, accepted};
use crate::client::error::ClientError;
use crate::protocol::messages::alter_user_scram_credentials::{ScramCredentialDeletion, ScramCredentialUpsertion};
use crate::protocol::messages::describe_user_scram_credentials::UserName;
use crate::protocol::messages::{AlterUserScramCredentialsRequest, DescribeUserScramCredentialsRequest};
use crate::protocol::{ErrorCode, Rejection};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScramMechanism {
    Sha256,
    Sha512,
}

impl ScramMechanism {
    pub const ALL: [ScramMechanism; 2] = [ScramMechanism::Sha256, ScramMechanism::Sha512];
    /// Of both.
    pub const LEAST_ITERATIONS: i32 = 4096;

    pub fn name(self) -> &'static str {
        match self {
            ScramMechanism::Sha256 => "SCRAM-SHA-256",
            ScramMechanism::Sha512 => "SCRAM-SHA-512",
        }
    }

    pub fn from_name(name: &str) -> Option<ScramMechanism> {
        ScramMechanism::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }

    fn code(self) -> i8 {
        match self {
            ScramMechanism::Sha256 => 1,
            ScramMechanism::Sha512 => 2,
        }
    }
}

/// A user with the mechanisms that it has a credential for, each with its iterations.
pub type UserCredentials = (String, Result<Vec<(&'static str, i32)>, Rejection>);

pub enum CredentialChange {
    Delete(ScramMechanism),
    Set { mechanism: ScramMechanism, iterations: i32, password: Vec<u8> },
}

const SALT_BYTES: usize = 24;

impl Admin {
    /// The credentials of these users, or of all if none is named. Users without any are left out.
    pub async fn describe_user_scram_credentials(&self, users: &[String]) -> Result<Vec<UserCredentials>, ClientError> {
        const CALL: &str = "describeUserScramCredentials";
        self.only_of_brokers(CALL)?;
        let users = users.iter().map(|name| UserName { name: name.clone() }).collect();
        let request = DescribeUserScramCredentialsRequest { users: Some(users) };
        let response = self.persist(CALL, async || self.send(Destination::Controller, &request).await).await?;
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => {}
            code => return Err(ClientError::rejected(CALL, code, response.error_message)),
        }
        let mechanism = |code: i8| ScramMechanism::ALL.into_iter().find(|mechanism| mechanism.code() == code);
        let described = response.results.into_iter().map(|result| {
            let credentials = result.credential_infos.iter();
            let credentials = credentials
                .map(|one| (mechanism(one.mechanism).map_or("UNKNOWN", ScramMechanism::name), one.iterations))
                .collect();
            (result.user, accepted(result.error_code, result.error_message).map(|()| credentials))
        });
        let has_none = |answer: &Result<_, Rejection>| matches!(answer, Err(rejection) if rejection.code == ErrorCode::ResourceNotFound);
        Ok(described.filter(|(_, answer)| !has_none(answer)).collect())
    }

    /// All changes of one user, or none.
    pub async fn alter_user_scram_credentials(
        &self,
        user: &str,
        changes: &[CredentialChange],
    ) -> Result<Result<(), Rejection>, ClientError> {
        const CALL: &str = "alterUserScramCredentials";
        self.only_of_brokers(CALL)?;
        let mut request = AlterUserScramCredentialsRequest::default();
        for change in changes {
            match change {
                CredentialChange::Delete(mechanism) => request
                    .deletions
                    .push(ScramCredentialDeletion { name: user.to_owned(), mechanism: mechanism.code() }),
                CredentialChange::Set { password, .. } if password.is_empty() => {
                    let code = ErrorCode::UnacceptableCredential;
                    return Ok(Err(Rejection::new(code, "Password must not be empty")));
                }
                CredentialChange::Set { mechanism, iterations, password } => {
                    let mut salt = [0; SALT_BYTES];
                    rand::rng().fill_bytes(&mut salt);
                    request.upsertions.push(ScramCredentialUpsertion {
                        name: user.to_owned(),
                        mechanism: mechanism.code(),
                        iterations: *iterations,
                        salted_password: salted(*mechanism, password, &salt, *iterations)?,
                        salt: Bytes::copy_from_slice(&salt),
                    });
                }
            }
        }
        let response = self.persist(CALL, async || self.send(Destination::Controller, &request).await).await?;
        let answer = response.results.into_iter().find(|result| result.user == user);
        let unanswered = || Err(Rejection::from(ErrorCode::UnknownServerError));
        Ok(answer.map_or_else(unanswered, |answer| accepted(answer.error_code, answer.error_message)))
    }
}

#[cfg(feature = "tls")]
fn salted(mechanism: ScramMechanism, password: &[u8], salt: &[u8], iterations: i32) -> Result<Bytes, ClientError> {
    let (digest, length) = match mechanism {
        ScramMechanism::Sha256 => (openssl::hash::MessageDigest::sha256(), 32),
        ScramMechanism::Sha512 => (openssl::hash::MessageDigest::sha512(), 64),
    };
    let mut salted = vec![0; length];
    let iterations = usize::try_from(iterations).unwrap_or_default();
    openssl::pkcs5::pbkdf2_hmac(password, salt, iterations, digest, &mut salted)
        .map_err(|fault| ClientError::Settings(format!("cannot hash the password: {fault}")))?;
    Ok(salted.into())
}

#[cfg(not(feature = "tls"))]
fn salted(_: ScramMechanism, _: &[u8], _: &[u8], _: i32) -> Result<Bytes, ClientError> {
    Err(ClientError::Settings("this kavka was built without TLS, and so without SCRAM".to_owned()))
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use super::*;

    /// From RFC 7677, section 3: the password `pencil` with its salt and 4096 iterations.
    #[test]
    fn a_password_is_hashed_as_the_rfc_says() {
        let salt = [0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81];
        let salted = salted(ScramMechanism::Sha256, b"pencil", &salt, 4096).unwrap();
        let hex: String = salted.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d");
    }
}
