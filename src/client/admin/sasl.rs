//! Authentication of a connection with SASL/PLAIN (SaslHandshake, SaslAuthenticate; RFC 4616, KIP-43, KIP-152).

use bytes::Bytes;

use super::connection::Connection;
use crate::client::error::ClientError;
use crate::client::security::{Sasl, Security};
use crate::protocol::messages::{SaslAuthenticateRequest, SaslHandshakeRequest};
use crate::protocol::{ErrorCode, Message};

pub async fn authenticate(connection: &mut Connection, security: &Security) -> Result<(), ClientError> {
    let Some(sasl) = &security.sasl else {
        let message = format!("security.protocol={} needs sasl.jaas.config", security.protocol.name());
        return Err(ClientError::Settings(message));
    };
    if sasl.mechanism != "PLAIN" {
        let message = format!("sasl.mechanism={} is not supported yet for this command; PLAIN is", sasl.mechanism);
        return Err(ClientError::Settings(message));
    }
    handshake(connection, &sasl.mechanism).await?;
    let request = SaslAuthenticateRequest { auth_bytes: plain_token(sasl) };
    let response = connection.call(&request, &SaslAuthenticateRequest::VERSIONS).await?;
    match ErrorCode::from_code(response.error_code) {
        ErrorCode::None => Ok(()),
        code => Err(refused(connection, response.error_message.unwrap_or_else(|| code.to_string()))),
    }
}

async fn handshake(connection: &mut Connection, mechanism: &str) -> Result<(), ClientError> {
    let request = SaslHandshakeRequest { mechanism: mechanism.to_owned() };
    let response = connection.call(&request, &(1..=1)).await?;
    match ErrorCode::from_code(response.error_code) {
        ErrorCode::None => Ok(()),
        ErrorCode::UnsupportedSaslMechanism => {
            let offered = response.mechanisms.join(", ");
            Err(refused(connection, format!("the mechanism {mechanism} is not offered there; these are: {offered}")))
        }
        code => Err(refused(connection, code.to_string())),
    }
}

fn refused(connection: &Connection, message: String) -> ClientError {
    ClientError::Authentication { server: connection.server().to_owned(), message }
}

/// No authorization identity, then user and password, each behind a NUL.
fn plain_token(sasl: &Sasl) -> Bytes {
    Bytes::from(format!("\0{}\0{}", sasl.user, sasl.secret.reveal()))
}
