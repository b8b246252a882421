package dynamostore_test

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/myevents/myevents/shared/store/dynamostore"
)

// spent is what a call consumed.
type spent struct {
	call   string
	pk, sk string // of the item; of a query or batch, the partition or the first one
	write  bool
	units  float64
	items  int // that a read examined
}

// metered counts what is consumed. A condition that does not hold consumes what the write would have: DynamoDB Local gives
// no figure for it, so it counts as one unit, which is what it is for items up to 1 KB.
type metered struct {
	dynamostore.API
	mu      sync.Mutex
	all     []spent
	updates []*dynamodb.UpdateItemInput
}

// take returns what was consumed since it was last called.
func (m *metered) take() []spent {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.all
	m.all = nil
	return all
}

// units adds up reads or writes of items whose keys begin so.
func units(all []spent, write bool, pk, sk string) (n float64) {
	for _, s := range all {
		if s.write == write && strings.HasPrefix(s.pk, pk) && strings.HasPrefix(s.sk, sk) {
			n += s.units
		}
	}
	return n
}

func (m *metered) add(call string, k attributes, write bool, c *types.ConsumedCapacity, items int, err error) {
	s := spent{call: call, write: write, items: items}
	for name, to := range map[string]*string{"pk": &s.pk, "sk": &s.sk} {
		if v, ok := k[name].(*types.AttributeValueMemberS); ok {
			*to = v.Value
		}
	}
	var refused *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &refused):
		s.units = 1
	case err != nil:
		return
	default:
		s.units = *c.CapacityUnits
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, s)
}

const total = types.ReturnConsumedCapacityTotal

func (m *metered) GetItem(ctx context.Context, in *dynamodb.GetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	c := *in
	c.ReturnConsumedCapacity = total
	out, err := m.API.GetItem(ctx, &c, opts...)
	if err == nil {
		m.add("GetItem", in.Key, false, out.ConsumedCapacity, 1, nil)
	}
	return out, err
}

func (m *metered) PutItem(ctx context.Context, in *dynamodb.PutItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	c := *in
	c.ReturnConsumedCapacity = total
	out, err := m.API.PutItem(ctx, &c, opts...)
	if out == nil {
		out = &dynamodb.PutItemOutput{}
	}
	m.add("PutItem", in.Item, true, out.ConsumedCapacity, 0, err)
	return out, err
}

func (m *metered) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	c := *in
	c.ReturnConsumedCapacity = total
	out, err := m.API.UpdateItem(ctx, &c, opts...)
	if out == nil {
		out = &dynamodb.UpdateItemOutput{}
	}
	m.add("UpdateItem", in.Key, true, out.ConsumedCapacity, 0, err)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.updates = append(m.updates, in)
	return out, err
}

func (m *metered) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	c := *in
	c.ReturnConsumedCapacity = total
	out, err := m.API.DeleteItem(ctx, &c, opts...)
	if out == nil {
		out = &dynamodb.DeleteItemOutput{}
	}
	m.add("DeleteItem", in.Key, true, out.ConsumedCapacity, 0, err)
	return out, err
}

func (m *metered) Query(ctx context.Context, in *dynamodb.QueryInput, opts ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	c := *in
	c.ReturnConsumedCapacity = total
	out, err := m.API.Query(ctx, &c, opts...)
	if err == nil {
		m.add("Query", attributes{"pk": in.ExpressionAttributeValues[":pk"]}, false, out.ConsumedCapacity, int(out.ScannedCount), nil)
	}
	return out, err
}

func (m *metered) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	c := *in
	c.ReturnConsumedCapacity = total
	out, err := m.API.BatchGetItem(ctx, &c, opts...)
	if err == nil {
		for table, keys := range in.RequestItems {
			for i := range out.ConsumedCapacity {
				if *out.ConsumedCapacity[i].TableName == table {
					m.add("BatchGetItem", keys.Keys[0], false, &out.ConsumedCapacity[i], len(keys.Keys), nil)
				}
			}
		}
	}
	return out, err
}
