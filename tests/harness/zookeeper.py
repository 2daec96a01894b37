"""ZooKeeper, for clusters of the days before KRaft: the one that a version of Apache Kafka depends on, alone on loopback."""

import socket
from subprocess import DEVNULL

from harness import java, processes
from harness.started import Started

PROPERTIES = """\
dataDir={data_dir}
clientPort={port}
clientPortAddress=127.0.0.1
tickTime=500
maxClientCnxns=0
admin.enableServer=false
4lw.commands.whitelist=srvr
"""


class ZooKeeper(Started):
    name = "zookeeper"

    def __init__(self, folder, version):
        super().__init__(folder)
        self.version = version

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = self.folder / "zookeeper.properties"
        settings.write_text(PROPERTIES.format(data_dir=self.data_dir, port=self.port))
        words = java.command("org.apache.zookeeper.server.quorum.QuorumPeerMain", settings, version=self.version, heap="128m")
        with open(self.log, "ab") as log:
            self.child = processes.start(words, stdout=log, stderr=log, stdin=DEVNULL)
        self.await_that(self._serves, 30, "ready")
        return self

    def _serves(self):
        with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
            connection.sendall(b"srvr")
            return b"Mode: standalone" in connection.recv(4096)
