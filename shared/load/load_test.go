package load_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
	"github.com/myevents/myevents/shared/load"
)

// box is a box office that sells one floor, and breaks its promises as it is told to.
type box struct {
	places   int
	slow     time.Duration // each answer
	oversell int           // places sold twice
	forget   bool          // loses the first booking after acknowledging it
	miscount int           // added to the count
	unsettle bool          // leaves the first booking as recorded
	settling time.Duration // how long bookings stay recorded

	mu       sync.Mutex
	sold     int
	holds    map[string][2]int              // first place, places
	bookings map[string][]apiclient.Booking // by bearer
}

func (b *box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(b.slow)
	b.mu.Lock()
	defer b.mu.Unlock()
	mux := http.NewServeMux()
	event := apiclient.Event{ID: "evt_1"}
	event.TicketTypes = []apiclient.TicketType{{ID: "tkt_1"}}
	mux.HandleFunc("POST /v1/locations", func(w http.ResponseWriter, r *http.Request) {
		var l apiclient.Location
		if json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&l) != nil {
			say(w, 413, apiclient.Problem{Status: 413, Code: "bodyTooLarge"})
			return
		}
		for i := range l.Halls[0].Sections {
			l.Halls[0].Sections[i].ID = fmt.Sprint("sec_", i)
		}
		say(w, 201, l)
	})
	mux.HandleFunc("POST /v1/events", func(w http.ResponseWriter, _ *http.Request) { say(w, 201, event) })
	mux.HandleFunc("POST /v1/events/evt_1/publish", func(w http.ResponseWriter, _ *http.Request) { say(w, 200, event) })
	mux.HandleFunc("GET /v1/events/evt_1", func(w http.ResponseWriter, _ *http.Request) { say(w, 200, event) })
	mux.HandleFunc("GET /v1/events/evt_1/availability", func(w http.ResponseWriter, _ *http.Request) {
		say(w, 200, map[string]any{"asOf": time.Now(), "sections": []map[string]int{{"total": b.places, "sold": b.sold + b.miscount}}})
	})
	mux.HandleFunc("POST /v1/holds", b.hold)
	mux.HandleFunc("POST /v1/bookings", b.book)
	mux.HandleFunc("GET /v1/bookings", b.list)
	mux.ServeHTTP(w, r)
}

func (b *box) hold(w http.ResponseWriter, r *http.Request) {
	var ask apiclient.HoldRequest
	_ = json.NewDecoder(r.Body).Decode(&ask)
	n := ask.Items[0].Quantity
	if b.sold+n > b.places+b.oversell {
		say(w, 409, apiclient.Problem{Status: 409, Code: "soldOut"})
		return
	}
	token := fmt.Sprint("hold", len(b.holds))
	b.holds[token] = [2]int{b.sold, n}
	b.sold += n
	say(w, 201, apiclient.Hold{Token: token, Seats: make([]apiclient.Seat, n)})
}

func (b *box) book(w http.ResponseWriter, r *http.Request) {
	var ask apiclient.BookRequest
	_ = json.NewDecoder(r.Body).Decode(&ask)
	who, first, n := r.Header.Get("Authorization"), b.holds[ask.Hold][0], b.holds[ask.Hold][1]
	k := apiclient.Booking{ID: "bkg_" + ask.Hold, EventID: "evt_1", Status: "confirmed", CreatedAt: time.Now()}
	for i := range n {
		k.Tickets = append(k.Tickets, apiclient.Ticket{Status: "valid", Seat: apiclient.Seat{SectionID: "sec_1", Number: (first + i) % b.places}})
	}
	if ask.Hold == "hold0" && b.unsettle || b.settling > 0 {
		k.Status = "recorded"
	}
	if ask.Hold != "hold0" || !b.forget {
		b.bookings[who] = append(b.bookings[who], k)
	}
	say(w, map[string]int{"confirmed": 201, "recorded": 202}[k.Status], k)
}

func (b *box) list(w http.ResponseWriter, r *http.Request) {
	page := apiclient.Page[apiclient.Booking]{Items: []apiclient.Booking{}}
	for _, k := range b.bookings[r.Header.Get("Authorization")] {
		if b.settling > 0 && time.Since(k.CreatedAt) >= b.settling {
			k.Status = "confirmed"
		}
		page.Items = append(page.Items, k)
	}
	say(w, 200, page)
}

