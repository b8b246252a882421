package queuetest

// Names returns the names of all cases, in order.
func Names() []string {
	var names []string
	for _, f := range facts() {
		names = append(names, f.name)
	}
	return names
}

// RunFact runs one case, reporting to t.
func RunFact(t T, h Harness, open func(s Setup) Queues, name string) {
	h = h.withDefaults()
	for _, f := range facts() {
		if f.name == name {
			f.run(t, h, open(f.setup(h)))
			return
		}
	}
	t.Errorf("no case is named %s", name)
}
