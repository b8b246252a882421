package app

import (
	"context"
	"errors"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/telemetry"
)

// metered counts what becomes of holds, bookings and check-ins.
type metered struct {
	*booking.Service
	m telemetry.Metrics
}

// outcomesOfHolds maps the codes of refusals; what is not in it is a wrong request, or ours.
var outcomesOfHolds = map[string]telemetry.HoldOutcome{
	"soldOut": telemetry.HoldSoldOut, "allHeld": telemetry.HoldAllHeld, "notTogether": telemetry.HoldNotTogether,
	"seatTaken": telemetry.HoldSeatTaken, "notOnSale": telemetry.HoldNotOnSale, "limitReached": telemetry.HoldLimitReached,
}

var outcomesOfBookings = map[string]telemetry.BookingOutcome{
	"paymentDeclined": telemetry.BookingDeclined, "holdLapsed": telemetry.BookingLapsed,
}

// outcome finds an error's outcome by its code, then by whose fault it is.
func outcome[O any](err error, byCode map[string]O, made, refused, failed O) O {
	var f *fault.Error
	switch {
	case err == nil:
		return made
	case errors.As(err, &f):
		if o, ok := byCode[f.Code]; ok {
			return o
		}
		if f.Kind != fault.Internal && f.Kind != fault.Unavailable {
			return refused
		}
	}
	return failed
}

func (s metered) countHold(err error, made telemetry.HoldOutcome) {
	s.m.Hold(outcome(err, outcomesOfHolds, made, telemetry.HoldRefused, telemetry.HoldFailed))
}

func (s metered) countBooking(err error, made telemetry.BookingOutcome) {
	s.m.Booking(outcome(err, outcomesOfBookings, made, telemetry.BookingRefused, telemetry.BookingFailed))
}

// Hold counts booking.Service.Hold.
func (s metered) Hold(ctx context.Context, user id.Raw, r booking.HoldRequest) (booking.Hold, error) {
	h, err := s.Service.Hold(ctx, user, r)
	s.countHold(err, telemetry.HoldMade)
	return h, err
}

// ExtendHold counts booking.Service.ExtendHold.
func (s metered) ExtendHold(ctx context.Context, user id.Raw, token string) (booking.Hold, error) {
	h, err := s.Service.ExtendHold(ctx, user, token)
	s.countHold(err, telemetry.HoldExtended)
	return h, err
}

// ReleaseHold counts booking.Service.ReleaseHold.
func (s metered) ReleaseHold(ctx context.Context, user id.Raw, token string) error {
	err := s.Service.ReleaseHold(ctx, user, token)
	s.countHold(err, telemetry.HoldReleased)
	return err
}

// Book counts booking.Service.Book.
func (s metered) Book(ctx context.Context, user id.Raw, r booking.BookRequest) (booking.Details, error) {
	d, err := s.Service.Book(ctx, user, r)
	made := telemetry.BookingConfirmed
	if d.Status == booking.Recorded {
		made = telemetry.BookingSettling
	}
	s.countBooking(err, made)
	return d, err
}

// CancelTickets counts booking.Service.CancelTickets.
func (s metered) CancelTickets(ctx context.Context, a booking.Actor, bookingID string, ticketIDs []string) (booking.Details, error) {
	d, err := s.Service.CancelTickets(ctx, a, bookingID, ticketIDs)
	s.countBooking(err, telemetry.BookingCancelled)
	return d, err
}

// CheckIn counts booking.Service.CheckIn.
func (s metered) CheckIn(ctx context.Context, a booking.Actor, scan booking.Scan) (booking.CheckInResult, error) {
	r, err := s.Service.CheckIn(ctx, a, scan)
	if err == nil {
		s.m.CheckIn(map[string]telemetry.CheckInResult{
			booking.Admitted:  telemetry.CheckInAdmitted,
			booking.AlreadyIn: telemetry.CheckInAlreadyIn, booking.Refused: telemetry.CheckInRefused,
		}[r.Result])
	}
	return r, err
}
