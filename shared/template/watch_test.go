package template_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/testenv"
)

// watched lists what an alarm looks at, as "metric of dimension".
func watched(t *testing.T, parameters ...string) map[string][]string {
	t.Helper()
	of := map[string][]string{}
	for _, a := range stack(t, parameters...).Of("AWS::CloudWatch::Alarm") {
		see := func(metric map[string]any) {
			dimensions, _ := metric["Dimensions"].([]any)
			for _, d := range dimensions {
				of[a.ID] = append(of[a.ID], fmt.Sprintf("%v of %v", metric["MetricName"], under(t, d, "Value")))
			}
		}
		see(a.Properties)
		queries, _ := a.Properties["Metrics"].([]any)
		for _, q := range queries {
			if stat, ok := under(t, q, "MetricStat").(map[string]any); ok {
				metric, _ := stat["Metric"].(map[string]any)
				see(metric)
			}
		}
	}
	return of
}

func TestTemplate_Alarms(t *testing.T) {
	var all []string
	for _, metrics := range watched(t) {
		all = append(all, metrics...)
	}
	s := stack(t)
	want := []string{
		"ApproximateAgeOfOldestMessage of myevents-catalog", "ApproximateAgeOfOldestMessage of myevents-booking",
		"IteratorAge of myevents-outbox-relay", "5xx of api1", "Latency of api1", "NumberOfNotificationsFailed of myevents-messages",
		"OnFailureDestinationDeliveredEventCount of ${OutboxRelayCatalog}", "OnFailureDestinationDeliveredEventCount of ${OutboxRelayBooking}",
		"ApproximateNumberOfMessagesVisible of myevents-parked",
	}
	for _, f := range s.Functions() {
		want = append(want, "Errors of "+f.Name, "Errors of "+f.Name+":live", "Throttles of "+f.Name)
	}
	for _, q := range s.Of("AWS::SQS::Queue") {
		if name := fmt.Sprint(q.Properties["QueueName"]); strings.HasSuffix(name, "-dlq") {
			want = append(want, "ApproximateNumberOfMessagesVisible of "+name)
		}
	}
	for _, table := range s.Of("AWS::DynamoDB::Table") {
		want = append(want, fmt.Sprint("ReadThrottleEvents of ", table.Properties["TableName"]), fmt.Sprint("WriteThrottleEvents of ", table.Properties["TableName"]))
	}
	for _, metric := range want {
		if !slices.Contains(all, metric) {
			t.Errorf("alarms: got none on %s, want one", metric)
		}
	}
}

// TestTemplate_AlarmsAreDocumented: whoever is woken finds what to do.
func TestTemplate_AlarmsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testenv.RepoRoot(t), "docs", "aws.md"))
	if err != nil {
		t.Fatal(err)
	}
	s := stack(t)
	for _, a := range s.Of("AWS::CloudWatch::Alarm") {
		name, _ := strings.CutPrefix(fmt.Sprint(a.Properties["AlarmName"]), "myevents-")
		errors := regexp.MustCompile(`^(events-api|bookings-api|events-worker|bookings-worker|outbox-relay|janitor)-errors$`)
		if documented := errors.ReplaceAllString(name, "*-errors"); !strings.Contains(string(text), "`"+documented+"`") {
			t.Errorf("docs/aws.md: got nothing on the alarm `%s`, want what to do about it", documented)
		}
		if actions := a.Properties["AlarmActions"]; fmt.Sprint(actions) != "[arn:aws:sns:eu-west-1:000000000000:myevents-alarms]" {
			t.Errorf("%s: got actions %v, want the topic of alarms", a.ID, actions)
		}
	}
	for name := range s.Parameters {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/aws.md: got nothing on the parameter %s", name)
		}
	}
	for name := range s.Outputs {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/aws.md: got nothing on the output %s", name)
		}
	}
}

func TestTemplate_Dashboard(t *testing.T) {
	for _, front := range []string{"cloudfront", "none"} {
		s := stack(t, "Front", front)
		var body struct {
			Widgets []struct {
				Type                string
				X, Y, Width, Height int
				Properties          struct {
					Title, Region string
					Metrics       [][]any
				}
			}
		}
		if err := json.Unmarshal([]byte(fmt.Sprint(s.Resources["Dashboard"].Properties["DashboardBody"])), &body); err != nil {
			t.Fatalf("dashboard with Front=%s: got %v, want JSON", front, err)
		}
		if len(body.Widgets) < 12 {
			t.Errorf("dashboard: got %d widgets, want 12", len(body.Widgets))
		}
		for _, w := range body.Widgets {
			if w.Properties.Region != "eu-west-1" || len(w.Properties.Metrics) == 0 || w.X+w.Width > 24 {
				t.Errorf("%s: got %+v, want metrics of the stack's region on the grid", w.Properties.Title, w)
			}
		}
	}
}

// TestTemplate_Canary: production moves traffic bit by bit, and takes it back when the new version fails; others have no
// CodeDeploy. SAM leaves it out where Enabled is "false" once parameters are filled in, and knows no condition for it.
func TestTemplate_Canary(t *testing.T) {
	for _, tc := range []struct {
		name       string
		parameters []string
		enabled    string
		alarms     int
	}{
		{"prod", []string{"Stage", "prod", "Canary", "true"}, "true", 1},
		{"dev", nil, "false", 1},
		{"emulated", emulated, "false", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := stack(t, tc.parameters...)
			for _, f := range s.Functions() {
				p, _ := s.Resources[f.ID].Properties["DeploymentPreference"].(map[string]any)
				alarms, _ := p["Alarms"].([]any)
				if p["Type"] != "Canary10Percent5Minutes" || p["Enabled"] != tc.enabled || len(alarms) != tc.alarms {
					t.Errorf("%s: got %v, want a canary, enabled %s, %d alarms", f.ID, p, tc.enabled, tc.alarms)
				}
				if len(alarms) > 0 && alarms[0] != f.Name+"-errors" {
					t.Errorf("%s: got alarm %v, want its own", f.ID, alarms[0])
				}
			}
		})
	}
}
