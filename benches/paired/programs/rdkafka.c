/* What a user of librdkafka sees: producing and consuming as fast as it goes, and latency at a fixed rate.
 *
 *     rdkafka produce ADDRESS TOPIC ACKS BYTES RECORDS        linger 5 ms, 10,000 records a batch, as rdkafka_performance is run
 *     rdkafka consume ADDRESS TOPIC RECORDS                   partition 0 from the beginning
 *     rdkafka latency ADDRESS TOPIC ACKS RECORDS_PER_SECOND SECONDS    linger 0
 *     rdkafka transactions ADDRESS TOPIC BYTES RECORDS_OF_EACH TRANSACTIONS    one after the other, linger 0; from begin to committed
 *
 * Settings not named are librdkafka's defaults. Every record is counted by its delivery report, or read once, in order.
 * In `latency` the records of the first second are sent and not counted. */
#include "frames.h"
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <sys/prctl.h>

static long delivered, count, rate;
static int64_t *arrival;

static void is_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *nothing) {
    (void)client, (void)nothing;
    if (message->err) fail("a record was not delivered: %s", rd_kafka_err2str(message->err));
    delivered++;
}

static void set(rd_kafka_conf_t *settings, const char *name, const char *value) {
    char words[512];
    if (rd_kafka_conf_set(settings, name, value, words, sizeof words)) fail("%s", words);
}

static rd_kafka_conf_t *settings(const char *address) {
    rd_kafka_conf_t *made = rd_kafka_conf_new();
    set(made, "bootstrap.servers", address);
    set(made, "broker.address.family", "v4");
    return made;
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *settings) {
    char words[512];
    rd_kafka_t *made = rd_kafka_new(type, settings, words, sizeof words);
    if (!made) fail("%s", words);
    return made;
}

static rd_kafka_topic_t *named(rd_kafka_t *client, const char *topic) {
    rd_kafka_topic_t *made = rd_kafka_topic_new(client, topic, NULL);
    if (!made) fail("%s", rd_kafka_err2str(rd_kafka_last_error()));
    return made;
}

static rd_kafka_t *producer(const char *address, const char *acks, const char *linger) {
    rd_kafka_conf_t *made = settings(address);
    set(made, "acks", acks);
    set(made, "linger.ms", linger);
    set(made, "batch.num.messages", "10000");
    set(made, "queue.buffering.max.messages", "500000");
    rd_kafka_conf_set_dr_msg_cb(made, is_delivered);
    return client(RD_KAFKA_PRODUCER, made);
}

/* Into the queue; a full one is waited for. */
static void send_one(rd_kafka_t *client, rd_kafka_topic_t *topic, void *value, size_t size) {
    while (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, value, size, NULL, 0, NULL)) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) fail("%s", rd_kafka_err2str(rd_kafka_last_error()));
        rd_kafka_poll(client, 10);
    }
}

static void flush(rd_kafka_t *client) {
    rd_kafka_flush(client, 60000);
    if (delivered != count) fail("%ld of %ld records were delivered", delivered, count);
}

static double produce(char **arguments) {
    long size = number(arguments[3]);
    char *value = malloc(size);
    for (long i = 0; i < size; i++) value[i] = 'a' + i * 7 % 26;
    count = number(arguments[4]);
    rd_kafka_t *client = producer(arguments[0], arguments[2], "5");
    rd_kafka_topic_t *topic = named(client, arguments[1]);
    int64_t begun = now_ns();
    for (long i = 0; i < count; i++) {
        send_one(client, topic, value, size);
        if (i % 1000 == 0) rd_kafka_poll(client, 0);
    }
    flush(client);
    return (now_ns() - begun) / 1e9;
}

/* Reads `count` records from the beginning; `seen` is called for each. */
static void read_all(const char *address, const char *name, void (*seen)(const rd_kafka_message_t *)) {
    rd_kafka_conf_t *made = settings(address);
    set(made, "queued.min.messages", "1000000");
    rd_kafka_t *consumer = client(RD_KAFKA_CONSUMER, made);
    rd_kafka_topic_t *topic = named(consumer, name);
    rd_kafka_consume_start(topic, 0, RD_KAFKA_OFFSET_BEGINNING);
    rd_kafka_message_t *batch[1000];
    for (long read = 0; read < count;) {
        ssize_t got = rd_kafka_consume_batch(topic, 0, seen ? 1000 : 20000, batch, seen ? 1 : 1000);
        if (got <= 0) fail("no more than %ld of %ld records came", read, count);
        for (ssize_t i = 0; i < got; i++) {
            if (batch[i]->err) fail("%s", rd_kafka_message_errstr(batch[i]));
            if (batch[i]->offset != read++) fail("offset %lld, not %ld", (long long)batch[i]->offset, read - 1);
            if (seen) seen(batch[i]);
            rd_kafka_message_destroy(batch[i]);
        }
    }
    rd_kafka_consume_stop(topic, 0);
}

