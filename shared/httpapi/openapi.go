package httpapi

import (
	"cmp"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/shared/identity"
)

// The tags of the document, in the order in which it lists them.
const (
	tagEvents    = "Events"
	tagLocations = "Locations"
	tagBooking   = "Booking"
	tagTickets   = "Tickets"
	tagMe        = "Me"
	tagOrganiser = "Organisers and door"
	tagService   = "Service"
)

const (
	bearerScheme = "bearer"
	apiVersion   = "1.0.0"
)

func newDocument(schemas huma.Registry) *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "MyEvents", Version: apiVersion, License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
			Description: "Events, places, bookings, tickets. Amounts are minor units; times are RFC 3339, answered in UTC. " +
				"Errors are problems (RFC 9457) with a stable `code`. Lists answer `nextCursor` while there is more.",
		},
		Servers: []*huma.Server{{URL: "/"}},
		Components: &huma.Components{Schemas: schemas, SecuritySchemes: map[string]*huma.SecurityScheme{
			bearerScheme: {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "A token of a configured OpenID Connect issuer."},
		}},
		Tags: []*huma.Tag{
			{Name: tagEvents, Description: "What there is, and how much of it is left."},
			{Name: tagLocations, Description: "Where events take place."},
			{Name: tagBooking, Description: "Holding places, and booking them."},
			{Name: tagTickets, Description: "Tickets, and links to one of them for a peer."},
			{Name: tagMe, Description: "The one who asks."},
			{Name: tagOrganiser, Description: "For an event's organisation, and its staff at the door."},
			{Name: tagService, Description: "Health, and keys."},
		},
	}
}

// schemaName names a schema after its Go type, or the types that a generic one is made of: list[Event] is EventList.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if name == "" {
		return huma.DefaultSchemaNamer(t, hint)
	}
	base, argument, generic := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	first, size := utf8.DecodeRuneInString(base)
	base = string(unicode.ToUpper(first)) + base[size:]
	if !generic {
		return base
	}
	return strings.TrimSuffix(argument[strings.LastIndexAny(argument, ".*/")+1:], "View") + base
}

// security is what the document says of who may call: a public read accepts a token, too.
func security(p identity.Permission) []map[string][]string {
	with := map[string][]string{bearerScheme: {}}
	if p == identity.Anyone {
		return []map[string][]string{{}, with}
	}
	return []map[string][]string{with}
}

var whyStatus = map[int]string{
	http.StatusBadRequest:            "Unparsable body, or a required header is missing",
	http.StatusUnauthorized:          "No token, or a bad one",
	http.StatusPaymentRequired:       "The payment was declined",
	http.StatusForbidden:             "The role never suffices",
	http.StatusNotFound:              "Unknown, or another's",
	http.StatusRequestTimeout:        "The body did not arrive in time",
	http.StatusConflict:              "The state does not allow it",
	http.StatusPreconditionFailed:    "If-Match is stale",
	http.StatusRequestEntityTooLarge: "The body is over 64 kB",
	http.StatusUnsupportedMediaType:  "The body is not JSON",
	http.StatusUnprocessableEntity:   "A value is not acceptable",
	http.StatusPreconditionRequired:  "If-Match is missing",
	http.StatusTooManyRequests:       "Too many requests",
	http.StatusInternalServerError:   "Something went wrong on our side",
	http.StatusServiceUnavailable:    "Not now; try again",
}

// codesExtension lists the codes of a response in the document.
const codesExtension = "x-codes"

var codesByStatus = map[int][]string{
	http.StatusBadRequest:            {"malformed", "idempotencyKeyRequired"},
	http.StatusUnauthorized:          {"unauthenticated"},
	http.StatusPaymentRequired:       {"paymentDeclined"},
	http.StatusForbidden:             {"forbidden"},
	http.StatusNotFound:              {"notFound"},
	http.StatusRequestTimeout:        {"requestTimeout"},
	http.StatusPreconditionFailed:    {"stale"},
	http.StatusRequestEntityTooLarge: {"bodyTooLarge"},
	http.StatusUnsupportedMediaType:  {"unsupportedMediaType"},
	http.StatusUnprocessableEntity:   {"invalid"},
	http.StatusPreconditionRequired:  {"preconditionRequired"},
	http.StatusTooManyRequests:       {"throttled"},
	http.StatusInternalServerError:   {"internal"},
	http.StatusServiceUnavailable:    {"unavailable"},
}

func codesOf(r *huma.Response) []string {
	codes, _ := r.Extensions[codesExtension].([]string)
	return codes
}

func problemResponse(status int, op operation) *huma.Response {
	r := &huma.Response{
		Description: cmp.Or(whyStatus[status], http.StatusText(status)),
		Content:     map[string]*huma.MediaType{problemType: {Schema: &huma.Schema{Ref: problemRef}}},
	}
	codes := codesByStatus[status]
	if status == http.StatusConflict {
		codes = op.conflicts
	}
	r.Extensions = map[string]any{codesExtension: codes}
	if len(codes) > 1 {
		r.Description += ": " + strings.Join(codes, ", ")
	}
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		r.Headers = map[string]*huma.Param{"Retry-After": {Description: "Seconds.", Schema: &huma.Schema{Type: huma.TypeInteger}}}
	case http.StatusUnauthorized:
		r.Headers = map[string]*huma.Param{"WWW-Authenticate": {Schema: &huma.Schema{Type: huma.TypeString}}}
	}
	return r
}

