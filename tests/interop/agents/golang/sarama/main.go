// Sarama, as an agent. Argument: the broker's address.
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

	"github.com/IBM/sarama"

	"interop/serve"
)

const patience = 30 * time.Second

var codecs = map[string]sarama.CompressionCodec{
	"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
	"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
}
var acks = map[string]sarama.RequiredAcks{"0": sarama.NoResponse, "1": sarama.WaitForLocal, "all": sarama.WaitForAll}

type agent struct {
	address []string
	client  sarama.Client
	admin   sarama.ClusterAdmin
	members []*member
}

func main() {
	a := &agent{address: os.Args[1:2]}
	var err error
	if a.client, err = sarama.NewClient(a.address, settings()); err == nil {
		a.admin, err = sarama.NewClusterAdminFromClient(a.client)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	serve.Serve(serve.Operations{
		"hello": a.hello, "produce": a.produce, "read": a.read, "join": a.join, "share": a.share, "received": a.received,
		"leave": a.leave, "offsets_at": a.offsetsAt, "commit": a.commit, "committed": a.committed,
		"create_topic": a.createTopic, "topics": a.topics, "partitions": a.partitions, "delete_topic": a.deleteTopic,
		"configs": a.configs, "set_config": a.setConfig, "grow": a.grow, "groups": a.groups,
		"describe_group": a.describeGroup, "delete_group": a.deleteGroup, "delete_records": a.deleteRecords,
	})
}

func settings() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Producer.Return.Successes = true
	config.Producer.Flush.Frequency = 5 * time.Millisecond
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Group.Heartbeat.Interval = 300 * time.Millisecond
	config.Consumer.Group.Session.Timeout = 6 * time.Second
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	return config
}

func (a *agent) hello(serve.Question) (any, error) {
	build, _ := debug.ReadBuildInfo()
	at := slices.IndexFunc(build.Deps, func(m *debug.Module) bool { return m.Path == "github.com/IBM/sarama" })
	return build.Deps[at].Version, nil
}

func (a *agent) produce(q serve.Question) (any, error) {
	config := settings()
	config.Producer.Compression = codecs[q.Codec]
	config.Producer.RequiredAcks = acks[q.Acks]
	if q.Idempotent {
		config.Producer.Idempotent = true
		config.Net.MaxOpenRequests = 1
	}
	if len(q.Records) > 0 && q.Records[0].Partition != nil {
		config.Producer.Partitioner = sarama.NewManualPartitioner
	}
	producer, err := sarama.NewSyncProducer(a.address, config)
	if err != nil {
		return nil, err
	}
	var messages []*sarama.ProducerMessage
	for _, record := range q.Records {
		messages = append(messages, message(q.Topic, record))
	}
	if err := errors.Join(producer.SendMessages(messages), producer.Close()); err != nil || q.Acks == "0" {
		return nil, err
	}
	var places [][2]int64
	for _, message := range messages {
		places = append(places, [2]int64{int64(message.Partition), message.Offset})
	}
	return places, nil
}

func message(topic string, record serve.Record) *sarama.ProducerMessage {
	message := &sarama.ProducerMessage{Topic: topic}
	if record.Key != nil {
		message.Key = sarama.ByteEncoder(record.Key)
	}
	if record.Value != nil {
		message.Value = sarama.ByteEncoder(record.Value)
	}
	for _, header := range record.Headers {
		message.Headers = append(message.Headers, sarama.RecordHeader{Key: []byte(header.Name), Value: header.Value})
	}
	if record.Timestamp != nil {
		message.Timestamp = time.UnixMilli(*record.Timestamp)
	}
	if record.Partition != nil {
		message.Partition = *record.Partition
	}
	return message
}

func (a *agent) read(q serve.Question) (any, error) {
	consumer, err := sarama.NewConsumer(a.address, settings())
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	there, err := consumer.Partitions(q.Topic)
	if err != nil {
		return nil, err
	}
	read := []serve.Record{}
	for _, partition := range q.Wanted(len(there)) {
		part, err := a.readPartition(consumer, q, partition)
		if err != nil {
			return nil, err
		}
		read = append(read, part...)
	}
	return read, nil
}

func (a *agent) readPartition(consumer sarama.Consumer, q serve.Question, partition int32) ([]serve.Record, error) {
	oldest, err := a.client.GetOffset(q.Topic, partition, sarama.OffsetOldest)
	if err != nil {
		return nil, err
	}
	end, err := a.client.GetOffset(q.Topic, partition, sarama.OffsetNewest)
	first := max(q.Start, oldest)
	if err != nil || first >= end {
		return nil, err
	}
	reader, err := consumer.ConsumePartition(q.Topic, partition, first)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	var read []serve.Record
	for deadline := time.After(patience); ; {
		select {
		case message := <-reader.Messages():
			read = append(read, told(message))
			if message.Offset+1 >= end {
				return read, nil
			}
		case <-deadline:
			return nil, fmt.Errorf("%d of %d records within %v", len(read), end-first, patience)
		}
	}
}

func told(message *sarama.ConsumerMessage) serve.Record {
	timestamp := message.Timestamp.UnixMilli()
	headers := []serve.Header{}
	for _, header := range message.Headers {
		headers = append(headers, serve.Header{Name: string(header.Key), Value: header.Value})
	}
	return serve.Record{Value: message.Value, Key: message.Key, Headers: headers, Timestamp: &timestamp, Partition: &message.Partition, Offset: message.Offset}
}

// member is a consumer in a group; Sarama calls it back for each session and each claim.
type member struct {
	group   sarama.ConsumerGroup
	topic   string
	cancel  context.CancelFunc
	done    chan struct{}
	lock    sync.Mutex
	share   []int32
	records []serve.Record
}

