package kafkaqueue

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// What a partition may hold before it pauses; it resumes at half of it.
const (
	maxAhead = 2000     // messages from the lowest that is not done on
	maxHeld  = 32 << 20 // bytes
)

// redrivenName begins the names of redriven messages. Others are named by their offset.
const redrivenName = "r-"

// item is a message that is not done with.
type item struct {
	name    string
	offset  int64 // in the messages' topic; -1: it was redriven
	subject string
	kind    string // its type
	raw     []byte

	attempts int // so far
	first    time.Time
	until    time.Time // not to be handled before

	stored bool // in the retry topic
	sent   bool // to be: a record of it may be there, or come there
}

// record is the item as it waits in the retry topic.
func (it *item) record(topic string, partition int32, by string) *kgo.Record {
	return &kgo.Record{Topic: topic, Partition: partition, Key: []byte(it.name), Value: it.raw, Headers: []kgo.RecordHeader{
		header(headAttempts, strconv.Itoa(it.attempts)), header(headFirst, millis(it.first)), header(headUntil, millis(it.until)),
		header(headSubject, it.subject), header(headType, it.kind), header(headBy, by),
	}}
}

// waiting reads an item from the retry topic.
func waiting(r *kgo.Record) *item {
	it := &item{
		name: string(r.Key), offset: offsetIn(string(r.Key)), subject: words(r, headSubject), kind: words(r, headType), raw: r.Value,
		attempts: int(max(0, number(r, headAttempts))), first: instant(r, headFirst), until: instant(r, headUntil), stored: true, sent: true,
	}
	return it
}

// offsetIn reads an item's name.
func offsetIn(name string) int64 {
	if n, err := strconv.ParseInt(name, 10, 64); err == nil && n >= 0 && !strings.HasPrefix(name, redrivenName) {
		return n
	}
	return -1
}

// arrived makes an item of a record of the messages' topic.
func arrived(r *kgo.Record) *item {
	return &item{name: strconv.FormatInt(r.Offset, 10), offset: r.Offset, subject: string(r.Key), kind: words(r, headType), raw: r.Value}
}

// lane is the items of one subject in their order. The first is handled, or waits for its time.
type lane struct {
	key    string
	items  []*item
	busy   bool        // the first is being handled
	queued bool        // it stands in line for it
	timer  *time.Timer // it waits
}

// slot is an offset that was read.
type slot struct {
	offset int64
	done   bool
}

// part is a partition that this subscriber owns. It is guarded by its subscriber's lock.
type part struct {
	n      int32
	by     string // this ownership's name
	ctx    context.Context
	cancel context.CancelFunc
	lanes  map[string]*lane
	known  map[string]*item // what is not done with, by name

	ahead []slot // from the lowest that is not done on
	next  int64  // the offset after the last that was read; -1: none was
	held  int    // bytes of the items

	loading   bool             // what waits is not known yet
	early     []*kgo.Record    // came before that
	committed int64            // the group's offset when this ownership began; -1: none
	settled   map[int64]bool   // offsets from there on that an earlier owner was done with
	live      map[string]int64 // what waits in the retry topic, and where
	tail      int64            // the offset there to read on from

	running int  // handlers
	pending int  // records on their way to the broker
	closing bool // nothing more is begun
	gone    bool // it is another's now
	paused  bool

	saved, savedTail int64 // the offsets committed last
}

// add puts an item into its lane; front is true for what was there before everything else.
func (p *part) add(it *item) *lane {
	key := it.subject
	if key == "" {
		key = "\x00" + it.name // no order, so that each has a lane of its own
	}
	l := p.lanes[key]
	if l == nil {
		l = &lane{key: key}
		p.lanes[key] = l
	}
	l.items = append(l.items, it)
	p.known[it.name] = it
	p.held += len(it.raw)
	return l
}

// remove takes the first item out of a lane, and the lane away with its last.
func (p *part) remove(l *lane) {
	it := l.items[0]
	l.items[0] = nil
	if l.items = l.items[1:]; len(l.items) == 0 {
		delete(p.lanes, l.key)
	}
	delete(p.known, it.name)
	p.held -= len(it.raw)
}

// read notes an offset that was read.
func (p *part) read(offset int64, done bool) {
	p.next = offset + 1
	p.ahead = append(p.ahead, slot{offset, done})
	p.trim()
}

// done notes that an offset is done with: handled, or safe elsewhere.
func (p *part) done(offset int64) {
	at, ok := slices.BinarySearchFunc(p.ahead, offset, func(s slot, offset int64) int { return int(s.offset - offset) })
	if ok {
		p.ahead[at].done = true
		p.trim()
	}
}

func (p *part) trim() {
	n := 0
	for n < len(p.ahead) && p.ahead[n].done {
		n++
	}
	if p.ahead = p.ahead[n:]; len(p.ahead) == 0 {
		p.ahead = nil
	}
}

// offsets returns what to commit, for the messages' topic (-1: nothing yet) and for the retry topic (likewise).
func (p *part) offsets() (main, tail int64) {
	main, tail = p.next, p.tail
	if len(p.ahead) > 0 {
		main = p.ahead[0].offset
	}
	if p.loading {
		return -1, -1
	}
	for _, at := range p.live {
		tail = min(tail, at)
	}
	return main, tail
}

// full and roomy say when to pause and when to go on.
func (p *part) full() bool { return len(p.ahead)+len(p.early) >= maxAhead || p.held >= maxHeld }

func (p *part) roomy() bool { return len(p.ahead)+len(p.early) <= maxAhead/2 && p.held <= maxHeld/2 }
