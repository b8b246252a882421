package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

// callers is how many take part in a race.
const callers = 64

// t0 is when the cases take place.
var t0 = time.Date(2031, 3, 5, 19, 30, 0, 0, time.UTC)

// in returns the Unix second that is s after t0.
func in(s int64) int64 { return t0.Unix() + s }

// after returns the time that is s seconds after t0.
func after(s int64) time.Time { return t0.Add(time.Duration(s) * time.Second) }

// env is a case under way: where it reports to, and its store. The ids that it makes differ from case to case and rise.
type env struct {
	testing.TB
	Stores
	scale int
	lag   time.Duration
	name  uint64
	made  atomic.Uint64
}

func newEnv(t testing.TB, h Harness, s Stores) *env {
	if h.StreamOutbox { // what it offers there is not to be polled
		s.CatalogOutbox, s.BookingOutbox = nil, nil
	}
	sum := sha256.Sum256([]byte(t.Name()))
	return &env{TB: t, Stores: s, scale: max(1, h.Scale), lag: h.Lag, name: binary.BigEndian.Uint64(sum[:8])}
}

// times returns how often a long case repeats what it would do n times in a fast engine.
func (e *env) times(n int) int { return max(8, n/e.scale) }

// raw returns a fresh id: next to the one before, so that engines that cut keys short are found out.
func (e *env) raw() id.Raw {
	var r id.Raw
	binary.BigEndian.PutUint64(r[:8], e.name)
	binary.BigEndian.PutUint64(r[8:], e.made.Add(1))
	return r
}

func (e *env) id(prefix string) string { return e.raw().With(prefix) }

// hold returns a fresh hold id; they are spread over all 64 bits.
func (e *env) hold() inventory.HoldID { return spread(e.name ^ e.made.Add(1)) }

// spread is the finaliser of splitmix64, a bijection. Source: https://prng.di.unimi.it/splitmix64.c
func spread(n uint64) inventory.HoldID {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return inventory.HoldID(n ^ n>>31)
}

// must stops the case where a call failed.
func (e *env) must(call string, err error) {
	e.Helper()
	if err != nil {
		e.Fatalf("%s: got %v, want nil", call, err)
	}
}

// kind reports a call that did not fail in the way it should.
func (e *env) kind(call string, err error, want fault.Kind) {
	e.Helper()
	if !fault.Is(err, want) {
		e.Errorf("%s: got %s, want %s", call, kindOf(err), want)
	}
}

func kindOf(err error) string {
	if err == nil {
		return "nil"
	}
	return fmt.Sprintf("%s (%v)", fault.KindOf(err), err)
}

// equal reports two things that differ in any field.
func (e *env) equal(call string, got, want any) {
	e.Helper()
	if s := differ(got, want); s != "" {
		e.Errorf("%s: %s", call, s)
	}
}

// differ returns how two things differ; "" where they do not.
func differ(got, want any) string {
	if reflect.DeepEqual(got, want) {
		return ""
	}
	g, w := show(got), show(want)
	if g == w { // they differ in what JSON leaves out, such as a time's zone
		g, w = fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want)
	}
	return fmt.Sprintf("got %s, want %s", g, w)
}

func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil || len(b) > 3000 {
		return fmt.Sprintf("%.3000v", v)
	}
	return string(b)
}

// eventually reports what check finds wrong, if it still does after the reads' lag. check returns "" where all is well.
func (e *env) eventually(call string, check func() string) {
	e.Helper()
	wrong := check()
	for until := time.Now().Add(e.lag); wrong != "" && time.Now().Before(until); wrong = check() {
		<-time.After(min(e.lag, 20*time.Millisecond))
	}
	if wrong != "" {
		e.Errorf("%s: %s", call, wrong)
	}
}

