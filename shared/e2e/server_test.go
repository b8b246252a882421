// Package e2e_test runs the real programs as people do: built, started on ports of their own, spoken to over HTTP, killed.
package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// bin is the folder of the programs under test.
var bin string

func TestMain(m *testing.M) {
	if file := os.Getenv(bareEnv); file != "" {
		serveBare(file)
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "myevents-e2e-")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		build := exec.Command("go", "build", "-o", dir+"/", "../../functions/server", "../../functions/myeventsctl")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
			return 1
		}
		bin = dir
		return m.Run()
	}())
}

// client speaks to one server; requests of a thousand buyers share its connections.
var client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 128}}

// server is a running server over a folder.
type server struct {
	t    testing.TB
	dir  string
	url  string
	cmd  *exec.Cmd
	out  *lines
	env  []string
	done chan error

	behindGateway bool     // of AWS, or of what acts as it
	issuer        []string // settings that name whose tokens are accepted, where that is not the server itself
}

// lines collects a program's output and hands out the address that it serves on.
type lines struct {
	mu   sync.Mutex
	all  bytes.Buffer
	addr chan string
}

func (l *lines) read(r io.Reader) {
	scan := bufio.NewScanner(r)
	for scan.Scan() {
		l.mu.Lock()
		l.all.Write(append(scan.Bytes(), '\n'))
		l.mu.Unlock()
		var line struct{ Msg, Addr string }
		if json.Unmarshal(scan.Bytes(), &line) == nil && line.Msg == "serving" {
			l.addr <- line.Addr
		}
	}
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// start runs a server over dir, with settings beside those of a test.
func start(t testing.TB, dir string, settings ...string) *server {
	t.Helper()
	s := &server{t: t, dir: dir, env: append(environ(), "MYEVENTS_STORE=embedded:"+dir, "MYEVENTS_ADDR=127.0.0.1:0",
		"MYEVENTS_ADMIN_ADDR=127.0.0.1:0", "MYEVENTS_SEED=none", "MYEVENTS_LOG_FORMAT=json")}
	s.env = append(s.env, settings...)
	s.run()
	t.Cleanup(func() {
		select {
		case err := <-s.done: // nobody killed or stopped it
			said := s.out.String()
			t.Errorf("server: ended by itself with %v\n…%s", err, said[max(0, len(said)-4000):])
		default:
			s.kill()
		}
	})
	return s
}

// environ is the environment without settings of whoever runs the tests.
func environ() (env []string) {
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "MYEVENTS_") {
			env = append(env, e)
		}
	}
	return env
}

func (s *server) run() {
	s.t.Helper()
	s.cmd = exec.Command(filepath.Join(bin, "server"))
	s.cmd.Env = s.env
	out, err := s.cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.out, s.done = &lines{addr: make(chan string, 1)}, make(chan error, 1)
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	read := make(chan struct{})
	go func() { s.out.read(out); close(read) }()
	go func() { <-read; s.done <- s.cmd.Wait() }()
	select {
	case addr := <-s.out.addr:
		s.url = "http://" + addr
	case err := <-s.done:
		s.t.Fatalf("server: ended with %v\n%s", err, s.out)
	case <-time.After(30 * time.Second):
		s.t.Fatalf("server: not up in 30 s\n%s", s.out)
	}
}

// kill ends the server as a power cut would, without a warning.
func (s *server) kill() {
	if s.cmd.ProcessState != nil || s.cmd.Process.Kill() != nil {
		return
	}
	<-s.done
}

// stop asks the server to end and returns what it says.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return <-s.done
}

// ctl runs the operator's tool on the server's folder.
func (s *server) ctl(args ...string) string {
	s.t.Helper()
	cmd := exec.Command(filepath.Join(bin, "myeventsctl"), args...)
	cmd.Env = append(environ(), append(s.issuer, "MYEVENTS_STORE=embedded:"+s.dir)...)
	var out, faults bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &faults
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("myeventsctl %v: %v\n%s%s", args, err, out.String(), faults.String())
	}
	return out.String()
}

