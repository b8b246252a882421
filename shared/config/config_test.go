package config_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/config"
)

func env(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m["MYEVENTS_"+pairs[i]] = pairs[i+1]
	}
	return func(name string) string { return m[name] }
}

func TestLoad_Defaults(t *testing.T) {
	c, err := config.Load(env())
	if err != nil {
		t.Fatalf("Load: got %v, want nil", err)
	}
	for _, f := range []struct {
		name      string
		got, want any
	}{
		{"addr", c.Addr, "localhost:8080"},
		{"admin-addr", c.AdminAddr, "localhost:9464"},
		{"public-url", c.PublicURL, "http://localhost:8080"},
		{"store", fmt.Sprint(c.Store), "embedded:./data"},
		{"store-dir", c.Store.Dir, "./data"},
		{"data-dir", c.DataDir, "./data"},
		{"one-machine", c.OneMachine(), true},
		{"queue", c.Queue.Scheme, config.SchemeMem},
		{"seed", c.Seed, config.SeedDemo},
		{"keys", c.Keys.Empty(), true},
		{"hold-ttl", c.HoldTTL, 10 * time.Minute},
		{"payment", c.Payment, config.PaymentTest},
		{"local-issuer", c.LocalIssuer(), true},
		{"log-level", c.LogLevel, slog.LevelInfo},
		{"log-format", c.LogFormat, config.LogAuto},
		{"request-timeout", c.RequestTimeout, 30 * time.Second},
		{"rate-limit", c.RateLimit, 0.0},
		{"cors-origins", len(c.CORSOrigins), 0},
	} {
		if f.got != f.want {
			t.Errorf("%s: got %v, want %v", f.name, f.got, f.want)
		}
	}
}

var key = base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))

