package outbox

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/message"
)

// Stream reads an engine's change stream. Several processes may each run one of the same stream: they share its shards.
type Stream interface {
	// Run hands all changes to h until ctx ends, and then returns nil. Each comes at least once: when a shard passes to
	// another process, or this one is started again, from h's oldest change that is not done with. The changes of a shard
	// come in order and one call at a time, those of an item in order even where the stream is divided anew.
	Run(ctx context.Context, h ShardHandler) error
}

// ShardHandler takes what a Stream reads. Its methods are called for several shards at a time.
type ShardHandler interface {
	// Handle takes over changes of a shard, in order. The stream goes on; what Handle returns are the sequence numbers of
	// those that it could not take: after a while the stream hands it the changes from the lowest of them on again. It
	// returns soon after ctx has ended, which also ends when the shard becomes another's.
	Handle(ctx context.Context, shard string, changes []Change) (failed []string)
	// Oldest returns the sequence number of the first change of a shard that was taken over and is not done with, before
	// which no process needs to begin again; empty: all are done with.
	Oldest(shard string) string
	// End tells that a shard has no more changes.
	End(shard string)
	// Release tells that the shard is another's business from now on: what is under way is awaited, until ctx ends, and the
	// rest is forgotten. It returns what Oldest would.
	Release(ctx context.Context, shard string) string
}

// ShardHandlerFunc is a function as a ShardHandler that is done with what it took when it returns.
type ShardHandlerFunc func(ctx context.Context, shard string, changes []Change) (failed []string)

// Handle calls f.
func (f ShardHandlerFunc) Handle(ctx context.Context, shard string, changes []Change) []string {
	return f(ctx, shard, changes)
}

// Oldest returns nothing.
func (ShardHandlerFunc) Oldest(string) string { return "" }

// End does nothing.
func (ShardHandlerFunc) End(string) {}

// Release returns nothing.
func (ShardHandlerFunc) Release(context.Context, string) string { return "" }

// StreamRelayDeps is what a StreamRelay needs. Stream, Publish, Park and Now are required; see PassDeps.
type StreamRelayDeps struct {
	Stream  Stream
	Publish func(ctx context.Context, ms ...message.Envelope) error
	Park    func(ctx context.Context, body []byte, reason string) error
	Now     func() time.Time
	// The hooks are for metrics and logs; nil: nobody. Depth hears of the messages that this process read and did not yet
	// send, and for how long the oldest has been due.
	Published func(n int)
	Failed    func(err error)
	Depth     func(n int, lag time.Duration)
}

// StreamRelayConfig is what may be chosen; zero values mean the defaults.
type StreamRelayConfig struct {
	InFlight int           // calls of Publish at a time; default 64
	Batch    int           // messages in a call while all goes well; default 10
	Unsent   int           // messages in memory that are due, before the stream has to wait; default 4096
	Held     int           // timers in memory; more are sent at once, and their consumers put them off; default 65536
	GiveUp   time.Duration // for how long a message is tried before it is parked; default 10 min
	Measure  time.Duration // how often the depth is measured; default 5 s
}

// StreamRelay sends the messages of a Stream: in order for an item, side by side for several. It holds timers in memory
// until they are due, and drops those that a later change of their item replaced in time. The stream's checkpoint waits for
// them, so that a crash repeats and never loses. What can never be published, or read, is parked at once, what could not be
// published for long is parked then, and what cannot be parked is tried for ever.
type StreamRelay struct {
	d StreamRelayDeps
	c StreamRelayConfig
	r *carrier
}

// NewStreamRelay returns a StreamRelay.
func NewStreamRelay(d StreamRelayDeps, c StreamRelayConfig) *StreamRelay {
	c.InFlight = orElse(c.InFlight, 64)
	c.Batch = orElse(c.Batch, batchSize)
	c.Unsent = orElse(c.Unsent, 4096)
	c.Held = orElse(c.Held, 65536)
	c.GiveUp = orElse(c.GiveUp, 10*time.Minute)
	c.Measure = orElse(c.Measure, 5*time.Second)
	return &StreamRelay{d: d, c: c, r: newCarrier(
		PassDeps{Publish: d.Publish, Park: d.Park, Now: d.Now, Published: d.Published, Failed: d.Failed},
		carriage{atOnce: c.InFlight, batch: c.Batch, held: c.Held, giveUp: c.GiveUp},
	)}
}

func orElse[T int | time.Duration](v, def T) T {
	if v <= 0 {
		return def
	}
	return v
}

// Run relays until ctx ends. It returns nil, or why the stream could not be read at all. It is for one call.
func (s *StreamRelay) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{}, 2)
	go func() {
		s.r.run(ctx, false)
		done <- struct{}{}
	}()
	go func() {
		s.measure(ctx)
		done <- struct{}{}
	}()
	err := s.d.Stream.Run(ctx, handler{s})
	cancel()
	<-done
	<-done
	return err
}

func (s *StreamRelay) measure(ctx context.Context) {
	if s.d.Depth == nil {
		return
	}
	tick := time.NewTicker(s.c.Measure)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		n, oldest := s.r.measure()
		var lag time.Duration
		if n > 0 {
			lag = max(0, s.d.Now().Sub(oldest))
		}
		s.d.Depth(n, lag)
	}
}

// handler is a StreamRelay as its Stream sees it.
type handler struct{ s *StreamRelay }

func (h handler) Handle(ctx context.Context, shard string, changes []Change) (failed []string) {
	if len(changes) == 0 {
		return nil
	}
	if !h.s.r.await(ctx, func() bool { return h.s.r.unsent < h.s.c.Unsent }) {
		return []string{changes[0].Sequence}
	}
	h.s.r.accept(shard, changes)
	return nil
}

func (h handler) Oldest(shard string) string { return h.s.r.oldest(shard) }

func (h handler) End(shard string) { h.s.r.end(shard) }

func (h handler) Release(ctx context.Context, shard string) string { return h.s.r.release(ctx, shard) }
