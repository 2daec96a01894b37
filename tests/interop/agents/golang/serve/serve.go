// Package serve is the half of an agent that all Go clients share: the loop over JSON lines (see AgentClient in
// clients/client.py), and records as they travel in them.
package serve

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// Record is a record on its way to or from the suite. Timestamp and Partition are null when the producer does not care.
type Record struct {
	Value     []byte   `json:"value"`
	Key       []byte   `json:"key"`
	Headers   []Header `json:"headers"`
	Timestamp *int64   `json:"timestamp"`
	Partition *int32   `json:"partition"`
	Offset    int64    `json:"offset"`
}

// Header travels as [name, value].
type Header struct {
	Name  string
	Value []byte
}

func (h Header) MarshalJSON() ([]byte, error) { return json.Marshal([]any{h.Name, h.Value}) }

func (h *Header) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&h.Name, &h.Value})
}

// Question is what the suite asks; every operation looks at the fields that it needs.
type Question struct {
	Op         string
	Topic      string
	Records    []Record
	Codec      string
	Acks       string
	Idempotent bool
	Partition  *int32
	Start      int64
	Group      string
	Member     int
	Timestamp  int64
	Offsets    map[int32]int64
	Partitions int32
	Configs    map[string]string
	Name       string
	Value      string
	Before     int64
	Options    map[string]string
}

// Operations by name; each returns what becomes JSON.
type Operations map[string]func(Question) (any, error)

// Serve answers until its input ends.
func Serve(operations Operations) {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var question Question
		if err := json.Unmarshal(line, &question); err != nil {
			panic(err)
		}
		told, err := operations[question.Op](question)
		if err != nil {
			answers.Encode(map[string]string{"error": fmt.Sprintf("%T: %v", err, err)})
		} else {
			answers.Encode(map[string]any{"ok": told})
		}
	}
}

// Wanted are the partitions that a question is about: one, or all that there are.
func (q Question) Wanted(count int) []int32 {
	if q.Partition != nil {
		return []int32{*q.Partition}
	}
	var all []int32
	for partition := range int32(count) {
		all = append(all, partition)
	}
	return all
}
