package samhost

import (
	"slices"
	"strconv"
	"strings"
)

// Route sends requests to a function. Path may hold {name} for one segment and {name+} for all that are left; an empty
// path is $default, which matches what nothing else does.
type Route struct {
	Method   string // ANY: every method
	Path     string
	Function string
}

func (r *Route) key() string {
	if r.Path == "" {
		return "$default"
	}
	return r.Method + " " + r.Path
}

// match returns the route of a request, and its path parameters. An exact path wins over one with parameters, that over
// one with a greedy parameter, a method over ANY, and everything over $default.
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
func match(routes []Route, method, path string) (*Route, map[string]string) {
	for i := range routes {
		r := &routes[i]
		if r.Path == "" {
			return r, nil
		}
		if r.Method != "ANY" && r.Method != method {
			continue
		}
		if params, ok := fits(r.Path, path); ok {
			return r, params
		}
	}
	return nil, nil
}

func fits(pattern, path string) (map[string]string, bool) {
	var params map[string]string
	set := func(name, value string) {
		if params == nil {
			params = map[string]string{}
		}
		params[name] = value
	}
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, part := range want {
		name, isParam := strings.CutPrefix(part, "{")
		name = strings.TrimSuffix(name, "}")
		greedy, isGreedy := strings.CutSuffix(name, "+")
		switch {
		case i >= len(have):
			return nil, false
		case isParam && isGreedy:
			rest := strings.Join(have[i:], "/")
			set(greedy, rest)
			return params, rest != ""
		case isParam && have[i] != "":
			set(name, have[i])
		case isParam, part != have[i]:
			return nil, false
		}
	}
	return params, len(want) == len(have)
}

// sortRoutes puts those first that win.
func sortRoutes(routes []Route) []Route {
	rank := func(r Route) int {
		switch {
		case r.Path == "":
			return 6
		case strings.Contains(r.Path, "+}"):
			return 4 + anyMethod(r)
		case strings.Contains(r.Path, "{"):
			return 2 + anyMethod(r)
		}
		return anyMethod(r)
	}
	sorted := slices.Clone(routes)
	slices.SortStableFunc(sorted, func(a, b Route) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return literals(b.Path) - literals(a.Path) // the longer path is the more particular
	})
	return sorted
}

func anyMethod(r Route) int {
	if r.Method == "ANY" {
		return 1
	}
	return 0
}

// literals is how many segments of a pattern are no parameters.
func literals(pattern string) (n int) {
	for part := range strings.SplitSeq(pattern, "/") {
		if part != "" && !strings.HasPrefix(part, "{") {
			n++
		}
	}
	return n
}

func itoa(n int) string { return strconv.Itoa(n) }
