package template_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/myevents/myevents/shared/testenv"
)

// stored is an object as it was put.
type stored struct{ contentType, cache, body string }

// cloud is as much of AWS as publishing the web app needs: a stack's outputs, a bucket and invalidations.
type cloud struct {
	outputs map[string]string
	refuse  string // a key that the bucket does not take

	mu          sync.Mutex
	order       []string
	files       map[string]stored
	invalidated []string
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	switch {
	case r.Method == http.MethodPut:
		key := strings.TrimPrefix(r.URL.Path, "/files/")
		if key == c.refuse {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
			return
		}
		c.order = append(c.order, key)
		c.files[key] = stored{r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"), string(body)}
	case strings.HasSuffix(r.URL.Path, "/invalidation"):
		c.invalidated = append(c.invalidated, strings.Split(r.URL.Path, "/")[3])
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>")
	case strings.Contains(string(body), "Action=DescribeStacks"):
		if !strings.Contains(string(body), "StackName=tickets") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id other does not exist</Message></Error></ErrorResponse>")
			return
		}
		var members strings.Builder
		for key, v := range c.outputs {
			fmt.Fprintf(&members, "<member><OutputKey>%s</OutputKey><OutputValue>%s</OutputValue></member>", key, v)
		}
		fmt.Fprintf(w, "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>tickets</StackName><Outputs>%s</Outputs>"+
			"</member></Stacks></DescribeStacksResult></DescribeStacksResponse>", &members)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// build is what the web app's tools leave.
var build = map[string]string{
	"index.html":                  `<script src="/assets/index-1a2b3c4d.js"></script><link href="/assets/index-5e6f7a8b.css">`,
	"favicon.svg":                 "<svg/>",
	"assets/index-1a2b3c4d.js":    "run()",
	"assets/index-5e6f7a8b.css":   "a{}",
	"assets/plain.js":             "no hash",
	".gitkeep":                    "",
	".vite/manifest.json":         "{}",
	"assets/index-1a2b3c4d.js.br": "compressed",
	"assets/index-1a2b3c4d.js.gz": "compressed",
}

// deployWeb runs the script against c. It returns what it printed, and whether it succeeded.
func deployWeb(t *testing.T, c *cloud, files map[string]string, stack string) (string, bool) {
	t.Helper()
	program(t, "python3")
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.files = map[string]stored{}
	server := httptest.NewServer(c)
	defer server.Close()
	scripts := filepath.Join(testenv.RepoRoot(t), "scripts")
	run := exec.CommandContext(t.Context(), filepath.Join(scripts, "python-tool"), "aws-sam-cli", "python", filepath.Join(scripts, "deploy-web"), stack, folder)
	run.Env = slices.DeleteFunc(os.Environ(), func(entry string) bool { return strings.HasPrefix(entry, "AWS_") })
	run.Env = append(run.Env, "AWS_ENDPOINT_URL="+server.URL, "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none", "AWS_DEFAULT_REGION=eu-west-1",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_MAX_ATTEMPTS=1", "NO_PROXY=127.0.0.1")
	out, err := run.CombinedOutput()
	return string(out), err == nil
}

func outputs(without ...string) map[string]string {
	all := map[string]string{
		"WebBucket": "files", "DistributionId": "D1", "Issuer": "https://id.example", "ClientId": "client", "PublicUrl": "https://tickets.example",
	}
	for _, name := range without {
		delete(all, name)
	}
	return all
}

func TestDeployWeb(t *testing.T) {
	t.Parallel()
	c := &cloud{outputs: outputs()}
	out, ok := deployWeb(t, c, build, "tickets")
	if !ok || !strings.Contains(out, "https://tickets.example") {
		t.Fatalf("deploy-web: got %s, want where the app is", out)
	}
	const forever, revisit = "public, max-age=31536000, immutable", "no-cache"
	for key, want := range map[string]stored{
		"index.html":                {"text/html; charset=utf-8", revisit, build["index.html"]},
		"favicon.svg":               {"image/svg+xml", revisit, "<svg/>"},
		"assets/index-1a2b3c4d.js":  {"text/javascript; charset=utf-8", forever, "run()"},
		"assets/index-5e6f7a8b.css": {"text/css; charset=utf-8", forever, "a{}"},
		"assets/plain.js":           {"text/javascript; charset=utf-8", revisit, "no hash"},
		"config.json":               {"application/json", revisit, `{"issuer": "https://id.example", "clientId": "client"}`},
	} {
		if got := c.files[key]; got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
		delete(c.files, key)
	}
	for key := range c.files {
		t.Errorf("%s: got it, want it left out", key)
	}
	if last := c.order[len(c.order)-1]; last != "index.html" {
		t.Errorf("last file: got %s, want index.html, which names the others", last)
	}
	if !slices.Equal(c.invalidated, []string{"D1"}) {
		t.Errorf("invalidations: got %v, want one of D1", c.invalidated)
	}
}

// TestDeployWeb_Cognito: the web app asks a user pool for what it has, and the API for what it takes.
func TestDeployWeb_Cognito(t *testing.T) {
	t.Parallel()
	c := &cloud{outputs: outputs()}
	c.outputs["Issuer"] = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x"
	if out, ok := deployWeb(t, c, build, "tickets"); !ok {
		t.Fatalf("deploy-web: got %s, want success", out)
	}
	const want = `{"issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x", "clientId": "client", "scope": "openid profile email", "bearer": "id"}`
	if got := c.files["config.json"].body; got != want {
		t.Errorf("config.json: got %s, want %s", got, want)
	}
}

func TestDeployWeb_Refuses(t *testing.T) {
	t.Parallel()
	with := func(name, text string) map[string]string {
		all := map[string]string{name: text}
		for key, v := range build {
			if key != name {
				all[key] = v
			}
		}
		return all
	}
	for _, tc := range []struct {
		name, stack, want string
		cloud             *cloud
		files             map[string]string
	}{
		{"no-stack-named", "", "say which stack", &cloud{outputs: outputs()}, build},
		{"no-such-stack", "other", "does not exist", &cloud{outputs: outputs()}, build},
		{"stack-without-web", "tickets", "no output WebBucket", &cloud{outputs: outputs("WebBucket", "DistributionId")}, build},
		{"not-built", "tickets", "run make build", &cloud{outputs: outputs()}, map[string]string{".gitkeep": ""}},
		{"half-built", "tickets", "assets/gone-12345678.js", &cloud{outputs: outputs()}, with("index.html", `<script src="/assets/gone-12345678.js">`)},
		{"unknown-type", "tickets", "what type is that", &cloud{outputs: outputs()}, with("assets/app.wasm", "")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out, ok := deployWeb(t, tc.cloud, tc.files, tc.stack)
			if ok || !strings.Contains(out, tc.want) || strings.Contains(out, "Traceback") {
				t.Errorf("deploy-web: got %s, want a refusal with %q", out, tc.want)
			}
			if len(tc.cloud.order) != 0 || len(tc.cloud.invalidated) != 0 {
				t.Errorf("deploy-web: got files %v, want none touched", tc.cloud.order)
			}
		})
	}
}

func TestDeployWeb_IndexStaysWhenAFileFails(t *testing.T) {
	t.Parallel()
	c := &cloud{outputs: outputs(), refuse: "assets/index-5e6f7a8b.css"}
	out, ok := deployWeb(t, c, build, "tickets")
	if ok || !strings.Contains(out, "AccessDenied") {
		t.Errorf("deploy-web: got %s, want why it failed", out)
	}
	if slices.Contains(c.order, "index.html") || slices.Contains(c.order, "config.json") || len(c.invalidated) != 0 {
		t.Errorf("deploy-web: got %v and %v, want the old pages to stay", c.order, c.invalidated)
	}
}
