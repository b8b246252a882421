package message_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// bodyOf returns a new body of each type.
var bodyOf = map[message.Type]func() any{
	message.EventPublished:    func() any { return &message.EventStateV1{} },
	message.EventChanged:      func() any { return &message.EventStateV1{} },
	message.EventRescheduled:  func() any { return &message.EventStateV1{} },
	message.EventCancelled:    func() any { return &message.EventStateV1{} },
	message.LocationChanged:   func() any { return &message.LocationStateV1{} },
	message.BookingRecorded:   func() any { return &message.BookingRefV1{} },
	message.BookingConfirmed:  func() any { return &message.BookingRefV1{} },
	message.BookingCancelled:  func() any { return &message.BookingRefV1{} },
	message.TicketCheckedIn:   func() any { return &message.CheckInV1{} },
	message.EventAvailability: func() any { return &message.AvailabilityV1{} },
	message.CancellationDue:   func() any { return &message.CancellationDueV1{} },
	message.AvailabilityDue:   func() any { return &message.AvailabilityDueV1{} },
}

// golden returns the frozen messages by file name: TYPE.json with everything that the type has, TYPE.minimal.json with as
// little as it can.
func golden(tb testing.TB) map[string][]byte {
	tb.Helper()
	files, err := os.ReadDir("testdata")
	if err != nil {
		tb.Fatal(err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		if f.IsDir() { // of fuzzing
			continue
		}
		b, err := os.ReadFile(filepath.Join("testdata", f.Name()))
		if err != nil {
			tb.Fatal(err)
		}
		all[f.Name()] = b
	}
	return all
}

func TestTypes(t *testing.T) {
	types := message.Types()
	form := regexp.MustCompile(`^[a-z]+\.[a-z]+(-[a-z]+)?\.v[1-9][0-9]*$`)
	for i, kind := range types {
		if !form.MatchString(string(kind)) || slices.Contains(types[:i], kind) {
			t.Errorf("type %s: got a name that is not thing.happened.vN or comes twice", kind)
		}
		if bodyOf[kind] == nil {
			t.Errorf("type %s: got no body in this test, want one", kind)
		}
	}
	if len(bodyOf) != len(types) {
		t.Errorf("bodies: got %d, want the %d of Types", len(bodyOf), len(types))
	}
}

func TestGolden_EveryTypeHasOne(t *testing.T) {
	all := golden(t)
	for _, kind := range message.Types() {
		if all[string(kind)+".json"] == nil {
			t.Errorf("type %s: got no golden file, want testdata/%s.json", kind, kind)
		}
	}
	for name := range all {
		kind := strings.TrimSuffix(strings.TrimSuffix(name, ".json"), ".minimal")
		if !slices.Contains(message.Types(), message.Type(kind)) {
			t.Errorf("testdata/%s: got a file of no known type", name)
		}
	}
}

// TestGolden_SurvivesDecodeAndEncode is what freezes the types: a file never changes, and a body that no longer gives it
// back is a new version.
func TestGolden_SurvivesDecodeAndEncode(t *testing.T) {
	for name, want := range golden(t) {
		t.Run(name, func(t *testing.T) {
			e, err := message.Decode(want)
			if err != nil {
				t.Fatalf("Decode: got %v, want nil", err)
			}
			if kind := string(e.Type); name != kind+".json" && name != kind+".minimal.json" {
				t.Errorf("type: got %s, want the file's", kind)
			}
			got, err := e.Encode()
			if err != nil {
				t.Fatalf("Encode: got %v, want nil", err)
			}
			if got = indented(t, got); !bytes.Equal(got, want) {
				t.Errorf("Encode of what was decoded: got %s, want %s", got, want)
			}
			body := bodyOf[e.Type]()
			in := json.NewDecoder(bytes.NewReader(e.Data))
			in.DisallowUnknownFields()
			if err := in.Decode(body); err != nil {
				t.Fatalf("body: got %v, want nil", err)
			}
			again := message.New(e.ID, e.Source, e.Type, e.Subject, e.Time, body)
			again.TraceParent = e.TraceParent
			if got, err = again.Encode(); err != nil || !bytes.Equal(indented(t, got), want) {
				t.Errorf("Encode of the body that was decoded: got %s and %v, want %s", indented(t, got), err, want)
			}
		})
	}
}

// TestGolden_IsRealistic keeps the samples such as services would send: an id once, about what the body is about.
func TestGolden_IsRealistic(t *testing.T) {
	files := map[string]string{} // by message id
	for name, b := range golden(t) {
		e, err := message.Decode(b)
		if err != nil {
			t.Fatalf("Decode %s: got %v, want nil", name, err)
		}
		if other := files[e.ID]; other != "" {
			t.Errorf("%s: got id %s, which is that of %s, too", name, e.ID, other)
		}
		files[e.ID] = name
		if !bytes.Contains(e.Data, fmt.Appendf(nil, "%q", e.Subject)) {
			t.Errorf("%s: got subject %s, want one that the body names", name, e.Subject)
		}
		state, isEvent := bodyOf[e.Type]().(*message.EventStateV1)
		if !isEvent {
			continue
		}
		if err := json.Unmarshal(e.Data, state); err != nil {
			t.Fatal(err)
		}
		if (state.EndsAt != nil && !state.EndsAt.After(state.StartsAt)) || (state.DoorsAt != nil && state.DoorsAt.After(state.StartsAt)) {
			t.Errorf("%s: got doors at %v, beginning at %v, end at %v, want them in order", name, state.DoorsAt, state.StartsAt, state.EndsAt)
		}
	}
}

func indented(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, b, "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(out.Bytes(), '\n')
}

// TestGolden_ShowsEveryField fails when a body gains a field that no golden file has.
func TestGolden_ShowsEveryField(t *testing.T) {
	shown, known := map[string]bool{}, map[string]bool{}
	for name, b := range golden(t) {
		e, err := message.Decode(b)
		if err != nil {
			t.Fatalf("Decode %s: got %v, want nil", name, err)
		}
		body := bodyOf[e.Type]()
		if err := json.Unmarshal(e.Data, body); err != nil {
			t.Fatal(err)
		}
		fields(reflect.ValueOf(body).Elem(), known, shown)
	}
	for name := range known {
		if !shown[name] {
			t.Errorf("field %s: got it in no golden file, want it in one", name)
		}
	}
}

// fields notes the fields of v, and those that are set, by type and name.
func fields(v reflect.Value, known, shown map[string]bool) {
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		fields(v.Elem(), known, shown)
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			fields(v.Index(i), known, shown)
		}
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		for i := range v.NumField() {
			name := v.Type().Name() + "." + v.Type().Field(i).Name
			known[name] = true
			shown[name] = shown[name] || !v.Field(i).IsZero()
			fields(v.Field(i), known, shown)
		}
	}
}

