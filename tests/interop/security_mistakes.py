"""What people get wrong with TLS and SASL, and what they must be told: by kavka, and under the names of Apache's tools."""

import re
from dataclasses import dataclass, field

from harness.certificates import STORE
from harness.secured_kafka import PASSWORD, USER

WRONG = "wrong-pass-1618"
MODULES = "org.apache.kafka.common.security."
UNREACHABLE, NOT_AUTHORISED, USAGE = 3, 4, 2


@dataclass
class Mistake:
    name: str
    listener: str
    settings: callable
    code: int
    says: list
    host: str = "localhost"
    hints: bool = True
    calls: tuple = ("topics", "produce")
    # Whether Apache's tools can be asked, too: some things are Java's own.
    in_apache: bool = True

    def server(self, trial):
        return trial.kafka.at(self.listener, self.host)


def login(mechanism, module, secret):
    line = f'{MODULES}{module}LoginModule required username="{USER}" password="{secret}";'
    return {"sasl.mechanism": mechanism, "sasl.jaas.config": line}


def ssl(trial, **more):
    return {"security.protocol": "SSL", **trial.trust("trust.jks", STORE), **{key.replace("_", "."): value for key, value in more.items()}}


def sasl(trial, mechanism, module, secret=PASSWORD, listener="SASL_SSL"):
    return trial.sasl(listener, login(mechanism, module, secret))


MISTAKES = [
    Mistake("wrong password, PLAIN", "SASL_SSL", lambda t: sasl(t, "PLAIN", "plain.Plain", WRONG), NOT_AUTHORISED,
            ["refused the authentication: Authentication failed: Invalid username or password"], calls=("topics", "produce", "consume")),
    Mistake("wrong password, SCRAM", "SASL_PLAINTEXT", lambda t: sasl(t, "SCRAM-SHA-512", "scram.Scram", WRONG, "SASL_PLAINTEXT"),
            NOT_AUTHORISED, ["invalid credentials with SASL mechanism SCRAM-SHA-512"]),
    Mistake("a mechanism that is not offered", "REAUTH", lambda t: sasl(t, "PLAIN", "plain.Plain", listener="SASL_PLAINTEXT"), NOT_AUTHORISED,
            [r"Client SASL mechanism 'PLAIN' not enabled in the server, enabled mechanisms are \[SCRAM-SHA-256\]"]),
    Mistake("a mechanism that nobody has", "SASL_SSL", lambda t: sasl(t, "SCRAM-SHA-1", "scram.Scram"), USAGE,
            ["SCRAM-SHA-1 does not exist here"], in_apache=False),
    Mistake("no mechanism", "SASL_SSL", lambda t: {k: v for k, v in sasl(t, "PLAIN", "plain.Plain").items() if k != "sasl.mechanism"}, USAGE,
            ["means GSSAPI", "it is sasl.mechanism=PLAIN"]),
    Mistake("no login", "SASL_PLAINTEXT", lambda t: {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}, USAGE,
            ["needs sasl.jaas.config", "PlainLoginModule required username="]),
    Mistake("wrong secret of the identity provider", "SASL_SSL",
            lambda t: t.sasl("SASL_SSL", t.provided(t.provider.http, WRONG)), NOT_AUTHORISED, ["401 Unauthorized, invalid_client: no such client"],
            in_apache=False),
    Mistake("an expired certificate", "EXPIRED", ssl, NOT_AUTHORISED, [r"certificate of O=kavka tests, CN=expired expired at \w+ +\d+"],
            calls=("topics", "produce", "consume")),
    Mistake("a certificate of a foreign authority", "FOREIGN", ssl, NOT_AUTHORISED,
            ["certificate of O=kavka tests, CN=(foreign|stranger), signed by O=kavka tests, CN=stranger, is not trusted", "ssl.truststore.location"]),
    Mistake("another host's certificate", "SSL", ssl, NOT_AUTHORISED, ["the certificate is for localhost, not for 127.0.0.1"], host="127.0.0.1"),
    Mistake("no certificate of our own", "MUTUAL", ssl, NOT_AUTHORISED, ["the broker (wants a certificate of ours|did not accept our certificate)",
                                                                       "ssl.keystore.location"]),
    Mistake("a certificate of our own that is not trusted", "MUTUAL", lambda t: {**ssl(t), **t.own("intruder.p12", STORE)}, NOT_AUTHORISED,
            ["the broker did not accept our certificate|the broker wants a certificate of ours"]),
    Mistake("TLS to a port without", "PLAINTEXT", ssl, UNREACHABLE, ["closed the connection instead of answering with TLS",
                                                                     "security.protocol=PLAINTEXT"]),
    Mistake("no TLS to a port with", "SSL", lambda _: {}, UNREACHABLE, ["it answers with TLS", "security.protocol=SSL"]),
    Mistake("no login to a port that wants one", "SASL_PLAINTEXT", lambda _: {}, UNREACHABLE,
            ["closed the connection at the first request", "security.protocol=SASL_PLAINTEXT"]),
    Mistake("a login to a port that wants none", "PLAINTEXT", lambda t: sasl(t, "PLAIN", "plain.Plain", listener="SASL_PLAINTEXT"),
            NOT_AUTHORISED,
            ["Unexpected handshake request", "this listener wants no authentication"]),
    Mistake("wrong password of the trust store", "SSL", lambda t: {**ssl(t), "ssl.truststore.password": WRONG}, USAGE,
            [r"ssl\.truststore\.password does not open .*trust\.jks"], calls=("topics", "produce", "consume")),
    Mistake("wrong password of the key store", "MUTUAL", lambda t: {**ssl(t), **t.own("client.p12", WRONG, "PKCS12")}, USAGE,
            [r"ssl\.keystore\.password does not open .*client\.p12"]),
    Mistake("wrong password of the key", "MUTUAL", lambda t: {**ssl(t), **t.own("client.jks", STORE), "ssl.key.password": WRONG}, USAGE,
            [r"ssl\.key\.password does not open the private key"], hints=False),
    Mistake("a store that is not there", "SSL", lambda t: {**ssl(t), "ssl.truststore.location": "/no/such/store.jks"}, USAGE,
            # Java also logs that the time of the file is not known.
            [r"cannot read /no/such/store\.jks \(ssl\.truststore\.location\): No such file"], hints=False, in_apache=False),
]


