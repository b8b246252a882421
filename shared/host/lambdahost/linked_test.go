package lambdahost_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/testenv"
)

// programs are the functions.
var programs = []string{"events-api", "bookings-api", "events-worker", "bookings-worker", "outbox-relay", "janitor"}

// foreign are packages that no function links: other engines and brokers, and what only one machine needs.
var foreign = []string{
	"go.mongodb.org/", "github.com/rabbitmq/", "github.com/twmb/franz-go", "modernc.org/", "github.com/zitadel/", "github.com/alecthomas/kong",
	"github.com/prometheus/", "google.golang.org/protobuf", "text/template", "html/template", // they switch off the linker's pruning of methods
	"github.com/aws/aws-sdk-go-v2/config", "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams",
	"github.com/myevents/myevents/shared/identity/localissuer", "github.com/myevents/myevents/shared/webui", "github.com/myevents/myevents/shared/seed",
	"github.com/myevents/myevents/shared/store/embedstore", "github.com/myevents/myevents/shared/queue/memqueue", "github.com/myevents/myevents/shared/host/samhost",
}

// Each function links what it needs and nothing else's driver.
func TestFunctions_Link(t *testing.T) {
	for _, name := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command("go", "list", "-deps", "-tags", "lambda.norpc", "./functions/"+name)
			cmd.Dir = testenv.RepoRoot(t)
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("go list: %v", err)
			}
			packages := strings.Fields(string(out))
			for _, p := range packages {
				if i := slices.IndexFunc(foreign, func(prefix string) bool {
					return p == prefix || strings.HasPrefix(p, strings.TrimSuffix(prefix, "/")+"/")
				}); i >= 0 {
					t.Errorf("links %s", p)
				}
			}
			for _, p := range []string{"github.com/aws/aws-lambda-go/lambda", "github.com/aws/aws-sdk-go-v2/service/dynamodb"} {
				if !slices.Contains(packages, p) {
					t.Errorf("does not link %s", p)
				}
			}
			t.Logf("%d packages", len(packages))
		})
	}
}
