"""kafka-producer-perf-test and kafka-consumer-perf-test: what the one says that it sent is what is stored, and what the
other says that it received.
"""

import re
from collections import Counter

from application import PATIENCE, Application, step, stored, want
from program import kafka_tool, versions
from harness import packages


class Performance(Application):
    name = "perf-test"

    @classmethod
    def version(cls):
        return versions(packages.apache_kafka(), "kafka-tools")

    @step("100 B, defaults")
    def defaults(self):
        self._there_and_back("defaults", 100_000, 100)

    @step("1 KiB, lz4, 3 partitions, linger 5 ms")
    def compressed(self):
        self._there_and_back("compressed", 30_000, 1024, partitions=3, properties=["compression.type=lz4", "linger.ms=5"])

    @step("10 B, acks 1, zstd, batches of 1 MiB, not idempotent")
    def large_batches(self):
        self._there_and_back("large-batches", 200_000, 10, properties=["acks=1", "enable.idempotence=false", "compression.type=zstd",
                                                                      "batch.size=1048576", "max.request.size=2097152"])

    @step("acks 0, at 2,000 records/s")
    def unacknowledged(self):
        self._there_and_back("unacknowledged", 6_000, 100, rate=2_000, properties=["acks=0"])

    @step("900 kB, acks all")
    def large_records(self):
        self._there_and_back("large-records", 40, 900_000)

    @step("payloads that count")
    def counting(self):
        count = 3_000
        self.witness.create_topic("counting", 2)
        self._produce("counting", count, ["--payload-monotonic"], -1, [])
        values = Counter(record.value for record in self.witness.read("counting"))
        want(values, Counter(b"%d" % number for number in range(count)), "values")

    @step("in transactions of 50 ms")
    def transactions(self):
        count, topic = 3_000, "transactions"
        self.witness.create_topic(topic)
        self._produce(topic, count, ["--payload-monotonic", "--transactional-id", "measured", "--transaction-duration-ms", 50], 3_000, [])
        want([record.value for record in self.witness.read(topic)], [b"%d" % number for number in range(count)], "values")
        markers = sum(stored(self.broker.address, topic)) - count
        want(markers > 5, True, f"ends of transactions are stored ({markers})")

    @step("1,000,000 records, consumed again by the same group", only_in_full=True)
    def million(self):
        count = 1_000_000
        self._there_and_back("million", count, 100, partitions=12, group="again")
        self._produce("million", 50_000, ["--record-size", 100], -1, [])
        self._consume("million", 50_000, 100, "again")

    def _there_and_back(self, topic, count, size, partitions=1, rate=-1, properties=(), group=None):
        self.witness.create_topic(topic, partitions)
        self._produce(topic, count, ["--record-size", size], rate, properties)
        want(sum(stored(self.broker.address, topic, partitions)), count, "records stored")
        self._consume(topic, count, size, group)

    def _produce(self, topic, count, payload, rate, properties):
        told = [word for each in properties for word in ("--command-property", each)]
        program = self.run(kafka_tool("kafka-producer-perf-test", "--bootstrap-server", self.broker.address, "--topic", topic,
                                      "--num-records", count, "--throughput", rate, *payload, *told))
        want(program.finish(3 * PATIENCE), 0, f"exit code ({program.last_words()})")
        want(program.complaints, [], "standard error")
        sent = re.match(r"(\d+) records sent, ", program.lines[-1])
        want(sent and int(sent[1]), count, f"records sent ({program.lines[-1]})")

    def _consume(self, topic, count, size, group):
        chosen = ["--group", group] if group else []
        program = self.run(kafka_tool("kafka-consumer-perf-test", "--bootstrap-server", self.broker.address, "--topic", topic,
                                      "--num-records", count, "--timeout", 20_000, *chosen))
        want(program.finish(3 * PATIENCE), 0, f"exit code ({program.last_words()})")
        want(program.complaints, [], "standard error")
        columns = dict(zip(*(line.split(", ") for line in program.lines[-2:])))
        want(int(columns["data.consumed.in.nMsg"]), count, "records consumed")
        want(float(columns["data.consumed.in.MB"]), round(count * size / 2**20, 4), "MB consumed")
