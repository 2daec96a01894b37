//! Which port a standalone listener takes.
//!
//! From 10000 to 32000: below the range from which systems choose the near end of a connection, since a client that
//! keeps trying a dead port inside that range may one day connect to itself.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::ops::RangeInclusive;
use std::thread;
use std::time::Duration;

const RANGE: RangeInclusive<u16> = 10_000..=32_000;

/// Random ports that are tried before giving up.
const TRIES: u32 = 200;

/// The listener of a process that was killed closes a moment after the directory's lock is free.
const CLOSING_TRIES: u32 = 200;
const CLOSING_PAUSE: Duration = Duration::from_millis(5);

pub fn loopback(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// A free port of the range, on loopback.
pub fn choose() -> io::Result<u16> {
    choose_on(Ipv4Addr::LOCALHOST.into())
}

pub fn choose_on(ip: IpAddr) -> io::Result<u16> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..TRIES {
        let port = RANGE.start() + rand::random::<u16>() % (RANGE.end() - RANGE.start() + 1);
        match TcpListener::bind((ip, port)) {
            Ok(_) => return Ok(port),
            Err(e) => last = e,
        }
    }
    Err(last)
}

/// Whether a listener could be opened there now.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind(loopback(port)).is_ok()
}

/// The same for the port of a host that may be dying at this moment: only who still holds it after a second is a
/// stranger.
pub fn becomes_free(port: u16) -> bool {
    (0..CLOSING_TRIES).any(|_| {
        is_free(port) || {
            thread::sleep(CLOSING_PAUSE);
            false
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_port_is_free_and_below_the_ephemeral_range() {
        let port = choose().unwrap();
        assert!(RANGE.contains(&port));
        assert!(is_free(port));
    }

    #[test]
    fn a_taken_port_is_not_free() {
        let port = choose().unwrap();
        let _taken = TcpListener::bind(loopback(port)).unwrap();
        assert!(!is_free(port));
    }

    #[test]
    fn a_port_whose_holder_goes_becomes_free() {
        let port = choose().unwrap();
        let taken = TcpListener::bind(loopback(port)).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| drop(taken));
            assert!(becomes_free(port));
        });
    }
}
