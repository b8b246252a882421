package mongostore_test

import (
	"context"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/store/mongostore"
)

func TestOpen_refusesWhatIsNoURL(t *testing.T) {
	for _, tc := range []struct{ url, text string }{
		{"mongo://h/myevents", "must be mongodb://"},
		{"mongodb:h/myevents", "must be mongodb://"},
		{"mongodb://h", "names no database"},
		{"mongodb://h/", "names no database"},
		{"mongodb://h/?retryWrites=true", "names no database"},
		{"mongodb://u:p%2Fw@h:1,i:2/?w=majority", "names no database"},
		{"mongodb://h/admin", "MongoDB's own"},
		{"mongodb://h/a.b", "does not allow"},
		{"mongodb://h/a/b", "does not allow"},
		{"mongodb://h/" + strings.Repeat("n", 64), "more than 63"},
		{"mongodb:///myevents", ""},
		{"mongodb://h:port/myevents", ""},
		{"mongodb://user:pa:ss@w0rd@h/myevents", ""},
		{"mongodb://user:%zzw0rd@h/myevents", ""},
		{"mongodb://user:w0rd@h,i/myevents?directConnection=true", "multiple hosts"},
		{"mongodb://user:w0rd@h/myevents?authMechanism=w0rd", ""},
		{"mongodb://user:w0rd@h/myevents?tls=w0rd", ""},
	} {
		s, err := mongostore.Open(t.Context(), tc.url)
		if err == nil {
			_ = s.Close()
		}
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.text) || !strings.Contains(err.Error(), "MYEVENTS_STORE") {
			t.Errorf("Open %s: got %v, want invalid with MYEVENTS_STORE and %q", tc.url, err, tc.text)
		}
		if err != nil && strings.Contains(err.Error(), "w0rd") {
			t.Errorf("Open %s: got %v, want no password", tc.url, err)
		}
	}
}

// closed returns the address of a port on which nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	return l.Addr().String()
}

// aged has a server say that it is of another age.
func aged(p *proxy, wire int32) *proxy {
	p.let(func(command string, _ bson.Raw) verdict {
		if !strings.EqualFold(command, "isMaster") && command != "hello" {
			return verdict{}
		}
		return verdict{deed: reply, answer: bson.D{
			{Key: "ok", Value: 1.0},
			{Key: "ismaster", Value: true},
			{Key: "isWritablePrimary", Value: true},
			{Key: "helloOk", Value: true},
			{Key: "minWireVersion", Value: int32(0)},
			{Key: "maxWireVersion", Value: wire},
			{Key: "maxBsonObjectSize", Value: int32(16 << 20)},
			{Key: "maxMessageSizeBytes", Value: int32(48000000)},
			{Key: "maxWriteBatchSize", Value: int32(100000)},
		}}
	})
	return p
}

func TestStore_Ready_saysWhatIsWrong(t *testing.T) {
	server := need(t)
	host := func(u string) string {
		parsed, err := url.Parse(u)
		if err != nil {
			t.Fatal(err)
		}
		return parsed.Host
	}(server)
	empty := fresh(t, server)
	const patience = time.Minute // of those that have an answer
	for _, tc := range []struct {
		name, url, text string
		wait            time.Duration
	}{
		{"nothing-made", empty, "has no collection catalog_items; migrate it", patience},
		{"out-of-reach", "mongodb://user:w0rd@" + closed(t) + "/myevents", "no server that takes writes can be reached at 127.0.0.1:", time.Second},
		{"unknown-user", "mongodb://user:w0rd@" + host + "/myevents", "refuses the user or the password for database myevents", patience},
		{"unknown-replica-set", "mongodb://" + host + "/myevents?replicaSet=other", "no server that takes writes can be reached at", time.Second},
		{"too-old-for-the-driver", aged(behind(t, server), 8).url("myevents"), "is too old", patience},
		{"too-old-for-the-store", aged(behind(t, server), 9).url("myevents"), "wire version 9, and 13 (MongoDB 5.0) is needed", patience},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, err := mongostore.Open(t.Context(), tc.url, mongostore.WithAttemptTimeout(tc.wait), mongostore.WithAttempts(2))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			err = s.Ready(t.Context())
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), tc.text) || !strings.HasPrefix(err.Error(), "MYEVENTS_STORE: ") {
				t.Errorf("Ready: got %v, want unavailable, MYEVENTS_STORE and %q", err, tc.text)
			}
			if tc.name == "nothing-made" {
				return
			}
			if err := s.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("Migrate: got %v, want the same", err)
			}
			if err != nil && (strings.Contains(err.Error(), "w0rd") || strings.Contains(err.Error(), "\n")) {
				t.Errorf("Ready: got %v, want one line without the password", err)
			}
		})
	}
}

func TestStore_Ready_ofWhatIsNeeded(t *testing.T) {
	server := need(t)
	name := databaseIn(fresh(t, server))
	s := open(t, in(server, name))
	for _, services := range [][]string{nil, {"catalog"}, {"booking"}, {"catalog", "booking"}} {
		if err := s.Ready(t.Context(), services...); err != nil {
			t.Errorf("Ready %q: got %v, want nil", services, err)
		}
	}
	raw := client(t, server).Database(name)
	if err := raw.Collection("booking_blocks").Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := mongostore.Open(t.Context(), in(server, name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	if err := again.Ready(t.Context(), "catalog"); err != nil {
		t.Errorf("Ready of what lacks nothing: got %v, want nil", err)
	}
	if err := again.Ready(t.Context(), "booking"); err == nil || !strings.Contains(err.Error(), "has no collection booking_blocks") {
		t.Errorf("Ready of what lacks its blocks: got %v, want that said", err)
	}
	if err := again.Migrate(t.Context()); err != nil {
		t.Errorf("Migrate: got %v, want nil", err)
	}
	if err := again.Ready(t.Context()); err != nil {
		t.Errorf("Ready after Migrate: got %v, want nil", err)
	}
}

// client returns one that knows nothing of the store.
func client(t testing.TB, url string) *mongo.Client {
	t.Helper()
	c, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Disconnect(context.WithoutCancel(t.Context())) })
	return c
}

func TestStore_Migrate_byManyAtOnce(t *testing.T) {
	server := need(t)
	name := databaseIn(fresh(t, server))
	s := open(t, in(server, name))
	if err := s.PutUser(t.Context(), booking.User{ID: "usr_1", Version: 1}); err != nil {
		t.Fatal(err)
	}
	var many errgroup.Group
	for range 8 {
		many.Go(func() error { return s.Migrate(t.Context()) })
	}
	if err := many.Wait(); err != nil {
		t.Errorf("Migrate by eight at once: got %v, want nil", err)
	}
	if _, err := s.User(t.Context(), "usr_1"); err != nil {
		t.Errorf("User after Migrate: got %v, want nil", err)
	}
	for _, collection := range mongostore.Collections() {
		specs, err := client(t, server).Database(name).Collection(collection).Indexes().ListSpecifications(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range specs {
			if x.Name != "_id_" && x.Unique != nil && *x.Unique {
				t.Errorf("index %s of %s: got a unique one, want none, for the sake of sharding", x.Name, collection)
			}
		}
	}
}
