/* What the raw-frame programs share: a clock, a socket, big-endian numbers, CRC-32C.
 *
 * Frames are those of the message schemas of Apache Kafka: an int32 length and that many bytes. Versions are fixed to
 * ones that every broker since 2.8 speaks. A program that meets anything unexpected says so and exits with 1. */
#ifndef FRAMES_H
#define FRAMES_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <endian.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { PRODUCE = 0, FETCH = 1, BATCH_HEADER = 61 };

static inline void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static inline int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static inline long number(const char *text) {
    char *end;
    long value = strtol(text, &end, 10);
    if (*text == 0 || *end != 0) fail("not a number: %s", text);
    return value;
}

static inline int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect: %s", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* 0 if the connection ended before. */
static inline int try_to_read(int fd, void *into, size_t count) {
    for (size_t done = 0; done < count;) {
        ssize_t got = recv(fd, (char *)into + done, count - done, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return 0;
        done += got;
    }
    return 1;
}

static inline void read_exactly(int fd, void *into, size_t count) {
    if (!try_to_read(fd, into, count)) fail("the broker closed the connection");
}

/* Writes all parts, and uses the array up; 0 if the connection ended before. */
static inline int try_to_write(int fd, struct iovec *parts, int count) {
    while (count > 0) {
        ssize_t written = writev(fd, parts, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return 0;
        while (count > 0 && (size_t)written >= parts->iov_len) {
            written -= parts->iov_len;
            parts++, count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + written;
            parts->iov_len -= written;
        }
    }
    return 1;
}

static inline void write_parts(int fd, struct iovec *parts, int count) {
    if (!try_to_write(fd, parts, count)) fail("write: %s", strerror(errno));
}

/* A place in a buffer that is written or read. */
typedef unsigned char *Place;

static inline Place put16(Place at, uint16_t value) { value = htobe16(value); return (Place)memcpy(at, &value, 2) + 2; }
static inline Place put32(Place at, uint32_t value) { value = htobe32(value); return (Place)memcpy(at, &value, 4) + 4; }
static inline Place put64(Place at, uint64_t value) { value = htobe64(value); return (Place)memcpy(at, &value, 8) + 8; }
static inline Place put_text(Place at, const char *text) {
    at = put16(at, strlen(text));
    return (Place)memcpy(at, text, strlen(text)) + strlen(text);
}

static inline int16_t get16(const unsigned char *at) { uint16_t value; memcpy(&value, at, 2); return be16toh(value); }
static inline int32_t get32(const unsigned char *at) { uint32_t value; memcpy(&value, at, 4); return be32toh(value); }
static inline int64_t get64(const unsigned char *at) { uint64_t value; memcpy(&value, at, 8); return be64toh(value); }

/* The header of a request; its length goes to the first four bytes when it is known. */
static inline Place put_header(Place at, int api, int version, int32_t correlation) {
    at = put32(at, 0);
    at = put16(at, api);
    at = put16(at, version);
    at = put32(at, correlation);
    return put_text(at, "measure");
}

/* One bit at a time: it is used for batches of a few hundred bytes only. */
static inline uint32_t crc32c(const unsigned char *bytes, size_t count) {
    uint32_t crc = ~0u;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
    }
    return ~crc;
}

static inline int by_size(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* "NAME": {"p50": …, "p99": …, "p999": …, "max": …}, in milliseconds. Sorts. */
static inline void print_percentiles(const char *name, int64_t *ns, long count) {
    if (count < 1) fail("nothing was measured");
    qsort(ns, count, sizeof *ns, by_size);
    const double at[] = {.5, .99, .999, 1};
    const char *names[] = {"p50", "p99", "p999", "max"};
    printf("\"%s\": {", name);
    for (int i = 0; i < 4; i++) {
        long index = at[i] * count;
        printf("%s\"%s\": %.4f", i ? ", " : "", names[i], ns[index < count ? index : count - 1] / 1e6);
    }
    printf("}");
}
#endif
