/* What this machine can do at all: the floor under every figure of a broker.
 *
 *     limits FOLDER [PIECE …]             JSON: rates in bytes a second, CPU seconds a GB, times in milliseconds; pieces of work
 *                                         that are named once each, else all of them, the median of several passes
 *     limits FOLDER --sync BYTES FILES PIECE
 *                                         seconds that the device takes to sync so much, just written to so many files in pieces
 *                                         of so many bytes (which the system cuts into pages: pieces that begin inside one
 *                                         cost the device a third more)
 *     limits FOLDER --warm MEGABYTES      touches and frees so much memory, and writes and removes so large a file, so that what is
 *                                         measured next does not pay for a virtual machine that has given its free pages back
 *                                         to its host (memory and files get pages of different sizes)
 *
 * CPU is that of the thread that does the work. */
#include "frames.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

enum { MIB = 1 << 20, MOST_PASSES = 3 };

typedef struct { double wall, cpu; } Pass;

static const char *folder, *separator = "";
static unsigned char *block;
static int passes = MOST_PASSES;
static size_t file_mib = 384, loopback_mib = 512;

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
    for (size_t done = 0; done < file_mib * MIB; done += piece)
        if (write(fd, block, piece) != (ssize_t)piece) fail("write: %s", strerror(errno));
    close(fd);
}

static void append_1mib(void) { write_pieces(MIB); }
static void append_16kib(void) { write_pieces(16 << 10); }

static void read_cached(void) {
    int fd = open_file("append", 0);
    for (long at = 0; at < (long)file_mib; at++)
        if (pread(fd, block, MIB, at * MIB) != MIB) fail("read: %s", strerror(errno));
    close(fd);
}

