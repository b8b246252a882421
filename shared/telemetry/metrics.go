package telemetry

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// The label values that the methods below close their sets with.
const (
	other  = "other"
	okay   = "ok"
	failed = "failed"
)

// maxNames bounds a label whose values programs choose (services, operations, groups): beyond it everything is "other",
// so that a mistake costs detail and not memory.
const maxNames = 256

// HoldOutcome is how a request for seats ended.
type HoldOutcome string

// The outcomes of holds.
const (
	HoldMade         HoldOutcome = "made"
	HoldSoldOut      HoldOutcome = "sold_out"
	HoldAllHeld      HoldOutcome = "all_held"
	HoldNotTogether  HoldOutcome = "not_together"
	HoldSeatTaken    HoldOutcome = "seat_taken"
	HoldNotOnSale    HoldOutcome = "not_on_sale"
	HoldLimitReached HoldOutcome = "limit_reached"
	HoldExtended     HoldOutcome = "extended"
	HoldReleased     HoldOutcome = "released"
	HoldRefused      HoldOutcome = "refused" // a wrong request
	HoldFailed       HoldOutcome = "failed"  // ours to mend
)

// BookingOutcome is how a request to buy, or the settling of one, ended.
type BookingOutcome string

// The outcomes of bookings.
const (
	BookingConfirmed BookingOutcome = "confirmed"
	BookingSettling  BookingOutcome = "settling"
	BookingDeclined  BookingOutcome = "declined"
	BookingLapsed    BookingOutcome = "lapsed"
	BookingRefused   BookingOutcome = "refused" // a wrong request, or a hold already used
	BookingFailed    BookingOutcome = "failed"
	BookingCancelled BookingOutcome = "cancelled"
)

// CheckInResult is what the door said.
type CheckInResult string

// The results of check-ins.
const (
	CheckInAdmitted  CheckInResult = "admitted"
	CheckInAlreadyIn CheckInResult = "already_in"
	CheckInRefused   CheckInResult = "refused"
)

// MessageOutcome is what became of one delivery of a message.
type MessageOutcome string

// The outcomes of deliveries.
const (
	MessageAcked   MessageOutcome = "acked"
	MessageRetried MessageOutcome = "retried"
	MessagePutOff  MessageOutcome = "put_off" // its time had not come
	MessageDead    MessageOutcome = "dead"
)

// Metrics are the instruments of one process. All methods are safe for concurrent use; a nil *Metrics counts nothing.
type Metrics struct {
	requests *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
	holds    *closed[HoldOutcome]
	bookings *closed[BookingOutcome]
	checkIns *closed[CheckInResult]
	messages *prometheus.CounterVec
	handling *prometheus.HistogramVec
	dead     *prometheus.CounterVec
	stores   *prometheus.HistogramVec
	outbox   outboxVecs
	types    []message.Type

	endpoints names[[2]string, *Endpoint]
	groups    names[groupKey, *groupMetrics]
	stored    names[string, *storeMetrics]
	outboxes  names[string, *Outbox]
}

type outboxVecs struct {
	pending, lag      *prometheus.GaugeVec
	published, failed *prometheus.CounterVec
}

