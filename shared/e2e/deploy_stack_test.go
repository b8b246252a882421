package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/app/localaws"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/template"
	"github.com/myevents/myevents/shared/testenv"
)

// stack is the template deployed on the emulator, spoken to as the HTTP API would.
type stack struct {
	*functions
	name     string
	endpoint string // of the emulator
	topic    string
	secret   string // of the root keys
}

// parameters leave out what the emulator has none of, and what only watches or paces: the HTTP API, CloudFront and the web
// app's bucket (Front), Cognito (SignIn; its place takes an issuer of the test's own), the KMS key (CustomerKey), alarms,
// dashboard and X-Ray (Watch), CodeDeploy (Canary). Tables, streams, topic, queues, functions, versions, aliases, mappings,
// schedules, roles and the secret of the root keys are made as they stand.
func parameters(issuer string) []string {
	arch := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	return []string{
		"Payment=test", "Front=none", "SignIn=external", "OidcIssuer=" + issuer, "OidcAudience=myevents",
		"CustomerKey=false", "Watch=false", "Canary=false", "Architecture=" + arch,
	}
}

// deploy builds the functions and deploys them with the tools that a person would use.
func deploy(t *testing.T) *stack {
	t.Helper()
	endpoint := testenv.Need(t, "MYEVENTS_TEST_AWS", "run: localstack/with aws -- go test ./shared/e2e -run Deploy")
	if u, err := url.Parse(endpoint); err != nil || !net.ParseIP(u.Hostname()).IsLoopback() {
		t.Fatalf("MYEVENTS_TEST_AWS: got %s, want an address of this machine", endpoint)
	}
	issuer := startIssuer(t)
	d := &stack{name: fmt.Sprint("deploy", os.Getpid()), endpoint: endpoint}
	build := filepath.Join(t.TempDir(), "build")
	d.sam(t, "build", append([]string{"--build-dir", build, "--parameter-overrides"}, parameters(issuer.url)...)...)
	d.sam(t, "deploy", append([]string{
		"--template-file", filepath.Join(build, "template.yaml"), "--stack-name", d.name, "--resolve-s3", "--no-confirm-changeset",
		"--no-progressbar", "--capabilities", "CAPABILITY_IAM", "--parameter-overrides",
	}, parameters(issuer.url)...)...)
	outputs := d.sam(t, "list", "stack-outputs", "--stack-name", d.name, "--output", "json")
	var all []struct{ OutputKey, OutputValue string }
	if err := json.Unmarshal(outputs, &all); err != nil {
		t.Fatalf("outputs: %v in %s", err, outputs)
	}
	for _, o := range all {
		switch o.OutputKey {
		case "MessagesTopic":
			d.topic = o.OutputValue
		case "RootKeysSecret":
			d.secret = o.OutputValue
		}
	}
	gate := httptest.NewServer(d.gateway(t))
	t.Cleanup(gate.Close)
	d.functions = &functions{
		server: &server{
			t: t, dir: issuer.dir, url: gate.URL, behindGateway: true,
			issuer: []string{"MYEVENTS_OIDC_ISSUER=" + issuer.url, "MYEVENTS_OIDC_AUDIENCE=myevents"},
		},
		logs: &logBuffer{}, tables: endpoint, prefix: d.name,
	}
	return d
}

// startIssuer serves what proves the tokens that the operator's tool makes from the same folder.
func startIssuer(t *testing.T) *server {
	t.Helper()
	issuer := httptest.NewUnstartedServer(nil)
	s := &server{t: t, dir: t.TempDir(), url: "http://" + issuer.Listener.Addr().String()}
	settings := map[string]string{"MYEVENTS_STORE": "embedded:" + s.dir}
	cfg, err := config.Load(func(name string) string { return settings[name] })
	if err == nil {
		issuer.Config.Handler, err = localaws.Adapters().SignIn(t.Context(), cfg, s.dir, s.url)
	}
	if err != nil {
		t.Fatal(err)
	}
	issuer.Start()
	t.Cleanup(issuer.Close)
	return s
}

