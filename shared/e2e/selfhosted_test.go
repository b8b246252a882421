package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/app/localaws"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/host/samhost"
	"github.com/myevents/myevents/shared/template"
	"github.com/myevents/myevents/shared/testenv"
)

// selfhosted are the functions with the one line changed that names their adapters.
var selfhosted = sync.OnceValues(func() (dir string, err error) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return "", err
	}
	dir = filepath.Join(bin, "selfhosted")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	overlay := map[string]map[string]string{"Replace": {}}
	for id, folder := range functionFolders {
		file := filepath.Join(root, "functions", folder, "main.go")
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		changed := strings.NewReplacer(
			"awsadapters.All(os.Getenv)", "selfhosted.Adapters()", "awsstore.Adapters(os.Getenv)", "selfhosted.Adapters()",
			"shared/app/awsadapters", "shared/app/selfhosted", "shared/app/awsstore", "shared/app/selfhosted",
		).Replace(string(text))
		overlay["Replace"][file] = filepath.Join(dir, id+".go")
		if err := os.WriteFile(overlay["Replace"][file], []byte(changed), 0o600); err != nil {
			return "", err
		}
	}
	b, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), b, 0o600); err != nil {
		return "", err
	}
	for id, folder := range functionFolders {
		if id == "OutboxRelay" { // no stream, no relay
			continue
		}
		cmd := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-tags=lambda.norpc", "-o", filepath.Join(dir, id, "bootstrap"), "./functions/"+folder)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", folder, err, out)
		}
	}
	return dir, nil
})

// trigger invokes workers with what their groups' messages are, as the event-source mapping of a broker does, until ctx ends:
// a batch is forgotten once its invocation succeeded, and comes again where it did not.
type trigger func(ctx context.Context, url, prefix string, invoke func(group string, payload any) error) error

// The functions on MongoDB, with messages by invocations of RabbitMQ and of Kafka: one line in each differs from those on
// AWS. What they announce they send before they answer, since no stream does it.
func TestLambda_SelfHosted(t *testing.T) {
	for _, tc := range []struct {
		name, queue string
		trigger     trigger
	}{
		{"rabbitmq", testenv.Need(t, "MYEVENTS_TEST_AMQP", own) + "?prefix=", rabbitTrigger},
		{"kafka", "kafka://" + testenv.Need(t, "MYEVENTS_TEST_KAFKA", own) + "/", kafkaTrigger},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			defer oneByOne(t)()
			s := startSelfhosted(t, tc.queue, tc.trigger)
			org, ana := s.token("olga@one.example", "organiser"), s.token("ana@one.example", "attendee")
			e := s.putOnSale(org, 1, 5, 10, nil)
			s.eventually(time.Minute, "inventory open", func() bool {
				a, err := s.call(context.Background(), "GET", "/v1/events/"+e.event+"/availability", "", nil)
				return err == nil && a.status == 200
			})
			s.eventually(time.Minute, "the event is found", func() bool {
				return len(get[page[eventWire]](s, "/v1/events?q=fado", "").Items) == 1
			})
			for range 2 {
				s.buy(ana, e.event, e.floor, 5)
			}
			s.buy(s.token("bob@one.example", "attendee"), e.event, e.seats, 5)
			s.eventually(time.Minute, "sold out is told", func() bool {
				return get[eventWire](s, "/v1/events/"+e.event, "").Availability == "soldOut"
			})
			s.must(200, "POST", "/v1/events/"+e.event+"/cancel", org, object{"reason": "rain"})
			s.eventually(time.Minute, "every booking is cancelled", func() bool {
				for _, b := range s.bookings(ana) {
					if b.Status != "cancelled" {
						return false
					}
				}
				return true
			})
			if sold := s.sold(e); sold != 0 {
				t.Errorf("sold after the cancellation: got %d, want 0", sold)
			}
		})
	}
}

// own is how to have the servers.
const own = "run it by: localstack/with mongodb rabbitmq kafka -- go test ./shared/e2e"

