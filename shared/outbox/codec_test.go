package outbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

var t0 = time.Date(2026, 11, 23, 5, 6, 7, 891e6, time.UTC)

func goldenMessages(t testing.TB) []outbox.Message {
	t.Helper()
	names, err := filepath.Glob("../message/testdata/*.json")
	if err != nil || len(names) < 15 {
		t.Fatalf("golden messages: got %v and %v, want 15 or more", names, err)
	}
	var ms []outbox.Message
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m, err := message.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		ms = append(ms, outbox.Message{Envelope: m})
	}
	return ms
}

// back packs and unpacks, and reports what is not the same after.
func back(t testing.TB, ms ...outbox.Message) []byte {
	t.Helper()
	b, err := outbox.Pack(ms)
	if err != nil {
		t.Fatalf("Pack: got %v, want nil", err)
	}
	got, err := outbox.Unpack(b)
	if err != nil {
		t.Fatalf("Unpack: got %v, want nil", err)
	}
	for i := range ms {
		doc, err := ms[i].Encode()
		if err != nil {
			t.Fatal(err)
		}
		if ms[i].Envelope, err = message.Decode(doc); err != nil { // compact, times in UTC
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(got, ms) { // cmp takes long for what is large
		t.Fatalf("Unpack of Pack: got (-) other than (+):\n%.2000s", cmp.Diff(got, ms))
	}
	return b
}

func recorded() outbox.Message {
	ref := message.BookingRefV1{
		BookingID: "bkg_TZNYWCTSEC1JM7Z66RTAQ8GB1E7KNGESBR3V4S0", EventID: id.New(id.Event, t0),
		UserID: "usr_6QXFQ36PBK0CN1ZSHP6JNT42RB", Version: 1,
	}
	m := message.New(id.New(id.Message, t0), message.SourceBooking, message.BookingRecorded, ref.BookingID, t0, ref)
	return outbox.Message{Envelope: m, NotBefore: t0.Add(20 * time.Second)}
}

func stadium() outbox.Message {
	e := message.EventStateV1{EventID: id.New(id.Event, t0), Version: 2, Status: "published", Name: "A night", StartsAt: t0, TimeZone: "Europe/Lisbon"}
	e.TicketTypes = []message.TicketTypeV1{{ID: id.New(id.TicketType, t0), Name: "All"}}
	for i := range 50 {
		s := message.SectionV1{ID: id.New(id.Section, t0), Name: fmt.Sprintf("Section %d", i+1), Kind: "seated"}
		e.TicketTypes[0].SectionIDs = append(e.TicketTypes[0].SectionIDs, s.ID)
		for row := range 50 {
			s.Rows = append(s.Rows, message.RowV1{Label: fmt.Sprint(row + 1), Seats: 40})
		}
		e.Layout = append(e.Layout, s)
	}
	return outbox.Message{Envelope: message.New(id.New(id.Message, t0), message.SourceCatalog, message.EventPublished, e.EventID, t0, e)}
}

func TestPack_Size(t *testing.T) {
	parts := make([]outbox.Message, 16)
	event := id.New(id.Event, t0)
	for i := range parts {
		parts[i].Envelope = message.New(id.New(id.Message, t0), message.SourceBooking, message.CancellationDue, event, t0,
			message.CancellationDueV1{EventID: event, Part: i, Parts: 16})
	}
	for _, tc := range []struct {
		name string
		ms   []outbox.Message
		most int // bytes
	}{
		{"booking-recorded", []outbox.Message{recorded()}, 100},
		{"event-published-100000-places", []outbox.Message{stadium()}, 4 << 10},
		{"16-parts-of-a-cancellation", parts, 700},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := len(back(t, tc.ms...))
			t.Logf("%d bytes", n)
			if n > tc.most {
				t.Errorf("Pack: got %d bytes, want at most %d", n, tc.most)
			}
		})
	}
}