func (s *server) token(email, role string) string {
	s.t.Helper()
	return strings.TrimSpace(s.ctl("token", "--email", email, "--role", role))
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// into reads the body as a T.
func into[T any](t testing.TB, a answer) (v T) {
	t.Helper()
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("answer %d: %v in %s", a.status, err, a.body)
	}
	return v
}

// code is a problem's code.
func (a answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.body, &p)
	return p.Code
}

// call sends a request; body nil sends none. Headers come in pairs.
func (s *server) call(ctx context.Context, method, path, token string, body any, headers ...string) (answer, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		in = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, in)
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, b}, err
}

// must sends a request whose status is known.
func (s *server) must(status int, method, path, token string, body any, headers ...string) answer {
	s.t.Helper()
	a, err := s.call(context.Background(), method, path, token, body, headers...)
	if err != nil || a.status != status {
		s.t.Fatalf("%s %s: got %d and %v, want %d\n%s", method, path, a.status, err, status, a.body)
	}
	return a
}

type object = map[string]any

type list []any

// sale is an event on sale.
type sale struct {
	event, seats, floor string // ids: of the event, and of the ticket types of its two sections
	capacity            int
}

// putOnSale makes a hall of seated rows and a floor, an event in it, and publishes that.
func (s *server) putOnSale(organiser string, rows, seats, floor int, edit func(object)) sale {
	s.t.Helper()
	var shape list
	for r := range rows {
		shape = append(shape, object{"label": fmt.Sprint("R", r+1), "seats": seats})
	}
	location := into[struct {
		ID    string
		Halls []struct {
			ID       string
			Sections []struct{ ID string }
		}
	}](s.t, s.must(201, "POST", "/v1/locations", organiser, object{
		"name": "Coliseu", "address": "Rua das Portas 96", "city": "Lisboa",
		"country": "PT", "timeZone": "Europe/Lisbon", "halls": list{object{"name": "Main hall", "sections": list{
			object{"name": "Stalls", "kind": "seated", "rows": shape}, object{"name": "Floor", "kind": "standing", "capacity": floor},
		}}},
	}))
	hall := location.Halls[0]
	draft := object{
		"name": "Night of fado", "category": "concert", "locationId": location.ID, "hallId": hall.ID, "perPerson": 0,
		"startsAt": time.Now().AddDate(0, 2, 0).UTC().Format(time.RFC3339), "ticketTypes": list{
			object{"name": "Seat", "price": object{"amount": 4500, "currency": "EUR"}, "sectionIds": list{hall.Sections[0].ID}},
			object{"name": "Standing", "price": object{"amount": 3000, "currency": "EUR"}, "sectionIds": list{hall.Sections[1].ID}},
		},
	}
	if edit != nil {
		edit(draft)
	}
	event := into[struct {
		ID          string
		TicketTypes []struct{ ID string }
	}](s.t, s.must(201, "POST", "/v1/events", organiser, draft))
	s.must(200, "POST", "/v1/events/"+event.ID+"/publish", organiser, nil)
	return sale{event: event.ID, seats: event.TicketTypes[0].ID, floor: event.TicketTypes[1].ID, capacity: rows*seats + floor}
}

// bookingView is what the tests read of a booking.
type bookingView struct {
	ID, EventID, Status string
	Tickets             []struct {
		ID, Status, Code string
		Seat             struct {
			SectionID, Row string
			Number         int
		}
	}
}

// places names the booking's places.
func (b bookingView) places() (all []string) {
	for _, t := range b.Tickets {
		if t.Status != "cancelled" {
			all = append(all, fmt.Sprintf("%s/%s/%d", t.Seat.SectionID, t.Seat.Row, t.Seat.Number))
		}
	}
	return all
}

// bookings lists all of a user's bookings.
func (s *server) bookings(token string) (all []bookingView) {
	s.t.Helper()
	for cursor := ""; ; {
		page := into[struct {
			Items      []bookingView
			NextCursor string
		}](s.t, s.must(200, "GET", "/v1/bookings?limit=100&cursor="+cursor, token, nil))
		all = append(all, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			return all
		}
	}
}
