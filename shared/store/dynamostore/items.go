package dynamostore

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox"
)

// attributes is an item, or its key.
type attributes = map[string]types.AttributeValue

func text(s string) types.AttributeValue        { return &types.AttributeValueMemberS{Value: s} }
func number(digits string) types.AttributeValue { return &types.AttributeValueMemberN{Value: digits} }
func binary(b []byte) types.AttributeValue      { return &types.AttributeValueMemberB{Value: b} }

func integer(n int64) types.AttributeValue { return number(strconv.FormatInt(n, 10)) }

func key(pk, sk string) attributes { return attributes{"pk": text(pk), "sk": text(sk)} }

// nanoseconds writes a time as the number of nanoseconds since 1970, whatever its year.
func nanoseconds(t time.Time) types.AttributeValue {
	n := new(big.Int).Mul(big.NewInt(t.Unix()), big.NewInt(int64(time.Second)))
	return number(n.Add(n, big.NewInt(int64(t.Nanosecond()))).String())
}

// The most that keys may have. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const (
	maxPK = 2048
	maxSK = 1024
)

// unit is how many bytes a write unit pays for.
const unit = 1024

// item is an item about to be written.
type item struct {
	table, pk, sk string
	attributes    attributes // with the key
	write         []byte     // the same as attribute w
}

// newItem makes an item of a document. version is a number.
func newItem(table, pk, sk string, version types.AttributeValue, doc any, out []outbox.Message) (*item, error) {
	if len(pk) > maxPK || len(sk) > maxSK {
		return nil, fault.New(fault.Invalid, "", "a key is too long")
	}
	plain, err := json.Marshal(doc)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the item cannot be stored", err)
	}
	it := &item{table: table, pk: pk, sk: sk, attributes: key(pk, sk), write: make([]byte, 8)}
	_, _ = rand.Read(it.write) // never fails
	it.attributes["v"], it.attributes["w"] = version, binary(it.write)
	if len(out) > 0 {
		packed, err := outbox.Pack(out)
		if err != nil {
			return nil, err
		}
		it.attributes[outbox.Attribute] = binary(packed)
	}
	it.attributes["d"] = document(plain, it.size())
	return it, nil
}

// size returns the item's bytes as they are paid for, of strings and bytes exactly, and of numbers at most. Source:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func (it *item) size() (n int) {
	for name, v := range it.attributes {
		n += len(name)
		switch v := v.(type) {
		case *types.AttributeValueMemberS:
			n += len(v.Value)
		case *types.AttributeValueMemberB:
			n += len(v.Value)
		case *types.AttributeValueMemberN:
			n += len(v.Value)/2 + 2
		}
	}
	return n
}

// document is a document's attribute beside others of a size: as text, which people can read, or deflated where that
// saves a write unit.
func document(plain []byte, others int) types.AttributeValue {
	units := func(n int) int { return (others + len("d") + n + unit - 1) / unit }
	if units(len(plain)) > 1 {
		if small := deflate(plain); units(len(small)) < units(len(plain)) {
			return binary(small)
		}
	}
	return text(string(plain))
}

var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(io.Discard, flate.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

func deflate(plain []byte) []byte {
	w, _ := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var to bytes.Buffer
	w.Reset(&to)
	_, _ = w.Write(plain) // a buffer takes everything
	_ = w.Close()
	return to.Bytes()
}

// maxDocument bounds what an item of 400 KB may inflate to.
const maxDocument = 64 << 20

// plain returns an item's document.
func plain(found attributes) ([]byte, error) {
	switch v := found["d"].(type) {
	case *types.AttributeValueMemberS:
		return []byte(v.Value), nil
	case *types.AttributeValueMemberB:
		b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(v.Value)), maxDocument))
		if err != nil {
			return nil, bad(err)
		}
		return b, nil
	}
	return nil, bad(errors.New("it has no document"))
}

// decode reads an item's document.
func decode[T any](found attributes) (T, error) {
	var v T
	doc, err := plain(found)
	if err == nil {
		if err = json.Unmarshal(doc, &v); err != nil {
			err = bad(err)
		}
	}
	return v, err
}

// The conditions of versioned writes.
const (
	whereAbsent  = "attribute_not_exists(pk)"
	whereVersion = "v = :prev"
)

