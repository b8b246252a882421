package embedstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// big is a record that takes about n bytes.
func big(n, bytes int) booking.Booking {
	b := purchase(n, 1)
	b.Key = strings.Repeat("k", bytes)
	return b
}

func wantAll(t *testing.T, s *embedstore.Store, answered []booking.Booking) {
	t.Helper()
	for _, b := range answered {
		got, err := s.Booking(context.Background(), booking.Ref{User: b.User, Hold: b.Hold})
		if err != nil || got.Key != b.Key {
			t.Fatalf("Booking %s that was answered: got %v, want it", b.Hold, err)
		}
	}
}

func TestStore_fullDisk(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := open(t, dir)
	if err := s.Exec("PRAGMA max_page_count = 100"); err != nil {
		t.Fatal(err)
	}
	var answered []booking.Booking
	var refused error
	for n := 0; refused == nil; n++ {
		if n > 1000 {
			t.Fatal("1,000 records of 2 kB: got room for all in 100 pages, want a refusal")
		}
		b := big(n, 2000)
		if refused = s.PutBooking(ctx, b); refused == nil {
			answered = append(answered, b)
		}
	}
	if !fault.Is(refused, fault.Unavailable) || !strings.Contains(refused.Error(), "disk is full") {
		t.Errorf("PutBooking on a full disk: got %v, want fault.Unavailable that says so", refused)
	}
	wantAll(t, s, answered)
	if err := claim(ctx, s, big(0, 1)); err != nil && !fault.Is(err, fault.Unavailable) {
		t.Errorf("Step on a full disk: got %v, want nil or fault.Unavailable", err)
	}
	if err := s.Exec("PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	b := big(len(answered), 2000) // the one that was refused
	if err := s.PutBooking(ctx, b); err != nil {
		t.Errorf("PutBooking once there is room: got %v, want nil", err)
	}
	answered = append(answered, b)
	_ = s.Close()
	wantAll(t, open(t, dir), answered)
}

func TestOpen_damagedFile(t *testing.T) {
	for _, tc := range []struct {
		name   string
		damage func(file []byte) []byte
		want   string
	}{
		{"header-overwritten", func(f []byte) []byte { copy(f, "no database at all, but some text"); return f }, "no database"},
		{"first-page-overwritten", func(f []byte) []byte { clear(f[40:4096]); return f }, "damaged"},
		{"cut-off", func(f []byte) []byte { return f[:5000] }, "damaged"},
		{"another-programs", func(f []byte) []byte { clear(f[68:72]); return f }, "another program's"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			for n := range 50 {
				if err := s.PutBooking(t.Context(), big(n, 500)); err != nil {
					t.Fatal(err)
				}
			}
			_ = s.Close()
			path := filepath.Join(dir, embedstore.FileName)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damaged := tc.damage(before)
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err = embedstore.Open(t.Context(), dir)
			if err == nil {
				_ = s.Close()
				t.Fatal("Open: got nil, want an error")
			}
			if !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("Open: got %v, want an error that names %s and says %q", err, path, tc.want)
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(after, damaged) {
				t.Errorf("Open of a damaged file: got the file changed (%v), want it left alone", err)
			}
		})
	}
}

func TestStore_damagedPage(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for n := range 500 {
		if err := s.PutBooking(t.Context(), big(n, 500)); err != nil {
			t.Fatal(err)
		}
	}
	_ = s.Close()
	path := filepath.Join(dir, embedstore.FileName)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 20 * 4096; at < len(file); at += 4096 {
		for i := range 200 {
			file[at+i] = 0xEE
		}
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	refused := 0
	for n := range 500 {
		b := big(n, 500)
		if _, err := s.Booking(t.Context(), booking.Ref{User: b.User, Hold: b.Hold}); err != nil {
			refused++
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "damaged") {
				t.Fatalf("Booking from a damaged page: got %v, want fault.Unavailable that says so", err)
			}
		}
	}
	if refused == 0 {
		t.Error("reads of a damaged file: got no error, want some")
	}
}

func TestOpen_otherSchema(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := s.Exec("UPDATE meta SET value = 999 WHERE key = 'schema'"); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if _, err := embedstore.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "version 999") {
		t.Errorf("Open of a later schema: got %v, want an error that names the version", err)
	}
}

