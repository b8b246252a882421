package kafkaqueue_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/kafkaqueue"
)

// What a process is told that is to be a member of a group: this word, the URL, a file of effects and, if it is to die of its
// first message, another word.
const (
	memberWord = "member"
	memberDies = "dies"
)

const alpha = "alpha"

// every is a group that wants every type.
var every = map[string][]message.Type{alpha: nil}

// member is a process that handles messages until it is killed.
func member(args []string) int {
	effects, err := os.OpenFile(args[1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	handle := moody(effects)
	if slices.Contains(args, memberDies) {
		handle = func(_ context.Context, m message.Envelope) error {
			if _, err := fmt.Fprintf(effects, "%s %s\n", m.Subject, m.ID); err != nil {
				return err
			}
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	q, err := kafkaqueue.Open(context.Background(), args[0], deps())
	if err == nil {
		err = q.Subscribe(context.Background(), alpha, nil, handle)
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func deps() kafkaqueue.Deps {
	return kafkaqueue.Deps{Groups: every, Hold: 50 * time.Millisecond}
}

// moody returns a handler whose effect is a line, and which fails for some messages and puts others off at first: some for
// so little that they wait in memory, some for so long that they are stored.
func moody(effects *os.File) queue.HandlerFunc {
	var mu sync.Mutex
	seen := map[string]bool{}
	return func(ctx context.Context, m message.Envelope) error {
		mu.Lock()
		first := !seen[m.ID]
		seen[m.ID] = true
		mu.Unlock()
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		if first {
			switch m.ID[len(m.ID)-2:] {
			case "03", "17":
				return errors.New("the store is away")
			case "08":
				return queue.Later(20*time.Millisecond, "young")
			case "12":
				return queue.Later(200*time.Millisecond, "younger")
			}
		}
		_, err := fmt.Fprintf(effects, "%s %s\n", m.Subject, m.ID)
		return err
	}
}

// spawn starts a member in a process of its own; kill ends it, as often as one likes.
func spawn(t *testing.T, url, effects string, more ...string) (kill func(), done <-chan struct{}) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatalf("Executable: got %v, want nil", err)
	}
	cmd := exec.Command(self, append([]string{memberWord, url, effects}, more...)...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatalf("member: got %v, want it to start", err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed
		close(ended)
	}()
	kill = func() {
		_ = cmd.Process.Kill()
		<-ended
	}
	t.Cleanup(kill)
	return kill, ended
}

// newEffects returns an empty file of effects.
func newEffects(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "effects"), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatalf("file of effects: got %v, want nil", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// effectsOf returns the ids in a file of effects by subject, without repeats.
func effectsOf(t *testing.T, path string) (bySubject map[string][]string, n int) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatalf("file of effects: got %v, want nil", err)
	}
	defer func() { _ = f.Close() }()
	bySubject = map[string][]string{}
	seen := map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		subject, id, _ := strings.Cut(lines.Text(), " ")
		if !seen[id] {
			seen[id] = true
			bySubject[subject] = append(bySubject[subject], id)
		}
	}
	return bySubject, len(seen)
}

// about returns the nth message about a subject.
func about(subject string, n int) message.Envelope {
	return message.New(fmt.Sprintf("%s-%05d", subject, n), message.SourceBooking, message.BookingConfirmed, subject, time.Now(), map[string]int{"n": n})
}

// publish publishes until all is safe, as an outbox does.
func publish(t *testing.T, q *kafkaqueue.Queue, ms ...message.Envelope) {
	t.Helper()
	for t.Context().Err() == nil {
		err := q.Publish(t.Context(), ms...)
		if err == nil {
			return
		}
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("Publish: got %v, want nil or unavailable", err)
			return
		}
	}
}

// eventually waits until check finds nothing wrong, "".
func eventually(t *testing.T, what string, check func() string) {
	t.Helper()
	wrong := check()
	for until := time.Now().Add(90 * time.Second); wrong != "" && time.Now().Before(until); wrong = check() {
		<-time.After(20 * time.Millisecond)
	}
	if wrong != "" {
		t.Fatalf("%s: %s", what, wrong)
	}
}

// subscribe subscribes until stop, or the test's end.
func subscribe(t *testing.T, q *kafkaqueue.Queue, h queue.HandlerFunc) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() {
		if err := q.Subscribe(ctx, alpha, nil, h); err != nil {
			t.Errorf("Subscribe: got %v, want nil", err)
		}
	})
	stop = func() { cancel(); work.Wait() }
	t.Cleanup(stop)
	return stop
}

// Members come, leave and die while messages flow, some of which fail or are put off: each has its effect, and those about a
// subject in their order.
func TestSubscribe_MembersComeLeaveAndDie(t *testing.T) {
	t.Parallel()
	url := settings(server(t))
	q := open(t, url, deps())
	effects := newEffects(t)
	const subjects, each = 30, 40
	var sending sync.WaitGroup
	defer sending.Wait()
	for s := range subjects {
		sending.Go(func() {
			for n := range each {
				publish(t, q, about(fmt.Sprintf("bkg-%d", s), n))
				<-time.After(10 * time.Millisecond) // so that they flow while members change
			}
		})
	}
	at := func(part int) {
		t.Helper()
		eventually(t, "effects", func() string {
			if _, n := effectsOf(t, effects.Name()); n < subjects*each*part/100 {
				return fmt.Sprintf("got %d, want %d", n, subjects*each*part/100)
			}
			return ""
		})
	}
	stop := subscribe(t, q, moody(effects))
	kill, _ := spawn(t, url, effects.Name())
	at(20)
	subscribe(t, q, moody(effects))
	at(35)
	stop()
	at(50)
	kill()
	spawn(t, url, effects.Name())
	at(100)
	got, _ := effectsOf(t, effects.Name())
	for s := range subjects {
		subject := fmt.Sprintf("bkg-%d", s)
		for n, id := range got[subject] {
			if want := about(subject, n).ID; id != want {
				t.Errorf("effects about %s: got %s as number %d, want %s", subject, id, n, want)
				break
			}
		}
	}
	if ds, err := q.DeadLetters(t.Context(), "", 10); err != nil || len(ds) != 0 {
		t.Errorf("DeadLetters: got %d and %v, want none", len(ds), err)
	}
}

// A process dies between the effect and the commit: the message comes again, to another.
func TestSubscribe_DiesBetweenEffectAndCommit(t *testing.T) {
	t.Parallel()
	url := settings(server(t))
	q := open(t, url, deps())
	effects := newEffects(t)
	publish(t, q, about("bkg-1", 1))
	_, died := spawn(t, url, effects.Name(), memberDies)
	select {
	case <-died:
	case <-time.After(time.Minute):
		t.Fatal("member: got no end in a minute, want it dead after its effect")
	}
	if _, n := effectsOf(t, effects.Name()); n != 1 {
		t.Fatalf("effects of a member that died: got %d, want 1", n)
	}
	again := make(chan message.Envelope, 10)
	subscribe(t, q, func(_ context.Context, m message.Envelope) error { again <- m; return nil })
	select {
	case m := <-again:
		if want := about("bkg-1", 1).ID; m.ID != want {
			t.Errorf("message after a crash: got %s, want %s", m.ID, want)
		}
	case <-time.After(time.Minute):
		t.Error("message after a crash: got none in a minute, want it again")
	}
}
