package template

import (
	"fmt"
	"regexp"
	"strings"
)

// noValue is what AWS::NoValue gives: whatever it is the value of is left out.
type noValue struct{}

// evaluator follows references and decides conditions. What is wrong it remembers and goes on.
type evaluator struct {
	parameters map[string]string
	values     map[string]string
	resources  map[string]any
	conditions map[string]any
	faults     []error
}

func newEvaluator(root map[string]any, known map[string]Parameter, o Options) (*evaluator, error) {
	or := func(given, def string) string {
		if given == "" {
			return def
		}
		return given
	}
	stack, region, account := or(o.StackName, "myevents"), or(o.Region, "eu-west-1"), or(o.Account, "000000000000")
	e := &evaluator{
		parameters: map[string]string{
			"AWS::StackName": stack, "AWS::Region": region, "AWS::AccountId": account, "AWS::Partition": "aws",
			"AWS::URLSuffix": "amazonaws.com", "AWS::StackId": "arn:aws:cloudformation:" + region + ":" + account + ":stack/" + stack +
				"/00000000-0000-0000-0000-000000000000",
		},
		values: o.Values, resources: section(root, "Resources"), conditions: section(root, "Conditions"),
	}
	for name, p := range known {
		given, found := o.Parameters[name]
		switch {
		case found:
			if err := p.check(given); err != nil {
				return nil, fmt.Errorf("parameter %s: %w", name, err)
			}
			e.parameters[name] = given
		case p.Required:
			return nil, fmt.Errorf("parameter %s: it has no default, give it a value", name)
		default:
			e.parameters[name] = p.Default
		}
	}
	for name := range o.Parameters {
		if _, found := known[name]; !found {
			return nil, fmt.Errorf("parameter %s: the template has none of that name", name)
		}
	}
	return e, nil
}

func (p Parameter) check(given string) error {
	if len(p.AllowedValues) > 0 {
		for _, allowed := range p.AllowedValues {
			if given == allowed {
				return nil
			}
		}
		return fmt.Errorf("must be one of %s", strings.Join(p.AllowedValues, ", "))
	}
	if p.AllowedPattern != "" {
		if match, err := regexp.MatchString(p.AllowedPattern, given); err != nil || !match {
			return fmt.Errorf("must look like %s", p.AllowedPattern)
		}
	}
	return nil
}

func (e *evaluator) faultf(format string, args ...any) {
	e.faults = append(e.faults, fmt.Errorf(format, args...))
}

// made reports whether a resource or an output has no condition, or one that holds.
func (e *evaluator) made(raw map[string]any) bool {
	name, found := raw["Condition"].(string)
	return !found || e.holds(name)
}

func (e *evaluator) holds(name string) bool {
	c, found := e.conditions[name]
	if !found {
		e.faultf("condition %s: there is none of that name", name)
	}
	return e.truth(c)
}

// obey refuses parameters that the template's rules forbid, in the rules' words.
func (e *evaluator) obey(rules map[string]any) {
	for _, id := range sorted(rules) {
		rule := section(rules, id)
		if when, limited := rule["RuleCondition"]; limited && !e.truth(when) {
			continue
		}
		assertions, _ := rule["Assertions"].([]any)
		for _, a := range assertions {
			if m, _ := a.(map[string]any); !e.truth(m["Assert"]) {
				e.faultf("rule %s: %s", id, text(m["AssertDescription"]))
			}
		}
	}
}

func (e *evaluator) truth(v any) bool {
	m, _ := v.(map[string]any)
	for name, arg := range m {
		args, _ := arg.([]any)
		switch name {
		case "Condition":
			return e.holds(text(arg))
		case "Fn::Not":
			return len(args) == 1 && !e.truth(args[0])
		case "Fn::Equals":
			return len(args) == 2 && text(e.evaluate(args[0])) == text(e.evaluate(args[1]))
		case "Fn::And", "Fn::Or":
			for _, a := range args {
				if e.truth(a) == (name == "Fn::Or") {
					return name == "Fn::Or"
				}
			}
			return name == "Fn::And"
		}
	}
	e.faultf("condition: cannot decide %v", v)
	return false
}

// evaluate returns v with everything followed.
func (e *evaluator) evaluate(v any) any {
	switch v := v.(type) {
	case []any:
		list := []any{}
		for _, item := range v {
			if item = e.evaluate(item); !isNoValue(item) {
				list = append(list, item)
			}
		}
		return list
	case map[string]any:
		if len(v) == 1 {
			for name, arg := range v {
				if got, ok := e.function(name, arg); ok {
					return got
				}
			}
		}
		m := make(map[string]any, len(v))
		for name, item := range v {
			if item = e.evaluate(item); !isNoValue(item) {
				m[name] = item
			}
		}
		return m
	default:
		return v
	}
}

func isNoValue(v any) bool { _, is := v.(noValue); return is }

