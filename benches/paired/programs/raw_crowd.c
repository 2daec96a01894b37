/* Many connections at once, and requests about many partitions.
 *
 *     raw_crowd PORT connect CONNECTIONS                  opens them, with an ApiVersions request on each
 *     raw_crowd PORT park CONSUMERS TOPIC RECORDS FILE    so many consumers wait in Fetch at the end of partition 0
 *     raw_crowd PORT metadata REQUESTS TOPIC              Metadata of the topic, one request after the other
 *     raw_crowd PORT fetch REQUESTS TOPIC PARTITIONS      Fetch of that many partitions in which nothing is, each named anew
 *     raw_crowd PORT session REQUESTS TOPIC PARTITIONS    the same in a fetch session, where none is named after the first time;
 *                                                         null if the broker gives none
 *
 * The first two print a line when all connections stand, and wait for a line on standard input, so that their costs can be
 * taken from outside. After it `park` sends RECORDS batches from FILE, one when all have waited again for a moment, and prints
 * how long after each one's sending the consumers had it. ApiVersions version 0, Metadata 1, Fetch 4 and 7, Produce 7. */
#include "frames.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

enum { METADATA = 3, API_VERSIONS = 18, MOST = 4096, ROOM = 16 << 20, PATIENCE_MS = 30000 };

static int port, fds[MOST];
static unsigned char *request, *answer;

static int32_t read_answer(int fd) {
    unsigned char length[4];
    read_exactly(fd, length, 4);
    int32_t size = get32(length);
    if (size < 4 || size > ROOM) fail("an answer of %d bytes", size);
    read_exactly(fd, answer, size);
    return size;
}

static void send_request(int fd, Place at) {
    put32(request, at - request - 4);
    struct iovec whole = {request, at - request};
    write_parts(fd, &whole, 1);
}

static void await_line(void) {
    fflush(stdout);
    if (getchar() == EOF) exit(1);
}

static void open_all(long count) {
    int64_t begun = now_ns();
    for (long i = 0; i < count; i++) {
        fds[i] = connect_to(port);
        send_request(fds[i], put_header(request, API_VERSIONS, 0, i));
        if (read_answer(fds[i]) < 10 || get32(answer) != i || get16(answer + 4)) fail("ApiVersions on connection %ld", i);
    }
    printf("{\"seconds\": %.6f}\n", (now_ns() - begun) / 1e9);
}

/* ---- consumers that wait */

static const char *topic;
static int64_t next_offset;

static void wait_for_more(int fd) {
    Place at = put_header(request, FETCH, 4, 1);
    at = put32(put32(put32(put32(at, -1), 300000), 1), 1 << 20);
    *at++ = 0;
    at = put_text(put32(at, 1), topic);
    send_request(fd, put32(put64(put32(put32(at, 1), 0), next_offset), 1 << 20));
}

static void produce(int fd, const unsigned char *batch, size_t size, int32_t number) {
    Place at = put_header(request, PRODUCE, 7, number);
    at = put32(put16(put16(at, -1), -1), 30000);
    at = put_text(put32(at, 1), topic);
    at = put32(put32(put32(at, 1), 0), size);
    send_request(fd, (Place)memcpy(at, batch, size) + size);
}

static void must_have_got(void) {
    const unsigned char *at = answer + 12 + 2 + get16(answer + 12) + 4;
    int32_t aborted = get32(at + 22);
    at += 26 + (aborted > 0 ? 16 * aborted : 0);
    if (get32(at) < BATCH_HEADER || get64(at + 4) != next_offset) fail("a consumer was answered without the record at %lld", (long long)next_offset);
}

