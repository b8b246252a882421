package samhost_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/host/samhost"
)

type object = map[string]any

// gateway is one in front of a function that answers with the invocation it got, or with what the path asks for.
func gateway(t *testing.T, routes ...samhost.Route) *httptest.Server {
	t.Helper()
	h := samhost.New([]samhost.Function{{
		Name: "f", Bootstrap: os.Args[0], Env: append(os.Environ(), roleEnv+"=gateway"), Timeout: 3 * time.Second, Concurrency: 1,
	}}, io.Discard, samhost.Observer{})
	t.Cleanup(h.Close)
	s := httptest.NewServer(samhost.Gateway(h, routes, nil))
	t.Cleanup(s.Close)
	return s
}

// answerer is the gateway's function.
func answerer(in object) (any, error) {
	path, _ := in["rawPath"].(string)
	switch path {
	case "/plain":
		return object{"hello": "world"}, nil
	case "/binary":
		return object{"statusCode": 201, "headers": object{"content-type": "image/png"}, "cookies": []string{"a=1", "b=2"}, "body": "iVBOR/8=", "isBase64Encoded": true}, nil
	case "/nonsense":
		return object{"statusCode": 7}, nil
	case "/panic":
		panic("a seat")
	case "/slow":
		<-time.After(time.Minute)
	}
	body, err := json.Marshal(in)
	return object{"statusCode": 200, "body": string(body)}, err
}

func TestGateway_Invocation(t *testing.T) {
	s := gateway(t, samhost.Route{Method: "ANY", Path: "/v1/{proxy+}", Function: "f"})
	r, err := http.NewRequest(http.MethodPost, s.URL+"/v1/a%20b%2Fc?q=1&q=2&r=a%2Fb", strings.NewReader(`{"x":1}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/merge-patch+json")
	r.Header.Add("X-Many", "1")
	r.Header.Add("X-Many", "2")
	r.Header.Set("Cookie", "a=1; b=2")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got object
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	wanted := object{
		"version": "2.0", "routeKey": "ANY /v1/{proxy+}", "rawPath": "/v1/a b/c", "rawQueryString": "q=1&q=2&r=a%2Fb",
		"queryStringParameters": object{"q": "1,2", "r": "a/b"}, "pathParameters": object{"proxy": "a b/c"},
		"cookies": []any{"a=1", "b=2"}, "body": `{"x":1}`, "isBase64Encoded": false,
	}
	for name, want := range wanted {
		if !reflect.DeepEqual(got[name], want) {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	headers, _ := got["headers"].(object)
	if headers["x-many"] != "1,2" || headers["host"] == "" || headers["x-forwarded-for"] != "127.0.0.1" || headers["cookie"] != nil {
		t.Errorf("headers: got %v, want lower case, joined, with the host and without cookies", headers)
	}
	call, _ := got["requestContext"].(object)["http"].(object)
	if call["method"] != "POST" || call["sourceIp"] != "127.0.0.1" {
		t.Errorf("requestContext.http: got %v, want POST from 127.0.0.1", call)
	}
}

func TestGateway_Answers(t *testing.T) {
	s := gateway(t, samhost.Route{Method: "GET", Path: "/{any}", Function: "f"}, samhost.Route{Method: "POST", Path: "/echo", Function: "f"},
		samhost.Route{Method: "GET", Path: "/missing", Function: "g"})
	for _, tc := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"json-without-status", "GET", "/plain", "", 200, `{"hello":"world"}`},
		{"binary", "GET", "/binary", "", 201, "\x89PNG\xff"},
		{"impossible-status", "GET", "/nonsense", "", 500, `{"message":"Internal Server Error"}`},
		{"panic", "GET", "/panic", "", 500, `{"message":"Internal Server Error"}`},
		{"timeout", "GET", "/slow", "", 500, `{"message":"Internal Server Error"}`},
		{"no-function", "GET", "/missing", "", 500, `{"message":"Internal Server Error"}`},
		{"no-route", "GET", "/a/b", "", 404, `{"message":"Not Found"}`},
		{"no-route-for-the-method", "DELETE", "/plain", "", 404, `{"message":"Not Found"}`},
		{"body-too-large", "POST", "/echo", strings.Repeat("x", 11<<20), 413, `{"message":"Request Entity Too Large"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := http.NewRequest(tc.method, s.URL+tc.path, strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != tc.status || string(b) != tc.want {
				t.Errorf("%s %s: got %d %q, want %d %q", tc.method, tc.path, resp.StatusCode, b, tc.status, tc.want)
			}
			if tc.name == "binary" && len(resp.Cookies()) != 2 {
				t.Errorf("cookies: got %v, want 2", resp.Cookies())
			}
		})
	}
}

func TestGateway_Routes(t *testing.T) {
	s := gateway(t,
		samhost.Route{Function: "f"}, // $default
		samhost.Route{Method: "ANY", Path: "/v1/{proxy+}", Function: "f"},
		samhost.Route{Method: "GET", Path: "/v1/events/{id}", Function: "f"},
		samhost.Route{Method: "GET", Path: "/v1/events/{id}/seats", Function: "f"},
		samhost.Route{Method: "ANY", Path: "/v1/events/{id}", Function: "f"},
		samhost.Route{Method: "GET", Path: "/v1/events/new", Function: "f"},
	)
	for _, tc := range []struct{ method, path, want string }{
		{"GET", "/v1/events/new", "GET /v1/events/new"},
		{"GET", "/v1/events/evt_1", "GET /v1/events/{id}"},
		{"PATCH", "/v1/events/evt_1", "ANY /v1/events/{id}"},
		{"GET", "/v1/events/evt_1/seats", "GET /v1/events/{id}/seats"},
		{"POST", "/v1/events/evt_1/seats", "ANY /v1/{proxy+}"},
		{"GET", "/v1/events/", "ANY /v1/{proxy+}"},
		{"GET", "/v1/", "$default"},
		{"GET", "/", "$default"},
	} {
		r, _ := http.NewRequest(tc.method, s.URL+tc.path, nil)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ RouteKey string }
		_ = json.NewDecoder(resp.Body).Decode(&got)
		_ = resp.Body.Close()
		if got.RouteKey != tc.want {
			t.Errorf("%s %s: got %q, want %q", tc.method, tc.path, got.RouteKey, tc.want)
		}
	}
}
