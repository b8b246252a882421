package mongostore

import "go.mongodb.org/mongo-driver/v2/event"

// WithMonitor has every command told to a monitor.
func WithMonitor(m *event.CommandMonitor) Option { return func(o *settings) { o.monitor = m } }
