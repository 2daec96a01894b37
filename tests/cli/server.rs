//! Apache's tutorial in a directory whose `bin` is `kavka install-tools`, and everything around a server: its file, its
//! environment, its storage, how it is stopped, and what is refused.
//!
//! `config/server.properties` has the keys and values of the file that Kafka 4.2.1 ships, on ports and a directory of the
//! test's own.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Printed;

/// How long a server in the background may take to say something.
const PATIENCE: Duration = Duration::from_secs(60);

/// Below the ports that systems choose by themselves.
fn free_port() -> u16 {
    (0..200)
        .map(|_| 10_000 + rand::random::<u16>() % 22_000)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// A directory with `bin` and `config`, as the tutorial has.
struct Place {
    folder: TempDir,
    port: u16,
    controller: u16,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap(), port: free_port(), controller: free_port() };
        fs::create_dir(place.path("config")).unwrap();
        place.write(&place.properties());
        let installed = place.kavka(&["install-tools", "bin"]);
        assert_eq!(installed.code, Some(0), "{installed:?}");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, properties: &str) {
        fs::write(self.path("config/server.properties"), properties).unwrap();
    }

    fn properties(&self) -> String {
        let (port, controller, logs) = (self.port, self.controller, self.path("kraft-combined-logs"));
        format!(
            "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.bootstrap.servers=localhost:{controller}\n\
             listeners=PLAINTEXT://:{port},CONTROLLER://:{controller}\ninter.broker.listener.name=PLAINTEXT\n\
             advertised.listeners=PLAINTEXT://localhost:{port},CONTROLLER://localhost:{controller}\n\
             controller.listener.names=CONTROLLER\n\
             listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,\
             SASL_SSL:SASL_SSL\n\
             num.network.threads=3\nnum.io.threads=8\nsocket.send.buffer.bytes=102400\n\
             socket.receive.buffer.bytes=102400\nsocket.request.max.bytes=104857600\nlog.dirs={}\nnum.partitions=1\n\
             num.recovery.threads.per.data.dir=1\noffsets.topic.replication.factor=1\n\
             share.coordinator.state.topic.replication.factor=1\nshare.coordinator.state.topic.min.isr=1\n\
             transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\nlog.retention.hours=168\n\
             log.segment.bytes=1073741824\nlog.retention.check.interval.ms=300000\n",
            logs.display()
        )
    }

    fn command(&self, program: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("HOME", self.path("home")).env("PATH", "/usr/bin:/bin").env("TZ", "UTC");
        command.current_dir(self.folder.path()).args(words).stdin(Stdio::null());
        command
    }

    fn run(&self, program: &Path, words: &[&str]) -> Printed {
        printed(self.command(program, words))
    }

    fn kavka(&self, words: &[&str]) -> Printed {
        self.run(Path::new(env!("CARGO_BIN_EXE_kavka")), words)
    }

    /// A tool in `bin`, which must succeed; what it printed.
    fn bin(&self, line: &str) -> String {
        let printed = self.tool(line);
        assert_eq!((printed.code, printed.stderr.as_str()), (Some(0), ""), "{line}");
        printed.stdout
    }

    fn tool(&self, line: &str) -> Printed {
        let words: Vec<&str> = line.split(' ').collect();
        self.run(&self.path("bin").join(words[0]), &words[1..])
    }

    fn topics(&self, words: &str) -> String {
        self.bin(&format!("kafka-topics.sh --bootstrap-server localhost:{} {words}", self.port))
    }

    /// Waits until the log of the server in the background has this text; the script returns before that.
    fn logs(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log = fs::read_to_string(self.path("logs/kafkaServer.out")).unwrap();
            if log.contains(text) {
                return;
            }
            assert!(Instant::now() < deadline, "{text} is not in the log: {log}");
            std::thread::yield_now();
        }
    }

    fn servers(&self) -> Vec<PathBuf> {
        let listed = fs::read_dir(self.path("home/.local/state/kavka/servers"));
        listed.map(|listed| listed.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
    }

    /// Waits until the servers that were there have ended.
    fn await_end(servers: &[PathBuf]) {
        for server in servers {
            if let Ok(file) = File::open(server) {
                file.lock_shared().unwrap();
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let servers = self.servers();
        self.kavka(&["broker", "stop", "--all"]);
        Place::await_end(&servers);
    }
}

fn printed(mut command: Command) -> Printed {
    let output = command.output().unwrap();
    Printed {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}

#[test]
fn apaches_tutorial_runs_word_for_word() {
    let place = Place::new();
    let id = place.bin("kafka-storage.sh random-uuid").trim_end().to_owned();
    assert_eq!(id.len(), 22);
    let formatted = place.bin(&format!("kafka-storage.sh format --standalone -t {id} -c config/server.properties"));
    let logs = place.path("kraft-combined-logs");
    let line = format!("Formatting dynamic metadata voter directory {} with metadata.version 4.0-IV3.", logs.display());
    assert_eq!(formatted.lines().last(), Some(line.as_str()));
    assert_eq!(place.bin("kafka-server-start.sh -daemon config/server.properties"), "");

    let created = place.topics("--create --topic email.send");
    assert!(created.ends_with("\nCreated topic email.send.\n") && created.starts_with("WARNING: Due to"), "{created}");
    assert_eq!(place.topics("--list"), "email.send\n");
    let described = place.topics("--describe --topic email.send");
    assert!(
        described.contains("PartitionCount: 1\tReplicationFactor: 1\tConfigs: segment.bytes=1073741824\n"),
        "{described}"
    );
    assert!(described.contains("\tTopic: email.send\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1"), "{described}");
    assert_eq!(place.topics("--delete --topic email.send"), "");
    assert_eq!(place.topics("--list"), "\n");

    let servers = place.servers();
    assert_eq!(servers.len(), 1);
    let other = place.tool("kafka-server-stop.sh --node-id=2");
    assert_eq!(other, Printed { stdout: String::new(), stderr: String::new(), code: Some(0) });
    assert_eq!(place.bin("kafka-server-stop.sh"), "");
    Place::await_end(&servers);
    let none = Printed { stdout: "No kafka server to stop\n".to_owned(), stderr: String::new(), code: Some(1) };
    assert_eq!(place.tool("kafka-server-stop.sh"), none);
    let log = fs::read_to_string(place.path("logs/kafkaServer.out")).unwrap();
    assert!(
        log.contains("INFO [KafkaRaftServer nodeId=1] Kafka Server started (kafka.server.KafkaRaftServer)\n"),
        "{log}"
    );
    assert!(log.lines().all(|line| line.starts_with('[')), "{log}");
    assert!(logs.join(".kafka_cleanshutdown").exists());
}

#[test]
fn a_server_that_cannot_start_says_why_in_its_log_and_its_script_does_not() {
    let place = Place::new();
    let refused = place.tool("kafka-server-start.sh config/server.properties");
    assert_eq!((refused.stderr.as_str(), refused.code), ("", Some(1)));
    let why = "java.lang.RuntimeException: No readable meta.properties files found.\n";
    assert!(
        refused.stdout.ends_with(&format!("ERROR Exiting Kafka due to fatal exception (kafka.Kafka$)\n{why}")),
        "{refused:?}"
    );
    assert_eq!(place.bin("kafka-server-start.sh -daemon config/server.properties"), "");
    place.logs(why);
    assert_eq!(place.bin("kafka-server-start.sh -daemon config/server.properties --frob"), "");
    place.logs("frob is not a recognized option");
    assert!(place.servers().is_empty());
}

/// A server in the foreground; what it prints on stdout up to a line with a text.
struct Foreground(Child);

impl Foreground {
    fn start(mut command: Command, until: &str) -> (Foreground, String) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut read = String::new();
        while lines.read_line(&mut read).unwrap() > 0 && !read.contains(until) {}
        assert!(read.contains(until), "{read} {}", said(&mut child));
        (Foreground(child), read)
    }

    /// Asks it to stop, and gives its exit code and what it said.
    fn stop(mut self) -> (Option<i32>, String) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        (self.0.wait().unwrap().code(), said(&mut self.0))
    }
}

impl Drop for Foreground {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn said(child: &mut Child) -> String {
    let mut text = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut text).unwrap();
    }
    text
}

