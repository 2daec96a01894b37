//! Authentication of a connection: SaslHandshake, then the mechanism's messages in SaslAuthenticate (KIP-43, KIP-152).
//!
//! What the broker refuses in the handshake is told in the words of Kafka's Java client. PLAIN is RFC 4616, SCRAM RFC 5802, OAUTHBEARER RFC 7628. A broker may say how long its session lasts; then it is begun
//! anew on the same connection in time (KIP-368).

use std::time::Duration;

use bytes::Bytes;

use super::connection::Connection;
use crate::client::error::{ClientError, UNEXPECTED_HANDSHAKE};
use crate::client::login::tokens::TokenSource;
use crate::client::login::{Credentials, Login, Mechanism};
use crate::client::security::Secret;
use crate::protocol::messages::{SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest};
use crate::protocol::{ErrorCode, Message};

/// What a client answers when its token was refused, so that the broker says why.
const ACKNOWLEDGED: &[u8] = &[1];

/// The part of a session's life after which it is begun anew: as Java's clients, a little less than all of it.
const PART_OF_LIFE: std::ops::Range<f64> = 0.85..0.95;

/// Says who we are. What comes back is when to say it again.
pub async fn authenticate(connection: &mut Connection, login: &Login) -> Result<Option<Duration>, ClientError> {
    handshake(connection, login.mechanism.name()).await?;
    let last = match (&login.credentials, login.mechanism) {
        (Credentials::Password { user, secret, .. }, Mechanism::Plain) => {
            // No authorization identity, then user and password, each behind a NUL.
            let message = format!("\0{user}\0{}", secret.reveal());
            exchange(connection, Bytes::from(message)).await?
        }
        (Credentials::Password { user, secret, is_token }, mechanism) => {
            scram(connection, mechanism, user, secret, *is_token).await?
        }
        (Credentials::Tokens(tokens), _) => bearer(connection, tokens).await?,
    };
    let life = u64::try_from(last.session_lifetime_ms).unwrap_or(0);
    let again = Duration::from_millis(life).mul_f64(rand::random_range(PART_OF_LIFE));
    Ok((life > 0).then_some(again))
}

async fn handshake(connection: &mut Connection, mechanism: &str) -> Result<(), ClientError> {
    let request = SaslHandshakeRequest { mechanism: mechanism.to_owned() };
    let response = connection.send(&request, &(1..=1)).await?;
    let offered = response.mechanisms.join(", ");
    match ErrorCode::from_code(response.error_code) {
        ErrorCode::None => Ok(()),
        ErrorCode::UnsupportedSaslMechanism => {
            let fault = format!("Client SASL mechanism '{mechanism}' not enabled in the server");
            Err(refused(connection, format!("{fault}, enabled mechanisms are [{offered}]")))
        }
        ErrorCode::IllegalSaslState => {
            let fault = format!("{UNEXPECTED_HANDSHAKE} with client mechanism {mechanism}");
            Err(refused(connection, format!("{fault}, enabled mechanisms are [{offered}]")))
        }
        code => Err(refused(connection, code.to_string())),
    }
}

async fn exchange(connection: &mut Connection, message: Bytes) -> Result<SaslAuthenticateResponse, ClientError> {
    let request = SaslAuthenticateRequest { auth_bytes: message };
    let response = connection.send(&request, &SaslAuthenticateRequest::VERSIONS).await?;
    match ErrorCode::from_code(response.error_code) {
        ErrorCode::None => Ok(response),
        code => {
            let message = response.error_message.filter(|message| !message.is_empty());
            Err(refused(connection, message.unwrap_or_else(|| code.to_string())))
        }
    }
}

fn refused(connection: &Connection, message: String) -> ClientError {
    ClientError::Authentication { server: connection.server().to_owned(), message }
}

#[cfg(feature = "tls")]
async fn scram(
    connection: &mut Connection,
    mechanism: Mechanism,
    user: &str,
    secret: &Secret,
    is_token: bool,
) -> Result<SaslAuthenticateResponse, ClientError> {
    use crate::client::login::scram::{Digest, Scram};

    let digest = if mechanism == Mechanism::ScramSha256 { Digest::Sha256 } else { Digest::Sha512 };
    let unfit = |connection: &Connection, fault: String| refused(connection, format!("{}: {fault}", mechanism.name()));
    let scram = Scram::begin(digest, user, secret.reveal(), is_token);
    let first = exchange(connection, Bytes::from(scram.first())).await?;
    let proof = scram.prove(&first.auth_bytes).map_err(|fault| unfit(connection, fault))?;
    let last = exchange(connection, Bytes::from(proof.message.clone())).await?;
    proof.check(&last.auth_bytes).map_err(|fault| unfit(connection, fault))?;
    Ok(last)
}

#[cfg(not(feature = "tls"))]
async fn scram(
    connection: &mut Connection,
    mechanism: Mechanism,
    _: &str,
    _: &Secret,
    _: bool,
) -> Result<SaslAuthenticateResponse, ClientError> {
    Err(refused(connection, format!("this kavka was built without {}", mechanism.name())))
}

async fn bearer(connection: &mut Connection, tokens: &TokenSource) -> Result<SaslAuthenticateResponse, ClientError> {
    let token = tokens.token().await?;
    let response = exchange(connection, Bytes::from(tokens.message(&token))).await?;
    if response.auth_bytes.is_empty() {
        return Ok(response);
    }
    // The broker said no inside the mechanism, and tells why once that has been acknowledged.
    let said = String::from_utf8_lossy(&response.auth_bytes).into_owned();
    match exchange(connection, Bytes::from_static(ACKNOWLEDGED)).await {
        Ok(_) | Err(ClientError::Unreachable { .. }) => Err(refused(connection, said)),
        Err(error) => Err(error),
    }
}
