package httpapi

import (
	"time"

	"github.com/myevents/myevents/shared/catalog"
)

// Event is one performance in one hall. Availability is the last field: encodedEvents cuts there.
type Event struct {
	ID             string        `json:"id" example:"evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	OrganisationID string        `json:"organisationId" example:"demo"`
	ExternalID     string        `json:"externalId,omitempty"`
	Name           string        `json:"name" example:"Neujahrskonzert"`
	Category       string        `json:"category" example:"concert"`
	Description    string        `json:"description,omitempty"`
	Performers     []string      `json:"performers,omitempty" nullable:"false"`
	ImageURL       string        `json:"imageUrl,omitempty"`
	Status         string        `json:"status" enum:"draft,published,cancelled,ended"`
	CancelReason   string        `json:"cancelReason,omitempty" doc:"Why it was cancelled."`
	LocationID     string        `json:"locationId" example:"loc_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	HallID         string        `json:"hallId" example:"hal_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	StartsAt       time.Time     `json:"startsAt"`
	EndsAt         *time.Time    `json:"endsAt,omitempty"`
	DoorsAt        *time.Time    `json:"doorsAt,omitempty"`
	RescheduledAt  *time.Time    `json:"rescheduledAt,omitempty" doc:"When it was last rescheduled."`
	TimeZone       string        `json:"timeZone" doc:"IANA, of the location." example:"Europe/Vienna"`
	OnSaleFrom     *time.Time    `json:"onSaleFrom,omitempty"`
	OnSaleUntil    *time.Time    `json:"onSaleUntil,omitempty"`
	TicketTypes    []TicketType  `json:"ticketTypes" nullable:"false"`
	PerPerson      int           `json:"perPerson" doc:"Tickets per person at most; 0: no limit." example:"10"`
	Cancellation   *Cancellation `json:"cancellation,omitempty"`
	Location       Place         `json:"location"`
	PriceFrom      *Money        `json:"priceFrom,omitempty" doc:"The cheapest ticket type's price."`
	Version        int64         `json:"version" example:"3"`
	Availability   string        `json:"availability" enum:"available,few,soldOut,notOnSale,ended,cancelled" doc:"few: under 10 % left."`
}

// Cancellation is until when buyers may cancel.
type Cancellation struct {
	Until time.Time `json:"until" doc:"Default: the start."`
}

// TicketType is a price for one or more sections.
type TicketType struct {
	ID         string     `json:"id" example:"tkt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Name       string     `json:"name" example:"Parkett"`
	Price      Money      `json:"price"`
	SectionIDs []string   `json:"sectionIds" nullable:"false"`
	PerPerson  int        `json:"perPerson,omitempty" doc:"Tickets of this type per person at most."`
	SalesFrom  *time.Time `json:"salesFrom,omitempty"`
	SalesUntil *time.Time `json:"salesUntil,omitempty"`
}

// eventView is an event without its availability, which changes without the version.
func eventView(e catalog.Event) Event {
	v := Event{
		ID: e.ID, OrganisationID: e.OrganisationID, ExternalID: e.ExternalID, Name: e.Name, Category: e.Category,
		Description: e.Description, Performers: e.Performers, ImageURL: e.ImageURL, Status: string(e.Status),
		CancelReason: e.CancelReason, LocationID: e.LocationID, HallID: e.HallID, StartsAt: e.StartsAt.UTC(), EndsAt: utc(e.EndsAt),
		DoorsAt: utc(e.DoorsAt), RescheduledAt: utc(e.RescheduledAt), TimeZone: e.TimeZone, OnSaleFrom: utc(e.OnSaleFrom),
		OnSaleUntil: utc(e.OnSaleUntil), TicketTypes: make([]TicketType, len(e.TicketTypes)), PerPerson: e.PerPerson,
		Location: placeView(e.Place), Version: e.Version,
	}
	for i, t := range e.TicketTypes {
		v.TicketTypes[i] = TicketType{
			ID: t.ID, Name: t.Name, Price: moneyView(t.Price), SectionIDs: orEmpty(t.SectionIDs),
			PerPerson: t.PerPerson, SalesFrom: utc(t.SalesFrom), SalesUntil: utc(t.SalesUntil),
		}
	}
	if e.CancelUntil != nil {
		v.Cancellation = &Cancellation{Until: e.CancelUntil.UTC()}
	}
	if price, ok := e.PriceFrom(); ok {
		m := moneyView(price)
		v.PriceFrom = &m
	}
	return v
}

// NewEvent is a draft to be. Its time zone is its location's.
type NewEvent struct {
	OrganisationID string          `json:"organisationId,omitempty" maxLength:"64" doc:"One of yours; default: your first." example:"demo"`
	ExternalID     string          `json:"externalId,omitempty" maxLength:"128" doc:"Yours; unique in the organisation. Creating it again answers what exists."`
	Name           string          `json:"name" minLength:"1" maxLength:"200" example:"Neujahrskonzert"`
	Category       string          `json:"category" minLength:"1" maxLength:"32" example:"concert"`
	Description    prose           `json:"description,omitempty" maxLength:"10000"`
	Performers     []string        `json:"performers,omitempty" maxItems:"50" maxLength:"200" nullable:"false"`
	ImageURL       string          `json:"imageUrl,omitempty" maxLength:"2000" format:"uri"`
	LocationID     string          `json:"locationId" minLength:"1" maxLength:"64" example:"loc_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	HallID         string          `json:"hallId" minLength:"1" maxLength:"64" example:"hal_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	StartsAt       time.Time       `json:"startsAt" example:"2027-05-01T17:30:00Z"`
	EndsAt         *time.Time      `json:"endsAt,omitempty" doc:"Without one, the hall is taken for 3 h."`
	DoorsAt        *time.Time      `json:"doorsAt,omitempty"`
	OnSaleFrom     *time.Time      `json:"onSaleFrom,omitempty"`
	OnSaleUntil    *time.Time      `json:"onSaleUntil,omitempty"`
	TicketTypes    []NewTicketType `json:"ticketTypes,omitempty" maxItems:"100" nullable:"false"`
	PerPerson      *int            `json:"perPerson,omitempty" minimum:"0" maximum:"1000" doc:"Default 10; 0: no limit."`
	Cancellation   *Cancellation   `json:"cancellation,omitempty"`
}

