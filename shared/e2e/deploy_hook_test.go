package e2e_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/consumer"
)

// The hook that provisions LocalStack in Docker subscribes each queue to what its service consumes.
func TestDeploy_HookSubscribes(t *testing.T) {
	hook, err := os.ReadFile("../../localstack/ready.d/10-provision.sh")
	if err != nil {
		t.Fatal(err)
	}
	for group, types := range consumer.Groups() {
		_, rest, found := strings.Cut(string(hook), "\t"+group+") types='")
		list, _, _ := strings.Cut(rest, "'")
		got := strings.Split(list, ",")
		var want []string
		for _, typ := range types {
			want = append(want, `"`+string(typ)+`"`)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !found || !slices.Equal(got, want) {
			t.Errorf("types of %s: got %v, want %v", group, got, want)
		}
	}
}
