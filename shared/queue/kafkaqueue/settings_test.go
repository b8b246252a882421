package kafkaqueue_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/kafkaqueue"
)

func TestOpen(t *testing.T) {
	for _, tc := range []struct{ name, url, wrong string }{
		{"one-broker", "kafka://127.0.0.1:9092/myevents", ""},
		{"several-brokers", "kafka://a:9092,b:9093,[::1]:9094/myevents", ""},
		{"port-left-out", "kafka://a,b/myevents", ""},
		{"every-parameter", "kafka://u:s%40cret@a:1/p?partitions=24&replication=3&session=10s&tls=true&sasl=SCRAM-SHA-512&attempts=3&backoff=1s&max=1m&maxAge=1h", ""},
		{"password-with-signs", "kafka://u:s@c/ret@a:1/p", ""},
		{"other-scheme", "amqp://u:secret@a:1/p", "must be a URL"},
		{"no-prefix", "kafka://u:secret@a:1", "must be a URL"},
		{"no-broker", "kafka:///p", "must be a URL"},
		{"dot-in-prefix", "kafka://a:1/p.q", "must be a URL"},
		{"port-is-none", "kafka://a:kafka/p", "host:port"},
		{"no-partitions", "kafka://a:1/p?partitions=0", "partitions must be"},
		{"no-replicas", "kafka://a:1/p?replication=0", "replication must be"},
		{"attempts-are-none", "kafka://a:1/p?attempts=some", "attempts must be"},
		{"session-is-no-duration", "kafka://a:1/p?session=6", "session must be a duration"},
		{"unknown-parameter", "kafka://u:secret@a:1/p?prefetch=1", "prefetch is no parameter"},
		{"unknown-mechanism", "kafka://u:secret@a:1/p?sasl=oauth", "sasl must be plain"},
		{"mechanism-without-user", "kafka://a:1/p?sasl=plain", "sasl needs user"},
		{"tls-is-neither", "kafka://a:1/p?tls=perhaps", "tls must be true or false"},
		{"certificate-is-away", "kafka://u:secret@a:1/p?cacertfile=/no/such.pem", "cacertfile"},
		{"certificate-without-tls", "kafka://a:1/p?tls=false&cacertfile=/no/such.pem", "tls is false"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q, err := kafkaqueue.Open(t.Context(), tc.url, deps())
			if tc.wrong == "" {
				if err != nil {
					t.Fatalf("Open %s: got %v, want nil", tc.url, err)
				}
				_ = q.Close()
				return
			}
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.wrong) || !strings.Contains(err.Error(), "MYEVENTS_QUEUE") {
				t.Errorf("Open %s: got %v, want invalid, MYEVENTS_QUEUE and %q", tc.url, err, tc.wrong)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("Open: got the password in %q, want it kept", err)
			}
		})
	}
	d := deps()
	d.Groups = map[string][]message.Type{"messages": nil}
	if _, err := kafkaqueue.Open(t.Context(), "kafka://a:1/p", d); !fault.Is(err, fault.Invalid) {
		t.Errorf("Open with a group named messages: got %v, want invalid", err)
	}
	q, err := kafkaqueue.Open(t.Context(), "kafka://a:1/p?attempts=3&max=1m", deps())
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	defer func() { _ = q.Close() }()
	if p := q.Policy(); p.Attempts != 3 || p.Max != time.Minute || p.Backoff != 100*time.Millisecond {
		t.Errorf("Policy: got %+v, want 3 attempts, 1 min at most, and the default else", p)
	}
}

func TestNewEnough(t *testing.T) {
	for _, vs := range []*kversion.Versions{kversion.V2_5_0(), kversion.V2_8_0(), kversion.V3_9_0()} {
		if err := kafkaqueue.NewEnough(vs); err != nil {
			t.Errorf("%s: got %v, want it new enough", vs.VersionGuess(), err)
		}
	}
	for _, vs := range []*kversion.Versions{kversion.V1_1_0(), kversion.V2_3_0()} {
		if err := kafkaqueue.NewEnough(vs); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "MYEVENTS_QUEUE: the server is too old") {
			t.Errorf("%s: got %v, want it too old", vs.VersionGuess(), err)
		}
	}
}

// says reports an error that does not say in one line what is wrong with the setting.
func says(t *testing.T, what string, err error, words ...string) {
	t.Helper()
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("%s: got %v, want unavailable", what, err)
		return
	}
	for _, w := range append(words, "MYEVENTS_QUEUE") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%s: got %q, want it to name %q", what, err, w)
		}
	}
	if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: got %q, want one line without the password", what, err)
	}
}

