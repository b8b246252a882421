package apiclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"
)

// ErrUnreachable reports that no answer came: no connection, or one that broke.
var ErrUnreachable = errors.New("the server cannot be reached")

// Problem is an answer that says what went wrong (RFC 9457).
//
//nolint:errname // the name in the document, and of the RFC
type Problem struct {
	Status     int           `json:"status"`
	Code       string        `json:"code"` // stable; empty where something other than MyEvents answered
	Title      string        `json:"title"`
	Detail     string        `json:"detail"`
	Fields     []Field       `json:"errors"`
	RequestID  string        `json:"requestId"`
	RetryAfter time.Duration `json:"-"` // 0: not said
}

// Field is a value that was not acceptable.
type Field struct {
	Location string `json:"location"`
	Message  string `json:"message"`
}

// Error says all that an operator can use.
func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "status %d", p.Status)
	if p.Code != "" {
		b.WriteString(" " + p.Code)
	}
	switch {
	case p.Detail != "":
		b.WriteString(": " + p.Detail)
	case p.Title != "":
		b.WriteString(": " + p.Title)
	}
	for i, f := range p.Fields {
		sep := "; "
		if i == 0 {
			sep = " ("
		}
		b.WriteString(sep + f.Location + " " + f.Message)
	}
	if len(p.Fields) > 0 {
		b.WriteString(")")
	}
	return b.String()
}

// StatusOf returns the status of the problem in err; 0 where there is none.
func StatusOf(err error) int {
	var p *Problem
	if errors.As(err, &p) {
		return p.Status
	}
	return 0
}

// CodeOf returns the code of the problem in err; empty where there is none.
func CodeOf(err error) string {
	var p *Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

func problemOf(resp *http.Response, data []byte) *Problem {
	p := &Problem{}
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || kind != "application/problem+json" || json.Unmarshal(data, p) != nil {
		p = &Problem{Title: http.StatusText(resp.StatusCode)} // a proxy's page, which is of no use here
	}
	p.Status = resp.StatusCode
	p.RetryAfter = retryAfter(resp.Header, time.Now())
	return p
}
