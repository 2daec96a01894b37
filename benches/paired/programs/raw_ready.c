/* Asks a port until a broker there is of use, and prints when that was.
 *
 *     raw_ready PORT SECONDS                               until Metadata lists a broker
 *     raw_ready PORT SECONDS TOPIC PARTITIONS OFFSET       and a leader for every partition of the topic, and a Fetch of
 *                                                          OFFSET in its last partition gives a batch
 *
 * Metadata version 1, Fetch version 4. It asks more rarely the longer it takes: every 0.1 ms at first, every 20 ms at last.
 * Prints the monotonic clock in nanoseconds. */
#include "frames.h"
#include <sys/prctl.h>

enum { METADATA = 3, ROOM = 16 << 20 };

static long port, partitions, offset;
static const char *topic;
static unsigned char *answer;

/* The length of the answer, 0 if there is none. */
static int32_t ask(Place request, Place at) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    int32_t length = 0, got = 0;
    put32(request, at - request - 4);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (!connect(fd, (struct sockaddr *)&address, sizeof address) && write(fd, request, at - request) == at - request
        && recv(fd, &length, 4, MSG_WAITALL) == 4 && (length = be32toh(length)) > 4 && length <= ROOM) {
        for (ssize_t some; got < length && (some = recv(fd, answer + got, length - got, 0)) > 0;) got += some;
    }
    close(fd);
    return got == length ? length : 0;
}

static Place past_text(Place at) {
    int16_t length = get16(at);
    return at + 2 + (length > 0 ? length : 0);
}

static Place past_numbers(Place at) { return at + 4 + 4 * get32(at); }

/* Whether every partition of the topic has a leader. */
static int is_led(Place at) {
    long led = 0;
    for (int32_t topics = get32(at), t = (at += 4, 0); t < topics; t++) {
        Place name = at + 2;
        at = past_text(name) + 1;
        int is_it = get16(name) == (int)strlen(topic) && !memcmp(name + 2, topic, strlen(topic));
        for (int32_t count = get32(at), p = (at += 4, 0); p < count; p++) {
            led += is_it && get32(at + 6) >= 0;
            at = past_numbers(past_numbers(at + 10));
        }
    }
    return led == partitions;
}

static int lists_all(void) {
    unsigned char request[64];
    Place at = put_header(request, METADATA, 1, 1);
    if (!ask(request, put32(at, -1))) return 0;
    at = answer + 4;
    int32_t brokers = get32(at);
    at += 4;
    for (int32_t i = 0; i < brokers; i++) at = past_text(past_text(at + 4) + 4);
    return brokers > 0 && (!topic || is_led(at + 4));
}

static int gives_last(void) {
    if (!topic) return 1;
    unsigned char request[512];
    Place at = put_header(request, FETCH, 4, 1);
    at = put32(put32(put32(put32(at, -1), 0), 1), 1 << 20);
    *at++ = 0;
    at = put_text(put32(at, 1), topic);
    at = put32(put64(put32(put32(at, 1), partitions - 1), offset), 1 << 20);
    int32_t length = ask(request, at);
    if (length < 40) return 0;
    at = answer + 12 + 2 + get16(answer + 12) + 4;
    int32_t aborted = get32(at + 22);
    return !get16(at + 4) && get32(at + 26 + (aborted > 0 ? 16 * aborted : 0)) > 0;
}

int main(int count, char **arguments) {
    if (count != 3 && count != 6) fail("usage: raw_ready PORT SECONDS [TOPIC PARTITIONS OFFSET]");
    port = number(arguments[1]);
    if (count == 6) topic = arguments[3], partitions = number(arguments[4]), offset = number(arguments[5]);
    prctl(PR_SET_TIMERSLACK, 1);
    answer = malloc(ROOM);
    puts("asking");
    fflush(stdout);
    for (int64_t begun = now_ns(), now; (now = now_ns()) - begun < number(arguments[2]) * 1000000000LL;) {
        if (lists_all() && gives_last()) return printf("%lld\n", (long long)now_ns()), 0;
        int64_t pause = (now - begun) / 50;
        usleep((pause < 100000 ? 100000 : pause > 20000000 ? 20000000 : pause) / 1000);
    }
    fail("not ready within %s s", arguments[2]);
}
