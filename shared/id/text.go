package id

import "github.com/myevents/myevents/shared/fault"

// MarshalText writes the bare 26 characters, so that a Raw in stored JSON is that and not an array of numbers.
func (r Raw) MarshalText() ([]byte, error) { return []byte(r.With("")), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *Raw) UnmarshalText(text []byte) error {
	v, ok := Parse("", string(text))
	if !ok {
		return fault.New(fault.Invalid, "", "an identifier cannot be read")
	}
	*r = v
	return nil
}
