package dynamostream

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	leasePrefix = "STREAM#"
	leaseSort   = "LEASE"
	// leaseKept is for how long the table keeps a lease that nobody renews: longer than the stream knows its shard.
	leaseKept = 72 * time.Hour
)

// lease is who reads a shard, and how far it was read.
type lease struct {
	Owner  string // empty: nobody
	Until  time.Time
	Wanted string // who would like to have it
	Done   bool   // the shard has ended, and all of it is done with
	From   position
}

func (l lease) heldAt(now time.Time) bool { return l.Owner != "" && now.Before(l.Until) }

// leases keeps the leases of a stream. Every change of one is conditional, so of several processes one wins.
type leases interface {
	// Read returns the leases that there are.
	Read(ctx context.Context, shardIDs []string) (map[string]lease, error)
	// Take makes a lease ours that is nobody's, has run out, or is ours; false: it is another's, or the shard is done with.
	Take(ctx context.Context, shardID string) (l lease, ok bool, err error)
	// Keep renews our lease and notes how far its shard was read; false: it is ours no more. The lease tells who wants it.
	Keep(ctx context.Context, shardID string, at position) (l lease, ok bool, err error)
	// Free gives our lease up, to heir if there is one; where it is ours no more, nothing changes.
	Free(ctx context.Context, shardID string, at position, heir string) error
	// Finish notes that a shard is done with; false: the lease is ours no more.
	Finish(ctx context.Context, shardID string) (ok bool, err error)
	// Want tells a lease's owner that we would like to have it.
	Want(ctx context.Context, shardID, owner string) error
}

// until is a time as a lease has it: Unix milliseconds.
func until(t time.Time) int64 { return t.UnixMilli() }

// text is a string that several goroutines use.
type text struct {
	mu sync.Mutex
	v  string
}

func (t *text) get() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.v
}

func (t *text) set(v string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.v = v
}

// tableLeases are items of the table whose stream it is. They carry no messages, and the reader passes over them.
type tableLeases struct {
	table  string
	tables *dynamodb.Client
	o      Options
}

type item = map[string]types.AttributeValue

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func leaseKey(shardID string) item {
	return item{"pk": str(leasePrefix + shardID), "sk": str(leaseSort)}
}

func (t *tableLeases) Read(ctx context.Context, shardIDs []string) (map[string]lease, error) {
	all := map[string]lease{}
	for ids := range slices.Chunk(shardIDs, 100) { // what one call takes
		var keys []item
		for _, id := range ids {
			keys = append(keys, leaseKey(id))
		}
		ask := map[string]types.KeysAndAttributes{t.table: {Keys: keys, ConsistentRead: aws.Bool(true)}}
		for try := 1; len(ask) > 0; try++ {
			out, err := t.tables.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: ask})
			if err != nil {
				return nil, unavailable("read leases", err)
			}
			for _, it := range out.Responses[t.table] {
				pk, _ := it["pk"].(*types.AttributeValueMemberS)
				all[pk.Value[len(leasePrefix):]] = leaseOf(it)
			}
			if ask = out.UnprocessedKeys; len(ask) > 0 && !rest(ctx, try) {
				return nil, ctx.Err()
			}
		}
	}
	return all, nil
}

func leaseOf(it item) lease {
	var l lease
	get := func(name string) string {
		s, _ := it[name].(*types.AttributeValueMemberS)
		if s == nil {
			return ""
		}
		return s.Value
	}
	flag := func(name string) bool {
		b, _ := it[name].(*types.AttributeValueMemberBOOL)
		return b != nil && b.Value
	}
	l.Owner, l.Wanted, l.Done = get("owner"), get("wanted"), flag("done")
	l.From = position{Sequence: get("seq"), At: flag("at")}
	if n, _ := it["until"].(*types.AttributeValueMemberN); n != nil {
		if ms, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			l.Until = time.UnixMilli(ms)
		}
	}
	return l
}

// names are the placeholders of every expression; some of the words are reserved.
var names = map[string]string{"#owner": "owner", "#until": "until", "#wanted": "wanted", "#done": "done", "#seq": "seq", "#at": "at"}

// update changes a lease under a condition; false: it does not hold.
func (t *tableLeases) update(ctx context.Context, shardID, condition, change string, values item) (lease, bool, error) {
	used := map[string]string{}
	for name, is := range names {
		if strings.Contains(condition, name) || strings.Contains(change, name) {
			used[name] = is
		}
	}
	now := t.o.Now()
	all := item{":x": num(now.Add(leaseKept).Unix()), ":me": str(t.o.Owner)}
	for name, v := range values {
		all[name] = v
	}
	if !strings.Contains(condition, ":me") && !strings.Contains(change, ":me") {
		delete(all, ":me")
	}
	out, err := t.tables.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &t.table, Key: leaseKey(shardID), ConditionExpression: &condition, UpdateExpression: aws.String("SET x = :x, " + change),
		ExpressionAttributeNames: used, ExpressionAttributeValues: all, ReturnValues: types.ReturnValueAllNew,
	})
	var refused *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &refused):
		return lease{}, false, nil
	case err != nil:
		return lease{}, false, unavailable("write the lease of "+shardID, err)
	}
	return leaseOf(out.Attributes), true, nil
}

func (t *tableLeases) Take(ctx context.Context, shardID string) (lease, bool, error) {
	now := t.o.Now()
	return t.update(ctx, shardID,
		"attribute_not_exists(#done) AND (attribute_not_exists(#owner) OR #until <= :now OR #owner = :me)",
		"#owner = :me, #until = :until REMOVE #wanted",
		item{":now": num(until(now)), ":until": num(until(now.Add(t.o.Lease)))})
}

// reached adds to a change how far a shard was read.
func reached(change string, at position, values item) (string, item) {
	if at.Sequence != "" {
		change += ", #seq = :seq, #at = :at"
		values[":seq"], values[":at"] = str(at.Sequence), &types.AttributeValueMemberBOOL{Value: at.At}
	}
	return change, values
}

func (t *tableLeases) Keep(ctx context.Context, shardID string, at position) (lease, bool, error) {
	change, values := reached("#until = :until", at, item{":until": num(until(t.o.Now().Add(t.o.Lease)))})
	return t.update(ctx, shardID, "#owner = :me", change, values)
}

func (t *tableLeases) Free(ctx context.Context, shardID string, at position, heir string) error {
	change, values := "#until = :until", item{":until": num(0)}
	if heir != "" { // who looks again soon, or has stopped meanwhile
		values[":until"], values[":heir"] = num(until(t.o.Now().Add(min(t.o.Lease, 2*t.o.Discover)))), str(heir)
		change += ", #owner = :heir"
	}
	change, values = reached(change, at, values)
	if change += " REMOVE #wanted"; heir == "" {
		change += ", #owner"
	}
	_, _, err := t.update(ctx, shardID, "#owner = :me", change, values)
	return err
}

func (t *tableLeases) Finish(ctx context.Context, shardID string) (bool, error) {
	_, ok, err := t.update(ctx, shardID, "#owner = :me", "#done = :yes REMOVE #owner, #until, #wanted",
		item{":yes": &types.AttributeValueMemberBOOL{Value: true}})
	return ok, err
}

func (t *tableLeases) Want(ctx context.Context, shardID, owner string) error {
	_, _, err := t.update(ctx, shardID, "#owner = :owner AND attribute_not_exists(#wanted)", "#wanted = :me", item{":owner": str(owner)})
	return err
}
