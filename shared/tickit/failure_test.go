package tickit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/myevents/myevents/shared/apiclient"
	"github.com/myevents/myevents/shared/apiclient/apitest"
	"github.com/myevents/myevents/shared/tickit"
)

func TestImport_MissingFile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"venue_pipe.txt", "category_pipe.txt", "allevents_pipe.txt"} {
		t.Run(strings.TrimSuffix(name, "_pipe.txt"), func(t *testing.T) {
			t.Parallel()
			dir := folder(t, categories, venues, events)
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			s := apitest.New()
			_, err := tickit.Import(t.Context(), tickit.Config{Dir: dir, Client: s.Client(t), Cities: cities(t)})
			if err == nil || !strings.Contains(err.Error(), dir+" has no "+name) || len(s.Locations()) != 0 {
				t.Errorf("Import: got %v and %d locations, want an error that names %s, and none", err, len(s.Locations()), name)
			}
		})
	}
}

func TestImport_GivesUp(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		status int
		want   string
	}{
		{"no-organiser", 403, "the token is not that of an organiser"},
		{"bad-token", 401, "the token is not that of an organiser"},
		{"other-server", 404, "is this the address of a MyEvents server?"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := apitest.New()
			s.Before = func(w http.ResponseWriter, _ *http.Request) bool {
				apitest.Problem(w, tc.status, "x", "y")
				return true
			}
			_, err := tickit.Import(t.Context(), tickit.Config{Dir: folder(t, categories, venues, events), Client: s.Client(t), Cities: cities(t)})
			if err == nil || !strings.Contains(err.Error(), tc.want) || apiclient.StatusOf(err) != tc.status {
				t.Errorf("Import: got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestImport_ServerRefusesOneRow(t *testing.T) {
	t.Parallel()
	s := apitest.New()
	s.Before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/publish") || r.URL.Path != "/v1/events/"+eventID(s, "tickit-event-2")+"/publish" {
			return false
		}
		apitest.Problem(w, 409, "eventEnded", "the event is over")
		return true
	}
	r := importInto(t, s, tickit.Config{Dir: folder(t, categories, venues, events)})
	if r.Published != 2 || len(r.Rejected) != 1 || !strings.Contains(r.Rejected[0].Reason, "it stays a draft") || r.Rejected[0].Line != 2 {
		t.Errorf("got %d published, rejected %v; want 2, and row 2", r.Published, r.Rejected)
	}
}

func eventID(s *apitest.Server, external string) string {
	for _, e := range s.Events() {
		if e.ExternalID == external {
			return e.ID
		}
	}
	return ""
}

// The second import finishes what the first began, and nothing is there twice.
func TestImport_InterruptedAndRepeated(t *testing.T) {
	t.Parallel()
	const nVenues, nEvents = 20, 600
	var venues, events strings.Builder
	for i := range nVenues {
		fmt.Fprintf(&venues, "%d|Hall|Boston|MA|5\n", i+1)
	}
	for i := range nEvents { // three at a time in each venue
		fmt.Fprintf(&events, "%d|%d|9|1|Event|2020-%02d-01 20:00:00\n", i+1, i%nVenues+1, i/nVenues/3+1)
	}
	dir := folder(t, categories, venues.String(), events.String())
	for _, after := range []int32{1, 30, 200, 700} {
		s := apitest.New()
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		var n atomic.Int32
		s.Before = func(http.ResponseWriter, *http.Request) bool {
			if n.Add(1) == after {
				cancel()
			}
			return false
		}
		r, err := tickit.Import(ctx, tickit.Config{Dir: dir, Client: s.Client(t), Cities: cities(t)})
		if !errors.Is(err, context.Canceled) || r.Events.Created > int(after) {
			t.Fatalf("Import: got %v after %d events, want %v in between", err, r.Events.Created, context.Canceled)
		}
		if len(r.Rejected) != 0 {
			t.Errorf("rejected: got %v, want none: an interruption is no row's fault", r.Rejected)
		}
		r = importInto(t, s, tickit.Config{Dir: dir})
		if got, published := len(s.Events()), s.Writes("POST /v1/events/{id}/publish"); got != nEvents || r.Events.Created+r.Events.Existing != nEvents ||
			published != nEvents || len(s.Locations()) != nVenues {
			t.Errorf("again: got %d events, %+v, %d published, %d locations", got, r.Events, published, len(s.Locations()))
		}
		for _, l := range s.Locations() {
			if len(l.Halls) != 3 || l.Halls[0].Name == l.Halls[1].Name || l.Halls[1].Name == l.Halls[2].Name {
				t.Errorf("%s: got %d halls, want Hall 1 to 3", l.ExternalID, len(l.Halls))
			}
		}
	}
}

// A hall whose answer got lost is not made a second time.
func TestImport_LostHallAnswer(t *testing.T) {
	t.Parallel()
	s := apitest.New()
	var lose sync.Once
	s.Before = func(w http.ResponseWriter, r *http.Request) (answered bool) {
		if !strings.HasSuffix(r.URL.Path, "/halls") {
			return false
		}
		lose.Do(func() {
			again := s.Before
			s.Before = nil // the one worker of this venue waits for the answer meanwhile
			s.ServeHTTP(httptest.NewRecorder(), r)
			s.Before = again
			apitest.Problem(w, 503, "unavailable", "try again")
			answered = true
		})
		return answered
	}
	r := importInto(t, s, tickit.Config{Dir: folder(t, categories, "1|Hall|Boston|MA|5", "1|1|9|1|One|2020-01-25 14:30:00\n4|1|9|1|Four|2020-01-25 14:30:00\n")})
	if halls := s.Locations()[0].Halls; len(halls) != 2 || r.Published != 2 {
		t.Errorf("got %d halls and %d published, want 2 and 2", len(halls), r.Published)
	}
}
