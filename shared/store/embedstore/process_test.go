package embedstore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// The tests below run this test binary again as another process, with a part to play.
const partEnv = "MYEVENTS_EMBEDSTORE_TEST_PART"

func TestMain(m *testing.M) {
	part, dir, _ := strings.Cut(os.Getenv(partEnv), " ")
	switch part {
	case "":
		os.Exit(m.Run())
	case "load":
		fmt.Println("ended:", load(dir, 1<<20))
	case "open":
		s, err := embedstore.Open(context.Background(), dir)
		if err == nil {
			err = s.Close()
		}
		fmt.Println("open:", err)
	case "fill":
		fill(dir)
	}
}

// process starts this binary in a part; its output ends when it does.
func process(t *testing.T, bin, part, dir string, as *syscall.Credential) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd := exec.Command(bin)
	cmd.Env = append(os.Environ(), partEnv+"="+part+" "+dir)
	cmd.Dir = "/"
	cmd.Stderr = os.Stderr
	if as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// load claims, records and confirms until it cannot, and prints the number of every purchase once all three are answered.
func load(dir string, n int) error {
	ctx := context.Background()
	s, err := embedstore.Open(ctx, dir)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for caller := range 32 {
		wg.Go(func() {
			for i := os.Getpid()<<20 + caller; i < os.Getpid()<<20+n; i += 32 {
				b := purchase(i, 3)
				if claim(ctx, s, b) != nil {
					continue // another process's
				}
				if record(ctx, s, b) != nil || confirm(ctx, s, b) != nil {
					return
				}
				mu.Lock()
				fmt.Println(i)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return s.Close()
}

func TestStore_killed(t *testing.T) {
	dir := t.TempDir()
	total := 0
	for round := range 6 {
		cmd, out := process(t, os.Args[0], "load", dir, nil)
		var answered []int
		for lines := bufio.NewScanner(out); lines.Scan(); {
			i, err := strconv.Atoi(lines.Text())
			if err != nil {
				t.Fatalf("load: got %q, want a number", lines.Text())
			}
			if answered = append(answered, i); len(answered) == 300+700*round {
				_ = cmd.Process.Kill() // what it still managed to print is read as well
			}
		}
		_ = cmd.Wait()
		total += len(answered)
		s := open(t, dir)
		for _, i := range answered {
			b := purchase(i, 3)
			if got, err := s.Booking(t.Context(), booking.Ref{User: b.User, Hold: b.Hold}); err != nil || got.Version != 1 {
				t.Fatalf("booking %d, answered before kill -9: got %v, want it", i, err)
			}
			g := b.Items[0].Groups[0]
			if err := s.Blocks(t.Context(), []inventory.BlockID{g.Block}, true, func(_ int, found *inventory.Block) {
				if found.Own(g.Slots, b.Hold)&found.With(g.Slots, inventory.Sold) != g.Slots {
					t.Errorf("place of booking %d, answered before kill -9: got it not sold to it", i)
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
		if err := claim(t.Context(), s, purchase(round, 3)); err != nil {
			t.Errorf("Step after kill -9: got %v, want nil", err)
		}
		_ = s.Close()
	}
	if total < 6*300 {
		t.Errorf("bookings answered in all: got %d, want thousands", total)
	}
}

// TestOpen_readOnlyFolder opens as a user who may not write: root may everywhere.
func TestOpen_readOnlyFolder(t *testing.T) {
	base, err := os.MkdirTemp("", "embedstore") //nolint:usetesting // another user must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Chmod(filepath.Join(base, "full"), 0o700)
		_ = os.RemoveAll(base)
	})
	bin := filepath.Join(base, "test")
	for _, dir := range []string{"full", "empty"} {
		if err := os.Mkdir(filepath.Join(base, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, filepath.Join(base, "full"))
	if err := claim(t.Context(), s, purchase(1, 1)); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	self, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(bin, self, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	var as *syscall.Credential
	if os.Geteuid() == 0 {
		as = &syscall.Credential{Uid: 65534, Gid: 65534}
	}
	for _, path := range []string{base, filepath.Join(base, "full", embedstore.FileName)} {
		if err := os.Chmod(path, 0o555); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"full", "empty", "missing"} {
		if dir != "missing" {
			if err := os.Chmod(filepath.Join(base, dir), 0o555); err != nil {
				t.Fatal(err)
			}
		}
		cmd, out := process(t, bin, "open", filepath.Join(base, dir), as)
		said, _ := io.ReadAll(out)
		if err := cmd.Wait(); err != nil {
			t.Fatalf("open as another user: %v", err)
		}
		if got := string(said); !strings.Contains(got, filepath.Join(base, dir)) || !strings.Contains(got, "cannot be ") &&
			!strings.Contains(got, "permission denied") {
			t.Errorf("Open of a read-only folder (%s): got %q, want an error that names it and says that it cannot be written", dir, got)
		}
	}
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(base, "full"), filepath.Join(base, "full", embedstore.FileName)} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := confirm(t.Context(), open(t, filepath.Join(base, "full")), purchase(1, 1)); err != nil {
		t.Errorf("confirm of what was claimed before: got %v, want nil", err)
	}
}

// TestStore_noRoomToWrite has the system refuse to let files grow, in a process of its own: what SQLite meets on a full disk
// in the midst of a commit.
func TestStore_noRoomToWrite(t *testing.T) {
	cmd, out := process(t, os.Args[0], "fill", t.TempDir(), nil)
	said, _ := io.ReadAll(out)
	if err := cmd.Wait(); err != nil || string(said) != "ok\n" {
		t.Errorf("store on a full disk: got %q, %v, want ok", said, err)
	}
}

func fill(dir string) {
	signal.Ignore(syscall.SIGXFSZ)
	ctx := context.Background()
	s, err := embedstore.Open(ctx, dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		fmt.Println(err)
		return
	}
	var answered []booking.Booking
	for round := range 5 {
		limit := before
		limit.Cur = uint64(300_000 + round*250_111)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			fmt.Println(err)
			return
		}
		for n, refused := 0, 0; refused < 3; n++ {
			b := big(round*10_000+n, 700)
			err := s.PutBooking(ctx, b)
			switch {
			case err == nil:
				answered = append(answered, b)
			case fault.Is(err, fault.Unavailable):
				refused++
			default:
				fmt.Println("PutBooking on a full disk:", err)
				return
			}
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			fmt.Println(err)
			return
		}
		b := big(round*10_000+9_999, 700)
		if err := s.PutBooking(ctx, b); err != nil {
			fmt.Println("PutBooking once there is room:", err)
			return
		}
		answered = append(answered, b)
	}
	_ = s.Close()
	if s, err = embedstore.Open(ctx, dir); err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range answered {
		if _, err := s.Booking(ctx, booking.Ref{User: b.User, Hold: b.Hold}); err != nil {
			fmt.Println("Booking that was answered:", err)
			return
		}
	}
	fmt.Println("ok")
}

// TestStore_twoOnOneFolder sells one section by 64 buyers, half of them through each of two stores.
func TestStore_twoOnOneFolder(t *testing.T) {
	dir := t.TempDir()
	stores := []*embedstore.Store{open(t, dir), open(t, dir)}
	const blocks = 8
	var mu sync.Mutex
	var told [blocks]uint64
	var wg sync.WaitGroup
	for buyer := range 64 {
		wg.Go(func() {
			ctx, s := t.Context(), stores[buyer%2]
			for i := range blocks * inventory.BlockSize {
				at := (i*37 + buyer*101) % (blocks * inventory.BlockSize)
				id := inventory.BlockID{Event: raw("shared"), Number: at / inventory.BlockSize}
				step := inventory.Step{
					Op: inventory.OpClaim, Slots: 1 << (at % inventory.BlockSize), Expires: t0.Unix() + 600, Now: t0,
					Hold: inventory.HoldID(buyer<<32 | i + 1),
				}
				if _, err := s.Step(ctx, id, step); errors.Is(err, inventory.ErrTaken) {
					continue
				} else if err != nil {
					t.Errorf("claim: got %v, want nil or ErrTaken", err)
					return
				}
				step.Op = inventory.OpConfirm
				if _, err := stores[(buyer+i)%2].Step(ctx, id, step); err != nil {
					t.Errorf("confirm through either store: got %v, want nil", err)
					return
				}
				mu.Lock()
				if told[id.Number]&step.Slots != 0 {
					t.Errorf("place %d: got sold twice", at)
				}
				told[id.Number] |= step.Slots
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for i, sold := range told {
		if sold != ^uint64(0) {
			t.Errorf("block %d: got slots %#x sold, want all", i, sold)
		}
	}
}

// TestStore_twoProcesses has two processes write beside this one; nobody may be kept from writing for long.
func TestStore_twoProcesses(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	var outs [2]*bufio.Scanner
	for i := range outs {
		cmd, out := process(t, os.Args[0], "load", dir, nil)
		t.Cleanup(func() { _ = cmd.Wait() })
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		outs[i] = bufio.NewScanner(out)
		if !outs[i].Scan() {
			t.Fatal("load: got no booking")
		}
	}
	go func() {
		for outs[0].Scan() {
		}
	}()
	go func() {
		for outs[1].Scan() {
		}
	}()
	worst := time.Duration(0)
	for n := range 200 {
		began := time.Now()
		if err := claim(t.Context(), s, purchase(n, 1)); err != nil {
			t.Fatalf("claim beside two busy processes: got %v, want nil", err)
		}
		worst = max(worst, time.Since(began))
	}
	if worst > 5*time.Second {
		t.Errorf("slowest of 200 claims beside two busy processes: got %v, want less than 5s", worst)
	}
	t.Logf("slowest of 200 claims beside two busy processes: %v", worst)
}

func TestStore_backupWhileWriting(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := open(t, filepath.Join(dir, "data"))
	stop, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	var mu sync.Mutex
	answered := 0 // purchases are made in order, by one caller
	wg.Go(func() {
		for i := 0; stop.Err() == nil; i++ {
			b := purchase(i, 1)
			if claim(ctx, s, b) != nil || record(ctx, s, b) != nil || confirm(ctx, s, b) != nil {
				t.Error("a write beside a backup was refused")
				return
			}
			mu.Lock()
			answered = i + 1
			mu.Unlock()
		}
	})
	file := filepath.Join(dir, "backup")
	for round := range 3 {
		mu.Lock()
		least := answered
		mu.Unlock()
		if err := s.Backup(ctx, file); err != nil {
			t.Fatalf("Backup: %v", err)
		}
		to := filepath.Join(dir, fmt.Sprint("restored", round))
		if err := embedstore.Restore(ctx, file, to); err != nil {
			t.Fatalf("Restore: %v", err)
		}
		copied := open(t, to)
		recorded, sold := 0, 0
		for i := 0; ; i++ {
			b := purchase(i, 1)
			if _, err := copied.Booking(ctx, booking.Ref{User: b.User, Hold: b.Hold}); err == nil {
				recorded++
			} else if fault.Is(err, fault.NotFound) {
				break
			} else {
				t.Fatal(err)
			}
			g := b.Items[0].Groups[0]
			if err := copied.Blocks(ctx, []inventory.BlockID{g.Block}, true, func(_ int, found *inventory.Block) {
				if found.With(g.Slots, inventory.Sold) != 0 {
					sold++
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
		if recorded < least || recorded-sold > 1 || sold > recorded {
			t.Errorf("backup %d: got %d bookings and %d sold places, want at least %d bookings and a place for each but the last",
				round, recorded, sold, least)
		}
	}
	if err := embedstore.Restore(ctx, file, filepath.Join(dir, "data")); err == nil {
		t.Error("Restore over a store: got nil, want an error")
	}
	if err := embedstore.Restore(ctx, os.Args[0], filepath.Join(dir, "other")); err == nil {
		t.Error("Restore of something else: got nil, want an error")
	}
	left, _ := filepath.Glob(filepath.Join(dir, "*part*"))
	if left = append(left, must(filepath.Glob(filepath.Join(dir, "*", "*part*")))...); len(left) != 0 {
		t.Errorf("files left by Backup and Restore: got %q, want none", left)
	}
	gone, cancelBackup := context.WithCancel(ctx)
	cancelBackup()
	if err := s.Backup(gone, filepath.Join(dir, "never")); err == nil {
		t.Error("Backup with an ended context: got nil, want its error")
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
