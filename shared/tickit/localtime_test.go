package tickit_test

import (
	"testing"
	"time"

	"github.com/myevents/myevents/shared/tickit"
)

func local(tb testing.TB, s string) time.Time {
	tb.Helper()
	at, err := time.Parse(time.DateTime, s)
	if err != nil {
		tb.Fatal(err)
	}
	return at
}

func TestInZone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, zone, local, want string
		how                     any
	}{
		{"winter", "America/Chicago", "2020-01-25 14:30:00", "2020-01-25T20:30:00Z", tickit.Once},
		{"summer", "America/Chicago", "2020-07-25 14:30:00", "2020-07-25T19:30:00Z", tickit.Once},
		{"no-summer-time", "America/Phoenix", "2020-07-25 14:30:00", "2020-07-25T21:30:00Z", tickit.Once},
		{"just-before-the-jump", "America/New_York", "2020-03-08 01:59:59", "2020-03-08T06:59:59Z", tickit.Once},
		{"first-skipped", "America/New_York", "2020-03-08 02:00:00", "2020-03-08T07:00:00Z", tickit.Skipped},
		{"skipped", "America/New_York", "2020-03-08 02:30:00", "2020-03-08T07:30:00Z", tickit.Skipped},
		{"just-after-the-jump", "America/New_York", "2020-03-08 03:00:00", "2020-03-08T07:00:00Z", tickit.Once},
		{"just-before-the-repeat", "America/New_York", "2020-11-01 00:59:59", "2020-11-01T04:59:59Z", tickit.Once},
		{"twice", "America/New_York", "2020-11-01 01:30:00", "2020-11-01T05:30:00Z", tickit.Twice},
		{"just-after-the-repeat", "America/New_York", "2020-11-01 02:00:00", "2020-11-01T07:00:00Z", tickit.Once},
		{"half-an-hour-skipped", "Australia/Lord_Howe", "2020-10-04 02:15:00", "2020-10-03T15:45:00Z", tickit.Skipped},
		{"east", "Asia/Tokyo", "2020-06-01 00:00:00", "2020-05-31T15:00:00Z", tickit.Once},
		{"skipped-day", "Pacific/Apia", "2011-12-30 12:00:00", "2011-12-30T22:00:00Z", tickit.Skipped},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(tc.zone)
			if err != nil {
				t.Fatal(err)
			}
			at, how := tickit.InZone(local(t, tc.local), zone)
			if got := at.UTC().Format(time.RFC3339); got != tc.want || any(how) != tc.how {
				t.Errorf("InZone(%s, %s): got %s %v, want %s %v", tc.local, tc.zone, got, how, tc.want, tc.how)
			}
		})
	}
}

func TestMoveYears(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, local, want string
		years             int
		changed           bool
	}{
		{"not-at-all", "2020-02-29 19:30:00", "2020-02-29 19:30:00", 0, false},
		{"forward", "2020-12-31 19:30:00", "2027-12-31 19:30:00", 7, false},
		{"back", "2020-03-01 19:30:00", "2019-03-01 19:30:00", -1, false},
		{"leap-day-to-common-year", "2020-02-29 19:30:00", "2027-02-28 19:30:00", 7, true},
		{"leap-day-to-leap-year", "2020-02-29 19:30:00", "2028-02-29 19:30:00", 8, false},
		{"leap-day-to-century", "2020-02-29 19:30:00", "2100-02-28 19:30:00", 80, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			moved, changed := tickit.MoveYears(local(t, tc.local), tc.years)
			if got := moved.Format(time.DateTime); got != tc.want || changed != tc.changed {
				t.Errorf("MoveYears(%s, %d): got %s %t, want %s %t", tc.local, tc.years, got, changed, tc.want, tc.changed)
			}
		})
	}
}
