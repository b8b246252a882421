package booking

import (
	"context"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/inventory"
)

// Availability counts an event's places, at most 2 s ago. errNoEvent until its inventory is open.
func (s *Service) Availability(ctx context.Context, eventID string) (Availability, error) {
	sale, err := s.sale(ctx, eventID)
	if err != nil {
		return Availability{}, err
	}
	if !sale.open() {
		return Availability{}, errNoEvent
	}
	snap, err := s.snaps.get(ctx, sale)
	if err != nil {
		return Availability{}, err
	}
	out := Availability{EventID: sale.EventID, AsOf: snap.AsOf, Sections: make([]SectionAvailability, len(snap.Sections))}
	for i, c := range snap.Sections {
		out.Sections[i] = SectionAvailability{SectionID: sale.Layout[i].ID, Total: c.Total, Sold: c.Sold, Held: c.Held, Free: c.Free}
	}
	return out, nil
}

// Seats returns the rows of a seated section with the state of each seat. A standing section is fault.Invalid.
func (s *Service) Seats(ctx context.Context, eventID, sectionID string) ([]SeatRow, error) {
	sale, err := s.sale(ctx, eventID)
	if err != nil {
		return nil, err
	}
	if !sale.open() {
		return nil, errNoEvent
	}
	section, ok := sale.plan.Section(sectionID)
	if !ok {
		return nil, fault.InvalidField("query.section", "the event has no such section")
	}
	layout := sale.plan.Layout.Sections[section]
	if layout.Kind == inventory.Standing {
		return nil, fault.InvalidField("query.section", "a standing section has no seats")
	}
	rows := make([]SeatRow, len(layout.Rows))
	for i, row := range layout.Rows {
		rows[i] = SeatRow{Label: row.Label, Seats: make([]SeatState, row.Seats)}
		for n := range rows[i].Seats {
			rows[i].Seats[n] = SeatState{Number: n + 1, State: SeatWithheld}
		}
		for _, n := range row.Accessible {
			rows[i].Seats[n-1].Accessible = true
		}
	}
	err = s.seats.Section(ctx, sale.plan, section, func(b inventory.BlockID, free, held, sold uint64) {
		for _, state := range []struct {
			slots uint64
			name  string
		}{{free, SeatFree}, {held, SeatHeld}, {sold, SeatSold}} {
			for _, seat := range sale.plan.SeatsOf(b, state.slots) {
				rows[seat.Row].Seats[seat.First-1].State = state.name
			}
		}
	})
	return rows, err
}
