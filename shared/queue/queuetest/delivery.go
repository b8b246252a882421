package queuetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

func deliveryFacts() []fact {
	two := []message.Type{message.BookingConfirmed, message.EventChanged}
	return []fact{
		{name: "message-reaches-every-group", groups: both, test: everyGroup},
		{name: "messages-of-one-publish-all-arrive", groups: both, test: onePublish},
		{name: "subscribers-of-a-group-share-its-messages", groups: both, test: competing},
		{name: "group-gets-only-the-types-that-it-wants", groups: map[string][]message.Type{alpha: two, beta: nil}, test: typeFilter},
		{name: "message-that-nobody-wants-is-published", groups: map[string][]message.Type{alpha: two}, test: unwanted},
		{name: "acked-message-is-not-delivered-again", groups: one, test: ackedOnce},
		{name: "message-published-before-its-group-subscribes-waits", groups: both, test: waitsForGroup},
		{name: "publish-of-nothing-succeeds", groups: one, test: publishNothing},
	}
}

func everyGroup(e *env) {
	var a, b inbox
	e.subscribe(alpha, nil, a.take)
	e.subscribe(beta, nil, b.take)
	ms := e.news(10)
	e.sendEach(ms...)
	e.receives(&a, alpha, ms...)
	e.receives(&b, beta, ms...)
}

func onePublish(e *env) {
	var a, b inbox
	e.subscribe(alpha, nil, a.take)
	e.subscribe(beta, nil, b.take)
	ms := e.news(25) // more than a batch of SNS and SQS holds
	e.send(ms...)
	e.receives(&a, alpha, ms...)
	e.receives(&b, beta, ms...)
	e.quiet()
	e.once(&a, alpha)
	e.once(&b, beta)
}

func competing(e *env) {
	var a, b inbox
	for range 3 {
		e.subscribe(alpha, nil, a.take)
	}
	e.subscribe(beta, nil, b.take)
	ms := e.news(60)
	e.sendEach(ms...)
	e.receives(&a, alpha, ms...)
	e.receives(&b, beta, ms...)
	e.quiet()
	e.once(&a, alpha)
	e.once(&b, beta)
}

func typeFilter(e *env) {
	var a, b inbox
	two := []message.Type{message.BookingConfirmed, message.EventChanged}
	e.subscribe(alpha, two, a.take)
	e.subscribe(beta, nil, b.take)
	var all, wanted []message.Envelope
	for _, t := range message.Types() {
		m := e.new(t, "evt-1")
		if all = append(all, m); t == two[0] || t == two[1] {
			wanted = append(wanted, m)
		}
	}
	e.sendEach(all...)
	e.receives(&b, beta, all...)
	e.receives(&a, alpha, wanted...)
	e.quiet()
	for _, got := range a.all() {
		if got.m.Type != two[0] && got.m.Type != two[1] {
			e.Errorf("message to %s: got type %s, want one of %v", alpha, got.m.Type, two)
		}
	}
}

func unwanted(e *env) {
	var a inbox
	e.subscribe(alpha, []message.Type{message.BookingConfirmed, message.EventChanged}, a.take)
	e.send(e.new(message.LocationChanged, "loc-1"))
	e.quiet()
	if got := a.all(); len(got) != 0 {
		e.Errorf("messages to %s: got %d, want none", alpha, len(got))
	}
}

func ackedOnce(e *env) {
	var a inbox
	e.subscribe(alpha, nil, a.take)
	ms := e.news(10)
	e.sendEach(ms...)
	e.receives(&a, alpha, ms...)
	e.quiet()
	e.once(&a, alpha)
	e.buried(0)
}

func waitsForGroup(e *env) {
	var a, b inbox
	e.subscribe(alpha, nil, a.take)
	ms := e.news(5)
	e.sendEach(ms...)
	e.receives(&a, alpha, ms...)
	e.wait(e.h.Quiet)
	e.subscribe(beta, nil, b.take)
	e.receives(&b, beta, ms...)
	e.sent()
}

func publishNothing(e *env) {
	if err := e.Publish(e.ctx); err != nil {
		e.Errorf("Publish of nothing: got %v, want nil", err)
	}
}

func contentFacts() []fact {
	return []fact{
		{name: "every-field-arrives", groups: one, test: everyField},
		{name: "unicode-arrives", groups: one, test: unicodeArrives},
		{name: "large-message-arrives", groups: one, test: largeArrives},
		{name: "too-large-message-is-invalid", groups: one, test: tooLarge},
	}
}

// awkward is text that gets lost where bytes are taken for characters, or characters for markup.
const awkward = "Ⅷ. Sinfonía «naïve» 東京 🎪\u200d🤹 \u0000\u001f \u2028 <&>'\"\\ ﷽ e\u0301 \U0010FFFF"

// arrives sends one message and reports how it differs when it comes.
func (e *env) arrives(m message.Envelope) {
	e.Helper()
	var a inbox
	e.subscribe(alpha, nil, a.take)
	e.send(m)
	e.receives(&a, alpha, m)
	if wrong := same(a.all()[0].m, m); wrong != "" {
		e.Errorf("message: %s", wrong)
	}
}

func everyField(e *env) {
	m := e.new(message.TicketCheckedIn, "bkg-1")
	m.TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	m.Data = []byte(`{"big":9007199254740993,"tiny":1e-7,"null":null,"list":[[],{}],"empty":"","negative":-0.5}`)
	e.arrives(m)
}

func unicodeArrives(e *env) {
	m := e.new(message.EventChanged, "evt-"+strings.ReplaceAll(awkward, "\u0000", ""))
	e.arrives(message.New(m.ID, m.Source, m.Type, m.Subject, m.Time, map[string]string{"name": awkward, awkward: "key"}))
}

// brokersOwn is what a broker may need for itself of a message's largest size, in bytes.
const brokersOwn = 1 << 10

// sized returns a message of n bytes when encoded.
func (e *env) sized(n int) message.Envelope {
	e.Helper()
	m := e.new(message.EventChanged, "evt-1")
	m.Data = []byte(`{"layout":""}`)
	bare, err := m.Encode()
	if err != nil {
		e.Fatalf("Encode: got %v, want nil", err)
	}
	m.Data = fmt.Appendf(nil, `{"layout":%q}`, strings.Repeat("x", n-len(bare)))
	return m
}

func largeArrives(e *env) { e.arrives(e.sized(message.MaxSize - brokersOwn)) }

func tooLarge(e *env) {
	var a inbox
	e.subscribe(alpha, nil, a.take)
	ctx, cancel := context.WithTimeout(e.ctx, e.h.Patience)
	defer cancel()
	began := time.Now()
	if err := e.Publish(ctx, e.sized(message.MaxSize+1)); !fault.Is(err, fault.Invalid) {
		e.Errorf("Publish of a message over %d bytes: got %v after %v, want invalid", message.MaxSize, err, time.Since(began))
	}
	e.quiet()
	if got := a.all(); len(got) != 0 {
		e.Errorf("messages after one was refused: got %d, want none", len(got))
	}
}
