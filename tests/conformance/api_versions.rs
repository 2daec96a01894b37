//! ApiVersions: ranges, the answer to a version that is too new, names of software.

use kavka::protocol::messages::{ApiVersionsRequest, ApiVersionsResponse};
use kavka::protocol::primitives::Writer;
use kavka::protocol::{ErrorCode, Message, Reader, Wire};

use crate::cluster::Client;

fn named() -> ApiVersionsRequest {
    ApiVersionsRequest { client_software_name: "conformance".to_owned(), client_software_version: "1.0".to_owned() }
}

#[test]
fn every_version_of_api_versions_is_answered() {
    let mut client = Client::connect();
    for version in 0..=4 {
        let response = client.call(&named(), version);
        assert_eq!(response.error_code, 0);
        let produce = response.api_keys.iter().find(|range| range.api_key == 0).unwrap();
        assert_eq!((produce.min_version, produce.max_version), (0, 13), "old librdkafka needs produce from 0 on");
        assert!(response.api_keys.is_sorted_by_key(|range| range.api_key));
        if version < 4 {
            assert!(response.supported_features.iter().all(|feature| feature.min_version > 0));
        }
    }
}

#[test]
fn a_version_that_is_too_new_is_answered_in_version_0_with_the_range_to_choose_from() {
    let mut client = Client::connect();
    let mut frame = Writer::new();
    for number in [18i16, 99] {
        number.write(&mut frame, 0, false);
    }
    77i32.write(&mut frame, 0, false);
    Some("me".to_owned()).write(&mut frame, 0, false);
    frame.put(b"\0nobody knows this body");
    let frame = frame.into_bytes();
    use std::io::Write;
    client.stream.write_all(&(frame.len() as i32).to_be_bytes()).unwrap();
    client.stream.write_all(&frame).unwrap();

    let mut answer = Reader::new(client.receive_frame().unwrap());
    assert_eq!(i32::read(&mut answer, 0, false).unwrap(), 77);
    let response = ApiVersionsResponse::decode_from(&mut answer, 0).unwrap();
    assert_eq!(response.error_code, ErrorCode::UnsupportedVersion.code());
    let ranges: Vec<_> = response.api_keys.iter().map(|r| (r.api_key, r.min_version, r.max_version)).collect();
    assert_eq!(ranges, [(18, 0, 4)]);
    assert_eq!(client.call(&named(), 4).error_code, 0, "the connection stays");
}

#[test]
fn a_software_name_that_is_no_word_is_refused() {
    let mut client = Client::connect();
    let request = ApiVersionsRequest { client_software_name: "two words".to_owned(), ..named() };
    assert_eq!(client.call(&request, 3).error_code, ErrorCode::InvalidRequest.code());
    assert_eq!(client.call(&named(), 3).error_code, 0);
}
