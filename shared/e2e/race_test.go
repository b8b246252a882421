package e2e_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/testenv"
)

// buyer buys groups of places until the event is sold out, smaller ones when refused.
type buyer struct {
	name, token string
	acked       map[string]bookingView // by id: what the server said is theirs
	asked       int
}

// buyers signs n buyers in.
func (s *server) buyers(n int) []*buyer {
	s.t.Helper()
	all := make([]*buyer, n)
	var wg sync.WaitGroup
	limit := make(chan struct{}, 4)
	for i := range all {
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			name := fmt.Sprintf("buyer%d@race.example", i)
			all[i] = &buyer{name: name, token: s.token(name, "attendee"), acked: map[string]bookingView{}}
		})
	}
	wg.Wait()
	return all
}

// try asks once for a group by hold and booking, or both in one call, and returns the refusal's code. A lost connection
// is "lost".
func (b *buyer) try(ctx context.Context, s *server, ticketType string, event string, n int, direct bool) string {
	return b.tryAs(ctx, s, b.newKey(), ticketType, event, n, direct)
}

// insist is try by somebody who repeats what got lost on the way, with the same key, as every client should.
func (b *buyer) insist(ctx context.Context, s *server, ticketType, event string, n int, direct bool) (code string) {
	key := b.newKey()
	for code = "lost"; code == "lost" && ctx.Err() == nil; {
		code = b.tryAs(ctx, s, key, ticketType, event, n, direct)
	}
	return code
}

func (b *buyer) newKey() string {
	b.asked++
	return b.name + strconv.Itoa(b.asked) + strconv.FormatInt(time.Now().UnixNano(), 36)
}

func (b *buyer) tryAs(ctx context.Context, s *server, key, ticketType, event string, n int, direct bool) string {
	ask := object{"eventId": event, "items": list{object{"ticketTypeId": ticketType, "quantity": n}}, "together": false}
	pay := object{"method": "test", "token": "ok"}
	body := object{"payment": pay}
	if direct {
		body["eventId"], body["items"], body["together"] = ask["eventId"], ask["items"], ask["together"]
	} else {
		held, err := s.call(ctx, "POST", "/v1/holds", b.token, ask, "Idempotency-Key", key)
		if err != nil {
			return "lost"
		}
		if held.status != 201 {
			return held.code()
		}
		body["hold"] = into[struct{ Token string }](s.t, held).Token
	}
	booked, err := s.call(ctx, "POST", "/v1/bookings", b.token, body, "Idempotency-Key", key)
	switch {
	case err != nil:
		return "lost"
	case booked.status == 201:
		view := into[bookingView](s.t, booked)
		b.acked[view.ID] = view
		return ""
	case booked.status >= 500 && booked.status != 503:
		s.t.Errorf("POST /v1/bookings: got %d, want no server error\n%s", booked.status, booked.body)
	}
	return booked.code()
}

// buyUntilSoldOut is one buyer's evening.
func (b *buyer) buyUntilSoldOut(ctx context.Context, s *server, event sale, size int) {
	for n := size; n > 0 && ctx.Err() == nil; {
		kinds := []string{event.seats, event.floor}
		if b.asked%2 == 1 {
			kinds[0], kinds[1] = kinds[1], kinds[0]
		}
		first, second := b.try(ctx, s, kinds[0], event.event, n, b.asked%3 == 0), ""
		if first == "soldOut" {
			second = b.try(ctx, s, kinds[1], event.event, n, b.asked%3 == 0)
		}
		if first == "soldOut" && second == "soldOut" {
			n--
		}
	}
}

func TestRace_SellsOutExactly(t *testing.T) { onTargets(t, raceSellsOutExactly) }

func raceSellsOutExactly(t *testing.T, s *server) {
	event := s.putOnSale(s.token("organiser@race.example", "organiser"), 20, 10, 100, nil)
	crowd := s.buyers(48)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for i, b := range crowd {
		wg.Go(func() { b.buyUntilSoldOut(ctx, s, event, 1+i%4) })
	}
	wg.Wait()
	if sold := s.audit(crowd, event); sold != 300 {
		t.Errorf("sold: got %d places, want exactly 300", sold)
	}
}

