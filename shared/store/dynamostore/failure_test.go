package dynamostore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/store/dynamostore"
)

// answers is an aws.HTTPClient that gives answers in turn, the last again and again.
type answers struct {
	mu    sync.Mutex
	all   []func(*http.Request) (*http.Response, error)
	calls int
}

func (a *answers) Do(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	answer := a.all[min(a.calls, len(a.all)-1)]
	a.calls++
	a.mu.Unlock()
	return answer(r)
}

// reply answers a request.
func reply(status int, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Request: r,
			Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	}
}

// refusal answers with an error of DynamoDB.
func refusal(status int, code string) func(*http.Request) (*http.Response, error) {
	return reply(status, fmt.Sprintf(`{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"as asked"}`, code))
}

func broken(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection reset by peer")
}

func brokenOff(r *http.Request) (*http.Response, error) {
	res, err := reply(200, "")(r)
	res.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"Item":{"pk"`), failing{}))
	return res, err
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// faked returns a store whose server is a.
func faked(t testing.TB, a *answers, opts ...dynamostore.Option) *dynamostore.Store {
	t.Helper()
	s, err := dynamostore.Open(t.Context(), aws.Config{
		Region: "eu-west-1", HTTPClient: a, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}, "dynamodb://p?endpoint=http://127.0.0.1:1", opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const nothing = `{}`

func TestStore_triesAgain(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
	}{
		{"throughput-exceeded", refusal(400, "ProvisionedThroughputExceededException")},
		{"request-limit", refusal(400, "RequestLimitExceeded")},
		{"throttling", refusal(400, "ThrottlingException")},
		{"transaction-conflict", refusal(400, "TransactionConflictException")},
		{"internal-error", refusal(500, "InternalServerError")},
		{"unavailable", reply(503, "<html>")},
		{"gateway", reply(502, "")},
		{"connection-broken", broken},
		{"answer-broken-off", brokenOff},
		{"no-answer-in-time", silent},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &answers{all: []func(*http.Request) (*http.Response, error){tc.answer, tc.answer, reply(200, nothing)}}
				if _, err := faked(t, a).Location(t.Context(), "x"); !fault.Is(err, fault.NotFound) || a.calls != 3 {
					t.Errorf("Location, the third call being answered: got %v after %d calls, want notFound after 3", err, a.calls)
				}
				a = &answers{all: []func(*http.Request) (*http.Response, error){tc.answer, tc.answer, reply(200, nothing)}}
				if err := faked(t, a).PutLocation(t.Context(), catalog.Location{ID: "x", Version: 1}); err != nil || a.calls != 3 {
					t.Errorf("PutLocation, the third call being answered: got %v after %d calls, want nil after 3", err, a.calls)
				}
				a = &answers{all: []func(*http.Request) (*http.Response, error){tc.answer}}
				s := faked(t, a, dynamostore.WithAttempts(5))
				_, err := s.Step(t.Context(), inventory.BlockID{}, inventory.Step{Op: inventory.OpClaim, Slots: 1, Now: time.Now()})
				if !fault.Is(err, fault.Unavailable) || a.calls != 5 {
					t.Errorf("Step, no call of five being answered: got %v after %d calls, want unavailable after 5", err, a.calls)
				}
			})
		})
	}
}

// A claim that yields leaves a throttled block at once, but never one that may have its claim.
func TestStore_Step_Yields(t *testing.T) {
	for _, tc := range []struct {
		name  string
		all   []func(*http.Request) (*http.Response, error)
		busy  bool
		calls int
	}{
		{"throttled", []func(*http.Request) (*http.Response, error){refusal(400, "ThrottlingException")}, true, 1},
		{"throughput-exceeded", []func(*http.Request) (*http.Response, error){refusal(400, "ProvisionedThroughputExceededException")}, true, 1},
		{"answer-lost-and-then-throttled", []func(*http.Request) (*http.Response, error){brokenOff, refusal(400, "ThrottlingException"), reply(200, nothing)}, false, 3},
		{"failing", []func(*http.Request) (*http.Response, error){reply(503, ""), reply(200, nothing)}, false, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &answers{all: tc.all}
				step := inventory.Step{Op: inventory.OpClaim, Slots: 1, Expires: time.Now().Add(time.Minute).Unix(), Now: time.Now(), Yield: true}
				_, err := faked(t, a).Step(t.Context(), inventory.BlockID{}, step)
				if errors.Is(err, inventory.ErrBusy) != tc.busy || !tc.busy && err != nil || a.calls != tc.calls {
					t.Errorf("Step: got %v after %d calls, want busy %v after %d", err, a.calls, tc.busy, tc.calls)
				}
			})
		})
	}
}

// The deadline counts, not the attempts, and what there was to tell by then is told in time.
func TestStore_keepsTheDeadline(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		kind   fault.Kind
	}{
		{"throttled", refusal(400, "ThrottlingException"), fault.Unavailable},
		{"failing", reply(500, ""), fault.Unavailable},
		{"silent", silent, fault.Internal}, // the context's own error, which edges know
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				began := time.Now()
				a := &answers{all: []func(*http.Request) (*http.Response, error){tc.answer}}
				_, err := faked(t, a, dynamostore.WithAttempts(1000)).User(ctx, "usr_x")
				if took := time.Since(began); fault.KindOf(err) != tc.kind || !errors.Is(err, context.DeadlineExceeded) || took > 2*time.Second {
					t.Errorf("User: got %v after %v, want %v, the deadline exceeded, within 2 s", err, took, tc.kind)
				}
			})
		})
	}
}

func TestStore_cancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		err := faked(t, &answers{all: []func(*http.Request) (*http.Response, error){silent}}).PutUser(ctx, booking.User{ID: "usr_x", Version: 1})
		if !errors.Is(err, context.Canceled) || fault.KindOf(err) != fault.Internal {
			t.Errorf("PutUser: got %v, want the context's error", err)
		}
	})
}

func TestStore_errorsHaveKinds(t *testing.T) {
	item := func(attributes string) func(*http.Request) (*http.Response, error) {
		return reply(200, `{"Item":{"pk":{"S":"p"},"sk":{"S":"s"}`+attributes+`}}`)
	}
	read := func(s *dynamostore.Store) error { _, err := s.Location(t.Context(), "x"); return err }
	write := func(s *dynamostore.Store) error {
		return s.PutLocation(t.Context(), catalog.Location{ID: "x", Version: 1})
	}
	release := func(s *dynamostore.Store) error {
		_, err := s.Step(t.Context(), inventory.BlockID{}, inventory.Step{Op: inventory.OpRelease, Slots: 1})
		return err
	}
	for _, tc := range []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		do     func(*dynamostore.Store) error
		want   fault.Kind
		text   string
	}{
		{"table-absent", refusal(400, "ResourceNotFoundException"), read, fault.Unavailable, "MYEVENTS_STORE: there is no table p-catalog"},
		{"table-absent-for-a-write", refusal(400, "ResourceNotFoundException"), write, fault.Unavailable, "MYEVENTS_STORE: there is no table p-catalog"},
		{"ready-without-table", refusal(400, "ResourceNotFoundException"), func(s *dynamostore.Store) error { return s.Ready(t.Context()) }, fault.Unavailable, "MYEVENTS_STORE: there is no table p-booking"},
		{"ready-out-of-reach", refusal(400, "UnrecognizedClientException"), func(s *dynamostore.Store) error { return s.ReadyCatalog(t.Context()) }, fault.Unavailable, "MYEVENTS_STORE: read table p-catalog: "},
		{"too-large", refusal(400, "ValidationException"), write, fault.Invalid, ""},
		{"not-allowed", refusal(400, "AccessDeniedException"), read, fault.Unavailable, "AccessDenied"},
		{"no-document", item(``), read, fault.Internal, "cannot be read"},
		{"document-of-another-kind", item(`,"d":{"N":"7"}`), read, fault.Internal, "cannot be read"},
		{"document-that-is-no-json", item(`,"d":{"S":"{"}`), read, fault.Internal, "cannot be read"},
		{"document-that-does-not-inflate", item(`,"d":{"B":"AAAA"}`), read, fault.Internal, "cannot be read"},
		{"place-that-is-short", item(`,"a":{"B":"AAAA"}`), release, fault.Internal, "cannot be read"},
		{"place-that-is-text", item(`,"a":{"S":"AAAA"}`), release, fault.Internal, "cannot be read"},
		{"place-that-is-none", item(`,"a1":{"B":"AAAA"}`), release, fault.Internal, "cannot be read"},
		{"fence-that-is-down", item(`,"closed":{"BOOL":false}`), release, fault.Internal, "cannot be read"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := tc.do(faked(t, &answers{all: []func(*http.Request) (*http.Response, error){tc.answer}}))
			if err == nil || fault.KindOf(err) != tc.want || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %v, want %v with %q", err, tc.want, tc.text)
			}
		})
	}
}

// An answer may leave keys out for now; they are asked for again, until that helps no more.
func TestStore_Blocks_askAgainForWhatWasLeftOut(t *testing.T) {
	block := inventory.BlockID{Event: id.Raw{1}}
	key := `{"pk":{"S":"` + block.Key() + `"},"sk":{"S":"B"}`
	later := reply(200, `{"Responses":{},"UnprocessedKeys":{"p-booking":{"Keys":[`+key+`}]}}}`)
	now := reply(200, `{"Responses":{"p-booking":[`+key+`,"closed":{"BOOL":true}}]},"UnprocessedKeys":{}}`)
	synctest.Test(t, func(t *testing.T) {
		a := &answers{all: []func(*http.Request) (*http.Response, error){later, later, now}}
		seen := 0
		err := faked(t, a).Blocks(t.Context(), []inventory.BlockID{block}, true, func(i int, b *inventory.Block) {
			if seen++; i != 0 || !b.Closed {
				t.Errorf("yielded: got %d, %+v, want 0, a closed block", i, b)
			}
		})
		if err != nil || seen != 1 || a.calls != 3 {
			t.Errorf("Blocks: got %v, %d blocks, %d calls, want nil, 1, 3", err, seen, a.calls)
		}
		a = &answers{all: []func(*http.Request) (*http.Response, error){later}}
		err = faked(t, a).Blocks(t.Context(), []inventory.BlockID{block}, true, func(int, *inventory.Block) {})
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("Blocks that are never read: got %v, want unavailable", err)
		}
	})
}

// An answer may end before the range does, at 1 MB; the next begins behind it.
func TestStore_queriesGoOn(t *testing.T) {
	user := id.Raw{1}
	page := func(hold, rest string) func(*http.Request) (*http.Response, error) {
		return reply(200, `{"Items":[{"pk":{"S":"`+user.With("U#")+`"},"sk":{"S":"K#`+hold+`"},"d":{"S":"{}"}}]`+rest+`}`)
	}
	a := &answers{all: []func(*http.Request) (*http.Response, error){
		page("0000000000000001", `,"LastEvaluatedKey":{"pk":{"S":"`+user.With("U#")+`"},"sk":{"S":"K#0000000000000001"}}`),
		func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil || !bytes.Contains(body, []byte(`"ExclusiveStartKey":{`)) || !bytes.Contains(body, []byte(`"Limit":9`)) {
				t.Errorf("second query: got %s and %v, want it to begin behind the first and ask for the 9 that are left", body, err)
			}
			return page("0000000000000002", "")(r)
		},
	}}
	got, err := faked(t, a).UserBookings(t.Context(), user, 0, 10)
	if err != nil || len(got) != 2 || got[0].Hold != 1 || got[1].Hold != 2 || a.calls != 2 {
		t.Errorf("UserBookings in two answers: got %+v, %v, %d calls, want holds 1 and 2 in 2", got, err, a.calls)
	}
}

func TestOpen_refusesWhatIsNoURL(t *testing.T) {
	for _, tc := range []struct{ url, text string }{
		{"sqs://p?region=r", "must be dynamodb://PREFIX"},
		{"dynamodb:p", "must be dynamodb://PREFIX"},
		{"dynamodb://", "must be dynamodb://PREFIX"},
		{"dynamodb://a%20b?region=r", "must be dynamodb://PREFIX"},
		{"dynamodb://" + strings.Repeat("p", 201) + "?region=r", "must be dynamodb://PREFIX"},
		{"dynamodb://p/q?region=r", "must be dynamodb://PREFIX"},
		{"dynamodb://p?region=r&x=y", `knows no parameter "x"`},
		{"dynamodb://p", "names no region"},
	} {
		_, err := dynamostore.Open(t.Context(), aws.Config{}, tc.url)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.text) || !strings.Contains(err.Error(), "MYEVENTS_STORE") {
			t.Errorf("Open %s: got %v, want invalid with MYEVENTS_STORE and %q", tc.url, err, tc.text)
		}
	}
}

// lossy is an aws.HTTPClient that passes requests on, and loses the reply to a write while told to.
type lossy struct {
	aws.HTTPClient
	mu   sync.Mutex
	lose int // so many replies from now on
	lost int
}

func (l *lossy) Do(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	res, err := l.HTTPClient.Do(r)
	if err != nil {
		return res, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	target := r.Header.Get("X-Amz-Target")
	if l.lose > 0 && (strings.HasSuffix(target, "PutItem") || strings.HasSuffix(target, "UpdateItem") || strings.HasSuffix(target, "DeleteItem")) {
		l.lose--
		l.lost++
		_ = res.Body.Close()
		return nil, errors.New("the reply was lost")
	}
	return res, nil
}
