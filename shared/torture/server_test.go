package torture_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// server is a server of a test's own, run by localstack/run.
type server struct {
	t         testing.TB
	name      string
	folder    string
	address   string
	advertise string // what it tells its clients
	cmd       *exec.Cmd
	ended     chan struct{}
}

// localstack returns the path of a script there.
func localstack(script string) string { return filepath.Join("..", "..", "localstack", script) }

// newServer chooses where a server will run; run runs it.
func newServer(t testing.TB, name string) *server {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "bash", "-c", `source "$0" && free_port`, localstack("servers.sh")).Output()
	if err != nil {
		t.Fatalf("a free port: got %v, want one", err)
	}
	folder, err := os.MkdirTemp("", "torture-"+name+"-") //nolint:usetesting // it is removed when the server has ended
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, name: name, folder: folder, address: "127.0.0.1:" + strings.TrimSpace(string(out))}
	t.Cleanup(func() {
		s.stop(syscall.SIGKILL)
		if t.Failed() {
			log, _ := os.ReadFile(s.log())
			t.Logf("the end of %s's log:\n%s", name, log[max(0, len(log)-2000):])
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Logf("remove the server's folder: %v", err)
		}
	})
	return s
}

func (s *server) log() string { return s.folder + "/output" }

// run starts the server and waits until it listens. What it stored before is there again, if it stores at all.
func (s *server) run() {
	s.t.Helper()
	_, port, _ := net.SplitHostPort(s.address)
	log, err := os.OpenFile(s.log(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(localstack("run"), s.name, s.folder, port)
	cmd.Env = append(os.Environ(), "MYEVENTS_ADVERTISE="+s.advertise)
	cmd.Stdout, cmd.Stderr = log, log
	// The kernel ends it with the thread that started it, which so has to stay: no server outlives a test that was killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		s.t.Fatalf("start %s: got %v, want nil", s.name, err)
	}
	s.cmd, s.ended = cmd, ended
	eventually(s.t, s.name+" that listens", func() bool {
		select {
		case <-ended:
			s.t.Fatalf("%s: it ended at its start", s.name)
		default:
		}
		c, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", s.address)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// stop ends the server by a signal; where it does not obey, for certain.
func (s *server) stop(by syscall.Signal) {
	if s.cmd == nil {
		return
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, by)
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
	}
	_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) // the rest of its group
	<-s.ended
	s.cmd = nil
}

// command runs a program that the server keeps in its folder.
func (s *server) command(name string, args ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), patience)
	defer cancel()
	if out, err := exec.CommandContext(ctx, filepath.Join(s.folder, name), args...).CombinedOutput(); err != nil {
		s.t.Fatalf("%s: got %v: %s, want nil", fmt.Sprint(name, args), err, out)
	}
}
