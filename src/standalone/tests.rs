//! Several openings of one directory inside one process behave as several processes do: the locks belong to open files.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use super::*;
use crate::broker::config::BrokerKeys;

/// Blocks until the directory names a live host for which `wanted` holds.
fn host_that(directory: &Path, wanted: impl Fn(&HostFile) -> bool) -> HostFile {
    for _ in 0..10_000 {
        if let Some(live) = find_host(directory).unwrap().filter(|live| wanted(&live.host)) {
            return live.host;
        }
        thread::sleep(Duration::from_millis(1));
    }
    panic!("no such host within ten seconds");
}

fn names_in(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_first_hosts_on_a_private_directory_and_the_second_connects_to_it() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("a/b");
    let first = open(&directory).unwrap();
    assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
    let second = open(&directory).unwrap();
    assert!(first.is_host && !second.is_host);
    assert_eq!(first.bootstrap, second.bootstrap);
    assert_eq!(first.login, second.login);
    let port: u16 = first.bootstrap.strip_prefix("127.0.0.1:").unwrap().parse().unwrap();
    assert!((10_000..=32_000).contains(&port));
    second.close().unwrap();
    first.close().unwrap();
    assert!(find_host(&directory).unwrap().is_none());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(!names_in(&directory).contains(&HOST_FILE.to_owned()));
}

#[test]
fn when_the_host_leaves_a_guest_hosts_on_the_same_address_with_the_same_secret() {
    let home = tempfile::tempdir().unwrap();
    let first = open(home.path()).unwrap();
    let second = open(home.path()).unwrap();
    let (bootstrap, login) = (second.bootstrap.clone(), second.login.clone());
    first.close().unwrap();
    let host = host_that(home.path(), |host| TcpStream::connect(host.address).is_ok());
    assert_eq!(host.address.to_string(), bootstrap);
    let third = open(home.path()).unwrap();
    assert_eq!((&third.bootstrap, &third.login), (&bootstrap, &login));
    second.close().unwrap();
    third.close().unwrap();
}

#[test]
fn of_many_that_open_a_new_directory_at_once_one_hosts() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("new");
    let together = Arc::new(Barrier::new(8));
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let (directory, together) = (directory.clone(), together.clone());
            thread::spawn(move || {
                together.wait();
                open(&directory).unwrap()
            })
        })
        .collect();
    let opened: Vec<Standalone> = opening.into_iter().map(|opening| opening.join().unwrap()).collect();
    assert_eq!(opened.iter().filter(|standalone| standalone.is_host).count(), 1);
    assert!(opened.iter().all(|standalone| standalone.bootstrap == opened[0].bootstrap));
    // Guests first, so that none of them takes over only to leave again.
    let (hosts, guests): (Vec<_>, Vec<_>) = opened.into_iter().partition(|standalone| standalone.is_host);
    guests.into_iter().chain(hosts).for_each(|standalone| standalone.close().unwrap());
}

#[test]
fn a_stranger_on_the_port_makes_the_next_host_choose_another() {
    let home = tempfile::tempdir().unwrap();
    let first = open(home.path()).unwrap();
    let (bootstrap, login) = (first.bootstrap.clone(), first.login.clone());
    first.close().unwrap();
    Keepsake { secret: login.clone().unwrap().secret, port: port_of(&bootstrap) }.write(home.path()).unwrap();
    let _stranger = TcpListener::bind(&bootstrap).unwrap();
    let second = open(home.path()).unwrap();
    assert_ne!(second.bootstrap, bootstrap);
    assert_eq!(second.login, login);
    let third = open(home.path()).unwrap();
    assert_eq!(third.bootstrap, second.bootstrap);
    third.close().unwrap();
    second.close().unwrap();
}

#[test]
fn a_stranger_on_the_port_of_a_host_that_was_killed_makes_its_heir_choose_another() {
    let home = tempfile::tempdir().unwrap();
    // This test is the host that will be killed, and the stranger that has its port afterwards.
    let stranger = TcpListener::bind(ports::loopback(ports::choose().unwrap())).unwrap();
    let address = stranger.local_addr().unwrap();
    let lock = lock::try_acquire(home.path()).unwrap().unwrap();
    Keepsake { secret: "s".to_owned(), port: address.port() }.write(home.path()).unwrap();
    let host = HostFile { address, protocol: Protocol::SaslPlaintext, pid: 1, kind: HostKind::Command };
    let published = host_file::PublishedHost::publish(home.path(), &host).unwrap();
    let guest = open(home.path()).unwrap();
    assert_eq!(guest.bootstrap, address.to_string());
    let stranded = guest.stranded();
    assert!(!stranded.is_true());
    drop((published, lock));
    let next = host_that(home.path(), |host| host.pid == std::process::id());
    assert_ne!(next.address, address);
    let late = open(home.path()).unwrap();
    assert_eq!(late.bootstrap, next.address.to_string());
    assert_eq!(late.login, guest.login);
    late.close().unwrap();
    guest.close().unwrap();
    assert!(stranded.is_true());
}

