package dynamostore_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/store/dynamostore"
)

// item reads an item as it is stored; nil where there is none.
func item(t testing.TB, api *dynamodb.Client, table, pk, sk string) attributes {
	t.Helper()
	out, err := api.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &table, ConsistentRead: aws.Bool(true), Key: attributes{
		"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: sk},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

// said returns the ids of the messages that an item carries.
func said(t testing.TB, it attributes) []string {
	t.Helper()
	v, ok := it[outbox.Attribute].(*types.AttributeValueMemberB)
	if !ok {
		return nil
	}
	all, err := outbox.Unpack(v.Value)
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]string, len(all))
	for i, m := range all {
		ids[i] = m.ID
	}
	return ids
}

func newMessage() outbox.Message {
	return outbox.Message{Envelope: message.New(id.New(id.Message, t0), message.SourceBooking, message.BookingRecorded, "s", t0, map[string]string{"a": "b"})}
}

// Each write of an item carries its own messages, and nothing of the write before.
func TestStore_writesReplaceMessages(t *testing.T) {
	prefix, api := tables(t)
	s := dynamostore.New(api, prefix)
	ctx, event := t.Context(), id.Raw{9}
	for _, w := range []struct {
		name, table, pk, sk string
		put                 func(version int64, out ...outbox.Message) error
	}{
		{"event", s.CatalogTable(), "E#evt_1", "E", func(v int64, out ...outbox.Message) error {
			return s.PutEvent(ctx, catalog.Event{ID: "evt_1", Version: v}, out...)
		}},
		{"location", s.CatalogTable(), "L#loc_1", "L", func(v int64, out ...outbox.Message) error {
			return s.PutLocation(ctx, catalog.Location{ID: "loc_1", Version: v}, out...)
		}},
		{"sale", s.BookingTable(), event.With("E#"), "S", func(v int64, out ...outbox.Message) error {
			return s.PutSale(ctx, booking.Sale{EventStateV1: message.EventStateV1{EventID: event.With(id.Event)}, Rev: v}, out...)
		}},
		{"snapshot", s.BookingTable(), event.With("E#"), "N", func(v int64, out ...outbox.Message) error {
			prev := t0.Add(time.Duration(v - 1))
			if v == 1 {
				prev = time.Time{}
			}
			return s.PutSnapshot(ctx, inventory.Snapshot{Event: event, AsOf: t0.Add(time.Duration(v))}, prev, out...)
		}},
		{"booking", s.BookingTable(), event.With("U#"), "K#000000000000000a", func(v int64, out ...outbox.Message) error {
			return s.PutBooking(ctx, booking.Booking{User: event, Hold: 10, Version: v}, out...)
		}},
	} {
		t.Run(w.name, func(t *testing.T) {
			one, two, three := newMessage(), newMessage(), newMessage()
			for i, out := range [][]outbox.Message{{one, two}, {three}, nil} {
				if err := w.put(int64(i+1), out...); err != nil {
					t.Fatalf("write %d: got %v, want nil", i+1, err)
				}
				var want []string
				for _, m := range out {
					want = append(want, m.ID)
				}
				if got := said(t, item(t, api, w.table, w.pk, w.sk)); !slices.Equal(got, want) {
					t.Errorf("messages after write %d: got %v, want %v", i+1, got, want)
				}
			}
			if err := w.put(4, one); err != nil {
				t.Fatal(err)
			}
			if err := w.put(4, two); !fault.Is(err, fault.Stale) {
				t.Errorf("write that is refused: got %v, want stale", err)
			}
			if got := said(t, item(t, api, w.table, w.pk, w.sk)); !slices.Equal(got, []string{one.ID}) {
				t.Errorf("messages after a refused write: got %v, want those before", got)
			}
		})
	}
	if err := s.PutAvailability(ctx, "evt_1", catalog.Availability{AsOf: t0}); err != nil {
		t.Fatal(err)
	}
	if got := said(t, item(t, api, s.CatalogTable(), "E#evt_1", "E")); got != nil {
		t.Errorf("messages of an event after its availability was written: got %v, want none", got)
	}
}

