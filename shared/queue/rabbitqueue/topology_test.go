package rabbitqueue_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/rabbitqueue"
)

func TestOpen(t *testing.T) {
	const secret = "s3cr3t"
	for _, tc := range []struct{ name, url, wrong string }{
		{"plain", "amqp://host", ""},
		{"whole", "amqps://user:" + secret + "@host:5671/%2Fprod?prefix=a&attempts=3&backoff=1s&max=1m&maxAge=1h&heartbeat=20", ""},
		{"other-scheme", "http://user:" + secret + "@host/", "must be a URL such as"},
		{"no-host", "amqp://", "must be a URL such as"},
		{"unescaped-password", "amqp://user:" + secret + "%zz@host/", "must be a URL such as"},
		{"prefix-with-a-dot", "amqp://host/?prefix=a.b", "prefix must be"},
		{"attempts-are-no-number", "amqp://user:" + secret + "@host/?attempts=many", "attempts must be"},
		{"backoff-is-no-duration", "amqp://user:" + secret + "@host/?backoff=5", "backoff must be"},
		{"unknown-parameter", "amqp://user:" + secret + "@host/?prefx=a", "prefx is no parameter"},
		{"heartbeat-is-no-number", "amqp://user:" + secret + "@host/?heartbeat=often", "heartbeat"},
		{"port-is-no-number", "amqp://user:" + secret + "@host:often/", "must be a URL such as"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q, err := rabbitqueue.Open(t.Context(), tc.url, rabbitqueue.Deps{Groups: groups})
			if tc.wrong == "" {
				if err != nil {
					t.Fatalf("Open: got %v, want nil", err)
				}
				if err := q.Close(); err != nil {
					t.Errorf("Close: got %v, want nil", err)
				}
				return
			}
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.wrong) || !strings.Contains(err.Error(), "MYEVENTS_QUEUE") {
				t.Fatalf("Open: got %v, want invalid with MYEVENTS_QUEUE and %q", err, tc.wrong)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("Open: got the password in %v, want it kept", err)
			}
		})
	}
	if _, err := rabbitqueue.Open(t.Context(), "amqp://host/", rabbitqueue.Deps{Groups: map[string][]message.Type{"parked": nil}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("Open with a group whose queue would be the parked messages': got %v, want invalid", err)
	}
}

func TestOpen_PolicyOfTheURL(t *testing.T) {
	q, err := rabbitqueue.Open(t.Context(), "amqp://host/?attempts=3&max=1m", rabbitqueue.Deps{Policy: queue.Policy{Attempts: 9, Backoff: time.Second}})
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	want := queue.Policy{Attempts: 3, Backoff: time.Second, Max: time.Minute, MaxAge: 15 * time.Minute}
	if q.Policy() != want {
		t.Errorf("Policy: got %v, want %v", q.Policy(), want)
	}
}

func TestQueue_Ready(t *testing.T) {
	at := server(t)
	t.Parallel()
	with := func(change func(u *url.URL)) func(*testing.T) string {
		return func(*testing.T) string {
			u, _ := url.Parse(settings(at))
			change(u)
			return u.String()
		}
	}
	as := func(t *testing.T, change func(ch *amqp.Channel, prefix string) error) string {
		whole := settings(at)
		q, err := rabbitqueue.Open(t.Context(), whole, rabbitqueue.Deps{Groups: groups})
		if err != nil {
			t.Fatalf("Open: got %v, want nil", err)
		}
		t.Cleanup(func() { _ = q.Close() })
		t.Cleanup(func() { drop(t, at, q.Topology()) })
		if err := q.Migrate(t.Context()); err != nil {
			t.Fatalf("Migrate: got %v, want nil", err)
		}
		admin(t, at, func(ch *amqp.Channel) error {
			return change(ch, strings.TrimSuffix(q.Topology().Exchange, ".messages"))
		})
		return whole
	}
	for _, tc := range []struct {
		name string
		url  func(t *testing.T) string
		want string // in the error
	}{
		{"wrong-password", with(func(u *url.URL) { u.User = url.UserPassword("guest", "s3cr3t") }), `refuses the user "guest"`},
		{"no-such-vhost", with(func(u *url.URL) { u.Path = "/nowhere" }), `no vhost "nowhere"`},
		{"out-of-reach", with(func(u *url.URL) { u.Host = "127.0.0.1:1" }), "127.0.0.1:1: cannot be reached"},
		{"not-migrated", with(func(*url.URL) {}), "there is no exchange test-"},
		{"queue-differs", func(t *testing.T) string {
			return as(t, func(ch *amqp.Channel, prefix string) error {
				if _, err := ch.QueueDelete(prefix+"."+group, false, false, false); err != nil {
					return err
				}
				_, err := ch.QueueDeclare(prefix+"."+group, true, false, false, false, amqp.Table{"x-queue-type": "classic"})
				return err
			})
		}, group + " is there, but was declared otherwise"},
		{"queue-is-absent", func(t *testing.T) string {
			return as(t, func(ch *amqp.Channel, prefix string) error {
				_, err := ch.QueueDelete(prefix+"."+group+".retry-3s", false, false, false)
				return err
			})
		}, ".retry-3s"},
		{"exchange-differs", func(t *testing.T) string {
			return as(t, func(ch *amqp.Channel, prefix string) error {
				if err := ch.ExchangeDelete(prefix+".messages", false, false); err != nil {
					return err
				}
				return ch.ExchangeDeclare(prefix+".messages", "fanout", true, false, false, false, nil)
			})
		}, ".messages is there, but was declared otherwise"},
		{"all-is-well", func(t *testing.T) string {
			return as(t, func(*amqp.Channel, string) error { return nil })
		}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			q, err := rabbitqueue.Open(t.Context(), tc.url(t), rabbitqueue.Deps{Groups: groups})
			if err != nil {
				t.Fatalf("Open: got %v, want nil", err)
			}
			defer func() { _ = q.Close() }()
			for range 2 {
				err := q.Ready(t.Context())
				if tc.want == "" {
					if err != nil {
						t.Errorf("Ready: got %v, want nil", err)
					}
					continue
				}
				if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "MYEVENTS_QUEUE") {
					t.Errorf("Ready: got %v, want unavailable with MYEVENTS_QUEUE and %q", err, tc.want)
				}
				if err != nil && strings.Contains(err.Error(), "s3cr3t") {
					t.Errorf("Ready: got the password in %v, want it kept", err)
				}
			}
		})
	}
}

