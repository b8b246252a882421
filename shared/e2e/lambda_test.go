package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/host/samhost"
	"github.com/myevents/myevents/shared/template"
	"github.com/myevents/myevents/shared/testenv"
)

// isStep reports a step on a block: claim, confirm or release.
func isStep(c samhost.Call) bool {
	return c.Action == "dynamodb:UpdateItem" && bytes.Contains(c.Body, []byte(`"S":"B#`))
}

// isRecord reports the write of a booking's record: the place from which on a crash must end confirmed or refunded.
func isRecord(c samhost.Call) bool {
	return c.Action == "dynamodb:PutItem" && bytes.Contains(c.Body, []byte(`"S":"U#`)) && bytes.Contains(c.Body, []byte(`"S":"K#`))
}

// A worker that dies in the middle of a batch has lost nothing: what it had comes again.
func TestLambda_WorkerKilled(t *testing.T) {
	t.Parallel()
	defer oneByOne(t)()
	var f *functions
	var mu sync.Mutex
	killed := map[string]bool{}
	r := &samhost.Recorder{Before: func(c samhost.Call) bool {
		mu.Lock()
		defer mu.Unlock()
		if killed[c.Function] || !strings.HasSuffix(c.Function, "Worker") || c.Action != "dynamodb:PutItem" && c.Action != "dynamodb:UpdateItem" {
			return false
		}
		killed[c.Function] = true // at its first write
		f.host.Kill(c.Function)
		return true
	}}
	f = startFunctions(t, functionsOptions{recorder: r})
	org, ana := f.token("olga@one.example", "organiser"), f.token("ana@one.example", "attendee")
	e := f.putOnSale(org, 2, 5, 10, nil)
	f.eventually(2*time.Minute, "inventory open after a kill", func() bool {
		a, err := f.call(context.Background(), "GET", "/v1/events/"+e.event+"/availability", "", nil)
		return err == nil && a.status == 200
	})
	f.eventually(2*time.Minute, "every message handled", func() bool { return f.waiting("-catalog", "-booking") == 0 })
	mu.Lock()
	if !killed["EventsWorker"] || !killed["BookingsWorker"] {
		t.Errorf("killed: got %v, want both workers", killed)
	}
	mu.Unlock()
	if dead := f.waiting("-catalog-dlq", "-booking-dlq"); dead > 0 {
		t.Errorf("dead letters: got %d, want none", dead)
	}
	if found := get[page[locationWire]](f.server, "/v1/locations?q=coliseu", ""); len(found.Items) != 1 {
		t.Errorf("locations found: got %d, want the one", len(found.Items))
	}
	name, value := key()
	f.must(201, "POST", "/v1/bookings", ana, object{"eventId": e.event, "items": list{object{"ticketTypeId": e.floor, "quantity": 2}}, "payment": ok}, name, value)
	if sold := f.sold(e); sold != 2 {
		t.Errorf("sold: got %d, want 2", sold)
	}
	f.eventually(time.Minute, "the event found", func() bool {
		return len(get[page[eventWire]](f.server, "/v1/events?q=fado", "").Items) == 1
	})
}

