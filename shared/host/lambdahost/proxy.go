package lambdahost

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

// proxy turns invocations by an HTTP API (payload format 2.0) into requests to a handler, and its answers back.
type proxy struct{ adapter *httpadapter.HandlerAdapterV2 }

func newProxy(h http.Handler) proxy {
	return proxy{httpadapter.NewV2(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve(h, w, r)
	}))}
}

// payloadKey is the context key of the invocation that a request came with.
type payloadKey struct{}

// Invoke implements Invoker.
func (p proxy) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var in events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, fmt.Errorf("read HTTP invocation: %w", err)
	}
	if in.RequestContext.HTTP.Method == "" {
		return nil, fmt.Errorf("read HTTP invocation: no method: is this payload format 2.0?")
	}
	in.RawPath = encodedPath(in.RawPath)
	if in.RawQueryString == "" {
		in.QueryStringParameters = nil // joined values of repeated keys: the raw form is what counts
	}
	out, err := p.adapter.ProxyWithContext(context.WithValue(ctx, payloadKey{}, &in), in)
	if err != nil {
		// What is no request to net/http, such as a host or method that cannot be, is the caller's mistake.
		return json.Marshal(events.APIGatewayV2HTTPResponse{
			StatusCode: http.StatusBadRequest, Headers: map[string]string{"Content-Type": "application/problem+json"},
			Body: problem(http.StatusBadRequest, "malformed", "this is no request"),
		})
	}
	answer, err := encode(out)
	if err != nil {
		return nil, fmt.Errorf("write HTTP answer: %w", err)
	}
	return answer, nil
}

// encode writes JSON without the escapes that protect pages: the body would grow.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// encodedPath escapes what cannot be in an address as it is, and leaves escapes alone: HTTP APIs hand over a decoded path,
// function URLs an encoded one.
func encodedPath(p string) string {
	plain := func(i int) bool {
		switch c := p[i]; {
		case c == '%':
			return i+2 < len(p) && hex(p[i+1]) && hex(p[i+2])
		case c <= ' ', c >= 0x7f, c == '?', c == '#', c == '"', c == '<', c == '>', c == '\\', c == '^', c == '`', c == '{', c == '|', c == '}':
			return false
		}
		return true
	}
	var b strings.Builder
	for i := range len(p) {
		if plain(i) {
			b.WriteByte(p[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", p[i])
		}
	}
	return b.String()
}

func hex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

// restore gives a request the headers as they came: the adapter splits values at commas, which is wrong for dates, tags
// and keys, and makes a header of each cookie.
func restore(r *http.Request) {
	in, ok := r.Context().Value(payloadKey{}).(*events.APIGatewayV2HTTPRequest)
	if !ok {
		return
	}
	h := make(http.Header, len(in.Headers)+2)
	for name, value := range in.Headers {
		h.Set(name, value)
	}
	if len(in.Cookies) > 0 {
		h.Set("Cookie", strings.Join(in.Cookies, "; "))
	}
	if host := h.Get("Host"); host != "" {
		r.Host = host
	}
	h.Del("Host")
	// The body has come whole, whatever it was sent as.
	h.Del("Transfer-Encoding")
	h.Del("Expect")
	r.Header = h
}
