/* The time from a record's sending to its arrival at a waiting consumer, and to its acknowledgement, at a fixed rate.
 *
 *     raw_latency PORT TOPIC ACKS RECORDS_PER_SECOND SECONDS
 *
 * Each record is a batch of its own with the time of sending in its value; a second thread waits in Fetch on an own
 * connection. Records of the first second are sent and not counted. Prints milliseconds. */
#include "frames.h"
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>

enum { VALUE = 100, VALUE_AT = BATCH_HEADER + 8, BATCH = VALUE_AT + VALUE + 1 };

static const char *topic;
static long port, acks, rate, count;
static int64_t *arrival, *acknowledgement;

/* Length, attributes, deltas of time and offset, no key, the value's length, the value, no headers; lengths in zigzag. */
static void put_batch(unsigned char *batch, int64_t sent, int64_t timestamp) {
    memset(batch, 0, BATCH);
    put32(put32(batch + 8, BATCH - 12), -1);
    batch[16] = 2;
    Place at = put64(put64(batch + 27, timestamp), timestamp);
    at = put32(put16(put64(at, -1), -1), -1);
    put32(at, 1);
    const unsigned body = (VALUE + 7) * 2, value = VALUE * 2;
    const unsigned char record[] = {body | 128, body >> 7, 0, 0, 0, 1, value | 128, value >> 7};
    memcpy(batch + BATCH_HEADER, record, sizeof record);
    memset(batch + VALUE_AT, 'x', VALUE);
    memcpy(batch + VALUE_AT, &sent, 8);
    put32(batch + 17, crc32c(batch + 21, BATCH - 21));
}

static void send_record(int fd, int32_t index, int64_t sent) {
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    unsigned char request[1024];
    Place at = put_header(request, PRODUCE, 7, index);
    at = put32(put16(put16(at, -1), acks), 30000);
    at = put_text(put32(at, 1), topic);
    at = put32(put32(put32(at, 1), 0), BATCH);
    put_batch(at, sent, wall.tv_sec * 1000LL + wall.tv_nsec / 1000000);
    at += BATCH;
    put32(request, at - request - 4);
    struct iovec whole = {request, at - request};
    write_parts(fd, &whole, 1);
}

static void take_acknowledgement(int fd, int32_t index, int64_t sent) {
    unsigned char length[4], answer[1024];
    read_exactly(fd, length, 4);
    if (get32(length) < 40 || get32(length) > (int)sizeof answer) fail("an answer of %d bytes", get32(length));
    read_exactly(fd, answer, get32(length));
    acknowledgement[index] = now_ns() - sent;
    const unsigned char *partition = answer + 8 + 2 + get16(answer + 8) + 4;
    if (get32(answer) != index || get16(partition + 4) || get64(partition + 6) != index)
        fail("record %d: error %d, offset %lld", index, get16(partition + 4), (long long)get64(partition + 6));
}

/* Sends when it is time, and takes acknowledgements while it waits. */
static void produce(void) {
    int64_t *sent_at = calloc(count, 8), begun = now_ns();
    int fd = connect_to(port);
    struct pollfd answers = {fd, POLLIN, 0};
    long sent = 0, answered = 0;
    while (answered < count) {
        int64_t left = sent < count ? begun + sent * 1000000000LL / rate - now_ns() : 10000000000LL;
        if (left <= 0) {
            sent_at[sent] = now_ns();
            send_record(fd, sent, sent_at[sent]);
            sent++;
            continue;
        }
        struct timespec wait = {left / 1000000000, left % 1000000000};
        if (ppoll(&answers, 1, &wait, NULL) > 0) take_acknowledgement(fd, answered, sent_at[answered]), answered++;
        else if (sent == count) fail("record %ld was not acknowledged within 10 s", answered);
    }
}

static void ask(int fd, int64_t offset) {
    unsigned char request[512];
    Place at = put_header(request, FETCH, 4, 1);
    at = put32(put32(put32(put32(at, -1), 500), 1), 1 << 20);
    *at++ = 0;
    at = put_text(put32(at, 1), topic);
    at = put32(put64(put32(put32(at, 1), 0), offset), 1 << 20);
    put32(request, at - request - 4);
    struct iovec whole = {request, at - request};
    write_parts(fd, &whole, 1);
}

static void *consume(void *nothing) {
    static unsigned char length[4], answer[2 << 20];
    int fd = connect_to(port);
    for (int64_t next = 0; next < count;) {
        ask(fd, next);
        read_exactly(fd, length, 4);
        if (get32(length) < 40 || get32(length) > (int)sizeof answer) fail("an answer of %d bytes", get32(length));
        read_exactly(fd, answer, get32(length));
        int64_t now = now_ns();
        const unsigned char *at = answer + 12 + 2 + get16(answer + 12) + 4;
        if (get16(at + 4)) fail("Fetch: error %d", get16(at + 4));
        int32_t aborted = get32(at + 22);
        at += 26 + (aborted > 0 ? 16 * aborted : 0);
        for (const unsigned char *end = at + 4 + get32(at), *batch = at + 4; end - batch >= BATCH; batch += BATCH, next++) {
            if (next >= count || get64(batch) != next || get32(batch + 8) != BATCH - 12) fail("offset %lld, not %lld",
                (long long)get64(batch), (long long)next);
            int64_t sent;
            memcpy(&sent, batch + VALUE_AT, 8);
            arrival[next] = now - sent;
        }
    }
    return nothing;
}

int main(int arguments_count, char **arguments) {
    if (arguments_count != 6) fail("usage: raw_latency PORT TOPIC ACKS RECORDS_PER_SECOND SECONDS");
    port = number(arguments[1]), topic = arguments[2], acks = number(arguments[3]), rate = number(arguments[4]);
    count = rate * number(arguments[5]);
    if (count <= rate || strlen(topic) > 249) fail("these numbers do not fit");
    prctl(PR_SET_TIMERSLACK, 1);
    arrival = calloc(count, 8), acknowledgement = calloc(count, 8);
    pthread_t consumer;
    pthread_create(&consumer, NULL, consume, NULL);
    usleep(100000);
    produce();
    pthread_join(consumer, NULL);
    printf("{\"records\": %ld, ", count);
    print_percentiles("arrival", arrival + rate, count - rate);
    printf(", ");
    print_percentiles("acknowledgement", acknowledgement + rate, count - rate);
    printf("}\n");
}