func TestNew(t *testing.T) {
	lisbon := time.FixedZone("WEST", 3600)
	e := message.New("msg_1", message.SourceCatalog, message.LocationChanged, "loc_1", time.Date(2031, 7, 1, 12, 0, 0, 5, lisbon),
		message.LocationStateV1{LocationID: "loc_1"})
	b, err := e.Encode()
	if err != nil {
		t.Fatalf("Encode: got %v, want nil", err)
	}
	want := `{"specversion":"1.0","id":"msg_1","source":"/myevents/catalog","type":"location.changed.v1","subject":"loc_1",` +
		`"time":"2031-07-01T11:00:00.000000005Z","datacontenttype":"application/json",` +
		`"data":{"locationId":"loc_1","version":0,"timeZone":"","place":{"name":"","address":"","city":"","country":""}}}`
	if string(b) != want {
		t.Errorf("Encode: got %s, want %s", b, want)
	}
	got, err := message.Decode(b)
	if err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("Decode: got %+v and %v, want %+v", got, err, e)
	}
}

func TestNew_PanicsWithoutJSON(t *testing.T) {
	defer func() {
		if r := recover(); r == nil {
			t.Error("New of a body without a JSON form: got no panic, want one")
		}
	}()
	message.New("msg_1", message.SourceCatalog, message.EventChanged, "evt_1", time.Time{}, func() {})
}

