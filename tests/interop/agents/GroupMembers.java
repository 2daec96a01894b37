import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Scanner;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Members of one group, each a Java consumer on a thread of its own, that commit what they have read after every poll
 * and when partitions are taken from them.
 *
 * <p>Arguments: bootstrap server, group, topic. A line on standard input is {@code join NAME KEY=VALUE...}, with settings
 * of the consumer, or {@code leave NAME}. Lines out, in the order in which it happens: {@code NAME assigned P...},
 * {@code NAME revoked P...}, {@code NAME lost P...}, {@code NAME read P:OFFSET...}, {@code NAME left},
 * {@code NAME failed WHY}.
 */
public final class GroupMembers {
    private static final Map<String, Member> MEMBERS = new HashMap<>();

    public static void main(String[] args) throws InterruptedException {
        Scanner orders = new Scanner(System.in);
        while (orders.hasNextLine()) {
            String[] words = orders.nextLine().split(" ");
            if (words[0].equals("join")) {
                Member member = new Member(args, words);
                MEMBERS.put(words[1], member);
                member.start();
            } else {
                MEMBERS.remove(words[1]).isLeaving = true;
            }
        }
    }

    private static synchronized void tell(String member, String what) {
        System.out.println(member + " " + what);
    }

    private static final class Member extends Thread implements ConsumerRebalanceListener {
        volatile boolean isLeaving;
        private final String[] where;
        private final Properties settings = new Properties();
        private KafkaConsumer<byte[], byte[]> consumer;

        Member(String[] where, String[] order) {
            super(order[1]);
            this.where = where;
            settings.put("bootstrap.servers", where[0]);
            settings.put("group.id", where[1]);
            settings.put("client.id", order[1]);
            settings.put("auto.offset.reset", "earliest");
            settings.put("enable.auto.commit", "false");
            for (String setting : Arrays.copyOfRange(order, 2, order.length)) {
                settings.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
            }
        }

        @Override
        public void run() {
            ByteArrayDeserializer bytes = new ByteArrayDeserializer();
            try (KafkaConsumer<byte[], byte[]> opened = new KafkaConsumer<>(settings, bytes, bytes)) {
                consumer = opened;
                consumer.subscribe(List.of(where[2]), this);
                while (!isLeaving) {
                    read(consumer.poll(Duration.ofMillis(100)));
                }
            } catch (RuntimeException failed) {
                tell(getName(), "failed " + failed);
                return;
            }
            tell(getName(), "left");
        }

        private void read(ConsumerRecords<byte[], byte[]> records) {
            StringBuilder told = new StringBuilder("read");
            for (ConsumerRecord<byte[], byte[]> record : records) {
                told.append(' ').append(record.partition()).append(':').append(record.offset());
            }
            if (!records.isEmpty()) {
                tell(getName(), told.toString());
            }
            commit();
        }

        private void commit() {
            try {
                consumer.commitSync();
            } catch (RebalanceInProgressException | CommitFailedException refused) {
                tell(getName(), "uncommitted " + refused.getClass().getSimpleName());
            }
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            tell(getName(), "assigned" + numbers(partitions));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            commit();
            tell(getName(), "revoked" + numbers(partitions));
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            tell(getName(), "lost" + numbers(partitions));
        }

        private static String numbers(Collection<TopicPartition> partitions) {
            return partitions.stream().map(place -> " " + place.partition()).collect(Collectors.joining());
        }
    }
}
