package hello;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Profile;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.stereotype.Component;

/**
 * The application of the classic tutorial: a listener that prints what comes to the topic "topic", and a KafkaTemplate,
 * which sends there what is written to standard input, a message a line. All else is Spring Boot's defaults.
 */
@SpringBootApplication
public class Application {
    public static void main(String[] arguments) throws Exception {
        var context = SpringApplication.run(Application.class, arguments);
        System.out.println("up");
        context.getBean(Sender.class).sendLines();
    }

    @Component
    static class Sender {
        private final KafkaTemplate<String, String> template;

        Sender(KafkaTemplate<String, String> template) {
            this.template = template;
        }

        void sendLines() throws Exception {
            var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            String line;
            while ((line = lines.readLine()) != null) {
                var sent = template.send("topic", line).get().getRecordMetadata();
                System.out.println("sent " + line + " at " + sent.offset());
            }
        }
    }

    @Component
    @Profile("!exactly-once")
    static class Listener {
        @KafkaListener(topics = "topic")
        void listen(String text) {
            System.out.println("received " + text);
        }
    }
}
