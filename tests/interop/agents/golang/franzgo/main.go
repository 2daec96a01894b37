// franz-go, as an agent. Argument: the broker's address.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"interop/serve"
)

const patience = 30 * time.Second

var codecs = map[string]kgo.CompressionCodec{
	"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
	"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
}

type agent struct {
	address string
	admin   *kadm.Client
	members []*member
}

func main() {
	a := &agent{address: os.Args[1]}
	a.admin = kadm.NewClient(a.client())
	serve.Serve(serve.Operations{
		"hello": a.hello, "produce": a.produce, "read": a.read, "join": a.join, "share": a.share, "received": a.received,
		"leave": a.leave, "offsets_at": a.offsetsAt, "commit": a.commit, "committed": a.committed,
		"create_topic": a.createTopic, "topics": a.topics, "partitions": a.partitions, "delete_topic": a.deleteTopic,
		"configs": a.configs, "set_config": a.setConfig, "grow": a.grow, "groups": a.groups,
		"describe_group": a.describeGroup, "delete_group": a.deleteGroup, "delete_records": a.deleteRecords,
	})
}

func (a *agent) client(more ...kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(a.address), kgo.AllowAutoTopicCreation()}, more...)...)
	if err != nil {
		panic(err)
	}
	return client
}

func soon() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}

func (a *agent) hello(serve.Question) (any, error) {
	build, _ := debug.ReadBuildInfo()
	at := slices.IndexFunc(build.Deps, func(m *debug.Module) bool { return m.Path == "github.com/twmb/franz-go" })
	return build.Deps[at].Version, nil
}

func (a *agent) produce(q serve.Question) (any, error) {
	options := []kgo.Opt{kgo.ProducerBatchCompression(codecs[q.Codec]), kgo.DefaultProduceTopic(q.Topic), kgo.ProducerLinger(5 * time.Millisecond)}
	switch q.Acks {
	case "0":
		options = append(options, kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite())
	case "1":
		options = append(options, kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite())
	}
	if len(q.Records) > 0 && q.Records[0].Partition != nil {
		options = append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	}
	client := a.client(options...)
	defer client.Close()
	var records []*kgo.Record
	for _, asked := range q.Records {
		record := &kgo.Record{Key: asked.Key, Value: asked.Value}
		for _, header := range asked.Headers {
			record.Headers = append(record.Headers, kgo.RecordHeader{Key: header.Name, Value: header.Value})
		}
		if asked.Timestamp != nil {
			record.Timestamp = time.UnixMilli(*asked.Timestamp)
		}
		if asked.Partition != nil {
			record.Partition = *asked.Partition
		}
		records = append(records, record)
	}
	ctx, cancel := soon()
	defer cancel()
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return nil, err
	}
	if q.Acks == "0" {
		return nil, nil
	}
	var places [][2]int64
	for _, record := range records {
		places = append(places, [2]int64{int64(record.Partition), record.Offset})
	}
	return places, nil
}

func (a *agent) read(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	starts, err := a.admin.ListStartOffsets(ctx, q.Topic)
	if err := errors.Join(err, starts.Error()); err != nil {
		return nil, err
	}
	ends, err := a.admin.ListEndOffsets(ctx, q.Topic)
	if err := errors.Join(err, ends.Error()); err != nil {
		return nil, err
	}
	from, left := map[int32]kgo.Offset{}, map[int32]int64{}
	for _, partition := range q.Wanted(len(ends[q.Topic])) {
		first, end := max(q.Start, starts[q.Topic][partition].Offset), ends[q.Topic][partition].Offset
		if first < end {
			from[partition], left[partition] = kgo.NewOffset().At(first), end
		}
	}
	read := []serve.Record{}
	if len(from) == 0 {
		return read, nil
	}
	client := a.client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{q.Topic: from}))
	defer client.Close()
	for len(left) > 0 {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		fetches.EachRecord(func(record *kgo.Record) {
			end, wanted := left[record.Partition]
			if wanted && record.Offset < end {
				read = append(read, told(record))
			}
			if wanted && record.Offset+1 >= end {
				delete(left, record.Partition)
			}
		})
	}
	return read, nil
}

func told(record *kgo.Record) serve.Record {
	timestamp := record.Timestamp.UnixMilli()
	headers := []serve.Header{}
	for _, header := range record.Headers {
		headers = append(headers, serve.Header{Name: header.Key, Value: header.Value})
	}
	return serve.Record{Value: record.Value, Key: record.Key, Headers: headers, Timestamp: &timestamp, Partition: &record.Partition, Offset: record.Offset}
}

// member is a consumer in a group, polled by a goroutine of its own.
type member struct {
	client  *kgo.Client
	lock    sync.Mutex
	share   map[int32]bool
	records []serve.Record
	done    chan struct{}
	journal *os.File // where each record is written before it can be committed, if a member may be killed
}

func (a *agent) join(q serve.Question) (any, error) {
	m := &member{share: map[int32]bool{}, done: make(chan struct{})}
	lose := func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { m.update(lost[q.Topic], false) }
	if path := q.Options["journal"]; path != "" {
		journal, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, err
		}
		m.journal = journal
	}
	balancer := kgo.CooperativeStickyBalancer()
	if q.Options["balancer"] == "range" {
		balancer = kgo.RangeBalancer()
	}
	options := []kgo.Opt{kgo.Balancers(balancer), kgo.ConsumerGroup(q.Group), kgo.ConsumeTopics(q.Topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.HeartbeatInterval(300 * time.Millisecond), kgo.SessionTimeout(6 * time.Second), kgo.OnPartitionsLost(lose), kgo.OnPartitionsRevoked(lose),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, got map[string][]int32) { m.update(got[q.Topic], true) })}
	if q.Options["protocol"] == "consumer" {
		options = append(options, kgo.ServerSideBalancer())
	}
	m.client = a.client(options...)
	go m.poll()
	a.members = append(a.members, m)
	return len(a.members) - 1, nil
}