static void park(long consumers, long records, const char *path) {
    static unsigned char batch[1 << 16];
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(batch, 1, sizeof batch, file) : 0;
    if (size < BATCH_HEADER) fail("%s: no batch", path);
    long each = get32(batch + 57);
    int64_t *took = calloc(consumers * records, 8);
    int producer = connect_to(port), waiting = epoll_create1(0);
    for (long i = 0; i < consumers; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fds[i]};
        epoll_ctl(waiting, EPOLL_CTL_ADD, fds[i], &event);
        wait_for_more(fds[i]);
    }
    puts("{}");
    await_line();
    for (long record = 0; record < records; record++) {
        usleep(50000);
        produce(producer, batch, size, record);
        int64_t sent = now_ns();
        for (long woken = 0; woken < consumers;) {
            struct epoll_event events[64];
            int count = epoll_wait(waiting, events, 64, PATIENCE_MS);
            if (count <= 0) fail("%ld of %ld consumers were woken", woken, consumers);
            for (int i = 0; i < count; i++) {
                read_answer(events[i].data.fd);
                took[record * consumers + woken++] = now_ns() - sent;
                must_have_got();
            }
        }
        if (read_answer(producer) < 30 || get16(answer + 8 + 2 + get16(answer + 8) + 8)) fail("record %ld was not taken", record);
        next_offset += each;
        for (long i = 0; i < consumers; i++) wait_for_more(fds[i]);
    }
    printf("{");
    print_percentiles("woken", took, consumers * records);
    printf("}\n");
}

/* ---- requests about many partitions */

static void metadata(long requests) {
    for (long i = 0; i < requests; i++) {
        send_request(fds[0], put_text(put32(put_header(request, METADATA, 1, i), 1), topic));
        if (read_answer(fds[0]) < 20 || get32(answer) != i) fail("Metadata request %ld", i);
    }
}

static void fetch(long requests, long partitions) {
    for (long i = 0; i < requests; i++) {
        Place at = put_header(request, FETCH, 4, i);
        at = put32(put32(put32(put32(at, -1), 0), 0), 50 << 20);
        *at++ = 0;
        at = put32(put_text(put32(at, 1), topic), partitions);
        for (long p = 0; p < partitions; p++) at = put32(put64(put32(at, p), 0), 1 << 20);
        send_request(fds[0], at);
        if (read_answer(fds[0]) < 20 || get32(answer) != i) fail("Fetch request %ld", i);
        Place first = answer + 12 + 2 + get16(answer + 12) + 4;
        if (get16(first + 4)) fail("Fetch: error %d", get16(first + 4));
    }
}

/* Whether the broker keeps fetch sessions, which it need not. */
static int session(long requests, long partitions) {
    int32_t number = 0;
    for (long i = 0; i <= requests; i++) {
        Place at = put_header(request, FETCH, 7, i);
        at = put32(put32(put32(put32(at, -1), 0), 0), 50 << 20);
        *at++ = 0;
        at = put32(put32(at, number), i);
        if (i) at = put32(at, 0);
        else {
            at = put32(put_text(put32(at, 1), topic), partitions);
            for (long p = 0; p < partitions; p++) at = put32(put64(put64(put32(at, p), 0), -1), 1 << 20);
        }
        send_request(fds[0], put32(at, 0));
        if (read_answer(fds[0]) < 16 || get32(answer) != i || get16(answer + 8)) fail("Fetch request %ld: error %d", i, get16(answer + 8));
        number = get32(answer + 10);
        if (!number) return 0;
    }
    return 1;
}

int main(int count, char **arguments) {
    if (count < 4) fail("usage: raw_crowd PORT connect|park|metadata|fetch|session COUNT …");
    const char *what = arguments[2];
    long number_of = number(arguments[3]), partitions = count == 6 ? number(arguments[5]) : 0;
    port = number(arguments[1]), topic = count > 4 ? arguments[4] : "";
    if (number_of < 1 || strlen(topic) > 249 || partitions > 100000) fail("these numbers do not fit");
    prctl(PR_SET_TIMERSLACK, 1);
    request = malloc(ROOM), answer = malloc(ROOM);
    int crowd = !strcmp(what, "connect") || !strcmp(what, "park");
    if (crowd && number_of > MOST) fail("at most %d connections", MOST);
    if (crowd) {
        open_all(number_of);
        await_line();
    } else fds[0] = connect_to(port);
    int64_t begun = now_ns();
    if (!strcmp(what, "park") && count == 7) return park(number_of, number(arguments[5]), arguments[6]), 0;
    if (!strcmp(what, "connect")) return 0;
    if (!strcmp(what, "metadata")) metadata(number_of);
    else if (!strcmp(what, "fetch")) fetch(number_of, partitions);
    else if (!strcmp(what, "session")) {
        if (!session(number_of, partitions)) return puts("null"), 0;
    } else fail("usage: raw_crowd PORT connect|park|metadata|fetch|session COUNT …");
    printf("{\"seconds\": %.6f}\n", (now_ns() - begun) / 1e9);
}
