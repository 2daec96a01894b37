"""Apache Kafka's ClientCompatibilityTest: producer, consumer and admin client against what a broker is said to have.

It is told of every broker that it has all that Apache's broker of the target version has; authorization is off in both.
"""

from application import PATIENCE, Application, step, want
from program import kafka_tool, versions
from harness import packages

MAIN = "org.apache.kafka.tools.ClientCompatibilityTest"
HAS = ["offsets-for-times", "cluster-id", "create-topics", "describe-acls", "describe-configs", "idempotent-producer"]


class Compatibility(Application):
    name = "compatibility-test"

    @classmethod
    def version(cls):
        return versions(packages.apache_kafka(), "kafka-tools")

    @step("by the target version")
    def target(self):
        self._by(None)

    @step("by the newest", only_in_full=True)
    def newest(self):
        self._by("newest")

    @step("by the last of 3.x", only_in_full=True)
    def last_of_3(self):
        self._by("3.9")

    def _by(self, version):
        if "newtopic" in self.witness.topics():  # made by the run before
            self.witness.delete_topic("newtopic")
        supported = [word for what in HAS for word in (f"--{what}-supported", "True")]
        program = self.run(kafka_tool(MAIN, "--bootstrap-server", self.broker.address, "--topic", f"compatible-{version}", *supported,
                                      "--expect-record-too-large-exception", "False", "--num-cluster-nodes", 1, version=version))
        want(program.finish(PATIENCE), 0, f"exit code ({program.last_words()})")
        want(program.lines[-1:], ["SUCCESS."], "last line")
