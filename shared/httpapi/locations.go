package httpapi

import (
	"context"
	"net/http"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/identity"
)

// LocationOperations is what the API needs of locations and halls.
type LocationOperations interface {
	Locations(ctx context.Context, q catalog.LocationQuery) (catalog.LocationPage, error)
	Location(ctx context.Context, id string) (catalog.Location, error)
	CreateLocation(ctx context.Context, a catalog.Actor, n catalog.NewLocation) (l catalog.Location, created bool, err error)
	UpdateLocation(ctx context.Context, a catalog.Actor, id string, ifVersion int64, p catalog.LocationPatch) (catalog.Location, error)
	AddHall(ctx context.Context, a catalog.Actor, locationID string, n catalog.NewHall) (catalog.Hall, error)
	UpdateHall(ctx context.Context, a catalog.Actor, locationID, hallID string, ifVersion int64, p catalog.HallPatch) (catalog.Hall, error)
}

// LocationPath names a location.
type LocationPath struct {
	LocationID string `path:"locationId" doc:"The location's id." example:"loc_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
}

func taggedLocation(l catalog.Location, err error) (*tagged[Location], error) {
	if err != nil {
		return nil, err
	}
	return &tagged[Location]{Status: 200, ETag: versionTag(l.Version), Body: locationView(l)}, nil
}

func taggedHall(h catalog.Hall, err error) (*tagged[Hall], error) {
	if err != nil {
		return nil, err
	}
	return &tagged[Hall]{Status: 200, ETag: versionTag(h.Version), Body: hallView(h)}, nil
}

func (s *server) registerLocations(c LocationOperations) {
	register(s, operation{
		id: "searchLocations", method: http.MethodGet, path: "/v1/locations", tag: tagLocations, summary: "Find locations",
		access: identity.Anyone, public: true,
	},
		func(ctx context.Context, in *struct {
			Q            string `query:"q" maxLength:"200" doc:"Words; all must match, the last as the beginning of a word."`
			Country      string `query:"country" pattern:"^([A-Za-z]{2})?$" patternDescription:"two letters" doc:"ISO 3166-1 alpha-2." example:"AT"`
			Organisation string `query:"organisation" maxLength:"64" doc:"Locations of this organisation alone." example:"demo"`
			Page
		},
		) (*answer[list[Location]], error) {
			p, err := c.Locations(ctx, catalog.LocationQuery{
				Q: in.Q, Country: in.Country, Organisation: in.Organisation, Cursor: in.Cursor, Limit: in.Limit,
			})
			return ok(listView(p.Items, p.NextCursor, locationView)), err
		})
	register(s, operation{
		id: "getLocation", method: http.MethodGet, path: "/v1/locations/{locationId}", tag: tagLocations, summary: "Read a location",
		access: identity.Anyone, public: true, unchanged: true,
	},
		func(ctx context.Context, in *struct {
			LocationPath
			IfNoneMatch string `header:"If-None-Match" maxLength:"1024" doc:"The ETag of what one has: 304 where it is the same."`
		},
		) (*tagged[Location], error) {
			out, err := taggedLocation(c.Location(ctx, in.LocationID))
			if err == nil && in.IfNoneMatch != "" && matches(in.IfNoneMatch, out.ETag) {
				out.Status = http.StatusNotModified
			}
			return out, err
		})
	register(s, operation{
		id: "createLocation", method: http.MethodPost, path: "/v1/locations", tag: tagOrganiser, summary: "Create a location",
		description: "Halls may be inline. 200 with what exists where the externalId is known.", access: identity.OrganiserOnly, status: 201, also: []int{200},
	},
		func(ctx context.Context, in *struct{ Body body[NewLocation] }) (*tagged[Location], error) {
			l, created, err := c.CreateLocation(ctx, catalogActorOf(ctx), in.Body.Value.domain())
			out, err := taggedLocation(l, err)
			if err != nil {
				return nil, err
			}
			if created {
				out.Status = 201
			}
			out.Location = "/v1/locations/" + l.ID
			return out, nil
		})
	register(s, operation{
		id: "updateLocation", method: http.MethodPatch, path: "/v1/locations/{locationId}", tag: tagOrganiser, summary: "Change a location",
		description: "A merge patch; halls are changed by themselves.", access: identity.OrganiserOnly, versioned: true, patch: true,
	},
		func(ctx context.Context, in *struct {
			LocationPath
			IfMatch
			Body body[LocationPatch]
		},
		) (*tagged[Location], error) {
			version, err := versionOf(in.IfMatch.IfMatch)
			if err != nil {
				return nil, err
			}
			return taggedLocation(c.UpdateLocation(ctx, catalogActorOf(ctx), in.LocationID, version, in.Body.Value.domain()))
		})
	register(s, operation{
		id: "createHall", method: http.MethodPost, path: "/v1/locations/{locationId}/halls", tag: tagOrganiser, summary: "Add a hall",
		access: identity.OrganiserOnly, status: 201,
	},
		func(ctx context.Context, in *struct {
			LocationPath
			Body body[NewHall]
		},
		) (*tagged[Hall], error) {
			out, err := taggedHall(c.AddHall(ctx, catalogActorOf(ctx), in.LocationID, in.Body.Value.domain()))
			if err != nil {
				return nil, err
			}
			out.Status, out.Location = 201, "/v1/locations/"+in.LocationID
			return out, nil
		})
	register(s, operation{
		id: "updateHall", method: http.MethodPatch, path: "/v1/locations/{locationId}/halls/{hallId}", tag: tagOrganiser, summary: "Change a hall",
		description: "A merge patch; sections as a whole, ids kept. Events that are published keep the layout they were published with.",
		access:      identity.OrganiserOnly, versioned: true, patch: true,
	},
		func(ctx context.Context, in *struct {
			LocationPath
			HallID string `path:"hallId" doc:"The hall's id."`
			IfMatch
			Body body[HallPatch]
		},
		) (*tagged[Hall], error) {
			version, err := versionOf(in.IfMatch.IfMatch)
			if err != nil {
				return nil, err
			}
			return taggedHall(c.UpdateHall(ctx, catalogActorOf(ctx), in.LocationID, in.HallID, version, in.Body.Value.domain()))
		})
}