static void has_arrived(const rd_kafka_message_t *message) {
    int64_t sent, now = now_ns();
    memcpy(&sent, message->payload, 8);
    arrival[message->offset] = now - sent;
}

static char **where;

static void *await_all(void *nothing) {
    read_all(where[0], where[1], has_arrived);
    return nothing;
}

static void latency(char **arguments) {
    rate = number(arguments[3]), count = rate * number(arguments[4]), where = arguments;
    if (count <= rate) fail("two seconds at least");
    arrival = calloc(count, 8);
    prctl(PR_SET_TIMERSLACK, 1);
    pthread_t consumer;
    pthread_create(&consumer, NULL, await_all, NULL);
    rd_kafka_t *client = producer(arguments[0], arguments[2], "0");
    rd_kafka_topic_t *topic = named(client, arguments[1]);
    usleep(200000);
    char value[100] = "";
    int64_t begun = now_ns();
    for (long i = 0; i < count; i++) {
        int64_t at = begun + i * 1000000000LL / rate;
        struct timespec when = {at / 1000000000, at % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
        int64_t sent = now_ns();
        memcpy(value, &sent, 8);
        send_one(client, topic, value, sizeof value);
        rd_kafka_poll(client, 0);
    }
    flush(client);
    pthread_join(consumer, NULL);
}

static void must(rd_kafka_error_t *error) {
    if (error) fail("%s", rd_kafka_error_string(error));
}

/* The first transaction is not measured. */
static double transactions(char **arguments) {
    long size = number(arguments[2]), each = number(arguments[3]), all = number(arguments[4]) + 1;
    char *value = calloc(size, 1);
    rd_kafka_conf_t *made = settings(arguments[0]);
    set(made, "transactional.id", arguments[1]);
    set(made, "linger.ms", "0");
    rd_kafka_conf_set_dr_msg_cb(made, is_delivered);
    rd_kafka_t *transactional = client(RD_KAFKA_PRODUCER, made);
    must(rd_kafka_init_transactions(transactional, 60000));
    rd_kafka_topic_t *topic = named(transactional, arguments[1]);
    arrival = calloc(all, 8);
    int64_t begun = 0;
    for (long i = 0; i < all; i++) {
        int64_t began = now_ns();
        if (i == 1) begun = began;
        must(rd_kafka_begin_transaction(transactional));
        for (long j = 0; j < each; j++) send_one(transactional, topic, value, size);
        must(rd_kafka_commit_transaction(transactional, 60000));
        arrival[i] = now_ns() - began;
    }
    double took = (now_ns() - begun) / 1e9;
    count = all - 1;
    if (delivered != all * each) fail("%ld of %ld records were delivered", delivered, all * each);
    return took;
}

int main(int words, char **arguments) {
    const char *what = words > 1 ? arguments[1] : "";
    if (words == 7 && !strcmp(what, "produce")) printf("{\"seconds\": %.6f, \"records\": %ld}\n", produce(arguments + 2), count);
    else if (words == 5 && !strcmp(what, "consume")) {
        count = number(arguments[4]);
        int64_t begun = now_ns();
        read_all(arguments[2], arguments[3], NULL);
        printf("{\"seconds\": %.6f, \"records\": %ld}\n", (now_ns() - begun) / 1e9, count);
    } else if (words == 7 && !strcmp(what, "latency")) {
        latency(arguments + 2);
        printf("{\"records\": %ld, ", count);
        print_percentiles("arrival", arrival + rate, count - rate);
        printf("}\n");
    } else if (words == 7 && !strcmp(what, "transactions")) {
        double took = transactions(arguments + 2);
        printf("{\"seconds\": %.6f, \"transactions\": %ld, ", took, count);
        print_percentiles("committed", arrival + 1, count);
        printf("}\n");
    } else fail("usage: rdkafka produce|consume|latency|transactions ADDRESS TOPIC …");
    fflush(stdout);
    _exit(0);
}
