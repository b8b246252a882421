package embedstore_test

import (
	"testing"

	"github.com/myevents/myevents/shared/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Harness{Open: func(t *testing.T) storetest.Stores {
		s := open(t, t.TempDir())
		return storetest.Stores{Catalog: s, Booking: s, CatalogOutbox: s.CatalogOutbox(), BookingOutbox: s.BookingOutbox(), DeadLetters: s}
	}})
}
