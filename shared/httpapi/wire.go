package httpapi

import (
	"time"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
)

// Money is an amount in minor units.
type Money struct {
	Amount   int64  `json:"amount" minimum:"0" maximum:"1000000000000" doc:"Minor units (cents)." example:"4500"`
	Currency string `json:"currency" pattern:"^[A-Z]{3}$" doc:"ISO 4217." example:"EUR"`
}

func moneyView(a money.Amount) Money { return Money{Amount: a.Minor, Currency: a.Currency} }

func (m Money) amount() money.Amount { return money.Of(m.Amount, m.Currency) }

// Page are the parameters of every list.
type Page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many items at most."`
	Cursor string `query:"cursor" maxLength:"1024" doc:"The nextCursor of the page before."`
}

// list is a page of things. It may hold fewer than asked for, even none, and still say that there are more.
type list[T any] struct {
	Items      []T    `json:"items" nullable:"false"`
	NextCursor string `json:"nextCursor,omitempty" doc:"Where the next page begins; absent at the end."`
}

// listView makes a list of views; an empty one is [], never null.
func listView[D, T any](items []D, next string, view func(D) T) list[T] {
	out := list[T]{Items: make([]T, len(items)), NextCursor: next}
	for i := range items {
		out.Items[i] = view(items[i])
	}
	return out
}

// answer is any JSON answer without headers of its own.
type answer[T any] struct {
	Body T
}

// replied is an answer whose status depends on the outcome.
type replied[T any] struct {
	Status   int
	Location string `header:"Location" doc:"The address of what was made."`
	Body     T
}

func ok[T any](v T) *answer[T] { return &answer[T]{Body: v} }

// Place is where something takes place.
type Place struct {
	Name      string   `json:"name" example:"Musikverein"`
	Address   string   `json:"address" example:"Musikvereinsplatz 1"`
	City      string   `json:"city" example:"Wien"`
	Region    string   `json:"region,omitempty"`
	Country   string   `json:"country" doc:"ISO 3166-1 alpha-2." example:"AT"`
	Hall      string   `json:"hall,omitempty" example:"Großer Saal"`
	Latitude  *float64 `json:"latitude,omitempty" example:"48.2005"`
	Longitude *float64 `json:"longitude,omitempty" example:"16.3725"`
}

func placeView(p message.PlaceV1) Place {
	return Place{
		Name: p.Name, Address: p.Address, City: p.City, Region: p.Region, Country: p.Country, Hall: p.HallName,
		Latitude: p.Latitude, Longitude: p.Longitude,
	}
}

// utc returns t in UTC; nil stays nil.
func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// IdempotencyKey is the header of operations that must not happen twice.
type IdempotencyKey struct {
	Key string `header:"Idempotency-Key" maxLength:"255" pattern:"^[!-~]*$" patternDescription:"visible ASCII" doc:"Names this request: sending it again with the same key and body does nothing twice. Kept 24 h." example:"4f1c2a90"`
}