// parallel calls f from n goroutines, all of which start at once, and waits.
func parallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// race calls write from all callers at once and returns the one that won; all others must have found fault.Stale.
func (e *env) race(call string, write func(i int) error) int {
	e.Helper()
	errs := make([]error, callers)
	parallel(callers, func(i int) { errs[i] = write(i) })
	winner, winners := -1, 0
	for i, err := range errs {
		switch {
		case err == nil:
			winner, winners = i, winners+1
		case !fault.Is(err, fault.Stale):
			e.Errorf("%s by the loser of a race: got %s, want %s", call, kindOf(err), fault.Stale)
		}
	}
	if winners != 1 {
		e.Fatalf("%s by %d callers at once: got %d winners, want 1", call, callers, winners)
	}
	return winner
}

// do does a step. fault.Unavailable is an answer that every engine may give, after which repeating is safe.
func (e *env) do(b inventory.BlockID, s inventory.Step) (inventory.Block, error) {
	var found inventory.Block
	var err error
	for range 20 {
		if found, err = e.Booking.Step(e.Context(), b, s); !fault.Is(err, fault.Unavailable) {
			break
		}
	}
	return found, err
}

// step does a step that must succeed.
func (e *env) step(b inventory.BlockID, s inventory.Step) inventory.Block {
	e.Helper()
	found, err := e.do(b, s)
	e.must(fmt.Sprintf("Step %s %s", b.Key(), showStep(s)), err)
	return found
}

// block reads a block strongly; an absent one is the zero Block.
func (e *env) block(b inventory.BlockID) inventory.Block {
	e.Helper()
	return e.blocks([]inventory.BlockID{b}, true)[0]
}

// blocks reads blocks; absent ones are left out.
func (e *env) blocks(ids []inventory.BlockID, strong bool) map[int]inventory.Block {
	e.Helper()
	found, err := readBlocks(e.Context(), e.Booking, ids, strong)
	e.must(fmt.Sprintf("Blocks of %d, strong %t", len(ids), strong), err)
	return found
}

func readBlocks(ctx context.Context, s inventory.Store, ids []inventory.BlockID, strong bool) (map[int]inventory.Block, error) {
	found := map[int]inventory.Block{}
	var wrong error
	err := s.Blocks(ctx, ids, strong, func(i int, b *inventory.Block) {
		if _, again := found[i]; again || i < 0 || i >= len(ids) {
			wrong = fmt.Errorf("yielded index %d of %d again or out of range", i, len(ids))
		}
		found[i] = *b
	})
	return found, errors.Join(err, wrong)
}

// sameBlock says whether two blocks mean the same: what stands in a slot that is not taken does not matter.
func sameBlock(a, b inventory.Block) bool {
	x, _ := a.AppendBinary(nil)
	y, _ := b.AppendBinary(nil)
	return bytes.Equal(x, y)
}

func showBlock(b inventory.Block) string {
	s := "{"
	if b.Closed {
		s = "{closed "
	}
	for i, c := range b.Claims {
		if b.Taken&(1<<i) == 0 {
			continue
		}
		until := fmt.Sprintf("t0%+d", c.Expires-t0.Unix())
		switch c.Expires {
		case inventory.Sold:
			until = "sold"
		case inventory.Withheld:
			until = "withheld"
		}
		s += fmt.Sprintf("%d:%s/%s ", i, c.Hold, until)
	}
	return s + "}"
}

func showStep(s inventory.Step) string {
	names := map[inventory.Op]string{
		inventory.OpClaim: "claim", inventory.OpConfirm: "confirm", inventory.OpExtend: "extend",
		inventory.OpRelease: "release", inventory.OpLetGo: "let go", inventory.OpClose: "close", inventory.OpWithhold: "withhold",
		inventory.OpOffer: "offer",
	}
	return fmt.Sprintf("%s %#x of %s until t0%+d at t0%+.1fs", names[s.Op], s.Slots, s.Hold, s.Expires-t0.Unix(), s.Now.Sub(t0).Seconds())
}
