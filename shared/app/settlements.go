package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// deadAtATime is how many dead letters the janitor looks at in one turn.
const deadAtATime = 100

// retrySettlements handles given-up messages about unsettled bookings once more, and forgets those that succeed: a store
// or a payment provider that was away for long must not leave a booking half done. It returns how many it settled.
func (a *App) retrySettlements(ctx context.Context) (settled int, err error) {
	letters, err := a.store.DeadLetters.DeadLetters(ctx, "", deadAtATime)
	if err != nil {
		return 0, fmt.Errorf("list dead letters: %w", err)
	}
	var faults []error
	for _, d := range letters {
		if d.Group != consumer.BookingGroup || d.Message.Type != message.BookingRecorded {
			continue
		}
		ref, err := message.Body[message.BookingRefV1](d.Message)
		if err == nil {
			err = a.booking.SettleRecorded(ctx, ref)
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			faults = append(faults, fmt.Errorf("settle %s: %w", ref.BookingID, err))
			continue
		}
		if err := a.store.DeadLetters.RemoveDeadLetter(ctx, d.ID); err != nil {
			faults = append(faults, err)
			continue
		}
		settled++
	}
	return settled, errors.Join(faults...)
}
