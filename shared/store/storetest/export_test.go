package storetest

import "testing"

// Names returns the names of all cases, in order.
func Names() []string {
	var names []string
	for _, f := range facts() {
		names = append(names, f.name)
	}
	return names
}

// RunFact runs one case, reporting to t.
func RunFact(t testing.TB, h Harness, s Stores, name string) {
	for _, f := range facts() {
		if f.name == name {
			f.test(newEnv(t, h, s))
			return
		}
	}
	t.Errorf("no case is named %s", name)
}

// Samples returns the records that are said to set every field.
func Samples(t testing.TB) []any {
	e := newEnv(t, Harness{}, Stores{})
	return []any{e.sampleEvent(), e.sampleLocation(), e.sampleSale(), e.sampleBooking(), e.sampleUser(), e.letter(), e.sampleLedgerEntry()}
}
