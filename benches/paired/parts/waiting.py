"""Producers that wait for the platter: acks=all on a topic with flush.messages=1, so that every acknowledged record is synced.

One producer shows what a sync costs; many show whether those who wait share one. `programs/raw_waiting.c` sends a batch
of one record on each connection and waits for the answer before the next. kfake has no such setting; it is started with
its own that syncs every batch.
"""

import programs
import topics
from contenders import SyncedKfake

NAME = "waiting"
RECORD = (100, 200, "none")  # record bytes, batch bytes, codec
ONE, PRODUCERS = 1, (1, 8, 32)


def measure(plan):
    batch = plan.batches([RECORD])[RECORD]
    plan.figures.note(NAME, f"flush.messages=1, acks=all, one partition, batches of {batch['records']} record(s), one request in flight on "
                            "each connection. Acknowledged requests a second. Limit: one fdatasync of 4 KiB after the other.")
    with plan.brokers(Kfake=SyncedKfake) as brokers:
        def once(broker):
            rates = {}
            for producers in PRODUCERS:
                rate = rates[producers] = acknowledged(plan, broker, producers, batch, plan.pick(1, 2, 8))
                plan.figures.add(NAME, title(producers), "acknowledged", "requests/s", broker.title, rate)
                if producers > ONE:
                    plan.figures.add(NAME, title(producers), "rate against one producer", "times", broker.title, rate / rates[ONE])

        def beside():
            plan.figures.limit(NAME, title(ONE), "acknowledged", 1000 / plan.limits.beside("fdatasync")["fdatasync"]["p50"])
        for broker in brokers:
            acknowledged(plan, broker, max(PRODUCERS), batch, 1)
        plan.alternate(NAME, "every number of producers", brokers, once, beside=beside)


def title(producers):
    return f"{producers} producer{'s' if producers > 1 else ''}"


def acknowledged(plan, broker, producers, batch, seconds):
    topic = plan.new_topic()
    topics.create(broker, topic, configs={"flush.messages": "1"})
    sent = programs.load(broker, "raw_waiting", broker.port, topic, producers, seconds, batch["path"])
    topics.must_hold(broker, topic, 1, sent["requests"] * batch["records"])
    topics.delete(broker, topic)
    return sent["requests"] / sent["seconds"]
