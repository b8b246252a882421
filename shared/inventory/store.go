package inventory

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/outbox"
)

// Store keeps blocks and each event's availability snapshot. Implementations are safe for concurrent use, by several
// processes too. Every method may answer fault.Unavailable, after which repeating is safe.
type Store interface {
	// Step does s to a block, alone on it, as Step.Apply means it, and durably. It returns the block as it is after the
	// step or, with ErrTaken or ErrClosed, as it was found, which then holds nothing of the step. ErrBusy where the step
	// yields.
	Step(ctx context.Context, b BlockID, s Step) (Block, error)
	// Blocks calls yield for those of the blocks of one event that exist, in any order; i is the index into blocks. strong
	// reads see every step that was answered before the call. yield must not keep the pointer.
	Blocks(ctx context.Context, blocks []BlockID, strong bool, yield func(i int, b *Block)) error
	// Snapshot returns the event's last snapshot; the zero one where there is none.
	Snapshot(ctx context.Context, event id.Raw) (Snapshot, error)
	// PutSnapshot replaces the snapshot whose AsOf is prev (zero: none) and queues out, both or neither. Another's having
	// come first is fault.Stale.
	PutSnapshot(ctx context.Context, s Snapshot, prev time.Time, out ...outbox.Message) error
}

// Snapshot counts an event's places at a moment. It may be 2 s old when it is shown.
type Snapshot struct {
	Event    id.Raw
	AsOf     time.Time
	Told     time.Time // AsOf of the snapshot that was last announced to the catalogue
	ToldSum  uint64    // fingerprint of what was announced then
	Sections []Counts  // by section ordinal
}

// Counts are the places of a section. Total = Sold + Held + Withheld + Free.
type Counts struct {
	Total, Sold, Held, Withheld, Free int
}
