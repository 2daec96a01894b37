/* Groups: what they commit, and heartbeats of the members of one of them.
 *
 *     raw_groups PORT commit GROUPS TOPIC PARTITIONS CONNECTIONS     groups g0, g1, … without members commit an offset each
 *     raw_groups PORT consumer GROUP TOPIC MEMBERS CONNECTIONS SECONDS
 *     raw_groups PORT classic GROUP TOPIC MEMBERS CONNECTIONS SECONDS
 *
 * OffsetCommit version 5. Members of the consumer protocol send ConsumerGroupHeartbeat 1, one request in flight on each
 * connection: they join and give back what they must until nothing changes any more, and then heartbeats of members that have
 * nothing to say are counted. Members of the classic protocol send JoinGroup 1, SyncGroup 0, Heartbeat 0, each on a connection of
 * its own until the group is whole; then as many connections as are asked for. Every answer is checked for an error. */
#include "frames.h"
#include <pthread.h>

enum { OFFSET_COMMIT = 8, JOIN_GROUP = 11, HEARTBEAT = 12, SYNC_GROUP = 14, CONSUMER_HEARTBEAT = 68 };
enum { MOST_MEMBERS = 512, MOST_CONNECTIONS = 64, ROOM = 1 << 20, REBALANCE_IN_PROGRESS = 27 };

static int port;
static const char *topic, *group;
static long members, connections, partitions, groups;
static int64_t end;

typedef struct {
    char id[80];
    int32_t epoch;
    unsigned char owned[1 << 14]; /* topics and partitions as the wire has them */
    size_t owned_size;
    int must_tell;
    int fd;
} Member;
static Member all[MOST_MEMBERS];

/* Sends what stands behind `front`'s header and reads the answer to it. */
static int32_t ask(int fd, Place front, Place at, unsigned char *answer, size_t room) {
    put32(front, at - front - 4);
    struct iovec part = {front, at - front};
    write_parts(fd, &part, 1);
    read_exactly(fd, answer, 4);
    int32_t length = get32(answer);
    if (length < 4 || length > (int)room) fail("an answer of %d bytes", length);
    read_exactly(fd, answer, length);
    return length;
}

/* ---- commits */

static void *commit(void *which) {
    long first = (long)which;
    unsigned char *front = malloc(ROOM), *answer = malloc(ROOM);
    int fd = connect_to(port);
    for (long number = first; number < groups; number += connections) {
        char name[32];
        snprintf(name, sizeof name, "g%ld", number);
        Place at = put_header(front, OFFSET_COMMIT, 5, number);
        at = put_text(put32(put_text(at, name), -1), "");
        at = put32(put_text(put32(at, 1), topic), partitions);
        for (long partition = 0; partition < partitions; partition++)
            at = put_text(put64(put32(at, partition), number + partition), "");
        ask(fd, front, at, answer, ROOM);
        Place errors = answer + 4 + 4 + 4 + 2 + strlen(topic) + 4;
        for (long partition = 0; partition < partitions; partition++)
            if (get16(errors + partition * 6 + 4)) fail("%s-%ld: error %d", name, partition, get16(errors + partition * 6 + 4));
    }
    close(fd);
    return NULL;
}

/* ---- the consumer protocol */

static Place put_compact(Place at, const char *text) {
    size_t length = strlen(text);
    *at++ = length + 1;
    return (Place)memcpy(at, text, length) + length;
}

static Place past_number(Place at, uint32_t *value) {
    *value = 0;
    for (int shift = 0;; shift += 7) {
        *value |= (uint32_t)(*at & 0x7f) << shift;
        if (!(*at++ & 0x80)) return at;
    }
}