func startSelfhosted(t *testing.T, queue string, feed trigger) *server {
	t.Helper()
	build, err := selfhosted()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dir: t.TempDir(), behindGateway: true}
	keys, err := app.FolderKeys(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	prefix := fmt.Sprintf("own%d-%d", os.Getpid(), time.Now().UnixNano()%1e9)
	settings := map[string]string{
		"MYEVENTS_STORE": testenv.Need(t, "MYEVENTS_TEST_MONGODB", own) + "/" + prefix, "MYEVENTS_QUEUE": queue + prefix, "MYEVENTS_KEYS": keys,
		"MYEVENTS_PAYMENT": "test", "MYEVENTS_OIDC_AUDIENCE": "myevents",
	}
	people := httptest.NewUnstartedServer(nil)
	t.Cleanup(people.Close)
	issuer := "http://" + people.Listener.Addr().String()
	settings["MYEVENTS_OIDC_ISSUER"] = issuer
	s.issuer = []string{"MYEVENTS_OIDC_ISSUER=" + issuer, "MYEVENTS_OIDC_AUDIENCE=myevents"}
	cfg, err := config.Load(func(name string) string { return settings[name] })
	if err != nil {
		t.Fatal(err)
	}
	if people.Config.Handler, err = localaws.Adapters().SignIn(t.Context(), cfg, s.dir, issuer); err != nil {
		t.Fatal(err)
	}
	people.Start()
	env := []string{}
	for name, value := range settings {
		env = append(env, name+"="+value)
	}
	migrate := exec.Command(filepath.Join(bin, "myeventsctl"), "migrate")
	migrate.Env = append(environ(), env...)
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("myeventsctl migrate: %v\n%s", err, out)
	}

	shape, err := template.Read(filepath.Join("..", "..", "template.yaml"), template.Options{StackName: prefix, Region: "eu-west-1", Account: "000000000000", Parameters: map[string]string{"Payment": "test"}})
	if err != nil {
		t.Fatal(err)
	}
	var functions []samhost.Function
	for id := range functionFolders {
		functions = append(functions, samhost.Function{Name: id, Bootstrap: filepath.Join(build, id, "bootstrap"), Env: append(environ(), env...), Timeout: time.Minute})
	}
	var routes []samhost.Route
	for _, r := range shape.Routes() {
		routes = append(routes, samhost.Route{Method: r.Method, Path: r.Path, Function: r.Function})
	}
	logs := &logBuffer{}
	host := samhost.New(functions, logs, samhost.Observer{})
	t.Cleanup(host.Close)
	t.Cleanup(func() {
		if said := logs.String(); t.Failed() {
			t.Logf("functions: …%s", said[max(0, len(said)-6000):])
		}
	})
	gateway := httptest.NewServer(samhost.Gateway(host, routes, nil))
	t.Cleanup(gateway.Close)
	s.url = gateway.URL

	ctx, stop := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	t.Cleanup(func() { stop(); loops.Wait() })
	workers := map[string]string{"catalog": "EventsWorker", "booking": "BookingsWorker"}
	loops.Go(func() {
		err := feed(ctx, settings["MYEVENTS_QUEUE"], prefix, func(group string, payload any) error {
			b, err := json.Marshal(payload)
			if err != nil {
				return err
			}
			_, err = host.Invoke(ctx, workers[group], b)
			return err
		})
		if err != nil && ctx.Err() == nil {
			t.Errorf("trigger: %v", err)
		}
	})
	loops.Go(func() {
		for tick := time.NewTicker(2 * time.Second); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				if _, err := host.Invoke(ctx, "Janitor", []byte("{}")); err != nil && ctx.Err() == nil {
					t.Errorf("janitor: %v", err)
				}
			}
		}
	})
	return s
}

// rabbitTrigger is the mapping of Amazon MQ for RabbitMQ.
func rabbitTrigger(ctx context.Context, url, prefix string, invoke func(group string, payload any) error) error {
	address, _, _ := strings.Cut(url, "?")
	conn, err := amqp.Dial(address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		idle := true
		for _, group := range []string{"catalog", "booking"} {
			name := prefix + "." + group
			var batch []object
			var last uint64
			for len(batch) < 10 {
				d, found, err := ch.Get(name, false)
				if err != nil {
					return err
				}
				if !found {
					break
				}
				batch, last = append(batch, object{"basicProperties": object{"contentType": d.ContentType}, "redelivered": d.Redelivered, "data": d.Body}), d.DeliveryTag
			}
			if len(batch) == 0 {
				continue
			}
			idle = false
			if invoke(group, object{"eventSource": "aws:rmq", "eventSourceArn": "arn:aws:mq:x", "rmqMessagesByQueue": object{name + "::/": batch}}) != nil {
				err = ch.Nack(last, true, true)
			} else {
				err = ch.Ack(last, true)
			}
			if err != nil {
				return err
			}
		}
		if idle {
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

// kafkaTrigger is the mapping of a Kafka of one's own.
func kafkaTrigger(ctx context.Context, url, prefix string, invoke func(group string, payload any) error) error {
	address, _, _ := strings.Cut(strings.TrimPrefix(url, "kafka://"), "/")
	var all sync.WaitGroup
	defer all.Wait()
	for _, group := range []string{"catalog", "booking"} {
		client, err := kgo.NewClient(kgo.SeedBrokers(address), kgo.ConsumerGroup(prefix+"-mapping-"+group), kgo.ConsumeTopics(prefix+"-messages"),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(), kgo.FetchMaxWait(500*time.Millisecond))
		if err != nil {
			return err
		}
		all.Go(func() {
			defer client.Close()
			for ctx.Err() == nil {
				fetched := client.PollRecords(ctx, 100)
				records := map[string][]object{}
				fetched.EachRecord(func(r *kgo.Record) {
					partition := fmt.Sprintf("%s-%d", r.Topic, r.Partition)
					records[partition] = append(records[partition], object{
						"topic": r.Topic, "partition": r.Partition, "offset": r.Offset, "timestamp": r.Timestamp.UnixMilli(), "value": r.Value,
					})
				})
				if len(records) == 0 {
					continue
				}
				payload := object{"eventSource": "SelfManagedKafka", "bootstrapServers": address, "records": records}
				for again := true; again; again = ctx.Err() == nil {
					if invoke(group, payload) == nil {
						break
					}
				}
				_ = client.CommitRecords(ctx, fetched.Records()...)
			}
		})
	}
	return nil
}
