package clihost_test

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/app/alladapters"
	"github.com/myevents/myevents/shared/testenv"
)

// TestMigrate makes what is absent by two settings alone; a repeat finds all there.
func TestMigrate(t *testing.T) {
	const hint = "run: localstack/with dynamodb elasticmq -- go test ./shared/host/clihost"
	tables, queues := testenv.Need(t, "MYEVENTS_TEST_DYNAMODB", hint), testenv.Need(t, "MYEVENTS_TEST_SQS", hint)
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	prefix := fmt.Sprintf("t%08x", rand.Uint32())
	env := map[string]string{
		"MYEVENTS_STORE": fmt.Sprintf("dynamodb://%s?region=eu-west-1&endpoint=%s", prefix, url.QueryEscape(tables)),
		"MYEVENTS_QUEUE": fmt.Sprintf("sqs://%s?region=eu-west-1&endpoint=%s", prefix, url.QueryEscape(queues)),
	}
	if code, out, said := run(alladapters.All(), env, "dlq", "list"); code == 0 || !strings.Contains(said, "MYEVENTS_QUEUE") {
		t.Errorf("dlq list before: got %d, %q and %q, want the setting that names nothing", code, out, said)
	}
	for range 2 {
		if code, out, said := run(alladapters.All(), env, "migrate"); code != 0 {
			t.Fatalf("migrate: got %d, %q and %q, want 0", code, out, said)
		}
	}
	if code, _, said := run(alladapters.All(), env, "dlq", "list"); code != 0 {
		t.Errorf("dlq list after: got %d and %q, want 0", code, said)
	}
}
