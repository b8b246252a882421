package httpapi

import (
	"context"
	"math"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/identity"
)

// EventOperations is what the API needs of events.
type EventOperations interface {
	Search(ctx context.Context, a catalog.Actor, q catalog.Query) (catalog.EventPage, error)
	Event(ctx context.Context, a catalog.Actor, id string) (catalog.Event, error)
	CreateEvent(ctx context.Context, a catalog.Actor, n catalog.NewEvent) (e catalog.Event, created bool, err error)
	UpdateEvent(ctx context.Context, a catalog.Actor, id string, ifVersion int64, p catalog.EventPatch) (catalog.Event, error)
	PublishEvent(ctx context.Context, a catalog.Actor, id string) (catalog.Event, error)
	CancelEvent(ctx context.Context, a catalog.Actor, id, reason string) (catalog.Event, error)
	RescheduleEvent(ctx context.Context, a catalog.Actor, id string, startsAt time.Time, endsAt *time.Time) (catalog.Event, error)
	Categories(ctx context.Context) ([]catalog.Category, error)
}

// Catalog is what the API needs of the Event Service.
type Catalog interface {
	EventOperations
	LocationOperations
}

func catalogActorOf(ctx context.Context) catalog.Actor {
	p := principalOf(ctx)
	return catalog.Actor{User: p.UserID, Organisations: p.Organisations, Organiser: p.Has(identity.Organiser), Staff: p.Has(identity.Staff)}
}

// Category is a kind of event.
type Category struct {
	ID    string `json:"id" example:"concert"`
	Name  string `json:"name" example:"Concert"`
	Count int    `json:"count" doc:"How many are to come."`
}

// CancelEvent says why.
type CancelEvent struct {
	Reason prose `json:"reason" minLength:"1" maxLength:"1000" example:"The soloist is ill."`
}

// Reschedule gives an event another time.
type Reschedule struct {
	StartsAt time.Time  `json:"startsAt" example:"2027-05-08T17:30:00Z"`
	EndsAt   *time.Time `json:"endsAt,omitempty" doc:"Without one, the event keeps its length."`
}

// given is a parameter that may be absent where its zero value means something.
type given[T any] struct {
	Value T
	Set   bool
}

// Receiver is where huma puts the value.
func (g *given[T]) Receiver() reflect.Value { return reflect.ValueOf(g).Elem().Field(0) }

// OnParamSet is told whether there was one.
func (g *given[T]) OnParamSet(set bool, _ any) { g.Set = set }

