package dynamostream

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	tabletypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox"
)

// position is where reading a shard begins: after a record, or at it; the zero position is the oldest record there is.
type position struct {
	Sequence string
	At       bool
}

// shard is one of a stream. A shard's records come after all those of its parent, if it has one.
type shard struct{ ID, Parent string }

// record is a change, or a write of a lease, which is nobody's business.
type record struct {
	outbox.Change
	Lease bool
}

// source is the stream.
type source interface {
	// Shards returns all shards that the stream knows. Errors: fault.NotFound where there is no table or no stream.
	Shards(ctx context.Context) ([]shard, error)
	// Iterator returns where to read from. Errors: errTrimmed, errGone.
	Iterator(ctx context.Context, shardID string, from position) (string, error)
	// Records returns the next records, maybe none, and the next iterator; empty: the shard has ended. Errors: errExpired,
	// errTrimmed, errGone.
	Records(ctx context.Context, iterator string) (all []record, next string, err error)
}

var (
	errExpired = errors.New("the iterator has expired")
	errTrimmed = errors.New("the stream has forgotten the position")
	errGone    = errors.New("the shard is gone")
)

// tableStream is a table's stream.
type tableStream struct {
	table   string
	tables  *dynamodb.Client
	streams *dynamodbstreams.Client
	arn     text // the newest stream, from which iterators are made
}

func (s *tableStream) Shards(ctx context.Context) ([]shard, error) {
	t, err := s.tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &s.table})
	var absent *tabletypes.ResourceNotFoundException
	switch {
	case errors.As(err, &absent):
		return nil, fault.Wrap(fault.NotFound, "there is no table "+s.table, err)
	case err != nil:
		return nil, unavailable("describe table "+s.table, err)
	case t.Table.LatestStreamArn == nil || t.Table.StreamSpecification == nil || !aws.ToBool(t.Table.StreamSpecification.StreamEnabled):
		return nil, fault.New(fault.NotFound, "", "table "+s.table+" has no stream")
	}
	arn := *t.Table.LatestStreamArn
	s.arn.set(arn)
	var all []shard
	for in := (&dynamodbstreams.DescribeStreamInput{StreamArn: &arn}); ; {
		out, err := s.streams.DescribeStream(ctx, in)
		if err != nil {
			return nil, unavailable("describe the stream of "+s.table, err)
		}
		for _, sh := range out.StreamDescription.Shards {
			all = append(all, shard{ID: aws.ToString(sh.ShardId), Parent: aws.ToString(sh.ParentShardId)})
		}
		if in.ExclusiveStartShardId = out.StreamDescription.LastEvaluatedShardId; in.ExclusiveStartShardId == nil {
			return all, nil
		}
	}
}

func (s *tableStream) Iterator(ctx context.Context, shardID string, from position) (string, error) {
	arn := s.arn.get()
	in := &dynamodbstreams.GetShardIteratorInput{StreamArn: &arn, ShardId: &shardID, ShardIteratorType: types.ShardIteratorTypeTrimHorizon}
	if from.Sequence != "" {
		in.SequenceNumber, in.ShardIteratorType = &from.Sequence, types.ShardIteratorTypeAfterSequenceNumber
		if from.At {
			in.ShardIteratorType = types.ShardIteratorTypeAtSequenceNumber
		}
	}
	out, err := s.streams.GetShardIterator(ctx, in)
	if err != nil {
		return "", classify("get an iterator of "+shardID, err)
	}
	return aws.ToString(out.ShardIterator), nil
}

func (s *tableStream) Records(ctx context.Context, iterator string) (all []record, next string, err error) {
	out, err := s.streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: &iterator})
	if err != nil {
		return nil, "", classify("get records", err)
	}
	for _, r := range out.Records {
		if r.Dynamodb != nil {
			all = append(all, change(r.Dynamodb))
		}
	}
	return all, aws.ToString(out.NextShardIterator), nil
}

func change(r *types.StreamRecord) record {
	pk, sk := keyPart(r.Keys["pk"]), keyPart(r.Keys["sk"])
	c := record{Lease: strings.HasPrefix(pk, leasePrefix)}
	c.Sequence, c.Item = aws.ToString(r.SequenceNumber), pk+"\x00"+sk
	c.At = aws.ToTime(r.ApproximateCreationDateTime)
	switch o := r.NewImage[outbox.Attribute].(type) {
	case nil:
	case *types.AttributeValueMemberB:
		c.Packed = o.Value
	case *types.AttributeValueMemberS:
		c.Packed = []byte(o.Value)
	default:
		c.Packed = fmt.Appendf(nil, "%T", o) // not ours; parked, as all that cannot be read
	}
	return c
}

func keyPart(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// classify tells apart what a shard's reader reacts to.
func classify(what string, err error) error {
	var expired *types.ExpiredIteratorException
	var trimmed *types.TrimmedDataAccessException
	var gone *types.ResourceNotFoundException
	switch {
	case errors.As(err, &expired):
		return errExpired
	case errors.As(err, &trimmed):
		return errTrimmed
	case errors.As(err, &gone):
		return errGone
	}
	return unavailable(what, err)
}

func unavailable(what string, err error) error {
	return fmt.Errorf("%s: %w", what, fault.Wrap(fault.Unavailable, "DynamoDB does not answer", err))
}
