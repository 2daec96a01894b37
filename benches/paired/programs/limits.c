/* What this machine can do at all: the floor under every figure of a broker.
 *
 *     limits FOLDER            JSON: rates in bytes a second, CPU seconds a GB, times in milliseconds
 *     limits warm MEGABYTES    touches and frees memory, so that what is measured next does not pay for a virtual
 *                              machine that has given its free pages back to its host
 *
 * CPU is that of the thread that does the work. Rates are the median of several passes. */
#include "frames.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

enum { MIB = 1 << 20, PASSES = 5, FILE_MIB = 384, LOOPBACK_MIB = 512 };

typedef struct { double wall, cpu; } Pass;

static const char *folder;
static unsigned char *block;

static double thread_cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_THREAD, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static int by_wall(const void *a, const void *b) {
    double left = ((const Pass *)a)->wall, right = ((const Pass *)b)->wall;
    return (left > right) - (left < right);
}

static void copy(void) {
    for (int i = 0; i < 16; i++) {
        memcpy(block + 64 * MIB, block, 64 * MIB);
        __asm__ volatile("" ::: "memory");
    }
}

static volatile uint64_t checksum;

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static void crc_three_streams(void) {
    for (int round = 0; round < 1024; round++) {
        uint64_t a = ~0u, b = 0, c = 0, *at = (uint64_t *)block;
        const int third = MIB / 24;
        for (int i = 0; i < third; i++) {
            a = _mm_crc32_u64(a, at[i]);
            b = _mm_crc32_u64(b, at[i + third]);
            c = _mm_crc32_u64(c, at[i + 2 * third]);
        }
        checksum += a ^ b ^ c;
    }
}
#elif defined(__aarch64__)
__attribute__((target("+crc"))) static void crc_three_streams(void) {
    for (int round = 0; round < 1024; round++) {
        uint64_t *at = (uint64_t *)block;
        uint32_t a = ~0u, b = 0, c = 0;
        const int third = MIB / 24;
        for (int i = 0; i < third; i++) {
            a = __builtin_aarch64_crc32cx(a, at[i]);
            b = __builtin_aarch64_crc32cx(b, at[i + third]);
            c = __builtin_aarch64_crc32cx(c, at[i + 2 * third]);
        }
        checksum += a ^ b ^ c;
    }
}
#endif

static int open_file(const char *name, int flags) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, flags | O_RDWR, 0600);
    if (fd < 0) fail("%s: %s", path, strerror(errno));
    return fd;
}

static void remove_file(const char *name) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (unlink(path) && errno != ENOENT) fail("%s: %s", path, strerror(errno));
}

static void write_pieces(size_t piece) {
    int fd = open_file("append", O_CREAT | O_EXCL);
    for (size_t done = 0; done < (size_t)FILE_MIB * MIB; done += piece)
        if (write(fd, block, piece) != (ssize_t)piece) fail("write: %s", strerror(errno));
    close(fd);
}

static void append_1mib(void) { write_pieces(MIB); }
static void append_16kib(void) { write_pieces(16 << 10); }

static void read_cached(void) {
    int fd = open_file("append", 0);
    for (long at = 0; at < FILE_MIB; at++)
        if (pread(fd, block, MIB, at * MIB) != MIB) fail("read: %s", strerror(errno));
    close(fd);
}

/* Runs a piece of work PASSES times and prints its median rate and CPU. Nothing that one pass wrote is there in the next. */
static void rate(const char *name, double bytes, void (*work)(void)) {
    Pass passes[PASSES];
    for (int i = 0; i < PASSES; i++) {
        if (work != read_cached) remove_file("append");
        double cpu = thread_cpu();
        int64_t begun = now_ns();
        work();
        passes[i] = (Pass){(now_ns() - begun) / 1e9, thread_cpu() - cpu};
    }
    qsort(passes, PASSES, sizeof *passes, by_wall);
    Pass middle = passes[PASSES / 2];
    printf("\"%s\": {\"rate\": %.0f, \"cpu_per_gb\": %.4f},\n", name, bytes / middle.wall, middle.cpu / bytes * 1e9);
}

