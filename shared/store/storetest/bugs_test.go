package storetest_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/myevents/myevents/shared/store/storetest"
)

// bugs are promises broken on purpose, and cases that must notice.
var bugs = []struct{ bug, found string }{
	{"claim-ignores-expiry", "claim-of-a-held-place-is-refused-whole many-buyers-sell-an-event-out-exactly one-place-has-one-buyer"},
	{"claim-knows-no-grace", "claim-at-the-end-of-grace-is-refused"},
	{"claim-grace-is-a-second-short", "claim-at-the-end-of-grace-is-refused claim-within-the-last-second-of-grace-is-refused"},
	{"claim-never-lapses", "claim-after-grace-takes-a-lapsed-place"},
	{"claim-refuses-its-repeat", "claim-goes-on-where-part-is-mine every-step-repeated-changes-nothing order-cut-off-after-any-write-ends-confirmed " +
		"order-booked-from-many-windows-at-once-is-recorded-once"},
	{"claim-moves-an-expiry-back", "claim-again-with-an-earlier-expiry-keeps-the-later"},
	{"claim-takes-what-it-can", "claim-of-mine-and-anothers-is-refused overlapping-groups-never-share-a-place"},
	{"claim-overwrites-sold", "claim-of-my-sold-places-leaves-them-sold"},
	{"claim-takes-sold-places", "claim-of-a-sold-place-is-refused many-buyers-sell-one-block-out-exactly"},
	{"claim-takes-withheld-places", "claim-of-a-withheld-place-is-refused"},
	{"claim-of-lapsed-places-alone", "claim-of-absent-and-lapsed-places-together"},
	{"claim-holds-only-32-places", "claim-of-a-whole-block-is-one-step many-buyers-sell-an-event-out-exactly"},
	{"claim-repeated-on-a-closed-block-is-refused", "claim-repeated-after-the-close-succeeds"},
	{"claim-revives-nothing", "claim-of-my-lapsed-places-revives-them"},
	{"confirm-ignores-owner", "confirm-of-anothers-place-is-refused confirm-of-a-retaken-hold-is-refused order-that-lost-a-place-ends-failed-after-any-write"},
	{"claim-unsells-what-is-mine", "claim-beside-my-sold-place-leaves-it-sold"},
	{"confirm-accepts-sold-for-any", "confirm-of-anothers-sold-place-is-refused"},
	{"confirm-sells-free-places", "confirm-of-a-free-place-is-refused confirm-after-a-release-is-refused"},
	{"confirm-sells-what-it-can", "confirm-of-mine-and-a-free-place-is-refused-whole order-that-lost-a-place-ends-failed-after-any-write"},
	{"confirm-sells-the-whole-hold", "confirm-of-part-leaves-the-rest-held"},
	{"confirm-does-nothing", "confirm-sells-held-places order-cut-off-after-any-write-ends-confirmed"},
	{"confirm-needs-a-live-hold", "confirm-of-a-lapsed-untaken-hold-succeeds"},
	{"confirm-compares-the-hint", "confirm-needs-no-right-hint confirm-of-an-extended-hold confirm-of-places-of-unequal-expiry"},
	{"confirm-refuses-its-repeat", "confirm-of-a-partly-sold-group-sells-the-rest parallel-repeats-of-a-claim-take-it-once order-settled-by-many-at-once-is-confirmed-once"},
	{"confirm-repeated-on-a-closed-block-is-refused", "confirm-repeated-after-the-close-succeeds"},
	{"confirm-shows-closed-before-taken", "confirm-of-anothers-place-on-a-closed-block-shows-it-taken"},
	{"extend-moves-an-expiry-back", "extend-never-moves-an-expiry-back extend-of-unequal-expiries-raises-only-the-earlier"},
	{"extend-unsells", "extend-leaves-a-sold-place-sold"},
	{"extend-raises-the-whole-hold", "extend-of-part-leaves-the-rest"},
	{"extend-ignores-owner", "extend-of-a-retaken-hold-is-refused extend-of-mine-and-a-free-place-is-refused-whole"},
	{"extend-needs-a-live-hold", "extend-of-a-lapsed-untaken-hold-succeeds"},
	{"extend-does-nothing", "extend-moves-the-expiry-on extended-place-outlives-its-first-expiry"},
	{"release-frees-anothers-places", "release-leaves-anothers-places release-leaves-a-retaken-place order-that-lost-a-place-ends-failed-after-any-write"},
	{"release-does-nothing", "release-frees-held-places confirm-after-a-release-is-refused"},
	{"release-leaves-lapsed-places", "release-of-a-lapsed-place-removes-it let-go-of-a-lapsed-place-removes-it"},
	{"house-frees-withheld-places", "release-by-the-house-leaves-withheld-places let-go-by-the-house-leaves-withheld-places"},
	{"release-refuses-what-is-not-mine", "release-of-a-free-place-succeeds every-step-repeated-changes-nothing release-and-claim-at-once-lose-no-place"},
	{"release-leaves-sold-places", "release-frees-sold-places order-that-lost-a-place-ends-failed-after-any-write"},
	{"release-refuses-on-a-closed-block", "release-on-a-closed-block-succeeds"},
	{"let-go-frees-sold-places", "let-go-leaves-sold-places hold-is-confirmed-or-let-go-never-both"},
	{"let-go-frees-anothers-places", "let-go-leaves-anothers-places"},
	{"let-go-refuses-what-is-not-mine", "let-go-of-a-free-place-succeeds"},
	{"let-go-does-nothing", "let-go-frees-held-places"},
	{"let-go-refuses-on-a-closed-block", "let-go-on-a-closed-block-succeeds"},
	{"close-does-not-fence-claims", "claim-on-a-closed-block-is-refused close-is-for-good claim-of-more-after-the-close-is-refused"},
	{"close-does-not-fence-confirms", "confirm-on-a-closed-block-is-refused confirm-of-the-rest-after-the-close-is-refused nothing-is-sold-after-the-close-was-answered"},
	{"close-does-not-fence-extends", "extend-on-a-closed-block-is-refused"},
	{"close-forgets-absent-blocks", "close-of-an-absent-block-fences-it"},
	{"withhold-takes-held-places", "withhold-takes-only-free-places withhold-leaves-a-hold-in-its-grace"},
	{"close-frees-held-places", "close-keeps-what-is-held-and-sold"},
	{"withhold-takes-only-absent-places", "withhold-takes-a-lapsed-place"},
	{"withhold-of-taken-places-is-refused", "withhold-of-nothing-free-succeeds every-step-repeated-changes-nothing"},
	{"withhold-refuses-on-a-closed-block", "withhold-on-a-closed-block-succeeds"},
	{"withhold-is-all-or-nothing", "withhold-takes-only-free-places"},
	{"offer-frees-held-places", "offer-leaves-held-and-sold-places"},
	{"offer-does-nothing", "offer-gives-withheld-places-back"},
	{"offer-of-free-places-is-refused", "offer-of-a-free-place-succeeds"},
	{"steps-are-not-atomic", "many-buyers-sell-an-event-out-exactly many-buyers-sell-one-block-out-exactly many-groups-sell-one-block-out-exactly " +
		"one-place-has-one-buyer overlapping-groups-never-share-a-place lapsed-place-is-confirmed-or-retaken-never-both " +
		"strong-reads-see-answered-steps"},
	{"refused-step-leaves-traces", "claim-of-one-lapsed-and-one-live-place-is-refused-whole blocks-change-as-the-model-says"},
	{"refused-step-shows-nothing", "refused-step-returns-the-block-as-found"},
	{"step-returns-the-block-before", "claim-takes-free-places blocks-change-as-the-model-says"},
	{"block-keys-run-together", "steps-on-one-block-leave-its-neighbours"},
	{"stale-strong-reads", "strong-reads-see-answered-steps claim-takes-free-places"},
	{"weak-reads-see-nothing", "weak-reads-see-steps-in-the-end"},
	{"absent-blocks-are-yielded", "absent-blocks-are-not-yielded"},
	{"only-a-hundred-blocks-are-read", "many-blocks-are-read-in-one-call"},

	{"snapshot-replaces-any-older", "snapshot-replaces-only-the-one-that-was-read"},
	{"snapshot-times-are-cut-to-seconds", "snapshot-replaces-only-the-one-that-was-read"},
	{"snapshot-loses-its-section-counts", "snapshot-comes-back-whole"},
	{"snapshot-keys-are-cut-short", "snapshots-of-events-are-apart"},
	{"nothing-reads-as-unknown", "snapshot-of-a-new-event-is-zero no-blocks-asked-none-yielded month-of-an-unused-hall-is-version-zero purchases-of-nothing-are-version-zero search-of-an-empty-index-finds-nothing"},
	{"unknown-reads-as-empty", "unknown-booking-is-not-found unknown-sale-is-not-found unknown-venue-is-not-found unknown-user-is-not-found unknown-event-is-not-found unknown-location-is-not-found unknown-ledger-entry-is-not-found"},
	{"records-keep-old-fields", "booking-comes-back-whole sale-comes-back-whole event-comes-back-whole location-comes-back-whole user-comes-back-whole"},
	{"numbers-become-floats", "booking-comes-back-whole purchases-come-back-whole ledger-entry-comes-back-whole"},
	{"times-are-cut-to-milliseconds", "booking-comes-back-whole month-comes-back-whole dead-letter-comes-back-whole"},
	{"records-lose-their-places", "event-comes-back-whole venue-comes-back-whole"},
	{"large-records-are-refused", "sale-of-a-large-hall-comes-back-whole"},
	{"snapshot-queues-nothing", "every-write-queues-its-messages refused-write-queues-nothing"},
	{"versions-are-not-atomic", "snapshot-has-one-winner-among-many booking-is-recorded-once booking-follows-versions sale-is-opened-once " +
		"user-is-recorded-once ledger-entry-is-made-once event-is-created-once location-is-created-once month-gives-each-of-25-times-to-one-of-100-parallel-events " +
		"month-gives-one-time-to-one-of-100-parallel-events purchases-of-parallel-orders-never-exceed-a-limit " +
		"race-queues-only-the-winners-message"},
	{"stale-version-is-accepted", "booking-follows-versions sale-follows-revisions purchases-follow-versions user-follows-versions ledger-entry-follows-versions " +
		"event-follows-versions location-follows-versions month-follows-versions"},
	{"repeated-version-is-accepted", "booking-follows-versions event-follows-versions"},
	{"skipped-version-is-accepted", "booking-follows-versions event-follows-versions open-cancellations-are-those-not-yet-refunded"},

	{"booking-loses-refunds", "booking-comes-back-whole"},
	{"booking-reads-lag", "booking-is-read-back-by-many-writers booking-follows-versions"},
	{"bookings-are-keyed-by-hold-alone", "bookings-are-keyed-by-user-and-hold"},
	{"hold-ids-sort-signed", "bookings-of-a-user-come-in-hold-order"},
	{"cursor-repeats-its-last", "bookings-of-a-user-come-in-hold-order bookings-of-a-user-page-stably-under-inserts event-bookings-page-stably-under-inserts"},
	{"cursor-skips-one", "bookings-of-a-user-come-in-hold-order bookings-of-a-user-page-stably-under-inserts event-bookings-page-stably-under-inserts"},
	{"limit-is-ignored", "bookings-of-a-user-come-in-hold-order open-cancellations-keep-to-the-limit event-bookings-are-listed-by-part-in-hold-order"},
	{"events-share-a-booking-index", "event-bookings-of-another-event-stay-out"},
	{"index-names-a-booking-twice", "event-bookings-are-indexed-once"},
	{"parts-lose-their-first", "event-bookings-are-listed-by-part-in-hold-order"},
	{"marks-are-not-atomic", "mark-has-one-winner-among-many"},
	{"mark-is-replaced", "mark-stays-with-its-first-hold"},
	{"mark-answers-the-callers", "mark-stays-with-its-first-hold mark-has-one-winner-among-many"},
	{"refunded-cancellations-stay-open", "open-cancellations-are-those-not-yet-refunded open-cancellations-keep-to-the-limit"},
	{"cancellations-are-noticed-only-when-new", "open-cancellations-are-those-not-yet-refunded"},
	{"older-wins", "venue-of-a-newer-version-wins-in-any-order availability-that-is-newer-wins-in-any-order"},
	{"as-new-wins", "venue-of-a-newer-version-wins-in-any-order availability-that-is-newer-wins-in-any-order"},
	{"newer-is-not-atomic", "venue-of-a-newer-version-wins-in-any-order availability-that-is-newer-wins-in-any-order"},
	{"purchases-are-keyed-by-user-alone", "purchases-are-keyed-by-user-and-event"},

	{"event-drops-its-availability", "availability-stands-beside-the-event availability-and-event-written-at-once-lose-neither"},
	{"event-writes-its-availability", "availability-stands-beside-the-event"},
	{"availability-of-unknown-events-is-kept", "unknown-event-is-not-found"},
	{"availability-raises-the-version", "availability-and-event-written-at-once-lose-neither availability-stands-beside-the-event"},
	{"unknown-ids-give-empty-records", "events-by-id-come-in-the-order-asked locations-by-id-come-in-the-order-asked"},
	{"only-a-hundred-records-are-read", "events-by-id-come-in-the-order-asked locations-by-id-come-in-the-order-asked"},
	{"records-come-in-another-order", "events-by-id-come-in-the-order-asked locations-by-id-come-in-the-order-asked"},
	{"location-loses-its-halls", "location-comes-back-whole"},
	{"months-are-keyed-by-hall-alone", "months-are-keyed-by-hall-and-month"},

	{"entry-keeps-old-tokens", "entry-of-a-newer-version-replaces-all-of-the-older entry-without-tokens-disappears-for-good"},
	{"entry-stays-where-it-was", "entry-that-moves-is-found-once"},
	{"older-entry-comes-back", "entry-of-an-older-version-never-comes-back entry-written-in-any-order-at-once-ends-as-the-newest"},
	{"entry-of-the-same-version-replaces", "entry-of-an-older-version-never-comes-back"},
	{"entry-without-tokens-is-forgotten", "entry-without-tokens-disappears-for-good"},
	{"entry-without-tokens-stays", "entry-without-tokens-disappears-for-good"},
	{"entries-are-not-atomic", "entry-written-in-any-order-at-once-ends-as-the-newest"},
	{"versions-are-the-spaces", "entries-written-at-once-are-all-found"},
	{"index-lags-by-a-second", "search-needs-all-tokens count-starts-at-a-key-and-stops-at-most"},
	{"spaces-mix", "search-keeps-spaces-apart"},
	{"tokens-match-as-prefixes", "search-compares-tokens-exactly"},
	{"tokens-ignore-case", "search-compares-tokens-exactly"},
	{"tokens-are-cut-to-20-bytes", "search-finds-unicode-tokens"},
	{"search-matches-any-token", "search-needs-all-tokens pages-reach-rare-entries-among-many"},
	{"search-matches-two-tokens", "search-needs-all-tokens"},
	{"search-ignores-its-limit", "search-lists-by-sort-key-then-id"},
	{"search-repeats-its-last", "search-starts-just-after-a-position pages-of-any-size-give-the-same-list"},
	{"search-gives-up-when-it-has-examined-enough", "pages-reach-rare-entries-among-many"},
	{"next-skips-one", "pages-of-any-size-give-the-same-list pages-neither-repeat-nor-skip-under-inserts pages-neither-repeat-nor-skip-beside-writers"},
	{"next-is-the-last-found", "pages-reach-rare-entries-among-many"},
	{"cursor-knows-only-sort-keys", "search-lists-by-sort-key-then-id search-starts-just-after-a-position"},
	{"sort-key-and-id-are-joined", "search-compares-sort-keys-bytewise"},
	{"sort-ignores-case", "search-compares-sort-keys-bytewise"},
	{"ties-come-backwards", "search-lists-by-sort-key-then-id"},
	{"before-is-inclusive", "search-ends-before-a-sort-key"},
	{"before-is-ignored", "search-ends-before-a-sort-key"},
	{"count-ignores-its-start", "count-starts-at-a-key-and-stops-at-most"},
	{"count-excludes-its-start", "count-starts-at-a-key-and-stops-at-most"},
	{"count-goes-on", "count-starts-at-a-key-and-stops-at-most"},

	{"services-share-an-outbox", "every-write-queues-its-messages"},
	{"outbox-is-lost", "every-write-queues-its-messages order-cut-off-after-any-write-ends-confirmed"},
	{"silent-write-queues", "outbox-of-an-empty-store-is-empty every-write-queues-its-messages"},
	{"outbox-takes-one-message", "every-write-queues-its-messages"},
	{"refused-write-queues", "refused-write-queues-nothing race-queues-only-the-winners-message"},
	{"refused-write-drops-timers", "timer-stays-when-the-next-write-is-refused"},
	{"messages-lose-their-trace", "message-comes-back-whole"},
	{"newest-come-first", "messages-come-oldest-first"},
	{"leases-are-ignored", "claimed-message-comes-again-after-its-lease-not-before claimers-share-messages-without-loss"},
	{"claims-never-end", "claimed-message-comes-again-after-its-lease-not-before message-marked-sent-comes-no-more"},
	{"claiming-forgets", "claimed-message-comes-again-after-its-lease-not-before message-marked-sent-comes-no-more"},
	{"claims-are-not-atomic", "messages-written-beside-claimers-are-all-claimed claimers-share-messages-without-loss"},
	{"marking-one-forgets-all-claimed", "message-marked-sent-comes-no-more"},
	{"unknown-ref-is-an-error", "unknown-refs-are-ignored"},
	{"timers-are-due-at-once", "timer-is-not-claimed-before-it-is-due depth-counts-what-is-due-and-unsent"},
	{"timers-are-never-replaced", "timer-is-replaced-by-the-next-write"},
	{"timers-are-replaced-only-by-timers", "timer-is-replaced-by-the-next-write"},
	{"timers-of-others-are-replaced", "timer-stays-when-another-aggregate-is-written"},
	{"due-messages-are-replaced", "due-messages-stay-when-the-aggregate-is-written-again"},
	{"due-timers-are-replaced", "due-messages-stay-when-the-aggregate-is-written-again"},
	{"claimed-timers-are-replaced", "claimed-timer-stays-when-the-aggregate-is-written-again"},
	{"depth-counts-timers", "depth-counts-what-is-due-and-unsent"},
	{"depth-leaves-out-the-claimed", "depth-counts-what-is-due-and-unsent"},
	{"depth-tells-the-newest", "depth-counts-what-is-due-and-unsent"},
	{"nothing-wakes", "wake-follows-a-write"},

	{"dead-letter-is-replaced", "dead-letter-added-again-changes-nothing"},
	{"dead-letter-comes-twice", "dead-letter-added-again-changes-nothing dead-letters-added-at-once-are-all-kept"},
	{"dead-letters-come-as-added", "dead-letters-come-oldest-first-in-pages"},
	{"dead-letters-page-by-a-letter-that-may-be-gone", "dead-letters-come-oldest-first-in-pages"},
	{"large-dead-letters-are-emptied", "messages-parked-among-dead-letters-come-back"},
	{"unknown-dead-letter-is-an-error", "dead-letter-removed-is-forgotten"},

	{"ledger-loses-its-refunds", "ledger-entry-comes-back-whole"},
	{"captured-entries-stay-open", "open-ledger-entries-are-those-authorised-before-a-time open-ledger-entries-made-at-once-are-all-found"},
	{"open-entries-are-those-up-to-a-time", "open-ledger-entries-are-those-authorised-before-a-time"},
	{"open-entries-are-those-of-the-last-hour", "open-ledger-entries-are-those-authorised-before-a-time open-ledger-entries-keep-to-the-limit"},
	{"open-entries-are-lost-beside-others", "open-ledger-entries-made-at-once-are-all-found"},

	{"reads-ignore-contexts", "read-under-a-cancelled-context-is-an-error ledger-under-a-cancelled-context-is-an-error dead-letters-under-a-cancelled-context-are-an-error"},
	{"writes-ignore-contexts", "write-under-a-cancelled-context-is-an-error-and-leaves-no-trace " +
		"outbox-under-a-cancelled-context-is-an-error-and-claims-nothing dead-letters-under-a-cancelled-context-are-an-error"},
}

