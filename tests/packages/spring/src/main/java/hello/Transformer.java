package hello;

import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.context.annotation.Profile;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * Exactly once, as the profile of that name sets it up: what comes to the topic "raw" goes to "transformed" with a stroke after
 * its value, in the transaction that Spring's KafkaTransactionManager ends with the offsets of what came.
 */
@Component
@Profile("exactly-once")
class Transformer {
    private final KafkaTemplate<String, String> template;

    Transformer(KafkaTemplate<String, String> template) {
        this.template = template;
    }

    @Transactional
    @KafkaListener(topics = "raw")
    public void transform(List<ConsumerRecord<String, String>> records) {
        for (var record : records) {
            template.send("transformed", record.key(), record.value() + "'");
        }
        System.out.println("transforms " + records.size());
    }
}
