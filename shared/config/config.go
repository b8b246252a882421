// Package config is the sole reader of the environment: it turns MYEVENTS_* variables into one typed value and reports
// every mistake at once, each with the name of its variable. It opens nothing and knows no adapter.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Config is what a program needs to know from outside. Load fills every field; the zero value is of no use.
type Config struct {
	Addr      string // host:port of the public listener
	AdminAddr string // host:port of the admin listener; empty: none
	PublicURL string // the origin users see, without a trailing slash; never empty

	Store Resource
	Queue Resource
	Seed  Seed
	Keys  Keys // empty: keys.json in DataDir

	// DataDir is the folder of what one machine keeps beside the store: keys and accounts.
	DataDir string

	HoldTTL time.Duration
	Payment Payment

	OIDCIssuer   string // empty: the local issuer
	OIDCAudience string

	LogLevel  slog.Level
	LogFormat LogFormat

	RequestTimeout  time.Duration
	ShutdownTimeout time.Duration
	RateLimit       float64 // requests per second and client; 0: no limit
	RateBurst       int     // requests; at least 1 where RateLimit is set
	CORSOrigins     []string

	oneMachine bool
}

// Seed says what an empty store is filled with.
type Seed string

// The seeds.
const (
	SeedDemo Seed = "demo" // only where the store is empty
	SeedNone Seed = "none"
)

// Payment names the payment provider.
type Payment string

// The payment providers.
const (
	PaymentTest   Payment = "test"
	PaymentStripe Payment = "stripe"
)

// LogFormat says how log lines look.
type LogFormat string

// The formats.
const (
	LogAuto LogFormat = "auto" // text on a terminal, JSON elsewhere
	LogJSON LogFormat = "json"
	LogText LogFormat = "text"
)

// options are what Load may be told beside the variables themselves.
type options struct {
	environ  []string
	tool     bool
	function bool
}

// Option changes what Load looks at.
type Option func(*options)

// WithEnviron makes Load report every MYEVENTS_* name of environ ("NAME=value") that nothing reads: a misspelt setting
// is a mistake, not a wish for the default.
func WithEnviron(environ []string) Option {
	return func(o *options) { o.environ = environ }
}

// ForTool leaves out what only a program that serves must be told: tools work on a store or a queue alone.
func ForTool() Option { return func(o *options) { o.tool = true } }

// ForFunction is for programs of which many run side by side, on machines that keep nothing: they share what they are told.
func ForFunction() Option { return func(o *options) { o.function = true } }

// Load reads the variables through getenv, an empty value meaning the default. The error joins all faults; each names
// its variable and none repeats the value of a secret.
func Load(getenv func(string) string, opts ...Option) (Config, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	var c Config
	var faults []error
	for _, v := range table {
		value := getenv(v.Name)
		if value == "" {
			value = v.Default
		}
		if value == "" {
			continue
		}
		if err := v.set(&c, value); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", v.Name, err))
		}
	}
	if len(faults) == 0 {
		if faults = c.settle(o); o.tool {
			faults = nil
		}
	}
	faults = append(faults, unknown(o.environ)...)
	if err := errors.Join(faults...); err != nil {
		return Config{}, err
	}
	return c, nil
}

// OneMachine reports whether defaults meant for trying things out apply: the store is this machine's own, or nobody
// elsewhere can reach what runs on it.
func (c *Config) OneMachine() bool { return c.oneMachine }

// LocalIssuer reports whether this process signs its users in itself.
func (c *Config) LocalIssuer() bool { return c.OIDCIssuer == "" }

// defaultDataDir is the folder where the store is not a folder itself.
const defaultDataDir = "./data"

// elsewhere ends the faults of settings that have a default on one machine only.
const elsewhere = " and others can reach this program"

// unreachable reports whether only this machine can reach the program, and is told to.
func (c *Config) unreachable() bool {
	host, _, _ := net.SplitHostPort(c.Addr)
	u, err := url.Parse(c.PublicURL)
	return err == nil && loopback(host) && loopback(u.Hostname())
}

// settle fills in the defaults that depend on other settings and checks what only makes sense together.
func (c *Config) settle(o options) (faults []error) {
	if c.PublicURL == "" {
		c.PublicURL = "http://" + c.Addr
		if host, _, _ := strings.Cut(c.Addr, ":"); host == "" || host == "0.0.0.0" || strings.HasPrefix(c.Addr, "[::]:") {
			c.PublicURL = "http://localhost" + c.Addr[strings.LastIndexByte(c.Addr, ':'):]
		}
	}
	c.oneMachine = c.Store.Scheme == SchemeEmbedded || !o.function && c.unreachable()
	if c.DataDir == "" {
		if c.DataDir = c.Store.Dir; c.DataDir == "" {
			c.DataDir = defaultDataDir
		}
	}
	if c.Seed == "" {
		c.Seed = SeedNone
		if c.OneMachine() {
			c.Seed = SeedDemo
		}
	}
	if c.Payment == "" {
		c.Payment = PaymentTest
		if !c.OneMachine() {
			faults = append(faults, fmt.Errorf("MYEVENTS_PAYMENT: name the provider when the store is %s"+elsewhere, c.Store.Scheme))
		}
	}
	if !c.OneMachine() && c.Keys.Empty() {
		faults = append(faults, fmt.Errorf("MYEVENTS_KEYS: required when the store is %s"+elsewhere, c.Store.Scheme))
	}
	if !c.OneMachine() && c.LocalIssuer() {
		faults = append(faults, fmt.Errorf("MYEVENTS_OIDC_ISSUER: required when the store is %s"+elsewhere, c.Store.Scheme))
	}
	if c.OIDCIssuer != "" && c.OIDCAudience == "" {
		faults = append(faults, errors.New("MYEVENTS_OIDC_AUDIENCE: required with MYEVENTS_OIDC_ISSUER"))
	}
	if c.RateLimit > 0 && c.RateBurst == 0 {
		c.RateBurst = max(1, int(2*c.RateLimit))
	}
	return faults
}

// unknown reports the MYEVENTS_* names that neither this package nor a test reads.
func unknown(environ []string) (faults []error) {
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, "MYEVENTS_") || forTests(name) {
			continue
		}
		if !slices.ContainsFunc(table, func(v variable) bool { return v.Name == name }) {
			faults = append(faults, fmt.Errorf("%s: unknown variable%s", name, didYouMean(name)))
		}
	}
	slices.SortFunc(faults, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return faults
}

// forTests reports whether the name belongs to the tests, which read it through testenv.
func forTests(name string) bool {
	return strings.HasPrefix(name, "MYEVENTS_TEST_") || name == "MYEVENTS_TICKIT_DIR"
}

// didYouMean suggests the known name that differs by at most three edits.
func didYouMean(name string) string {
	best, distance := "", 4
	for _, v := range table {
		if d := edits(name, v.Name); d < distance {
			best, distance = v.Name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// edits is the Levenshtein distance of two names.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// origin checks that value is scheme and host only.
func origin(value string) (string, error) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", errors.New("must be an http or https origin such as https://tickets.example.org")
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("must have no path, query or fragment")
	}
	return u.Scheme + "://" + u.Host, nil
}
