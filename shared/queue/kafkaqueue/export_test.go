package kafkaqueue

import "github.com/twmb/franz-go/pkg/kversion"

// NewEnough reports versions that lack what the client needs.
func NewEnough(vs *kversion.Versions) error { return newEnough(vs) }

// MaxAhead is how many messages of a partition are read ahead.
const MaxAhead = maxAhead
