package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Variable describes one environment variable.
type Variable struct {
	Name    string
	Default string // empty: none, or as Doc says
	Doc     string
}

// Variables lists every variable that Load reads, in the order of docs/configuration.md.
func Variables() []Variable {
	all := make([]Variable, len(table))
	for i, v := range table {
		all[i] = v.Variable
	}
	return all
}

type variable struct {
	Variable
	set func(*Config, string) error
}

// table drives parsing, help and the documentation test. Nothing writes to it.
var table = []variable{
	{
		Variable{"MYEVENTS_ADDR", "localhost:8080", "Public listen address, host:port."},
		func(c *Config, v string) (err error) { c.Addr, err = address(v); return },
	},
	{
		Variable{"MYEVENTS_ADMIN_ADDR", "localhost:9464", "Admin listen address (`/metrics`, `/debug/pprof/`), host:port; `off` for none."},
		func(c *Config, v string) (err error) {
			if v == "off" {
				return nil
			}
			c.AdminAddr, err = address(v)
			return
		},
	},
	{
		Variable{"MYEVENTS_PUBLIC_URL", "", "Origin that users see, used in share links and sign-in; default `http://` and `MYEVENTS_ADDR`."},
		func(c *Config, v string) (err error) { c.PublicURL, err = origin(v); return },
	},
	{
		Variable{"MYEVENTS_STORE", "embedded:./data", "Where data is kept: `embedded:DIR`, `dynamodb://…` or `mongodb://…`."},
		func(c *Config, v string) (err error) {
			c.Store, err = resource(v, SchemeEmbedded, SchemeDynamoDB, SchemeMongoDB)
			return
		},
	},
	{
		Variable{"MYEVENTS_QUEUE", "mem:", "What carries messages: `mem:`, `sqs://…`, `amqp://…` or `kafka://…`."},
		func(c *Config, v string) (err error) {
			c.Queue, err = resource(v, SchemeMem, SchemeSQS, SchemeAMQP, SchemeKafka)
			return
		},
	},
	{
		Variable{"MYEVENTS_DATA_DIR", "", "Folder of the keys and accounts of one machine; default the embedded store's, else `./data`."},
		func(c *Config, v string) error { c.DataDir = v; return nil },
	},
	{
		Variable{"MYEVENTS_SEED", "", "`demo` fills an empty store with the demo, and sees to it that one of its events has its doors open; `none` does neither. Default `demo` on one machine, else `none`."},
		func(c *Config, v string) (err error) { c.Seed, err = oneOf(v, SeedDemo, SeedNone); return },
	},
	{
		Variable{"MYEVENTS_KEYS", "", "Secret. Root keys as `id=base64,…`, 32 bytes or more each, the first is current; default `keys.json` in `MYEVENTS_DATA_DIR` on one machine, else required."},
		func(c *Config, v string) (err error) { c.Keys, err = parseKeys(v); return },
	},
	{
		Variable{"MYEVENTS_HOLD_TTL", "10m", "How long a hold lasts, a duration from 100ms to 24h."},
		func(c *Config, v string) (err error) {
			c.HoldTTL, err = duration(v, 100*time.Millisecond, 24*time.Hour)
			return
		},
	},
	{
		Variable{"MYEVENTS_PAYMENT", "", "Payment provider, `test` or `stripe`; default `test` on one machine, else required."},
		func(c *Config, v string) (err error) { c.Payment, err = oneOf(v, PaymentTest, PaymentStripe); return },
	},
	{
		Variable{"MYEVENTS_OIDC_ISSUER", "", "URL of the OpenID Connect issuer whose tokens are accepted; default the local issuer on one machine, else required."},
		func(c *Config, v string) (err error) { c.OIDCIssuer, err = issuer(v); return },
	},
	{
		Variable{"MYEVENTS_OIDC_AUDIENCE", "", "Audience that tokens must name; required with `MYEVENTS_OIDC_ISSUER`."},
		func(c *Config, v string) error { c.OIDCAudience = v; return nil },
	},
	{
		Variable{"MYEVENTS_LOG_LEVEL", "info", "Least level logged: `debug`, `info`, `warn` or `error`."},
		func(c *Config, v string) (err error) { c.LogLevel, err = level(v); return },
	},
	{
		Variable{"MYEVENTS_LOG_FORMAT", "auto", "`json`, `text`, or `auto`: text on a terminal, JSON elsewhere."},
		func(c *Config, v string) (err error) { c.LogFormat, err = oneOf(v, LogAuto, LogJSON, LogText); return },
	},
	{
		Variable{"MYEVENTS_REQUEST_TIMEOUT", "30s", "Longest time a request may take, a duration from 100ms to 5m."},
		func(c *Config, v string) (err error) {
			c.RequestTimeout, err = duration(v, 100*time.Millisecond, 5*time.Minute)
			return
		},
	},
	{
		Variable{"MYEVENTS_SHUTDOWN_TIMEOUT", "20s", "Longest time a stop waits for requests and workers, a duration from 0s to 5m."},
		func(c *Config, v string) (err error) { c.ShutdownTimeout, err = duration(v, 0, 5*time.Minute); return },
	},
	{
		Variable{"MYEVENTS_RATE_LIMIT", "0", "Requests per second that one client may make, 0 for no limit; beyond it: 429."},
		func(c *Config, v string) (err error) { c.RateLimit, err = rate(v); return },
	},
	{
		Variable{"MYEVENTS_RATE_BURST", "0", "Requests that one client may make at once under `MYEVENTS_RATE_LIMIT`, 0 for twice the limit."},
		func(c *Config, v string) (err error) { c.RateBurst, err = count(v, 1_000_000); return },
	},
	{
		Variable{"MYEVENTS_CORS_ORIGINS", "", "Origins of other sites whose pages may call the API, separated by commas; default none."},
		func(c *Config, v string) (err error) { c.CORSOrigins, err = origins(v); return },
	},
}

func address(v string) (string, error) {
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return "", errors.New("must be host:port, such as localhost:8080 or :8080")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", errors.New("the port must be a number from 0 to 65535")
	}
	return v, nil
}

func oneOf[T ~string](v string, allowed ...T) (T, error) {
	if i := slices.Index(allowed, T(v)); i >= 0 {
		return allowed[i], nil
	}
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	return "", fmt.Errorf("got %q, must be one of %s", v, strings.Join(names, ", "))
}

func duration(v string, least, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(v)
	if err != nil {
		return 0, fmt.Errorf("got %q, must be a duration such as 90s or 10m", v)
	}
	if d < least || d > most {
		return 0, fmt.Errorf("got %s, must be from %s to %s", d, least, most)
	}
	return d, nil
}

func level(v string) (slog.Level, error) {
	name, err := oneOf(strings.ToLower(v), "debug", "info", "warn", "error")
	if err != nil {
		return 0, err
	}
	var l slog.Level
	err = l.UnmarshalText([]byte(name))
	return l, err
}

func rate(v string) (float64, error) {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(f) || f < 0 || f > 1e6 {
		return 0, fmt.Errorf("got %q, must be a number from 0 to 1000000", v)
	}
	return f, nil
}

func count(v string, most int) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > most {
		return 0, fmt.Errorf("got %q, must be a whole number from 0 to %d", v, most)
	}
	return n, nil
}

func issuer(v string) (string, error) {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return "", errors.New("must be an https URL without query, or http on this machine")
	}
	return v, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func origins(v string) ([]string, error) {
	var all []string
	for part := range strings.SplitSeq(v, ",") {
		o, err := origin(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}
