/* Producers that wait for each answer before they send again: so many threads, each with a connection of its own.
 *
 *     raw_waiting PORT TOPIC PRODUCERS SECONDS FILE
 *
 * Produce version 7, acks=all, one batch in a request, all to partition 0. Every answer is checked for an error. */
#include "frames.h"
#include <pthread.h>

enum { MOST_PRODUCERS = 256 };

static const char *topic;
static int port;
static unsigned char batch[1 << 16];
static size_t batch_size;
static int64_t end;

static void *produce(void *counted) {
    unsigned char front[512], answer[4096];
    int fd = connect_to(port);
    for (int32_t turn = 0; now_ns() < end; turn++) {
        Place at = put_header(front, PRODUCE, 7, turn);
        at = put16(at, -1);
        at = put16(at, -1);
        at = put32(at, 30000);
        at = put32(at, 1);
        at = put_text(at, topic);
        at = put32(at, 1);
        at = put32(put32(at, 0), batch_size);
        put32(front, at - front - 4 + batch_size);
        struct iovec parts[] = {{front, at - front}, {batch, batch_size}};
        write_parts(fd, parts, 2);
        read_exactly(fd, answer, 4);
        int32_t length = get32(answer);
        if (length < 8 || length > (int)sizeof answer) fail("an answer of %d bytes", length);
        read_exactly(fd, answer, length);
        Place error = answer + 8 + 2 + get16(answer + 8) + 4 + 4;
        if (get32(answer) != turn || get16(error)) fail("request %d: error %d", turn, get16(error));
        ++*(long *)counted;
    }
    close(fd);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 6) fail("usage: raw_waiting PORT TOPIC PRODUCERS SECONDS FILE");
    port = number(arguments[1]), topic = arguments[2];
    long producers = number(arguments[3]), answered[MOST_PRODUCERS] = {0}, total = 0;
    if (producers < 1 || producers > MOST_PRODUCERS || strlen(topic) > 249) fail("these numbers do not fit");
    FILE *file = fopen(arguments[5], "rb");
    if (!file || (batch_size = fread(batch, 1, sizeof batch, file)) < BATCH_HEADER) fail("%s: no batch", arguments[5]);
    pthread_t threads[MOST_PRODUCERS];
    int64_t begun = now_ns();
    end = begun + number(arguments[4]) * 1000000000LL;
    for (long i = 0; i < producers; i++)
        if (pthread_create(&threads[i], NULL, produce, &answered[i])) fail("no thread");
    for (long i = 0; i < producers; i++) pthread_join(threads[i], NULL), total += answered[i];
    printf("{\"seconds\": %.6f, \"requests\": %ld}\n", (now_ns() - begun) / 1e9, total);
}