// function applies an intrinsic function; false where name is none.
func (e *evaluator) function(name string, arg any) (any, bool) {
	args, _ := arg.([]any)
	switch name {
	case "Ref":
		return e.ref(text(arg)), true
	case "Fn::GetAtt":
		if len(args) == 2 {
			return e.attribute(text(args[0]), text(args[1])), true
		}
	case "Fn::If":
		if len(args) == 3 {
			if e.holds(text(args[0])) {
				return e.evaluate(args[1]), true
			}
			return e.evaluate(args[2]), true
		}
	case "Fn::Sub":
		if len(args) == 2 {
			names, _ := e.evaluate(args[1]).(map[string]any)
			return e.substitute(text(args[0]), names), true
		}
		return e.substitute(text(arg), nil), true
	case "Fn::Select":
		if list, ok := e.evaluate(args[1]).([]any); ok && len(args) == 2 {
			var at int
			if _, err := fmt.Sscan(text(e.evaluate(args[0])), &at); err == nil && at >= 0 && at < len(list) {
				return list[at], true
			}
			return "", true // of an empty parameter that is not used
		}
	case "Fn::Split":
		if len(args) == 2 {
			list := []any{}
			for part := range strings.SplitSeq(text(e.evaluate(args[1])), text(args[0])) {
				list = append(list, part)
			}
			return list, true
		}
	case "Fn::Join":
		if list, ok := e.evaluate(args[1]).([]any); ok && len(args) == 2 {
			parts := make([]string, len(list))
			for i, part := range list {
				parts[i] = text(part)
			}
			return strings.Join(parts, text(args[0])), true
		}
	default:
		if !strings.HasPrefix(name, "Fn::") {
			return nil, false
		}
	}
	e.faultf("%s: cannot apply it to %v", name, arg)
	return "", true
}

var placeholder = regexp.MustCompile(`\$\{[^}]*\}`)

func (e *evaluator) substitute(pattern string, names map[string]any) string {
	return placeholder.ReplaceAllStringFunc(pattern, func(found string) string {
		name := found[2 : len(found)-1]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		if v, ok := names[name]; ok {
			return text(v)
		}
		if id, attribute, ok := strings.Cut(name, "."); ok {
			return e.attribute(id, attribute)
		}
		return text(e.ref(name))
	})
}

func (e *evaluator) ref(name string) any {
	if name == "AWS::NoValue" {
		return noValue{}
	}
	if v, found := e.parameters[name]; found {
		return v
	}
	id, alias, _ := strings.Cut(name, ".") // SAM's Ref of a function's alias
	raw, found := e.resources[id].(map[string]any)
	if !found && !e.generated(id) {
		e.faultf("reference to %s: there is no such parameter or resource", name)
	}
	if v, known := e.values[name]; known {
		return v
	}
	if physical := e.name(raw); physical != "" && alias == "" {
		switch text(raw["Type"]) {
		case "AWS::SNS::Topic":
			return e.arn("sns", physical)
		case "AWS::SQS::Queue":
			return "https://sqs." + e.parameters["AWS::Region"] + ".amazonaws.com/" + e.parameters["AWS::AccountId"] + "/" + physical
		}
		return physical
	}
	return "${" + name + "}"
}

// generated reports whether SAM makes a resource of the id: a mapping is called like its function and its event.
func (e *evaluator) generated(id string) bool {
	for function, raw := range e.resources {
		m, _ := raw.(map[string]any)
		for event := range section(section(m, "Properties"), "Events") {
			if function+event == id {
				return true
			}
		}
	}
	return false
}

func (e *evaluator) attribute(id, attribute string) string {
	raw, found := e.resources[id].(map[string]any)
	if !found {
		e.faultf("attribute %s.%s: there is no such resource", id, attribute)
	}
	if v, known := e.values[id+"."+attribute]; known {
		return v
	}
	physical := e.name(raw)
	switch kind := text(raw["Type"]); {
	case physical == "":
	case attribute == "QueueName", attribute == "TopicName":
		return physical
	case attribute == "Arn" && kind == "AWS::SQS::Queue":
		return e.arn("sqs", physical)
	case attribute == "Arn" && kind == "AWS::DynamoDB::Table":
		return e.arn("dynamodb", "table/"+physical)
	case attribute == "StreamArn":
		return e.arn("dynamodb", "table/"+physical+"/stream/${"+id+"}")
	case attribute == "Arn" && kind == functionType:
		return e.arn("lambda", "function:"+physical)
	case attribute == "Arn" && kind == "AWS::Logs::LogGroup":
		return e.arn("logs", "log-group:"+physical+":*")
	}
	return "${" + id + "." + attribute + "}"
}

// name returns the name that a resource gives itself; empty where CloudFormation makes one up.
func (e *evaluator) name(raw map[string]any) string {
	for _, property := range []string{"TableName", "QueueName", "TopicName", "FunctionName", "LogGroupName", "AlarmName", "DashboardName"} {
		if v, found := section(raw, "Properties")[property]; found {
			return text(e.evaluate(v))
		}
	}
	return ""
}

func (e *evaluator) arn(service, rest string) string {
	return "arn:aws:" + service + ":" + e.parameters["AWS::Region"] + ":" + e.parameters["AWS::AccountId"] + ":" + rest
}
