import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileWriter;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Scanner;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * What transactional applications do with Apache Kafka's own client, recorded: writers, transformers and readers, each in a thread.
 *
 * <p>The same actors, orders and deeds as rdkafka_actors.py and rdkafka_agent.py, where they are told in words. Argument: the broker's
 * address.
 */
public final class JavaActors {
    static final ObjectMapper JSON = new ObjectMapper();
    static final Duration PATIENCE = Duration.ofSeconds(40);
    static final double ABORTED = 0.15;
    static final int TRANSFORMED = 3;
    static final long PAUSE_MS = 400;
    static final long PAUSE_WITHIN_MS = 100;

    static String address;
    static String topic;
    static int partitions;
    static Writer history;
    static final List<Actor> ACTORS = new ArrayList<>();

    public static void main(String[] args) throws Exception {
        address = args[0];
        Scanner orders = new Scanner(System.in, "UTF-8");
        while (orders.hasNextLine()) {
            Map<String, Object> answer = new HashMap<>();
            try {
                answer.put("ok", obey(JSON.readTree(orders.nextLine())));
            } catch (Exception failed) {
                failed.printStackTrace();
                answer.put("error", failed.toString());
            }
            System.out.println(JSON.writeValueAsString(answer));
        }
        Runtime.getRuntime().halt(0);
    }

    static Object obey(JsonNode order) throws Exception {
        switch (order.get("op").asText()) {
            case "hello":
                return "Apache Kafka's client " + AppInfoParser.getVersion();
            case "clock":
                return System.nanoTime();
            case "stage_is":
                topic = order.get("topic").asText();
                partitions = order.get("partitions").asInt();
                history = new FileWriter(order.get("history").asText(), true);
                return null;
            case "write":
                return start(new PlainWriter(order));
            case "transform":
                return start(new Transformer(order));
            case "read":
                return start(new Reader(order));
            case "positions":
                return ACTORS.stream().filter(Transformer.class::isInstance).map(actor -> ((Transformer) actor).positions).toList();
            case "rest":
                Class<?> kind = order.get("kind").asText().equals("writers") ? PlainWriter.class : Transformer.class;
                ACTORS.stream().filter(kind::isInstance).forEach(actor -> actor.resting = true);
                return await(kind, order.get("seconds").asLong());
            case "read_to":
                ACTORS.stream().filter(actor -> actor instanceof Reader).forEach(actor -> ((Reader) actor).readTo(order));
                return await(Reader.class, 10 * order.get("seconds").asLong());
            default:
                throw new IllegalArgumentException("no such order: " + order);
        }
    }

    static Object start(Actor actor) {
        ACTORS.add(actor);
        actor.thread.setDaemon(true);
        actor.thread.start();
        return null;
    }

