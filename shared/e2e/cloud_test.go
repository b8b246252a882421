package e2e_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/app/localaws"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/testenv"
)

// startOnAWS runs the server, the one long-lived process, over DynamoDB and SQS: it reads its tables' streams itself. An
// issuer of the test's own signs people in.
func startOnAWS(t *testing.T) *server {
	t.Helper()
	tables, queues := testenv.Need(t, "MYEVENTS_TEST_DYNAMODB", emulators), testenv.Need(t, "MYEVENTS_TEST_SQS", emulators)
	dir := t.TempDir()
	keys, err := app.FolderKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string]string{"MYEVENTS_STORE": "embedded:" + dir}
	cfg, err := config.Load(func(name string) string { return settings[name] })
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	issuer := "http://" + l.Addr().String()
	signIn, err := localaws.Adapters().SignIn(t.Context(), cfg, dir, issuer)
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: signIn, ReadHeaderTimeout: time.Minute}
	go func() { _ = web.Serve(l) }()
	t.Cleanup(func() { _ = web.Close() })

	prefix := fmt.Sprintf("srv%d-%d", os.Getpid(), time.Now().UnixNano()%1e9)
	env := []string{
		"MYEVENTS_STORE=dynamodb://" + prefix + "?region=eu-west-1&endpoint=" + tables,
		"MYEVENTS_QUEUE=sqs://" + prefix + "?region=eu-west-1&poll=1s&hidden=5s&endpoint=" + queues,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
	}
	migrate := exec.Command(filepath.Join(bin, "myeventsctl"), "migrate")
	migrate.Env = append(environ(), env...)
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("myeventsctl migrate: %v\n%s", err, out)
	}
	people := []string{"MYEVENTS_OIDC_ISSUER=" + issuer, "MYEVENTS_OIDC_AUDIENCE=myevents"}
	s := start(t, dir, append(append(env, people...), "MYEVENTS_KEYS="+keys, "MYEVENTS_PAYMENT=test")...)
	s.issuer = people
	return s
}

// A sale on AWS's services by the server, killed in the middle: what was acknowledged stays, and it sells out exactly.
func TestServer_OnDynamoDBAndSQS(t *testing.T) {
	t.Parallel()
	s := startOnAWS(t)
	org := s.token("olga@one.example", "organiser")
	e := s.putOnSale(org, 2, 5, 10, nil)
	s.eventually(10*time.Second, "inventory open", func() bool {
		a, err := s.call(context.Background(), "GET", "/v1/events/"+e.event+"/availability", "", nil)
		return err == nil && a.status == 200
	})
	crowd := s.buyers(4)
	var n atomic.Int64
	book := func(b *buyer) (answer, error) {
		name, value := key()
		return s.call(context.Background(), "POST", "/v1/bookings", b.token,
			object{"eventId": e.event, "items": list{object{"ticketTypeId": e.floor, "quantity": 1}}, "payment": ok}, name, value)
	}
	for range 4 {
		if a, err := book(crowd[n.Add(1)%4]); err != nil || a.status != 201 {
			t.Fatalf("POST bookings: got %d and %v, want 201\n%s", a.status, err, a.body)
		}
	}
	s.kill()
	s.run()
	for range 6 {
		if a, err := book(crowd[n.Add(1)%4]); err != nil || a.status != 201 {
			t.Fatalf("POST bookings after a kill: got %d and %v, want 201\n%s", a.status, err, a.body)
		}
	}
	if a, err := book(crowd[0]); err != nil || a.status != 409 || a.code() != "soldOut" && a.code() != "allHeld" {
		t.Errorf("POST bookings of what is sold: got %d %s and %v, want 409 soldOut", a.status, a.code(), err)
	}
	if sold := s.sold(e); sold != 10 {
		t.Errorf("sold: got %d, want 10", sold)
	}
	places := map[string]bool{}
	for _, b := range crowd {
		for _, booked := range s.bookings(b.token) {
			want(t, "a booking's status", booked.Status, "confirmed")
			for _, p := range booked.places() {
				if places[p] {
					t.Errorf("place %s: got it twice, want it once", p)
				}
				places[p] = true
			}
		}
	}
	want(t, "places", len(places), 10)
	s.eventually(time.Minute, "the event is found", func() bool {
		found := get[page[eventWire]](s, "/v1/events?q=fado", "").Items
		return len(found) == 1 && found[0].Availability == "available"
	})
	s.must(200, "POST", "/v1/events/"+e.event+"/cancel", org, object{"reason": "rain"})
	s.eventually(time.Minute, "every booking is refunded", func() bool {
		for _, b := range crowd {
			for _, booked := range s.bookings(b.token) {
				if booked.Status != "cancelled" {
					return false
				}
			}
		}
		return true
	})
}
