package mongostore_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// deed is what a proxy does with a command.
type deed int

const (
	pass  deed = iota
	lose       // the server has it, its reply does not come back, and the connection ends
	cut        // the connection ends before the server has it
	hold       // nothing, until the proxy's gate is opened; then pass
	deny       // the server has it, but the reply is the verdict's answer
	reply      // the server does not have it; the reply is the verdict's answer
)

// verdict is a deed, and the answer where it has one.
type verdict struct {
	deed
	answer bson.D
	before func() // called when the server has done the command, before anybody hears of it
}

// proxy stands between a client and the test server, and does to commands what judge says.
type proxy struct {
	t    testing.TB
	l    net.Listener
	to   string
	gate chan struct{}
	work sync.WaitGroup

	mu    sync.Mutex
	judge func(command string, body bson.Raw) verdict // nil: pass
	conns map[net.Conn]bool
}

// behind starts a proxy in front of the test server. Its clients are to connect directly.
func behind(t testing.TB, server string) *proxy {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, l: l, to: u.Host, gate: make(chan struct{}), conns: map[net.Conn]bool{}}
	p.work.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.cutAll()
		p.work.Wait()
	})
	return p
}

// url returns the URL of a database behind the proxy.
func (p *proxy) url(database string) string {
	return fmt.Sprintf("mongodb://%s/%s?directConnection=true", p.l.Addr(), database)
}

// let has judge decide from now on.
func (p *proxy) let(judge func(command string, body bson.Raw) verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.judge = judge
}

// writes are the commands that change something.
var writes = []string{"insert", "update", "findAndModify", "delete"}

// next gives the next so many writes a verdict, and returns what tells how many of them there were.
func (p *proxy) next(n int, v verdict) (met func() int) {
	var mu sync.Mutex
	done := 0
	p.let(func(command string, _ bson.Raw) verdict {
		mu.Lock()
		defer mu.Unlock()
		if done == n || !slices.Contains(writes, command) {
			return verdict{}
		}
		done++
		return v
	})
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return done
	}
}

func (p *proxy) accept() {
	for {
		client, err := p.l.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.serve(client) })
	}
}

func (p *proxy) keep(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns[c] = true
}

// cutAll ends all connections.
func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
	select {
	case <-p.gate:
	default:
		close(p.gate)
	}
}

func (p *proxy) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	p.keep(client)
	server, err := new(net.Dialer).DialContext(context.WithoutCancel(p.t.Context()), "tcp", p.to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	p.keep(server)
	for {
		request, err := readMessage(client)
		if err != nil {
			return
		}
		if err := p.pass(client, server, request); err != nil {
			return
		}
	}
}

var errCut = errors.New("the connection is cut")

// pass does with a request what was decided.
func (p *proxy) pass(client, server net.Conn, request []byte) error {
	command, body := commandOf(request)
	p.mu.Lock()
	judge := p.judge
	p.mu.Unlock()
	var v verdict
	if judge != nil && body != nil {
		v = judge(command, body)
	}
	switch v.deed {
	case cut:
		return errCut
	case reply:
		_, err := client.Write(answerTo(request, v.answer))
		return err
	case hold:
		<-p.gate
	default:
	}
	if _, err := server.Write(request); err != nil {
		return err
	}
	for {
		response, err := readMessage(server)
		if err != nil {
			return err
		}
		if v.before != nil {
			v.before()
		}
		switch v.deed {
		case lose:
			return errCut
		case deny:
			response = answerTo(request, v.answer)
		default:
		}
		if _, err := client.Write(response); err != nil {
			return err
		}
		if !moreToCome(response) {
			return nil
		}
	}
}

// The wire protocol. Source: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
const (
	opReply = 1
	opQuery = 2004
	opMsg   = 2013
	header  = 16
)

func readMessage(from io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(from, size[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n < header || n > 64<<20 {
		return nil, fmt.Errorf("a message of %d bytes", n)
	}
	m := make([]byte, n)
	copy(m, size[:])
	_, err := io.ReadFull(from, m[4:])
	return m, err
}

func opCode(m []byte) uint32 { return binary.LittleEndian.Uint32(m[12:]) }

func moreToCome(m []byte) bool { return opCode(m) == opMsg && m[header]&2 != 0 }

// commandOf returns a request's command and its name; nil where it has none.
func commandOf(m []byte) (string, bson.Raw) {
	var doc []byte
	switch opCode(m) {
	case opMsg:
		doc = m[header+4+1:] // flags, and the kind of the first section, which is the body
	case opQuery:
		rest := m[header+4:]
		doc = rest[slices.Index(rest, 0)+1+8:] // the collection's name; how many to skip and to return
	default:
		return "", nil
	}
	body := bson.Raw(doc[:binary.LittleEndian.Uint32(doc)])
	first, err := body.IndexErr(0)
	if err != nil {
		return "", nil
	}
	return first.Key(), body
}

// answerTo makes the reply to a request.
func answerTo(request []byte, answer bson.D) []byte {
	doc, err := bson.Marshal(answer)
	if err != nil {
		panic(err) // it is a constant of a test
	}
	op, m := uint32(opMsg), make([]byte, 5, 5+len(doc))
	if opCode(request) == opQuery {
		op, m = opReply, []byte{16: 1, 19: 0} // so many documents
	}
	m = slices.Concat(m, doc)
	h := make([]byte, 0, header+len(m))
	h = binary.LittleEndian.AppendUint32(h, uint32(header+len(m)))
	h = binary.LittleEndian.AppendUint32(h, 0)
	h = append(h, request[4:8]...)
	h = binary.LittleEndian.AppendUint32(h, op)
	return append(h, m...)
}

// failed is the answer of a command that failed.
func failed(code int32, name string, labels ...string) bson.D {
	d := bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: "as asked"}, {Key: "code", Value: code}, {Key: "codeName", Value: name}}
	if labels != nil {
		d = append(d, bson.E{Key: "errorLabels", Value: labels})
	}
	return d
}
