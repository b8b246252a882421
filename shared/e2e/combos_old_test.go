package e2e_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// listen serves each connection until the test ends, and returns the address.
func listen(t testing.TB, serve func(c net.Conn) error) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = serve(c) // until the program hangs up
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// oldMongoDB is a server that says it is like MongoDB 4.2, whatever it is asked.
// Source: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
func oldMongoDB(t testing.TB) string {
	doc, err := bson.Marshal(bson.D{
		{Key: "ok", Value: 1.0},
		{Key: "ismaster", Value: true},
		{Key: "minWireVersion", Value: int32(0)},
		{Key: "maxWireVersion", Value: int32(8)},
		{Key: "maxBsonObjectSize", Value: int32(16 << 20)},
		{Key: "maxMessageSizeBytes", Value: int32(48_000_000)},
		{Key: "maxWriteBatchSize", Value: int32(100_000)},
	})
	if err != nil {
		t.Fatal(err)
	}
	const opReply, opMsg = 1, 2013
	return listen(t, func(c net.Conn) error {
		for {
			head := make([]byte, 16)
			if _, err := io.ReadFull(c, head); err != nil {
				return err
			}
			if _, err := io.CopyN(io.Discard, c, int64(binary.LittleEndian.Uint32(head))-16); err != nil {
				return err
			}
			code, before := uint32(opMsg), make([]byte, 5) // flags, and a section of kind 0
			if binary.LittleEndian.Uint32(head[12:]) != opMsg {
				code, before = opReply, make([]byte, 20) // flags, cursor, start, count
				before[16] = 1
			}
			answer := binary.LittleEndian.AppendUint32(nil, uint32(16+len(before)+len(doc)))
			answer = append(append(answer, 1, 0, 0, 0), head[4:8]...)
			answer = binary.LittleEndian.AppendUint32(answer, code)
			if _, err := c.Write(append(append(answer, before...), doc...)); err != nil {
				return err
			}
		}
	})
}

// oldKafka is a broker of the time of Apache Kafka 1.0, by the requests that it says it knows.
// Source: https://kafka.apache.org/protocol
func oldKafka(t testing.TB) string {
	return listen(t, func(c net.Conn) error {
		for {
			var size [4]byte
			if _, err := io.ReadFull(c, size[:]); err != nil {
				return err
			}
			request := make([]byte, binary.BigEndian.Uint32(size[:]))
			if _, err := io.ReadFull(c, request); err != nil {
				return err
			}
			version := binary.BigEndian.Uint16(request[2:])
			says := kmsg.NewApiVersionsResponse()
			if version > 1 {
				says.ErrorCode = 35 // ask again, in version 0
			}
			for key := range int16(38) {
				says.ApiKeys = append(says.ApiKeys, kmsg.ApiVersionsResponseApiKey{ApiKey: key, MaxVersion: 1})
			}
			if version == 1 {
				says.Version = 1
			}
			body := says.AppendTo(append([]byte(nil), request[4:8]...))
			if _, err := c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)); err != nil {
				return err
			}
		}
	})
}

// oldRabbitMQ is a server that says it is RabbitMQ 3.7 and takes everybody.
// Source: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf
func oldRabbitMQ(t testing.TB) string {
	short := func(s string) []byte { return append([]byte{byte(len(s))}, s...) }
	long := func(s string) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(s))), s...) }
	table := ""
	for _, pair := range [][2]string{{"product", "RabbitMQ"}, {"version", "3.7.28"}} {
		table += string(short(pair[0])) + "S" + string(long(pair[1]))
	}
	start := "\x00\x09" + string(long(table)) + string(long("PLAIN")) + string(long("en_US"))
	tune := "\x07\xff\x00\x02\x00\x00\x00\x00"
	return listen(t, func(c net.Conn) error {
		in := bufio.NewReader(c)
		if _, err := in.Discard(8); err != nil { // "AMQP" and the version
			return err
		}
		say := func(method byte, args string) error { // of the class "connection"
			body := "\x00\x0a\x00" + string(method) + args
			_, err := io.WriteString(c, "\x01\x00\x00"+string(long(body))+"\xce")
			return err
		}
		if err := say(10, start); err != nil {
			return err
		}
		for {
			head := make([]byte, 7)
			if _, err := io.ReadFull(in, head); err != nil {
				return err
			}
			body := make([]byte, binary.BigEndian.Uint32(head[3:])+1)
			if _, err := io.ReadFull(in, body); err != nil {
				return err
			}
			var err error
			switch {
			case head[0] != 1: // a heartbeat
			case body[3] == 11: // start-ok
				err = say(30, tune)
			case body[3] == 40: // open
				err = say(41, "\x00")
			case body[3] == 50: // close
				err = say(51, "")
			}
			if err != nil {
				return err
			}
		}
	})
}
