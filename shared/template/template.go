// Package template reads the SAM template: what CloudFormation would make of it for given parameters, as far as that can be
// known before anything is made, and what calls which function. Tests compare it with the code; the local host of functions
// takes its routes from it. It creates nothing and asks nobody.
package template

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Options are what is known beside the template. Zero values mean the defaults.
type Options struct {
	Parameters map[string]string // those not given take the template's defaults
	Values     map[string]string // what references to resources give: "UserPool.ProviderURL", or "WebClient" for a plain one
	StackName  string            // default myevents
	Region     string            // default eu-west-1
	Account    string            // default 000000000000, what emulators use
}

// Template is a template whose conditions are decided and whose references are followed.
type Template struct {
	Parameters map[string]Parameter
	Resources  map[string]Resource // those that are made
	Outputs    map[string]string
}

// Parameter is what the template says of one of its parameters.
type Parameter struct {
	Type, Default, Description, AllowedPattern string
	AllowedValues                              []string
	Required                                   bool // it has no default
}

// Resource is something that the stack makes. What is not known before it is made stands as "${Id}" or "${Id.Attribute}".
type Resource struct {
	ID, Type   string
	Properties map[string]any // maps, slices, strings, ints, floats and bools
	Attributes map[string]any // DeletionPolicy, Metadata and the like
}

// Read reads the template of a file. The error names what is wrong with it, the parameter that is missing, or the rule that
// the parameters break.
func Read(path string, o Options) (*Template, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	return Parse(text, o)
}

// Parse is Read for a text.
func Parse(text []byte, o Options) (*Template, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	if len(document.Content) == 0 {
		return nil, errors.New("parse template: it is empty")
	}
	plain, err := value(document.Content[0])
	if err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	root, ok := plain.(map[string]any)
	if !ok {
		return nil, errors.New("parse template: it is no map")
	}
	t := &Template{Parameters: parameters(section(root, "Parameters")), Resources: map[string]Resource{}, Outputs: map[string]string{}}
	e, err := newEvaluator(root, t.Parameters, o)
	if err != nil {
		return nil, err
	}
	e.obey(section(root, "Rules"))
	t.read(root, e)
	return t, errors.Join(e.faults...)
}

func (t *Template) read(root map[string]any, e *evaluator) {
	globals := section(section(root, "Globals"), "Function")
	for _, id := range sorted(section(root, "Resources")) {
		raw := section(section(root, "Resources"), id)
		if !e.made(raw) {
			continue
		}
		r := Resource{ID: id, Type: text(raw["Type"]), Attributes: map[string]any{}}
		r.Properties, _ = e.evaluate(raw["Properties"]).(map[string]any)
		if r.Type == functionType {
			shared, _ := e.evaluate(globals).(map[string]any)
			r.Properties = merged(shared, r.Properties)
		}
		for name, v := range raw {
			if name != "Type" && name != "Properties" && name != "Condition" {
				r.Attributes[name] = e.evaluate(v)
			}
		}
		t.Resources[id] = r
	}
	for id, v := range section(root, "Outputs") {
		if raw, ok := v.(map[string]any); ok && e.made(raw) {
			t.Outputs[id] = text(e.evaluate(raw["Value"]))
		}
	}
}

// Of returns the resources of a type, by their ids in order.
func (t *Template) Of(kind string) []Resource {
	var all []Resource
	for _, id := range sorted(t.Resources) {
		if t.Resources[id].Type == kind {
			all = append(all, t.Resources[id])
		}
	}
	return all
}

func parameters(raw map[string]any) map[string]Parameter {
	all := make(map[string]Parameter, len(raw))
	for name, v := range raw {
		m, _ := v.(map[string]any)
		p := Parameter{
			Type: text(m["Type"]), Default: text(m["Default"]), Description: text(m["Description"]),
			AllowedPattern: text(m["AllowedPattern"]),
		}
		_, found := m["Default"]
		p.Required = !found
		allowed, _ := m["AllowedValues"].([]any)
		for _, a := range allowed {
			p.AllowedValues = append(p.AllowedValues, text(a))
		}
		all[name] = p
	}
	return all
}

// value turns YAML into plain values, and the short form of intrinsic functions into the long one.
func value(n *yaml.Node) (any, error) {
	plain, err := untagged(n)
	if err != nil {
		return nil, err
	}
	name, short := strings.CutPrefix(n.Tag, "!")
	switch {
	case !short || strings.HasPrefix(name, "!"):
		return plain, nil
	case name == "Ref", name == "Condition":
		return map[string]any{name: plain}, nil
	case name == "GetAtt":
		if s, ok := plain.(string); ok {
			id, attribute, _ := strings.Cut(s, ".")
			plain = []any{id, attribute}
		}
	}
	return map[string]any{"Fn::" + name: plain}, nil
}

func untagged(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := m[key]; twice {
				return nil, fmt.Errorf("line %d: %s comes twice", n.Content[i].Line, key)
			}
			v, err := value(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			m[key] = v
		}
		return m, nil
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, err := value(c)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case yaml.ScalarNode:
		if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
			return n.Value, nil
		}
		var v any
		if err := n.Decode(&v); err != nil {
			return nil, fmt.Errorf("line %d: %w", n.Line, err)
		}
		return v, nil
	default: // CloudFormation knows no aliases
		return nil, fmt.Errorf("line %d: anchors and aliases are not for templates", n.Line)
	}
}

func section(m map[string]any, name string) map[string]any {
	s, _ := m[name].(map[string]any)
	return s
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// merged lays b over a, map by map, as SAM lays a function over the globals.
func merged(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]any{}
	}
	for k, v := range b {
		under, both := all[k].(map[string]any)
		if over, ok := v.(map[string]any); ok && both {
			v = merged(under, over)
		}
		all[k] = v
	}
	return all
}
