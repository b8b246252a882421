package e2e_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/config"
)

// combosAtATime is how many combinations run side by side: each has a server or two.
var combosAtATime = make(chan struct{}, 2)

// The same evening on every store with every queue, by two settings alone: an event goes on sale, its buyers race, the
// server is killed meanwhile, the house sells out exactly, one is let in, and all is cancelled. Where the queue is
// a broker, a second server shares the work.
func TestCombinations(t *testing.T) {
	for _, c := range combinations() {
		t.Run(c.name(), func(t *testing.T) {
			t.Parallel()
			combosAtATime <- struct{}{}
			defer func() { <-combosAtATime }()
			dir := t.TempDir()
			settings := c.settings(t, dir)
			first := start(t, dir, slices.Concat(awsKeys, settings)...)
			servers := []*server{first}
			if c.queue != config.SchemeMem {
				servers = append(servers, start(t, dir, slices.Concat(awsKeys, settings)...))
			}
			e := &evening{t: t, combination: c, settings: settings, servers: servers}
			e.run()
		})
	}
}

// evening is one event's story.
type evening struct {
	t *testing.T
	combination
	settings []string
	servers  []*server
	crowd    []*buyer
	booked   atomic.Int32
}

func (e *evening) run() {
	t, s := e.t, e.servers[0]
	began := time.Now()
	organiser := s.token("olga@one.example", "organiser")
	event := s.putOnSale(organiser, 3, 10, 30, nil)
	giveUp(t, e.combination, e.settings, event.event)
	for _, s := range e.servers {
		s.eventually(30*time.Second, "inventory open", func() bool {
			a, err := s.call(context.Background(), "GET", "/v1/events/"+event.event+"/availability", "", nil)
			return err == nil && a.status == 200
		})
	}
	e.crowd = s.buyers(8)
	opened := time.Since(began)

	began = time.Now()
	pending := e.rushUntilKilled(event, int32(event.capacity/8))
	acknowledged := e.booked.Load()
	s.run()
	e.buyTheRest(event, pending)
	s.eventually(time.Minute, "nothing unsettled", func() bool {
		for _, b := range e.crowd {
			for _, k := range s.bookings(b.token) {
				if k.Status == "recorded" {
					return false
				}
			}
		}
		return true
	})
	if sold := s.audit(e.crowd, event); sold != event.capacity {
		t.Errorf("sold: got %d places, want exactly %d", sold, event.capacity)
	}
	soldOut := time.Since(began)

	began = time.Now()
	for _, s := range e.servers {
		s.eventually(30*time.Second, "found, and said to be sold out", func() bool {
			found := get[page[eventWire]](s, "/v1/events?q=fado", "").Items
			return len(found) == 1 && found[0].ID == event.event && found[0].Availability == "soldOut"
		})
	}
	e.admitOnce(event, organiser)
	e.redrive(event)
	e.cancelAll(event, organiser)
	t.Logf("%d bookings before the kill and %d in all: on sale after %v, sold out in %v, over in %v", acknowledged, e.booked.Load(),
		opened.Round(time.Millisecond), soldOut.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
}

// ask is what a buyer asked for and may have to ask again, with the same key.
type ask struct {
	key, ticketType string
	places          int
	direct          bool
}

// once asks, and reports whether there was an answer to keep to.
func (e *evening) once(b *buyer, s *server, event sale, a ask) (code string, answered bool) {
	code = b.tryAs(e.t.Context(), s, a.key, a.ticketType, event.event, a.places, a.direct)
	if code == "" {
		e.booked.Add(1)
	}
	return code, code != "lost" && code != "unavailable"
}

// rushUntilKilled has all buy at once, kills the first server after some bookings, and returns what each buyer has no answer to.
func (e *evening) rushUntilKilled(event sale, enough int32) []ask {
	pending := make([]ask, len(e.crowd))
	var over atomic.Bool
	var wg sync.WaitGroup
	for i, b := range e.crowd {
		wg.Go(func() {
			s := e.servers[i%len(e.servers)]
			for !over.Load() {
				a := ask{b.newKey(), []string{event.seats, event.floor}[b.asked%2], 1 + i%3, b.asked%3 == 0}
				if _, answered := e.once(b, s, event, a); !answered {
					pending[i] = a
					return
				}
			}
		})
	}
	e.servers[0].eventually(30*time.Second, "a rush", func() bool { return e.booked.Load() >= enough })
	e.servers[0].kill()
	over.Store(true)
	wg.Wait()
	return pending
}

// buyTheRest has each buyer ask again for what there was no answer to, at another server than before, and then buy until
// nothing is left.
func (e *evening) buyTheRest(event sale, pending []ask) {
	ctx, cancel := context.WithTimeout(e.t.Context(), 3*time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for i, b := range e.crowd {
		wg.Go(func() {
			s := e.servers[(i+1)%len(e.servers)]
			insist := func(a ask) (code string) {
				for answered := a.key == ""; !answered && ctx.Err() == nil; {
					code, answered = e.once(b, s, event, a)
				}
				return code
			}
			// Who holds anew what is booked already has another token, and is told so.
			if code := insist(pending[i]); !slices.Contains([]string{"", "allHeld", "soldOut", "idempotencyMismatch"}, code) {
				e.t.Errorf("asked again for what got lost: got %s, want it, or that it is not to be had", code)
			}
			for _, kind := range []string{event.seats, event.floor} {
				for places := 1 + i%3; places > 0 && ctx.Err() == nil; {
					if insist(ask{b.newKey(), kind, places, b.asked%3 == 0}) == "soldOut" {
						places--
					}
				}
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		e.t.Error("sold out: not within 3 minutes")
	}
}

// admitOnce shows a ticket at the door twice, at one server and at another.
func (e *evening) admitOnce(event sale, organiser string) {
	i := slices.IndexFunc(e.crowd, func(b *buyer) bool { return len(b.acked) > 0 })
	if i < 0 {
		e.t.Fatal("acknowledged bookings: got none")
	}
	mine := e.servers[0].bookings(e.crowd[i].token)
	for i, result := range []string{"admitted", "alreadyIn"} {
		got := into[struct{ Result string }](e.t, e.servers[i%len(e.servers)].must(200, "POST", "/v1/check-ins", organiser,
			object{"eventId": event.event, "code": mine[0].Tickets[0].Code}))
		want(e.t, "a ticket at the door", got.Result, result)
	}
}

// redrive hands what was given up to its group again: what can be handled is gone, and what cannot is given up once more.
func (e *evening) redrive(event sale) {
	again := func(letter string) {
		if said, err := tool(e.settings, "dlq", "redrive", letter); err != nil || !strings.Contains(said, "redrove 1 of 1") {
			e.t.Errorf("dlq redrive: got %v and %s, want 1 of 1", err, said)
		}
	}
	letter := letterOf(e.t, e.settings, harmless)
	if said, err := tool(e.settings, "dlq", "show", letter); err != nil || !strings.Contains(said, event.event) {
		e.t.Errorf("dlq show: got %v and %s, want event %s", err, said, event.event)
	}
	again(letter)
	if left := letterOf(e.t, e.settings, harmless); left != "" {
		e.t.Errorf("dlq list: got %s after it was redriven, want none", left)
	}
	if e.queue == config.SchemeMem {
		return
	}
	poison := ""
	e.servers[0].eventually(30*time.Second, "given up", func() bool {
		poison = letterOf(e.t, e.settings, poisonous)
		return poison != ""
	})
	if poison == "" {
		return
	}
	again(poison)
	e.servers[0].eventually(30*time.Second, "given up once more", func() bool {
		now := letterOf(e.t, e.settings, poisonous)
		return now != "" && now != poison
	})
}

// cancelAll cancels the event, and waits until every buyer has all money back.
func (e *evening) cancelAll(event sale, organiser string) {
	s := e.servers[0]
	s.must(200, "POST", "/v1/events/"+event.event+"/cancel", organiser, object{"reason": "rain"})
	s.eventually(time.Minute, "every booking is refunded", func() bool {
		for _, b := range e.crowd {
			all := get[page[bookingWire]](s, "/v1/bookings?limit=100", b.token)
			for _, k := range all.Items {
				if k.Status == "confirmed" || k.Status == "recorded" || k.Status == "cancelled" && (k.Refunded == nil || *k.Refunded != k.Total) {
					return false
				}
			}
		}
		return true
	})
	if sold := s.sold(event); sold != 0 {
		e.t.Errorf("sold after the cancellation: got %d, want 0", sold)
	}
}
