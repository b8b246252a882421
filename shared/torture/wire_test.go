package torture_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// wire is the way from the clients to a server: a front, and toxiproxy behind it.
type wire struct {
	t     testing.TB
	front *front
	toxic *toxiproxy.Proxy

	mu sync.Mutex
	at string // where toxiproxy listens
}

// newWire lays a wire to an address.
func newWire(t testing.TB, to string) *wire {
	t.Helper()
	master := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	w := &wire{t: t, toxic: toxiproxy.NewProxy(master, t.Name(), "", to)}
	w.mend()
	t.Cleanup(w.cut)
	w.front = newFront(t, func() string {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.at
	})
	return w
}

// address is what the clients are to know.
func (w *wire) address() string { return w.front.l.Addr().String() }

// cut ends every connection and lets none begin; mend ends that, and every toxic.
func (w *wire) cut() { w.toxic.Stop() }

func (w *wire) mend() {
	w.t.Helper()
	w.toxic.Toxics.ResetToxics(context.Background())
	if w.toxic.Enabled {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.toxic.Listen = "127.0.0.1:0" // any: only the front's address has to stay
	if err := w.toxic.Start(); err != nil {
		w.t.Fatalf("toxiproxy: got %v, want nil", err)
	}
	w.at = w.toxic.Listen
}

// spoil adds a toxic with attributes in JSON, in both directions.
func (w *wire) spoil(kind, attributes string) {
	w.t.Helper()
	for _, direction := range []string{"upstream", "downstream"} {
		if _, err := w.toxic.Toxics.AddToxicJson(strings.NewReader(
			fmt.Sprintf(`{"type":%q,"stream":%q,"attributes":%s}`, kind, direction, attributes))); err != nil {
			w.t.Fatalf("toxic %s: got %v, want nil", kind, err)
		}
	}
}

// front passes on what clients and a server say to each other. On demand it loses a reply, or lets connections fall silent.
type front struct {
	l    net.Listener
	to   func() string
	work sync.WaitGroup

	mu      sync.Mutex
	links   map[*link]bool
	needles []string // of requests of which the reply to the nth gets lost
	nth     int
	lost    int
}

// link is a connection through the front.
type link struct {
	client, server net.Conn

	mu     sync.Mutex
	silent bool // nothing passes, and it does not end either
	loses  bool // the next reply
}

const longestNeedle = 256

func newFront(t testing.TB, to func() string) *front {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{l: l, to: to, links: map[*link]bool{}}
	f.work.Go(f.accept)
	t.Cleanup(func() {
		_ = l.Close()
		f.mu.Lock()
		for k := range f.links {
			k.end(false)
		}
		f.mu.Unlock()
		f.work.Wait()
	})
	return f
}

// lose has the reply to the nth request from now that holds one of the needles get lost, after the server got the request;
// n 0: none.
func (f *front) lose(n int, needles ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.nth, f.needles = n, needles
}

// losses returns how many replies were lost.
func (f *front) losses() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lost
}

// silence has every connection fall silent for ever; connections that are made from now on are sound.
func (f *front) silence() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for k := range f.links {
		k.mu.Lock()
		k.silent = true
		k.mu.Unlock()
	}
}

func (f *front) accept() {
	for {
		client, err := f.l.Accept()
		if err != nil {
			return
		}
		f.work.Go(func() { f.serve(client) })
	}
}

func (f *front) serve(client net.Conn) {
	server, err := net.DialTimeout("tcp", f.to(), 10*time.Second)
	if err != nil {
		reset(client)
		return
	}
	k := &link{client: client, server: server}
	f.mu.Lock()
	f.links[k] = true
	f.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { f.up(k) })
	both.Go(func() { f.down(k) })
	both.Wait()
	f.mu.Lock()
	delete(f.links, k)
	f.mu.Unlock()
}

// end closes both sides.
func (k *link) end(hard bool) {
	if hard {
		reset(k.client)
	}
	_ = k.client.Close()
	_ = k.server.Close()
}

// reset closes a connection without a goodbye.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// up carries requests.
func (f *front) up(k *link) {
	buf := make([]byte, longestNeedle+32<<10)
	kept := 0 // bytes before what is read: a needle may come in two parts
	for {
		n, err := k.client.Read(buf[kept:])
		if n > 0 && !k.isSilent() {
			f.look(k, buf[:kept+n], kept)
			if _, err := k.server.Write(buf[kept : kept+n]); err != nil {
				k.end(true)
				return
			}
			tail := min(longestNeedle, kept+n)
			copy(buf, buf[kept+n-tail:kept+n])
			kept = tail
		}
		if err != nil && !k.isSilent() {
			k.end(false)
		}
		if err != nil {
			return
		}
	}
}

// look arms a link where its request is the one that is waited for. The first bytes were looked at before.
func (f *front) look(k *link, request []byte, before int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, needle := range f.needles {
		at := bytes.LastIndex(request, []byte(needle))
		if f.nth == 0 || at < 0 || at+len(needle) <= before {
			continue
		}
		if f.nth--; f.nth == 0 {
			k.mu.Lock()
			k.loses = true
			k.mu.Unlock()
		}
	}
}

// down carries replies.
func (f *front) down(k *link) {
	buf := make([]byte, 32<<10)
	for {
		n, err := k.server.Read(buf)
		k.mu.Lock()
		silent, loses := k.silent, k.loses
		k.mu.Unlock()
		switch {
		case silent: // not even the end is told
		case n > 0 && loses:
			f.mu.Lock()
			f.lost++
			f.mu.Unlock()
			k.end(true)
			return
		case n > 0:
			if _, err := k.client.Write(buf[:n]); err != nil {
				k.end(false)
				return
			}
		}
		if err != nil && !silent {
			k.end(true)
		}
		if err != nil {
			return
		}
	}
}

func (k *link) isSilent() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.silent
}