// A taken place is not what means something in other items: an outbox to whoever reads the stream, an expiry to the broom.
func TestStore_blockItem_hasNamesOfItsOwn(t *testing.T) {
	prefix, api := tables(t)
	s := dynamostore.New(api, prefix)
	block := inventory.BlockID{Event: id.Raw{2}}
	if _, err := s.Step(t.Context(), block, inventory.Step{Op: inventory.OpClaim, Slots: ^uint64(0), Hold: 7, Expires: t0.Unix() + 60, Now: t0}); err != nil {
		t.Fatal(err)
	}
	got := item(t, api, s.BookingTable(), block.Key(), "B")
	if len(got) != 2+inventory.BlockSize {
		t.Errorf("attributes of a full block: got %d, want keys and a name for each place", len(got))
	}
	for _, name := range []string{outbox.Attribute, dynamostore.Expiry, "d", "v", "w"} {
		if _, taken := got[name]; taken {
			t.Errorf("attributes of a full block: got %q for a place, want it for what it means elsewhere", name)
		}
	}
}

// A block is its places and nothing else.
func TestStore_blockItem(t *testing.T) {
	prefix, api := tables(t)
	s := dynamostore.New(api, prefix)
	block := inventory.BlockID{Event: id.Raw{1}, Section: 4, Number: 17}
	step := func(op inventory.Op, slots uint64) {
		t.Helper()
		if _, err := s.Step(t.Context(), block, inventory.Step{Op: op, Slots: slots, Hold: 0x0102030405060708, Expires: 0x0A0B0C0D0E, Now: t0}); err != nil {
			t.Fatal(err)
		}
	}
	step(inventory.OpClaim, 1|1<<21|1<<63)
	want := attributes{"pk": &types.AttributeValueMemberS{Value: block.Key()}, "sk": &types.AttributeValueMemberS{Value: "B"}}
	for _, name := range []string{"a", "A", "s2"} {
		want[name] = &types.AttributeValueMemberB{Value: []byte{0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 1, 2, 3, 4, 5, 6, 7, 8}}
	}
	if got := item(t, api, s.BookingTable(), block.Key(), "B"); !reflect.DeepEqual(got, want) {
		t.Errorf("item of a block after a claim: got %v, want %v", got, want)
	}
	step(inventory.OpClose, 0)
	step(inventory.OpRelease, 1|1<<21)
	delete(want, "a")
	delete(want, "A")
	want["closed"] = &types.AttributeValueMemberBOOL{Value: true}
	if got := item(t, api, s.BookingTable(), block.Key(), "B"); !reflect.DeepEqual(got, want) {
		t.Errorf("item of a block after a close and a release: got %v, want %v", got, want)
	}
}

// Expiries are compared as bytes: at every carry of the five, the second before is free and the second itself is not.
func TestStore_Step_comparesExpiriesAsBytes(t *testing.T) {
	prefix, api := tables(t)
	s := dynamostore.New(api, prefix)
	const grace = int64(inventory.Grace / time.Second)
	for i, edge := range []int64{0xFF, 0x100, 0xFFFF, 0x10000, 0xFFFFFF, 0x1000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0xFF_FFFF_FFF0} {
		for k, tc := range []struct {
			hold inventory.HoldID
			late int64
			want bool
		}{{0, 0, false}, {^inventory.HoldID(0), 0, false}, {0, 1, true}, {^inventory.HoldID(0), 1, true}, {1, -1, false}} {
			block := inventory.BlockID{Event: id.Raw{3}, Section: i, Number: k}
			first := inventory.Step{Op: inventory.OpClaim, Slots: 1, Hold: tc.hold, Expires: edge, Now: time.Unix(edge, 0)}
			if _, err := s.Step(t.Context(), block, first); err != nil {
				t.Fatal(err)
			}
			next := inventory.Step{Op: inventory.OpClaim, Slots: 1, Hold: 77, Expires: edge + 600, Now: time.Unix(edge+grace+tc.late, 0)}
			if _, err := s.Step(t.Context(), block, next); (err == nil) != tc.want {
				t.Errorf("claim %d s after the grace of %#x by %s: got %v, want success %t", tc.late, edge, tc.hold, err, tc.want)
			}
		}
	}
}

