// Package serverhost runs an App as one long-lived process: sockets and loops in front of the same handlers that Lambda
// invokes. It decides nothing of the domain.
package serverhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/telemetry"
)

// Main runs the server until it is told to stop, and returns the process's exit code.
func Main(with app.Adapters, getenv func(string) string, environ []string, stderr io.Writer) int {
	cfg, err := config.Load(getenv, config.WithEnviron(environ))
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "myevents:", err)
		return 2
	}
	log := telemetry.NewLogger(stderr, telemetry.LogOptions{Level: cfg.LogLevel, Format: string(cfg.LogFormat)})
	slog.SetDefault(log)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := Run(ctx, cfg, with, log, nil); err != nil {
		log.LogAttrs(ctx, slog.LevelError, "server failed", telemetry.Err(err))
		return 1
	}
	return 0
}

// Run serves until ctx ends; then it takes no more requests, finishes those under way and stops its loops. ready, where
// given, is called with the public address once requests are answered.
func Run(ctx context.Context, cfg config.Config, with app.Adapters, log *slog.Logger, ready func(addr string)) (err error) {
	public, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("MYEVENTS_ADDR: %w", err)
	}
	defer func() { _ = public.Close() }()
	var admin net.Listener
	if cfg.AdminAddr != "" {
		if admin, err = new(net.ListenConfig).Listen(ctx, "tcp", cfg.AdminAddr); err != nil {
			return fmt.Errorf("MYEVENTS_ADMIN_ADDR: %w", err)
		}
		defer func() { _ = admin.Close() }()
	}
	a, err := app.Open(ctx, cfg, with, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return serve(ctx, a, public, admin, ready)
}

// longestStart bounds how long what the settings name is looked for before the program gives up.
const longestStart = 20 * time.Second

// prepare looks whether what the settings name is there. On one machine it makes what is not; elsewhere that is an
// operator's decision.
func prepare(ctx context.Context, a *app.App) error {
	ctx, cancel := context.WithTimeout(ctx, longestStart)
	defer cancel()
	if a.Config.OneMachine() {
		if err := a.Migrate(ctx); err != nil {
			return err
		}
	}
	return a.Ready(ctx)
}

func serve(ctx context.Context, a *app.App, public, admin net.Listener, ready func(string)) error {
	gateway, err := a.Gateway()
	if err != nil {
		return err
	}
	if err := prepare(ctx, a); err != nil {
		return err
	}
	servers := []*http.Server{server(gateway, a.Config.RequestTimeout)}
	listeners := []net.Listener{public}
	if admin != nil {
		servers = append(servers, server(a.Admin(), time.Minute)) // profiles take their time
		listeners = append(listeners, admin)
	}
	failed := make(chan error, len(servers))
	for i, s := range servers {
		go func() { failed <- s.Serve(listeners[i]) }()
	}
	loops, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoops()
	done := run(loops, a)
	a.Log.LogAttrs(ctx, slog.LevelInfo, "serving", slog.String("url", a.Config.PublicURL), telemetry.Addr(public.Addr().String()))
	if ready != nil {
		ready(public.Addr().String())
	}
	err = demo(ctx, a, "http://"+public.Addr().String(), failed)
	a.Log.LogAttrs(ctx, slog.LevelInfo, "stopping")
	// What is being answered needs the loops, so they stop last.
	until, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.Config.ShutdownTimeout)
	defer cancel()
	for _, s := range servers {
		if late := s.Shutdown(until); late != nil { // no request outlives the store that it uses
			err = errors.Join(err, late, s.Close())
		}
	}
	stopLoops()
	done.Wait()
	return err
}

// demoLook is how often the demo data is looked after.
const demoLook = time.Hour

// demo looks after the demo data, where there is any, until ctx ends or a server failed.
func demo(ctx context.Context, a *app.App, server string, failed <-chan error) error {
	again := time.NewTicker(demoLook)
	defer again.Stop()
	for {
		if err := a.SeedDemo(ctx, server); err != nil && ctx.Err() == nil {
			a.Log.LogAttrs(ctx, slog.LevelError, "demo data incomplete", telemetry.Err(err))
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-again.C:
		}
	}
}

// server bounds what one connection may cost.
func server(h http.Handler, timeout time.Duration) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: timeout + 30*time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
}

// run starts the App's loops.
func run(ctx context.Context, a *app.App) *sync.WaitGroup {
	var work sync.WaitGroup
	for _, s := range a.Subscriptions() {
		work.Go(func() {
			if err := a.Subscriber.Subscribe(ctx, s.Group, s.Types, s.Handler); err != nil {
				a.Log.LogAttrs(ctx, slog.LevelError, "subscription ended", telemetry.Group(s.Group), telemetry.Err(err))
			}
		})
	}
	for _, r := range a.Relays {
		work.Go(func() {
			if err := r.Run(ctx); err != nil {
				a.Log.LogAttrs(ctx, slog.LevelError, "outbox relay ended", telemetry.Err(err))
			}
		})
	}
	for _, j := range a.Jobs() {
		work.Go(func() { repeat(ctx, j, a.Log) })
	}
	return &work
}

func repeat(ctx context.Context, j app.Job, log *slog.Logger) {
	t := time.NewTicker(j.Every)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if _, err := j.Run(ctx); err != nil && ctx.Err() == nil {
				log.LogAttrs(ctx, slog.LevelWarn, "job failed", slog.String("job", j.Name), telemetry.Err(err))
			}
		}
	}
}
