// Package promexport keeps a program's metrics in a Prometheus registry, and shows them on the admin listener. It is apart
// from telemetry since Prometheus brings protobuf, whose reflection keeps the linker from leaving out methods that nothing
// calls: a program that shows no metrics is half as big without.
package promexport

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
	"github.com/myevents/myevents/shared/telemetry"
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

// Metrics are the instruments of one process: telemetry.Metrics, and a handler that shows them.
type Metrics struct {
	requests *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
	holds    *closed[telemetry.HoldOutcome]
	bookings *closed[telemetry.BookingOutcome]
	checkIns *closed[telemetry.CheckInResult]
	messages *prometheus.CounterVec
	handling *prometheus.HistogramVec
	dead     *prometheus.CounterVec
	stores   *prometheus.HistogramVec
	outbox   outboxVecs
	types    []message.Type
	registry *prometheus.Registry

	endpoints names[[2]string, *endpoint]
	groups    names[groupKey, *groupMetrics]
	stored    names[string, *storeMetrics]
	outboxes  names[string, *outboxMetrics]
}

type outboxVecs struct {
	pending, lag      *prometheus.GaugeVec
	published, failed *prometheus.CounterVec
}

// Open makes the metrics of this process, with a registry of their own.
func Open() (*Metrics, error) { return New(prometheus.NewRegistry(), "") }

// New registers every instrument, the Go runtime's and the process's collectors, and the build's name with reg. An empty
// version means what the Go tool recorded. The error says which instrument was registered before.
func New(reg *prometheus.Registry, version string) (*Metrics, error) {
	seconds := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	m := &Metrics{
		types: message.Types(), registry: reg,
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
	m.holds = newClosed(holds, telemetry.HoldMade, telemetry.HoldSoldOut, telemetry.HoldAllHeld, telemetry.HoldNotTogether,
		telemetry.HoldSeatTaken, telemetry.HoldNotOnSale, telemetry.HoldLimitReached, telemetry.HoldExtended,
		telemetry.HoldReleased, telemetry.HoldRefused, telemetry.HoldFailed)
	bookings := counter("myevents_booking_requests_total", "Requests about bookings, and bookings settled.", "outcome")
	m.bookings = newClosed(bookings, telemetry.BookingConfirmed, telemetry.BookingSettling, telemetry.BookingDeclined,
		telemetry.BookingLapsed, telemetry.BookingRefused, telemetry.BookingFailed, telemetry.BookingCancelled)
	checkIns := counter("myevents_door_check_ins_total", "Tickets scanned at a door.", "result")
	m.checkIns = newClosed(checkIns, telemetry.CheckInAdmitted, telemetry.CheckInAlreadyIn, telemetry.CheckInRefused)

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

// Hold implements telemetry.Metrics.
func (m *Metrics) Hold(o telemetry.HoldOutcome) { m.holds.inc(o) }

// Booking implements telemetry.Metrics.
func (m *Metrics) Booking(o telemetry.BookingOutcome) { m.bookings.inc(o) }

// CheckIn implements telemetry.Metrics.
func (m *Metrics) CheckIn(r telemetry.CheckInResult) { m.checkIns.inc(r) }

// Request implements telemetry.Metrics.
func (m *Metrics) Request(service, operation string, status int, d time.Duration) {
	m.endpoint(service, operation).done(status, d)
}

// InFlight implements telemetry.Metrics.
func (m *Metrics) InFlight(service string, delta int) {
	m.endpoint(service, "").inFlight.Add(float64(delta))
}

// endpoint returns the instruments of one operation.
func (m *Metrics) endpoint(service, operation string) *endpoint {
	return m.endpoints.get([2]string{service, operation}, [2]string{other, other}, func(k [2]string) *endpoint {
		return &endpoint{vec: m.requests, service: k[0], name: k[1], inFlight: m.inFlight.WithLabelValues(k[0])}
	})
}

// endpoint is one HTTP operation's instruments.
type endpoint struct {
	vec           *prometheus.HistogramVec
	service, name string
	inFlight      prometheus.Gauge
	classes       [6]atomic.Pointer[prometheus.Observer] // made at first use, so that most classes cost nothing
}

var statusClasses = [6]string{other, "1xx", "2xx", "3xx", "4xx", "5xx"}

// done records one answer of the operation.
func (o *endpoint) done(status int, d time.Duration) {
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
	outcomes *closed[telemetry.MessageOutcome]
	handling prometheus.Observer
	dead     prometheus.Counter
}

// Message implements telemetry.Metrics. A type that this program does not know counts as "other".
func (m *Metrics) Message(group string, t message.Type, o telemetry.MessageOutcome, took time.Duration) {
	if !slices.Contains(m.types, t) {
		t = other
	}
	g := m.groups.get(groupKey{group, t}, groupKey{other, other}, func(k groupKey) *groupMetrics {
		return &groupMetrics{
			handling: m.handling.WithLabelValues(k.group), dead: m.dead.WithLabelValues(k.group),
			outcomes: newClosed(m.messages.MustCurryWith(prometheus.Labels{"group": k.group, "type": string(k.t)}),
				telemetry.MessageAcked, telemetry.MessageRetried, telemetry.MessagePutOff, telemetry.MessageDead),
		}
	})
	g.outcomes.inc(o)
	g.handling.Observe(took.Seconds())
	if o == telemetry.MessageDead {
		g.dead.Inc()
	}
}

type storeMetrics struct{ ok, refused, failed prometheus.Observer }

// Store implements telemetry.Metrics.
func (m *Metrics) Store(operation string, d time.Duration, err error) {
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

// Outbox implements telemetry.Metrics.
func (m *Metrics) Outbox(service string) telemetry.Outbox {
	return m.outboxes.get(service, other, func(s string) *outboxMetrics {
		return &outboxMetrics{
			m.outbox.pending.WithLabelValues(s), m.outbox.lag.WithLabelValues(s),
			m.outbox.published.WithLabelValues(s), m.outbox.failed.WithLabelValues(s),
		}
	})
}

// outboxMetrics is one outbox's instruments.
type outboxMetrics struct {
	pending, lag      prometheus.Gauge
	published, failed prometheus.Counter
}

// Depth implements telemetry.Outbox.
func (o *outboxMetrics) Depth(n int, lag time.Duration) {
	o.pending.Set(float64(n))
	o.lag.Set(lag.Seconds())
}

// Published implements telemetry.Outbox.
func (o *outboxMetrics) Published(n int) { o.published.Add(float64(n)) }

// Failed implements telemetry.Outbox.
func (o *outboxMetrics) Failed() { o.failed.Inc() }

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
