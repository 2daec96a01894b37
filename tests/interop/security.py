#!/usr/bin/env python3
"""TLS and SASL against a real Apache Kafka, with stores made by keytool and openssl.

    tests/interop/security.py [--full] [--apache]

For every kind of store and every mechanism: topics, produce, consume, groups, each by one command line. For every mistake that
a person makes: what is said, the exit code, and how soon; the same by administration and by records. Whatever a command
prints, at its most talkative, holds no secret. `--full` adds the slower combinations and a session that is begun anew;
`--apache` says beside each mistake what Apache's own tool says, and compares it with what kavka says under that name.
"""

import argparse
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness import packages, processes  # noqa: E402
from harness.certificates import KEY, SECRETS, STORE, Certificates  # noqa: E402
from harness.identity_provider import CLIENT, CLIENT_SECRET, IdentityProvider  # noqa: E402
from harness.report import Report  # noqa: E402
from harness.secured_kafka import PASSWORD, SecuredKafka, USER  # noqa: E402
from security_mistakes import MISTAKES, Original  # noqa: E402

ALL_SECRETS = [*SECRETS, PASSWORD, CLIENT_SECRET, "wrong-pass-1618"]
QUICK = 8  # seconds: three of them are for a server that may come back
MODULES = "org.apache.kafka.common.security."


def main():
    parser = argparse.ArgumentParser(description="TLS and SASL against a real Apache Kafka.")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--apache", action="store_true")
    parser.add_argument("--only", default="", help="what holds this text")
    arguments = parser.parse_args()
    report = Report()
    with tempfile.TemporaryDirectory(prefix="security-") as folder:
        certificates = Certificates(Path(folder) / "certificates")
        kafka = SecuredKafka(certificates)
        provider = IdentityProvider(certificates)
        try:
            kafka.start()
            trial = Trial(kafka, certificates, provider, Path(folder), report, arguments)
            trial.stores()
            trial.mechanisms()
            trial.mistakes()
            if arguments.full:
                trial.session()
            trial.run()
            report.passed("kavka", "no secret in anything that was printed") if trial.is_discreet else None
        finally:
            provider.close()
            kafka.close()
    return report.close()


class Wrong(Exception):
    """Something was not as it should be."""


