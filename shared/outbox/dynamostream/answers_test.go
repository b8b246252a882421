package dynamostream_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox/dynamostream"
)

// answering returns the parts of a reader whose server answers as f says.
func answering(t *testing.T, f func(operation string, w http.ResponseWriter)) (dynamostream.Source, dynamostream.Leases) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		f(operation, w)
	}))
	t.Cleanup(server.Close)
	r, err := dynamostream.Open(t.Context(), local(), "dynamodb://myevents?endpoint="+url.QueryEscape(server.URL), "booking", dynamostream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return dynamostream.Parts(r)
}

// TestSource_Errors gives the answers of AWS that no server here gives.
func TestSource_Errors(t *testing.T) {
	for _, tc := range []struct {
		name   string
		status int
		kind   string
		want   error // nil: fault.Unavailable
		calls  int32 // how often it is asked, if more than once
	}{
		{"expired-iterator", 400, "ExpiredIteratorException", dynamostream.ErrExpired, 1},
		{"trimmed-position", 400, "TrimmedDataAccessException", dynamostream.ErrTrimmed, 1},
		{"shard-that-is-gone", 400, "ResourceNotFoundException", dynamostream.ErrGone, 1},
		{"too-many-readers", 400, "LimitExceededException", nil, 3},
		{"throttled", 400, "ThrottlingException", nil, 3},
		{"internal-error", 500, "InternalServerError", nil, 3},
		{"no-right", 400, "AccessDeniedException", nil, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			s, _ := answering(t, func(_ string, w http.ResponseWriter) {
				calls.Add(1)
				w.WriteHeader(tc.status)
				fmt.Fprintf(w, `{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"no"}`, tc.kind)
			})
			for call, err := range map[string]error{
				"Records":  func() error { _, _, err := s.Records(t.Context(), "iterator"); return err }(),
				"Iterator": func() error { _, err := s.Iterator(t.Context(), "shard", dynamostream.Position{}); return err }(),
			} {
				if tc.want != nil && !errors.Is(err, tc.want) || tc.want == nil && !fault.Is(err, fault.Unavailable) {
					t.Errorf("%s: got %v, want %v (none: unavailable)", call, err, tc.want)
				}
			}
			if n := calls.Load(); n != 2*tc.calls {
				t.Errorf("calls: got %d, want %d for each operation", n, tc.calls)
			}
		})
	}
}

func TestSource_ManyShards(t *testing.T) {
	page := 0
	s, _ := answering(t, func(operation string, w http.ResponseWriter) {
		switch operation {
		case "DescribeTable":
			fmt.Fprint(w, `{"Table":{"LatestStreamArn":"arn:x","StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}}}`)
		case "DescribeStream":
			page++
			last := ""
			if page < 3 {
				last = fmt.Sprintf(`,"LastEvaluatedShardId":"s%d"`, page)
			}
			fmt.Fprintf(w, `{"StreamDescription":{"Shards":[{"ShardId":"s%d","ParentShardId":"s%d"}]%s}}`, page, page-1, last)
		}
	})
	all, err := s.Shards(t.Context())
	if err != nil || len(all) != 3 || all[2] != (dynamostream.Shard{ID: "s3", Parent: "s2"}) {
		t.Errorf("Shards: got %v and %v, want three of three pages", all, err)
	}
}

func TestSource_TableWithoutAStream(t *testing.T) {
	s, _ := answering(t, func(_ string, w http.ResponseWriter) { fmt.Fprint(w, `{"Table":{"TableName":"myevents-booking"}}`) })
	if _, err := s.Shards(t.Context()); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "myevents-booking has no stream") {
		t.Errorf("Shards: got %v, want fault.NotFound that names the table", err)
	}
}

// TestLeases_Unprocessed answers a part of what was asked for: the rest is asked for again.
func TestLeases_Unprocessed(t *testing.T) {
	calls := 0
	_, l := answering(t, func(_ string, w http.ResponseWriter) {
		calls++
		rest := ""
		if calls < 3 {
			rest = `"myevents-booking":{"Keys":[{"pk":{"S":"STREAM#b"},"sk":{"S":"LEASE"}}]}`
		}
		fmt.Fprintf(w, `{"Responses":{"myevents-booking":[{"pk":{"S":"STREAM#%c"},"sk":{"S":"LEASE"},"owner":{"S":"me"},"until":{"N":"1000"}}]},"UnprocessedKeys":{%s}}`,
			'a'+calls-1, rest)
	})
	all, err := l.Read(t.Context(), []string{"a", "b", "c"})
	if err != nil || len(all) != 3 || calls != 3 || all["c"].Owner != "me" || all["c"].Until.Unix() != 1 {
		t.Errorf("Read: got %v and %v after %d calls, want three leases after three", all, err, calls)
	}
}
