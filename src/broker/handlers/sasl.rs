//! SaslHandshake and SaslAuthenticate where no exchange is under way: on a listener without SASL, or when it is over. The
//! exchange itself is in `net/authentication.rs`. Re-authentication (KIP-368) is never asked for, since sessions do not
//! end. Both are answered with ILLEGAL_SASL_STATE, and the connection stays.

use crate::broker::BrokerState;
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::{
    SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse,
};

pub async fn handshake(_: &BrokerState, _: &RequestContext, _: SaslHandshakeRequest) -> SaslHandshakeResponse {
    SaslHandshakeResponse { error_code: ErrorCode::IllegalSaslState.code(), ..Default::default() }
}

pub async fn authenticate(_: &BrokerState, _: &RequestContext, _: SaslAuthenticateRequest) -> SaslAuthenticateResponse {
    SaslAuthenticateResponse {
        error_code: ErrorCode::IllegalSaslState.code(),
        error_message: Some("SaslAuthenticate request received after successful authentication".to_owned()),
        ..Default::default()
    }
}
