package e2e_test

import (
	"context"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// TestDeploy deploys template.yaml with the SAM CLI on an emulator of AWS, and buys tickets there.
func TestDeploy(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	defer oneByOne(t)()
	// Giving up takes its eight attempts, and meanwhile others buy.
	p := d.poison()
	t.Run("fifty-places-and-two-hundred-bookings", func(t *testing.T) { deployedRush(t, d.on(t)) })
	t.Run("poison-is-given-up-and-redriven", func(t *testing.T) { deployedPoison(t, d.on(t), p) })
	t.Run("cancelled-in-the-rush", func(t *testing.T) { deployedCancellation(t, d.on(t)) })
}

func (d *stack) on(t testing.TB) *stack {
	c, f := *d, *d.functions
	f.server = d.server.on(t)
	c.functions = &f
	return &c
}

// sale puts an event on sale and waits until both services know.
func (d *stack) sale(organiser string, rows, seats, floor int) sale {
	d.t.Helper()
	e := d.putOnSale(organiser, rows, seats, floor, nil)
	d.eventually(time.Minute, "inventory open", func() bool { return d.isOpen(e.event) })
	return e
}

func (d *stack) isOpen(event string) bool {
	a, err := d.call(context.Background(), "GET", "/v1/events/"+event+"/availability", "", nil)
	return err == nil && a.status == 200
}

func deployedRush(t *testing.T, d *stack) {
	e := d.sale(d.token("olga@one.example", "organiser"), 2, 10, 30)
	crowd := d.buyers(20)
	began := time.Now()
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	var sold, refused atomic.Int32
	var wg sync.WaitGroup
	for i := range 200 {
		one := &buyer{name: crowd[i%20].name, token: crowd[i%20].token, acked: map[string]bookingView{}, asked: i}
		wg.Go(func() {
			kinds := []string{e.seats, e.floor, e.seats}[i%2:][:2]
			for len(kinds) > 0 && ctx.Err() == nil {
				switch code := one.insist(ctx, d.server, kinds[0], e.event, 1, true); code {
				case "":
					sold.Add(1)
					return
				case "soldOut":
					kinds = kinds[1:]
				case "allHeld": // others are about to buy them
				default:
					t.Errorf("POST /v1/bookings: got %q, want a booking or soldOut", code)
					return
				}
			}
			refused.Add(1)
		})
	}
	wg.Wait()
	t.Logf("200 buyers: %v", time.Since(began).Round(time.Millisecond))
	if sold.Load() != 50 || refused.Load() != 150 {
		t.Errorf("bookings: got %d and %d refused, want 50 and 150", sold.Load(), refused.Load())
	}
	began = time.Now()
	d.eventually(30*time.Second, "the Event Service says so", func() bool {
		return get[eventWire](d.server, "/v1/events/"+e.event, "").Availability == "soldOut"
	})
	t.Logf("sold out is shown after %v", time.Since(began).Round(time.Millisecond))
	if places := d.audit(crowd, e); places != 50 {
		t.Errorf("places sold and confirmed: got %d, want exactly 50", places)
	}
}

// poison is a message that the deployed worker cannot handle, since what it needs of its table cannot be read.
type poison struct {
	event  string
	spoilt []map[string]types.AttributeValue
}

// poison has an event published of which the Booking Service cannot read its own copy.
func (d *stack) poison() poison {
	d.t.Helper()
	org := d.token("olga@one.example", "organiser")
	known := d.sale(org, 1, 5, 5)
	draft := into[eventWire](d.t, d.must(201, "POST", "/v1/events", org, concert(d.venue(org, nil), inDays(30), nil))).ID
	p := poison{event: draft, spoilt: d.spoil(known.event, draft)}
	d.must(200, "POST", "/v1/events/"+draft+"/publish", org, nil)
	return p
}

// What was given up is in the dead letters; when the table is mended and they are redriven, it has its effect.
func deployedPoison(t *testing.T, d *stack, p poison) {
	letter := ""
	d.eventually(90*time.Second, "given up", func() bool {
		for line := range strings.SplitSeq(d.ctl(t, "dlq", "list", "--group", "booking"), "\n") {
			if strings.Contains(line, "event.published.v1") {
				letter, _, _ = strings.Cut(line, " ")
			}
		}
		return letter != ""
	})
	if letter == "" {
		return
	}
	if said := d.ctl(t, "dlq", "show", letter); !strings.Contains(said, p.event) {
		t.Errorf("dlq show: got %s, want event %s", said, p.event)
	}
	if d.isOpen(p.event) {
		t.Error("on sale: got true before the letter was redriven")
	}
	for _, key := range p.spoilt {
		if _, err := d.table().DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(d.name + "-booking"), Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	if said := d.ctl(t, "dlq", "redrive", letter); !strings.Contains(said, "redrove 1 of 1") {
		t.Errorf("dlq redrive: got %s, want 1 of 1", said)
	}
	d.eventually(30*time.Second, "on sale after all", func() bool { return d.isOpen(p.event) })
	if said := d.ctl(t, "dlq", "list"); strings.Contains(said, letter) {
		t.Errorf("dlq list: got %s, want %s gone", said, letter)
	}
}

func (d *stack) table() *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: &d.endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// spoil writes what nobody can read to where the Booking Service keeps its own copy of an event, and returns the keys. The
// copy of a known event tells where that is.
func (d *stack) spoil(known, event string) (keys []map[string]types.AttributeValue) {
	d.t.Helper()
	from, to := strings.TrimPrefix(known, "evt_"), strings.TrimPrefix(event, "evt_")
	table := aws.String(d.name + "-booking")
	all, err := d.table().Scan(d.t.Context(), &dynamodb.ScanInput{TableName: table, ConsistentRead: aws.Bool(true)})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, item := range all.Items {
		pk, _ := item["pk"].(*types.AttributeValueMemberS)
		if pk == nil || !strings.Contains(pk.Value, from) || item["d"] == nil {
			continue
		}
		item = maps.Clone(item)
		item["pk"] = &types.AttributeValueMemberS{Value: strings.ReplaceAll(pk.Value, from, to)}
		item["d"] = &types.AttributeValueMemberB{Value: []byte{0xff}}
		delete(item, "o")
		if _, err := d.table().PutItem(d.t.Context(), &dynamodb.PutItemInput{TableName: table, Item: item}); err != nil {
			d.t.Fatal(err)
		}
		keys = append(keys, map[string]types.AttributeValue{"pk": item["pk"], "sk": item["sk"]})
	}
	if len(keys) == 0 {
		d.t.Fatalf("items of %s in %s: got none of %d", known, *table, len(all.Items))
	}
	return keys
}

// The emulator hands a queue's batches to a function one after another, so that the cancellation waits behind what every
// booking says: it takes its time there.
func deployedCancellation(t *testing.T, d *stack) {
	const enough = 200
	org := d.token("olga@one.example", "organiser")
	e := d.sale(org, 5, 10, 400)
	crowd := d.buyers(8)
	before := d.kept()
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	var booked atomic.Int32
	var wg sync.WaitGroup
	began := time.Now()
	for _, b := range crowd {
		wg.Go(func() {
			for ctx.Err() == nil {
				switch b.try(ctx, d.server, e.floor, e.event, 1, true) {
				case "":
					booked.Add(1)
				case "notOnSale", "soldOut":
					return
				}
			}
		})
	}
	d.eventually(2*time.Minute, "bookings", func() bool { return booked.Load() >= enough })
	t.Logf("%d bookings: %v", booked.Load(), time.Since(began).Round(time.Millisecond))
	began = time.Now()
	d.must(200, "POST", "/v1/events/"+e.event+"/cancel", org, object{"reason": "rain"})
	wg.Wait()
	bookings := 0
	d.eventually(4*time.Minute, "every booking cancelled", func() bool {
		bookings = 0
		for _, b := range crowd {
			for _, k := range d.bookings(b.token) {
				if _, mine := b.acked[k.ID]; mine && k.Status != "cancelled" {
					return false
				} else if mine {
					bookings++
				}
			}
		}
		return true
	})
	t.Logf("%d cancelled: %v", bookings, time.Since(began).Round(time.Millisecond))
	if bookings < enough || bookings != int(booked.Load()) {
		t.Errorf("bookings cancelled: got %d, want the %d that were acknowledged, %d or more", bookings, booked.Load(), enough)
	}
	d.eventually(30*time.Second, "no place sold", func() bool { return d.sold(e) == 0 })
	d.eventually(30*time.Second, "all money back, once", func() bool { return d.kept() == before })
	for _, p := range d.ledger() {
		if p.Refunded.Amount > p.Amount.Amount {
			t.Errorf("payment of %d: got %d back, want no more than was paid", p.Amount.Amount, p.Refunded.Amount)
		}
	}
}

// kept is the money that the payment provider has not given back, and -1 while payments are open.
func (d *stack) kept() (sum int64) {
	d.t.Helper()
	for _, p := range d.ledger() {
		switch p.State {
		case "captured":
			sum += p.Amount.Amount - p.Refunded.Amount
		case "authorised":
			return -1
		}
	}
	return sum
}
