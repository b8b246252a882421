package mongostore_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/myevents/myevents/shared/store/mongostore"
	"github.com/myevents/myevents/shared/store/storetest"
	"github.com/myevents/myevents/shared/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	server := need(t)
	storetest.Run(t, storetest.Harness{Scale: 4, Open: func(t *testing.T) storetest.Stores {
		s := open(t, fresh(t, server))
		return storetest.Stores{
			Catalog: s, Booking: s, CatalogOutbox: s.CatalogOutbox(), BookingOutbox: s.BookingOutbox(), DeadLetters: s, Ledger: s.Ledger(),
		}
	}})
}

// need returns the URL of the test server, without a database.
func need(t testing.TB) string {
	t.Helper()
	return testenv.Need(t, "MYEVENTS_TEST_MONGODB", "start a server, as localstack/with mongodb does, and set it to its URL")
}

// fresh returns the URL of a database of the test's own, which is dropped at the end.
func fresh(t testing.TB, server string) string {
	t.Helper()
	name := "t" + strings.ToLower(rand.Text())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		c, err := mongo.Connect(options.Client().ApplyURI(server))
		if err != nil {
			t.Errorf("connect: got %v, want nil", err)
			return
		}
		if err := c.Database(name).Drop(ctx); err != nil {
			t.Errorf("drop database %s: got %v, want nil", name, err)
		}
		_ = c.Disconnect(ctx)
	})
	return in(server, name)
}

// in returns the URL of a database of a server.
func in(server, database string) string {
	address, params, _ := strings.Cut(server, "?")
	url := strings.TrimSuffix(address, "/") + "/" + database
	if params != "" {
		url += "?" + params
	}
	return url
}

// open opens and migrates a database, patiently. It fails the test that starts a transaction.
func open(t testing.TB, url string, opts ...mongostore.Option) *mongostore.Store {
	t.Helper()
	opts = append([]mongostore.Option{mongostore.WithMonitor(watch(t)), mongostore.WithAttemptTimeout(time.Minute)}, opts...)
	s, err := mongostore.Open(t.Context(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// watch fails the test whose commands belong to a transaction.
func watch(t testing.TB) *event.CommandMonitor {
	return &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		for _, field := range []string{"startTransaction", "autocommit"} {
			if _, err := e.Command.LookupErr(field); err == nil {
				t.Errorf("command %s: got %s, want no transaction", e.CommandName, field)
			}
		}
	}}
}

// databaseIn returns the database of a URL that fresh made.
func databaseIn(url string) string {
	address, _, _ := strings.Cut(url, "?")
	return address[strings.LastIndexByte(address, '/')+1:]
}
