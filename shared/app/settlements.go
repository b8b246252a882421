package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// deadAtATime is how many dead letters the janitor reads at a time.
const deadAtATime = 100

// retrySettlements handles given-up messages about unsettled bookings once more, and forgets those that succeed: a store
// or a payment provider that was away for long must not leave a booking half done. It returns how many it settled.
func (a *App) retrySettlements(ctx context.Context) (settled int, err error) {
	var faults []error
	for after := ""; ; {
		letters, err := a.store.DeadLetters.DeadLetters(ctx, after, deadAtATime)
		if err != nil {
			return settled, errors.Join(append(faults, fmt.Errorf("list dead letters: %w", err))...)
		}
		for _, d := range letters {
			after = d.ID
			if d.Group != consumer.BookingGroup || d.Message.Type != message.BookingRecorded {
				continue
			}
			if err := a.retrySettlement(ctx, d); err != nil {
				faults = append(faults, err)
			} else {
				settled++
			}
		}
		if len(letters) < deadAtATime || len(faults) >= deadAtATime {
			return settled, errors.Join(faults...)
		}
	}
}

func (a *App) retrySettlement(ctx context.Context, d queue.DeadLetter) error {
	ref, err := message.Body[message.BookingRefV1](d.Message)
	if err == nil {
		err = a.booking.SettleRecorded(ctx, ref)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("settle %s: %w", ref.BookingID, err)
	}
	return a.store.DeadLetters.RemoveDeadLetter(ctx, d.ID)
}
