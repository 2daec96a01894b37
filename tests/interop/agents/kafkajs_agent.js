// KafkaJS, as an agent (the protocol of the lines: `AgentClient` in clients/client.py).
//
// Arguments: the folder with the packages, the broker's address. KafkaJS has no consumer without a group, so `read`
// uses a group of its own each time. Codecs other than gzip are plugins: snappy is a package for KafkaJS, lz4 and zstd
// are a few lines around a library, as KafkaJS's documentation describes.

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const [modules, address] = process.argv.slice(2);
const bring = (name) => require(path.join(modules, name));

const { Kafka, CompressionTypes, CompressionCodecs, AssignerProtocol, logLevel } = bring("kafkajs");
const { version } = bring("kafkajs/package.json");
const lz4 = bring("lz4-napi");
const zstd = bring("@mongodb-js/zstd");

CompressionCodecs[CompressionTypes.Snappy] = bring("kafkajs-snappy");
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: (encoder) => lz4.compressFrame(encoder.buffer),
  decompress: (buffer) => lz4.decompressFrame(buffer),
});
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: (encoder) => zstd.compress(encoder.buffer, 3),
  decompress: (buffer) => zstd.decompress(buffer),
});

const CODECS = { none: "None", gzip: "GZIP", snappy: "Snappy", lz4: "LZ4", zstd: "ZSTD" };
const TOPIC = 2; // resource type in describeConfigs and alterConfigs
const kafka = new Kafka({ clientId: "interop", brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 8 } });
const admin = kafka.admin();
const members = [];
let groups = 0;

// Its own assignor has a name that no other client knows. This one has the name that all others know, for groups of several clients.
const rangeAssigner = ({ cluster }) => ({
  name: "range",
  version: 0,
  async assign({ members: all, topics }) {
    const ids = all.map((member) => member.memberId).sort();
    const shares = Object.fromEntries(ids.map((id) => [id, {}]));
    for (const topic of topics) {
      const partitions = cluster.findTopicPartitionMetadata(topic).map((place) => place.partitionId).sort((a, b) => a - b);
      const first = (seat) => Math.ceil((partitions.length * seat) / ids.length);
      ids.forEach((id, seat) => { shares[id][topic] = partitions.slice(first(seat), first(seat + 1)); });
    }
    const encoded = (assignment) => AssignerProtocol.MemberAssignment.encode({ version: 0, assignment, userData: Buffer.alloc(0) });
    return ids.map((memberId) => ({ memberId, memberAssignment: encoded(shares[memberId]) }));
  },
  protocol: ({ topics }) => ({
    name: "range", metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }) }),
});

const content = (text) => (text === null ? null : Buffer.from(text, "base64"));
const text = (buffer) => (buffer === null || buffer === undefined ? null : Buffer.from(buffer).toString("base64"));

// KafkaJS keeps headers in an object: the values of a repeated name are an array, and stand together.
function packHeaders(pairs) {
  const headers = {};
  for (const [name, value] of pairs) {
    headers[name] = name in headers ? [].concat(headers[name], [content(value)]) : content(value);
  }
  return headers;
}

function record(partition, message) {
  const headers = Object.entries(message.headers || {}).flatMap(([name, values]) =>
    Array.isArray(values) ? values.map((value) => [name, text(value)]) : [[name, text(values)]]);
  return { partition, offset: Number(message.offset), timestamp: Number(message.timestamp), key: text(message.key),
    value: text(message.value), headers };
}

