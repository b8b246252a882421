package torture_test

import (
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if part := os.Getenv(partEnv); part != "" {
		os.Exit(play(part))
	}
	given.long, given.report = os.Getenv("MYEVENTS_TEST_TORTURE") == "1", os.Getenv("MYEVENTS_TEST_REPORT")
	// The adapters wait for their servers rather than for a processor.
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	// A link of toxiproxy that is torn down while data flows leaves goroutines behind: its flaw, not an adapter's.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).read"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).write"))
}

// given is what the environment asks for.
var given struct {
	long   bool   // the long versions
	report string // a file for the report
}

// choose returns what the short or the long version takes.
func choose[T any](short, theLong T) T {
	if given.long {
		return theLong
	}
	return short
}

// patience is how long is waited for what has to come, on slow machines too.
const patience = 3 * time.Minute

// soon is within what time after a fault things go on. The short version runs beside other tests on small machines.
func soon() time.Duration { return choose(time.Minute, 15*time.Second) }

var reporting sync.Mutex

// noticed is within what time it is noticed that a connection has fallen silent, or that a consumer is dead, by whatever
// times out.
const noticed = 2 * time.Minute

// report tells what a case counted and how long it took to recover, and complains where that was longer than within.
func report(t testing.TB, adapter, counted string, recovery, within time.Duration) {
	t.Helper()
	line := counted
	if recovery > 0 {
		line += fmt.Sprintf("; recovered in %.1f s", recovery.Seconds())
	}
	t.Log(line)
	if recovery > within {
		t.Errorf("recovery: got it after %v, want it within %v", recovery, within)
	}
	if given.report == "" {
		return
	}
	reporting.Lock()
	defer reporting.Unlock()
	f, err := os.OpenFile(given.report, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Errorf("MYEVENTS_TEST_REPORT: got %v, want a file to write to", err)
		return
	}
	took := "-"
	if recovery > 0 {
		took = fmt.Sprintf("%.1f s", recovery.Seconds())
	}
	_, err = fmt.Fprintf(f, "| %s | %s | %s | %s |\n", t.Name(), adapter, counted, took)
	if gone := f.Close(); err == nil {
		err = gone
	}
	if err != nil {
		t.Errorf("MYEVENTS_TEST_REPORT: got %v, want a row written", err)
	}
}

// eventually waits until holds, and ends the test where that never comes.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !holds(); <-time.After(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s: got none within %v, want it", what, patience)
		}
	}
}
