package storetest

import (
	"fmt"
	"hash/fnv"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

func personFacts() []fact {
	return []fact{
		{name: "purchases-of-nothing-are-version-zero", test: noPurchases},
		{name: "purchases-come-back-whole", test: wholePurchases},
		{name: "purchases-follow-versions", test: func(e *env) { e.keepsVersions("PutPurchases", e.purchaseVersions()) }},
		{name: "purchases-of-parallel-orders-never-exceed-a-limit", test: purchaseLimit},
		{name: "purchases-are-keyed-by-user-and-event", test: purchasesApart},
		{name: "unknown-user-is-not-found", test: unknownUser},
		{name: "user-comes-back-whole", test: wholeUser},
		{name: "user-follows-versions", test: func(e *env) { e.keepsVersions("PutUser", e.userVersions()) }},
		{name: "user-is-recorded-once", test: func(e *env) { e.firstWins("PutUser", e.userVersions()) }},
	}
}

func (e *env) purchases(user, event id.Raw) booking.Purchases {
	e.Helper()
	p, err := e.Booking.Purchases(e.Context(), user, event)
	e.must("Purchases", err)
	return p
}

func noPurchases(e *env) {
	if got := e.purchases(e.raw(), e.raw()); got.Version != 0 || len(got.Entries) != 0 {
		e.Errorf("Purchases of nothing: got %s, want version 0 without entries", show(got))
	}
}

func wholePurchases(e *env) {
	want := booking.Purchases{User: e.raw(), Event: e.raw(), Version: 1, Entries: []booking.PurchaseEntry{
		{Hold: e.hold(), BodyHash: all, Expires: in(60), Items: e.items()}, {Hold: 1 << 63, Expires: inventory.Sold},
	}}
	e.must("PutPurchases", e.Booking.PutPurchases(e.Context(), want))
	e.equal("Purchases", e.purchases(want.User, want.Event), want)
	want.Entries, want.Version = nil, 2
	e.must("PutPurchases without entries", e.Booking.PutPurchases(e.Context(), want))
	e.equal("Purchases without entries", e.purchases(want.User, want.Event), want)
}

func (e *env) purchaseVersions() versioned {
	user, event := e.raw(), e.raw()
	list := func(version int64, text string) booking.Purchases {
		h := fnv.New64a()
		h.Write([]byte(text))
		return booking.Purchases{User: user, Event: event, Version: version, Entries: []booking.PurchaseEntry{
			{Hold: 1, BodyHash: h.Sum64()},
		}}
	}
	return versioned{
		put: func(version int64, text string) error {
			return e.Booking.PutPurchases(e.Context(), list(version, text))
		},
		check: func(version int64, text string) string {
			got, err := e.Booking.Purchases(e.Context(), user, event)
			return differs(got, list(version, text), err)
		},
	}
}

// purchaseLimit has one user order from 64 windows at once, each naming its hold only while fewer than ten are named.
func purchaseLimit(e *env) {
	const limit = 10
	user, event := e.raw(), e.raw()
	var named [callers]bool
	parallel(callers, func(i int) {
		for range 10 * callers {
			p, err := e.Booking.Purchases(e.Context(), user, event)
			if err != nil {
				e.Errorf("Purchases: got %v, want nil", err)
				return
			}
			if len(p.Entries) >= limit {
				return
			}
			p = booking.Purchases{
				User: user, Event: event, Version: p.Version + 1,
				Entries: append(p.Entries[:len(p.Entries):len(p.Entries)], booking.PurchaseEntry{Hold: inventory.HoldID(i + 1)}),
			}
			if err = e.Booking.PutPurchases(e.Context(), p); err == nil {
				named[i] = true
				return
			} else if !fault.Is(err, fault.Stale) {
				e.Errorf("PutPurchases beside others: got %s, want nil or %s", kindOf(err), fault.Stale)
				return
			}
		}
		e.Errorf("PutPurchases: got %s %d times over, want a turn", fault.Stale, 10*callers)
	})
	told := 0
	for _, ok := range named {
		if ok {
			told++
		}
	}
	got := e.purchases(user, event)
	if told != limit || len(got.Entries) != limit || got.Version != limit {
		e.Errorf("purchases after 64 orders at once: got %d told so, %d entries, version %d, want %d of each", told, len(got.Entries),
			got.Version, limit)
	}
	for _, n := range got.Entries {
		if n.Hold == 0 || n.Hold > callers || !named[n.Hold-1] {
			e.Errorf("purchases name hold %s, whose order was refused", n.Hold)
		}
	}
}

func purchasesApart(e *env) {
	one, two := e.raw(), e.raw()
	var want []booking.Purchases
	for i, k := range [][2]id.Raw{{one, two}, {two, one}, {one, one}, {two, two}} {
		p := booking.Purchases{User: k[0], Event: k[1], Version: 1, Entries: []booking.PurchaseEntry{{Hold: inventory.HoldID(i + 1)}}}
		e.must("PutPurchases", e.Booking.PutPurchases(e.Context(), p))
		want = append(want, p)
	}
	for _, p := range want {
		e.equal("Purchases", e.purchases(p.User, p.Event), p)
	}
}

func unknownUser(e *env) {
	_, err := e.Booking.User(e.Context(), e.id(id.User))
	e.kind("User, unknown", err, fault.NotFound)
}

func wholeUser(e *env) {
	full := e.sampleUser()
	bare := booking.User{ID: e.id(id.User), CreatedAt: t0, Version: 1}
	emptied := booking.User{ID: full.ID, CreatedAt: t0, Version: 2}
	for _, want := range []booking.User{full, bare, emptied} {
		e.must(fmt.Sprint("PutUser, version ", want.Version), e.Booking.PutUser(e.Context(), want))
		got, err := e.Booking.User(e.Context(), want.ID)
		if wrong := differs(got, want, err); wrong != "" {
			e.Errorf("User: %s", wrong)
		}
	}
}

func (e *env) userVersions() versioned {
	u := booking.User{ID: e.id(id.User), CreatedAt: t0}
	return versioned{
		put: func(version int64, text string) error {
			w := u
			w.Version, w.Name = version, text
			return e.Booking.PutUser(e.Context(), w)
		},
		check: func(version int64, text string) string {
			want := u
			want.Version, want.Name = version, text
			got, err := e.Booking.User(e.Context(), u.ID)
			return differs(got, want, err)
		},
	}
}