// Schema is that of T.
func (g given[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

type searchInput struct {
	Q        string         `query:"q" maxLength:"200" doc:"Words; all must match, the last as the beginning of a word." example:"mamma mi"`
	Category string         `query:"category" maxLength:"32" example:"concert"`
	Country  string         `query:"country" pattern:"^([A-Za-z]{2})?$" patternDescription:"two letters" doc:"ISO 3166-1 alpha-2." example:"AT"`
	City     string         `query:"city" maxLength:"200" example:"Wien"`
	Near     string         `query:"near" maxLength:"64" doc:"latitude,longitude" example:"48.2,16.37"`
	RadiusKm given[float64] `query:"radiusKm" minimum:"0.001" maximum:"20100" doc:"With near; default 25."`
	From     string         `query:"from" maxLength:"40" doc:"A time, or a date in the event's zone, inclusive; default now. An earlier one includes ended events." example:"2027-05-01"`
	To       string         `query:"to" maxLength:"40" doc:"Likewise; default: no end." example:"2027-05-31"`
	PriceMax given[int64]   `query:"priceMax" minimum:"0" maximum:"1000000000000" doc:"Minor units of the event's currency."`
	Seats    int            `query:"seats" minimum:"1" maximum:"1000000" doc:"At least so many places are left."`
	Mine     bool           `query:"mine" doc:"Events of one's organisations; for organisers, drafts included, and staff."`
	Page
}

func (in *searchInput) query() (catalog.Query, error) {
	if in.RadiusKm.Set && (math.IsNaN(in.RadiusKm.Value) || math.IsInf(in.RadiusKm.Value, 0)) {
		return catalog.Query{}, invalid("query.radiusKm", "expected a number")
	}
	q := catalog.Query{
		Q: in.Q, Category: in.Category, Country: in.Country, City: in.City, Near: in.Near, RadiusKm: in.RadiusKm.Value,
		From: in.From, To: in.To, Seats: in.Seats, Mine: in.Mine, Cursor: in.Cursor, Limit: in.Limit,
	}
	if in.PriceMax.Set {
		q.PriceMax = &in.PriceMax.Value
	}
	return q, nil
}

// written is an answer whose body is already JSON.
type written struct {
	ETag string `header:"ETag" doc:"\"version.availability\"; If-Match compares the version." example:"\"3.available\""`
	Body func(huma.Context)
}

// page is written, without an ETag.
type writtenPage struct {
	Body func(huma.Context)
}

// tagged is an answer with its version.
type tagged[T any] struct {
	Status   int
	ETag     string `header:"ETag" doc:"The version, for If-Match."`
	Location string `header:"Location" doc:"The address of what was made."`
	Body     T
}

// EventPath names an event.
type EventPath struct {
	EventID string `path:"eventId" doc:"The event's id." example:"evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
}

// IfMatch names the version that a change is made to.
type IfMatch struct {
	IfMatch string `header:"If-Match" maxLength:"255" doc:"The ETag of what was read; 428 without." example:"\"3.available\""`
}

func (s *server) registerEvents(c EventOperations) {
	encoded := newEncodedEvents()
	view := func(e catalog.Event) Event {
		v := eventView(e)
		v.Availability = e.Shown(s.o.Now())
		return v
	}
	changed := func(e catalog.Event, err error) (*tagged[Event], error) {
		if err != nil {
			return nil, err
		}
		v := view(e)
		return &tagged[Event]{Status: 200, ETag: eventTag(v.Version, v.Availability), Body: v}, nil
	}

	register(s, operation{
		id: "searchEvents", method: http.MethodGet, path: "/v1/events", tag: tagEvents, summary: "Find events",
		description: "Soonest first. A page may be short or empty and still have a nextCursor.", access: identity.Anyone, public: true,
		more: []int{403}, body: reflect.TypeFor[list[Event]](),
	},
		func(ctx context.Context, in *searchInput) (*writtenPage, error) {
			if in.Mine {
				if err := identity.Allow(principalOf(ctx), identity.DoorStaff); err != nil {
					return nil, err
				}
			}
			q, err := in.query()
			if err != nil {
				return nil, err
			}
			found, err := c.Search(ctx, catalogActorOf(ctx), q)
			if err != nil {
				return nil, err
			}
			return &writtenPage{Body: encoded.page(found, s.o.Now())}, nil
		})
	register(s, operation{
		id: "getEvent", method: http.MethodGet, path: "/v1/events/{eventId}", tag: tagEvents, summary: "Read an event",
		description: "Drafts: for their organisation only.", access: identity.Anyone, public: true, unchanged: true, body: reflect.TypeFor[Event](),
	},
		func(ctx context.Context, in *struct {
			EventPath
			IfNoneMatch string `header:"If-None-Match" maxLength:"1024" doc:"The ETag of what one has: 304 where it is the same."`
		},
		) (*written, error) {
			e, err := c.Event(ctx, catalogActorOf(ctx), in.EventID)
			if err != nil {
				return nil, err
			}
			shown := e.Shown(s.o.Now())
			tag := eventTag(e.Version, shown)
			if in.IfNoneMatch != "" && matches(in.IfNoneMatch, tag) {
				return &written{ETag: tag, Body: notModified}, nil
			}
			return &written{ETag: tag, Body: encoded.event(e, shown)}, nil
		})
	register(s, operation{
		id: "createEvent", method: http.MethodPost, path: "/v1/events", tag: tagOrganiser, summary: "Create a draft",
		description: "200 with what exists where the externalId is known.", access: identity.OrganiserOnly, status: 201, also: []int{200},
		conflicts: []string{"hallTaken"},
	},
		func(ctx context.Context, in *struct{ Body body[NewEvent] }) (*tagged[Event], error) {
			e, created, err := c.CreateEvent(ctx, catalogActorOf(ctx), in.Body.Value.domain())
			out, err := changed(e, err)
			if err != nil {
				return nil, err
			}
			if created {
				out.Status = 201
			}
			out.Location = "/v1/events/" + e.ID
			return out, nil
		})
	register(s, operation{
		id: "updateEvent", method: http.MethodPatch, path: "/v1/events/{eventId}", tag: tagOrganiser, summary: "Change an event",
		description: "A merge patch; ticketTypes as a whole, ids kept.", access: identity.OrganiserOnly, versioned: true, patch: true,
		conflicts: []string{"hallTaken", "seatsSold", "eventCancelled", "eventEnded"},
	},
		func(ctx context.Context, in *struct {
			EventPath
			IfMatch
			Body body[EventPatch]
		},
		) (*tagged[Event], error) {
			version, err := versionOf(in.IfMatch.IfMatch)
			if err != nil {
				return nil, err
			}
			return changed(c.UpdateEvent(ctx, catalogActorOf(ctx), in.EventID, version, in.Body.Value.domain()))
		})
	register(s, operation{
		id: "publishEvent", method: http.MethodPost, path: "/v1/events/{eventId}/publish", tag: tagOrganiser, summary: "Publish a draft",
		description: "Repeating is a no-op.", access: identity.OrganiserOnly, more: []int{422},
		conflicts: []string{"eventCancelled", "eventEnded", "noTicketTypes", "sectionGone", "hallTaken"},
	},
		func(ctx context.Context, in *EventPath) (*tagged[Event], error) {
			return changed(c.PublishEvent(ctx, catalogActorOf(ctx), in.EventID))
		})
	register(s, operation{
		id: "cancelEvent", method: http.MethodPost, path: "/v1/events/{eventId}/cancel", tag: tagOrganiser, summary: "Cancel an event",
		description: "Its bookings are cancelled and refunded. Repeating is a no-op.", access: identity.OrganiserOnly, conflicts: []string{"eventEnded"},
	},
		func(ctx context.Context, in *struct {
			EventPath
			Body body[CancelEvent]
		},
		) (*tagged[Event], error) {
			return changed(c.CancelEvent(ctx, catalogActorOf(ctx), in.EventID, string(in.Body.Value.Reason)))
		})
	register(s, operation{
		id: "rescheduleEvent", method: http.MethodPost, path: "/v1/events/{eventId}/reschedule", tag: tagOrganiser,
		summary: "Give an event another time", description: "Repeating is a no-op.", access: identity.OrganiserOnly,
		conflicts: []string{"hallTaken", "notPublished", "eventCancelled", "eventEnded"},
	},
		func(ctx context.Context, in *struct {
			EventPath
			Body body[Reschedule]
		},
		) (*tagged[Event], error) {
			return changed(c.RescheduleEvent(ctx, catalogActorOf(ctx), in.EventID, in.Body.Value.StartsAt, in.Body.Value.EndsAt))
		})
	register(s, operation{
		id: "listCategories", method: http.MethodGet, path: "/v1/categories", tag: tagEvents, summary: "List the categories",
		access: identity.Anyone, public: true,
	},
		func(ctx context.Context, _ *struct{}) (*answer[list[Category]], error) {
			all, err := c.Categories(ctx)
			return ok(listView(all, "", func(c catalog.Category) Category { return Category(c) })), err
		})
}
