package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/myevents/myevents/shared/fault"
)

// Expiry is the name of the attribute that says when an item may be swept away, in Unix seconds.
const Expiry = "x"

// Tables returns the schema: the catalog's table and the booking's, in this order.
func Tables(prefix string) []*dynamodb.CreateTableInput {
	var all []*dynamodb.CreateTableInput
	for _, suffix := range []string{"-catalog", "-booking"} {
		all = append(all, &dynamodb.CreateTableInput{
			TableName:   aws.String(prefix + suffix),
			BillingMode: types.BillingModePayPerRequest,
			AttributeDefinitions: []types.AttributeDefinition{
				{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
				{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeS},
			},
			KeySchema: []types.KeySchemaElement{
				{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash},
				{AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
			},
			StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage},
		})
	}
	return all
}

// Migrate makes the tables that are absent and waits until they can be used. It may be repeated, and done by several at
// once. It changes nothing of a table that is there but to turn on expiry and, where the server has them, backups.
func (s *Store) Migrate(ctx context.Context) error {
	if s.admin == nil {
		return fault.New(fault.Internal, "", "the store was made without a client that can make tables")
	}
	tables := Tables("")
	for i, name := range []string{s.catalog, s.booking} {
		tables[i].TableName = &name
		if err := s.migrate(ctx, tables[i]); err != nil {
			return fmt.Errorf("MYEVENTS_STORE: make table %s: %w", name, faultOf("make table", name, err))
		}
	}
	return nil
}

func (s *Store) migrate(ctx context.Context, table *dynamodb.CreateTableInput) error {
	status, err := s.status(ctx, table.TableName)
	if err != nil {
		return err
	}
	if status == "" {
		_, err := call(ctx, s, "create table", func(ctx context.Context) (*dynamodb.CreateTableOutput, error) {
			return s.admin.CreateTable(ctx, table)
		})
		var others *types.ResourceInUseException
		if err != nil && !errors.As(err, &others) {
			return err
		}
	}
	for status != types.TableStatusActive && status != types.TableStatusUpdating {
		if status, err = s.status(ctx, table.TableName); err != nil {
			return err
		}
		if status == types.TableStatusActive {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := s.expire(ctx, table.TableName); err != nil {
		return err
	}
	_, err = call(ctx, s, "turn backups on", func(ctx context.Context) (*dynamodb.UpdateContinuousBackupsOutput, error) {
		return s.admin.UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
			TableName:                        table.TableName,
			PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)},
		})
	})
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "UnknownOperationException" {
		return nil // DynamoDB Local has no backups
	}
	return err
}

// status returns a table's; empty where there is none.
func (s *Store) status(ctx context.Context, table *string) (types.TableStatus, error) {
	out, err := call(ctx, s, "describe table", func(ctx context.Context) (*dynamodb.DescribeTableOutput, error) {
		return s.admin.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: table})
	})
	var absent *types.ResourceNotFoundException
	switch {
	case errors.As(err, &absent):
		return "", nil
	case err != nil:
		return "", err
	}
	return out.Table.TableStatus, nil
}

// expire turns expiry on; to do so twice is an error, so it looks first.
func (s *Store) expire(ctx context.Context, table *string) error {
	on := func() (bool, error) {
		out, err := call(ctx, s, "read expiry", func(ctx context.Context) (*dynamodb.DescribeTimeToLiveOutput, error) {
			return s.admin.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: table})
		})
		if err != nil || out.TimeToLiveDescription == nil {
			return false, err
		}
		st := out.TimeToLiveDescription.TimeToLiveStatus
		return st == types.TimeToLiveStatusEnabled || st == types.TimeToLiveStatusEnabling, nil
	}
	if done, err := on(); done || err != nil {
		return err
	}
	_, err := call(ctx, s, "turn expiry on", func(ctx context.Context) (*dynamodb.UpdateTimeToLiveOutput, error) {
		return s.admin.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName:               table,
			TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String(Expiry), Enabled: aws.Bool(true)},
		})
	})
	if err != nil {
		if done, again := on(); done && again == nil { // another was first
			return nil
		}
	}
	return err
}
