"""Certificates and stores of every kind, made anew for each run by openssl and keytool.

One authority signs the broker's certificate (for `localhost` only, so that 127.0.0.1 is another host), one that has expired, and
a client's; another authority, whom nobody trusts, signs a broker's and a client's. All secrets are in `SECRETS`.
"""

import shutil
from pathlib import Path

from harness import packages, processes

STORE, KEY = "store-pass-3141", "key-pass-5926"
SECRETS = [STORE, KEY]
BAG_OF_NAMES = "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n"


class Certificates:
    """A folder of PEM files, PKCS#12 files and JKS files."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "names").write_text(BAG_OF_NAMES)
        for authority in ("authority", "stranger"):
            self._authority(authority)
        for name, authority in [("broker", "authority"), ("expired", "authority"), ("foreign", "stranger"), ("client", "authority"),
                                ("intruder", "stranger")]:
            self._signed(name, authority, days=-1 if name == "expired" else 30)
            self._openssl("pkcs12", "-export", "-name", name, "-inkey", f"{name}.key", "-in", f"{name}.crt", "-certfile", f"{authority}.crt",
                          "-passout", f"pass:{STORE}", "-out", f"{name}.p12")
        self._trust_stores()
        self._key_stores()

    def path(self, name):
        return self.folder / name

    def _authority(self, name):
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                      f"/O=kavka tests/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt")

    def _signed(self, name, authority, days):
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/O=kavka tests/CN={name}",
                      "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key", "-CAcreateserial",
                      "-days", str(days), "-extfile", "names", "-out", f"{name}.crt")

    def _trust_stores(self):
        for name, kind in [("trust.jks", "JKS"), ("trust.p12", "PKCS12")]:
            self._keytool("-importcert", "-noprompt", "-alias", "authority", "-file", "authority.crt", "-keystore", name, "-storetype", kind,
                          "-storepass", STORE)
        # What keytool writes nowadays when nobody says a type.
        shutil.copy(self.path("trust.p12"), self.path("trust-in-truth-p12.jks"))

    def _key_stores(self):
        """The client's key as keytool keeps it, with a password of its own where the kind has one, and as encrypted PEM."""
        origin = ["-srckeystore", "client.p12", "-srcstoretype", "PKCS12", "-srcstorepass", STORE, "-srcalias", "client"]
        self._keytool("-importkeystore", *origin, "-destkeystore", "client.jks", "-deststoretype", "JKS", "-deststorepass", STORE,
                      "-destkeypass", KEY)
        self._keytool("-importkeystore", *origin, "-destkeystore", "client-keytool.p12", "-deststoretype", "PKCS12", "-deststorepass", STORE)
        self._openssl("pkcs12", "-export", "-legacy", "-name", "client", "-inkey", "client.key", "-in", "client.crt", "-certfile",
                      "authority.crt", "-passout", f"pass:{STORE}", "-out", "client-old.p12")
        self._openssl("pkcs8", "-topk8", "-in", "client.key", "-passout", f"pass:{KEY}", "-out", "client.enc.key")
        text = self.path("client.enc.key").read_text() + self.path("client.crt").read_text()
        self.path("client.pem").write_text(text)

    def _openssl(self, *words):
        self._call("openssl", *words)

    def _keytool(self, *words):
        self._call("keytool", "-J-XX:TieredStopAtLevel=1", "-J-Xmx64m", *words)

    def _call(self, *words):
        if not shutil.which(words[0]):
            raise packages.Missing(f"{words[0]} is not installed")
        done = processes.run(words, cwd=self.folder)
        if done.returncode:
            raise packages.Missing(f"{words[0]} {words[1]} failed: {(done.stdout + done.stderr).decode(errors='replace')[-600:]}")
