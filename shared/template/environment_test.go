package template_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/template"
)

// secret is what Secrets Manager generates: 43 letters and digits.
const secret = "aZ09aZ09aZ09aZ09aZ09aZ09aZ09aZ09aZ09aZ09aZz"

// environment is what a function finds, with the secret in it.
func environment(f template.Function) map[string]string {
	env := maps.Clone(f.Environment)
	for name, v := range env {
		env[name] = strings.ReplaceAll(v, "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:000000000000:secret:keys}}", secret)
	}
	return env
}

func TestTemplate_Environment(t *testing.T) {
	known := map[string]bool{}
	for _, v := range config.Variables() {
		known[v.Name] = true
	}
	for _, tc := range []struct {
		name, publicURL, issuer, audience string
		parameters                        []string
	}{
		{"defaults", "https://d1.cloudfront.net", "https://cognito-idp.eu-west-1.amazonaws.com/pool", "client", nil},
		{"own-domain", "https://tickets.example.org", "https://cognito-idp.eu-west-1.amazonaws.com/pool", "client", []string{
			"DomainName", "tickets.example.org", "CertificateArn", "arn:aws:acm:us-east-1:000000000000:certificate/1",
		}},
		{"api-alone", "https://api1.execute-api.eu-west-1.amazonaws.com", "https://cognito-idp.eu-west-1.amazonaws.com/pool", "client", []string{"Front", "api"}},
		{"other-issuer", "https://d1.cloudfront.net", "https://id.example.org/realm", "tickets", []string{
			"SignIn", "external", "OidcIssuer", "https://id.example.org/realm", "OidcAudience", "tickets",
		}},
		{"emulated", "http://localhost", "http://127.0.0.1:9/x", "myevents", emulated},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, f := range stack(t, tc.parameters...).Functions() {
				env := environment(f)
				for name := range env {
					if !known[name] {
						t.Errorf("%s: got variable %s, which nothing reads", f.ID, name)
					}
				}
				c, err := config.Load(func(name string) string { return env[name] }, config.WithEnviron(slices.Collect(maps.Keys(env))))
				if err != nil {
					t.Errorf("%s: got %v, want what config takes", f.ID, err)
					continue
				}
				for _, v := range []struct{ what, got, want string }{
					{"store", c.Store.URL(), "dynamodb://myevents?region=eu-west-1"},
					{"queue", c.Queue.URL(), "sqs://myevents?region=eu-west-1&topic=arn:aws:sns:eu-west-1:000000000000:myevents-messages"},
					{"public URL", c.PublicURL, tc.publicURL},
					{"issuer", c.OIDCIssuer, tc.issuer},
					{"audience", c.OIDCAudience, tc.audience},
					{"logs", string(c.LogFormat), string(config.LogJSON)},
				} {
					if v.got != v.want {
						t.Errorf("%s: got %s %s, want %s", f.ID, v.what, v.got, v.want)
					}
				}
			}
		})
	}
}

// TestTemplate_Keys follows a change of keys as docs/aws.md describes it.
func TestTemplate_Keys(t *testing.T) {
	other := strings.Repeat("b", 43)
	for _, tc := range []struct {
		name, id, stored string
		current          byte
		keys             int
	}{
		{"as-generated", "1", secret, 1, 1},
		{"new-before-old", "2", other + "=,1=" + secret, 2, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			env := environment(stack(t, "KeyId", tc.id).Functions()[0])
			env["MYEVENTS_KEYS"] = strings.ReplaceAll(env["MYEVENTS_KEYS"], secret, tc.stored)
			c, err := config.Load(func(name string) string { return env[name] })
			if err != nil {
				t.Fatalf("Load: got %v, want nil", err)
			}
			if c.Keys.Current != tc.current || len(c.Keys.Secrets) != tc.keys {
				t.Errorf("keys: got %d of which %d is current, want %d of which %d is", len(c.Keys.Secrets), c.Keys.Current, tc.keys, tc.current)
			}
			for id, k := range c.Keys.Secrets {
				if n := len(k.Reveal()); n != 32 {
					t.Errorf("key %d: got %d bytes, want 32", id, n)
				}
			}
		})
	}
}

func TestTemplate_Functions(t *testing.T) {
	s := stack(t)
	var ids []string
	for _, f := range s.Functions() {
		ids = append(ids, f.ID)
		p, a := s.Resources[f.ID].Properties, s.Resources[f.ID].Attributes
		metadata, _ := a["Metadata"].(map[string]any)
		for _, v := range []struct {
			what      string
			got, want any
		}{
			{"runtime", p["Runtime"], "provided.al2023"},
			{"handler", p["Handler"], "bootstrap"},
			{"code", p["CodeUri"], "."},
			{"build", metadata["BuildMethod"], "makefile"},
			{"architecture", f.Architecture, "arm64"},
			{"alias", p["AutoPublishAlias"], "live"},
			{"versions of settings, too", p["AutoPublishAliasAllProperties"], true},
			{"key of the environment", p["KmsKeyArn"], "${Key.Arn}"},
			{"tracing", p["Tracing"], "Active"},
			{"role", f.Role, f.ID + "Role"},
		} {
			if v.got != v.want {
				t.Errorf("%s: got %s %v, want %v", f.ID, v.what, v.got, v.want)
			}
		}
		if f.Timeout < 10*time.Second || f.Timeout > time.Minute || f.MemoryMB < 512 {
			t.Errorf("%s: got %v and %d MB, want what was thought about", f.ID, f.Timeout, f.MemoryMB)
		}
	}
	if want := []string{"BookingsApi", "BookingsWorker", "EventsApi", "EventsWorker", "Janitor", "OutboxRelay"}; !slices.Equal(ids, want) {
		t.Errorf("functions: got %v, want %v", ids, want)
	}
}

// TestTemplate_AnswersBeforeItIsCutOff: the handler gives up before Lambda does, Lambda before the gateway, the gateway
// before CloudFront.
func TestTemplate_AnswersBeforeItIsCutOff(t *testing.T) {
	s := stack(t)
	for _, f := range s.Functions() {
		integration, isAPI := s.Resources[strings.TrimSuffix(f.ID, "Api")+"Integration"]
		if !isAPI {
			continue
		}
		env := environment(f)
		c, err := config.Load(func(name string) string { return env[name] })
		if err != nil {
			t.Fatal(err)
		}
		gateway := in(time.Millisecond, integration.Properties["TimeoutInMillis"])
		if !(c.RequestTimeout < f.Timeout && f.Timeout < gateway && gateway < 30*time.Second) {
			t.Errorf("%s: got %v, %v, %v, want each less than the next", f.ID, c.RequestTimeout, f.Timeout, gateway)
		}
	}
}

// TestTemplate_Emulated lists what a stack for an emulator is made of, so that nothing gets in that emulators do not have.
func TestTemplate_Emulated(t *testing.T) {
	may := []string{
		"AWS::DynamoDB::Table", "AWS::IAM::ManagedPolicy", "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::SNS::Subscription", "AWS::SNS::Topic",
		"AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::SecretsManager::Secret", "AWS::Serverless::Function",
	}
	for id, r := range stack(t, emulated...).Resources {
		if !slices.Contains(may, r.Type) {
			t.Errorf("%s: got %s, want a type that emulators have", id, r.Type)
		}
	}
}
