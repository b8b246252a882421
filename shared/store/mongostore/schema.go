package mongostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/shared/fault"
)

// The collections. Those of a service begin with its name.
const (
	catalogItems   = "catalog_items"
	catalogEntries = "catalog_entries"
	bookingBlocks  = "booking_blocks"
	bookingItems   = "booking_items"
	bookingMarks   = "booking_marks"
	bookingIndex   = "booking_index"
	deadLetters    = "dead_letters"
)

// Collections returns the names of all collections, each of which may be sharded by its hashed _id.
func Collections() []string {
	return []string{catalogItems, catalogEntries, bookingBlocks, bookingItems, bookingMarks, bookingIndex, deadLetters}
}

// expiry is the field of documents that may be swept away at a time, and sweepLate how many seconds later: clocks differ.
const (
	expiry    = "x"
	sweepLate = 3600
)

// index is an index of a collection beside that of _id. None is unique, since a sharded collection could not have it; none is
// partial. A sparse one leaves out the documents that lack its field, which are nearly all.
type index struct {
	name   string
	keys   bson.D
	sparse bool
	broom  bool // sweeps away what expired
}

func sparse(field string) index {
	return index{name: field, keys: bson.D{{Key: field, Value: 1}}, sparse: true}
}

func indexes(collection string) []index {
	switch collection {
	case catalogItems:
		return []index{sparse(pending)}
	case catalogEntries:
		return []index{{name: "t_k", keys: bson.D{{Key: "t", Value: 1}, {Key: "k", Value: 1}}}}
	case bookingItems:
		return []index{sparse(pending), sparse(cancelling), sparse(openSince)}
	case bookingMarks:
		return []index{{name: expiry, keys: bson.D{{Key: expiry, Value: 1}}, sparse: true, broom: true}}
	}
	return nil
}

func (x *index) model() mongo.IndexModel {
	opts := options.Index().SetName(x.name)
	if x.sparse {
		opts.SetSparse(true)
	}
	if x.broom {
		opts.SetExpireAfterSeconds(sweepLate)
	}
	return mongo.IndexModel{Keys: x.keys, Options: opts}
}

// Migrate makes the collections and indexes that are absent. It may be repeated, and done by several at once.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.look(ctx); err != nil {
		return err
	}
	for _, name := range Collections() {
		if err := s.migrate(ctx, name); err != nil {
			return s.explain("make collection "+name, err)
		}
	}
	return nil
}

func (s *Store) migrate(ctx context.Context, name string) error {
	_, err := call(ctx, s, "make collection", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.db.CreateCollection(ctx, name)
	})
	if err != nil && !hasCode(err, []int{codeNamespaceExists}) {
		return err
	}
	var models []mongo.IndexModel
	for _, x := range indexes(name) {
		models = append(models, x.model())
	}
	if len(models) > 0 {
		_, err = call(ctx, s, "make indexes", func(ctx context.Context) ([]string, error) {
			return s.db.Collection(name).Indexes().CreateMany(ctx, models)
		})
		return err
	}
	return nil
}

// minWire is the wire version of MongoDB 5.0, before which there are arrays of $pull and $push that this package does not
// know to be right. Source: https://github.com/mongodb/specifications/blob/master/source/wireversion-featurelist/wireversion-featurelist.md
const minWire = 13

// Ready reports a server that is out of reach or too old, a user that it does not know, and what the database lacks of what
// the named services ("catalog", "booking"; none: all) need. Once it was all there, only the server is looked at.
func (s *Store) Ready(ctx context.Context, services ...string) error {
	if len(services) == 0 {
		services = []string{"catalog", "booking", "dead"}
	}
	var unseen []string
	for _, service := range services {
		if _, ok := s.seen.Load(service); !ok {
			unseen = append(unseen, service)
		}
	}
	if err := s.look(ctx); err != nil {
		return settingErr(err)
	}
	if len(unseen) == 0 {
		return nil
	}
	if err := s.lacks(ctx, unseen); err != nil {
		return settingErr(err)
	}
	for _, service := range unseen {
		s.seen.Store(service, true)
	}
	return nil
}

func settingErr(err error) error { return fmt.Errorf("MYEVENTS_STORE: %w", err) }

// look asks for the server's version, and reads something as the user.
func (s *Store) look(ctx context.Context) error {
	hello, err := once(ctx, s, func(ctx context.Context) (struct {
		Wire int32 `bson:"maxWireVersion"`
	}, error,
	) {
		var is struct {
			Wire int32 `bson:"maxWireVersion"`
		}
		err := s.db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&is)
		return is, err
	})
	if err == nil && hello.Wire < minWire {
		return fault.New(fault.Unavailable, "storeTooOld",
			fmt.Sprintf("the server at %s is too old: it speaks wire version %d, and %d (MongoDB 5.0) is needed", s.hosts, hello.Wire, minWire))
	}
	if err == nil {
		_, err = once(ctx, s, func(ctx context.Context) (bson.Raw, error) {
			return s.booking.items.FindOne(ctx, bson.D{{Key: "_id", Value: "READY"}}).Raw()
		})
		if errors.Is(err, mongo.ErrNoDocuments) {
			err = nil
		}
	}
	return s.explain("look", err)
}

// lacks reports what the database lacks of what services need.
func (s *Store) lacks(ctx context.Context, services []string) error {
	found, err := call(ctx, s, "list collections", func(ctx context.Context) ([]string, error) {
		return s.db.ListCollectionNames(ctx, bson.D{})
	})
	if err != nil {
		return s.explain("list collections", err)
	}
	for _, name := range Collections() {
		if !slices.ContainsFunc(services, func(service string) bool { return strings.HasPrefix(name, service+"_") }) {
			continue
		}
		if !slices.Contains(found, name) {
			return errAbsent("database " + s.db.Name() + " has no collection " + name)
		}
		var has []string
		specs, err := call(ctx, s, "list indexes", func(ctx context.Context) ([]mongo.IndexSpecification, error) {
			return s.db.Collection(name).Indexes().ListSpecifications(ctx)
		})
		if err != nil {
			return s.explain("list indexes", err)
		}
		for _, spec := range specs {
			has = append(has, spec.Name)
		}
		for _, x := range indexes(name) {
			if !slices.Contains(has, x.name) {
				return errAbsent("collection " + name + " of database " + s.db.Name() + " has no index " + x.name)
			}
		}
	}
	return nil
}

// errAbsent is the fault of something that Migrate would make.
func errAbsent(what string) error {
	return fault.New(fault.Unavailable, "storeAbsent", what+"; migrate it")
}

// explain says in a line what is wrong with a server or with who asks it. The driver's own account is the cause.
func (s *Store) explain(what string, err error) error {
	var f *fault.Error
	switch {
	case err == nil, errors.As(err, &f) && f.Code != fault.Unavailable.String():
		return err
	case denied(err):
		what = "the server at " + s.hosts + " refuses the user or the password for database " + s.db.Name() +
			" (authSource says in which database the user is)"
	case tooOld(err):
		what = "the server at " + s.hosts + " is too old: MongoDB 5.0 is needed"
	case unreachable(err):
		what = "no server that takes writes can be reached at " + s.hosts
	}
	return fault.Wrap(fault.Unavailable, what, err)
}