class Trial:
    def __init__(self, kafka, certificates, provider, folder, report, arguments):
        self.kafka, self.certificates, self.provider, self.folder = kafka, certificates, provider, folder
        self.report, self.arguments = report, arguments
        self.kavka, self.numbers, self.is_discreet, self.checks = packages.kavka(), count(1), True, []
        self.original = Original(kafka.version, folder) if arguments.apache else None

    # What works.

    def stores(self):
        """Every kind of store, to the listener that wants a certificate of ours."""
        for name, settings in self.every_store().items():
            self.check(f"mutual TLS, {name}", lambda settings=settings: self.everything("MUTUAL", settings))
        self.check("TLS without a key, PEM", lambda: self.everything("SSL", tls(self.trust("authority.crt"))))
        one_version = tls(self.trust("trust.jks", STORE), {"ssl.enabled.protocols": "TLSv1.2", "ssl.cipher.suites":
                          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"})
        self.check("TLS 1.2 and one cipher suite", lambda: self.everything("SSL", one_version))
        unchecked = tls(self.trust("trust.jks", STORE), {"ssl.endpoint.identification.algorithm": ""})
        self.check("a name that is not checked", lambda: self.topics(self.kafka.at("SSL", "127.0.0.1"), unchecked))

    def every_store(self):
        path = self.certificates.path
        inline = {"ssl.truststore.type": "PEM", "ssl.keystore.type": "PEM", "ssl.key.password": KEY,
                  "ssl.truststore.certificates": escaped(path("authority.crt")), "ssl.keystore.key": escaped(path("client.enc.key")),
                  "ssl.keystore.certificate.chain": escaped(path("client.crt"))}
        pem = {"ssl.truststore.type": "PEM", "ssl.keystore.type": "PEM", "ssl.key.password": KEY}
        return {
            "JKS": tls(self.trust("trust.jks", STORE), self.own("client.jks", STORE), {"ssl.key.password": KEY}),
            "PKCS#12": tls(self.trust("trust.p12", STORE, "PKCS12"), self.own("client-keytool.p12", STORE, "PKCS12")),
            "PKCS#12 of openssl, called JKS": tls(self.trust("trust-in-truth-p12.jks", STORE), self.own("client.p12", STORE)),
            "PKCS#12 of the old days": tls(self.trust("trust.p12", STORE), self.own("client-old.p12", STORE)),
            "PEM files": tls(self.trust("authority.crt"), self.own("client.pem"), pem),
            "PEM in the properties": tls(inline),
        }

    def mechanisms(self):
        listeners = ["SASL_SSL", "SASL_PLAINTEXT"]
        for mechanism, settings in self.every_login().items():
            for listener in listeners if self.arguments.full else [listeners[0] if mechanism != "PLAIN" else listeners[1]]:
                self.check(f"{mechanism}, {listener}", lambda s=settings, at=listener: self.everything(at, self.sasl(at, s)))
        provided = self.check_provider
        self.check("a token of an identity provider, http", lambda: provided(self.provider.http))
        self.check("a token of an identity provider, https", lambda: provided(self.provider.https))

    def check_provider(self, url):
        self.everything("SASL_SSL", self.sasl("SASL_SSL", self.provided(url)))

    def every_login(self):
        return {"PLAIN": password("PLAIN", "plain.Plain"), "SCRAM-SHA-256": password("SCRAM-SHA-256", "scram.Scram"),
                "SCRAM-SHA-512": password("SCRAM-SHA-512", "scram.Scram"),
                "OAUTHBEARER": {"sasl.mechanism": "OAUTHBEARER",
                                "sasl.jaas.config": f'{MODULES}oauthbearer.OAuthBearerLoginModule required '
                                                    f'unsecuredLoginStringClaim_sub="{USER}";'}}

    def provided(self, url, secret=CLIENT_SECRET):
        trust = f'ssl.truststore.location="{self.certificates.path("authority.crt")}" ssl.truststore.type="PEM"'
        return {"sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url": url,
                "sasl.login.callback.handler.class": f"{MODULES}oauthbearer.OAuthBearerLoginCallbackHandler",
                "sasl.jaas.config": f'{MODULES}oauthbearer.OAuthBearerLoginModule required clientId="{CLIENT}" '
                                    f'clientSecret="{secret}" {trust};'}

    def sasl(self, listener, login):
        return {**(tls(self.trust("trust.p12", STORE, "PKCS12")) if listener == "SASL_SSL" else {}), **login,
                "security.protocol": "SASL_SSL" if listener == "SASL_SSL" else "SASL_PLAINTEXT"}

    def trust(self, name, password=None, kind=None):
        return store("truststore", self.certificates.path(name), password, kind)

    def own(self, name, password=None, kind=None):
        return store("keystore", self.certificates.path(name), password, kind)

    def everything(self, listener, settings):
        """One command line each; what is produced is what is consumed."""
        server, number = self.kafka.at(listener), next(self.numbers)
        topic, values = f"topic-{number}", f"one {number}\ntwo {number}\n".encode()
        self.succeed(server, settings, "produce", "--topic", topic, stdin=values)
        listed = self.topics(server, settings)
        if topic not in listed:
            raise Wrong(f"{topic} is not in {listed}")
        read = self.succeed(server, settings, "consume", "--topic", topic, "--from-beginning", "--max-messages", "2")
        if read != values:
            raise Wrong(f"{read!r} was read instead of {values!r}")
        group = f"group-{number}"
        read = self.succeed(server, settings, "consume", "--topic", topic, "--group", group, "--from-beginning", "--max-messages", "2")
        groups = self.succeed(server, settings, "groups", "--list").decode().split()
        if read != values or group not in groups:
            raise Wrong(f"as a group: {read!r}, groups {groups}")

    def topics(self, server, settings):
        return self.succeed(server, settings, "topics", "--list").decode().split()

    def session(self):
        """A session of three seconds, and a consumer that outlives it."""
        settings = self.sasl("REAUTH", self.every_login()["SCRAM-SHA-256"])
        self.check("a session is begun anew while a consumer reads", lambda: self.long_consumer(settings))

    def long_consumer(self, settings):
        server = self.kafka.at("REAUTH")
        self.succeed(server, settings, "produce", "--topic", "session", stdin=b"a\n")
        begun = time.monotonic()
        words = ["consume", "--topic", "session", "--from-beginning", "--timeout-ms", "9000"]
        read = self.succeed(server, settings, *words)
        if read != b"a\n" or time.monotonic() - begun < 8:
            raise Wrong(f"{read!r} after {time.monotonic() - begun:.1f} s")

    # What does not.

    def mistakes(self):
        for mistake in MISTAKES:
            settings = mistake.settings(self)
            server = mistake.server(self)
            calls = {"topics": ["topics", "--list"], "produce": ["produce", "--topic", "t"],
                     "consume": ["consume", "--topic", "t", "--max-messages", "1", "--timeout-ms", "20000"]}
            if not self.arguments.full:
                calls = {name: calls[name] for name in mistake.calls}
            for name, words in calls.items():
                self.check(f"{mistake.name}: {name}", lambda m=mistake, s=settings, at=server, w=words: self.mistaken(m, at, s, w))
            if self.original and mistake.in_apache:
                self.check(f"{mistake.name}: as Apache's tools", lambda m=mistake, s=settings, at=server: self.compared(m, at, s))

    def mistaken(self, mistake, server, settings, words):
        begun = time.monotonic()
        done = self.call(server, settings, *words, stdin=b"x\n" if words[0] == "produce" else None)
        spent, said = time.monotonic() - begun, done.stderr.decode()
        if done.returncode != mistake.code:
            raise Wrong(f"exit code {done.returncode} instead of {mistake.code}: {said}")
        for expected in mistake.says:
            if not re.search(expected, said):
                raise Wrong(f"{expected!r} is not in {said!r}")
        if not re.search("^hint: ", said, re.MULTILINE) and mistake.hints:
            raise Wrong(f"no hint in {said!r}")
        if spent > QUICK:
            raise Wrong(f"it took {spent:.1f} s")

    def compared(self, mistake, server, settings):
        self.original.compare(mistake, server, settings, self)

    # How commands are called.

    def file(self, settings):
        path = self.folder / f"{next(self.numbers)}.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        return path

    def call(self, server, settings, command, *words, stdin=None):
        argv = [self.kavka, command, "--bootstrap-server", server, "--command-config", self.file(settings), *words]
        done = processes.run(argv, stdin=stdin, timeout=60)
        self.discreet(done, argv)
        return done

    def call_apache(self, tool, words):
        """A tool under Apache's name: exit code, stdout, stderr."""
        done = processes.run([self.kavka, tool, *words], stdin=b"x\n", timeout=60)
        self.discreet(done, [tool, *words])
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def discreet(self, done, argv):
        told = [secret for secret in ALL_SECRETS if secret.encode() in done.stdout + done.stderr]
        if told:
            self.is_discreet = False
            raise Wrong(f"{' '.join(map(str, argv[1:]))} tells the secret {told}")

    def succeed(self, server, settings, command, *words, stdin=None):
        done = self.call(server, settings, command, *words, stdin=stdin)
        if done.returncode:
            raise Wrong(f"{command}: exit code {done.returncode}, {done.stderr.decode().strip()}")
        return done.stdout

    def check(self, what, action):
        if self.arguments.only in what:
            self.checks.append((what, action))

    def run(self):
        """All that was noted, several at once: most of the time is waiting. Apache's tools share one JVM, one after the other."""
        with ThreadPoolExecutor(1 if self.original else 4) as pool:
            for _ in pool.map(lambda check: self.one(*check), self.checks):
                pass

    def one(self, what, action):
        begun = time.monotonic()
        try:
            action()
            self.report.passed("kavka", what, time.monotonic() - begun)
        except Exception as failed:
            self.report.failed("kavka", what, failed)


def tls(*settings):
    merged = {"security.protocol": "SSL"}
    for each in settings:
        merged.update(each)
    return merged


def store(which, path, password, kind):
    settings = {f"ssl.{which}.location": path}
    if password:
        settings[f"ssl.{which}.password"] = password
    if kind or path.suffix in (".crt", ".pem"):
        settings[f"ssl.{which}.type"] = kind or "PEM"
    return settings


def password(mechanism, module, secret=PASSWORD):
    line = f'{MODULES}{module}LoginModule required username="{USER}" password="{secret}";'
    return {"sasl.mechanism": mechanism, "sasl.jaas.config": line}


def escaped(path):
    """As people write PEM into a properties file: one value, its lines continued."""
    return " \\\n  ".join(path.read_text().splitlines())


if __name__ == "__main__":
    sys.exit(main())
