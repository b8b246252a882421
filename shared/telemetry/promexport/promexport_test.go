package promexport_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/telemetry"
	"github.com/myevents/myevents/shared/telemetry/promexport"
)

func newMetrics(t testing.TB) (*promexport.Metrics, *prometheus.Registry) {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	m, err := promexport.New(reg, "v1.2.3")
	if err != nil {
		t.Fatalf("New: got %v, want nil", err)
	}
	return m, reg
}

// use touches every instrument, with values outside the closed sets too.
func use(m telemetry.Metrics) {
	m.Request("events", "listEvents", 200, time.Millisecond)
	m.Request("events", "listEvents", 999, time.Millisecond)
	m.InFlight("events", 1)
	m.Hold(telemetry.HoldMade)
	m.Hold("usr_1")
	m.Booking(telemetry.BookingConfirmed)
	m.Booking("bkg_1")
	m.CheckIn(telemetry.CheckInAdmitted)
	m.Message("bookings", message.EventChanged, telemetry.MessageAcked, time.Millisecond)
	m.Message("bookings", "stranger.v1", telemetry.MessageDead, time.Millisecond)
	m.Store("reserve", time.Millisecond, nil)
	m.Store("reserve", time.Millisecond, fault.New(fault.Conflict, "", "taken"))
	m.Store("reserve", time.Millisecond, errors.New("disk"))
	o := m.Outbox("events")
	o.Depth(3, 2*time.Second)
	o.Published(2)
	o.Failed()
}

// samples returns "name{label=value,…} value" of all series that this project names; of histograms, the count.
func samples(t testing.TB, reg prometheus.Gatherer) []string {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatalf("Gather: got %v, want nil", err)
	}
	var all []string
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "myevents_") {
			continue
		}
		for _, s := range f.GetMetric() {
			var labels []string
			for _, l := range s.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			v := s.GetCounter().GetValue() + s.GetGauge().GetValue() + float64(s.GetHistogram().GetSampleCount())
			all = append(all, fmt.Sprintf("%s{%s} %v", f.GetName(), strings.Join(labels, ","), v))
		}
	}
	return all
}

func TestMetrics_Counts(t *testing.T) {
	m, reg := newMetrics(t)
	use(m)
	got := samples(t, reg)
	for _, want := range []string{
		"myevents_http_request_duration_seconds{operation=listEvents,service=events,status_class=2xx} 1",
		"myevents_http_request_duration_seconds{operation=listEvents,service=events,status_class=other} 1",
		"myevents_http_in_flight_requests{service=events} 1",
		"myevents_hold_requests_total{outcome=made} 1",
		"myevents_hold_requests_total{outcome=sold_out} 0",
		"myevents_hold_requests_total{outcome=other} 1",
		"myevents_booking_requests_total{outcome=confirmed} 1",
		"myevents_booking_requests_total{outcome=other} 1",
		"myevents_door_check_ins_total{result=admitted} 1",
		"myevents_queue_messages_total{group=bookings,outcome=acked,type=event.changed.v1} 1",
		"myevents_queue_messages_total{group=bookings,outcome=dead,type=other} 1",
		"myevents_queue_dead_letters_total{group=bookings} 1",
		"myevents_queue_handling_duration_seconds{group=bookings} 2",
		"myevents_store_operation_duration_seconds{operation=reserve,outcome=ok} 1",
		"myevents_store_operation_duration_seconds{operation=reserve,outcome=refused} 1",
		"myevents_store_operation_duration_seconds{operation=reserve,outcome=failed} 1",
		"myevents_outbox_pending_messages{service=events} 3",
		"myevents_outbox_lag_seconds{service=events} 2",
		"myevents_outbox_published_total{service=events} 2",
		"myevents_outbox_failures_total{service=events} 1",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("metrics: got %s, want %s among them", strings.Join(got, "\n"), want)
		}
	}
}

// TestMetrics_Lint keeps the rules of names: area, what, base unit or total; help that is a sentence; labels from a list.
func TestMetrics_Lint(t *testing.T) {
	m, reg := newMetrics(t)
	use(m)
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var own int
	name := regexp.MustCompile(`^myevents_(http|hold|booking|door|queue|store|outbox|build)_([a-z]+_)*(seconds|bytes|ratio|requests|messages|total|info)$`)
	labels := []string{"service", "operation", "status_class", "outcome", "result", "group", "type", "version", "revision", "go_version"}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "myevents_") {
			continue
		}
		own++
		if !name.MatchString(f.GetName()) && f.GetName() != "myevents_build_info" {
			t.Errorf("%s: got a name outside myevents_<area>_<what>_<unit|total>", f.GetName())
		}
		if help := f.GetHelp(); len(help) < 12 || !strings.HasSuffix(help, ".") {
			t.Errorf("%s: got help %q, want a sentence", f.GetName(), help)
		}
		for _, s := range f.GetMetric() {
			for _, l := range s.GetLabel() {
				if !slices.Contains(labels, l.GetName()) {
					t.Errorf("%s: got label %s, want one of %v", f.GetName(), l.GetName(), labels)
				}
				if regexp.MustCompile(`^(evt|usr|bkg|loc|msg)_`).MatchString(l.GetValue()) {
					t.Errorf("%s: got an identifier as label %s", f.GetName(), l.GetName())
				}
			}
		}
	}
	if own < 14 {
		t.Errorf("registry: got %d metrics of this project, want at least 14", own)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "myevents_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestMetrics_NamesAreBounded(t *testing.T) {
	m, reg := newMetrics(t)
	for i := range 5000 {
		m.Request("events", fmt.Sprintf("op%d", i), 200, time.Millisecond)
		m.Store(fmt.Sprintf("op%d", i), time.Millisecond, nil)
		m.Message(fmt.Sprintf("group%d", i), message.EventChanged, telemetry.MessageAcked, 0)
		m.Outbox(fmt.Sprintf("s%d", i)).Published(1)
	}
	counts := map[string]int{}
	for _, s := range samples(t, reg) {
		counts[s[:strings.IndexByte(s, '{')]]++
	}
	for metric, n := range counts {
		if n > 257*5 {
			t.Errorf("%s: got %d series, want at most %d", metric, n, 257*5)
		}
	}
	if want := "myevents_http_request_duration_seconds{operation=other,service=other,status_class=2xx} 4744"; !slices.Contains(samples(t, reg), want) {
		t.Errorf("metrics: got no %s", want)
	}
}

// Whoever keeps no metrics takes the same calls.
func TestNoMetrics(*testing.T) { use(telemetry.NoMetrics{}) }

func TestNew_TwiceIsAnError(t *testing.T) {
	_, reg := newMetrics(t)
	if _, err := promexport.New(reg, ""); err == nil {
		t.Error("New again: got nil, want an error")
	}
}

func BenchmarkMetrics_Request(b *testing.B) {
	m, _ := newMetrics(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.Request("events", "listEvents", 200, time.Millisecond)
		}
	})
}