// Documents are text while that costs no more, and come back the same when they are not.
func TestStore_documents(t *testing.T) {
	prefix, api := tables(t)
	s := dynamostore.New(api, prefix)
	for i, tc := range []struct {
		name, text string
		plain      bool
	}{
		{"small", "Zoë", true},
		{"of-a-unit", strings.Repeat("x", 600), true},
		{"repetitive", strings.Repeat("A row of seats. ", 100), false},
		{"large", strings.Repeat("A row of seats. ", 50_000), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := catalog.Location{ID: fmt.Sprint(i), Name: tc.text, Version: 1}
			if err := s.PutLocation(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			if got, err := s.Location(t.Context(), l.ID); err != nil || !reflect.DeepEqual(got, l) {
				t.Errorf("Location: got %d bytes of name and %v, want %d", len(got.Name), err, len(l.Name))
			}
			d := item(t, api, s.CatalogTable(), "L#"+l.ID, "L")["d"]
			if _, plain := d.(*types.AttributeValueMemberS); plain != tc.plain {
				t.Errorf("document of %d bytes: got %T, want text %t", len(tc.text), d, tc.plain)
			}
		})
	}
	var noise bytes.Buffer
	for i := range 100_000 {
		fmt.Fprintf(&noise, "%x", uint64(i)*0x9e3779b97f4a7c15)
	}
	err := s.PutLocation(t.Context(), catalog.Location{ID: "noise", Name: noise.String(), Version: 1})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("PutLocation of %d KB that do not deflate: got %v, want invalid", noise.Len()>>10, err)
	}
}

// Marks are swept away some time after they may be forgotten; nothing else is.
func TestStore_expiry(t *testing.T) {
	prefix, api := tables(t)
	s := dynamostore.New(api, prefix)
	user := id.Raw{5}
	if _, err := s.PutMark(t.Context(), booking.Mark{User: user, Key: "k", Hold: 1, Until: t0}); err != nil {
		t.Fatal(err)
	}
	x, _ := item(t, api, s.BookingTable(), user.With("U#"), "I#k")[dynamostore.Expiry].(*types.AttributeValueMemberN)
	if want := fmt.Sprint(t0.Add(time.Hour).Unix()); x == nil || x.Value != want {
		t.Errorf("expiry of a mark until %v: got %v, want %s", t0, x, want)
	}
}

func TestStore_Migrate(t *testing.T) {
	prefix := "m-" + strings.ToLower(fmt.Sprintf("%x", time.Now().UnixNano()))
	s, err := dynamostore.Open(t.Context(), config(t), "dynamodb://"+prefix, dynamostore.WithAttemptTimeout(20*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	for _, ready := range []struct {
		table string
		err   error
	}{{prefix + "-catalog", s.ReadyCatalog(t.Context())}, {prefix + "-booking", s.ReadyBooking(t.Context())}, {prefix + "-booking", s.Ready(t.Context())}} {
		if !fault.Is(ready.err, fault.Unavailable) || !strings.Contains(ready.err.Error(), "MYEVENTS_STORE") || !strings.Contains(ready.err.Error(), ready.table) {
			t.Errorf("Ready without tables: got %v, want unavailable with MYEVENTS_STORE and %s", ready.err, ready.table)
		}
	}
	for range 2 {
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatalf("Migrate: got %v, want nil", err)
		}
	}
	if err := s.Ready(t.Context()); err != nil {
		t.Errorf("Ready: got %v, want nil", err)
	}
	api := client(t)
	for _, want := range dynamostore.Tables(prefix) {
		out, err := api.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: want.TableName})
		if err != nil {
			t.Fatal(err)
		}
		got := out.Table
		if !reflect.DeepEqual(got.KeySchema, want.KeySchema) || got.StreamSpecification == nil || got.StreamSpecification.StreamViewType != types.StreamViewTypeNewImage ||
			got.BillingModeSummary.BillingMode != types.BillingModePayPerRequest || len(got.GlobalSecondaryIndexes)+len(got.LocalSecondaryIndexes) != 0 {
			t.Errorf("table %s: got %+v, want %+v", *want.TableName, got, want)
		}
		ttl, err := api.DescribeTimeToLive(t.Context(), &dynamodb.DescribeTimeToLiveInput{TableName: want.TableName})
		if err != nil || ttl.TimeToLiveDescription.AttributeName == nil || *ttl.TimeToLiveDescription.AttributeName != dynamostore.Expiry {
			t.Errorf("expiry of %s: got %+v and %v, want attribute %s", *want.TableName, ttl, err, dynamostore.Expiry)
		}
	}
}