func TestDecode(t *testing.T) {
	const good = `{"specversion":"1.0","id":"msg_1","source":"/s","type":"t.v1","subject":"s","time":"2031-03-05T19:30:00Z","data":{}}`
	replaced := func(old, with string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in the sample", old)
		}
		return strings.Replace(good, old, with, 1)
	}
	for _, tc := range []struct {
		name string
		text string
		ok   bool
	}{
		{"good", good, true},
		{"spaces", " " + replaced(":", " : ") + "\n", true},
		{"unknown-field", replaced(`"id"`, `"ext":{"a":1},"id"`), true},
		{"no-subject", replaced(`"subject":"s",`, ``), true},
		{"data-of-any-kind", replaced(`{}}`, `"text"}`), true},
		{"zone-other-than-utc", replaced("19:30:00Z", "20:30:00+01:00"), true},
		{"nothing", "", false},
		{"not-json", "hello", false},
		{"cut-off", good[:len(good)-1], false},
		{"two", good + good, false},
		{"null", "null", false},
		{"list", "[" + good + "]", false},
		{"no-id", replaced(`"msg_1"`, `""`), false},
		{"no-source", replaced(`"/s"`, `""`), false},
		{"no-type", replaced(`"t.v1"`, `""`), false},
		{"no-data", replaced(`,"data":{}`, ``), false},
		{"no-version", replaced(`"specversion":"1.0",`, ``), false},
		{"other-version", replaced(`"1.0"`, `"0.3"`), false},
		{"id-is-a-number", replaced(`"msg_1"`, `1`), false},
		{"time-is-none", replaced(`2031-03-05T19:30:00Z`, `tomorrow`), false},
		{"year-before-0-in-utc", replaced(`2031-03-05T19:30:00Z`, `0000-01-01T00:00:00+01:00`), false},
		{"year-after-9999-in-utc", replaced(`2031-03-05T19:30:00Z`, `9999-12-31T23:00:00-01:00`), false},
		{"not-utf-8", replaced(`"msg_1"`, "\"msg_\xff\""), false},
		{"deep", strings.Repeat("[", 100_000), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e, err := message.Decode([]byte(tc.text))
			if tc.ok && (err != nil || e.ID != "msg_1" || e.Time.Location() != time.UTC || e.Time.Hour() != 19) {
				t.Errorf("Decode: got %+v and %v, want the sample", e, err)
			}
			if !tc.ok && (!fault.Is(err, fault.Invalid) || !reflect.DeepEqual(e, message.Envelope{})) {
				t.Errorf("Decode: got %+v and %v, want invalid and nothing", e, err)
			}
		})
	}
}

func TestEnvelope_Limits(t *testing.T) {
	e := message.New("msg_1", message.SourceCatalog, message.EventChanged, "evt_1", time.Unix(0, 0), "")
	bare, err := e.Encode()
	if err != nil {
		t.Fatalf("Encode: got %v, want nil", err)
	}
	for _, tc := range []struct {
		size int
		ok   bool
	}{{message.MaxSize - 1, true}, {message.MaxSize, true}, {message.MaxSize + 1, false}, {10 << 20, false}} {
		e.Data = fmt.Appendf(nil, "%q", strings.Repeat("x", tc.size-len(bare)))
		b, err := e.Encode()
		if tc.ok != (err == nil) || (tc.ok && len(b) != tc.size) || (!tc.ok && !fault.Is(err, fault.Invalid)) {
			t.Errorf("Encode of %d bytes: got %d and %v, want success %t", tc.size, len(b), err, tc.ok)
		}
		if b, err = json.Marshal(e); err != nil || len(b) != tc.size {
			t.Fatalf("Marshal: got %d bytes and %v, want %d", len(b), err, tc.size)
		}
		if _, err = message.Decode(b); tc.ok != (err == nil) || (!tc.ok && !fault.Is(err, fault.Invalid)) {
			t.Errorf("Decode of %d bytes: got %v, want success %t", tc.size, err, tc.ok)
		}
	}
	e.Data = []byte("{")
	if _, err := e.Encode(); !fault.Is(err, fault.Invalid) {
		t.Errorf("Encode of data that is no JSON: got %v, want invalid", err)
	}
}

