package dynamostore

import (
	"context"
	"errors"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/fault"
)

// The most keys in a batch, and batches of one call under way at a time. Source:
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
const (
	batchKeys   = 100
	batchAtOnce = 8
)

// batch reads the items of a sort key in several partitions and calls yield for each that exists, one call at a time, with
// the places in pks that it stands for.
func (s *Store) batch(ctx context.Context, table string, pks []string, sk string, strong bool, yield func(at []int, found attributes) error) error {
	places := make(map[string][]int, len(pks)) // a batch may not name a key twice
	distinct := make([]string, 0, len(pks))
	for i, pk := range pks {
		if places[pk] == nil {
			distinct = append(distinct, pk)
		}
		places[pk] = append(places[pk], i)
	}
	var turn sync.Mutex
	some, ctx := errgroup.WithContext(ctx)
	some.SetLimit(batchAtOnce)
	for from := 0; from < len(distinct); from += batchKeys {
		some.Go(func() error {
			want := distinct[from:min(from+batchKeys, len(distinct))]
			return s.readBatch(ctx, table, want, sk, strong, func(found []attributes) error {
				turn.Lock()
				defer turn.Unlock()
				for _, it := range found {
					pk, err := str(it, "pk")
					if err == nil {
						err = yield(places[pk], it)
					}
					if err != nil {
						return about(err, pk, sk)
					}
				}
				return nil
			})
		})
	}
	return some.Wait()
}

// readBatch reads a batch, again what was left out for now.
func (s *Store) readBatch(ctx context.Context, table string, pks []string, sk string, strong bool, yield func([]attributes) error) error {
	keys := types.KeysAndAttributes{ConsistentRead: &strong}
	for _, pk := range pks {
		keys.Keys = append(keys.Keys, key(pk, sk))
	}
	for attempt := 1; ; attempt++ {
		in := &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{table: keys}}
		out, err := call(ctx, s, "read batch", func(ctx context.Context) (*dynamodb.BatchGetItemOutput, error) {
			return s.api.BatchGetItem(ctx, in)
		})
		if err != nil {
			return faultOf("read batch", table, err)
		}
		if err := yield(out.Responses[table]); err != nil {
			return err
		}
		left := out.UnprocessedKeys[table].Keys
		if len(left) == 0 {
			return nil
		}
		if len(left) < len(keys.Keys) {
			attempt = 1 // it goes on, if slowly: answers are cut at 16 MB
		}
		late := fault.Wrap(fault.Unavailable, "read batch", errors.New("some keys were not read for now"))
		if attempt >= s.o.attempts {
			return late
		}
		if err := s.backoff(ctx, attempt); err != nil {
			return ended("read batch", err, late)
		}
		keys.Keys = left
	}
}
