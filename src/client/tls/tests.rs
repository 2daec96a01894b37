//! Stores of every kind, and handshakes in memory with a server of OpenSSL's.

use openssl::ssl::{SslAcceptor, SslStream as Blocking};

use super::*;
use crate::client::error::TlsFault;
use crate::properties::Properties;

fn place(name: &str) -> String {
    format!("{}/src/client/tls/testdata/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn load(pairs: &[String]) -> Result<Tls, ClientError> {
    Tls::load(&TlsSettings::read(&Properties::from_pairs(pairs)))
}

fn trust(name: &str) -> String {
    format!("ssl.truststore.location={}", place(name))
}

fn key(name: &str) -> String {
    format!("ssl.keystore.location={}", place(name))
}

fn said(pairs: &[String]) -> String {
    match load(pairs) {
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// Kinds, and the passwords that go with them.
fn every_kind() -> [(&'static str, &'static str, Vec<String>); 3] {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let store = ["ssl.truststore.password=store-secret", "ssl.keystore.password=store-secret"];
    [
        ("trust.jks", "key.jks", texts(&[store[0], store[1], "ssl.key.password=key-secret"])),
        ("trust.p12", "key.p12", texts(&store)),
        ("key.pem", "key.pem", texts(&["ssl.key.password=key-secret"])),
    ]
}

#[test]
fn every_kind_of_store_says_the_same_to_librdkafka() {
    let mut rendered = Vec::new();
    for (trusted, own, passwords) in every_kind() {
        let pairs: Vec<String> = [trust(trusted), key(own)].into_iter().chain(passwords).collect();
        rendered.push(load(&pairs).unwrap_or_else(|error| panic!("{trusted}: {error}")).for_librdkafka());
    }
    assert_eq!(rendered[0], rendered[1]);
    assert_eq!(rendered[0], rendered[2]);
    let keys: Vec<&str> = rendered[0].iter().map(|(key, _)| *key).collect();
    let expected = ["ssl.ca.pem", "ssl.certificate.pem", "ssl.key.pem", "ssl.endpoint.identification.algorithm"];
    assert_eq!(keys, expected);
}

#[test]
fn pem_in_the_properties_themselves_may_have_lost_its_line_ends() {
    let pem = std::fs::read_to_string(place("key.pem")).unwrap().replace('\n', " ");
    let pairs = [
        format!("ssl.keystore.key={pem}"),
        format!("ssl.keystore.certificate.chain={pem}"),
        "ssl.key.password=key-secret".to_owned(),
        format!("ssl.truststore.certificates={pem}"),
    ];
    assert!(load(&pairs).is_ok());
}

#[test]
fn what_does_not_open_is_named_with_the_setting_at_fault() {
    let wrong = |key: &str| format!("{key}=wrong-secret");
    let cases: [(Vec<String>, &str); 8] = [
        (vec![trust("trust.jks"), wrong("ssl.truststore.password")], "ssl.truststore.password does not open"),
        (vec![trust("trust.p12"), wrong("ssl.truststore.password")], "ssl.truststore.password does not open"),
        (vec![trust("trust.p12")], "needs ssl.truststore.password"),
        (vec![key("key.p12"), wrong("ssl.keystore.password")], "ssl.keystore.password does not open"),
        (vec![key("key.jks"), "ssl.keystore.password=store-secret".into()], "ssl.key.password is not set"),
        (vec![key("key.pem")], "ssl.key.password is not set"),
        (vec![key("key.pem"), wrong("ssl.key.password")], "ssl.key.password does not open"),
        (vec![trust("none.jks")], "No such file"),
    ];
    for (pairs, expected) in cases {
        let message = said(&pairs);
        assert!(message.contains(expected) && !message.contains("-secret"), "{message}");
    }
    assert!(said(&[format!("ssl.truststore.location={}", file!())]).contains("neither JKS, PKCS#12 nor PEM"));
}

/// A server with the key of the test data, in a thread; what it is told is dropped.
async fn handshake(pairs: &[String], host: &str, versions: Option<SslVersion>) -> Result<(), ClientError> {
    let identity = every_kind().into_iter().find(|(trusted, ..)| *trusted == "trust.jks").unwrap();
    let own: Vec<String> = [key(identity.1)].into_iter().chain(identity.2.into_iter().skip(1)).collect();
    let TlsSettings { identity, .. } = TlsSettings::read(&Properties::from_pairs(&own));
    let Identity { key, chain } = stores::identity(&identity.unwrap()).unwrap();
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    acceptor.set_private_key(&key).unwrap();
    acceptor.set_certificate(&chain[0]).unwrap();
    acceptor.set_max_proto_version(versions).unwrap();
    let acceptor = acceptor.build();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let session = Ssl::new(acceptor.context()).unwrap();
        let _ = Blocking::new(session, socket).unwrap().accept();
    });
    let tls = load(pairs)?;
    let socket = TcpStream::connect(address).await.unwrap();
    let outcome = tls.connect(&format!("{host}:{}", address.port()), socket).await.map(drop);
    server.join().unwrap();
    outcome
}

fn fault(outcome: Result<(), ClientError>) -> TlsFault {
    match outcome.unwrap_err() {
        ClientError::Handshake { fault, .. } => fault,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_trusted_server_of_that_name_is_accepted() {
    let pairs = [trust("trust.jks")];
    for host in ["localhost", "127.0.0.1"] {
        assert_eq!(handshake(&pairs, host, None).await, Ok(()));
    }
}

#[tokio::test]
async fn another_name_is_refused_unless_names_are_not_checked() {
    let refused = fault(handshake(&[trust("trust.jks")], "elsewhere", None).await);
    assert_eq!(
        refused,
        TlsFault::OtherHost("the certificate is for localhost, 127.0.0.1, not for elsewhere".to_owned())
    );
    let unchecked = [trust("trust.jks"), "ssl.endpoint.identification.algorithm=".to_owned()];
    assert_eq!(handshake(&unchecked, "elsewhere", None).await, Ok(()));
}

#[tokio::test]
async fn a_server_of_a_foreign_authority_is_not_trusted() {
    let foreign = tempfile::NamedTempFile::new().unwrap();
    let certificate = foreign_certificate();
    std::fs::write(foreign.path(), certificate.to_pem().unwrap()).unwrap();
    let pairs = [format!("ssl.truststore.location={}", foreign.path().display())];
    let TlsFault::Untrusted(text) = fault(handshake(&pairs, "localhost", None).await) else { panic!("trusted") };
    assert!(text.contains("CN=kavka test"), "{text}");
}

fn foreign_certificate() -> X509 {
    let key = openssl::pkey::PKey::ec_gen("prime256v1").unwrap();
    let mut name = openssl::x509::X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "foreign").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&openssl::asn1::Asn1Time::days_from_now(0).unwrap()).unwrap();
    builder.set_not_after(&openssl::asn1::Asn1Time::days_from_now(9).unwrap()).unwrap();
    builder.sign(&key, openssl::hash::MessageDigest::sha256()).unwrap();
    builder.build()
}

#[tokio::test]
async fn a_server_of_older_versions_only_is_a_disagreement() {
    let pairs = [trust("trust.jks"), "ssl.enabled.protocols=TLSv1.3".to_owned()];
    let refused = fault(handshake(&pairs, "localhost", Some(SslVersion::TLS1_2)).await);
    assert!(matches!(refused, TlsFault::Disagreement(_)), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_a_mismatch() {
    for answer in [&b""[..], &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..]] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            use std::io::{Read, Write};
            let (mut socket, _) = listener.accept().unwrap();
            let mut hello = [0; 4096];
            let _ = socket.read(&mut hello).unwrap();
            socket.write_all(answer).unwrap();
        });
        let tls = load(&[trust("trust.jks")]).unwrap();
        let socket = TcpStream::connect(address).await.unwrap();
        let error = tls.connect("localhost:1", socket).await.map(drop).unwrap_err();
        assert!(matches!(error, ClientError::Mismatch { .. }), "{error:?}");
        server.join().unwrap();
    }
}
