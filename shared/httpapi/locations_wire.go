package httpapi

import "github.com/myevents/myevents/shared/catalog"

// Location is a place with an address; it owns its halls.
type Location struct {
	ID             string   `json:"id" example:"loc_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	OrganisationID string   `json:"organisationId" example:"demo"`
	ExternalID     string   `json:"externalId,omitempty"`
	Name           string   `json:"name" example:"Musikverein"`
	Address        string   `json:"address" example:"Musikvereinsplatz 1"`
	City           string   `json:"city" example:"Wien"`
	Region         string   `json:"region,omitempty"`
	Country        string   `json:"country" doc:"ISO 3166-1 alpha-2." example:"AT"`
	Latitude       *float64 `json:"latitude,omitempty" example:"48.2005"`
	Longitude      *float64 `json:"longitude,omitempty" example:"16.3725"`
	TimeZone       string   `json:"timeZone" doc:"IANA." example:"Europe/Vienna"`
	Halls          []Hall   `json:"halls" nullable:"false"`
	Version        int64    `json:"version" example:"1"`
}

// Hall is a room of a location.
type Hall struct {
	ID       string    `json:"id" example:"hal_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Name     string    `json:"name" example:"Großer Saal"`
	Sections []Section `json:"sections" nullable:"false"`
	Version  int64     `json:"version" example:"1"`
}

// Section is a part of a hall: rows of numbered seats, or a standing capacity.
type Section struct {
	ID       string `json:"id" example:"sec_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Name     string `json:"name" example:"Parkett"`
	Kind     string `json:"kind" enum:"seated,standing"`
	Rows     []Row  `json:"rows,omitempty" nullable:"false" doc:"Of a seated section."`
	Capacity int    `json:"capacity,omitempty" doc:"Of a standing section."`
}

// Row is a row of seats numbered from 1.
type Row struct {
	Label      string `json:"label" minLength:"1" maxLength:"20" example:"A"`
	Seats      int    `json:"seats" minimum:"1" maximum:"500" doc:"How many." example:"24"`
	Accessible []int  `json:"accessible,omitempty" maxItems:"500" minimum:"1" maximum:"500" nullable:"false" doc:"The numbers of those that are."`
}

func locationView(l catalog.Location) Location {
	v := Location{
		ID: l.ID, OrganisationID: l.OrganisationID, ExternalID: l.ExternalID, Name: l.Name, Address: l.Address, City: l.City,
		Region: l.Region, Country: l.Country, Latitude: l.Latitude, Longitude: l.Longitude, TimeZone: l.TimeZone,
		Halls: make([]Hall, len(l.Halls)), Version: l.Version,
	}
	for i := range l.Halls {
		v.Halls[i] = hallView(l.Halls[i])
	}
	return v
}

func hallView(h catalog.Hall) Hall {
	v := Hall{ID: h.ID, Name: h.Name, Sections: make([]Section, len(h.Sections)), Version: h.Version}
	for i, s := range h.Sections {
		v.Sections[i] = Section{ID: s.ID, Name: s.Name, Kind: s.Kind, Capacity: s.Capacity}
		for _, r := range s.Rows {
			v.Sections[i].Rows = append(v.Sections[i].Rows, Row(r))
		}
	}
	return v
}

// NewLocation is a location to be.
type NewLocation struct {
	OrganisationID string    `json:"organisationId,omitempty" maxLength:"64" doc:"One of yours; default: your first." example:"demo"`
	ExternalID     string    `json:"externalId,omitempty" maxLength:"128" doc:"Yours; unique in the organisation. Creating it again answers what exists."`
	Name           string    `json:"name" minLength:"1" maxLength:"200" example:"Musikverein"`
	Address        string    `json:"address" minLength:"1" maxLength:"500" example:"Musikvereinsplatz 1"`
	City           string    `json:"city" minLength:"1" maxLength:"200" example:"Wien"`
	Region         string    `json:"region,omitempty" maxLength:"200"`
	Country        string    `json:"country" pattern:"^[A-Z]{2}$" patternDescription:"two capital letters" doc:"ISO 3166-1 alpha-2." example:"AT"`
	Latitude       *float64  `json:"latitude,omitempty" minimum:"-90" maximum:"90" example:"48.2005"`
	Longitude      *float64  `json:"longitude,omitempty" minimum:"-180" maximum:"180" example:"16.3725"`
	TimeZone       string    `json:"timeZone" minLength:"1" maxLength:"64" doc:"IANA." example:"Europe/Vienna"`
	Halls          []NewHall `json:"halls,omitempty" maxItems:"100" nullable:"false"`
}

// NewHall is a hall to be.
type NewHall struct {
	Name     string       `json:"name" minLength:"1" maxLength:"200" example:"Großer Saal"`
	Sections []NewSection `json:"sections" minItems:"1" maxItems:"99" nullable:"false"`
}

// NewSection is a section to be: with rows where it is seated, with a capacity where it is standing.
type NewSection struct {
	Name     string `json:"name" minLength:"1" maxLength:"200" example:"Parkett"`
	Kind     string `json:"kind" enum:"seated,standing"`
	Rows     []Row  `json:"rows,omitempty" minItems:"1" maxItems:"2000" nullable:"false"`
	Capacity *int   `json:"capacity,omitempty" minimum:"1" maximum:"1000000"`
}

// SectionChange is a section of a changed hall: with the id of the one that it changes, or a new one.
type SectionChange struct {
	ID string `json:"id,omitempty" maxLength:"64" doc:"Keeps this one; without, it is a new one."`
	NewSection
}

// LocationPatch is a merge patch (RFC 7396) of a location: null removes.
type LocationPatch struct {
	Name      *string           `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Address   *string           `json:"address,omitempty" minLength:"1" maxLength:"500"`
	City      *string           `json:"city,omitempty" minLength:"1" maxLength:"200"`
	Region    optional[string]  `json:"region,omitzero" maxLength:"200"`
	Country   *string           `json:"country,omitempty" pattern:"^[A-Z]{2}$" patternDescription:"two capital letters"`
	Latitude  optional[float64] `json:"latitude,omitzero" minimum:"-90" maximum:"90"`
	Longitude optional[float64] `json:"longitude,omitzero" minimum:"-180" maximum:"180"`
	TimeZone  *string           `json:"timeZone,omitempty" minLength:"1" maxLength:"64"`
}

