package catalog

import (
	"context"
	"fmt"
)

// Locations returns a page of the locations that a query finds, in the order of their names. As with Search, a page may be
// short or empty and still have a NextCursor.
func (s *Service) Locations(ctx context.Context, q LocationQuery) (LocationPage, error) {
	var c checks
	limit := limitOf(&c, q.Limit)
	want, tokens := ask(c.optional("query.q", q.Q), true)
	if q.Country != "" {
		tokens = append(tokens, tokenCountry+c.country("query.country", q.Country))
	}
	if q.Organisation != "" {
		tokens = append(tokens, tokenOrganisation+c.optional("query.organisation", q.Organisation))
	}
	cursor := fingerprint(SpaceLocations, q.Q, q.Country, q.Organisation)
	var after Position
	if q.Cursor != "" {
		var err error
		after, err = decodeCursor(cursor, q.Cursor)
		c.addErr(err)
	}
	if err := c.err(); err != nil {
		return LocationPage{}, err
	}
	var page LocationPage
	p := newPager(s.d.Store, SpaceLocations, combine(tokens, nil, nil), after, "")
	at, more, err := p.page(ctx, limit, 0, func(found []candidate, most int) (used, kept int, err error) {
		ids := make([]string, len(found))
		for i, f := range found {
			ids[i] = f.ID
		}
		locations, err := s.d.Store.LocationsByID(ctx, ids)
		if err != nil {
			return 0, 0, fmt.Errorf("read what was found: %w", err)
		}
		byID := make(map[string]Location, len(locations))
		for _, l := range locations {
			byID[l.ID] = l
		}
		for i, f := range found {
			if l, ok := byID[f.ID]; ok && nameKey(l.Name) == f.Sort && want.matchLocation(l, q) {
				page.Items = append(page.Items, l)
				if kept++; kept == most {
					return i + 1, kept, nil
				}
			}
		}
		return len(found), kept, nil
	})
	if err != nil {
		return LocationPage{}, err
	}
	if more {
		page.NextCursor = encodeCursor(cursor, at)
	}
	return page, nil
}

func (t terms) matchLocation(l Location, q LocationQuery) bool {
	return (q.Country == "" || l.Country == q.Country) && (q.Organisation == "" || l.OrganisationID == q.Organisation) &&
		t.match(locationWords(l))
}