/* One heartbeat of a member, which says what it has if that is news; whether it was told something new. */
static int consumer_beat(int fd, Member *member, unsigned char *front, unsigned char *answer) {
    int joins = member->epoch == 0, says_owned = joins || member->must_tell;
    Place at = put_header(front, CONSUMER_HEARTBEAT, 1, member->epoch);
    *at++ = 0;
    at = put_compact(put_compact(at, group), member->id);
    at = put32(at, member->epoch);
    *at++ = 0, *at++ = 0;
    at = put32(at, joins ? 300000 : -1);
    if (joins) *at++ = 2, at = put_compact(at, topic);
    else *at++ = 0;
    *at++ = 0, *at++ = 0;
    if (says_owned && member->owned_size) at = (Place)memcpy(at, member->owned, member->owned_size) + member->owned_size;
    else *at++ = says_owned ? 1 : 0;
    *at++ = 0;
    ask(fd, front, at, answer, ROOM);
    Place told = answer + 4 + 1 + 4;
    if (get16(told)) fail("%s: error %d", member->id, get16(told));
    uint32_t length;
    told = past_number(told + 2, &length);
    if (length) told += length - 1;
    told = past_number(told, &length);
    if (length) told += length - 1;
    int32_t epoch = get32(told);
    told += 8;
    int changed = epoch != member->epoch || member->must_tell;
    member->epoch = epoch, member->must_tell = 0;
    if ((signed char)*told++ < 0) return changed;
    Place begun = told;
    uint32_t topics, count;
    told = past_number(told, &topics);
    for (uint32_t i = 1; i < topics; i++) {
        told = past_number(told + 16, &count);
        told += 4 * (count ? count - 1 : 0) + 1;
    }
    size_t size = told - begun;
    if (size > sizeof member->owned) fail("an assignment of %zu bytes", size);
    if (size == member->owned_size && !memcmp(begun, member->owned, size)) return changed;
    memcpy(member->owned, begun, member->owned_size = size);
    return member->must_tell = 1;
}

static void settle_consumers(void) {
    unsigned char *front = malloc(ROOM), *answer = malloc(ROOM);
    int fd = connect_to(port), changed = 1;
    for (int round = 0; changed; round++) {
        if (round > 100) fail("the group does not come to rest");
        changed = 0;
        for (long i = 0; i < members; i++) changed |= consumer_beat(fd, &all[i], front, answer);
    }
    close(fd);
}

/* ---- the classic protocol */

static int32_t generation;
static long settled;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int classic_sync(Member *member, unsigned char *front, unsigned char *answer, int leads, Place joined) {
    Place at = put_header(front, SYNC_GROUP, 0, 0);
    at = put_text(put32(put_text(at, group), member->epoch), member->id);
    Place count = at;
    at = put32(at, 0);
    if (leads) {
        int32_t each = get32(joined);
        put32(count, each);
        joined += 4;
        for (int32_t i = 0; i < each; i++) {
            int16_t length = get16(joined);
            at = (Place)memcpy(at, joined, length + 2) + length + 2;
            joined += 2 + length;
            joined += 4 + get32(joined);
            at = (Place)memcpy(put32(at, 10), "\0\0\0\0\0\0\xff\xff\xff\xff", 10) + 10;
        }
    }
    ask(member->fd, front, at, answer, ROOM);
    return get16(answer + 4);
}

static int classic_beat(int fd, Member *member, unsigned char *front, unsigned char *answer) {
    Place at = put_header(front, HEARTBEAT, 0, 0);
    at = put_text(put32(put_text(at, group), member->epoch), member->id);
    ask(fd, front, at, answer, ROOM);
    return get16(answer + 4);
}

/* Joins, and joins again, until the generation has everybody. */
static void *settle_classic(void *which) {
    Member *member = which;
    unsigned char *front = malloc(ROOM), *answer = malloc(ROOM), *synced = malloc(ROOM);
    member->fd = connect_to(port);
    member->id[0] = 0;
    for (;;) {
        Place at = put_header(front, JOIN_GROUP, 1, 0);
        at = put_text(put_text(put32(put32(put_text(at, group), 30000), 60000), member->id), "consumer");
        at = put_text(put32(at, 1), "range");
        Place metadata = at;
        at = put16(put32(at, 0), 0);
        at = put32(put_text(put32(at, 1), topic), -1);
        put32(metadata, at - metadata - 4);
        ask(member->fd, front, at, answer, ROOM);
        if (get16(answer + 4)) fail("JoinGroup: error %d", get16(answer + 4));
        member->epoch = get32(answer + 6);
        Place told = answer + 10;
        told += 2 + get16(told);
        Place leader = told;
        told += 2 + get16(told);
        int16_t length = get16(told);
        if (length < 1 || length >= (int)sizeof member->id) fail("a member id of %d bytes", length);
        memcpy(member->id, told + 2, length), member->id[length] = 0;
        int leads = get16(leader) == length && !memcmp(leader + 2, told + 2, length);
        told += 2 + length;
        pthread_mutex_lock(&lock);
        if (leads && get32(told) == members) generation = member->epoch;
        pthread_mutex_unlock(&lock);
        int error = classic_sync(member, front, synced, leads, told);
        while (!error) {
            pthread_mutex_lock(&lock);
            int is_whole = generation == member->epoch;
            settled += is_whole;
            pthread_mutex_unlock(&lock);
            if (is_whole) return NULL;
            usleep(20000);
            error = classic_beat(member->fd, member, front, answer);
        }
        if (error != REBALANCE_IN_PROGRESS) fail("SyncGroup or Heartbeat: error %d", error);
    }
}