// HallPatch is a merge patch (RFC 7396) of a hall; sections are replaced as a whole.
type HallPatch struct {
	Name     *string         `json:"name,omitempty" minLength:"1" maxLength:"200"`
	Sections []SectionChange `json:"sections,omitempty" minItems:"1" maxItems:"99" nullable:"false"`
}

func (n NewLocation) domain() catalog.NewLocation {
	out := catalog.NewLocation{
		OrganisationID: n.OrganisationID, ExternalID: n.ExternalID, Name: n.Name, Address: n.Address, City: n.City,
		Region: n.Region, Country: n.Country, Latitude: n.Latitude, Longitude: n.Longitude, TimeZone: n.TimeZone,
	}
	for _, h := range n.Halls {
		out.Halls = append(out.Halls, h.domain())
	}
	return out
}

func (n NewHall) domain() catalog.NewHall {
	out := catalog.NewHall{Name: n.Name}
	for _, s := range n.Sections {
		out.Sections = append(out.Sections, s.domain())
	}
	return out
}

func (n NewSection) domain() catalog.Section {
	out := catalog.Section{Name: n.Name, Kind: n.Kind}
	if n.Capacity != nil {
		out.Capacity = *n.Capacity
	}
	for _, r := range n.Rows {
		out.Rows = append(out.Rows, catalog.Row(r))
	}
	return out
}

func (p LocationPatch) domain() catalog.LocationPatch {
	return catalog.LocationPatch{
		Name: replace(p.Name), Address: replace(p.Address), City: replace(p.City), Region: p.Region.opt(),
		Country: replace(p.Country), TimeZone: replace(p.TimeZone), Latitude: p.Latitude.opt(), Longitude: p.Longitude.opt(),
	}
}

func (p HallPatch) domain() catalog.HallPatch {
	out := catalog.HallPatch{Name: replace(p.Name)}
	if p.Sections != nil {
		sections := make([]catalog.Section, len(p.Sections))
		for i, s := range p.Sections {
			sections[i] = s.domain()
			sections[i].ID = s.ID
		}
		out.Sections = catalog.Some(sections)
	}
	return out
}
