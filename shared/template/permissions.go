package template

import (
	"cmp"
	"slices"
	"strings"
)

// Permission is an action that a function's role allows, on a resource.
type Permission struct {
	Action, Resource string
	Conditional      bool // under a condition of the statement's
}

// Permissions returns what the role of a function allows, by its own policies and by the stack's managed ones that are
// attached to it, sorted.
func (t *Template) Permissions(function string) []Permission {
	role := t.Resources[within(text(t.Resources[function].Properties["Role"]))]
	var all []Permission
	policies, _ := role.Properties["Policies"].([]any)
	for _, p := range policies {
		m, _ := p.(map[string]any)
		all = append(all, permissions(m["PolicyDocument"])...)
	}
	managed, _ := role.Properties["ManagedPolicyArns"].([]any)
	for _, arn := range managed {
		p, found := t.Resources[within(text(arn))]
		if !found {
			all = append(all, Permission{Action: "*", Resource: text(arn)}) // somebody else's: it may hold anything
			continue
		}
		all = append(all, permissions(p.Properties["PolicyDocument"])...)
	}
	slices.SortFunc(all, func(a, b Permission) int {
		return cmp.Or(strings.Compare(a.Action, b.Action), strings.Compare(a.Resource, b.Resource))
	})
	return all
}

// permissions reads what a policy document allows.
func permissions(document any) []Permission {
	d, _ := document.(map[string]any)
	var all []Permission
	for _, s := range many(d["Statement"]) {
		m, _ := s.(map[string]any)
		if m["Effect"] != "Allow" {
			continue
		}
		_, conditional := m["Condition"]
		for _, action := range many(m["Action"]) {
			for _, resource := range many(m["Resource"]) {
				all = append(all, Permission{Action: text(action), Resource: text(resource), Conditional: conditional})
			}
		}
	}
	return all
}

// many reads what policies write as one value or as a list.
func many(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}