func TestPack_ComesBackWhole(t *testing.T) {
	for _, m := range goldenMessages(t) {
		t.Logf("%s: %d bytes", m.Type, len(back(t, m)))
	}
	back(t, goldenMessages(t)...)
	body := func(v any) outbox.Message {
		return outbox.Message{Envelope: message.New("m", "s", "t", "", t0, v)}
	}
	timer := func(at time.Time) outbox.Message {
		return outbox.Message{Envelope: message.New("m", "s", "t", "", at, nil), NotBefore: at}
	}
	for _, tc := range []struct {
		name string
		ms   []outbox.Message
	}{
		{"no-body", []outbox.Message{body(nil)}},
		{"awkward-text", []outbox.Message{body("\x00\x01\x02\x1f\"\\ \u2028<é>\U0001f3aa")}},
		{"nearly-ulids", []outbox.Message{body([]string{
			"7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "00000000000000000000000000",
			"01jd3xw0t6q6kzj1j0n3v0z2m4", "01JD3XW0T6Q6KZJ1J0N3V0Z2MU", "01JD3XW0T6Q6KZJ1J0N3V0Z2M", "01JD3XW0T6Q6KZJ1J0N3V0Z2M44",
		})}},
		{"nearly-bookings", []outbox.Message{body([]string{
			strings.Repeat("0", 39), strings.Repeat("Z", 39), strings.Repeat("Z", 38) + "R", strings.Repeat("Z", 38) + "RZZ",
			strings.Repeat("Z", 38) + "R00", strings.Repeat("Z", 38), strings.Repeat("z", 39), strings.Repeat("I", 39),
		})}},
		{"nearly-hex", []outbox.Message{body([]string{
			"00f067aa0ba902b7", "00F067AA0BA902B7", "00f067aa0ba902bg", "4bf92f3577b34da6a3ce929d0e0e4736", "4BF92f3577b34da6a3ce929d0e0e4736",
		})}},
		{"digits", []outbox.Message{body([]any{1234567890123456, "00000000000000000000000000", 1e300})}},
		{"times", []outbox.Message{body([]string{
			"2031-03-05T19:30:00Z", "2031-03-05T19:30:00.5Z", "2031-03-05T19:30:00.000Z", "2031-03-05T19:30:00.123456789Z",
			"2031-03-05T19:30:00+01:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2031-02-30T00:00:00Z", "1969-12-31T23:59:59.999Z",
			"1677-09-21T00:12:43Z", "1677-09-21T00:12:44Z", "2262-04-11T23:47:16.854775807Z", "2262-04-11T23:47:17Z",
			"2031-03-05T24:00:00Z", "2031-03-05t19:30:00Z", "2031-03-05T19:30:00Z ", "....-..........",
		})}},
		{"timers", []outbox.Message{
			timer(time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC)), timer(t0), timer(time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)),
			timer(time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)),
		}},
		{"large", []outbox.Message{body(strings.Repeat("place ", message.MaxSize/6-100)), body(strings.Repeat("0", message.MaxSize-1000))}},
	} {
		t.Run(tc.name, func(t *testing.T) { back(t, tc.ms...) })
	}
}

func TestPack_Refuses(t *testing.T) {
	for _, tc := range []struct {
		name string
		ms   []outbox.Message
	}{
		{"none", nil},
		{"too-many", make([]outbox.Message, outbox.MaxMessages+1)},
		{"no-envelope", make([]outbox.Message, 1)},
		{"too-large", []outbox.Message{{Envelope: message.New("m", "s", "t", "", t0, strings.Repeat("x", message.MaxSize))}}},
		{"no-json", []outbox.Message{{Envelope: message.Envelope{SpecVersion: "1.0", ID: "m", Source: "s", Type: "t", Data: []byte("{")}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if b, err := outbox.Pack(tc.ms); !fault.Is(err, fault.Invalid) {
				t.Errorf("Pack: got %d bytes and %v, want fault.Invalid", len(b), err)
			}
		})
	}
}