/* ---- heartbeats */

typedef struct {
    long first, count;
    int is_classic;
} Part;

static void *beat(void *given) {
    Part *part = given;
    unsigned char *front = malloc(1 << 16), *answer = malloc(ROOM);
    int fd = connect_to(port);
    for (long i = part->first; now_ns() < end; i = i + connections < members ? i + connections : part->first) {
        if (part->is_classic) {
            int error = classic_beat(fd, &all[i], front, answer);
            if (error) fail("Heartbeat of member %ld: error %d", i, error);
        } else if (consumer_beat(fd, &all[i], front, answer)) fail("member %ld was told something new", i);
        part->count++;
    }
    close(fd);
    return NULL;
}

static void heartbeats(int is_classic, int64_t began, long seconds) {
    Part parts[MOST_CONNECTIONS];
    pthread_t threads[MOST_CONNECTIONS];
    int64_t begun = now_ns();
    end = begun + seconds * 1000000000LL;
    long total = 0;
    for (long i = 0; i < connections; i++) {
        parts[i] = (Part){i, 0, is_classic};
        if (pthread_create(&threads[i], NULL, beat, &parts[i])) fail("no thread");
    }
    for (long i = 0; i < connections; i++) pthread_join(threads[i], NULL), total += parts[i].count;
    printf("{\"settled\": %.6f, \"seconds\": %.6f, \"heartbeats\": %ld}\n", (begun - began) / 1e9, (now_ns() - begun) / 1e9, total);
}

int main(int count, char **arguments) {
    if (count < 7) fail("usage: raw_groups PORT commit|consumer|classic …");
    port = number(arguments[1]), topic = arguments[4];
    int64_t began = now_ns();
    pthread_t threads[MOST_MEMBERS];
    if (!strcmp(arguments[2], "commit")) {
        groups = number(arguments[3]), partitions = number(arguments[5]), connections = number(arguments[6]);
        if (partitions > 40000 || connections < 1 || connections > MOST_CONNECTIONS) fail("these numbers do not fit");
        for (long i = 0; i < connections; i++)
            if (pthread_create(&threads[i], NULL, commit, (void *)i)) fail("no thread");
        for (long i = 0; i < connections; i++) pthread_join(threads[i], NULL);
        printf("{\"seconds\": %.6f}\n", (now_ns() - began) / 1e9);
        return 0;
    }
    if (count != 8) fail("usage: raw_groups PORT %s GROUP TOPIC MEMBERS CONNECTIONS SECONDS", arguments[2]);
    group = arguments[3], members = number(arguments[5]), connections = number(arguments[6]);
    if (members < 1 || members > MOST_MEMBERS || connections < 1 || connections > members || connections > MOST_CONNECTIONS)
        fail("these numbers do not fit");
    int is_classic = !strcmp(arguments[2], "classic");
    for (long i = 0; i < members; i++) snprintf(all[i].id, sizeof all[i].id, "member-%ld", i);
    if (is_classic) {
        for (long i = 0; i < members; i++)
            if (pthread_create(&threads[i], NULL, settle_classic, &all[i])) fail("no thread");
        for (long i = 0; i < members; i++) pthread_join(threads[i], NULL);
    } else settle_consumers();
    heartbeats(is_classic, began, number(arguments[7]));
}
