package template

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const functionType = "AWS::Serverless::Function"

// Function is a function of the stack.
type Function struct {
	ID           string // its logical id, such as EventsApi: also the Makefile's target build-ID
	Name         string
	Architecture string
	MemoryMB     int
	Timeout      time.Duration
	Environment  map[string]string
	Role         string // logical id of its role
}

// Route is a route of the HTTP API. SignIn: the gateway refuses requests without a valid token.
type Route struct {
	Method, Path, Function string
	SignIn                 bool
}

// QueueSource hands a queue's messages to a function.
type QueueSource struct {
	Function, Queue string // logical id, name
	Batch           int
	Window          time.Duration
	Partial         bool // the function names those that failed
	MaxConcurrency  int
}

// StreamSource hands a table's changes to a function.
type StreamSource struct {
	Function, Table string // logical id, name
	Batch, Parallel int
	Window, MaxAge  time.Duration
	Partial, Bisect bool
	FromOldest      bool
	Retries         int // -1: until MaxAge
	Filters         []string
	OnFailure       string // ARN
}

// Schedule calls a function again and again.
type Schedule struct{ Function, Expression string }

// Functions returns the functions by their ids in order.
func (t *Template) Functions() []Function {
	var all []Function
	for _, r := range t.Of(functionType) {
		p := r.Properties
		f := Function{
			ID: r.ID, Name: text(p["FunctionName"]), MemoryMB: number(p["MemorySize"]), Timeout: seconds(p["Timeout"]),
			Environment: map[string]string{}, Role: within(text(p["Role"])),
		}
		if list, _ := p["Architectures"].([]any); len(list) > 0 {
			f.Architecture = text(list[0])
		}
		for name, v := range section(section(p, "Environment"), "Variables") {
			f.Environment[name] = text(v)
		}
		all = append(all, f)
	}
	return all
}

// Routes returns the API's routes in order of path and method.
func (t *Template) Routes() []Route {
	var all []Route
	for _, r := range t.Of("AWS::ApiGatewayV2::Route") {
		method, path, _ := strings.Cut(text(r.Properties["RouteKey"]), " ")
		integration := t.Resources[within(text(r.Properties["Target"]))]
		function, _, _ := strings.Cut(within(text(integration.Properties["IntegrationUri"])), ".")
		all = append(all, Route{Method: method, Path: path, Function: function, SignIn: text(r.Properties["AuthorizationType"]) == "JWT"})
	}
	slices.SortFunc(all, func(a, b Route) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return all
}

// Queues returns the mappings from queues to functions.
func (t *Template) Queues() []QueueSource {
	var all []QueueSource
	t.events("SQS", func(function string, p map[string]any) {
		queue := text(p["Queue"])
		all = append(all, QueueSource{
			Function: function, Queue: queue[strings.LastIndexByte(queue, ':')+1:], Batch: number(p["BatchSize"]),
			Window: seconds(p["MaximumBatchingWindowInSeconds"]), Partial: partial(p),
			MaxConcurrency: number(section(p, "ScalingConfig")["MaximumConcurrency"]),
		})
	})
	return all
}

// Streams returns the mappings from tables' streams to functions.
func (t *Template) Streams() []StreamSource {
	var all []StreamSource
	t.events("DynamoDB", func(function string, p map[string]any) {
		_, rest, _ := strings.Cut(text(p["Stream"]), ":table/")
		table, _, _ := strings.Cut(rest, "/")
		s := StreamSource{
			Function: function, Table: table, Batch: number(p["BatchSize"]), Parallel: max(1, number(p["ParallelizationFactor"])),
			Window: seconds(p["MaximumBatchingWindowInSeconds"]), MaxAge: seconds(p["MaximumRecordAgeInSeconds"]), Partial: partial(p),
			Bisect: p["BisectBatchOnFunctionError"] == true, FromOldest: p["StartingPosition"] == "TRIM_HORIZON",
			Retries: number(p["MaximumRetryAttempts"]), OnFailure: text(section(section(p, "DestinationConfig"), "OnFailure")["Destination"]),
		}
		filters, _ := section(p, "FilterCriteria")["Filters"].([]any)
		for _, f := range filters {
			m, _ := f.(map[string]any)
			s.Filters = append(s.Filters, text(m["Pattern"]))
		}
		all = append(all, s)
	})
	return all
}

// Schedules returns what calls functions by the clock.
func (t *Template) Schedules() []Schedule {
	var all []Schedule
	t.events("Schedule", func(function string, p map[string]any) {
		all = append(all, Schedule{Function: function, Expression: text(p["Schedule"])})
	})
	return all
}

func (t *Template) events(kind string, found func(function string, properties map[string]any)) {
	for _, r := range t.Of(functionType) {
		events := section(r.Properties, "Events")
		for _, name := range sorted(events) {
			if e := section(events, name); text(e["Type"]) == kind {
				found(r.ID, section(e, "Properties"))
			}
		}
	}
}

func partial(p map[string]any) bool {
	list, _ := p["FunctionResponseTypes"].([]any)
	return len(list) == 1 && list[0] == "ReportBatchItemFailures"
}

// within returns what the last "${…}" of s names, without an attribute Arn.
func within(s string) string {
	i := strings.LastIndex(s, "${")
	if i < 0 {
		return ""
	}
	name, _, _ := strings.Cut(s[i+2:], "}")
	return strings.TrimSuffix(name, ".Arn")
}

func number(v any) int {
	n, err := strconv.Atoi(text(v))
	if err != nil {
		return 0
	}
	return n
}

func seconds(v any) time.Duration { return time.Duration(number(v)) * time.Second }