func say(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	if status >= 400 {
		w.Header().Set("Content-Type", "application/problem+json")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// run loads b in a bubble, where time passes only when nothing else can happen.
func run(ctx context.Context, t *testing.T, b *box, c load.Config) (*load.Report, error) {
	t.Helper()
	b.holds, b.bookings = map[string][2]int{}, map[string][]apiclient.Booking{}
	c.Server = "http://127.0.0.1:1"
	client, err := apiclient.New(c.Server, apiclient.Options{Transport: apiclient.InProcess(b)})
	if err != nil {
		t.Fatal(err)
	}
	c.Client = client
	c.Buyer = func(n int) (*apiclient.Client, error) { return client.As(fmt.Sprint("buyer", n)), nil }
	return load.Run(ctx, c)
}

func TestRun_Audit(t *testing.T) {
	for _, tc := range []struct {
		name  string
		box   *box
		event string
		want  string // part of the only fault; empty: none
	}{
		{"honest", &box{places: 100}, "", ""},
		{"honest-at-an-event-of-others", &box{places: 100}, "evt_1", ""},
		{"settles-in-time", &box{places: 100, settling: 30 * time.Second}, "", ""},
		{"sells-places-twice", &box{places: 100, oversell: 2}, "", "is sold in"},
		{"forgets-a-booking", &box{places: 100, forget: true}, "", "was acknowledged"},
		{"counts-too-few", &box{places: 100, miscount: -1}, "", "counts 99 places sold"},
		{"counts-too-few-at-an-event-of-others", &box{places: 100, miscount: -1}, "evt_1", "counts 99 places sold"},
		{"counts-more-than-there-are", &box{places: 100, miscount: 1}, "evt_1", "has 100 places"},
		{"never-settles", &box{places: 100, unsettle: true}, "", "unsettled after 1m0s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, err := run(t.Context(), t, tc.box, load.Config{EventID: tc.event, Rate: 100, Duration: 3 * time.Second, Places: tc.box.places})
				if tc.want == "" {
					if err != nil || len(r.Faults) > 0 || r.Sold != 100 {
						t.Errorf("Run: got %v, faults %q, %d sold, want none and 100", err, r.Faults, r.Sold)
					}
					return
				}
				if !errors.Is(err, load.ErrAudit) || !strings.Contains(strings.Join(r.Faults, "\n"), tc.want) {
					t.Errorf("Run: got %v with %q, want %v with %q", err, r.Faults, load.ErrAudit, tc.want)
				}
			})
		})
	}
}

// Buyers come when they come: a server that takes its time neither keeps the next from coming, nor hides the wait of those
// who came.
func TestRun_OpenLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := box{places: 10_000, slow: 400 * time.Millisecond}
		r, err := run(t.Context(), t, &b, load.Config{Rate: 100, Duration: 20 * time.Second, Places: b.places})
		if err != nil {
			t.Fatal(err)
		}
		if r.Came < 1700 || r.Came > 2300 {
			t.Errorf("buyers: got %d, want about 2,000", r.Came)
		}
		if got, want := r.Latency(.5), 2*b.slow; got < want {
			t.Errorf("median: got %v, want no less than the %v of two answers", got, want)
		}
		if r.Outcomes["booked"] != r.Came || r.Outcomes["turnedAway"] != 0 {
			t.Errorf("outcomes: got %v, want %d booked", r.Outcomes, r.Came)
		}
	})
}

func TestRun_InFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := box{places: 10_000, slow: time.Second}
		r, err := run(t.Context(), t, &b, load.Config{Rate: 100, Duration: 10 * time.Second, Places: b.places, InFlight: 4})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Outcomes["booked"]; got < 4 || got > 24 {
			t.Errorf("booked: got %d, want what four at a time can in ten seconds, two seconds each", got)
		}
		if r.Outcomes["turnedAway"] != r.Came-r.Outcomes["booked"] {
			t.Errorf("outcomes: got %v, want everybody else turned away", r.Outcomes)
		}
	})
}

func TestRun_HugeHall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := box{places: 1_000_000}
		if r, err := run(t.Context(), t, &b, load.Config{Rate: 100, Duration: time.Second, Places: b.places}); err != nil || r.Sold == 0 {
			t.Errorf("Run: got %v and %d sold, want a sale", err, r.Sold)
		}
	})
}

// Interrupted, it audits what was bought until then.
func TestRun_Interrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		b := box{places: 10_000}
		r, err := run(ctx, t, &b, load.Config{Rate: 100, Duration: time.Hour, Places: b.places})
		if err != nil || r.Took > 6*time.Second || r.Sold == 0 {
			t.Errorf("Run: got %v after %v with %d sold, want an audit after 5 s", err, r.Took, r.Sold)
		}
	})
}

func TestRun_Refuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		c    load.Config
	}{
		{"elsewhere", load.Config{Server: "https://tickets.example", Rate: 1, Duration: time.Second}},
		{"elsewhere-by-address", load.Config{Server: "http://192.0.2.1:8080", Rate: 1, Duration: time.Second}},
		{"a-name-that-looks-local", load.Config{Server: "http://localhost.example", Rate: 1, Duration: time.Second}},
		{"no-rate", load.Config{Server: "http://localhost:1", Duration: time.Second}},
		{"huge-rate", load.Config{Server: "http://localhost:1", Rate: 1e9, Duration: time.Second}},
		{"no-duration", load.Config{Server: "http://localhost:1", Rate: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if r, err := load.Run(t.Context(), tc.c); err == nil || r.Came != 0 {
				t.Errorf("Run: got %v and %d buyers, want a refusal", err, r.Came)
			}
		})
	}
}

func TestReport_Write(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := box{places: 100, slow: 100 * time.Millisecond}
		r, err := run(t.Context(), t, &b, load.Config{Rate: 100, Duration: 3 * time.Second, Places: b.places})
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := r.Write(&out); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"evt_1", "booked", "soldOut", "p50 200ms", "p99", "max", "bookings a second", "100 places", "nothing oversold"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("Write: got %q, want %q in it", out.String(), want)
			}
		}
	})
}