@dataclass
class Original:
    """Apache's tools in one warm JVM, on the same settings."""

    version: str
    folder: object
    tools: object = field(default=None)

    MAINS = {"kafka-topics.sh": "org.apache.kafka.tools.TopicCommand",
             "kafka-consumer-groups.sh": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
             "kafka-console-producer.sh": "org.apache.kafka.tools.ConsoleProducer",
             "kafka-console-consumer.sh": "org.apache.kafka.tools.consumer.ConsoleConsumer"}
    WORDS = {"kafka-topics.sh": ["--list"], "kafka-consumer-groups.sh": ["--list"], "kafka-console-producer.sh": ["--topic", "t"],
             "kafka-console-consumer.sh": ["--topic", "t", "--timeout-ms", "4000"]}
    # So that Java gives up within seconds; both sides get it.
    LIMITS = {"request.timeout.ms": 2000, "default.api.timeout.ms": 3000, "max.block.ms": 3000}

    def compare(self, mistake, server, settings, trial):
        from harness.apache_tools import ApacheTools
        self.tools = self.tools or ApacheTools(self.folder)
        file, differences = trial.file({**settings, **self.LIMITS}), []
        for tool, words in self.WORDS.items():
            words = ["--bootstrap-server", server, "--command-config", str(file), *words]
            theirs = self.tools.start(self.MAINS[tool], *words, stdin=b"x\n").wait()
            ours = trial.call_apache(tool, words)
            if shape(ours) != shape(theirs):
                differences.append(f"{tool}\n  Apache's {shape(theirs)}\n  ours     {shape(ours)}")
        if differences:
            raise AssertionError("\n".join(differences))


def shape(outcome):
    """Exit code, stdout, and stderr, without times, numbers and stack traces; what Java repeats with every attempt is told once,
    if at all."""
    code, out, err = outcome
    lines = []
    for line in general(err).splitlines():
        if not re.match(r"\s+at |\s*\.\.\. \d+ more|Caused by: |java\.io\.IOException", line) and line not in lines:
            lines.append(line)
    quiet = [line for line in lines if " WARN " not in line or "Fatal error" in line]
    return code, general(out), "\n".join(quiet)


def general(text):
    text = re.sub(r"\[[\d-]+ [\d:,]+\]", "[TIME]", text)
    return re.sub(r"(adminclient|console-consumer)-\d+", r"\1-N", text)
