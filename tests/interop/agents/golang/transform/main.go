// A member of a group that consumes, transforms and produces by franz-go's GroupTransactSession: each record goes to the
// target with a stroke after its value. Arguments: the broker's address, group, source, target, transactional id.
//
// It tells what it did, a JSON object a line: {"up": version}, {"committed": records}, {"aborted": why}, {"anew": why} when a
// session came to its end and the next began. Interrupted, it ends the transaction that is open and leaves the group.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const atMost = 100 // records of a transaction

func main() {
	asked, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	tell("up", version())
	for asked.Err() == nil {
		if err := live(asked, os.Args[1:]); err != nil {
			tell("anew", err.Error())
		}
	}
}

// live is the life of one session; it ends with an error from which a session cannot go on.
func live(asked context.Context, where []string) error {
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(where[0]), kgo.ConsumerGroup(where[1]), kgo.ConsumeTopics(where[2]), kgo.DefaultProduceTopic(where[3]),
		kgo.TransactionalID(where[4]), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.RequireStableFetchOffsets(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.SessionTimeout(6*time.Second), kgo.HeartbeatInterval(time.Second),
	)
	if err != nil {
		return err
	}
	defer session.Close()
	for asked.Err() == nil {
		if err := once(asked, session); err != nil {
			return err
		}
	}
	return nil
}

// once is one transaction, if there is something to transform.
func once(asked context.Context, session *kgo.GroupTransactSession) error {
	fetches := session.PollRecords(asked, atMost)
	if fetches.NumRecords() == 0 {
		return nil
	}
	if err := session.Begin(); err != nil {
		return err
	}
	first := kgo.AbortingFirstErrPromise(session.Client())
	fetches.EachRecord(func(record *kgo.Record) {
		stroked := append(slices.Clone(record.Value), '\'')
		session.Produce(context.Background(), &kgo.Record{Key: record.Key, Value: stroked}, first.Promise())
	})
	failed := first.Err()
	committed, err := session.End(context.Background(), kgo.TransactionEndTry(failed == nil))
	switch {
	case err != nil:
		return errors.Join(failed, err)
	case !committed:
		tell("aborted", reason(failed))
	default:
		tell("committed", fetches.NumRecords())
	}
	return nil
}

func reason(failed error) string {
	if failed == nil {
		return "the group has rebalanced"
	}
	return failed.Error()
}

func version() string {
	build, _ := debug.ReadBuildInfo()
	at := slices.IndexFunc(build.Deps, func(m *debug.Module) bool { return m.Path == "github.com/twmb/franz-go" })
	return build.Deps[at].Version
}

func tell(what string, value any) {
	json.NewEncoder(os.Stdout).Encode(map[string]any{what: value})
}