// audit checks that every acknowledged booking is there, whole and confirmed, that no place is two people's, and that the
// event counts as many places sold as tickets are out. It returns how many.
func (s *server) audit(crowd []*buyer, event sale) int {
	s.t.Helper()
	owner := map[string]string{}
	for _, b := range crowd {
		have := map[string]bookingView{}
		for _, k := range s.bookings(b.token) {
			have[k.ID] = k
			if k.Status != "confirmed" {
				continue
			}
			for _, place := range k.places() {
				if other, twice := owner[place]; twice {
					s.t.Errorf("place %s: sold in %s and %s", place, other, k.ID)
				}
				owner[place] = k.ID
			}
		}
		for id, acked := range b.acked {
			if got := have[id]; got.Status != "confirmed" || fmt.Sprint(got.places()) != fmt.Sprint(acked.places()) {
				s.t.Errorf("booking %s: got %q with %v, want what was acknowledged: %v", id, got.Status, got.places(), acked.places())
			}
		}
	}
	if len(owner) > event.capacity {
		s.t.Errorf("sold: got %d of %d places", len(owner), event.capacity)
	}
	if sold := s.sold(event); sold != len(owner) {
		s.t.Errorf("places sold: got %d, want the %d of the tickets", sold, len(owner))
	}
	return len(owner)
}

// sold is the event's own count, no older than now.
func (s *server) sold(event sale) (sold int) {
	s.t.Helper()
	began := time.Now()
	s.eventually(10*time.Second, "a fresh count", func() bool {
		a := into[struct {
			AsOf     time.Time
			Sections []struct{ Sold int }
		}](s.t, s.must(200, "GET", "/v1/events/"+event.event+"/availability", "", nil))
		sold = 0
		for _, section := range a.Sections {
			sold += section.Sold
		}
		return a.AsOf.After(began)
	})
	return sold
}

// eventually polls for something that the server does in its own time.
func (s *server) eventually(within time.Duration, what string, ok func() bool) {
	s.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	began := time.Now()
	for !ok() {
		if time.Since(began) > patience*within {
			s.t.Errorf("%s: not within %v", what, patience*within)
			return
		}
		<-tick.C
	}
	if took := time.Since(began); took > within {
		s.t.Logf("%s: after %v, later than it should be on a quiet machine", what, took.Round(time.Millisecond))
	}
}

// patience is how much slower than a quiet machine one may be that has much else to do: how fast things are is for
// benchmarks to say.
const patience = 4

// kills is how often the crash test kills the server: a few times in every run, MYEVENTS_TEST_KILLS times on demand.
func kills(t testing.TB) int { return testenv.Count(t, "MYEVENTS_TEST_KILLS", 5) }

func TestCrash_LosesNoAcknowledgedBooking(t *testing.T) {
	s := start(t, t.TempDir())
	event := s.putOnSale(s.token("organiser@race.example", "organiser"), 100, 20, 100_000, nil)
	crowd := s.buyers(16)
	for round := range kills(t) {
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for i, b := range crowd {
			wg.Go(func() {
				for ctx.Err() == nil {
					if b.try(ctx, s, []string{event.floor, event.seats}[b.asked%8/7], event.event, 1+i%4, b.asked%2 == 0) == "lost" {
						return
					}
				}
			})
		}
		// Power fails at another moment each time, always in the middle of the rush.
		select {
		case <-time.After(time.Duration(150+round*37%400) * time.Millisecond):
		case <-t.Context().Done():
		}
		s.kill()
		cancel()
		wg.Wait()
		s.run()
	}
	s.eventually(time.Minute, "nothing unsettled", func() bool {
		for _, b := range crowd {
			for _, k := range s.bookings(b.token) {
				if k.Status == "recorded" {
					return false
				}
			}
		}
		return true
	})
	acked := 0
	for _, b := range crowd {
		acked += len(b.acked)
	}
	if acked < 10*kills(t) {
		t.Errorf("acknowledged bookings: got %d, want a rush", acked)
	}
	t.Logf("%d kills: %d acknowledged bookings, %d places sold", kills(t), acked, s.audit(crowd, event))
}