// TestEnvelope_EncodeWhole takes what Decode takes of what Encode writes, and nothing else.
func TestEnvelope_EncodeWhole(t *testing.T) {
	good := message.New("i", "s", "t", "u", time.Unix(0, 0), map[string]string{"a": "\ufffe"})
	for name, change := range map[string]func(e *message.Envelope){
		"whole":          func(*message.Envelope) {},
		"no-subject":     func(e *message.Envelope) { e.Subject = "" },
		"no-data":        func(e *message.Envelope) { e.Data = nil },
		"id-no-text":     func(e *message.Envelope) { e.ID = "\xff" },
		"no-version":     func(e *message.Envelope) { e.SpecVersion = "" },
		"no-id":          func(e *message.Envelope) { e.ID = "" },
		"no-source":      func(e *message.Envelope) { e.Source = "" },
		"no-type":        func(e *message.Envelope) { e.Type = "" },
		"empty-data":     func(e *message.Envelope) { e.Data = json.RawMessage{} },
		"data-no-json":   func(e *message.Envelope) { e.Data = json.RawMessage("{") },
		"data-no-text":   func(e *message.Envelope) { e.Data = json.RawMessage("\"\xff\"") },
		"data-too-large": func(e *message.Envelope) { e.Data = json.RawMessage(`"` + strings.Repeat("x", message.MaxSize) + `"`) },
		"year-10000":     func(e *message.Envelope) { e.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"year-10000-in-UTC": func(e *message.Envelope) {
			e.Time = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -2*60*60))
		},
		"year-before-0-in-UTC": func(e *message.Envelope) { e.Time = time.Date(0, 1, 1, 0, 0, 0, 0, time.FixedZone("", 60*60)) },
	} {
		e := good
		change(&e)
		want, err := e.Encode()
		if err == nil {
			_, err = message.Decode(want)
		}
		got, gotErr := e.EncodeWhole()
		if (gotErr == nil) != (err == nil) || err == nil && !bytes.Equal(got, want) || gotErr != nil && !fault.Is(gotErr, fault.Invalid) {
			t.Errorf("EncodeWhole of %s: got %q and %v, want %v as of Decode", name, got, gotErr, err)
		}
	}
}

func TestBody(t *testing.T) {
	e := message.New("msg_1", message.SourceBooking, message.CancellationDue, "evt_1", time.Unix(0, 0),
		map[string]any{"eventId": "evt_1", "part": 3, "parts": 256, "newer": true})
	got, err := message.Body[message.CancellationDueV1](e)
	if want := (message.CancellationDueV1{EventID: "evt_1", Part: 3, Parts: 256}); err != nil || got != want {
		t.Errorf("Body with a field of a newer sender: got %+v and %v, want %+v", got, err, want)
	}
	for _, data := range []string{``, `{`, `[]`, `7`, `{"part":"3"}`, `{"part":1e99}`, `{"part":1.5}`} {
		e.Data = []byte(data)
		_, err := message.Body[message.CancellationDueV1](e)
		var syntax *json.SyntaxError
		var kind *json.UnmarshalTypeError
		if !fault.Is(err, fault.Invalid) || (!errors.As(err, &syntax) && !errors.As(err, &kind)) {
			t.Errorf("Body of %q: got %v, want invalid with its cause", data, err)
		}
	}
}
