package catalog

import (
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
)

// Actor is who asks. The zero Actor is anyone.
type Actor struct {
	User          string
	Organisations []string
	Organiser     bool // may create things, and change those of its organisations
	Staff         bool // admits people to the organisations' events
}

// runs reports whether the actor may see and change what is an organisation's alone.
func (a Actor) runs(organisation string) bool {
	if !a.Organiser {
		return false
	}
	for _, o := range a.Organisations {
		if o == organisation {
			return true
		}
	}
	return false
}

// Deps is everything a Service needs. All fields are required.
type Deps struct {
	Store Store
	Now   func() time.Time
	NewID func(prefix string) string // sortable by creation time
}

// Service is the catalogue's rules. It is safe for concurrent use, also of several processes on one store.
type Service struct {
	d     Deps
	zones zones
	count counts
	pages pages
}

// New returns a Service.
func New(d Deps) *Service { return &Service{d: d} }

// now is the current time as the catalogue keeps times: UTC, whole milliseconds.
func (s *Service) now() time.Time { return clean(s.d.Now()) }

// clean brings a time to the form in which it is kept.
func clean(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// creator checks that the actor may create something, and returns the organisation that it will belong to: the one
// named, or else the actor's first.
func creator(a Actor, organisation string) (string, error) {
	if !a.Organiser || len(a.Organisations) == 0 {
		return "", fault.New(fault.Forbidden, "", "only organisers may do this")
	}
	if organisation == "" {
		return a.Organisations[0], nil
	}
	if !a.runs(organisation) {
		return "", fault.InvalidField("body.organisationId", "must be one of your organisations")
	}
	return organisation, nil
}

// newID returns the id of a new thing: derived from its external id where it has one, so that creating it again meets it.
func (s *Service) newID(prefix, organisation, externalID string) string {
	if externalID != "" {
		return id.Derived(prefix, organisation, externalID)
	}
	return s.d.NewID(prefix)
}