func (a *agent) join(q serve.Question) (any, error) {
	group, err := sarama.NewConsumerGroup(a.address, q.Group, settings())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{group: group, topic: q.Topic, cancel: cancel, done: make(chan struct{}), share: []int32{}}
	go func() {
		defer close(m.done)
		for ctx.Err() == nil {
			group.Consume(ctx, []string{q.Topic}, m)
		}
	}()
	a.members = append(a.members, m)
	return len(a.members) - 1, nil
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.hold(session.Claims()[m.topic])
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error {
	m.hold(nil)
	return nil
}

func (m *member) hold(share []int32) {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.share = append([]int32{}, share...)
}

func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		m.lock.Lock()
		m.records = append(m.records, told(message))
		m.lock.Unlock()
		session.MarkMessage(message, "")
	}
	return nil
}

func (a *agent) share(q serve.Question) (any, error) {
	m := a.members[q.Member]
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.share, nil
}

func (a *agent) received(q serve.Question) (any, error) {
	m := a.members[q.Member]
	m.lock.Lock()
	defer m.lock.Unlock()
	return append([]serve.Record{}, m.records...), nil
}

func (a *agent) leave(q serve.Question) (any, error) {
	m := a.members[q.Member]
	m.cancel()
	<-m.done
	return nil, m.group.Close()
}

func (a *agent) offsetsAt(q serve.Question) (any, error) {
	there, err := a.client.Partitions(q.Topic)
	found := map[string]any{}
	for _, partition := range there {
		offset, one := a.client.GetOffset(q.Topic, partition, q.Timestamp)
		err = errors.Join(err, one)
		found[strconv.Itoa(int(partition))] = nil
		if offset >= 0 {
			found[strconv.Itoa(int(partition))] = offset
		}
	}
	return found, err
}

func (a *agent) commit(q serve.Question) (any, error) {
	manager, err := sarama.NewOffsetManagerFromClient(q.Group, a.client)
	if err != nil {
		return nil, err
	}
	for partition, offset := range q.Offsets {
		one, err := manager.ManagePartition(q.Topic, partition)
		if err != nil {
			return nil, err
		}
		one.MarkOffset(offset, "")
		defer one.Close()
	}
	manager.Commit()
	return nil, manager.Close()
}

func (a *agent) committed(q serve.Question) (any, error) {
	told, err := a.admin.ListConsumerGroupOffsets(q.Group, nil)
	if err != nil {
		return nil, err
	}
	offsets := map[string]int64{}
	for partition, block := range told.Blocks[q.Topic] {
		offsets[strconv.Itoa(int(partition))] = block.Offset
	}
	return offsets, nil
}

func (a *agent) createTopic(q serve.Question) (any, error) {
	configs := map[string]*string{}
	for name, value := range q.Configs {
		configs[name] = &value
	}
	return nil, a.admin.CreateTopic(q.Topic, &sarama.TopicDetail{NumPartitions: q.Partitions, ReplicationFactor: 1, ConfigEntries: configs}, false)
}

func (a *agent) topics(serve.Question) (any, error) {
	listed, err := a.admin.ListTopics()
	names := []string{}
	for name := range listed {
		names = append(names, name)
	}
	return names, err
}

func (a *agent) partitions(q serve.Question) (any, error) {
	listed, err := a.admin.ListTopics()
	return listed[q.Topic].NumPartitions, err
}

func (a *agent) deleteTopic(q serve.Question) (any, error) { return nil, a.admin.DeleteTopic(q.Topic) }

func (a *agent) configs(q serve.Question) (any, error) {
	entries, err := a.admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: q.Topic})
	values := map[string]string{}
	for _, entry := range entries {
		values[entry.Name] = entry.Value
	}
	return values, err
}

func (a *agent) setConfig(q serve.Question) (any, error) {
	change := map[string]sarama.IncrementalAlterConfigsEntry{q.Name: {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &q.Value}}
	return nil, a.admin.IncrementalAlterConfig(sarama.TopicResource, q.Topic, change, false)
}

func (a *agent) grow(q serve.Question) (any, error) {
	return nil, a.admin.CreatePartitions(q.Topic, q.Partitions, nil, false)
}

func (a *agent) groups(serve.Question) (any, error) {
	listed, err := a.admin.ListConsumerGroups()
	ids := []string{}
	for id := range listed {
		ids = append(ids, id)
	}
	return ids, err
}

func (a *agent) describeGroup(q serve.Question) (any, error) {
	described, err := a.admin.DescribeConsumerGroups([]string{q.Group})
	if err != nil {
		return nil, err
	}
	one := described[0]
	if one.Err != sarama.ErrNoError {
		return nil, one.Err
	}
	shares := [][]int32{}
	for _, member := range one.Members {
		assigned, err := member.GetMemberAssignment()
		share := []int32{}
		if err == nil && assigned != nil {
			share = append(share, assigned.Topics[firstTopic(assigned.Topics)]...)
		}
		shares = append(shares, share)
	}
	return map[string]any{"state": one.State, "shares": shares}, nil
}

func firstTopic(topics map[string][]int32) string {
	for name := range topics {
		return name
	}
	return ""
}

func (a *agent) deleteGroup(q serve.Question) (any, error) {
	return nil, a.admin.DeleteConsumerGroup(q.Group)
}

func (a *agent) deleteRecords(q serve.Question) (any, error) {
	return nil, a.admin.DeleteRecords(q.Topic, map[int32]int64{*q.Partition: q.Before})
}