func TestStore_badRow(t *testing.T) {
	ctx, s := t.Context(), open(t, t.TempDir())
	b := purchase(1, 1)
	ref := booking.Ref{User: b.User, Hold: b.Hold}
	if err := errors.Join(claim(ctx, s, b), record(ctx, s, b), s.Exec("UPDATE booking_items SET doc = '{'"),
		s.Exec("UPDATE booking_blocks SET doc = x'00'")); err != nil {
		t.Fatal(err)
	}
	_, read := s.Booking(ctx, ref)
	_, list := s.UserBookings(ctx, b.User, 0, 10)
	block := b.Items[0].Groups[0].Block
	for name, err := range map[string]error{
		"Booking": read, "UserBookings": list, "Step": confirm(ctx, s, b),
		"Blocks": s.Blocks(ctx, []inventory.BlockID{block}, true, func(int, *inventory.Block) {}),
	} {
		if err == nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("%s of a row that cannot be read: got %v, want fault.Internal", name, err)
		}
	}
}

func TestStore_lockedByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, embedstore.WithLockWait(20*time.Millisecond))
	patient := open(t, dir)
	unlock, err := embedstore.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := claim(t.Context(), s, purchase(1, 1)); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "locked") {
		t.Errorf("Step while another process has the lock: got %v, want fault.Unavailable that says so", err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := claim(soon, patient, purchase(2, 1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Step whose caller gives up waiting: got %v, want context.DeadlineExceeded", err)
	}
	if _, err := s.Snapshot(t.Context(), raw("event")); err != nil {
		t.Errorf("read while another process has the lock: got %v, want nil", err)
	}
	unlock()
	for i, s := range []*embedstore.Store{s, patient} {
		if err := claim(t.Context(), s, purchase(3+i, 1)); err != nil {
			t.Errorf("Step after the lock was let go: got %v, want nil", err)
		}
	}
}

// TestStore_oneBadOperation has an operation that SQLite refuses wait in one batch with others.
func TestStore_oneBadOperation(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	unlock, err := embedstore.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	errs := make([]error, 40)
	var wg, begun sync.WaitGroup
	for i := range errs {
		begun.Add(1)
		wg.Go(func() {
			begun.Done()
			if i%10 == 5 {
				errs[i] = s.Exec("INSERT INTO nowhere VALUES (1)")
			} else {
				errs[i] = claim(t.Context(), s, purchase(i, 1))
			}
		})
	}
	begun.Wait()
	unlock()
	wg.Wait()
	for i, err := range errs {
		if (err != nil) != (i%10 == 5) {
			t.Errorf("operation %d of a batch in which the fifth of each ten is refused: got %v", i, err)
		}
	}
}

func TestOpen_manyAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			s, err := embedstore.Open(t.Context(), dir, embedstore.WithReaders(1))
			if err != nil {
				t.Errorf("Open of a new folder by 16: got %v, want nil", err)
				return
			}
			if err := claim(t.Context(), s, purchase(i, 1)); err != nil {
				t.Errorf("Step: got %v, want nil", err)
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close: got %v, want nil", err)
			}
		})
	}
	wg.Wait()
	if info, err := os.Stat(filepath.Join(dir, embedstore.FileName)); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("mode of the store's file: got %v, %v, want nothing for others", info.Mode(), err)
	}
}

func TestStore_closed(t *testing.T) {
	s := open(t, t.TempDir())
	_ = s.Close()
	_, read := s.Snapshot(t.Context(), raw("event"))
	for name, err := range map[string]error{
		"Step": claim(t.Context(), s, purchase(1, 1)), "Snapshot": read,
		"Backup": s.Backup(t.Context(), filepath.Join(t.TempDir(), "b")),
	} {
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s after Close: got %v, want fault.Unavailable", name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close again: got %v, want nil", err)
	}
}

func TestOpen_folderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below"), "/proc/self/store"} {
		if _, err := embedstore.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("Open %s: got %v, want an error that names it", dir, err)
		}
	}
}

func ExampleStore_Backup() {
	ctx := context.Background()
	dir, _ := os.MkdirTemp("", "")
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := embedstore.Open(ctx, filepath.Join(dir, "data"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	fmt.Println(s.Backup(ctx, filepath.Join(dir, "backup")))
	fmt.Println(embedstore.Restore(ctx, filepath.Join(dir, "backup"), filepath.Join(dir, "copy")))
	// Output:
	// <nil>
	// <nil>
}
