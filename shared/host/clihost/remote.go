package clihost

import (
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
	"github.com/myevents/myevents/shared/app/onemachine"
	"github.com/myevents/myevents/shared/load"
	"github.com/myevents/myevents/shared/seed"
	"github.com/myevents/myevents/shared/tickit"
)

// target is a running server and who speaks to it.
type target struct {
	Server string `help:"Address of the server." default:"http://localhost:8080"`
	Token  string `help:"Bearer token; default: one of the local issuer for operator@demo.example." env:"-"`
}

func (t target) client(e *env) (*apiclient.Client, error) {
	token := t.Token
	if token == "" {
		var err error
		if token, err = onemachine.Token(e.cfg, "operator@demo.example", "organiser", "demo"); err != nil {
			return nil, err
		}
	}
	return apiclient.New(t.Server, apiclient.Options{Token: token})
}

type seedCommand struct{ target }

// Run seeds.
func (c seedCommand) Run(e *env) error {
	client, err := c.client(e)
	if err != nil {
		return err
	}
	plan, err := seed.Demo(time.Now())
	if err != nil {
		return err
	}
	by := seed.Actors{Organiser: client}
	if c.Token == "" { // only then can others be signed in
		if by, err = onemachine.Actors(e.cfg, client); err != nil {
			return err
		}
	}
	made, err := seed.Apply(e.ctx, by, plan)
	_, said := fmt.Fprintf(e.stdout, "made %d locations and %d events; %d and %d were there; %d bookings are there\n", made.Locations.Created,
		made.Events.Created, made.Locations.Existing, made.Events.Existing, made.Bookings)
	return errors.Join(err, said)
}

type importCommand struct {
	Tickit tickitCommand `cmd:"" help:"Import the public TICKIT sample of venues and events."`
}

type tickitCommand struct {
	Dir       string `arg:"" help:"Folder with allevents_pipe.txt, venue_pipe.txt and category_pipe.txt." type:"existingdir"`
	StartYear int    `help:"Move all dates by whole years, so that the first year is this one." placeholder:"YEAR"`
	Parallel  int    `help:"Venues at a time." default:"12"`
	All       bool   `help:"Report every adjusted row, not only their number."`
	target
}

// Run imports, and prints the report whatever happened.
func (c tickitCommand) Run(e *env) error {
	client, err := c.client(e)
	if err != nil {
		return err
	}
	report, err := tickit.Import(e.ctx, tickit.Config{Dir: c.Dir, Client: client, StartYear: c.StartYear, Progress: e.stderr, Parallel: c.Parallel})
	return errors.Join(err, report.Print(e.stdout, c.All))
}

type loadCommand struct {
	Event    string        `help:"The event to buy from; default: one made for it." placeholder:"ID"`
	Places   int           `help:"Places of the event made for it." default:"5000"`
	Rate     float64       `help:"Bookings tried a second." default:"200"`
	Duration time.Duration `help:"How long." default:"30s"`
	Remote   bool          `help:"The server may be on another machine."`
	target
}

// Run loads and audits.
func (c loadCommand) Run(e *env) error {
	client, err := c.client(e)
	if err != nil {
		return err
	}
	report, err := load.Run(e.ctx, load.Config{
		Server: c.Server, Remote: c.Remote, Client: client, EventID: c.Event, Places: c.Places, Rate: c.Rate, Duration: c.Duration,
		Buyer: func(n int) (*apiclient.Client, error) {
			token, err := onemachine.Token(e.cfg, fmt.Sprintf("buyer%d@load.example", n), "attendee", "demo")
			if err != nil {
				return nil, err
			}
			return client.As(token), nil
		},
	})
	return errors.Join(err, report.Write(e.stdout))
}
