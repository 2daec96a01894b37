"""Apache Kafka with a listener of every security protocol, and some with a fault.

`PLAINTEXT` is the brokers' own and the suite's back door. `SSL` and `MUTUAL` have a sound certificate, `MUTUAL` wants one of the
client; the certificate of `EXPIRED` has expired, that of `FOREIGN` is signed by nobody who is trusted. `SASL_SSL`,
`SASL_PLAINTEXT` know the user alice by every mechanism, `REAUTH` by SCRAM-SHA-256 only, and for three seconds.
"""

from harness import java, processes
from harness.apache_kafka import ALONE, CLUSTER_ID, ApacheKafka
from harness.certificates import STORE
from harness.started import NotReady

USER, PASSWORD = "alice", "alice-pass-2718"
PROTOCOLS = {"SSL": "SSL", "MUTUAL": "SSL", "EXPIRED": "SSL", "FOREIGN": "SSL", "SASL_SSL": "SASL_SSL",
             "SASL_PLAINTEXT": "SASL_PLAINTEXT", "REAUTH": "SASL_PLAINTEXT"}
CERTIFICATES = {"EXPIRED": "expired", "FOREIGN": "foreign"}
SESSION_MS = 3000
MODULES = "org.apache.kafka.common.security."


class SecuredKafka(ApacheKafka):
    HEAP = "384m"

    def __init__(self, certificates, version=None):
        super().__init__(version=version, settings={**ALONE, "offsets.topic.num.partitions": 1})
        self.certificates = certificates
        self.ports = {name: processes.free_port() for name in PROTOCOLS}

    def at(self, listener, host="localhost"):
        return f"{host}:{self.port if listener == 'PLAINTEXT' else self.ports[listener]}"

    def properties(self):
        properties = super().properties()
        ours = ",".join(f"{name}://{self.at(name)}" for name in PROTOCOLS)
        for key in ("listeners", "advertised.listeners"):
            properties[key] = f"{properties[key]},{ours}"
        protocols = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT", **PROTOCOLS}
        properties["listener.security.protocol.map"] = ",".join(f"{name}:{protocol}" for name, protocol in protocols.items())
        properties["sasl.enabled.mechanisms"] = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER"
        properties["connection.failed.authentication.delay.ms"] = 50
        for name, protocol in PROTOCOLS.items():
            if protocol.endswith("SSL"):
                properties.update(self._certificate(name))
            if protocol.startswith("SASL"):
                properties.update(self._logins(name))
        properties["listener.name.mutual.ssl.client.auth"] = "required"
        return properties

    def _certificate(self, name):
        prefix, path = f"listener.name.{name.lower()}.ssl", self.certificates.path
        return {f"{prefix}.keystore.location": path(f"{CERTIFICATES.get(name, 'broker')}.p12"), f"{prefix}.keystore.type": "PKCS12",
                f"{prefix}.keystore.password": STORE, f"{prefix}.truststore.location": path("trust.p12"),
                f"{prefix}.truststore.type": "PKCS12", f"{prefix}.truststore.password": STORE}

    def _logins(self, name):
        prefix = f"listener.name.{name.lower()}"
        modules = {"plain": f'plain.PlainLoginModule required user_{USER}="{PASSWORD}"', "scram-sha-256": "scram.ScramLoginModule required",
                   "scram-sha-512": "scram.ScramLoginModule required",
                   "oauthbearer": 'oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker"'}
        logins = {f"{prefix}.{mechanism}.sasl.jaas.config": f"{MODULES}{module};" for mechanism, module in modules.items()}
        if name == "REAUTH":
            logins[f"{prefix}.sasl.enabled.mechanisms"] = "SCRAM-SHA-256"
            logins.update({f"{prefix}.{mechanism}.connections.max.reauth.ms": SESSION_MS for mechanism in modules})
        return logins

    def format(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self.folder / "server.properties"
        settings.write_text("".join(f"{name}={value}\n" for name, value in self.properties().items()))
        users = [word for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
                 for word in ("--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]")]
        done = processes.run(java.command("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", settings, *users,
                                          version=self.version, heap=self.HEAP))
        if done.returncode:
            raise NotReady(f"format: {done.stderr.decode(errors='replace')[-1500:]}")