func TestReady(t *testing.T) {
	at := server(t)
	bare := func(t *testing.T, url string) *kafkaqueue.Queue {
		t.Helper()
		q, err := kafkaqueue.Open(t.Context(), url, deps())
		if err != nil {
			t.Fatalf("Open: got %v, want nil", err)
		}
		t.Cleanup(func() { _ = q.Close() })
		return q
	}
	t.Run("is-after-migrate", func(t *testing.T) {
		t.Parallel()
		q := open(t, settings(at), deps())
		if err := q.Ready(t.Context()); err != nil {
			t.Errorf("Ready: got %v, want nil", err)
		}
		if err := q.Migrate(t.Context()); err != nil {
			t.Errorf("Migrate again: got %v, want nil", err)
		}
	})
	t.Run("topic-is-absent", func(t *testing.T) {
		t.Parallel()
		q := bare(t, settings(at))
		says(t, "Ready", q.Ready(t.Context()), "there is no topic", "-messages")
		says(t, "Publish", q.Publish(t.Context(), about("bkg-1", 1)), "there is no topic", "-messages")
		says(t, "Subscribe", q.Subscribe(t.Context(), alpha, nil, queue.HandlerFunc(func(context.Context, message.Envelope) error { return nil })), "there is no topic", "-messages")
		_, err := q.DeadLetters(t.Context(), "", 1)
		says(t, "DeadLetters", err, "there is no topic", "-dlq")
	})
	t.Run("topic-has-too-few-partitions", func(t *testing.T) {
		t.Parallel()
		url := settings(at)
		open(t, url, deps())
		q := bare(t, strings.Replace(url, "partitions=3", "partitions=5", 1))
		says(t, "Ready", q.Ready(t.Context()), "-messages has 3 partitions, want ≥ 5")
		says(t, "Migrate", q.Migrate(t.Context()), "-messages has 3 partitions, want ≥ 5")
	})
	t.Run("too-many-replicas", func(t *testing.T) {
		t.Parallel()
		q := bare(t, settings(at)+"&replication=3")
		if err := q.Migrate(t.Context()); !fault.Is(err, fault.Unavailable) || !strings.Contains(strings.ToLower(err.Error()), "replication") {
			t.Errorf("Migrate with more replicas than brokers: got %v, want unavailable and why", err)
		}
	})
	t.Run("nobody-is-there", func(t *testing.T) {
		t.Parallel()
		q := bare(t, "kafka://user:secret@127.0.0.1:9/p")
		says(t, "Ready", q.Ready(t.Context()), "127.0.0.1:9", "cannot be reached")
	})
	t.Run("credentials-are-refused", func(t *testing.T) {
		t.Parallel()
		q := bare(t, strings.Replace(settings(at), "kafka://", "kafka://user:secret@", 1))
		says(t, "Ready", q.Ready(t.Context()), "user and password")
	})
	t.Run("closed", func(t *testing.T) {
		t.Parallel()
		q := bare(t, settings(at))
		_ = q.Close()
		if err := q.Publish(t.Context(), about("bkg-1", 1)); !fault.Is(err, fault.Unavailable) {
			t.Errorf("Publish after Close: got %v, want unavailable", err)
		}
	})
}

// What the broker itself would never take is invalid, however its limit came about.
func TestPublish_LargerThanTheTopicTakes(t *testing.T) {
	t.Parallel()
	at := server(t)
	q := open(t, settings(at), deps())
	ask(t, at, func(ctx context.Context, admin *kadm.Client) error {
		limit := "2000"
		_, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "max.message.bytes", Value: &limit}}, q.Topics()[0])
		return err
	})
	m := about("bkg-1", 1)
	m.Data = []byte(`"` + strings.Repeat("x", 4000) + `"`)
	eventually(t, "Publish of a message that is too large", func() string { // until the broker knows of its limit
		if err := q.Publish(t.Context(), m); !fault.Is(err, fault.Invalid) {
			return "got no refusal, want invalid"
		}
		return ""
	})
	if err := q.Publish(t.Context(), about("bkg-1", 2)); err != nil {
		t.Errorf("Publish of a small one after it: got %v, want nil", err)
	}
}

// What somebody else writes to the topic, and is no message, is given up at once and shown as it is.
func TestSubscribe_StrayRecord(t *testing.T) {
	t.Parallel()
	at := server(t)
	q := open(t, settings(at), deps())
	client, err := kgo.NewClient(kgo.SeedBrokers(at))
	if err != nil {
		t.Fatalf("NewClient: got %v, want nil", err)
	}
	defer client.Close()
	topic := q.Topics()[0]
	if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte("<xml/>")}, &kgo.Record{Topic: topic}).FirstErr(); err != nil {
		t.Fatalf("ProduceSync: got %v, want nil", err)
	}
	subscribe(t, q, func(context.Context, message.Envelope) error { return nil })
	eventually(t, "dead letters of what is no message", func() string {
		ds, err := q.DeadLetters(t.Context(), "", 10)
		if err != nil || len(ds) != 2 {
			return "got none, want two"
		}
		shown := string(ds[0].Message.Data) + string(ds[1].Message.Data)
		if !strings.Contains(shown, "xml") || ds[0].Attempts != 1 {
			return "got " + shown + ", want what it was, after one attempt"
		}
		return ""
	})
}
