//! Settings of security that are wrong: what is said, how it ends, and that no secret is told.

use std::path::{Path, PathBuf};

use crate::broker::Broker;
use crate::{Printed, kavka};

/// Every setting that holds a secret; the secrets are what stands between two of these signs.
const SECRETS: [&str; 6] = ["store-3141", "trust-5926", "key-5358", "jaas-9793", "client-2384", "pem-6264"];

const JAAS: &str = "sasl.jaas.config=org.apache.kafka.common.security.";

/// Settings with every secret, each of which fails in its own way.
fn failing() -> Vec<(&'static str, String)> {
    let stores = "ssl.keystore.password=store-3141\nssl.truststore.password=trust-5926\nssl.key.password=key-5358\n";
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/src/client/tls/testdata");
    let own = format!("ssl.keystore.location={data}/key.jks\n{stores}");
    let plain = format!("{JAAS}plain.PlainLoginModule required username=alice password=jaas-9793;\n");
    let oidc = "sasl.oauthbearer.token.endpoint.url=http://127.0.0.1:1/\nsasl.mechanism=OAUTHBEARER\n\
        sasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler\n\
        sasl.oauthbearer.client.credentials.client.secret=client-2384\n";
    vec![
        (
            "a login where none is wanted",
            format!("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n{plain}{stores}"),
        ),
        ("no mechanism", format!("security.protocol=SASL_SSL\n{plain}{stores}")),
        (
            "a JAAS line without an end",
            format!(
                "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\n{JAAS}plain.PlainLoginModule required password=x jaas-9793\n"
            ),
        ),
        (
            "no sound key",
            "security.protocol=SSL\nssl.keystore.key=pem-6264\nssl.keystore.certificate.chain=pem-6264\n".to_owned(),
        ),
        ("no such store", format!("security.protocol=SSL\nssl.truststore.location=/no/such/file\n{own}")),
        ("a wrong password", format!("security.protocol=SSL\nssl.truststore.location={data}/trust.jks\n{own}")),
        (
            "a token where none is wanted",
            format!(
                "security.protocol=SASL_PLAINTEXT\n{oidc}{JAAS}oauthbearer.OAuthBearerLoginModule required clientId=a;\n"
            ),
        ),
        ("TLS to a port without", "security.protocol=SSL\nssl.protocol=TLSv1.2\nssl.key.pasword=key-5358\n".to_owned()),
    ]
}

fn call(home: &Path, file: &Path, words: &str, servers: &str) -> Printed {
    let mut command = kavka(home);
    command.args(words.split(' ')).args(["--bootstrap-server", servers]);
    command.arg("--command-config").arg(file).env("KAVKA_LOG", "trace");
    let output = command.write_stdin("x\n").output().unwrap();
    Printed {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}

fn written(home: &Path, settings: &str) -> PathBuf {
    let file = home.join("client.properties");
    std::fs::write(&file, settings).unwrap();
    file
}

#[test]
fn nothing_that_is_printed_holds_a_secret() {
    let broker = Broker::start();
    for (what, settings) in failing() {
        let file = written(broker.home(), &settings);
        let name = "kafka-topics.sh --list";
        for words in ["topics --list", "produce --topic t", "consume --topic t --max-messages 1", name] {
            if what == "TLS to a port without" && words == name {
                continue; // It waits for as long as Apache's tool does.
            }
            let printed = call(broker.home(), &file, words, &broker.address);
            let all = format!("{}{}", printed.stdout, printed.stderr);
            assert!(printed.code.is_some_and(|code| code > 0), "{what}: {words}: {printed:?}");
            let told: Vec<_> = SECRETS.iter().filter(|secret| all.contains(*secret)).collect();
            assert!(told.is_empty(), "{what}: {words} tells {told:?}: {all}");
        }
    }
}

#[test]
fn what_is_wrong_is_said_with_what_to_do_and_a_code_of_its_own() {
    let broker = Broker::start();
    let expected = [
        (4, "refused the authentication: Unexpected handshake request", "security.protocol=PLAINTEXT or SSL"),
        (2, "sasl.mechanism is not set, which means GSSAPI", "it is sasl.mechanism=PLAIN"),
        (2, "sasl.jaas.config: Value not specified for a key in JAAS config", "needs quotes"),
        (2, "ssl.keystore.key has no private key", ""),
        (2, "cannot read /no/such/file (ssl.truststore.location): No such file", ""),
        (2, "ssl.truststore.password does not open", "keytool -list"),
        (4, "refused the authentication: Unexpected handshake request with client mechanism OAUTHBEARER", ""),
        (3, "it closed the connection instead of answering with TLS", "security.protocol=PLAINTEXT"),
    ];
    for ((what, settings), (code, error, hint)) in failing().into_iter().zip(expected) {
        let file = written(broker.home(), &settings);
        for words in ["topics --list", "produce --topic t", "consume --topic t --max-messages 1"] {
            let Printed { stderr, code: ended, .. } = call(broker.home(), &file, words, &broker.address);
            assert_eq!(ended, Some(code), "{what}: {words}: {stderr}");
            assert!(stderr.contains(error) && stderr.contains(hint), "{what}: {words}: {stderr}");
        }
    }
}

#[test]
fn a_misspelt_key_is_told_once_with_the_nearest_one() {
    let broker = Broker::start();
    let file = written(broker.home(), "ssl.trustore.location=a\nssl.provider=b\nretry.backof.ms=1\n");
    for words in ["topics --list", "produce --topic t"] {
        let Printed { stderr, code, .. } = call(broker.home(), &file, words, &broker.address);
        assert_eq!(code, Some(0), "{stderr}");
        for told in
            ["did you mean ssl.truststore.location?", "ssl.provider has no effect", "did you mean retry.backoff.ms?"]
        {
            assert_eq!(stderr.matches(told).count(), 1, "{told}: {stderr}");
        }
    }
}

#[test]
fn values_come_from_providers_addresses_included() {
    let broker = Broker::start();
    let secrets = broker.home().join("secrets");
    std::fs::write(&secrets, format!("where={}\n", broker.address)).unwrap();
    let class = "org.apache.kafka.common.config.provider.FileConfigProvider";
    let file = written(
        broker.home(),
        &format!(
            "config.providers=f\nconfig.providers.f.class={class}\nbootstrap.servers=${{f:{}:where}}\n",
            secrets.display()
        ),
    );
    let mut command = kavka(broker.home());
    let output = command.args(["topics", "--list", "--command-config"]).arg(file).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}
