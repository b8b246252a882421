package tickit

// InZone and the rest are what the tests look at from inside.
var (
	InZone    = inZone
	MoveYears = moveYears
)

// How a local time exists.
const (
	Once    = once
	Skipped = skipped
	Twice   = twice
)