func TestLoad_Settings(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  []string
		got  func(config.Config) any
		want any
	}{
		{"admin-off", []string{"ADMIN_ADDR", "off"}, func(c config.Config) any { return c.AdminAddr }, ""},
		{"public-url-of-any-host", []string{"ADDR", ":9000"}, func(c config.Config) any { return c.PublicURL }, "http://localhost:9000"},
		{"public-url-of-any-ipv6", []string{"ADDR", "[::]:9000"}, func(c config.Config) any { return c.PublicURL }, "http://localhost:9000"},
		{"public-url-of-ipv6", []string{"ADDR", "[::1]:9000"}, func(c config.Config) any { return c.PublicURL }, "http://[::1]:9000"},
		{"public-url-slash-dropped", []string{"PUBLIC_URL", "https://t.example/"}, func(c config.Config) any { return c.PublicURL }, "https://t.example"},
		{"seed-none", []string{"SEED", "none"}, func(c config.Config) any { return c.Seed }, config.SeedNone},
		{"level-any-case", []string{"LOG_LEVEL", "WARN"}, func(c config.Config) any { return c.LogLevel }, slog.LevelWarn},
		{"burst-twice-the-rate", []string{"RATE_LIMIT", "2.5"}, func(c config.Config) any { return c.RateBurst }, 5},
		{"burst-at-least-one", []string{"RATE_LIMIT", "0.1"}, func(c config.Config) any { return c.RateBurst }, 1},
		{
			"two-origins",
			[]string{"CORS_ORIGINS", "https://a.example, http://b.example:81"},
			func(c config.Config) any { return strings.Join(c.CORSOrigins, " ") }, "https://a.example http://b.example:81",
		},
		{"first-key-is-current", []string{"KEYS", "7=" + key + ",3=" + key}, func(c config.Config) any { return c.Keys.Current }, byte(7)},
		{"data-dir-of-embedded", []string{"STORE", "embedded:./x"}, func(c config.Config) any { return c.DataDir }, "./x"},
		{"data-dir-of-others", []string{"STORE", "mongodb://a/x"}, func(c config.Config) any { return c.DataDir }, "./data"},
		{"data-dir-set", []string{"STORE", "mongodb://a/x", "DATA_DIR", "/y"}, func(c config.Config) any { return c.DataDir }, "/y"},
		{"nobody-else-reaches-it", []string{"STORE", "dynamodb://t"}, func(c config.Config) any { return c.OneMachine() && c.Seed == config.SeedDemo }, true},
		{"embedded-and-public", []string{"ADDR", ":80", "PUBLIC_URL", "https://t.example"}, func(c config.Config) any { return c.OneMachine() }, true},
		{"keys-revealed", []string{"KEYS", "7=" + key}, func(c config.Config) any { return len(c.Keys.Reveal()[7]) }, 32},
		{
			"http-issuer-on-this-machine",
			[]string{"OIDC_ISSUER", "http://127.0.0.1:9/x", "OIDC_AUDIENCE", "a"},
			func(c config.Config) any { return c.OIDCIssuer }, "http://127.0.0.1:9/x",
		},
		{"brokers-listed", []string{"QUEUE", "kafka://a:9092,b:9092"}, func(c config.Config) any { return c.Queue.URL() }, "kafka://a:9092,b:9092"},
		{"amqps-is-amqp", []string{"QUEUE", "amqps://mq"}, func(c config.Config) any { return c.Queue.Scheme }, config.SchemeAMQP},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := config.Load(env(tc.env...))
			if err != nil {
				t.Fatalf("Load: got %v, want nil", err)
			}
			if got := tc.got(c); got != tc.want {
				t.Errorf("Load: got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestLoad_Faults(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  []string
		want string // the variable that the fault names
	}{
		{"no-port", []string{"ADDR", "localhost"}, "ADDR"},
		{"named-port", []string{"ADDR", "localhost:http"}, "ADDR"},
		{"port-too-large", []string{"ADMIN_ADDR", "localhost:65536"}, "ADMIN_ADDR"},
		{"public-url-with-path", []string{"PUBLIC_URL", "https://a.example/x"}, "PUBLIC_URL"},
		{"public-url-no-scheme", []string{"PUBLIC_URL", "a.example"}, "PUBLIC_URL"},
		{"store-unknown", []string{"STORE", "postgres://x"}, "STORE"},
		{"store-no-folder", []string{"STORE", "embedded:"}, "STORE"},
		{"store-no-colon", []string{"STORE", "./data"}, "STORE"},
		{"store-no-host", []string{"STORE", "mongodb://"}, "STORE"},
		{"queue-as-store", []string{"QUEUE", "embedded:./x"}, "QUEUE"},
		{"mem-with-rest", []string{"QUEUE", "mem:x"}, "QUEUE"},
		{"seed-unknown", []string{"SEED", "Demo"}, "SEED"},
		{"hold-ttl-no-unit", []string{"HOLD_TTL", "10"}, "HOLD_TTL"},
		{"hold-ttl-zero", []string{"HOLD_TTL", "0s"}, "HOLD_TTL"},
		{"hold-ttl-negative", []string{"HOLD_TTL", "-1m"}, "HOLD_TTL"},
		{"payment-unknown", []string{"PAYMENT", "cash"}, "PAYMENT"},
		{"payment-unnamed-off-this-machine", []string{"STORE", "dynamodb://t", "ADDR", ":8080"}, "PAYMENT"},
		{"keys-missing-off-this-machine", []string{"STORE", "dynamodb://t", "ADDR", ":8080"}, "KEYS"},
		{"issuer-missing-off-this-machine", []string{"STORE", "dynamodb://t", "ADDR", ":8080"}, "OIDC_ISSUER"},
		{"keys-missing-behind-a-proxy", []string{"STORE", "mongodb://a/x", "PUBLIC_URL", "https://t.example"}, "KEYS"},
		{"issuer-plain-http", []string{"OIDC_ISSUER", "http://id.example", "OIDC_AUDIENCE", "a"}, "OIDC_ISSUER"},
		{"audience-missing", []string{"OIDC_ISSUER", "https://id.example"}, "OIDC_AUDIENCE"},
		{"level-unknown", []string{"LOG_LEVEL", "loud"}, "LOG_LEVEL"},
		{"format-unknown", []string{"LOG_FORMAT", "xml"}, "LOG_FORMAT"},
		{"rate-not-a-number", []string{"RATE_LIMIT", "NaN"}, "RATE_LIMIT"},
		{"burst-fraction", []string{"RATE_BURST", "1.5"}, "RATE_BURST"},
		{"origin-any", []string{"CORS_ORIGINS", "*"}, "CORS_ORIGINS"},
		{"key-short", []string{"KEYS", "1=c2hvcnQ="}, "KEYS"},
		{"key-not-base64", []string{"KEYS", "1=!!"}, "KEYS"},
		{"key-no-id", []string{"KEYS", key}, "KEYS"},
		{"key-id-too-large", []string{"KEYS", "256=" + key}, "KEYS"},
		{"key-twice", []string{"KEYS", "1=" + key + ",1=" + key}, "KEYS"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := config.Load(env(tc.env...))
			if err == nil || !strings.Contains(err.Error(), "MYEVENTS_"+tc.want+": ") {
				t.Errorf("Load: got %v, want a fault of MYEVENTS_%s", err, tc.want)
			}
		})
	}
}

