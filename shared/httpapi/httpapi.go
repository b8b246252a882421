// Package httpapi is the HTTP surface: it decodes requests, asks a domain service, and encodes the answer; every error is
// a problem (RFC 9457). Wire types live here, so that renaming a domain field never changes the API, and the OpenAPI
// document is made from them. It knows nothing of stores, queues or hosts.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Rate is how many requests one caller may make; PerSecond 0: any number.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Options are what an operator may choose; zero values mean the defaults.
type Options struct {
	Now     func() time.Time // default time.Now
	Log     *slog.Logger     // default: none
	Timeout time.Duration    // of one request; default 10 s
	Rate    Rate             // per user, or per address of who is not signed in
	// Observe is told of every answer; operation is from a closed set.
	Observe func(operation string, status int, took time.Duration)

	fallback http.Handler
}

// EventsDeps is what the Event Service's API needs.
type EventsDeps struct {
	Catalog  Catalog
	Verifier Verifier
	Ready    func(ctx context.Context) error // whether the store is reachable; default: always
	Options
}

// BookingsDeps is what the Booking Service's API needs.
type BookingsDeps struct {
	Booking  BookingService
	Verifier Verifier
	// BaseURL is where people open share links, such as https://tickets.example; default: relative.
	BaseURL string
	Options
}

// GatewayDeps is what both under one origin need.
type GatewayDeps struct {
	Catalog  Catalog
	Booking  BookingService
	Verifier Verifier
	BaseURL  string
	Ready    func(ctx context.Context) error // whether stores and queues are reachable; default: always
	Fallback http.Handler                    // the web app: every other address; default: none
	Options
}

// Events returns the Event Service's API.
func Events(d EventsDeps) http.Handler {
	s := newServer(d.Options, d.Verifier)
	s.registerCatalog(d.Catalog)
	s.registerHealth(d.Ready)
	return s.finish()
}

// Bookings returns the Booking Service's API.
func Bookings(d BookingsDeps) http.Handler {
	s := newServer(d.Options, d.Verifier)
	s.registerBooking(d.Booking, d.BaseURL)
	return s.finish()
}

// Gateway returns both APIs on one origin, with their document and the web app.
func Gateway(d GatewayDeps) http.Handler {
	d.fallback = d.Fallback
	s := newServer(d.Options, d.Verifier)
	s.registerCatalog(d.Catalog)
	s.registerBooking(d.Booking, d.BaseURL)
	s.registerHealth(d.Ready)
	s.serveDocument()
	return s.finish()
}

// server is one API.
type server struct {
	o        Options
	verifier Verifier
	mux      *http.ServeMux
	api      huma.API
	limits   *limiter
}

func newServer(o Options, v Verifier) *server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	s := &server{o: o, verifier: v, mux: http.NewServeMux(), limits: newLimiter(o.Rate, o.Now)}
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	s.api = humago.New(s.mux, huma.Config{
		OpenAPI:       newDocument(schemas),
		Formats:       map[string]huma.Format{"application/json": jsonFormat(schemas), "json": jsonFormat(schemas), problemType: jsonFormat(schemas)},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{toProblem},
	})
	schemas.Schema(problemGoType, true, "")
	return s
}

func (s *server) registerCatalog(c Catalog) {
	s.registerEvents(c)
	s.registerLocations(c)
}

func (s *server) registerBooking(b BookingService, baseURL string) {
	s.registerAvailability(b)
	s.registerHolds(b)
	s.registerBookings(b)
	s.registerTickets(b, baseURL)
	s.registerSales(b)
	s.registerCheckIns(b)
	s.registerDoorList(b)
	s.registerMe(b)
	s.registerTicketKeys(b)
}

func (s *server) finish() http.Handler {
	s.mux.HandleFunc("/", s.notMatched)
	return s
}
