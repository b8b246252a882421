package samhost

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/telemetry"
)

// Adapters are what the host needs of AWS, and of the programs that serve people on one machine.
type Adapters struct {
	// Prepare makes the tables and queues that are absent.
	Prepare func(ctx context.Context, cfg config.Config) error
	// Stream returns the change stream of a table, and Inbox a queue, by their names.
	Stream func(ctx context.Context, cfg config.Config, table string) (outbox.Stream, error)
	Inbox  func(ctx context.Context, cfg config.Config, queue string) (Inbox, error)
	// Keys returns the root keys of a folder in the form of MYEVENTS_KEYS, made at first use.
	Keys func(dir string) (string, error)
	// SignIn returns the pages and documents of an issuer with that name, whose accounts are in the folder.
	SignIn func(ctx context.Context, cfg config.Config, dir, name string) (http.Handler, error)
	// Pages is the web app.
	Pages func() (http.Handler, error)
}

// Options are what a caller may choose.
type Options struct {
	Addr     string        // where to listen
	Template string        // the SAM template; default template.yaml
	Build    string        // the folder of built functions, each in a folder of its logical id; default build
	Data     string        // the folder of keys and accounts; default data
	Every    time.Duration // replaces the rates of schedules; 0: as the template says
	Output   io.Writer     // for what functions print; default: nowhere
	Recorder *Recorder     // notes the functions' calls to AWS; nil: nobody does
	Observer Observer
	// Ready is told the address and the host once requests are answered.
	Ready func(addr string, h *Host)
}

// audience is that of the local issuer's tokens.
const audience = "myevents"

// Main runs the host until it is told to stop, and returns the process's exit code: 2 for wrong settings.
func Main(args []string, with Adapters, getenv func(string) string, environ []string, stderr io.Writer) int {
	o := Options{Addr: "localhost:8080", Output: stderr}
	if addr := getenv("MYEVENTS_ADDR"); addr != "" {
		o.Addr = addr
	}
	flags := flag.NewFlagSet("samlocal", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.Template, "template", "template.yaml", "the SAM template")
	flags.StringVar(&o.Build, "build", "build", "folder of the built functions")
	flags.StringVar(&o.Data, "data", "data", "folder of keys and accounts, as embedded:DIR has them")
	flags.DurationVar(&o.Every, "every", 0, "replaces the rates of schedules")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	log := telemetry.NewLogger(stderr, telemetry.LogOptions{})
	if err := Run(ctx, o, with, getenv, environ, log); err != nil {
		log.LogAttrs(ctx, slog.LevelError, "local AWS failed", telemetry.Err(err))
		return 1
	}
	return 0
}

// Run serves until ctx ends.
func Run(ctx context.Context, o Options, with Adapters, getenv func(string) string, environ []string, log *slog.Logger) error {
	if o.Output == nil {
		o.Output = io.Discard
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Addr)
	if err != nil {
		return fmt.Errorf("MYEVENTS_ADDR: %w", err)
	}
	defer func() { _ = l.Close() }()
	name := "http://" + o.Addr
	if _, port, err := net.SplitHostPort(o.Addr); err != nil || port == "0" {
		name = "http://" + l.Addr().String()
	}
	if o.Data, err = filepath.Abs(o.Data); err != nil {
		return err
	}
	getenv, err = settings(o, with, name, getenv)
	if err != nil {
		return err
	}
	cfg, err := config.Load(getenv, config.WithEnviron(environ))
	if err != nil {
		return err
	}
	if err := local(cfg); err != nil {
		return err
	}
	if err := with.Prepare(ctx, cfg); err != nil {
		return fmt.Errorf("make tables and queues: %w", err)
	}
	store, err := url.Parse(cfg.Store.URL())
	if err != nil {
		return errors.New("MYEVENTS_STORE: not a URL")
	}
	t, err := planOf(o.Template, store.Host)
	if err != nil {
		return err
	}
	functions, err := functionsOf(t, o, getenv)
	if err != nil {
		return err
	}
	signIn, err := with.SignIn(ctx, cfg, o.Data, name)
	if err != nil {
		return fmt.Errorf("local issuer: %w", err)
	}
	pages, err := with.Pages()
	if err != nil {
		return fmt.Errorf("web app: %w", err)
	}
	h := New(functions, o.Output, o.Observer)
	defer h.Close()
	loops, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	var work sync.WaitGroup
	defer work.Wait()
	defer stopLoops()
	if err := feed(loops, &work, Trigger{h, log}, t, o, with, cfg); err != nil {
		return err
	}
	gateway := Gateway(h, t.routes, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1" || strings.HasPrefix(r.URL.Path, "/v1/") { // CloudFront sends these to the API, the rest to the web app
			refuse(w, http.StatusNotFound, "Not Found")
			return
		}
		pages.ServeHTTP(w, r)
	}))
	front := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/oauth/") || r.URL.Path == "/.well-known/openid-configuration" {
			signIn.ServeHTTP(w, r)
			return
		}
		gateway.ServeHTTP(w, r)
	})
	return serve(ctx, l, front, func() {
		log.LogAttrs(ctx, slog.LevelInfo, "serving", slog.String("url", name), telemetry.Addr(l.Addr().String()))
		if o.Ready != nil {
			o.Ready(l.Addr().String(), h)
		}
	})
}

