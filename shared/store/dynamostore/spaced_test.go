package dynamostore_test

import (
	"context"
	"maps"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/myevents/myevents/shared/store/dynamostore"
)

// spaced gives a store a part of its tables to itself, by what all of its partitions' keys begin with: DynamoDB Local
// becomes slow when it has hundreds of tables.
type spaced struct {
	dynamostore.API
	prefix string
}

type attributes = map[string]types.AttributeValue

func (s spaced) in(item attributes) attributes { return s.with(item, "pk", true) }

func (s spaced) out(item attributes) attributes { return s.with(item, "pk", false) }

func (s spaced) with(item attributes, name string, add bool) attributes {
	v, ok := item[name].(*types.AttributeValueMemberS)
	if !ok {
		return item
	}
	item = maps.Clone(item)
	if add {
		item[name] = &types.AttributeValueMemberS{Value: s.prefix + v.Value}
	} else {
		item[name] = &types.AttributeValueMemberS{Value: strings.TrimPrefix(v.Value, s.prefix)}
	}
	return item
}

func (s spaced) GetItem(ctx context.Context, in *dynamodb.GetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	c := *in
	c.Key = s.in(c.Key)
	out, err := s.API.GetItem(ctx, &c, opts...)
	if err == nil {
		out.Item = s.out(out.Item)
	}
	return out, err
}

func (s spaced) PutItem(ctx context.Context, in *dynamodb.PutItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	c := *in
	c.Item = s.in(c.Item)
	return s.API.PutItem(ctx, &c, opts...)
}

func (s spaced) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	c := *in
	c.Key = s.in(c.Key)
	return s.API.UpdateItem(ctx, &c, opts...)
}

func (s spaced) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	c := *in
	c.Key = s.in(c.Key)
	return s.API.DeleteItem(ctx, &c, opts...)
}

func (s spaced) Query(ctx context.Context, in *dynamodb.QueryInput, opts ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	c := *in
	c.ExpressionAttributeValues = s.with(c.ExpressionAttributeValues, ":pk", true)
	c.ExclusiveStartKey = s.in(c.ExclusiveStartKey)
	out, err := s.API.Query(ctx, &c, opts...)
	if err == nil {
		for i := range out.Items {
			out.Items[i] = s.out(out.Items[i])
		}
		out.LastEvaluatedKey = s.out(out.LastEvaluatedKey)
	}
	return out, err
}

func (s spaced) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	c := *in
	c.RequestItems = s.batch(c.RequestItems, s.in)
	out, err := s.API.BatchGetItem(ctx, &c, opts...)
	if err == nil {
		out.UnprocessedKeys = s.batch(out.UnprocessedKeys, s.out)
		for _, items := range out.Responses {
			for i := range items {
				items[i] = s.out(items[i])
			}
		}
	}
	return out, err
}

func (s spaced) batch(tables map[string]types.KeysAndAttributes, f func(attributes) attributes) map[string]types.KeysAndAttributes {
	tables = maps.Clone(tables)
	for name, keys := range tables {
		var all []attributes
		for _, k := range keys.Keys {
			all = append(all, f(k))
		}
		keys.Keys = all
		tables[name] = keys
	}
	return tables
}
