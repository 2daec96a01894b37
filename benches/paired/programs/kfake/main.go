// kfake as a server: franz-go's Kafka written in Go, one broker on a port of loopback that keeps its log in a directory.
//
//	kfake PORT FOLDER [synced]
//
// Its profiling hooks stay off, and topics are made by CreateTopics. `synced` makes it sync every batch. SIGTERM stops it
// cleanly.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
)

func main() {
	if len(os.Args) < 3 {
		fail("usage: kfake PORT FOLDER [synced]")
	}
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fail(err)
	}
	options := []kfake.Opt{kfake.NumBrokers(1), kfake.Ports(port), kfake.DefaultNumPartitions(1), kfake.DataDir(os.Args[2])}
	if len(os.Args) > 3 && os.Args[3] == "synced" {
		options = append(options, kfake.SyncWrites())
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	cluster, err := kfake.NewCluster(options...)
	if err != nil {
		fail(err)
	}
	<-asked
	cluster.Close()
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