func TestRun_findsPlantedBugs(t *testing.T) {
	for _, b := range bugs {
		t.Run(b.bug, func(t *testing.T) {
			for _, name := range strings.Fields(b.found) {
				if !finds(t, b.bug, name) {
					t.Errorf("%s: got no failure, want the bug found", name)
				}
			}
		})
	}
}

// finds reports whether a case notices a bug. A race is not lost every time, so it may take some runs.
func finds(t *testing.T, bug, name string) (found bool) {
	for range 100 {
		synctest.Test(t, func(t *testing.T) { // so that a case that waits in vain does so at once
			r := &recorder{TB: t}
			r.run(func() { storetest.RunFact(r, storetest.Harness{}, newMemory(bug).stores(), name) })
			found = r.Failed()
		})
		if found {
			return true
		}
	}
	return false
}

func TestRun_everyCaseFindsABug(t *testing.T) {
	var found []string
	for _, b := range bugs {
		found = append(found, strings.Fields(b.found)...)
	}
	for _, name := range storetest.Names() {
		if !slices.Contains(found, name) {
			t.Errorf("case %s: got no bug that it finds, want one planted", name)
		}
	}
}

func TestRun_bugsNameCases(t *testing.T) {
	names := storetest.Names()
	for _, b := range bugs {
		for _, name := range strings.Fields(b.found) {
			if !slices.Contains(names, name) {
				t.Errorf("bug %s is to be found by %s: got no such case", b.bug, name)
			}
		}
	}
}

// recorder is a testing.TB that notes failures instead of failing.
type recorder struct {
	testing.TB
	mu     sync.Mutex
	faults []string
}

// run calls test on a goroutine of its own, which FailNow ends.
func (r *recorder) run(test func()) {
	done := make(chan struct{})
	go func() { defer close(done); test() }()
	<-done
}

func (r *recorder) note(s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, s)
}

func (r *recorder) Helper()                   {}
func (r *recorder) Error(args ...any)         { r.note(fmt.Sprint(args...)) }
func (r *recorder) Errorf(f string, a ...any) { r.note(fmt.Sprintf(f, a...)) }
func (r *recorder) Fail()                     { r.note("failed") }
func (r *recorder) FailNow()                  { r.note("failed"); runtime.Goexit() }
func (r *recorder) Fatal(args ...any)         { r.Error(args...); runtime.Goexit() }
func (r *recorder) Fatalf(f string, a ...any) { r.Errorf(f, a...); runtime.Goexit() }
func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.faults) > 0
}
