/* Sends one pre-encoded record batch over and over, so that the broker is the limit and not a client library.
 *
 *     raw_produce PORT TOPIC PARTITIONS BATCHES_PER_REQUEST ACKS BATCHES FILE
 *
 * Produce version 7, five requests in flight on one connection; each batch of a request goes to another partition, in
 * turn. Every answer is checked: no error, and the base offset that a new topic must give. */
#include "frames.h"

enum { IN_FLIGHT = 5, MOST_PARTITIONS = 20000 };

static const char *topic;
static long partitions, per_request, acks, records;
static unsigned char *batch, *heads;
static size_t batch_size;
static int64_t next_offset[MOST_PARTITIONS];

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail("%s: %s", path, strerror(errno));
    fseek(file, 0, SEEK_END);
    batch_size = ftell(file);
    rewind(file);
    batch = malloc(batch_size);
    if (batch_size < BATCH_HEADER || fread(batch, 1, batch_size, file) != batch_size) fail("%s: no batch", path);
    fclose(file);
    records = get32(batch + 57);
}

static void send_request(int fd, int32_t number) {
    struct iovec parts[1 + 2 * per_request];
    unsigned char front[512];
    Place at = put_header(front, PRODUCE, 7, number);
    at = put16(at, -1);
    at = put16(at, acks);
    at = put32(at, 30000);
    at = put32(at, 1);
    at = put_text(at, topic);
    at = put32(at, per_request);
    parts[0] = (struct iovec){front, at - front};
    for (long i = 0; i < per_request; i++) {
        Place head = heads + 8 * i;
        put32(put32(head, (number * per_request + i) % partitions), batch_size);
        parts[1 + 2 * i] = (struct iovec){head, 8};
        parts[2 + 2 * i] = (struct iovec){batch, batch_size};
    }
    put32(front, at - front - 4 + per_request * (8 + batch_size));
    write_parts(fd, parts, 1 + 2 * per_request);
}

static void read_answer(int fd, int32_t number) {
    unsigned char length[4], answer[1 << 16];
    read_exactly(fd, length, 4);
    if (get32(length) < 8 || get32(length) > (int)sizeof answer) fail("an answer of %d bytes", get32(length));
    read_exactly(fd, answer, get32(length));
    if (get32(answer) != number) fail("the answer to request %d, not %d", get32(answer), number);
    Place at = answer + 8 + 2 + get16(answer + 8);
    int32_t count = get32(at);
    if (count != per_request) fail("%d partitions answered of %ld", count, per_request);
    for (at += 4; count--; at += 30) {
        int32_t partition = get32(at);
        if (get16(at + 4)) fail("partition %d: error %d", partition, get16(at + 4));
        if (partition < 0 || partition >= partitions) fail("partition %d was not asked for", partition);
        if (get64(at + 6) != next_offset[partition]) fail("partition %d: base offset %lld, not %lld", partition,
            (long long)get64(at + 6), (long long)next_offset[partition]);
        next_offset[partition] += records;
    }
}

int main(int count, char **arguments) {
    if (count != 8) fail("usage: raw_produce PORT TOPIC PARTITIONS BATCHES_PER_REQUEST ACKS BATCHES FILE");
    topic = arguments[2], partitions = number(arguments[3]), per_request = number(arguments[4]), acks = number(arguments[5]);
    long requests = number(arguments[6]) / per_request, sent = 0;
    if (partitions > MOST_PARTITIONS || per_request > partitions || strlen(topic) > 249 || number(arguments[6]) % per_request)
        fail("these numbers do not fit");
    load(arguments[7]);
    heads = malloc(8 * per_request);
    int fd = connect_to(number(arguments[1]));
    int64_t begun = now_ns();
    for (long answered = 0; answered < requests; answered++) {
        while (sent < requests && sent < answered + IN_FLIGHT) send_request(fd, sent++);
        read_answer(fd, answered);
    }
    printf("{\"seconds\": %.6f, \"records\": %ld}\n", (now_ns() - begun) / 1e9, requests * per_request * records);
}