func serve(ctx context.Context, l net.Listener, h http.Handler, ready func()) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	ready()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	until, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return s.Shutdown(until)
}

// settings are those that the functions share: as given, and what a local AWS knows better.
func settings(o Options, with Adapters, name string, getenv func(string) string) (func(string) string, error) {
	keys := getenv("MYEVENTS_KEYS")
	if keys == "" {
		var err error
		if keys, err = with.Keys(o.Data); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
	}
	own := map[string]string{
		"MYEVENTS_KEYS": keys, "MYEVENTS_PUBLIC_URL": name, "MYEVENTS_LOG_FORMAT": "json",
		"MYEVENTS_OIDC_ISSUER": name, "MYEVENTS_OIDC_AUDIENCE": audience, "MYEVENTS_PAYMENT": "test",
	}
	return func(variable string) string {
		if v, ok := own[variable]; ok {
			return v
		}
		return getenv(variable)
	}, nil
}

// local refuses settings that lead to AWS itself.
func local(cfg config.Config) error {
	for name, r := range map[string]config.Resource{"MYEVENTS_STORE": cfg.Store, "MYEVENTS_QUEUE": cfg.Queue} {
		u, err := url.Parse(r.URL())
		if err != nil {
			return fmt.Errorf("%s: not a URL", name)
		}
		if u.Scheme != config.SchemeDynamoDB && u.Scheme != config.SchemeSQS {
			return fmt.Errorf("%s: must be %s://… or %s://…, got %s", name, config.SchemeDynamoDB, config.SchemeSQS, u.Scheme)
		}
		endpoint, err := url.Parse(u.Query().Get("endpoint"))
		if err != nil || !loopback(endpoint.Hostname()) {
			return fmt.Errorf("%s: needs an endpoint on this machine, such as endpoint=http://127.0.0.1:8000", name)
		}
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// functionsOf are the template's functions with their programs and settings.
func functionsOf(t plan, o Options, getenv func(string) string) ([]Function, error) {
	all := make([]Function, 0, len(t.functions))
	for _, f := range t.functions {
		program, err := filepath.Abs(filepath.Join(o.Build, f.ID, "bootstrap"))
		if err == nil {
			_, err = os.Stat(program)
		}
		if err != nil {
			return nil, fmt.Errorf("function %s is not built: %w", f.ID, err)
		}
		env := map[string]string{
			"AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_EC2_METADATA_DISABLED": "true",
		}
		for name, value := range f.Environment {
			if !strings.Contains(value, "${") { // else it is of what the stack would make
				env[name] = value
			}
		}
		for _, v := range config.Variables() {
			if value := getenv(v.Name); value != "" && v.Name != "MYEVENTS_ADDR" && v.Name != "MYEVENTS_ADMIN_ADDR" && v.Name != "MYEVENTS_SEED" {
				env[v.Name] = value
			}
		}
		if o.Recorder != nil {
			for _, name := range []string{"MYEVENTS_STORE", "MYEVENTS_QUEUE"} {
				if env[name], err = recorded(o.Recorder, f.ID, env[name]); err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
			}
		}
		fn := Function{Name: f.ID, Bootstrap: program, Timeout: f.Timeout}
		if request, err := time.ParseDuration(env["MYEVENTS_REQUEST_TIMEOUT"]); err == nil {
			fn.Timeout = max(fn.Timeout, request+requestMargin) // whoever lets requests take longer than the template does
		}
		for _, name := range sortedKeys(env) {
			fn.Env = append(fn.Env, name+"="+env[name])
		}
		all = append(all, fn)
	}
	return all, nil
}

// requestMargin is how much longer than its longest request a function may take, as in the template.
const requestMargin = 5 * time.Second

// recorded leads a function's calls through the recorder.
func recorded(r *Recorder, function, resource string) (string, error) {
	u, err := url.Parse(resource)
	if err != nil {
		return "", errors.New("not a URL")
	}
	q := u.Query()
	endpoint, err := r.Endpoint(function, q.Get("endpoint"))
	if err != nil {
		return "", err
	}
	q.Set("endpoint", endpoint)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// feed starts what calls functions beside HTTP.
func feed(ctx context.Context, work *sync.WaitGroup, trigger Trigger, t plan, o Options, with Adapters, cfg config.Config) error {
	for _, m := range t.queues {
		in, err := with.Inbox(ctx, cfg, m.Source)
		if err != nil {
			return fmt.Errorf("queue %s: %w", m.Source, err)
		}
		work.Go(func() { trigger.Queue(ctx, m, in) })
	}
	for _, m := range t.streams {
		s, err := with.Stream(ctx, cfg, m.Source)
		if err != nil {
			return fmt.Errorf("stream of %s: %w", m.Source, err)
		}
		work.Go(func() { trigger.Stream(ctx, m, s) })
	}
	for _, s := range t.schedules {
		if o.Every > 0 {
			s.Every = o.Every
		}
		work.Go(func() { trigger.Schedule(ctx, s) })
	}
	return nil
}
