/* Sends one pre-encoded record batch over and over, so that the broker is the limit and not a client library.
 *
 *     raw_produce PORT TOPIC PARTITIONS BATCHES_PER_REQUEST ACKS BATCHES FILE [OFFSET]
 *     raw_produce … endless FILE        until the broker closes the connection or refuses
 *
 * Produce version 7, five requests in flight on one connection; each batch of a request goes to another partition, in
 * turn. Every answer is checked: no error, and the base offset that partitions must give that have ended at OFFSET (0).
 * Prints how many records were acknowledged. */
#include "frames.h"
#include <signal.h>

enum { IN_FLIGHT = 5, MOST_PARTITIONS = 20000 };

static const char *topic;
static long partitions, per_request, acks, records;
static unsigned char *batch, *heads;
static size_t batch_size;
static int64_t next_offset[MOST_PARTITIONS];
static int endless;

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

static int send_request(int fd, int32_t number) {
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
    return try_to_write(fd, parts, 1 + 2 * per_request);
}

static int read_answer(int fd, int32_t number) {
    unsigned char length[4], answer[1 << 16];
    if (!try_to_read(fd, length, 4)) return 0;
    if (get32(length) < 8 || get32(length) > (int)sizeof answer) fail("an answer of %d bytes", get32(length));
    if (!try_to_read(fd, answer, get32(length))) return 0;
    if (get32(answer) != number) fail("the answer to request %d, not %d", get32(answer), number);
    Place at = answer + 8 + 2 + get16(answer + 8);
    int32_t count = get32(at);
    if (count != per_request) fail("%d partitions answered of %ld", count, per_request);
    for (at += 4; count--; at += 30) {
        int32_t partition = get32(at);
        if (get16(at + 4) && endless) return 0;
        if (get16(at + 4)) fail("partition %d: error %d", partition, get16(at + 4));
        if (partition < 0 || partition >= partitions) fail("partition %d was not asked for", partition);
        if (get64(at + 6) != next_offset[partition]) fail("partition %d: base offset %lld, not %lld", partition,
            (long long)get64(at + 6), (long long)next_offset[partition]);
        next_offset[partition] += records;
    }
    return 1;
}

int main(int count, char **arguments) {
    if (count != 8 && count != 9) fail("usage: raw_produce PORT TOPIC PARTITIONS BATCHES_PER_REQUEST ACKS BATCHES|endless FILE [OFFSET]");
    topic = arguments[2], partitions = number(arguments[3]), per_request = number(arguments[4]), acks = number(arguments[5]);
    endless = !strcmp(arguments[6], "endless");
    long batches = endless ? INT32_MAX / per_request * per_request : number(arguments[6]);
    long requests = batches / per_request, sent = 0, answered = 0;
    if (partitions > MOST_PARTITIONS || per_request > partitions || strlen(topic) > 249 || batches % per_request)
        fail("these numbers do not fit");
    load(arguments[7]);
    for (long i = 0; count == 9 && i < partitions; i++) next_offset[i] = number(arguments[8]);
    signal(SIGPIPE, SIG_IGN);
    heads = malloc(8 * per_request);
    int fd = connect_to(number(arguments[1]));
    int64_t begun = now_ns();
    for (int goes_on = 1; answered < requests && goes_on; answered += goes_on) {
        while (goes_on && sent < requests && sent < answered + IN_FLIGHT) goes_on = send_request(fd, sent++);
        goes_on = read_answer(fd, answered);
        if (!goes_on && !endless) fail("the broker closed the connection");
    }
    printf("{\"seconds\": %.6f, \"records\": %ld}\n", (now_ns() - begun) / 1e9, answered * per_request * records);
}
