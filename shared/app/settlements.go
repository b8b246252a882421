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

// How many dead letters the janitor looks at: at a time, and in one turn.
const (
	deadAtATime = 100
	deadInATurn = 10_000
)

// retrySettlements handles given-up messages about unsettled bookings once more, and forgets those that succeed: a payment
// provider that was away for long must not leave a booking half done. It returns how many it settled.
func (a *App) retrySettlements(ctx context.Context) (settled int, err error) {
	var faults []error
	after := ""
	for seen := 0; seen < deadInATurn; seen += deadAtATime {
		letters, err := a.DeadLetters().DeadLetters(ctx, after, deadAtATime)
		if err != nil {
			return settled, fmt.Errorf("list dead letters: %w", err)
		}
		for _, d := range letters {
			after = d.ID
			if d.Group != consumer.BookingGroup || d.Message.Type != message.BookingRecorded {
				continue
			}
			if err := a.retrySettlement(ctx, d); err != nil {
				faults = append(faults, err)
				continue
			}
			settled++
		}
		if len(letters) < deadAtATime {
			break
		}
	}
	return settled, errors.Join(faults...)
}

func (a *App) retrySettlement(ctx context.Context, d queue.DeadLetter) error {
	ref, err := message.Body[message.BookingRefV1](d.Message)
	if err == nil {
		err = a.booking.SettleRecorded(ctx, ref, d.Message.Time)
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("settle %s: %w", ref.BookingID, err)
	}
	return a.DeadLetters().RemoveDeadLetter(ctx, d.ID)
}