    static Object await(Class<?> kind, long seconds) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        for (Actor actor : ACTORS) {
            if (kind.isInstance(actor)) {
                actor.thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
                if (actor.thread.isAlive() || actor.failed != null) {
                    throw new IllegalStateException(actor.who + (actor.failed == null ? " has not ended" : ": " + actor.failed));
                }
            }
        }
        return null;
    }

    static Properties properties(Object... pairs) {
        Properties chosen = new Properties();
        chosen.put("bootstrap.servers", address);
        chosen.put("reconnect.backoff.ms", 50);
        chosen.put("reconnect.backoff.max.ms", 500);
        for (int at = 0; at < pairs.length; at += 2) {
            chosen.put((String) pairs[at], pairs[at + 1]);
        }
        return chosen;
    }

    static boolean isTransformed(String value) {
        return !value.contains("transformer") && Integer.parseInt(value.substring(value.lastIndexOf('/') + 1)) % TRANSFORMED == 0;
    }

    /** The client can do no more with this producer. */
    static final class Lost extends Exception {
        Lost(Throwable cause) {
            super(cause.toString());
        }
    }

    abstract static class Actor {
        final String who;
        final Random chance = new Random();
        final Thread thread = new Thread(this::liveOrTell);
        volatile boolean resting;
        volatile Throwable failed;

        Actor(JsonNode order) {
            who = order.get("who").asText();
        }

        abstract void live() throws Exception;

        void liveOrTell() {
            try {
                live();
            } catch (Throwable thrown) {
                thrown.printStackTrace();
                failed = thrown;
            }
        }

        void record(String did, String transaction, Object... pairs) {
            Map<String, Object> deed = new LinkedHashMap<>();
            // The time is taken inside, so that lines stand in the order of their times.
            synchronized (JavaActors.class) {
                deed.put("at", System.nanoTime());
                deed.put("who", who);
                deed.put("did", did);
                if (transaction != null) {
                    deed.put("transaction", transaction);
                }
                for (int at = 0; at < pairs.length; at += 2) {
                    deed.put((String) pairs[at], pairs[at + 1]);
                }
                try {
                    history.write(JSON.writeValueAsString(deed) + "\n");
                    history.flush();
                } catch (IOException cannotWrite) {
                    throw new IllegalStateException(cannotWrite);
                }
            }
        }

        List<Integer> somePartitions() {
            List<Integer> all = new ArrayList<>();
            for (int partition = 0; partition < partitions; partition++) {
                all.add(partition);
            }
            Collections.shuffle(all, chance);
            return all.subList(0, 1 + chance.nextInt(4));
        }
    }

    abstract static class Transactor extends Actor {
        final String id;
        final boolean shared;
        KafkaProducer<String, String> producer;
        int begun;
        List<Object> told = new ArrayList<>();
        List<Object> refused = new ArrayList<>();

        Transactor(JsonNode order) {
            super(order);
            id = order.get("id").asText();
            shared = order.path("shared").asBoolean();
        }

        abstract void transaction() throws Lost;

        void opened() throws Lost {
        }

        void goodbye() {
        }

        @Override
        void live() throws Exception {
            while (!resting) {
                producer = new KafkaProducer<>(properties("transactional.id", id, "linger.ms", 2, "batch.size", 512, "max.block.ms", 10_000,
                        "transaction.timeout.ms", 20_000, "delivery.timeout.ms", 30_000, "request.timeout.ms", 10_000),
                        new StringSerializer(), new StringSerializer());
                try {
                    insist(() -> producer.initTransactions());
                    record("opened", null, "id", id);
                    opened();
                    while (!resting) {
                        transaction();
                    }
                } catch (Lost | KafkaException lost) {
                    record("lost the producer", null, "error", lost.toString());
                    // Who shares its id leaves the other a while.
                    Thread.sleep(shared ? 1000 + chance.nextInt(3000) : 50);
                } finally {
                    producer.close(Duration.ZERO);
                }
            }
            goodbye();
        }

        String begin() throws Lost {
            begun++;
            String name = who + "." + begun;
            told = Collections.synchronizedList(new ArrayList<>());
            refused = Collections.synchronizedList(new ArrayList<>());
            record("begin", name);
            attempt(name, "begin", () -> producer.beginTransaction());
            return name;
        }

        /** Records are (partition, number). */
        void send(String name, List<int[]> records) throws Lost {
            record("send", name, "records", records);
            List<Object> itsTold = told;
            List<Object> itsRefused = refused;
            for (int[] record : records) {
                ProducerRecord<String, String> made = new ProducerRecord<>(topic, record[0], null, name + "/" + record[1]);
                attempt(name, "send", () -> producer.send(made, (place, error) -> {
                    if (error == null) {
                        itsTold.add(new Object[] {record[1], place.offset()});
                    } else {
                        itsRefused.add(record[1]);
                    }
                }));
            }
        }

        void tell(String name) {
            List<Object> nowTold = drained(told);
            List<Object> nowRefused = drained(refused);
            if (!nowTold.isEmpty()) {
                record("acknowledged", name, "records", nowTold);
            }
            if (!nowRefused.isEmpty()) {
                record("refused", name, "numbers", nowRefused);
            }
        }

        private static List<Object> drained(List<Object> answers) {
            synchronized (answers) {
                List<Object> copy = new ArrayList<>(answers);
                answers.clear();
                return copy;
            }
        }

        boolean finish(String name) throws Lost {
            if (chance.nextBoolean()) {
                producer.flush();
                tell(name);
            }
            if (chance.nextDouble() < ABORTED) {
                return abort(name);
            }
            record("commit", name);
            attempt(name, "commit", () -> producer.commitTransaction());
            record("committed", name);
            tell(name);
            return true;
        }

        boolean abort(String name) throws Lost {
            record("abort", name);
            try {
                insist(() -> producer.abortTransaction());
            } catch (Lost | KafkaException failed) {
                record("failed", name, "of", "abort", "error", failed.toString());
                throw new Lost(failed);
            }
            record("aborted", name);
            tell(name);
            return false;
        }

        /** A call in a transaction. When it cannot succeed the transaction is aborted, and Aborted thrown. */
        void attempt(String name, String of, Runnable call) throws Lost {
            try {
                insist(call);
            } catch (Lost | KafkaException failed) {
                record("failed", name, "of", of, "error", failed.toString());
                tell(name);
                if (failed instanceof Lost) {
                    throw (Lost) failed;
                }
                abort(name);
                throw new Aborted();
            }
        }

        /** Calls again what may be called again. Throws KafkaException where the transaction must be aborted. */
        void insist(Runnable call) throws Lost {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                try {
                    call.run();
                    return;
                } catch (ProducerFencedException | OutOfOrderSequenceException | AuthorizationException | UnsupportedVersionException
                        | IllegalStateException fatal) {
                    throw new Lost(fatal);
                } catch (TimeoutException late) {
                    if (System.nanoTime() > deadline) {
                        throw new Lost(late);
                    }
                }
            }
        }
    }

    /** The transaction could only be aborted, and it was. */
    static final class Aborted extends RuntimeException {
    }

    static final class PlainWriter extends Transactor {
        PlainWriter(JsonNode order) {
            super(order);
        }

        @Override
        void transaction() throws Lost {
            try {
                String name = begin();
                for (List<int[]> portion : portions()) {
                    send(name, portion);
                    rest(PAUSE_WITHIN_MS);
                }
                finish(name);
            } catch (Aborted aborted) {
                // The next one, then.
            }
            rest(PAUSE_MS);
        }

        void rest(long atMost) {
            try {
                Thread.sleep(chance.nextInt((int) atMost));
            } catch (InterruptedException interrupted) {
                resting = true;
            }
        }

        List<List<int[]>> portions() {
            List<Integer> chosen = somePartitions();
            int count = chosen.size() + chance.nextInt(46 - chosen.size());
            int pieces = 1 + chance.nextInt(3);
            int size = (count + pieces - 1) / pieces;
            List<List<int[]>> portions = new ArrayList<>();
            for (int number = 0; number < count; number++) {
                if (number % size == 0) {
                    portions.add(new ArrayList<>());
                }
                int partition = chosen.get(number < chosen.size() ? number : chance.nextInt(chosen.size()));
                portions.get(portions.size() - 1).add(new int[] {partition, number});
            }
            return portions;
        }
    }

    static final class Transformer extends Transactor implements ConsumerRebalanceListener {
        final String group;
        final Map<Integer, Long> positions = new ConcurrentHashMap<>();
        KafkaConsumer<String, String> consumer;
        boolean revoked;
        boolean mustGoBack;

        Transformer(JsonNode order) {
            super(order);
            group = order.get("group").asText();
        }

        @Override
        void live() throws Exception {
            record("reads", null, "isolation", "read_committed", "group", group);
            consumer = new KafkaConsumer<>(properties("group.id", group, "isolation.level", "read_committed", "enable.auto.commit", false,
                    "auto.offset.reset", "earliest", "max.poll.records", 60, "session.timeout.ms", 6000, "heartbeat.interval.ms", 1000,
                    "fetch.max.wait.ms", 100, "partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor"),
                    new StringDeserializer(), new StringDeserializer());
            consumer.subscribe(List.of(topic), this);
            super.live();
        }

        @Override
        void goodbye() {
            consumer.close();
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> given) {
            Map<Integer, Object> unknown = new HashMap<>();
            given.forEach(place -> unknown.put(place.partition(), null));
            record("moved", null, "to", unknown);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> taken) {
            revoked = true;
        }

        @Override
        void opened() throws Lost {
            if (mustGoBack) {
                mustGoBack = false;
                goBack();
            }
        }

        List<Object[]> poll(long milliseconds) throws Lost {
            List<Object[]> records = new ArrayList<>();
            for (ConsumerRecord<String, String> each : consumer.poll(Duration.ofMillis(milliseconds))) {
                records.add(new Object[] {each.partition(), each.offset(), each.value()});
            }
            return records;
        }

        /** Told between two transactions, and nothing within one. */
        void tellPositions(boolean isBetween) {
            positions.clear();
            for (TopicPartition place : isBetween ? consumer.assignment() : List.<TopicPartition>of()) {
                try {
                    positions.put(place.partition(), consumer.position(place, Duration.ofMillis(1)));
                } catch (TimeoutException notYet) {
                    // It has no place yet.
                }
            }
        }

        @Override
        void transaction() throws Lost {
            revoked = false;
            List<Object[]> taken = poll(300);
            tellPositions(taken.isEmpty());
            if (taken.isEmpty()) {
                return;
            }
            boolean committed = false;
            try {
                String name = begin();
                record("poll", name, "records", taken);
                if (chance.nextDouble() < 0.3) {
                    List<Object[]> more = poll(100);
                    if (!more.isEmpty()) {
                        record("poll", name, "records", more);
                        taken.addAll(more);
                    }
                }
                committed = passOn(name, taken);
            } catch (Aborted aborted) {
                // Then it is polled again.
            } catch (Lost lost) {
                mustGoBack = true;  // when the next producer of this id has settled what became of this transaction
                throw lost;
            }
            if (!committed) {
                goBack();
            }
        }

        boolean passOn(String name, List<Object[]> taken) throws Lost {
            List<int[]> made = new ArrayList<>();
            List<Integer> chosen = somePartitions();
            Map<TopicPartition, OffsetAndMetadata> following = new HashMap<>();
            for (Object[] each : taken) {
                following.put(new TopicPartition(topic, (Integer) each[0]), new OffsetAndMetadata((Long) each[1] + 1));
                if (isTransformed((String) each[2])) {
                    made.add(new int[] {chosen.get(chance.nextInt(chosen.size())), made.size()});
                }
            }
            if (!made.isEmpty()) {
                send(name, made);
            }
            if (revoked) {
                return abort(name);
            }
            attempt(name, "offsets", () -> producer.sendOffsetsToTransaction(following, consumer.groupMetadata()));
            return finish(name);
        }

        /** To where the group has committed; what was polled since will be polled again. */
        void goBack() throws Lost {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                try {
                    Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(consumer.assignment(), Duration.ofSeconds(5));
                    Map<Integer, Long> to = new HashMap<>();
                    committed.forEach((place, offset) -> to.put(place.partition(), offset == null ? 0 : offset.offset()));
                    to.forEach((partition, offset) -> consumer.seek(new TopicPartition(topic, partition), offset));
                    record("moved", null, "to", to);
                    return;
                } catch (KafkaException failed) {
                    if (System.nanoTime() > deadline) {
                        throw failed;
                    }
                    record("not moved", null, "error", failed.toString());
                }
            }
        }
    }

    static final class Reader extends Actor {
        final String isolation;
        volatile Map<Integer, Long> ends;
        volatile long patience;
        long heard;

        Reader(JsonNode order) {
            super(order);
            isolation = order.get("isolation").asText();
        }

        void readTo(JsonNode order) {
            Map<Integer, Long> asked = new HashMap<>();
            order.get("ends").fields().forEachRemaining(end -> asked.put(Integer.parseInt(end.getKey()), end.getValue().asLong()));
            patience = TimeUnit.SECONDS.toNanos(order.get("seconds").asLong());
            ends = asked;
        }

        @Override
        void live() {
            Properties chosen = properties("isolation.level", isolation, "enable.auto.commit", false, "fetch.max.wait.ms", 100,
                    "auto.offset.reset", "earliest");
            try (var consumer = new KafkaConsumer<>(chosen, new StringDeserializer(), new StringDeserializer())) {
                record("reads", null, "isolation", isolation);
                List<TopicPartition> all = new ArrayList<>();
                Map<Integer, Long> starts = new HashMap<>();
                for (int partition = 0; partition < partitions; partition++) {
                    all.add(new TopicPartition(topic, partition));
                    starts.put(partition, 0L);
                }
                consumer.assign(all);
                consumer.seekToBeginning(all);
                record("moved", null, "to", starts);
                while (!isAtTheEnd(consumer, all)) {
                    List<Object[]> records = new ArrayList<>();
                    for (ConsumerRecord<String, String> each : consumer.poll(Duration.ofMillis(300))) {
                        records.add(new Object[] {each.partition(), each.offset(), each.value()});
                    }
                    if (!records.isEmpty()) {
                        record("poll", null, "records", records);
                        heard = 0;
                    }
                }
                record("end", null, "ends", ends);
            }
        }

        boolean isAtTheEnd(KafkaConsumer<String, String> consumer, List<TopicPartition> all) {
            if (ends == null) {
                return false;
            }
            heard = heard == 0 ? System.nanoTime() : heard;
            return System.nanoTime() - heard > patience || all.stream().allMatch(place -> {
                try {
                    return consumer.position(place, Duration.ofMillis(100)) >= ends.get(place.partition());
                } catch (TimeoutException notYet) {
                    return false;
                }
            });
        }
    }
}
