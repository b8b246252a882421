package outbox_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/base64"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

var record = flag.Bool("record-packed", false, "add the golden messages to testdata/packed.txt, once per form")

const packedFile = "testdata/packed.txt"

// TestUnpack_ReadsEveryForm reads what was packed once: such bytes lie in tables, streams and the lot.
func TestUnpack_ReadsEveryForm(t *testing.T) {
	want := goldenMessages(t)
	if *record {
		f, err := os.OpenFile(packedFile, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, m := range append(want, recorded()) {
			b, err := outbox.Pack([]outbox.Message{m})
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(f, m.ID, base64.StdEncoding.EncodeToString(b))
		}
	}
	byID := map[string]outbox.Message{}
	for _, m := range want {
		byID[m.ID] = m
	}
	text, err := os.ReadFile(packedFile)
	if err != nil {
		t.Fatal(err)
	}
	forms := map[byte]int{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, code, _ := strings.Cut(lines.Text(), " ")
		b, err := base64.StdEncoding.DecodeString(code)
		if err != nil {
			t.Fatal(err)
		}
		got, err := outbox.Unpack(b)
		if err != nil || len(got) != 1 {
			t.Errorf("Unpack %s of form %d: got %d messages and %v, want one", name, b[0], len(got), err)
			continue
		}
		forms[b[0]]++
		one, known := byID[name]
		if !known { // the one with a timer
			if d := got[0].NotBefore.Sub(got[0].Time); d.Seconds() != 20 || got[0].ID != name {
				t.Errorf("Unpack %s: got %s with a timer of %v, want itself and 20s", name, got[0].ID, d)
			}
			continue
		}
		if one.Envelope, err = message.Decode(encoded(t, one)); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(got[0], one); d != "" {
			t.Errorf("Unpack %s of form %d: got (-) other than (+):\n%s", name, b[0], d)
		}
	}
	for form := byte(1); form <= 1; form++ {
		if forms[form] < len(want) {
			t.Errorf("golden messages of form %d: got %d, want %d", form, forms[form], len(want))
		}
	}
}

func encoded(t testing.TB, m outbox.Message) []byte {
	t.Helper()
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestUnpack_Refuses(t *testing.T) {
	good, err := outbox.Pack([]outbox.Message{recorded()})
	if err != nil {
		t.Fatal(err)
	}
	bomb := func(text string, times int) []byte {
		b := bytes.NewBuffer([]byte{1, 0})
		w, err := flate.NewWriter(b, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		for range times {
			fmt.Fprint(w, text)
		}
		w.Close()
		return b.Bytes()
	}
	for _, tc := range []struct {
		name string
		b    []byte
	}{
		{"nothing", nil},
		{"only-a-form", []byte{1}},
		{"unknown-form", append([]byte{2}, good[1:]...)},
		{"form-zero", append([]byte{0}, good[1:]...)},
		{"more-after-it", append(good[:len(good):len(good)], 0)},
		{"values-longer-than-all", []byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}},
		{"more-than-an-item-holds", make([]byte, outbox.MaxPacked+1)},
		{"no-messages", bomb("", 0)},
		{"much-from-little", bomb(strings.Repeat("x", 1<<16), 65)},
		{"many-from-little", bomb(strings.Repeat("\x00", 1<<10), 16)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if ms, err := outbox.Unpack(tc.b); !fault.Is(err, fault.Invalid) {
				t.Errorf("Unpack: got %d messages and %v, want fault.Invalid", len(ms), err)
			}
		})
	}
	for n := range good {
		if ms, err := outbox.Unpack(good[:n]); err == nil {
			t.Errorf("Unpack of the first %d of %d bytes: got %d messages, want an error", n, len(good), len(ms))
		}
	}
}

// FuzzUnpack gives it anything: no panic, nothing larger than a message, and what it reads can be packed again.
func FuzzUnpack(f *testing.F) {
	for _, m := range append(goldenMessages(f), recorded(), stadium()) {
		b, err := outbox.Pack([]outbox.Message{m, recorded()})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ms, err := outbox.Unpack(b)
		if err != nil {
			if len(ms) > 0 || !fault.Is(err, fault.Invalid) {
				t.Fatalf("Unpack: got %d messages and %v, want none and fault.Invalid", len(ms), err)
			}
			return
		}
		if len(ms) > outbox.MaxMessages {
			t.Fatalf("Unpack: got %d messages, want at most %d", len(ms), outbox.MaxMessages)
		}
		for _, m := range ms {
			if _, err := m.Encode(); err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatalf("Encode of what was unpacked: got %v, want nil or fault.Invalid", err)
			}
			if len(m.Data) > message.MaxSize {
				t.Fatalf("Unpack: got %d bytes of data, want at most %d", len(m.Data), message.MaxSize)
			}
		}
	})
}

// FuzzPack gives it any data that JSON allows: it comes back as it was.
func FuzzPack(f *testing.F) {
	for _, m := range goldenMessages(f) {
		f.Add(string(m.Data), m.ID, m.Subject, int64(0))
	}
	f.Add(`["2031-03-05T19:30:00.123Z","00f067aa0ba902b7",1]`, "01JD3XW0T6Q6KZJ1J0N3V0Z2M4", strings.Repeat("Z", 38)+"R", int64(1))
	f.Fuzz(func(t *testing.T, data, id, subject string, timer int64) {
		m := outbox.Message{Envelope: message.New(id, "s", "t", subject, t0, nil)}
		m.Data = []byte(data)
		if timer != 0 {
			m.NotBefore = t0.Add(time.Duration(timer))
		}
		doc, err := m.Encode()
		if err != nil {
			return
		}
		if m.Envelope, err = message.Decode(doc); err != nil {
			return
		}
		if _, err := m.Encode(); err != nil {
			return
		}
		back(t, m)
	})
}

func BenchmarkPack(b *testing.B) {
	for name, m := range map[string]outbox.Message{"booking": recorded(), "stadium": stadium()} {
		packed, err := outbox.Pack([]outbox.Message{m})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := outbox.Pack([]outbox.Message{m}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"-unpack", func(b *testing.B) {
			for b.Loop() {
				if _, err := outbox.Unpack(packed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
