package dynamostream

type (
	Shard    = shard
	Record   = record
	Position = position
	Lease    = lease
	Source   = source
	Leases   = leases
)

var (
	ErrExpired = errExpired
	ErrTrimmed = errTrimmed
	ErrGone    = errGone
)

// NewReader returns a Reader of parts, which tests make up.
func NewReader(s Source, l Leases, o Options) *Reader {
	return &Reader{source: s, leases: l, o: o.withDefaults()}
}

// Parts returns what Open made.
func Parts(r *Reader) (Source, Leases) { return r.source, r.leases }