// A function that dies between record and confirm leaves a booking that ends confirmed or refunded, and nothing is sold,
// charged or lost twice.
func TestLambda_KilledBetweenRecordAndConfirm(t *testing.T) {
	t.Parallel()
	defer oneByOne(t)()
	const wanted = 4
	var f *functions
	var mu sync.Mutex
	recorded, kills := 0, 0
	r := &samhost.Recorder{Before: func(c samhost.Call) bool {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case c.Function != "BookingsApi" || kills >= wanted:
			return false
		case isRecord(c):
			recorded++
			return false
		case isStep(c) && recorded > 0:
			recorded = 0
			kills++
			f.host.Kill("BookingsApi")
			return true
		}
		return false
	}}
	f = startFunctions(t, functionsOptions{recorder: r})
	org := f.token("olga@one.example", "organiser")
	e := f.open(org, 4, 10, 1, nil)
	crowd := f.buyers(4)
	type try struct {
		b    *buyer
		key  string
		body object
	}
	var tries []try
	for n := range 12 {
		b := crowd[n%len(crowd)]
		tries = append(tries, try{b, fmt.Sprint("crash-", n), object{
			"eventId": e.event, "items": list{object{"ticketTypeId": e.seats, "quantity": 1 + n%2}}, "payment": ok,
		}})
	}
	lost := 0
	for _, tr := range tries {
		a, err := f.call(t.Context(), "POST", "/v1/bookings", tr.b.token, tr.body, "Idempotency-Key", tr.key)
		if err != nil || a.status >= 500 {
			lost++
		}
	}
	mu.Lock()
	if kills != wanted || lost < wanted {
		t.Errorf("kills: got %d with %d lost answers, want %d", kills, lost, wanted)
	}
	mu.Unlock()
	f.eventually(2*time.Minute, "nothing unsettled", func() bool {
		for _, b := range crowd {
			if slices.ContainsFunc(f.bookings(b.token), func(k bookingView) bool { return k.Status == "recorded" }) {
				return false
			}
		}
		return true
	})
	// Whoever asks again gets that booking, not another.
	for _, tr := range tries {
		a, err := f.call(t.Context(), "POST", "/v1/bookings", tr.b.token, tr.body, "Idempotency-Key", tr.key)
		if err != nil || a.status != 201 {
			t.Errorf("the same request again: got %d and %v, want 201\n%s", a.status, err, a.body)
			continue
		}
		view := into[bookingView](t, a)
		tr.b.acked[view.ID] = view
	}
	if sold := f.audit(crowd, e); sold != 18 {
		t.Errorf("places sold: got %d, want the 18 asked for", sold)
	}
	f.books(map[string]int{"captured": 12}, 18*4500)
}

// An event is cancelled while buyers still come: in the end everyone has their money back, once, and no place is sold.
func TestLambda_CancelledInTheRush(t *testing.T) {
	t.Parallel()
	defer oneByOne(t)()
	f := startFunctions(t, functionsOptions{})
	org := f.token("olga@one.example", "organiser")
	e := f.open(org, 10, 10, 400, nil)
	crowd := f.buyers(8)
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	var booked atomic.Int32
	var wg sync.WaitGroup
	for _, b := range crowd {
		wg.Go(func() {
			for ctx.Err() == nil {
				switch b.try(ctx, f.server, e.floor, e.event, 1, true) {
				case "":
					booked.Add(1)
				case "notOnSale", "soldOut":
					return
				}
			}
		})
	}
	f.eventually(2*time.Minute, "bookings", func() bool { return booked.Load() >= 200 })
	f.must(200, "POST", "/v1/events/"+e.event+"/cancel", org, object{"reason": "rain"})
	wg.Wait()
	bookings := 0
	f.eventually(2*time.Minute, "every booking cancelled", func() bool {
		bookings = 0
		for _, b := range crowd {
			for _, k := range f.bookings(b.token) {
				if bookings++; k.Status != "cancelled" && k.Status != "failed" {
					return false
				}
			}
		}
		return true
	})
	if bookings < 200 {
		t.Errorf("bookings: got %d, want 200 or more", bookings)
	}
	f.eventually(30*time.Second, "no place sold", func() bool { return f.sold(e) == 0 })
	f.books(nil, 0)
}

