package dynamostream_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/outbox/dynamostream"
)

// childOf is the store's URL in a process that this test starts to kill it.
const childOf = "MYEVENTS_STREAM_CHILD"

func TestMain(m *testing.M) {
	if storeURL := os.Getenv(childOf); storeURL != "" {
		os.Exit(child(storeURL))
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// child relays until it is killed, and publishes by writing a line for each message.
func child(storeURL string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	r, err := dynamostream.Open(ctx, local(), storeURL, "booking", dynamostream.Options{Lease: 2 * time.Second, Discover: 300 * time.Millisecond})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var mu sync.Mutex
	publish := func(_ context.Context, ms ...message.Envelope) error {
		mu.Lock()
		defer mu.Unlock()
		for _, m := range ms {
			if _, err := fmt.Fprintln(os.Stdout, m.ID); err != nil { // one call each, so that a kill leaves whole lines
				return err
			}
		}
		return nil
	}
	park := func(_ context.Context, _ []byte, reason string) error {
		_, err := fmt.Fprintln(os.Stdout, "parked", reason)
		return err
	}
	err = outbox.NewStreamRelay(outbox.StreamRelayDeps{Stream: r, Publish: publish, Park: park, Now: time.Now}, outbox.StreamRelayConfig{}).Run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// tally counts what processes published.
type tally struct {
	mu   sync.Mutex
	seen map[string]int
}

func (y *tally) has(id string) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.seen[id] > 0
}

// start runs a process until kill, and counts its lines.
func (y *tally) start(t *testing.T, storeURL string) (kill func()) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childOf+"="+storeURL)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			y.mu.Lock()
			y.seen[lines.Text()]++
			y.mu.Unlock()
		}
	}()
	kill = sync.OnceFunc(func() {
		if err := c.Process.Kill(); err != nil {
			t.Errorf("kill: %v", err)
		}
		<-done
		_ = c.Wait() // it was killed
	})
	t.Cleanup(kill)
	return kill
}

// mostWriting is for how long writers write on a machine that is slow.
const mostWriting = 6 * time.Second

// TestStream_ProcessesAreKilled lets two processes relay while 64 writers write, and kills one or both again and again.
func TestStream_ProcessesAreKilled(t *testing.T) {
	tb := newTable(t)
	y := &tally{seen: map[string]int{}}
	const writers, writes = 64, 40
	var work sync.WaitGroup
	var mu sync.Mutex
	var want []string
	over := time.Now().Add(mostWriting)
	for w := range writers {
		work.Go(func() {
			for n := 0; n < writes && (n%4 != 0 || time.Now().Before(over)); n++ {
				item := fmt.Sprintf("item-%d-%d", w, n/4) // each is written four times
				m, timer := sample(fmt.Sprintf("m-%d-%d", w, n)), timerAt(fmt.Sprintf("t-%d-%d", w, n), time.Now().Add(time.Second))
				if err := tb.put(t.Context(), item, n%4+1, m, timer); err != nil {
					t.Errorf("write: got %v, want nil", err)
					return
				}
				mu.Lock()
				if want = append(want, m.ID); n%4 == 3 { // nothing replaces the last
					want = append(want, timer.ID)
				}
				mu.Unlock()
				wait(time.Duration(rand.IntN(300)) * time.Millisecond)
			}
		})
	}
	written := make(chan struct{})
	go func() { work.Wait(); close(written) }()
	kills := 0
	running := []func(){y.start(t, tb.url), y.start(t, tb.url)}
	for over := false; !over; {
		select {
		case <-written:
			over = true
		case <-time.After(time.Duration(200+rand.IntN(1200)) * time.Millisecond):
		}
		for i, kill := range running {
			if rand.IntN(3) > 0 {
				kill()
				kills++
				running[i] = y.start(t, tb.url)
			}
		}
	}
	eventually(t, "all messages", 60*time.Second, func() bool {
		want = slices.DeleteFunc(want, y.has)
		return len(want) == 0
	})
	twice := 0
	y.mu.Lock()
	defer y.mu.Unlock()
	for line, n := range y.seen {
		if n > 1 {
			twice++
		}
		if strings.HasPrefix(line, "parked") {
			t.Errorf("a process said %q, want nothing parked", line)
		}
	}
	t.Logf("%d kills; of %d messages %d came more than once", kills, len(y.seen), twice)
	if kills < 5 {
		t.Errorf("kills: got %d, want 5 or more", kills)
	}
}

// TestStream_ManyWriters relays in this process beside 64 writers: nothing is lost, repeated, or out of an item's order.
func TestStream_ManyWriters(t *testing.T) {
	tb, k := newTable(t), &sink{}
	stop := k.relay(t, tb.reader(t, k))
	defer stop()
	other := &sink{} // a second process, which finds no shard free and must not take any
	defer other.relay(t, tb.reader(t, other))()
	const writers, writes = 64, 50
	var work sync.WaitGroup
	var written atomic.Int32
	wrote := time.Now()
	for w := range writers {
		work.Go(func() {
			for n := 0; n < writes && time.Since(wrote) < mostWriting; n++ {
				written.Add(1)
				tb.must(t, fmt.Sprintf("item-%d", w), n+1, sample(fmt.Sprintf("%d-%d-a", w, n)), sample(fmt.Sprintf("%d-%d-b", w, n)))
			}
		})
	}
	work.Wait()
	took := time.Since(wrote)
	want := 2 * int(written.Load())
	count := func() int { return len(k.all()) + len(other.all()) }
	eventually(t, "all messages", 30*time.Second, func() bool { return count() >= want })
	t.Logf("%d writes in %v, all sent %v after", want/2, took, time.Since(wrote)-took)
	if n := count(); n != want {
		t.Errorf("messages: got %d, want %d, each once", n, want)
	}
	next := map[string]int{}
	for _, id := range append(k.all(), other.all()...) {
		var w, n int
		var half string
		if _, err := fmt.Sscanf(strings.ReplaceAll(id, "-", " "), "%d %d %s", &w, &n, &half); err != nil {
			t.Fatal(err)
		}
		place := 2 * n
		if half == "b" {
			place++
		}
		if item := fmt.Sprint(w); next[item] != place {
			t.Errorf("message %s: got it as number %d of its item, want %d", id, next[item], place)
		} else {
			next[item]++
		}
	}
}

// TestStream_IsQuick writes now and then and measures how long a message takes.
func TestStream_IsQuick(t *testing.T) {
	tb, k := newTable(t), &sink{}
	defer k.relay(t, tb.reader(t, k))()
	var all []time.Duration
	for i := range 21 {
		m := sample(fmt.Sprintf("m-%d", i))
		wrote := time.Now()
		tb.must(t, "item", i+1, m)
		k.sent(t, m)
		if i > 0 { // the first waits for the shard to be found
			all = append(all, k.when(m.ID).Sub(wrote))
		}
		wait(time.Duration(rand.IntN(200)) * time.Millisecond)
	}
	slices.Sort(all)
	t.Logf("a message is sent after %v (median), %v (longest of %d)", all[len(all)/2], all[len(all)-1], len(all))
	if median := all[len(all)/2]; median > 300*time.Millisecond {
		t.Errorf("a message: got it sent after %v (median), want 300ms at most", median)
	}
}
