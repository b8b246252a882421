package samhost

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Template is what of a SAM template says what calls which function.
type Template struct {
	Functions []TemplateFunction
	Routes    []Route
	Queues    []Mapping // Source is the queue's name
	Streams   []Mapping // Source is the table's name
	Schedules []Schedule
}

// TemplateFunction is a function as the template has it. Its program is build/<ID>/bootstrap.
type TemplateFunction struct {
	ID      string // logical
	Timeout time.Duration
	Env     map[string]string // what the template spells out, without what it refers to
}

// Mapping feeds a function from a queue or stream.
type Mapping struct {
	Function string
	Source   string
	Batch    int
}

// Schedule wakes a function.
type Schedule struct {
	Function string
	Every    time.Duration
}

// ReadTemplate reads a template as for a stack of that name. It understands what this repository's template uses, and
// returns an error for a function, route or source that it does not.
func ReadTemplate(source []byte, stack string) (Template, error) {
	var doc struct {
		Globals struct {
			Function properties `yaml:"Function"`
		} `yaml:"Globals"`
		Resources map[string]resource `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(source, &doc); err != nil {
		return Template{}, fmt.Errorf("read template: %w", err)
	}
	r := reader{stack: stack, resources: doc.Resources}
	for _, id := range sortedKeys(doc.Resources) {
		switch res := doc.Resources[id]; res.Type {
		case "AWS::Serverless::Function":
			r.function(id, res.Properties, doc.Globals.Function)
		case "AWS::ApiGatewayV2::Route":
			r.route(id, res.Properties)
		}
	}
	if err := errors.Join(r.faults...); err != nil {
		return Template{}, fmt.Errorf("read template: %w", err)
	}
	return r.t, nil
}

// resource and properties are the parts of a template that are looked at; the rest, whatever its shape, is not.
type resource struct {
	Type       string     `yaml:"Type"`
	Properties properties `yaml:"Properties"`
}

type properties struct {
	Timeout     yaml.Node `yaml:"Timeout"`
	Environment struct {
		Variables map[string]yaml.Node `yaml:"Variables"`
	} `yaml:"Environment"`
	Events map[string]struct {
		Type       string     `yaml:"Type"`
		Properties properties `yaml:"Properties"`
	} `yaml:"Events"`
	RouteKey       yaml.Node `yaml:"RouteKey"`
	Target         yaml.Node `yaml:"Target"`
	IntegrationURI yaml.Node `yaml:"IntegrationUri"`
	Path           string    `yaml:"Path"`
	Method         string    `yaml:"Method"`
	Queue          yaml.Node `yaml:"Queue"`
	Stream         yaml.Node `yaml:"Stream"`
	BatchSize      int       `yaml:"BatchSize"`
	Schedule       yaml.Node `yaml:"Schedule"`
	QueueName      yaml.Node `yaml:"QueueName"`
	TableName      yaml.Node `yaml:"TableName"`
}

type reader struct {
	stack     string
	resources map[string]resource
	t         Template
	faults    []error
}

func (r *reader) faultf(format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf(format, args...))
}

func (r *reader) function(id string, p, globals properties) {
	f := TemplateFunction{ID: id, Timeout: 3 * time.Second, Env: map[string]string{}} // Lambda's own default
	for _, from := range []properties{globals, p} {
		if seconds, err := strconv.Atoi(from.Timeout.Value); err == nil {
			f.Timeout = time.Duration(seconds) * time.Second
		}
		for name, v := range from.Environment.Variables {
			if v.Kind == yaml.ScalarNode && strings.HasPrefix(v.Tag, "!!") {
				f.Env[name] = v.Value
			}
		}
	}
	r.t.Functions = append(r.t.Functions, f)
	for _, name := range sortedKeys(p.Events) {
		e := p.Events[name]
		switch e.Type {
		case "HttpApi":
			r.t.Routes = append(r.t.Routes, Route{Method: strings.ToUpper(e.Properties.Method), Path: e.Properties.Path, Function: id})
		case "SQS":
			queue := r.resources[r.target(e.Properties.Queue)].Properties.QueueName
			r.t.Queues = append(r.t.Queues, Mapping{id, r.text(id+" "+name, queue), max(1, e.Properties.BatchSize)})
		case "DynamoDB":
			table := r.resources[r.target(e.Properties.Stream)].Properties.TableName
			r.t.Streams = append(r.t.Streams, Mapping{id, r.text(id+" "+name, table), max(1, e.Properties.BatchSize)})
		case "Schedule", "ScheduleV2":
			every, err := rate(e.Properties.Schedule.Value)
			if err != nil {
				r.faultf("%s %s: %w", id, name, err)
			}
			r.t.Schedules = append(r.t.Schedules, Schedule{id, every})
		default:
			r.faultf("%s %s: an event of type %s", id, name, e.Type)
		}
	}
}

// route follows a route of the gateway through its integration to a function.
func (r *reader) route(id string, p properties) {
	integration := strings.TrimSuffix(strings.TrimPrefix(p.Target.Value, "integrations/${"), "}")
	function := r.target(r.resources[integration].Properties.IntegrationURI)
	if r.resources[function].Type != "AWS::Serverless::Function" {
		r.faultf("%s: its target %q leads to no function", id, p.Target.Value)
		return
	}
	route := Route{Function: function}
	if key := p.RouteKey.Value; key != "$default" {
		route.Method, route.Path, _ = strings.Cut(key, " ")
	}
	r.t.Routes = append(r.t.Routes, route)
}

// target is the logical id that a reference or attribute names.
func (r *reader) target(n yaml.Node) string {
	value := n.Value
	if n.Kind == yaml.SequenceNode && len(n.Content) > 0 {
		value = n.Content[0].Value
	}
	id, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(value, "${"), "}"), ".")
	return id
}

// text is a name with the stack's in it.
func (r *reader) text(what string, n yaml.Node) string {
	name := strings.ReplaceAll(n.Value, "${AWS::StackName}", r.stack)
	if name == "" || strings.Contains(name, "$") {
		r.faultf("%s: no name that can be read: %q", what, n.Value)
	}
	return name
}

// rate reads a schedule such as rate(5 minutes).
func rate(text string) (time.Duration, error) {
	inner, ok := strings.CutPrefix(text, "rate(")
	number, unit, _ := strings.Cut(strings.TrimSuffix(inner, ")"), " ")
	n, err := strconv.Atoi(number)
	each := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(unit, "s")]
	if !ok || err != nil || n < 1 || each == 0 {
		return 0, fmt.Errorf("a schedule of %q: only rates are known", text)
	}
	return time.Duration(n) * each, nil
}