// environment is that of tools: keys and addresses that lead nowhere but to the emulator.
func (d *stack) environment() []string {
	return append(environ(), "ARCH="+runtime.GOARCH, "AWS_ENDPOINT_URL="+d.endpoint, "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null",
		"AWS_SHARED_CREDENTIALS_FILE=/dev/null")
}

func (d *stack) sam(t *testing.T, command string, args ...string) []byte {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "scripts/sam", append([]string{command}, args...)...)
	cmd.Dir, cmd.Env = testenv.RepoRoot(t), d.environment()
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		t.Fatalf("sam %s: %v\n%s\n%s", command, err, out.String(), said.String())
	}
	t.Logf("sam %s: %v", command, time.Since(began).Round(time.Second))
	return out.Bytes()
}

// ctl runs the operator's tool on the stack.
func (d *stack) ctl(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "myeventsctl"), args...)
	cmd.Env = append(d.environment(), append(d.issuer, "MYEVENTS_STORE=dynamodb://"+d.name+"?region=eu-west-1",
		"MYEVENTS_QUEUE=sqs://"+d.name+"?region=eu-west-1&topic="+d.topic, "MYEVENTS_PAYMENT=test",
		"MYEVENTS_KEYS=1=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("myeventsctl %v: %v\n%s%s", args, err, out.String(), said.String())
	}
	return out.String()
}

// environments is how many of a function's environments the gateway keeps busy; what comes beyond that waits, as the
// emulator would start a process for each.
const environments = 24

// gateway answers HTTP by invoking the deployed functions with payload 2.0, by the routes of the template.
func (d *stack) gateway(t *testing.T) http.Handler {
	t.Helper()
	plan, err := template.Read(filepath.Join("..", "..", "template.yaml"), template.Options{Parameters: map[string]string{"Payment": "test"}})
	if err != nil {
		t.Fatal(err)
	}
	busy := make(chan struct{}, environments)
	mux := http.NewServeMux()
	for _, r := range plan.Routes() {
		mux.HandleFunc(r.Method+" "+r.Path, func(w http.ResponseWriter, req *http.Request) {
			body, err := io.ReadAll(req.Body)
			if err != nil {
				return // the caller is gone
			}
			headers := map[string]string{"host": req.Host}
			for name, values := range req.Header {
				headers[strings.ToLower(name)] = strings.Join(values, ",")
			}
			busy <- struct{}{}
			answer, err := d.invoke(context.WithoutCancel(req.Context()), r.Function, object{
				"version": "2.0", "routeKey": r.Method + " " + r.Path, "rawPath": req.URL.Path, "rawQueryString": req.URL.RawQuery,
				"headers": headers, "body": string(body), "requestContext": object{
					"routeKey": r.Method + " " + r.Path, "stage": "$default", "requestId": req.RemoteAddr, "domainName": req.Host,
					"http": object{"method": req.Method, "path": req.URL.Path, "protocol": req.Proto, "sourceIp": "127.0.0.1", "userAgent": req.UserAgent()},
				},
			})
			<-busy
			var a struct {
				StatusCode int
				Headers    map[string]string
				Body       string
			}
			if err == nil {
				err = json.Unmarshal(answer, &a)
			}
			if err != nil || a.StatusCode == 0 {
				http.Error(w, fmt.Sprintf("%s: %v in %s", r.Function, err, answer), http.StatusInternalServerError)
				return
			}
			for name, value := range a.Headers {
				w.Header().Set(name, value)
			}
			w.Header().Del("Content-Length")
			w.WriteHeader(a.StatusCode)
			_, _ = io.WriteString(w, a.Body)
		})
	}
	return mux
}

// invoke calls a function by its name in the template, by the alias that traffic goes to. The emulator takes any
// signature; of its scope it takes the region.
func (d *stack) invoke(ctx context.Context, function string, payload any) ([]byte, error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return nil, err
	}
	path := "/2015-03-31/functions/" + d.name + "-" + functionFolders[function] + ":live/invocations"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20310101/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=none")
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if fault := resp.Header.Get("X-Amz-Function-Error"); err == nil && (fault != "" || resp.StatusCode != http.StatusOK) {
		err = fmt.Errorf("invoke %s: status %d, %s: %s", function, resp.StatusCode, fault, answer)
	}
	return answer, err
}