// NewMetrics registers every instrument, the Go runtime's and the process's collectors, and the build's name with reg.
// An empty version means what the Go tool recorded. The error says which instrument was registered before.
func NewMetrics(reg prometheus.Registerer, version string) (*Metrics, error) {
	seconds := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	m := &Metrics{
		types: message.Types(),
		requests: histogram("myevents_http_request_duration_seconds", "Time from the first byte read to the last byte written of a request.",
			seconds, "service", "operation", "status_class"),
		inFlight: gauge("myevents_http_in_flight_requests", "Requests being served now.", "service"),
		messages: counter("myevents_queue_messages_total", "Deliveries of messages to a consuming group.", "group", "type", "outcome"),
		handling: histogram("myevents_queue_handling_duration_seconds", "Time that a handler took for one delivery.", seconds, "group"),
		dead:     counter("myevents_queue_dead_letters_total", "Messages given up.", "group"),
		stores:   histogram("myevents_store_operation_duration_seconds", "Time that a store took for one operation.", seconds, "operation", "outcome"),
		outbox: outboxVecs{
			pending:   gauge("myevents_outbox_pending_messages", "Messages that are due and not yet published.", "service"),
			lag:       gauge("myevents_outbox_lag_seconds", "How long the oldest due message has waited.", "service"),
			published: counter("myevents_outbox_published_total", "Messages published.", "service"),
			failed:    counter("myevents_outbox_failures_total", "Attempts to publish that failed.", "service"),
		},
	}
	holds := counter("myevents_hold_requests_total", "Requests about holds.", "outcome")
	m.holds = newClosed(holds, HoldMade, HoldSoldOut, HoldAllHeld, HoldNotTogether, HoldSeatTaken, HoldNotOnSale, HoldLimitReached,
		HoldExtended, HoldReleased, HoldRefused, HoldFailed)
	bookings := counter("myevents_booking_requests_total", "Requests about bookings, and bookings settled.", "outcome")
	m.bookings = newClosed(bookings, BookingConfirmed, BookingSettling, BookingDeclined, BookingLapsed, BookingRefused, BookingFailed, BookingCancelled)
	checkIns := counter("myevents_door_check_ins_total", "Tickets scanned at a door.", "result")
	m.checkIns = newClosed(checkIns, CheckInAdmitted, CheckInAlreadyIn, CheckInRefused)

	var faults []error
	for _, c := range []prometheus.Collector{
		m.requests, m.inFlight, m.messages, m.handling, m.dead, m.stores,
		m.outbox.pending, m.outbox.lag, m.outbox.published, m.outbox.failed, holds, bookings, checkIns,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo(version),
	} {
		if err := reg.Register(c); err != nil {
			faults = append(faults, fmt.Errorf("register metrics: %w", err))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return m, nil
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

func gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func buildInfo(version string) prometheus.Collector {
	revision := "unknown"
	if info, found := debug.ReadBuildInfo(); found {
		if version == "" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	if version == "" {
		version = "unknown"
	}
	g := gauge("myevents_build_info", "The program that runs; always 1.", "version", "revision", "go_version")
	g.WithLabelValues(version, revision, runtime.Version()).Set(1)
	return g
}

// Hold counts a request about a hold.
func (m *Metrics) Hold(o HoldOutcome) {
	if m != nil {
		m.holds.inc(o)
	}
}

// Booking counts a request about a booking, or one settled.
func (m *Metrics) Booking(o BookingOutcome) {
	if m != nil {
		m.bookings.inc(o)
	}
}

// CheckIn counts a scan at a door.
func (m *Metrics) CheckIn(r CheckInResult) {
	if m != nil {
		m.checkIns.inc(r)
	}
}

// Request records one answer. Service and operation come from the program's own closed sets, never from the request.
func (m *Metrics) Request(service, operation string, status int, d time.Duration) {
	if m != nil {
		m.Endpoint(service, operation).Done(status, d)
	}
}

// InFlight changes how many requests a service is serving by +1 or −1.
func (m *Metrics) InFlight(service string, delta int) {
	if m != nil {
		m.Endpoint(service, "").inFlight.Add(float64(delta))
	}
}

// Endpoint returns the instruments of one operation, for a caller that keeps them.
func (m *Metrics) Endpoint(service, operation string) *Endpoint {
	if m == nil {
		return nil
	}
	return m.endpoints.get([2]string{service, operation}, [2]string{other, other}, func(k [2]string) *Endpoint {
		return &Endpoint{vec: m.requests, service: k[0], name: k[1], inFlight: m.inFlight.WithLabelValues(k[0])}
	})
}

// Endpoint is one HTTP operation's instruments.
type Endpoint struct {
	vec           *prometheus.HistogramVec
	service, name string
	inFlight      prometheus.Gauge
	classes       [6]atomic.Pointer[prometheus.Observer] // made at first use, so that most classes cost nothing
}

var statusClasses = [6]string{other, "1xx", "2xx", "3xx", "4xx", "5xx"}

// Done records one answer of the operation.
func (o *Endpoint) Done(status int, d time.Duration) {
	if o == nil {
		return
	}
	class := status / 100
	if class < 1 || class > 5 {
		class = 0
	}
	observer := o.classes[class].Load()
	if observer == nil {
		made := o.vec.WithLabelValues(o.service, o.name, statusClasses[class])
		observer = &made
		o.classes[class].Store(observer)
	}
	(*observer).Observe(d.Seconds())
}

type groupKey struct {
	group string
	t     message.Type
}

type groupMetrics struct {
	outcomes *closed[MessageOutcome]
	handling prometheus.Observer
	dead     prometheus.Counter
}

// Message records one delivery to a group; a dead one counts as a dead letter too. A type that this program does not
// know counts as "other".
func (m *Metrics) Message(group string, t message.Type, o MessageOutcome, took time.Duration) {
	if m == nil {
		return
	}
	if !slices.Contains(m.types, t) {
		t = other
	}
	g := m.groups.get(groupKey{group, t}, groupKey{other, other}, func(k groupKey) *groupMetrics {
		return &groupMetrics{
			handling: m.handling.WithLabelValues(k.group), dead: m.dead.WithLabelValues(k.group),
			outcomes: newClosed(m.messages.MustCurryWith(prometheus.Labels{"group": k.group, "type": string(k.t)}),
				MessageAcked, MessageRetried, MessagePutOff, MessageDead),
		}
	})
	g.outcomes.inc(o)
	g.handling.Observe(took.Seconds())
	if o == MessageDead {
		g.dead.Inc()
	}
}

type storeMetrics struct{ ok, refused, failed prometheus.Observer }

// Store records one operation of a store. Errors that are an answer (a conflict, not found, a stale version) count as
// refused, those that are a fault as failed.
func (m *Metrics) Store(operation string, d time.Duration, err error) {
	if m == nil {
		return
	}
	s := m.stored.get(operation, other, func(op string) *storeMetrics {
		return &storeMetrics{m.stores.WithLabelValues(op, okay), m.stores.WithLabelValues(op, "refused"), m.stores.WithLabelValues(op, failed)}
	})
	switch {
	case err == nil:
		s.ok.Observe(d.Seconds())
	case fault.Is(err, fault.Internal) || fault.Is(err, fault.Unavailable):
		s.failed.Observe(d.Seconds())
	default:
		s.refused.Observe(d.Seconds())
	}
}

// Outbox returns the instruments of one service's outbox.
func (m *Metrics) Outbox(service string) *Outbox {
	if m == nil {
		return nil
	}
	return m.outboxes.get(service, other, func(s string) *Outbox {
		return &Outbox{
			m.outbox.pending.WithLabelValues(s), m.outbox.lag.WithLabelValues(s),
			m.outbox.published.WithLabelValues(s), m.outbox.failed.WithLabelValues(s),
		}
	})
}

// Outbox is one outbox's instruments; a nil *Outbox counts nothing.
type Outbox struct {
	pending, lag      prometheus.Gauge
	published, failed prometheus.Counter
}

// Depth sets how many messages are due, and how long the oldest has been (0: none).
func (o *Outbox) Depth(n int, lag time.Duration) {
	if o != nil {
		o.pending.Set(float64(n))
		o.lag.Set(lag.Seconds())
	}
}

// Published counts n messages published.
func (o *Outbox) Published(n int) {
	if o != nil {
		o.published.Add(float64(n))
	}
}

// Failed counts one attempt to publish that failed.
func (o *Outbox) Failed() {
	if o != nil {
		o.failed.Inc()
	}
}

// closed is a counter whose one open label has a fixed set of values, all present from the start, so that a rate over
// the first failure is not lost; anything else counts as "other".
type closed[T ~string] struct {
	children map[T]prometheus.Counter
	other    prometheus.Counter
}

func newClosed[T ~string](vec *prometheus.CounterVec, values ...T) *closed[T] {
	c := &closed[T]{children: make(map[T]prometheus.Counter, len(values)), other: vec.WithLabelValues(other)}
	for _, v := range values {
		c.children[v] = vec.WithLabelValues(string(v))
	}
	return c
}

func (c *closed[T]) inc(v T) {
	child, found := c.children[v]
	if !found {
		child = c.other
	}
	child.Inc()
}

// names keeps what was made for a label value: no lock on the way that is taken nearly always.
type names[K comparable, V any] struct {
	made  sync.Map // K → V
	mu    sync.Mutex
	count int
}

func (n *names[K, V]) get(k, rest K, build func(K) V) V {
	if v, found := n.made.Load(k); found {
		return v.(V) //nolint:forcetypeassert // only Vs are stored
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.count >= maxNames {
		k = rest
	}
	if v, found := n.made.Load(k); found {
		return v.(V) //nolint:forcetypeassert // only Vs are stored
	}
	v := build(k)
	n.made.Store(k, v)
	n.count++
	return v
}
