package torture_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/payment"
)

// mortal is a store whose process is killed when it has done its nth write, a payment's included, before it hears of it.
type mortal struct {
	storesPorts
	dies int

	mu     sync.Mutex
	writes int
}

func (m *mortal) wrote() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.writes++; m.writes == m.dies {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}

func (m *mortal) Step(ctx context.Context, b inventory.BlockID, s inventory.Step) (inventory.Block, error) {
	defer m.wrote()
	return m.storesPorts.Step(ctx, b, s)
}

func (m *mortal) PutBooking(ctx context.Context, b booking.Booking, out ...outbox.Message) error {
	defer m.wrote()
	return m.storesPorts.PutBooking(ctx, b, out...)
}

func (m *mortal) PutPurchases(ctx context.Context, p booking.Purchases) error {
	defer m.wrote()
	return m.storesPorts.PutPurchases(ctx, p)
}

func (m *mortal) IndexBooking(ctx context.Context, event id.Raw, r booking.Ref) error {
	defer m.wrote()
	return m.storesPorts.IndexBooking(ctx, event, r)
}

func (m *mortal) PutMark(ctx context.Context, k booking.Mark) (booking.Mark, error) {
	defer m.wrote()
	return m.storesPorts.PutMark(ctx, k)
}

// mortalBooks is its ledger.
type mortalBooks struct {
	payment.Ledger
	m *mortal
}

func (b *mortalBooks) PutEntry(ctx context.Context, e payment.Entry) error {
	defer b.m.wrote()
	return b.Ledger.PutEntry(ctx, e)
}

// buy is the part of a process that buys and is killed: the folder is Address, event and buyer are Prefix and File.
func (p part) buy() error {
	ctx := context.Background()
	s, err := embedEngine().open(ctx, p.Address, "torture")
	if err != nil {
		return err
	}
	if p.Adapter == "full" {
		return p.fill(s)
	}
	m := &mortal{storesPorts: s.storesPorts, dies: p.Dies}
	d, err := newDesk(stored{storesPorts: m, ledger: &mortalBooks{s.ledger, m}})
	if err != nil {
		return err
	}
	for done := false; !done; {
		if done, err = d.try(ctx, p.Prefix, p.File, 2); err != nil {
			return err
		}
	}
	return s.close()
}

// buyerKilled kills the process after each write of a booking in turn; another finishes what it left.
func buyerKilled(t *testing.T, r *storeRig) {
	folder := t.TempDir()
	s := r.e.openNow(t, folder, "torture") // one process beside another
	d, err := newDesk(s)
	if err != nil {
		t.Fatal(err)
	}
	d.aloof = true
	event := d.opens(t, t.Name())
	var slowest time.Duration
	kills := 0
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s-%d", t.Name(), n)
		cmd, _ := child(t, part{Adapter: "killed", Address: folder, Prefix: event, File: name, Dies: n})
		err := waitFor(t, cmd)
		if err != nil && err.Error() != "signal: killed" {
			t.Fatalf("buyer: got %v, want it killed, or to have its tickets", err)
		}
		began := time.Now()
		d.buy(t, event, name, 2)
		slowest = max(slowest, time.Since(began))
		if err == nil {
			break
		}
		kills++
	}
	if kills < 6 {
		t.Errorf("writes of a booking: got %d, want all: claim, list, authorise, record, confirm, capture and more", kills)
	}
	d.audit(t, r.e.name, event, fmt.Sprintf("%d kills", kills), slowest, soon())
}

// diskFull has files of a process's store not grow any more, again and again.
func diskFull(t *testing.T, r *storeRig) {
	folder := t.TempDir()
	d, err := newDesk(r.e.openNow(t, folder, "torture"))
	if err != nil {
		t.Fatal(err)
	}
	d.aloof = true
	event := d.opens(t, t.Name())
	file := t.TempDir() + "/buyers"
	cmd, end := child(t, part{Adapter: "full", Address: folder, Prefix: event, File: file, Dies: choose(3, 20)})
	if err := waitFor(t, cmd); err != nil {
		t.Fatalf("the buyers' process: got %v, want nil", err)
	}
	end()
	for _, name := range linesOf(t, file) {
		d.buy(t, event, name, 2) // changes nothing where it was answered before
	}
	if d.refused > 0 {
		t.Errorf("bookings that were answered: got %d of them made anew, want none", d.refused)
	}
	d.audit(t, r.e.name, event, fmt.Sprintf("%d times full", choose(3, 20)), 0, soon())
}

// largest returns the size of the largest file below a folder, in bytes.
func largest(folder string) (size uint64) {
	_ = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, _ error) error {
		if info, err := d.Info(); err == nil && !d.IsDir() {
			size = max(size, uint64(info.Size()))
		}
		return nil
	})
	return size
}

// fill buys until the disk is full, and goes on when it is not any more, several times over. File gets the buyers.
func (p part) fill(s stored) error {
	signal.Ignore(syscall.SIGXFSZ)
	ctx := context.Background()
	d, err := newDesk(s)
	if err != nil {
		return err
	}
	var room syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
		return err
	}
	var buyers []byte
	for round := range p.Dies {
		full := room
		full.Cur = largest(p.Address) + 50_003
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
			return err
		}
		refused := 0
		for i := 0; refused < 3 && i < 5000; i++ {
			name := fmt.Sprintf("full-%d-%d", round, i)
			done, err := d.try(ctx, p.Prefix, name, 2)
			if err != nil && !fault.Is(err, fault.Unavailable) {
				return fmt.Errorf("book on a full disk: got %w, want unavailable", err)
			}
			if !done {
				refused++
				i-- // the same buyer asks again
			} else {
				buyers = append(buyers, name+"\n"...)
			}
			if refused == 3 {
				if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &room); err != nil {
					return err
				}
				for began := time.Now(); !done; {
					if done, err = d.try(ctx, p.Prefix, name, 2); !done && time.Since(began) > patience {
						return fmt.Errorf("book once there is room: got %w for %v", err, patience)
					}
				}
				buyers = append(buyers, name+"\n"...)
			}
		}
		if refused < 3 {
			return fmt.Errorf("round %d: the disk was never full", round)
		}
	}
	if err := os.WriteFile(p.File, buyers, 0o600); err != nil {
		return err
	}
	return s.close()
}
