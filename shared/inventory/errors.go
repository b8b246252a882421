package inventory

import "github.com/myevents/myevents/shared/fault"

// The refusals of a claim, by what the caller could do next.
var (
	// ErrSoldOut: fewer places are unsold than were asked for.
	ErrSoldOut = fault.New(fault.Conflict, "soldOut", "not enough places are left")
	// ErrAllHeld: enough are unsold, but others hold them for the moment.
	ErrAllHeld = fault.New(fault.Conflict, "allHeld", "the places left are in other buyers' hands for the moment; some may come back within minutes")
	// ErrNotTogether: enough are free, but not side by side.
	ErrNotTogether = fault.New(fault.Conflict, "notTogether", "no places side by side are left; ask for them apart to get them")
	// ErrOtherRequest: the hold id was used for a request of another size.
	ErrOtherRequest = fault.New(fault.Invalid, "idempotencyMismatch", "the idempotency key was used for another request")
)