#[test]
fn under_our_own_name_a_file_needs_no_format_and_every_listener_is_bound() {
    let place = Place::new();
    let kavka = Path::new(env!("CARGO_BIN_EXE_kavka"));
    let extra = "offsets.topic.replication.factor=3\nnum.partition=4\nzookeeper.connect=localhost:2181\n";
    place.write(&(place.properties() + extra));
    let strict = place.kavka(&["broker", "start", "config/server.properties", "--strict"]);
    assert_eq!((strict.code, strict.stdout.as_str()), (Some(2), ""));
    assert!(strict.stderr.contains("unknown key num.partition: did you mean num.partitions?\n"), "{}", strict.stderr);
    assert!(!place.path("kraft-combined-logs").exists());
    let words = ["broker", "start", "config/server.properties", "--override", "node.id=7"];
    let (server, ready) = Foreground::start(place.command(kavka, &words), "ready on");
    assert_eq!(ready, format!("kavka broker ready on 0.0.0.0:{}\n", place.port));
    TcpStream::connect(("127.0.0.1", place.controller)).unwrap();
    let servers = place.servers();
    assert!(fs::read_to_string(&servers[0]).unwrap().contains("\"node_id\":7"));
    let status = place.kavka(&["broker", "status", "--data-dir", "kraft-combined-logs"]);
    assert_eq!(status.code, Some(0), "{status:?}");
    let (code, said) = server.stop();
    assert_eq!(code, Some(143));
    for line in [
        "config/server.properties: unknown key num.partition: did you mean num.partitions?",
        "unknown key zookeeper.connect: there is no ZooKeeper",
        "sizes its threads and buffers by itself: num.io.threads, num.network.threads",
        "taken for 1, since there is one broker: offsets.topic.replication.factor=3",
    ] {
        assert_eq!(said.matches(line).count(), 1, "{line} in {said}");
    }
}

