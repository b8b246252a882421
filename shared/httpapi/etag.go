package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/shared/fault"
)

// errStale answers an If-Match that is no version of ours.
var errStale = fault.New(fault.Stale, "", "it was changed since you read it; read it again")

func eventTag(version int64, availability string) string {
	return `"` + strconv.FormatInt(version, 10) + "." + availability + `"`
}

func versionTag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// versionOf reads the version of an If-Match header. What is no ETag of ours matches nothing.
func versionOf(ifMatch string) (int64, error) {
	tag := strings.Trim(strings.TrimPrefix(strings.TrimSpace(ifMatch), "W/"), `"`)
	number, _, _ := strings.Cut(tag, ".")
	version, err := strconv.ParseInt(number, 10, 64)
	if err != nil || version < 1 {
		return 0, errStale
	}
	return version, nil
}

// matches reports whether one of an If-None-Match header's tags is tag (RFC 9110, weak comparison).
func matches(ifNoneMatch, tag string) bool {
	for candidate := range strings.SplitSeq(ifNoneMatch, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == tag {
			return true
		}
	}
	return false
}

func notModified(ctx huma.Context) { ctx.SetStatus(http.StatusNotModified) }
