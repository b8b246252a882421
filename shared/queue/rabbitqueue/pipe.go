package rabbitqueue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/fault"
)

// parcel is a message on its way to the broker.
type parcel struct {
	exchange, key string
	must          bool // some queue has to take it
	msg           amqp.Publishing

	// Of the latest pipe that took it:
	seq     uint64
	confirm *amqp.DeferredConfirmation
	back    atomic.Bool // no queue took it
}

// crate is parcels that are written together.
type crate struct {
	ctx     context.Context // of who waits for them
	parcels []*parcel
	written chan struct{} // closed when the confirmations are there, or never will be
	left    atomic.Bool   // nobody waits any more
}

// pipe is a channel with publisher confirms, until it breaks. One goroutine writes to it: a write may be stuck, and who waits
// for it has a deadline.
type pipe struct {
	s    *session
	ch   *amqp.Channel
	in   chan *crate
	ask  chan chan struct{} // answered when the returns that came so far are noted
	gone chan struct{}      // closed when it is broken

	mu    sync.Mutex
	cause error
	sent  map[uint64]*parcel // by number, for returns
	seq   uint64             // the writer's
}

// openPipe opens a channel to publish by, the front one only where the queues of all groups are there and bound.
func (q *Queue) openPipe(ctx context.Context, front bool) (*pipe, error) {
	s, err := q.publishing.get(ctx)
	if err != nil {
		return nil, err
	}
	if front {
		if err := q.bound(s); err != nil {
			return nil, err
		}
	}
	ch, err := s.channel()
	if err != nil {
		return nil, err
	}
	if err := ch.Confirm(false); err != nil {
		return nil, faultOf("confirm", err)
	}
	p := &pipe{
		s: s, ch: ch, in: make(chan *crate), ask: make(chan chan struct{}), gone: make(chan struct{}),
		sent: map[uint64]*parcel{},
	}
	returns, closes := ch.NotifyReturn(make(chan amqp.Return)), ch.NotifyClose(make(chan *amqp.Error, 1))
	q.behind.Go(func() { p.listen(returns, closes) })
	q.behind.Go(p.write)
	return p, nil
}

func (p *pipe) dead() bool {
	select {
	case <-p.gone:
		return true
	default:
		return p.ch.IsClosed()
	}
}

// kill closes the connection, and the channel with it.
func (p *pipe) kill() { p.s.kill() }

// broke says why the channel is broken.
func (p *pipe) broke() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause
}

// listen takes what comes back. The library hands on a return before the confirmation that follows it.
func (p *pipe) listen(returns chan amqp.Return, closes chan *amqp.Error) {
	for {
		select {
		case r, ok := <-returns:
			if !ok {
				returns = nil
				continue
			}
			seq, err := strconv.ParseUint(r.CorrelationId, 10, 64)
			p.mu.Lock()
			if it := p.sent[seq]; it != nil && err == nil {
				it.back.Store(true)
			}
			p.mu.Unlock()
		case noted := <-p.ask:
			close(noted)
		case err := <-closes:
			p.mu.Lock()
			if p.cause = amqp.ErrClosed; err != nil {
				p.cause = err
			}
			p.mu.Unlock()
			close(p.gone)
			return
		}
	}
}

// write writes crates until the channel breaks.
func (p *pipe) write() {
	for {
		select {
		case c := <-p.in:
			if err := p.writeCrate(c); err != nil {
				_ = p.ch.Close() // it is broken, or about to be
				return
			}
		case <-p.gone:
			return
		}
	}
}

func (p *pipe) writeCrate(c *crate) error {
	defer func() {
		close(c.written)
		if c.left.Load() {
			p.forget(c.parcels)
		}
	}()
	for _, it := range c.parcels {
		free, _ := p.s.free()
		select {
		case <-free:
		case <-c.ctx.Done():
			return nil
		case <-p.gone:
			return amqp.ErrClosed
		}
		p.mu.Lock()
		p.seq++
		it.seq, it.confirm = p.seq, nil
		it.back.Store(false)
		p.sent[it.seq] = it
		p.mu.Unlock()
		msg := it.msg // who waits may have left, and copies the original
		msg.CorrelationId = strconv.FormatUint(it.seq, 10)
		confirm, err := p.ch.PublishWithDeferredConfirm(it.exchange, it.key, it.must, false, msg)
		if err != nil {
			return err
		}
		it.confirm = confirm
	}
	return nil
}

func (p *pipe) forget(ps []*parcel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, it := range ps {
		if p.sent[it.seq] == it {
			delete(p.sent, it.seq)
		}
	}
}

// crateSize is how many parcels one who publishes many writes before another's turn.
const crateSize = 128

// errUnrouted is what happens to a parcel that no queue takes.
var errUnrouted = errors.New("no queue takes it")

// send publishes parcels and returns those that are not known to be safe, with one reason.
func (p *pipe) send(ctx context.Context, ps []*parcel) (left []*parcel, err error) {
	var crates []*crate
	taken := 0
	for err == nil && taken < len(ps) {
		c := &crate{ctx: ctx, parcels: ps[taken:min(taken+crateSize, len(ps))], written: make(chan struct{})}
		select {
		case p.in <- c:
			crates = append(crates, c)
			taken += len(c.parcels)
		case <-ctx.Done():
			err = p.late(ctx)
		case <-p.gone:
			err = p.broke()
		}
	}
	for _, c := range crates {
		if why := p.written(ctx, c); why != nil {
			left, err = append(left, c.parcels...), why
			continue
		}
		left = append(left, p.confirmed(ctx, c.parcels, &err)...)
		p.forget(c.parcels)
	}
	return append(left, ps[taken:]...), err
}

// written waits until a crate is. Where there is no waiting for it, it may still be under the writer's hands.
func (p *pipe) written(ctx context.Context, c *crate) (why error) {
	select {
	case <-c.written:
		return nil
	default:
	}
	select {
	case <-c.written:
		return nil
	case <-ctx.Done():
		why = p.late(ctx)
	case <-p.gone:
		why = p.broke()
	}
	c.left.Store(true)
	select {
	case <-c.written:
		p.forget(c.parcels)
	default: // the writer forgets them
	}
	return why
}

// late says why there was no answer in time.
func (p *pipe) late(ctx context.Context) error {
	if _, why := p.s.free(); why != "" {
		return fmt.Errorf("the broker takes no messages: %s: %w", why, ctx.Err())
	}
	return ctx.Err()
}

// confirmed waits for the parcels of a written crate and returns those that are not safe.
func (p *pipe) confirmed(ctx context.Context, ps []*parcel, why *error) (left []*parcel) {
	acked := make([]bool, len(ps))
	for i, it := range ps {
		if it.confirm == nil { // never written
			continue
		}
		select {
		case <-it.confirm.Done():
		default:
			select {
			case <-it.confirm.Done():
			case <-ctx.Done():
			case <-p.gone:
			}
		}
		acked[i] = it.confirm.Acked()
	}
	noted := make(chan struct{})
	select {
	case p.ask <- noted:
	case <-p.gone:
		select { // a return may have been lost with it
		case <-noted:
		default:
			clear(acked)
		}
	}
	for i, it := range ps {
		switch {
		case it.back.Load():
			*why = errUnrouted
		case acked[i]:
			continue
		case *why != nil:
		case ctx.Err() != nil:
			*why = p.late(ctx)
		case p.dead():
			*why = p.broke()
		default:
			*why = fault.New(fault.Unavailable, "", "the broker refused it")
		}
		left = append(left, it)
	}
	return left
}