// What is wrong with a deployment is said in one line that names the setting, at once.
func TestLambda_BadSettings(t *testing.T) {
	t.Parallel()
	dynamodb := testenv.Need(t, "MYEVENTS_TEST_DYNAMODB", emulators)
	sqs := testenv.Need(t, "MYEVENTS_TEST_SQS", emulators)
	build, err := builtFunctions()
	if err != nil {
		t.Fatal(err)
	}
	nobody := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(nobody.Close)
	payload, err := os.ReadFile("../../functions/bookings-worker/event.json")
	if err != nil {
		t.Fatal(err)
	}
	store, queues := "MYEVENTS_STORE=dynamodb://absent?region=eu-west-1&endpoint="+dynamodb, "MYEVENTS_QUEUE=sqs://absent?region=eu-west-1&endpoint="+sqs
	for _, tc := range []struct {
		name, function string
		settings       []string
		want           string
	}{
		{"missing", "EventsApi", []string{"MYEVENTS_KEYS="}, "MYEVENTS_KEYS"},
		{"misspelt", "Janitor", []string{"MYEVENTS_KEY=x"}, "MYEVENTS_KEY: unknown"},
		{"impossible", "OutboxRelay", []string{"MYEVENTS_HOLD_TTL=soon"}, "MYEVENTS_HOLD_TTL"},
		{"another-store", "BookingsApi", []string{"MYEVENTS_STORE=mongodb://a"}, "MYEVENTS_STORE"},
		{"absent-table", "EventsApi", []string{store}, "MYEVENTS_STORE"},
		{"absent-table-of-a-worker", "BookingsWorker", []string{store, queues}, "MYEVENTS_STORE"},
		{"wrong-issuer", "EventsApi", []string{store, "MYEVENTS_OIDC_ISSUER=" + nobody.URL}, "MYEVENTS_OIDC_ISSUER"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			logs := &logBuffer{}
			h := samhost.New([]samhost.Function{{
				Name: tc.function, Bootstrap: filepath.Join(build, tc.function, "bootstrap"), Env: append(functionSettings(), tc.settings...),
			}}, logs, samhost.Observer{})
			defer h.Close()
			began := time.Now()
			_, err := h.Invoke(t.Context(), tc.function, payload)
			took := time.Since(began)
			if err == nil || took > 5*time.Second {
				t.Errorf("Invoke: got %v after %v, want it refused at once", err, took)
			}
			h.Close()
			lines := strings.Split(strings.TrimSpace(logs.String()), "\n")
			if len(lines) != 1 || !json.Valid([]byte(lines[0])) || !strings.Contains(lines[0], tc.want) {
				t.Errorf("log: got %q, want one line of JSON with %s", lines, tc.want)
			}
		})
	}
}

// Every call that the functions make to AWS is one that their roles allow.
func TestLambda_Permissions(t *testing.T) {
	t.Parallel()
	defer oneByOne(t)()
	r := &samhost.Recorder{}
	f := startFunctions(t, functionsOptions{recorder: r, every: time.Second})
	contractLife := f.putOnSale(f.token("olga@one.example", "organiser"), 2, 5, 10, nil)
	f.eventually(30*time.Second, "on sale", func() bool {
		a, err := f.call(context.Background(), "GET", "/v1/events/"+contractLife.event+"/availability", "", nil)
		return err == nil && a.status == 200
	})
	ana := f.token("ana@one.example", "attendee")
	name, value := key()
	f.must(201, "POST", "/v1/bookings", ana, object{"eventId": contractLife.event, "items": list{object{"ticketTypeId": contractLife.floor, "quantity": 2}}, "payment": ok}, name, value)
	f.must(200, "POST", "/v1/events/"+contractLife.event+"/cancel", f.token("olga@one.example", "organiser"), object{"reason": "rain"})
	f.eventually(time.Minute, "refunded", func() bool { return f.bookings(ana)[0].Status == "cancelled" })
	plan, err := template.Read(filepath.Join("..", "..", "template.yaml"), template.Options{Parameters: map[string]string{"Payment": "test"}})
	if err != nil {
		t.Fatal(err)
	}
	for id := range functionFolders {
		var allowed []string
		for _, p := range plan.Permissions(id) {
			allowed = append(allowed, p.Action)
		}
		for _, action := range r.Actions(id) {
			if action == "sqs:SendMessage" && (id == "OutboxRelay" || id == "Janitor") {
				action = "sns:Publish" // here there is no topic
			}
			if !slices.Contains(allowed, action) {
				t.Errorf("%s: it calls %s, which its role does not allow", id, action)
			}
		}
		t.Logf("%s calls %v", id, r.Actions(id))
	}
}

// books compares what the payment provider's books say with what they should: entries by state, and the money kept. A nil
// map: in any states.
func (f *functions) books(states map[string]int, kept int64) {
	f.t.Helper()
	got, sum := map[string]int{}, int64(0)
	for _, e := range f.ledger() {
		got[e.State]++
		if e.State == "captured" {
			sum += e.Amount.Amount - e.Refunded.Amount
		}
	}
	if states != nil && fmt.Sprint(got) != fmt.Sprint(states) {
		f.t.Errorf("payments: got %v, want %v", got, states)
	}
	if sum != kept || got["authorised"] > 0 {
		f.t.Errorf("money kept: got %d with %d payments open, want %d with none", sum, got["authorised"], kept)
	}
}