func TestLoad_AllFaultsAtOnce(t *testing.T) {
	_, err := config.Load(env("ADDR", "x", "SEED", "x", "HOLD_TTL", "x"))
	if err == nil {
		t.Fatal("Load: got nil, want three faults")
	}
	if got := strings.Count(err.Error(), "MYEVENTS_"); got != 3 {
		t.Errorf("Load: got %d faults in %q, want 3", got, err)
	}
}

func TestLoad_UnknownVariable(t *testing.T) {
	for _, tc := range []struct{ name, entry, want string }{
		{"typing-error", "MYEVENTS_HOLD_TLT=5m", "MYEVENTS_HOLD_TLT: unknown variable; did you mean MYEVENTS_HOLD_TTL?"},
		{"far-off", "MYEVENTS_SOMETHING_ELSE_ALTOGETHER=1", "MYEVENTS_SOMETHING_ELSE_ALTOGETHER: unknown variable"},
		{"known", "MYEVENTS_ADDR=:1", ""},
		{"of-tests", "MYEVENTS_TEST_MONGO_URL=x", ""},
		{"of-the-sample", "MYEVENTS_TICKIT_DIR=x", ""},
		{"of-others", "PATH=/bin", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := config.Load(env(), config.WithEnviron([]string{tc.entry}))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("Load: got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestConfig_PrintsNoSecret(t *testing.T) {
	c, err := config.Load(env("STORE", "mongodb://me:hunter2@a:1,b:2/x?authtoken=hunter2&w=1", "KEYS", "1="+key,
		"PAYMENT", "test", "OIDC_ISSUER", "https://id.example", "OIDC_AUDIENCE", "a"))
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "config", c, "secret", c.Keys.Secrets[1], "store", c.Store)
	for _, out := range []string{
		fmt.Sprintf("%v %+v %#v", c, c, c), string(asJSON), logged.String(),
		fmt.Sprintf("%s %q %v %x", c.Keys.Secrets[1], c.Keys.Secrets[1], c.Store, c.Keys.Secrets[1]),
	} {
		for _, secret := range []string{"hunter2", "0123456789abcdef", key, fmt.Sprintf("%x", "hunter2"), fmt.Sprintf("%x", "0123456789abcdef")} {
			if strings.Contains(out, secret) {
				t.Errorf("printed config: got %q in it, want it hidden: %s", secret, out)
			}
		}
	}
	if want := "mongodb://xxxxx@a:1,b:2/x?authtoken=xxxxx&w=1"; fmt.Sprint(c.Store) != want {
		t.Errorf("store: got %s, want %s", c.Store, want)
	}
}

// TestVariables_Documented compares the table with docs/configuration.md, row by row and in order.
func TestVariables_Documented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.SplitSeq(string(text), "\n") {
		if strings.HasPrefix(line, "| `MYEVENTS_") && !strings.HasPrefix(line, "| `MYEVENTS_TEST_") && !strings.HasPrefix(line, "| `MYEVENTS_TICKIT_DIR") {
			got = append(got, line)
		}
	}
	var want []string
	for _, v := range config.Variables() {
		d := ""
		if v.Default != "" {
			d = "`" + v.Default + "`"
		}
		want = append(want, fmt.Sprintf("| `%s` | %s | %s |", v.Name, d, v.Doc))
	}
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("docs/configuration.md row %d: got %s, want %s", i+1, g, w)
		}
	}
}

func TestLoad_ForFunction(t *testing.T) {
	_, err := config.Load(env("STORE", "dynamodb://t"), config.ForFunction())
	for _, name := range []string{"KEYS", "PAYMENT", "OIDC_ISSUER"} {
		if err == nil || !strings.Contains(err.Error(), "MYEVENTS_"+name+": ") {
			t.Errorf("Load for a function: got %v, want a fault of MYEVENTS_%s", err, name)
		}
	}
}

func TestLoad_ForTool(t *testing.T) {
	c, err := config.Load(env("STORE", "dynamodb://myevents", "QUEUE", "sqs://myevents"), config.ForTool())
	if err != nil || c.Store.Scheme != config.SchemeDynamoDB {
		t.Errorf("Load for a tool, of a store and a queue alone: got %v and %v, want both", c.Store, err)
	}
	if _, err := config.Load(env("STORE", "dynamodb://"), config.ForTool()); err == nil {
		t.Error("Load for a tool, of a store without a name: got nil, want an error")
	}
}