fn port_of(bootstrap: &str) -> u16 {
    bootstrap.rsplit_once(':').unwrap().1.parse().unwrap()
}

#[test]
fn it_may_be_opened_and_closed_on_a_thread_that_drives_a_runtime() {
    let home = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let standalone = open(home.path()).unwrap();
        drop(open(home.path()).unwrap());
        standalone.close().unwrap();
    });
}

fn server_settings(directory: &Path, port: u16) -> ServerSettings {
    ServerSettings {
        directory: directory.to_owned(),
        log_directories: Vec::new(),
        node_id: None,
        listeners: vec![ListenerConfig::plaintext("127.0.0.1", port)],
        may_format: true,
        keys: BrokerKeys::default(),
        opening: Default::default(),
    }
}

#[test]
fn a_server_has_guests_that_do_not_log_in_and_never_take_over() {
    let home = tempfile::tempdir().unwrap();
    let settings = server_settings(home.path(), 0);
    let server = Server::start(&settings).unwrap();
    let guest = open(home.path()).unwrap();
    assert_eq!(guest.bootstrap, server.address().to_string());
    assert_eq!(guest.login, None);
    let refused = Server::start(&settings).err().unwrap();
    assert!(refused.to_string().contains(&format!("process {}", std::process::id())), "{refused}");
    let running = find_host(home.path()).unwrap().unwrap();
    server.stop().unwrap();
    assert!(running.is_gone().unwrap());
    // The lock is free: a guest that took over would hold it.
    let next = open(home.path()).unwrap();
    assert!(next.is_host);
    guest.close().unwrap();
    next.close().unwrap();
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let home = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind(("127.0.0.1", ports::choose().unwrap())).unwrap();
    let port = taken.local_addr().unwrap().port();
    let settings = server_settings(home.path(), port);
    let refused = Server::start(&settings).err().unwrap();
    assert!(matches!(refused, StandaloneError::PortInUse { port: named, .. } if named == port), "{refused}");
    assert!(find_host(home.path()).unwrap().is_none());
    open(home.path()).unwrap().close().unwrap();
}

#[test]
fn what_cannot_be_a_data_directory_is_refused_and_left_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(matches!(open(&file), Err(StandaloneError::NotADirectory { .. })));
    assert!(matches!(open(&file.join("below")), Err(StandaloneError::Unusable { .. })));
    let pictures = home.path().join("pictures");
    fs::create_dir_all(pictures.join("holiday")).unwrap();
    let refused = open(&pictures).err().unwrap();
    assert!(refused.to_string().contains("'holiday'"), "{refused}");
    assert_eq!(names_in(&pictures), ["holiday"]);
}

/// Names the directory whose lock [`the_part_of_java`] takes.
const LOCKED_BY_JAVA: &str = "KAVKA_TEST_LOCKED_BY_JAVA";

/// A record lock belongs to a process, so the holder must be another one: this test program, called for this alone.
#[test]
#[ignore = "plays the other process of another test"]
fn the_part_of_java() {
    let directory = std::env::var_os(LOCKED_BY_JAVA).expect("the directory to lock");
    let file = fs::File::create(Path::new(&directory).join(".lock")).unwrap();
    rustix::fs::fcntl_lock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    println!("locked");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn a_directory_that_an_apache_kafka_holds_is_refused_and_its_process_named() {
    let home = tempfile::tempdir().unwrap();
    let mut java = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "standalone::tests::the_part_of_java"])
        .env(LOCKED_BY_JAVA, home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(java.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("locked")), "the lock was not taken");
    let refused = open(home.path()).err().unwrap();
    let settings = server_settings(home.path(), 0);
    let refused_as_server = Server::start(&settings).err().unwrap();
    drop(java.stdin.take());
    java.wait().unwrap();
    for refused in [refused, refused_as_server] {
        assert!(refused.to_string().contains(&format!("process {}", java.id())), "{refused}");
        assert!(refused.hint().unwrap().contains("Apache Kafka"));
    }
    open(home.path()).unwrap().close().unwrap();
}