// put writes an item where the stored version is prev; nil: where nothing is stored. Otherwise errStale.
func (s *Store) put(ctx context.Context, it *item, prev types.AttributeValue) error {
	in := &dynamodb.PutItemInput{
		TableName: &it.table, Item: it.attributes, ConditionExpression: aws.String(whereAbsent),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if prev != nil {
		in.ConditionExpression, in.ExpressionAttributeValues = aws.String(whereVersion), attributes{":prev": prev}
	}
	_, err := call(ctx, s, "write", func(ctx context.Context) (*dynamodb.PutItemOutput, error) { return s.api.PutItem(ctx, in) })
	return it.outcome(err)
}

// outcome is what became of a write whose condition was its version. One that finds itself done was tried again after its
// reply was lost.
func (it *item) outcome(err error) error {
	found, ok := refused(err)
	if !ok {
		return faultOf("write", it.table, err)
	}
	if w, _ := found["w"].(*types.AttributeValueMemberB); w != nil && bytes.Equal(w.Value, it.write) {
		return nil
	}
	return errStale
}

// before returns the version that one is written over.
func before(version int64) types.AttributeValue {
	if version == 1 {
		return nil
	}
	return integer(version - 1)
}

// putDoc writes a document whose version is one more than what is stored.
func (s *Store) putDoc(ctx context.Context, table, pk, sk string, version int64, doc any, out []outbox.Message) error {
	it, err := newItem(table, pk, sk, integer(version), doc, out)
	if err == nil {
		err = s.put(ctx, it, before(version))
	}
	return about(err, pk, sk)
}

// about says what an error is about.
func about(err error, pk, sk string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", pk, sk, err)
}

// load reads an item; nil where there is none.
func (s *Store) load(ctx context.Context, table, pk, sk string, strong bool) (attributes, error) {
	if len(pk) > maxPK || len(sk) > maxSK {
		return nil, nil //nolint:nilnil // newItem lets none be
	}
	out, err := call(ctx, s, "read", func(ctx context.Context) (*dynamodb.GetItemOutput, error) {
		return s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: key(pk, sk), ConsistentRead: &strong})
	})
	if err != nil {
		return nil, faultOf("read", table, err)
	}
	return out.Item, nil
}

// get reads a document strongly; false where there is none.
func get[T any](ctx context.Context, s *Store, table, pk, sk string) (v T, found bool, err error) {
	it, err := s.load(ctx, table, pk, sk, true)
	if err == nil && it != nil {
		found = true
		v, err = decode[T](it)
	}
	return v, found, about(err, pk, sk)
}

// must reads a document strongly; where there is none it is fault.NotFound.
func must[T any](ctx context.Context, s *Store, table, pk, sk string) (T, error) {
	v, found, err := get[T](ctx, s, table, pk, sk)
	if err == nil && !found {
		err = about(errNotFound, pk, sk)
	}
	return v, err
}

// remove deletes an item where a condition holds (empty: in any case); that it does not is no error.
func (s *Store) remove(ctx context.Context, table, pk, sk, condition string, values attributes) error {
	in := &dynamodb.DeleteItemInput{TableName: &table, Key: key(pk, sk)}
	if condition != "" {
		in.ConditionExpression, in.ExpressionAttributeValues = &condition, values
	}
	_, err := call(ctx, s, "remove", func(ctx context.Context) (*dynamodb.DeleteItemOutput, error) { return s.api.DeleteItem(ctx, in) })
	if _, ok := refused(err); ok {
		return nil
	}
	return faultOf("remove", table, err)
}

// span is a range of a partition, both ends included.
type span struct {
	table, pk, from, to string
	strong              bool
	fields              string // projection; empty: whole items
}

// query reads up to limit items of a range, in order. more says that there may be others behind.
func (s *Store) query(ctx context.Context, r span, limit int) (found []attributes, more bool, err error) {
	if limit <= 0 || r.from > r.to || len(r.pk) > maxPK || len(r.from) > maxSK {
		return nil, false, nil
	}
	in := &dynamodb.QueryInput{
		TableName: &r.table, ConsistentRead: &r.strong, KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: attributes{":pk": text(r.pk), ":from": text(r.from), ":to": text(r.to)},
	}
	if r.fields != "" {
		in.ProjectionExpression = &r.fields
	}
	for {
		in.Limit = aws.Int32(int32(min(limit-len(found), 10_000)))
		out, err := call(ctx, s, "query", func(ctx context.Context) (*dynamodb.QueryOutput, error) { return s.api.Query(ctx, in) })
		if err != nil {
			return nil, false, faultOf("query", r.table, err)
		}
		found = append(found, out.Items...)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil || len(found) >= limit {
			return found, in.ExclusiveStartKey != nil, nil
		}
	}
}

// last is above every sort key in use.
const last = "\U0010FFFD"

// str returns a text attribute.
func str(found attributes, name string) (string, error) {
	v, ok := found[name].(*types.AttributeValueMemberS)
	if !ok {
		return "", bad(fmt.Errorf("attribute %s is no text", name))
	}
	return v.Value, nil
}

// num returns a number that fits 64 bits.
func num(found attributes, name string) (int64, error) {
	v, ok := found[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0, bad(fmt.Errorf("attribute %s is no number", name))
	}
	n, err := strconv.ParseInt(v.Value, 10, 64)
	if err != nil {
		return 0, bad(err)
	}
	return n, nil
}