// document mends what huma wrote of an operation: headers that the guard requires, merge patches, other media types.
func (s *server) document(op operation, hasBody bool) {
	doc := operationOf(s.api.OpenAPI().Paths[op.path], op.method)
	for _, p := range doc.Parameters {
		if p.Name == "Idempotency-Key" && op.idempotent {
			one := 1
			p.Required, p.Schema.MinLength = true, &one
		}
	}
	if hasBody && op.patch {
		content := doc.RequestBody.Content
		content["application/merge-patch+json"] = content["application/json"]
	}
	success := doc.Responses[strconv.Itoa(doc.DefaultStatus)]
	if op.status != http.StatusCreated {
		delete(success.Headers, "Location")
	}
	if op.emptyBody {
		doc.RequestBody.Required = false
	}
	for _, status := range op.also {
		other := *success
		other.Description = http.StatusText(status)
		doc.Responses[strconv.Itoa(status)] = &other
	}
	if op.content != "" {
		mediaType, _, _ := strings.Cut(op.content, ";")
		success.Content = map[string]*huma.MediaType{mediaType: {Schema: &huma.Schema{Type: huma.TypeString}}}
		delete(success.Headers, "Content-Type")
	}
	if op.body != nil {
		success.Content = map[string]*huma.MediaType{"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(op.body, true, "")}}
	}
	if op.unchanged {
		doc.Responses["304"] = &huma.Response{Description: "What If-None-Match names is still so", Headers: success.Headers}
	}
	delete(s.api.OpenAPI().Components.Schemas.Map(), "ErrorModel")
	delete(s.api.OpenAPI().Components.Schemas.Map(), "ErrorDetail")
}

// link says where the parameters of other operations come from: an answer names what was made.
type link struct {
	prefix     string            // of the other operations' paths
	parameters map[string]string // path parameter → expression
}

// links by the operation that makes something.
var links = map[string]link{
	"createEvent":    {"/v1/events/{eventId}", map[string]string{"eventId": "$response.body#/id"}},
	"createLocation": {"/v1/locations/{locationId}", map[string]string{"locationId": "$response.body#/id", "hallId": "$response.body#/halls/0/id"}},
	"createHold":     {"/v1/holds/{token}", map[string]string{"token": "$response.body#/token"}},
	"createBooking":  {"/v1/bookings/{bookingId}", map[string]string{"bookingId": "$response.body#/id", "ticketId": "$response.body#/tickets/0/id"}},
	"shareTicket":    {"/v1/tickets/{token}", map[string]string{"token": "$response.body#/token"}},
}

// addLinks writes the links of all operations into the document, once it has them all.
func (s *server) addLinks() {
	all := operations(s.api.OpenAPI())
	for _, op := range all {
		from, ok := links[op.OperationID]
		if !ok {
			continue
		}
		success := op.Responses[strconv.Itoa(op.DefaultStatus)]
		success.Links = map[string]*huma.Link{}
		for _, to := range all {
			if !strings.HasPrefix(to.Path, from.prefix) {
				continue
			}
			parameters := map[string]any{}
			for name, expression := range from.parameters {
				if strings.Contains(to.Path, "{"+name+"}") {
					parameters[name] = expression
				}
			}
			success.Links[to.OperationID] = &huma.Link{OperationID: to.OperationID, Parameters: parameters}
		}
	}
}

func operationOf(item *huma.PathItem, method string) *huma.Operation {
	switch method {
	case http.MethodGet:
		return item.Get
	case http.MethodPost:
		return item.Post
	case http.MethodPatch:
		return item.Patch
	default:
		return item.Delete
	}
}

// Document returns the OpenAPI document of both services, as JSON and as YAML.
func Document() (json, yaml []byte, err error) {
	s := newServer(Options{}, nil)
	s.registerCatalog(nil)
	s.registerBooking(nil, "")
	s.registerHealth(nil)
	s.addLinks()
	if json, err = s.api.OpenAPI().MarshalJSON(); err != nil {
		return nil, nil, err
	}
	yaml, err = s.api.OpenAPI().YAML()
	return json, yaml, err
}

// operations lists the operations of a document by tag, then by path.
func operations(doc *huma.OpenAPI) []*huma.Operation {
	var all []*huma.Operation
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Delete} {
			if op != nil {
				all = append(all, op)
			}
		}
	}
	rank := map[string]int{}
	for i, t := range doc.Tags {
		rank[t.Name] = i
	}
	slices.SortFunc(all, func(a, b *huma.Operation) int {
		return cmp.Or(cmp.Compare(rank[a.Tags[0]], rank[b.Tags[0]]), strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return all
}