/* Two connected sockets on loopback. */
static void pair_of_sockets(int *ends) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (void *)&address, size) || listen(listener, 1) || getsockname(listener, (void *)&address, &size))
        fail("loopback: %s", strerror(errno));
    ends[0] = connect_to(ntohs(address.sin_port));
    ends[1] = accept(listener, NULL, NULL);
    setsockopt(ends[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    close(listener);
}

static int sockets[2];
static size_t piece_sent;

static void *receive_all(void *cpu) {
    static unsigned char into[MIB];
    double before = thread_cpu();
    while (recv(sockets[1], into, sizeof into, 0) > 0) continue;
    *(double *)cpu += thread_cpu() - before;
    return NULL;
}

static double received_cpu;

static void loopback(void) {
    pthread_t receiver;
    pair_of_sockets(sockets);
    pthread_create(&receiver, NULL, receive_all, &received_cpu);
    for (size_t done = 0; done < (size_t)LOOPBACK_MIB * MIB; done += piece_sent) {
        struct iovec part = {block, piece_sent};
        write_parts(sockets[0], &part, 1);
    }
    shutdown(sockets[0], SHUT_WR);
    pthread_join(receiver, NULL);
    close(sockets[0]), close(sockets[1]);
}

static void *echo(void *nothing) {
    unsigned char bytes[100];
    for (ssize_t got; (got = recv(sockets[1], bytes, sizeof bytes, 0)) > 0;)
        if (send(sockets[1], bytes, got, 0) != got) break;
    return nothing;
}

/* 100 bytes there and back, one after the other or every `pause` nanoseconds. */
static void round_trips(const char *name, long count, int64_t pause) {
    pthread_t other;
    unsigned char bytes[100] = "";
    int64_t *took = calloc(count, 8), begun;
    pair_of_sockets(sockets);
    pthread_create(&other, NULL, echo, NULL);
    begun = now_ns();
    for (long i = 0; i < count; i++) {
        int64_t at = begun + i * pause;
        struct timespec when = {at / 1000000000, at % 1000000000};
        if (pause) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL);
        int64_t sent = now_ns();
        if (send(sockets[0], bytes, sizeof bytes, 0) != sizeof bytes) fail("send: %s", strerror(errno));
        read_exactly(sockets[0], bytes, sizeof bytes);
        took[i] = now_ns() - sent;
    }
    shutdown(sockets[0], SHUT_WR);
    pthread_join(other, NULL);
    print_percentiles(name, took, count);
    printf(",\n");
    free(took);
}

static void syncs(long count) {
    int64_t *took = calloc(count, 8);
    int fd = open_file("sync", O_CREAT | O_TRUNC | O_APPEND);
    for (long i = 0; i < count; i++) {
        if (write(fd, block, 4096) != 4096) fail("write: %s", strerror(errno));
        int64_t begun = now_ns();
        if (fdatasync(fd)) fail("fdatasync: %s", strerror(errno));
        took[i] = now_ns() - begun;
    }
    print_percentiles("fdatasync", took, count);
    close(fd);
}

static void warm(size_t bytes) {
    unsigned char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("no memory to warm: %s", strerror(errno));
    for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
}

int main(int words, char **arguments) {
    if (words == 3 && !strcmp(arguments[1], "warm")) return warm((size_t)number(arguments[2]) * MIB), 0;
    if (words != 2) fail("usage: limits FOLDER | limits warm MEGABYTES");
    folder = arguments[1];
    prctl(PR_SET_TIMERSLACK, 1);
    warm((size_t)700 * MIB);
    block = malloc(128 * MIB);
    for (size_t at = 0; at < (size_t)128 * MIB; at++) block[at] = at * 31;
    printf("{");
    rate("memcpy", 16.0 * 64 * MIB, copy);
#if defined(__x86_64__) || defined(__aarch64__)
    rate("crc32c", 1024.0 * (MIB / 24 * 24), crc_three_streams);
#endif
    piece_sent = MIB;
    rate("loopback 1 MiB", (double)LOOPBACK_MIB * MIB, loopback);
    printf("\"loopback receive\": {\"cpu_per_gb\": %.4f},\n", received_cpu / PASSES / ((double)LOOPBACK_MIB * MIB) * 1e9);
    piece_sent = 16 << 10;
    rate("loopback 16 KiB", (double)LOOPBACK_MIB * MIB, loopback);
    rate("append 16 KiB", (double)FILE_MIB * MIB, append_16kib);
    rate("append 1 MiB", (double)FILE_MIB * MIB, append_1mib);
    rate("cached read", (double)FILE_MIB * MIB, read_cached);
    round_trips("round trip", 20000, 0);
    round_trips("round trip at 1000/s", 2000, 1000000);
    syncs(300);
    printf("}\n");
}
