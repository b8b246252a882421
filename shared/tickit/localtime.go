package tickit

import "time"

// existence says how often a local time happens.
type existence int

const (
	once    existence = iota
	skipped           // the clock jumps over it
	twice             // the clock runs through it again
)

// inZone returns when a local time, whose own zone does not matter, happens in a zone. Of two times it is the earlier; a
// time that is skipped is moved on by as much as the clock is.
func inZone(local time.Time, zone *time.Location) (time.Time, existence) {
	wall := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
	_, before := wall.Add(-24 * time.Hour).In(zone).Zone() // no zone changes its clock twice in two days
	_, after := wall.Add(24 * time.Hour).In(zone).Zone()
	early := wall.Add(-time.Duration(before) * time.Second)
	late := wall.Add(-time.Duration(after) * time.Second)
	isEarly, isLate := shows(early, zone, wall), shows(late, zone, wall)
	switch {
	case isEarly && isLate && !early.Equal(late):
		return early, twice
	case isEarly:
		return early, once
	case isLate:
		return late, once
	default:
		return early, skipped
	}
}

// shows reports whether the clocks of a zone show a time then.
func shows(at time.Time, zone *time.Location, wall time.Time) bool {
	_, offset := at.In(zone).Zone()
	return at.Add(time.Duration(offset) * time.Second).Equal(wall)
}

// moveYears moves a local time by whole years. 29 February becomes 28 February in a year without one, which is reported.
func moveYears(local time.Time, years int) (time.Time, bool) {
	moved := local.AddDate(years, 0, 0)
	if moved.Day() != local.Day() {
		return moved.AddDate(0, 0, -1), true
	}
	return moved, false
}
