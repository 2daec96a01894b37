// Sends single requests as raw frames, each on a connection of its own, so that one that is parked holds up no other.
// Argument: the broker's address.
//
// Its first line: {"errors": {"25": "UNKNOWN_MEMBER_ID", …}}, every error that it knows. Then, a line in: {"id": 1, "api": 11, "version": 9, "body": {…}}, the body with the field names of franz-go's kmsg. A line out,
// in the order in which answers come: {"id": 1, "body": {…}} or {"id": 1, "error": "…"}.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

type question struct {
	ID      int             `json:"id"`
	API     int16           `json:"api"`
	Version int16           `json:"version"`
	Client  string          `json:"client"`
	Body    json.RawMessage `json:"body"`
}

type answer struct {
	ID    int           `json:"id"`
	Body  kmsg.Response `json:"body,omitempty"`
	Error string        `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	out.Encode(map[string]any{"errors": errorNames()})
	var one sync.Mutex
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked question
		if err := json.Unmarshal(line, &asked); err != nil {
			panic(err)
		}
		sent := make(chan struct{})
		go func() {
			told := answer{ID: asked.ID}
			if body, err := ask(os.Args[1], asked, sent); err != nil {
				told.Error = err.Error()
			} else {
				told.Body = body
			}
			one.Lock()
			defer one.Unlock()
			out.Encode(told)
		}()
		<-sent
	}
}

func errorNames() map[int16]string {
	names := map[int16]string{}
	for code := int16(1); code < 200; code++ {
		if known := kerr.TypedErrorForCode(code); known != nil && known.Code == code {
			names[code] = known.Message
		}
	}
	return names
}

// ask closes `sent` when the frame is on its way, or cannot be.
func ask(address string, asked question, sent chan struct{}) (kmsg.Response, error) {
	connection, err := send(address, asked)
	close(sent)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	var length int32
	if err := binary.Read(connection, binary.BigEndian, &length); err != nil {
		return nil, err
	}
	frame := make([]byte, length)
	if _, err := io.ReadFull(connection, frame); err != nil {
		return nil, err
	}
	response := kmsg.ResponseForKey(asked.API)
	response.SetVersion(asked.Version)
	frame = frame[4:]
	if response.IsFlexible() {
		frame = frame[1:] // no tagged fields in the header
	}
	return response, response.ReadFrom(frame)
}

func send(address string, asked question) (net.Conn, error) {
	request := kmsg.RequestForKey(asked.API)
	if request == nil {
		return nil, fmt.Errorf("no API has key %d", asked.API)
	}
	if err := json.Unmarshal(asked.Body, request); err != nil {
		return nil, err
	}
	request.SetVersion(asked.Version)
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	formatter := kmsg.NewRequestFormatter(kmsg.FormatterClientID(asked.Client))
	_, err = connection.Write(formatter.AppendRequest(nil, request, int32(asked.ID)))
	return connection, err
}
