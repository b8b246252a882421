package e2e_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
	_ "modernc.org/sqlite"
)

// errNotTaken says that a raw write's condition did not hold.
var errNotTaken = errors.New("the condition did not hold")

// rawDynamo writes to a table of the store's by the SDK alone.
func rawDynamo(endpoint, table string) writes {
	api := dynamodb.NewFromConfig(cloud(endpoint))
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	bytes := func(v []byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: v} }
	update := func(ctx context.Context, block, place, condition string, values map[string]types.AttributeValue) error {
		_, err := api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
			TableName: &table, Key: map[string]types.AttributeValue{"pk": text(block), "sk": text("B")},
			UpdateExpression: aws.String("SET " + place + " = :new"), ConditionExpression: &condition, ExpressionAttributeValues: values,
		})
		return err
	}
	return writes{
		claim: func(ctx context.Context, block, place string, hold []byte) error {
			return update(ctx, block, place, "attribute_not_exists("+place+")", map[string]types.AttributeValue{":new": bytes(hold)})
		},
		record: func(ctx context.Context, key string, doc, out []byte) error {
			_, err := api.PutItem(ctx, &dynamodb.PutItemInput{
				TableName: &table, ConditionExpression: aws.String("attribute_not_exists(pk)"),
				Item: map[string]types.AttributeValue{"pk": text(key), "sk": text("K"), "d": text(string(doc)), "m": bytes(out)},
			})
			return err
		},
		confirm: func(ctx context.Context, block, place string, hold, sold []byte) error {
			return update(ctx, block, place, place+" = :old", map[string]types.AttributeValue{":new": bytes(sold), ":old": bytes(hold)})
		},
	}
}

// rawMongo writes to collections of its own by the driver alone, acknowledged by a majority as the store's are.
func rawMongo(b *testing.B, at string) writes {
	b.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(at).SetWriteConcern(writeconcern.Majority()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	db := client.Database(fresh())
	b.Cleanup(func() { _ = db.Drop(context.Background()) })
	blocks, records := db.Collection("blocks"), db.Collection("records")
	taken := func(r *mongo.UpdateResult, err error) error {
		if err == nil && r.MatchedCount+r.UpsertedCount != 1 {
			return errNotTaken
		}
		return err
	}
	return writes{
		claim: func(ctx context.Context, block, place string, hold []byte) error {
			for {
				err := taken(blocks.UpdateOne(ctx, bson.M{"_id": block, place: bson.M{"$exists": false}}, bson.M{"$set": bson.M{place: hold}},
					options.UpdateOne().SetUpsert(true)))
				if !mongo.IsDuplicateKeyError(err) { // else another made the document at the same moment
					return err
				}
			}
		},
		record: func(ctx context.Context, key string, doc, out []byte) error {
			_, err := records.InsertOne(ctx, bson.M{"_id": key, "d": string(doc), "o": bson.A{bson.M{"m": string(out)}}})
			return err
		},
		confirm: func(ctx context.Context, block, place string, hold, sold []byte) error {
			return taken(blocks.UpdateOne(ctx, bson.M{"_id": block, place: hold}, bson.M{"$set": bson.M{place: sold}}))
		},
	}
}

// rawSQLite writes to a file of its own by the driver alone: a commit for each write, one after the other, as durable as the
// store's.
func rawSQLite(b *testing.B) writes {
	b.Helper()
	db, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "raw.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	for _, table := range []string{
		"CREATE TABLE places (name TEXT PRIMARY KEY, v BLOB) WITHOUT ROWID",
		"CREATE TABLE records (name TEXT PRIMARY KEY, doc BLOB, out BLOB) WITHOUT ROWID",
	} {
		if _, err := db.ExecContext(b.Context(), table); err != nil {
			b.Fatal(err)
		}
	}
	exec := func(ctx context.Context, statement string, args ...any) error {
		r, err := db.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		if err == nil && n != 1 {
			err = errNotTaken
		}
		return err
	}
	return writes{
		claim: func(ctx context.Context, block, place string, hold []byte) error {
			return exec(ctx, "INSERT INTO places VALUES (?, ?) ON CONFLICT DO NOTHING", block+place, hold)
		},
		record: func(ctx context.Context, key string, doc, out []byte) error {
			return exec(ctx, "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT DO NOTHING", key, doc, out)
		},
		confirm: func(ctx context.Context, block, place string, hold, sold []byte) error {
			return exec(ctx, "UPDATE places SET v = ? WHERE name = ? AND v = ?", sold, block+place, hold)
		},
	}
}