func TestQueue_Migrate_RefusesAQueueThatDiffers(t *testing.T) {
	at := server(t)
	t.Parallel()
	whole := settings(at)
	q, err := rabbitqueue.Open(t.Context(), whole, rabbitqueue.Deps{Groups: groups})
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	defer func() { _ = q.Close() }()
	defer drop(t, at, q.Topology())
	name := queueOf(q)
	admin(t, at, func(ch *amqp.Channel) error {
		_, err := ch.QueueDeclare(name, true, false, false, false, amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": int32(20)})
		return err
	})
	err = q.Migrate(t.Context())
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "MYEVENTS_QUEUE: the queue "+name+" is there, but was declared otherwise") {
		t.Errorf("Migrate: got %v, want unavailable that names MYEVENTS_QUEUE and %s", err, name)
	}
}

// TestQueue_Migrate_UnbindsWhatIsNotWanted: a group that wants other types than in an earlier version gets only those.
func TestQueue_Migrate_UnbindsWhatIsNotWanted(t *testing.T) {
	at := server(t)
	t.Parallel()
	whole := settings(at)
	before := openAt(t, at, whole, rabbitqueue.Deps{Groups: groups})
	if err := before.Publish(t.Context(), sample(0)); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}
	now := openAt(t, at, whole, rabbitqueue.Deps{Groups: map[string][]message.Type{group: {message.EventChanged}}})
	for range 2 {
		if err := now.Migrate(t.Context()); err != nil {
			t.Errorf("Migrate again: got %v, want nil", err)
		}
	}
	wanted := sample(2)
	wanted.Type = message.EventChanged
	if err := now.Publish(t.Context(), sample(1), wanted); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}
	if n := ready(t, at, queueOf(now)); n != 2 {
		t.Errorf("messages in the queue: got %d, want one of before and one that is wanted now", n)
	}
}

func TestSupported(t *testing.T) {
	for _, tc := range []struct {
		product, version string
		ok               bool
	}{
		{"RabbitMQ", "3.10.0", true},
		{"RabbitMQ", "3.13.7+1", true},
		{"RabbitMQ", "4.0.2", true},
		{"RabbitMQ", "3.9.29", false},
		{"RabbitMQ", "2.8", false},
		{"RabbitMQ", "", false},
		{"Other", "4.0.0", false},
		{"", "", false},
	} {
		if err := rabbitqueue.Supported(tc.product, tc.version); (err == nil) != tc.ok {
			t.Errorf("a server that is %s %s: got %v, want it supported: %v", tc.product, tc.version, err, tc.ok)
		}
	}
}

// certified makes a certificate for 127.0.0.1 and a file with it.
func certified(t *testing.T) (cert tls.Certificate, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatalf("GenerateKey: %v", err)
	}
	from := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, from, from, &key.PublicKey, key)
	if err != nil {
		t.Fatalf("CreateCertificate: %v", err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func TestQueue_TLS(t *testing.T) {
	at := server(t)
	t.Parallel()
	cert, file := certified(t)
	p := through(t, at, withTLS(cert))
	secure := strings.Replace(settings(p.url), "amqp://", "amqps://", 1)
	q := openAt(t, at, secure+"&cacertfile="+url.QueryEscape(file), rabbitqueue.Deps{Groups: groups})
	if err := q.Publish(t.Context(), sample(0)); err != nil {
		t.Errorf("Publish over TLS: got %v, want nil", err)
	}
	if err := q.Ready(t.Context()); err != nil {
		t.Errorf("Ready over TLS: got %v, want nil", err)
	}
	stranger, err := rabbitqueue.Open(t.Context(), secure, rabbitqueue.Deps{Groups: groups})
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	defer func() { _ = stranger.Close() }()
	if err := stranger.Ready(t.Context()); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("Ready where the certificate is not trusted: got %v, want unavailable that says so", err)
	}
}

func TestQueue_Close(t *testing.T) {
	at := server(t)
	t.Parallel()
	q := open(t, at, rabbitqueue.Deps{Groups: groups})
	var got seen
	done := make(chan error, 1)
	go func() { done <- q.Subscribe(t.Context(), group, nil, &got) }()
	if err := q.Publish(t.Context(), sample(0)); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}
	eventually(t, "messages", func() string { return got.lacks(1) })
	if err := q.Close(); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	if err := <-done; err != nil {
		t.Errorf("Subscribe when the queue was closed: got %v, want nil", err)
	}
	calls := map[string]error{"Publish": q.Publish(context.Background(), sample(1)), "Ready": q.Ready(context.Background()), "Close": q.Close()}
	for name, err := range calls {
		if want := name != "Close"; fault.Is(err, fault.Unavailable) != want {
			t.Errorf("%s after Close: got %v, want it unavailable: %v", name, err, want)
		}
	}
}
