package lambdahost

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/telemetry"
)

// Main runs a function until its environment ends: an App by the settings, and of it what choose takes. Clients are made
// once. What is wrong with the settings, an absent table or queue and an issuer that is none end the program with one line
// in the log that names the setting.
func Main(with app.Adapters, getenv func(string) string, environ []string, choose func(a *app.App) Invoker) {
	cfg, err := config.Load(getenv, config.WithEnviron(environ), config.ForFunction())
	if err != nil {
		stop(telemetry.NewLogger(os.Stderr, telemetry.LogOptions{Format: "json"}), getenv, err)
	}
	log := telemetry.NewLogger(os.Stderr, telemetry.LogOptions{Level: cfg.LogLevel, Format: "json"})
	slog.SetDefault(log)
	a, err := app.Open(context.Background(), cfg, with, log)
	if err != nil {
		stop(log, getenv, err)
	}
	lambda.Start(&checked{
		Invoker: flushed{named{choose(a)}, a.Flush}, log: log, check: func(ctx context.Context) error { return ready(ctx, a) },
		failed: func(err error) { stop(log, getenv, err) },
	})
}

// ready looks, side by side, for what the settings name.
func ready(ctx context.Context, a *app.App) error {
	issuer := make(chan error, 1)
	go func() { issuer <- a.IssuerReady(ctx) }()
	store := a.Ready(ctx)
	return errors.Join(store, <-issuer)
}

// stop says why the function cannot work, in the log and to Lambda, and ends the program.
func stop(log *slog.Logger, getenv func(string) string, err error) {
	log.LogAttrs(context.Background(), slog.LevelError, "function cannot start", telemetry.Err(err))
	tell(getenv("AWS_LAMBDA_RUNTIME_API"), err)
	os.Exit(1) // the only way to have Lambda begin anew
}

// tell reports to the Runtime API why there will be no invocation, so that whoever tests the function sees it. Nobody is
// the wiser if that fails.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-initerror
func tell(api string, cause error) {
	if api == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	body, err := json.Marshal(map[string]string{"errorType": "MyEvents.CannotStart", "errorMessage": cause.Error()})
	if err != nil { // of strings: cannot happen
		return
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+api+"/2018-06-01/runtime/init/error", strings.NewReader(string(body)))
	if err != nil {
		return
	}
	r.Header.Set("Lambda-Runtime-Function-Error-Type", "MyEvents.CannotStart")
	if resp, err := (&http.Client{}).Do(r); err == nil {
		_ = resp.Body.Close()
	}
}

// longestFlush is how long an invocation goes on for the messages that it left in an outbox.
const longestFlush = 2 * time.Second

// flushed sends, before its answer, what an invocation announced: afterwards the process stands still.
type flushed struct {
	Invoker
	flush func(ctx context.Context)
}

// Invoke implements Invoker.
func (f flushed) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	out, err := f.Invoker.Invoke(ctx, payload)
	limited, cancel := context.WithTimeout(ctx, longestFlush)
	defer cancel()
	f.flush(limited)
	return out, err
}

// named puts the invocation's id into the log lines of what has none of its own.
type named struct{ Invoker }

// Invoke implements Invoker.
func (n named) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if _, http := n.Invoker.(proxy); !http {
		if lc, ok := lambdacontext.FromContext(ctx); ok {
			ctx = telemetry.WithLogAttrs(ctx, telemetry.RequestID(lc.AwsRequestID))
		}
	}
	return n.Invoker.Invoke(ctx, payload)
}

// longestCheck bounds the look at what the settings name.
const longestCheck = 3 * time.Second

// checked looks at the first invocation whether what the settings name is there: starting stays fast, and the connections
// that the look opens are those that the invocation needs.
type checked struct {
	Invoker
	log    *slog.Logger
	check  func(ctx context.Context) error
	failed func(err error) // the setting is wrong
	once   sync.Once
}

// Invoke implements Invoker.
func (c *checked) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	c.once.Do(func() {
		limited, cancel := context.WithTimeout(ctx, longestCheck)
		defer cancel()
		if err := c.check(limited); err != nil {
			if wrongSetting(err) {
				c.failed(err)
				return
			}
			// A bad moment is none of the settings' fault; who needs what is away says so.
			c.log.LogAttrs(ctx, slog.LevelWarn, "not everything is within reach", telemetry.Err(err))
		}
	})
	return c.Invoker.Invoke(ctx, payload)
}

// wrongSetting reports an error of a setting that names what is not there, rather than what is out of reach for a moment.
func wrongSetting(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok { // judged one by one
		return slices.ContainsFunc(joined.Unwrap(), wrongSetting)
	}
	var f *fault.Error
	return errors.As(err, &f) && (f.Kind == fault.Invalid || f.Code == "storeAbsent" || f.Code == "queueAbsent")
}
