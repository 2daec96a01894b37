//! Bytes that no client sends. Each costs its sender the connection, and nobody else anything.

use std::io::Write;

use kavka::protocol::messages::ApiVersionsRequest;

use crate::cluster::{Client, OwnBroker, Setup};

/// A generator of bytes that is the same in every run.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn still_serves() {
    assert_eq!(Client::connect().call(&ApiVersionsRequest::default(), 0).error_code, 0);
}

fn frame(body: &[u8]) -> Vec<u8> {
    [&(body.len() as i32).to_be_bytes(), body].concat()
}

/// The broker may have closed the connection while more was being sent.
fn send(bytes: &[u8]) -> Client {
    let mut client = Client::connect();
    let _ = client.stream.write_all(bytes);
    client
}

#[test]
fn lengths_that_are_refused_close_the_connection() {
    for length in [-1, i32::MIN, i32::MAX, 104_857_601, 0x4745_5420] {
        assert!(send(&i32::to_be_bytes(length)).receive_frame().is_none(), "{length}");
    }
    still_serves();
}

/// Always against a broker of our own: Apache's allocates what is announced, and ends when its heap does.
#[test]
fn a_hundred_announcements_of_large_frames_cost_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let broker = OwnBroker::start(directory.path(), Setup::default());
    let address = broker.address.to_string();
    let announcement = [&104_857_600i32.to_be_bytes()[..], &[0, 0]].concat();
    let before = resident_bytes();
    let open: Vec<Client> = (0..100)
        .map(|_| {
            let mut client = Client::to(&address);
            client.stream.write_all(&announcement).unwrap();
            client
        })
        .collect();
    assert_eq!(Client::to(&address).call(&ApiVersionsRequest::default(), 0).error_code, 0);
    assert!(resident_bytes() - before < 100 << 20, "{} bytes more", resident_bytes() - before);
    drop(open);
}

/// Memory of this process that is really there.
fn resident_bytes() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<i64>().unwrap() * 1024
}

#[test]
fn a_frame_without_a_request_closes_the_connection() {
    for body in [&b""[..], b"\0", b"\0\x12\0\x03\0\0", b"\x7f\xff\0\0\0\0\0\0\xff\xff", b"\0\x04\0\0\0\0\0\0\xff\xff"] {
        assert!(send(&frame(body)).receive_frame().is_none(), "{body:?}");
    }
    still_serves();
}

#[test]
fn versions_that_are_not_served_close_the_connection() {
    for (key, version) in [(0i16, 2i16), (0, 14), (1, 3), (1, 19), (3, 14), (3, -1), (18, -1)] {
        let body = [&key.to_be_bytes()[..], &version.to_be_bytes(), &[0, 0, 0, 1, 0xff, 0xff, 0, 0]].concat();
        // A negative version of ApiVersions is answered like one that is too new.
        if key != 18 {
            assert!(send(&frame(&body)).receive_frame().is_none(), "{key} v{version}");
        }
    }
    still_serves();
}

#[test]
fn noise_behind_a_good_header_harms_nobody() {
    for seed in 0..300u64 {
        let key = [0i16, 1, 2, 3, 8, 9, 10, 11, 14, 18, 19, 20, 21, 22, 23, 32, 36, 44, 60, 75][seed as usize % 20];
        let version = (seed % 14) as i16;
        let header = [&key.to_be_bytes()[..], &version.to_be_bytes(), &[0, 0, 0, 1, 0xff, 0xff]].concat();
        let body = noise(seed, (seed as usize * 7) % 400);
        drop(send(&frame(&[header, body].concat())));
    }
    still_serves();
}

#[test]
fn counts_that_promise_more_than_there_is_are_refused() {
    // Metadata v1 with an array of two thousand million topics.
    let body = b"\0\x03\0\x01\0\0\0\x01\xff\xff\x7f\xff\xff\xff\0\0";
    assert!(send(&frame(body)).receive_frame().is_none());
    still_serves();
}

#[test]
fn requests_that_come_in_one_piece_are_answered_one_by_one() {
    let mut client = Client::connect();
    let first = client.send(&ApiVersionsRequest::default(), 0);
    let ids: Vec<i32> =
        std::iter::once(first).chain((0..50).map(|_| client.send(&ApiVersionsRequest::default(), 0))).collect();
    for id in ids {
        client.receive::<ApiVersionsRequest>(0, id);
    }
}
