package httpapi

import (
	"context"
	"net/http"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/identity"
)

// Health says that the process lives, or is ready.
type Health struct {
	Status string `json:"status" enum:"ok"`
}

func (s *server) registerHealth(ready func(context.Context) error) {
	register(s, operation{
		id: "getHealth", method: http.MethodGet, path: "/healthz", tag: tagService, summary: "Whether the process is alive",
		access: identity.Anyone,
	},
		func(context.Context, *struct{}) (*answer[Health], error) { return ok(Health{Status: "ok"}), nil })
	register(s, operation{
		id: "getReadiness", method: http.MethodGet, path: "/readyz", tag: tagService,
		summary: "Whether stores and queues are reachable", access: identity.Anyone,
	},
		func(ctx context.Context, _ *struct{}) (*answer[Health], error) {
			if ready != nil {
				if err := ready(ctx); err != nil {
					return nil, fault.Wrap(fault.Unavailable, "a store or queue is not reachable", err)
				}
			}
			return ok(Health{Status: "ok"}), nil
		})
}
