package samhost

// Plan returns how many functions, routes, queues, streams and schedules of a template this host has.
func Plan(file, stack string) (counts [5]int, err error) {
	p, err := planOf(file, stack)
	return [5]int{len(p.functions), len(p.routes), len(p.queues), len(p.streams), len(p.schedules)}, err
}

// Rate reads a schedule.
var Rate = rate
