package rabbitqueue_test

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between a queue and the server and knows where AMQP's frames begin, so that it can lose some or add others.
// Source: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 2.3.5
type proxy struct {
	t        testing.TB
	upstream string
	listener net.Listener
	url      string // of the server, through the proxy
	work     sync.WaitGroup

	mu    sync.Mutex
	links map[*link]bool
	lose  func(f frame) bool // whether a frame from the server gets lost
	stuck chan struct{}      // not nil: nothing passes until it is closed
	shut  bool
}

// link is one connection through the proxy.
type link struct {
	client, server net.Conn
	writing        sync.Mutex // of frames to the client
}

type frame []byte

// method returns the class and the method of a frame that begins one; 0 of others.
func (f frame) method() (class, method uint16) {
	if f[0] != 1 || len(f) < 12 {
		return 0, 0
	}
	return binary.BigEndian.Uint16(f[7:]), binary.BigEndian.Uint16(f[9:])
}

// isConfirm reports a basic.ack: from the server it is a publisher confirm.
func isConfirm(f frame) bool {
	class, method := f.method()
	return class == 60 && method == 80
}

// method0 makes a frame of a method of the connection.
func method0(class, method uint16, args []byte) frame {
	f := make(frame, 11, 12+len(args))
	f[0] = 1
	binary.BigEndian.PutUint32(f[3:], uint32(4+len(args)))
	binary.BigEndian.PutUint16(f[7:], class)
	binary.BigEndian.PutUint16(f[9:], method)
	return append(append(f, args...), 0xCE)
}

// through starts a proxy before the server; wrap, where it is not nil, makes the listener another.
func through(t testing.TB, server string, wrap func(net.Listener) net.Listener) *proxy {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("MYEVENTS_TEST_AMQP is no URL")
	}
	p := &proxy{t: t, upstream: u.Host, links: map[*link]bool{}}
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatalf("Listen: %v", err)
	}
	u.Host = p.listener.Addr().String()
	p.url = u.String()
	if wrap != nil {
		p.listener = wrap(p.listener)
	}
	p.work.Go(p.accept)
	t.Cleanup(func() {
		p.mu.Lock()
		p.shut = true
		p.mu.Unlock()
		_ = p.listener.Close()
		p.let()
		p.cut()
		p.work.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.upstream)
		if err != nil {
			_ = client.Close()
			continue
		}
		l := &link{client: client, server: server}
		p.mu.Lock()
		p.links[l] = true
		late := p.shut
		p.mu.Unlock()
		if late {
			p.end(l)
		}
		p.work.Go(func() { p.up(l) })
		p.work.Go(func() { p.down(l) })
	}
}

func (p *proxy) end(l *link) {
	_ = l.client.Close()
	_ = l.server.Close()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

// pass waits while nothing passes.
func (p *proxy) pass() {
	p.mu.Lock()
	stuck := p.stuck
	p.mu.Unlock()
	if stuck != nil {
		<-stuck
	}
}

// up carries what the client says.
func (p *proxy) up(l *link) {
	defer p.end(l)
	buf := make([]byte, 16<<10)
	for {
		p.pass()
		n, err := l.client.Read(buf)
		p.pass()
		if n > 0 {
			if _, err := l.server.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// down carries what the server says, frame by frame.
func (p *proxy) down(l *link) {
	defer p.end(l)
	in := bufio.NewReader(l.server)
	for {
		head, err := in.Peek(7)
		if err != nil {
			return
		}
		f := make(frame, 8+binary.BigEndian.Uint32(head[3:]))
		if _, err := io.ReadFull(in, f); err != nil {
			return
		}
		p.pass()
		p.mu.Lock()
		lost := p.lose != nil && p.lose(f)
		p.mu.Unlock()
		if !lost && l.say(f) != nil {
			return
		}
	}
}

func (l *link) say(f frame) error {
	l.writing.Lock()
	defer l.writing.Unlock()
	_, err := l.client.Write(f)
	return err
}

// cut breaks every connection.
func (p *proxy) cut() {
	p.mu.Lock()
	all := make([]*link, 0, len(p.links))
	for l := range p.links {
		all = append(all, l)
	}
	p.mu.Unlock()
	for _, l := range all {
		p.end(l)
	}
}

// losing loses the frames from the server that match, from now on.
func (p *proxy) losing(match func(f frame) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = match
}

// hold lets nothing pass; let ends that.
func (p *proxy) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stuck = make(chan struct{})
}

func (p *proxy) let() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stuck != nil {
		close(p.stuck)
		p.stuck = nil
	}
}

// tell sends a frame to every client.
func (p *proxy) tell(f frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		if err := l.say(f); err != nil {
			p.t.Logf("proxy: %v", err)
		}
	}
}

// withTLS makes the proxy speak TLS to its clients.
func withTLS(cert tls.Certificate) func(net.Listener) net.Listener {
	return func(l net.Listener) net.Listener {
		return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	}
}