/* Runs a piece of work and prints its median rate and CPU. Nothing that one pass wrote is there in the next. */
static void rate(const char *name, double bytes, void (*work)(void)) {
    Pass taken[MOST_PASSES];
    for (int i = 0; i < passes; i++) {
        if (work != read_cached) remove_file("append");
        double cpu = thread_cpu();
        int64_t begun = now_ns();
        work();
        taken[i] = (Pass){(now_ns() - begun) / 1e9, thread_cpu() - cpu};
    }
    qsort(taken, passes, sizeof *taken, by_wall);
    Pass middle = taken[passes / 2];
    printf("%s\"%s\": {\"rate\": %.0f, \"cpu_per_gb\": %.4f}", separator, name, bytes / middle.wall, middle.cpu / bytes * 1e9);
    separator = ",\n";
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
    for (size_t done = 0; done < loopback_mib * MIB; done += piece_sent) {
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
    printf("%s", separator);
    separator = ",\n";
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
    free(took);
}

static void syncs(void) {
    enum { COUNT = 300 };
    int64_t took[COUNT];
    int fd = open_file("sync", O_CREAT | O_TRUNC | O_APPEND);
    for (long i = 0; i < COUNT; i++) {
        if (write(fd, block, 4096) != 4096) fail("write: %s", strerror(errno));
        int64_t begun = now_ns();
        if (fdatasync(fd)) fail("fdatasync: %s", strerror(errno));
        took[i] = now_ns() - begun;
    }
    printf("%s", separator);
    separator = ",\n";
    print_percentiles("fdatasync", took, COUNT);
    close(fd);
}

static void sync_files(long bytes, long files, long piece) {
    int opened[files];
    for (long i = 0; i < files; i++) {
        char name[32];
        snprintf(name, sizeof name, "dirty-%ld", i);
        opened[i] = open_file(name, O_CREAT | O_TRUNC);
        for (long done = 0; done < bytes / files; done += piece)
            if (write(opened[i], block, piece) != piece) fail("write: %s", strerror(errno));
    }
    int64_t begun = now_ns();
    for (long i = 0; i < files; i++)
        if (fdatasync(opened[i])) fail("fdatasync: %s", strerror(errno));
    printf("{\"seconds\": %.6f}\n", (now_ns() - begun) / 1e9);
}

static void warm(size_t bytes) {
    unsigned char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("no memory to warm: %s", strerror(errno));
    for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
    munmap(memory, bytes);
    int fd = open_file("warm", O_CREAT | O_TRUNC);
    for (size_t done = 0; done < bytes; done += MIB)
        if (write(fd, block, MIB) != MIB) fail("write: %s", strerror(errno));
    close(fd);
    remove_file("warm");
}

static void copy_work(void) { rate("memcpy", 16.0 * 64 * MIB, copy); }
#if defined(__x86_64__) || defined(__aarch64__)
static void crc_work(void) { rate("crc32c", 1024.0 * (MIB / 24 * 24), crc_three_streams); }
#endif
static void loopback_1mib(void) {
    piece_sent = MIB, received_cpu = 0;
    rate("loopback 1 MiB", (double)loopback_mib * MIB, loopback);
    printf(",\n\"loopback receive\": {\"cpu_per_gb\": %.4f}", received_cpu / passes / ((double)loopback_mib * MIB) * 1e9);
}
static void loopback_16kib(void) {
    piece_sent = 16 << 10;
    rate("loopback 16 KiB", (double)loopback_mib * MIB, loopback);
}
static void append_small(void) { rate("append 16 KiB", (double)file_mib * MIB, append_16kib); }
static void append_large(void) { rate("append 1 MiB", (double)file_mib * MIB, append_1mib); }
/* What the append before has written. */
static void cached_read(void) { rate("cached read", (double)file_mib * MIB, read_cached); }
static void quick_trips(void) { round_trips("round trip", 20000, 0); }
static void slow_trips(void) { round_trips("round trip at 1000/s", 2000, 1000000); }

static const struct { const char *name; void (*measure)(void); } PIECES[] = {
    {"memcpy", copy_work},
#if defined(__x86_64__) || defined(__aarch64__)
    {"crc32c", crc_work},
#endif
    {"loopback 1 MiB", loopback_1mib}, {"loopback 16 KiB", loopback_16kib}, {"append 16 KiB", append_small},
    {"append 1 MiB", append_large}, {"cached read", cached_read}, {"round trip", quick_trips},
    {"round trip at 1000/s", slow_trips}, {"fdatasync", syncs},
};
enum { PIECE_COUNT = sizeof PIECES / sizeof *PIECES };

static void measure(const char *name) {
    int found = 0;
    for (int i = 0; i < PIECE_COUNT; i++)
        if (!name || !strcmp(name, PIECES[i].name)) PIECES[i].measure(), found = 1;
#if !defined(__x86_64__) && !defined(__aarch64__)
    if (!strcmp(name ? name : "", "crc32c")) return;
#endif
    if (!found) fail("there is no piece of work %s", name);
}

int main(int words, char **arguments) {
    if (words < 2) fail("usage: limits FOLDER [PIECE …] | limits FOLDER --sync BYTES FILES PIECE | limits FOLDER --warm MEGABYTES");
    folder = arguments[1];
    prctl(PR_SET_TIMERSLACK, 1);
    if (words > 2) passes = 1, file_mib = 128, loopback_mib = 192;
    size_t room = 128 * (size_t)MIB;
    block = malloc(room);
    for (size_t at = 0; at < (words == 2 ? room : MIB); at++) block[at] = at * 31;
    int warms = words == 4 && !strcmp(arguments[2], "--warm");
    warm((warms ? (size_t)number(arguments[3]) : file_mib + 64) * MIB);
    if (warms) return 0;
    if (words == 6 && !strcmp(arguments[2], "--sync")) {
        long piece = number(arguments[5]);
        if (piece < 1 || piece > MIB) fail("a piece of %ld bytes", piece);
        return sync_files(number(arguments[3]), number(arguments[4]), piece), 0;
    }
    printf("{");
    if (words == 2) measure(NULL);
    for (int i = 2; i < words; i++) measure(arguments[i]);
    printf("}\n");
}
