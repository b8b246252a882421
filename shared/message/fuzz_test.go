package message_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// FuzzDecode feeds a queue's reader anything: it never panics, refuses only as invalid, and what it takes means the same
// when it is written and read again.
func FuzzDecode(f *testing.F) {
	for _, b := range golden(f) {
		f.Add(b)
	}
	f.Add([]byte(`{"specversion":"1.0","id":"i","source":"s","type":"t","time":"0000-01-01T00:00:00+23:59","data":null}`))
	f.Add([]byte(`{"specversion":"1.0","ID":"i","source":"s","type":"t","time":null,"data":"<&>\u2028"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		first, err := message.Decode(b)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Errorf("Decode: got %v, want invalid", err)
			}
			return
		}
		written, err := first.Encode()
		if err != nil {
			if !fault.Is(err, fault.Invalid) || len(b) < message.MaxSize/8 { // escapes may make it too large
				t.Errorf("Encode of what was decoded: got %v, want nil", err)
			}
			return
		}
		second, err := message.Decode(written)
		if err != nil {
			t.Fatalf("Decode of what was encoded: got %v, want nil", err)
		}
		if a, b := meaning(t, first.Data), meaning(t, second.Data); !bytes.Equal(a, b) {
			t.Errorf("data: got %s, want %s", b, a)
		}
		if !first.Time.Equal(second.Time) {
			t.Errorf("time: got %v, want %v", second.Time, first.Time)
		}
		first.Data, second.Data, first.Time = nil, nil, second.Time
		if a, b := show(t, first), show(t, second); !bytes.Equal(a, b) {
			t.Errorf("envelope: got %s, want %s", b, a)
		}
		for _, body := range bodyOf {
			_ = json.Unmarshal(second.Data, body())
		}
	})
}

// meaning brings JSON into one form.
func meaning(t *testing.T, data []byte) []byte {
	t.Helper()
	var v any
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	if err := in.Decode(&v); err != nil {
		t.Fatalf("data that was decoded: got %v, want JSON", err)
	}
	return show(t, v)
}

func show(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("Marshal: got %v, want nil", err)
	}
	return b
}
