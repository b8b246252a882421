package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// The kinds of token. Things are found by tokens that are equal; see Index.
const (
	tokenAll          = "all"
	tokenWord         = "w:" // a whole word
	tokenPrefix       = "p:" // the first minPrefix to maxPrefix characters of a word
	tokenCharacter    = "h:" // a character of a word of a dense script
	tokenCategory     = "k:"
	tokenCountry      = "c:"
	tokenCity         = "t:" // folded, words joined by spaces
	tokenCell         = "g:" // geohash
	tokenStatus       = "s:"
	tokenLocation     = "l:"
	tokenOrganisation = "o:"
)

// The lengths of prefixes that have tokens, in characters.
const (
	minPrefix = 2
	maxPrefix = 8
)

// sortKey writes a time so that bytewise order is the order of time.
func sortKey(t time.Time) string {
	t = clean(t)
	switch y := t.Year(); {
	case y < minYear:
		t = time.Unix(0, 0).UTC()
	case y > maxYear:
		t = time.Date(maxYear, 12, 31, 23, 59, 59, 999_000_000, time.UTC)
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

// maxSortRunes bounds what engines take into their keys.
const maxSortRunes = 100

// nameKey is a name in the order of names.
func nameKey(name string) string { return cut(fold(name), maxSortRunes) }

// eventWords are the words that an event is found by.
func eventWords(e Event) []string {
	return words(append([]string{e.Name, strings.Join(e.Performers, "\n"), categoryName(e.Category)},
		placeWords(e.Place.Name, e.Place.City, e.Place.Region, e.Place.Country)...)...)
}

func locationWords(l Location) []string {
	return words(placeWords(l.Name, l.City, l.Region, l.Country)...)
}

func placeWords(name, city, region, country string) []string {
	return []string{name, city, region, country, countryName(country)}
}

func categoryName(id string) string {
	for _, c := range categories {
		if c.ID == id {
			return c.ID + " " + c.Name
		}
	}
	return id
}

// countryName is the English name of a country.
func countryName(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return ""
	}
	return display.English.Regions().Name(region)
}

func cityToken(city string) string {
	return tokenCity + cut(strings.Join(split(city), " "), maxSortRunes)
}

// publicTokens are what everyone finds a published or ended event by.
func publicTokens(e Event) []string {
	tokens := []string{
		tokenAll, tokenStatus + string(e.Status), tokenCategory + e.Category, tokenCountry + e.Place.Country,
		cityToken(e.Place.City),
	}
	if e.Place.Latitude != nil && e.Place.Longitude != nil {
		for p := minCell; p <= maxCell; p++ {
			tokens = append(tokens, tokenCell+cellOf(*e.Place.Latitude, *e.Place.Longitude, p).hash())
		}
	}
	return distinct(append(tokens, wordTokens(eventWords(e), true)...))
}

// mineTokens are what an organisation finds any of its events by. They lack prefixes and cells, of which there are many:
// those queries are answered by looking at the events.
func mineTokens(e Event) []string {
	tokens := []string{
		tokenOrganisation + e.OrganisationID, tokenLocation + e.LocationID, tokenStatus + string(e.Status),
		tokenCategory + e.Category, tokenCountry + e.Place.Country, cityToken(e.Place.City),
	}
	return distinct(append(tokens, wordTokens(eventWords(e), false)...))
}

func locationTokens(l Location) []string {
	return distinct(append([]string{tokenAll, tokenCountry + l.Country, tokenOrganisation + l.OrganisationID}, wordTokens(locationWords(l), true)...))
}

// wordTokens are the tokens of folded words: each as a whole and, where asked, its beginnings; of a dense script its
// characters.
func wordTokens(ws []string, prefixes bool) []string {
	tokens := make([]string, 0, len(ws)*4)
	for _, w := range ws {
		if denseWord(w) {
			for _, r := range w {
				tokens = append(tokens, tokenCharacter+string(r))
			}
			continue
		}
		tokens = append(tokens, tokenWord+w)
		n := 0
		for i := range w {
			if n >= minPrefix && prefixes {
				tokens = append(tokens, tokenPrefix+w[:i])
			}
			if n++; n > maxPrefix {
				break
			}
		}
		if n >= minPrefix && n <= maxPrefix && prefixes {
			tokens = append(tokens, tokenPrefix+w)
		}
	}
	return tokens
}

func distinct(tokens []string) []string {
	slices.Sort(tokens)
	return slices.Compact(tokens)
}

// terms is what a text asks for: all of its words, the last as the beginning of one.
type terms struct {
	words []string
	exact bool // the tokens alone decide
}

// maxQueryTokens is how many words of a query are looked up; the rest is compared with what is found.
const maxQueryTokens = 8

// ask reads a query's text and returns the tokens that everything it asks for has, the longest word's first, as that is
// most often the rarest. prefixes: the space has tokens of prefixes.
func ask(text string, prefixes bool) (terms, []string) {
	q := terms{words: split(text), exact: true}
	if len(q.words) == 0 {
		return q, nil
	}
	var tokens []string
	for i, w := range q.words {
		n := utf8.RuneCountInString(w)
		switch last := i == len(q.words)-1; {
		case denseWord(w):
			q.exact = false
			for _, r := range w {
				tokens = append(tokens, tokenCharacter+string(r))
			}
		case !last:
			tokens = append(tokens, tokenWord+w)
		case n < minPrefix || !prefixes:
			q.exact = false
		default:
			q.exact = q.exact && n <= maxPrefix
			tokens = append(tokens, tokenPrefix+cut(w, maxPrefix))
		}
	}
	tokens = distinct(tokens)
	slices.SortStableFunc(tokens, func(a, b string) int { return len(b) - len(a) })
	if len(tokens) > maxQueryTokens {
		q.exact = false
		tokens = tokens[:maxQueryTokens]
	}
	return q, tokens
}

// match reports whether words have all that is asked for.
func (q terms) match(have []string) bool {
	for i, w := range q.words {
		last := i == len(q.words)-1
		if !slices.ContainsFunc(have, func(h string) bool {
			return h == w || last && strings.HasPrefix(h, w) || denseWord(w) && strings.Contains(h, w)
		}) {
			return false
		}
	}
	return true
}

// indexEvent makes an event findable as it is: for its organisation always, for everyone once it is published and until it
// is cancelled.
func (s *Service) indexEvent(ctx context.Context, e Event) error {
	s.count.change()
	entry := Entry{ID: e.ID, Sort: sortKey(e.StartsAt), Version: e.Version, Tokens: mineTokens(e)}
	if err := s.d.Store.PutEntry(ctx, SpaceMine, entry); err != nil {
		return fmt.Errorf("index event %s: %w", e.ID, err)
	}
	if !e.public() {
		return nil // nor was it ever, so that there is nothing to take out
	}
	entry.Tokens = nil
	if e.Status != Cancelled {
		entry.Tokens = publicTokens(e)
	}
	if err := s.d.Store.PutEntry(ctx, SpaceEvents, entry); err != nil {
		return fmt.Errorf("index event %s: %w", e.ID, err)
	}
	return nil
}

func (s *Service) indexLocation(ctx context.Context, l Location) error {
	entry := Entry{ID: l.ID, Sort: nameKey(l.Name), Version: l.Version, Tokens: locationTokens(l)}
	if err := s.d.Store.PutEntry(ctx, SpaceLocations, entry); err != nil {
		return fmt.Errorf("index location %s: %w", l.ID, err)
	}
	return nil
}

func entryIDs(entries []Entry) []string {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	return ids
}
