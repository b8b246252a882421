package torture_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// The tests run this test binary again as another process, with a part to play.
const partEnv = "MYEVENTS_TORTURE_TEST_PART"

// part is what such a process is to do.
type part struct {
	Adapter string
	Address string
	Prefix  string
	File    string // where it writes its effects
	Dies    int    // after how many effects it is killed; 0: it ends with its input
}

// ofKilled is the policy of messages whose consumers die: SQS counts each death as an attempt.
var ofKilled = queue.Policy{Attempts: 400, Backoff: 50 * time.Millisecond, Max: time.Second, MaxAge: time.Hour}

// play plays a part and returns the exit status.
func play(text string) int {
	var p part
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		fmt.Fprintln(os.Stderr, "part:", err)
		return 2
	}
	var err error
	if i := slices.IndexFunc(brokers(), func(b broker) bool { return b.name == p.Adapter }); i >= 0 {
		err = p.consume(brokers()[i])
	} else {
		err = p.buy()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "part:", err)
		return 1
	}
	return 0
}

// consume handles messages: each one's effect is a line in a file that is on the disk before the message is acked.
func (p part) consume(b broker) error {
	f, err := os.OpenFile(p.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	q, err := b.open(ctx, p.Address, p.Prefix, choices{groups: oneGroup, policy: ofKilled, inFlight: 4})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	effects := 0
	err = q.Subscribe(ctx, group, nil, queue.HandlerFunc(func(_ context.Context, m message.Envelope) error {
		mu.Lock()
		defer mu.Unlock()
		if _, err := f.WriteString(m.ID + "\n"); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		if effects++; effects == p.Dies {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		return nil
	}))
	if err != nil {
		return err
	}
	return q.close()
}

// child starts a process that plays a part. It ends when its input does, and with this process at the latest.
func child(t testing.TB, p part) (cmd *exec.Cmd, end func()) {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), partEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe() // which the system closes where this process dies
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the consumer: got %v, want nil", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, func() { _ = in.Close() }
}

// waitFor waits for a process's end.
func waitFor(t testing.TB, cmd *exec.Cmd) error {
	t.Helper()
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) })
	err := cmd.Wait()
	if !late.Stop() {
		t.Fatalf("the other process: got it running after %v, want it ended", patience)
	}
	return err
}

// linesOf returns the whole lines of a file.
func linesOf(t testing.TB, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var all []string
	for lines := bufio.NewScanner(bytes.NewReader(b[:bytes.LastIndexByte(b, '\n')+1])); lines.Scan(); {
		all = append(all, lines.Text())
	}
	return all
}

// consumerKilled kills a consumer again and again, when it has had its effect and has not acked.
func consumerKilled(t *testing.T, r *rig) {
	p := part{Adapter: r.b.name, Address: r.wire.address(), Prefix: "killed", File: filepath.Join(t.TempDir(), "effects")}
	q := r.b.openNow(t, p.Address, p.Prefix, choices{groups: oneGroup, policy: ofKilled})
	n, sent := choose(5, 100), map[string]bool{}
	l := r.newLoad(t)
	var victims []string
	for i := range n {
		for range 20 {
			m := l.next()
			eventually(t, "a message that is published", func() bool { return q.Publish(t.Context(), m) == nil })
			sent[m.ID] = true
		}
		p.Dies = 2 + i%14
		cmd, _ := child(t, p)
		if err := waitFor(t, cmd); err == nil || err.Error() != "signal: killed" {
			t.Fatalf("consumer %d: got %v, want it killed", i, err)
		}
		all := linesOf(t, p.File)
		victims = append(victims, all[len(all)-1])
	}
	p.Dies = 0
	began := time.Now()
	cmd, end := child(t, p)
	count := func() map[string]int {
		by := map[string]int{}
		for _, line := range linesOf(t, p.File) {
			by[line]++
		}
		return by
	}
	var recovery time.Duration
	eventually(t, "every message handled, the killed ones again", func() bool {
		by := count()
		if recovery == 0 && by[victims[n-1]] > 1 {
			recovery = time.Since(began)
		}
		return len(by) >= len(sent) && !slices.ContainsFunc(victims, func(v string) bool { return by[v] < 2 })
	})
	end()
	if err := waitFor(t, cmd); err != nil {
		t.Errorf("the last consumer: got %v, want nil", err)
	}
	by, again := count(), 0
	for m, n := range by {
		again += n - 1
		if !sent[m] {
			t.Errorf("message %q: got it handled, but it was never published", m)
		}
	}
	if len(by) != len(sent) {
		t.Errorf("effects: got %d, want %d", len(by), len(sent))
	}
	if ds, err := q.DeadLetters(t.Context(), "", 10); err != nil || len(ds) != 0 {
		t.Errorf("DeadLetters: got %v, %v, want none", ds, err)
	}
	if err := q.close(); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	// What a dead consumer held comes again when its broker notices: by visibility, session or connection.
	report(t, r.b.name, fmt.Sprintf("%d kills: %d messages, %d effects, 0 lost, %d handled again", n, len(sent), len(by), again), recovery, noticed)
}
