// Package clihost is the operator's tool: commands on a folder or a running server. It decides nothing of the domain.
package clihost

import (
	"context"
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/app/onemachine"
	"github.com/myevents/myevents/shared/config"
)

// commands are the tool's commands and flags.
type commands struct {
	Token   tokenCommand   `cmd:"" help:"Print a bearer token of the local issuer, valid 12 h."`
	Seed    seedCommand    `cmd:"" help:"Fill a running server with the demo data; what is there stays."`
	Import  importCommand  `cmd:"" help:"Import other people's data through the HTTP API."`
	Migrate migrateCommand `cmd:"" help:"Make the tables, queues and topic that the settings name, where they are absent."`
	Backup  backupCommand  `cmd:"" help:"Copy the embedded store, also while it runs."`
	Dlq     dlqCommand     `cmd:"" help:"Messages that were given up: list, show, redrive."`
	Load    loadCommand    `cmd:"" help:"Put a running server under an open-loop load of buyers and audit it for oversell."`
}

// env is what commands work with.
type env struct {
	ctx    context.Context //nolint:containedctx // the process's own
	cfg    config.Config
	with   app.Adapters
	stdout io.Writer
	stderr io.Writer
}

// Main runs one command and returns the process's exit code: 0, 1 when it failed, 2 for a wrong command line.
func Main(args []string, with app.Adapters, getenv func(string) string, stdout, stderr io.Writer) int {
	var c commands
	status, done := 0, false
	parser, err := kong.New(&c, kong.Name("myeventsctl"), kong.Description("The MyEvents operator's tool."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { status, done = code, true }), kong.UsageOnError())
	if err != nil {
		return fail(stderr, err)
	}
	command, err := parser.Parse(args)
	if done {
		return status
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "myeventsctl:", err)
		return 2
	}
	cfg, err := config.Load(getenv, config.ForTool())
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "myeventsctl:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := command.Run(&env{ctx: ctx, cfg: cfg, with: with, stdout: stdout, stderr: stderr}); err != nil {
		return fail(stderr, err)
	}
	return 0
}

func fail(stderr io.Writer, err error) int {
	_, _ = fmt.Fprintln(stderr, "myeventsctl:", err)
	return 1
}

type tokenCommand struct {
	Email string `help:"E-mail address; the same address is the same user." required:""`
	Role  string `help:"Role." enum:"attendee,organiser,staff,admin" default:"attendee"`
	Org   string `help:"Organisation." default:"demo"`
}

// Run prints the token and a newline, and nothing else.
func (c tokenCommand) Run(e *env) error {
	token, err := onemachine.Token(e.cfg, c.Email, c.Role, c.Org)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, token)
	return err
}

type migrateCommand struct{}

// Run migrates.
func (migrateCommand) Run(e *env) error { return app.Migrate(e.ctx, e.cfg, e.with) }

type backupCommand struct {
	File string `arg:"" help:"The file to make; it must not exist."`
}

// Run backs up.
func (c backupCommand) Run(e *env) error {
	return app.Backup(e.ctx, e.cfg, e.with, c.File)
}