// NewTicketType is a price for one or more sections.
type NewTicketType struct {
	Name       string     `json:"name" minLength:"1" maxLength:"100" example:"Parkett"`
	Price      Money      `json:"price"`
	SectionIDs []string   `json:"sectionIds" minItems:"1" maxItems:"100" maxLength:"64" nullable:"false"`
	PerPerson  *int       `json:"perPerson,omitempty" minimum:"0" maximum:"1000"`
	SalesFrom  *time.Time `json:"salesFrom,omitempty"`
	SalesUntil *time.Time `json:"salesUntil,omitempty"`
}

// TicketTypeChange is a ticket type of a changed event: with the id of the one that it changes, or a new one.
type TicketTypeChange struct {
	ID string `json:"id,omitempty" maxLength:"64" doc:"Keeps this one; without, it is a new one."`
	NewTicketType
}

func (t NewTicketType) domain() catalog.TicketType {
	out := catalog.TicketType{Name: t.Name, Price: t.Price.amount(), SectionIDs: t.SectionIDs, SalesFrom: t.SalesFrom, SalesUntil: t.SalesUntil}
	if t.PerPerson != nil {
		out.PerPerson = *t.PerPerson
	}
	return out
}

func (n NewEvent) domain() catalog.NewEvent {
	out := catalog.NewEvent{
		OrganisationID: n.OrganisationID, ExternalID: n.ExternalID, Name: n.Name, Category: n.Category,
		Description: string(n.Description), Performers: n.Performers, ImageURL: n.ImageURL, LocationID: n.LocationID, HallID: n.HallID,
		StartsAt: n.StartsAt, EndsAt: n.EndsAt, DoorsAt: n.DoorsAt, OnSaleFrom: n.OnSaleFrom, OnSaleUntil: n.OnSaleUntil,
		PerPerson: n.PerPerson,
	}
	for _, t := range n.TicketTypes {
		out.TicketTypes = append(out.TicketTypes, t.domain())
	}
	if n.Cancellation != nil {
		out.CancelUntil = &n.Cancellation.Until
	}
	return out
}

// EventPatch is a merge patch (RFC 7396) of an event: null removes. Ticket types are replaced as a whole.
type EventPatch struct {
	Name         *string                      `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Category     *string                      `json:"category,omitempty" minLength:"1" maxLength:"32"`
	Description  optional[prose]              `json:"description,omitzero" maxLength:"10000"`
	Performers   optional[[]string]           `json:"performers,omitzero" maxItems:"50" maxLength:"200"`
	ImageURL     optional[string]             `json:"imageUrl,omitzero" maxLength:"2000" format:"uri"`
	LocationID   *string                      `json:"locationId,omitempty" minLength:"1" maxLength:"64"`
	HallID       *string                      `json:"hallId,omitempty" minLength:"1" maxLength:"64"`
	StartsAt     *time.Time                   `json:"startsAt,omitempty"`
	EndsAt       optional[time.Time]          `json:"endsAt,omitzero"`
	DoorsAt      optional[time.Time]          `json:"doorsAt,omitzero"`
	OnSaleFrom   optional[time.Time]          `json:"onSaleFrom,omitzero"`
	OnSaleUntil  optional[time.Time]          `json:"onSaleUntil,omitzero"`
	TicketTypes  optional[[]TicketTypeChange] `json:"ticketTypes,omitzero" maxItems:"100"`
	PerPerson    optional[int]                `json:"perPerson,omitzero" minimum:"0" maximum:"1000"`
	Cancellation optional[Cancellation]       `json:"cancellation,omitzero"`
}

func (p EventPatch) domain() catalog.EventPatch {
	out := catalog.EventPatch{
		Name: replace(p.Name), Category: replace(p.Category), ImageURL: p.ImageURL.opt(),
		LocationID: replace(p.LocationID), HallID: replace(p.HallID), Performers: p.Performers.opt(), StartsAt: replace(p.StartsAt),
		EndsAt: p.EndsAt.opt(), DoorsAt: p.DoorsAt.opt(), OnSaleFrom: p.OnSaleFrom.opt(), OnSaleUntil: p.OnSaleUntil.opt(),
		PerPerson:   p.PerPerson.opt(),
		Description: convert(p.Description, func(d prose) string { return string(d) }),
		CancelUntil: convert(p.Cancellation, func(c Cancellation) time.Time { return c.Until }),
		TicketTypes: convert(p.TicketTypes, func(changes []TicketTypeChange) []catalog.TicketType {
			types := make([]catalog.TicketType, len(changes))
			for i, c := range changes {
				types[i] = c.domain()
				types[i].ID = c.ID
			}
			return types
		}),
	}
	return out
}

func replace[T any](v *T) catalog.Opt[T] {
	if v == nil {
		return catalog.Opt[T]{}
	}
	return catalog.Some(*v)
}

func (o optional[T]) opt() catalog.Opt[T] { return convert(o, func(v T) T { return v }) }

func convert[T, U any](o optional[T], as func(T) U) catalog.Opt[U] {
	switch {
	case !o.Set:
		return catalog.Opt[U]{}
	case o.Value == nil:
		return catalog.Null[U]()
	default:
		return catalog.Some(as(*o.Value))
	}
}