func (m *member) update(partitions []int32, has bool) {
	m.lock.Lock()
	defer m.lock.Unlock()
	for _, partition := range partitions {
		if has {
			m.share[partition] = true
		} else {
			delete(m.share, partition)
		}
	}
}

func (m *member) poll() {
	defer close(m.done)
	for {
		fetches := m.client.PollFetches(context.Background())
		if fetches.IsClientClosed() {
			return
		}
		m.lock.Lock()
		fetches.EachRecord(func(record *kgo.Record) {
			m.records = append(m.records, told(record))
			if m.journal != nil {
				fmt.Fprintf(m.journal, "%d %d %s\n", record.Partition, record.Offset, record.Value)
			}
		})
		m.lock.Unlock()
	}
}

func (a *agent) share(q serve.Question) (any, error) {
	m := a.members[q.Member]
	m.lock.Lock()
	defer m.lock.Unlock()
	partitions := []int32{}
	for partition := range m.share {
		partitions = append(partitions, partition)
	}
	return partitions, nil
}

func (a *agent) received(q serve.Question) (any, error) {
	m := a.members[q.Member]
	m.lock.Lock()
	defer m.lock.Unlock()
	return append([]serve.Record{}, m.records...), nil
}

func (a *agent) leave(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	m := a.members[q.Member]
	err := m.client.CommitUncommittedOffsets(ctx)
	m.client.Close()
	<-m.done
	return nil, err
}

func (a *agent) offsetsAt(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	listed, err := a.admin.ListOffsetsAfterMilli(ctx, q.Timestamp, q.Topic)
	if err := errors.Join(err, listed.Error()); err != nil {
		return nil, err
	}
	found := map[string]any{}
	for partition, offset := range listed[q.Topic] {
		found[strconv.Itoa(int(partition))] = nil
		if offset.Timestamp >= 0 { // where there is none, franz-go itself answers with the end
			found[strconv.Itoa(int(partition))] = offset.Offset
		}
	}
	return found, nil
}

func (a *agent) commit(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	offsets := kadm.Offsets{}
	for partition, offset := range q.Offsets {
		offsets.AddOffset(q.Topic, partition, offset, -1)
	}
	return nil, a.admin.CommitAllOffsets(ctx, q.Group, offsets)
}

func (a *agent) committed(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	told, err := a.admin.FetchOffsets(ctx, q.Group)
	offsets := map[string]int64{}
	for partition, response := range told[q.Topic] {
		err = errors.Join(err, response.Err)
		offsets[strconv.Itoa(int(partition))] = response.At
	}
	return offsets, err
}

func (a *agent) createTopic(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	configs := map[string]*string{}
	for name, value := range q.Configs {
		configs[name] = &value
	}
	_, err := a.admin.CreateTopic(ctx, q.Partitions, 1, configs, q.Topic)
	return nil, err
}

func (a *agent) topics(serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	listed, err := a.admin.ListTopics(ctx)
	return listed.Names(), err
}

func (a *agent) partitions(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	listed, err := a.admin.ListTopics(ctx)
	return len(listed[q.Topic].Partitions), err
}

func (a *agent) deleteTopic(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	_, err := a.admin.DeleteTopic(ctx, q.Topic)
	return nil, err
}

func (a *agent) configs(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	described, err := a.admin.DescribeTopicConfigs(ctx, q.Topic)
	if err != nil {
		return nil, err
	}
	one, err := described.On(q.Topic, nil)
	values := map[string]string{}
	for _, config := range one.Configs {
		values[config.Key] = config.MaybeValue()
	}
	return values, errors.Join(err, one.Err)
}

func (a *agent) setConfig(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	altered, err := a.admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: q.Name, Value: &q.Value}}, q.Topic)
	for _, one := range altered {
		err = errors.Join(err, one.Err)
	}
	return nil, err
}

func (a *agent) grow(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	grown, err := a.admin.UpdatePartitions(ctx, int(q.Partitions), q.Topic)
	return nil, errors.Join(err, grown.Error())
}

func (a *agent) groups(serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	listed, err := a.admin.ListGroups(ctx)
	return listed.Groups(), err
}

func (a *agent) describeGroup(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	described, err := a.admin.DescribeGroups(ctx, q.Group)
	if err := errors.Join(err, described.Error()); err != nil {
		return nil, err
	}
	shares := [][]int32{}
	for _, one := range described[q.Group].Members {
		share := []int32{}
		if assigned, ok := one.Assigned.AsConsumer(); ok {
			for _, topic := range assigned.Topics {
				share = append(share, topic.Partitions...)
			}
		}
		shares = append(shares, share)
	}
	return map[string]any{"state": described[q.Group].State, "shares": shares}, nil
}

func (a *agent) deleteGroup(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	_, err := a.admin.DeleteGroup(ctx, q.Group)
	return nil, err
}

func (a *agent) deleteRecords(q serve.Question) (any, error) {
	ctx, cancel := soon()
	defer cancel()
	before := kadm.Offsets{}
	before.AddOffset(q.Topic, *q.Partition, q.Before, -1)
	deleted, err := a.admin.DeleteRecords(ctx, before)
	if err := errors.Join(err, deleted.Error()); err != nil {
		return nil, err
	}
	one, found := deleted.Lookup(q.Topic, *q.Partition)
	if !found {
		return nil, fmt.Errorf("no answer for %s-%d", q.Topic, *q.Partition)
	}
	return one.LowWatermark, nil
}
