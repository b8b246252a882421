package catalog

import (
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the zones are the same on every machine, also where none are installed
)

// zones remembers the time zones that were asked for, of which there are a few hundred at most.
type zones struct{ known sync.Map }

// load returns an IANA zone; false where there is none of that name.
func (z *zones) load(name string) (*time.Location, bool) {
	if known, ok := z.known.Load(name); ok {
		l, ok := known.(*time.Location)
		return l, ok
	}
	if len(name) > 64 || name == "" || strings.HasPrefix(name, "posix") || strings.HasPrefix(name, "right/") {
		return nil, false
	}
	switch name {
	case "Local", "localtime", "Factory": // what they mean depends on the machine
		return nil, false
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	z.known.Store(name, l)
	return l, true
}