const operations = {
  async hello() {
    await admin.connect();
    return version;
  },

  async produce({ topic, records, codec, acks, idempotent }) {
    const producer = kafka.producer({ allowAutoTopicCreation: true, idempotent });
    const messages = records.map((packed) => ({
      key: content(packed.key), value: content(packed.value), headers: packHeaders(packed.headers),
      partition: packed.partition ?? undefined, timestamp: packed.timestamp === null ? undefined : String(packed.timestamp),
    }));
    await producer.connect();
    try {
      await producer.send({ topic, messages, acks: acks === "all" ? -1 : Number(acks), compression: CompressionTypes[CODECS[codec]] });
    } finally {
      await producer.disconnect();
    }
    return null; // it tells a base offset per partition, not a place per record
  },

  async read({ topic, partition, start }) {
    const wanted = (place) => partition === null || place.partition === partition;
    const places = (await admin.fetchTopicOffsets(topic)).filter(wanted);
    const from = Object.fromEntries(places.map((place) => [place.partition, Math.max(start, Number(place.low))]));
    const left = new Set(places.filter((place) => from[place.partition] < Number(place.high)).map((place) => place.partition));
    const ends = Object.fromEntries(places.map((place) => [place.partition, Number(place.high)]));
    const read = [];
    if (left.size === 0) return read;
    const group = `interop-read-${process.pid}-${groups++}`;
    const consumer = kafka.consumer({ groupId: group });
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await new Promise((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        consumer.run({
          autoCommit: false,
          eachMessage: async ({ partition: at, message }) => {
            const offset = Number(message.offset);
            if (!left.has(at) || offset < from[at]) return;
            read.push(record(at, message));
            if (offset + 1 >= ends[at]) left.delete(at);
            if (left.size === 0) resolve();
          },
        });
        for (const [at, offset] of Object.entries(from)) consumer.seek({ topic, partition: Number(at), offset: String(offset) });
      });
    } finally {
      await consumer.disconnect();
    }
    return read;
  },

  async join({ group, topic, options }) {
    const partitionAssigners = options?.assigner === "range" ? [rangeAssigner] : undefined;
    const consumer = kafka.consumer({ groupId: group, heartbeatInterval: 300, sessionTimeout: 6000, partitionAssigners,
      maxWaitTimeInMs: 300 /* it learns of a rebalance only between two fetches */ });
    const member = { consumer, share: [], received: [] };
    const journal = options?.journal && fs.openSync(options.journal, "a");
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => { member.share = payload.memberAssignment[topic] || []; });
    consumer.on(consumer.events.REBALANCING, () => { member.share = []; });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ partition, message }) => {
      if (journal) fs.writeSync(journal, `${partition} ${message.offset} ${message.value}\n`);
      member.received.push(record(partition, message));
    } });
    return members.push(member) - 1;
  },

  async share({ member }) { return members[member].share; },
  async received({ member }) { return members[member].received; },
  async leave({ member }) { await members[member].consumer.disconnect(); },

  async offsets_at({ topic, timestamp }) {
    const ends = Object.fromEntries((await admin.fetchTopicOffsets(topic)).map((place) => [place.partition, place.high]));
    const found = await admin.fetchTopicOffsetsByTimestamp(topic, timestamp);
    // Where there is none, KafkaJS itself answers with the end of the partition.
    return Object.fromEntries(found.map(({ partition, offset }) => [partition, offset === ends[partition] ? null : Number(offset)]));
  },

  async commit({ group, topic, offsets }) {
    const partitions = Object.entries(offsets).map(([partition, offset]) => ({ partition: Number(partition), offset: String(offset) }));
    await admin.setOffsets({ groupId: group, topic, partitions });
  },

  async committed({ group, topic }) {
    const [{ partitions }] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    return Object.fromEntries(partitions.filter(({ offset }) => offset !== "-1").map((place) => [place.partition, Number(place.offset)]));
  },

  async create_topic({ topic, partitions, configs }) {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
    const created = await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }] });
    if (!created) throw new Error("createTopics: the topic was there");
    return null;
  },

  async topics() { return admin.listTopics(); },

  async partitions({ topic }) {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0].partitions.length;
  },

  async delete_topic({ topic }) { await admin.deleteTopics({ topics: [topic] }); },

  async configs({ topic }) {
    const { resources: [told] } = await admin.describeConfigs({ resources: [{ type: TOPIC, name: topic }], includeSynonyms: false });
    return Object.fromEntries(told.configEntries.map((entry) => [entry.configName, entry.configValue]));
  },

  async set_config({ topic, name, value }) {
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name: topic, configEntries: [{ name, value }] }] });
  },

  async grow({ topic, partitions }) { await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] }); },
  async groups() { return (await admin.listGroups()).groups.map((group) => group.groupId); },

  async describe_group({ group }) {
    const { groups: [told] } = await admin.describeGroups([group]);
    const shares = told.members.map((member) =>
      Object.values(AssignerProtocol.MemberAssignment.decode(member.memberAssignment)?.assignment || {}).flat());
    return { state: told.state, shares };
  },

  async delete_group({ group }) { await admin.deleteGroups([group]); },

  async delete_records({ topic, partition, before }) {
    await admin.fetchTopicOffsets(topic); // makes KafkaJS learn who leads the partition, which deleteTopicRecords does not
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(before) }] });
    return null;
  },
};

async function answer(line) {
  const { op, ...given } = JSON.parse(line);
  try {
    return { ok: (await operations[op](given)) ?? null };
  } catch (error) {
    return { error: `${error.name}: ${error.message}`.slice(0, 500) };
  }
}

async function serve() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
  }
  process.exit(0);
}

serve();
