package samhost_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/host/samhost"
	"github.com/myevents/myevents/shared/testenv"
)

// The repository's own template is understood whole.
func TestReadTemplate_Own(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(testenv.RepoRoot(t), "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := samhost.ReadTemplate(source, "tickets")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, f := range got.Functions {
		ids = append(ids, f.ID)
		if f.Timeout < 10*time.Second || f.Timeout > time.Minute {
			t.Errorf("timeout of %s: got %v, want 10 s to a minute", f.ID, f.Timeout)
		}
	}
	if want := []string{"BookingsApi", "BookingsWorker", "EventsApi", "EventsWorker", "Janitor", "OutboxRelay"}; !slices.Equal(ids, want) {
		t.Errorf("functions: got %v, want %v", ids, want)
	}
	if want := []samhost.Mapping{{"BookingsWorker", "tickets-booking", 10}, {"EventsWorker", "tickets-catalog", 10}}; !slices.Equal(got.Queues, want) {
		t.Errorf("queues: got %v, want %v", got.Queues, want)
	}
	if want := []samhost.Mapping{{"OutboxRelay", "tickets-booking", 100}, {"OutboxRelay", "tickets-catalog", 100}}; !slices.Equal(got.Streams, want) {
		t.Errorf("streams: got %v, want %v", got.Streams, want)
	}
	if want := []samhost.Schedule{{"Janitor", time.Minute}}; !slices.Equal(got.Schedules, want) {
		t.Errorf("schedules: got %v, want %v", got.Schedules, want)
	}
	for _, want := range []samhost.Route{{"POST", "/v1/bookings", "BookingsApi"}, {"GET", "/v1/events/{eventId}", "EventsApi"}} {
		if !slices.Contains(got.Routes, want) {
			t.Errorf("routes: got no %v", want)
		}
	}
}

func TestReadTemplate(t *testing.T) {
	source := `
Globals: {Function: {Timeout: 7, Environment: {Variables: {A: "1", B: !Ref X}}}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {C: 10s}}
      Events:
        Get: {Type: HttpApi, Properties: {Path: "/v1/{proxy+}", Method: any}}
        Tick: {Type: Schedule, Properties: {Schedule: rate(2 hours)}}
  Stack: {Type: AWS::Other::Thing, Properties: {Schedule: [1, 2], Timeout: {a: b}}}
`
	got, err := samhost.ReadTemplate([]byte(source), "s")
	want := samhost.Template{
		Functions: []samhost.TemplateFunction{{ID: "F", Timeout: 7 * time.Second, Env: map[string]string{"A": "1", "C": "10s"}}},
		Routes:    []samhost.Route{{"ANY", "/v1/{proxy+}", "F"}}, Schedules: []samhost.Schedule{{"F", 2 * time.Hour}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("ReadTemplate: got %+v and %v, want %+v", got, err, want)
	}
	for source, want := range map[string]string{
		"a: [": "read template",
		"Resources: {F: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: S3}}}}}":                                        "an event of type S3",
		"Resources: {F: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}}}}}":   "no name",
		"Resources: {F: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: Schedule, Properties: {Schedule: cron(1)}}}}}}": "only rates",
		"Resources: {R: {Type: AWS::ApiGatewayV2::Route, Properties: {RouteKey: GET /, Target: \"integrations/${I}\"}}}":                  "leads to no function",
	} {
		if _, err := samhost.ReadTemplate([]byte(source), "s"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadTemplate %s: got %v, want %q", source, err, want)
		}
	}
}
