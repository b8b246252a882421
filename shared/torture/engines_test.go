package torture_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/outbox/dynamostream"
	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/payment/testpay"
	"github.com/myevents/myevents/shared/store/dynamostore"
	"github.com/myevents/myevents/shared/store/embedstore"
	"github.com/myevents/myevents/shared/store/mongostore"
)

// engine is a store's adapter with the server that it needs; without one it is a folder of this machine.
type engine struct {
	name   string // the adapter's
	server string // localstack's
	env    string // set where the server can be run
	keeps  bool   // what it stored is there again when its server was killed
	writes []string
	// open returns the store with a name at a server's address, or in a folder.
	open func(ctx context.Context, at, name string) (stored, error)
}

// stored is a store that is open.
type stored struct {
	storesPorts
	ledger payment.Ledger // of this process alone where the engine keeps none
	// relay sends what the services announce, until ctx ends.
	relay func(ctx context.Context, publish publishes) error
	close func() error
}

type storesPorts interface {
	catalog.Store
	booking.Store
}

func engines() []engine { return []engine{embedEngine(), dynamoEngine(), mongoEngine()} }

func embedEngine() engine {
	return engine{
		name: "embedstore",
		open: func(ctx context.Context, at, name string) (stored, error) {
			s, err := embedstore.Open(ctx, filepath.Join(at, name))
			if err != nil {
				return stored{}, err
			}
			return stored{s, testpay.NewBooks(), polled(s.CatalogOutbox(), s.BookingOutbox()), s.Close}, nil
		},
	}
}

func mongoEngine() engine {
	return engine{
		name: "mongostore", server: "mongodb", env: "MYEVENTS_TEST_MONGODB",
		writes: []string{"\x02update\x00", "\x02insert\x00", "\x02delete\x00", "\x02findAndModify\x00"},
		open: func(ctx context.Context, at, name string) (stored, error) {
			s, err := mongostore.Open(ctx, "mongodb://"+at+"/"+name)
			if err != nil {
				return stored{}, err
			}
			if err := s.Migrate(ctx); err != nil {
				_ = s.Close()
				return stored{}, err
			}
			return stored{s, s.Ledger(), polled(s.CatalogOutbox(), s.BookingOutbox()), s.Close}, nil
		},
	}
}

func dynamoEngine() engine {
	const call = "X-Amz-Target: DynamoDB_20120810."
	return engine{
		name: "dynamostore", server: "dynamodb", env: "MYEVENTS_TEST_DYNAMODB", keeps: true,
		writes: []string{call + "PutItem", call + "UpdateItem", call + "DeleteItem", call + "BatchWriteItem", call + "TransactWriteItems"},
		open: func(ctx context.Context, at, name string) (stored, error) {
			cfg, end := onAWS(at)
			url := "dynamodb://" + name + "?region=eu-west-1"
			s, err := dynamostore.Open(ctx, cfg, url)
			if err != nil {
				return stored{}, err
			}
			if err := s.Migrate(ctx); err != nil {
				return stored{}, err
			}
			relay := func(ctx context.Context, publish publishes) error {
				return together(ctx, []string{"catalog", "booking"}, func(ctx context.Context, service string) error {
					reader, err := dynamostream.Open(ctx, cfg, url, service, dynamostream.Options{Discover: time.Second})
					if err != nil {
						return err
					}
					return outbox.NewStreamRelay(outbox.StreamRelayDeps{
						Stream: reader, Publish: publish, Now: time.Now,
						Park: func(context.Context, []byte, string) error { return errors.New("nothing is to be parked") },
					}, outbox.StreamRelayConfig{}).Run(ctx)
				})
			}
			return stored{s, s.Ledger(), relay, end}, nil
		},
	}
}

// polled relays what stores can be asked for.
func polled(sources ...outbox.Source) func(ctx context.Context, publish publishes) error {
	return func(ctx context.Context, publish publishes) error {
		return together(ctx, sources, func(ctx context.Context, s outbox.Source) error {
			return outbox.NewRelay(outbox.RelayDeps{Source: s, Publish: publish, Now: time.Now}, outbox.RelayConfig{Poll: 50 * time.Millisecond}).Run(ctx)
		})
	}
}

// openNow opens a store, patiently.
func (e engine) openNow(t testing.TB, at, name string) stored {
	t.Helper()
	var s stored
	eventually(t, "a store that is open", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		var err error
		if s, err = e.open(ctx, at, name); err != nil {
			t.Logf("open: %v", err)
		}
		return err == nil
	})
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	})
	return s
}
