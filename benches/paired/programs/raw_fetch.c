/* Reads a topic from the beginning and discards it, so that the broker is the limit and not a client library.
 *
 *     raw_fetch PORT TOPIC PARTITIONS CONSUMERS PASSES RECORDS_PER_PARTITION
 *
 * Fetch version 4 with the sizes that Java's consumer asks for (1 MiB a partition, 50 MiB in all), one request at a time.
 * Each consumer is a thread with a connection, and reads every CONSUMERS-th partition, PASSES times. Batches must follow
 * one another without a gap. */
#include "frames.h"
#include <pthread.h>

enum { PARTITION_BYTES = 1 << 20, ALL_BYTES = 50 << 20, MOST_PARTITIONS = 1024 };

static const char *topic;
static long port, partitions, consumers, passes, records_per_partition;

typedef struct {
    long index;
    int fd;
    int64_t records, bytes;
    int64_t next[MOST_PARTITIONS];
    unsigned char *buffer;
    size_t room;
} Consumer;

static int ask(Consumer *consumer) {
    unsigned char request[512 + 16 * MOST_PARTITIONS];
    int32_t wanted = 0;
    Place at = put_header(request, FETCH, 4, 1);
    at = put32(at, -1);
    at = put32(at, 500);
    at = put32(at, 1);
    at = put32(at, ALL_BYTES);
    *at++ = 0;
    at = put32(at, 1);
    at = put_text(at, topic);
    Place counted = at;
    at += 4;
    for (long p = consumer->index; p < partitions; p += consumers) {
        if (consumer->next[p] >= records_per_partition) continue;
        at = put32(put64(put32(at, p), consumer->next[p]), PARTITION_BYTES);
        wanted++;
    }
    put32(counted, wanted);
    put32(request, at - request - 4);
    struct iovec whole = {request, at - request};
    if (wanted) write_parts(consumer->fd, &whole, 1);
    return wanted;
}

static void take_batches(Consumer *consumer, int32_t partition, const unsigned char *at, const unsigned char *end) {
    while (end - at >= BATCH_HEADER) {
        int64_t size = 12 + (int64_t)get32(at + 8), count = get32(at + 57);
        if (size < BATCH_HEADER) fail("a batch of %lld bytes", (long long)size);
        if (size > end - at) return;
        if (get64(at) != consumer->next[partition]) fail("partition %d: offset %lld, not %lld", partition,
            (long long)get64(at), (long long)consumer->next[partition]);
        consumer->next[partition] += count;
        consumer->records += count;
        consumer->bytes += size;
        at += size;
    }
}

static void take_answer(Consumer *consumer) {
    unsigned char length[4];
    read_exactly(consumer->fd, length, 4);
    size_t size = (uint32_t)get32(length);
    if (size < 16 || size > 100 << 20) fail("an answer of %zu bytes", size);
    if (size > consumer->room) consumer->buffer = realloc(consumer->buffer, consumer->room = size);
    read_exactly(consumer->fd, consumer->buffer, size);
    const unsigned char *at = consumer->buffer + 12, *end = consumer->buffer + size;
    at += 2 + get16(at);
    for (int32_t count = (at += 4, get32(at - 4)); count > 0 && at < end; count--) {
        int32_t partition = get32(at), error = get16(at + 4), aborted = get32(at + 22);
        if (error) fail("partition %d: error %d", partition, error);
        if (partition < 0 || partition >= partitions) fail("partition %d was not asked for", partition);
        at += 26 + (aborted > 0 ? 16 * aborted : 0);
        int32_t bytes = get32(at);
        at += 4;
        if (bytes > end - at) fail("records go beyond the answer");
        if (bytes > 0) take_batches(consumer, partition, at, at + bytes), at += bytes;
    }
}

static void *consume(void *argument) {
    Consumer *consumer = argument;
    for (long pass = 0; pass < passes; pass++) {
        memset(consumer->next, 0, sizeof consumer->next);
        while (ask(consumer)) take_answer(consumer);
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 7) fail("usage: raw_fetch PORT TOPIC PARTITIONS CONSUMERS PASSES RECORDS_PER_PARTITION");
    port = number(arguments[1]), topic = arguments[2], partitions = number(arguments[3]), consumers = number(arguments[4]);
    passes = number(arguments[5]), records_per_partition = number(arguments[6]);
    if (partitions > MOST_PARTITIONS || consumers > partitions || strlen(topic) > 249) fail("these numbers do not fit");
    Consumer *all = calloc(consumers, sizeof *all);
    pthread_t threads[consumers];
    for (long i = 0; i < consumers; i++) {
        all[i].index = i;
        all[i].fd = connect_to(port);
        all[i].buffer = malloc(all[i].room = 8 << 20);
        memset(all[i].buffer, 1, all[i].room);
    }
    int64_t begun = now_ns(), records = 0, bytes = 0;
    for (long i = 0; i < consumers; i++) pthread_create(&threads[i], NULL, consume, &all[i]);
    for (long i = 0; i < consumers; i++) pthread_join(threads[i], NULL), records += all[i].records, bytes += all[i].bytes;
    if (records != partitions * passes * records_per_partition) fail("%lld records read", (long long)records);
    printf("{\"seconds\": %.6f, \"records\": %lld, \"bytes\": %lld}\n", (now_ns() - begun) / 1e9, (long long)records,
           (long long)bytes);
}
