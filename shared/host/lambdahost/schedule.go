package lambdahost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/telemetry"
)

// NewSchedule returns what does every job once per invocation, side by side, whatever the schedule sends. The answer says
// how much each did. When one failed the invocation fails, after all have run.
func NewSchedule(jobs []app.Job) Invoker { return schedule{jobs} }

type schedule struct{ jobs []app.Job }

// Done is what a job did.
type done struct {
	Job   string `json:"job"`
	Done  int    `json:"done"`
	Error string `json:"error,omitempty"`
}

// Invoke implements Invoker.
func (s schedule) Invoke(ctx context.Context, _ []byte) ([]byte, error) {
	ctx, cancel := early(ctx)
	defer cancel()
	summary, faults := make([]done, len(s.jobs)), make([]error, len(s.jobs))
	var work sync.WaitGroup
	for i, j := range s.jobs {
		work.Go(func() {
			n, err := safely(ctx, j)
			summary[i] = done{Job: j.Name, Done: n}
			if err != nil {
				summary[i].Error = err.Error()
				faults[i] = fmt.Errorf("%s: %w", j.Name, err)
				slog.LogAttrs(ctx, slog.LevelError, "job failed", slog.String("job", j.Name), telemetry.Count(n), telemetry.Err(err))
			}
		})
	}
	work.Wait()
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return json.Marshal(map[string][]done{"jobs": summary})
}

// safely turns a panic into an error: the other jobs go on.
func safely(ctx context.Context, j app.Job) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return j.Run(ctx)
}
