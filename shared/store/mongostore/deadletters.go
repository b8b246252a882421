package mongostore

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/shared/queue"
)

// deadLetter is a dead letter as it is kept.
type deadLetter struct {
	ID       string `bson:"_id"`
	Group    string `bson:"group"`
	Reason   string `bson:"reason"`
	Attempts int    `bson:"attempts"`
	At       string `bson:"at"`
	Message  string `bson:"message"` // JSON
}

// AddDeadLetter stores a dead letter; see queue.DeadLetters.
func (s *Store) AddDeadLetter(ctx context.Context, d queue.DeadLetter) error {
	doc, err := d.Message.Encode()
	if err == nil {
		_, err = call(ctx, s, "write", func(ctx context.Context) (*mongo.InsertOneResult, error) {
			return s.letterBox.InsertOne(ctx, deadLetter{
				ID: d.ID, Group: d.Group, Reason: strings.ToValidUTF8(d.Reason, "\uFFFD"), Attempts: d.Attempts,
				At: d.At.UTC().Format(time.RFC3339Nano), Message: string(doc),
			})
		})
	}
	if err != nil && !mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("dead letter %s: %w", d.ID, faultOf("write", err))
	}
	return nil
}

// DeadLetters lists dead letters; see queue.DeadLetters.
func (s *Store) DeadLetters(ctx context.Context, after string, limit int) ([]queue.DeadLetter, error) {
	if limit <= 0 {
		return nil, ctx.Err()
	}
	found, err := s.many(ctx, s.letterBox, bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}}},
		options.Find().SetSort(byName).SetLimit(int64(limit)))
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	all := make([]queue.DeadLetter, 0, len(found))
	for _, doc := range found {
		var l deadLetter
		err := bson.Unmarshal(doc, &l)
		d := queue.DeadLetter{ID: l.ID, Group: l.Group, Reason: l.Reason, Attempts: l.Attempts}
		if err == nil {
			err = json.Unmarshal([]byte(l.Message), &d.Message)
		}
		if err == nil {
			d.At, err = time.Parse(time.RFC3339Nano, l.At)
		}
		if err != nil {
			return nil, fmt.Errorf("dead letter %s: %w", l.ID, bad(err))
		}
		all = append(all, d)
	}
	return all, nil
}

// RemoveDeadLetter forgets a dead letter; see queue.DeadLetters.
func (s *Store) RemoveDeadLetter(ctx context.Context, id string) error {
	_, err := call(ctx, s, "remove", func(ctx context.Context) (*mongo.DeleteResult, error) {
		return s.letterBox.DeleteOne(ctx, bson.D{{Key: "_id", Value: id}})
	})
	if err != nil {
		return fmt.Errorf("dead letter %s: %w", id, faultOf("remove", err))
	}
	return nil
}
