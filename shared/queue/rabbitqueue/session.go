package rabbitqueue

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/fault"
)

const (
	// beat is the interval of heartbeats. A server that is silent for one and a half of it is given up, and the server gives
	// up a silent client after two or three: until then it hands messages to a consumer that is gone.
	beat      = 4 * time.Second
	closeTime = 2 * time.Second // for a connection's goodbye
)

// session is a connection until it breaks.
type session struct {
	conn *amqp.Connection
	sock *socket

	mu   sync.Mutex
	hold chan struct{} // not nil: the broker takes no messages until it is closed
	why  string
}

// open is what no hold means.
var open = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// socket is a connection's net.Conn. The library, when a read fails, waits for writes under way before it closes; one that
// is stuck would keep it waiting for ever.
type socket struct {
	net.Conn
	last atomic.Pointer[error] // that a read ended with
}

func (s *socket) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if err != nil {
		s.last.Store(&err)
		_ = s.Conn.Close()
	}
	return n, err
}

// connect opens a connection of a kind, which the server's own tools show.
func (q *Queue) connect(ctx context.Context, kind string) (*session, error) {
	s := &session{}
	cfg := amqp.Config{
		Heartbeat: beat, Properties: amqp.NewConnectionProperties(),
		Dial: func(network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			end, _ := ctx.Deadline()
			s.sock = &socket{Conn: conn}
			return s.sock, conn.SetDeadline(end) // the library lifts it when it is connected
		},
	}
	cfg.Properties.SetClientConnectionName(q.prefix + " " + kind)
	conn, err := amqp.DialConfig(q.url, cfg)
	if err != nil {
		if s.sock != nil {
			_ = s.sock.Close()
		}
		return nil, q.notConnected(err, s.sock)
	}
	s.conn = conn
	if err := supported(conn.Properties); err != nil {
		s.kill()
		return nil, q.unusable(err.Error(), nil)
	}
	// The library waits for ever for a server that falls silent at once.
	if every := conn.Config.Heartbeat; every > 0 {
		_ = s.sock.SetReadDeadline(time.Now().Add(every + every/2)) // on a socket that is closed the library says so
	}
	closes, blocks := conn.NotifyClose(make(chan *amqp.Error, 1)), conn.NotifyBlocked(make(chan amqp.Blocking, 8))
	q.behind.Go(func() { s.watch(closes, blocks) })
	return s, nil
}

// unusable is a fault that people have to mend.
func (q *Queue) unusable(text string, cause error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Code: fault.Unavailable.String(), Cause: cause,
		Text: "MYEVENTS_QUEUE: rabbitmq at " + q.address() + ": " + text,
	}
}

// notConnected says in words what the library makes of a failed connection. It hides the server's own.
func (q *Queue) notConnected(err error, sock *socket) error {
	var last error // a read's, after which there was no other
	if sock != nil && sock.last.Load() != nil {
		last = *sock.last.Load()
	}
	var opening *net.OpError
	switch {
	case errors.Is(err, amqp.ErrCredentials) && !errors.Is(last, os.ErrDeadlineExceeded): // the server says nothing and hangs up
		return q.unusable(fmt.Sprintf("it refuses the user %q or its password", q.uri.Username), nil)
	case errors.Is(err, amqp.ErrVhost) && (last == nil || errors.Is(last, net.ErrClosed)):
		return q.unusable(fmt.Sprintf("there is no vhost %q, or the user %q may not use it", q.uri.Vhost, q.uri.Username), nil)
	case errors.Is(err, amqp.ErrCredentials), errors.Is(err, amqp.ErrVhost):
		return q.unusable("the connection broke while it was opened", last)
	case errors.Is(err, amqp.ErrSASL):
		return q.unusable("it offers no way to sign in that this program knows", nil)
	case errors.As(err, &opening) && opening.Op == "dial":
		return q.unusable("cannot be reached", opening.Err)
	}
	return q.unusable("no connection", err)
}

// supported reports a server that lacks what the queues need.
func supported(about amqp.Table) error {
	product, _ := about["product"].(string)
	version, _ := about["version"].(string)
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil || product != "RabbitMQ" {
		return fmt.Errorf("is %s, and RabbitMQ 3.10 or later is needed", strings.TrimSpace(product+" "+version))
	}
	if major < 3 || major == 3 && minor < 10 {
		return fmt.Errorf("is too old: it is RabbitMQ %s, and 3.10 or later is needed", version)
	}
	return nil
}

// watch notes what the server says of the connection until it is broken.
func (s *session) watch(closes chan *amqp.Error, blocks chan amqp.Blocking) {
	for {
		select {
		case b, ok := <-blocks:
			if !ok {
				blocks = nil
				continue
			}
			s.mu.Lock()
			if s.hold != nil {
				close(s.hold)
				s.hold = nil
			}
			if b.Active {
				s.hold, s.why = make(chan struct{}), b.Reason
			}
			s.mu.Unlock()
		case <-closes:
			return
		}
	}
}

// free is closed while the broker takes messages; why says what it lacks otherwise.
func (s *session) free() (free <-chan struct{}, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hold == nil {
		return open, ""
	}
	return s.hold, s.why
}

func (s *session) dead() bool { return s.conn.IsClosed() }

// kill closes the connection, with a goodbye if the server hears it soon.
func (s *session) kill() {
	_ = s.sock.SetDeadline(time.Now().Add(closeTime))
	_ = s.conn.Close()
}

// channel opens a channel.
func (s *session) channel() (*amqp.Channel, error) {
	ch, err := s.conn.Channel()
	if err != nil {
		return nil, faultOf("open a channel", err)
	}
	return ch, nil
}