#[test]
fn listeners_that_are_not_served_are_refused_by_name() {
    let place = Place::new();
    let secure = place.properties().replace("listeners=PLAINTEXT://", "listeners=SSL://");
    place.write(&secure.replace("inter.broker.listener.name=PLAINTEXT", "inter.broker.listener.name=SSL"));
    let refused = place.kavka(&["broker", "start", "config/server.properties"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("listener SSL: kavka does not serve SSL yet"), "{}", refused.stderr);
    let missing = place.kavka(&["broker", "start", "config/nothing.properties"]);
    assert!(missing.stderr.starts_with("error: cannot read config/nothing.properties"), "{}", missing.stderr);
    assert_eq!(missing.code, Some(2));
}

#[test]
fn a_port_in_use_is_named() {
    let place = Place::new();
    let _taken = TcpListener::bind(("127.0.0.1", place.controller)).unwrap();
    let local = place.properties().replace("CONTROLLER://:", "CONTROLLER://127.0.0.1:");
    place.write(&local);
    let refused = place.kavka(&["broker", "start", "config/server.properties"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains(&format!("port {} is in use", place.controller)), "{}", refused.stderr);
}

#[test]
fn without_a_file_the_environment_is_read_as_the_official_image_does() {
    let place = Place::new();
    let mut command = place.command(Path::new(env!("CARGO_BIN_EXE_kavka")), &["broker", "start"]);
    command
        .env("KAFKA_NODE_ID", "4")
        .env("KAFKA_PROCESS_ROLES", "broker,controller")
        .env("KAFKA_LISTENERS", format!("OUT://127.0.0.1:{},CONTROLLER://127.0.0.1:{}", place.port, place.controller))
        .env("KAFKA_ADVERTISED_LISTENERS", format!("OUT://localhost:{}", place.port))
        .env("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER")
        .env("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "CONTROLLER:PLAINTEXT,OUT:PLAINTEXT")
        .env("KAFKA_INTER_BROKER_LISTENER_NAME", "OUT")
        .env("KAFKA_LOG_DIRS", place.path("data"))
        .env("KAFKA_NUM_PARTITIONS", "3")
        .env("KAFKA_HEAP_OPTS", "-Xmx1G");
    let (server, ready) = Foreground::start(command, "ready on");
    assert_eq!(ready, format!("kavka broker ready on 127.0.0.1:{}\n", place.port));
    place.topics("--create --topic three");
    assert!(place.topics("--describe --topic three").contains("PartitionCount: 3"));
    let (code, said) = server.stop();
    assert_eq!(code, Some(143));
    assert!(!said.contains("unknown key") && !said.contains("heap"), "{said}");
    assert!(fs::read_to_string(place.path("data/meta.properties")).unwrap().contains("node.id=4\n"));
}

#[test]
fn a_detached_broker_keeps_its_file_and_stop_all_waits_for_it() {
    let place = Place::new();
    let started = place.kavka(&["broker", "start", "--detach", "config/server.properties"]);
    assert_eq!(started.stdout, format!("kavka broker ready on 0.0.0.0:{}\n", place.port), "{started:?}");
    assert!(started.stderr.starts_with("warning: config/server.properties: "), "{}", started.stderr);
    let stopped = place.kavka(&["broker", "stop", "--all", "--process-role", "broker,controller"]);
    assert!(stopped.stdout.starts_with("kavka broker stopped"), "{stopped:?}");
    assert_eq!(place.kavka(&["broker", "stop", "--all"]).code, Some(7));
}

#[test]
fn tools_are_installed_over_nothing_that_is_not_ours() {
    let place = Place::new();
    let again = place.kavka(&["install-tools", "bin"]);
    assert!(again.stdout.starts_with("0 tools installed in bin, "), "{}", again.stdout);
    fs::remove_file(place.path("bin/kafka-topics.sh")).unwrap();
    fs::write(place.path("bin/kafka-topics.sh"), "#!/bin/bash\necho Apache\n").unwrap();
    let refused = place.kavka(&["install-tools", "bin"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(6), ""));
    let expected = "error: bin holds files that are not kavka's: kafka-topics.sh; nothing was installed\nhint: name another \
                    directory, move them away, or overwrite them with --force\n";
    assert_eq!(refused.stderr, expected);
    let dry = place.kavka(&["install-tools", "bin", "--force", "--dry-run"]);
    assert!(dry.stdout.starts_with("would install bin/kafka-topics.sh\n1 tools would be installed"), "{}", dry.stdout);
    assert!(fs::read_to_string(place.path("bin/kafka-topics.sh")).unwrap().contains("Apache"));
    place.kavka(&["install-tools", "bin", "--force", "--scripts"]);
    assert!(fs::symlink_metadata(place.path("bin/kafka-topics.sh")).unwrap().is_file());
    assert_eq!(place.tool("kafka-topics.sh --version").stdout, "4.2.1\n");
    let usage = place.tool("kafka-server-start.sh");
    assert!(usage.stdout.ends_with("[-daemon] server.properties [--override property=value]*\n"), "{usage:?}");
}
