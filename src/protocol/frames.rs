//! Frames: a four-byte length, a header, a body.
//!
//! Request headers are version 1, or 2 when the body is flexible; the client id is never compact. Response headers are
//! version 0, or 1 when the body is flexible, except for ApiVersions, whose responses always have version 0 so that a
//! client can read them before it knows the broker (KIP-511).

use bytes::Bytes;

use super::apis::{Api, Request};
use super::message::Message;
use super::primitives::{Malformed, Reader, Wire, Writer};
use super::segments::{Records, Segment};

/// What stands before the body of every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHeader {
    pub api_key: i16,
    pub api_version: i16,
    pub correlation_id: i32,
    pub client_id: Option<String>,
}

impl RequestHeader {
    /// Reads the header and leaves the cursor at the body. An API key that this crate does not know is read with
    /// header version 1, since only the caller can say what to do with it.
    pub fn read(from: &mut Reader) -> Result<RequestHeader, Malformed> {
        let header = RequestHeader {
            api_key: i16::read(from, 0, false)?,
            api_version: i16::read(from, 0, false)?,
            correlation_id: i32::read(from, 0, false)?,
            client_id: Option::<String>::read(from, 0, false)?,
        };
        if Api::from_key(header.api_key).is_some_and(|api| api.is_flexible(header.api_version)) {
            from.tagged_fields(|_, _| Ok(()))?;
        }
        Ok(header)
    }

    pub fn write(&self, to: &mut Writer, flexible: bool) {
        self.api_key.write(to, 0, false);
        self.api_version.write(to, 0, false);
        self.correlation_id.write(to, 0, false);
        self.client_id.write(to, 0, false);
        if flexible {
            to.put_tagged_fields(Vec::new());
        }
    }
}

fn response_header_is_flexible(api: Api, version: i16) -> bool {
    api != Api::ApiVersions && api.is_flexible(version)
}

/// A whole request, length included.
pub fn encode_request<R: Request>(request: &R, version: i16, correlation_id: i32, client_id: &str) -> Bytes {
    let header = RequestHeader {
        api_key: R::API.key(),
        api_version: version,
        correlation_id,
        client_id: Some(client_id.to_owned()),
    };
    let mut body = Writer::new();
    header.write(&mut body, R::flexible(version));
    request.encode_to(&mut body, version);
    Records(with_length(body)).into_bytes().unwrap_or_default()
}

/// A whole response, length included, as segments for one vectored write.
pub fn encode_response<M: Message>(api: Api, response: &M, version: i16, correlation_id: i32) -> Vec<Segment> {
    let mut body = Writer::new();
    correlation_id.write(&mut body, 0, false);
    if response_header_is_flexible(api, version) {
        body.put_tagged_fields(Vec::new());
    }
    response.encode_to(&mut body, version);
    with_length(body)
}

fn with_length(body: Writer) -> Vec<Segment> {
    let length = (body.len() as i32).to_be_bytes();
    let mut segments = vec![Segment::Memory(Bytes::copy_from_slice(&length))];
    segments.extend(body.into_segments());
    segments
}

/// Reads the header of a response without its length, and leaves the cursor at the body. Gives the correlation id.
pub fn read_response_header(from: &mut Reader, api: Api, version: i16) -> Result<i32, Malformed> {
    let correlation_id = i32::read(from, 0, false)?;
    if response_header_is_flexible(api, version) {
        from.tagged_fields(|_, _| Ok(()))?;
    }
    Ok(correlation_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::messages::{ApiVersionsRequest, ApiVersionsResponse};

    #[test]
    fn a_request_header_of_a_flexible_api_keeps_a_plain_client_id() {
        let frame = encode_request(&ApiVersionsRequest::default(), 3, 7, "me");
        let mut reader = Reader::new(frame.slice(4..));
        let header = RequestHeader::read(&mut reader).unwrap();
        assert_eq!(header.client_id.as_deref(), Some("me"));
        assert_eq!(frame[12..16], [0, 2, b'm', b'e']);
        assert!(ApiVersionsRequest::decode_from(&mut reader, 3).is_ok());
    }

    #[test]
    fn an_api_versions_response_has_the_old_header() {
        let frame = encode_response(Api::ApiVersions, &ApiVersionsResponse::default(), 3, 9);
        let frame = Records(frame).into_bytes().unwrap();
        assert_eq!(frame[4..10], [0, 0, 0, 9, 0, 0]);
    }
}
